"""Tests of tokengate.protocols.postgres.reach, on small made-up databases."""

from __future__ import annotations

from typing import Any

from tokengate.protocols.postgres.reach import WRITES, Key, Links, Reach


def reach(kinds: str, parents: dict[int, tuple[int, ...]] | None = None, **links: Any) -> Reach:
    """Relations 1, 2, 3 … of these kinds."""
    return Reach(dict(enumerate(kinds, 1)), parents or {}, Links(**links))


def sets(**links: dict[int, set[int]]) -> dict[str, Any]:
    return {name: {oid: frozenset(found) for oid, found in link.items()} for name, link in links.items()}


def test_a_table_alone() -> None:
    """It reaches itself and runs nothing."""
    known = reach("r")
    assert known.read(1) == known.written(1, True) == {1}
    assert not known.reads_code(1)
    assert not known.runs_code(1, WRITES)


def test_views_down_to_their_tables() -> None:
    """Reading and writing a view reaches everything below it; a materialized view is only read through."""
    known = reach("rvvm", **sets(views={2: {1}, 3: {2}, 4: {3}}))
    assert known.read(3) == known.written(3, True) == {1, 2, 3}
    assert known.read(4) == {1, 2, 3, 4}
    assert known.written(4, True) == {4}


def test_what_is_not_known_spreads() -> None:
    """A view whose definition was not read, or that refers to what is not there, makes every answer over it unknown."""
    known = reach("rvv", **sets(views={3: {2}}))
    assert known.read(3) is known.written(3, True) is None
    assert known.reads_code(3)
    assert known.runs_code(3, WRITES)
    dangling = reach("v", **sets(views={1: {9}}))
    assert dangling.read(1) is None
    assert dangling.runs_code(1, WRITES)


def test_partitions_and_parents() -> None:
    """A parent reaches its partitions, a partition its parents, and siblings stay apart."""
    known = reach("prr", {2: (1,), 3: (1,)})
    assert known.read(1) == {1, 2, 3}
    assert known.written(2, True) == {1, 2}


def test_foreign_keys() -> None:
    """What a key's actions change is written, transitively; what merely refers only where a TRUNCATE may cascade."""
    known = reach("rrrr", keys=frozenset({Key(1, 2, "c"), Key(2, 3), Key(3, 4, "c")}))
    assert known.written(1, False) == {1, 2}
    assert known.written(1, True) == {1, 2, 3, 4}
    assert known.written(3, False) == {3, 4}
    assert known.read(1) == {1}


def test_keys_in_a_circle() -> None:
    """Tables that refer to each other and to themselves end the search."""
    known = reach("rr", keys=frozenset({Key(1, 2, "c"), Key(2, 1, "c"), Key(1, 1, "c")}))
    assert known.written(1, False) == known.written(2, False) == {1, 2}


def test_rules_and_policies() -> None:
    """Rules count for writing, policies for reading."""
    known = reach("rrr", **sets(rules={1: {2}}, policies={1: {3}}))
    assert known.written(1, True) == {1, 2}
    assert known.read(1) == {1, 3}
    assert known.runs_code(1, WRITES)
    assert not known.reads_code(1)


def test_code_anywhere_below() -> None:
    """A trigger on a table that a write reaches counts; so does, for reading too, what calls functions and what is
    foreign.
    """
    triggered = reach("rrr", keys=frozenset({Key(1, 2, "c"), Key(1, 3)}), triggered=frozenset({3}))
    assert triggered.runs_code(1, WRITES)
    assert not triggered.runs_code(1, WRITES[:3])
    assert not triggered.reads_code(3)
    foreign = reach("fv", **sets(views={2: {1}}))
    assert foreign.reads_code(2)
    assert foreign.runs_code(2, WRITES)
    calling = reach("rv", calling=frozenset({1}), **sets(views={2: {1}}))
    assert calling.reads_code(2)
    assert calling.runs_code(1, WRITES)


def test_what_a_write_leads_to() -> None:
    """Through views and to partitions in the same way, by a key's action in its own, by a rule in any."""
    known = reach(
        "rvrrr",
        keys=frozenset({Key(1, 3, "c", "n"), Key(3, 4, "d"), Key(4, 5)}),
        **sets(views={2: {1}}, rules={5: {4}}),
    )
    assert known.changed(2, "insert") == {(2, "insert"), (1, "insert")}
    assert known.changed(2, "update") == {(2, "update"), (1, "update"), (3, "update")}
    assert known.changed(1, "delete") == {(1, "delete"), (3, "delete"), (4, "update")}
    assert known.changed(3, "truncate") == {(3, "truncate"), (4, "truncate"), (5, "truncate")} | {
        (4, kind) for kind in WRITES[:3]
    }
    assert known.changed(5, "insert") == {(5, "insert")} | {(4, kind) for kind in WRITES[:3]}
    parts = reach("prr", {2: (1,), 3: (1,)})
    assert parts.changed(1, "delete") == {(1, "delete"), (2, "delete"), (3, "delete")}
    assert parts.changed(2, "delete") == {(2, "delete"), (1, "delete")}
    assert reach("rv", **sets(rules={1: {2}})).changed(1, "insert") is None
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
    known = reach("rvvf", calling=frozenset({2, 3}), changing=frozenset({3}), **sets(views={2: {1}, 3: {1}}))
    assert [known.reads_volatile(oid) for oid in (1, 2, 3, 4)] == [False, False, True, True]
    assert [known.reads_code(oid) for oid in (1, 2, 3, 4)] == [False, True, True, True]
