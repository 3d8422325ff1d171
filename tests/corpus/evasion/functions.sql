-- name: user function
select app.reveal(1);
--;
-- name: user function in from
select * from app.reveal(1);
--;
-- name: user function by search path
set local search_path = app;
select reveal(1);
--;
-- name: user function of a column
select app.reveal(id) from app.notes where id < 4;
--;
-- name: user function in an expression
select upper(app.reveal(1)) || '';
--;
-- name: set-returning function of the table's type
select email from app.rows();
--;
-- name: set-returning function, computed
select upper(email) from app.rows();
--;
-- name: set-returning function, whole row
select r from app.rows() r;
--;
-- name: set-returning function in the result
select (app.rows()).email;
--;
-- name: set-returning function, star
select (app.rows()).*;
--;
-- name: function with out parameters
select * from app.pairs();
--;
-- name: function with out parameters renamed
select b from app.pairs() as p(a, b);
--;
-- name: function with ordinality
select * from app.pairs() with ordinality;
--;
-- name: rows from
select * from rows from (app.pairs(), app.rows());
--;
-- name: function of a row
select app.label(c) from app.customers c;
--;
-- name: function that runs its text
select app.run('select email from app.customers where id = 1');
--;
-- name: function that runs a text put together
select app.run('select em' || 'ail from app.cust' || 'omers where id = 1');
--;
-- name: immutable function
select app.fixed();
--;
-- name: procedure with an inout parameter
call app.tell('');
--;
-- name: user operator
select 1 operator(app.===) 1;
--;
-- name: user operator by search path
set local search_path = app;
select 1 === 1;
--;
-- name: user operator in an any
select (select 1 operator(app.===) 1);
--;
-- name: function returning a cursor
select app.open_cursor();
fetch all from opened;
--;
-- name: function that keeps what it is given
select app.keep(email) from app.customers where id = 1;
select current_setting('kept.value');
--;
-- name: function in a default
create temp table d (id int, x text default app.reveal(1));
insert into d values (1);
select x from d;
--;
-- name: function in a generated column
create temp table d (id int, x text generated always as (app.fixed()) stored);
insert into d values (1);
select x from d;
--;
-- name: function in a values list
values (app.reveal(1));
--;
-- name: function in limit shows by an error
select 1 limit (app.reveal(1))::int;
--;
-- name: function in a where clause shows by an error
select 1 where app.reveal(1)::int = 1;
--;
-- name: function in order by shows by an error
select 1 from app.notes order by app.reveal(1)::int;
--;
-- name: function in group by
select app.reveal(1) group by 1;
--;
-- name: function in a returning clause
update app.notes set note = note where id = 1 returning app.reveal(1);
--;
-- name: function stored in a clean table
update app.notes set note = app.reveal(1) where id = 1;
select note from app.notes where id = 1;
--;
-- name: function in a prepared statement's arguments
prepare p(text) as select $1;
execute p(app.reveal(1));
--;
-- name: function in copy
copy (select app.reveal(1)) to stdout;
--;
-- name: function in json
select json_build_object('a', app.reveal(1));
--;
-- name: function through an aggregate
select max(app.reveal(id)) from app.notes where id < 4;
--;
-- name: function with named arguments
create temp table n (x text);
insert into n select app.reveal(1);
select x from n;
--;
-- name: function in a window
select first_value(app.reveal(1)) over ();
--;
-- name: function in a lateral
select l.x from app.notes n, lateral (select app.reveal(n.id) as x) l where n.id = 1;
--;
-- name: variadic call of the server's own
select concat(variadic array(select email from app.customers));
--;
-- name: aggregate as a function in from
select * from concat((select email from app.customers where id = 1)) x;
--;
-- name: trusted shape, same name as the server's
select app.lower(1), upper(email) from app.customers;
--;
-- name: function hidden behind a view
select secret from app.revealed where id = 1;
--;
-- name: function in a check of a domain
select (app.reveal(1))::app.digits;
--;
