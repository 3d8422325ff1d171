"""Tests of tokengate.protocols.postgres.questions: how real servers answer them about the schema catalog_test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.protocols.postgres.test_census import census_of
from tests.support.postgres import Server
from tests.support.streams import run
from tokengate.protocols.postgres.questions import schemas
from tokengate.protocols.postgres.snapshot import Snapshot
from tokengate.sql.postgres import analyse

OWN = "catalog_test"


@pytest.fixture
def known(any_postgres: Server) -> Iterator[Snapshot]:
    census = census_of(any_postgres)
    taken = run(census.take())
    assert taken is not None
    yield taken
    census.close()


def reached(known: Snapshot, relation: str) -> set[str]:
    """The names reached by reading, without the schema they are all in."""
    found = known.reached(OWN, relation)
    assert {name.schema for name in found} <= {OWN}
    return {name.name for name in found}


def changed(known: Snapshot, relation: str, kind: str) -> set[tuple[str, str]]:
    """What such a write does, by names without the schema they are all in."""
    return {(name.name, done) for name, done in known.changed(OWN, relation, kind) or ()}


def fired(known: Snapshot, text: str) -> set[tuple[str, str]] | None:
    """What triggers and rules write when this statement runs."""
    (statement,) = analyse(text).statements
    ran = known.deeds(statement).fired
    return None if ran is None else {(name.name, one.kind) for one in ran for name in one.writes}


def columns(known: Snapshot, relation: str) -> dict[str, set[str] | None]:
    """A relation's columns, each with what it shows, without the schema."""
    (found,) = known.columns(OWN, relation)
    return {
        name: None if origins is None else {f"{one.relation}.{one.column}" for one in origins}
        for name, origins in found
    }


def test_columns_in_order(known: Snapshot) -> None:
    """A table's columns are listed as it has them; a name of nothing has none."""
    assert list(columns(known, "accounts")) == ["id", "owner", "iban", "country", "label"]
    assert known.columns(OWN, "nothing") == ()
    assert len(known.columns(None, "orders")) == 1


def test_generated_columns(known: Snapshot) -> None:
    """A generated column is made of the columns in its expression, or of nobody knows what where that calls a user's
    function; so is what a view shows of it.
    """
    shown = columns(known, "accounts")
    assert shown["country"] == {"accounts.country", "accounts.iban"}
    assert shown["label"] is None
    assert shown["owner"] == {"accounts.owner"}
    assert columns(known, "countries")["country"] == {"countries.country", "accounts.country", "accounts.iban"}


def test_virtual_columns(postgres_18: Server) -> None:
    """PostgreSQL 18's virtual columns are no different."""
    postgres_18.psql("create table app.virtual (a text, b text generated always as (upper(a)) virtual)")
    census = census_of(postgres_18)
    try:
        known = run(census.take())
        assert known is not None
        ((_, (name, origins)),) = known.columns("app", "virtual")
        assert name == "b"
        assert {str(origin) for origin in origins or ()} == {"app.virtual.a", "app.virtual.b"}
    finally:
        census.close()
        postgres_18.psql("drop table app.virtual")


def test_foreign_keys(known: Snapshot) -> None:
    """Actions are followed over several tables; a key without them counts where a TRUNCATE may cascade."""
    assert {name for name, _ in changed(known, "accounts", "delete")} == {"accounts", "payments"}
    assert {name for name, _ in changed(known, "accounts", "truncate")} == {"accounts", "payments", "receipts", "notes"}
    assert reached(known, "accounts") == {"accounts"}
    assert changed(known, "notes", "truncate") == {("notes", "truncate")}


def test_views(known: Snapshot) -> None:
    """A view is read and written down to its tables, and what hangs on those."""
    assert reached(known, "countries") == {"countries", "accounts"}
    assert {n for n, _ in changed(known, "countries", "delete")} == {"countries", "accounts", "payments"}


def test_system_views(known: Snapshot) -> None:
    """The server's own views are followed too, and nothing of the server's is a mystery."""
    assert "pg_class" in {name.name for name in known.reached("pg_catalog", "pg_tables")}
    for relation in known.relations.values():
        assert known.reached(relation.schema, relation.name), relation
        assert (
            relation.schema == OWN or relation.schema == "app" or not known.reads_code(relation.schema, relation.name)
        )


def test_policies(known: Snapshot) -> None:
    """Row-level security reads what its policies name and may call what they call, where it is on."""
    assert reached(known, "vaults") == {"vaults", "members"}
    assert not known.reads_code(OWN, "vaults")
    assert known.reads_code(OWN, "cellars")
    assert not known.reads_code(OWN, "attics")


def test_rules(known: Snapshot) -> None:
    """A rule is code, and writes elsewhere; a disabled one doesn't."""
    assert fired(known, "insert into catalog_test.ledger values (1)") == {("ledger_log", "insert")}
    assert fired(known, "delete from catalog_test.ledger") == set()
    assert known.runs_code(OWN, "ledger")
    assert not known.reads_code(OWN, "ledger")
    assert fired(known, "insert into catalog_test.quiet values (1)") == set()
    assert not known.runs_code(OWN, "quiet")


def test_triggers(known: Snapshot) -> None:
    """An enabled trigger is code, on a partition too; those that keep foreign keys are the server's own."""
    assert known.runs_code(OWN, "audited")
    assert not known.runs_code(OWN, "unaudited")
    assert known.runs_code(OWN, "part_low")
    assert not known.runs_code(OWN, "accounts")
    assert not known.reads_code(OWN, "audited")


def test_partitions(known: Snapshot) -> None:
    """A partitioned table reaches its partitions, and each of those it alone."""
    assert {name for name, _ in changed(known, "parts", "update")} == {"parts", "part_low", "part_high"}
    assert reached(known, "part_low") == {"parts", "part_low"}


