"""Tests of tokengate.protocols.postgres.unasked: what real servers say of code that no statement names."""

from __future__ import annotations

import pytest

from tests.protocols.postgres.test_census import census_of
from tests.support.postgres import Server
from tests.support.streams import run
from tokengate.protocols.postgres.snapshot import Snapshot
from tokengate.protocols.postgres.unasked import Unasked
from tokengate.sql.facts import NO_CODE, Name
from tokengate.values import Origin

MADE = """
create schema unasked;
create function unasked.seen(text) returns boolean language plpgsql immutable as 'begin return true; end';
create function unasked.told(app.pair) returns text language sql as 'select null::text';
create function unasked.counted() returns integer language plpgsql as 'begin return 1; end';
create domain unasked.telling as text check (unasked.seen(value));
create domain unasked.twice as unasked.telling;
create type unasked.holding as (a integer, b unasked.twice);
create type unasked.span as range (subtype = unasked.telling);
create domain unasked.plain as text check (length(value) > 1);
create cast (app.pair as text) with function unasked.told(app.pair) as assignment;
create table unasked.filled (a integer default unasked.counted(), b text check (unasked.seen(b)), p app.pair);
create table unasked.domained (b unasked.holding);
create table unasked.indexed (a text); create index on unasked.indexed (unasked.seen(a));
create view unasked.casting as select 'x'::unasked.telling as x;
"""


def taken(server: Server, text: str) -> Snapshot:
    """What is known after this."""
    server.psql(text)
    try:
        census = census_of(server)
        known = run(census.take())
        census.close()
        assert known is not None
        return known
    finally:
        server.psql("drop schema if exists unasked cascade")


def test_a_usual_database_has_none(any_postgres: Server) -> None:
    """Domains with the server's functions, ranges and their constructors are no code of a user's."""
    known = taken(any_postgres, "create schema unasked; create domain unasked.plain as text check (length(value) > 1)")
    assert not known.unasked.holding.types
    assert known.behind_type(Name("app", "pair")) == NO_CODE
    assert known.behind_any == frozenset()


@pytest.mark.parametrize("name", ["telling", "twice", "holding", "span", "_telling", "domained"])
def test_a_domain_tells_wherever_it_is_inside(name: str, any_postgres: Server) -> None:
    """In another domain, a composite, a range, an array, a table's row; whether its schema is named or not."""
    known = taken(any_postgres, MADE)
    seen = Name("unasked", "seen")
    assert seen in known.behind_type(Name("unasked", name)).checks
    assert seen in known.behind_type(Name(None, name)).checks
    assert known.behind_type(Name("app", name)) == NO_CODE


def test_casts_are_behind_the_users_type(any_postgres: Server) -> None:
    """Not behind text, which others are cast to as well."""
    known, told = taken(any_postgres, MADE), Name("unasked", "told")
    assert known.behind_type(Name("app", "pair")).uses == {told}
    assert known.behind_column(Origin("unasked", "filled", "p")).uses == {told}
    assert known.behind_type(Name(None, "text")) == known.behind_type(Name("unasked", "plain")) == NO_CODE


def test_what_writing_and_reading_run(any_postgres: Server) -> None:
    """Defaults, checks, indexes and columns' domains when rows are filled; casts in a view when it is read."""
    known = taken(any_postgres, MADE)
    seen, counted, filling = Name("unasked", "seen"), Name("unasked", "counted"), {"insert"}
    assert known.behind_writing("unasked", "filled", filling) == {seen, counted}
    assert known.behind_writing("unasked", "domained", filling) == {seen}
    assert known.behind_writing("unasked", "indexed", {"update"}) == {seen}
    assert known.behind_writing("unasked", "filled", {"delete"}) == frozenset()
    assert known.behind_reading("unasked", "casting").uses == {seen}
    assert known.behind_reading("unasked", "domained").uses == frozenset()
    assert known.behind_reading("unasked", "domained").checks == {seen}


def test_parameters_that_are_said_to_be_of_a_type(any_postgres: Server) -> None:
    """Types by their OIDs: those behind which there is code."""
    known = taken(any_postgres, MADE)
    names = {oid: name for oid, name in known.types.items() if name in ("unasked.telling", "unasked.plain")}
    assert {known.unasked.telling(oid) for oid in names} == {Name("unasked", "telling"), None}


def test_nothing_is_behind_what_is_not_known() -> None:
    """An empty answer is a usual database."""
    assert not Unasked()
    assert Unasked().named(Name(None, "text")) == NO_CODE
