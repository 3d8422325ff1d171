"""The attacker who holds a valid token: everything here tries to see what is masked or to do what is denied.

Each attempt at a masked value is shown to leak when it is made directly: an evasion that wouldn't work anyway proves nothing.
"""

from __future__ import annotations

import contextlib
import struct
from typing import Any

import psycopg
import pytest

from tests.support import rawclient
from tests.support.gateway import Gateway
from tests.support.postgres import Server

SECRETS = (
    "ada@example.org",
    "grace@example.com",
    "zoe@beispiel.example",
    "078-05-1120",
    "219-09-9999",
    "111-22-3333",
    "4111111111111111",
)
"""What the sample's masked columns hold. The e-mail addresses' domains may be seen: their mask is partial."""

MARKS = tuple(secret.encode() for secret in SECRETS) + tuple(
    bytes(f(secret.encode()))
    for secret in SECRETS[:1] + SECRETS[3:4]
    for f in (lambda s: s.hex().encode(), lambda s: s[::-1], bytes.upper)
)
"""The secrets, and the plainest disguises of two of them."""

LEAKS = [
    "select email from app.customers",
    "select email as id from app.customers",
    "select c.* from app.customers c",
    "select * from app.customers",
    "table app.customers",
    "select c from app.customers c",
    "select row(c.*) from app.customers c",
    "select (c).email from (select c from app.customers c) x",
    "select (c.*)::text from app.customers c",
    "select row_to_json(c) from app.customers c",
    "select to_jsonb(c) ->> 'email' from app.customers c",
    "select json_agg(c) from app.customers c",
    "select array_agg(email) from app.customers",
    "select string_agg(email, ',') from app.customers",
    "select email || '' from app.customers",
    "select upper(email) from app.customers",
    "select reverse(email) from app.customers",
    "select encode(email::bytea, 'hex') from app.customers",
    "select email::text from app.customers",
    "select cast(email as name) from app.customers",
    "select coalesce(email, 'x') from app.customers",
    "select case when true then email end from app.customers",
    "select max(email) from app.customers",
    "select min(ssn) from app.customers",
    "select distinct ssn from app.customers",
    "select x from (select email as x from app.customers) s",
    "with w as (select email as x from app.customers) select x || '' from w",
    "with w(a, b) as (select id, email from app.customers) select b from w",
    "select b from app.customers as t(a, n, b)",
    "select upper(b) from app.customers as t(a, n, b)",
    "select x.e from app.customers c, lateral (select c.email as e) x",
    "select upper(x.e) from app.customers c, lateral (select c.email as e) x",
    "select email from app.customers union select 'x'",
    "select null where false union all select email from app.customers",
    "values ((select email from app.customers limit 1))",
    "select (select email from app.customers limit 1)",
    "select array(select email from app.customers)",
    "select exists_email.email from (select * from app.customers) exists_email",
    "select first_value(email) over () from app.customers",
    "select mail from app.customer_emails",
    "select upper(mail) from app.customer_emails",
    "select * from app.contacts",
    "select shouted from app.contacts",
    "select address from app.contacts",
    "select everything from app.whole_rows",
    "select who from app.united",
    "select highest from app.summed",
    "select mail from app.stored_emails",
    "select hidden from app.spied",
    "select secret from app.revealed",
    "select app.reveal(1)",
    "select reveal from app.reveal(1)",
    "select query_to_xml('select email from app.customers', true, false, '')",
    "select table_to_xml('app.customers', true, false, '')",
    "select * from app.people",
    "select ssn from app.employees",
    "select upper(who) from app.events",
    "select who from app.events_2025",
    "select unnest(array_agg(email)) from app.customers",
    "select split_part(email, '@', 1) || '@' || split_part(email, '@', 2) from app.customers",
    "select substr(email, 1, 100) from app.customers",
    "select regexp_replace(email, 'x', 'y') from app.customers",
    "select format('%s', email) from app.customers",
    "select concat(email) from app.customers",
    "select email from only app.customers",
    "select email from app.customers tablesample system (100)",
    "select u&\"em\\0061il\" from app.customers",
    "select \"email\" from \"app\".\"customers\"",
    "select /* email */ email -- x\nfrom app.customers",
    "select customers.email::varchar(200) from app.customers",
    "select jsonb_object_agg(id, email) from app.customers",
    "select xmlelement(name e, email) from app.customers",
    "select email from app.customers natural join (select 1 as one) n",
    "select email from app.customers a join app.customers b using (email)",
    "select unnest(string_to_array(email, ',')) from app.customers",
    "select n.v from app.customers c, lateral unnest(array[c.email]) as n(v)",
    "select k.value from app.customers c, lateral jsonb_each_text(to_jsonb(c)) k",
    "update app.customers set name = name where id = 1 returning email",
    "update app.customers set name = name where id = 1 returning *",
    "update app.customers c set name = name where id = 1 returning upper(c.email)",
    "with u as (update app.customers set name = name where id = 1 returning email) select upper(email) from u",
    "insert into app.customers (id, name, email) values (1, 'x', 'x') on conflict (id) do update set id = 1 returning email",
    "select mode() within group (order by email) from app.customers",
    "select j from (app.customers a join app.customers b using (ssn)) as j",
    "select to_jsonb(j) from (app.customers a join app.customers b using (ssn)) as j",
    "select most_common_vals::text, histogram_bounds::text from pg_stats where tablename = 'customers'",
    "explain (analyze, verbose, format json) select * from app.customers where email = (select max(email) from app.customers)",
]  # fmt: skip


