-- name: column renamed
alter table app.customers rename column email to mail;
select mail from app.customers;
--;
-- name: column renamed, committed
-- commits:
-- cleanup: do $$ begin alter table app.customers rename column mail to email; exception when others then null; end $$
alter table app.customers rename column email to mail;
select mail || '' from app.customers;
--;
-- name: columns swapped
alter table app.customers rename column name to n;
alter table app.customers rename column email to name;
select name || '' from app.customers;
--;
-- name: table renamed
alter table app.customers rename to clients;
select email from app.clients;
--;
-- name: table renamed, computed
alter table app.customers rename to clients;
select upper(email) from app.clients;
--;
-- name: tables swapped
alter table app.notes rename to old_notes;
alter table app.customers rename to notes;
select upper(email) from app.notes;
--;
-- name: moved to another schema
create schema elsewhere;
alter table app.customers set schema elsewhere;
select email || '' from elsewhere.customers;
--;
-- name: schema renamed
alter schema app rename to app2;
select email || '' from app2.customers;
--;
-- name: schemas swapped
alter schema app rename to app2;
create schema app;
create table app.customers (id int, name text);
select email || '' from app2.customers;
--;
-- name: column added as a copy
alter table app.customers add column copied text;
update app.customers set copied = email;
select copied from app.customers;
--;
-- name: column generated from a masked one
alter table app.employees add column copied text generated always as (ssn || '') stored;
select copied from app.employees;
--;
-- name: column generated, committed
-- commits:
-- cleanup: alter table app.employees drop column if exists copied
alter table app.employees add column copied text generated always as (ssn || '') stored;
select copied from app.employees;
--;
-- name: column type changed with an expression
alter table app.people alter column name type varchar(200) using ssn;
select name from app.people;
--;
-- name: column type changed with another column
alter table app.people add column more text, alter column name type varchar(200) using ssn || '';
select name from app.employees;
--;
-- name: column type of a clean table changed with a function
alter table app.notes alter column note type text using app.reveal(1);
select note from app.notes where id = 1;
--;
-- name: column added with a default that calls
alter table app.notes add column x text default app.reveal(1);
select x from app.notes where id = 1;
--;
-- name: default set, then inserted
alter table app.notes alter column note set default app.reveal(1);
insert into app.notes (id) values (1001) returning note;
--;
-- name: table created with a default that calls
create table app.made (a int, b text default app.reveal(1));
insert into app.made (a) values (1);
select b from app.made;
--;
-- name: table created with a generated column that calls
create table app.made (a int, b text generated always as (app.fixed()) stored);
insert into app.made (a) values (1);
select b from app.made;
--;
-- name: domain with a default that calls
create domain app.told as text default app.reveal(1);
create temp table t (a int, b app.told);
insert into t (a) values (1);
select b from t;
--;
-- name: domain altered to a default that calls
create domain app.told as text;
alter domain app.told set default app.reveal(1);
create temp table t (a int, b app.told);
insert into t (a) values (1);
select b from t;
--;
-- name: domain whose check raises
create domain app.told as text check (app.complain(1) = 1);
select 'x'::app.told;
--;
-- name: domain whose check notices
create domain app.told as text check (app.whisper(1) = 1);
select 'x'::app.told;
--;
-- name: domain whose check keeps
create domain app.told as text check (set_config('x.y', value, false) is not null);
select email::app.told from app.customers where id = 1;
show x.y;
--;
-- name: check that raises
alter table app.notes add check (app.complain(id) = 1);
--;
-- name: check that keeps
create temp table t (a text check (set_config('x.y', a, false) is not null));
insert into t select email from app.customers where id = 1;
show x.y;
--;
-- name: index on a cast of masked values
create index on app.customers ((email::int));
--;
-- name: index predicate on masked values
create index on app.customers (id) where email::int > 0;
--;
-- name: partition key of masked values
create temp table p (x text) partition by hash (x);
create temp table p0 partition of p for values with (modulus 1, remainder 0);
insert into p select email from app.customers;
select x from p0;
--;
-- name: policy that keeps
alter table app.notes enable row level security;
alter table app.notes force row level security;
create policy told on app.notes using (app.whisper(1) = 1);
select count(*) from app.notes;
--;
-- name: row type used as a column
create temp table t (c app.customers);
insert into t select c from app.customers c;
select c from t;
--;
-- name: row type used as a column, one field
create temp table t (c app.customers);
insert into t select c from app.customers c;
select (c).email || '' from t;
--;
-- name: table like another
create temp table t (like app.customers including all);
insert into t (id, name, email) select id, name, email from app.customers;
select email from t;
--;
-- name: table of a type
create type app.two as (a int, b text);
create temp table t of app.two;
insert into t select id, email from app.customers;
select b from t;
--;
-- name: view replaced under a known name
create or replace view app.customer_emails as select id, email as mail, ssn from app.customers;
select ssn || '' from app.customer_emails;
--;
-- name: view over a clean table, then the table renamed away
create view app.window as select id, note from app.notes;
alter table app.notes rename column note to old_note;
update app.notes set old_note = (select email from app.customers where id = 1) where id = 1;
select note from app.window where id = 1;
--;
-- name: aggregate made from the server's functions
create aggregate app.joined(text) (sfunc = textcat, stype = text, initcond = '');
select app.joined(email) from app.customers;
--;
-- name: operator made from the server's functions
create operator app.~~> (leftarg = text, rightarg = text, procedure = textcat);
select email::text operator(app.~~>) '' from app.customers;
--;
-- name: cast made without a function
create type app.wrapped as (v text);
create cast (app.customers as app.wrapped) with inout;
select c::text::app.wrapped from app.customers c;
--;
-- name: function renamed to a server's name
alter function app.reveal(integer) rename to upper;
set local search_path = app;
select upper(1);
--;
-- name: function moved to another schema
create schema elsewhere;
alter function app.reveal(integer) set schema elsewhere;
select elsewhere.reveal(1);
--;
-- name: type renamed
alter type app.pair rename to couple;
select row(1, email)::app.couple as c from app.customers;
--;
-- name: owner's rights on a view
alter view app.customer_emails owner to scram_user;
select upper(mail) from app.customer_emails;
--;
-- name: constraint dropped, then joined
alter table app.customers alter column ssn drop not null;
select upper(ssn) from app.customers;
--;
-- name: column dropped and added again under its name
alter table app.customers add column email2 text;
update app.customers set email2 = email;
alter table app.customers drop column email cascade;
alter table app.customers rename column email2 to email;
select upper(email) from app.customers;
--;
-- name: inheritance given up
alter table app.employees no inherit app.people;
select upper(ssn) from app.employees;
--;
-- name: row level security off
alter table app.customers disable row level security;
select lower(email) from app.customers;
--;
-- name: storage changed
alter table app.customers alter column email set storage external;
select lower(email) from app.customers;
--;
-- name: collation changed
alter table app.events alter column who type text collate "C";
select lower(who) from app.events;
--;
-- name: type changed to another
alter table app.people alter column ssn type varchar(50);
select ssn from app.people;
--;
-- name: schema with elements
create schema made create table t (x text) create view v as select email as y from app.customers;
select y from made.v;
--;
-- name: search path shadows a server's function
-- commits:
-- cleanup: drop schema if exists shadow cascade
create schema shadow;
set search_path = shadow, app, pg_catalog;
select upper(email) from customers;
--;
-- name: search path shadows a server's table
create schema shadow;
create table shadow.pg_class (relname text);
insert into shadow.pg_class select email from app.customers;
set local search_path = shadow, pg_catalog;
select relname || '' from pg_class;
--;
-- name: comment of a value
comment on table app.notes is 'x';
select email || obj_description('app.notes'::regclass) from app.customers;
--;
-- name: sequence owned by a masked table
create sequence app.s owned by app.customers.id;
select setval('app.s', replace(ssn, '-', '')::bigint) from app.customers where id = 1;
select last_value from app.s;
--;
-- name: replica identity then copied
alter table app.customers replica identity full;
select lower(card) from app.customers;
--;
