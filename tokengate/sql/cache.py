"""Facts once a distinct text, and once for all texts that differ in literals alone; shared by all sessions of a route.

A client that writes its values into the text never sends the same text twice. So a text's literals are cut out first,
where that is beyond doubt, and the facts of the remaining template serve, unless a literal decides what the statement
does.
"""

from __future__ import annotations

import re
from collections import OrderedDict

from attrs import frozen

from tokengate.sql.facts import SqlFacts, Statement
from tokengate.sql.postgres import analyse
from tokengate.values import Access, Action

ENTRY_COST = 4096
"""Bytes reckoned for an entry besides its text, which is kept twice."""

UNKEPT = 64 * 1024
"""Bytes of a text that isn't kept: bulk INSERTs with their values in the text hardly come twice."""

_LITERAL = re.compile(rb"(?<![\w.&\x80-\xff])(?:'(?:[^']|'')*'|\d+(?:\.\d+)?(?![\w.\x80-\xff]))")
"""A plain string or number. A string with a prefix (E, U& …) is none, so that its quotes stay."""

_DOUBTFUL = re.compile(rb"""['"$]|--|/\*""")
"""What, left over beside literals, puts in doubt where they began and ended: such texts are only known whole."""

_KINDS = frozenset({"select", "insert", "update", "delete"})
_CATEGORIES = frozenset({"read", "write", "insert", "update", "delete", "unfiltered-write", "lock"})


@frozen
class _Understood:
    """What all texts of one template, or one text alone, have in common."""

    categories: frozenset[str]
    accesses: tuple[Access, ...]
    facts: SqlFacts

    def action(self, text: str) -> Action:
        return Action("postgres", "query", text, self.categories, self.accesses, self.facts)


class Analyser:
    """From a statement's raw UTF-8 bytes to its Action, least recently used forgotten first.

    `limit_bytes`: all entries together. Actions of texts that differ in literals alone share their facts object.
    """

    def __init__(self, limit_bytes: int = 64 * 1024 * 1024) -> None:
        self._limit = limit_bytes
        self._actions: OrderedDict[bytes, Action] = OrderedDict()
        self._templates: OrderedDict[bytes, _Understood] = OrderedDict()
        self._size = 0

    def __call__(self, raw: bytes) -> Action:
        """The Action; never raises."""
        found = self._actions.get(raw)
        if found is not None:
            self._actions.move_to_end(raw)
            return found
        template = _template(raw)
        if template is not None:
            understood = self._templates.get(template)
            if understood is not None:
                self._templates.move_to_end(template)
                return understood.action(raw.decode("utf-8", "replace"))
        understood, text = understand(raw)
        made = understood.action(text)
        if len(raw) <= UNKEPT:
            if template is not None and _literals_do_not_matter(understood.facts):
                self._templates[template] = understood
                self._grow(self._templates, template)
            else:
                self._actions[raw] = made
                self._grow(self._actions, raw)
        return made

    def _grow(self, kept: OrderedDict[bytes, _Understood] | OrderedDict[bytes, Action], key: bytes) -> None:
        self._size += 2 * len(key) + ENTRY_COST
        while self._size > self._limit:
            oldest = kept if len(kept) > 1 else self._templates or self._actions
            old, _ = oldest.popitem(last=False)
            self._size -= 2 * len(old) + ENTRY_COST


def _template(raw: bytes) -> bytes | None:
    """The text with its literals cut out; None where there are none, or where they are is in doubt."""
    if b"\\" in raw:
        return None
    template = _LITERAL.sub(b"?", raw)
    return None if template == raw or _DOUBTFUL.search(template) else template


def understand(raw: bytes) -> tuple[_Understood, str]:
    """Analyse a text; it, and what it does."""
    unparsable = frozenset({"unparsable"})
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        facts = SqlFacts((), "a statement is not valid UTF-8")
        return _Understood(unparsable, (), facts), raw.decode("utf-8", "replace")
    facts = analyse(text)
    if facts.error:
        return _Understood(unparsable, (), facts), text
    categories = frozenset().union(*(statement.categories for statement in facts.statements))
    accesses = dict.fromkeys(access for statement in facts.statements for access in _accesses(statement))
    return _Understood(categories, tuple(accesses), facts), text


def to_action(raw: bytes) -> Action:
    """The Action of a text, not cached."""
    understood, text = understand(raw)
    return understood.action(text)


def _literals_do_not_matter(facts: SqlFacts) -> bool:
    """Whether another literal in its place could not change any fact."""
    return not facts.error and all(
        statement.kind in _KINDS and statement.categories <= _CATEGORIES and not statement.dynamic
        for statement in facts.statements
    )


def _accesses(statement: Statement) -> list[Access]:
    found = [Access("read", "relation", str(name)) for name in sorted(statement.reads, key=str)]
    found += [Access("write", "relation", str(name)) for name in sorted(statement.writes, key=str)]
    found += [Access("define", "relation", str(name)) for name in sorted(statement.defines, key=str)]
    found += [Access("execute", "function", str(name)) for name in sorted(statement.functions, key=str)]
    found += [Access("write", "setting", one.name) for one in statement.settings]
    return found
