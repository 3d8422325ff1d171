-- name: jdbc tables
select null as table_cat, n.nspname as table_schem, c.relname as table_name, case n.nspname ~ '^pg_' or n.nspname = 'information_schema' when true then case when n.nspname = 'pg_catalog' or n.nspname = 'information_schema' then case c.relkind when 'r' then 'SYSTEM TABLE' when 'v' then 'SYSTEM VIEW' when 'i' then 'SYSTEM INDEX' else null end else null end when false then case c.relkind when 'r' then 'TABLE' when 'p' then 'PARTITIONED TABLE' when 'v' then 'VIEW' when 'S' then 'SEQUENCE' when 'm' then 'MATERIALIZED VIEW' else null end else null end as table_type, d.description as remarks from pg_catalog.pg_namespace n, pg_catalog.pg_class c left join pg_catalog.pg_description d on (c.oid = d.objoid and d.objsubid = 0 and d.classoid = 'pg_class'::regclass) where c.relnamespace = n.oid and n.nspname like 'shop' order by table_type, table_schem, table_name;
--;
-- name: jdbc columns
select * from (select current_database() as current_database, n.nspname, c.relname, a.attname, a.atttypid, a.attnotnull or (t.typtype = 'd' and t.typnotnull) as attnotnull, a.atttypmod, a.attlen, t.typtypmod, row_number() over (partition by a.attrelid order by a.attnum) as attnum, nullif(a.attidentity, '') as attidentity, nullif(a.attgenerated, '') as attgenerated, pg_catalog.pg_get_expr(def.adbin, def.adrelid) as adsrc, dsc.description, t.typbasetype, t.typtype from pg_catalog.pg_namespace n join pg_catalog.pg_class c on (c.relnamespace = n.oid) join pg_catalog.pg_attribute a on (a.attrelid = c.oid) join pg_catalog.pg_type t on (a.atttypid = t.oid) left join pg_catalog.pg_attrdef def on (a.attrelid = def.adrelid and a.attnum = def.adnum) left join pg_catalog.pg_description dsc on (c.oid = dsc.objoid and a.attnum = dsc.objsubid) where c.relkind in ('r', 'p', 'v', 'f', 'm') and a.attnum > 0 and not a.attisdropped and n.nspname like 'app') c order by nspname, c.relname, attnum;
--;
-- name: jdbc primary keys
select result.table_cat, result.table_schem, result.table_name, result.column_name, result.key_seq, result.pk_name from (select current_database() as table_cat, n.nspname as table_schem, ct.relname as table_name, a.attname as column_name, (information_schema._pg_expandarray(i.indkey)).n as key_seq, ci.relname as pk_name, information_schema._pg_expandarray(i.indkey) as keys, a.attnum as a_attnum from pg_catalog.pg_class ct join pg_catalog.pg_attribute a on (ct.oid = a.attrelid) join pg_catalog.pg_namespace n on (ct.relnamespace = n.oid) join pg_catalog.pg_index i on (a.attrelid = i.indrelid) join pg_catalog.pg_class ci on (ci.oid = i.indexrelid) where n.nspname = 'shop' and ct.relname = 'order_lines' and i.indisprimary) result where result.a_attnum = (result.keys).x order by result.table_name, result.pk_name, result.key_seq;
--;
-- name: jdbc imported keys
select current_database() as pktable_cat, pkn.nspname as pktable_schem, pkc.relname as pktable_name, pka.attname as pkcolumn_name, fkn.nspname as fktable_schem, fkc.relname as fktable_name, fka.attname as fkcolumn_name, pos.n as key_seq, case con.confupdtype when 'c' then 0 when 'n' then 2 when 'd' then 4 when 'r' then 1 when 'p' then 1 when 'a' then 3 else null end as update_rule, con.conname as fk_name, pkic.relname as pk_name from pg_catalog.pg_namespace pkn, pg_catalog.pg_class pkc, pg_catalog.pg_attribute pka, pg_catalog.pg_namespace fkn, pg_catalog.pg_class fkc, pg_catalog.pg_attribute fka, pg_catalog.pg_constraint con, pg_catalog.generate_series(1, 32) pos(n), pg_catalog.pg_class pkic where pkn.oid = pkc.relnamespace and pkc.oid = pka.attrelid and pka.attnum = con.confkey[pos.n] and con.confrelid = pkc.oid and fkn.oid = fkc.relnamespace and fkc.oid = fka.attrelid and fka.attnum = con.conkey[pos.n] and con.conrelid = fkc.oid and con.contype = 'f' and (pkic.relkind = 'i' or pkic.relkind = 'I') and pkic.oid = con.conindid and fkn.nspname = 'shop' order by pkn.nspname, pkc.relname, con.conname, pos.n;
--;
-- name: jdbc index information
select tmp.table_cat, tmp.table_schem, tmp.table_name, tmp.non_unique, tmp.index_qualifier, tmp.index_name, tmp.type, tmp.ordinal_position, trim(both '"' from pg_catalog.pg_get_indexdef(tmp.ci_oid, tmp.ordinal_position, false)) as column_name, case tmp.am_name when 'btree' then case tmp.i_indoption[tmp.ordinal_position - 1] & 1::smallint when 1 then 'D' else 'A' end else null end as asc_or_desc, tmp.cardinality >= 0, tmp.filter_condition from (select null as table_cat, n.nspname as table_schem, ct.relname as table_name, not i.indisunique as non_unique, null as index_qualifier, ci.relname as index_name, case i.indisclustered when true then 1 else case am.amname when 'hash' then 2 else 3 end end as type, (information_schema._pg_expandarray(i.indkey)).n as ordinal_position, ci.reltuples as cardinality, ci.relpages as pages, pg_catalog.pg_get_expr(i.indpred, i.indrelid) as filter_condition, ci.oid as ci_oid, i.indoption as i_indoption, am.amname as am_name from pg_catalog.pg_class ct join pg_catalog.pg_namespace n on (ct.relnamespace = n.oid) join pg_catalog.pg_index i on (ct.oid = i.indrelid) join pg_catalog.pg_class ci on (ci.oid = i.indexrelid) join pg_catalog.pg_am am on (ci.relam = am.oid) where n.nspname = 'shop' and ct.relname = 'products') as tmp order by non_unique, type, index_name, ordinal_position;
--;
-- name: jdbc procedures
select null as procedure_cat, n.nspname as procedure_schem, p.proname as procedure_name, d.description as remarks, 1 as procedure_type, p.proname || '_' || p.pronargs as specific_name from pg_catalog.pg_namespace n, pg_catalog.pg_proc p left join pg_catalog.pg_description d on (p.oid = d.objoid) left join pg_catalog.pg_class c on (d.classoid = c.oid and c.relname = 'pg_proc') left join pg_catalog.pg_namespace pn on (c.relnamespace = pn.oid and pn.nspname = 'pg_catalog') where p.pronamespace = n.oid and p.prokind = 'p' and n.nspname = 'app' order by procedure_schem, procedure_name;
--;
-- name: jdbc type information
select t.typname, t.oid from pg_catalog.pg_type t join pg_catalog.pg_namespace n on (t.typnamespace = n.oid) where n.nspname != 'pg_toast' and (t.typrelid = 0 or (select c.relkind = 'c' from pg_catalog.pg_class c where c.oid = t.typrelid)) and n.nspname in ('app', 'shop') order by 1;
--;
-- name: jdbc schemas
select nspname as table_schem, null as table_catalog from pg_catalog.pg_namespace where nspname <> 'pg_toast' and (nspname !~ '^pg_temp_' or nspname = (pg_catalog.current_schemas(true))[1]) and (nspname !~ '^pg_toast_temp_' or nspname = replace((pg_catalog.current_schemas(true))[1], 'pg_temp_', 'pg_toast_temp_')) order by table_schem;
--;
-- name: jdbc catalogs
select datname as table_cat from pg_catalog.pg_database where datallowconn = true order by datname;
--;
-- name: jdbc table privileges
select n.nspname, c.relname, r.rolname, c.relacl from pg_catalog.pg_namespace n, pg_catalog.pg_class c, pg_catalog.pg_roles r where c.relnamespace = n.oid and c.relowner = r.oid and c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname = 'shop' order by nspname, relname;
--;
-- name: jdbc best row identifier
select a.attname, a.atttypid, atttypmod from pg_catalog.pg_class ct join pg_catalog.pg_attribute a on (ct.oid = a.attrelid) join pg_catalog.pg_namespace n on (ct.relnamespace = n.oid) join (select i.indexrelid, i.indrelid, i.indisprimary, information_schema._pg_expandarray(i.indkey) as keys from pg_catalog.pg_index i) i on (a.attnum = (i.keys).x and a.attrelid = i.indrelid) where n.nspname = 'shop' and ct.relname = 'order_lines' and i.indisprimary order by a.attnum;
--;
-- name: jdbc resultset metadata
select c.oid, a.attnum, a.attname, c.relname, n.nspname, a.attnotnull or (t.typtype = 'd' and t.typnotnull), a.attidentity != '' or pg_catalog.pg_get_expr(d.adbin, d.adrelid) like '%nextval(%' from pg_catalog.pg_class c join pg_catalog.pg_namespace n on (c.relnamespace = n.oid) join pg_catalog.pg_attribute a on (c.oid = a.attrelid) join pg_catalog.pg_type t on (a.atttypid = t.oid) left join pg_catalog.pg_attrdef d on (d.adrelid = a.attrelid and d.adnum = a.attnum) join (select 'shop.products'::regclass::oid as oid, 1 as attnum union all select 'shop.products'::regclass::oid, 3) vals on (c.oid = vals.oid and a.attnum = vals.attnum) order by 2;
--;
-- name: jdbc start
set extra_float_digits = 3;
set application_name = 'PostgreSQL JDBC Driver';
select current_schema();
--;
-- name: odbc tables
select current_database(), n.nspname, c.relname, c.relkind from pg_catalog.pg_class c inner join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'v', 'm', 'f', 'p') and n.nspname = 'shop' order by nspname, relname;
--;
-- name: odbc columns
select n.nspname, c.relname, a.attname, a.atttypid, t.typname, a.attnum, a.attlen, a.atttypmod, a.attnotnull, c.relhasrules, c.relkind, c.oid, pg_get_expr(d.adbin, d.adrelid), case t.typtype when 'd' then t.typbasetype else 0 end, t.typtypmod, 0, attidentity from (((pg_catalog.pg_class c inner join pg_catalog.pg_namespace n on n.oid = c.relnamespace and c.oid = 'app.customers'::regclass) inner join pg_catalog.pg_attribute a on (not a.attisdropped) and a.attnum > 0 and a.attrelid = c.oid) inner join pg_catalog.pg_type t on t.oid = a.atttypid) left outer join pg_attrdef d on a.atthasdef and d.adrelid = a.attrelid and d.adnum = a.attnum order by n.nspname, c.relname, attnum;
--;
-- name: metabase schemas
select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' and has_schema_privilege(nspname, 'usage') order by 1;
--;
-- name: metabase fields
select c.column_name as name, case when c.udt_schema in ('public', 'pg_catalog') then format('%s', c.udt_name) else format('"%s"."%s"', c.udt_schema, c.udt_name) end as database_type, c.ordinal_position - 1 as database_position, c.table_schema, c.table_name, pk.column_name is not null as pk, col_description(cast(cast(format('%I.%I', cast(c.table_schema as text), cast(c.table_name as text)) as regclass) as oid), c.ordinal_position) as field_comment, ((column_default is null or lower(column_default) = 'null') and is_nullable = 'NO') as database_required, ((column_default is not null and column_default like '%nextval(%') or is_identity <> 'NO') as database_is_auto_increment from information_schema.columns c left join (select tc.table_schema, tc.table_name, kc.column_name from information_schema.table_constraints tc inner join information_schema.key_column_usage kc on tc.constraint_name = kc.constraint_name and tc.table_schema = kc.table_schema and tc.table_name = kc.table_name where tc.constraint_type = 'PRIMARY KEY') pk on c.table_schema = pk.table_schema and c.table_name = pk.table_name and c.column_name = pk.column_name where c.table_schema !~ '^information_schema|catalog_history|pg_' and c.table_schema in ('app', 'shop') order by table_schema, table_name, database_position;
--;
-- name: metabase privileges
with table_privileges as (select null as role, t.schemaname as schema, t.objectname as table, pg_catalog.has_any_column_privilege(current_user, '"' || replace(t.schemaname, '"', '""') || '"' || '.' || '"' || replace(t.objectname, '"', '""') || '"', 'update') as update, pg_catalog.has_any_column_privilege(current_user, '"' || replace(t.schemaname, '"', '""') || '"' || '.' || '"' || replace(t.objectname, '"', '""') || '"', 'select') as select from (select schemaname, tablename as objectname from pg_catalog.pg_tables union select schemaname, viewname as objectname from pg_views union select schemaname, matviewname as objectname from pg_matviews) t where t.schemaname !~ '^pg_' and t.schemaname <> 'information_schema' and pg_catalog.has_schema_privilege(current_user, t.schemaname, 'usage')) select t.* from table_privileges t order by 2, 3;
--;
-- name: metabase sample of a table
select "shop"."products"."id" as "id", "shop"."products"."title" as "title", "shop"."products"."price" as "price" from "shop"."products" limit 5;
--;
-- name: metabase question by month
select date_trunc('month', "shop"."orders"."placed") as "placed", sum("shop"."orders"."total") as "sum" from "shop"."orders" group by date_trunc('month', "shop"."orders"."placed") order by date_trunc('month', "shop"."orders"."placed") asc;
--;
-- name: metabase distinct values
select "shop"."products"."category_id" from "shop"."products" group by "shop"."products"."category_id" order by "shop"."products"."category_id" asc limit 5000;
--;
-- name: metabase fingerprint
select count(distinct "source"."title") as "count", avg(length("source"."title")) as "avg" from (select "shop"."products"."title" from "shop"."products" limit 10000) "source";
--;
-- name: superset cost and explain
explain select title from shop.products;
--;
-- name: superset limited query
select * from (select category_id, sum(price) as revenue from shop.products group by category_id) as virtual_table order by revenue desc limit 1000;
--;
-- name: superset time grain
select date_trunc('week', placed) as __timestamp, count(*) as count from shop.orders where placed >= to_date('2026-01-01', 'YYYY-MM-DD') group by date_trunc('week', placed) order by count desc, 1 limit 50000;
--;
-- name: superset latest partition style
select max(placed) from shop.orders;
--;
-- name: tableau start
set extra_float_digits to 2;
select cast(version() as text) like 'PostgreSQL%' as v;
select 1 as "one";
--;
-- name: tableau temporary table test
create local temporary table "#Tableau_1_connect" ("COL" integer) on commit preserve rows;
drop table "#Tableau_1_connect";
--;
-- name: tableau aggregate
select cast("products"."category_id" as bigint) as "category_id", sum("products"."price") as "sum:price:ok" from "shop"."products" "products" group by 1 order by 1;
--;
-- name: tableau quick filter
select "t0"."title" from (select "products"."title" as "title" from "shop"."products" "products" group by 1) "t0" where position('9' in "t0"."title") > 0 order by 1;
--;
-- name: power bi columns
select table_schema, table_name, table_type from information_schema.tables where table_schema not in ('information_schema', 'pg_catalog') and table_type in ('BASE TABLE', 'VIEW') order by table_schema, table_name;
--;
-- name: power bi keys
select pkcol.column_name as pk_column_name, fkcol.table_schema as fk_table_schema, fkcol.table_name as fk_table_name, fkcol.column_name as fk_column_name, fkcol.ordinal_position as ordinal, fkcon.constraint_schema || '_' || fkcol.table_name || '_' || 'products' || '_' || fkcon.constraint_name as fk_name from (select distinct constraint_catalog, constraint_schema, unique_constraint_schema, constraint_name, unique_constraint_name from information_schema.referential_constraints) fkcon inner join information_schema.key_column_usage fkcol on fkcon.constraint_schema = fkcol.constraint_schema and fkcon.constraint_name = fkcol.constraint_name inner join information_schema.key_column_usage pkcol on fkcon.unique_constraint_schema = pkcol.constraint_schema and fkcon.unique_constraint_name = pkcol.constraint_name where pkcol.table_schema = 'shop' and pkcol.table_name = 'products' and pkcol.ordinal_position = fkcol.ordinal_position order by fk_name, fkcol.ordinal_position;
--;
-- name: power bi folded query
select "_"."category_id" as "category_id", "_"."a0" as "total" from (select "rows"."category_id" as "category_id", sum("rows"."price") as "a0" from (select "category_id", "price" from "shop"."products" "$Table" where "price" > 3) "rows" group by "category_id") "_" order by 1 limit 4096;
--;
-- name: grafana time series
select extract(epoch from placed)::bigint / 86400 * 86400 as "time", sum(total) as "value" from shop.orders where placed between '2026-01-01' and '2026-12-31' group by 1 order by 1;
--;
-- name: grafana variables
select distinct status::text from shop.orders order by 1;
select quote_ident(table_schema) from information_schema.tables where table_schema not like 'pg@_%' escape '@' group by 1 order by 1;
--;
-- name: grafana table of columns
select quote_ident(column_name) as "column", data_type as "type" from information_schema.columns where case when array_length(parse_ident('shop.products'), 1) = 2 then quote_ident(table_schema) = (parse_ident('shop.products'))[1] and quote_ident(table_name) = (parse_ident('shop.products'))[2] else quote_ident(table_name) = 'shop.products' end order by 1;
--;
-- name: looker style
select products.category_id as "products.category_id", coalesce(sum(products.price), 0) as "products.total" from shop.products as products group by 1 order by 2 desc limit 500;
--;
-- name: dbeaver start
select t.oid, t.*, c.relkind, format_type(nullif(t.typbasetype, 0), t.typtypmod) as base_type_name, d.description from pg_catalog.pg_type t left outer join pg_catalog.pg_type et on et.oid = t.typelem left outer join pg_catalog.pg_class c on c.oid = t.typrelid left outer join pg_catalog.pg_description d on t.oid = d.objoid where t.typname is not null and (c.relkind is null or c.relkind = 'c') and (et.typcategory is null or et.typcategory <> 'C') order by 1;
--;
-- name: dbeaver tables
select c.oid, c.*, d.description, pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_expr, pg_catalog.pg_get_partkeydef(c.oid) as partition_key from pg_catalog.pg_class c left outer join pg_catalog.pg_description d on d.objoid = c.oid and d.objsubid = 0 and d.classoid = 'pg_class'::regclass where c.relnamespace = 'shop'::regnamespace and c.relkind not in ('i', 'I', 'c') order by c.oid;
--;
-- name: dbeaver columns
select c.relname, a.*, pg_catalog.pg_get_expr(ad.adbin, ad.adrelid, true) as def_value, dsc.description, dep.objid from pg_catalog.pg_attribute a inner join pg_catalog.pg_class c on (a.attrelid = c.oid) left outer join pg_catalog.pg_attrdef ad on (a.attrelid = ad.adrelid and a.attnum = ad.adnum) left outer join pg_catalog.pg_description dsc on (c.oid = dsc.objoid and a.attnum = dsc.objsubid) left outer join pg_depend dep on dep.refobjid = a.attrelid and dep.deptype = 'i' and dep.refobjsubid = a.attnum and dep.classid = dep.refclassid where not a.attisdropped and c.oid = 'app.customers'::regclass order by a.attnum, 1, objid;
--;
-- name: dbeaver databases and roles
select db.oid, db.datname, db.datdba, db.encoding, db.datallowconn from pg_catalog.pg_database db where datallowconn and not datistemplate or db.datname = 'sample' order by db.datname;
select a.oid, a.rolname, a.rolsuper, pd.description from pg_catalog.pg_roles a left join pg_catalog.pg_shdescription pd on a.oid = pd.objoid order by a.rolname;
--;
-- name: dbeaver settings
select n.oid, n.*, d.description from pg_catalog.pg_namespace n left outer join pg_catalog.pg_description d on d.objoid = n.oid and d.objsubid = 0 and d.classoid = 'pg_namespace'::regclass where nspname !~ '^pg_(temp|toast)' order by nspname;
show search_path;
--;
-- name: dbeaver constraints
select c.oid, c.*, t.relname as tabrelname, rt.relnamespace as refnamespace, d.description, case c.contype when 'c' then "substring"(pg_get_constraintdef(c.oid), 7) end consrc_copy from pg_catalog.pg_constraint c inner join pg_catalog.pg_class t on t.oid = c.conrelid left outer join pg_catalog.pg_class rt on rt.oid = c.confrelid left outer join pg_catalog.pg_description d on d.objoid = c.oid and d.objsubid = 0 and d.classoid = 'pg_constraint'::regclass where t.relnamespace = 'shop'::regnamespace order by c.oid;
--;
-- name: dbeaver row estimate
select reltuples::bigint, pg_catalog.pg_total_relation_size(oid) as total, pg_catalog.pg_relation_size(oid) as rel from pg_class where oid = 'shop.products'::regclass;
--;
-- name: dbeaver statistics
select c.oid, pg_catalog.pg_total_relation_size(c.oid) as total_rel_size, pg_catalog.pg_relation_size(c.oid) as rel_size from pg_class c where c.relnamespace = 'shop'::regnamespace and c.relkind = 'r' order by c.oid;
--;
-- name: pgadmin dashboard
select 'session_stats' as chart_name, pg_catalog.row_to_json(t) is not null as chart_data from (select (select count(*) from pg_catalog.pg_stat_activity where datname = 'nowhere') as "Total") t;
--;
-- name: pgadmin locks
select locktype, mode, granted from pg_catalog.pg_locks l where l.locktype = 'advisory' order by 1;
--;
-- name: pgadmin tree of tables
select rel.oid, rel.relname as name, (select count(*) from pg_catalog.pg_trigger where tgrelid = rel.oid and tgisinternal = false) as triggercount, (select count(*) from pg_catalog.pg_trigger where tgrelid = rel.oid and tgisinternal = false and tgenabled = 'O') as has_enable_triggers, (case when rel.relkind = 'p' then true else false end) as is_partitioned, (select count(1) from pg_catalog.pg_inherits where inhrelid = rel.oid limit 1) as is_inherits, (select count(1) from pg_catalog.pg_inherits where inhparent = rel.oid limit 1) as is_inherited from pg_catalog.pg_class rel where rel.relkind in ('r', 's', 't', 'p') and rel.relnamespace = 'app'::regnamespace and not rel.relispartition order by rel.relname;
--;
-- name: pgadmin session
set local datestyle = iso;
set local client_min_messages = notice;
select set_config('bytea_output', 'hex', true);
select version() like 'PostgreSQL%';
select rolname as rolename, rolcanlogin as rolcanlogin, rolsuper as rolsuper from pg_catalog.pg_roles where rolname = current_user;
--;
-- name: pgadmin function source
select pr.oid, pr.proname, pg_catalog.pg_get_function_identity_arguments(pr.oid), pr.prosrc, lanname, pg_catalog.format_type(pr.prorettype, null) from pg_catalog.pg_proc pr join pg_catalog.pg_language l on l.oid = pr.prolang where pr.pronamespace = 'app'::regnamespace order by 2, 3;
--;
-- name: pgadmin view definition
select c.relname, pg_catalog.pg_get_viewdef(c.oid, true) from pg_catalog.pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind in ('v', 'm') order by 1;
--;
-- name: pgadmin sequences
select last_value, is_called from shop.categories_id_seq;
select seqstart, seqincrement, seqmax from pg_catalog.pg_sequence where seqrelid = 'shop.categories_id_seq'::regclass;
--;
-- name: datagrip introspection
select n.oid::bigint as id, n.xmin::text::bigint > 0 as state_number, nspname as name, d.description, pg_catalog.pg_get_userbyid(n.nspowner) as "owner" from pg_catalog.pg_namespace n left join pg_catalog.pg_description d on n.oid = d.objoid where nspname in ('app', 'shop') order by case when nspname = pg_catalog.current_schema() then -1::bigint else n.oid::bigint end;
--;
-- name: datagrip columns
with t as (select t.oid as table_id, t.relname as table_name from pg_catalog.pg_class t where relkind in ('r', 'm', 'v', 'f', 'p') and relnamespace = 'shop'::regnamespace) select t.table_id, c.attnum as column_position, c.attname as column_name, c.attnotnull as mandatory, c.attisdropped as column_is_dropped, c.attislocal, pg_catalog.format_type(c.atttypid, c.atttypmod), pg_catalog.pg_get_expr(d.adbin, t.table_id) as column_default_expression, c.attidentity::text, c.attgenerated::text from t join pg_catalog.pg_attribute c on t.table_id = c.attrelid left join pg_catalog.pg_attrdef d on t.table_id = d.adrelid and c.attnum = d.adnum where attnum > 0 order by table_id, attnum;
--;
-- name: datagrip state
select case when pg_catalog.pg_is_in_recovery() then null else (pg_catalog.txid_current() % 1)::text end as current_txid;
select current_database(), current_schema(), session_user;
--;
-- name: datagrip casts and operators
select c.oid, castsource::bigint, casttarget::bigint, castfunc, castcontext, castmethod from pg_catalog.pg_cast c where c.oid >= 16384 order by 1;
select o.oid, oprname, oprleft::regtype, oprright::regtype, oprcode from pg_catalog.pg_operator o where oprnamespace = 'app'::regnamespace order by oprname;
--;
-- name: information schema of everything
select table_schema, table_name, column_name, data_type, is_nullable, is_generated from information_schema.columns where table_schema in ('app', 'shop') order by 1, 2, 3;
--;
-- name: information schema of constraints
select tc.constraint_name, tc.constraint_type, kcu.column_name, ccu.table_name as other from information_schema.table_constraints tc left join information_schema.key_column_usage kcu using (constraint_schema, constraint_name) left join information_schema.constraint_column_usage ccu using (constraint_schema, constraint_name) where tc.table_schema = 'shop' order by 1, 3, 4;
--;
-- name: information schema of routines
select routine_schema, routine_name, data_type, routine_type from information_schema.routines where routine_schema = 'app' order by 2, 3;
--;
-- name: information schema of views
select table_name, view_definition, is_updatable from information_schema.views where table_schema in ('app', 'shop') order by 1;
--;
-- name: information schema of privileges
select grantee, table_name, privilege_type from information_schema.role_table_grants where table_schema = 'shop' order by 1, 2, 3;
--;
-- name: pg_tables and kin
select schemaname, tablename, tableowner, hasindexes, rowsecurity from pg_tables where schemaname in ('app', 'shop') order by 1, 2;
select schemaname, viewname, definition from pg_views where schemaname in ('app', 'shop') order by 1, 2;
select schemaname, tablename, indexname, indexdef from pg_indexes where schemaname in ('app', 'shop') order by 1, 2, 3;
select schemaname, matviewname, definition from pg_matviews order by 1, 2;
--;
-- name: pg_sequences
select schemaname, sequencename, data_type, start_value, last_value from pg_sequences where schemaname = 'shop' order by 2;
--;
-- name: pg_settings
select name, setting, unit, category from pg_settings where name in ('work_mem', 'server_version', 'max_connections') order by 1;
show work_mem;
select current_setting('server_version_num')::int / 10000;
--;
-- name: pg_stat tables by name
select relname from pg_stat_user_tables where schemaname = 'shop' order by 1;
select relname, indexrelname from pg_stat_user_indexes where schemaname = 'shop' order by 1, 2;
--;
-- name: pg_stats without samples
select tablename, attname, null_frac, avg_width, n_distinct, correlation is null from pg_stats where schemaname = 'shop' order by 1, 2;
--;
-- name: pg_roles
select rolname, rolsuper, rolcanlogin from pg_roles order by 1;
select pg_get_userbyid(datdba) from pg_database where datname = 'sample';
--;
-- name: sizes and descriptions
select pg_size_pretty(pg_relation_size('shop.products')), obj_description('shop.products'::regclass), col_description('shop.products'::regclass, 4), shobj_description(oid, 'pg_database') from pg_database where datname = 'sample';
--;
-- name: definitions
select pg_get_viewdef('app.contacts'::regclass), pg_get_indexdef('shop.products_lowered'::regclass), pg_get_functiondef('app.reveal'::regproc), pg_get_constraintdef(oid) from pg_constraint where conname = 'products_title_key';
--;
-- name: dependencies
select classid::regclass, deptype, count(*) from pg_depend where refobjid = 'shop.products'::regclass group by 1, 2 order by 1, 2;
--;
-- name: privileges
select has_table_privilege('shop.products', 'select'), has_schema_privilege('shop', 'usage'), has_database_privilege('sample', 'connect'), has_column_privilege('app.customers', 'email', 'select');
--;
-- name: visibility and types
select pg_table_is_visible('shop.products'::regclass), format_type(1043, 24), to_regclass('shop.products'), to_regtype('app.mood'), 'shop.products'::regclass::oid is not null, pg_typeof(1.5);
--;
