"""The enforcer `sql`: what a SQL statement does, against lists of effects, relations and functions."""

from __future__ import annotations

from typing import Any

from attrs import frozen
from zope.interface import implementer

from tokengate.components import option
from tokengate.convert import duration, names
from tokengate.enforce.rules import Item, items, uncovered
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
    """Judges by the statement's facts alone. `name`: its section's."""

    name: str
    options: Options
    constant: bool = True

    def judge(self, request: Request, session: Session) -> Verdict:
        """See `IEnforcer`. Anything that is no SQL is refused."""
        facts = request.action.facts
        if not isinstance(facts, SqlFacts):
            return Deny("this is no SQL statement", self.name)
        options = self.options
        for item in options.deny:
            if _matches(item, facts, session.catalogue):
                return Deny(f"{item} is not allowed here", f"{self.name}: deny {item}", options.hint)
        if options.allow:
            for statement in facts.statements:
                effect = uncovered(statement, options.allow, options.search_path, STRUCTURAL)
                if effect:
                    return Deny(f"{effect} is not allowed here", f"{self.name}: allow", options.hint or _QUALIFY)
        for item in options.hold:
            if _matches(item, facts, session.catalogue):
                rule = f"{self.name}: hold {item}"
                return Hold(f"{item} needs approval", rule, options.hold_timeout, frozenset(options.approvers))
        return ALLOW


_QUALIFY = "Only what the policy lists is allowed; a table's name has to be written with its schema."


def _matches(item: Item, facts: SqlFacts, catalogue: Any) -> bool:
    return any(item.matches(statement, catalogue) for statement in facts.statements)


def configure(options: Options, tools: Any) -> Sql:
    """The enforcer. Raises `ConfigError` when it would do nothing."""
    if not (options.deny or options.allow or options.hold):
        raise ConfigError("an sql enforcer needs deny, allow or hold")
    return Sql(tools.section, options)
