-- The database "sample" of tests.support.postgres: people with things worth masking, views upon them, every type.
create schema app;
create schema "Odd ""Schema""";

create table app.customers (
    id integer primary key,
    name text not null,
    email varchar(200) not null,
    ssn char(11),
    card text,
    phone text,
    birthday date,
    balance numeric(12, 2) default 0,
    gone text,
    name_length integer generated always as (length(name)) stored
);
alter table app.customers drop column gone;
insert into app.customers (id, name, email, ssn, card, phone, birthday, balance) values
    (1, 'Ada Lovelace', 'ada@example.org', '078-05-1120', '4111111111111111', '+44 20 7946 0018', '1815-12-10', 12.50),
    (2, 'Grace Hopper', 'grace@example.com', '219-09-9999', '5500005555555559', '+1 202 555 0143', '1906-12-09', 700),
    (3, 'Zoë Müller', 'zoe@beispiel.example', null, null, null, null, -3.99);

create table app.orders (
    id integer primary key,
    customer_id integer not null references app.customers,
    total numeric(10, 2) not null,
    placed_at timestamptz not null default '2026-01-02 03:04:05+00',
    note text
);
insert into app.orders (id, customer_id, total, note)
    select n, 1 + n % 3, n * 1.5, 'order ' || n from generate_series(1, 100) n;

create view app.customer_emails as select id, email as mail from app.customers;
create view app.contacts as
    select c.id, upper(m.mail) as shouted, m.mail, c.name || ' <' || m.mail || '>' as address, o.total, 42 as answer
    from app.customers c join app.customer_emails m on m.id = c.id left join app.orders o on o.customer_id = c.id;
create view app.whole_rows as select c.id, to_jsonb(c) as everything from app.customers c;
create view app.united as select email as who from app.customers union all select note from app.orders;
create view app.counted as select count(*) as n from app.customers;
create view app.summed as
    select name, (select max(ssn) from app.customers i where i.id <= c.id) as highest from app.customers c;
create view app.spied as
    select id, query_to_xml('select ssn from app.customers', true, false, '')::text as hidden from app.orders;
create materialized view app.stored_emails as select id, mail from app.customer_emails;
create table "Odd ""Schema"""."Odd ""Table""" ("Odd ""Column""" text, "select" int);
create view "Odd ""Schema"""."Odd ""View""" as select "Odd ""Column""" as "Another "" Column" from "Odd ""Schema"""."Odd ""Table""";

create function app.reveal(integer) returns text language sql stable as 'select ssn from app.customers where id = $1';
create view app.revealed as select id, app.reveal(id) as secret from app.orders;
create function app.lower(integer) returns integer language sql immutable as 'select $1';
create operator app.<<< (leftarg = integer, rightarg = integer, procedure = int4mi);

create table app.events (id bigint, at date not null, who text) partition by range (at);
create table app.events_2025 partition of app.events for values from ('2025-01-01') to ('2026-01-01');
create table app.events_2026 (who text, extra_dropped int, id bigint, at date not null);
alter table app.events_2026 drop column extra_dropped;
alter table app.events attach partition app.events_2026 for values from ('2026-01-01') to ('2027-01-01');
insert into app.events values (1, '2025-05-05', 'ada@example.org'), (2, '2026-06-06', 'grace@example.com');
create table app.people (name text, ssn text);
create table app.employees (salary numeric) inherits (app.people);
insert into app.employees values ('Edsger', '111-22-3333', 1000);

