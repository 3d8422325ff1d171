"""Two tables of one name in two schemas, one of them masked: what an unqualified name means there is what is masked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.support.gateway import Gateway
from tests.support.gateway import routed as start
from tests.support.postgres import Server

ROUTE = """
[masker:one]
use = columns
mask = one.people.email: redact

[enforcer:one]
use = sql
deny = write on one.people

[route:paths]
listen = tcp:{more}:interface=127.0.0.1
mask = one
enforce = one
{common}
"""

TABLES = """
create schema one; create schema two; create schema closed; create schema made;
create table one.people (email text); insert into one.people values ('masked');
create table two.people (email text); insert into two.people values ('open');
create table closed.people (email text); insert into closed.people values ('closed');
grant usage on schema one, two to public; grant all on schema made to public;
grant all on all tables in schema one, two, closed to public;
create function two.hidden(text) returns text language sql as $$ select set_config('search_path', $1, false) $$;
create function two.pure(int) returns int language sql immutable as 'select $1';
"""

READ = "select upper(email) from people"
MASKED, OPEN = [("[redacted]",)], [("OPEN",)]
"""What is shown of one and two: an expression, so that the server does not say where it comes from."""


@pytest.fixture(scope="module")
def routed(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    drop = "drop schema one, two, closed, made cascade"
    with start(postgres, tmp_path_factory.mktemp("paths"), "paths", ROUTE, TABLES, drop) as running:
        yield running


@pytest.fixture
def session(routed: Gateway) -> Iterator[psycopg.Connection[Any]]:
    with routed.connect("paths") as connection:
        yield connection


def test_a_set_path_decides(session: psycopg.Connection[Any]) -> None:
    """Each SET outside of a transaction says which table it is; so does the first schema of several, and RESET."""
    for path, shown in (
        ("one", MASKED),
        ("two", OPEN),
        ("two, one", OPEN),
        ("one, two", MASKED),
        ("missing, two", OPEN),
    ):
        session.execute(f"set search_path = {path}")
        assert session.execute(READ).fetchall() == shown, path
    session.execute("set schema 'two'")
    assert session.execute(READ).fetchall() == OPEN
    session.execute("reset search_path")
    with pytest.raises(psycopg.errors.UndefinedTable):
        session.execute(READ)


def test_schemas_that_may_not_be_used_are_left_out(session: psycopg.Connection[Any]) -> None:
    """As the server leaves them out."""
    session.execute("set search_path = closed, one")
    assert session.execute(READ).fetchall() == MASKED
    session.execute("set search_path = closed, two")
    assert session.execute(READ).fetchall() == OPEN


def test_rollbacks_undo_a_set(session: psycopg.Connection[Any]) -> None:
    """After them the masked table is masked, though the last SET named the other."""
    session.execute("set search_path = one")
    session.execute("begin")
    session.execute("set search_path = two")
    session.execute("rollback")
    assert session.execute(READ).fetchall() == MASKED
    session.execute("set search_path = one")
    session.execute("begin")
    session.execute("savepoint a")
    session.execute("set search_path = two")
    session.execute("rollback to a")
    assert session.execute(READ).fetchall() == MASKED
    session.execute("rollback")
    session.execute("set search_path = two")
    assert session.execute(READ).fetchall() == OPEN


def test_a_set_that_lasts_for_a_transaction(session: psycopg.Connection[Any]) -> None:
    """In it and after it the masked table is masked."""
    session.execute("set search_path = two")
    with session.transaction():
        session.execute("set local search_path = one")
        assert session.execute(READ).fetchall() == MASKED
    session.execute("set search_path = two")
    with session.transaction():
        session.execute("select set_config('search_path', 'one', true)")
        assert session.execute(READ).fetchall() == MASKED
    session.execute("set search_path = one")
    session.execute("set local search_path = two")
    assert session.execute(READ).fetchall() == MASKED


def test_a_set_that_failed(session: psycopg.Connection[Any]) -> None:
    """It changes nothing, in a text or a pipeline with what fails either."""
    session.execute("set search_path = one")
    with pytest.raises(psycopg.errors.DivisionByZero):
        session.execute("set search_path = two; select 1/0")
    assert session.execute(READ).fetchall() == MASKED
    session.execute("set search_path = one")
    with pytest.raises(psycopg.errors.DivisionByZero), session.pipeline():
        session.execute("set search_path = two")
        session.execute("select 1/0")
    assert session.execute(READ).fetchall() == MASKED


def test_in_one_text(session: psycopg.Connection[Any]) -> None:
    """A SET counts for the statements behind it, plain or hidden."""
    for hidden in (
        "set search_path = one",
        "select set_config('search_path', 'one', false)",
        "select two.hidden('one')",
    ):
        session.execute("set search_path = two")
        found = session.execute(f"{hidden}; {READ}")
        while found.nextset():
            pass
        assert found.fetchall() == MASKED, hidden


def test_in_a_pipeline(session: psycopg.Connection[Any]) -> None:
    """What is sent behind a SET is masked if either path masks it: nobody knows yet whether it has succeeded."""
    session.execute("set search_path = two")
    with session.pipeline():
        before = session.execute(READ)
        session.execute("set search_path = one")
        between = session.execute(READ)
        session.execute("set search_path = two")
        assert before.fetchall() == OPEN
        assert between.fetchall() == MASKED


def test_prepared_statements_follow_the_path(session: psycopg.Connection[Any]) -> None:
    """The server analyses them anew; they are judged and masked anew."""
    session.execute("set search_path = two")
    assert session.execute(READ, prepare=True).fetchall() == OPEN
    session.execute("set search_path = one")
    assert session.execute(READ, prepare=True).fetchall() == MASKED
    session.execute("set search_path = two")
    assert session.execute(READ, prepare=True).fetchall() == OPEN


def test_cursors_keep_theirs(session: psycopg.Connection[Any]) -> None:
    """One that was declared under another path shows that path's table, and after its transaction too."""
    session.execute("set search_path = one")
    with session.transaction():
        session.execute(f"declare c cursor with hold for {READ}")
    session.execute("set search_path = two")
    assert session.execute("fetch c").fetchall() == MASKED


