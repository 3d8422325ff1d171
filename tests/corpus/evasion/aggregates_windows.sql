-- name: min and max
select min(email), max(ssn) from app.customers;
--;
-- name: string_agg
select string_agg(email, ',') from app.customers;
--;
-- name: string_agg of bytes
select string_agg(email::bytea, ','::bytea) from app.customers;
--;
-- name: array_agg
select array_agg(email) from app.customers;
--;
-- name: array_agg of arrays
select array_agg(array[email, ssn]) from app.customers;
--;
-- name: array_agg with filter
select array_agg(email) filter (where id > 0) from app.customers;
--;
-- name: array_agg distinct ordered
select array_agg(distinct email order by email desc) from app.customers;
--;
-- name: json_agg
select json_agg(email) from app.customers;
--;
-- name: jsonb_agg of rows
select jsonb_agg(c) from app.customers c;
--;
-- name: json_object_agg
select json_object_agg(id, email) from app.customers;
--;
-- name: json_object_agg, value as key
select json_object_agg(email, id) from app.customers;
--;
-- name: jsonb_object_agg, value as key
select jsonb_object_agg(ssn, 1) from app.customers;
--;
-- name: xmlagg
select xmlagg(xmlelement(name e, email)) from app.customers;
--;
-- name: mode
select mode() within group (order by email) from app.customers;
--;
-- name: percentile_disc
select percentile_disc(0) within group (order by email) from app.customers;
--;
-- name: percentile_disc of several
select percentile_disc(array[0, 0.5, 1]) within group (order by ssn) from app.customers;
--;
-- name: percentile_cont of numbers
select percentile_cont(0) within group (order by replace(ssn, '-', '')::float8) from app.customers;
--;
-- name: sum of one
select sum(replace(ssn, '-', '')::bigint) from app.customers where id = 1;
--;
-- name: average of one
select avg(card::numeric) from app.customers where id = 1;
--;
-- name: bit_and
select bit_and(replace(ssn, '-', '')::bigint) from app.customers where id = 1;
--;
-- name: range_agg
select range_agg(int8range(replace(ssn, '-', '')::bigint, null)) from app.customers where id = 1;
--;
-- name: regression intercept
select regr_avgx(1, replace(ssn, '-', '')::float8) from app.customers where id = 1;
--;
-- name: any value by having
select email from app.customers group by email having count(*) > 0;
--;
-- name: grouping sets
select email, count(*) from app.customers group by grouping sets ((email), ());
--;
-- name: rollup
select lower(email), count(*) from app.customers group by rollup (lower(email));
--;
-- name: cube
select ssn, card from app.customers group by cube (ssn, card);
--;
-- name: group by primary key shows the rest
select email || '' from app.customers group by id;
--;
-- name: distinct on
select distinct on (email) email || '' from app.customers;
--;
-- name: first_value
select first_value(email) over (order by id) from app.customers;
--;
-- name: last_value
select last_value(email) over () from app.customers;
--;
-- name: nth_value
select nth_value(email, 1) over () from app.customers;
--;
-- name: lag with a default
select lag('x'::text, 1, email::text) over (order by id) from app.customers;
--;
-- name: lead
select lead(email) over (order by id desc) from app.customers;
--;
-- name: max over a window
select max(email) over (partition by id) from app.customers;
--;
-- name: array_agg over a window
select array_agg(email) over w from app.customers window w as (order by id rows unbounded preceding);
--;
-- name: aggregate with filter over a window
select min(ssn) filter (where true) over () from app.customers;
--;
-- name: window over a subselect
select first_value(x) over () from (select email as x from app.customers where id = 1) s;
--;
-- name: aggregate of a window
select string_agg(x, ',') from (select first_value(email) over (order by id) as x from app.customers) s;
--;
-- name: a user's aggregate
select app.glued(email) from app.customers;
--;
-- name: a user's aggregate over a window
select app.glued(email) over (order by id) from app.customers;
--;
-- name: rank with value beside it
select rank() over (order by email), email || '' from app.customers;
--;
-- name: having with a leak in the result
select max(email) from app.customers having count(*) > 0;
--;
-- name: grouped constant with value in a sublink
select (select max(c.email)) from app.customers c;
--;
-- name: outer aggregate inside a subselect
select (select max(c.email) || i.note from app.notes i where i.id = 1) from app.customers c;
--;
-- name: tsvector statistics
select word from ts_stat('select to_tsvector(''simple'', replace(email, ''@'', '' '')) from app.customers');
--;
-- name: ordered-set in a subselect
select (select mode() within group (order by c.email) from app.customers c);
--;
