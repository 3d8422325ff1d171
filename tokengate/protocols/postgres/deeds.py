"""What the code that a database keeps may do when a statement runs: rules, triggers and functions, one after another.

Part of a `Snapshot`. `sql.bodies` reads the code; what it runs is statements, and they lead on like the first: to
functions that they call, to triggers and rules on what they write. Pure.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from tokengate.mask.attributes import resolved
from tokengate.protocols.postgres.functions import Function, Functions
from tokengate.protocols.postgres.reach import Change, Links, Reach, closure
from tokengate.sql import bodies
from tokengate.sql.bodies import Done
from tokengate.sql.facts import Name, Statement
from tokengate.sql.unasked import behind

READ = "read"
"""In place of a kind of write."""

DEFINING = frozenset({"view", "rule", "create_function", "create_trig", "create_policy"})
"""Kinds of statement that name what runs later."""

TRIGGERING = frozenset({"autoinc", "insert_username", "moddatetime", "tcn", "timescaledb"})
"""Extensions in C whose triggers write nothing but the row at hand."""


class Unread(enum.Enum):
    """Code of which it isn't known what it does."""

    CALLED = "a function in another language"
    FIRED = "a trigger or rule, or what a view that is written leads to"


Node = Statement | Function | Change | Unread
"""What may come to pass: a `Change` of the kind `READ` is that a relation is read."""


@frozen(eq=False)
class Deeds:
    """Follows code. `operators`: see `Snapshot`; `catalogue`: it, for what names in bodies may mean."""

    _links: Links
    _reach: Reach
    _functions: Functions
    _operators: Mapping[str, tuple[Name, ...]]
    _catalogue: Any

    def of(self, statement: Statement, meant: Callable[[Name], Iterable[int]]) -> Done:
        """What code does in its course; `meant(name)`: the relations that its names mean."""
        if statement.kind in DEFINING:
            return Done()
        statement = resolved(statement, self._catalogue)
        called = closure(self._begun(statement, meant), self._next)
        fired = closure([*_written(statement, meant), *filter(_is_write, called)], self._next)
        ran = _statements(fired)
        hidden = any(isinstance(node, Unread) for node in fired) or any(map(_hides, ran))
        unread = hidden or any(isinstance(node, Unread) for node in called)
        return Done(_statements(called), None if hidden else ran, unread)

    def _begun(self, statement: Statement, meant: Callable[[Name], Iterable[int]]) -> Iterator[Node]:
        """What a statement calls, without naming it too, and what it reads."""
        yield from self._calls(statement.functions)
        yield from self._calls(behind(statement, self._catalogue))
        for symbol in statement.symbols:
            yield from self._calls(self._operators.get(symbol, ()))
        yield from ((oid, READ) for name in statement.reads for oid in meant(name))

    def _next(self, node: Node) -> Iterator[Node]:
        match node:
            case Unread():
                pass
            case Statement():
                yield from self._begun(resolved(node, self._catalogue), self._meant)
                yield from _written(node, self._meant)
            case Function():
                yield from self._ran(node)
            case (oid, "read"):
                yield from ((one, READ) for one in self._reach.reads(oid))
                yield from self._calls(self._links.calling.get(oid, ()))
            case _:
                yield from self._reach.changes(node)
                yield from self._fired(node)

    def _meant(self, name: Name) -> Iterator[int]:
        return (relation.oid for relation in self._catalogue.find(name.schema, name.name))

    def _calls(self, names: Iterable[Name]) -> Iterator[Node]:
        """The functions that these names may mean."""
        for name in names:
            if not self._functions.is_builtin(str(name)):
                yield from self._functions.named(str(name)) or (Unread.CALLED,)

    def _ran(self, function: Function) -> Iterator[Node]:
        """What a body runs. An extension's in C is taken to compute."""
        found = None if function.body is None else bodies.statements(function.language, function.body)
        if found is not None:
            yield from found
        elif not function.extension:
            yield Unread.CALLED

    def _fired(self, change: Change) -> Iterator[Node]:
        """What a write to a relation sets off."""
        oid, _ = change
        if not self._reach.understood(oid):
            yield Unread.FIRED
        for rule in self._links.rules.get(change, ()):
            actions = bodies.actions(rule)
            yield from (Unread.FIRED,) if actions is None else actions
        for function in self._calls(self._links.triggers.get(change, ())):
            known = isinstance(function, Function) and (function.body is not None or function.extension in TRIGGERING)
            yield function if known else Unread.FIRED


def _written(statement: Statement, meant: Callable[[Name], Iterable[int]]) -> Iterator[Node]:
    return ((oid, kind) for name in statement.writes for oid in meant(name) for kind in statement.kinds)


def _is_write(node: Node) -> bool:
    return isinstance(node, tuple) and not isinstance(node, Function) and node[1] != READ


def _statements(nodes: Iterable[Node]) -> frozenset[Statement]:
    return frozenset(node for node in nodes if isinstance(node, Statement))


def _hides(statement: Statement) -> bool:
    """Whether it runs what can't be seen; of CALL the procedure is followed."""
    return statement.dynamic and statement.kind != "call"
