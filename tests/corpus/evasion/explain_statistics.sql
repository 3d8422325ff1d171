-- name: statistics view
-- setup: analyze app.customers
select most_common_vals::text, histogram_bounds::text from pg_stats where tablename = 'customers';
--;
-- name: statistics view, qualified
-- setup: analyze app.customers
select s.histogram_bounds from pg_catalog.pg_stats s where s.tablename = 'customers' and attname = 'email';
--;
-- name: statistics view as text
-- setup: analyze app.customers
select s::text from pg_stats s where tablename = 'customers';
--;
-- name: statistics view as json
-- setup: analyze app.customers
select to_jsonb(s) from pg_stats s where tablename = 'customers';
--;
-- name: statistics view star
-- setup: analyze app.customers
select * from pg_stats where tablename = 'customers';
--;
-- name: statistics view unnested
-- setup: analyze app.customers
select unnest(histogram_bounds::text::text[]) from pg_stats where tablename = 'customers' and attname = 'email';
--;
-- name: statistics view in a subselect
-- setup: analyze app.customers
select x || '' from (select histogram_bounds::text as x from pg_stats where tablename = 'customers') s;
--;
-- name: statistics view in copy
-- setup: analyze app.customers
copy (select * from pg_stats where tablename = 'customers') to stdout;
--;
-- name: statistics view in a temporary table
-- setup: analyze app.customers
create temp table t as select histogram_bounds::text as x from pg_stats where tablename = 'customers';
select x from t;
--;
-- name: statistics view in a cast
-- setup: analyze app.customers
select histogram_bounds::text::int from pg_stats where tablename = 'customers' and attname = 'email';
--;
-- name: statistics by an alias
-- setup: analyze app.customers
select q from pg_stats as t(a, b, c, d, e, f, g, h, i, q) where b = 'customers';
--;
-- name: statistics of a view of it
-- setup: analyze app.customers
create temp view v as select histogram_bounds::text as x from pg_stats where tablename = 'customers';
select x from v;
--;
-- name: statistics of a partition
-- setup: insert into app.events values (91, '2025-02-02', 'xqjzv.fkwyh@example.org'); analyze app.events
-- cleanup: delete from app.events where id = 91
select most_common_vals::text from pg_stats where tablename = 'events_2025';
select most_common_vals::text from pg_stats where tablename = 'events';
--;
-- name: statistics of an index
-- setup: create index lowered on app.customers (lower(email)); analyze app.customers
-- cleanup: drop index app.lowered
select histogram_bounds from pg_stats where tablename = 'lowered';
--;
-- name: extended statistics
-- setup: create statistics app.both (mcv) on card, phone from app.customers; analyze app.customers
-- cleanup: drop statistics app.both
select most_common_vals from pg_stats_ext where statistics_name = 'both';
--;
-- name: extended statistics as a row
-- setup: create statistics app.both (mcv) on card, phone from app.customers; analyze app.customers
-- cleanup: drop statistics app.both
select e from pg_stats_ext e where statistics_name = 'both';
--;
-- name: extended statistics of expressions
-- setup: create statistics app.shouted on (upper(email)) from app.customers; analyze app.customers
-- cleanup: drop statistics app.shouted
select histogram_bounds from pg_stats_ext_exprs where statistics_name = 'shouted';
--;
-- name: extended statistics made by the client
-- commits:
-- cleanup: drop statistics if exists app.mine
create statistics app.mine on (upper(email)) from app.customers;
analyze app.customers;
select histogram_bounds from pg_stats_ext_exprs where statistics_name = 'mine';
--;
-- name: index made by the client
-- commits:
-- cleanup: drop index if exists app.mine
create index mine on app.customers (reverse(email));
analyze app.customers;
select histogram_bounds from pg_stats where tablename = 'mine';
--;
-- name: index made by the client, whole row of statistics
-- commits:
-- cleanup: drop index if exists app.mine
create index mine on app.customers (reverse(email));
analyze app.customers;
select s from pg_stats s where tablename = 'mine';
--;
-- name: statistics of the vault
-- setup: insert into app.vault (id, emails) select n, array(select email from app.customers) from generate_series(1, 5) n; analyze app.vault
-- cleanup: delete from app.vault
select most_common_elems from pg_stats where tablename = 'vault';
select most_common_vals from pg_stats where tablename = 'vault' and attname = 'emails';
--;
-- name: explain that runs a function
explain analyze select app.whisper(1);
--;
-- name: explain that fails
explain analyze select email::int from app.customers;
--;
-- name: explain of an immutable function
explain verbose select app.fixed();
--;
-- name: explain of an immutable function in a filter
explain select * from app.notes where note = app.fixed();
--;
-- name: explain as json of an immutable function
explain (format json, verbose) select app.fixed() || 'x';
--;
-- name: explain as xml of an immutable function
explain (format xml, verbose) select app.fixed();
--;
-- name: explain as yaml of an immutable function
explain (format yaml, verbose) select app.fixed();
--;
-- name: explain of a cursor with an immutable function
explain verbose declare c cursor for select app.fixed();
--;
-- name: explain of a prepared statement
prepare p as select app.fixed();
explain verbose execute p;
--;
-- name: explain of a prepared statement with an argument
prepare p(text) as select $1;
explain verbose execute p(app.reveal(1));
--;
-- name: explain of an immutable cast of a constant made by a function
explain verbose select * from app.notes where id = length(app.fixed()) and note = upper(app.fixed());
--;
-- name: explain of a materialised subselect
explain (analyze, verbose) select app.fixed(), (select email from app.customers where id = 1);
--;
-- name: explain of create table as
explain (analyze, verbose) create table app.made as select app.fixed() as x;
--;
-- name: explain of a limit
explain verbose select 1 from app.notes order by app.fixed() || note limit 1;
--;
-- name: settings of a plan
explain (settings, verbose) select app.fixed();
--;
-- name: planner messages
set client_min_messages = log;
set debug_print_plan = on;
select 1 from app.notes where note = app.fixed();
--;
-- name: rewriter messages
set client_min_messages = log;
set debug_print_rewritten = on;
select app.whisper(1);
--;
-- name: planner messages of a masked value
set client_min_messages = log;
set debug_print_plan = on;
set debug_pretty_print = off;
select app.fixed();
--;
