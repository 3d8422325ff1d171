-- name: explain
-- token: select email from app.customers where id = 1
explain select id from app.customers where email = '{token}';
--;
-- name: explain as json
-- token: select card from app.customers where id = 1
explain (format json) select id from app.customers where card = '{token}';
--;
-- name: explain of a list
-- token: select card from app.customers where id = 1
explain select id from app.customers where card in ('{token}', 'x');
--;
-- name: explain of an insert
-- token: select email from app.customers where id = 1
explain verbose insert into app.customers (id, name, email) values (9, 'x', '{token}');
--;
-- name: explain of a prepared statement
-- token: select email from app.customers where id = 1
prepare p as select id from app.customers where email = '{token}';
explain execute p;
--;
-- name: explain of a cursor
-- token: select email from app.customers where id = 1
explain declare c cursor for select id from app.customers where email = '{token}';
--;
-- name: current_query
-- token: select email from app.customers where id = 1
select id, current_query() from app.customers where email = '{token}';
--;
-- name: current_query, computed
-- token: select email from app.customers where id = 1
select reverse(current_query()) from app.customers where email = '{token}';
--;
-- name: current_query over another table
-- token: select email from app.customers where id = 1
select current_query() from app.notes where id = 1 and exists (select from app.customers where email = '{token}');
--;
-- name: current_query of a text of several
-- token: select email from app.customers where id = 1
-- at once:
select current_query(); select id from app.customers where email = '{token}';
--;
-- name: current_query stored
-- token: select email from app.customers where id = 1
insert into app.notes (id, note) select 1001, current_query() from app.customers where email = '{token}';
select note from app.notes where id = 1001;
--;
-- name: view definition
-- token: select email from app.customers where id = 1
create temp view v as select id from app.customers where email = '{token}';
select pg_get_viewdef('v'::regclass);
--;
-- name: view definition in the catalogue
-- token: select email from app.customers where id = 1
create view app.made as select id from app.orders where exists (select 1 from app.customers where email = '{token}');
select definition from pg_views where viewname = 'made';
--;
-- name: materialized view definition
-- token: select email from app.customers where id = 1
create materialized view app.made as select id from app.customers where email = '{token}';
select definition from pg_matviews where matviewname = 'made';
--;
-- name: statement of a prepared one
-- token: select email from app.customers where id = 1
prepare p as select id from app.customers where email = '{token}';
select statement, p from pg_prepared_statements p;
--;
-- name: statement of a cursor
-- token: select email from app.customers where id = 1
declare c cursor for select id from app.customers where email = '{token}';
select statement, c from pg_cursors c;
--;
-- name: statement of the activity
-- token: select email from app.customers where id = 1
select a.query from app.customers c, pg_stat_activity a where c.email = '{token}' and a.pid = pg_backend_pid();
--;
-- name: written elsewhere too
-- token: select email from app.customers where id = 1
update app.customers set email = '{token}', name = '{token}' where id = 2 returning name;
--;
-- name: written from a row
-- token: select email from app.customers where id = 1
update app.customers set (name, email) = ('{token}', '{token}') where id = 2 returning name;
--;
-- name: written from values
-- token: select email from app.customers where id = 1
insert into app.customers (id, email, name) select 77, x, x from (values ('{token}')) v(x) returning name;
--;
-- name: written by a merge
-- token: select email from app.customers where id = 1
merge into app.customers c using (values ('{token}')) v(x) on c.id = 1 when matched then update set email = v.x, name = v.x;
select name from app.customers where id = 1;
--;
-- name: compared and shown
-- token: select email from app.customers where id = 1
select x from (select '{token}'::varchar as x) s join app.customers on email = x union all select '{token}';
--;
-- name: index definition
-- token: select email from app.customers where id = 1
create index made on app.customers (id) where email = '{token}';
select indexdef from pg_indexes where indexname = 'made';
--;
-- name: statistics definition
-- token: select email from app.customers where id = 1
create statistics app.made on (email = '{token}'), id from app.customers;
select pg_get_statisticsobjdef(oid) from pg_statistic_ext;
--;
-- name: comment
-- token: select email from app.customers where id = 1
comment on column app.customers.email is '{token}';
select col_description('app.customers'::regclass, 3);
--;
-- name: default of a clean table
-- token: select email from app.customers where id = 1
create table app.made (id int, x text default '{token}');
select column_default from information_schema.columns where table_name = 'made';
--;
-- name: parser's messages
-- token: select email from app.customers where id = 1
set client_min_messages = log;
set debug_print_parse = on;
select id from app.customers where email = '{token}' or upper(email) = '{token}' or name = '{token}';
select '{token}';
--;
-- name: error's context of parameters
-- token: select email from app.customers where id = 1
set log_parameter_max_length_on_error = -1;
select ('{token}')::int from app.customers where email = '{token}';
--;
-- name: compared in a case that shows it
-- token: select email from app.customers where id = 1
select case email when '{token}' then '{token}' else '' end from app.customers;
--;
-- name: prefix tried with a token
-- token: select email from app.customers where id = 1
select id, '{token}' from app.customers where email like '{token}%' or email >= '{token}';
--;
