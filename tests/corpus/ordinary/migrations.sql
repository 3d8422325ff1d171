-- name: flyway history table
create table shop.flyway_schema_history (installed_rank int not null, version varchar(50), description varchar(200) not null, type varchar(20) not null, script varchar(1000) not null, checksum int, installed_by varchar(100) not null, installed_on timestamp not null default now(), execution_time int not null, success boolean not null, constraint flyway_schema_history_pk primary key (installed_rank));
create index flyway_schema_history_s_idx on shop.flyway_schema_history (success);
insert into shop.flyway_schema_history (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) values (1, '1', 'first', 'SQL', 'V1.sql', 1, current_user, 5, true);
select installed_rank, version, description, type, script, checksum, installed_by, execution_time, success from shop.flyway_schema_history where installed_rank > 0 order by installed_rank;
--;
-- name: flyway checks
select current_user;
select exists (select 1 from pg_namespace where nspname = 'shop');
select exists (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'shop');
select exists (select 1 from information_schema.tables where table_schema = 'shop' and table_name = 'flyway_schema_history');
select pg_try_advisory_xact_lock(77431708279161);
set role none;
--;
-- name: liquibase tables
create table shop.databasechangeloglock (id integer not null, locked boolean not null, lockgranted timestamp without time zone, lockedby varchar(255), constraint databasechangeloglock_pkey primary key (id));
delete from shop.databasechangeloglock;
insert into shop.databasechangeloglock (id, locked) values (1, false);
select locked from shop.databasechangeloglock where id = 1;
update shop.databasechangeloglock set locked = true, lockedby = 'host', lockgranted = '2026-01-01' where id = 1 and locked = false;
create table shop.databasechangelog (id varchar(255) not null, author varchar(255) not null, filename varchar(255) not null, dateexecuted timestamp without time zone not null, orderexecuted integer not null, exectype varchar(10) not null, md5sum varchar(35));
select max(orderexecuted) from shop.databasechangelog;
--;
-- name: alembic version
create table shop.alembic_version (version_num varchar(32) not null, constraint alembic_version_pkc primary key (version_num));
insert into shop.alembic_version (version_num) values ('ae1027a6acf') returning shop.alembic_version.version_num;
update shop.alembic_version set version_num = 'b' where shop.alembic_version.version_num = 'ae1027a6acf';
delete from shop.alembic_version where shop.alembic_version.version_num = 'b';
--;
-- name: golang-migrate
create table if not exists shop.schema_migrations (version bigint not null primary key, dirty boolean not null);
select pg_advisory_lock(1014225327);
truncate shop.schema_migrations;
insert into shop.schema_migrations (version, dirty) values (1, false);
select version, dirty from shop.schema_migrations limit 1;
select pg_advisory_unlock(1014225327);
--;
-- name: goose
create table shop.goose_db_version (id serial not null, version_id bigint not null, is_applied boolean not null, tstamp timestamp null default now(), primary key (id));
insert into shop.goose_db_version (version_id, is_applied) values (0, true);
select version_id, is_applied from shop.goose_db_version order by id desc;
--;
-- name: dbmate
create table if not exists shop.schema_migrations (version varchar(128) primary key);
insert into shop.schema_migrations (version) values ('20260101000000');
select quote_ident(table_name), quote_ident(column_name) from information_schema.columns where table_schema = 'shop' and table_name = 'schema_migrations';
--;
-- name: create a table with everything
create table shop.everything (id bigint generated always as identity primary key, a text default 'x' not null, b numeric(10, 2) check (b > 0), c timestamptz default now(), d jsonb default '{}', e integer[] default '{}', f uuid default gen_random_uuid(), g text generated always as (lower(a)) stored, unique (a, b));
insert into shop.everything (a, b) values ('X', 1.5);
select id, a, b, d, e, g from shop.everything;
--;
-- name: create if it exists already
create table if not exists shop.products (id int);
create schema if not exists shop;
create index if not exists products_attributes on shop.products (id);
--;
-- name: create an index of each kind
create index on shop.products (price desc nulls last, title text_pattern_ops);
create unique index products_one on shop.products (lower(title), category_id) where price > 0;
create index on shop.products using gin (tags);
create index on shop.products using brin (created_at);
create index on shop.products using hash (title);
create index on shop.products (category_id) include (title);
--;
-- name: create an index concurrently
-- commits:
-- cleanup: drop index if exists shop.products_later
create index concurrently products_later on shop.products (price);
drop index concurrently shop.products_later;
--;
-- name: alter a clean table
alter table shop.products add column weight real;
alter table shop.products add column stock integer not null default 0;
alter table shop.products alter column stock set default 5;
alter table shop.products alter column stock drop not null;
alter table shop.products alter column weight type double precision using weight * 2;
alter table shop.products rename column stock to in_stock;
alter table shop.products add constraint light check (weight < 100) not valid;
alter table shop.products validate constraint light;
alter table shop.products drop constraint light;
alter table shop.products drop column weight;
select id, in_stock from shop.products order by id limit 1;
--;
-- name: rename a clean table
alter table shop.products rename to goods;
--;
-- name: other names for indexes, constraints and sequences
alter index shop.products_lowered rename to products_by_title;
alter index shop.products_pkey rename to products_key;
alter table shop.products rename constraint products_category_id_fkey to of_category;
alter sequence shop.categories_id_seq rename to category_numbers;
insert into shop.categories (name) values ('new') returning id > 0;
--;
-- name: a table with masked columns grows
alter table app.people add column nick varchar(20) not null default 'none', add column seen timestamptz;
alter table app.people alter column ssn type varchar(254), alter column name set not null;
alter table app.employees add constraint one_nick unique (nick, salary);
create index on app.people (nick);
insert into app.employees (name, ssn, salary, nick) values ('new', 'x', 5, 'nicky') returning name, salary;
select name from app.people order by name;
alter table app.employees drop constraint one_nick;
alter table app.people drop column nick;
--;
-- name: an enum is replaced
alter type shop.status rename to old_status;
create type shop.status as enum ('new', 'paid', 'sent', 'lost');
alter table shop.orders alter column status drop default;
alter table shop.orders alter column status type shop.status using status::text::shop.status;
alter table shop.orders alter column status set default 'new';
drop type shop.old_status;
update shop.orders set status = 'lost' where total < 50;
select status, count(*) from shop.orders group by status order by status;
--;
-- name: move a clean table
create schema elsewhere;
alter table shop.orders set schema elsewhere;
--;
-- name: create views over clean tables
create view shop.dear as select id, title from shop.products where price > 50;
create or replace view shop.dear as select id, title, price from shop.products where price > 60;
select * from shop.dear order by id;
drop view shop.dear;
--;
-- name: create views over views
create view shop.summed as select t.id, t.pieces from shop.totals t;
select count(*) from shop.summed;
--;
-- name: create a materialized view
create materialized view shop.copied as select category_id, count(*) as n from shop.products group by 1;
create unique index on shop.copied (category_id);
refresh materialized view shop.copied;
select * from shop.copied order by 1;
--;
-- name: refresh a materialized view
refresh materialized view shop.by_category;
select * from shop.by_category order by 1;
--;
-- name: create types
create type shop.color as enum ('red', 'green');
alter type shop.color add value 'blue' after 'red';
create domain shop.positive as integer check (value > 0);
create type shop.point3 as (x int, y int, z int);
select 5::shop.positive, (row(1, 2, 3)::shop.point3).y;
--;
-- name: create sequences
create sequence shop.numbers start 100 increment 10 cache 5;
select nextval('shop.numbers'), nextval('shop.numbers'), currval('shop.numbers'), lastval();
alter sequence shop.numbers restart with 5;
select setval('shop.numbers', 50, false);
select nextval('shop.numbers');
drop sequence shop.numbers;
--;
-- name: create partitions
create table shop.log (at date not null, text text) partition by range (at);
create table shop.log_2026 partition of shop.log for values from ('2026-01-01') to ('2027-01-01');
create table shop.log_default partition of shop.log default;
insert into shop.log values ('2026-05-05', 'a'), ('2020-01-01', 'b');
select tableoid::regclass::text, at, text from shop.log order by 2;
alter table shop.log detach partition shop.log_default;
--;
-- name: create as from clean tables
create table shop.copy as select id, title from shop.products where id < 5;
create temp table scratch as table shop.categories;
select count(*) from shop.copy;
select count(*) from scratch;
--;
-- name: select into from clean tables
select id, title into temp picked from shop.products where id < 5;
select * from picked order by id;
--;
-- name: temporary tables on commit
create temp table gone (a int) on commit drop;
insert into gone values (1), (2);
select sum(a) from gone;
--;
-- name: comments and grants
comment on table shop.orders is 'what was ordered';
comment on column shop.orders.total is null;
grant select on shop.orders to md5_user;
revoke select on shop.orders from md5_user;
grant usage on schema shop to md5_user;
--;
-- name: truncate and reload
truncate shop.order_lines, shop.orders;
insert into shop.orders (id, placed) values ('00000000-0000-0000-0000-000000000001', '2026-01-01');
select count(*) from shop.orders;
--;
-- name: drop with cascade
drop table shop.order_lines;
drop view if exists shop.nothing;
drop table if exists shop.nothing cascade;
drop materialized view shop.by_category;
--;
-- name: drop that fails
drop table shop.categories;
--;
-- name: create that fails
create table shop.products (id int);
--;
-- name: alter that fails
alter table shop.products add column title text;
--;
-- name: backfill in pieces
update shop.products set attributes = attributes || '{"done": true}' where id in (select id from shop.products where not attributes ? 'done' order by id limit 20);
select count(*) from shop.products where attributes ? 'done';
--;
-- name: insert select between clean tables
insert into shop.categories (id, name) select 900 + id, 'copy of ' || name from shop.categories;
select name from shop.categories where id > 900 order by 1;
--;
-- name: merge between clean tables
merge into shop.categories t using (values (1, 'everything'), (950, 'new')) s(id, name) on t.id = s.id when matched then update set name = s.name when not matched then insert (id, name) values (s.id, s.name);
select id, name from shop.categories order by id;
--;
-- name: dbt relations
select current_database() as database, schemaname as schema, tablename as name, 'table' as type from pg_tables where schemaname ilike 'shop' union all select current_database(), schemaname, viewname, 'view' from pg_views where schemaname ilike 'shop' order by 4, 3;
--;
-- name: dbt table by rename
create table shop."model__dbt_tmp" as (select category_id, count(*) as n from shop.products group by 1);
alter table shop."model__dbt_tmp" rename to "model";
select * from shop.model order by 1;
--;
-- name: dbt view by rename
create view shop."seen__dbt_tmp" as (select id, title from shop.products);
alter table shop."seen__dbt_tmp" rename to "seen";
select count(*) from shop.seen;
--;
-- name: dbt incremental
create temporary table "model__dbt_tmp1" as (select id, title from shop.products where id > 50);
delete from shop.categories using "model__dbt_tmp1" where ("model__dbt_tmp1".id = categories.id);
insert into shop.categories ("id", "name") (select "id", "title" from "model__dbt_tmp1");
select count(*) from shop.categories;
--;
-- name: dbt snapshot and tests
select count(*) as failures, count(*) != 0 as should_warn from (select category_id from shop.products where category_id is null) dbt_internal_test;
select unique_field, count(*) as n_records from (select id as unique_field from shop.products) x where unique_field is not null group by unique_field having count(*) > 1;
--;
-- name: dbt catalogue
select 'sample' as table_database, sch.nspname as table_schema, tbl.relname as table_name, case tbl.relkind when 'v' then 'VIEW' else 'BASE TABLE' end as table_type, tbl_desc.description as table_comment, col.attname as column_name, col.attnum as column_index, pg_catalog.format_type(col.atttypid, col.atttypmod) as column_type, col_desc.description as column_comment, pg_get_userbyid(tbl.relowner) as table_owner from pg_catalog.pg_namespace sch join pg_catalog.pg_class tbl on tbl.relnamespace = sch.oid join pg_catalog.pg_attribute col on col.attrelid = tbl.oid left outer join pg_catalog.pg_description tbl_desc on (tbl_desc.objoid = tbl.oid and tbl_desc.objsubid = 0) left outer join pg_catalog.pg_description col_desc on (col_desc.objoid = tbl.oid and col_desc.objsubid = col.attnum) where upper(sch.nspname) = upper('shop') and not pg_is_other_temp_schema(sch.oid) and tbl.relpersistence in ('p', 'u') and tbl.relkind in ('r', 'v', 'f', 'p') and col.attnum > 0 and not col.attisdropped order by sch.nspname, tbl.relname, col.attnum;
--;
-- name: maintenance
-- commits:
vacuum shop.products;
analyze shop.products;
vacuum (analyze, verbose off) shop.orders;
reindex table shop.orders;
--;
-- name: foreign key to a clean table
create table shop.reviews (id int primary key, product_id bigint references shop.products (id) on delete cascade deferrable initially deferred);
insert into shop.reviews values (1, 1);
set constraints all immediate;
select count(*) from shop.reviews;
--;
-- name: create as one text
-- at once:
create table shop.one (id int primary key, name text); insert into shop.one values (1, 'a'), (2, 'b'); create table shop.two as select id, upper(name) as name from shop.one; update shop.two set name = name || '!' where id = 1; alter table shop.two rename to three; insert into shop.categories (id, name) select 900 + id, name from shop.three; select upper(name) from shop.three order by id;
--;
-- name: a table used after a savepoint is rolled back
create table shop.one (id int primary key, name text);
insert into shop.one values (1, 'a');
savepoint s;
insert into shop.one values (1, 'b');
rollback to s;
select upper(name) from shop.one;
create table shop.two as select name from shop.one;
release s;
select upper(name) from shop.two;
--;
-- name: swap a table by renames
create table shop.products_new (like shop.products including defaults);
insert into shop.products_new select * from shop.products where id < 5;
alter table shop.products rename to products_old;
alter table shop.products_new rename to products;
select upper(title), price from shop.products order by id;
--;
-- name: drop and create
drop table if exists shop.nothing cascade;
create table shop.nothing (id serial primary key, note text default 'x');
insert into shop.nothing default values returning id, upper(note);
drop table if exists shop.nothing cascade;
create table shop.nothing (id serial primary key, note text default 'y');
insert into shop.nothing default values returning id, upper(note);
--;
-- name: partition of a known table
create table shop.history (at date not null, note text) partition by range (at);
create table shop.history_2026 partition of shop.history for values from ('2026-01-01') to ('2027-01-01');
create table shop.history_2027 (at date not null, note text);
alter table shop.history attach partition shop.history_2027 for values from ('2027-01-01') to ('2028-01-01');
insert into shop.history values ('2026-05-05', 'a'), ('2027-05-05', 'b');
select upper(note) from shop.history order by at;
select upper(note) from shop.history_2027;
--;
-- name: if not exists in a schema of its own
create schema if not exists staging;
create table if not exists staging.events (id uuid primary key default gen_random_uuid(), kind text not null);
insert into staging.events (kind) values ('a'), ('b');
select upper(kind) from staging.events order by 1;
alter table staging.events set schema shop;
select upper(kind) from shop.events order by 1;
--;
-- name: drizzle enum and foreign key in blocks
DO $$ BEGIN
 CREATE TYPE "shop"."kind" AS ENUM('a', 'b');
