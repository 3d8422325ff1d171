"""The enforcer `expression`: CEL over who asks, what for, in which session, and when.

    principal   issuer, subject, verifier, token_id, kind, groups (list), claims (map)
    action      verb, text, categories, reads, writes, defines, functions (lists of names)
    session     route, client, protocol, details (map)
    time        seconds (Unix), hour, weekday (0 is Monday), all UTC

An expression that fails, or is no boolean, refuses.
"""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Callable
from typing import Any

import cel
from attrs import frozen
from zope.interface import implementer

from tokengate.components import option
from tokengate.convert import duration, names
from tokengate.errors import ConfigError
from tokengate.interfaces import IEnforcer
from tokengate.session.session import Session
from tokengate.values import ALLOW, Deny, Hold, Request, Verdict


@frozen
class Options:
    """The keys of a section with `use = expression`."""

    deny: str = option("refuse when true", default="")
    allow: str = option("refuse unless true", default="")
    hold: str = option("wait for approval when true", default="")
    reason: str = option("what a refused client is told", default="the policy does not allow it")
    timeout: float = option("how long a held action waits", default=900.0, convert=duration)
    approvers: tuple[str, ...] = option(
        "groups or subjects who may approve; none: anybody else", default=(), convert=names
    )


@implementer(IEnforcer)
@frozen(eq=False)
class Expression:
    """Judges by compiled expressions. `constant` unless one mentions the time or the action's text."""

    name: str
    options: Options
    programs: dict[str, Any]
    constant: bool
    now: Callable[[], float] = time.time

    def judge(self, request: Request, session: Session) -> Verdict:
        """See `IEnforcer`."""
        context = self._context(request, session)
        reason, options = self.options.reason, self.options
        for word, refusing in (("deny", True), ("allow", False)):
            if word in self.programs and self._evaluate(word, context, failing=refusing) is refusing:
                return Deny(reason, f"{self.name}: {word}")
        if "hold" in self.programs and self._evaluate("hold", context, failing=True):
            return Hold(reason, f"{self.name}: hold", options.timeout, frozenset(options.approvers))
        return ALLOW

    def _evaluate(self, word: str, context: dict[str, Any], *, failing: bool) -> bool:
        """The expression's value; `failing` when it has none."""
        try:
            value = self.programs[word].execute(context)
        except Exception:  # noqa: BLE001  a key that isn't there, a type that doesn't fit: the stricter answer
            return failing
        return value if isinstance(value, bool) else failing

    def _context(self, request: Request, session: Session) -> dict[str, Any]:
        principal, action = session.principal, request.action
        by_mode: dict[str, list[str]] = {"read": [], "write": [], "define": [], "execute": []}
        for access in action.accesses:
            by_mode[access.mode].append(access.name)
        now = datetime.datetime.fromtimestamp(self.now(), datetime.UTC)
        return {
            "principal": {
                "issuer": principal.issuer,
                "subject": principal.subject,
                "verifier": principal.verifier,
                "token_id": principal.token_id,
                "kind": principal.kind.value,
                "groups": sorted(principal.groups),
                "claims": dict(principal.claims),
            },
            "action": {
                "verb": action.verb,
                "text": action.text,
                "categories": sorted(action.categories),
                "reads": by_mode["read"],
                "writes": by_mode["write"],
                "defines": by_mode["define"],
                "functions": by_mode["execute"],
            },
            "session": {
                "route": session.route,
                "client": session.client,
                "protocol": session.protocol,
                "details": dict(session.details),
            },
            "time": {"seconds": int(now.timestamp()), "hour": now.hour, "weekday": now.weekday()},
        }


def configure(options: Options, tools: Any) -> Expression:
    """The enforcer. Raises `ConfigError` for an expression that can't be compiled, or when there is none."""
    texts = {word: text for word in ("deny", "allow", "hold") if (text := getattr(options, word))}
    if not texts:
        raise ConfigError("an expression enforcer needs deny, allow or hold")
    programs = {}
    for word, text in texts.items():
        try:
            programs[word] = cel.compile(text)
        except Exception as error:
            raise ConfigError(f"{word} is no CEL expression: {error}") from error
    constant = not any(re.search(r"\btime\b|\btext\b", text) for text in texts.values())
    return Expression(tools.section, options, programs, constant)
