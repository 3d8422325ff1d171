"""Tests of tokengate.protocols.postgres.census: what real servers say of the sample schema, and the rules for views."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.task import Clock

from tests.support.postgres import DirectRoute, Server
from tests.support.streams import run
from tokengate.errors import UpstreamError
from tokengate.protocols.postgres import questions
from tokengate.protocols.postgres.census import SETTINGS, Census, Outdated, referred, view_columns
from tokengate.protocols.postgres.client import Client, Description
from tokengate.protocols.postgres.snapshot import Snapshot
from tokengate.protocols.postgres.wire import FieldDescription
from tokengate.sql.facts import Name
from tokengate.values import Origin


def census_of(server: Server, user: str = "trust_user") -> Census:
    route = DirectRoute(server, user=user, tls=False)
    return Census(run(Client.connect(route, Clock(), settings=SETTINGS)))


@pytest.fixture
def census(any_postgres: Server) -> Iterator[Census]:
    taken = census_of(any_postgres)
    yield taken
    taken.close()


@pytest.fixture
def known(census: Census) -> Snapshot:
    taken = run(census.take())
    assert taken is not None
    return taken


def shown(known: Snapshot, view: str, column: str, schema: str = "app") -> set[str] | None:
    """What a column may show, without its own name."""
    (relation,) = known.find(schema, view)
    (number,) = [stored.attnum for stored in relation.columns.values() if stored.name == column]
    origins = known.origins(relation.oid, number)
    return None if origins is None else {str(origin) for origin in origins} - {f"{schema}.{view}.{column}"}


def test_plain_columns_of_views(known: Snapshot) -> None:
    """A column that a view passes through is exactly the stored one, through views upon views and joins."""
    assert shown(known, "customer_emails", "mail") == {"app.customers.email"}
    assert shown(known, "contacts", "mail") == {"app.customer_emails.mail", "app.customers.email"}
    assert shown(known, "contacts", "total") == {"app.orders.total"}
    assert shown(known, "stored_emails", "mail") == {"app.customer_emails.mail", "app.customers.email"}


def test_computed_columns_of_views(known: Snapshot) -> None:
    """A computed column shows what its own expression is made of, through subqueries, unions and views upon views."""
    assert shown(known, "contacts", "shouted") == {"app.customer_emails.mail", "app.customers.email"}
    assert shown(known, "contacts", "answer") == set()
    assert "app.customers.ssn" not in (shown(known, "contacts", "shouted") or set())
    assert shown(known, "united", "who") == {"app.customers.email", "app.orders.note"}
    assert "app.customers.ssn" in (shown(known, "summed", "highest") or set())
    assert shown(known, "summed", "name") == {"app.customers.name"}
    assert shown(known, "counted", "n") == set()


def test_whole_rows_in_views(known: Snapshot) -> None:
    """A row passed whole shows every column, although pg_depend does not say so."""
    everything = shown(known, "whole_rows", "everything") or set()
    assert {"app.customers.ssn", "app.customers.card", "app.customers.email"} <= everything
    assert shown(known, "whole_rows", "id") == {"app.customers.id"}


def test_functions_that_read_elsewhere(known: Snapshot) -> None:
    """A column computed by a user's function, or by one of the server's that reads tables, may be anything."""
    assert shown(known, "revealed", "secret") is None
    assert shown(known, "spied", "hidden") is None
    assert shown(known, "revealed", "id") == {"app.orders.id"}


def test_system_views(known: Snapshot) -> None:
    """Statistics show samples of stored values, activity shows others' statements; ordinary metadata is no mystery."""
    assert "pg_catalog.pg_statistic.stavalues1" in (shown(known, "pg_stats", "most_common_vals", "pg_catalog") or set())
    assert shown(known, "pg_stat_activity", "query", "pg_catalog") == set()  # masked by its name
    assert shown(known, "pg_tables", "tablename", "pg_catalog") == {"pg_catalog.pg_class.relname"}
    assert "pg_catalog.pg_attribute.attname" in (shown(known, "columns", "column_name", "information_schema") or set())


def test_dropped_generated_and_quoted_columns(known: Snapshot) -> None:
    """Dropped columns are not there and don't shift the others; generated ones are marked; any name is kept."""
    (customers,) = known.find("app", "customers")
    assert [stored.name for stored in customers.columns.values()] == [
        "id", "name", "email", "ssn", "card", "phone", "birthday", "balance", "name_length",
    ]  # fmt: skip
    assert list(customers.columns) == [1, 2, 3, 4, 5, 6, 7, 8, 10]
    assert known.generated(customers.oid, 10)
    assert not known.generated(customers.oid, 8)
    odd = known.expand('Odd "Schema"', 'Odd "View"')
    assert set(odd or ()) == {
        Origin('Odd "Schema"', 'Odd "Table"', 'Odd "Column"'),
        Origin('Odd "Schema"', 'Odd "View"', 'Another " Column'),
    }


