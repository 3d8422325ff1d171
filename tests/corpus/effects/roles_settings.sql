-- name: set role
-- denies: role | setting
-- proof: select current_user
set role scram_user;
--;
-- name: set local role
-- denies: role
-- proof: select current_user
set local role scram_user;
--;
-- name: set session role
-- denies: role
-- proof: select current_user
set session role scram_user;
--;
-- name: set role to a string
-- denies: role
-- proof: select current_user
set role 'scram_user';
--;
-- name: set role by assignment
-- denies: role
-- proof: select current_user
set role = scram_user;
--;
-- name: set role by to
-- denies: role
-- proof: select current_user
set role to 'scram_user';
--;
-- name: set role in capitals
-- denies: role
-- proof: select current_user
SET ROLE SCRAM_USER;
--;
-- name: set role with a quoted name
-- denies: role
-- proof: select current_user
set "role" = 'scram_user';
--;
-- name: set role with a quoted name in capitals
-- denies: role
-- proof: select current_user
set "ROLE" = 'scram_user';
--;
-- name: set role with a unicode name
-- denies: role
-- proof: select current_user
set u&"\0072ole" = 'scram_user';
--;
-- name: set session authorization
-- denies: role
-- proof: select session_user
set session authorization scram_user;
--;
-- name: set local session authorization
-- denies: role
-- proof: select session_user
set local session authorization 'scram_user';
--;
-- name: set session_authorization by its setting
-- denies: role
-- proof: select session_user
set session_authorization = 'scram_user';
--;
-- name: set session authorization as a session setting
-- denies: role
-- proof: select session_user
set session session authorization scram_user;
--;
-- name: reset role
-- denies: role
-- proof: select current_user
-- at once:
set role scram_user; select 1; reset role; set role scram_user;
--;
-- name: reset session authorization
-- denies: role
-- at once:
-- proof: select session_user
reset session authorization; set session authorization scram_user;
--;
-- name: set_config role
-- denies: role | setting
-- proof: select current_user
select set_config('role', 'scram_user', false);
--;
-- name: set_config role locally
-- denies: role
-- proof: select current_user
select set_config('role', 'scram_user', true);
--;
-- name: set_config role in capitals
-- denies: role
-- proof: select current_user
select set_config('ROLE', 'scram_user', true);
--;
-- name: set_config by schema
-- denies: role
-- proof: select current_user
select pg_catalog.set_config('role', 'scram_user', true);
--;
-- name: set_config of a name put together
-- denies: role
-- proof: select current_user
select set_config('ro' || 'le', 'scram_user', true);
--;
-- name: set_config of a name in escapes
-- denies: role
-- proof: select current_user
select set_config(e'\x72ole', 'scram_user', true);
--;
-- name: set_config of a name in unicode
-- denies: role
-- proof: select current_user
select set_config(u&'\0072ole', 'scram_user', true);
--;
-- name: set_config of a name in dollars
-- denies: role
-- proof: select current_user
select set_config($$role$$, 'scram_user', true);
--;
-- name: set_config of a cast name
-- denies: role
-- proof: select current_user
select set_config('role'::varchar::text, 'scram_user', true);
--;
-- name: set_config of a column
-- denies: role
-- proof: select current_user
select set_config(n, v, true) from (values ('role', 'scram_user')) x(n, v);
--;
-- name: set_config in from
-- denies: role
-- proof: select current_user
select * from set_config('role', 'scram_user', true);
--;
-- name: set_config in a filter
-- denies: role
-- proof: select current_user
select 1 where set_config('role', 'scram_user', true) = 'x';
--;
-- name: set_config in values
-- denies: role
-- proof: select current_user
values (set_config('role', 'scram_user', true));
--;
-- name: set_config in a cursor
-- denies: role
-- proof: select current_user
declare c cursor for select set_config('role', 'scram_user', true);
fetch c;
--;
-- name: set_config prepared
-- denies: role
-- proof: select current_user
prepare p(text) as select set_config($1, 'scram_user', true);
execute p('role');
--;
-- name: set_config in explain analyze
-- denies: role
-- proof: select current_user
explain analyze select set_config('role', 'scram_user', true);
--;
-- name: set_config in copy
-- denies: role
-- proof: select current_user
copy (select set_config('role', 'scram_user', true)) to stdout;
--;
-- name: set_config in a returning clause
-- denies: role
-- proof: select current_user
insert into app.notes (id) values (1001) returning set_config('role', 'scram_user', true);
--;
-- name: set role in a text of several
-- denies: role
-- at once:
-- proof: select current_user
select 1; set role scram_user; select 2;
--;
-- name: set role with comments
-- denies: role
-- proof: select current_user
set/**/role/**/scram_user;
--;
-- name: pg_settings
-- denies: gateway
-- proof: select current_setting('work_mem')
update pg_settings set setting = '2048' where name = 'work_mem';
--;
-- name: pg_settings by schema
-- denies: gateway
-- proof: select current_setting('work_mem')
update pg_catalog.pg_settings set setting = '2048' where name = 'work_mem';
--;
-- name: pg_settings and the role
-- denies: gateway
-- proof: select current_user
update pg_settings set setting = 'scram_user' where name = 'role' returning 1;
--;
-- name: view of pg_settings
-- denies: gateway
-- setup: create view app.settings as select * from pg_settings
-- cleanup: drop view app.settings
-- proof: select current_setting('standard_conforming_strings')
update app.settings set setting = 'off' where name = 'standard_conforming_strings';
--;
-- name: view of a view of pg_settings
-- denies: gateway | setting | security-setting | setting search_path
-- setup: create view app.settings as select * from pg_settings; create view app.fewer as select name, setting as value from app.settings where name like 's%'
-- cleanup: drop view app.fewer; drop view app.settings
-- proof: select current_setting('search_path')
update app.fewer set value = 'app' where name = 'search_path';
--;
-- name: view of pg_settings that is new
-- denies: setting | security-setting | setting search_path
-- proof: select current_setting('search_path')
create temp view mine as select * from pg_settings;
update mine set setting = 'app' where name = 'search_path';
--;
-- name: rule that writes to pg_settings
-- denies: setting | security-setting | setting search_path
-- setup: create table app.wished (name text, value text); create rule granted as on insert to app.wished do instead update pg_settings set setting = new.value where name = new.name
-- cleanup: drop table app.wished
-- proof: select current_setting('search_path')
insert into app.wished values ('search_path', 'app');
--;
-- name: standard_conforming_strings
-- denies: gateway
-- proof: select current_setting('standard_conforming_strings')
set standard_conforming_strings = off;
--;
-- name: standard_conforming_strings by a number
-- denies: gateway
-- proof: select current_setting('standard_conforming_strings')
set standard_conforming_strings = 0;
--;
-- name: standard_conforming_strings by part of a word
-- denies: gateway
-- proof: select current_setting('standard_conforming_strings')
set standard_conforming_strings = 'fal';
--;
-- name: standard_conforming_strings by set_config
-- denies: gateway
-- proof: select current_setting('standard_conforming_strings')
select set_config('standard_conforming_strings', 'off', true);
--;
-- name: standard_conforming_strings by a name put together
-- denies: gateway
-- proof: select current_setting('standard_conforming_strings')
select set_config('standard_' || 'conforming_strings', 'off', true);
--;
-- name: standard_conforming_strings by a value put together
-- denies: gateway
-- proof: select current_setting('standard_conforming_strings')
select set_config('standard_conforming_strings', 'o' || 'ff', true);
--;
-- name: standard_conforming_strings locally
-- denies: gateway
-- proof: select current_setting('standard_conforming_strings')
set local standard_conforming_strings to 'off';
--;
-- name: standard_conforming_strings of a role
-- denies: gateway
-- proof: select setconfig from pg_db_role_setting
-- cleanup: alter role scram_user reset all
alter role scram_user set standard_conforming_strings = off;
--;
-- name: standard_conforming_strings of a database
-- denies: gateway
-- proof: select count(*) from pg_db_role_setting
alter database sample set standard_conforming_strings = off;
--;
-- name: standard_conforming_strings of a function
-- denies: gateway
-- proof: select proconfig from pg_proc where oid = 'app.reveal'::regproc
alter function app.reveal(integer) set standard_conforming_strings = off;
--;
-- name: standard_conforming_strings from current
-- denies: gateway
-- proof: select current_setting('standard_conforming_strings')
-- at once:
set standard_conforming_strings = off; select 1;
--;
-- name: client_encoding
-- denies: gateway
-- proof: select current_setting('client_encoding')
set client_encoding = 'LATIN1';
--;
-- name: set names
-- denies: gateway
-- proof: select current_setting('client_encoding')
set names 'LATIN1';
--;
-- name: client_encoding by set_config
-- denies: gateway
-- proof: select current_setting('client_encoding')
select set_config('client_encoding', 'SJIS', true);
--;
-- name: backslash_quote
-- denies: gateway
-- proof: select current_setting('backslash_quote')
set backslash_quote = on;
--;
-- name: set
-- denies: setting
-- proof: select current_setting('work_mem')
set work_mem = '2MB';
--;
-- name: set local
-- denies: setting
-- proof: select current_setting('statement_timeout')
set local statement_timeout = 0;
set local statement_timeout = 5000;
--;
-- name: set time zone
-- denies: setting
-- proof: select current_setting('timezone')
set time zone 'Asia/Tokyo';
--;
-- name: set schema
-- denies: setting
-- proof: select current_setting('search_path')
set schema 'app';
--;
-- name: set session characteristics
-- denies: transaction
-- proof: select current_setting('default_transaction_read_only')
set session characteristics as transaction read only;
--;
-- name: set session characteristics counts as a setting
-- denies: setting
-- proof: select current_setting('default_transaction_read_only')
set session characteristics as transaction read only;
--;
-- name: set transaction
-- denies: transaction
-- proof: select current_setting('transaction_read_only')
set transaction read only;
--;
-- name: set xml option
-- denies: setting
-- proof: select current_setting('xmloption')
set xml option document;
--;
-- name: set seed
-- denies: setting
-- proof: select current_setting('x.y', true)
set x.y = 'z';
--;
-- name: reset
-- denies: setting
-- proof: select current_setting('work_mem')
-- at once:
set work_mem = '3MB'; reset work_mem; set local work_mem = '5MB';
--;
-- name: alter system
-- denies: setting | admin
-- commits:
-- cleanup: alter system reset all
-- proof: select count(*) from pg_file_settings where sourcefile like '%auto.conf'
alter system set work_mem = '3MB';
--;
-- name: alter role set
-- denies: role | setting | alter
-- proof: select count(*) from pg_db_role_setting
alter role scram_user set work_mem = '3MB';
--;
-- name: alter role in a database
-- denies: role | setting
-- proof: select count(*) from pg_db_role_setting
alter role scram_user in database sample set work_mem = '3MB';
--;
-- name: alter role all
-- denies: role
-- proof: select count(*) from pg_db_role_setting
alter role all set work_mem = '3MB';
--;
-- name: alter user set
-- denies: role
-- proof: select count(*) from pg_db_role_setting
alter user scram_user set work_mem = '3MB';
--;
-- name: create role
-- denies: role | ddl
-- proof: select count(*) from pg_roles
create role made login;
--;
-- name: create user
-- denies: role
-- proof: select count(*) from pg_roles
create user made password 'x';
--;
-- name: create group
-- denies: role
-- proof: select count(*) from pg_roles
create group made;
--;
-- name: alter role
-- denies: role
-- proof: select rolsuper from pg_roles where rolname = 'scram_user'
alter role scram_user superuser;
--;
-- name: alter role's password
-- denies: role
-- proof: select rolpassword from pg_authid where rolname = 'scram_user'
alter role scram_user password 'x';
--;
-- name: alter role's name
-- denies: alter
-- proof: select count(*) from pg_roles where rolname = 'made'
alter role md5_user rename to made;
--;
-- name: alter role's name counts as a role's change
-- denies: role
-- proof: select count(*) from pg_roles where rolname = 'made'
alter role md5_user rename to made;
--;
-- name: alter group
-- denies: role
-- proof: select count(*) from pg_auth_members
alter group pg_monitor add user scram_user;
--;
-- name: drop role
-- denies: role | drop
-- proof: select count(*) from pg_roles
drop role md5_user;
--;
-- name: grant
-- denies: grant
-- proof: select relacl from pg_class where oid = 'app.notes'::regclass
grant all on app.notes to public;
--;
-- name: grant on all tables
-- denies: grant
-- proof: select relacl from pg_class where oid = 'app.notes'::regclass
grant select on all tables in schema app to public;
--;
-- name: grant on columns
-- denies: grant
-- proof: select attacl from pg_attribute where attrelid = 'app.notes'::regclass and attname = 'note'
grant select (note) on app.notes to public;
--;
-- name: grant execute
-- denies: grant
-- proof: select proacl from pg_proc where oid = 'app.reveal'::regproc
grant execute on function app.reveal(integer) to md5_user;
--;
-- name: grant on a schema
-- denies: grant
-- proof: select nspacl from pg_namespace where nspname = 'app'
grant create on schema app to public;
--;
-- name: grant role
-- denies: grant | role
-- proof: select count(*) from pg_auth_members
grant pg_read_server_files to scram_user;
--;
-- name: revoke
-- denies: grant
-- proof: select relacl from pg_class where oid = 'app.customers'::regclass
revoke all on app.customers from public;
--;
-- name: create schema with a grant
-- denies: grant
-- proof: select count(*) from pg_namespace where nspacl is not null or nspname = 'made'
create schema made authorization scram_user create table t (a int) grant select on t to public;
--;
-- name: create role in a role
-- denies: role
-- proof: select count(*) from pg_auth_members
create role made in role pg_monitor;
--;
-- name: set session characteristics by the setting's name
-- denies: setting default_transaction_read_only | security-setting
-- proof: select current_setting('default_transaction_read_only')
set session characteristics as transaction read only;
--;
-- name: set session characteristics, all of them
-- denies: setting default_transaction_isolation | setting default_transaction_deferrable
-- proof: select current_setting('default_transaction_isolation'), current_setting('default_transaction_deferrable')
set session characteristics as transaction isolation level serializable, deferrable;
--;
-- name: all that is stored of a role's settings
-- denies: setting search_path | security-setting | role
-- setup: alter role md5_user set search_path = app
-- cleanup: alter role md5_user reset all
-- proof: select count(*) from pg_db_role_setting where setrole = 'md5_user'::regrole
alter role md5_user reset all;
--;
-- name: all that is stored of a function's settings
-- denies: setting search_path | security-setting | code
-- setup: create function app.careful() returns int language sql set search_path = app as 'select 1'
-- cleanup: drop function app.careful
-- proof: select proconfig from pg_proc where proname = 'careful'
alter function app.careful() reset all;
--;
-- name: role that is a member from the start
-- denies: grant | role
-- proof: select count(*) from pg_auth_members
create role made in role pg_monitor;
--;
-- name: alter group counts as a grant
-- denies: grant
-- proof: select count(*) from pg_auth_members
alter group pg_monitor add user scram_user;
--;
-- name: drop owned takes privileges
-- denies: grant
-- setup: grant select on app.notes to md5_user
-- cleanup: revoke select on app.notes from md5_user
-- proof: select has_table_privilege('md5_user', 'app.notes', 'select')
drop owned by md5_user;
--;
-- name: role by the catalogue
-- denies: role | grant | admin | alter
-- proof: select rolcreaterole from pg_roles where rolname = 'md5_user'
update pg_authid set rolcreaterole = true where rolname = 'md5_user';
--;
-- name: member by the catalogue
-- denies: role | grant | write on pg_catalog.pg_auth_members
-- setup: grant pg_monitor to md5_user
-- cleanup: revoke pg_monitor from md5_user
-- proof: select count(*) from pg_auth_members where member = 'md5_user'::regrole
delete from pg_catalog.pg_auth_members where member = 'md5_user'::regrole;
--;
-- name: function by the catalogue
-- denies: code | ddl
-- proof: select prosrc from pg_proc where oid = 'app.keep'::regproc
update pg_proc set prosrc = 'select 1::text' where oid = 'app.keep'::regproc;
--;
