-- name: insert
-- denies: insert | write | write on app.notes | read-only
-- proof: select count(*) from app.notes
insert into app.notes (id) values (1001);
--;
-- name: insert select
-- denies: insert | write on app.notes
-- proof: select count(*) from app.notes
insert into app.notes (id) select 1000 + id from app.notes;
--;
-- name: insert default values
-- denies: insert
-- setup: create table app.d (a int default 1)
-- cleanup: drop table app.d
-- proof: select count(*) from app.d
insert into app.d default values;
--;
-- name: update
-- denies: update | write | write on app.*
-- proof: select note from app.notes where id = 1
update app.notes set note = 'x' where id = 1;
--;
-- name: update by search path
-- denies: write on app.notes
-- proof: select note from app.notes where id = 1
set local search_path = app;
update notes set note = 'x' where id = 1;
--;
-- name: update by a quoted name
-- denies: write on app.notes
-- proof: select note from app.notes where id = 1
update "app"."notes" set note = 'x' where id = 1;
--;
-- name: update by a unicode name
-- denies: write on app.notes
-- proof: select note from app.notes where id = 1
update u&"\0061pp".u&"not\0065s" set note = 'x' where id = 1;
--;
-- name: update by the database's name
-- denies: write on app.notes
-- proof: select note from app.notes where id = 1
update sample.app.notes set note = 'x' where id = 1;
--;
-- name: update only
-- denies: write on app.notes
-- proof: select note from app.notes where id = 1
update only app.notes set note = 'x' where id = 1;
--;
-- name: delete
-- denies: delete | write
-- proof: select count(*) from app.notes
delete from app.notes where id = 1;
--;
-- name: delete using
-- denies: delete | write on app.notes
-- proof: select count(*) from app.notes
delete from app.notes n using app.customers c where n.id = c.id;
--;
-- name: merge
-- denies: merge | write | write on app.notes
-- proof: select count(*) from app.notes
merge into app.notes n using app.customers c on n.id = c.id when matched then delete;
--;
-- name: merge that inserts
-- denies: merge | write
-- proof: select count(*) from app.notes
merge into app.notes n using (values (1001)) v(k) on n.id = v.k when not matched then insert (id) values (v.k);
--;
-- name: truncate
-- denies: truncate | write | write on app.notes
-- proof: select count(*) from app.notes
truncate app.notes;
--;
-- name: truncate cascade
-- denies: truncate | write on app.customers
-- proof: select count(*) from app.orders
truncate table app.customers cascade;
--;
-- name: truncate cascade reaches another table
-- denies: write on app.orders
-- proof: select count(*) from app.orders
truncate table app.customers cascade;
--;
-- name: truncate restart identity
-- denies: truncate
-- proof: select count(*) from app.vault
-- setup: insert into app.vault (id) values (1)
-- cleanup: truncate app.vault
truncate app.vault restart identity;
--;
-- name: truncate of several
-- denies: truncate | write on app.vault
-- setup: insert into app.vault (id) values (1)
-- cleanup: truncate app.vault
-- proof: select count(*) from app.vault
truncate app.notes, app.vault;
--;
-- name: cte that updates
-- denies: update | write | write on app.notes | read-only
-- proof: select note from app.notes where id = 1
with u as (update app.notes set note = 'x' where id = 1) select 1;
--;
-- name: cte that deletes
-- denies: delete | write
-- proof: select count(*) from app.notes
with d as (delete from app.notes where id = 1 returning id) select count(*) from d;
--;
-- name: cte that inserts
-- denies: insert | write
-- proof: select count(*) from app.notes
with i as (insert into app.notes (id) values (1001) returning *) select * from i;
--;
-- name: cte nested in an insert
-- denies: delete | write on app.notes
-- proof: select count(*) from app.notes
with d as (delete from app.notes where id = 1 returning id) insert into app.vault (id) select id from d;
--;
-- name: cte in a cte
-- denies: delete
-- proof: select count(*) from app.notes
with a as (select 1), b as (delete from app.notes where id = 1), c as (select 2) select * from a, c;
--;
-- name: cte that merges is not there yet, one that updates a view is
-- denies: update | write
-- setup: create view app.seen as select id, note from app.notes
-- cleanup: drop view app.seen
-- proof: select note from app.notes where id = 1
with u as (update app.seen set note = 'x' where id = 1) select 1;
--;
-- name: updatable view
-- denies: write on app.seen
-- setup: create view app.seen as select id, note from app.notes
-- cleanup: drop view app.seen
-- proof: select note from app.notes where id = 1
update app.seen set note = 'x' where id = 1;
--;
-- name: updatable view's table
-- denies: write on app.notes
-- setup: create view app.seen as select id, note from app.notes
-- cleanup: drop view app.seen
-- proof: select note from app.notes where id = 1
update app.seen set note = 'x' where id = 1;
--;
-- name: insert through a view
-- denies: insert
-- setup: create view app.seen as select id, note from app.notes
-- cleanup: drop view app.seen
-- proof: select count(*) from app.notes
insert into app.seen values (1001, 'x');
--;
-- name: delete through a view
-- denies: delete
-- setup: create view app.seen as select id, note from app.notes
-- cleanup: drop view app.seen
-- proof: select count(*) from app.notes
delete from app.seen where id = 1;
--;
-- name: partition by its parent
-- denies: write on app.events
-- proof: select count(*) from app.events_2025
delete from app.events where id = 1;
--;
-- name: parent's rule, written to the partition
-- denies: write on app.events
-- proof: select count(*) from app.events
delete from app.events_2025 where id = 1;
--;
-- name: partition's rule, written to the parent
-- denies: write on app.events_2025
-- proof: select count(*) from app.events_2025
delete from app.events where id = 1;
--;
-- name: child's rule, written to the parent
-- denies: write on app.employees
-- proof: select count(*) from app.employees
delete from app.people where name = 'Edsger';
--;
-- name: foreign key cascade
-- denies: delete
-- setup: create table app.parts (id int primary key, note int references app.notes on delete cascade); insert into app.parts values (1, 1)
-- cleanup: drop table app.parts
-- proof: select count(*) from app.parts
delete from app.notes where id = 1;
--;
-- name: foreign key cascade's table
-- denies: write on app.parts
-- setup: create table app.parts (id int primary key, note int references app.notes on delete cascade); insert into app.parts values (1, 1)
-- cleanup: drop table app.parts
-- proof: select count(*) from app.parts
delete from app.notes where id = 1;
--;
-- name: rule on the table
-- denies: update
-- setup: create rule also as on update to app.notes do also delete from app.events where id = 1
-- cleanup: drop rule also on app.notes
-- proof: select count(*) from app.events
update app.notes set note = 'x' where id = 1;
--;
-- name: rule on the table, what it does
-- denies: delete
-- setup: create rule also as on update to app.notes do also delete from app.events where id = 1
-- cleanup: drop rule also on app.notes
-- proof: select count(*) from app.events
update app.notes set note = 'x' where id = 1;
--;
-- name: rule on the table, what it does elsewhere
-- denies: write on app.events
-- setup: create rule also as on update to app.notes do also delete from app.events where id = 1
-- cleanup: drop rule also on app.notes
-- proof: select count(*) from app.events
update app.notes set note = 'x' where id = 1;
--;
-- name: trigger on the table
-- denies: insert
-- setup: create function app.fire() returns trigger language plpgsql as 'begin delete from app.events where id = 1; return new; end'; create trigger fire after insert on app.notes for each row execute function app.fire()
-- cleanup: drop function app.fire cascade
-- proof: select count(*) from app.events
insert into app.notes (id) values (1001);
--;
-- name: trigger on the table, what it does
-- denies: delete
-- setup: create function app.fire() returns trigger language plpgsql as 'begin delete from app.events where id = 1; return new; end'; create trigger fire after insert on app.notes for each row execute function app.fire()
-- cleanup: drop function app.fire cascade
-- proof: select count(*) from app.events
insert into app.notes (id) values (1001);
--;
-- name: explain analyze
-- denies: update | write | read-only
-- proof: select note from app.notes where id = 1
explain analyze update app.notes set note = 'x' where id = 1;
--;
-- name: explain analyze in options
-- denies: delete
-- proof: select count(*) from app.notes
explain (costs off, analyze, timing off) delete from app.notes where id = 1;
--;
-- name: explain analyze on
-- denies: delete
-- proof: select count(*) from app.notes
explain (analyze on) delete from app.notes where id = 1;
--;
-- name: explain analyze one
-- denies: delete
-- proof: select count(*) from app.notes
explain (analyze 1) delete from app.notes where id = 1;
--;
-- name: explain analyze verbose
-- denies: insert
-- proof: select count(*) from app.notes
explain analyze verbose insert into app.notes (id) values (1001);
--;
-- name: explain analyze twice, the last counts
-- denies: delete
-- proof: select count(*) from app.notes
explain (analyze false, analyze true) delete from app.notes where id = 1;
--;
-- name: explain analyze create table as
-- denies: ddl | create
-- proof: select to_regclass('app.made')
explain analyze create table app.made as select 1;
--;
-- name: explain analyze execute
-- denies: delete
-- proof: select count(*) from app.notes
prepare p as delete from app.notes where id = 1;
explain analyze execute p;
--;
-- name: prepare and execute
-- denies: delete | write on app.notes
-- proof: select count(*) from app.notes
prepare p as delete from app.notes where id = 1;
execute p;
--;
-- name: prepare with parameters
-- denies: update
-- proof: select note from app.notes where id = 1
prepare p(text) as update app.notes set note = $1 where id = 1;
execute p('x');
--;
-- name: prepare a truncate's cousin
-- denies: merge
-- proof: select count(*) from app.notes
prepare p as merge into app.notes n using (values (1)) v(k) on n.id = v.k when matched then delete;
execute p;
--;
-- name: copy from the client
-- denies: write | write on app.notes | read-only
-- proof: select count(*) from app.notes
-- at once:
copy app.notes from stdin; insert into app.notes (id) values (1001);
--;
-- name: copy of a delete
-- denies: delete | write on app.notes | read-only
-- proof: select count(*) from app.notes
copy (delete from app.notes where id = 1 returning id) to stdout;
--;
-- name: copy of an update
-- denies: update
-- proof: select note from app.notes where id = 1
copy (update app.notes set note = 'x' where id = 1 returning id) to stdout;
--;
-- name: copy of a cte that deletes
-- denies: delete
-- proof: select count(*) from app.notes
copy (with d as (delete from app.notes where id = 1 returning id) select * from d) to stdout;
--;
-- name: where current of
-- denies: update
-- proof: select note from app.notes where id = 1
declare c cursor for select * from app.notes where id = 1 for update;
fetch c;
update app.notes set note = 'x' where current of c;
--;
-- name: upsert
-- denies: insert | write
-- proof: select note from app.notes where id = 1
insert into app.notes (id) values (1) on conflict (id) do update set note = 'x';
--;
-- name: upsert counts as an update
-- denies: update
-- proof: select note from app.notes where id = 1
insert into app.notes (id) values (1) on conflict (id) do update set note = 'x';
--;
-- name: merge counts as a delete
-- denies: delete
-- proof: select count(*) from app.notes
merge into app.notes n using (values (1)) v(k) on n.id = v.k when matched then delete;
--;
-- name: merge counts as an insert
-- denies: insert
-- proof: select count(*) from app.notes
merge into app.notes n using (values (1001)) v(k) on n.id = v.k when not matched then insert (id) values (v.k);
--;
-- name: merge counts as an update
-- denies: update
-- proof: select note from app.notes where id = 1
merge into app.notes n using (values (1)) v(k) on n.id = v.k when matched then update set note = 'x';
--;
-- name: copy from counts as an insert
-- denies: insert
-- proof: select count(*) from app.notes
-- at once:
copy app.notes (id) from program 'echo 1001';
--;
-- name: nextval
-- denies: write | read-only
-- proof: select last_value, is_called from app.counter
select nextval('app.counter');
--;
-- name: setval
-- denies: write | read-only
-- proof: select last_value, is_called from app.counter
select setval('app.counter', 100);
--;
-- name: nextval by schema
-- denies: write
-- proof: select last_value, is_called from app.counter
select pg_catalog.nextval('app.counter');
--;
-- name: nextval by a unicode name
-- denies: write
-- proof: select last_value, is_called from app.counter
select u&"next\0076al"('app.counter');
--;
-- name: nextval in from
-- denies: write
-- proof: select last_value, is_called from app.counter
select * from nextval('app.counter');
--;
-- name: nextval in a default of values
-- denies: write
-- proof: select last_value, is_called from app.counter
values (nextval('app.counter'));
--;
-- name: nextval in a cursor
-- denies: write
-- proof: select last_value, is_called from app.counter
declare c cursor for select nextval('app.counter');
fetch c;
--;
-- name: refresh of a materialized view
-- denies: write | maintenance
-- setup: create materialized view app.copied as select count(*) as n from app.notes; insert into app.notes (id) values (1001)
-- cleanup: drop materialized view app.copied; delete from app.notes where id = 1001
-- proof: select n from app.copied
refresh materialized view app.copied;
--;
-- name: refresh concurrently
-- denies: write | maintenance
-- setup: create materialized view app.copied as select 1 as k, count(*) as n from app.notes; create unique index on app.copied (k); insert into app.notes (id) values (1001)
-- cleanup: drop materialized view app.copied; delete from app.notes where id = 1001
-- proof: select n from app.copied
refresh materialized view concurrently app.copied;
--;
-- name: second statement
-- denies: delete
-- at once:
-- proof: select count(*) from app.notes
select 1; delete from app.notes where id = 1;
--;
-- name: between comments
-- denies: delete
-- proof: select count(*) from app.notes
/* select */ delete /* from x */ from -- y
app.notes where id = 1;
--;
-- name: cluster
-- denies: maintenance
-- proof: select relfilenode from pg_class where oid = 'app.notes'::regclass
cluster app.notes using notes_pkey;
--;
-- name: reindex
-- denies: maintenance
-- proof: select relfilenode from pg_class where oid = 'app.notes_pkey'::regclass
reindex table app.notes;
--;
-- name: analyze
-- denies: maintenance
-- setup: create table app.fresh as select generate_series(1, 500) as n
-- cleanup: drop table app.fresh
-- proof: select count(*) from pg_stats where tablename = 'fresh'
analyze app.fresh;
--;
-- name: update of a system catalogue
-- denies: write on pg_catalog.* | write
-- proof: select relrowsecurity from pg_class where oid = 'app.notes'::regclass
update pg_class set relrowsecurity = true where oid = 'app.notes'::regclass;
--;
-- name: user's function that writes
-- denies: opaque-function
-- setup: create function app.fire() returns void language sql as 'delete from app.notes where id = 1'
-- cleanup: drop function app.fire
-- proof: select count(*) from app.notes
select app.fire();
--;
-- name: user's function that writes, read-only
-- denies: read-only
-- setup: create function app.fire() returns void language sql as 'delete from app.notes where id = 1'
-- cleanup: drop function app.fire
-- proof: select count(*) from app.notes
select app.fire();
--;
-- name: user's function in a filter
-- denies: opaque-function
-- setup: create function app.fire() returns boolean language sql as 'delete from app.notes where id = 1 returning true'
-- cleanup: drop function app.fire
-- proof: select count(*) from app.notes
select 1 where app.fire();
--;
-- name: user's function in a limit
-- denies: opaque-function
-- setup: create function app.fire() returns int language sql as 'delete from app.notes where id = 1 returning 1'
-- cleanup: drop function app.fire
-- proof: select count(*) from app.notes
select 1 limit app.fire();
--;
-- name: user's function by attribute notation
-- denies: opaque-function
-- setup: create function app.fire(app.customers) returns int language sql as 'delete from app.notes where id = 1 returning 1'
-- cleanup: drop function app.fire
-- proof: select count(*) from app.notes
set local search_path = app;
select c.fire from app.customers c limit 1;
--;
-- name: user's function by attribute notation, what it does
-- denies: delete on app.notes | function fire | read-only
-- setup: create function app.fire(app.customers) returns int language sql as 'delete from app.notes where id = 1 returning 1'
-- cleanup: drop function app.fire
-- proof: select count(*) from app.notes
set local search_path = app;
select id from app.customers c order by c.fire limit 1;
--;
-- name: user's function by attribute notation of a sub-select's row
-- denies: opaque-function
-- setup: create function app.fire(app.customers) returns int language sql as 'delete from app.notes where id = 1 returning 1'
-- cleanup: drop function app.fire
-- proof: select count(*) from app.notes
set local search_path = app;
select (s.c).fire from (select c from app.customers c limit 1) s;
--;
-- name: user's function by attribute notation in what is written
-- denies: opaque-function
-- setup: create function app.fire(app.customers) returns int language sql as 'delete from app.events where id = 1 returning 1'
-- cleanup: drop function app.fire
-- proof: select count(*) from app.events
set local search_path = app;
update app.notes n set number = c.fire from app.customers c where c.id = n.id and c.id = 1;
--;
-- name: user's function, what it does
-- denies: delete | write on app.notes
-- setup: create function app.fire() returns void language plpgsql as 'begin if 1 > 0 then delete from notes where id = 1; end if; end' set search_path = app
-- cleanup: drop function app.fire
-- proof: select count(*) from app.notes
select app.fire();
--;
-- name: procedure, what it does
-- denies: delete on app.notes
-- setup: create procedure app.fire() language sql begin atomic delete from app.notes where id = 1; end
-- cleanup: drop procedure app.fire
-- proof: select count(*) from app.notes
call app.fire();
--;
-- name: trigger's function's function, what it does
-- denies: delete on app.events
-- setup: create function app.deeper() returns int language sql as 'delete from app.events where id = 1 returning 1'; create function app.fire() returns trigger language plpgsql as 'begin if app.deeper() > 0 then raise notice ''x''; end if; return new; end'; create trigger fire before update on app.notes for each row when (new.id = 1) execute function app.fire()
-- cleanup: drop function app.fire cascade; drop function app.deeper
-- proof: select count(*) from app.events
update app.notes set note = 'x' where id = 1;
--;
-- name: trigger's condition, what it does
-- denies: delete on app.events
-- setup: create function app.deeper() returns boolean language sql as 'delete from app.events where id = 1 returning true'; create function app.fire() returns trigger language plpgsql as 'begin return new; end'; create trigger fire after insert on app.notes for each row when (app.deeper()) execute function app.fire()
-- cleanup: drop function app.fire cascade; drop function app.deeper
-- proof: select count(*) from app.events
insert into app.notes (id) values (1001);
--;
-- name: a default's function, what it does
-- denies: delete on app.events
-- setup: create function app.deeper() returns int language plpgsql as 'begin delete from app.events where id = 1; return 1; end'; create table app.filled (id int, at int default app.deeper())
-- cleanup: drop table app.filled; drop function app.deeper()
-- proof: select count(*) from app.events
insert into app.filled (id) values (1);
--;
-- name: a check's function, what it does
-- denies: delete on app.events
-- setup: create function app.deeper(int) returns boolean language sql as 'with d as (delete from app.events where id = $1 returning 1) select true from d'; create table app.filled (id int check (app.deeper(id)))
-- cleanup: drop table app.filled; drop function app.deeper(int)
-- proof: select count(*) from app.events
insert into app.filled (id) values (1);
--;
-- name: a cast's function, what it does
-- denies: delete on app.events
-- setup: create type app.asked as (id int); create function app.deeper(int) returns app.asked language plpgsql as 'begin delete from app.events where id = $1; return row($1)::app.asked; end'; create cast (int as app.asked) with function app.deeper(int)
-- cleanup: drop cast (int as app.asked); drop function app.deeper(int); drop type app.asked
-- proof: select count(*) from app.events
select 1::app.asked;
--;
-- name: trigger that runs a text, what it does
-- denies: delete on app.events | truncate
-- setup: create function app.fire() returns trigger language plpgsql as 'begin execute ''delete from app.'' || ''events where id = 1''; return new; end'; create trigger fire after insert on app.notes for each row execute function app.fire()
-- cleanup: drop function app.fire cascade
-- proof: select count(*) from app.events
insert into app.notes (id) values (1001);
--;
-- name: trigger on what a foreign key's action deletes
-- denies: delete on app.events
-- setup: create table app.parts (id int primary key, note int references app.notes on delete cascade); insert into app.parts values (1, 1); create function app.fire() returns trigger language plpgsql as 'begin delete from app.events where id = 1; return old; end'; create trigger fire after delete on app.parts for each row execute function app.fire()
-- cleanup: drop table app.parts; drop function app.fire
-- proof: select count(*) from app.events
delete from app.notes where id = 1;
--;
-- name: user's function by an operator
-- denies: opaque-function
-- setup: create function app.fire(int, int) returns int language sql as 'delete from app.notes where id = 1 returning 1'; create operator app.==== (leftarg = int, rightarg = int, function = app.fire)
-- cleanup: drop function app.fire cascade
-- proof: select count(*) from app.notes
select 1 operator(app.====) 1;
--;
-- name: user's function by a shipped operator's name
-- denies: opaque-function
-- setup: create function app.fire(text, int) returns int language sql as 'delete from app.notes where id = 1 returning 1'; create operator app.+ (leftarg = text, rightarg = int, function = app.fire)
-- cleanup: drop function app.fire cascade
-- proof: select count(*) from app.notes
set local search_path = app;
select 'x'::text + 1;
--;
-- name: user's function by a cast
-- denies: opaque-function
-- setup: create function app.fire(app.pair) returns int language sql as 'delete from app.notes where id = 1 returning 1'; create cast (app.pair as int) with function app.fire(app.pair)
-- cleanup: drop function app.fire cascade
-- proof: select count(*) from app.notes
select row(1, 'x')::app.pair::int;
--;
-- name: user's function by a domain's check
-- denies: opaque-function
-- setup: create function app.fire(text) returns boolean language sql as 'delete from app.notes where id = 1 returning true'; create domain app.fired as text check (app.fire(value))
-- cleanup: drop function app.fire cascade; drop domain app.fired
-- proof: select count(*) from app.notes
select 'x'::app.fired;
--;
-- name: user's function by a view
-- denies: opaque-function
-- setup: create function app.fire() returns int language sql as 'delete from app.notes where id = 1 returning 1'; create view app.firing as select app.fire()
-- cleanup: drop function app.fire cascade
-- proof: select count(*) from app.notes
select * from app.firing;
--;
-- name: user's function by a default
-- denies: opaque-function
-- setup: create function app.fire() returns int language sql as 'delete from app.notes where id = 1 returning 1'; create table app.d (a int, b int default app.fire())
-- cleanup: drop table app.d; drop function app.fire
-- proof: select count(*) from app.notes
insert into app.d (a) values (1);
--;
-- name: user's aggregate
-- denies: opaque-function
-- setup: create function app.fire(int, int) returns int language sql as 'delete from app.notes where id = 1 returning 1'; create aggregate app.fired(int) (sfunc = app.fire, stype = int)
-- cleanup: drop function app.fire cascade
-- proof: select count(*) from app.notes
select app.fired(1);
--;
-- name: user's function that has a shipped name
-- denies: opaque-function
-- setup: create function app.upper(int) returns int language sql as 'delete from app.notes where id = 1 returning 1'
-- cleanup: drop function app.upper(int)
-- proof: select count(*) from app.notes
set local search_path = app;
select upper(1);
--;
-- name: unfiltered update
-- denies: unfiltered-write
-- proof: select count(distinct note) from app.notes
update app.notes set note = 'x';
--;
-- name: unfiltered delete
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes;
--;
-- name: filter that is true
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where true;
--;
-- name: filter that compares constants
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where 1 = 1;
--;
-- name: filter of a constant's logic
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where not false and (1 < 2 or 'a' = 'b');
--;
-- name: filter that calls
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where now() is not null;
--;
-- name: filter on itself
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where id = id;
--;
-- name: filter that is not null
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where id is not null;
--;
-- name: filter with an or
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where id = 1 or true;
--;
-- name: filter by a subselect of constants
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where exists (select 1);
--;
-- name: filter by its own rows
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where id in (select id from app.notes);
--;
-- name: filter by a system column
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where tableoid is not null;
--;
-- name: unfiltered by using
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes using (select 1) x;
--;
-- name: unfiltered merge
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
merge into app.notes n using (select 1) x on true when matched then delete;
--;
-- name: unfiltered in a cte
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
with d as (delete from app.notes) select 1;
--;
-- name: unfiltered in a prepared statement
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
prepare p as delete from app.notes;
execute p;
--;
-- name: unfiltered in explain analyze
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
explain analyze delete from app.notes;
--;
-- name: unfiltered in copy
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
copy (delete from app.notes returning id) to stdout;
--;
-- name: merge, read-only
-- denies: read-only
-- proof: select count(*) from app.notes
merge into app.notes n using (values (1)) v(k) on n.id = v.k when matched then delete;
--;
-- name: merge that only inserts
-- denies: insert | read-only | write on app.notes
-- proof: select count(*) from app.notes
merge into app.notes n using (values (1001)) v(k) on n.id = v.k when not matched then insert (id) values (v.k);
--;
-- name: merge that only deletes
-- denies: delete | write on app.notes
-- proof: select count(*) from app.notes
merge into app.notes n using (values (1)) v(k) on n.id = v.k when matched then delete;
--;
-- name: merge that updates a partition through its parent
-- denies: update | write on app.events_2025
-- proof: select array_agg(id order by id) from app.events
merge into app.events e using (values (1)) v(k) on e.id = v.k when matched then update set id = 77;
--;
-- name: written in a transaction that was begun to write
-- denies: read-only
-- proof: select count(*) from app.notes
set transaction read write;
insert into app.notes (id) values (1001);
--;
-- name: written after the session's default was set
-- denies: read-only
-- proof: select count(*) from app.notes
set session characteristics as transaction read write;
insert into app.notes (id) values (1001);
--;
-- name: written after the setting was set
-- denies: read-only
-- proof: select count(*) from app.notes
select set_config('transaction_read_only', 'off', true);
insert into app.notes (id) values (1001);
--;
-- name: written in a sub-select's cte
-- denies: read-only | delete on app.notes
-- proof: select count(*) from app.notes
with d as (delete from app.notes where id = 1 returning id) select count(*) from d;
--;
-- name: written under explain analyze
-- denies: read-only | delete on app.notes
-- proof: select count(*) from app.notes
explain (analyze true) delete from app.notes where id = 1;
--;
-- name: written by a prepared statement
-- denies: read-only | delete on app.notes
-- proof: select count(*) from app.notes
prepare p as delete from app.notes where id = 1;
execute p;
--;
-- name: made in the transaction, then written
-- denies: read-only | create
-- proof: select to_regclass('app.fresh')
create table app.fresh (a int);
insert into app.fresh values (1);
--;
-- name: made in the transaction, then written through a view
-- denies: read-only | write on app.notes
-- proof: select count(*) from app.notes
create view app.fresh as select * from app.notes;
delete from app.fresh where id = 1;
--;
-- name: made in the transaction, then written through a rule
-- denies: read-only | write on app.notes
-- proof: select count(*) from app.notes
create table app.fresh (a int);
create rule also as on insert to app.fresh do also delete from app.notes where id = 1;
insert into app.fresh values (1);
--;
-- name: made in the transaction, then written through a key
-- denies: read-only | write on app.fresh_children
-- setup: create table app.fresh_children (a int); insert into app.fresh_children values (1)
-- cleanup: drop table app.fresh_children cascade
-- proof: select count(*) from app.fresh_children
create table app.fresh (a int primary key);
insert into app.fresh values (1);
alter table app.fresh_children add foreign key (a) references app.fresh on delete cascade;
delete from app.fresh where a = 1;
--;
-- name: written under another search path
-- denies: read-only | write on app.notes
-- proof: select count(*) from app.notes
savepoint s;
set search_path = shop;
rollback to s;
set local search_path = pg_temp, app;
delete from notes where id = 1;
--;
-- name: update from another relation
-- denies: read on app.customers | read
-- proof: select max(note) from app.notes
update app.notes n set note = c.email from app.customers c where c.id = n.id;
--;
-- name: update from a join
-- denies: read on app.events | read on app.customers
-- proof: select sum(number) from app.notes
update app.notes n set number = -1 from app.customers c cross join app.events e where c.id = n.id;
--;
-- name: delete using another relation
-- denies: read on app.customers | read
-- proof: select count(*) from app.notes
delete from app.notes n using app.customers c where c.id = n.id and c.email like '%@%';
--;
-- name: merge using another relation
-- denies: read on app.customers | read
-- proof: select max(note) from app.notes
merge into app.notes n using app.customers c on c.id = n.id when matched then update set note = c.email;
--;
-- name: update by a sub-select
-- denies: read on app.customers | read
-- proof: select max(note) from app.notes
update app.notes set note = (select max(email) from app.customers) where id = 1;
--;
-- name: what is inserted, from another relation
-- denies: read on app.customers | read
-- proof: select count(*) from app.notes
insert into app.notes (id, note) table app.customers limit 0;
insert into app.notes (id, note) select 1001, email from app.customers where id = 1;
--;
-- name: values that are read
-- denies: read on app.customers | read
-- proof: select count(*) from app.notes
insert into app.notes (id, note) values (1001, (select max(email) from app.customers));
--;
-- name: a conflict's values are read
-- denies: read on app.customers | read
-- proof: select max(note) from app.notes
insert into app.notes (id) values (1) on conflict (id) do update set note = (select max(email) from app.customers);
--;
-- name: what an update returns is read
-- denies: read on app.notes | read
-- proof: select count(*) from app.notes where note = 'x'
update app.notes set note = 'x' where id = 1 returning number;
--;
-- name: what a delete returns is read
-- denies: read on app.notes | read
-- proof: select count(*) from app.notes
delete from app.notes where id = 1 returning *;
--;
-- name: what an insert returns is read
-- denies: read on app.notes | read
-- proof: select count(*) from app.notes
insert into app.notes (id) values (1001) returning notes;
--;
-- name: what a cte returns is read
-- denies: read on app.notes
-- proof: select count(*) from app.notes
with d as (delete from app.notes where id = 1 returning note) insert into app.notes (id, note) select 1001, note from d union all select 1002, 'x';
--;
-- name: filter on itself, computed
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where id <= id + 1;
--;
-- name: filter on itself by an alias
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes n where n.id in (5, id);
--;
-- name: filter that is distinct from null
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where id is distinct from null;
--;
-- name: filter that is not unknown
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where (id = 1) is not unknown;
--;
-- name: filter that is denied twice
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where not (id <> id);
--;
-- name: filter with an or that has a value
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where id = 1 or id is not null;
--;
-- name: filter by rows that exist
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where exists (select 1 from app.notes m where m.id = notes.id);
--;
-- name: filter by rows of another relation
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where (select count(*) from app.customers c where c.email is not null) > 0;
--;
-- name: filter by its own rows in a union
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where id in (select id from app.notes union select id from app.notes where id = 1);
--;
-- name: filter by its own rows in an array
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes where id = any (array(select id from app.notes));
--;
-- name: joined with its own rows
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes n using app.notes m where n.id = m.id;
--;
-- name: joined by what another relation is like
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
delete from app.notes using app.customers c where c.id = 1;
--;
-- name: merged with its own rows
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
merge into app.notes n using app.notes m on n.id = m.id when matched then delete;
--;
-- name: merged under a condition that is always true
-- denies: unfiltered-write
-- proof: select count(*) from app.notes
merge into app.notes n using (values (1)) v(k) on true when matched and n.id is not null then delete;
--;
-- name: a function that the transaction replaces
-- denies: delete on app.events
-- setup: create function app.deeper() returns int language sql as 'select 1'
-- cleanup: drop function app.deeper()
-- proof: select count(*) from app.events
create or replace function app.deeper() returns int language sql as 'delete from app.events where id = 1 returning 1';
select app.deeper();
--;
-- name: a function that the transaction makes
-- denies: delete on app.events
-- proof: select count(*) from app.events
create function app.deeper() returns int language sql as 'delete from app.events where id = 1 returning 1';
select app.deeper();
--;
-- name: a function in one text
-- at once: yes
-- denies: delete on app.events
-- proof: select count(*) from app.events
create function app.deeper() returns int language sql as 'delete from app.events where id = 1 returning 1';
select app.deeper();
--;
-- name: a function that a cast leads to in the transaction
-- denies: delete on app.events | setting search_path
-- setup: create type app.asked as (id int); create function app.deeper(int) returns app.asked language sql as 'select row($1)::app.asked'; create cast (int as app.asked) with function app.deeper(int)
-- cleanup: drop cast (int as app.asked); drop function app.deeper(int); drop type app.asked
-- proof: select count(*) from app.events
create or replace function app.deeper(int) returns app.asked language plpgsql as 'begin delete from app.events where id = $1; return row($1)::app.asked; end';
select 1::app.asked;
--;
-- name: a foreign key that the transaction adds
-- denies: delete on app.kids
-- setup: create table app.kids (p int); insert into app.kids values (1)
-- cleanup: drop table app.kids
-- proof: select count(*) from app.kids
alter table app.kids add foreign key (p) references app.notes on delete cascade;
delete from app.notes where id = 1;
--;
-- name: a trigger that the transaction switches on
-- denies: delete on app.events
-- setup: create function app.fire() returns trigger language plpgsql as 'begin delete from app.events where id = 1; return new; end'; create trigger fire before update on app.notes for each row execute function app.fire(); alter table app.notes disable trigger fire
-- cleanup: drop function app.fire() cascade
-- proof: select count(*) from app.events
alter table app.notes enable trigger fire;
update app.notes set note = 'x' where id = 1;
--;
-- name: a default that the transaction sets
-- denies: delete on app.events
-- setup: create function app.deeper() returns int language plpgsql as 'begin delete from app.events where id = 1; return 1; end'; create table app.filled (id int, at int)
-- cleanup: drop table app.filled; drop function app.deeper()
-- proof: select count(*) from app.events
alter table app.filled alter at set default app.deeper();
insert into app.filled (id) values (1);
--;
-- name: a policy that the transaction adds
-- denies: delete on app.events
-- setup: create function app.deeper() returns boolean language plpgsql as 'begin delete from app.events where id = 1; return true; end'; create table app.filled (id int); insert into app.filled values (1); alter table app.filled enable row level security; alter table app.filled force row level security; alter table app.filled owner to scram_user
-- cleanup: drop table app.filled; drop function app.deeper()
-- proof: select count(*) from app.events
create policy fire on app.filled using (app.deeper());
set local role scram_user;
select * from app.filled;
--;
-- name: a partition that the transaction attaches
-- denies: delete on app.parted
-- setup: create table app.parted (id int) partition by range (id); create table app.part (id int); insert into app.part values (1)
-- cleanup: drop table app.parted, app.part
-- proof: select count(*) from app.part
alter table app.parted attach partition app.part for values from (0) to (5);
delete from app.part where id = 1;
--;
-- name: a parent that the transaction gives
-- denies: delete on app.part
-- setup: create table app.parent (id int); create table app.part (id int); insert into app.part values (1)
-- cleanup: drop table app.part; drop table app.parent
-- proof: select count(*) from app.part
alter table app.part inherit app.parent;
delete from app.parent where id = 1;
--;
-- name: a view that the transaction makes of a function
-- denies: delete on app.events
-- setup: create function app.deeper() returns int language plpgsql as 'begin delete from app.events where id = 1; return 1; end'
-- cleanup: drop function app.deeper()
-- proof: select count(*) from app.events
create view app.seen as select app.deeper();
select * from app.seen;
--;
-- name: a domain that the transaction makes
-- denies: delete on app.events
-- setup: create function app.deeper(int) returns boolean language plpgsql as 'begin delete from app.events where id = $1; return true; end'
-- cleanup: drop function app.deeper(int)
-- proof: select count(*) from app.events
create domain app.checked as int check (app.deeper(value));
select 1::app.checked;
--;
