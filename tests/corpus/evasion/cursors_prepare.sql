-- name: cursor
declare c cursor for select email from app.customers;
fetch all from c;
--;
-- name: cursor, computed
declare c cursor for select email || '' from app.customers;
fetch all from c;
--;
-- name: binary cursor
declare c binary cursor for select email from app.customers;
fetch all from c;
--;
-- name: binary cursor, computed
declare c binary cursor for select upper(email) from app.customers;
fetch next from c;
--;
-- name: scroll cursor
declare c scroll cursor for select upper(email) from app.customers order by id;
fetch last from c;
fetch prior from c;
fetch absolute 1 from c;
--;
-- name: move and fetch
declare c scroll cursor for select lower(email) from app.customers order by id;
move 1 in c;
fetch backward all from c;
fetch relative 1 from c;
--;
-- name: insensitive cursor without hold
declare c insensitive no scroll cursor without hold for select email || '' from app.customers;
fetch 10 c;
--;
-- name: cursor with hold over a commit
-- commits:
begin;
declare c cursor with hold for select upper(email) from app.customers;
commit;
fetch all from c;
close c;
--;
-- name: cursor with hold after an abort of another
-- commits:
begin;
declare c cursor with hold for select upper(email) from app.customers;
commit;
begin;
select 1 / 0;
rollback;
fetch all from c;
--;
-- name: cursor redeclared
declare c cursor for select note from app.notes where id = 1;
close c;
declare c cursor for select upper(email) from app.customers;
fetch all from c;
--;
-- name: cursor redeclared without closing
declare c cursor for select lower(email) from app.customers;
savepoint s;
declare c cursor for select '1';
rollback to s;
fetch all from c;
--;
-- name: cursor rolled back and declared anew
savepoint s;
declare c cursor for select '1';
rollback to s;
declare c cursor for select lower(email) from app.customers;
fetch all from c;
--;
-- name: cursor closed with all
declare a cursor for select '1';
close all;
declare a cursor for select lower(email) from app.customers;
fetch all from a;
--;
-- name: cursor with an odd name
declare "C "" c" cursor for select upper(email) from app.customers;
fetch all from "C "" c";
--;
-- name: cursor named in another case
declare CuRsOr1 cursor for select upper(email) from app.customers;
fetch all from cursor1;
--;
-- name: cursor named by a keyword
declare "all" cursor for select upper(email) from app.customers;
fetch from "all";
--;
-- name: cursor for values
declare c cursor for values ((select email from app.customers where id = 1));
fetch c;
--;
-- name: cursor for table
declare c cursor for table app.customers;
fetch all c;
--;
-- name: cursor for a cte
declare c cursor for with w(x) as (select email from app.customers) select x || '' from w;
fetch all c;
--;
-- name: cursor for update
declare c cursor for select id, email || '' from app.customers for update;
fetch all c;
--;
-- name: where current of
declare c cursor for select id from app.customers where id = 1 for update;
fetch c;
update app.customers set name = name where current of c returning upper(email);
--;
-- name: two cursors, one clean
declare a cursor for select note from app.notes;
declare b cursor for select upper(email) from app.customers;
fetch 1 from a;
fetch 3 from b;
fetch 1 from a;
--;
-- name: fetch and declare in one text
-- at once:
declare c cursor for select upper(email) from app.customers; fetch all from c;
--;
-- name: explain of a cursor, then fetch
explain declare c cursor for select upper(email) from app.customers;
declare c cursor for select upper(email) from app.customers;
fetch all from c;
--;
-- name: cursor read as xml
declare c cursor for select email from app.customers;
select cursor_to_xml('c', 10, true, false, '');
--;
-- name: prepare
prepare p as select email from app.customers;
execute p;
--;
-- name: prepare, computed
prepare p as select email || '' from app.customers;
execute p;
--;
-- name: prepare with parameters
prepare p(int) as select reverse(email) from app.customers where id = $1;
execute p(1);
--;
-- name: prepare with a parameter that joins the value
prepare p(text) as select $1 || email from app.customers;
execute p('');
--;
-- name: prepare, executed twice
prepare p as select upper(email) from app.customers;
execute p;
execute p;
--;
-- name: prepare, deallocated and prepared anew
prepare p as select '1';
deallocate p;
prepare p as select upper(email) from app.customers;
execute p;
--;
-- name: prepare, a second one refused
prepare p as select upper(email) from app.customers;
savepoint s;
prepare p as select '1';
rollback to s;
execute p;
--;
-- name: prepare survives a rollback
-- commits:
begin;
prepare p as select upper(email) from app.customers;
rollback;
execute p;
--;
-- name: deallocate all
prepare p as select '1';
deallocate all;
prepare p as select upper(email) from app.customers;
execute p;
--;
-- name: prepare an update
prepare p as update app.customers set name = name where id = 1 returning email || '';
execute p;
--;
-- name: prepare an insert
prepare p as insert into app.notes (id, note) select 9000, email from app.customers where id = 1;
execute p;
select note from app.notes where id = 9000;
--;
-- name: create table as execute
prepare p as select upper(email) as x from app.customers;
create temp table t as execute p;
select x from t;
--;
-- name: create table as execute with arguments
prepare p(int) as select upper(email) as x from app.customers where id = $1;
create temp table t as execute p(1);
select x from t;
--;
-- name: create table as execute with data
prepare p as select email from app.customers;
create temp table t (x) as execute p with data;
select x from t;
--;
-- name: explain analyze execute, then execute
prepare p as select upper(email) from app.customers;
explain analyze execute p;
execute p;
--;
-- name: declare what a prepared statement says
prepare p as select upper(email) from app.customers;
declare c cursor for select '1';
execute p;
fetch c;
--;
-- name: same name for a cursor and a prepared statement
prepare x as select upper(email) from app.customers;
declare x cursor for select '1';
execute x;
--;
-- name: same name, cursor leaks
prepare x as select '1';
declare x cursor for select upper(email) from app.customers;
fetch x;
--;
-- name: prepared names with odd case
prepare "P p" as select upper(email) from app.customers;
execute "P p";
--;
-- name: prepare in one text with execute
-- at once:
prepare p as select upper(email) from app.customers; execute p;
--;
-- name: prepare clean, change the meaning by search path
-- commits:
-- setup: create schema trick; create table trick.customers (id int, email text); insert into trick.customers values (1, 'x'); grant usage on schema trick to public; grant select on trick.customers to public
-- cleanup: drop schema trick cascade
set search_path = trick;
prepare p as select upper(email) from customers;
execute p;
set search_path = app;
execute p;
--;
-- name: generic plan
set local plan_cache_mode = force_generic_plan;
prepare p(int) as select upper(email) from app.customers where id = $1;
execute p(1);
execute p(2);
--;
-- name: prepare values
prepare p as values ((select email from app.customers where id = 1));
execute p;
--;
-- name: prepare a merge
prepare p as merge into app.notes n using app.customers c on n.id = c.id when matched then update set note = c.email;
execute p;
select note from app.notes where id = 1;
--;
-- name: prepared statement text shown
prepare p as select 'x' where 'y' = (select upper(email) from app.customers where id = 1);
select upper(email), (select count(*) from pg_prepared_statements) from app.customers;
--;
