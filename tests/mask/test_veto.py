"""Tests of tokengate.mask.veto: what would take a masked value out of reach, and what must stay possible."""

from __future__ import annotations

import pytest

from tests.mask.database import Catalogue, action, masker, refusal, session
from tokengate.sql.facts import Code, Name
from tokengate.values import Deny, Request

ALLOWED = [
    "select * from app.customers",
    "select email from app.customers for update",
    "update app.customers set email = $1 where id = $2",
    "update app.customers set email = $1, name = $2 where email = $3 returning email",
    "update app.customers set email = $1 where id = $2 returning *",
    "update app.customers set name = upper(name) where ssn = $1",
    "update app.customers set ssn = upper(ssn)",
    "update app.customers set ssn = email",
    "insert into app.customers values (1, 'x', 'x@example.org')",
    "insert into app.customers (email) values ($1) returning email, ssn",
    "insert into app.customers (id, email) values (1, $1) on conflict (id) do update set email = excluded.email",
    "insert into app.customers (id, email) values (1, $1) on conflict (id) do update set name = excluded.name returning *",
    "insert into app.customers (email) select note from app.orders",
    "insert into app.orders (note) select name from app.customers where email = $1",
    "insert into app.orders (note) values (now()::text), (nextval('s')::text)",
    "delete from app.customers where email = $1",
    "delete from app.customers where email = $1 returning *",
    "update app.orders o set note = c.name from app.customers c where c.id = o.customer_id and c.email = $1",
    "update app.orders set note = 'x' where customer_id in (select id from app.customers where email = $1)",
    "merge into app.customers t using app.orders s on t.id = s.id when matched then update set email = s.note",
    "merge into app.customers t using (values (1, 'x')) s(id, name) on t.id = s.id when not matched then insert (id, name) values (s.id, s.name)",
    "create table app.x as select id, name from app.customers",
    "create table app.x (c int references app.customers)",
    "create table app.x (c int references app.customers (id) on update cascade on delete cascade)",
    "alter table app.orders add foreign key (note) references app.customers (email)",
    "create temp table x as select count(*) from app.customers",
    "create table app.x (id int primary key, email text default 'x', at timestamptz default now())",
    "create view app.v as select note, total from app.orders",
    "create index on app.customers (lower(email))",
    "create table app.events_2027 partition of app.events for values from (1) to (2)",
    "alter table app.orders add column x text",
    "alter table app.orders rename note to notes",
    "alter view app.open_orders rename to open",
    "alter index app.an_index rename to another",
    "alter index an_index attach partition app.an_index",
    "alter table app.customers rename constraint a to b",
    "alter table app.customers add column nick text not null default 'x', add column at timestamptz default now()",
    "alter table app.customers add column country int references app.orders, drop column phone",
    "alter table app.customers alter email type varchar(254), alter ssn set not null, alter name drop default",
    "alter table app.customers add constraint u unique (email), add primary key (id), drop constraint c, validate constraint d",
    "alter table app.customers add constraint f foreign key (id) references app.orders (id)",
    "alter table app.customers owner to somebody, set (fillfactor = 70), alter email set statistics 500",
    "alter type app.status rename to old_status",
    "alter domain app.code set schema other",
    "alter domain app.code rename constraint a to b",
    "alter text search dictionary d rename to e",
    "alter statistics app.s set schema other",
    "alter collation c rename to d",
    "alter role somebody rename to else",
    "drop table app.customers",
    "truncate app.customers",
    "lock table app.customers",
    "vacuum analyze app.customers",
    "comment on column app.customers.email is 'x'",
    "grant select on app.customers to someone",
    "copy app.customers from stdin",
    "copy app.customers to stdout",
    "copy (select email from app.customers) to stdout",
    "explain insert into app.orders (note) select email from app.customers",
    "declare c cursor for select email from app.customers",
    "prepare p as select email from app.customers where id = $1",
    "prepare p as update app.customers set email = $1",
    "begin; set local x.y = 'z'; commit",
    "select set_config('x.y', '1', false)",
    "select pg_notify('c', 'x')",
    "select pg_advisory_lock(1)",
    "select app.reveal(1)",
    "call app.refund(1)",
    "notify c, 'x'",
    "refresh materialized view x",
]