def test_partitions_and_inheritance(known: Snapshot) -> None:
    """A partition whose columns stand in another order is matched by name."""
    assert shown(known, "events_2026", "who") == {"app.events.who"}
    assert shown(known, "events", "who") == {"app.events_2025.who", "app.events_2026.who"}
    assert shown(known, "people", "ssn") == {"app.employees.ssn"}


def test_types_functions_operators(known: Snapshot) -> None:
    """Names for types; which functions and operators were added to the server's."""
    names = set(known.types.values())
    assert {"int4", "timestamptz", "_text", "app.mood", "app._mood", "app.email_address", "app.pair"} <= names
    assert known.is_builtin("upper")
    assert not known.is_builtin("lower"), "app.lower(integer) was added"
    assert known.is_builtin("pg_catalog.lower")
    assert not known.is_builtin("app.reveal")
    assert known.operators == {"<<<": (Name("pg_catalog", "int4mi"),)}


def test_nothing_new(census: Census) -> None:
    """An unchanged database gives no new snapshot."""
    assert run(census.take()) is not None
    assert run(census.take()) is None


def test_a_function_that_was_replaced(any_postgres: Server, census: Census) -> None:
    """Its new body is asked for; the bodies of the others are not."""
    made = "create or replace function app.changing() returns int language sql as"
    any_postgres.psql(f"{made} 'select 1'")
    try:
        first = run(census.take())
        any_postgres.psql(f"{made} 'select 2'")
        second = run(census.take())
        assert first is not None
        assert second is not None
        assert [one.body for one in (*first.functions("changing"), *second.functions("changing"))] == [
            "select 1",
            "select 2",
        ]
        assert second.functions("reveal") == first.functions("reveal") != ()
    finally:
        any_postgres.psql("drop function app.changing()")


def test_bodies_that_can_not_be_read(monkeypatch: pytest.MonkeyPatch, census: Census) -> None:
    """A function whose body is refused is known without it, and asked for the next time."""
    with monkeypatch.context() as refused:
        refused.setattr(questions, "bodies", lambda *_: "select 1 / 0")
        known = run(census.take())
    assert known is not None
    assert [one.body for one in known.functions("reveal")] == [None]
    known = run(census.take())
    assert known is not None
    assert [one.body for one in known.functions("reveal")] == ["select ssn from app.customers where id = $1"]
    assert run(census.take()) is None


def test_a_state_that_is_the_same_again(any_postgres: Server, census: Census) -> None:
    """What was changed and changed back is seen, and compares equal; what is different doesn't."""
    first = run(census.take())
    assert first is not None
    for change in ("alter table app.orders rename note to remark", "alter table app.orders rename remark to note"):
        any_postgres.psql(change)
        second = run(census.take())
        assert second is not None
        assert second.same_as(first) == change.endswith("to note")


def test_new_settings_need_a_new_connection(any_postgres: Server, census: Census) -> None:
    """A connection can't tell what path new sessions get once role or database say something else."""
    assert run(census.take()) is not None
    any_postgres.psql("alter role trust_user set search_path = app")
    try:
        with pytest.raises(Outdated):
            run(census.take())
        other = census_of(any_postgres)
        known = run(other.take())
        assert known is not None
        assert known.search_path == ("app",)
        other.close()
    finally:
        any_postgres.psql("alter role trust_user reset search_path")


def test_a_standby_hears_nothing(monkeypatch: pytest.MonkeyPatch, any_postgres: Server) -> None:
    """A server that refuses LISTEN because it is read-only is asked all the same; another refusal counts."""
    monkeypatch.setattr(questions, "LISTEN", "set transaction read only; create table app.no (a int)")
    census = census_of(any_postgres)
    assert run(census.take()) is not None
    census.close()
    monkeypatch.setattr(questions, "LISTEN", "listen to me")
    census = census_of(any_postgres)
    with pytest.raises(UpstreamError):
        run(census.take())
    census.close()


