"""Tests of tokengate.protocols.postgres.hooks."""

from __future__ import annotations

from tokengate.protocols.postgres.hooks import referring, rewriting, triggering
from tokengate.protocols.postgres.reach import Key
from tokengate.sql.facts import Name


def test_rules_by_what_they_rewrite() -> None:
    """Several rules for one write stay in order; one whose definition was not read is known to be there."""
    rows = [(10, 1, "2"), (11, 1, "2"), (12, 2, "3"), (13, 2, "4")]
    assert rewriting(rows, {10: "a", 11: "b", 12: "c"}) == {
        (1, "update"): ("a", "b"),
        (2, "insert"): ("c",),
        (2, "delete"): ("",),
    }


def test_foreign_keys() -> None:
    """Columns pair by position."""
    assert referring([1, 2, "c", "a", [3, 4], [1, 2]]) == Key(1, 2, "c", "a", ((3, 1), (4, 2)))


def test_triggers_by_what_fires_them() -> None:
    """One trigger may be for several kinds of write, and several for one."""
    rows = [(1, 4 | 16 | 3, "app", "a"), (1, 16, "app", "b"), (2, 8 | 32, "app", "c")]
    assert triggering(rows) == {
        (1, "insert"): (Name("app", "a"),),
        (1, "update"): (Name("app", "a"), Name("app", "b")),
        (2, "delete"): (Name("app", "c"),),
        (2, "truncate"): (Name("app", "c"),),
    }
