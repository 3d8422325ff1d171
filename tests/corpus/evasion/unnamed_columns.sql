-- name: whole row beside a constant
select r from (select email, 1 from app.customers) r;
--;
-- name: whole row beside an operator
select r from (select email, 1 + 1 from app.customers) r;
--;
-- name: whole row as json
select row_to_json(r) from (select email, 1 from app.customers) r;
--;
-- name: whole row as text
select r::text from (select 1, email from app.customers) r;
--;
-- name: whole row concatenated
select concat(r) from (select 1, email from app.customers) r;
--;
-- name: whole row aggregated
select json_agg(r) from (select email, 1 from app.customers) r;
--;
-- name: whole row in an array
select array_agg(r) from (select email, 1 from app.customers) r;
--;
-- name: whole row of a cte
with r as (select email, 1 from app.customers) select r from r;
--;
-- name: whole row of a returning cte
with r as (update app.customers set name = name where id = 1 returning email, 1) select r from r;
--;
-- name: field of a whole row
select (r).x from (select email || '' as x, 1 from app.customers) r;
--;
-- name: field of a lateral row
select (r).f from (select email || '' as t, 1 from app.customers) z, lateral (select t as f) r;
--;
-- name: whole row beside a constant of another item
select c from app.customers c, (select 1) one;
--;
-- name: whole row beside values
select c::text from app.customers c, (select 1, 2 as two) one where one.two = 2;
--;
-- name: whole row as json beside a constant of another item
select to_jsonb(c) from app.customers c cross join (select 1 + 1) one;
--;
-- name: whole row of a join beside a constant
select j from (app.customers c cross join (select 1) o) as j;
--;
-- name: outer column inside an inner select
select (select email || y.k from (select 1, 'x' as k) y) from app.customers;
--;
-- name: outer column inside an inner select, bare
select (select email from (select 1) y) from app.customers;
--;
-- name: outer column inside a lateral
select l.z from app.customers, lateral (select email || '' as z from (select 1) y) l;
--;
-- name: outer column inside an array
select array(select email from (select 1) y) from app.customers;
--;
-- name: outer row inside an inner select
select (select c from (select 1) y) from app.customers c;
--;
-- name: outer row as json inside an inner select
select (select to_json(c) from (select 1) y) from app.customers c;
--;
-- name: outer column inside exists that shows
select (select max(email) from (select 1, 2) y) from app.customers;
--;
-- name: column of another item
select upper(email) from app.customers, (select 1) y;
--;
-- name: column of another item, behind
select upper(email) from (select 1) y, app.customers;
--;
-- name: column by attribute notation beside a constant
select email(r) from (select email, 1 from app.customers) r;
--;
-- name: column qualified beside a constant
select r.email || '' from (select 1, email from app.customers) r;
--;
-- name: unnamed column itself
select r."?column?" from (select email || '' from app.customers) r;
--;
-- name: unnamed column itself, computed
select upper("?column?") from (select email || '' from app.customers) r;
--;
-- name: unnamed column through a union
select "?column?" from (select 'x' union all select email from app.customers) r;
--;
-- name: unnamed column through two levels
select "?column?" || '' from (select "?column?" || '' from (select email || '' from app.customers) a) b;
--;
-- name: unnamed columns of one name cannot be told, a star can
select * from (select 1, email || '' from app.customers) r;
--;
-- name: column named after a function
select upper from (select upper(email) from app.customers) r;
--;
-- name: column named after a function beside a constant
select upper || '' from (select 1, upper(email) from app.customers) r;
--;
-- name: column named after a case
select "case" || '' from (select case when true then email end, 1 from app.customers) r;
--;
-- name: column named after coalesce
select "coalesce" || '' from (select coalesce(email, ''), 1 from app.customers) r;
--;
-- name: column named after a field
select email || '' from (select (c).email, 1 from app.customers c) r;
--;
-- name: column named after an array
select "array" from (select array[email], 1 from app.customers) r;
--;
-- name: column named after a subselect's column
select email || '' from (select (select email from app.customers where id = 1), 1) r;
--;
-- name: column named after a row
select "row" from (select row(email), 1 from app.customers) r;
--;
-- name: column of values
select column1 || '' from (values ((select email from app.customers where id = 1))) v;
--;
-- name: column of values beside a constant
select column2 || '' from (values (1, (select email from app.customers where id = 1))) v;
--;
-- name: row of values
select v from (values (1, (select email from app.customers where id = 1))) v;
--;
-- name: inserted beside a constant
insert into app.notes (id, note) select 1001, r::text from (select email, 1 from app.customers where id = 1) r;
select note from app.notes where id = 1001;
--;
-- name: kept beside a constant
select set_config('x.y', r::text, false) from (select email, 1 from app.customers where id = 1) r;
show x.y;
--;
-- name: error beside a constant
select r::text::int from (select email, 1 from app.customers where id = 1) r;
--;
-- name: copied beside a constant
copy (select r from (select email, 1 from app.customers) r) to stdout;
--;
-- name: cursor beside a constant
declare c cursor for select r from (select email, 1 from app.customers) r;
fetch all c;
--;
-- name: temporary table beside a constant
create temp table t as select r::text as x from (select email, 1 from app.customers) r;
select x from t;
--;
-- name: update beside a constant
update app.notes n set note = r::text from (select email, 1 from app.customers where id = 1) r where n.id = 1;
select note from app.notes where id = 1;
--;
-- name: merge beside a constant
merge into app.notes n using (select id, email, 1 from app.customers) r on n.id = r.id when matched then update set note = r::text;
select note from app.notes where id = 1;
--;