def test_code_that_may_set_a_path(session: psycopg.Connection[Any]) -> None:
    """A function that is not known to compute leaves it open which path it is, until that is set again."""
    session.execute("set search_path = two")
    assert session.execute("select two.pure(1)").fetchall() == [(1,)]
    assert session.execute(READ).fetchall() == OPEN
    session.execute("select two.hidden('one')")
    assert session.execute(READ).fetchall() == MASKED
    session.execute("set search_path = two")
    assert session.execute(READ).fetchall() == OPEN
    session.execute("select set_config('search_path', %s, false)", ["one"])
    assert session.execute(READ).fetchall() == MASKED


def test_discarding_all(session: psycopg.Connection[Any]) -> None:
    """Ends it all."""
    session.execute("set search_path = two")
    session.execute("discard all")
    session.execute("set search_path = one")
    assert session.execute(READ).fetchall() == MASKED


def test_rules_follow_the_path(session: psycopg.Connection[Any]) -> None:
    """An unqualified write is refused exactly where it may be to the protected table."""
    session.execute("set search_path = two")
    session.execute("update people set email = email where email = 'none'")
    session.execute("set search_path = one")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute("update people set email = email where email = 'none'")


def test_a_name_that_somebody_is_changing(routed: Gateway, session: psycopg.Connection[Any]) -> None:
    """A table that another session takes away while this one waits for it: the name then means the masked one."""
    with routed.connect("paths") as other:
        other.execute("create table made.people (email text)")
        assert other.execute("select count(*) from made.people").fetchall() == [(0,)]  # the gateway knows it by now
        session.execute("set search_path = made, one")
        assert session.execute(READ).fetchall() == []
        other.execute("begin")
        other.execute("drop table made.people")
        session.execute("set lock_timeout = '5s'")
        with ThreadPoolExecutor(1) as elsewhere:
            waiting = elsewhere.submit(lambda: session.execute(READ).fetchall())
            time.sleep(0.5)
            assert not waiting.done()
            other.execute("commit")
            assert waiting.result() == MASKED