@pytest.mark.parametrize("text", ALLOWED)
def test_ordinary_work_is_allowed(text: str) -> None:
    """Reading, filtering by, writing and returning sensitive columns; new tables, views and indexes of others."""
    assert refusal(text) == ""


COPIES = [
    "insert into app.orders (note) select email from app.customers",
    "insert into app.orders select * from app.customers",
    "insert into app.orders (note) values ((select email from app.customers limit 1))",
    "insert into app.orders (note) select row_to_json(c)::text from app.customers c",
    "insert into app.orders (note) select contact from api.customers",
    "insert into app.orders (note) select x.e from (select email as e from app.customers) x",
    "insert into app.orders (note) select x from nosuch",
    "insert into app.orders (note) select c.to_jsonb from app.customers c",
    "insert into app.orders (note) values (app.reveal(1))",
    "with x as (select email as e from app.customers) insert into app.orders (note) select e from x",
    "with x as (delete from app.customers returning email) insert into app.orders (note) select email from x",
    "with x as (insert into app.orders (note) select email from app.customers returning 1) select count(*) from x",
    "create table app.x as select email from app.customers",
    "create table app.x as table app.customers",
    "create temp table x as select upper(email) from app.customers",
    "create table app.x as select app.reveal(1)",
    "create materialized view app.m as select email from app.customers",
    "create view app.v as select email from app.customers",
    "create or replace view app.open_orders as select id, email as total from app.customers",
    "create temp view orders as select c.* from app.customers c",
    "create view app.v as select x from nosuch",
    "create table app.x (c text references app.customers (email) on update cascade)",
    "create table app.x (c text references app.customers on update cascade)",
    "create table app.x (c text, foreign key (c) references app.customers (ssn) on update cascade)",
    "create table app.x (c text references nosuch (y) on update cascade)",
    "alter table app.orders add foreign key (note) references app.customers (email) on update cascade",
    "create schema s create view v as select email from app.customers",
    "select email into x from app.customers",
    "select upper(email) into temp x from app.customers",
    "insert into app.customers (id) values (1) on conflict (id) do update set name = customers.email",
    "insert into app.customers (name) select excluded.email from app.customers as excluded",
    "with u as (update app.customers as excluded set name = excluded.email) insert into app.customers (id) values (1)",
    "select email into x from app.customers union select 'x'",
    "select 'x' as e into x union select email from app.customers",
    "create table app.x as select mode() within group (order by email) from app.customers",
    "update app.customers set name = email",
    "update app.customers set name = email || ''",
    "update app.customers set (name, notes) = (select email, ssn from app.customers limit 1)",
    "update app.customers set email = ssn",
    "update app.customers set email = 'x@' || replace(email, '@', '.') || '.com'",
    "update app.customers set ssn = $1, name = ssn",
    "update app.customers set card = ssn",
    "update app.orders set note = c.email from app.customers c",
    "update app.orders set note = (select max(email) from app.customers)",
    "merge into app.orders o using app.customers c on true when matched then update set note = c.email",
    "merge into app.orders o using app.customers c on true when not matched then insert (note) values (c.ssn)",
    "merge into app.customers t using app.orders s on t.id = s.id when matched then update set name = t.email",
    "prepare p as insert into app.orders (note) select email from app.customers",
    "explain analyze insert into app.orders (note) select email from app.customers",
    "explain (analyze) create table app.x as select email from app.customers",
    "select 1; insert into app.orders (note) select email from app.customers",
    "copy (with x as (insert into app.orders (note) select email from app.customers returning 1) table x) to stdout",
]


@pytest.mark.parametrize("text", COPIES)
def test_no_sensitive_value_is_copied(text: str) -> None:
    """Not into another table, not into another column of its own, not into a view's meaning, in no disguise."""
    assert refusal(text) in ("copies", "feeds", "code")


