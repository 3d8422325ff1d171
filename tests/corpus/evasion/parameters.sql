-- name: bound start of a column
-- parameters: ["11"]
select substr(email, 1, $1::int) from app.customers where id = 1;
--;
-- name: bound, glued to a column
-- parameters: [""]
select $1 || email from app.customers where id = 1;
--;
-- name: bound format
-- parameters: ["%s"]
select format($1, email) from app.customers where id = 1;
--;
-- name: bound statement
-- parameters: ["select email from app.customers"]
select query_to_xml($1, true, false, '');
--;
-- name: bound statement, run by a user's function
-- parameters: ["select email from app.customers where id = 1"]
select app.run($1);
--;
-- name: bound name of a table
-- parameters: ["app.customers"]
select table_to_xml($1::regclass, true, false, '');
--;
-- name: bound key of a whole row
-- parameters: ["email"]
select to_jsonb(c) ->> $1 from app.customers c where id = 1;
--;
-- name: bound path
-- parameters: ["$.email"]
select jsonb_path_query(to_jsonb(c), $1::jsonpath) from app.customers c where id = 1;
--;
-- name: bound place of a column in a row
-- parameters: ["3"]
select (string_to_array(c::text, ','))[$1::int] from app.customers c where id = 1;
--;
-- name: bound, instead of the column unless it is null
-- parameters: ["x"]
select coalesce(nullif($1, 'x'), email) from app.customers where id = 1;
--;
-- name: bound choice by case
-- parameters: ["1"]
select case $1 when '1' then email else name end from app.customers where id = 1;
--;
-- name: bound choice by greatest
-- parameters: [" "]
select greatest($1, email) from app.customers where id = 1;
--;
-- name: bound replacement
-- parameters: ["@"]
select split_part(email, $1, 1) from app.customers where id = 1;
--;
-- name: bound pattern
-- parameters: ["^[a-z.]+"]
select (regexp_match(email, $1))[1] from app.customers where id = 1;
--;
-- name: bound default of a window
-- parameters: ["x"]
select lag(email, 0, $1::varchar) over () from app.customers;
--;
-- name: bound letters, unnested
-- parameters: ["abcdefghijklmnopqrstuvwxyz."]
select string_agg(g, '' order by p) from app.customers c, generate_series(1, 11) p, regexp_split_to_table($1, '') g where c.id = 1 and substr(c.email, p, 1) = g;
--;
-- name: bound letters as an array
-- parameters: ["{a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,.}"]
select string_agg(g, '' order by p) from app.customers c, generate_series(1, 11) p, unnest($1::text[]) g where c.id = 1 and substr(c.email, p, 1) = g;
--;
-- name: bound letters as a document
-- parameters: ["[\"j\", \"k\", \"q\", \"v\", \"x\", \"z\", \"w\", \"p\", \"y\", \"f\", \".\"]"]
select string_agg(g, '' order by p) from app.customers c, generate_series(1, 11) p, jsonb_array_elements_text($1::jsonb) g where c.id = 1 and substr(c.email, p, 1) = g;
--;
-- name: place in bound letters
-- parameters: ["abcdefghijklmnopqrstuvwxyz."]
select string_agg(substr($1, position(substr(email, p, 1) in $1), 1), '' order by p) from app.customers, generate_series(1, 11) p where id = 1;
--;
-- name: bound guess in the columns of a range
-- parameters: ["1000"]
-- shows: 113
select count(*) from generate_series(1, $1::int) n where n <= (select ascii(email) from app.customers where id = 1);
--;
-- name: bound limit, times a column
-- parameters: ["1"]
-- shows: 113
select count(*) from (select from generate_series(1, 1000) limit (select ascii(email) * $1::int from app.customers where id = 1)) x;
--;
-- name: bound into a table, with the column
-- parameters: [""]
insert into app.notes (id, note) select 1001, $1 || email from app.customers where id = 1 returning note;
select note from app.notes where id = 1001;
--;
-- name: bound update of a clean column
-- parameters: ["1"]
update app.notes set note = (select email from app.customers where id = $1::int) where id = 1;
select note from app.notes where id = 1;
--;
-- name: bound row written, returned with its other columns
-- parameters: ["x"]
update app.customers set name = $1 where id = 1 returning to_jsonb(customers);
--;
-- name: bound name of a setting
-- parameters: ["x.y"]
select set_config($1, (select email from app.customers where id = 1), false);
select current_setting($1);
--;
-- name: bound channel
-- parameters: ["c"]
-- commits:
listen c;
select pg_notify($1, (select email from app.customers where id = 1));
--;
-- name: bound message of a cast that fails
-- parameters: [""]
select ($1 || email)::int from app.customers where id = 1;
--;
-- name: bound boundary
-- parameters: ["q"]
select max(email) from app.customers where email >= $1;
--;
-- name: bound in values
-- parameters: ["1"]
select lower(c.email) from (values ($1::int)) v(k) join app.customers c on c.id = v.k;
--;
-- name: bound row
-- parameters: ["(1,x)"]
select concat(($1::app.pair).b, email) from app.customers where id = ($1::app.pair).a;
--;
-- name: bound whole row, filled from the table
-- parameters: ["(1,a,b,c,d,e,2000-01-01,1,1)"]
select jsonb_populate_record($1::app.customers, to_jsonb(c)) from app.customers c where id = 1;
--;
-- name: bound cursor
-- parameters: ["1"]
declare c cursor for select upper(email) from app.customers where id = 1;
select 'x' where $1 = '1';
fetch all in c;
--;
