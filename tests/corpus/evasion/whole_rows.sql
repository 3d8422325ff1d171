-- name: table
table app.customers;
--;
-- name: star
select * from app.customers;
--;
-- name: qualified star
select c.* from app.customers c;
--;
-- name: schema-qualified star
select app.customers.* from app.customers;
--;
-- name: star twice
select *, * from app.customers;
--;
-- name: star of a subselect
select * from (select * from app.customers) x;
--;
-- name: bare row
select c from app.customers c;
--;
-- name: bare row by the table's name
select customers from app.customers;
--;
-- name: row as text
select c::text from app.customers c;
--;
-- name: row concatenated
select c || '' from (select c::text as c from app.customers c) x;
--;
-- name: row constructor of a star
select row(c.*) from app.customers c;
--;
-- name: field of a row
select (c).email from app.customers c;
--;
-- name: field of a row by number alias
select (c).x from (select c as c from (select email as x, id from app.customers) c) d;
--;
-- name: field of a nested row
select ((x).c).email from (select row(c)::text, c from app.customers c) x;
--;
-- name: star of a row value
select (c).* from (select c from app.customers c) x;
--;
-- name: row to json
select row_to_json(c) from app.customers c;
--;
-- name: row to pretty json
select row_to_json(c, true) from app.customers c;
--;
-- name: to_jsonb minus a key
select to_jsonb(c) - 'id' from app.customers c;
--;
-- name: hstore of a row
select hstore(c) from app.customers c;
--;
-- name: hstore of a row, one key
select hstore(c) -> 'email' from app.customers c;
--;
-- name: skeys of hstore
select svals(hstore(c)) from app.customers c;
--;
-- name: array of rows
select array_agg(c) from app.customers c;
--;
-- name: array of rows unnested
select (u).email from (select unnest(array_agg(c)) as u from app.customers c) x;
--;
-- name: unnest in from
select u.email from unnest((select array_agg(c) from app.customers c)) u;
--;
-- name: row cast to a record of one's own
select (c::app.customers).ssn from app.customers c;
--;
-- name: row in coalesce
select (coalesce(c, c)).email from app.customers c;
--;
-- name: row in case
select (case when true then c end).email from app.customers c;
--;
-- name: row from a lateral
select l.c from app.customers c, lateral (select c) l;
--;
-- name: row from a lateral field
select (l.r).email from app.customers c, lateral (select c as r) l;
--;
-- name: row aggregated by max of its text
select max(c::text) from app.customers c;
--;
-- name: row in string_agg
select string_agg(c::text, ';') from app.customers c;
--;
-- name: concat of a row
select concat(c) from app.customers c;
--;
-- name: format of a row
select format('%s', c) from app.customers c;
--;
-- name: quote_literal of a row
select quote_literal(c) from app.customers c;
--;
-- name: record output in values
select v from app.customers c, lateral (values (c)) t(v);
--;
-- name: natural join star
select * from app.customers natural join app.customers c2;
--;
-- name: row of a view
select v from app.customer_emails v;
--;
-- name: json of a view
select to_json(v) from app.customer_emails v;
--;
-- name: row of a join alias
select j from (app.customers a join app.customers b using (id)) as j;
--;
-- name: json of a join alias
select to_jsonb(j) from (app.customers a join app.customers b using (id)) as j;
--;
-- name: row in an IN list result
select c from app.customers c where c in (select d from app.customers d);
--;
-- name: function on a row by attribute notation
select c.to_jsonb from app.customers c;
--;
-- name: row_to_json by attribute notation
select c.row_to_json from app.customers c;
--;
-- name: text by attribute notation
select (c).text from (select c::text as text from app.customers c) c;
--;
-- name: user function by attribute notation
set local search_path = app;
select c.label from app.customers c;
--;
-- name: user function on a row
select app.label(c) from app.customers c;
--;
-- name: column by function notation
select email(c) from app.customers c;
--;
-- name: column by function notation, qualified star
select ssn(c.*) from app.customers c;
--;
-- name: column by function notation of a subselect
select card(x) from (select * from app.customers) x;
--;
-- name: group by row
select c from app.customers c group by c;
--;
-- name: distinct row
select distinct c from app.customers c;
--;
-- name: row compared in order, row shown
select c from app.customers c order by c desc;
--;
-- name: whole row of the update's target
update app.customers c set name = name where id = 1 returning c;
--;
-- name: star of the update's target
update app.customers set name = name where id = 1 returning *;
--;
-- name: json of the update's target
update app.customers c set name = name where id = 1 returning to_jsonb(c) ->> 'email';
--;
-- name: composite stored in a clean table
insert into app.vault (id, customer) select c.id, c from app.customers c;
select (customer).email from app.vault;
--;
-- name: row(...) with names from a type
select (row(id, name, email)::text) from app.customers;
--;
-- name: json_populate_record round trip
select (json_populate_record(null::app.customers, row_to_json(c))).email from app.customers c;
--;
-- name: jsonb_populate_record into another table's type
select (jsonb_populate_record(null::app.notes, jsonb_build_object('note', email))).note from app.customers;
--;
-- name: jsonb_to_record
select r.email from app.customers c, jsonb_to_record(to_jsonb(c)) as r(email text);
--;
-- name: jsonb_to_recordset
select r.ssn from jsonb_to_recordset((select jsonb_agg(c) from app.customers c)) as r(ssn text);
--;
-- name: populate_record of hstore
select (populate_record(null::app.customers, hstore(c))).email from app.customers c;
--;
