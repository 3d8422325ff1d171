-- name: a generated number joined to a masked one
select n from generate_series(907351840, 907351850) n join app.customers c on n = replace(c.ssn, '-', '')::int;
--;
-- name: a generated number in a natural join
select n from generate_series(907351840, 907351850) n natural join (select replace(ssn, '-', '')::int as n from app.customers) c;
--;
-- name: a generated number in a join using
select n from generate_series(907351840, 907351850) n join (select replace(ssn, '-', '')::int as n from app.customers) c using (n);
--;
-- name: a generated number in an outer join
select n from generate_series(907351840, 907351850) n left join app.customers c on n = replace(c.ssn, '-', '')::int where c.id is not null;
--;
-- name: a generated number in an anti-join
select 907351839 + count(*) from generate_series(907351840, 907351850) n where n < all (select replace(ssn, '-', '')::int from app.customers) or n = 907351846;
--;
-- name: a generated number of any
select n from generate_series(907351840, 907351850) n where n = any (select replace(ssn, '-', '')::int from app.customers);
--;
-- name: a generated number of any array
select n from generate_series(907351840, 907351850) n where n = any (array(select replace(ssn, '-', '')::int from app.customers));
--;
-- name: a generated number below all
-- shows: 907351846
select max(n) from generate_series(907351840, 907351850) n where n <= all (select replace(ssn, '-', '')::int from app.customers);
--;
-- name: a generated number by intersect
select n from generate_series(907351840, 907351850) n intersect select replace(ssn, '-', '')::int from app.customers;
--;
-- name: a generated number by except
select n from generate_series(907351840, 907351850) n except (select n from generate_series(907351840, 907351850) n except select replace(ssn, '-', '')::int from app.customers);
--;
-- name: a generated row compared
select n from generate_series(907351840, 907351850) n where (n, 1) = (select replace(ssn, '-', '')::int, id from app.customers where id = 1);
--;
-- name: a generated row compared with less
select min(n) from generate_series(907351840, 907351850) n where (n, 1) >= (select replace(ssn, '-', '')::int, id from app.customers where id = 1);
--;
-- name: a generated row in a list of rows
select n from generate_series(907351840, 907351850) n where row(n, 1) in (select replace(ssn, '-', '')::int, id from app.customers);
--;
-- name: a generated number that is not distinct
select n from generate_series(907351840, 907351850) n where n is not distinct from (select replace(ssn, '-', '')::int from app.customers where id = 1);
--;
-- name: a generated number between
select n from generate_series(907351840, 907351850) n, app.customers where n between replace(ssn, '-', '')::int and replace(ssn, '-', '')::int and id = 1;
--;
-- name: values joined
select v from (values ('907-35-1845'), ('907-35-1846'), ('907-35-1847')) x(v) join app.customers on ssn = v;
--;
-- name: values in a cte
with x(v) as (values ('907-35-1845'), ('907-35-1846')) select v from x where v in (select ssn from app.customers);
--;
-- name: values in a materialized cte
with x(v) as materialized (select '907-35-' || n from generate_series(1840, 1850) n) select v from x, app.customers where v = ssn;
--;
-- name: values of a union
select v from (select '907-35-1845' as v union all select '907-35-1846' union all select '907-35-1847') x join app.customers on ssn = v;
--;
-- name: values of a union, correlated
select v from (select '907-35-1845' as v union select '907-35-1846') x where exists (select from app.customers where ssn = x.v);
--;
-- name: letters of a text, unnested
select string_agg(g.l, '' order by p.p) from generate_series(1, 11) p(p), unnest(string_to_array('abcdefghijklmnopqrstuvwxyz.', null)) g(l), app.customers c where c.id = 1 and g.l = substr(c.email, p.p, 1);
--;
-- name: letters of a clean table's rows
select string_agg(chr(n.id), '' order by p.id) from app.notes n, app.notes p, app.customers c where c.id = 1 and p.id <= 11 and n.id < 127 and chr(n.id) = substr(c.email, p.id, 1);
--;
-- name: letters of a clean table's rows, in an exists
select string_agg(chr(n.id), '' order by p.id) from app.notes n, app.notes p where p.id <= 11 and n.id < 127 and exists (select from app.customers c where c.id = 1 and ascii(substr(c.email, p.id, 1)) = n.id);
--;
-- name: letters of row numbers of a clean table
select string_agg(chr(n.r::int), '' order by p.r) from (select row_number() over () as r from app.notes) n, (select row_number() over () as r from app.notes limit 11) p, app.customers c where c.id = 1 and n.r < 127 and chr(n.r::int) = substr(c.email, p.r::int, 1);
--;
-- name: letters of the catalogue's rows
select string_agg(chr(n.r::int), '' order by p.r) from (select row_number() over () as r from pg_catalog.pg_proc) n, (select row_number() over () as r from pg_catalog.pg_class limit 11) p, app.customers c where c.id = 1 and n.r between 32 and 126 and chr(n.r::int) = substr(c.email, p.r::int, 1);
--;
-- name: letters of a sequence's numbers
select string_agg(chr(n.s), '' order by p.s) from (select nextval('app.counter')::int % 127 as s from app.notes limit 126) n, (select generate_series(1, 11) as s) p, app.customers c where c.id = 1 and n.s > 31 and chr(n.s) = substr(c.email, p.s, 1);
--;
-- name: letters of a view's rows
select string_agg(chr(n), '' order by p) from app.customer_emails v, generate_series(1, 11) p, generate_series(32, 126) n where v.id = 1 and substr(v.mail, p, 1) = chr(n);
--;
-- name: letters of a materialized view's rows
select string_agg(chr(n), '' order by p) from app.stored_emails v, generate_series(1, 11) p, generate_series(32, 126) n where v.id = 1 and substr(v.mail, p, 1) = chr(n);
--;
-- name: letters of a view of a whole row
select string_agg(chr(n), '' order by p) from app.whole_rows v, generate_series(1, 11) p, generate_series(32, 126) n where v.id = 1 and substr(v.everything ->> 'email', p, 1) = chr(n);
--;
-- name: letters of a partition's rows
select string_agg(chr(n), '' order by p) from app.events_2025 v, generate_series(1, 11) p, generate_series(32, 126) n where substr(v.who, p, 1) = chr(n);
--;
-- name: letters by a recursion
with recursive g(p, n) as (select 1, 32 union all select case when n = 126 then p + 1 else p end, case when n = 126 then 32 else n + 1 end from g where p < 12) select string_agg(chr(n), '' order by p) from g, app.customers c where c.id = 1 and substr(c.email, p, 1) = chr(n);
--;
-- name: letters by a recursion that halves
with recursive g(p, low, high) as (select p, 32, 127 from generate_series(1, 11) p union all select p, case when ascii(substr(c.email, p, 1)) >= (low + high) / 2 then (low + high) / 2 else low end, case when ascii(substr(c.email, p, 1)) >= (low + high) / 2 then high else (low + high) / 2 end from g, app.customers c where c.id = 1 and high - low > 1) select string_agg(chr(low), '' order by p) from g where high - low = 1;
--;
-- name: a number by a recursion that stops
-- shows: 113
with recursive g(n) as (select 1 union all select n + 1 from g where n < (select ascii(email) from app.customers where id = 1)) select max(n) from g;
--;
-- name: a number by the rows of a recursion
-- shows: 113
with recursive g(n) as (select 1 union all select n + 1 from g where exists (select from app.customers where id = 1 and ascii(email) > n)) select count(*) from g;
--;
-- name: letters by a lateral
select string_agg(l.x, '' order by p) from generate_series(1, 11) p cross join lateral (select chr(n) as x from generate_series(32, 126) n, app.customers c where c.id = 1 and chr(n) = substr(c.email, p, 1)) l;
--;
-- name: letters by a lateral of values
select string_agg(l.x, '' order by p) from app.customers c, generate_series(1, 11) p, lateral (select x from unnest('{q,z,v,x,k,j,w,p,y,f,.}'::text[]) x where x = substr(c.email, p, 1)) l where c.id = 1;
--;
-- name: letters by a lateral function
select string_agg(m[1], '' order by p) from app.customers c, generate_series(1, 11) p, lateral regexp_matches('abcdefghijklmnopqrstuvwxyz', substr(c.email, p, 1)) m where c.id = 1;
--;
-- name: a number by a lateral's rows
-- shows: 113
select count(*) from app.customers c, lateral generate_series(1, ascii(c.email)) where c.id = 1;
--;
-- name: a number by a cross join's rows
-- shows: 113
select count(*) from app.customers c join generate_series(1, 200) n on n <= ascii(c.email) where c.id = 1;
--;
-- name: a number by a non-equi join of a clean table
-- shows: 113
select count(*) from app.notes n join app.customers c on n.id <= ascii(c.email) where c.id = 1;
--;
-- name: a number by a clean table's rows in an exists
-- shows: 113
select max(n.id) from app.notes n where exists (select from app.customers c where c.id = 1 and ascii(c.email) >= n.id);
--;
-- name: a number by the greatest guess
-- shows: 113
select max(n) from generate_series(1, 500) n where n <= (select ascii(email) from app.customers where id = 1);
--;
-- name: a number by the least guess
-- shows: 113
select min(n) from generate_series(1, 500) n, app.customers where id = 1 and ascii(email) <= n;
--;
-- name: a number by the guesses' sum
-- shows: 6441
select sum(n) from generate_series(1, 500) n where n <= (select ascii(email) from app.customers where id = 1);
--;
-- name: a number by a case
-- shows: 113
select sum(case when n <= (select ascii(email) from app.customers where id = 1) then 1 else 0 end) from generate_series(1, 500) n;
--;
-- name: a number by a case that orders
-- shows: 113
select n from generate_series(1, 500) n order by case when n = (select ascii(email) from app.customers where id = 1) then 0 else 1 end limit 1;
--;
-- name: a number by a case in a group
-- shows: 113
select count(*) from generate_series(1, 500) n group by case when n <= (select ascii(email) from app.customers where id = 1) then 1 else 0 end order by 1 limit 1;
--;
-- name: a number by a filter
-- shows: 113
select count(*) filter (where n <= (select ascii(email) from app.customers where id = 1)) from generate_series(1, 500) n;
--;
-- name: a number by a having clause
-- shows: 113
select n from generate_series(1, 500) n group by n having n = (select ascii(email) from app.customers where id = 1);
--;
-- name: a number by a having clause over the table
-- shows: 113
select n from generate_series(1, 500) n, app.customers c where c.id = 1 group by n having max(ascii(c.email)) = n;
--;
-- name: a number by grouping sets
-- shows: 113
select count(*) from generate_series(1, 500) n group by grouping sets ((n <= (select ascii(email) from app.customers where id = 1)), ()) order by 1 limit 1;
--;
-- name: a number by a rollup
-- shows: 113
select count(*) from generate_series(1, 500) n, app.customers c where c.id = 1 group by rollup (n <= ascii(c.email)) order by 1 limit 1;
--;
-- name: a number by an order of a distance
-- shows: 113
select n from generate_series(1, 500) n, app.customers c where c.id = 1 order by abs(n - ascii(c.email)) limit 1;
--;
-- name: a number by an order of a distance, of a clean table
-- shows: 113
select n.id from app.notes n, app.customers c where c.id = 1 order by abs(n.id - ascii(c.email)) limit 1;
--;
-- name: a number by an order of a distance, geometric
-- shows: 113
select n from generate_series(1, 500) n order by point(n, 0) <-> (select point(ascii(email), 0) from app.customers where id = 1) fetch first row only;
--;
-- name: a number by ties
-- shows: 113
select max(n) from (select n from generate_series(1, 500) n order by n > (select ascii(email) from app.customers where id = 1) fetch first 1 row with ties) x;
--;
-- name: a number by a limit
-- shows: 113
select n from generate_series(1, 500) n limit (select ascii(email) from app.customers where id = 1);
--;
-- name: a number by a limit, its last
-- shows: 113
select max(n) from (select n from generate_series(1, 500) n limit (select ascii(email) from app.customers where id = 1)) x;
--;
-- name: a number by an offset
-- shows: 114
select n from generate_series(1, 500) n offset (select ascii(email) from app.customers where id = 1) limit 1;
--;
-- name: a number by an offset of a clean table
-- shows: 114
select id from app.notes order by id offset (select ascii(email) from app.customers where id = 1) rows fetch next 1 row only;
--;
-- name: a number by a sample
-- shows: 1000
select count(*) from app.notes tablesample system ((select case when email like 'q%' then 100 else 0 end from app.customers where id = 1));
--;
-- name: a number by a window's frame
-- shows: 113
select count(*) over (order by n rows between current row and (select ascii(email) - 1 from app.customers where id = 1) following) from generate_series(1, 500) n limit 1;
--;
-- name: a number by a window's range
-- shows: 113
select last_value(n) over (order by n range between unbounded preceding and (select ascii(email) - 1 from app.customers where id = 1) following) from generate_series(1, 500) n limit 1;
--;
-- name: a number by a window's order
-- shows: 113
select first_value(n) over (order by abs(n - (select ascii(email) from app.customers where id = 1))) from generate_series(1, 500) n limit 1;
--;
-- name: a number by a window's partition
-- shows: 113
select count(*) over (partition by n <= (select ascii(email) from app.customers where id = 1)) from generate_series(1, 500) n order by 1 limit 1;
--;
-- name: a number by a lead
-- shows: 114
select lead(n, (select ascii(email) from app.customers where id = 1)) over (order by n) from generate_series(1, 500) n limit 1;
--;
-- name: a number by nth_value
-- shows: 113
select nth_value(n, (select ascii(email) from app.customers where id = 1)) over () from generate_series(1, 500) n limit 1;
--;
-- name: a number by ntile
-- shows: 113
select max(t) from (select ntile((select ascii(email) from app.customers where id = 1)) over () as t from generate_series(1, 500)) x;
--;
-- name: a number by an array's place
-- shows: 113
select (array(select n from generate_series(1, 500) n))[(select ascii(email) from app.customers where id = 1)];
--;
-- name: a number by a percentile
-- shows: 113
select percentile_disc((select ascii(email) / 1000.0 from app.customers where id = 1)) within group (order by n) from generate_series(1, 1000) n;
--;
-- name: a number by a hypothetical rank
-- shows: 113
select rank((select ascii(email) from app.customers where id = 1)) within group (order by n) from generate_series(1, 500) n;
--;
-- name: a number by width_bucket
-- shows: 113
select width_bucket((select ascii(email) from app.customers where id = 1), array(select n from generate_series(1, 500) n));
--;
-- name: a number by a range that contains
-- shows: 113
select max(n) from generate_series(1, 500) n where n <@ (select int4range(1, ascii(email), '[]') from app.customers where id = 1);
--;
-- name: a number by ranges that overlap
-- shows: 113
select max(n) from generate_series(1, 500) n, app.customers where id = 1 and int4range(n, n, '[]') && int4range(1, ascii(email), '[]');
--;
-- name: a number by ranges left of
-- shows: 113
select min(n) from generate_series(1, 500) n, app.customers where id = 1 and not int4range(n, n, '[]') << int4range(ascii(email), null);
--;
-- name: a number by overlaps
-- shows: 113
select max(n) from generate_series(1, 500) n, app.customers where id = 1 and (date '2000-01-01', date '2000-01-01' + ascii(email)) overlaps (date '2000-01-01' + n - 1, date '2000-01-01' + n);
--;
-- name: a word by an array that overlaps
select n from generate_series(907351840, 907351850) n where array[n] && array(select replace(ssn, '-', '')::int from app.customers);
--;
-- name: a word by an array that contains
select n from generate_series(907351840, 907351850) n where array(select replace(ssn, '-', '')::int from app.customers) @> array[n];
--;
-- name: a word by array_position
select v from unnest('{907-35-1845,907-35-1846}'::text[]) v where array_position(array(select ssn::text from app.customers), v) is not null;
--;
-- name: a word by a document that contains
select v from unnest('{907-35-1845,907-35-1846}'::text[]) v, app.customers where jsonb_build_object('s', ssn) @> jsonb_build_object('s', v);
--;
-- name: a word by a document that exists
select v from unnest('{907-35-1845,907-35-1846}'::text[]) v where (select jsonb_agg(ssn) from app.customers) ? v;
--;
-- name: a word by a path
select v from unnest('{907-35-1845,907-35-1846}'::text[]) v, app.customers where jsonb_path_exists(to_jsonb(ssn), '$ ? (@ == $v)', jsonb_build_object('v', v));
--;
-- name: a word by text search
select v from unnest('{qzvxk,qzvxl}'::text[]) v, app.customers where to_tsvector('simple', replace(email, '.', ' ')) @@ to_tsquery('simple', v);
--;
-- name: a word by likeness
select v from unnest('{qzvxk,qzvxl}'::text[]) v, app.customers where email like v || '%';
--;
-- name: a word by a regular expression
select v from unnest('{qzvxk,qzvxl}'::text[]) v where exists (select from app.customers where email ~ v);
--;
-- name: a word by trigrams
select v from unnest('{qzvxk,abc}'::text[]) v, app.customers where v <% email;
--;
-- name: a word by a hash
select v from unnest('{907-35-1845,907-35-1846}'::text[]) v, app.customers where hashtext(v) = hashtext(ssn::text);
--;
-- name: a word by coalesce and nullif
select v from unnest('{907-35-1845,907-35-1846}'::text[]) v, app.customers where id = 1 and nullif(v, ssn) is null;
--;
-- name: a word by a null that is made
select count(nullif(v, ssn)), min(case when nullif(v, ssn) is null then v end) from unnest('{907-35-1845,907-35-1846}'::text[]) v, app.customers where id = 1;
--;
-- name: a word by greatest and least
select v from unnest('{907-35-1845,907-35-1846}'::text[]) v, app.customers where id = 1 and greatest(v, ssn) = least(v, ssn);
--;
-- name: a word by an assertion of a boolean
select v from (select v, v = (select ssn from app.customers where id = 1) as hit from unnest('{907-35-1845,907-35-1846}'::text[]) v) x where hit;
--;
-- name: a word by a boolean of a cte
with hits as (select v, v = ssn as hit from unnest('{907-35-1845,907-35-1846}'::text[]) v, app.customers where id = 1) select v from hits where hit;
--;
-- name: a word by a boolean that orders
with hits as (select v, v = ssn as hit from unnest('{907-35-1845,907-35-1846}'::text[]) v, app.customers where id = 1) select v from hits order by hit desc limit 1;
--;
-- name: a word by distinct on
select distinct on (v = ssn) v from unnest('{907-35-1845,907-35-1846}'::text[]) v, app.customers where id = 1 order by v = ssn desc;
--;
-- name: a word by mode
select mode() within group (order by v) from unnest('{907-35-1845,907-35-1846}'::text[]) v, app.customers where v = ssn;
--;
-- name: a word by a full join
select coalesce(v, '') from unnest('{907-35-1845,907-35-1846}'::text[]) v full join app.customers on v = ssn where id = 1;
--;
-- name: a word by json_table's rows
select v.value from jsonb_each_text('{"a": "907-35-1845", "b": "907-35-1846"}') v join app.customers on value = ssn;
--;
-- name: a word by record rows
select v.s from jsonb_to_recordset('[{"s": "907-35-1845"}, {"s": "907-35-1846"}]') as v(s text) join app.customers on v.s = ssn;
--;
-- name: a word by regexp_split's rows
select v from regexp_split_to_table('907-35-1845 907-35-1846', ' ') v where v in (select ssn from app.customers);
--;
-- name: a word by rows from
select v from rows from (unnest('{907-35-1845,907-35-1846}'::text[]), generate_series(1, 2)) x(v, n) join app.customers on v = ssn;
--;
-- name: a word by select list's set
select v from (select unnest('{907-35-1845,907-35-1846}'::text[]) as v) x join app.customers on v = ssn;
--;
-- name: a word by a case of its own column
select case ssn when '907-35-1845' then 'a' when '907-35-1846' then '907351846' end from app.customers where id = 1;
--;
-- name: a word by a chain of constants
select v from (select case n when 1 then '907-35-1845' else '907-35-1846' end as v from generate_series(1, 2) n) x join app.customers on v = ssn;
--;
-- name: a word by decoded constants
select v from (select '907-35-184' || right(id::text, 1) as v from app.notes) x join app.customers on v = ssn;
--;
-- name: a word by updated rows
update app.notes set note = '907-35-' || (1840 + id) where '907-35-' || (1840 + id) in (select ssn from app.customers) returning note;
--;
-- name: a word by deleted rows
delete from app.notes n using app.customers c where '907-35-' || (1840 + n.id) = c.ssn returning '907-35-' || (1840 + n.id);
--;
-- name: a word by inserted rows
insert into app.notes (id, note) select 2000, v from unnest('{907-35-1845,907-35-1846}'::text[]) v, app.customers where v = ssn returning note;
--;
-- name: a word by locked rows
select '907-35-' || (1840 + n.id) from app.notes n, app.customers c where '907-35-' || (1840 + n.id) = c.ssn for update of n;
--;
-- name: a word by rows copied
copy (select v from unnest('{907-35-1845,907-35-1846}'::text[]) v, app.customers where v = ssn) to stdout;
--;
-- name: a word by a cursor
declare c cursor for select v from unnest('{907-35-1845,907-35-1846}'::text[]) v, app.customers where v = ssn;
fetch all in c;
--;
-- name: a word by a prepared statement
prepare p as select v from unnest('{907-35-1845,907-35-1846}'::text[]) v, app.customers where v = ssn;
execute p;
--;
-- name: a word by a prepared statement's parameter
prepare p(text[]) as select v from unnest($1) v, app.customers where v = ssn;
execute p('{907-35-1845,907-35-1846}');
--;
-- name: a word by a made table's rows
create temp table guesses (v text);
insert into guesses values ('907-35-1845'), ('907-35-1846');
select v from guesses join app.customers on v = ssn;
--;
-- name: a word by a made table's rows, generated
create temp table guesses as select '907-35-' || n as v from generate_series(1840, 1850) n;
select v from guesses where exists (select from app.customers where ssn = v);
--;
-- name: a word by a made table's key
create temp table guesses (v text primary key);
insert into guesses values ('907-35-1845'), ('907-35-1846');
delete from guesses where v not in (select ssn from app.customers);
select v from guesses;
--;
