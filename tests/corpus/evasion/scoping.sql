-- name: label that is a system column's
select r.ctid || '' from (select email as ctid from app.customers) r;
--;
-- name: label that is a system column's, bare
select xmin || '' from (select email as xmin from app.customers) r;
--;
-- name: label that is a system column's, in a whole row
select r from (select email as tableoid from app.customers) r;
--;
-- name: system column's name by a join
select ctid || '' from (select email as ctid from app.customers) r join (select 1 as one) o on true;
--;
-- name: alias that is a column's name
select email from (select email as x from app.customers) email;
--;
-- name: alias that is a clean column's name
select id from (select email as x from app.customers) id;
--;
-- name: alias that is a clean column's name, field
select (id).x from (select email || '' as x from app.customers) id;
--;
-- name: two items with one column name, qualified
select b.x || '' from (select 'a' as x) a, (select email as x from app.customers) b;
--;
-- name: inner name hides an outer one
select (select x || '' from (select email as x from app.customers where id = 1) i) from (select 'clean' as x) o;
--;
-- name: outer name where the inner has another
select (select o.x || i.y from (select 'y' as y) i) from (select email as x from app.customers) o;
--;
-- name: outer name behind two levels
select (select (select o.x || '' from (select 'z' as z) j) from (select 'y' as y) i) from (select email as x from app.customers) o;
--;
-- name: outer name in a values list
select (select v.a from (values (o.email)) v(a)) from app.customers o;
--;
-- name: outer name in a cte
select (with w as (select o.email || '' as x) select x from w) from app.customers o;
--;
-- name: outer name in a recursive cte
select (with recursive w(x, n) as (select o.email::text, 1 union all select x, n + 1 from w where n < 2) select max(x) from w) from app.customers o;
--;
-- name: outer name in a function in from
select (select string_agg(s, '') from string_to_table(o.email, '@') s) from app.customers o;
--;
-- name: outer name in a join condition's result
select (select i.z from (select 1 as one) x join lateral (select o.email || '' as z) i on true) from app.customers o;
--;
-- name: outer row as an argument
select (select to_jsonb(o)) from app.customers o;
--;
-- name: outer aggregate with an inner column
select (select string_agg(o.email, ',') from app.notes where id = 1) from app.customers o group by o.id;
--;
-- name: group by a label that is a column's
select upper(email) as name from app.customers group by name, email;
--;
-- name: order by a label that is a column's
select upper(email) as id from app.customers order by id;
--;
-- name: distinct on with a label
select distinct on (x) lower(email) as x from app.customers order by x;
--;
-- name: window over a label
select first_value(x) over (order by x) from (select lower(email) as x from app.customers) s;
--;
-- name: named window with a value
select lag(lower(email), 0) over w from app.customers window w as (order by id);
--;
-- name: using column of a full join
select x || '' from (select null::text as x) a full join (select email::text as x from app.customers) b using (x);
--;
-- name: using column of a right join
select x || '' from (select null::text as x) a right join (select email::text as x from app.customers) b using (x);
--;
-- name: using column of a left join
select x || '' from (select email::text as x from app.customers) a left join (select null::text as x) b using (x);
--;
-- name: using column of an inner join, the clean side's
select a.x || '' from (select n.note as x from app.notes n union all select 'qzv' || 'xk.jwp' || 'yf@example.org') a join (select email::text as x from app.customers) b using (x);
select b.x || '' from (select null::text as x) a right join (select email::text as x from app.customers) b using (x);
--;
-- name: using alias's column
select u.x || '' from (select null::text as x) a full join (select email::text as x from app.customers) b using (x) as u;
--;
-- name: using in a chain
select x || '' from (select null::text as x) a full join (select null::text as x) b using (x) full join (select email::text as x from app.customers) c using (x);
--;
-- name: natural join in a chain
select x || '' from (select null::text as x) a natural full join (select null::text as x) b natural full join (select email::text as x from app.customers) c;
--;
-- name: join alias hides and renames
select q || '' from ((select 1 as one) a cross join (select email as x from app.customers) b) as j(p, q);
--;
-- name: join alias with fewer names
select x || '' from ((select 1 as one) a cross join (select email as x from app.customers) b) as j(p);
--;
-- name: table alias with fewer names
select email || '' from app.customers as t(a, b);
--;
-- name: function's single column by the alias
select s || '' from string_to_table((select string_agg(email, '@') from app.customers), '@') as s;
--;
-- name: function's single column by the function's name
select string_to_table || '' from string_to_table((select string_agg(email, '@') from app.customers), '@');
--;
-- name: function's ordinality hides nothing
select t.s || t.n from string_to_table((select string_agg(email, '@') from app.customers), '@') with ordinality as t(s, n);
--;
-- name: unnest of several by position
select b || '' from unnest(array[1, 2, 3], (select array_agg(email) from app.customers)) as u(a, b);
--;
-- name: rows from by position
select c || '' from rows from (generate_series(1, 3), string_to_table((select string_agg(email, '@') from app.customers), '@')) as r(a, c);
--;
-- name: composite from unnest
select email || '' from unnest((select array_agg(c) from app.customers c));
--;
-- name: composite from a populated record
select email || '' from json_populate_record(null::app.customers, (select row_to_json(c) from app.customers c where id = 1));
--;
-- name: composite by a cast of text
select ((c::text)::app.customers).email from app.customers c;
--;
-- name: composite in a case
select (case when true then c else null end).email from app.customers c;
--;
-- name: composite of a subselect
select ((select c from app.customers c where id = 1)).email;
--;
-- name: composite of a subselect, star
select ((select c from app.customers c where id = 1)).*;
--;
-- name: composite from an array of a subselect
select ((array(select c from app.customers c))[1]).email;
--;
-- name: composite stored as a default record
select (r.x).email from (select c as x, 1 as y from app.customers c) r;
--;
-- name: composite assigned
update app.vault set customer.name = (select email from app.customers where id = 1);
insert into app.vault (id, customer.name) select 1, email from app.customers where id = 1;
select (customer).name from app.vault;
--;
-- name: recursion that swaps its columns
with recursive r(a, b, n) as (select ''::text, email::text, 1 from app.customers where id = 1 union all select b, a, n + 1 from r where n < 2) select a from r;
--;
-- name: recursion over two terms
with recursive r(a, n) as (select 'x'::text, 1 union all (select case n when 1 then (select email from app.customers where id = 1) else a end, n + 1 from r where n < 3)) select a from r;
--;
-- name: mutual recursion by hand
with recursive a(x, n) as (select ''::text, 1 union all select b.y, a.n + 1 from a, lateral (select email || '' as y from app.customers where id = a.n) b where a.n < 3) select x from a;
--;
-- name: cte that shadows its own table
with customers as (select * from app.customers) select upper(customers.email) from customers;
--;
-- name: cte that shadows itself
with w as (select email as x from app.customers), v as (with w as (select x || '' as x from w) select x from w) select x from v;
--;
-- name: cte not visible to the table of the schema
with customers as (select 'x' as email) select upper(c.email) from app.customers c;
--;
-- name: cte in a union's second part
select 'x' union all (with w as (select email from app.customers) select email from w);
--;
-- name: cte in an insert's source
insert into app.notes (id, note) with w(i, e) as (select 1000 + id, email from app.customers) select i, e from w;
select note from app.notes where id = 1001;
--;
-- name: excluded as a name
with excluded as (select email as note from app.customers where id = 1) insert into app.notes (id, note) values (1, 'x') on conflict (id) do update set note = (select e.note from excluded e);
select note from app.notes where id = 1;
--;
-- name: new and old as names
select old.email || '' from app.customers old;
--;
-- name: new and old as names of sub-selects
select new.x || old.x from (select email as x from app.customers) new, (select '' as x) old;
--;
-- name: update's target hidden by an alias
update app.notes customers set note = c.email from app.customers c where customers.id = 1 and c.id = 1;
select note from app.notes where id = 1;
--;
-- name: update from a name equal to the target
update app.notes set note = notes2.email from (select email, id from app.customers) notes2 where notes.id = notes2.id;
select note from app.notes where id = 1;
--;
-- name: delete using with a label of the target's
delete from app.notes n using (select id, email as note from app.customers) c where n.id = c.id returning c.note || '';
--;
-- name: merge source named as the target's column
merge into app.notes t using (select id, email as number from app.customers) note on t.id = note.id when matched then update set note = note.number;
select note from app.notes where id = 1;
--;
-- name: grouping set's null
select coalesce(lower(email), 'total') from app.customers group by grouping sets ((lower(email)), ());
--;
-- name: set operation's second label
select y from (select name as y from app.customers union all select email as name from app.customers) u where y like '%@%';
--;
-- name: set operation under a row
select u from (select name as y, 1 as z from app.customers union all select email, 2 from app.customers) u;
--;
-- name: values under a row
select (v).b from (values (1, (select email || '' from app.customers where id = 1))) v(a, b);
--;
-- name: lateral behind lateral behind lateral
select d.z from app.customers a, lateral (select a.email || '' as x) b, lateral (select b.x as y) c, lateral (select c.y as z) d;
--;
-- name: lateral that reads a join's alias
select l.z from (app.customers c join app.notes n using (id)) as j, lateral (select j.email || '' as z) l;
--;
-- name: tablesample of a join
select upper(c.email) from app.notes n tablesample system (100) join app.customers c tablesample bernoulli (100) on c.id = n.id;
--;
-- name: xmltable's row and namespaces
select x.v from xmltable(xmlnamespaces('u' as n), '/n:r' passing (select xmlparse(document '<r xmlns="u">' || email || '</r>') from app.customers where id = 1) columns v text path '.') x;
--;
-- name: xmltable's ordinality beside a value
select x.o || x.v from app.customers c, xmltable('/r' passing xmlelement(name r, c.email) columns o for ordinality, v text path '.') x;
--;
-- name: row comparison that returns a row
select (select row(c.*) = row(c.*) and true)::text || c.email from app.customers c;
--;
-- name: array slice of a composite's field
select (array_agg((c).email))[1:2] from app.customers c;
--;
-- name: named argument
select concat(email) from app.customers;
--;
-- name: ordered-set aggregate's direct argument
select percentile_disc(0.5) within group (order by lower(email)) filter (where true) from app.customers;
--;
-- name: hypothetical-set aggregate beside it
select rank('x') within group (order by email), max(email) from app.customers;
--;
