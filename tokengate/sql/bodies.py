"""What a body of code stored in the database may run: statements like those that clients send, with the same facts.

`protocols.postgres.deeds` follows them. Code in other languages, and what is not understood, is not read at all.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import Any, NamedTuple

from tokengate.sql import libpg, routines
from tokengate.sql.blocks import Query, Reading
from tokengate.sql.facts import Statement
from tokengate.sql.nodes import Body
from tokengate.sql.postgres import analyse
from tokengate.sql.queries import read
from tokengate.sql.walk import Walk

KEPT = 2048
"""Bodies whose statements are kept: a snapshot that is taken anew has mostly the same ones."""

DYNAMIC = Statement("execute", frozenset({"dynamic"}), dynamic=True)
"""EXECUTE of a text that the body puts together."""


class Done(NamedTuple):
    """What code may do in the course of a statement. `called`: what functions that it calls, and that views which it
    reads call, may run; `fired`: what triggers and rules on what it writes may, None: anything. `unread`: some of that
    code can't be read, and may do more.
    """

    called: frozenset[Statement] = frozenset()
    fired: frozenset[Statement] | None = frozenset()
    unread: bool = False

    @property
    def sets_nothing(self) -> bool:
        """Whether it is sure that no setting of the session's is another afterwards."""
        if self.unread or self.fired is None:
            return False
        return not any(deed.settings or deed.dynamic for deed in self.called | self.fired)


_STANDARD = re.compile(r"\s*(?:BEGIN ATOMIC\b(?P<block>.*)\bEND|(?P<value>RETURN\b.*))\s*", re.DOTALL | re.IGNORECASE)
"""The body of a function in standard SQL, as pg_get_function_sqlbody writes it."""


@lru_cache(KEPT)
def statements(language: str, body: str) -> tuple[Statement, ...] | None:
    """The statements of a function's body; None where they can't be told. `language`: pg_language.lanname."""
    if language == "sql":
        return _analysed(_plain(body))
    if language != "plpgsql":
        return None
    try:
        found = routines.texts(body)
    except (routines.Unread, RecursionError):
        return None
    static = _analysed(";\n".join(text for text in found if text != routines.DYNAMIC))
    return static if static is None or routines.DYNAMIC not in found else (*static, DYNAMIC)


@lru_cache(KEPT)
def actions(rule: str) -> tuple[Statement, ...] | None:
    """What a rule (its CREATE RULE) runs in place of a statement or with it, its condition last; None where that can't
    be told.
    """
    try:
        (node,) = (item["stmt"]["RuleStmt"] for item in libpg.parse(rule.encode()))
        runs = [action for action in node.get("actions", ()) if action]
        if "whereClause" in node:
            runs.append({"SelectStmt": {"targetList": [{"ResTarget": {"val": node["whereClause"]}}]}})
        return tuple(Walk(one, rule).statement(Reading(partial(_blocks, one))) for one in runs)
    except (libpg.SyntaxProblem, KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return None  # nothing at all is no rule either


def _analysed(text: str) -> tuple[Statement, ...] | None:
    facts = analyse(text)
    return None if facts.error else facts.statements


def _blocks(action: Body, _: Any) -> tuple[Query | None, frozenset[int]]:
    return read(action)


def _plain(body: str) -> str:
    """The statements of a body as other texts have them."""
    standard = _STANDARD.fullmatch(body)
    if standard is None:
        return body
    return standard["block"] or re.sub("^RETURN", "SELECT", standard["value"], flags=re.IGNORECASE)
