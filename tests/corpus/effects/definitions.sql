-- name: create table
-- denies: ddl | create | ddl on app.made | read-only
-- proof: select to_regclass('app.made')
create table app.made (a int);
--;
-- name: create table in capitals
-- denies: ddl on app.made
-- proof: select to_regclass('app.made')
CREATE TABLE APP.MADE (A INT);
--;
-- name: create temporary table
-- denies: ddl | create
-- proof: select to_regclass('pg_temp.made')
create temp table made (a int);
--;
-- name: create table as
-- denies: ddl | create | write
-- proof: select to_regclass('app.made')
create table app.made as select 1;
--;
-- name: create table as table
-- denies: create
-- proof: select to_regclass('app.made')
create table app.made as table app.notes;
--;
-- name: create table as execute
-- denies: create
-- proof: select to_regclass('app.made')
prepare p as select 1;
create table app.made as execute p;
--;
-- name: create table like
-- denies: create
-- proof: select to_regclass('app.made')
create table app.made (like app.notes including all);
--;
-- name: create table of a type
-- denies: create
-- proof: select to_regclass('app.made')
create table app.made of app.pair;
--;
-- name: create partition
-- denies: create
-- proof: select to_regclass('app.events_2030')
create table app.events_2030 partition of app.events for values from ('2030-01-01') to ('2031-01-01');
--;
-- name: select into
-- denies: ddl | create | write | read-only
-- proof: select to_regclass('app.made')
select 1 as a into app.made;
--;
-- name: select into temp
-- denies: create
-- proof: select to_regclass('pg_temp.made')
select 1 as a into temp made;
--;
-- name: select into in a union
-- denies: create | write
-- proof: select to_regclass('app.made')
select 1 as a into app.made union select 2;
--;
-- name: select into behind a cte
-- denies: create
-- proof: select to_regclass('app.made')
with w as (select 1 as a) select a into app.made from w;
--;
-- name: create view
-- denies: ddl | create
-- proof: select to_regclass('app.made')
create view app.made as select 1;
--;
-- name: create recursive view
-- denies: create
-- proof: select to_regclass('app.made')
create recursive view app.made (n) as select 1;
--;
-- name: create materialized view
-- denies: create
-- proof: select to_regclass('app.made')
create materialized view app.made as select 1;
--;
-- name: create index
-- denies: ddl | create
-- proof: select to_regclass('app.made')
create index made on app.notes (note);
--;
-- name: create index concurrently
-- denies: ddl | create
-- commits:
-- cleanup: drop index app.made
-- proof: select to_regclass('app.made')
create index concurrently made on app.notes (note);
--;
-- name: create sequence
-- denies: ddl | create
-- proof: select to_regclass('app.made')
create sequence app.made;
--;
-- name: create schema
-- denies: ddl | create
-- proof: select to_regnamespace('made')
create schema made;
--;
-- name: create schema with elements
-- denies: ddl | create
-- proof: select to_regclass('made.t')
create schema made create table t (a int) create view v as select 1;
--;
-- name: create type
-- denies: ddl | create
-- proof: select to_regtype('app.made')
create type app.made as (a int);
--;
-- name: create enumeration
-- denies: ddl | create
-- proof: select to_regtype('app.made')
create type app.made as enum ('a');
--;
-- name: create range
-- denies: ddl | create
-- proof: select to_regtype('app.made')
create type app.made as range (subtype = int);
--;
-- name: create domain
-- denies: ddl | create
-- proof: select to_regtype('app.made')
create domain app.made as int;
--;
-- name: create statistics
-- denies: ddl | create
-- proof: select count(*) from pg_statistic_ext
create statistics app.made on id, note from app.notes;
--;
-- name: create collation
-- denies: ddl | create
-- proof: select to_regcollation('app.made')
create collation app.made from "C";
--;
-- name: create text search configuration
-- denies: ddl | create
-- proof: select count(*) from pg_ts_config
create text search configuration app.made (copy = simple);
--;
-- name: create text search dictionary
-- denies: ddl | create
-- proof: select count(*) from pg_ts_dict
create text search dictionary app.made (template = simple);
--;
-- name: create function
-- denies: ddl | create | code
-- proof: select to_regproc('app.made')
create function app.made() returns int language sql as 'select 1';
--;
-- name: create or replace function
-- denies: ddl | create | code
-- proof: select app.reveal(1)
create or replace function app.reveal(integer) returns text language sql stable as $$ select 'x' $$;
--;
-- name: create procedure
-- denies: code
-- proof: select to_regproc('app.made')
create procedure app.made() language sql as 'select 1';
--;
-- name: create aggregate
-- denies: code
-- proof: select to_regproc('app.made')
create aggregate app.made(text) (sfunc = textcat, stype = text);
--;
-- name: create operator
-- denies: code
-- proof: select to_regoperator('app.~~~>(text,text)')
create operator app.~~~> (leftarg = text, rightarg = text, function = textcat);
--;
-- name: create cast
-- denies: code
-- proof: select count(*) from pg_cast
create cast (app.pair as text) with inout;
--;
-- name: create trigger
-- denies: ddl | code | ddl on app.notes
-- proof: select count(*) from pg_trigger
create trigger made before update on app.notes for each row execute function suppress_redundant_updates_trigger();
--;
-- name: create event trigger
-- denies: code
-- setup: create function app.fire() returns event_trigger language plpgsql as 'begin end'
-- cleanup: drop function app.fire
-- proof: select count(*) from pg_event_trigger
create event trigger made on ddl_command_start execute function app.fire();
--;
-- name: create rule
-- denies: ddl | code
-- proof: select count(*) from pg_rewrite
create rule made as on update to app.notes do instead nothing;
--;
-- name: create policy
-- denies: ddl | code
-- proof: select count(*) from pg_policy
create policy made on app.notes using (true);
--;
-- name: create operator class
-- denies: code
-- proof: select count(*) from pg_opclass
create operator class app.made for type int using btree as operator 1 <, function 1 btint4cmp(int, int);
--;
-- name: create operator family
-- denies: code
-- proof: select count(*) from pg_opfamily
create operator family app.made using btree;
--;
-- name: create conversion
-- denies: code
-- proof: select count(*) from pg_conversion
create conversion app.made for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
--;
-- name: create language
-- denies: code
-- setup: drop extension if exists plperl
-- proof: select count(*) from pg_language
create language made handler plpgsql_call_handler;
--;
-- name: create access method
-- denies: code
-- proof: select count(*) from pg_am
create access method made type index handler bthandler;
--;
-- name: create extension
-- denies: code | server-program
-- proof: select count(*) from pg_extension
create extension tcn;
--;
-- name: create foreign data wrapper
-- denies: remote
-- proof: select count(*) from pg_foreign_data_wrapper
create foreign data wrapper made;
--;
-- name: create server
-- denies: remote
-- setup: create foreign data wrapper made
-- cleanup: drop foreign data wrapper made cascade
-- proof: select count(*) from pg_foreign_server
create server made foreign data wrapper made;
--;
-- name: create user mapping
-- denies: remote
-- setup: create foreign data wrapper made; create server made foreign data wrapper made
-- cleanup: drop foreign data wrapper made cascade
-- proof: select count(*) from pg_user_mapping
create user mapping for public server made;
--;
-- name: create foreign table
-- denies: remote | ddl
-- setup: create foreign data wrapper made; create server made foreign data wrapper made
-- cleanup: drop foreign data wrapper made cascade
-- proof: select to_regclass('app.made')
create foreign table app.made (a int) server made;
--;
-- name: create publication
-- denies: remote | replication
-- proof: select count(*) from pg_publication
create publication made for table app.notes;
--;
-- name: create subscription
-- denies: remote | replication
-- proof: select count(*) from pg_subscription
-- commits:
-- cleanup: alter subscription made disable; alter subscription made set (slot_name = none); drop subscription made
create subscription made connection 'dbname=nowhere' publication p with (connect = false);
--;
-- name: create database
-- denies: admin | ddl
-- commits:
-- cleanup: drop database made
-- proof: select count(*) from pg_database
create database made template template0;
--;
-- name: create tablespace
-- denies: admin | server-file
-- commits:
-- setup: set allow_in_place_tablespaces = on
-- cleanup: drop tablespace if exists made
-- proof: select count(*) from pg_tablespace
set allow_in_place_tablespaces = on;
create tablespace made location '';
--;
-- name: create transform
-- denies: code
-- proof: select count(*) from pg_transform
create transform for app.pair language sql (from sql with function prsd_lextype(internal));
--;
-- name: add column
-- denies: ddl | alter | ddl on app.notes
-- proof: select count(*) from pg_attribute where attrelid = 'app.notes'::regclass
alter table app.notes add column x int;
--;
-- name: add column to another schema's spelling
-- denies: alter on app.notes
-- proof: select count(*) from pg_attribute where attrelid = 'app.notes'::regclass
set local search_path = app;
alter table notes add x int;
--;
-- name: drop column
-- denies: alter
-- proof: select count(*) from pg_attribute where attrelid = 'app.notes'::regclass and not attisdropped
alter table app.notes drop column extra;
--;
-- name: drop column counts as a drop
-- denies: drop
-- proof: select count(*) from pg_attribute where attrelid = 'app.notes'::regclass and not attisdropped
alter table app.notes drop column extra;
--;
-- name: rename table
-- denies: alter
-- proof: select to_regclass('app.notes')
alter table app.notes rename to made;
--;
-- name: rename column
-- denies: alter
-- proof: select attname from pg_attribute where attrelid = 'app.notes'::regclass and attnum = 2
alter table app.notes rename note to made;
--;
-- name: set schema
-- denies: alter
-- proof: select to_regclass('app.notes')
alter table app.notes set schema public;
--;
-- name: alter column type
-- denies: alter
-- proof: select atttypid from pg_attribute where attrelid = 'app.notes'::regclass and attname = 'number'
alter table app.notes alter number type text;
--;
-- name: disable triggers
-- denies: alter
-- setup: create trigger made before update on app.notes for each row execute function suppress_redundant_updates_trigger()
-- cleanup: drop trigger made on app.notes
-- proof: select tgenabled from pg_trigger where tgname = 'made'
alter table app.notes disable trigger all;
--;
-- name: row level security
-- denies: alter
-- proof: select relrowsecurity from pg_class where oid = 'app.notes'::regclass
alter table app.notes enable row level security;
--;
-- name: owner
-- denies: alter
-- proof: select relowner from pg_class where oid = 'app.notes'::regclass
alter table app.notes owner to postgres;
--;
-- name: owner of a table counts as a role's change
-- denies: role
-- proof: select relowner from pg_class where oid = 'app.notes'::regclass
alter table app.notes owner to postgres;
--;
-- name: owner counts as a role's change
-- denies: role
-- proof: select proowner from pg_proc where oid = 'app.reveal'::regproc
alter function app.reveal(integer) owner to postgres;
--;
-- name: detach partition
-- denies: alter
-- proof: select count(*) from pg_inherits
alter table app.events detach partition app.events_2025;
--;
-- name: inherit
-- denies: alter
-- setup: create table app.child (name text, ssn text)
-- cleanup: drop table app.child
-- proof: select count(*) from pg_inherits
alter table app.child inherit app.people;
--;
-- name: logged
-- denies: alter
-- proof: select relpersistence from pg_class where oid = 'app.notes'::regclass
alter table app.notes set unlogged;
--;
-- name: alter sequence
-- denies: alter
-- proof: select seqincrement from pg_sequence where seqrelid = 'app.counter'::regclass
alter sequence app.counter increment 5;
--;
-- name: alter sequence restart
-- denies: alter
-- setup: select nextval('app.counter')
-- cleanup: select setval('app.counter', 1, false)
-- proof: select is_called from app.counter
alter sequence app.counter restart;
--;
-- name: alter view
-- denies: alter
-- proof: select reloptions from pg_class where oid = 'app.counted'::regclass
alter view app.counted set (security_barrier);
--;
-- name: alter index
-- denies: alter
-- proof: select to_regclass('app.notes_pkey')
alter index app.notes_pkey rename to made;
--;
-- name: alter type
-- denies: alter
-- proof: select count(*) from pg_enum
alter type app.mood add value 'new';
--;
-- name: alter composite type
-- denies: alter
-- proof: select count(*) from pg_attribute where attrelid = 'app.pair2'::regclass
-- setup: create type app.pair2 as (a int)
-- cleanup: drop type app.pair2
alter type app.pair2 add attribute c int;
--;
-- name: alter domain
-- denies: alter
-- proof: select typnotnull from pg_type where oid = 'app.email_address'::regtype
alter domain app.email_address set not null;
--;
-- name: alter function
-- denies: alter | code
-- proof: select provolatile from pg_proc where oid = 'app.reveal'::regproc
alter function app.reveal(integer) immutable;
--;
-- name: alter schema
-- denies: alter
-- proof: select to_regnamespace('app')
alter schema app rename to made;
--;
-- name: alter database
-- denies: alter | admin
-- proof: select datconnlimit from pg_database where datname = 'sample'
alter database sample connection limit 50;
--;
-- name: alter database set
-- denies: setting | admin
-- proof: select count(*) from pg_db_role_setting
alter database sample set work_mem = '1MB';
--;
-- name: alter default privileges
-- denies: grant
-- proof: select count(*) from pg_default_acl
alter default privileges in schema app grant select on tables to public;
--;
-- name: alter publication
-- denies: replication
-- setup: create publication made
-- cleanup: drop publication made
-- proof: select count(*) from pg_publication_rel
alter publication made add table app.notes;
--;
-- name: comment
-- denies: ddl | alter
-- proof: select obj_description('app.notes'::regclass)
comment on table app.notes is 'x';
--;
-- name: comment on a column
-- denies: alter
-- proof: select col_description('app.notes'::regclass, 1)
comment on column app.notes.id is 'x';
--;
-- name: drop table
-- denies: ddl | drop | drop on app.notes
-- proof: select to_regclass('app.notes')
drop table app.notes;
--;
-- name: drop table by a unicode name
-- denies: drop on app.notes
-- proof: select to_regclass('app.notes')
drop table app.u&"not\0065s";
--;
-- name: drop tables
-- denies: drop on app.vault
-- proof: select to_regclass('app.vault')
drop table if exists app.nothing, app.notes, app.vault cascade;
--;
-- name: drop cascade reaches a view
-- denies: drop on app.contacts
-- proof: select to_regclass('app.contacts')
drop view app.customer_emails cascade;
--;
-- name: drop view
-- denies: drop
-- proof: select to_regclass('app.counted')
drop view app.counted;
--;
-- name: drop materialized view
-- denies: drop
-- proof: select to_regclass('app.stored_emails')
drop materialized view app.stored_emails;
--;
-- name: drop index
-- denies: drop
-- setup: create index made on app.notes (note)
-- cleanup: drop index app.made
-- proof: select to_regclass('app.made')
drop index app.made;
--;
-- name: drop schema
-- denies: drop
-- proof: select to_regnamespace('app')
drop schema app cascade;
--;
-- name: drop schema and a relation's rule
-- denies: drop on app.notes
-- proof: select to_regclass('app.notes')
drop schema app cascade;
--;
-- name: drop sequence
-- denies: drop
-- proof: select to_regclass('app.counter')
drop sequence app.counter;
--;
-- name: drop function
-- denies: drop
-- proof: select to_regproc('app.complain')
drop function app.complain;
--;
-- name: drop routine
-- denies: drop
-- proof: select to_regproc('app.tell')
drop routine app.tell;
--;
-- name: drop type
-- denies: drop
-- proof: select to_regtype('app.mood')
drop type app.mood cascade;
--;
-- name: drop domain
-- denies: drop
-- proof: select to_regtype('app.digits')
drop domain app.digits;
--;
-- name: drop operator
-- denies: drop
-- proof: select count(*) from pg_operator
drop operator app.=== (integer, integer);
--;
-- name: drop extension
-- denies: drop
-- proof: select count(*) from pg_extension
drop extension hstore;
--;
-- name: drop owned
-- denies: drop | role
-- proof: select to_regclass('app.notes')
drop owned by scram_user cascade;
--;
-- name: reassign owned
-- denies: role | alter
-- proof: select relowner from pg_class where oid = 'app.notes'::regclass
reassign owned by scram_user to md5_user;
--;
-- name: drop trigger
-- denies: drop | drop on app.notes
-- setup: create trigger made before update on app.notes for each row execute function suppress_redundant_updates_trigger()
-- cleanup: drop trigger made on app.notes
-- proof: select count(*) from pg_trigger
drop trigger made on app.notes;
--;
-- name: drop database
-- denies: drop | admin
-- commits:
-- setup: create database made
-- cleanup: drop database if exists made
-- proof: select count(*) from pg_database
drop database made;
--;
-- name: drop in a text of several
-- denies: drop
-- at once:
-- proof: select to_regclass('app.counted')
select 'drop'; drop view app.counted; select 1;
--;
-- name: drop with comments
-- denies: drop
-- proof: select to_regclass('app.counted')
drop/*table*/view--x
app . counted;
--;
-- name: import foreign schema's cousin, a foreign table dropped
-- denies: drop
-- setup: create foreign data wrapper made; create server made foreign data wrapper made; create foreign table app.made (a int) server made
-- cleanup: drop foreign data wrapper made cascade
-- proof: select to_regclass('app.made')
drop foreign table app.made;
--;
-- name: do block that defines
-- denies: dynamic | code
-- proof: select to_regclass('app.made')
do 'begin create table app.made (a int); end';
--;
-- name: do block counts as anything
-- denies: ddl
-- proof: select to_regclass('app.made')
do 'begin create table app.made (a int); end';
--;
-- name: do block, read-only
-- denies: read-only
-- proof: select to_regclass('app.made')
do 'begin create table app.made (a int); end';
--;
-- name: call
-- denies: dynamic | read-only
-- setup: create procedure app.fire() language sql as 'create table app.made (a int)'
-- cleanup: drop procedure app.fire
-- proof: select to_regclass('app.made')
call app.fire();
--;
-- name: call's procedure as a function
-- denies: opaque-function | function app.fire
-- setup: create procedure app.fire() language sql as 'create table app.made (a int)'
-- cleanup: drop procedure app.fire
-- proof: select to_regclass('app.made')
call app.fire();
--;
-- name: query to xml that defines
-- denies: dynamic
-- setup: create function app.fire() returns int language plpgsql as 'begin create table app.made (a int); return 1; end'
-- cleanup: drop function app.fire
-- proof: select to_regclass('app.made')
select query_to_xml('select app.fire()', true, true, '');
--;
-- name: drop attribute
-- denies: drop | alter
-- setup: create type app.triple as (a int, b int, c int)
-- cleanup: drop type app.triple
-- proof: select count(*) from pg_attribute where attrelid = 'app.triple'::regclass and not attisdropped
alter type app.triple drop attribute c;
--;
-- name: drop constraint
-- denies: drop
-- proof: select count(*) from pg_constraint where conname = 'notes_pkey'
alter table app.notes drop constraint notes_pkey;
--;
-- name: drop a domain's constraint
-- denies: drop
-- proof: select count(*) from pg_constraint where contypid = 'app.digits'::regtype
alter domain app.digits drop constraint digits_check;
--;
-- name: drop identity
-- denies: drop
-- proof: select attidentity from pg_attribute where attrelid = 'shop.products'::regclass and attname = 'id'
alter table shop.products alter id drop identity;
--;
-- name: drop mapping
-- denies: drop
-- setup: create text search configuration app.searched (copy = simple)
-- cleanup: drop text search configuration app.searched
-- proof: select count(*) from pg_ts_config_map where mapcfg = 'app.searched'::regconfig
alter text search configuration app.searched drop mapping for word;
--;
-- name: alter column type using what is not in it
-- denies: drop | alter
-- proof: select sum(number) from app.notes
alter table app.notes alter number type integer using 0;
--;
-- name: owner of a view
-- denies: role
-- setup: create view app.shown as select 1
-- cleanup: drop view app.shown
-- proof: select relowner from pg_class where oid = 'app.shown'::regclass
alter view app.shown owner to md5_user;
--;
-- name: owner of a sequence
-- denies: role
-- proof: select relowner from pg_class where oid = 'app.counter'::regclass
alter sequence app.counter owner to md5_user;
--;
-- name: owner of a materialized view
-- denies: role
-- proof: select relowner from pg_class where oid = 'app.stored_emails'::regclass
alter materialized view app.stored_emails owner to md5_user;
--;
-- name: owner of a type
-- denies: role
-- proof: select typowner from pg_type where oid = 'app.pair'::regtype
alter type app.pair owner to md5_user;
--;
-- name: owner of a table by alter view
-- denies: role
-- proof: select relowner from pg_class where oid = 'app.notes'::regclass
alter table if exists app.notes add made int, owner to md5_user;
--;
-- name: schema of another owner
-- denies: role | create
-- proof: select count(*) from pg_namespace where nspname = 'made'
create schema made authorization md5_user;
--;
-- name: disable triggers counts as code
-- denies: code
-- setup: create trigger made before update on app.notes for each row execute function suppress_redundant_updates_trigger()
-- cleanup: drop trigger made on app.notes
-- proof: select tgenabled from pg_trigger where tgname = 'made'
alter table app.notes disable trigger made;
--;
-- name: row level security counts as code
-- denies: code
-- setup: alter table app.notes enable row level security
-- cleanup: alter table app.notes disable row level security
-- proof: select relrowsecurity from pg_class where oid = 'app.notes'::regclass
alter table app.notes disable row level security;
--;
-- name: drop policy counts as code
-- denies: code | drop
-- setup: create policy made on app.notes using (false)
-- cleanup: drop policy made on app.notes
-- proof: select count(*) from pg_policy where polname = 'made'
drop policy made on app.notes;
--;
-- name: drop trigger counts as code
-- denies: code | drop
-- setup: create trigger made before update on app.notes for each row execute function suppress_redundant_updates_trigger()
-- cleanup: drop trigger made on app.notes
-- proof: select count(*) from pg_trigger where tgname = 'made'
drop trigger made on app.notes;
--;
-- name: rename function counts as code
-- denies: code
-- proof: select count(*) from pg_proc where proname = 'made'
alter function app.reveal(integer) rename to made;
--;
-- name: rename database counts as the server's
-- denies: admin
-- setup: create database renamed
-- cleanup: drop database renamed
-- proof: select count(*) from pg_database where datname = 'made'
alter database renamed rename to made;
--;
-- name: replace a view
-- denies: alter
-- setup: create view app.shown as select 1 as a
-- cleanup: drop view app.shown
-- proof: select a from app.shown
create or replace view app.shown as select 2 as a;
--;
-- name: replace a function
-- denies: alter | code
-- setup: create function app.shown() returns int language sql as 'select 1'
-- cleanup: drop function app.shown
-- proof: select app.shown()
create or replace function app.shown() returns int return 2;
--;
-- name: replica identity
-- denies: replication | alter
-- proof: select relreplident from pg_class where oid = 'app.notes'::regclass
alter table app.notes replica identity full;
--;
-- name: function in a language that reaches the server
-- denies: server-program
-- proof: select count(*) from pg_proc where proname = 'made'
create function app.made(text) returns text language internal as 'upper';
--;
-- name: code that reads what it updates by
-- denies: read on app.customers
-- proof: select count(*) from pg_proc where proname = 'made'
create function app.made() returns void begin atomic update app.notes n set note = c.email from app.customers c where c.id = n.id; end;
--;
