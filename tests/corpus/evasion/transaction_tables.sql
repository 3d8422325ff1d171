-- name: partition of a masked table, filled by its parent
create table app.events_2027 partition of app.events for values from ('2027-01-01') to ('2028-01-01');
insert into app.events select 9, '2027-03-03', who from app.events limit 1;
select who from app.events_2027;
select upper(who) from app.events_2027;
--;
-- name: partition of a masked table, rows moved into it
create table app.events_2027 partition of app.events for values from ('2027-01-01') to ('2028-01-01');
update app.events set at = '2027-03-03' where id = 1;
select who from app.events_2027;
select upper(who) from app.events_2027;
--;
-- name: partition of a masked table, copied out
create table app.events_2027 partition of app.events for values from ('2027-01-01') to ('2028-01-01');
update app.events set at = '2027-03-03' where id = 1;
copy app.events_2027 to stdout;
--;
-- name: partition of a masked table, then detached
create table app.events_2027 partition of app.events for values from ('2027-01-01') to ('2028-01-01');
update app.events set at = '2027-03-03' where id = 1;
alter table app.events detach partition app.events_2027;
select concat(who) from app.events_2027;
--;
-- name: partition of a masked table, by its default
create table app.events_rest partition of app.events default;
update app.events set at = '2030-03-03' where id = 1;
select lower(who) from app.events_rest;
--;
-- name: partition of a partition
create table app.events_2027 partition of app.events for values from ('2027-01-01') to ('2028-01-01') partition by range (at);
create table app.march partition of app.events_2027 for values from ('2027-03-01') to ('2027-04-01');
update app.events set at = '2027-03-03' where id = 1;
select lower(who) from app.march;
--;
-- name: partition attached after it was made
create table app.events_2027 (id bigint, at date not null, who text);
alter table app.events attach partition app.events_2027 for values from ('2027-01-01') to ('2028-01-01');
update app.events set at = '2027-03-03' where id = 1;
select lower(who) from app.events_2027;
--;
-- name: partition like its parent, attached
create table app.events_2027 (like app.events including all);
alter table app.events attach partition app.events_2027 for values from ('2027-01-01') to ('2028-01-01');
update app.events set at = '2027-03-03' where id = 1;
select lower(who) from app.events_2027;
--;
-- name: parent made around a masked partition
create table app.all_events (id bigint, at date not null, who text) partition by range (at);
alter table app.events detach partition app.events_2025;
alter table app.all_events attach partition app.events_2025 for values from ('2025-01-01') to ('2026-01-01');
select lower(who) from app.all_events;
--;
-- name: parent made above a masked table
create table app.above (name text, ssn text);
alter table app.people inherit app.above;
select lower(ssn) from app.above;
--;
-- name: parent with a clean name made above a masked table
create table app.above (name text);
alter table app.above add ssn text;
alter table app.people inherit app.above;
select a from app.above x(n, a);
--;
-- name: child of a masked table, filled
create table app.child () inherits (app.people);
insert into app.child select name, ssn from app.people;
select concat(ssn) from app.child;
--;
-- name: child of a masked table, by its parent's update
create table app.child (extra text) inherits (app.people);
insert into app.child values ('x', 'y');
update app.people p set ssn = (select q.ssn from only app.employees q limit 1) where name = 'x';
select concat(ssn) from app.child;
--;
-- name: like including all, filled
create table app.same (like app.customers including all);
insert into app.same select id, name, email, ssn, card, phone, birthday, balance from app.customers;
select upper(email) from app.same;
select email from app.same;
--;
-- name: like including all, filled with a star
create table app.same (like app.notes including all);
insert into app.same select id, email from app.customers;
select note from app.same;
--;
-- name: like, filled from a cte
create table app.same (like app.notes);
with c as (select email from app.customers) insert into app.same (note) select * from c;
select note from app.same;
--;
-- name: like, filled from a delete
create table app.same (like app.notes);
with d as (delete from app.employees returning ssn) insert into app.same (note) select ssn from d;
select note from app.same;
--;
-- name: like, filled by a merge
create table app.same (id int, note text);
merge into app.same s using app.customers c on s.id = c.id when not matched then insert values (c.id, c.email);
select note from app.same;
--;
-- name: like, filled by a conflict
create table app.same (id int primary key, note text);
insert into app.same values (1, 'x');
insert into app.same values (1, 'x') on conflict (id) do update set note = (select email from app.customers where id = 1);
select note from app.same;
--;
-- name: temporary, on commit preserve, filled
create temp table kept (note text) on commit preserve rows;
insert into kept select email from app.customers;
select note from kept;
--;
-- name: temporary, on commit drop, filled
create temp table kept (note text) on commit drop;
insert into kept select email from app.customers;
select upper(note) from kept;
--;
-- name: temporary, on commit delete, as
create temp table kept on commit delete rows as select email as note from app.customers;
select note from kept;
--;
-- name: temporary table before the masked one
create temp table customers (id int, email text);
insert into customers select id, email from app.customers;
select upper(email) from customers;
--;
-- name: the masked one behind a temporary table that goes
set search_path = pg_temp, app;
create temp table customers (id int, email text);
drop table customers;
select upper(email) from customers;
--;
-- name: the masked one behind a temporary table that is rolled back
set search_path = pg_temp, app;
savepoint s;
create temp table customers (id int, email text);
rollback to s;
select upper(email) from customers;
--;
-- name: the masked one behind a table of another schema
create schema other;
set search_path = other, app;
create table other.customers (id int, email text);
set search_path = app, other;
select upper(email) from customers;
--;
-- name: the masked one behind a table, renamed away
set search_path = public, app;
create table public.customers (id int, email text);
alter table public.customers rename to others;
select upper(email) from customers;
--;
-- name: the masked one behind a table, moved away
create schema other;
set search_path = public, app;
create table public.customers (id int, email text);
alter table public.customers set schema other;
select upper(email) from customers;
--;
-- name: swapped with the masked one
create table app.fresh (id int, email text);
alter table app.customers rename to old_customers;
alter table app.fresh rename to customers;
select upper(email) from app.old_customers;
--;
-- name: the masked one takes a made table's name
create table app.fresh (id int, email text);
alter table app.fresh rename to gone;
alter table app.customers rename to fresh;
select upper(email) from app.fresh;
--;
-- name: the masked one takes a dropped table's name
create table app.fresh (id int, email text);
drop table app.fresh;
alter table app.customers rename to fresh;
select upper(email) from app.fresh;
--;
-- name: a view takes a made table's name
create table app.fresh (note text);
alter table app.fresh rename to gone;
alter view app.customer_emails rename to fresh;
select upper(mail) from app.fresh;
--;
-- name: a view takes a made table's name, in another schema
create schema other;
create table other.customer_emails (mail text);
set search_path = app, other;
select upper(mail) from customer_emails;
--;
-- name: if not exists, of the masked one
create table if not exists app.customers (id int, email text);
select upper(email) from app.customers;
--;
-- name: if not exists, of the masked one by search path
set search_path = app;
create table if not exists customers (id int, email text);
select upper(email) from customers;
select concat(c) from customers c;
--;
-- name: if not exists, of a partition
create table if not exists app.events_2025 (id int, who text);
select upper(who) from app.events_2025;
--;
-- name: if not exists, of a view
create table if not exists app.customer_emails (mail text);
select upper(mail) from app.customer_emails;
--;
-- name: if not exists, of a table that a function made
select app.run('create table app.fresh as select email as note from app.customers; select 1');
create table if not exists app.fresh (note text);
select upper(note) from app.fresh;
--;
-- name: if not exists, temporary
create temp table if not exists customers as select * from app.customers;
select upper(email) from customers;
--;
-- name: select into
select email as note into app.fresh from app.customers;
select note from app.fresh;
--;
-- name: select into temporary, computed
select upper(email) as note into temp fresh from app.customers;
select note from fresh;
--;
-- name: create as, with no data, filled
create table app.fresh as select id, mail from app.stored_emails with no data;
insert into app.fresh table app.stored_emails;
select * from app.fresh;
--;
-- name: create as of a prepared statement
prepare p as select email from app.customers;
create table app.fresh as execute p;
select * from app.fresh;
--;
-- name: create as after the name was rolled back
savepoint s;
create table app.fresh (note text);
rollback to s;
create table app.fresh as select email as note from app.customers;
select upper(note) from app.fresh;
--;
-- name: materialized view under a name that was rolled back
savepoint s;
create table app.fresh (note text);
rollback to s;
create materialized view app.fresh as select email as note from app.customers;
select upper(note) from app.fresh;
--;
-- name: view under a name that was rolled back
savepoint s;
create table app.fresh (note text);
rollback to s;
create view app.fresh as select email as note from app.customers;
select upper(note) from app.fresh;
--;
-- name: view under a name that was dropped
create table app.fresh (note text);
drop table app.fresh;
create view app.fresh as select email as note from app.customers;
select upper(note) from app.fresh;
--;
-- name: column added that is generated from a row
create table app.fresh (id int, c app.customers, e text generated always as ((c).email) stored);
insert into app.fresh (id, c) select c.id, c from app.customers c;
select e from app.fresh;
--;
-- name: column that is a row
create table app.fresh (c app.customers);
insert into app.fresh select c from app.customers c;
select (c).email from app.fresh;
--;
-- name: column with a default that reads
create table app.fresh (id int, note text default app.fixed());
insert into app.fresh (id) values (1);
select note from app.fresh;
--;
-- name: column with a default that reads, added
create table app.fresh (id int);
insert into app.fresh values (1);
alter table app.fresh add note text default app.fixed();
select note from app.fresh;
--;
-- name: column type changed by a function that reads
create table app.fresh (note text);
insert into app.fresh values ('x');
alter table app.fresh alter note type text using app.fixed();
select note from app.fresh;
--;
-- name: foreign key that cascades from a masked column
update app.customers set card = id::text where id > 0;
create unique index on app.customers (card);
create table app.fresh (note text references app.customers (card) on update cascade);
insert into app.fresh values ('1');
update app.customers set card = email where id = 1;
select note from app.fresh;
--;
-- name: foreign key that cascades from a masked column, added
update app.customers set card = id::text where id > 0;
create unique index on app.customers (card);
create table app.fresh (note text);
insert into app.fresh values ('1');
alter table app.fresh add foreign key (note) references app.customers (card) on update cascade;
update app.customers set card = email where id = 1;
select note from app.fresh;
--;
-- name: foreign key that cascades from a masked column, copied out
update app.customers set card = id::text where id > 0;
create unique index on app.customers (card);
create table app.fresh (note text references app.customers (card) on update cascade);
insert into app.fresh values ('1');
update app.customers set card = email where id = 1;
copy app.fresh to stdout;
--;
-- name: foreign key that cascades from a masked column, to a known table
update app.customers set card = id::text where id > 0;
create unique index on app.customers (card);
update app.notes set note = '1' where id = 1;
update app.notes set note = null where id > 1;
alter table app.notes add foreign key (note) references app.customers (card) on update cascade;
update app.customers set card = email where id = 1;
select note from app.notes where id = 1;
--;
-- name: foreign key that cascades from a column masked as null
update app.customers set phone = id::text where id > 0;
create unique index on app.customers (phone);
create table app.fresh (note text default 'x' references app.customers (phone) on update cascade);
insert into app.fresh values ('2');
update app.customers set phone = ssn where id = 2;
select note from app.fresh;
--;
-- name: copied out of a made table
create table app.fresh (note text);
insert into app.fresh select email from app.customers;
copy app.fresh to stdout;
--;
-- name: copied out of a made table after a savepoint
create table app.fresh (note text);
savepoint s;
drop table app.fresh;
create view app.fresh as select email as note from app.customers;
copy (select note from app.fresh) to stdout;
--;
-- name: copied out of the masked one under a made table's name
set search_path = public, app;
savepoint s;
create table public.customers (id int, email text);
rollback to s;
copy customers to stdout;
--;
-- name: read by a cursor that was opened before
create table app.fresh (note text);
declare c cursor for select lower(email) from app.customers;
alter table app.fresh rename to gone;
fetch all in c;
--;
-- name: cursor over a name that was rolled back
set search_path = public, app;
savepoint s;
create table public.customers (id int, email text);
rollback to s;
declare c cursor for select lower(email) from customers;
fetch all in c;
--;
-- name: prepared over a made table, run over the masked one
set search_path = public, app;
savepoint s;
create table public.customers (id int, email text);
prepare p as select lower(email) from customers;
rollback to s;
execute p;
--;
-- name: prepared over a made table that is dropped
set search_path = public, app;
create table public.customers (id int, email varchar(200));
prepare p as select lower(email) from customers;
execute p;
drop table public.customers;
execute p;
--;
-- name: made again after the transaction
-- commits:
-- cleanup: drop view if exists app.fresh
begin;
create table app.fresh (note text);
rollback;
create view app.fresh as select email as note from app.customers;
select upper(note) from app.fresh;
--;
-- name: renamed within one text
-- at once:
create table app.fresh (id int, email text); alter table app.fresh rename to gone; alter table app.customers rename to fresh; select upper(email) from app.fresh;
--;
-- name: rolled back within one text
-- at once:
set search_path = public, app; savepoint s; create table public.customers (id int, email text); rollback to s; select upper(email) from customers;
--;
-- name: made within one text, after it is read
-- at once:
set search_path = public, app; select upper(email) from customers; create table public.customers (id int, email text);
--;
-- name: foreign key that cascades from a masked column, committed
-- commits:
-- setup: create table app.people_kept as select id, card from app.customers
-- cleanup: drop table if exists app.fresh; drop index if exists app.customers_card_idx; update app.customers c set card = k.card from app.people_kept k where k.id = c.id; drop table app.people_kept
update app.customers set card = id::text where id > 0;
create unique index customers_card_idx on app.customers (card);
create table app.fresh (note text references app.customers (card) on update cascade);
insert into app.fresh values ('1');
update app.customers set card = email where id = 1;
select note from app.fresh;
--;
-- name: foreign key that an administrator left
-- setup: create table app.people_kept as select id, card from app.customers; update app.customers set card = id::text; create unique index customers_card_idx on app.customers (card); create table app.follower (note text references app.customers (card) on update cascade); alter table app.follower owner to scram_user; insert into app.follower values ('1')
-- cleanup: drop table app.follower; drop index app.customers_card_idx; update app.customers c set card = k.card from app.people_kept k where k.id = c.id; drop table app.people_kept
update app.customers set card = email where id = 1;
select note from app.follower;
--;
-- name: foreign key of several columns, through a partition
-- setup: create table app.people_kept as select id, card from app.customers; update app.customers set card = id::text; create unique index customers_card_idx on app.customers (id, card); create table app.follower (who text, no int, foreign key (no, who) references app.customers (id, card) on update cascade) partition by list (no); create table app.follower_1 partition of app.follower default; alter table app.follower owner to scram_user; alter table app.follower_1 owner to scram_user; insert into app.follower values ('1', 1)
-- cleanup: drop table app.follower; drop index app.customers_card_idx; update app.customers c set card = k.card from app.people_kept k where k.id = c.id; drop table app.people_kept
update app.customers set card = email where id = 1;
select who from app.follower;
select who || '' from app.follower_1;
copy app.follower_1 (who) to stdout;
--;
-- name: foreign key upon a foreign key
-- setup: create table app.people_kept as select id, card from app.customers; update app.customers set card = id::text; create unique index customers_card_idx on app.customers (card); create table app.follower (note text primary key references app.customers (card) on update cascade); create table app.fan (x text references app.follower on update cascade); alter table app.fan owner to scram_user; insert into app.follower values ('1'); insert into app.fan values ('1')
-- cleanup: drop table app.fan, app.follower; drop index app.customers_card_idx; update app.customers c set card = k.card from app.people_kept k where k.id = c.id; drop table app.people_kept
update app.customers set card = email where id = 1;
select x from app.fan;
--;
-- name: child with a column generated from a masked one
create table app.child (loud text generated always as (upper(ssn)) stored) inherits (app.people);
insert into app.child (name, ssn) values ('x', 'y');
update app.people p set ssn = (select q.ssn from only app.employees q limit 1) where name = 'x';
select loud from app.child;
--;
-- name: child with a column generated from a masked one, committed
-- commits:
-- cleanup: drop table if exists app.child
create table app.child (loud text generated always as (upper(ssn)) stored) inherits (app.people);
insert into app.child (name, ssn) values ('x', 'y');
update app.people p set ssn = (select q.ssn from only app.employees q limit 1) where name = 'x';
select loud from app.child;
select lower(loud) from app.child;
--;
-- name: a made table read again, as a partition
create table app.fresh (id bigint, at date, who text);
select upper(who) from app.fresh;
drop table app.fresh;
create table app.fresh partition of app.events default;
update app.events set at = '2030-03-03' where id = 1;
select upper(who) from app.fresh;
--;
-- name: a made table read again, as a partition, within one text
-- at once:
create table app.fresh (id bigint, at date, who text); drop table app.fresh; create table app.fresh partition of app.events default; update app.events set at = '2030-03-03' where id = 1; insert into app.notes select 1001, who from app.fresh; select note from app.notes where id = 1001;
--;
-- name: a made table dropped, as a partition, copied within one text
create table app.fresh (id bigint, at date, who text);
drop table app.fresh; create table app.fresh partition of app.events default; update app.events set at = '2030-03-03' where id = 1; insert into app.notes select 1001, who from app.fresh; drop table app.fresh; create table app.fresh (id int); select note from app.notes where id = 1001;
--;
-- name: child of a masked table by a statement that also refers to it
-- setup: create table app.plain (like app.customers including generated); alter table app.plain owner to scram_user; insert into app.plain (id, name, email) values (1, 'x', 'y')
-- cleanup: drop table app.plain
alter table app.plain add foreign key (id) references app.customers (id), inherit app.customers;
update app.customers set email = (select email from only app.customers where id = 1);
select email from app.plain;
--;
-- name: child of a clean table and a masked one
-- setup: create table app.plain (email varchar(200)); alter table app.plain owner to scram_user
-- cleanup: drop table if exists app.plain cascade
create table app.child () inherits (app.plain, app.customers);
insert into app.child (id, name, email) values (9, 'x', 'y');
update app.customers set email = (select email from only app.customers where id = 1) where id = 9;
select email from app.plain;
--;
-- name: child of a masked table, then of a clean one
-- setup: create table app.plain (email varchar(200)); alter table app.plain owner to scram_user
-- cleanup: drop table if exists app.plain cascade
create table app.child () inherits (app.customers);
alter table app.child inherit app.plain;
insert into app.child (id, name, email) values (9, 'x', 'y');
update app.customers set email = (select email from only app.customers where id = 1) where id = 9;
select email from app.plain;
--;
-- name: view over a made table that becomes a partition
create table app.fresh (id bigint, at date not null, who text);
create view app.seen as select upper(who) as loud from app.fresh;
alter table app.events attach partition app.fresh default;
update app.events set at = '2030-03-03' where id = 1;
select loud from app.seen;
--;
-- name: view over a partition of a masked table
create table app.events_rest partition of app.events default;
create view app.seen as select upper(who) as loud from app.events_rest;
update app.events set at = '2030-03-03' where id = 1;
select loud from app.seen;
--;
-- name: partition renamed
create table app.events_rest partition of app.events default;
alter table app.events_rest rename to rest;
update app.events set at = '2030-03-03' where id = 1;
select lower(who) from app.rest;
--;
-- name: partition under the name of a made table that was renamed
create table app.fresh (id bigint, at date not null, who text);
select lower(who) from app.fresh;
alter table app.fresh rename to stale;
create table app.fresh partition of app.events default;
update app.events set at = '2030-03-03' where id = 1;
select lower(who) from app.fresh;
--;
-- name: partition under the name of a made table that is rolled back
create table app.other (id int);
savepoint s;
create table app.fresh (id bigint, at date not null, who text);
select lower(who) from app.fresh;
rollback to s;
create table app.fresh partition of app.events default;
update app.events set at = '2030-03-03' where id = 1;
select lower(who) from app.fresh;
--;
-- name: partition brought back by a rollback
create table app.fresh partition of app.events default;
update app.events set at = '2030-03-03' where id = 1;
savepoint s;
drop table app.fresh;
create table app.fresh (id bigint, at date not null, who text);
rollback to s;
select lower(who) from app.fresh;
--;
-- name: if not exists, of a partition just made
create table app.fresh partition of app.events default;
create table if not exists app.fresh (id bigint, at date not null, who text);
update app.events set at = '2030-03-03' where id = 1;
select lower(who) from app.fresh;
--;
-- name: materialized view over a partition, refreshed later
create table app.fresh (id bigint, at date not null, who text);
create materialized view app.seen as select upper(who) as loud from app.fresh;
alter table app.events attach partition app.fresh default;
update app.events set at = '2030-03-03' where id = 1;
refresh materialized view app.seen;
select loud from app.seen;
--;
-- name: set schema of a partition to a made table's name
create schema made;
create table made.fresh (who text);
drop table made.fresh;
create table app.fresh partition of app.events default;
alter table app.fresh set schema made;
update app.events set at = '2030-03-03' where id = 1;
select lower(who) from made.fresh;
select lower(who) from app.fresh;
--;
