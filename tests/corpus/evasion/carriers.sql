-- name: setting
select set_config('x.y', email, false) from app.customers where id = 1;
select current_setting('x.y');
--;
-- name: setting shown
select set_config('x.y', email, false) from app.customers where id = 1;
show x.y;
--;
-- name: local setting
select set_config('x.y', email, true) from app.customers where id = 1;
show x.y;
--;
-- name: setting in all settings
select set_config('x.y', email, false) from app.customers where id = 1;
show all;
--;
-- name: setting in pg_settings
select set_config('x.y', email, false) from app.customers where id = 1;
select setting from pg_settings where name = 'x.y';
select current_setting('x.y');
--;
-- name: several settings at once
select set_config('x.y' || id, email, false) from app.customers;
show x.y1;
--;
-- name: setting in a where clause
select 1 from app.customers where set_config('x.y', email, false) <> '';
show x.y;
--;
-- name: setting in an order by
select 1 from app.customers order by set_config('x.y', email, false);
show x.y;
--;
-- name: setting in a join condition
select count(*) from app.notes n join app.customers c on set_config('x.y', c.email, false) = n.note;
show x.y;
--;
-- name: setting in a having clause
select 1 from app.customers group by id having set_config('x.y', max(email), false) <> '';
show x.y;
--;
-- name: setting in a filter
select count(*) filter (where set_config('x.y', email, false) <> '') from app.customers;
show x.y;
--;
-- name: setting in a limit
select 1 limit length(set_config('x.y', (select email from app.customers where id = 1), false));
show x.y;
--;
-- name: setting in a window frame
select count(*) over (rows length(set_config('x.y', (select email from app.customers where id = 1), false)) preceding) from app.notes limit 1;
show x.y;
--;
-- name: setting in a group by
select 1 from app.customers group by set_config('x.y', email, false);
show x.y;
--;
-- name: setting in an update's filter
update app.notes set note = note where id = -1 or set_config('x.y', (select email from app.customers where id = 1), false) = '';
show x.y;
--;
-- name: setting in a conflict's filter
insert into app.notes (id) values (1) on conflict (id) do update set note = 'x' where set_config('x.y', (select email from app.customers where id = 1), false) = '';
show x.y;
--;
-- name: setting in a merge condition
merge into app.notes n using app.customers c on n.id = c.id and set_config('x.y', c.email, false) = '' when matched then delete;
show x.y;
--;
-- name: setting in a case
select case when set_config('x.y', (select email from app.customers where id = 1), false) is null then 1 end;
show x.y;
--;
-- name: setting by an update of pg_settings
update pg_settings set setting = (select email from app.customers where id = 1) where name = 'application_name';
show application_name;
--;
-- name: application_name
select set_config('application_name', email, false) from app.customers where id = 1;
select application_name from pg_stat_activity where pid = pg_backend_pid();
--;
-- name: application_name in a parameter status
select set_config('application_name', email, false) from app.customers where id = 1;
--;
-- name: search_path as a carrier
select set_config('search_path', split_part(email, '@', 1), false) from app.customers where id = 1;
show search_path;
--;
-- name: time zone as a carrier
select set_config('timezone', 'q' || split_part(email, '.', 1) || '1', false) from app.customers where id = 1;
show timezone;
select set_config('x.y', email, false) from app.customers where id = 1;
--;
-- name: search_path shown by current_schemas
select set_config('search_path', 'app, ' || split_part(email, '@', 1), false) from app.customers where id = 1;
select current_setting('search_path');
--;
-- name: set_config by another schema's spelling
select pg_catalog.set_config('x.y', email, false) from app.customers where id = 1;
show x.y;
--;
-- name: set_config by row notation
select set_config(n, v, false) from (select 'x.y', email from app.customers where id = 1) s(n, v);
show x.y;
--;
-- name: set_config in from
select 1 from app.customers c, lateral set_config('x.y', c.email, false) s where c.id = 1;
show x.y;
--;
-- name: set_config in values
values (set_config('x.y', (select email from app.customers where id = 1), false));
show x.y;
--;
-- name: set_config in a returning clause
update app.customers set name = name where id = 1 returning set_config('x.y', email, false);
show x.y;
--;
-- name: set_config in a cursor
declare c cursor for select set_config('x.y', email, false) from app.customers where id = 1;
fetch c;
show x.y;
--;
-- name: set_config in explain analyze
explain analyze select set_config('x.y', email, false) from app.customers where id = 1;
show x.y;
--;
-- name: set_config in a prepared statement
prepare p as select set_config('x.y', email, false) from app.customers where id = 1;
execute p;
show x.y;
--;
-- name: set_config in copy
copy (select set_config('x.y', email, false) from app.customers where id = 1) to stdout;
show x.y;
--;
-- name: set_config in a default
create temp table d (a int, b text default set_config('x.y', app.reveal(1), false));
insert into d (a) values (1);
show x.y;
--;
-- name: set_config in a check
create temp table d (a text check (set_config('x.y', a, false) is not null));
insert into d select email from app.customers where id = 1;
show x.y;
--;
-- name: set_config in an index
create temp table d (a text);
insert into d select email from app.customers;
select set_config('x.y', a, false) from d;
show x.y;
--;
-- name: notification
-- commits:
listen l;
select pg_notify('l', email) from app.customers where id = 1;
select 1;
--;
-- name: notification by channel
-- commits:
listen "qzvxk.jwpyf@example.org";
select pg_notify(email, 'found') from app.customers;
select 1;
--;
-- name: notification in a where clause
-- commits:
listen l;
select 1 from app.customers where pg_notify('l', email) is not null;
select 1;
--;
-- name: notification of json
-- commits:
listen l;
select pg_notify('l', row_to_json(c)::text) from app.customers c;
select 1;
--;
-- name: advisory lock
-- shows: 907351846
select pg_advisory_lock(replace(ssn, '-', '')::bigint) from app.customers where id = 1;
select objid from pg_locks where locktype = 'advisory';
--;
-- name: advisory lock of a transaction
select pg_advisory_xact_lock(replace(ssn, '-', '')::bigint) from app.customers where id = 1;
select objid from pg_locks where locktype = 'advisory';
--;
-- name: advisory lock that is tried
select pg_try_advisory_lock(replace(ssn, '-', '')::bigint) from app.customers where id = 1;
select objid from pg_locks where locktype = 'advisory';
--;
-- name: advisory lock of two parts
-- shows: 113
select pg_advisory_lock_shared(ascii(email), 1) from app.customers where id = 1;
select classid from pg_locks where locktype = 'advisory';
--;
-- name: advisory lock in a where clause
select 1 from app.customers where id = 1 and pg_try_advisory_lock(replace(ssn, '-', '')::bigint);
select objid from pg_locks where locktype = 'advisory';
--;
-- name: warning of an advisory unlock
select pg_try_advisory_lock(replace(ssn, '-', '')::bigint), pg_advisory_unlock(1) from app.customers where id = 1;
select objid::text from pg_locks where locktype = 'advisory';
--;
-- name: sequence
select setval('app.counter', replace(ssn, '-', '')::bigint) from app.customers where id = 1;
select last_value from app.counter;
--;
-- name: sequence by currval
select setval('app.counter', replace(ssn, '-', '')::bigint) from app.customers where id = 1;
select currval('app.counter');
--;
-- name: sequence by pg_sequences
select setval('app.counter', replace(ssn, '-', '')::bigint) from app.customers where id = 1;
select last_value from pg_sequences where sequencename = 'counter';
--;
-- name: sequence by nextval
select setval('app.counter', replace(ssn, '-', '')::bigint, false) from app.customers where id = 1;
select nextval('app.counter');
--;
-- name: sequence by identity column
create temp table t (n bigint generated always as identity, m int);
select setval(pg_get_serial_sequence('t', 'n'), replace(ssn, '-', '')::bigint, false) from app.customers where id = 1;
insert into t (m) values (1) returning n;
--;
-- name: large object
select lo_from_bytea(434343, email::bytea) from app.customers where id = 1;
select lo_get(434343);
--;
-- name: large object, a piece
select lo_create(434343);
select lo_put(434343, 0, email::bytea) from app.customers where id = 1;
select convert_from(lo_get(434343, 0, 9), 'UTF8');
--;
-- name: large object by descriptor
select lo_create(434343);
select lowrite(lo_open(434343, 131072), email::bytea) from app.customers where id = 1;
select loread(lo_open(434343, 262144), 100);
--;
-- name: large object whose number is the value
select lo_create((replace(ssn, '-', '')::bigint)::oid) from app.customers where id = 1;
select oid from pg_largeobject_metadata;
--;
-- name: random seed
select setseed(replace(ssn, '-', '')::float8 / 1e9) from app.customers where id = 1;
select upper(ssn) from app.customers where id = 1;
--;
-- name: exported snapshot beside a value
select pg_export_snapshot(), lower(email) from app.customers where id = 1;
--;
-- name: logical message
select pg_logical_emit_message(true, 'p', email), email || '' from app.customers where id = 1;
--;
-- name: sleeping for the value
select pg_sleep(ascii(email) / 1e6), ascii(email) || '' || lower(email) from app.customers where id = 1;
--;
-- name: cancel by the value
select pg_cancel_backend(replace(ssn, '-', '')::int) from app.customers where id = 1;
--;
-- name: terminate by the value
select pg_terminate_backend(replace(ssn, '-', '')::int) from app.customers where id = 1;
--;
-- name: temporary table's name by format
select format('create temp table %I ()', email) from app.customers where id = 1;
--;
-- name: role setting by function
select app.keep(email) from app.customers where id = 1;
show kept.value;
--;
-- name: similarity limit
select set_limit(0.5), show_limit(), unaccent(email) from app.customers where id = 1;
--;
-- name: setting of what a function returns
select set_config('x.y', app.reveal(1), false);
show x.y;
--;
-- name: setting of what a function returns, in a filter
select 1 where set_config('x.y', app.reveal(1), false) <> '';
show x.y;
--;
-- name: setting of what a function in from returns
select set_config('x.y', email, false) from app.rows() where id = 1;
show x.y;
--;
-- name: setting of what an operator returns
select set_config('x.y', 1 operator(app.===) 1, false);
show x.y;
--;
-- name: setting of what a query function returns
select set_config('x.y', query_to_xml('select email from app.customers', true, false, '')::text, false);
show x.y;
--;
-- name: sequence of what a function returns
select setval('app.counter', replace(app.reveal(1), '-', '')::bigint);
select last_value from app.counter;
--;
-- name: advisory lock of what a function returns
select pg_advisory_lock(replace(app.reveal(1), '-', '')::bigint);
select objid from pg_locks where locktype = 'advisory';
--;
-- name: notification of what a function returns
-- commits:
listen l;
select pg_notify('l', app.reveal(1));
select 1;
--;
-- name: large object of what a function returns
select lo_from_bytea(464646, app.reveal(1)::bytea);
select convert_from(lo_get(464646), 'UTF8');
--;
-- name: large object's number of what a function returns
select lo_create(replace(app.reveal(1), '-', '')::bigint::oid);
select oid from pg_largeobject_metadata;
--;
-- name: random seed by what a function returns
-- shows: 907351846
select setseed(replace(app.reveal(1), '-', '')::float8 / 1e9), app.reveal(1);
--;
-- name: logical message of what a function returns
select pg_logical_emit_message(true, app.reveal(1), app.reveal(1)), app.reveal(1);
--;
-- name: setting from a setting
select app.keep(app.reveal(1));
select current_setting('kept.value');
--;
-- name: setting from a function that reads by itself
select set_config('x.y', app.run('select email from app.customers where id = 1'), false);
show x.y;
--;
-- name: setting from a server's function that reads
select set_config('x.y', table_to_xml('app.customers', true, false, '')::text, false);
show x.y;
--;
-- name: setting from statistics
-- setup: analyze app.customers
select set_config('x.y', histogram_bounds::text, false) from pg_stats where tablename = 'customers' and attname = 'email';
show x.y;
--;
-- name: setting from a view of a function
select set_config('x.y', secret, false) from app.revealed where id = 3;
show x.y;
--;
