-- name: scalar
select (select email from app.customers where id = 1);
--;
-- name: scalar beside columns
select id, (select email from app.customers c where c.id = n.id) from app.notes n where id < 4;
--;
-- name: scalar, computed outside
select upper((select email from app.customers where id = 1));
--;
-- name: nested scalars
select (select (select (select email from app.customers where id = 1)));
--;
-- name: array of a subselect
select array(select email from app.customers);
--;
-- name: array of a subselect, indexed
select (array(select email from app.customers order by id))[1];
--;
-- name: array of a subselect, unnested
select unnest(array(select email from app.customers));
--;
-- name: exists does not hide its value
select case when exists (select 1 from app.customers where id = 1) then (select email from app.customers where id = 1) end;
--;
-- name: in from
select x from (select email as x from app.customers) s;
--;
-- name: in from, computed inside
select x from (select email || '' as x from app.customers) s;
--;
-- name: in from with a limit so that it isn't pulled up
select x || '' from (select email as x from app.customers offset 0) s;
--;
-- name: in from with distinct
select x from (select distinct email as x from app.customers) s;
--;
-- name: in from of values
select * from (values ((select email from app.customers where id = 1), 2)) v(a, b);
--;
-- name: values statement
values ('a', (select email from app.customers where id = 1));
--;
-- name: values in an array
select v.a[1] from (values (array(select ssn::text from app.customers order by id))) v(a);
--;
-- name: correlated through two levels
select (select (select c.email)) from app.customers c;
--;
-- name: correlated with an outer star
select (select x from (select c.*) y(a, b, x)) from app.customers c;
--;
-- name: lateral
select l.x from app.customers c, lateral (select c.email as x) l;
--;
-- name: lateral of lateral
select m.y from app.customers c, lateral (select c.email as x) l, lateral (select l.x as y) m;
--;
-- name: left join lateral
select l.x || '' from app.customers c left join lateral (select c.email as x) l on true;
--;
-- name: row subselect
select (r).f1 from (select (select row(email, 1) from app.customers where id = 1)::text as t, 1) z, lateral (select t as f1) r;
--;
-- name: multi-assignment from a subselect
update app.notes set (note, number) = (select email, 1 from app.customers where id = 1) where id = 1;
select note from app.notes where id = 1;
--;
-- name: in a filter and in the result
select email from app.customers where email in (select email from app.customers);
--;
-- name: limit by subselect with value shown
select email from app.customers limit (select 1);
--;
-- name: order by subselect with value shown
select lower(email) from app.customers order by (select 1);
--;
-- name: any comparison in a case
select case when 'x' <> all (select email from app.customers) then (select max(email) from app.customers) end;
--;
-- name: subselect in a function argument
select concat('<', (select email from app.customers where id = 1), '>');
--;
-- name: subselect in a window
select first_value((select email from app.customers where id = 1)) over () from app.notes limit 1;
--;
-- name: subselect in an aggregate
select max((select email from app.customers where id = 1)) from app.notes;
--;
-- name: subselect in a set-returning function
select regexp_split_to_table((select email from app.customers where id = 1), '@');
--;
-- name: subselect in rows from
select * from rows from (string_to_table((select email from app.customers where id = 1), '@'), generate_series(1, 2)) as t(a, b);
--;
-- name: subselect in table function with ordinality
select t.a from string_to_table((select email from app.customers where id = 1), '@') with ordinality as t(a, n);
--;
-- name: subselect in array slice
select ('{a,b}'::text[] || (select email from app.customers where id = 1)::text)[3:3];
--;
-- name: subselect with for update
select email || '' from (select email from app.customers for update) x;
--;
-- name: subselect of a returning cte
with w as (update app.customers set name = name where id = 1 returning email) select (select email from w);
--;
-- name: tablesample
select upper(email) from app.customers tablesample bernoulli (100) repeatable (1);
--;
-- name: parenthesised select
(((select email from app.customers)));
--;
-- name: parenthesised with order
(select lower(email) from app.customers) order by 1 limit 2;
--;
