-- name: union
select email from app.customers union select 'x';
--;
-- name: union all behind a clean part
select note from app.notes where id = 1 union all select email from app.customers;
--;
-- name: union with a null
select null union all select email from app.customers;
--;
-- name: intersect
select email from app.customers intersect select email from app.customers;
--;
-- name: except
select email from app.customers except select 'x';
--;
-- name: except all
select ssn from app.customers except all select 'x';
--;
-- name: nested set operations
(select name from app.customers except select name from app.customers) union (select email from app.customers);
--;
-- name: union of stars
select * from app.customers union all select * from app.customers;
--;
-- name: union of tables
table app.customers union table app.customers;
--;
-- name: union of whole rows
select c from app.customers c union all select c from app.customers c;
--;
-- name: union in a subselect
select x || '' from (select name as x from app.customers union all select email from app.customers) u;
--;
-- name: union in a subselect, plain
select x from (select name as x from app.customers union all select email from app.customers) u;
--;
-- name: union in an array
select array(select name from app.customers union select email from app.customers);
--;
-- name: union in a cte
with u(x) as (select name from app.customers union select ssn from app.customers) select x from u;
--;
-- name: union with values
values ('x') union all select email from app.customers;
--;
-- name: union under an order
select name from app.customers union all select email from app.customers order by 1;
--;
-- name: union with casts
select id::text from app.customers union all select card from app.customers;
--;
-- name: union of numbers
select id::bigint from app.customers union all select replace(ssn, '-', '')::bigint from app.customers;
--;
-- name: union and aggregate
select string_agg(x, ',') from (select name as x from app.customers union all select email from app.customers) u;
--;
-- name: union of view and table
select mail from app.customer_emails union all select note from app.notes where id = 1;
--;
-- name: view of a union
select who || '' from app.united;
--;
-- name: into through a union
select note into temp leaked from app.notes where id = 1 union all select email from app.customers;
select note from leaked;
--;
-- name: insert through a union
insert into app.notes (id, note) select 6000, 'x' union all select 6001, email from app.customers where id = 1;
select note from app.notes where id = 6001;
--;
-- name: recursive union without all
with recursive r(x) as (select email from app.customers union select x from r) select x from r;
--;
-- name: union in exists position
select (select email from app.customers where id = 1 union select 'x' where false);
--;
-- name: many unions
select '1' union all select '2' union all select '3' union all select '4' union all select ssn from app.customers;
--;
