"""Tests of tokengate.mask.relations: what a name may show."""

from __future__ import annotations

import pytest

from tests.mask.database import RULES, Catalogue
from tokengate.mask.patterns import Rules, rules
from tokengate.mask.relations import Contents, Relations
from tokengate.sql.facts import Name


def contents(schema: str | None, name: str, text: str = RULES) -> Contents | None:
    """What the sample's catalogue and some rules say of a name."""
    return Relations(Catalogue(), Rules(rules(text))).contents(Name(schema, name))


def test_a_table() -> None:
    """Its own columns, of which some are sensitive; those nobody is shown even in part are hidden."""
    found = contents("app", "customers")
    assert found is not None
    assert found.columns == frozenset("id name email ssn card phone notes".split())  # noqa: SIM905  as in the sample
    assert found.sensitive == {"email", "ssn", "card"}
    assert found.traced
    assert found.hidden == {"ssn"}


def test_a_table_without_sensitive_columns() -> None:
    """Nothing is sensitive; its columns are known all the same."""
    found = contents("app", "orders")
    assert found is not None
    assert not found.sensitive
    assert "note" in found.columns


def test_a_view_that_renames_is_not_traced() -> None:
    """Its column names say nothing of what they show: "email" may be the id, "contact" the e-mail address."""
    for schema, name in (("api", "customers"), ("app", "swapped")):
        found = contents(schema, name)
        assert found is not None
        assert not found.traced
        assert not found.hidden


def test_partitions_are_traced() -> None:
    """A partitioned table and its partitions have their columns' names in common, and each other's rules."""
    for name in ("events", "events_2026"):
        found = contents("app", name, "app.events_2026.who: redact")
        assert found is not None
        assert found.sensitive == {"who"}
        assert found.traced


def test_an_unqualified_name_is_every_relation_of_that_name() -> None:
    """It shows what any of them shows, and has the columns that all of them have."""
    customers, orders = contents(None, "customers"), contents(None, "orders")
    assert customers is not None
    assert orders is not None
    assert not customers.traced
    assert orders.columns == {"id", "total"}


def test_temporary_tables_by_their_alias() -> None:
    """pg_temp is whichever session's temporary schema."""
    found = contents("pg_temp", "scratch", "*.email: redact")
    assert found is not None
    assert found.sensitive == {"email"}
    assert "email" in found.columns


@pytest.mark.parametrize("name", ["nosuch", "pg_stat_activity"])
def test_what_is_not_known(name: str) -> None:
    """No such relation, or one that may show anything: not an empty answer but none."""
    assert contents(None, name) is None


def test_without_a_catalogue_nothing_is_known() -> None:
    """A protocol without one masks everything it can't trace."""
    assert Relations(None, Rules(rules(RULES))).contents(Name("app", "orders")) is None
