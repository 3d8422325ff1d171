-- name: several statements
-- at once:
select 1 as a; select 'x' as b, null as c; select;
--;
-- name: an empty text
-- at once:
;
--;
-- name: comments alone
-- at once:
/* nothing */ -- at all
--;
-- name: syntax error
selec 1;
--;
-- name: unknown column
select nothing from shop.products;
--;
-- name: unknown table
select * from shop.nothing;
--;
-- name: unknown function
select nothing(1);
--;
-- name: division by zero
select 1 / 0;
--;
-- name: bad cast
select 'abc'::int;
--;
-- name: unique violation
insert into shop.categories (id, name) values (1, 'x');
--;
-- name: foreign key violation
insert into shop.products (category_id, title, price) values (999, 'x', 1);
--;
-- name: check violation
insert into shop.products (id, category_id, title, price) values (950, 1, 'x', -1);
--;
-- name: not null violation
insert into shop.products (id, category_id, title, price, created_at) values (950, 1, null, 1, '2026-01-01');
--;
-- name: too long
insert into shop.categories (id, name) values (950, repeat('x', 60));
--;
-- name: failed transaction
select 1 / 0;
select 1;
rollback;
select 1;
--;
-- name: savepoints
savepoint a;
insert into shop.categories (id, name) values (950, 'x');
savepoint b;
select 1 / 0;
rollback to b;
release a;
select count(*) from shop.categories;
--;
-- name: warnings
rollback;
rollback;
commit;
--;
-- name: notices
do $$ begin raise notice 'hello'; end $$;
--;
-- name: notice of a drop
drop table if exists shop.nothing;
--;
-- name: isolation levels
set transaction isolation level repeatable read;
select count(*) from shop.products;
--;
-- name: read only
set transaction read only;
insert into shop.categories (id, name) values (950, 'x');
--;
-- name: settings
set local work_mem = '8MB';
set local statement_timeout = '5s';
set local lock_timeout = 1000;
set local search_path = shop, public;
show search_path;
select count(*) from products;
reset all;
--;
-- name: settings by function
select set_config('app.user_id', '42', true);
select current_setting('app.user_id'), current_setting('app.nothing', true);
--;
-- name: application name
set application_name = 'worker';
show application_name;
--;
-- name: listen and notify
-- commits:
listen work;
notify work;
unlisten work;
--;
-- name: advisory locks
select pg_advisory_lock(1), pg_try_advisory_lock(2), pg_advisory_xact_lock(3);
select count(*) from pg_locks where locktype = 'advisory';
select pg_advisory_unlock(1), pg_advisory_unlock_all();
select pg_advisory_unlock(99);
--;
-- name: prepared statements
prepare find(int) as select title from shop.products where id = $1;
execute find(1);
execute find(2);
select name, parameter_types from pg_prepared_statements;
deallocate find;
execute find(1);
--;
-- name: cursors
declare c scroll cursor for select id from shop.products order by id;
fetch 3 from c;
fetch backward 1 from c;
move 10 from c;
fetch absolute 5 from c;
close c;
fetch c;
--;
-- name: copy out
copy shop.categories to stdout;
copy shop.products (id, title, price) to stdout (format csv, header);
copy (select id, tags from shop.products order by id limit 5) to stdout (format binary);
--;
-- name: copy out of a table with masks
copy app.customers (id, name, balance) to stdout;
copy (select id, name from app.customers order by id) to stdout (format csv);
--;
-- name: copy in
copy shop.categories (id, name) from stdin;
--;
-- name: explain
explain select * from shop.products where id = 5;
explain (costs off, verbose) select p.title, c.name from shop.products p join shop.categories c on c.id = p.category_id where p.price > 10;
explain (analyze, costs off, timing off, summary off, buffers off) select count(*) from shop.products;
explain (format json) select 1;
--;
-- name: explain of masked columns
explain (costs off) select email from app.customers where ssn = 'x';
--;
-- name: values and rows
values (1, 'a'), (2, 'b') order by 1 desc;
select * from (values (1, 'a'), (2, 'b')) as t(n, s);
select row(1, 'x'), (select row(1, 2)), array[row(1, 'a'), row(2, 'b')]::text;
table shop.categories;
--;
-- name: rows of clean tables
select c from shop.categories c order by id;
select (c).name from shop.categories c order by 1;
select row_to_json(p) from shop.products p order by id limit 2;
select to_jsonb(c) - 'parent_id' from shop.categories c order by id;
--;
-- name: aggregates
select count(*), sum(price), avg(price), min(title), max(created_at), string_agg(title, ',' order by id) filter (where id < 4), array_agg(id order by id) filter (where id < 4), bool_and(price > 0), stddev(price), percentile_cont(0.5) within group (order by price), mode() within group (order by category_id) from shop.products;
select category_id, count(*), grouping(category_id) from shop.products group by rollup (category_id) order by 1;
select category_id, jsonb_agg(title order by id) from shop.products group by 1 having count(*) > 5 order by 1;
--;
-- name: windows
select id, price - lag(price) over w, rank() over w, sum(price) over (order by id rows between 2 preceding and current row), ntile(4) over w, first_value(title) over w from shop.products window w as (partition by category_id order by id) order by id limit 20;
--;
-- name: set operations
select id from shop.categories union select id from shop.products order by 1 limit 5;
select category_id from shop.products intersect select id from shop.categories order by 1;
select id from shop.categories except select category_id from shop.products order by 1;
--;
-- name: joins
select c.name, p.title from shop.categories c left join shop.products p on p.category_id = c.id and p.price > 70 order by 1, 2;
select * from shop.categories c join shop.products p on p.category_id = c.id order by p.id limit 2;
select count(*) from shop.orders natural join shop.order_lines;
select l.quantity, x.n from shop.order_lines l cross join lateral (select l.quantity * 2 as n) x order by l.order_id limit 3;
select * from shop.categories full join shop.orders on false order by 1, 5 limit 3;
--;
-- name: json
select attributes -> 'n', attributes ->> 'even', attributes #>> '{n}', attributes ? 'n', attributes @> '{"even": true}' from shop.products order by id limit 3;
select jsonb_path_query(attributes, '$.n') from shop.products order by id limit 3;
select k, v from shop.products, jsonb_each(attributes) as e(k, v) where id = 1 order by 1;
select * from jsonb_to_recordset('[{"a": 1, "b": "x"}]') as r(a int, b text);
select jsonb_set('{"a": 1}', '{b}', '2'), jsonb_build_object('x', 1, 'y', array[1, 2]), json_agg(x) from (values (1), (2)) v(x);
--;
-- name: arrays
select tags[1], tags[1:2], array_length(tags, 1), 't1' = any (tags), tags || 'z', unnest(tags) from shop.products order by id limit 4;
select array(select id from shop.categories order by id), array_to_string(array[1, 2], ','), '{1,2}'::int[] && '{2,3}';
--;
-- name: texts
select upper(title), length(title), title || '!', substring(title from 1 for 4), position('8' in title), regexp_replace(title, '\d', 'x', 'g'), split_part(title, ' ', 2), format('%s/%I/%L', id, title, title), md5(title), reverse(title), initcap(title), lpad(id::text, 5, '0'), to_hex(id) from shop.products order by id limit 3;
select 'Zoë' collate "C" < 'Zoe', U&'\0441\043b\043e\043d', e'a\tb\n', $$it's$$, 'a' 'b';
--;
-- name: times
select date '2026-01-31' + interval '1 month', extract(dow from date '2026-01-31'), date_trunc('hour', timestamp '2026-01-01 12:34:56'), age('2026-01-01', '2000-02-29'), to_char(timestamp '2026-01-01 12:34:56', 'YYYY-MM-DD HH24:MI'), timestamptz '2026-01-01 00:00:00+00' at time zone 'Asia/Tokyo', make_date(2026, 2, 3), justify_days(interval '40 days');
select d::date from generate_series('2026-01-01'::date, '2026-01-05', interval '1 day') d;
select now() = transaction_timestamp(), current_date is not null, clock_timestamp() >= now();
--;
-- name: numbers
select 1::int2, 2::int8, 3.5::real, 4.25::double precision, 1e400::numeric, 'NaN'::float8, 'Infinity'::numeric, round(2.567, 2), 7 % 3, 2 ^ 10, |/ 2, abs(-5), ceil(1.2), power(2, 3), width_bucket(5, 0, 10, 5), trunc(5.67, 1);
--;
-- name: enumerations and others
select status, status > 'new', enum_range(null::shop.status), id from shop.orders order by placed limit 3;
select '192.0.2.1/24'::inet, 'a=>1'::hstore -> 'a', '[1,5)'::int4range @> 3, '(1,2)'::point, b'101'::bit(3), '\xff00'::bytea, 'a & b'::tsquery, '00000000-0000-0000-0000-000000000001'::uuid;
--;
-- name: session information
select current_user, session_user, current_database(), current_schema(), current_schemas(false), inet_server_port() is null or inet_server_port() > 0, pg_backend_pid() > 0, version() like 'PostgreSQL 1%';
--;
-- name: upserts
insert into shop.categories (id, name) values (1, 'everything') on conflict (id) do update set name = excluded.name returning *;
insert into shop.categories (id, name) values (1, 'x') on conflict do nothing;
insert into shop.categories as c (id, name) values (2, 'y') on conflict (id) do update set name = c.name || excluded.name where c.id = 2 returning c.*;
--;
-- name: returning
insert into shop.categories (id, name) values (960, 'x') returning id, upper(name) as u;
update shop.categories set name = name || '!' where id > 950 returning *;
delete from shop.categories where id > 950 returning id, name, (select count(*) from shop.products);
--;
-- name: update from
update shop.products p set price = p.price * 1.1 from shop.categories c where c.id = p.category_id and c.name = 'jazz' returning p.id, p.price, c.name;
--;
-- name: delete using
delete from shop.order_lines l using shop.orders o where o.id = l.order_id and o.status = 'new' returning l.order_id, o.status;
--;
-- name: data-modifying ctes
with gone as (delete from shop.order_lines where quantity = 5 returning order_id), changed as (update shop.orders set version = version + 1 where id in (select order_id from gone) returning id) select count(*) from changed;
--;
-- name: clean columns of a table with masks
select id, name, balance, birthday from app.customers order by id;
select upper(name), balance * 2, birthday + 1, name_length from app.customers order by id;
select count(*), sum(balance), max(name) from app.customers;
select c.name, count(o.id) from app.customers c left join app.orders o on o.customer_id = c.id group by c.name order by 1;
--;
-- name: clean columns, filtered by masked ones
select id, name from app.customers where email = 'nobody@example.org' or ssn like '9%' order by id;
select count(*) from app.customers where email ilike '%example%';
--;
-- name: clean columns, ordered by masked ones
select id, name from app.customers order by email, ssn;
--;
-- name: masked columns written
insert into app.customers (id, name, email, ssn) values (900, 'New', 'new@example.org', '123-45-6789');
update app.customers set email = 'newer@example.org', phone = null where id = 900 returning id, name;
delete from app.customers where id = 900;
--;
-- name: masked columns upserted
insert into app.customers (id, name, email) values (1, 'Ada', 'ada@example.org') on conflict (id) do update set email = excluded.email, name = excluded.name returning id, name;
--;
-- name: views over a table with masks, clean columns
select id from app.customer_emails order by id;
select n from app.counted;
select name from app.summed order by 1;
select id, total, answer from app.contacts where total is not null order by id, total limit 5;
--;
-- name: clean ctes and sub-selects of a table with masks
with c as (select id, name from app.customers) select upper(name) from c order by id;
select x.name || '' from (select id, name from app.customers) x order by x.id;
select (select name from app.customers where id = 1), array(select name from app.customers order by id);
--;
-- name: joins with clean columns of a table with masks
select n.note || c.name from app.notes n join app.customers c on c.id = n.id order by n.id;
select upper(c.name) from app.customers c, lateral (select c.id + 1 as m) l where l.m > 1 order by l.m;
--;
-- name: clean columns named again
select x.label || '' from (select name as label, id from app.customers) x order by x.id;
select y.b || '' from (select id, name from app.customers) as y(a, b) order by y.a;
with w(n) as (select name from app.customers) select n || '' from w order by 1;
--;
-- name: clean columns beside an alias that renames
select t.z || '' from (values (1, 'x')) as t(y, z) join app.customers c on c.id = t.y;
--;
-- name: rows of clean sub-selects of a table with masks
select row_to_json(x) from (select id, name from app.customers) x order by x.id;
select to_jsonb(x) from (select c.id, c.name from app.customers c) x order by x.id;
--;
-- name: stars of clean sub-selects of a table with masks
select upper(x.name), x.* from (select id, name from app.customers) x order by x.id;
select s.*, s.n + 1 from (select count(*) as n from app.customers) s;
--;
-- name: count of a star and of a masked column
select count(*), count(email), count(distinct email) from app.customers;
--;
-- name: clean columns of partitions
select id, at from app.events order by id;
select id + 1 from app.events_2026;
--;
-- name: clean columns of an inheritance
select name, upper(name) from app.people order by 1;
select salary * 2 from app.employees;
--;
-- name: constants over a table with masks
select 1, 'x', now() is not null, upper('y') from app.customers;
select exists (select 1 from app.customers where email = 'x'), (select count(*) from app.customers);
--;
-- name: copied clean columns
insert into app.notes (id, note) select 2000 + id, name from app.customers;
update app.notes n set note = c.name from app.customers c where c.id = n.id;
select note from app.notes where id > 2000 or id < 4 order by id;
--;
-- name: temporary tables of clean columns
create temp table t as select id, name from app.customers;
select * from t order by id;
--;
-- name: functions of extensions
select similarity('word', 'words'), unaccent('Hôtel'), levenshtein('a', 'b'), soundex('x'), encode(digest('x', 'sha1'), 'hex'), 'a=>1,b=>2'::hstore;
--;
-- name: functions that an extension repeats
select gen_random_uuid() is not null, encode(hmac('a', 'b', 'sha256'), 'hex');
--;
-- name: user's operator on nothing masked
select 5 operator(app.<<<) 3;
--;
-- name: every type
select * from app.every_type order by id;
--;
-- name: a long statement
select id from shop.products where id in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143, 144, 145, 146, 147, 148, 149, 150, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160, 161, 162, 163, 164, 165, 166, 167, 168, 169, 170, 171, 172, 173, 174, 175, 176, 177, 178, 179, 180, 181, 182, 183, 184, 185, 186, 187, 188, 189, 190, 191, 192, 193, 194, 195, 196, 197, 198, 199, 200, 201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211, 212, 213, 214, 215, 216, 217, 218, 219, 220, 221, 222, 223, 224, 225, 226, 227, 228, 229, 230, 231, 232, 233, 234, 235, 236, 237, 238, 239, 240, 241, 242, 243, 244, 245, 246, 247, 248, 249, 250, 251, 252, 253, 254, 255, 256, 257, 258, 259, 260, 261, 262, 263, 264, 265, 266, 267, 268, 269, 270, 271, 272, 273, 274, 275, 276, 277, 278, 279, 280, 281, 282, 283, 284, 285, 286, 287, 288, 289, 290, 291, 292, 293, 294, 295, 296, 297, 298, 299, 300, 301, 302, 303, 304, 305, 306, 307, 308, 309, 310, 311, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 322, 323, 324, 325, 326, 327, 328, 329, 330, 331, 332, 333, 334, 335, 336, 337, 338, 339, 340, 341, 342, 343, 344, 345, 346, 347, 348, 349, 350, 351, 352, 353, 354, 355, 356, 357, 358, 359, 360, 361, 362, 363, 364, 365, 366, 367, 368, 369, 370, 371, 372, 373, 374, 375, 376, 377, 378, 379, 380, 381, 382, 383, 384, 385, 386, 387, 388, 389, 390, 391, 392, 393, 394, 395, 396, 397, 398, 399, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 419, 420, 421, 422, 423, 424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 435, 436, 437, 438, 439, 440, 441, 442, 443, 444, 445, 446, 447, 448, 449, 450, 451, 452, 453, 454, 455, 456, 457, 458, 459, 460, 461, 462, 463, 464, 465, 466, 467, 468, 469, 470, 471, 472, 473, 474, 475, 476, 477, 478, 479, 480, 481, 482, 483, 484, 485, 486, 487, 488, 489, 490, 491, 492, 493, 494, 495, 496, 497, 498, 499) order by id;
--;
-- name: many columns
select 0 as c0, 1 as c1, 2 as c2, 3 as c3, 4 as c4, 5 as c5, 6 as c6, 7 as c7, 8 as c8, 9 as c9, 10 as c10, 11 as c11, 12 as c12, 13 as c13, 14 as c14, 15 as c15, 16 as c16, 17 as c17, 18 as c18, 19 as c19, 20 as c20, 21 as c21, 22 as c22, 23 as c23, 24 as c24, 25 as c25, 26 as c26, 27 as c27, 28 as c28, 29 as c29, 30 as c30, 31 as c31, 32 as c32, 33 as c33, 34 as c34, 35 as c35, 36 as c36, 37 as c37, 38 as c38, 39 as c39, 40 as c40, 41 as c41, 42 as c42, 43 as c43, 44 as c44, 45 as c45, 46 as c46, 47 as c47, 48 as c48, 49 as c49, 50 as c50, 51 as c51, 52 as c52, 53 as c53, 54 as c54, 55 as c55, 56 as c56, 57 as c57, 58 as c58, 59 as c59, 60 as c60, 61 as c61, 62 as c62, 63 as c63, 64 as c64, 65 as c65, 66 as c66, 67 as c67, 68 as c68, 69 as c69, 70 as c70, 71 as c71, 72 as c72, 73 as c73, 74 as c74, 75 as c75, 76 as c76, 77 as c77, 78 as c78, 79 as c79, 80 as c80, 81 as c81, 82 as c82, 83 as c83, 84 as c84, 85 as c85, 86 as c86, 87 as c87, 88 as c88, 89 as c89, 90 as c90, 91 as c91, 92 as c92, 93 as c93, 94 as c94, 95 as c95, 96 as c96, 97 as c97, 98 as c98, 99 as c99, 100 as c100, 101 as c101, 102 as c102, 103 as c103, 104 as c104, 105 as c105, 106 as c106, 107 as c107, 108 as c108, 109 as c109, 110 as c110, 111 as c111, 112 as c112, 113 as c113, 114 as c114, 115 as c115, 116 as c116, 117 as c117, 118 as c118, 119 as c119, 120 as c120, 121 as c121, 122 as c122, 123 as c123, 124 as c124, 125 as c125, 126 as c126, 127 as c127, 128 as c128, 129 as c129, 130 as c130, 131 as c131, 132 as c132, 133 as c133, 134 as c134, 135 as c135, 136 as c136, 137 as c137, 138 as c138, 139 as c139, 140 as c140, 141 as c141, 142 as c142, 143 as c143, 144 as c144, 145 as c145, 146 as c146, 147 as c147, 148 as c148, 149 as c149, 150 as c150, 151 as c151, 152 as c152, 153 as c153, 154 as c154, 155 as c155, 156 as c156, 157 as c157, 158 as c158, 159 as c159, 160 as c160, 161 as c161, 162 as c162, 163 as c163, 164 as c164, 165 as c165, 166 as c166, 167 as c167, 168 as c168, 169 as c169, 170 as c170, 171 as c171, 172 as c172, 173 as c173, 174 as c174, 175 as c175, 176 as c176, 177 as c177, 178 as c178, 179 as c179, 180 as c180, 181 as c181, 182 as c182, 183 as c183, 184 as c184, 185 as c185, 186 as c186, 187 as c187, 188 as c188, 189 as c189, 190 as c190, 191 as c191, 192 as c192, 193 as c193, 194 as c194, 195 as c195, 196 as c196, 197 as c197, 198 as c198, 199 as c199;
--;
-- name: wide rows
select repeat('x', 300000), id from shop.categories order by id;
--;
-- name: many rows
select n, md5(n::text) from generate_series(1, 20000) n;
--;
-- name: large objects
-- setup: select lo_from_bytea(98765, 'x')
-- cleanup: select lo_unlink(98765)
select oid from pg_largeobject_metadata where oid = 98765;
--;
-- name: xml
select xmlelement(name a, xmlattributes(1 as b), 'c'), xpath('/a/text()', '<a>b</a>'), xmlforest(1 as x, 'y' as z);
--;
-- name: names in other scripts
select 1 as "Größe", 2 as 日本語, 'Ωmega' as "a b";
--;
