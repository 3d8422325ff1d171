-- name: update of a clean column
merge into app.notes n using app.customers c on n.id = c.id when matched then update set note = c.email;
select note from app.notes where id <= 3;
--;
-- name: update of a clean column, by a subselect
merge into app.notes n using (values (1)) v(k) on n.id = v.k when matched then update set note = (select email from app.customers where id = v.k);
select note from app.notes where id = 1;
--;
-- name: update of several columns at once
merge into app.notes n using app.customers c on n.id = c.id when matched then update set (note, number) = (c.email, 1);
select note from app.notes where id <= 3;
--;
-- name: update of several columns by a row
merge into app.notes n using app.customers c on n.id = c.id when matched then update set (note, number) = row(c.email, 1);
select note from app.notes where id <= 3;
--;
-- name: update of several columns by a subselect
merge into app.notes n using (values (1)) v(k) on n.id = v.k when matched then update set (note, number) = (select email, 1 from app.customers where id = v.k);
select note from app.notes where id = 1;
--;
-- name: insert of all columns
merge into app.notes n using app.customers c on n.id = -c.id when not matched then insert values (-c.id, c.email);
select note from app.notes where id < 0;
--;
-- name: insert of columns in another order
merge into app.notes n using app.customers c on n.id = -c.id when not matched then insert (note, id) values (c.email, -c.id);
select note from app.notes where id < 0;
--;
-- name: insert from a view
merge into app.notes n using app.customer_emails v on n.id = -v.id when not matched then insert values (-v.id, v.mail);
select note from app.notes where id < 0;
--;
-- name: insert from a whole row
merge into app.notes n using app.customers c on n.id = -c.id when not matched then insert (id, extra) values (-c.id, to_jsonb(c));
select extra from app.notes where id < 0;
--;
-- name: insert from a cte
with c as (select id, email as note from app.customers) merge into app.notes n using c on n.id = -c.id when not matched then insert values (-c.id, c.note);
select note from app.notes where id < 0;
--;
-- name: insert from a join
merge into app.notes n using (app.orders o join app.customers c on c.id = o.customer_id) on n.id = -o.id when not matched then insert values (-o.id, c.email);
select note from app.notes where id < 0;
--;
-- name: insert from a renamed source
merge into app.notes n using (select * from app.customers) as c(a, b, d) on n.id = -c.a when not matched then insert values (-c.a, c.d);
select note from app.notes where id < 0;
--;
-- name: insert from a star behind a name
merge into app.notes n using (select c.id as i, c as r from app.customers c) s on n.id = -s.i when not matched then insert values (-s.i, (s.r).email);
select note from app.notes where id < 0;
--;
-- name: insert with do nothing before it
merge into app.notes n using app.customers c on n.id = c.id when matched and c.id = 2 then do nothing when matched then update set note = c.email when not matched then do nothing;
select note from app.notes where id <= 3;
--;
-- name: one of several branches
merge into app.notes n using app.customers c on n.id = c.id when matched and c.id = 1 then update set note = c.email when matched and c.id = 2 then delete when not matched then insert values (c.id, 'x');
select note from app.notes where id <= 3;
--;
-- name: its own columns
merge into app.customers c using (values (1)) v(k) on c.id = v.k when matched then update set name = c.email;
select name from app.customers where id = 1;
--;
-- name: its own columns, unqualified
merge into app.customers using (values (1)) v(k) on id = v.k when matched then update set name = email;
select name from app.customers where id = 1;
--;
-- name: a masked row's letters, by its condition
merge into app.notes n using (select p, x from generate_series(1, 11) p, generate_series(32, 126) x) g on n.id = g.p and chr(g.x) = substr((select email from app.customers where id = 1), g.p, 1) when matched then update set note = chr(g.x);
select string_agg(note, '' order by id) from app.notes where id <= 11;
--;
-- name: a masked row's letters, by a branch's condition
merge into app.notes n using (select generate_series(32, 126) as x) g on n.id = g.x when matched and chr(g.x) = substr((select email from app.customers where id = 1), 1, 1) then update set note = 'qzvxk' when matched then delete;
select note from app.notes where id = 113;
--;
-- name: rows deleted by a branch's condition
-- shows: MERGE 113
merge into app.notes n using (select 1) x on true when matched and n.id <= (select ascii(email) from app.customers where id = 1) then delete;
--;
-- name: rows inserted by a branch's condition
-- shows: MERGE 113
merge into app.notes n using generate_series(2001, 2500) g on n.id = g when not matched and g - 2000 <= (select ascii(email) from app.customers where id = 1) then insert (id) values (g);
--;
-- name: rows inserted from clean and masked rows
-- shows: MERGE 113
merge into app.notes n using (select o.id from app.notes o, app.customers c where c.id = 1 and o.id <= ascii(c.email)) s on n.id = -s.id when not matched then insert (id) values (-s.id);
--;
-- name: into a view's table
create view app.noted as select id, note from app.notes;
with c as (select id, email from app.customers) update app.noted n set note = c.email from c where c.id = n.id;
select note from app.notes where id <= 3;
--;
-- name: by a prepared statement
prepare p as merge into app.notes n using app.customers c on n.id = c.id when matched then update set note = c.email;
execute p;
select note from app.notes where id <= 3;
--;
-- name: in a made table
create temp table kept (id int, note text);
merge into kept k using app.customers c on k.id = c.id when not matched then insert values (c.id, c.email);
select note from kept;
--;
-- name: explained with its run
explain (analyze, verbose) merge into app.notes n using (select email, id from app.customers where email like 'q%') c on n.id = c.id when matched then update set note = c.email;
select note from app.notes where id = 1;
--;
-- name: returning the source
-- needs: 17
merge into app.notes n using app.customers c on n.id = c.id when matched then update set number = 1 returning c.email;
--;
-- name: returning everything
-- needs: 17
merge into app.notes n using app.customers c on n.id = c.id when matched then update set number = 1 returning *;
--;
-- name: returning an expression
-- needs: 17
merge into app.notes n using app.customers c on n.id = c.id when matched then update set number = 1 returning merge_action() || c.email;
--;
-- name: returning a whole row
-- needs: 17
merge into app.notes n using app.customers c on n.id = c.id when matched then delete returning c;
--;
-- name: returning old and new
-- needs: 18
merge into app.customers c using (values (1)) v(k) on c.id = v.k when matched then update set email = 'x' returning old.email, upper(old.email), to_jsonb(old);
--;
-- name: returning old by another name
-- needs: 18
merge into app.customers c using (values (1)) v(k) on c.id = v.k when matched then update set email = 'x' returning with (old as o, new as n) upper(o.email);
--;
-- name: returning in a cte
-- needs: 17
with m as (merge into app.notes n using app.customers c on n.id = c.id when matched then update set number = 1 returning c.email as e) select upper(e) from m;
--;
-- name: not matched by source
-- needs: 17
merge into app.notes n using (select id, email from app.customers) c on n.id = c.id + 1000 when not matched by source and n.id = 1 then update set note = (select email from app.customers where id = 1);
select note from app.notes where id = 1;
--;
-- name: not matched by source, its condition
-- shows: MERGE 113
-- needs: 17
merge into app.notes n using (select 1 where false) x on true when not matched by source and n.id <= (select ascii(email) from app.customers where id = 1) then delete;
--;
