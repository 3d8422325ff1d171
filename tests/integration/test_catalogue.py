"""Sessions on a route that masks, and tables that were not there a moment ago."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.support.gateway import Gateway
from tests.support.postgres import Server


@pytest.fixture
def session(gateway: Gateway, postgres: Server) -> Iterator[psycopg.Connection[Any]]:
    postgres.psql("create schema fresh; grant all on schema fresh to public")
    try:
        with gateway.connect("masked", autocommit=True) as connection:
            yield connection
    finally:
        postgres.psql("drop schema fresh cascade")


def test_own_tables_are_known_at_once(session: psycopg.Connection[Any]) -> None:
    """What a session has just made it may copy from and compute over: an unknown table would be refused and masked."""
    session.execute("create table fresh.one as select id, note from app.orders")
    session.execute("create table fresh.two as select note as loud from fresh.one where id = 1")
    assert session.execute("select upper(loud) from fresh.two").fetchall() == [("ORDER 1",)]


def test_own_changes_are_known_at_once(session: psycopg.Connection[Any]) -> None:
    """A column that was renamed to a masked name is masked in whatever is made of it next."""
    session.execute("create table fresh.people (id int, code text)")
    session.execute("insert into fresh.people values (1, 'x')")
    assert session.execute("select upper(code) from fresh.people").fetchall() == [("X",)]
    session.execute("alter table fresh.people rename code to ssn")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute("create table fresh.copied as select upper(ssn) as code from fresh.people")


def test_tables_of_a_transaction_are_known_after_it(session: psycopg.Connection[Any]) -> None:
    """In the transaction nobody else can see them; after it they are known."""
    with session.transaction():
        session.execute("create table fresh.one (note text)")
        session.execute("insert into fresh.one values ('a')")
    session.execute("create table fresh.two as select note from fresh.one")
    assert session.execute("select upper(note) from fresh.two").fetchall() == [("A",)]
