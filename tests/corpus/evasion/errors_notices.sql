-- name: cast to integer
select email::int from app.customers;
--;
-- name: cast to numeric
select email::numeric from app.customers;
--;
-- name: cast to boolean
select email::bool from app.customers;
--;
-- name: cast to date
select email::date from app.customers;
--;
-- name: cast to timestamp
select cast(email as timestamptz) from app.customers;
--;
-- name: cast to interval
select email::interval from app.customers;
--;
-- name: cast to uuid
select email::uuid from app.customers;
--;
-- name: cast to json
select email::json from app.customers;
--;
-- name: cast to jsonb
select email::jsonb from app.customers;
--;
-- name: cast to an enumeration
select email::app.mood from app.customers;
--;
-- name: cast to inet
select email::inet from app.customers;
--;
-- name: cast to macaddr
select email::macaddr from app.customers;
--;
-- name: cast to point
select email::point from app.customers;
--;
-- name: cast to a range
select email::int4range from app.customers;
--;
-- name: cast to an array
select email::int[] from app.customers;
--;
-- name: cast to a composite
select email::app.pair from app.customers;
--;
-- name: cast to any procedure
select email::regproc from app.customers;
--;
-- name: cast to a type
select email::regtype from app.customers;
--;
-- name: cast to a table
select email::regclass from app.customers;
--;
-- name: cast to a procedure
select split_part(email, '@', 1)::regproc from app.customers;
--;
-- name: cast to a schema
select replace(split_part(email, '@', 1), '.', '')::regnamespace from app.customers;
--;
-- name: cast to a text search configuration
select replace(split_part(email, '@', 1), '.', '')::regconfig from app.customers;
--;
-- name: cast to a query
select (email || ' (')::tsquery from app.customers;
--;
-- name: cast to a domain
select email::app.digits from app.customers;
--;
-- name: cast to xml
select ('<' || split_part(email, '@', 1))::xml from app.customers;
--;
-- name: cast to a log position
select email::pg_lsn from app.customers;
--;
-- name: cast in a where clause
select 1 from app.customers where email::int = 1;
--;
-- name: cast in an order by
select 1 from app.customers order by email::int;
--;
-- name: cast in a group by
select 1 from app.customers group by email::int;
--;
-- name: cast in a having clause
select 1 from app.customers having max(email)::int > 0;
--;
-- name: cast in a join condition
select 1 from app.notes n join app.customers c on n.id = c.email::int;
--;
-- name: cast in a limit
select 1 limit (select email from app.customers where id = 1)::text::int;
--;
-- name: cast in a filter
select count(*) filter (where email::int > 1) from app.customers;
--;
-- name: cast in a window
select rank() over (order by email::int) from app.customers;
--;
-- name: cast in a case
select case when email::int = 1 then 1 end from app.customers;
--;
-- name: cast in a subselect
select (select email::int from app.customers where id = 1);
--;
-- name: cast in a values list
values ((select email from app.customers where id = 1)::text::int);
--;
-- name: cast in an update's filter
update app.notes set note = note where number = (select email::int from app.customers where id = 1);
--;
-- name: cast in a delete's filter
delete from app.notes where number = (select email::int from app.customers where id = 1);
--;
-- name: cast in an update
update app.customers set balance = email::numeric where id = 1;
--;
-- name: cast in an insert
insert into app.notes (id) select email::int from app.customers;
--;
-- name: cast in a returning clause
update app.customers set name = name where id = 1 returning email::int;
--;
-- name: cast in a cursor
declare c cursor for select email::int from app.customers;
fetch c;
--;
-- name: cast in a prepared statement
prepare p as select email::int from app.customers;
execute p;
--;
-- name: cast in explain analyze
explain analyze select email::int from app.customers;
--;
-- name: cast in a temporary table
create temp table t as select email::int as x from app.customers;
--;
-- name: cast in copy
copy (select email::int from app.customers) to stdout;
--;
-- name: cast in a merge condition
merge into app.notes n using app.customers c on n.id = c.email::int when matched then delete;
--;
-- name: cast in a conflict's filter
insert into app.notes (id) values (1) on conflict (id) do update set note = 'x' where (select email::int from app.customers where id = 1) = 1;
--;
-- name: cast of a view's column
select mail::int from app.customer_emails;
--;
-- name: cast of an expression
select ('x' || email)::int from app.customers;
--;
-- name: cast by a function
select int4in(email::text::cstring) from app.customers;
--;
-- name: cast by to_date
select to_date(split_part(email, '.', 2) || '', 'Month') || split_part(email, '@', 1)::date::text from app.customers;
--;
-- name: cast by numeric_in
select numeric_in(email::text::cstring, 0, -1) from app.customers;
--;
-- name: cast by to_timestamp
select to_timestamp(email, 'Month') from app.customers;
--;
-- name: cast by date_trunc
select date_trunc(split_part(email, '@', 1), now()) from app.customers;
--;
-- name: cast by extract's cousin
select date_part(split_part(email, '@', 1), now()) from app.customers;
--;
-- name: time zone
select now() at time zone email from app.customers;
--;
-- name: make_timestamptz
select make_timestamptz(2000, 1, 1, 1, 1, 1, email) from app.customers;
--;
-- name: current_setting
select current_setting(split_part(email, '@', 1)) from app.customers;
--;
-- name: set_config of an unknown setting
select set_config(replace(split_part(email, '@', 1), '.', ''), 'x', false) from app.customers;
--;
-- name: nextval of the value
select nextval(email) from app.customers;
--;
-- name: has_table_privilege
select has_table_privilege(email, 'select') from app.customers;
--;
-- name: has_column_privilege
select has_column_privilege('app.customers', email, 'select') from app.customers;
--;
-- name: has_schema_privilege
select has_schema_privilege(split_part(email, '@', 1), 'usage') from app.customers;
--;
-- name: pg_has_role
select pg_has_role(split_part(email, '@', 1), 'usage') from app.customers;
--;
-- name: pg_relation_size
select pg_relation_size(email::regclass) from app.customers;
--;
-- name: pg_size_bytes
select pg_size_bytes(email) from app.customers;
--;
-- name: encode format
select encode('x', split_part(email, '@', 1)) from app.customers;
--;
-- name: convert encoding name
select convert_to('x', split_part(email, '@', 1)) from app.customers;
--;
-- name: regular expression flags
select regexp_matches('x', 'x', (email::int)::text) from app.customers;
--;
-- name: json path error
select jsonb_path_query('{}', ('strict $."' || email || '"')::jsonpath) from app.customers;
--;
-- name: json subscript error
select jsonb_set('[1]', array[email::text], '1') from app.customers;
--;
-- name: json duplicate key
select jsonb_populate_record(null::app.notes, jsonb_build_object('id', email)) from app.customers;
--;
-- name: json to recordset
select * from app.customers c, jsonb_to_record(jsonb_build_object('a', c.email)) as r(a int);
--;
-- name: xmltable column error
select x.v from app.customers c, xmltable('/e' passing xmlelement(name e, c.email) columns v int path '.') x;
--;
-- name: parse_ident error
select parse_ident(email) from app.customers;
--;
-- name: unit of a sleep
select pg_sleep_for(email::interval) from app.customers;
--;
-- name: unique violation
create temp table t (x text unique);
insert into t values ('x');
insert into t select card from app.customers;
--;
-- name: unique index over equal values
update app.customers set name = name, card = card where id in (1, 2);
create unique index on app.customers (card);
--;
-- name: unique index over an expression
create unique index on app.customers (length(card), card);
--;
-- name: unique constraint
alter table app.customers add constraint one_card unique (card);
--;
-- name: exclusion constraint
alter table app.customers add exclude using btree (card with =);
--;
-- name: index of a cast
create index on app.customers ((email::numeric));
--;
-- name: index of a cast, concurrently
-- commits:
-- cleanup: drop index if exists app.bad
create index concurrently bad on app.customers ((card::int));
--;
-- name: check constraint
alter table app.customers add check (email::numeric > 0);
--;
-- name: check constraint on the row
update app.customers set name = null where id = 1;
--;
-- name: check constraint on the row, by conflict
insert into app.customers (id, name, email) values (1, 'x', 'y') on conflict (id) do update set name = null;
--;
-- name: check constraint on the row, by merge
merge into app.customers n using (values (1)) v(k) on n.id = v.k when matched then update set name = null;
--;
-- name: not null with a subselect
insert into app.customers (id, name, email) select 9, null, email from app.customers where id = 1;
--;
-- name: duplicate key from a subselect
create temp table t (x text primary key);
insert into t select card from app.customers;
--;
-- name: foreign key
create temp table a (x text primary key);
create temp table b (x text references a);
insert into b select email from app.customers;
--;
-- name: foreign key, deferred
create temp table a (x text primary key);
create temp table b (x text references a deferrable initially deferred);
insert into b select email from app.customers;
set constraints all immediate;
--;
-- name: partition that does not exist
create temp table p (x text) partition by list (x);
insert into p select email from app.customers;
--;
-- name: partition constraint, directly
update app.events_2025 set at = '1999-01-01' where id = 1;
--;
-- name: view's check option
create temp view v as select id, note from app.notes where note = 'x' with check option;
insert into v select 1001, email from app.customers where id = 1;
--;
-- name: domain check by insertion
create temp table t (x app.digits);
insert into t select email from app.customers;
--;
-- name: column too narrow
create temp table t (x varchar(3), y int);
insert into t (y) select email::int from app.customers;
--;
-- name: alter a column's type
alter table app.people alter column ssn type int using ssn::int;
--;
-- name: alter a column's type, of a view's table
alter table app.events alter column who type int using who::int;
--;
-- name: function that raises
select app.complain(1);
--;
-- name: function that raises a notice
select app.whisper(1);
--;
-- name: function that raises names
select app.name_names(1);
--;
-- name: function that raises a state
-- shows: QZVXK
select app.state(1);
--;
-- name: function that raises in a where clause
select 1 from app.notes where app.complain(id) = 1;
--;
-- name: function that notices in a where clause
select 1 from app.notes where id = 1 and app.whisper(id) = 1;
--;
-- name: function that raises in a default
create temp table t (a int, b int default app.complain(1));
insert into t (a) values (1);
--;
-- name: function that runs a text with an error
select app.run('select email::int from app.customers where id = 1');
--;
-- name: context of a function's error
select app.run('select 1/0 as "' || email || '"') from app.customers where id = 1;
--;
-- name: block that raises
do $$ begin raise exception '%', (select email from app.customers where id = 1); end $$;
--;
-- name: block that notices
do $$ begin raise notice '%', (select email from app.customers where id = 1); end $$;
--;
-- name: block that logs
set client_min_messages = log;
do $$ begin raise log '%', (select email from app.customers where id = 1); end $$;
--;
-- name: block that debugs
set client_min_messages = debug1;
do $$ begin raise debug '%', (select email from app.customers where id = 1); end $$;
--;
-- name: block that informs
do $$ begin raise info '%', (select email from app.customers where id = 1); end $$;
--;
-- name: block that warns
do $$ begin raise warning using message = (select email from app.customers where id = 1); end $$;
--;
-- name: block that asserts
do $$ begin assert false, (select email from app.customers where id = 1); end $$;
--;
-- name: block with an uncaught cast
do $$ declare n int; begin select email into n from app.customers where id = 1; end $$;
--;
-- name: notice of an xml statement
select xmlparse(document email) from app.customers;
--;
-- name: lossy conversion
select convert(email::bytea, 'UTF8', split_part(email, '.', 1)) from app.customers;
--;
-- name: sequence option error
select setval(split_part(email, '@', 1), 1) from app.customers;
--;
-- name: text search dictionary
select ts_lexize(replace(split_part(email, '@', 1), '.', '')::regdictionary, 'x') from app.customers;
--;
-- name: isbn error
select email::isbn from app.customers;
--;
-- name: lateral error of numbers
select generate_series(1, email::int) from app.customers;
--;
-- name: error within a recursive query
with recursive r(n) as (select 1 union all select email::int from app.customers, r) select n from r;
--;
-- name: statement twice, first clean
select 'x'::text;
select ssn::int from app.customers;
--;
-- name: a guess that a prepared statement raises
-- setup: create function app.guess() returns integer language plpgsql volatile as $$ begin raise exception 'prepared statement "%" does not exist', (select email from app.customers where id = 1); end $$
-- cleanup: drop function app.guess()
prepare "qzvxk.jwpyf@example.org" as select app.guess();
execute "qzvxk.jwpyf@example.org";
--;
