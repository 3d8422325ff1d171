-- name: letters by a function's rows
select string_agg(chr(n), '' order by p) from app.rows() c, generate_series(1, 11) p, generate_series(32, 126) n where c.id = 1 and substr(c.email, p, 1) = chr(n);
--;
-- name: letters by a function's rows and a table's
create temp table letters as select chr(n) as c, p from generate_series(32, 126) n, generate_series(1, 11) p;
select string_agg(l.c, '' order by p) from app.rows() c join letters l on substr(c.email, l.p, 1) = l.c where c.id = 1;
--;
-- name: letters by a join condition
select string_agg(chr(n), '' order by p) from app.customers c, generate_series(1, 11) p, generate_series(32, 126) n where c.id = 1 and substr(c.email, p, 1) = chr(n);
--;
-- name: letters by an explicit join
select string_agg(chr(n), '' order by p) from app.customers c join (select p, n from generate_series(1, 11) p, generate_series(32, 126) n) g on c.id = 1 and substr(c.email, g.p, 1) = chr(g.n);
--;
-- name: letters by an in list
select string_agg(chr(n), '' order by p) from generate_series(1, 11) p, generate_series(32, 126) n where (p, chr(n)) in (select q, substr(email, q, 1) from app.customers, generate_series(1, 11) q where id = 1);
--;
-- name: letters by exists
select string_agg(chr(n), '' order by p) from generate_series(1, 11) p, generate_series(32, 126) n where exists (select from app.customers where id = 1 and substr(email, p, 1) = chr(n));
--;
-- name: letters by a filter
select string_agg(chr(n), '' order by p) filter (where chr(n) = substr((select email from app.customers where id = 1), p, 1)) from generate_series(1, 11) p, generate_series(32, 126) n;
--;
-- name: letters by an order
select string_agg(l.x, '' order by p) from generate_series(1, 11) p, lateral (select chr(n) as x from generate_series(32, 126) n order by abs(n - ascii(substr((select email from app.customers where id = 1), p, 1))) limit 1) l;
--;
-- name: letters by an offset
select string_agg(l.x, '' order by p) from generate_series(1, 11) p, lateral (select chr(n) as x from generate_series(0, 126) n where n > 0 offset (select ascii(substr(email, p, 1)) - 1 from app.customers where id = 1) limit 1) l;
--;
-- name: letters by a limit
select string_agg(chr(l.x::int), '' order by p) from generate_series(1, 11) p, lateral (select count(*) as x from (select from generate_series(1, 126) limit (select ascii(substr(email, p, 1)) from app.customers where id = 1)) r) l;
--;
-- name: letters by a window's frame
select chr((array_agg(x order by n desc))[1]::int - 1) from (select n, count(*) over (order by n rows between (select ascii(substr(email, 1, 1)) from app.customers where id = 1) preceding and current row) as x from generate_series(1, 200) n) s union all select string_agg(chr(n), '') from generate_series(32, 126) n where chr(n) = substr((select email from app.customers where id = 1), 2, 1) union all select string_agg(chr(n), '' order by p) from generate_series(3, 11) p, generate_series(32, 126) n where chr(n) = substr((select email from app.customers where id = 1), p, 1);
--;
-- name: letters by a having clause
select string_agg(l.x, '' order by p) from generate_series(1, 11) p, lateral (select chr(n) as x from generate_series(32, 126) n group by n having chr(n) = substr((select email from app.customers where id = 1), p, 1)) l;
--;
-- name: letters by groups
-- shows: 113
select count(*) from generate_series(1, 500) n group by n <= (select ascii(email) from app.customers where id = 1) order by 1 limit 1;
--;
-- name: letters by an aggregate's order
select string_agg(l.x, '' order by p) from generate_series(1, 11) p, lateral (select (array_agg(chr(n) order by abs(n - ascii(substr((select email from app.customers where id = 1), p, 1)))))[1] as x from generate_series(32, 126) n) l;
--;
-- name: letters by a recursive guess
with recursive g(x) as (select '' union all select g.x || chr(n) from g, generate_series(32, 126) n where length(g.x) < 11 and exists (select from app.customers where id = 1 and starts_with(email, g.x || chr(n)))) select max(x) from g;
--;
-- name: digits by numbers
select string_agg(n::text, '' order by p) from app.customers c, generate_series(1, 11) p, generate_series(0, 9) n where c.id = 1 and substr(c.ssn, p, 1) = n::text;
--;
-- name: a number by nearness
select n from generate_series(907000000, 908000000) n order by abs(n - (select replace(ssn, '-', '')::bigint from app.customers where id = 1)) limit 1;
--;
-- name: a number by the count of a sequence
-- shows: 113
select count(*) from (select from generate_series(1, 1000) limit (select ascii(email) from app.customers where id = 1)) x;
--;
-- name: rows updated
-- shows: UPDATE 113
update app.notes set note = note where id <= (select ascii(email) from app.customers where id = 1);
--;
-- name: rows deleted
-- shows: DELETE 113
delete from app.notes where id <= (select ascii(email) from app.customers where id = 1);
--;
-- name: rows inserted
-- shows: INSERT 0 113
insert into app.notes (id) select 1000 + n from generate_series(1, 1000) n where n <= (select ascii(email) from app.customers where id = 1);
--;
-- name: rows merged
-- shows: MERGE 113
merge into app.notes n using (select 1) x on n.id <= (select ascii(email) from app.customers where id = 1) when matched then delete;
--;
-- name: rows moved over
-- shows: MOVE 113
declare c cursor for select from generate_series(1, 1000) n where n <= (select ascii(email) from app.customers where id = 1);
move all in c;
--;
-- name: rows copied
-- shows: COPY 113
copy (select 'x' from generate_series(1, 1000) n where n <= (select ascii(email) from app.customers where id = 1)) to stdout;
--;
-- name: rows of a masked column
-- shows: SELECT 113
select upper(c.email) from app.customers c, generate_series(1, ascii(c.email)) where c.id = 1;
--;
-- name: rows of a set-returning function
-- shows: SELECT 113
select generate_series(1, ascii(email)) from app.customers where id = 1;
--;
-- name: letters stored
insert into app.notes (id, note) select 1000 + p, chr(n) from app.customers c, generate_series(1, 11) p, generate_series(32, 126) n where c.id = 1 and substr(c.email, p, 1) = chr(n);
select string_agg(note, '' order by id) from app.notes where id > 1000;
--;
-- name: letters updated
update app.notes set note = chr(n) from generate_series(32, 126) n where notes.id <= 11 and chr(n) = substr((select email from app.customers where id = 1), notes.id, 1);
select string_agg(note, '' order by id) from app.notes where id <= 11;
--;
-- name: letters merged
merge into app.notes t using generate_series(32, 126) n on t.id <= 11 and chr(n) = substr((select email from app.customers where id = 1), t.id, 1) when matched then update set note = chr(n);
select string_agg(note, '' order by id) from app.notes where id <= 11;
--;
-- name: letters in a view
create temp view v as select p, chr(n) as x from generate_series(1, 11) p, generate_series(32, 126) n where chr(n) = substr((select email from app.customers where id = 1), p, 1);
select string_agg(x, '' order by p) from v;
--;
-- name: letters in a temporary table
create temp table t as select p, chr(n) as x from generate_series(1, 11) p, generate_series(32, 126) n where chr(n) = substr((select email from app.customers where id = 1), p, 1);
select string_agg(x, '' order by p) from t;
--;
-- name: letters in a temporary table, committed
-- commits:
create temp table t as select p, chr(n) as x from generate_series(1, 11) p, generate_series(32, 126) n where chr(n) = substr((select email from app.customers where id = 1), p, 1);
select x from t limit 1;
select string_agg(x, '' order by p) from t;
--;
-- name: letters in a view, committed
-- commits:
-- cleanup: drop view if exists app.made
create view app.made as select p, chr(n) as x from generate_series(1, 11) p, generate_series(32, 126) n where chr(n) = substr((select email from app.customers where id = 1), p, 1);
select string_agg(x, '' order by p) from app.made;
--;
-- name: letters in a setting
select set_config('x.y', (select string_agg(chr(n), '' order by p) from generate_series(1, 11) p, generate_series(32, 126) n where chr(n) = substr((select email from app.customers where id = 1), p, 1)), false);
show x.y;
--;
-- name: letters kept
select set_config('x.y' || p, chr(n), false) from generate_series(1, 5) p, generate_series(32, 126) n where chr(n) = substr((select email from app.customers where id = 1), p, 1);
select current_setting('x.y1') || current_setting('x.y2') || current_setting('x.y3') || current_setting('x.y4') || current_setting('x.y5');
--;
-- name: letters by a conflict
insert into app.notes (id, note) select p, chr(n) from generate_series(1, 11) p, generate_series(32, 126) n where chr(n) = substr((select email from app.customers where id = 1), p, 1) on conflict (id) do update set note = excluded.note;
select string_agg(note, '' order by id) from app.notes where id <= 11;
--;
-- name: letters by distinct on
select string_agg(x, '' order by p) from (select distinct on (p) p, chr(n) as x from generate_series(1, 11) p, generate_series(32, 126) n order by p, abs(n - ascii(substr((select email from app.customers where id = 1), p, 1)))) s;
--;
-- name: letters by a window's partition
select string_agg(chr(n), '' order by p) from (select p, n, first_value(n) over (partition by p order by abs(n - ascii(substr((select email from app.customers where id = 1), p, 1)))) as best from generate_series(1, 11) p, generate_series(32, 126) n) s where n = best;
--;
-- name: letters by the tables' own words
select string_agg(w.x, '' order by w.p) from (select p, chr(n) as x from generate_series(1, 11) p, generate_series(32, 126) n) w natural join (select 1 as one) o where exists (select from app.customer_emails v where v.id = 1 and substr(v.mail, w.p, 1) = w.x);
--;
-- name: plan's rows removed
-- shows: rows=113
explain (analyze, timing off, summary off) select from generate_series(1, 500) n where n <= (select ascii(email) from app.customers where id = 1);
--;
-- name: a guess confirmed by an error
-- shows: "qzvxk"
select 'qzvxk', (select substr(email, 1, 5) from app.customers where id = 1)::int;
--;
-- name: a generated number in an intersection of two columns
select replace(c.ssn, '-', '')::int, n from app.customers c, generate_series(907351840, 907351850) n intersect select n, n from generate_series(907351840, 907351850) n;
--;
-- name: a guess that rows are grouped by by its number
select replace(c.ssn, '-', '')::int = n as q, max(n) from app.customers c, generate_series(907351840, 907351850) n where c.id = 1 group by 1;
--;
-- name: a guess that rows are ordered by under a column's name
select replace(c.ssn, '-', '')::int = n as email, n from app.customers c, generate_series(907351840, 907351850) n where c.id = 1 order by email desc;
--;
-- name: a guess that distinct rows are made of
select distinct (replace(c.ssn, '-', '')::int = n) as q, n from app.customers c, generate_series(907351840, 907351850) n where c.id = 1;
--;
