"""Tests of tokengate.protocols.postgres.reach, on small made-up databases."""

from __future__ import annotations

from typing import Any

from tokengate.protocols.postgres.reach import WRITES, Key, Links, Reach
from tokengate.sql.facts import Name

NAME = Name("app", "f")


def reach(kinds: str, parents: dict[int, tuple[int, ...]] | None = None, **links: Any) -> Reach:
    """Relations 1, 2, 3 … of these kinds."""
    return Reach(dict(enumerate(kinds, 1)), parents or {}, Links(**links))


def sets(**links: dict[int, set[int]]) -> dict[str, Any]:
    return {name: {oid: frozenset(found) for oid, found in link.items()} for name, link in links.items()}


def test_a_table_alone() -> None:
    """It reaches itself and runs nothing."""
    known = reach("r")
    assert known.read(1) == {1}
    assert not known.reads_code(1)
    assert not known.runs_code(1, WRITES)


def test_views_down_to_their_tables() -> None:
    """Reading a view reaches everything below it; writing it too, unless it is a materialized one."""
    known = reach("rvvm", **sets(views={2: {1}, 3: {2}, 4: {3}}))
    assert known.read(3) == {1, 2, 3}
    assert known.read(4) == {1, 2, 3, 4}
    assert known.changed(3, "update") == {(1, "update"), (2, "update"), (3, "update")}
    assert known.changed(4, "update") == {(4, "update")}


def test_what_is_not_known_spreads() -> None:
    """A view whose definition was not read, or that refers to what is not there, makes every answer over it unknown."""
    known = reach("rvv", **sets(views={3: {2}}))
    assert known.read(3) is known.changed(3, "insert") is None
    assert known.reads_code(3)
    assert known.runs_code(3, WRITES)
    dangling = reach("v", **sets(views={1: {9}}))
    assert dangling.read(1) is None
    assert dangling.runs_code(1, WRITES)


def test_partitions_and_parents() -> None:
    """A parent reaches its partitions, a partition its parents, and siblings stay apart."""
    known = reach("prr", {2: (1,), 3: (1,)})
    assert known.read(1) == {1, 2, 3}
    assert known.read(2) == {1, 2}


def test_keys_in_a_circle() -> None:
    """Tables that refer to each other and to themselves end the search."""
    known = reach("rr", keys=frozenset({Key(1, 2, "c"), Key(2, 1, "c"), Key(1, 1, "c")}))
    assert known.changed(1, "delete") == known.changed(2, "delete") == {(1, "delete"), (2, "delete")}


def test_rules_and_policies() -> None:
    """Rules are code where something is written in their way; policies count for reading."""
    known = reach("rrr", rules={(1, "update"): ("",)}, **sets(policies={1: {3}}))
    assert known.read(1) == {1, 3}
    assert known.runs_code(1, WRITES)
    assert not known.runs_code(1, {"insert"})
    assert not known.reads_code(1)


def test_code_anywhere_below() -> None:
    """A trigger on a table that a write reaches counts; so does, for reading too, what calls functions and what is
    foreign.
    """
    triggered = reach("rrr", keys=frozenset({Key(1, 2, "c"), Key(1, 3)}), triggers={(3, "truncate"): (NAME,)})
    assert triggered.runs_code(1, WRITES)
    assert not triggered.runs_code(1, WRITES[:3])
    assert not triggered.reads_code(3)
    foreign = reach("fv", **sets(views={2: {1}}))
    assert foreign.reads_code(2)
    assert foreign.runs_code(2, WRITES)
    calling = reach("rv", calling={1: (NAME,)}, **sets(views={2: {1}}))
    assert calling.reads_code(2)
    assert calling.runs_code(1, WRITES)


def test_what_a_write_leads_to() -> None:
    """Through views and to partitions in the same way, by a key's action in its own."""
    known = reach("rvrrr", keys=frozenset({Key(1, 3, "c", "n"), Key(3, 4, "d"), Key(4, 5)}), **sets(views={2: {1}}))
    assert known.changed(2, "insert") == {(2, "insert"), (1, "insert")}
    assert known.changed(2, "update") == {(2, "update"), (1, "update"), (3, "update")}
    assert known.changed(1, "delete") == {(1, "delete"), (3, "delete"), (4, "update")}
    assert known.changed(3, "truncate") == {(3, "truncate"), (4, "truncate"), (5, "truncate")}
    parts = reach("prr", {2: (1,), 3: (1,)})
    assert parts.changed(1, "delete") == {(1, "delete"), (2, "delete"), (3, "delete")}
    assert parts.changed(2, "delete") == {(2, "delete"), (1, "delete")}
    assert reach("v").changed(1, "insert") is None


def test_what_depends_on_a_relation() -> None:
    """Partitions always; views and tables with keys to it where they are dropped with it."""
    known = reach("prvvr", {2: (1,)}, keys=frozenset({Key(1, 5)}), **sets(views={3: {1}, 4: {3}}))
    assert known.dependents(1, False) == {1, 2}
    assert known.dependents(1, True) == {1, 2, 3, 4, 5}
    assert known.dependents(3, True) == {3, 4}
    unread = reach("rv")
    assert unread.dependents(1, False) == {1}
    assert unread.dependents(1, True) is None


def test_code_that_changes_something() -> None:
    """Only volatile functions do, and who knows what of foreign tables."""
    known = reach("rvvf", calling={2: (NAME,), 3: (NAME,)}, changing=frozenset({3}), **sets(views={2: {1}, 3: {1}}))
    assert [known.reads_volatile(oid) for oid in (1, 2, 3, 4)] == [False, False, True, True]
    assert [known.reads_code(oid) for oid in (1, 2, 3, 4)] == [False, True, True, True]