def test_changes_are_seen(any_postgres: Server, census: Census) -> None:
    """New relations, renamed columns, and a view that was replaced in place all show up."""
    run(census.take())
    any_postgres.psql("create table app.fresh (a int, b text); create view app.fresh_view as select b from app.fresh;")
    try:
        known = run(census.take())
        assert known is not None
        assert shown(known, "fresh_view", "b") == {"app.fresh.b"}
        any_postgres.psql("alter table app.fresh rename b to c")
        known = run(census.take())
        assert known is not None
        assert shown(known, "fresh_view", "b") == {"app.fresh.c"}
        any_postgres.psql("create or replace view app.fresh_view as select ssn::text as b from app.customers")
        known = run(census.take())
        assert known is not None
        assert "app.customers.ssn" in (shown(known, "fresh_view", "b") or set())
    finally:
        any_postgres.psql("drop view app.fresh_view; drop table app.fresh")


def test_a_definition_is_read_with_the_names_of_its_time(any_postgres: Server, census: Census) -> None:
    """When columns swap their names, a computed column still shows what it did."""
    any_postgres.psql(
        "create table app.swap (a text, b text); create view app.swapped as select upper(a) as c from app.swap"
    )
    try:
        known = run(census.take())
        assert known is not None
        assert shown(known, "swapped", "c") == {"app.swap.a"}
        any_postgres.psql(
            "alter table app.swap rename a to x; alter table app.swap rename b to a; alter table app.swap rename x to b"
        )
        known = run(census.take())
        assert known is not None
        assert shown(known, "swapped", "c") == {"app.swap.b"}
        any_postgres.psql("alter table app.swap rename to swop")
        known = run(census.take())
        assert known is not None
        assert shown(known, "swapped", "c") == {"app.swop.b"}
    finally:
        any_postgres.psql("drop view app.swapped; drop table if exists app.swap, app.swop")


def test_a_schema_the_gateway_may_not_use(any_postgres: Server) -> None:
    """A definition that can't be described is followed all the same."""
    any_postgres.psql(
        "create schema closed; create table closed.t (id int, x text);"
        "create view app.opened as select id, x from closed.t"
    )
    taken = census_of(any_postgres)
    try:
        known = run(taken.take())
        assert known is not None
        assert shown(known, "opened", "id") == {"closed.t.id"}
        assert run(taken.take()) is None
    finally:
        taken.close()
        any_postgres.psql("drop view app.opened; drop schema closed cascade")


def rule(
    *, depends: Any = ((7, 1),), relations: Any = (7, 9), whole: bool = False, readable: bool = True, opaque: Any = None
) -> list[Any]:
    return [5, 9, "select …", 2, readable, whole, list(relations), [list(pair) for pair in depends], opaque]


def described(*sources: tuple[int, int]) -> Description:
    return Description(tuple(FieldDescription("", table, attnum, 25, -1, -1, 0) for table, attnum in sources))


@pytest.mark.parametrize(
    ("given", "computed"),
    [
        (rule(), ((7, 1),)),
        (rule(depends=[(7, 1), (9, 0)]), ((7, 1),)),
        (rule(depends=[(7, 1), (8, 2)], relations=[7, 8, 9]), ((7, 1), (8, 2))),
        (rule(depends=[(7, 0)]), ()),
        (rule(depends=[(7, 1)], whole=True), ((7, 0), (7, 1))),
        (rule(depends=[], relations=[7, 9]), ((7, 0),)),
        (rule(depends=[], relations=[9]), ()),
        (rule(opaque=["query_to_xml"]), None),
        (rule(readable=False), None),
        (rule(relations=[]), None),
    ],
)
def test_what_computed_columns_are_made_of(given: list[Any], computed: Any) -> None:
    """By pg_depend and the rule's tree; a tree in a form nobody knows makes the column unknown."""
    assert view_columns(given, described((7, 3), (0, 0))) == {1: ((7, 3),), 2: computed}
    refused = UpstreamError("", "permission denied for schema", "42501")
    assert view_columns(given, refused) == {1: computed, 2: computed}


@pytest.mark.parametrize(
    ("given", "relations"),
    [
        (rule(), {7}),
        (rule(depends=[(7, 1), (8, 0)], relations=[6, 9]), {6, 7, 8}),
        (rule(depends=[(9, 1)], relations=[]), set()),
        (rule(readable=False), None),
        (rule(relations=[]), None),
    ],
)
def test_what_a_view_refers_to(given: list[Any], relations: Any) -> None:
    """By its tree and pg_depend together, itself left out; None where the tree can't be read."""
    assert referred(given) == relations


@pytest.mark.parametrize("code", ["55P03", "57014"])
def test_a_locked_view_is_asked_for_again(code: str) -> None:
    """A lock that was not to be had says nothing about the view."""
    assert view_columns(rule(), UpstreamError("", "", code)) is None
