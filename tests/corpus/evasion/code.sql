-- name: block that keeps
do $$ begin perform set_config('x.y', (select email from app.customers where id = 1), false); end $$;
show x.y;
--;
-- name: block that writes
do $$ begin update app.notes set note = (select email from app.customers where id = 1) where id = 1; end $$;
select note from app.notes where id = 1;
--;
-- name: block that runs a text
do $$ begin execute 'create temp table t as select email from app.customers'; end $$;
select email from t;
--;
-- name: block that hides its words
do $$ begin execute convert_from('\x637265617465207461626c65206170702e6d616465206173207461626c65206170702e637573746f6d657273', 'UTF8'); end $$;
select email || '' from app.made;
--;
-- name: block in another quoting
do 'begin raise notice ''%'', (select email from app.customers where id = 1); end';
--;
-- name: block in escapes
do e'begin raise notice \'%\', (select em\x61il from app.customers where id = 1); end';
--;
-- name: block with a language named first
do language plpgsql $x$ begin raise notice '%', (select ssn from app.customers where id = 1); end $x$;
--;
-- name: block that notifies
-- commits:
listen l;
do $$ begin perform pg_notify('l', (select email from app.customers where id = 1)); end $$;
select 1;
--;
-- name: block that opens a cursor
do $$ declare c refcursor := 'opened'; begin open c for select email || '' from app.customers; end $$;
fetch all from opened;
--;
-- name: block that prepares
do $$ begin execute 'prepare p as select upper(email) from app.customers'; end $$;
execute p;
--;
-- name: block that renames
do $$ begin alter table app.customers rename column email to mail; end $$;
select mail || '' from app.customers;
--;
-- name: block that makes a function
do $$ begin create function pg_temp.f() returns text language sql as 'select email from app.customers where id = 1'; end $$;
select pg_temp.f();
--;
-- name: sql function
create function pg_temp.f() returns text language sql as 'select email from app.customers where id = 1';
select pg_temp.f();
--;
-- name: sql function with a body
create function pg_temp.f() returns text language sql return (select email from app.customers where id = 1);
select pg_temp.f();
--;
-- name: sql function with begin atomic
create function pg_temp.f() returns setof text language sql begin atomic select email from app.customers; end;
select * from pg_temp.f();
--;
-- name: sql function in a schema
create function app.made() returns text language sql as 'select email from app.customers where id = 1';
select app.made();
--;
-- name: plpgsql function
create function pg_temp.f() returns text language plpgsql as $$ begin return (select email from app.customers where id = 1); end $$;
select pg_temp.f();
--;
-- name: function replaced
create or replace function app.lower(integer) returns integer language sql as 'select length(set_config(''x.y'', (select email from app.customers where id = $1), false))';
select app.lower(1);
show x.y;
--;
-- name: function shadowing the server's
create function app.upper(character varying) returns text language sql as 'select set_config(''x.y'', $1, false)';
set local search_path = app, pg_catalog;
select upper(email) from customers where id = 1;
show x.y;
--;
-- name: procedure
create procedure app.made(inout x text) language sql as 'select email from app.customers where id = 1';
call app.made('');
--;
-- name: procedure that keeps
create procedure app.made() language sql as 'update app.notes set note = (select email from app.customers where id = 1) where id = 1';
call app.made();
select note from app.notes where id = 1;
--;
-- name: procedure already there
call app.tell('x');
--;
-- name: aggregate
create aggregate app.made(text) (sfunc = app.glue, stype = text);
select app.made(email) from app.customers;
--;
-- name: operator
create operator app.~~> (leftarg = text, rightarg = text, function = app.glue);
select email::text operator(app.~~>) '' from app.customers;
--;
-- name: operator already there
select 2 operator(app.===) 2;
--;
-- name: trigger
create function app.spy() returns trigger language plpgsql as $$ begin insert into app.notes (id, note) values (1001, new.email); return new; end $$;
create trigger spy before update on app.customers for each row execute function app.spy();
update app.customers set name = name where id = 1;
select note from app.notes where id = 1001;
--;
-- name: trigger from what is there
create function app.spy() returns trigger language plpgsql as $$ begin raise notice '%', new.email; return new; end $$;
create trigger spy after update on app.customers for each row execute function app.spy();
update app.customers set name = name where id = 1;
--;
-- name: transition table
create function app.spy() returns trigger language plpgsql as $$ begin insert into app.notes (id, note) select 1000 + id, email from seen; return null; end $$;
create trigger spy after update on app.customers referencing new table as seen for each statement execute function app.spy();
update app.customers set name = name where id = 1;
select note from app.notes where id = 1001;
--;
-- name: event trigger stands aside
create function app.spy() returns text language sql as 'select email from app.customers where id = 2';
select app.spy();
--;
-- name: rule
create rule spy as on update to app.customers do also insert into app.notes (id, note) values (1000 + old.id, old.email);
update app.customers set name = name where id = 1;
select note from app.notes where id = 1001;
--;
-- name: rule that notifies stands for a leak
create rule spy as on delete to app.events do also insert into app.notes (id, note) values (1001, old.who);
delete from app.events where id = 1;
select note from app.notes where id = 1001;
--;
-- name: rule instead
create rule spy as on update to app.notes where old.id = 1 do instead select email from app.customers;
update app.notes set note = 'x' where id = 1;
select (select email from app.customers where id = 1);
--;
-- name: policy
alter table app.notes enable row level security;
alter table app.notes force row level security;
create policy spy on app.notes using (set_config('x.y', (select email from app.customers where id = 1), false) <> '');
select count(*) from app.notes;
show x.y;
--;
-- name: policy that raises
alter table app.notes enable row level security;
alter table app.notes force row level security;
create policy spy on app.notes using ((select email from app.customers where id = 1)::text::int = 1);
select count(*) from app.notes;
--;
-- name: cast with a function
create type app.secret as (v text);
create function app.to_secret(app.customers) returns app.secret language sql as 'select row($1.email)::app.secret';
create cast (app.customers as app.secret) with function app.to_secret(app.customers);
select c::app.secret from app.customers c;
--;
-- name: domain with a function
create function app.spies(text) returns boolean language plpgsql as $$ begin raise notice '%', $1; return true; end $$;
create domain app.watched as text check (app.spies(value));
select email::app.watched from app.customers;
--;
-- name: check with a function
create function app.spies(text) returns boolean language plpgsql as $$ begin raise notice '%', $1; return true; end $$;
alter table app.customers add check (app.spies(email));
--;
-- name: index with a function
create function app.spies(text) returns text language plpgsql immutable as $$ begin raise notice '%', $1; return $1; end $$;
create index on app.customers (app.spies(email));
--;
-- name: view with a function
create function app.spies(text) returns text language sql as 'select $1';
create view app.made as select app.spies(email) as x from app.customers;
select x from app.made;
--;
-- name: operator class
create function app.spies(text, text) returns int language plpgsql immutable as $$ begin raise notice '%', $1; return 0; end $$;
select max(email) from app.customers;
--;
-- name: conversion
create function app.converted() returns text language sql as 'select email from app.customers where id = 1';
select app.converted();
--;
-- name: statement-level code in one text
-- at once:
create function pg_temp.f() returns text language sql as 'select email from app.customers where id = 1'; select pg_temp.f();
--;
-- name: function altered
alter function app.reveal(integer) immutable;
explain verbose select app.reveal(1);
--;
-- name: function altered to set something
alter function app.reveal(integer) set search_path = app;
select app.reveal(1);
--;
-- name: do notices a variable
do $$ declare v text; begin select email into v from app.customers where id = 1; raise notice '%', v; end $$;
--;
-- name: do notices an expression
do $$ begin raise notice '%', (select upper(email) from app.customers where id = 1); end $$;
--;
-- name: do notices a default
do $$ declare v text := (select email from app.customers where id = 1); begin raise notice '%', v; end $$;
--;
-- name: do raises a row of a loop
do $$ declare r record; begin for r in select * from app.customers loop raise notice '%', r; end loop; end $$;
--;
-- name: do raises a row's field
do $$ declare r app.customers%rowtype; begin for r in table app.customers loop raise notice '%', r.email; end loop; end $$;
--;
-- name: do copies
do $$ begin insert into app.notes (id, note) select 1000 + id, email from app.customers; end $$;
select note from app.notes where id = 1001;
--;
-- name: do copies through a variable
do $$ declare v text; begin v := (select email from app.customers where id = 1); update app.notes set note = v where id = 1; end $$;
select note from app.notes where id = 1;
--;
-- name: do sets a setting
do $$ begin perform set_config('x.y', (select email from app.customers where id = 1), false); end $$;
show x.y;
--;
-- name: do guesses in a loop
-- shows: guessed 907
do $$ begin for i in 900 .. 999 loop if exists (select from app.customers where ssn like i || '%' and id = 1) then raise notice 'guessed %', i; end if; end loop; end $$;
--;
-- name: do keeps what an error quotes
do $$ declare d text; begin update app.customers set name = null where id = 1; exception when others then get stacked diagnostics d = pg_exception_detail; raise notice '%', d; end $$;
--;
-- name: do keeps what an index's error quotes
do $$ declare d text; begin create unique index on app.customers (card, (email::int)); exception when others then raise notice '%', sqlerrm; end $$;
--;
-- name: do keeps what a cast's error quotes
do $$ begin perform email::int from app.customers where id = 1; exception when others then raise notice '%', sqlerrm; end $$;
--;
-- name: do with a variable called as a table's alias
do $$
#variable_conflict use_column
declare c integer; t text; begin select c::text into t from app.customers c where c.id = 1; raise notice '%', t; end $$;
--;
-- name: do with a variable called as a masked column
do $$
#variable_conflict use_column
declare email text := 'x'; t text; begin select email into t from app.customers where id = 1; raise notice '%', t; end $$;
--;
-- name: do fetches from a cursor of the session's
declare x cursor for select email from app.customers order by id;
do $$ declare c refcursor := 'x'; t text; begin fetch c into t; raise notice '%', t; end $$;
--;
-- name: do executes
do $$ declare t text; begin execute 'select email from app.customers where id = 1' into t; raise notice '%', t; end $$;
--;
-- name: do loops over what it executes
do $$ declare t text; begin for t in execute 'select email from app.customers' loop raise notice '%', t; end loop; end $$;
--;
-- name: do calls
do $$ declare t text; begin call app.tell(t); raise notice '%', t; end $$;
--;
-- name: do calls a function that shows
do $$ begin raise notice '%', app.reveal(1); end $$;
--;
-- name: do performs a function that tells
do $$ begin perform app.whisper(1); end $$;
--;
-- name: do renames
do $$ begin alter table app.customers rename column email to mail; end $$;
select upper(mail) from app.customers;
--;
-- name: do makes a view
do $$ begin create view app.seen as select email || '' as x from app.customers; end $$;
select x from app.seen;
--;
-- name: do makes a partition
do $$ begin create table app.fresh partition of app.events default; end $$;
update app.events set at = '2030-03-03' where id = 1;
select upper(who) from app.fresh;
--;
-- name: do makes a function
do $$ begin create function app.mine() returns text language sql as 'select email from app.customers where id = 1'; end $$;
select app.mine();
--;
-- name: do renames a made table, perhaps
create table app.fresh (id bigint, at date, who text);
do $$ begin alter table app.fresh rename to stale; create table app.fresh partition of app.events default; end $$;
update app.events set at = '2030-03-03' where id = 1;
select upper(who) from app.fresh;
--;
-- name: do in a do
do $$ begin do $i$ begin raise notice '%', (select email from app.customers where id = 1); end $i$; end $$;
--;
-- name: do sets the path
create schema made;
do $$ begin set search_path = app; end $$;
select upper(email) from customers;
--;
-- name: do with escapes
do E'begin raise notice \'%\', (select \145mail from app.customers where id = 1); end';
--;
-- name: do with a unicode name
do $$ begin raise notice '%', (select U&"\0065mail" from app.customers where id = 1); end $$;
--;
-- name: do assigns an element
do $$ declare a text[]; begin a[1] := (select email from app.customers where id = 1); raise notice '%', a; end $$;
--;
-- name: do asserts
do $$ begin assert false, (select email from app.customers where id = 1); end $$;
--;
-- name: do raises with a detail
do $$ begin raise 'x' using detail = (select email from app.customers where id = 1); end $$;
--;
-- name: do decides by a masked value
-- shows: begins with q
do $$ begin if (select email like 'q%' from app.customers where id = 1) then raise notice 'begins with q'; end if; end $$;
--;
-- name: do returning into
do $$ declare v text; begin update app.customers set name = name where id = 1 returning email into v; raise notice '%', v; end $$;
--;
-- name: do in another language
do language plpgsql $$ begin raise notice '%', query_to_xml('select email from app.customers', true, true, ''); end $$;
--;
