-- What the corpus adds to the sample: canaries for values, the gateway's user as the owner of its schema (as it is where
-- an application's own account is used), things to copy into, extensions, and functions an administrator may have left.
do $$
declare thing record;
begin
    for thing in select oid::regclass as name from pg_class
        where relnamespace = 'app'::regnamespace and relkind in ('r', 'p', 'v', 'm') loop
        execute format('alter table %s owner to scram_user', thing.name);
    end loop;
end $$;
alter schema app owner to scram_user;
grant create, connect, temporary on database sample to scram_user;
grant create on schema public to scram_user;

update app.customers set email = 'qzvxk.jwpyf@example.org', ssn = '907-35-1846', card = '4929813672540917',
    phone = '+31 97 8642 0351' where id = 1;
update app.customers set email = 'wkxzj.pvqyh@example.com', ssn = '915-28-7463', card = '4929813672540917',
    phone = '+31 97 8642 0351' where id = 2;
update app.customers set email = 'zjqwx.kvfyp@example.net', ssn = '926-41-8357', card = '4929813672540917',
    phone = '+31 97 8642 0351' where id = 3;
update app.events set who = 'xqjzv.fkwyh@example.org';
update app.employees set ssn = '948-62-7053';
refresh materialized view app.stored_emails;

create table app.notes (id integer primary key, note text, number bigint, extra jsonb);
insert into app.notes select n, 'note ' || n, n, jsonb_build_object('n', n) from generate_series(1, 1000) n;
create table app.vault (id integer primary key, customer app.customers, emails text[], document jsonb);
alter table app.notes owner to scram_user;
alter table app.vault owner to scram_user;
create sequence app.counter;
alter sequence app.counter owner to scram_user;

create function app.complain(integer) returns integer language plpgsql as $$
begin raise exception 'no %', (select email from app.customers where id = $1)
    using detail = 'detail ' || (select ssn from app.customers where id = $1), hint = 'hint ' || (select email from app.customers where id = $1);
end $$;
create function app.whisper(integer) returns integer language plpgsql as $$
begin raise notice 'psst %', (select email from app.customers where id = $1); return $1; end $$;
create function app.name_names(integer) returns integer language plpgsql as $$
declare found text := (select email from app.customers where id = $1);
begin raise exception 'x' using column = found, table = found, schema = found, constraint = found, datatype = found; end $$;
create function app.state(integer) returns integer language plpgsql as $$
begin raise exception 'x' using errcode = upper((select substr(email, 1, 5) from app.customers where id = $1)); end $$;
create function app.run(text) returns text language plpgsql as $$
declare found text; begin execute $1 into found; return found; end $$;
create function app.rows() returns setof app.customers language sql stable as 'select * from app.customers';
create function app.pairs(out who text, out what text) returns setof record language sql stable as 'select email, ssn from app.customers';
create function app.open_cursor() returns refcursor language plpgsql as $$
declare c refcursor := 'opened'; begin open c for select email from app.customers; return c; end $$;
create procedure app.tell(inout said text) language plpgsql as $$
begin said := (select email from app.customers where id = 1); end $$;
create function app.label(app.customers) returns text language sql stable as 'select $1.email';
create function app.keep(text) returns text language sql as $$ select set_config('kept.value', $1, false) $$;
create function app.glue(text, text) returns text language sql immutable as $$ select coalesce($1, '') || $2 $$;
create aggregate app.glued(text) (sfunc = app.glue, stype = text, initcond = '');
create function app.same(integer, integer) returns text language sql stable as 'select email from app.customers where id = $1';
create operator app.=== (leftarg = integer, rightarg = integer, procedure = app.same);
create function app.fixed() returns text language plpgsql immutable as $$ begin return (select email from app.customers where id = 1); end $$;
create domain app.digits as text check (value::numeric >= 0);

do $$
declare extension text;
begin
    for extension in select name from pg_available_extensions where name in ('dblink', 'fuzzystrmatch', 'hstore',
        'intarray', 'isn', 'lo', 'ltree', 'pg_trgm', 'pgcrypto', 'tablefunc', 'unaccent', 'xml2', 'cube', 'btree_gist') loop
        execute format('create extension %I', extension);
    end loop;
end $$;

do $$
declare thing record;
begin
    for thing in select oid::regprocedure as name, prokind = 'a' as aggregate from pg_proc where pronamespace = 'app'::regnamespace loop
        execute format('alter %s %s owner to scram_user', case when thing.aggregate then 'aggregate' else 'routine' end, thing.name);
    end loop;
    for thing in select oid::regtype as name from pg_type
        where typnamespace = 'app'::regnamespace and typrelid = 0 and typtype in ('d', 'e') or oid = 'app.pair'::regtype loop
        execute format('alter type %s owner to scram_user', thing.name);
    end loop;
end $$;

-- A shop without anything masked, for what ordinary tools do.
create schema shop authorization scram_user;
set role scram_user;
create type shop.status as enum ('new', 'paid', 'sent');
create table shop.categories (id serial primary key, name varchar(50) not null unique, parent_id integer references shop.categories);
create table shop.products (
    id bigint generated by default as identity primary key, category_id integer not null references shop.categories on delete cascade,
    title text not null, price numeric(10, 2) not null check (price >= 0), tags text[] not null default '{}',
    attributes jsonb not null default '{}', created_at timestamptz not null default '2026-01-01 00:00:00+00',
    constraint products_title_key unique (category_id, title)
);
create index products_attributes on shop.products using gin (attributes);
create index products_lowered on shop.products (lower(title)) where price > 1;
comment on table shop.products is 'What is sold';
comment on column shop.products.price is 'In euros';
create table shop.orders (id uuid primary key, status shop.status not null default 'new', placed date not null, total numeric(10, 2), version integer not null default 0);
create table shop.order_lines (order_id uuid not null references shop.orders, line smallint not null, product_id bigint not null references shop.products, quantity integer not null, primary key (order_id, line));
create view shop.totals as select o.id, sum(l.quantity) as pieces from shop.orders o join shop.order_lines l on l.order_id = o.id group by o.id;
create materialized view shop.by_category as select c.name, count(p.id) as products from shop.categories c left join shop.products p on p.category_id = c.id group by c.name;
insert into shop.categories (name, parent_id) values ('all', null), ('books', 1), ('music', 1), ('jazz', 3);
insert into shop.products (category_id, title, price, tags, attributes)
    select 1 + n % 4, 'Product ' || n, n * 1.25, array['t' || n % 3, 'u'], jsonb_build_object('n', n, 'even', n % 2 = 0) from generate_series(1, 60) n;
insert into shop.orders select ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, (array['new', 'paid', 'sent'])[1 + n % 3]::shop.status, date '2026-01-01' + n, n * 10 from generate_series(1, 20) n;
insert into shop.order_lines select ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 1, n, n % 5 + 1 from generate_series(1, 20) n;
refresh materialized view shop.by_category;
reset role;
analyze;