@pytest.fixture(scope="module")
def analysed(postgres: Server) -> None:
    """Statistics hold values: there are some."""
    postgres.psql("analyze app.customers")


def leaks(data: bytes) -> bool:
    """Whether any secret is in it, in a plain disguise at the most."""
    return any(mark in data for mark in MARKS)


def everything(connection: psycopg.Connection[Any], query: str, **how: Any) -> bytes:
    """All that comes back: cells as sent, notices, error fields."""
    seen = []
    connection.add_notice_handler(
        lambda n: seen.extend(str(getattr(n, f)).encode() for f in ("message_primary", "message_detail"))
    )
    try:
        with connection.cursor(binary=how.pop("binary", False)) as cursor:
            cursor.execute(query, **how)
            while True:
                result = cursor.pgresult
                assert result is not None
                seen += [result.get_value(r, c) or b"" for r in range(result.ntuples) for c in range(result.nfields)]
                if not cursor.nextset():
                    break
    except psycopg.Error as error:
        fields = [getattr(error.diag, field) for field in dir(error.diag) if not field.startswith("_")]
        seen += [str(field).encode() for field in (str(error), *fields)]
    return b"\n".join(seen)


@pytest.mark.parametrize("query", LEAKS)
@pytest.mark.usefixtures("analysed")
def test_no_way_of_asking_shows_a_masked_value(gateway: Gateway, postgres: Server, query: str) -> None:
    """Simple, extended, prepared and re-executed, text and binary: no secret comes back; directly, one does."""
    with psycopg.connect(
        host=str(postgres.sockets), port=postgres.port, user="postgres", dbname="sample"
    ) as connection:
        shown = everything(connection, query)
        connection.rollback()
    if "explain" not in query and "pg_stats" not in query:
        assert leaks(shown) or b"ada" in shown.lower() or leaks(shown.replace(b"\\x", b"")), (
            "it does not leak directly either"
        )
    for how in ({}, {"prepare": True}, {"binary": True, "prepare": True}):
        with gateway.connect("masked") as connection:
            got = everything(connection, query, **how) + everything(connection, query, **how)  # type: ignore[arg-type]  # by name
            assert not leaks(got), (query, how)
            assert connection.execute("select 1").fetchone() == (1,)


COPIES = [
    "copy app.customers to stdout",
    "copy app.customers (email) to stdout",
    "copy app.customers (ssn, email) to stdout (format csv, header)",
    "copy app.customers to stdout (format binary)",
    "copy app.customers to stdout (delimiter '|', null 'x')",
    "copy app.customers to stdout (format csv, quote '''', force_quote *)",
    "copy (select email from app.customers) to stdout",
    "copy (select upper(email), id from app.customers) to stdout",
    "copy (select row_to_json(c) from app.customers c) to stdout",
    "copy (table app.customers) to stdout (format csv)",
    "copy (update app.customers set name = name where id = 1 returning email) to stdout",
    "copy (select mail from app.customer_emails) to stdout (format binary)",
    "COPY app.customers TO STDOUT WITH CSV",
    "copy app.customers to stdout (encoding 'latin1')",
]