create type app.mood as enum ('sad', 'ok', 'happy');
create type app.pair as (a integer, b text);
create domain app.email_address as text check (value like '%@%');
create type app.float_range as range (subtype = float8);
create table app.every_type (
    id integer primary key,
    a_bool bool, a_bytea bytea, a_char "char", a_name name, a_int8 int8, a_int2 int2, a_int4 int4, a_text text, a_oid oid,
    a_json json, a_xml xml, a_jsonb jsonb, a_jsonpath jsonpath, a_float4 float4, a_float8 float8, a_money money,
    a_macaddr macaddr, a_macaddr8 macaddr8, a_inet inet, a_cidr cidr, a_bpchar char(5), a_varchar varchar(20),
    a_date date, a_time time, a_timestamp timestamp, a_timestamptz timestamptz, a_interval interval, a_timetz timetz,
    a_bit bit(3), a_varbit varbit, a_numeric numeric, a_uuid uuid, a_tsvector tsvector, a_tsquery tsquery,
    a_point point, a_line line, a_lseg lseg, a_box box, a_path path, a_polygon polygon, a_circle circle,
    a_int4range int4range, a_numrange numrange, a_tsrange tsrange, a_tstzrange tstzrange, a_daterange daterange,
    a_int8range int8range, a_int4multirange int4multirange, a_pg_lsn pg_lsn, a_xid8 xid8, a_regclass regclass,
    a_int4_array int4[], a_text_array text[], a_text_matrix text[][],
    a_mood app.mood, a_pair app.pair, a_email app.email_address, a_float_range app.float_range, a_mood_array app.mood[]
);
insert into app.every_type values (
    1, true, '\x00ff5c', 'c', 'a name', 9223372036854775807, -32768, 2147483647, E'tab\tline\nZoë \U0001F600', 4294967295,
    '{"a": 1}', '<a>1</a>', '{"b": [1, null]}', '$.a[*]', 1.5, -1e300, 12.34,
    '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '192.0.2.1/24', '192.0.2.0/24', 'abc', 'varied',
    '2026-02-28', '23:59:59.999999', '1999-12-31 23:59:59', '1999-12-31 23:59:59+02', '1 year 2 days 03:04:05', '12:00+01',
    '101', '10101', 123456789012345678901234567890.123456789, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a fat cat', 'fat & cat',
    '(1,2)', '{1,2,3}', '[(0,0),(1,1)]', '(1,1),(0,0)', '[(0,0),(1,1)]', '((0,0),(1,1),(1,0))', '<(0,0),2>',
    '[1,5)', '[1.5,2.5]', '[2020-01-01,2021-01-01)', '[2020-01-01 00:00+00,)', '[2020-01-01,2020-02-01)',
    'empty', '{[1,2),[5,9)}', '16/B374D848', '42', 'app.customers',
    '{1,NULL,3}', '{"a b","c,d",NULL}', '{{a,b},{c,d}}', 'happy', '(1,"two, three")', 'x@example.org', '[1.5,2.5)', '{sad,ok}'
);
insert into app.every_type (id) values (2);

grant usage on schema app to public;
grant select, insert, update, delete on all tables in schema app to public;

-- What tests/protocols/postgres ask of the catalogue: generated columns, keys, policies, rules, triggers, functions.
create schema catalog_test;
create function catalog_test.shaped(text) returns text language sql immutable as 'select upper($1)';
create table catalog_test.accounts (
    id integer primary key,
    owner text,
    iban text,
    country text generated always as (left(iban, 2)) stored,
    label text generated always as (catalog_test.shaped(owner)) stored
);
create view catalog_test.countries as select id, country from catalog_test.accounts where owner is not null;
create table catalog_test.payments (id integer primary key, account integer references catalog_test.accounts on delete cascade);
create table catalog_test.receipts (payment integer references catalog_test.payments on update set null);
create table catalog_test.notes (account integer references catalog_test.accounts);

create table catalog_test.members (name text);
create table catalog_test.vaults (id integer, member text);
alter table catalog_test.vaults enable row level security;
create policy own on catalog_test.vaults using (member in (select name from catalog_test.members));
create table catalog_test.cellars (id integer, member text);
alter table catalog_test.cellars enable row level security;
create policy own on catalog_test.cellars with check (catalog_test.shaped(member) = current_user);
create table catalog_test.attics (id integer, member text);
create policy idle on catalog_test.attics using (catalog_test.shaped(member) = 'X');
create view catalog_test.shapes as select catalog_test.shaped(owner) as shape from catalog_test.accounts;

create table catalog_test.ledger (id integer);
create table catalog_test.ledger_log (id integer);
create rule logged as on insert to catalog_test.ledger do also insert into catalog_test.ledger_log values (new.id);
create table catalog_test.quiet (id integer);
create rule never as on insert to catalog_test.quiet do also insert into catalog_test.ledger_log values (new.id);
alter table catalog_test.quiet disable rule never;

create function catalog_test.noticed() returns trigger language plpgsql as 'begin return new; end';
create table catalog_test.audited (id integer);
create trigger noticed before insert on catalog_test.audited for each row execute function catalog_test.noticed();
create table catalog_test.unaudited (id integer);
create trigger noticed before insert on catalog_test.unaudited for each row execute function catalog_test.noticed();
alter table catalog_test.unaudited disable trigger noticed;
create table catalog_test.parts (id integer) partition by range (id);
create table catalog_test.part_low partition of catalog_test.parts for values from (0) to (10);
create table catalog_test.part_high partition of catalog_test.parts for values from (10) to (20);
create trigger noticed before insert on catalog_test.parts for each row execute function catalog_test.noticed();

create foreign data wrapper nothing;
create server nowhere foreign data wrapper nothing;
create foreign table catalog_test.abroad (id integer) server nowhere;
create view catalog_test.imported as select id from catalog_test.abroad;

create function catalog_test.counted() returns bigint language sql stable begin atomic; select count(*) from catalog_test.notes; end;
create function catalog_test.added(integer) returns void language plpgsql as 'begin insert into catalog_test.notes values ($1); end';
create procedure catalog_test.emptied() language sql as 'delete from catalog_test.notes';
grant usage on schema catalog_test to public;
grant select on all tables in schema catalog_test to public;
