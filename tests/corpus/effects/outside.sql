-- name: copy to a file
-- denies: server-file
-- proof: select count(*) from pg_ls_dir('.') f where f = 'made'
-- cleanup: copy (select where false) to program 'rm -f made'
copy app.notes to 'made';
copy (select 1) to program 'cat > made';
--;
-- name: copy to a program
-- denies: server-program
-- proof: select count(*) from pg_ls_dir('.') f where f = 'made2'
-- cleanup: copy (select where false) to program 'rm -f made2'
copy (select 1) to program 'cat > made2';
--;
-- name: copy from a program
-- denies: server-program | write
-- proof: select count(*) from app.notes
copy app.notes (id) from program 'echo 1001';
--;
-- name: copy from a program in a text of several
-- denies: server-program
-- at once:
-- proof: select count(*) from app.notes
select 1; copy app.notes (id) from program 'echo 1001'; select 2;
--;
-- name: copy from a file
-- denies: server-file | write
-- setup: copy (select 1001) to program 'cat > /tmp/tokengate-corpus'
-- cleanup: copy (select where false) to program 'rm -f /tmp/tokengate-corpus'
-- proof: select count(*) from app.notes
copy app.notes (id) from '/tmp/tokengate-corpus';
--;
-- name: read a file
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, pg_read_file('PG_VERSION');
--;
-- name: read a file by schema
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, pg_catalog.pg_read_file('PG_VERSION');
--;
-- name: read a file by a quoted name
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, "pg_read_file"('PG_VERSION');
--;
-- name: read a file by a unicode name
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, u&"pg_read\005ffile"('PG_VERSION');
--;
-- name: read a file by another escape
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, u&"pg!005fread!005ffile" uescape '!' ('PG_VERSION');
--;
-- name: read a file in capitals
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, PG_READ_FILE('PG_VERSION');
--;
-- name: read a file with comments
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, pg_read_file/**/('PG_VERSION');
--;
-- name: read a binary file
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, pg_read_binary_file('PG_VERSION')::text;
--;
-- name: list a directory
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1000 + row_number() over (), pg_ls_dir from pg_ls_dir('.');
--;
-- name: list a directory in from
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, max(f.x) from pg_ls_dir('base') as f(x);
--;
-- name: list the log directory
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, number) select 1001, count(*) from pg_ls_waldir();
--;
-- name: state of a file
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, number) select 1001, (pg_stat_file('PG_VERSION')).size;
--;
-- name: read a file by the foreign helper of configuration
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, max(user_name::text) from pg_hba_file_rules;
--;
-- name: read a file by file settings
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, max(setting) from pg_file_settings;
--;
-- name: read a file by pg_show_all_file_settings
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, max(setting) from pg_show_all_file_settings();
--;
-- name: large object from a file
-- denies: server-file | large-object | write
-- proof: select count(*) from pg_largeobject_metadata
select lo_import('PG_VERSION');
--;
-- name: large object to a file
-- denies: server-file
-- setup: select lo_from_bytea(7777, 'x')
-- cleanup: select lo_unlink(7777)
-- proof: select count(*) from pg_ls_dir('.') f where f = 'made3'
select lo_export(7777, 'made3');
--;
-- name: large object made
-- denies: large-object | write
-- proof: select count(*) from pg_largeobject_metadata
select lo_create(0);
--;
-- name: large object made the old way
-- denies: large-object | write
-- proof: select count(*) from pg_largeobject_metadata
select lo_creat(-1);
--;
-- name: large object from bytes
-- denies: large-object | write
-- proof: select count(*) from pg_largeobject_metadata
select lo_from_bytea(0, 'x');
--;
-- name: large object written
-- denies: large-object | write
-- setup: select lo_from_bytea(7777, 'x')
-- cleanup: select lo_unlink(7777)
-- proof: select lo_get(7777)
select lo_put(7777, 0, 'y');
--;
-- name: large object written by descriptor
-- denies: large-object | write
-- setup: select lo_from_bytea(7777, 'x')
-- cleanup: select lo_unlink(7777)
-- proof: select lo_get(7777)
select lowrite(lo_open(7777, 131072), 'y');
--;
-- name: large object cut
-- denies: large-object | write
-- setup: select lo_from_bytea(7777, 'x')
-- cleanup: select lo_unlink(7777)
-- proof: select lo_get(7777)
select lo_truncate(lo_open(7777, 131072), 0);
--;
-- name: large object unlinked
-- denies: large-object | write
-- setup: select lo_from_bytea(7777, 'x')
-- cleanup: do $$ begin perform lo_unlink(7777); exception when others then null; end $$
-- proof: select count(*) from pg_largeobject_metadata
select lo_unlink(7777);
--;
-- name: load
-- denies: server-program
-- proof: select count(*) from pg_settings where name like 'auto_explain.%'
load 'auto_explain';
--;
-- name: terminate
-- denies: admin
-- proof: select count(*) from pg_stat_activity where application_name = 'victim'
-- setup: create extension if not exists dblink; select 1
-- commits:
select dblink_connect('victim', 'host=' || split_part(current_setting('unix_socket_directories'), ',', 1) || ' port=' || current_setting('port') || ' dbname=sample application_name=victim');
select pg_terminate_backend(pid), pg_sleep(0.2) from pg_stat_activity where application_name = 'victim';
select dblink_connect('other', 'host=' || split_part(current_setting('unix_socket_directories'), ',', 1) || ' port=' || current_setting('port') || ' dbname=sample application_name=victim');
--;
-- name: reload
-- denies: admin
-- proof: select pg_conf_load_time()
select pg_reload_conf(), pg_sleep(0.2);
--;
-- name: statistics reset
-- denies: admin
-- commits:
-- proof: select stats_reset from pg_stat_database where datname = 'sample'
select pg_stat_reset();
select pg_sleep(0.1);
--;
-- name: switch of the log
-- denies: admin
-- proof: select pg_walfile_name(pg_current_wal_insert_lsn())
-- setup: create table app.filler as select generate_series(1, 10) n
-- cleanup: drop table app.filler
insert into app.notes (id) values (1001);
select pg_switch_wal();
insert into app.notes (id) values (1002);
--;
-- name: restore point
-- denies: admin
-- proof: select pg_current_wal_insert_lsn()
select pg_create_restore_point('made');
--;
-- name: logical slot
-- denies: replication | admin
-- commits:
-- cleanup: select pg_drop_replication_slot('made')
-- proof: select count(*) from pg_replication_slots
select pg_create_physical_replication_slot('made');
--;
-- name: slot dropped
-- denies: replication | admin
-- commits:
-- setup: select pg_create_physical_replication_slot('made')
-- proof: select count(*) from pg_replication_slots
select pg_drop_replication_slot('made');
--;
-- name: replication origin
-- denies: replication
-- proof: select count(*) from pg_replication_origin
select pg_replication_origin_create('made');
--;
-- name: logical message
-- denies: replication
-- proof: select pg_current_wal_insert_lsn()
select pg_logical_emit_message(true, 'a', 'b');
--;
-- name: checkpoint
-- denies: admin | maintenance
-- proof: select checkpoint_lsn from pg_control_checkpoint()
checkpoint;
--;
-- name: advisory lock
-- denies: resource
-- proof: select count(*) from pg_locks where locktype = 'advisory'
select pg_advisory_lock(1);
--;
-- name: advisory lock of a transaction
-- denies: resource
-- proof: select count(*) from pg_locks where locktype = 'advisory'
select pg_advisory_xact_lock(1, 2);
--;
-- name: advisory lock that is tried
-- denies: resource
-- proof: select count(*) from pg_locks where locktype = 'advisory'
select pg_try_advisory_lock_shared(1);
--;
-- name: lock table
-- denies: lock
-- proof: select count(*) from pg_locks where relation = 'app.notes'::regclass
lock table app.notes in access exclusive mode;
--;
-- name: select for update
-- denies: lock
-- proof: select count(*) from pg_locks where relation = 'app.notes'::regclass
select 1 from app.notes where id = 1 for update;
--;
-- name: select for key share in a subselect
-- denies: lock
-- proof: select count(*) from pg_locks where relation = 'app.notes'::regclass
select 1 from (select 1 from app.notes where id = 1 for key share) x;
--;
-- name: sleeping
-- denies: resource
-- proof: select extract(epoch from clock_timestamp() - now()) > 0.2
select pg_sleep(0.3);
--;
-- name: sleeping for
-- denies: resource
-- proof: select extract(epoch from clock_timestamp() - now()) > 0.2
select pg_sleep_for('0.3 seconds');
--;
-- name: listen
-- denies: listen
-- commits:
-- proof: select pg_listening_channels()
listen made;
--;
-- name: notify
-- denies: notify
-- proof: select pg_notification_queue_usage() > 0 or (select count(*) from pg_listening_channels()) > 0
-- commits:
listen made;
begin;
notify made, 'x';
--;
-- name: notify by a function
-- denies: notify
-- commits:
-- proof: select count(*) from pg_listening_channels()
listen made;
select pg_notify('made', 'x');
--;
-- name: dblink
-- denies: dynamic | remote
-- commits:
-- cleanup: delete from app.notes where id = 1001
-- proof: select count(*) from app.notes
select dblink_exec('host=' || split_part(current_setting('unix_socket_directories'), ',', 1) || ' port=' || current_setting('port') || ' dbname=sample', 'insert into app.notes (id) values (1001)');
--;
-- name: dblink's connection
-- denies: dynamic | remote
-- proof: select dblink_get_connections()
select dblink_connect('a', 'host=' || split_part(current_setting('unix_socket_directories'), ',', 1) || ' port=' || current_setting('port') || ' dbname=sample');
--;
-- name: dblink in a view of the client's
-- denies: dynamic | remote
-- commits:
-- cleanup: delete from app.notes where id = 1001
-- proof: select count(*) from app.notes
create temp view v as select * from dblink('host=' || split_part(current_setting('unix_socket_directories'), ',', 1) || ' port=' || current_setting('port') || ' dbname=sample', 'insert into app.notes (id) values (1001) returning id') as t(id int);
select * from v;
drop view v;
--;
-- name: query to xml
-- denies: dynamic
-- setup: create function app.fire() returns int language sql as 'delete from app.notes where id = 1 returning 1'
-- cleanup: drop function app.fire
-- proof: select count(*) from app.notes
select query_to_xml('select app.fire()', true, true, '');
--;
-- name: query to xml by a unicode name
-- denies: dynamic
-- setup: create function app.fire() returns int language sql as 'delete from app.notes where id = 1 returning 1'
-- cleanup: drop function app.fire
-- proof: select count(*) from app.notes
select u&"query\005fto\005fxml"('select app.fire()', true, true, '');
--;
-- name: text search statistics
-- denies: dynamic
-- setup: create function app.fire() returns tsvector language sql as 'delete from app.notes where id = 1 returning to_tsvector(note)'
-- cleanup: drop function app.fire
-- proof: select count(*) from app.notes
select * from ts_stat('select app.fire()');
--;
-- name: crosstab
-- denies: dynamic
-- setup: create function app.fire() returns text language sql as 'delete from app.notes where id = 1 returning note'
-- cleanup: drop function app.fire
-- proof: select count(*) from app.notes
select * from crosstab('select ''a''::text, ''b''::text, app.fire()') as t(a text, b text);
--;
-- name: do
-- denies: dynamic | code
-- proof: select count(*) from app.notes
do $$ begin delete from app.notes; end $$;
--;
-- name: call
-- denies: dynamic
-- setup: create procedure app.fire() language sql as 'delete from app.notes'
-- cleanup: drop procedure app.fire
-- proof: select count(*) from app.notes
call app.fire();
--;
-- name: vacuum
-- denies: maintenance
-- commits:
-- setup: create table app.filler as select 1 as n
-- cleanup: drop table app.filler
-- proof: select reltuples from pg_class where oid = 'app.filler'::regclass
vacuum analyze app.filler;
--;
-- name: vacuum full
-- denies: maintenance
-- commits:
-- proof: select relfilenode from pg_class where oid = 'app.vault'::regclass
vacuum full app.vault;
--;
-- name: discard of plans
-- denies: session
-- commits:
-- proof: select count(*) from pg_prepared_statements
prepare p as select 1;
discard plans;
--;
-- name: read a file by the mapping of users
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, count(map_name)::text from pg_catalog.pg_ident_file_mappings;
--;
-- name: read where the server's files are
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, setting from pg_config where name = 'BINDIR';
--;
-- name: read a file by a function kept for older programs
-- denies: server-file
-- setup: create extension pageinspect
-- cleanup: drop extension pageinspect
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, length(get_raw_page('app.customers', 0))::text;
--;
-- name: a foreign table of a program's output
-- denies: server-program | remote
-- setup: create extension file_fdw; create server files foreign data wrapper file_fdw
-- cleanup: drop extension file_fdw cascade
-- proof: select to_regclass('app.made')
create foreign table app.made (a text) server files options (program 'true');
--;
-- name: a foreign table of a file
-- denies: server-file | remote
-- setup: create extension file_fdw; create server files foreign data wrapper file_fdw
-- cleanup: drop extension file_fdw cascade
-- proof: select to_regclass('app.made')
create foreign table app.made (a text) server files options (filename '/etc/hostname');
--;
-- name: a foreign table that is turned to another file
-- denies: server-file | remote
-- setup: create extension file_fdw; create server files foreign data wrapper file_fdw; create foreign table app.made (a text) server files options (filename '/etc/passwd')
-- cleanup: drop extension file_fdw cascade
-- proof: select ftoptions from pg_foreign_table where ftrelid = 'app.made'::regclass
alter foreign table app.made options (set filename '/etc/hostname');
--;
-- name: a command of the server's
-- denies: server-program | admin
-- commits:
-- cleanup: alter system reset all
-- proof: select count(*) from pg_file_settings where name = 'restore_command'
alter system set restore_command = 'true';
--;
-- name: rows killed
-- denies: write | maintenance
-- setup: create extension pg_surgery; create table app.killed as select 1 as a
-- cleanup: drop table app.killed; drop extension pg_surgery
-- proof: select count(*) from app.killed
select heap_force_kill('app.killed', array['(0,1)'::tid]);
--;
-- name: read a file by attribute notation
-- denies: server-file | function pg_read_file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, ('PG_VERSION'::text).pg_read_file;
--;
-- name: read a file by attribute notation of a function's rows
-- denies: server-file | function pg_read_file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, f.pg_read_file from unnest(array['PG_VERSION']) f;
--;
-- name: read a file by attribute notation of an element
-- denies: server-file
-- proof: select count(*) from app.notes
insert into app.notes (id, note) select 1001, (array['PG_VERSION'])[1].pg_read_file;
--;
-- name: sequence moved by attribute notation
-- denies: write
-- proof: select last_value, is_called from app.counter
select ('app.counter'::regclass).nextval;
--;
-- name: large object made by attribute notation
-- denies: large-object | write
-- proof: select count(*) from pg_largeobject_metadata
select n.lo_creat from generate_series(-1, -1) n;
--;
