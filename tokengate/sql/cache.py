"""One Action a distinct text, shared by all sessions of a route, bounded in bytes."""

from __future__ import annotations

from collections import OrderedDict

from tokengate.sql.facts import SqlFacts, Statement
from tokengate.sql.postgres import analyse
from tokengate.values import Access, Action

ENTRY_COST = 4096
"""Bytes reckoned for an entry besides its text, which is kept twice."""

UNKEPT = 64 * 1024
"""Bytes of a text that isn't kept: bulk INSERTs with their values in the text hardly come twice."""


class Analyser:
    """From a statement's raw UTF-8 bytes to its Action, least recently used forgotten first. `limit_bytes`: all
    entries together.
    """

    def __init__(self, limit_bytes: int = 64 * 1024 * 1024) -> None:
        self._limit = limit_bytes
        self._kept: OrderedDict[bytes, Action] = OrderedDict()
        self._size = 0

    def __call__(self, raw: bytes) -> Action:
        """The Action; never raises."""
        found = self._kept.get(raw)
        if found is not None:
            self._kept.move_to_end(raw)
            return found
        made = to_action(raw)
        if len(raw) <= UNKEPT:
            self._kept[raw] = made
            self._size += 2 * len(raw) + ENTRY_COST
            while self._size > self._limit:
                old, _ = self._kept.popitem(last=False)
                self._size -= 2 * len(old) + ENTRY_COST
        return made


def to_action(raw: bytes) -> Action:
    """Analyse a text."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        facts = SqlFacts((), "a statement is not valid UTF-8")
        return Action("postgres", "query", raw.decode("utf-8", "replace"), frozenset({"unparsable"}), (), facts)
    facts = analyse(text)
    if facts.error:
        return Action("postgres", "query", text, frozenset({"unparsable"}), (), facts)
    categories = frozenset().union(*(statement.categories for statement in facts.statements))
    accesses = dict.fromkeys(access for statement in facts.statements for access in _accesses(statement))
    return Action("postgres", "query", text, categories, tuple(accesses), facts)


def _accesses(statement: Statement) -> list[Access]:
    found = [Access("read", "relation", str(name)) for name in sorted(statement.reads, key=str)]
    found += [Access("write", "relation", str(name)) for name in sorted(statement.writes, key=str)]
    found += [Access("define", "relation", str(name)) for name in sorted(statement.defines, key=str)]
    found += [Access("execute", "function", str(name)) for name in sorted(statement.functions, key=str)]
    found += [Access("write", "setting", name) for name, _ in statement.settings]
    return found