@pytest.mark.parametrize("query", COPIES)
def test_copy_shows_no_masked_value(gateway: Gateway, query: str) -> None:
    """COPY of tables and queries in every format, by simple and by extended protocol."""
    for _ in range(2):
        with gateway.connect("masked") as connection:
            seen = b""
            try:
                with connection.cursor() as cursor, cursor.copy(query) as copy:
                    seen = b"".join(bytes(piece) for piece in copy)
            except psycopg.Error as error:
                seen += str(error).encode()
            assert not leaks(seen)
            assert seen
            assert connection.execute("select 1").fetchone() == (1,)


CURSORS = [
    ["begin", "declare c cursor for select email from app.customers", "fetch all from c"],
    ["begin", "declare c cursor for select upper(email) from app.customers", "fetch all from c"],
    ["begin", "declare c binary cursor for select email from app.customers", "fetch all from c"],
    ["begin", "declare c scroll cursor with hold for select upper(ssn) from app.customers", "commit", "fetch last from c"],
    ["prepare p as select email from app.customers", "execute p"],
    ["prepare p as select upper(email) from app.customers", "execute p"],
    ["prepare p(int) as select reverse(email) from app.customers where id = $1", "execute p(1)"],
    ["prepare p as select upper(email) from app.customers", "create temp table t as execute p", "select * from t"],
    ["begin", "declare c cursor for select upper(email) from app.customers", "declare c cursor for select 1", "fetch all from c"],
    ["prepare p as select upper(email) from app.customers", "prepare p as select '1'", "execute p"],
    ["create temp table t as select upper(email) as e from app.customers", "select e from t"],
    ["create temp table t (e text)", "insert into t select email from app.customers", "select e from t"],
    ["create temp table t as select 'x'::text as e", "update t set e = (select max(email) from app.customers)", "select e from t"],
    ["select email into temp t from app.customers", "select * from t"],
    ["begin", "update app.customers set name = email where id = 1", "select name from app.customers where id = 1"],
    ["begin", "alter table app.customers rename column email to e", "select e from app.customers"],
    ["begin", "create function pg_temp.f() returns text language sql as 'select max(email) from app.customers'", "select pg_temp.f()"],
    ["do $$ declare e text; begin select max(email) into e from app.customers; raise notice '%', e; end $$"],
    ["do $$ declare e text; begin select max(email) into e from app.customers; raise exception '%', e; end $$"],
    ["do $$ begin perform set_config('x.y', (select max(email) from app.customers), false); end $$", "show x.y"],
    ["select set_config('x.y', email, false) from app.customers where id = 1", "select current_setting('x.y')"],
    ["select set_config('x.y', email, false) from app.customers where id = 1", "show x.y"],
    ["listen l", "select pg_notify('l', email) from app.customers where id = 1", "select 1"],
    ["select cast(email as int) from app.customers"],
    ["select 1 / (id - id), email from app.customers where email::int = 1"],
    ["begin", "insert into app.customers (id, name, email) values (9, 'x', 'ada@example.org')", "create unique index on app.customers (email)"],
    ["select lo_from_bytea(4242, email::bytea) from app.customers where id = 1", "select encode(lo_get(4242), 'escape')"],
    ["create temp view v as select email as x from app.customers", "select x from v", "select upper(x) from v"],
    ["select 1; select upper(email) from app.customers; select 2"],
    ["select 'x' as email; select email from app.customers"],
]  # fmt: skip


@pytest.mark.parametrize("statements", CURSORS, ids=lambda s: s[-1][:60])
def test_no_detour_shows_a_masked_value(gateway: Gateway, statements: list[str]) -> None:
    """Cursors, SQL-level PREPARE, temporary tables, settings, notices, errors, notifications, large objects, renames."""
    with gateway.connect("masked") as connection:
        seen = b""
        for statement in statements:
            seen += everything(connection, statement)
            seen += b"".join(note.payload.encode() for note in connection.notifies(timeout=0.0))
        assert not leaks(seen)


