-- name: insert select
insert into app.notes (id, note) select 1000 + id, email from app.customers;
select note from app.notes where id = 1001;
--;
-- name: insert select, computed
insert into app.notes (id, note) select 1000 + id, upper(email) from app.customers;
select note from app.notes where id = 1001;
--;
-- name: insert select, committed
-- commits:
-- cleanup: delete from app.notes where id > 1000
insert into app.notes (id, note) select 1000 + id, email from app.customers;
select note from app.notes where id = 1001;
--;
-- name: insert select star
create temp table t (like app.customers);
insert into t select id, name, email, ssn, card from app.customers;
select email || '' from t;
--;
-- name: insert a row value
insert into app.vault (id, customer) select c.id, c from app.customers c;
select customer from app.vault;
--;
-- name: insert an array
insert into app.vault (id, emails) select 1, array_agg(email) from app.customers;
select emails from app.vault;
--;
-- name: insert a document
insert into app.vault (id, document) select c.id, to_jsonb(c) from app.customers c;
select document from app.vault;
--;
-- name: insert a number
insert into app.notes (id, number) select 1000 + id, replace(ssn, '-', '')::bigint from app.customers;
select number from app.notes where id = 1001;
--;
-- name: insert into one field
insert into app.vault (id, customer.name) select id, email from app.customers;
select (customer).name from app.vault;
--;
-- name: insert into one element
insert into app.vault (id, emails[1]) select id, email from app.customers;
select emails[1] from app.vault;
--;
-- name: insert a scalar subselect
insert into app.notes (id, note) values (1001, (select email from app.customers where id = 1));
select note from app.notes where id = 1001;
--;
-- name: insert a nested subselect
insert into app.notes (id, note) values (1001, concat('<', (select max(x) from (select email as x from app.customers) s), '>'));
select note from app.notes where id = 1001;
--;
-- name: insert from a values list of subselects
insert into app.notes (id, note) select a, b from (values (1001, (select email from app.customers where id = 1))) v(a, b);
select note from app.notes where id = 1001;
--;
-- name: insert from a view
insert into app.notes (id, note) select 1000 + id, mail from app.customer_emails;
select note from app.notes where id = 1001;
--;
-- name: insert from a function
insert into app.notes (id, note) select 1000 + id, email from app.rows();
select note from app.notes where id = 1001;
--;
-- name: insert from a partition
insert into app.notes (id, note) select 1000 + id, who from app.events_2025;
select note from app.notes where id = 1001;
--;
-- name: insert from a child
insert into app.notes (id, note) select 1001, ssn from app.employees;
select note from app.notes where id = 1001;
--;
-- name: insert from a table statement
create temp table t (id bigint, at date, x text);
insert into t table app.events;
select x from t;
--;
-- name: insert with a cte
insert into app.notes (id, note) with w as (select email from app.customers where id = 1) select 1001, email from w;
select note from app.notes where id = 1001;
--;
-- name: insert from a data-modifying cte
with w as (delete from app.events returning id, who) insert into app.notes (id, note) select 1000 + id, who from w;
select note from app.notes where id = 1001;
--;
-- name: insert into a clean column of the masked table
insert into app.customers (id, name, email) select 100 + id, email, 'x' from app.customers;
select name from app.customers where id = 101;
--;
-- name: insert into a partition
insert into app.events (id, at, who) select id, '2025-01-01', 'x' from app.customers where id = 1;
insert into app.notes (id, note) select 1000 + id, (select email from app.customers c where c.id = e.id) from app.events e where e.who = 'x';
select note from app.notes where id = 1001;
--;
-- name: insert through a view of one's own
create temp view v as select id, note from app.notes;
insert into v select 1000 + id, email from app.customers;
select note from app.notes where id = 1001;
--;
-- name: update from a subselect
update app.notes set note = (select email from app.customers where id = 1) where id = 1;
select note from app.notes where id = 1;
--;
-- name: update from
update app.notes n set note = c.email from app.customers c where n.id = c.id;
select note from app.notes where id = 1;
--;
-- name: update from, computed
update app.notes n set note = upper(c.email) from app.customers c where n.id = c.id;
select note from app.notes where id = 1;
--;
-- name: update from an aliased column
update app.notes n set note = c.x from app.customers as c(id, a, x) where n.id = c.id;
select note from app.notes where id = 1;
--;
-- name: update from a lateral
update app.notes n set note = l.x from app.customers c, lateral (select c.email as x) l where n.id = c.id;
select note from app.notes where id = 1;
--;
-- name: update a row at once
update app.notes n set (note, number) = row(c.email, 1) from app.customers c where n.id = c.id;
select note from app.notes where id = 1;
--;
-- name: update a document
update app.notes n set extra = to_jsonb(c) from app.customers c where n.id = c.id;
select extra from app.notes where id = 1;
--;
-- name: update one key of a document
update app.notes n set extra['k'] = to_jsonb(c.email) from app.customers c where n.id = c.id;
select extra from app.notes where id = 1;
--;
-- name: update within the masked table
update app.customers set name = email where id = 1;
select name from app.customers where id = 1;
--;
-- name: update within the masked table, qualified
update app.customers c set name = c.ssn where id = 1;
select name from app.customers where id = 1;
--;
-- name: update within the masked table, committed
-- commits:
-- cleanup: update app.customers set name = 'Ada Lovelace' where id = 1
update app.customers set name = email where id = 1;
select name from app.customers where id = 1;
--;
-- name: update swaps columns
update app.customers set name = email, email = name where id = 1;
select name from app.customers where id = 1;
--;
-- name: update a partly shown column from a hidden one
update app.customers set email = ssn || '@' || ssn where id = 1;
select email from app.customers where id = 1;
--;
-- name: update the domain that a partial mask shows
update app.customers set email = 'x@' || split_part(email, '@', 1) where id = 1;
select email from app.customers where id = 1;
--;
-- name: update one letter at a time into the shown part
update app.customers set email = right(reverse(email), 10) || '@x' where id = 1;
update app.customers set email = 'y@' || email where id = 1;
select email from app.customers where id = 1;
--;
-- name: update a masked partition's clean column
update app.events set id = (select replace(ssn, '-', '')::bigint from app.customers where id = 1) where id = 1;
select id from app.events;
--;
-- name: update of a number
update app.customers set balance = replace(ssn, '-', '')::numeric where id = 1;
select balance from app.customers where id = 1;
--;
-- name: update of a date
update app.customers set birthday = '2000-01-01'::date + left(ssn, 3)::int, name = ssn where id = 1;
select birthday, name from app.customers where id = 1;
--;
-- name: update through a view
update app.customer_emails set id = 1 where id = 1;
update app.notes set note = (select mail from app.customer_emails where id = 1) where id = 1;
select note from app.notes where id = 1;
--;
-- name: create table as
create temp table t as select email from app.customers;
select email from t;
--;
-- name: create table as, computed
create temp table t as select email || '' as x from app.customers;
select x from t;
--;
-- name: create table as, committed
-- commits:
create temp table t as select email || '' as x from app.customers;
select x from t;
--;
-- name: create table as, in a schema
create table app.made as select email as x from app.customers;
select x from app.made;
--;
-- name: create table as star
create temp table t as table app.customers;
select email from t;
--;
-- name: create table as with column names
create temp table t (a, b) as select id, email from app.customers;
select b from t;
--;
-- name: create table as, if not exists
create temp table if not exists t as select ssn as x from app.customers;
select x from t;
--;
-- name: create unlogged table as
create unlogged table app.made as select ssn as x from app.customers;
select x from app.made;
--;
-- name: create table as values
create temp table t as values ((select email from app.customers where id = 1));
select * from t;
--;
-- name: create table as, whole row
create temp table t as select c as x from app.customers c;
select x from t;
--;
-- name: create table as, with no data, then filled
create temp table t as select email from app.customers with no data;
insert into t select email from app.customers;
select email from t;
--;
-- name: select into
select email into temp t from app.customers;
select email from t;
--;
-- name: select into, from a union
select name as x into temp t from app.customers union select email from app.customers;
select x from t;
--;
-- name: select into table
select upper(email) as x into temporary table t from app.customers;
select x from t;
--;
-- name: materialized view
create materialized view app.made as select email || '' as x from app.customers;
select x from app.made;
--;
-- name: a table made first, committed, then filled
-- commits:
-- cleanup: drop table app.made
create table app.made (x text);
insert into app.made select email from app.customers;
select x from app.made;
--;
-- name: a temporary table made first, committed, then filled
-- commits:
create temp table t (x text);
select pg_sleep(0.1);
insert into t select email from app.customers;
select x from t;
--;
-- name: a temporary table that has a clean table's name
-- commits:
create temp table notes (id int, note text);
insert into notes select id, email from app.customers;
select note from notes;
--;
-- name: a temporary table that has the masked table's name
-- commits:
create temp table customers (id int, name text, email text);
insert into customers select id, email, name from app.customers;
select name from customers;
--;
-- name: hidden twice over
create temp table t (x text);
with a as (select email as y from app.customers), b as (insert into t select y from a returning x) select count(*) from b;
select x from t;
--;
-- name: merge insert
merge into app.notes n using app.customers c on false when not matched then insert (id, note) values (1000 + c.id, c.email);
select note from app.notes where id = 1001;
--;
-- name: merge of an expression
merge into app.notes n using app.customers c on n.id = c.id when matched and c.email is not null then update set note = upper(c.email);
select note from app.notes where id = 1;
--;
-- name: on conflict from excluded
insert into app.notes (id, note) select id, email from app.customers on conflict (id) do update set note = excluded.note;
select note from app.notes where id = 1;
--;
-- name: on conflict within the masked table
insert into app.customers (id, name, email) values (1, 'x', 'y') on conflict (id) do update set name = customers.email;
select name from app.customers where id = 1;
--;
-- name: large object
-- commits:
-- cleanup: select lo_unlink(oid) from pg_largeobject_metadata
select lo_from_bytea(424242, email::bytea) from app.customers where id = 1;
select convert_from(lo_get(424242), 'UTF8');
--;
-- name: default of another table
create temp table t (x text default 'y', z text);
insert into t (z) select email from app.customers;
select z from t;
--;
-- name: identity column
create temp table t (n bigint generated by default as identity, x text);
insert into t (n) select replace(ssn, '-', '')::bigint from app.customers where id = 1;
select n from t;
--;
-- name: generated column of a copied one
create temp table t (a text, b text generated always as (reverse(a)) stored);
insert into t (a) select email from app.customers;
select b from t;
--;
