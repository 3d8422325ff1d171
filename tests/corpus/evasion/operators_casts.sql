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
-- name: a domain that tells, in an array
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value))
-- cleanup: drop domain public.telling cascade; drop function public.told(text) cascade
select '{x}'::telling[];
--;
-- name: a domain that tells, in an array by another name
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value))
-- cleanup: drop domain public.telling cascade; drop function public.told(text) cascade
select '{x}'::public._telling;
--;
-- name: a domain that tells, over another
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value)); create domain public.twice as public.telling
-- cleanup: drop domain public.twice; drop domain public.telling cascade; drop function public.told(text) cascade
select 'x'::twice;
--;
-- name: a domain that tells, in a composite
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value)); create type public.holding as (a public.telling)
-- cleanup: drop type public.holding; drop domain public.telling cascade; drop function public.told(text) cascade
select '(x)'::holding;
--;
-- name: a domain that tells, in a range
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value)); create type public.spans as range (subtype = public.telling)
-- cleanup: drop type public.spans; drop domain public.telling cascade; drop function public.told(text) cascade
select '[a,b)'::spans;
--;
-- name: a domain that tells, in a range's constructor
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value)); create type public.spans as range (subtype = public.telling)
-- cleanup: drop type public.spans; drop domain public.telling cascade; drop function public.told(text) cascade
select public.spans('a', 'b');
--;
-- name: a domain that tells, in a table's row
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value)); create table app.held (a public.telling)
-- cleanup: drop table app.held; drop domain public.telling cascade; drop function public.told(text) cascade
select '(x)'::app.held;
--;
-- name: a domain that tells, in a document for a table
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value)); create table app.held (a public.telling); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop domain public.telling cascade; drop function public.told(text) cascade
select * from jsonb_populate_record(null::app.held, '{"a": "x"}');
--;
-- name: a domain that tells, before a literal
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value))
-- cleanup: drop domain public.telling cascade; drop function public.told(text) cascade
select telling 'x';
--;
-- name: a domain that tells, as a function
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value))
-- cleanup: drop domain public.telling cascade; drop function public.told(text) cascade
select telling('x');
--;
-- name: a domain that tells, in a cursor
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value))
-- cleanup: drop domain public.telling cascade; drop function public.told(text) cascade
declare c cursor for select 'x'::telling;
fetch c;
--;
-- name: a domain that tells, in a copy
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value))
-- cleanup: drop domain public.telling cascade; drop function public.told(text) cascade
copy (select 'x'::telling) to stdout;
--;
-- name: a domain that tells, of a prepared statement's parameter
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value))
-- cleanup: drop domain public.telling cascade; drop function public.told(text) cascade
prepare p(telling) as select $1;
execute p('x');
--;
-- name: a domain that tells, in xml
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value))
-- cleanup: drop domain public.telling cascade; drop function public.told(text) cascade
select * from xmltable('/a' passing ('<a>x</a>'::xml) columns b telling path '.');
--;
-- name: a domain that tells, for what a row lacks
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value)); create table app.held (a public.telling); insert into app.held values ('x'); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop domain public.telling cascade; drop function public.told(text) cascade
select lag(a, 1, 'y') over () from app.held;
--;
-- name: a domain that tells, appended to an array
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value)); create table app.held (a public.telling[]); insert into app.held values ('{x}'); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop domain public.telling cascade; drop function public.told(text) cascade
select array_append(a, 'y') from app.held;
--;
-- name: a domain that tells, in a column
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value)); create table app.held (a public.telling); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop domain public.telling cascade; drop function public.told(text) cascade
insert into app.held values ('x');
--;
-- name: a domain that tells, in a column, by an update
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value)); create table app.held (a public.telling); insert into app.held values ('x'); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop domain public.telling cascade; drop function public.told(text) cascade
update app.held set a = 'y';
--;
-- name: a domain that tells, in a column below a view
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value)); create table app.held (a public.telling); create view app.seen as select a from app.held; alter table app.held owner to scram_user; alter view app.seen owner to scram_user
-- cleanup: drop table app.held cascade; drop domain public.telling cascade; drop function public.told(text) cascade
insert into app.seen values ('x');
--;
-- name: a domain that tells, in a column's new type
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value))
-- cleanup: drop domain public.telling cascade; drop function public.told(text) cascade
alter table app.notes alter note type telling;
--;
-- name: a domain that tells, in a view
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value)); create view app.seen as select note::public.telling from app.notes where id = 1; alter view app.seen owner to scram_user
-- cleanup: drop view app.seen; drop domain public.telling cascade; drop function public.told(text) cascade
select * from app.seen;
--;
-- name: a domain that keeps what it is given
-- setup: create function public.keeping(text) returns boolean language plpgsql as $$ begin insert into app.notes (id, note) values (3000, $1); return true; end $$; create domain public.kept as text check (public.keeping(value))
-- cleanup: drop domain public.kept cascade; drop function public.keeping(text) cascade
select email::kept is null from app.customers where id = 1;
select note from app.notes where id = 3000;
--;
-- name: a domain that keeps what it is given, in a document
-- setup: create function public.keeping(text) returns boolean language plpgsql as $$ begin insert into app.notes (id, note) values (3000, $1); return true; end $$; create domain public.kept as text check (public.keeping(value))
-- cleanup: drop domain public.kept cascade; drop function public.keeping(text) cascade
select count(*) from app.customers c, json_to_record(json_build_object('a', c.email)) as r(a kept) where c.id = 1;
select note from app.notes where id = 3000;
--;
-- name: a domain that keeps what it is given, on assignment
-- setup: create function public.keeping(text) returns boolean language plpgsql as $$ begin insert into app.notes (id, note) values (3000, $1); return true; end $$; create domain public.kept as text check (public.keeping(value)); create table app.cellar (ssn public.kept); alter table app.cellar owner to scram_user
-- cleanup: drop table app.cellar; drop domain public.kept cascade; drop function public.keeping(text) cascade
insert into app.cellar select ssn from app.customers where id = 1;
select note from app.notes where id = 3000;
--;
-- name: a domain's default that tells
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text default public.told('x')::text; create table app.held (a int, b public.telling); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop domain public.telling cascade; drop function public.told(text) cascade
insert into app.held (a) values (1);
--;
-- name: a default that tells
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create table app.held (a int, b boolean default public.told('x')); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop function public.told(text) cascade
insert into app.held (a) values (1);
--;
-- name: a default that tells, by name
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create table app.held (a int, b boolean default public.told('x')); insert into app.held values (1); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop function public.told(text) cascade
update app.held set b = default;
--;
-- name: a check that tells
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create table app.held (a text check (public.told(a))); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop function public.told(text) cascade
insert into app.held values ('x');
--;
-- name: a check that tells, by a cast
-- setup: create function public.told(text) returns boolean language plpgsql as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create domain public.telling as text check (public.told(value)); create table app.held (a text check (a::public.telling <> '')); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop domain public.telling cascade; drop function public.told(text) cascade
insert into app.held values ('x');
--;
-- name: a generated column that tells
-- setup: create function public.told(text) returns boolean language plpgsql immutable as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create table app.held (a text, b boolean generated always as (public.told(a)) stored); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop function public.told(text) cascade
insert into app.held values ('x');
--;
-- name: an index that tells
-- setup: create function public.told(text) returns boolean language plpgsql immutable as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create table app.held (a text); create index on app.held (public.told(a)); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop function public.told(text) cascade
insert into app.held values ('x');
--;
-- name: an index that tells, analyzed
-- setup: create function public.told(text) returns boolean language plpgsql immutable as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create table app.held (a text); create index on app.held (public.told(a)); insert into app.held values ('x'); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop function public.told(text) cascade
analyze app.held;
--;
-- name: statistics that tell
-- setup: create function public.told(text) returns boolean language plpgsql immutable as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create table app.held (a text, b int); create statistics app.stats on (public.told(a)), b from app.held; insert into app.held values ('x'); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop function public.told(text) cascade
analyze app.held;
--;
-- name: a partition key that tells
-- setup: create function public.told(text) returns boolean language plpgsql immutable as $$ begin raise notice '%', (select max(email) from app.customers); return true; end $$; create table app.held (a text) partition by list (public.told(a)); create table app.held_here partition of app.held for values in (true); alter table app.held owner to scram_user; alter table app.held_here owner to scram_user
-- cleanup: drop table app.held; drop function public.told(text) cascade
insert into app.held values ('x');
--;
-- name: a cast of one's own, on assignment by an update
-- setup: create function public.told(app.pair) returns text language sql as 'select max(email) from app.customers'; create cast (app.pair as text) with function public.told(app.pair) as assignment
-- cleanup: drop function public.told(app.pair) cascade
update app.notes set note = row(1, 'x')::app.pair where id = 1 returning note;
select note from app.notes where id = 1;
--;
-- name: a cast of one's own, on assignment from a column
-- setup: create function public.told(app.pair) returns text language sql as 'select max(email) from app.customers'; create cast (app.pair as text) with function public.told(app.pair) as assignment
-- cleanup: drop function public.told(app.pair) cascade
insert into app.notes (id, note) select 2000, a_pair from app.every_type where id = 1 returning note;
select note from app.notes where id = 2000;
--;
-- name: a cast of one's own, to what is stored as a parameter is
-- setup: create function public.told(app.pair) returns text language sql as 'select max(email) from app.customers'; create cast (app.pair as text) with function public.told(app.pair)
-- cleanup: drop function public.told(app.pair) cascade
insert into app.notes (id, note) values (2000, '(1,x)'::app.pair::text) returning note;
select note from app.notes where id = 2000;
--;
-- name: a cast of one's own, implied by a union
-- setup: create type app.other as (a text, b text); create function public.told(app.pair) returns app.other language sql as $$ select row('x', max(email))::app.other from app.customers $$; create cast (app.pair as app.other) with function public.told(app.pair) as implicit; create table app.held (o app.other); insert into app.held values (null); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop function public.told(app.pair) cascade; drop type app.other
select o from app.held union all select a_pair from app.every_type;
--;
-- name: a cast of one's own, implied by coalesce
-- setup: create type app.other as (a text, b text); create function public.told(app.pair) returns app.other language sql as $$ select row('x', max(email))::app.other from app.customers $$; create cast (app.pair as app.other) with function public.told(app.pair) as implicit; create table app.held (o app.other); insert into app.held values (null); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop function public.told(app.pair) cascade; drop type app.other
select coalesce(o, a_pair) from app.held, app.every_type e where id = 1;
--;
-- name: a cast of one's own, implied for a column of a sub-select
-- setup: create function public.told(app.pair) returns text language sql as 'select max(email) from app.customers'; create cast (app.pair as text) with function public.told(app.pair) as implicit
-- cleanup: drop function public.told(app.pair) cascade
select upper(p) from (select a_pair as p from app.every_type where id = 1) s;
--;
-- name: a cast of one's own, implied for a parameter
-- setup: create function public.told(app.pair) returns text language sql as 'select max(email) from app.customers'; create cast (app.pair as text) with function public.told(app.pair) as implicit
-- cleanup: drop function public.told(app.pair) cascade
prepare p(app.pair) as select upper($1);
execute p(row(1, 'x'));
--;
-- name: a cast of one's own, implied for a parameter that is stored
-- setup: create function public.told(app.pair) returns text language sql as 'select max(email) from app.customers'; create cast (app.pair as text) with function public.told(app.pair) as assignment
-- cleanup: drop function public.told(app.pair) cascade
prepare p(app.pair) as insert into app.notes (id, note) values (2000, $1) returning note;
execute p(row(1, 'x'));
select note from app.notes where id = 2000;
--;
-- name: a cast of one's own, of an array
-- setup: create function public.told(app.pair) returns text language sql as 'select max(email) from app.customers'; create cast (app.pair as text) with function public.told(app.pair)
-- cleanup: drop function public.told(app.pair) cascade
select array[row(1, 'x')::app.pair]::text[];
--;
-- name: a cast of one's own to a document
-- setup: create function public.told(app.mood) returns json language sql as 'select to_json(max(email)) from app.customers'; create cast (app.mood as json) with function public.told(app.mood)
-- cleanup: drop function public.told(app.mood) cascade
select to_json(a_mood) from app.every_type where id = 1;
select row_to_json(e) from (select a_mood from app.every_type where id = 1) e;
--;
-- name: a cast of one's own to a type of one's own
-- setup: create function public.made(text) returns app.pair language sql as 'select row(1, max(email))::app.pair from app.customers'; create cast (text as app.pair) with function public.made(text)
-- cleanup: drop function public.made(text) cascade
select 'x'::text::app.pair;
select 'x'::text::app.pair::text;
--;
-- name: a cast of one's own among the server's types
-- setup: create function public.told(point) returns text language sql as 'select max(email) from app.customers'; create cast (point as text) with function public.told(point) as implicit
-- cleanup: drop function public.told(point) cascade
select upper(point(1, 2));
--;
-- name: a cast of one's own among the server's types, on assignment
-- setup: create function public.told(point) returns text language sql as 'select max(email) from app.customers'; create cast (point as text) with function public.told(point) as assignment
-- cleanup: drop function public.told(point) cascade
update app.notes set note = point(1, 2) where id = 1 returning note;
select note from app.notes where id = 1;
--;
-- name: an operator class of one's own, by distinct
-- setup: create function public.compared(app.pair, app.pair) returns int language plpgsql immutable as $$ begin raise notice '%', (select max(email) from app.customers); return 0; end $$; create function public.before(app.pair, app.pair) returns boolean language sql immutable as 'select false'; create operator public.<<< (leftarg = app.pair, rightarg = app.pair, procedure = public.before); create operator public.=== (leftarg = app.pair, rightarg = app.pair, procedure = public.before); create operator class public.pairs default for type app.pair using btree as operator 1 public.<<<, operator 3 public.===, function 1 public.compared(app.pair, app.pair)
-- cleanup: drop operator family public.pairs using btree cascade; drop function public.before(app.pair, app.pair) cascade; drop function public.compared(app.pair, app.pair) cascade
select distinct x from (values (row(1, 'x')::app.pair), (row(2, 'y')::app.pair)) v(x);
--;
-- name: an operator class of one's own, by an order of a column
-- setup: create function public.compared(app.pair, app.pair) returns int language plpgsql immutable as $$ begin raise notice '%', (select max(email) from app.customers); return 0; end $$; create function public.before(app.pair, app.pair) returns boolean language sql immutable as 'select false'; create operator public.<<< (leftarg = app.pair, rightarg = app.pair, procedure = public.before); create operator public.=== (leftarg = app.pair, rightarg = app.pair, procedure = public.before); create operator class public.pairs default for type app.pair using btree as operator 1 public.<<<, operator 3 public.===, function 1 public.compared(app.pair, app.pair); insert into app.every_type (id, a_pair) values (3, row(2, 'x'))
-- cleanup: drop operator family public.pairs using btree cascade; drop function public.before(app.pair, app.pair) cascade; drop function public.compared(app.pair, app.pair) cascade; delete from app.every_type where id = 3
select a_pair from app.every_type order by a_pair;
--;
-- name: an operator class of one's own, by a union of columns
-- setup: create function public.compared(app.pair, app.pair) returns int language plpgsql immutable as $$ begin raise notice '%', (select max(email) from app.customers); return 0; end $$; create function public.before(app.pair, app.pair) returns boolean language sql immutable as 'select false'; create operator public.<<< (leftarg = app.pair, rightarg = app.pair, procedure = public.before); create operator public.=== (leftarg = app.pair, rightarg = app.pair, procedure = public.before); create operator class public.pairs default for type app.pair using btree as operator 1 public.<<<, operator 3 public.===, function 1 public.compared(app.pair, app.pair); insert into app.every_type (id, a_pair) values (3, row(2, 'x'))
-- cleanup: drop operator family public.pairs using btree cascade; drop function public.before(app.pair, app.pair) cascade; drop function public.compared(app.pair, app.pair) cascade; delete from app.every_type where id = 3
select a_pair from app.every_type union select a_pair from app.every_type;
--;
-- name: an operator class of one's own, in an aggregate
-- setup: create function public.compared(app.pair, app.pair) returns int language plpgsql immutable as $$ begin raise notice '%', (select max(email) from app.customers); return 0; end $$; create function public.before(app.pair, app.pair) returns boolean language sql immutable as 'select false'; create operator public.<<< (leftarg = app.pair, rightarg = app.pair, procedure = public.before); create operator public.=== (leftarg = app.pair, rightarg = app.pair, procedure = public.before); create operator class public.pairs default for type app.pair using btree as operator 1 public.<<<, operator 3 public.===, function 1 public.compared(app.pair, app.pair); insert into app.every_type (id, a_pair) values (3, row(2, 'x'))
-- cleanup: drop operator family public.pairs using btree cascade; drop function public.before(app.pair, app.pair) cascade; drop function public.compared(app.pair, app.pair) cascade; delete from app.every_type where id = 3
select count(distinct a_pair) from app.every_type;
--;
-- name: an operator class of one's own, by an index
-- setup: create function public.compared(app.pair, app.pair) returns int language plpgsql immutable as $$ begin raise notice '%', (select max(email) from app.customers); return 0; end $$; create function public.before(app.pair, app.pair) returns boolean language sql immutable as 'select false'; create operator public.<<< (leftarg = app.pair, rightarg = app.pair, procedure = public.before); create operator public.=== (leftarg = app.pair, rightarg = app.pair, procedure = public.before); create operator class public.pairs default for type app.pair using btree as operator 1 public.<<<, operator 3 public.===, function 1 public.compared(app.pair, app.pair); create table app.held (a app.pair primary key); insert into app.held values (row(1, 'x')); alter table app.held owner to scram_user
-- cleanup: drop table app.held; drop operator family public.pairs using btree cascade; drop function public.before(app.pair, app.pair) cascade; drop function public.compared(app.pair, app.pair) cascade
insert into app.held values (row(2, 'y'));
--;
-- name: an operator class of one's own that is not the usual one
-- setup: create function public.compared(int, int) returns int language plpgsql immutable as $$ begin raise notice '%', (select max(email) from app.customers); return 0; end $$; create function public.before(int, int) returns boolean language sql immutable as 'select false'; create operator public.<<< (leftarg = int, rightarg = int, procedure = public.before); create operator public.=== (leftarg = int, rightarg = int, procedure = public.before); create operator class public.ints for type int using btree as operator 1 public.<<<, operator 3 public.===, function 1 public.compared(int, int)
-- cleanup: drop operator family public.ints using btree cascade; drop function public.before(int, int) cascade; drop function public.compared(int, int) cascade
select x from (values (1), (2)) v(x) order by x using operator(public.<<<);
--;
-- name: an operator class of one's own, for an index of masked values
-- setup: create function public.compared(text, text) returns int language plpgsql immutable as $$ begin raise notice '%', $1; return 0; end $$; create function public.before(text, text) returns boolean language sql immutable as 'select false'; create operator public.<<< (leftarg = text, rightarg = text, procedure = public.before); create operator public.=== (leftarg = text, rightarg = text, procedure = public.before); create operator class public.texts for type text using btree as operator 1 public.<<<, operator 3 public.===, function 1 public.compared(text, text)
-- cleanup: drop operator family public.texts using btree cascade; drop function public.before(text, text) cascade; drop function public.compared(text, text) cascade
create index on app.customers (email public.texts);
--;
