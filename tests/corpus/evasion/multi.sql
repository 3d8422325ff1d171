-- name: second statement
-- at once:
select 1; select upper(email) from app.customers; select 2;
--;
-- name: first statement
-- at once:
select upper(email) from app.customers; select 1;
--;
-- name: label of the first for the second
-- at once:
select 'x' as email; select upper(email) as email from app.customers;
--;
-- name: same columns as the first
-- at once:
select id, name from app.customers; select id, email from app.customers;
--;
-- name: many results
-- at once:
select 1; select 2; select 3; select 4; select 5; select lower(ssn) from app.customers; select 6;
--;
-- name: temporary table and read
-- at once:
create temp table t as select email || '' as x from app.customers; select x from t;
--;
-- name: insert and read
-- at once:
insert into app.notes (id, note) select 1000 + id, email from app.customers; select note from app.notes where id = 1001;
--;
-- name: transaction in a text
-- at once:
-- commits:
begin; select upper(email) from app.customers; rollback;
--;
-- name: error then a leak
select 1 / 0;
rollback;
begin;
select upper(email) from app.customers;
--;
-- name: savepoint
savepoint a;
select 1 / 0;
rollback to a;
select upper(email) from app.customers;
--;
-- name: released savepoint
savepoint a;
release a;
select upper(email) from app.customers;
--;
-- name: savepoints of one name
savepoint a;
savepoint a;
rollback to a;
release a;
select upper(email) from app.customers;
--;
-- name: read only transaction
set transaction read only;
select upper(email) from app.customers;
--;
-- name: serializable transaction
-- commits:
begin isolation level serializable read only deferrable;
select upper(email) from app.customers;
commit;
--;
-- name: chained transaction
-- commits:
begin;
select 1;
commit and chain;
select upper(email) from app.customers;
rollback;
--;
-- name: prepared transaction's table
create temp table t (x text);
savepoint s;
insert into t select email from app.customers;
release s;
select x from t;
--;
-- name: rename in one text
-- at once:
alter table app.customers rename column email to mail; select mail || '' from app.customers;
--;
-- name: search path in one text
-- at once:
set local search_path = app; select upper(email) from customers;
--;
-- name: setting in one text
-- at once:
select set_config('x.y', email, true) from app.customers where id = 1; show x.y;
--;
-- name: cursor in one text
-- at once:
declare c cursor for select email || '' from app.customers; move 1 in c; fetch all from c; close c;
--;
-- name: clean cursor then a leak in one text
-- at once:
declare c cursor for select '1'; close c; declare c cursor for select lower(email) from app.customers; fetch all from c;
--;
-- name: prepare anew in one text
-- at once:
prepare p as select '1'; deallocate p; prepare p as select lower(email) from app.customers; execute p;
--;
-- name: code in one text
-- at once:
do $$ begin create temp table t as select email from app.customers; end $$; select email from t;
--;
-- name: explain and a leak
-- at once:
explain select upper(email) from app.customers; select upper(email) from app.customers;
--;
-- name: copy and a leak
-- at once:
copy app.notes (id) to stdout; select upper(email) from app.customers;
--;
-- name: empty statements between
-- at once:
;; select 1;; ; select upper(email) from app.customers;;
--;
-- name: comment statements between
-- at once:
/* one */; -- two
; select upper(email) from app.customers
--;
-- name: discard and a leak
-- commits:
discard all;
select upper(email) from app.customers;
--;
-- name: role reset and a leak
reset all;
select upper(email) from app.customers;
--;
-- name: row security off and a leak
set local row_security = off;
select upper(email) from app.customers;
--;
-- name: planner settings
set local enable_seqscan = off;
set local enable_material = off;
select upper(email) from app.customers order by id;
--;
-- name: output settings
set local bytea_output = 'escape';
select email::bytea from app.customers;
--;
-- name: output settings of xml
set local xmloption = 'document';
set local xmlbinary = 'hex';
select xmlelement(name e, email::bytea) from app.customers;
--;
-- name: output settings of intervals
set local intervalstyle = 'iso_8601';
select make_interval(secs => replace(ssn, '-', '')::int), replace(ssn, '-', '')::bigint from app.customers where id = 1;
--;
-- name: output settings of floats
set local extra_float_digits = -3;
select replace(ssn, '-', '')::float8 from app.customers where id = 1;
--;
-- name: client encoding stays
set local client_encoding = 'UTF8';
select upper(email) from app.customers;
--;
-- name: messages wanted
set local client_min_messages = debug5;
select upper(email) from app.customers;
--;
-- name: parallel workers
set local force_parallel_mode = on;
select upper(email) from app.customers;
--;
-- name: compiled expressions
set local jit = on;
set local jit_above_cost = 0;
select upper(email) from app.customers;
--;
-- name: rows in two fetches
declare c no scroll cursor for select n, c.email || n from app.customers c, generate_series(1, 50) n;
fetch 60 from c;
fetch 60 from c;
--;
-- name: many rows
select email || n from app.customers, generate_series(1, 2000) n;
--;
-- name: a wide row
select repeat('x', 100000) || email from app.customers;
--;
-- name: a leak after many clean ones
select 1;
select 2;
select note from app.notes where id = 1;
select upper(email) from app.customers;
select 3;
--;
