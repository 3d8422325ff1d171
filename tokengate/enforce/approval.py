"""The enforcer `approval`: effects that wait for a person, whatever other policy says of them."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen
from zope.interface import implementer

from tokengate.components import option
from tokengate.convert import duration, names
from tokengate.enforce.kept import Kept
from tokengate.enforce.rules import Item, items, matching
from tokengate.enforce.touched import Known
from tokengate.interfaces import IEnforcer
from tokengate.session.session import Session
from tokengate.sql.facts import SqlFacts
from tokengate.values import ALLOW, Deny, Hold, Request, Verdict


@frozen
class Options:
    """The keys of a section with `use = approval`."""

    hold: tuple[Item, ...] = option("effects that wait for approval", convert=items)
    why: str = option("what client and approver are told", default="")
    timeout: float = option("how long they wait", default=900.0, convert=duration)
    approvers: tuple[str, ...] = option(
        "groups or subjects who may approve; none: anybody else", default=(), convert=names
    )


@implementer(IEnforcer)
@frozen(eq=False)
class Approval:
    """Holds what matches. `name`: its section's."""

    name: str
    options: Options
    asks_catalogue: bool = field(init=False)
    constant: bool = field(init=False)
    _kept: Kept = field(factory=Kept, init=False)

    @asks_catalogue.default
    def _asks(self) -> bool:
        return any(item.asks_catalogue for item in self.options.hold)

    @constant.default
    def _constant(self) -> bool:
        return not self.asks_catalogue

    def judge(self, request: Request, session: Session) -> Verdict:
        """See `IEnforcer`. What it can't tell apart it refuses."""
        facts = request.action.facts
        if not isinstance(facts, SqlFacts):
            return Deny("this is no SQL statement", self.name)
        return self._verdict(facts, session) if self.constant else self._kept.verdict(facts, session, self._verdict)

    def _verdict(self, facts: SqlFacts, session: Session) -> Verdict:
        options = self.options
        item = matching(options.hold, facts, Known.of(session, facts))
        if item is None:
            return ALLOW
        why = options.why or f"{item} needs approval"
        return Hold(why, f"{self.name}: hold {item}", options.timeout, frozenset(options.approvers))


def configure(options: Options, tools: Any) -> Approval:
    """The enforcer."""
    return Approval(tools.section, options)
