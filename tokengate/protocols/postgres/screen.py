"""What the gate itself refuses of a statement, whatever the policy says: half of `requests`.

Beside `sql.invariants` that is what could not be masked, and what could be read or allowed wrongly because the server
has not said yet what code that is still running has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from attrs import frozen

from tokengate.protocols.postgres.exchange import Exchange
from tokengate.protocols.postgres.namespace import Namespace
from tokengate.sql.facts import CopyFacts, SqlFacts
from tokengate.sql.invariants import KEPT, invariants
from tokengate.sql.nodes import quoted
from tokengate.sql.readonly import ends_transactions, read_only
from tokengate.values import Action, Deny


@frozen
class Screen:
    """One session's. `masks()` says whether results are masked now; `read_only`: the route is."""

    _exchange: Exchange
    _namespace: Namespace
    _masks: Callable[[], bool]
    _read_only: bool

    def refusal(self, action: Action) -> Deny | None:
        """The refusal of a statement; None: it is the policy's to decide."""
        refusal = invariants(action)
        if refusal is None and self._namespace.sets_any(action.facts):
            refusal = KEPT
        if refusal is None and self._masks() and (copies := copies_out(action)):
            refusal = _unmaskable(copies, len(action.facts.statements))
        if refusal is None and action.facts.backslash_literal and self._settings_in_doubt():
            refusal = _too_early("a literal with a backslash can't be read safely")
        if refusal is None and self._read_only:
            refusal = read_only(action) or self._hidden_changes(action)
        return refusal

    def _running(self) -> Iterator[SqlFacts]:
        """The facts of what is under way."""
        for _, subject, _ in self._exchange.owed:
            facts: Any = getattr(getattr(subject, "action", None), "facts", None)
            if facts is not None:
                yield facts

    def _settings_in_doubt(self) -> bool:
        """Whether something under way may change how the server reads a literal before the gate has heard of it."""
        return any(
            any(s.dynamic or s.functions or s.operators for s in facts.statements) or self._namespace.fires(facts)
            for facts in self._running()
        )

    def _hidden_changes(self, action: Action) -> Deny | None:
        """On a read-only route: code may have made later transactions writable, which the server says afterwards. So no
        other code may run in a later one before that.
        """
        if not self._namespace.calls(action.facts):
            return None
        if ends_transactions(action):
            return Deny("functions and COMMIT can't be in one text on a read-only route", "protocol", code="0A000")
        if any(map(self._namespace.calls, self._running())):
            return _too_early("a function can't be called on a read-only route")
        return None


def copies_out(action: Action) -> list[CopyFacts]:
    """The action's COPYs to the client."""
    copies = [s.copy for s in action.facts.statements if s.copy is not None] if action.facts is not None else []
    return [copy for copy in copies if copy.direction == "to" and copy.endpoint == "client"]


def probe_text(copy: CopyFacts) -> str:
    """A SELECT of the columns that a COPY sends."""
    if copy.relation is None:
        return copy.query or ""
    parts = [part for part in (copy.relation.schema, copy.relation.name) if part is not None]
    return f"SELECT {', '.join(map(quoted, copy.columns)) or '*'} FROM {'.'.join(map(quoted, parts))}"


def _unmaskable(copies: list[CopyFacts], statements: int) -> Deny | None:
    if statements > 1:
        return Deny("COPY TO STDOUT has to be sent alone on a route that masks", "protocol", code="0A000")
    if (copies[0].encoding or "utf8").lower().replace("-", "") not in ("utf8", "unicode"):
        return Deny("COPY in another encoding than UTF8 can't be masked", "protocol", code="0A000")
    return None


def _too_early(problem: str) -> Deny:
    return Deny(
        f"{problem} behind a function call that is still running",
        "protocol",
        "Send the statement after the earlier results have arrived.",
        "0A000",
    )
