-- name: activity of another session
-- setup: select 1
select set_config('application_name', app.reveal(1), false);
select application_name from pg_stat_activity;
--;
-- name: activity by its function
select set_config('application_name', app.reveal(1), false);
select application_name from pg_stat_get_activity(pg_backend_pid());
--;
-- name: prepared statements
prepare qzvxkjwpyf as select 1;
select statement || upper((select email from app.customers where id = 1)) from pg_prepared_statements;
--;
-- name: prepared statements by their function
prepare p as select 1;
select statement || (select email from app.customers where id = 1) from pg_prepared_statement();
--;
-- name: cursors
declare c cursor for select 1;
select statement || (select email from app.customers where id = 1) from pg_cursors;
--;
-- name: settings
select set_config('a.b', app.reveal(1), false);
select current_setting('a.b');
--;
-- name: settings by their function
select set_config('search_path', app.reveal(1), false);
select setting from pg_show_all_settings() where name = 'search_path';
--;
-- name: settings view
select set_config('search_path', app.reveal(1), false);
select setting from pg_settings where name = 'search_path';
--;
-- name: view definition with a value
select pg_get_viewdef('app.customer_emails'::regclass) || (select email from app.customers where id = 1);
--;
-- name: column default with a value
-- setup: alter table app.notes alter column note set default 'x'
-- cleanup: alter table app.notes alter column note drop default
select column_default || (select email from app.customers where id = 1) from information_schema.columns where table_name = 'notes' and column_name = 'note';
--;
-- name: pg_class with a value
select relname || (select email from app.customers where id = 1) from pg_class limit 1;
--;
-- name: catalogue joined to values
select c.email || n.nspname from pg_namespace n, app.customers c limit 3;
--;
-- name: catalogue column names for values
select relname from (select email as relname from app.customers) pg_class;
--;
-- name: catalogue alias
select pg_class.email from app.customers pg_class;
--;
-- name: comments
select obj_description('app.customers'::regclass, 'pg_class'), (select email from app.customers where id = 1);
--;
-- name: locks
select pg_try_advisory_lock(replace(ssn, '-', '')::bigint) from app.customers where id = 1;
select l::text from pg_locks l where locktype = 'advisory';
--;
-- name: lock status by its function
select pg_try_advisory_lock(replace(ssn, '-', '')::bigint) from app.customers where id = 1;
select objid from pg_lock_status() where locktype = 'advisory';
--;
-- name: sequences
select setval('app.counter', replace(ssn, '-', '')::bigint) from app.customers where id = 1;
select s.last_value from app.counter s;
--;
-- name: sequence data by its function
select setval('app.counter', replace(ssn, '-', '')::bigint) from app.customers where id = 1;
select pg_sequence_last_value('app.counter'::regclass);
--;
-- name: large object data
select lo_from_bytea(454545, email::bytea) from app.customers where id = 1;
select convert_from(lo_get(454545), 'UTF8');
--;
-- name: information schema with a value
select table_name || (select email from app.customers where id = 1) from information_schema.tables limit 1;
--;
-- name: whole row of a catalogue with a value
select c, (select email from app.customers where id = 1) from pg_class c limit 1;
--;
-- name: has_table_privilege with a value
select has_table_privilege('app.customers', 'select'), email || '' from app.customers;
--;
-- name: pg_typeof beside a value
select pg_typeof(email), email || '' from app.customers;
--;
-- name: object by address
select * from pg_identify_object('pg_class'::regclass, 'app.customers'::regclass, 0), lateral (select email || '' from app.customers) x;
--;