CLEAN = [
    ("select count(*) from app.customers", [(3,)]),
    ("select id, upper(name) from app.customers order by id limit 1", [(1, "ADA LOVELACE")]),
    ("select now() is not null, version() like 'PostgreSQL%', current_user", None),
    ("select name, balance from app.customers where balance > 10 order by id", None),
    (
        "select c.name, sum(o.total) from app.customers c join app.orders o on o.customer_id = c.id group by c.name order by 1",
        None,
    ),
    ("select id, total from app.contacts where total < 5 order by total", None),
    ("select n from app.counted", [(3,)]),
    ("select relname from pg_class where relname = 'customers'", [("customers",)]),
    ("select generate_series(1, 3)", [(1,), (2,), (3,)]),
    ("select 1 as email", [(1,)]),
    ("select note from app.orders where id = 1", [("order 1",)]),
]


@pytest.mark.parametrize(("query", "rows"), CLEAN)
def test_ordinary_work_is_not_masked(gateway: Gateway, postgres: Server, query: str, rows: list[Any] | None) -> None:
    """What shows nothing sensitive comes as it is, on a route that masks."""
    with psycopg.connect(host=str(postgres.sockets), port=postgres.port, user="postgres", dbname="sample") as direct:
        expected = direct.execute(query).fetchall() if rows is None else rows
    with gateway.connect("masked") as connection:
        got = connection.execute(query).fetchall()
    if "current_user" in query:
        got, expected = [row[:2] for row in got], [row[:2] for row in expected]
    assert got == expected


DENIED = [
    "drop table app.orders",
    "DROP /* x */ TABLE app.orders",
    "select 1; drop table app.orders",
    "/* select */ drop table app.orders",
    "-- x\ndrop table app.orders",
    "begin; drop table app.orders; commit",
    "truncate app.orders",
    "delete from app.events",
    "delete from app.events where true",
    "update app.events set who = 'x' where 1 = 1",
    "with d as (delete from app.events returning 1) select count(*) from d",
    "explain analyze delete from app.events",
    "prepare p as delete from app.events",
    "copy app.orders to '/tmp/x'",
    "copy app.orders from program 'id'",
    "copy (select 1) to program 'id'",
    "select pg_read_file('/etc/passwd')",
    "select pg_catalog.pg_read_file('/etc/passwd')",
    "select PG_READ_FILE('/etc/passwd')",
    "select \"pg_read_file\"('/etc/passwd')",
    "select u&\"pg_read\\005ffile\"('/etc/passwd')",
    "select lo_import('/etc/passwd')",
    "set role postgres",
    "set session authorization postgres",
    "select set_config('role', 'postgres', false)",
    "select set_config('ro' || 'le', 'postgres', false)",
    "set standard_conforming_strings = off",
    "set client_encoding = 'SJIS'",
    "set names 'BIG5'",
    "update pg_settings set setting = 'off' where name = 'standard_conforming_strings'",
    "alter system set work_mem = '1GB'",
    "create extension dblink",
    "select dblink('x', 'drop table app.orders')",
    "grant all on app.orders to public",
    "alter role scram_user superuser",
    "create subscription s connection 'x' publication p",
    "select pg_terminate_backend(1)",
    "select * from app.orders where id in (select 1 from pg_read_file('/etc/passwd'))",
    "drop table app.orders\x00",
]


@pytest.mark.parametrize("query", DENIED)
def test_no_spelling_gets_a_denied_effect_through(gateway: Gateway, postgres: Server, query: str) -> None:
    """Simple and extended: refused, nothing has happened, the session goes on."""
    for extended in (False, True):
        with gateway.connect("guarded") as connection:
            with pytest.raises((psycopg.Error, ValueError)) as caught:
                if extended:
                    connection.execute(query + " ", [], prepare=True)
                else:
                    connection.execute(query)
            if isinstance(caught.value, psycopg.errors.InsufficientPrivilege):
                assert "Refused by rule" in (caught.value.diag.message_detail or "")
            else:
                assert isinstance(caught.value, psycopg.errors.SyntaxError | psycopg.DataError | ValueError), (
                    caught.value
                )
            assert connection.execute("select 1").fetchone() == (1,)
    assert postgres.psql("select count(*) from app.orders").strip() == "100"
    assert postgres.psql("select count(*) from app.events").strip() == "2"


