-- The schemas "zoo" and "cage" of tests.canary: what is masked holds canaries, in every type and behind every kind of relation.
-- A canary of a text reads the same way from both ends; numbers, dates and uuids are from ranges that nothing else uses.
create schema zoo;
create schema cage;
create function zoo.canary(text, integer) returns text language sql immutable
    as $$select 'canaryqx' || $1 || $2 || 'xqyranac'$$;

create type zoo.place as (street text, number integer);
create type zoo.species as enum
    ('none', 'cat', 'canaryqxf1xqyranac', 'canaryqxf2xqyranac', 'canaryqxf3xqyranac', 'canaryqxf4xqyranac');

create table zoo.plain (
    id integer primary key, label text, amount numeric(12, 2), day date, keeper text, flag boolean, doc jsonb, tags text[]
);
insert into zoo.plain
    select n, 'label ' || n, n * 1.25, date '2020-01-01' + n, 'keeper ' || n % 2, n % 2 = 0, jsonb_build_object('k', n),
           array['t' || n, 'u']
    from generate_series(1, 4) n;

create table zoo.keeper (
    id integer primary key, name text, email text, badge varchar(40), code char(20), pin integer, serial bigint,
    salary numeric, hired date, born date, seen timestamptz, last_seen timestamptz, token uuid, active boolean,
    jailed boolean, notes jsonb, secret jsonb, tags text[], aliases text[], photo bytea, home zoo.place, kind zoo.species
);
insert into zoo.keeper
    select n, 'keeper ' || n, zoo.canary('a', n), zoo.canary('b', n), zoo.canary('c', n), 1777000500 + n * 1000,
           17770000000500 + n * 1000, 177700000.25 + n * 1000, date '2021-02-03' + n, date '7777-01-01' + n,
           timestamptz '2022-03-04 05:06:07+00' + n * interval '1 day', timestamptz '7777-06-01 00:00:00+00' + n * interval '1 day',
           ('cafebabe-7777-4777-8777-00000000000' || n)::uuid, n % 2 = 0, n > 2, jsonb_build_object('k', 'note ' || n, 'n', n),
           jsonb_build_object('k', zoo.canary('d', n), 'n', 1777050500 + n * 1000, 'list', jsonb_build_array(zoo.canary('e', n))),
           array['red', 'tag ' || n], array[zoo.canary('f', n), zoo.canary('g', n)], zoo.canary('h', n)::bytea,
           row(zoo.canary('i', n), 1777060500 + n * 1000)::zoo.place, ('canaryqxf' || n || 'xqyranac')::zoo.species
    from generate_series(1, 4) n;
insert into zoo.keeper (id, name) values (5, 'nobody');

create table zoo.animal (
    id integer primary key, keeper_id integer references zoo.keeper, name text, kind zoo.species, weight numeric, chip text,
    owner text, born date, doc jsonb
);
insert into zoo.animal
    select n, 1 + n % 4, 'animal ' || n, 'cat', n * 10, zoo.canary('j', n), zoo.canary('k', n), date '2019-01-01' + n,
           jsonb_build_object('k', 'animal', 'n', n)
    from generate_series(1, 5) n;

create table zoo.visit (id integer, at date not null, who text, price numeric, animal_id integer) partition by range (at);
create table zoo.visit_2025 partition of zoo.visit for values from ('2025-01-01') to ('2026-01-01');
create table zoo.visit_2026 (who text, gone integer, price numeric, id integer, at date not null, animal_id integer);
alter table zoo.visit_2026 drop column gone;
alter table zoo.visit attach partition zoo.visit_2026 for values from ('2026-01-01') to ('2027-01-01');
insert into zoo.visit select n, date '2025-11-01' + n * 30, zoo.canary('l', n), n * 2, n from generate_series(1, 4) n;

create table zoo.being (id integer, label text, hidden text);
create table zoo.tiger (stripes integer, mate text) inherits (zoo.being);
insert into zoo.being select n, 'being ' || n, zoo.canary('m', n) from generate_series(1, 2) n;
insert into zoo.tiger select n, 'tiger ' || n, zoo.canary('n', n), n * 7, zoo.canary('o', n) from generate_series(3, 4) n;

create table zoo."Odd Table" ("Odd Col" text, "select" integer, "a ""b"" c" text);
insert into zoo."Odd Table" select 'odd ' || n, n, zoo.canary('p', n) from generate_series(1, 3) n;

create view zoo.v_clean as select id, name, hired from zoo.keeper;
create view zoo.v_keeper as select id, name, email as contact, active from zoo.keeper;
create view zoo.v_shout as select id, upper(email) as shout, name || '!' as greeting from zoo.keeper;
create view zoo.v_stats as
    select active, count(*) as many, max(email) as top, min(name) as first, array_agg(badge) as badges from zoo.keeper group by active;
create view zoo.v_union as select id, email as who from zoo.keeper union all select id, label from zoo.plain;
create view zoo.v_whole as select k.id, k as whole, to_jsonb(k) as doc from zoo.keeper k;
create view zoo.v_swapped as select id, name as email, email as name from zoo.keeper;
create view zoo.v_deep as
    select v.id, v.contact as label, s.greeting, (select a.owner from zoo.animal a where a.id = v.id) as owner
    from zoo.v_keeper v join zoo.v_shout s using (id);
create materialized view zoo.m_keeper as select id, email as mail, name from zoo.keeper;

create function zoo.reveal(integer) returns text language sql stable as 'select email from zoo.keeper where id = $1';
create function zoo.keepers() returns setof zoo.keeper language sql stable as 'select * from zoo.keeper';
create function zoo.contacts() returns table (id integer, contact text, greeting text) language sql stable
    as $$select id, email, name || '?' from zoo.keeper$$;
create function zoo.twice(integer) returns integer language sql immutable as 'select $1 * 2';

create table cage.animal (id integer primary key, keeper_id integer, name text, chip text, owner text, weight numeric);
insert into cage.animal select n, n, zoo.canary('q', n), 'chip ' || n, 'owner ' || n, n from generate_series(1, 3) n;
create table cage.plain (id integer primary key, label text, amount numeric(12, 2), day date, keeper text);
insert into cage.plain select n, zoo.canary('r', n), n, date '2018-01-01' + n, zoo.canary('s', n) from generate_series(1, 3) n;

grant usage on schema zoo, cage to public;
grant select, insert, update, delete on all tables in schema zoo, cage to public;
