-- name: plain
select email from app.customers;
--;
-- name: as another column of the table
select email as name from app.customers;
--;
-- name: without as
select email name_length from app.customers;
--;
-- name: as a keyword
select email as "select" from app.customers;
--;
-- name: as an empty-looking name
select email as " " from app.customers;
--;
-- name: swapped labels
select email as ssn, ssn as email, name as card from app.customers;
--;
-- name: the same label twice
select name as x, email as x, name as x from app.customers;
--;
-- name: table alias
select c.email from app.customers c;
--;
-- name: table alias that is another table's name
select orders.email from app.customers orders;
--;
-- name: table alias that is a schema's name
select app.email from app.customers app;
--;
-- name: qualified by schema
select app.customers.email from app.customers;
--;
-- name: qualified by database
select sample.app.customers.email from sample.app.customers;
--;
-- name: column aliases by position
select c from app.customers as t(a, b, c);
--;
-- name: column aliases that swap names
select name from app.customers as t(id, email, name);
--;
-- name: column aliases computed upon
select upper(name) from app.customers as t(id, email, name);
--;
-- name: fewer column aliases than columns
select ssn || '' from app.customers as t(a, b, c);
--;
-- name: alias of an alias
select y from (select x as y from (select email as x from app.customers) a) b;
--;
-- name: alias equal to a masked column of something clean
select email || '' from (select id, email from app.customers) as notes(id, email);
--;
-- name: join alias
select j.email from (app.customers c cross join (select 1) o) as j;
--;
-- name: join alias with column list
select j.z from (app.customers c cross join (select 1) o) as j(x, y, z);
--;
-- name: join alias hides the tables
select upper(z) from (app.customers c cross join (select 1 as one) o) as j(x, y, z);
--;
-- name: values alias
select v.w from app.customers c, lateral (values (c.email)) as v(w);
--;
-- name: function alias
select f from app.customers c, lateral concat(c.email) as f;
--;
-- name: function alias with a column
select f.g from app.customers c, lateral concat(c.email) as f(g);
--;
-- name: cte column list
with w(note) as (select email from app.customers) select note from w;
--;
-- name: cte with the name of a clean table
with notes as (select email as note from app.customers) select note || '' from notes;
--;
-- name: cte with the name of the masked table
with customers as (select email as name from app.customers) select upper(name) from customers;
--;
-- name: cte with the name of a catalogue table
with pg_class as (select email as relname from app.customers) select upper(relname) from pg_class;
--;
-- name: cte shadows a table inside another cte
with a as (select email as note from app.customers), notes as (select note from a) select reverse(note) from notes;
--;
-- name: nested with
with a as (with b as (with c as (select email as x from app.customers) select x from c) select x from b) select x || '' from a;
--;
-- name: inner alias shadows an outer one
select (select upper(n.email) from app.customers n where n.id = 1) from app.notes n where n.id = 1;
--;
-- name: search path instead of a schema
set local search_path = app;
select upper(email) from customers;
--;
-- name: search path by set_config
select set_config('search_path', 'app, public', true);
select email || '' from customers;
--;
-- name: search path of a schema that does not exist yet
set local search_path = nowhere, app;
select email, upper(email) from customers;
--;
-- name: order by label
select email as e from app.customers order by e;
--;
-- name: group by position
select email from app.customers group by 1;
--;
-- name: group by label, computed
select lower(email) as e from app.customers group by e order by e desc;
--;
-- name: distinct label
select distinct email as id from app.customers;
--;
-- name: alias of only
select x.email || '' from only app.customers x;
--;
-- name: alias of the star form
select x.email from app.customers * x;
--;
-- name: union takes labels from its first part
select name, id from app.customers where false union all select email, id from app.customers;
--;
-- name: update alias
update app.customers x set name = name where x.id = 1 returning x.email as name;
--;
-- name: insert alias
insert into app.customers as x (id, name, email) values (1, 'a', 'b') on conflict (id) do update set name = 'z' returning x.email;
--;
-- name: delete alias
delete from app.events x where x.id = 1 returning upper(x.who);
--;