def test_code_that_runs_when_read(known: Snapshot) -> None:
    """A view that calls a user's function or operator, and whatever shows a foreign table."""
    assert known.reads_code(OWN, "shapes")
    assert known.reads_code(OWN, "abroad")
    assert known.reads_code(OWN, "imported")
    assert known.runs_code(OWN, "abroad")
    assert not known.reads_code(OWN, "countries")


def test_functions(known: Snapshot) -> None:
    """What a user made is kept whole; an SQL-standard body is shown as the server reads it."""
    (added,) = known.functions("added")
    assert (added.schema, added.volatility, added.language, added.kind, added.extension) == (
        OWN,
        "v",
        "plpgsql",
        "f",
        "",
    )
    assert added.body == "begin insert into catalog_test.notes values ($1); end"
    (counted,) = known.functions("catalog_test.counted")
    assert (counted.volatility, counted.language) == ("s", "sql")
    assert "FROM catalog_test.notes" in (counted.body or "")
    (emptied,) = known.functions("emptied")
    assert (emptied.kind, emptied.body) == ("p", "delete from catalog_test.notes")
    assert known.is_volatile("added")
    assert not known.is_volatile("counted")
    assert not known.is_volatile("random"), "the server ships it"
    assert known.is_function("random")
    assert known.is_function("counted")
    assert not known.is_function("iban")


def test_extensions_functions(postgres: Server) -> None:
    """They are not the server's own, and say whose they are; what is not SQL has no body to read."""
    postgres.psql("create extension citext schema app")
    census = census_of(postgres)
    try:
        known = run(census.take())
        assert known is not None
        (made,) = known.functions("citext_eq")
        assert (made.extension, made.language, made.body) == ("citext", "c", None)
        assert {one.extension for one in known.functions("regexp_match")} == {"citext"}
        assert all(one.body for one in known.functions("app.regexp_match"))
    finally:
        census.close()
        postgres.psql("drop extension citext")


def test_a_long_body_is_not_kept(any_postgres: Server) -> None:
    """Not in part either: half a body would look like a whole one."""
    any_postgres.psql(f"create function app.long() returns int language sql as $$ select 1 -- {'x' * 65536} $$")
    census = census_of(any_postgres)
    try:
        known = run(census.take())
        assert known is not None
        (long,) = known.functions("app.long")
        assert long.body is None
    finally:
        census.close()
        any_postgres.psql("drop function app.long")


def test_schemas_of_a_path(any_postgres: Server) -> None:
    """The server itself reads a path: quotes, the user's own schema, what is missing or may not be used."""
    any_postgres.psql("create schema trust_user authorization trust_user; create schema closed")
    try:
        path = """"$user", missing, closed, APP, pg_catalog, "it's" """
        assert any_postgres.psql(schemas(path), user="trust_user") == '["trust_user","app","pg_catalog"]\n'
    finally:
        any_postgres.psql("drop schema trust_user; drop schema closed")


def test_one_path_for_one_question(any_postgres: Server) -> None:
    """Asking leaves the connection's own path as it was."""
    assert any_postgres.psql(f"set search_path = ''; {schemas('app')}; show search_path") == '["app"]\n""\n'


def test_code_that_changes_something_when_read(any_postgres: Server) -> None:
    """A view over a volatile function, or an operator of one; the others' functions are declared to change nothing."""
    any_postgres.psql(
        "create view app.acting as select 1 as a where catalog_test.added(1) is null;"
        "create function app.minus(int, int) returns int language sql volatile as 'select 1';"
        "create operator app.<-| (leftarg = int, rightarg = int, procedure = app.minus);"
        "create view app.operating as select 1 operator(app.<-|) 2 as a"
    )
    census = census_of(any_postgres)
    try:
        known = run(census.take())
        assert known is not None
        assert known.reads_volatile("app", "acting")
        assert known.reads_volatile("app", "operating")
        assert known.reads_volatile("app", "nothing")
        assert known.reads_volatile(OWN, "abroad")
        assert not known.reads_volatile(OWN, "shapes")
        assert not known.reads_volatile(OWN, "accounts")
    finally:
        census.close()
        any_postgres.psql("drop view app.acting, app.operating; drop function app.minus cascade")


def test_what_else_is_written_and_dropped(known: Snapshot) -> None:
    """Keys lead further, each in its own way; what depends on a table goes with it."""
    assert changed(known, "countries", "delete") == {
        ("countries", "delete"), ("accounts", "delete"), ("payments", "delete"),
    }  # fmt: skip
    assert changed(known, "payments", "update") == {("payments", "update"), ("receipts", "update")}
    assert known.changed(OWN, "nothing", "insert") == frozenset()
    dependents = {name.name for name in known.dependents(OWN, "accounts") or ()}
    assert {"accounts", "countries", "payments", "receipts", "notes"} <= dependents
    assert {name.name for name in known.dependents(OWN, "parts", cascading=False) or ()} == {
        "parts", "part_low", "part_high",
    }  # fmt: skip


def test_schemas_that_may_be_used(any_postgres: Server) -> None:
    """What a path names but the user may not use is left out; so it is told apart, and told again when it changes."""
    any_postgres.psql("create schema closed; create table closed.orders (a int); create table public.orders (a int)")
    census = census_of(any_postgres)
    try:
        path = frozenset({("closed", "public")})
        known = run(census.take())
        assert known is not None
        assert [one.schema for one in known.find(None, "orders", path)] == ["public"]
        any_postgres.psql("grant usage on schema closed to public")
        known = run(census.take())
        assert known is not None
        assert [one.schema for one in known.find(None, "orders", path)] == ["closed"]
    finally:
        census.close()
        any_postgres.psql("drop schema closed cascade; drop table public.orders")
