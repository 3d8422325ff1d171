-- name: an operator of the path before the server's
-- setup: create function app.plus(int, int) returns text language sql as 'select max(email) from app.customers'; create operator app.+ (leftarg = int, rightarg = int, procedure = app.plus)
-- cleanup: drop function app.plus(int, int) cascade
set search_path = app, pg_catalog;
select 1 + 1;
--;
-- name: an operator under a shipped name, for other types
-- setup: create function app.plus(text, int) returns text language sql as 'select max(email) from app.customers'; create operator app.+ (leftarg = text, rightarg = int, procedure = app.plus)
-- cleanup: drop function app.plus(text, int) cascade
set search_path = app;
select 'x'::text + 1;
--;
-- name: an operator under a shipped name, before its operand
-- setup: create function app.minus(text) returns text language sql as 'select max(email) from app.customers'; create operator app.- (rightarg = text, procedure = app.minus)
-- cleanup: drop function app.minus(text) cascade
set search_path = app;
select - 'x'::text;
--;
-- name: an operator under a shipped name, in the public schema
-- setup: create function public.both(text, varchar) returns text language sql as 'select max(email) from app.customers'; create operator public.|| (leftarg = text, rightarg = varchar, procedure = public.both)
-- cleanup: drop function public.both(text, varchar) cascade
select 'x'::text || 'y'::varchar;
--;
-- name: an operator under a shipped name, by any
-- setup: create function public.alike(text, jsonb) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create operator public.~~ (leftarg = text, rightarg = jsonb, procedure = public.alike)
-- cleanup: drop function public.alike(text, jsonb) cascade
select 'x'::text like any (array['{}'::jsonb]);
--;
-- name: an operator under a shipped name, for a row type
-- setup: create function public.before(app.pair, app.pair) returns boolean language plpgsql immutable as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create operator public.= (leftarg = app.pair, rightarg = app.pair, procedure = public.before)
-- cleanup: drop function public.before(app.pair, app.pair) cascade
select row(1, 'x')::app.pair = row(2, 'y')::app.pair;
--;
-- name: an operator under a shipped name, by nullif
-- setup: create function public.before(app.mood, text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create operator public.= (leftarg = app.mood, rightarg = text, procedure = public.before)
-- cleanup: drop function public.before(app.mood, text) cascade
select nullif('ok'::app.mood, 'x'::text);
--;
-- name: an operator under a shipped name, by case
-- setup: create function public.before(app.mood, text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create operator public.= (leftarg = app.mood, rightarg = text, procedure = public.before)
-- cleanup: drop function public.before(app.mood, text) cascade
select case 'ok'::app.mood when 'x'::text then 1 end;
--;
-- name: an operator under a shipped name, by in
-- setup: create function public.before(app.mood, text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create operator public.= (leftarg = app.mood, rightarg = text, procedure = public.before)
-- cleanup: drop function public.before(app.mood, text) cascade
select 'ok'::app.mood in ('x'::text, 'y'::text);
--;
-- name: an operator under a shipped name, by is distinct
-- setup: create function public.before(app.mood, text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create operator public.= (leftarg = app.mood, rightarg = text, procedure = public.before)
-- cleanup: drop function public.before(app.mood, text) cascade
select 'ok'::app.mood is distinct from 'x'::text;
--;
-- name: an operator under a shipped name, by a subselect
-- setup: create function public.before(app.mood, text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create operator public.= (leftarg = app.mood, rightarg = text, procedure = public.before)
-- cleanup: drop function public.before(app.mood, text) cascade
select 'ok'::app.mood in (select note from app.notes where id = 1);
--;
-- name: an operator class of one's own, by an order
-- setup: create function public.compared(app.pair, app.pair) returns int language plpgsql immutable as $$ begin raise notice '%', (select max(email) from app.customers); return 0; end $$; create function public.before(app.pair, app.pair) returns boolean language sql immutable as 'select false'; create operator public.< (leftarg = app.pair, rightarg = app.pair, procedure = public.before); create operator public.= (leftarg = app.pair, rightarg = app.pair, procedure = public.before); create operator class public.pairs default for type app.pair using btree as operator 1 public.<, operator 3 public.=, function 1 public.compared(app.pair, app.pair)
-- cleanup: drop operator family public.pairs using btree cascade; drop function public.before(app.pair, app.pair) cascade; drop function public.compared(app.pair, app.pair) cascade
select x from (values (row(1, 'x')::app.pair), (row(2, 'y')::app.pair)) v(x) order by x;
--;
-- name: a cast of one's own
-- setup: create function public.told(app.pair) returns text language sql as 'select max(email) from app.customers'; create cast (app.pair as text) with function public.told(app.pair)
-- cleanup: drop function public.told(app.pair) cascade
select row(1, 'x')::app.pair::text;
--;
-- name: a cast of one's own, implied
-- setup: create function public.told(app.pair) returns text language sql as 'select max(email) from app.customers'; create cast (app.pair as text) with function public.told(app.pair) as implicit
-- cleanup: drop function public.told(app.pair) cascade
select upper(row(1, 'x')::app.pair);
--;
-- name: a cast of one's own, on assignment
-- setup: create function public.told(app.pair) returns text language sql as 'select max(email) from app.customers'; create cast (app.pair as text) with function public.told(app.pair) as assignment
-- cleanup: drop function public.told(app.pair) cascade
insert into app.notes (id, note) values (2000, row(1, 'x')::app.pair) returning note;
select note from app.notes where id = 2000;
--;
-- name: a cast of one's own from a column
-- setup: create function public.told(app.pair) returns text language sql as 'select max(email) from app.customers'; create cast (app.pair as text) with function public.told(app.pair)
-- cleanup: drop function public.told(app.pair) cascade
select a_pair::text from app.every_type;
--;
-- name: a domain of one's own that tells
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value))
-- cleanup: drop domain public.telling; drop function public.told(text) cascade
select 'x'::telling;
--;
-- name: a domain of one's own that tells, in a document
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value))
-- cleanup: drop domain public.telling; drop function public.told(text) cascade
select * from jsonb_to_record('{"a": "x"}') as r(a telling);
--;