FEEDS = [
    "select set_config('x.y', email, false) from app.customers",
    "select 1 from app.customers where set_config('x.y', email, false) is null",
    "select set_config('x.y', (select max(email) from app.customers), false)",
    "select set_config('x.y', c::text, false) from app.customers c",
    "select pg_notify('c', email) from app.customers",
    "select count(*) from app.customers where pg_notify('c', email) is null",
    "select lo_from_bytea(0, email::bytea) from app.customers",
    "select lo_put(1, 0, ssn::bytea) from app.customers",
    "select setval('s', (select ssn::bigint from app.customers limit 1))",
    "select pg_advisory_lock(ssn::bigint) from app.customers",
    "select pg_logical_emit_message(true, 'x', email) from app.customers",
    "select pg_create_restore_point(email) from app.customers",
    "select app.exfil(email) from app.customers",
    "select id from app.customers where app.exfil(ssn)",
    "select app.exfil(c) from app.customers c",
    "select id from app.customers c where c.exfil is null",
    "select query_to_xml(email, true, false, '') from app.customers",
    "select pg_read_file(email) from app.customers",
    "call app.refund((select email from app.customers limit 1))",
    "delete from app.customers where pg_notify('c', email) is null",
    "update app.customers set name = name where set_config('x.y', email, false) = ''",
]


@pytest.mark.parametrize("text", FEEDS)
def test_no_sensitive_value_is_handed_to_what_may_keep_it(text: str) -> None:
    """Settings, notifications, large objects, sequences, locks, logs and users' functions are all read elsewhere."""
    assert refusal(text) == "feeds"


ALTERS = [
    "alter table app.customers rename email to mail",
    "alter table app.customers rename to people",
    "alter table app.customers set schema other",
    "alter table app.customers add copy text generated always as (email) stored",
    "alter table app.customers alter name type text using email",
    "alter table app.customers add check (email <> 'ada@example.org')",
    "alter table app.customers add column copy text check (email like 'a%')",
    "alter table app.customers add constraint f foreign key (email) references app.orders (note)",
    "alter table app.customers add exclude using btree (email with =)",
    "alter table app.customers alter email type text using lower(email)",
    "alter table app.customers inherit app.orders",
    "alter table app.orders inherit app.customers",
    "alter table app.pub attach partition app.customers default",
    "alter table app.events detach partition app.events_2026",
    "alter view api.customers rename to people",
    "alter table nosuch rename ssn to x",
    "alter table nosuch set schema other",
    "alter schema app rename to other",
    "alter index app.customers rename to other",
    "alter index app.nosuch rename to other",
]


@pytest.mark.parametrize("text", ALTERS)
def test_sensitive_columns_keep_their_names_and_places(text: str) -> None:
    """A rule means a column by its name; so does everybody who reads a recording."""
    assert refusal(text) == "alters"


BLOCKS = [
    "begin end",
    "begin create type app.t as enum ('a'); exception when duplicate_object then null; end",
    "begin if not exists (select from app.customers where id = 1) then insert into app.orders (note) values ('x'); end if; end",
    "declare n int; begin select count(*) into n from app.customers; update app.orders set total = n where id = n; end",
    "declare r record; begin for r in select id, name from app.customers loop raise notice '% %', r.id, r.name; end loop; end",
    "begin alter table app.orders add constraint c foreign key (customer_id) references app.customers; end",
    "begin create table app.fresh as select id, name from app.customers; perform upper(note) from app.orders; end",
]