@pytest.mark.parametrize(
    "ahead", ["/*" + "x" * 1_000_000 + "*/", " " * 1_000_000, "-- " + "x" * 1_000_000 + "\n"], ids=len
)
def test_a_megabyte_ahead_changes_nothing(gateway: Gateway, ahead: str) -> None:
    """What stands behind it is masked and refused as ever; what is longer than the route takes is refused unread."""
    with gateway.connect("masked") as connection:
        got = everything(connection, f"{ahead} select email from app.customers")
        assert b"***@example.org" in got
        assert not leaks(got)
    with gateway.connect("guarded") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"{ahead} drop table app.orders")
        with pytest.raises(psycopg.errors.ProgramLimitExceeded):
            connection.execute(f"{ahead} {ahead} drop table app.orders")
        assert connection.execute("select count(*) from app.orders").fetchone() == (100,)


def test_a_denial_in_a_transaction_aborts_it_as_an_error_does(gateway: Gateway) -> None:
    """Transaction state is the server's own: failed after a denial, usable after a rollback, savepoints work."""
    with gateway.connect("guarded") as connection:
        connection.execute("begin")
        connection.execute("savepoint s")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("drop table app.orders")
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            connection.execute("select 1")
        connection.execute("rollback to s")
        assert connection.execute("select 1").fetchone() == (1,)
        connection.execute("commit")


def test_a_denial_in_a_pipeline_spares_what_was_before(gateway: Gateway) -> None:
    """What came before is answered, what came behind is skipped, the next pipeline works."""
    with gateway.connect("guarded") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.pipeline():
            first = connection.execute("select 1")
            connection.execute("drop table app.orders")
            connection.execute("select 2")
        assert first.fetchone() == (1,)
        with connection.pipeline():
            after = connection.execute("select 3")
        assert after.fetchone() == (3,)


def raw(gateway: Gateway, route: str, data: bytes) -> bytes:
    """Log in and send bytes of our own; what comes back until it is quiet or closed."""
    sock = rawclient.login(gateway, route)
    sock.sendall(data)
    sock.settimeout(1.0)
    seen = b""
    with contextlib.suppress(TimeoutError, ConnectionError):
        while piece := sock.recv(65536):
            seen += piece
    sock.close()
    return seen


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


@pytest.mark.parametrize(
    "data",
    [
        message(b"F", struct.pack("!Ihhh", 1598, 0, 0, 0)),
        message(b"Q", b"select 1\0; drop table app.orders\0"),
        b"Q\xff\xff\xff\xff",
        b"Q\x7f\xff\xff\xff" + b"drop table app.orders\0",
        b"Q\0\0\0\3",
        message(b"p", b"x\0"),
        message(b"K", b"12345678"),
        message(b"P", b"\0drop table app.orders\0\0\0") + message(b"B", b"\0\0\0\0\0\0\0\0") + message(b"E", b"\0\0\0\0\0") + message(b"S", b""),
        b"".join(message(b"Q", b"drop table app.orders\0")[i : i + 1] for i in range(26)),
        message(b"Q", b"select 1\0") + message(b"Q", b"drop table app.orders\0") + message(b"Q", b"select 2\0"),
        message(b"E", b"nowhere\0\0\0\0\0") + message(b"S", b""),
        message(b"Q", b"select '" + b"x" * 2_000_000 + b"'; drop table app.orders\0"),
        message(b"Q", b"copy app.events from stdin\0") + message(b"Q", b"drop table app.orders\0"),
    ],
    ids=range(13),
)  # fmt: skip
def test_forged_messages_do_nothing(gateway: Gateway, postgres: Server, data: bytes) -> None:
    """FunctionCall, hidden bytes, lying lengths, pipelined and split denials, copies that swallow: the table is still there."""
    seen = raw(gateway, "guarded", data)
    assert seen[:1] in (b"E", b"T", b"1", b"G", b"")
    assert postgres.psql("select count(*) from app.orders").strip() == "100"
