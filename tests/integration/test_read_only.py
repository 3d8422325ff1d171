"""A read-only route: nothing is written and the setting does not change, whatever is tried; reading is as without it.

The functions are an administrator's, and as careless as can be: some change the setting, some write.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.integration.test_clients import dumped
from tests.support.gateway import Gateway
from tests.support.gateway import routed as start
from tests.support.postgres import Server

ROUTE = """
[route:reading]
listen = tcp:{more}:interface=127.0.0.1
read_only = yes
{common}
"""

SCHEMA = """
create schema reading;
create table reading.t (a int); insert into reading.t values (1);
create sequence reading.s;
create function reading.loosen() returns text language sql as $$
    select set_config('default_transaction_read_only', 'off', false) $$;
create function reading.loosen_stable() returns text language sql stable as $$
    select set_config('default_transaction_read_only', 'off', false) $$;
create function reading.loosen_now() returns text language plpgsql as $$
    begin return set_config('transaction_read_only', 'off', false); end $$;
create function reading.write() returns int language sql as $$ insert into reading.t values (2) returning a $$;
create function reading.write_inside() returns int language plpgsql set default_transaction_read_only = off as $$
    begin insert into reading.t values (3); return 1; end $$;
create function reading.write_stable() returns int language sql stable as $$ select reading.write() $$;
create function reading.execute(text) returns int language plpgsql as $$ begin execute $1; return 1; end $$;
create procedure reading.proceed() language plpgsql as $$
    begin commit; set transaction read write; insert into reading.t values (4); end $$;