KEEPING = [
    "begin perform email from app.customers; end",
    "declare e text; begin e := (select email from app.customers limit 1); end",
    "declare email text; begin select email into email from app.customers; end",
    "declare c text; begin select c into c from app.customers c; end",
    "declare r record; begin for r in table app.customers loop null; end loop; end",
    "begin if (select email from app.customers where id = 1) like 'a%' then null; end if; end",
    "begin perform nosuch from app.orders; end",
    "begin perform x from app.nosuch; end",
    "begin perform app.reveal(1); end",
    "begin update app.customers set name = null; end",
    "begin delete from app.referred where id = 1; end",
    "begin create index on app.customers (name); end",
    "begin alter table app.nosuch add x int; end",
    "begin set constraints all immediate; end",
    "begin savepoint s; end",
    "begin do $i$ begin end $i$; end",
    "begin create function app.f() returns int language sql as 'select 1'; end",
    "begin alter table app.customers rename email to mail; end",
    "begin execute 'x'; end",
    "begin no code; end",
]


@pytest.mark.parametrize("body", BLOCKS)
def test_a_block_that_learns_nothing_is_allowed(body: str) -> None:
    """All its statements can be seen, and neither they nor their errors hold anything masked."""
    assert refusal(f"do $$ {body} $$") == ""


@pytest.mark.parametrize("body", KEEPING)
def test_a_block_that_may_learn_something_is_refused(body: str) -> None:
    """What it reads it may keep in a variable, and what an error quotes in its handler."""
    assert refusal(f"do $$ {body} $$")
    assert refusal(f"do language plperl $$ {body} $$")


CODE = [
    "do $$ begin raise notice '%', (select max(email) from app.customers); end $$",
    "create function f() returns text language sql as 'select max(email) from app.customers'",
    "create or replace procedure p() language sql as 'select 1'",
    "alter function f() rename to upper",
    "create trigger t after update on app.customers for each row execute function f()",
    "create rule r as on update to app.customers do also insert into app.orders (note) values (old.email)",
    "create policy p on app.customers using (true)",
    "create operator ### (leftarg = text, rightarg = text, procedure = pg_notify)",
    "create aggregate a (text) (sfunc = f, stype = text)",
    "create cast (text as int) with function f(text)",
    "create domain d as text check (set_config('x.y', value, false) is not null)",
    "create table app.x (id int, y text default app.reveal(1))",
    "create table app.x (y xml default query_to_xml('select 1', true, false, ''))",
    "alter table app.orders alter note type text using app.reveal(1)",
    "alter table app.orders add x text default app.reveal(1)",
    "alter table app.customers add column copy text default app.reveal(1)",
    "alter table app.customers enable row level security, add column x int",
    "create extension dblink",
    "create server s foreign data wrapper postgres_fdw",
    "create foreign table f (email text) server s",
    "import foreign schema app from server s into public",
    "create publication p for table app.customers",
    "create subscription s connection 'x' publication p",
    "load 'x'",
    "alter system set archive_command = 'x'",
    "select dblink_exec('x', 'create table y as select email from app.customers')",
    "select cron.schedule('x', '* * * * *', 'create table y as select email from app.customers')",
]


@pytest.mark.parametrize("text", CODE)
def test_no_code_is_brought_along(text: str) -> None:
    """Whatever would run where masks don't look: functions, triggers, rules, defaults, other servers, jobs."""
    assert refusal(text) in ("code", "alters", "copies")


@pytest.mark.parametrize(
    "text",
    [
        "copy app.customers to '/tmp/x'",
        "copy (select email from app.customers) to program 'cat'",
        "copy app.orders from '/tmp/x'",
        "copy app.orders from program 'id'",
    ],
)
def test_the_servers_files_are_out_of_bounds(text: str) -> None:
    """What is written there is read without masks; what is read there may be a copy of what is masked."""
    assert refusal(text) == "files"


def test_create_table_as_execute() -> None:
    """It copies what the prepared statement shows."""
    text = "create temp table t as execute p"
    assert refusal(text, "prepare p as select upper(name) from app.customers") == ""
    assert refusal(text, "prepare p as select upper(email) from app.customers") == "copies"
    assert refusal(text) == "copies"


