"""What a gate's two halves share: the answers still owed, the names in use, the records of each run.

The server answers strictly in order, so the gate keeps one queue of what it forwarded (`Exchange.owed`) and holds
every answer against its head. An entry is a plain tuple (kind, subject, flag): the hot path makes several a
transaction.
"""

from __future__ import annotations

import enum
import time
from collections import deque
from collections.abc import Awaitable, Sequence
from typing import Any

from attrs import evolve

from tokengate.protocols.postgres.names import Names
from tokengate.sql.facts import CopyFacts, SqlFacts
from tokengate.values import Action, Deny, Event, Operand

MAX_OWED = 1_000_000
"""Requests forwarded and unanswered. Socket buffers hold fewer of even the smallest; a client beyond this is not
pipelining, it is flooding.
"""


class Owed(enum.IntEnum):
    """What the server owes an answer for."""

    PARSE = 1
    BIND = 2
    DESCRIBE = 3
    EXECUTE = 4
    CLOSE = 5
    SYNC = 6
    QUERY = 7
    COPY_END = 8  # no answer: marks where the client ended a copy before the server had agreed to one


UNPLANNED: Any = object()
"""A run's plan while nothing is known of its rows' columns: rows may not pass yet."""


UNSURE = object()
"""`Prepared.restored` of a name that may mean several texts: the catalogue that nothing is seen by."""


class Prepared:
    """A prepared statement: what it would do. `held`: it will wait for a person, so its arguments are told apart;
    `operands`: where it may hold tokens, by what its names mean in the catalogue `seen`; `restored`:
    the one by which those in its text were turned back, None where there were none.
    """

    __slots__ = ("action", "expects_tokens", "held", "operands", "restored", "seen")

    def __init__(self, action: Action, *, held: bool = False) -> None:
        self.action = action
        self.held = held
        self.restored: Any = None
        self.expect((), None)

    def expect(self, operands: Sequence[Operand], seen: Any) -> None:
        """Where tokens may be."""
        self.operands = operands
        self.expects_tokens = any(operand.number for operand in operands)
        self.seen = seen


class Portal:
    """A statement ready to run. `plan`: the row masks of its result, once the server described it; `arguments`: how
    many it has and, where it will be held, their SHA-256; `seen`: the catalogue as its names mean it, None where that
    was not noted.
    """

    __slots__ = ("action", "arguments", "declared", "described", "plan", "seen", "started")

    def __init__(self, action: Action, *, declared: bool = False) -> None:
        self.action = action
        self.plan: Any = UNPLANNED
        self.described = False
        self.started = False
        self.arguments = (0, b"")
        self.declared = declared  # by SQL: may outlive its transaction
        self.seen: Any = None


class Run:
    """One action under way at the server: what its result event will say.

    `masking`: the route masked when it was forwarded. `plan` is then `UNPLANNED` until its columns are known, and
    None where rows pass untouched; `copy_mask` likewise for a COPY to the client. `seen`: as a portal's.
    """

    __slots__ = (
        "action", "began", "bytes", "copy_mask", "denied", "masked", "masking", "names", "number", "plan", "portal",
        "probe", "rows", "seen",
    )  # fmt: skip

    def __init__(self, action: Action, number: int, masking: bool, portal: Portal | None = None) -> None:
        self.action = action
        self.number = number
        self.masking = masking
        self.plan = self.copy_mask = UNPLANNED if masking else None
        self.portal = portal
        self.denied: Deny | None = None
        self.rows = self.bytes = self.masked = 0
        self.probe: Probe | None = None
        self.seen: Any = None
        self.names: list[tuple[Names[Any], bytes, Any]] = []
        self.began = time.monotonic()

    def event(self, outcome: str, tag: str = "", code: str = "") -> Event:
        """The "result" event; counters start anew for the next statement of the same text."""
        fields = {
            "n": self.number,
            "outcome": outcome,
            "tag": tag,
            "rows": self.rows,
            "bytes": self.bytes,
            "masked": self.masked,
            "ms": round((time.monotonic() - self.began) * 1000, 3),
        }
        if code:
            fields["code"] = code
        self.rows = self.bytes = self.masked = 0
        return Event("result", fields)


class Probe:
    """A Describe of the gateway's own, for the columns of a COPY (`facts`).

    `fields`: the answer; `error`: the server's ErrorResponse payload instead.
    """

    __slots__ = ("action", "error", "facts", "fields")

    def __init__(self, action: Action, facts: CopyFacts) -> None:
        self.action = action
        self.facts = facts
        self.fields: Any = None
        self.error = b""


class Exchange:
    """The state both halves of a gate work on. `segment` counts Syncs and simple queries the client has sent."""

    def __init__(self) -> None:
        self.owed: deque[tuple[Owed, Any, Any]] = deque()
        self.prepared: Names[Prepared] = Names(_merged_prepared)
        self.portals: Names[Portal] = Names(_merged_portals)
        self.segment = 0
        self.copying = False  # the server is reading the client's CopyData
        self.skipping = False  # the server discards everything up to a Sync that the client has not sent yet
        self.number = 0
        self.status = b"I"
        self.cursors = False  # SQL has declared one, which may outlive its transaction
        self.altering = False  # the transaction that is open has changed the schema
        self.renewal: Awaitable[None] | None = None  # of the catalogue, since this session changed the schema
        self.renewed = False  # a question that waited for it can be asked

    async def renew(self) -> None:
        """Until the catalogue shows what this session has changed."""
        renewal, self.renewal = self.renewal, None
        if renewal is not None:
            await renewal
        self.renewed = True

    def next_number(self) -> int:
        """The number of the request about to be asked for."""
        self.number += 1
        return self.number


def merged(actions: Sequence[Action]) -> Action:
    """One action that stands for all of these: it does what any of them does.

    Only the first is still the client's own text: what the others name (cursors) has been followed already.
    """
    distinct = list(dict.fromkeys(actions))
    if len(distinct) == 1:
        return distinct[0]
    facts = [action.facts for action in distinct]
    followed = [evolve(statement, cursor=None) for fact in facts[1:] for statement in fact.statements]
    return Action(
        protocol=distinct[0].protocol,
        verb=distinct[0].verb,
        text=distinct[0].text,
        categories=frozenset().union(*(action.categories for action in distinct)),
        accesses=tuple(dict.fromkeys(access for action in distinct for access in action.accesses)),
        facts=SqlFacts(
            statements=(*facts[0].statements, *followed),
            error=next((fact.error for fact in facts if fact.error), ""),
            backslash_literal=any(fact.backslash_literal for fact in facts),
            normalized=facts[0].normalized,
        ),
    )


def _merged_prepared(items: Sequence[Prepared]) -> Prepared:
    if len(items) == 1:
        return items[0]
    prepared = Prepared(merged([item.action for item in items]), held=any(item.held for item in items))
    if any(item.restored is not None for item in items):
        prepared.restored = UNSURE  # a Bind of it is refused: one of the texts holds what tokens stood for
    return prepared


def _merged_portals(items: Sequence[Portal]) -> Portal:
    return Portal(merged([item.action for item in items]), declared=any(item.declared for item in items))
