-- name: plain
with w as (select email from app.customers) select email from w;
--;
-- name: computed
with w as (select email from app.customers) select email || '' from w;
--;
-- name: materialized
with w as materialized (select email as x from app.customers) select x || '' from w;
--;
-- name: not materialized
with w as not materialized (select email as x from app.customers) select x || '' from w;
--;
-- name: star
with w as (select * from app.customers) select * from w;
--;
-- name: whole row
with w as (select * from app.customers) select w from w;
--;
-- name: whole row field
with w as (select c from app.customers c) select (c).email from w;
--;
-- name: column list over a star
with w(a, b, c) as (select * from app.customers) select upper(c) from w;
--;
-- name: chain
with a as (select email as x from app.customers), b as (select x as y from a), c as (select y as z from b) select z || '' from c;
--;
-- name: recursive
with recursive r(x, n) as (select email, 1 from app.customers union all select x, n + 1 from r where n < 2) select x from r;
--;
-- name: recursive that eats the value
with recursive r(x, rest) as (select ''::text, email::text from app.customers where id = 1 union all select x || left(rest, 1), substr(rest, 2) from r where rest <> '') select max(x) from r;
--;
-- name: recursive, value in the second term
with recursive r(x, n) as (select ''::text, 1 union all select c.email::text, n + 1 from r, app.customers c where n < 2) select x from r;
--;
-- name: search depth first
with recursive r(x, n) as (select email, 1 from app.customers union all select x, n + 1 from r where n < 2) search depth first by x set o select o from r;
--;
-- name: search breadth first
with recursive r(x, n) as (select email, 1 from app.customers union all select x, n + 1 from r where n < 2) search breadth first by x set o select (o) from r;
--;
-- name: cycle path
with recursive r(x, n) as (select email, 1 from app.customers union all select x, n + 1 from r where n < 2) cycle x set looped using path select path from r;
--;
-- name: cycle mark that is a value
with recursive r(x) as (select email from app.customers union all select x from r where false) cycle x set looped to true default false using path select path::text from r;
--;
-- name: update returning
with u as (update app.customers set name = name where id = 1 returning email) select email from u;
--;
-- name: update returning, computed
with u as (update app.customers set name = name where id = 1 returning email as x) select x || '' from u;
--;
-- name: update returning star
with u as (update app.customers set name = name where id = 1 returning *) select u from u;
--;
-- name: delete returning
with d as (delete from app.events where id = 1 returning who) select upper(who) from d;
--;
-- name: insert returning through conflict
with i as (insert into app.customers (id, name, email) values (1, 'x', 'y') on conflict (id) do update set name = 'x' returning ssn) select ssn || '' from i;
--;
-- name: cte feeding an insert
with w as (select email from app.customers where id = 1) insert into app.notes (id, note) select 5000, email from w;
select note from app.notes where id = 5000;
--;
-- name: cte feeding an update
with w as (select email as e from app.customers where id = 1) update app.notes set note = e from w where app.notes.id = 1 returning note;
--;
-- name: cte feeding a delete's returning
with w as (select email as e from app.customers where id = 1) delete from app.notes using w where notes.id = 1 returning e;
--;
-- name: cte with insert returning into cte
with w as (insert into app.notes (id, note) select 5001, email from app.customers where id = 1 returning note) select note from w;
--;
-- name: unused cte beside a leak
with unused as (select 1) select lower(email) from app.customers;
--;
-- name: cte in a subselect
select (with w as (select email from app.customers where id = 1) select email from w);
--;
-- name: cte in an array
select array(with w as (select email from app.customers) select email from w);
--;
-- name: cte of values
with w(x) as (values ((select email from app.customers where id = 1))) select x from w;
--;
-- name: cte of table
with w as (table app.customers) select w.email || '' from w;
--;
-- name: same cte name at two levels
with w as (select 'clean'::text as x) select (with w as (select email as x from app.customers where id = 1) select x from w) from w;
--;
-- name: the inner cte hides, the outer table shows
with customers as (select 1 as id) select (select max(email) from app.customers), id from customers;
--;
-- name: forward reference in recursive
with recursive a as (select x from b), b as (select email as x from app.customers) select x || '' from a;
--;
-- name: cte used in lateral
with w as (select email as x from app.customers) select l.y from w, lateral (select w.x || '' as y) l;
--;
-- name: cte in copy
copy (with w as (select email from app.customers) select email || '' from w) to stdout;
--;
-- name: cte in a cursor
declare cc cursor for with w as (select email as x from app.customers) select x || '' from w;
fetch all cc;
--;