@pytest.mark.parametrize(
    ("copied", "rule"),
    [
        ("update app.orders set note = c.email from app.customers c where c.id = 1", "copies"),
        ("insert into app.referred (note) select upper(email) from app.customers", "copies"),
        ("insert into app.customers (email) select email from app.customers", ""),
        ("insert into app.referred (note) select name from app.customers", ""),
        ("insert into app.referred (note) values (new.email)", ""),
        ("select email from app.customers", ""),
    ],
)
def test_what_rules_and_triggers_copy(copied: str, rule: str) -> None:
    """From a table that they name; what they make of the row at hand is theirs, and a copy may be masked as well."""
    asker = session()
    asker.catalogue = Catalogue(fired={"app.orders": (copied,)})
    verdict = masker().judge(Request(action("update app.orders set total = 1"), 1), asker)
    assert (verdict.rule if isinstance(verdict, Deny) else "") == (rule and f"pii: {rule}")
    assert not isinstance(masker().judge(Request(action("select total from app.orders"), 1), asker), Deny)


def test_trusted_functions_may_be_used_anywhere() -> None:
    """The administrator says that they only compute."""
    by = masker(trust="app.*")
    assert refusal("insert into app.orders (id) values (app.next_id())") == "copies"
    assert refusal("insert into app.orders (id) values (app.next_id())", by=by) == ""
    assert refusal("select app.normalised(email) from app.customers", by=by) == ""
    assert refusal("insert into app.orders (note) select app.normalised(email) from app.customers", by=by) == "copies"


@pytest.mark.parametrize(
    ("text", "mask", "computed", "always"),
    [
        ("select name from app.customers", True, True, True),
        ("select count(email) from app.customers", True, True, True),
        ("select email from app.customers", True, True, False),
        ("select coalesce(email, 'x') from app.customers", True, True, False),
        ("select upper(email) from app.customers", True, False, False),
        ("select c from app.customers c", True, False, False),
        ("select app.reveal(1)", True, False, False),
        ("select * from nosuch", True, False, False),
        ("update app.customers set name = 'x' returning email", True, True, False),
        ("update app.customers set name = 'x'", True, True, True),
        ("copy app.customers to stdout", True, True, False),
        ("fetch all from c", True, False, False),
    ],
)
def test_tainted_results_are_masked_or_refused(text: str, mask: bool, computed: bool, always: bool) -> None:
    """As the section says: only those with computed columns, or all."""
    for word, allowed in (("mask", mask), ("refuse-computed", computed), ("refuse", always)):
        assert (refusal(text, by=masker(tainted=word)) == "") is allowed, (word, refusal(text, by=masker(tainted=word)))


def test_a_type_with_code_behind_it_keeps_its_name() -> None:
    """By another name nobody would know what it runs until the catalogue is read again."""
    asker = session()
    asker.catalogue = Catalogue(types={"app.code": Code(checks=frozenset({Name("app", "reveal")}))})
    for text in ("alter domain app.code rename to plain", "alter domain app.code set schema public"):
        verdict = masker().judge(Request(action(text), 1), asker)
        assert isinstance(verdict, Deny)
        assert verdict.rule == "pii: alters"


def test_code_behind_types_is_given_what_is_cast() -> None:
    """To a domain with a check, or to what a cast makes; a column that such code is for is not even sorted by."""
    told = Name("app", "reveal")
    catalogue = Catalogue(
        types={"app.checked": Code(checks=frozenset({told})), "app.made": Code(uses=frozenset({told}))},
        column_types={"app.customers.email": "app.made"},
        written={"app.orders": frozenset({told})},
    )

    def refused(text: str) -> str:
        verdict = masker().judge(Request(action(text), 1), session(catalogue=catalogue))
        return verdict.rule.removeprefix("pii: ") if isinstance(verdict, Deny) else ""

    assert refused("select ssn::app.checked from app.customers") == "feeds"
    assert refused("select id from app.customers order by email") == "feeds"
    assert refused("select email from app.customers") == ""
    assert refused("select id::app.checked from app.customers") == ""
    assert refused("insert into app.orders (note) values ($1::app.checked)") == ""
    assert refused("insert into app.orders (note) values ($1::app.made)") == "feeds"
    assert refused("prepare p(app.made) as insert into app.orders (note) values ($1)") == "copies"
