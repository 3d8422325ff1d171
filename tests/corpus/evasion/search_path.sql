-- name: set, then an unqualified name
set search_path = app;
select upper(email) from customers;
--;
-- name: set locally
set local search_path = app;
select upper(email) from customers;
--;
-- name: set to several, the first unknown
set search_path = nowhere, "$user", app;
select concat(c) from customers c;
--;
-- name: set by set_config
select set_config('search_path', 'app', false);
select upper(email) from customers;
--;
-- name: set by set_config of a text put together
select set_config('search_' || 'path', reverse('ppa'), true);
select upper(email) from customers;
--;
-- name: set by set_config in the same statement
select set_config('search_path', 'app', false), query_to_xml('select email from customers', true, false, '');
--;
-- name: set by set_config in the same text
-- at once:
select set_config('search_path', 'app', false); select upper(email) from customers;
--;
-- name: set in the same text
-- at once:
set search_path = app; select upper(email) from customers;
--;
-- name: set in the same text, to and fro
-- at once:
create schema other; create table other.customers (email text); set search_path = other; select upper(email) from customers; set search_path = app; select upper(email) from customers; set search_path = other;
--;
-- name: set by a parameter
-- parameters: ["app"]
select set_config('search_path', $1, false);
select upper(email) from customers;
--;
-- name: set by an update of pg_settings
update pg_settings set setting = 'app' where name = 'search_path';
select upper(email) from customers;
--;
-- name: set by names
set schema 'app';
select upper(email) from customers;
--;
-- name: set by the user's own default, after a reset
-- setup: alter role scram_user in database sample set search_path = app
-- cleanup: alter role scram_user in database sample reset search_path
-- commits:
set search_path = public;
set search_path = app;
reset search_path;
set search_path to 'app', 'public';
select upper(email) from customers;
--;
-- name: rolled back to another path
create schema other;
create table other.customers (email text);
set search_path = app;
savepoint s;
set search_path = other;
select upper(email) from customers;
rollback to s;
select upper(email) from customers;
--;
-- name: rolled back to another path, twice
create schema other;
create table other.customers (email text);
set search_path = app;
savepoint a;
set search_path = other;
savepoint b;
set search_path = pg_catalog;
rollback to b;
rollback to a;
select upper(email) from customers;
--;
-- name: released, then rolled back
create schema other;
create table other.customers (email text);
set search_path = app;
savepoint a;
savepoint b;
set search_path = other;
release b;
rollback to a;
select upper(email) from customers;
--;
-- name: rolled back by an error within a savepoint
set search_path = app;
savepoint a;
set search_path = shop;
select 1 / 0;
rollback to a;
select upper(email) from customers;
--;
-- name: set locally, ended by a commit
-- commits:
set search_path = app;
begin;
set local search_path = shop;
commit;
select upper(email) from customers;
--;
-- name: set, ended by a rollback
-- commits:
set search_path = app;
begin;
set search_path = shop;
rollback;
select upper(email) from customers;
--;
-- name: set locally by set_config, ended by a commit
-- commits:
set search_path = app;
begin;
select set_config('search_path', 'shop', true);
commit and chain;
select upper(email) from customers;
rollback;
--;
-- name: set locally outside of a transaction
-- commits:
set search_path = app;
set local search_path = shop;
select upper(email) from customers;
--;
-- name: set, and a failed set after it
-- commits:
set search_path = app;
set search_path = 'shop' 'x';
select set_config('search_path', '"', false);
select upper(email) from customers;
--;
-- name: set, and a set that a savepoint undoes within one text
-- at once:
set search_path = app; savepoint s; set search_path = shop; rollback to s; select upper(email) from customers;
--;
-- name: discarded
-- commits:
set search_path = app;
set search_path = shop;
discard all;
set search_path = app;
select upper(email) from customers;
--;
-- name: prepared under one path, run under another
create schema other;
create table other.customers (id int, email varchar(200));
set search_path = other;
prepare p as select lower(email) from customers;
set search_path = app;
execute p;
--;
-- name: cursor under one path, fetched under another
create schema other;
create table other.customers (id int, email varchar(200));
set search_path = app;
declare c cursor for select lower(email) from customers;
set search_path = other;
fetch all in c;
--;
-- name: view made under one path, read under another
set search_path = app;
create temp view v as select lower(email) as note from customers;
set search_path = shop;
select note from v;
--;
-- name: a function that sets it
-- setup: create function app.there() returns text language sql set search_path = app as 'select max(email) from customers'; alter function app.there() owner to scram_user
-- cleanup: drop function app.there()
select app.there();
--;
-- name: a function that sets it for good
-- setup: create function app.go() returns int language sql as $$ select set_config('search_path', 'app', false); select 1 $$; alter function app.go() owner to scram_user
-- cleanup: drop function app.go()
select app.go();
select upper(email) from customers;
--;
-- name: a function that sets it for good, in the statement that reads
-- setup: create function app.go() returns int language sql as $$ select set_config('search_path', 'app', false); select 1 $$; create function app.peek() returns text language plpgsql as $$ begin return (select max(email) from customers); end $$; alter function app.go() owner to scram_user; alter function app.peek() owner to scram_user
-- cleanup: drop function app.go(); drop function app.peek()
select app.go(), app.peek();
--;
-- name: a function that sets it, by a clean table's name
-- setup: create schema other; create table other.customers (id int, email text); grant all on schema other to public; grant all on other.customers to public; create function other.go() returns int language sql as $$ select set_config('search_path', 'app', false); select 1 $$
-- cleanup: drop schema other cascade
-- commits:
set search_path = other;
select upper(email) from customers;
select other.go();
select upper(email) from customers;
--;
-- name: a function of the path before the server's
-- setup: create function app.upper(text) returns text language sql as 'select max(email) from app.customers'
-- cleanup: drop function app.upper(text)
set search_path = app, pg_catalog;
select upper('x');
--;
-- name: a column's name that is a function
set search_path = app;
select c.label from app.customers c where id = 1;
--;
