-- name: sqlalchemy dialect start
select pg_catalog.version();
show standard_conforming_strings;
select current_schema();
show transaction isolation level;
--;
-- name: sqlalchemy has_table
select pg_catalog.pg_class.relname from pg_catalog.pg_class join pg_catalog.pg_namespace on pg_catalog.pg_namespace.oid = pg_catalog.pg_class.relnamespace where pg_catalog.pg_class.relname = 'products' and pg_catalog.pg_class.relkind = any (array['r', 'p', 'f', 'v', 'm']) and pg_catalog.pg_table_is_visible(pg_catalog.pg_class.oid) and pg_catalog.pg_namespace.nspname != 'pg_catalog';
--;
-- name: sqlalchemy insertmanyvalues
insert into shop.categories (id, name) select p0::integer, p1::varchar from (values (901, 'a', 0), (902, 'b', 1)) as imp_sen(p0, p1, sen_counter) order by sen_counter returning shop.categories.id, shop.categories.id as id__1;
--;
-- name: sqlalchemy core insert with returning
insert into shop.products (id, category_id, title, price) values (901, 1, 'x', 1.5) returning shop.products.id, shop.products.created_at;
--;
-- name: sqlalchemy upsert
insert into shop.categories (id, name) values (901, 'books') on conflict (name) do update set name = excluded.name where shop.categories.id > 0 returning shop.categories.id, (xmax = 0) as inserted;
--;
-- name: sqlalchemy do nothing
insert into shop.categories (id, name) values (1, 'all') on conflict do nothing returning id;
--;
-- name: sqlalchemy joined load
select p.id, p.title, c_1.id as id_1, c_1.name from shop.products as p left outer join shop.categories as c_1 on c_1.id = p.category_id where p.price between 10 and 20 order by p.id limit 5 offset 0;
--;
-- name: sqlalchemy select in load
select products_1.category_id as products_1_category_id, products_1.id as products_1_id, products_1.title as products_1_title from shop.products as products_1 where products_1.category_id in (1, 2, 3) order by products_1_id;
--;
-- name: sqlalchemy subquery and exists
select c.name from shop.categories c where exists (select 1 from shop.products p where c.id = p.category_id and p.price > 70) order by c.name;
--;
-- name: sqlalchemy savepoints
savepoint sa_savepoint_1;
insert into shop.categories (name) values ('all');
rollback to savepoint sa_savepoint_1;
select count(*) from shop.categories;
--;
-- name: sqlalchemy update from values
update shop.products set price = v.price from (values (1, 2.5), (2, 3.5)) as v(id, price) where shop.products.id = v.id returning shop.products.id, shop.products.price;
--;
-- name: sqlalchemy window
select id, row_number() over (partition by category_id order by price desc) as anon_1 from shop.products order by id limit 10;
--;
-- name: django table list
select c.relname, case when c.relispartition then 'p' when c.relkind in ('m', 'v') then 'v' else 't' end, obj_description(c.oid, 'pg_class') from pg_catalog.pg_class c left join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind in ('f', 'm', 'p', 'r', 'v') and n.nspname not in ('pg_catalog', 'pg_toast') and pg_catalog.pg_table_is_visible(c.oid) order by 1;
--;
-- name: django column description
set local search_path = shop;
select a.attname as column_name, not (a.attnotnull or (t.typtype = 'd' and t.typnotnull)) as is_nullable, pg_get_expr(ad.adbin, ad.adrelid) as column_default, case when collname = 'default' then null else collname end as collation, a.attidentity != '' as is_autofield, col_description(a.attrelid, a.attnum) as column_comment from pg_attribute a left join pg_attrdef ad on a.attrelid = ad.adrelid and a.attnum = ad.adnum left join pg_collation co on a.attcollation = co.oid join pg_type t on a.atttypid = t.oid join pg_class c on a.attrelid = c.oid join pg_namespace n on c.relnamespace = n.oid where c.relkind in ('f', 'm', 'p', 'r', 'v') and c.relname = 'products' and n.nspname not in ('pg_catalog', 'pg_toast') and pg_catalog.pg_table_is_visible(c.oid) order by a.attnum;
--;
-- name: django constraints
select c.conname, array(select attname from unnest(c.conkey) with ordinality cols(colid, arridx) join pg_attribute as ca on cols.colid = ca.attnum where ca.attrelid = c.conrelid order by cols.arridx), c.contype, (select fkc.relname || '.' || fka.attname from pg_attribute as fka join pg_class as fkc on fka.attrelid = fkc.oid where fka.attrelid = c.confrelid and fka.attnum = c.confkey[1]), cl.reloptions from pg_constraint as c join pg_class as cl on c.conrelid = cl.oid where cl.relname = 'products' order by 1;
--;
-- name: django indexes
select indexname, array_agg(attname order by arridx), indisunique, indisprimary, array_agg(ordering order by arridx), amname, exprdef, s2.attoptions from (select c2.relname as indexname, idx.*, attr.attname, am.amname, case when idx.indexprs is not null then pg_get_indexdef(idx.indexrelid) end as exprdef, case am.amname when 'btree' then case (option & 1) when 1 then 'DESC' else 'ASC' end end as ordering, c2.reloptions as attoptions from (select * from pg_index i, unnest(i.indkey, i.indoption) with ordinality koi(key, option, arridx)) idx left join pg_class c on idx.indrelid = c.oid left join pg_class c2 on idx.indexrelid = c2.oid left join pg_am am on c2.relam = am.oid left join pg_attribute attr on attr.attrelid = c.oid and attr.attnum = idx.key where c.relname = 'products') s2 group by indexname, indisunique, indisprimary, amname, exprdef, attoptions order by 1;
--;
-- name: django sequences
select s.relname as sequence_name, a.attname as colname from pg_class s join pg_depend d on d.objid = s.oid and d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass join pg_attribute a on d.refobjid = a.attrelid and d.refobjsubid = a.attnum join pg_class tbl on tbl.oid = d.refobjid and tbl.relname = 'products' and pg_catalog.pg_table_is_visible(s.oid) is not null;
--;
-- name: django session start
select set_config('TimeZone', 'UTC', false);
--;
-- name: django iterator's cursor
declare "_django_curs_140_sync_1" no scroll cursor with hold for select "shop"."products"."id", "shop"."products"."title" from "shop"."products" order by 1;
fetch forward 20 from "_django_curs_140_sync_1";
fetch forward 20 from "_django_curs_140_sync_1";
close "_django_curs_140_sync_1";
--;
-- name: django count over a subquery
select count(*) from (select distinct "shop"."products"."category_id" as "col1" from "shop"."products") subquery;
--;
-- name: django icontains
select "shop"."products"."id" from "shop"."products" where upper("shop"."products"."title"::text) like upper('%product 1%') order by 1 limit 21;
--;
-- name: django json lookup
select id from shop.products where (attributes #> '{n}') >= '50'::jsonb and attributes @> '{"even": true}' order by id;
--;
-- name: django trunc
select date_trunc('month', placed) as m, count(id) as n from shop.orders group by 1 order by 1;
--;
-- name: django sequence reset
select setval(pg_get_serial_sequence('"shop"."categories"', 'id'), coalesce(max("id"), 1), max("id") is not null) from "shop"."categories";
--;
-- name: django deferred constraints
set constraints all immediate;
set constraints all deferred;
--;
-- name: django select for update
select id from shop.orders where version = 0 order by id limit 2 for update skip locked;
--;
-- name: django bulk update by case
update shop.products set price = (case when id = 1 then 5.0 when id = 2 then 6.0 else null end)::numeric(10, 2) where id in (1, 2) returning price;
--;
-- name: activerecord start
set client_min_messages to 'warning';
set standard_conforming_strings = on;
set session timezone to 'UTC';
select t.oid, t.typname, t.typelem, t.typdelim, t.typinput, r.rngsubtype, t.typtype, t.typbasetype from pg_type as t left join pg_range as r on oid = rngtypid where t.typname in ('int2', 'int4', 'int8', 'oid', 'float4', 'float8', 'numeric', 'bool') order by 1;
--;
-- name: activerecord types
select t.oid, t.typname from pg_type as t where t.typname in ('int2', 'int4', 'text', 'jsonb') order by 1;
--;
-- name: activerecord columns
select a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod, c.collname, col_description(a.attrelid, a.attnum) as comment, attidentity as identity, attgenerated as attgenerated from pg_attribute a left join pg_attrdef d on a.attrelid = d.adrelid and a.attnum = d.adnum left join pg_type t on a.atttypid = t.oid left join pg_collation c on a.attcollation = c.oid and a.attcollation <> t.typcollation where a.attrelid = '"shop"."products"'::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum;
--;
-- name: activerecord columns of a table with masks
select a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid from pg_attribute a left join pg_attrdef d on a.attrelid = d.adrelid and a.attnum = d.adnum where a.attrelid = '"app"."customers"'::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum;
--;
-- name: activerecord primary keys
select a.attname from (select indrelid, indkey, generate_subscripts(indkey, 1) idx from pg_index where indrelid = '"shop"."order_lines"'::regclass and indisprimary) i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[i.idx] order by i.idx;
--;
-- name: activerecord foreign keys
select t2.oid::regclass::text as to_table, a1.attname as column, a2.attname as primary_key, c.conname as name, c.confupdtype as on_update, c.confdeltype as on_delete, c.convalidated as valid, c.condeferrable as deferrable, c.condeferred as deferred, c.conkey, c.confkey from pg_constraint c join pg_class t1 on c.conrelid = t1.oid join pg_class t2 on c.confrelid = t2.oid join pg_attribute a1 on a1.attnum = c.conkey[1] and a1.attrelid = t1.oid join pg_attribute a2 on a2.attnum = c.confkey[1] and a2.attrelid = t2.oid join pg_namespace t3 on c.connamespace = t3.oid where c.contype = 'f' and t1.relname = 'products' and t3.nspname = 'shop' order by c.conname;
--;
-- name: activerecord indexes
select distinct i.relname, d.indisunique, d.indkey, pg_get_indexdef(d.indexrelid), t.oid is not null, pg_catalog.obj_description(i.oid, 'pg_class') as comment, d.indisvalid from pg_class t inner join pg_index d on t.oid = d.indrelid inner join pg_class i on d.indexrelid = i.oid left join pg_namespace n on n.oid = t.relnamespace where i.relkind in ('i', 'I') and d.indisprimary = 'f' and t.relname = 'products' and n.nspname = 'shop' order by i.relname;
--;
-- name: activerecord advisory lock
select pg_try_advisory_lock(2053462845105738);
select pg_advisory_unlock(2053462845105738);
--;
-- name: activerecord data source exists
select c.relname from pg_class c left join pg_namespace n on n.oid = c.relnamespace where n.nspname = any (current_schemas(false)) and c.relname = 'products' and c.relkind in ('r', 'v', 'm', 'p', 'f');
--;
-- name: activerecord enums
select type.typname as name, type.oid as oid, n.nspname as schema, string_agg(enum.enumlabel, ',' order by enum.enumsortorder) as value from pg_enum as enum join pg_type as type on (type.oid = enum.enumtypid) join pg_namespace n on type.typnamespace = n.oid where n.nspname = 'shop' group by type.oid, n.nspname, type.typname;
--;
-- name: activerecord prepared insert
prepare a1 as insert into shop.categories (id, name) values ($1, $2) returning id;
execute a1(901, 'x');
deallocate a1;
--;
-- name: activerecord schema migrations
create table shop.schema_migrations (version character varying not null primary key);
insert into shop.schema_migrations (version) values ('20260101'), ('20260102');
select version from shop.schema_migrations order by version;
--;
-- name: activerecord max version
select max(version) from (select '20260101'::text as version) schema_migrations;
--;
-- name: activerecord extensions
select extname from pg_extension order by 1;
--;
-- name: activerecord truncation
truncate table shop.order_lines restart identity cascade;
--;
-- name: activerecord referential integrity
select format('alter table %I disable trigger all', relname) from pg_class where relnamespace = 'shop'::regnamespace and relkind = 'r' order by 1;
--;
-- name: hibernate sequence
create sequence shop.hibernate_sequence start with 1 increment by 50;
select nextval('shop.hibernate_sequence');
--;
-- name: hibernate entity load
select p1_0.id, p1_0.category_id, c1_0.id, c1_0.name, p1_0.title, p1_0.price from shop.products p1_0 left join shop.categories c1_0 on c1_0.id = p1_0.category_id where p1_0.id = 7;
--;
-- name: hibernate versioned update
update shop.orders set status = 'paid', version = 1 where id = '00000000-0000-0000-0000-000000000001' and version = 0;
--;
-- name: hibernate fetch first
select o1_0.id, o1_0.placed from shop.orders o1_0 order by o1_0.id offset 5 rows fetch first 5 rows only;
--;
-- name: hibernate sequences
select * from information_schema.sequences where sequence_schema = 'shop' order by sequence_name;
--;
-- name: hibernate validation query
select 1;
/* ping */ select 1;
--;
-- name: prisma tables
select tbl.relname as table_name, namespace.nspname as namespace, (tbl.relhassubclass and tbl.relkind = 'p') as is_partition, (tbl.relhassubclass and tbl.relkind = 'r') as has_subclass, tbl.relrowsecurity as has_row_level_security, reloptions, obj_description(tbl.oid, 'pg_class') as description from pg_class as tbl inner join pg_namespace as namespace on namespace.oid = tbl.relnamespace where tbl.relkind in ('r', 'p') and namespace.nspname = any (array['shop', 'app']) order by namespace, table_name;
--;
-- name: prisma columns
select oid.namespace, info.table_name, info.column_name, format_type(att.atttypid, att.atttypmod) as formatted_type, info.numeric_precision, info.numeric_scale, info.numeric_precision_radix, info.datetime_precision, info.data_type, info.udt_schema as type_schema_name, info.udt_name as full_data_type, pg_get_expr(attdef.adbin, attdef.adrelid) as column_default, info.is_nullable, info.is_identity, info.character_maximum_length, col_description(att.attrelid, ordinal_position) as description from information_schema.columns info join pg_attribute att on att.attname = info.column_name join (select pg_class.oid, relname, pg_namespace.nspname as namespace from pg_class join pg_namespace on pg_namespace.oid = pg_class.relnamespace and pg_namespace.nspname = any (array['shop', 'app'])) as oid on oid.oid = att.attrelid and relname = info.table_name and namespace = info.table_schema left join pg_attrdef attdef on attdef.adrelid = att.attrelid and attdef.adnum = att.attnum and table_schema = namespace where table_schema = any (array['shop', 'app']) order by namespace, table_name, ordinal_position;
--;
-- name: prisma enums
select t.typname as name, e.enumlabel as value, n.nspname as namespace, obj_description(t.oid, 'pg_type') as description from pg_type t join pg_enum e on t.oid = e.enumtypid join pg_catalog.pg_namespace n on n.oid = t.typnamespace where n.nspname = any (array['shop', 'app']) order by e.enumsortorder, 1, 2;
--;
-- name: prisma foreign keys
select con.oid as con_id, att2.attname as child_column, cl.relname as parent_table, att.attname as parent_column, con.confdeltype, con.confupdtype, rel_ns.nspname as referenced_schema_name, conname as constraint_name, child, parent, table_name, namespace, condeferrable, condeferred from (select ns.nspname as namespace, unnest(con1.conkey) as parent, unnest(con1.confkey) as child, cl.relname as table_name, ns.nspname as schema_name, generate_subscripts(con1.conkey, 1) as colidx, con1.oid, con1.confrelid, con1.conrelid, con1.conname, con1.condeferrable, con1.condeferred, con1.confdeltype, con1.confupdtype from pg_class cl join pg_constraint con1 on con1.conrelid = cl.oid join pg_namespace ns on cl.relnamespace = ns.oid where ns.nspname = any (array['shop']) and con1.contype = 'f' order by colidx) con join pg_attribute att on att.attrelid = con.confrelid and att.attnum = con.child join pg_class cl on cl.oid = con.confrelid join pg_attribute att2 on att2.attrelid = con.conrelid and att2.attnum = con.parent join pg_class rel_cl on con.confrelid = rel_cl.oid join pg_namespace rel_ns on rel_cl.relnamespace = rel_ns.oid order by con.oid, con.colidx;
--;
-- name: prisma version and migrations table
select version();
create table shop._prisma_migrations (id varchar(36) primary key not null, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null, logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count integer not null default 0);
select exists (select 1 from pg_namespace where nspname = 'shop'), version(), current_setting('server_version_num')::integer as numeric_version;
--;
-- name: prisma advisory lock
select pg_advisory_lock(72707369);
select pg_advisory_unlock(72707369);
--;
-- name: prisma find many
select "shop"."products"."id", "shop"."products"."title", "shop"."products"."price" from "shop"."products" where ("shop"."products"."price" > 50 and "shop"."products"."title" ilike '%product%') order by "shop"."products"."id" asc limit 10 offset 0;
--;
-- name: prisma relation by lateral
select "t0"."id", "t0_products"."__prisma_data__" as "products" from "shop"."categories" as "t0" left join lateral (select coalesce(jsonb_agg("__prisma_data__"), '[]') as "__prisma_data__" from (select "t3"."__prisma_data__" from (select jsonb_build_object('id', "t2"."id", 'title', "t2"."title") as "__prisma_data__" from (select "t1".* from "shop"."products" as "t1" where "t0"."id" = "t1"."category_id" order by "t1"."id") as "t2") as "t3") as "t4") as "t0_products" on true order by "t0"."id";
--;
-- name: typeorm start
select version();
select * from current_schema();
select * from current_database();
show server_version;
--;
-- name: typeorm tables
select "table_schema", "table_name", obj_description(('"' || "table_schema" || '"."' || "table_name" || '"')::regclass, 'pg_class') as table_comment from "information_schema"."tables" where ("table_schema" = 'shop' and "table_name" = 'products') or ("table_schema" = 'shop' and "table_name" = 'orders') order by 2;
--;
-- name: typeorm columns
select columns.*, pg_catalog.col_description(('"' || table_catalog || '"."' || table_schema || '"."' || table_name || '"')::regclass::oid, ordinal_position) as description, ('"' || "udt_schema" || '"."' || "udt_name" || '"')::"regtype"::text as "regtype", pg_catalog.format_type("col_attr"."atttypid", "col_attr"."atttypmod") as "format_type" from "information_schema"."columns" left join "pg_catalog"."pg_attribute" as "col_attr" on "col_attr"."attname" = "columns"."column_name" and "col_attr"."attrelid" = (select "cls"."oid" from "pg_catalog"."pg_class" as "cls" left join "pg_catalog"."pg_namespace" as "ns" on "ns"."oid" = "cls"."relnamespace" where "cls"."relname" = "columns"."table_name" and "ns"."nspname" = "columns"."table_schema") where "table_schema" = 'shop' and "table_name" = 'products' order by ordinal_position;
--;
-- name: typeorm constraints
select "ns"."nspname" as "table_schema", "t"."relname" as "table_name", "cnst"."conname" as "constraint_name", pg_get_constraintdef("cnst"."oid") as "expression", case "cnst"."contype" when 'p' then 'PRIMARY' when 'u' then 'UNIQUE' when 'c' then 'CHECK' when 'x' then 'EXCLUDE' end as "constraint_type", "a"."attname" as "column_name" from "pg_constraint" "cnst" inner join "pg_class" "t" on "t"."oid" = "cnst"."conrelid" inner join "pg_namespace" "ns" on "ns"."oid" = "cnst"."connamespace" left join "pg_attribute" "a" on "a"."attrelid" = "cnst"."conrelid" and "a"."attnum" = any ("cnst"."conkey") where "t"."relkind" in ('r', 'p') and "ns"."nspname" = 'shop' order by 2, 3, 6;
--;
-- name: typeorm insert
insert into "shop"."categories"("id", "name", "parent_id") values (901, 'x', default) returning "id", "parent_id";
--;
-- name: typeorm pagination by distinct
select distinct "distinctAlias"."p_id" as "ids_p_id" from (select "p"."id" as "p_id", "p"."title" as "p_title", "c"."name" as "c_name" from "shop"."products" "p" left join "shop"."categories" "c" on "c"."id" = "p"."category_id") "distinctAlias" order by "p_id" asc limit 10;
--;
-- name: sequelize tables
select table_name from information_schema.tables where table_schema = 'shop' and table_type like '%TABLE' and table_name != 'spatial_ref_sys' order by 1;
--;
-- name: sequelize describe
select pk.constraint_type as "Constraint", c.column_name as "Field", c.column_default as "Default", c.is_nullable as "Null", (case when c.udt_name = 'hstore' then c.udt_name else c.data_type end) || (case when c.character_maximum_length is not null then '(' || c.character_maximum_length || ')' else '' end) as "Type", (select array_agg(e.enumlabel) from pg_catalog.pg_type t join pg_catalog.pg_enum e on t.oid = e.enumtypid where t.typname = c.udt_name) as "special", (select pgd.description from pg_catalog.pg_statio_all_tables as st inner join pg_catalog.pg_description pgd on (pgd.objoid = st.relid) where c.ordinal_position = pgd.objsubid and c.table_name = st.relname and c.table_schema = st.schemaname) as "Comment" from information_schema.columns c left join (select tc.table_schema, tc.table_name, cu.column_name, tc.constraint_type from information_schema.table_constraints tc join information_schema.key_column_usage cu on tc.table_schema = cu.table_schema and tc.table_name = cu.table_name and tc.constraint_name = cu.constraint_name and tc.constraint_type = 'PRIMARY KEY') pk on pk.table_schema = c.table_schema and pk.table_name = c.table_name and pk.column_name = c.column_name where c.table_name = 'products' and c.table_schema = 'shop' order by c.ordinal_position;
--;
-- name: sequelize indexes
select i.relname as name, ix.indisprimary as primary, ix.indisunique as unique, ix.indkey as indkey, array_agg(a.attnum order by a.attnum) as column_indexes, array_agg(a.attname order by a.attnum) as column_names, pg_get_indexdef(ix.indexrelid) as definition from pg_class t, pg_class i, pg_index ix, pg_attribute a, pg_namespace s where t.oid = ix.indrelid and i.oid = ix.indexrelid and a.attrelid = t.oid and t.relkind = 'r' and t.relname = 'products' and s.oid = t.relnamespace and s.nspname = 'shop' group by i.relname, ix.indexrelid, ix.indisprimary, ix.indisunique, ix.indkey order by i.relname;
--;
-- name: sequelize find and count
select count("Product"."id") as "count" from "shop"."products" as "Product" where "Product"."price" > '10';
select "id", "title", "created_at" as "createdAt" from "shop"."products" as "Product" where "Product"."price" > '10' order by "Product"."id" limit 3;
--;
-- name: sequelize find or create in a block
select 1;
savepoint a;
insert into shop.categories (id, name) values (1, 'x');
rollback to a;
--;
-- name: knex migration lock
create table if not exists shop.knex_migrations_lock (index serial primary key, is_locked integer);
insert into shop.knex_migrations_lock (is_locked) values (0);
update shop.knex_migrations_lock set is_locked = 1 where is_locked = 0;
select * from shop.knex_migrations_lock for update;
--;
-- name: ecto start
select t.oid, t.typname, t.typsend, t.typreceive, t.typoutput, t.typinput, coalesce(d.typelem, t.typelem), coalesce(r.rngsubtype, 0), array(select a.atttypid from pg_attribute as a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped order by a.attnum) from pg_type as t left join pg_type as d on t.typbasetype = d.oid left join pg_range as r on r.rngtypid = t.oid or r.rngmultitypid = t.oid or (t.typbasetype <> 0 and r.rngtypid = t.typbasetype) where (t.typrelid = 0) and (t.typelem = 0 or not exists (select 1 from pg_catalog.pg_type s where s.typrelid != 0 and s.oid = t.typelem)) order by 1;
--;
-- name: npgsql types
select ns.nspname, t.oid, t.typname, t.typtype, t.typnotnull, t.elemtypoid from (select typ.oid, typ.typnamespace, typ.typname, typ.typtype, typ.typrelid, typ.typnotnull, typ.relkind, elemtyp.oid as elemtypoid from (select typ.oid, typnamespace, typname, typrelid, typnotnull, relkind, typelem as elemoid, case when proc.proname = 'array_recv' then 'a' else typ.typtype end as typtype from pg_type as typ left join pg_class as cls on (cls.oid = typ.typrelid) left join pg_proc as proc on proc.oid = typ.typreceive) as typ left join pg_type as elemtyp on elemtyp.oid = elemoid) as t join pg_namespace as ns on (ns.oid = typnamespace) where typtype in ('b', 'r', 'm', 'e', 'd') order by 1, 3;
--;
-- name: asyncpg type introspection
with recursive typeinfo_tree(oid, ns, name, kind, basetype, elemtype, depth) as (select ti.oid, ns.nspname, ti.typname, ti.typtype, ti.typbasetype, ti.typelem, 0 from pg_type ti join pg_namespace ns on ns.oid = ti.typnamespace where ti.oid = any (array['app.mood[]'::regtype::oid, 'app.pair'::regtype::oid]) union all select ti.oid, ns.nspname, ti.typname, ti.typtype, ti.typbasetype, ti.typelem, tt.depth + 1 from pg_type ti join pg_namespace ns on ns.oid = ti.typnamespace, typeinfo_tree tt where (tt.elemtype is not null and ti.oid = tt.elemtype)) select distinct *, basetype::regtype::text as basetype_name, elemtype::regtype::text as elemtype_name from typeinfo_tree order by depth desc, 2, 3;
--;
-- name: psycopg type information
select t.typname as name, t.oid as oid, t.typarray as array_oid, t.oid::regtype::text as regtype, t.typdelim as delimiter from pg_type t where t.oid = to_regtype('app.mood') order by t.oid;
--;
-- name: psycopg hstore
select t.oid, typarray from pg_type t join pg_namespace ns on typnamespace = ns.oid where typname = 'hstore' order by 1;
--;
-- name: tsvector search
select id, ts_rank(to_tsvector('english', title), plainto_tsquery('english', 'product 7')) as rank from shop.products where to_tsvector('english', title) @@ plainto_tsquery('english', 'product 7') order by rank desc, id;
--;
-- name: keyset pagination
select id, price from shop.products where (price, id) > (10, 8) order by price, id limit 5;
--;
-- name: recursive tree
with recursive tree as (select id, name, parent_id, 1 as depth, array[id] as path from shop.categories where parent_id is null union all select c.id, c.name, c.parent_id, t.depth + 1, t.path || c.id from shop.categories c join tree t on t.id = c.parent_id) select * from tree order by path;
--;
-- name: queue with skip locked
update shop.orders set status = 'sent' where id = (select id from shop.orders where status = 'paid' order by placed for update skip locked limit 1) returning id, status;
--;
-- name: outbox with delete returning
with taken as (delete from shop.order_lines where quantity > 4 returning *) select count(*), sum(quantity) from taken;
--;
