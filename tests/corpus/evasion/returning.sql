-- name: update returning a column
update app.customers set name = name where id = 1 returning email;
--;
-- name: update returning an expression
update app.customers set name = name where id = 1 returning upper(email);
--;
-- name: update returning a sublink
update app.notes set note = note where id = 1 returning (select email from app.customers where id = 1);
--;
-- name: update returning another table of from
update app.notes n set note = note from app.customers c where n.id = c.id and n.id = 1 returning c.email;
--;
-- name: update returning another table's row
update app.notes n set note = note from app.customers c where n.id = c.id and n.id = 1 returning c;
--;
-- name: update returning star of both
update app.notes n set note = note from app.customers c where n.id = c.id and n.id = 1 returning *;
--;
-- name: update of a masked column returning it
update app.customers set email = email || '' where id = 1 returning email || '';
--;
-- name: insert returning a sublink
insert into app.notes (id, note) values (7000, 'x') returning (select email from app.customers where id = 1);
--;
-- name: insert returning the row on conflict
insert into app.customers (id, name, email) values (1, 'x', 'y') on conflict (id) do update set name = 'x' returning customers;
--;
-- name: insert on conflict copies the old value
insert into app.customers as c (id, name, email) values (1, 'x', 'y') on conflict (id) do update set name = c.email returning name;
--;
-- name: insert on conflict copies by the table's name
insert into app.customers (id, name, email) values (1, 'x', 'y') on conflict (id) do update set name = customers.ssn returning name;
--;
-- name: insert on conflict copies from a subselect
insert into app.notes (id, note) values (1, 'y') on conflict (id) do update set note = (select email from app.customers where id = 1) returning note;
--;
-- name: insert on conflict multi-assignment
insert into app.notes (id, note) values (1, 'y') on conflict (id) do update set (note, number) = (select email, 1 from app.customers where id = 1);
select note from app.notes where id = 1;
--;
-- name: insert with a subselect among its values
insert into app.notes (id, note) values (7001, 'a'), (7002, (select email from app.customers where id = 1)) returning note;
--;
-- name: insert with an overriding clause
insert into app.notes (id, note) overriding user value select 7003, email from app.customers where id = 1 returning note;
--;
-- name: merge from a view
merge into app.notes n using app.customer_emails v on n.id = v.id when matched then update set note = v.mail;
select note from app.notes where id = 1;
--;
-- name: update a view returning
update app.customer_emails set id = id where id = 1 returning mail;
--;
-- name: update a view returning an expression
update app.customer_emails set id = id where id = 1 returning mail || '';
--;
-- name: delete returning
delete from app.events where id = 1 returning who;
--;
-- name: delete returning an expression
delete from app.events where id = 1 returning upper(who);
--;
-- name: delete returning a table of using
delete from app.notes n using app.customers c where n.id = c.id returning c.email;
--;
-- name: delete returning its row
delete from app.events e where id = 1 returning e;
--;
-- name: delete from an inherited table
delete from app.people p where true and name is not null returning p.ssn;
--;
-- name: returning into a cte and out
with r as (delete from app.events where id = 1 returning who as x) select x || '' from r;
--;
-- name: returning json
update app.customers c set name = name where id = 1 returning row_to_json(c);
--;
-- name: returning an array
update app.customers set name = name where id = 1 returning array[email, ssn];
--;
-- name: returning by attribute notation
set local search_path = app;
update app.customers c set name = name where id = 1 returning c.label;
--;
-- name: returning under a label
update app.customers set name = name where id = 1 returning email as name;
--;
-- name: merge copies
merge into app.notes n using app.customers c on n.id = c.id when matched then update set note = c.email;
select note from app.notes where id = 1;
--;
-- name: merge inserts
merge into app.notes n using app.customers c on n.id = -c.id when not matched then insert (id, note) values (8000 + c.id, c.email);
select note from app.notes where id = 8001;
--;
-- name: merge from a subselect
merge into app.notes n using (select id, email as e from app.customers) c on n.id = c.id when matched then update set note = e;
select note from app.notes where id = 1;
--;
-- name: merge with a multi-assignment
merge into app.notes n using app.customers c on n.id = c.id when matched then update set (note, number) = (c.ssn, 1);
select note from app.notes where id = 1;
--;
-- name: merge within the masked table
merge into app.customers n using app.customers c on n.id = c.id when matched then update set name = n.email;
select name from app.customers where id = 1;
--;
-- name: merge with a sublink
merge into app.notes n using (values (1)) v(k) on n.id = v.k when matched then update set note = (select email from app.customers where id = 1);
select note from app.notes where id = 1;
--;
-- name: merge returning
-- needs: 17
merge into app.notes n using app.customers c on n.id = c.id when matched then update set note = 'x' returning c.email;
--;
-- name: merge returning with its action
-- needs: 17
merge into app.customers n using (values (1)) v(k) on n.id = v.k when matched then update set name = 'x' returning merge_action(), n.email || '';
--;
-- name: merge returning in a cte
-- needs: 17
with m as (merge into app.customers n using (values (1)) v(k) on n.id = v.k when matched then update set name = 'x' returning n.email as x) select x || '' from m;
--;
-- name: returning old
-- needs: 18
update app.customers set email = 'x' where id = 1 returning old.email;
--;
-- name: returning old row
-- needs: 18
update app.customers set email = 'x' where id = 1 returning old;
--;
-- name: returning old star
-- needs: 18
update app.customers set email = 'x' where id = 1 returning old.*;
--;
-- name: returning with an alias for old
-- needs: 18
update app.customers set email = 'x' where id = 1 returning with (old as notes) notes.email || '';
--;
-- name: returning new
-- needs: 18
update app.customers set name = 'x' where id = 1 returning new.email || '';
--;
-- name: insert returning old on conflict
-- needs: 18
insert into app.customers (id, name, email) values (1, 'x', 'y') on conflict (id) do update set email = 'z' returning old.email || '';
--;
-- name: delete returning old
-- needs: 18
delete from app.events where id = 1 returning to_jsonb(old);
--;
