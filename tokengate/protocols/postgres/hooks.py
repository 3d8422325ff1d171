"""Rules, triggers and foreign keys as the catalogs say them: from rows of `questions` to `reach.Links`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tokengate.protocols.postgres.reach import Change, Key
from tokengate.sql.facts import Name

_EVENTS = {"2": "update", "3": "insert", "4": "delete"}
"""pg_rewrite.ev_type."""

_BITS = {"insert": 4, "delete": 8, "update": 16, "truncate": 32}
"""pg_trigger.tgtype (TRIGGER_TYPE_*)."""


def rewriting(rows: Iterable[Sequence[Any]], texts: Mapping[int, str]) -> dict[Change, tuple[str, ...]]:
    """A write -> the rules for it; "" for one whose definition is not known. `rows`: (OID, relation, ev_type)."""
    found: dict[Change, tuple[str, ...]] = {}
    for rule, relation, event in rows:
        change = relation, _EVENTS[event]
        found[change] = (*found.get(change, ()), texts.get(rule, ""))
    return found


def referring(row: Sequence[Any]) -> Key:
    """A foreign key. `row`: (referenced, referring, confdeltype, confupdtype, conkey, confkey)."""
    referenced, table, on_delete, on_update, columns, theirs = row
    return Key(referenced, table, on_delete, on_update, tuple(zip(columns, theirs, strict=True)))


def triggering(rows: Iterable[Sequence[Any]]) -> dict[Change, tuple[Name, ...]]:
    """A write -> the functions that triggers call then. `rows`: (relation, tgtype, schema, function)."""
    found: dict[Change, tuple[Name, ...]] = {}
    for relation, events, *function in rows:
        for kind, bit in _BITS.items():
            if events & bit:
                found[relation, kind] = (*found.get((relation, kind), ()), Name(*function))
    return found
