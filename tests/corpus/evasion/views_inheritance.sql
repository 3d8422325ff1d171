-- name: view column
select mail from app.customer_emails;
--;
-- name: view column computed
select mail || '' from app.customer_emails;
--;
-- name: view of a view
select shouted, address from app.contacts;
--;
-- name: view of a whole row
select everything from app.whole_rows;
--;
-- name: view of a whole row, one key
select everything ->> 'email' from app.whole_rows;
--;
-- name: view of a union
select who from app.united;
--;
-- name: view of an aggregate
select highest from app.summed;
--;
-- name: view of dynamic sql
select hidden from app.spied limit 1;
--;
-- name: view of a user function
select secret from app.revealed limit 3;
--;
-- name: materialized view
select mail from app.stored_emails;
--;
-- name: materialized view computed
select upper(mail) from app.stored_emails;
--;
-- name: view star
select * from app.contacts limit 10;
--;
-- name: view whole row
select v from app.contacts v limit 10;
--;
-- name: view aggregated
select string_agg(address, ',') from app.contacts;
--;
-- name: partitioned parent
select who from app.events;
--;
-- name: partitioned parent computed
select lower(who) from app.events;
--;
-- name: partition with other attribute numbers
select who from app.events_2026;
--;
-- name: partition computed
select lower(who) from app.events_2026;
--;
-- name: partition whole row
select e from app.events_2026 e;
--;
-- name: partition row cast to its parent
select e::app.events from app.events_2026 e;
--;
-- name: child's row cast to its parent
select (e::app.people).ssn from app.employees e;
--;
-- name: inherited parent
select ssn from app.people;
--;
-- name: inherited parent as text
select p::text from app.people p;
--;
-- name: inheriting child
select ssn from app.employees;
--;
-- name: a new temporary view
create temp view seen as select email as x from app.customers;
select x from seen;
--;
-- name: a new temporary view, computed
create temp view seen as select upper(email) as x from app.customers;
select x from seen;
--;
-- name: a new view, committed
-- commits:
-- cleanup: drop view if exists app.made
create view app.made as select email as x from app.customers;
select x || '' from app.made;
--;
-- name: a new view of a star
create temp view seen as select * from app.customers;
select seen from seen;
--;
-- name: a new view of a view
create temp view seen as select mail from app.customer_emails;
select mail || '' from seen;
--;
-- name: a recursive view
create temp recursive view seen (x) as select email from app.customers union all select x from seen where false;
select x from seen;
--;
-- name: a known clean view replaced
create or replace view app.counted as select count(*) as n, max(email) as e from app.customers;
select e from app.counted;
--;
-- name: a known clean view replaced, committed
-- commits:
-- cleanup: drop view app.counted; create view app.counted as select count(*) as n from app.customers; alter view app.counted owner to scram_user
create or replace view app.counted as select count(*) as n, max(email) as e from app.customers;
select e from app.counted;
--;
-- name: a temporary view with a known table's name
create temp view notes as select email as note from app.customers;
set local search_path = pg_temp, app;
select note from notes;
--;
-- name: a view with check option
create temp view seen as select id, email from app.customers where id > 0 with check option;
update seen set id = 1 where id = 1 returning email;
--;
-- name: a view with security barrier
create temp view seen with (security_barrier) as select email as x from app.customers;
select x from seen;
--;
-- name: a view's column renamed
alter view app.customer_emails rename column mail to note;
select note || '' from app.customer_emails;
--;
-- name: a view renamed
alter view app.customer_emails rename to seen;
select mail from app.seen;
--;
-- name: a materialized view of one's own
create materialized view app.made as select upper(email) as x from app.customers;
select x from app.made;
--;
-- name: a child that collects
create temp table child () inherits (app.customers);
insert into child (id, name, email) select id, name, email from app.customers;
select upper(email) from child;
--;
-- name: a parent above the table
create table app.above (id integer, email varchar(200));
alter table app.customers inherit app.above;
select upper(email) from app.above;
--;
-- name: a parent above the table, committed
-- commits:
-- cleanup: do $$ begin alter table app.customers no inherit app.above2; exception when others then null; end $$; drop table app.above2
create table app.above2 (id integer, email varchar(200));
alter table app.customers inherit app.above2;
select upper(email) from app.above2;
--;
-- name: attached as a partition
create table app.whole (like app.customers) partition by list (id);
alter table app.customers drop constraint customers_pkey cascade, alter column name_length drop expression;
alter table app.whole attach partition app.customers default;
select email || '' from app.whole;
--;
-- name: detached from its parent
alter table app.events detach partition app.events_2025;
select upper(who) from app.events_2025;
--;
-- name: a partition moved to a parent of one's own
alter table app.events detach partition app.events_2025;
create table app.log (id bigint, at date not null, note text) partition by range (at);
alter table app.events_2025 rename column who to note;
alter table app.log attach partition app.events_2025 for values from ('2025-01-01') to ('2026-01-01');
select upper(note) from app.log;
--;
-- name: row moved by a partition key
update app.events set at = '2026-03-03' where id = 1 returning upper(who);
--;
-- name: typed table
create table app.typed of app.pair;
insert into app.typed select id, email from app.customers;
select b from app.typed;
--;
-- name: table sampled through a view
select mail || '' from (select * from app.customer_emails) x;
--;
-- name: view updated through to see it
with u as (update app.customer_emails set id = id where id = 1 returning *) select u from u;
--;
-- name: materialized view refreshed then read
refresh materialized view app.stored_emails;
select reverse(mail) from app.stored_emails;
--;
-- name: view by only
select upper(mail) from only app.customer_emails;
--;
-- name: odd names
create table app."e""mail" ("sel""ect" text);
insert into app."e""mail" select email from app.customers;
select * from app."e""mail";
--;
