"""Functions that a statement calls by attribute notation: `c.fire` is `fire(c)` where c has no such column.

It stands between a statement's facts, which tell no column from a function, and everybody who asks what it calls. Where
no function has an attribute's name nothing is followed.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from tokengate.mask.effects import Effects
from tokengate.mask.functions import Effect
from tokengate.mask.lineage import follow
from tokengate.mask.trust import Trust
from tokengate.sql.facts import Name, Statement


class _Noted(Effects):
    """Effects by which lineage notes every function, and no operator."""

    def __call__(self, function: Name) -> Effect:
        return Effect.REACHES

    def operator(self, operator: Name) -> Effect:
        return Effect.COMPUTES


def resolved(statement: Statement, catalogue: Any) -> Statement:
    """The statement with those functions among its `functions`: it itself where there are none. `catalogue`: an
    `ICatalogue`.
    """
    possible = {name for name in statement.attributes if catalogue.functions(name)}
    called = _called(statement, catalogue) if possible else frozenset()
    names = frozenset(Name(None, name) for name in possible if called is None or name in called)
    return evolve(statement, functions=statement.functions | names) if names else statement


def _called(statement: Statement, catalogue: Any) -> frozenset[str] | None:
    """The names of all functions that a statement calls; None where it can't be followed."""
    reading = statement.reading
    if reading is None or reading.lost or reading.query is None:
        return None
    found = follow(reading.query, catalogue, _Noted(Trust(), catalogue))
    return None if found.touched.unknown and not found.fed else frozenset(fed.function.name for fed in found.fed)
