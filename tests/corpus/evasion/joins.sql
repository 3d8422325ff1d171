-- name: cross join
select c.email from app.notes n cross join app.customers c where n.id = 1;
--;
-- name: comma join
select c.email || '' from app.notes n, app.customers c where n.id = 1;
--;
-- name: inner join, computed
select upper(c.email) from app.notes n join app.customers c on c.id = n.id;
--;
-- name: left join
select c.email from app.notes n left join app.customers c on c.id = n.id where n.id = 1;
--;
-- name: right join
select c.email from app.notes n right join app.customers c on c.id = n.id;
--;
-- name: full join using a masked column
select email from app.customers a full join app.customers b using (email);
--;
-- name: inner join using a masked column
select email from app.customers a join app.customers b using (email);
--;
-- name: using alias
select u.email from app.customers a join app.customers b using (email) as u;
--;
-- name: using alias as a row
select u from app.customers a join app.customers b using (email) as u;
--;
-- name: natural join
select email from app.customers a natural join app.customers b;
--;
-- name: natural full join
select email from app.customers a natural full join app.customers b;
--;
-- name: natural join with renamed columns
select note from app.customers as a(id, name, note) natural full join (select null::varchar as note) b;
--;
-- name: full join using with another table's column name
select note || '' from (select note from app.notes where false) n full join app.customers as c(id, name, note) using (note);
--;
-- name: using merges a masked with a clean column
select note from (select ''::varchar as note) n full join (select email as note from app.customers) c using (note);
--;
-- name: star of a using join
select * from app.customers a join app.customers b using (email);
--;
-- name: star of one side
select b.* from app.notes a join app.customers b using (id);
--;
-- name: nested joins
select c.email from (app.notes n join (app.customers c join app.orders o on o.customer_id = c.id) on n.id = o.id) where n.id = 1 or c.id = 1;
--;
-- name: join alias over nested joins
select j.email || '' from (app.notes n join app.customers c using (id)) as j;
--;
-- name: join alias renames
select j.q from (app.notes n join app.customers c using (id)) as j(a, b, c, d, n, q);
--;
-- name: lateral join function
select f.value from app.customers c cross join lateral jsonb_each_text(to_jsonb(c)) f;
--;
-- name: lateral unnest
select u.v from app.customers c cross join lateral unnest(array[c.email, c.ssn]) as u(v);
--;
-- name: lateral unnest with ordinality
select u.v from app.customers c, unnest(array[c.email]) with ordinality as u(v, n);
--;
-- name: lateral string_to_table
select s from app.customers c, string_to_table(c.email, '@') s;
--;
-- name: rows from with columns of the left side
select r.a from app.customers c, rows from (string_to_table(c.email, '@'), generate_series(1, 1)) as r(a, b);
--;
-- name: self join
select b.email || a.name from app.customers a join app.customers b on a.id = b.id;
--;
-- name: join to a view
select upper(v.mail) from app.notes n join app.customer_emails v on v.id = n.id;
--;
-- name: join to a materialized view
select upper(v.mail) from app.notes n join app.stored_emails v on v.id = n.id;
--;
-- name: join to a function
select f.email from app.notes n join app.rows() f on f.id = n.id;
--;
-- name: join to partitions
select upper(e.who) from app.notes n join app.events e on e.id = n.id;
--;
-- name: join to one partition
select e.who || '' from app.notes n join app.events_2025 e on e.id = n.id;
--;
-- name: inherited
select upper(p.ssn) from app.people p;
--;
-- name: only the child
select p.ssn || '' from only app.employees p;
--;
-- name: anti join that shows
select c.email from app.customers c left join app.notes n on n.id = -c.id where n.id is null;
--;
-- name: semi join that shows
select lower(c.email) from app.customers c where exists (select 1 from app.notes n where n.id = c.id);
--;
-- name: pivot by join
select max(case c.id when 1 then c.email end) as one, max(case c.id when 2 then c.email end) as two from app.customers c;
--;
-- name: crosstab
select * from crosstab('select 1, id, email::text from app.customers order by 1, 2') as t(r int, a text, b text, c text);
--;
-- name: values joined
select v.k, c.email || '' from (values (1), (2)) v(k) join app.customers c on c.id = v.k;
--;
