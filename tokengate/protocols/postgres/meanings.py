"""What a statement means with the cursors and prepared statements that it names: half of `requests`.

`FETCH c` reads what its cursor reads, `EXECUTE p` does what its statement does; SQL's DECLARE and PREPARE announce
names as the protocol's messages do, and share them.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from tokengate.protocols.postgres.exchange import Exchange, Portal, Prepared, Run, merged
from tokengate.sql.facts import Name
from tokengate.values import Action

JOINED_KEPT = 1000
"""Actions joined with what they name that are kept, a session; beyond that it starts anew."""

_NAMING = ("declare_cursor", "prepare", "deallocate", "close")
"""Kinds of statement that name something without running it."""


class Meanings:
    """One session's. `analyse` gives a text's Action."""

    def __init__(self, exchange: Exchange, analyse: Callable[[bytes], Action]) -> None:
        self._exchange = exchange
        self._analyse = analyse
        self._joined: dict[tuple[Action, ...], Action] = {}
        self._declared: dict[tuple[Action, frozenset[Name]], Action] = {}

    def of(self, text: bytes, types: frozenset[Name] = frozenset()) -> Action:
        """The Action of a text, joined with what it names. `types`: those that its parameters are said to be of."""
        return self.joined(self._typed(self._analyse(text), types) if types else self._analyse(text))

    def _typed(self, action: Action, types: frozenset[Name]) -> Action:
        if action.facts is None:
            return action
        key = (action, types)
        if key not in self._declared:
            if len(self._declared) > JOINED_KEPT:
                self._declared.clear()
            statements = tuple(
                evolve(one, types=one.types | types, parameters=one.parameters | types)
                for one in action.facts.statements
            )
            self._declared[key] = evolve(action, facts=evolve(action.facts, statements=statements))
        return self._declared[key]

    def joined(self, action: Action) -> Action:
        """The action, with what the cursors and statements it names would do."""
        facts = action.facts
        if facts is None or not facts.named:
            return action
        exchange = self._exchange
        named: list[Action] = []
        for statement in facts.statements:
            if statement.cursor is None or statement.kind in _NAMING:
                continue
            names = exchange.prepared if statement.kind == "execute" else exchange.portals
            found = names.resolve(statement.cursor.encode(), exchange.segment)
            if found is not None:
                named.append(found.action)
        if not named:
            return action
        key = (action, *named)
        if key not in self._joined:
            if len(self._joined) > JOINED_KEPT:
                self._joined.clear()
            self._joined[key] = merged(key)
        return self._joined[key]

    def declare(self, run: Run) -> None:
        """Announce what a statement names in SQL: cursors share their names with portals, PREPARE with Parse."""
        facts, exchange = run.action.facts, self._exchange
        if facts is None or not facts.named:
            return
        for statement in facts.statements:
            if statement.cursor is None or statement.kind not in ("declare_cursor", "prepare"):
                continue
            name = statement.cursor.encode()
            if statement.kind == "prepare":
                prepared = Prepared(run.action)
                exchange.prepared.announce(name, prepared, exchange.segment)
                run.names.append((exchange.prepared, name, prepared))
            else:
                exchange.cursors = True
                portal = Portal(run.action, declared=True)
                exchange.portals.announce(name, portal, exchange.segment)
                run.names.append((exchange.portals, name, portal))
