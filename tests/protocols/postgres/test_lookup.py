"""Tests of tokengate.protocols.postgres.lookup."""

from __future__ import annotations

import pytest
from attrs import define, field
from zope.interface.verify import verifyObject

from tests.protocols.postgres.test_snapshot import names, relation
from tokengate.interfaces import ICatalogue
from tokengate.protocols.postgres.functions import Function
from tokengate.protocols.postgres.lookup import Lookup, PathLookup
from tokengate.protocols.postgres.reach import Links
from tokengate.protocols.postgres.snapshot import Paths, Snapshot
from tokengate.sql.facts import Name

PEOPLE = [
    relation(1, "people", "a", schema="app"),
    relation(2, "people", "b", schema="old"),
    relation(3, "people", "c", schema="pg_temp_4"),
    relation(4, "pg_class", "d", schema="pg_catalog"),
    relation(5, "pg_class", "e", schema="app"),
    relation(6, "orders", "f", schema="old"),
]
KNOWN = Snapshot(
    {one.oid: one for one in PEOPLE},
    types={23: "int4"},
    functions=[Function("app", "purge", False, "v")],
    operators=frozenset({"<<<"}),
    links=Links(triggers={(2, "insert"): (Name("app", "noticed"),)}),
    search_path=("app",),
)


@define(eq=False)
class Fixed(Lookup):
    """A lookup over one snapshot."""

    snapshot: Snapshot = KNOWN
    version: int = 7
    made: list[Paths | None] = field(factory=list)

    def under(self, paths: Paths | None) -> ICatalogue:
        self.made.append(paths)
        return self


def under(*paths: tuple[str, ...]) -> PathLookup:
    return PathLookup(Fixed(), frozenset(paths))


def schemas(*paths: tuple[str, ...], name: str = "people") -> set[str | None]:
    return {one.schema for one in under(*paths).reached(None, name)}


@pytest.mark.parametrize(
    ("paths", "meant"),
    [
        ([("app", "old")], {"app", "pg_temp_4"}),
        ([("old", "app")], {"old", "pg_temp_4"}),
        ([("missing", "old")], {"old", "pg_temp_4"}),
        ([("app",), ("old",)], {"app", "old", "pg_temp_4"}),
        ([("app",), ("missing",)], {"app", "pg_temp_4"}),
        ([("pg_temp", "old")], {"old", "pg_temp_4"}),
        ([("missing",)], {"app", "old", "pg_temp_4"}),
        ([()], {"app", "old", "pg_temp_4"}),
        ([], {"app", "old", "pg_temp_4"}),
    ],
)
def test_what_an_unqualified_name_means(paths: list[tuple[str, ...]], meant: set[str]) -> None:
    """The first schema of each path that has one, any session's temporary one, and any schema's where no path has
    one.
    """
    assert schemas(*paths) == meant


def test_the_system_comes_first() -> None:
    """Unless the path says when pg_catalog is looked into, it hides every other."""
    assert schemas(("app",), name="pg_class") == {"pg_catalog"}
    assert schemas(("app", "pg_catalog"), name="pg_class") == {"app"}
    assert schemas(("pg_catalog", "app"), name="pg_class") == {"pg_catalog"}


def test_qualified_names_are_what_they_say() -> None:
    """A path changes nothing about them."""
    assert under(("app",)).reached("old", "people") == {Name("old", "people")}
    assert under(("app",)).reached("pg_temp", "people") == {Name("pg_temp_4", "people")}


def test_every_question_follows_the_path() -> None:
    """Columns, contents, reach and code are those of what the name means."""
    app, old = under(("app",)), under(("old",))
    assert names(app.expand(None, "people")) == {"app.people.a", "pg_temp_4.people.c"}
    assert {column for ((column, _),) in old.columns(None, "people")} == {"b", "c"}
    assert old.runs_code(None, "people")
    assert not app.runs_code(None, "people")
    assert not old.reads_code(None, "people")


def test_everything_else_is_the_catalogue_s() -> None:
    """Functions, operators, types and the version don't depend on the path; another path is asked of the catalogue."""
    base = Fixed()
    looked = PathLookup(base, frozenset({("app",)}))
    verifyObject(ICatalogue, looked)
    assert looked.version == 7
    assert looked.search_path == ("app",)
    assert looked.is_volatile("purge")
    assert looked.is_function("purge")
    assert [one.schema for one in looked.functions("purge")] == ["app"]
    assert not looked.is_builtin("purge")
    assert not looked.is_builtin_operator("<<<")
    assert looked.is_builtin_operator("=")
    assert looked.type_name(23) == "int4"
    assert looked.knows(6)
    assert names(looked.origins(6, 1)) == {"old.orders.f"}
    assert not looked.generated(6, 1)
    assert looked.under(None) is base
    assert base.made == [None]


def test_the_newest_snapshot_is_asked() -> None:
    """A lookup under a path outlives the snapshot it was made over."""
    base = Fixed()
    looked = PathLookup(base, frozenset({("app",)}))
    base.snapshot, base.version = Snapshot(), 8
    assert looked.version == 8
    assert looked.expand(None, "people") is None
