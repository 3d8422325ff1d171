-- name: a masked column beside a clean one
select id, upper(mail) from app.customer_emails;
--;
-- name: an expression over a clean and a masked column
select name || highest from app.summed;
--;
-- name: two masked columns of one row
select address || shouted from app.contacts where id = 1;
--;
-- name: a sub-select's column of a view
select lower(highest) from app.summed;
--;
-- name: a renamed column of a view
select concat(b) from app.customer_emails v(a, b);
--;
-- name: a renamed column of a view, fewer names than columns
select concat(mail) from app.customer_emails v(a);
--;
-- name: a view's row as a column of its own name
select customer_emails from app.customer_emails;
--;
-- name: a view's row, one field
select (v).mail from app.customer_emails v;
--;
-- name: a view's row, one field, computed
select upper((v).mail) from app.customer_emails v;
--;
-- name: a view's row through a sub-select
select upper((x.r).mail) from (select v as r from app.customer_emails v) x;
--;
-- name: a view's row to a document
select to_jsonb(v) -> 'mail' from app.customer_emails v where id = 1;
--;
-- name: a view's star
select upper(x.mail) from (select * from app.customer_emails) x;
--;
-- name: a view's star, joined
select upper(shouted) from app.contacts natural join (select 1 as id) x;
--;
-- name: a view joined to itself
select string_agg(a.mail || b.mail, '') from app.customer_emails a join app.customer_emails b using (id);
--;
-- name: a view in a lateral
select l.m from app.notes n, lateral (select lower(mail) as m from app.customer_emails v where v.id = n.id) l where n.id = 1;
--;
-- name: a view in a cte of its own name
with customer_emails as (select * from app.customer_emails) select lower(mail) from customer_emails;
--;
-- name: a view in a recursion
with recursive r(n, m) as (select 1, ''::text union all select n + 1, m || (select mail from app.customer_emails v where v.id = r.n) from r where n < 4) select max(m) from r where n > 1;
--;
-- name: a view in a union by position
select note from app.notes where id = 1 union all select mail from app.customer_emails;
--;
-- name: a view's column by values
select v from (values ((select mail from app.customer_emails where id = 1))) x(v);
--;
-- name: a view's aggregate
select string_agg(mail, ',') from app.customer_emails;
--;
-- name: a view's window
select first_value(mail) over (order by id) || '' from app.customer_emails;
--;
-- name: a view's column copied
copy (table app.stored_emails) to stdout;
--;
-- name: a view's columns copied by name
copy (select mail, id from app.customer_emails) to stdout;
--;
-- name: a view's column returned
with u as (update app.customer_emails set mail = mail where id = 1 returning mail) select upper(mail) from u;
--;
-- name: a view's column returned, computed
update app.customer_emails set mail = mail where id = 1 returning mail || '';
--;
-- name: a view's row returned
update app.customer_emails v set mail = mail where id = 3 returning to_jsonb(v);
--;
-- name: a view's column, inserted through
insert into app.customer_emails values (99, (select ssn from app.customers where id = 1)) returning mail;
--;
-- name: a view that an administrator made anew
-- setup: create view app.shown as select id, email as a, upper(email) as b, email || ssn as c, id + 1 as d from app.customers; alter view app.shown owner to scram_user
-- cleanup: drop view app.shown
select a, b, c from app.shown;
select lower(b) from app.shown;
--;
-- name: a view with its columns renamed
-- setup: create view app.shown (x, y) as select email, id from app.customers; alter view app.shown owner to scram_user
-- cleanup: drop view app.shown
select concat(x) from app.shown;
--;
-- name: a view with a column whose name is clean elsewhere
-- setup: create view app.shown as select email as id, id as email from app.customers; alter view app.shown owner to scram_user
-- cleanup: drop view app.shown
select concat(id) from app.shown;
--;
-- name: a view replaced, with a column more
-- setup: create view app.shown as select id from app.customers; create or replace view app.shown as select id, email as extra from app.customers; alter view app.shown owner to scram_user
-- cleanup: drop view app.shown
select extra || '' from app.shown;
--;
-- name: a view of a join's using column
-- setup: create view app.shown as select email from app.customers full join (select 'x' as email) x using (email); alter view app.shown owner to scram_user
-- cleanup: drop view app.shown
select lower(email) from app.shown;
--;
-- name: a view of a union's second branch
-- setup: create view app.shown as select note from app.notes where id = 1 union all select email from app.customers; alter view app.shown owner to scram_user
-- cleanup: drop view app.shown
select lower(note) from app.shown;
--;
-- name: a view of a recursion's second branch
-- setup: create view app.shown as with recursive r(n, m) as (select 1, ''::text union all select n + 1, (select email::text from app.customers c where c.id = r.n) from r where n < 4) select m from r; alter view app.shown owner to scram_user
-- cleanup: drop view app.shown
select lower(m) from app.shown;
--;
-- name: a view of a condition
-- setup: create view app.shown as select p, chr(n) as x from generate_series(1, 11) p, generate_series(32, 126) n, app.customers c where c.id = 1 and chr(n) = substr(c.email, p, 1); alter view app.shown owner to scram_user
-- cleanup: drop view app.shown
select string_agg(x, '' order by p) from app.shown;
--;
-- name: a materialized view of a row
-- setup: create materialized view app.shown as select c from app.customers c; alter materialized view app.shown owner to scram_user
-- cleanup: drop materialized view app.shown
select (c).email from app.shown;
select (x.c).email || '' from app.shown x;
--;
-- name: a view of an array
-- setup: create view app.shown as select array_agg(email) as all_of from app.customers; alter view app.shown owner to scram_user
-- cleanup: drop view app.shown
select all_of[1] from app.shown;
select unnest(all_of) from app.shown;
--;
-- name: a view with a rule that answers with another's rows
-- setup: create view app.shown as select 1 as id, 'x'::text as note; create rule told as on update to app.shown do instead update app.notes set note = (select email from app.customers where id = 1) where id = 1 returning notes.id, notes.note; alter view app.shown owner to scram_user
-- cleanup: drop view app.shown; update app.notes set note = 'note 1' where id = 1
update app.shown set id = 2 returning note;
select note from app.notes where id = 1;
--;
-- name: a trigger that keeps another table's column
-- setup: create function app.keep() returns trigger language plpgsql as $$ begin update app.notes set note = c.email from app.customers c where c.id = new.id and notes.id = new.id; return new; end $$; create trigger kept after update on app.orders for each row execute function app.keep()
-- cleanup: drop trigger kept on app.orders; drop function app.keep(); update app.notes set note = 'note ' || id
update app.orders set note = note;
select note from app.notes;
--;