EXCEPTION
 WHEN duplicate_object THEN null;
END $$;
CREATE TABLE IF NOT EXISTS "shop"."items" ("id" serial PRIMARY KEY NOT NULL, "kind" "shop"."kind", "product_id" bigint, "category_id" integer);
DO $$ BEGIN
 ALTER TABLE "shop"."items" ADD CONSTRAINT "items_product_fk" FOREIGN KEY ("product_id") REFERENCES "shop"."products"("id") ON DELETE cascade ON UPDATE no action;
EXCEPTION
 WHEN duplicate_object THEN null;
END $$;
insert into shop.items (kind) values ('a') returning id, kind;
--;
-- name: type unless it exists
do $$ begin
    if not exists (select 1 from pg_type where typname = 'status') then create type status as enum ('x'); end if;
end $$;
do $$ begin
    if not exists (select from information_schema.columns where table_schema = 'shop' and table_name = 'products' and column_name = 'weight') then
        alter table shop.products add column weight integer default 5;
    end if;
end $$;
select weight from shop.products where id = 1;
--;
-- name: sequelize enum in a block
DO 'BEGIN CREATE TYPE "shop"."enum_users_role" AS ENUM(''a'', ''b''); EXCEPTION WHEN duplicate_object THEN null; END';
--;
-- name: a block with variables, loops and messages
do $$
declare
    found_id bigint; n integer := 0; product record; names text[] := array['a', 'b'];
begin
    select id into strict found_id from shop.products where title = 'Product 7';
    for product in select id, title from shop.products where id < 4 order by id loop
        n := n + product.id;
        raise notice 'product % is %', product.id, upper(product.title);
    end loop;
    for i in 1 .. array_length(names, 1) loop
        insert into shop.categories (id, name) values (900 + i, names[i]) on conflict do nothing;
    end loop;
    update shop.products set title = title || '!' where id = found_id;
    get diagnostics n = row_count;
    assert n = 1, 'one row';
    raise notice '% rows', n;
    perform 1 from shop.orders;
    if not found then raise exception 'no orders'; end if;
exception when unique_violation then
    raise notice 'again: %', sqlerrm;
end $$;
select name from shop.categories where id > 900 order by 1;
--;
-- name: a block that raises
do $$ begin raise exception 'not here: %', 7 using errcode = 'P0042', hint = 'elsewhere'; end $$;
--;
