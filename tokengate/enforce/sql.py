"""The enforcer `sql`: what a SQL statement does, against lists of effects, relations and functions."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen
from zope.interface import implementer

from tokengate.components import option
from tokengate.convert import duration, names
from tokengate.enforce.kept import Kept
from tokengate.enforce.rules import Item, items, matching, uncovered
from tokengate.enforce.touched import Known
from tokengate.errors import ConfigError
from tokengate.interfaces import IEnforcer
from tokengate.session.session import Session
from tokengate.sql.categories import STRUCTURAL
from tokengate.sql.facts import SqlFacts
from tokengate.values import ALLOW, Deny, Hold, Request, Verdict


@frozen
class Options:
    """The keys of a section with `use = sql`."""

    deny: tuple[Item, ...] = option("effects that are refused", default=(), convert=items)
    allow: tuple[Item, ...] = option("effects that alone are allowed, when given", default=(), convert=items)
    hold: tuple[Item, ...] = option("effects that wait for approval", default=(), convert=items)
    why: str = option("what client and approver are told of what waits", default="")
    hold_timeout: float = option("how long they wait", default=900.0, convert=duration)
    approvers: tuple[str, ...] = option(
        "groups or subjects who may approve; none: anybody else", default=(), convert=names
    )
    search_path: tuple[str, ...] = option(
        "schemas an unqualified name may be in, vouched for; needed to allow unqualified names",
        default=(),
        convert=names,
    )
    hint: str = option("what a refused client is told to do", default="")


@implementer(IEnforcer)
@frozen(eq=False)
class Sql:
    """Judges by the statement's facts, and by the catalogue where an item asks for it. `name`: its section's."""

    name: str
    options: Options
    asks_catalogue: bool = field(init=False)
    constant: bool = field(init=False)
    _kept: Kept = field(factory=Kept, init=False)

    @asks_catalogue.default
    def _asks(self) -> bool:
        return any(item.asks_catalogue for item in self.options.deny + self.options.hold)

    @constant.default
    def _constant(self) -> bool:
        return not self.asks_catalogue

    def judge(self, request: Request, session: Session) -> Verdict:
        """See `IEnforcer`. Anything that is no SQL is refused."""
        facts = request.action.facts
        if not isinstance(facts, SqlFacts):
            return Deny("this is no SQL statement", self.name)
        return self._verdict(facts, session) if self.constant else self._kept.verdict(facts, session, self._verdict)

    def _verdict(self, facts: SqlFacts, session: Session) -> Verdict:
        options, known = self.options, Known.of(session, facts)
        denied = matching(options.deny, facts, known)
        if denied is not None:
            return Deny(f"{denied} is not allowed here", f"{self.name}: deny {denied}", options.hint)
        if options.allow:
            for statement in facts.statements:
                effect = uncovered(statement, options.allow, options.search_path, STRUCTURAL)
                if effect:
                    return Deny(f"{effect} is not allowed here", f"{self.name}: allow", options.hint or _QUALIFY)
        held = matching(options.hold, facts, known)
        if held is not None:
            why, rule = options.why or f"{held} needs approval", f"{self.name}: hold {held}"
            return Hold(why, rule, options.hold_timeout, frozenset(options.approvers))
        return ALLOW


_QUALIFY = "Only what the policy lists is allowed; a table's name has to be written with its schema."


def configure(options: Options, tools: Any) -> Sql:
    """The enforcer. Raises `ConfigError` when it would do nothing."""
    if not (options.deny or options.allow or options.hold):
        raise ConfigError("an enforcer with no deny, allow or hold does nothing")
    return Sql(tools.section, options)