create view reading.loosening as select reading.loosen() as a;
create view reading.writing as select reading.write() as a;
grant usage on schema reading to public; grant all on all tables in schema reading to public;
grant all on all sequences in schema reading to public;
"""


@pytest.fixture(scope="module")
def routed(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    drop = "drop schema reading cascade; drop table if exists public.fresh"
    with start(postgres, tmp_path_factory.mktemp("reading"), "reading", ROUTE, SCHEMA, drop) as running:
        yield running


@pytest.fixture(autouse=True)
def untouched(postgres: Server) -> Iterator[None]:
    """Whatever a test does, the table is as it was."""
    yield
    assert postgres.psql("select a from reading.t") == "1\n"
    assert postgres.psql("select is_called from reading.s") == "f\n"


REFUSED = [
    "insert into reading.t values (9)",
    "with w as (insert into reading.t values (9) returning a) select * from w",
    "explain analyze insert into reading.t values (9)",
    "prepare p as insert into reading.t values (9)",
    "copy reading.t from stdin",
    "copy (select 1) to program 'true'",
    "create temp table fresh as select 1",
    "select 1 into public.fresh",
    "select nextval('reading.s')",
    "select * from reading.t for update",
    "do $$ begin insert into reading.t values (9); end $$",
    "call reading.proceed()",
    "begin read write",
    "start transaction read write",
    "begin; set transaction read write; insert into reading.t values (9); commit",
    "set session characteristics as transaction read write",
    "set transaction_read_only = off",
    "set local transaction_read_only to off",
    "reset transaction_read_only",
    "set default_transaction_read_only = off",
    "set default_transaction_read_only to default",
    "select set_config('transaction_read_only', 'off', false)",
    "select set_config('default_transaction_read_only', 'off', false)",
    "select set_config('default_transaction_' || 'read_only', 'off', false)",
    "select set_config(name, 'off', false) from pg_settings where name = 'default_transaction_read_only'",
    "update pg_settings set setting = 'off' where name = 'default_transaction_read_only'",
    "set role postgres",
    "commit prepared 'x'",
    "select query_to_xml('select reading.loosen()', true, false, '')",
    "select reading.loosen(); commit; select reading.write()",
    "begin; select * from reading.loosening; commit; begin; select * from reading.writing; commit",
]


@pytest.mark.parametrize("text", REFUSED)
def test_refused(routed: Gateway, text: str) -> None:
    """By the gateway, with the session as it was: it goes on, and is still read-only."""
    with routed.connect("reading") as session:
        with pytest.raises(psycopg.Error) as refused:
            session.execute(text)
        assert refused.value.sqlstate in ("25006", "42501", "0A000")
        session.execute("rollback")
        assert session.execute("show default_transaction_read_only").fetchone() == ("on",)
        assert session.execute("show transaction_read_only").fetchone() == ("on",)


@pytest.mark.parametrize(
    "text",
    [
        "select reading.write()",
        "select reading.write_inside()",
        "select reading.write_stable()",
        "select * from reading.writing",
        "select reading.loosen_now()",
        "select reading.loosen(), reading.write()",
        "select reading.loosen(); select reading.write()",
        "begin; select reading.loosen_now(); select reading.write()",
        "select reading.execute('set transaction read write'), reading.write()",
        "select reading.execute('commit')",
        "select reading.execute('begin read write')",
    ],
)
def test_functions_write_nothing(routed: Gateway, text: str) -> None:
    """The server refuses them: a transaction that has begun read-only stays so."""
    with routed.connect("reading") as session, pytest.raises(psycopg.Error):
        session.execute(text)


@pytest.mark.parametrize(
    "text",
    [
        "select reading.loosen()",
        "select reading.loosen_stable()",
        "select * from reading.loosening",
        "select reading.execute('set default_transaction_read_only = off')",
        "declare c cursor with hold for select reading.loosen()",
    ],
)
def test_functions_that_change_the_setting_end_the_session(routed: Gateway, text: str) -> None:
    """Before anything else of its runs."""
    session = routed.connect("reading")
    with pytest.raises(psycopg.OperationalError, match="default_transaction_read_only must stay on"):
        session.execute(text)
        session.execute("select reading.write()")


@pytest.mark.parametrize("loosen", ["reading.loosen()", "reading.loosen_stable()"])
def test_nothing_slips_through_behind_them(routed: Gateway, loosen: str) -> None:
    """Code that was sent before the server could say that the setting has changed is refused."""
    for writing in ("select reading.write()", "select * from reading.writing", "select reading.write_stable()"):
        session = routed.connect("reading")
        with pytest.raises(psycopg.Error), session.pipeline() as pipeline:
            session.execute(f"select {loosen}")
            pipeline.sync()
            session.execute(writing)
            pipeline.sync()
            session.execute(writing)
        session.close()


def test_reading_is_as_without_it(routed: Gateway) -> None:
    """The same bytes, whichever way."""
    texts = [
        "select * from app.customers order by id",
        "select count(*), max(total) from app.orders group by customer_id order by 2",
        "begin; select 1; commit",
        "explain (costs off) select * from app.orders where id = 1",
        "set search_path = app; select count(*) from orders; reset all",
    ]
    for text in texts:
        outputs = [routed.psql(route, text=text) for route in ("plain", "reading")]
        assert outputs[0].stdout == outputs[1].stdout, text
        assert outputs[1].stderr == ""
    with routed.connect("reading") as session:
        session.execute("discard all")
        session.execute("begin read only")
        session.execute("declare c cursor for select id from app.customers order by id")
        assert session.execute("fetch 2 from c").fetchall() == [(1,), (2,)]
        session.execute("commit")
        session.execute("reset all")
        with session.cursor().copy("copy app.employees to stdout") as copied:
            assert b"".join(copied)
        assert session.execute("show default_transaction_read_only").fetchone() == ("on",)
        assert session.info.parameter_status("default_transaction_read_only") == "on"


def test_pg_dump_only_reads(routed: Gateway) -> None:
    """The real one, with its locks and its settings."""
    assert dumped(routed.ports["reading"], "ci", routed.token()) == dumped(routed.ports["plain"], "ci", routed.token())


def test_pipelines_of_plain_reading(routed: Gateway) -> None:
    """The server's own functions hide nothing."""
    with routed.connect("reading") as session, session.pipeline():
        found: list[Any] = [session.execute("select upper(name) from app.customers where id = %s", [n]) for n in (1, 2)]
        assert [one.fetchone() for one in found] == [("ADA LOVELACE",), ("GRACE HOPPER",)]
