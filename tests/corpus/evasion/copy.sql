-- name: table
copy app.customers to stdout;
--;
-- name: columns
copy app.customers (email) to stdout;
--;
-- name: columns in another order
copy app.customers (ssn, name, email) to stdout;
--;
-- name: csv with header
copy app.customers (ssn, email) to stdout (format csv, header);
--;
-- name: csv with another quote
copy app.customers (name, email) to stdout (format csv, quote '''', force_quote *);
--;
-- name: csv that quotes one column
copy app.customers (name, email) to stdout (format csv, force_quote (email));
--;
-- name: csv with a delimiter from the value
copy app.customers (name, email) to stdout (format csv, delimiter '@');
--;
-- name: csv with an escape from the value
copy app.customers (name, email) to stdout (format csv, quote 'q', escape 'z', force_quote *);
--;
-- name: text with a delimiter
copy app.customers (name, email) to stdout (delimiter '|', null 'x');
--;
-- name: binary
copy app.customers to stdout (format binary);
--;
-- name: binary of a query
copy (select email || '' from app.customers) to stdout (format binary);
--;
-- name: another encoding
copy app.customers (email) to stdout (encoding 'LATIN1');
--;
-- name: encoding sjis
copy app.customers (email) to stdout (encoding 'SJIS');
--;
-- name: old syntax
copy app.customers to stdout with csv header;
--;
-- name: oldest syntax
copy binary app.customers to stdout;
--;
-- name: delimiters the old way
copy app.customers to stdout using delimiters ':';
--;
-- name: query
copy (select email from app.customers) to stdout;
--;
-- name: query, computed
copy (select upper(email), id from app.customers) to stdout;
--;
-- name: query, whole row
copy (select c from app.customers c) to stdout;
--;
-- name: query, json
copy (select row_to_json(c) from app.customers c) to stdout;
--;
-- name: table statement
copy (table app.customers) to stdout (format csv);
--;
-- name: values
copy (values ((select email from app.customers where id = 1))) to stdout;
--;
-- name: update returning
copy (update app.customers set name = name where id = 1 returning email) to stdout;
--;
-- name: update returning, computed
copy (update app.customers set name = name where id = 1 returning email || '') to stdout;
--;
-- name: delete returning
copy (delete from app.events where id = 1 returning upper(who)) to stdout;
--;
-- name: insert returning
copy (insert into app.notes (id) values (9100) returning (select email from app.customers where id = 1)) to stdout;
--;
-- name: with
copy (with w(x) as (select email from app.customers) select x from w) to stdout;
--;
-- name: union
copy (select name from app.customers union all select email from app.customers) to stdout;
--;
-- name: view through a query
copy (select mail from app.customer_emails) to stdout;
--;
-- name: materialized view through a query
copy (select upper(mail) from app.stored_emails) to stdout;
--;
-- name: materialized view
copy (table app.stored_emails) to stdout;
--;
-- name: partition
copy app.events_2026 to stdout;
--;
-- name: partition with one column
copy app.events_2025 (who) to stdout;
--;
-- name: partitioned by a query
copy (select * from app.events) to stdout;
--;
-- name: child
copy app.employees to stdout;
--;
-- name: labels
copy (select email as note, name as email from app.customers) to stdout (format csv, header);
--;
-- name: function
copy (select * from app.pairs()) to stdout;
--;
-- name: cast to bytes
copy (select email::bytea from app.customers) to stdout;
--;
-- name: arrays
copy (select array[email] from app.customers) to stdout;
--;
-- name: order and limit
copy (select lower(email) from app.customers order by 1 limit 1) to stdout;
--;
-- name: several texts
-- at once:
select 1; copy (select upper(email) from app.customers) to stdout; select 2;
--;
-- name: two copies
-- at once:
copy app.notes (note) to stdout; copy app.customers (email) to stdout;
--;
-- name: by search path
set local search_path = app;
copy customers (email) to stdout;
--;
-- name: copy of a temporary copy
create temp table t as select id, email from app.customers;
copy t to stdout;
--;
-- name: odd spelling
CoPy/**/"app"."customers"(U&"em\0061il")tO StDoUt;
--;
-- name: xml of a query
copy (select query_to_xml('select email from app.customers', true, false, '')) to stdout;
--;
-- name: error while copying
copy (select email::int from app.customers) to stdout;
--;
-- name: freeze of options
copy app.customers (email) to stdout with (format 'csv', header 'true', null '');
--;
