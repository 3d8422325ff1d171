"""The rule items that enforcers are configured with, and when an action matches one.

    CATEGORY                     any statement with that kind of effect (docs/sql.md lists them)
    CATEGORY on RELATION         … on such a relation: app.orders, app.*, *.audit, orders
    function NAME                a call of such a function: pg_sleep, app.*
    opaque-function              a call of a function that may be a user's own
    read-only                    any effect beyond reading

A statement names a relation with or without its schema. For refusing and holding, an unqualified name matches what it
*may* mean; for allowing, only what it *must* mean: a qualified name, or one in every schema of a search path that is
vouched for.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from typing import Any

from attrs import frozen

from tokengate.sql.categories import CATEGORIES, HARMLESS, KINDS_OF
from tokengate.sql.facts import Name, Statement

_WORD = re.compile(r"[a-z][a-z-]*")


@frozen
class Pattern:
    """Names by schema and name globs; schema None: any."""

    schema: str | None
    name: str

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """`schema.name` or `name`, with `*` and `?`."""
        schema, dot, name = text.strip().rpartition(".")
        return cls(schema if dot else None, name)

    def may_match(self, name: Name) -> bool:
        """Whether the name may mean something of the pattern."""
        schema = name.schema is None or self.schema is None or fnmatch.fnmatchcase(name.schema, self.schema)
        return schema and fnmatch.fnmatchcase(name.name, self.name)

    def must_match(self, name: Name, path: tuple[str, ...]) -> bool:
        """Whether everything the name may mean is of the pattern; `path`: schemas an unqualified name may be in."""
        if not fnmatch.fnmatchcase(name.name, self.name):
            return False
        if self.schema in (None, "*"):
            return True
        schemas = (name.schema,) if name.schema is not None else path
        return bool(schemas) and all(fnmatch.fnmatchcase(schema, self.schema) for schema in schemas)

    def __str__(self) -> str:
        return self.name if self.schema is None else f"{self.schema}.{self.name}"


@frozen
class Item:
    """One rule item. `word`: a category, "function", "opaque-function" or "read-only"."""

    word: str
    pattern: Pattern | None = None

    @classmethod
    def parse(cls, text: str) -> Item:
        """Raises ValueError with a sentence."""
        word, _, rest = text.strip().partition(" ")
        rest = rest.strip()
        if word == "function" and rest:
            return cls("function", Pattern.parse(rest))
        known = CATEGORIES | {"opaque-function", "read-only"}
        if _WORD.fullmatch(word) is None or word not in known:
            raise ValueError(
                f"{text!r} begins with no category; there are {', '.join(sorted(known))}, and function NAME"
            )
        if not rest:
            return cls(word)
        if not rest.startswith("on ") or not rest[3:].strip():
            raise ValueError(f"{text!r} should be CATEGORY on RELATION")
        return cls(word, Pattern.parse(rest[3:]))

    def __str__(self) -> str:
        if self.word == "function":
            return f"function {self.pattern}"
        return self.word if self.pattern is None else f"{self.word} on {self.pattern}"

    # ------------------------------------------------------------ refusing and holding

    def matches(self, statement: Statement, catalogue: Any) -> bool:
        """Whether the statement may have this effect."""
        match self.word:
            case "function":
                assert self.pattern is not None
                return any(self.pattern.may_match(name) for name in statement.functions)
            case "opaque-function":
                return any(not builtin(name, catalogue) for name in statement.functions) or bool(statement.operators)
            case "read-only":
                return bool(statement.categories - HARMLESS)
            case category:
                if category not in statement.categories:
                    return False
                touched = relations(statement, category)
                return self.pattern is None or not touched or any(map(self.pattern.may_match, touched))

    # ------------------------------------------------------------ allowing

    def covers(self, category: str) -> bool:
        """Whether allowing this item allows that category."""
        return self.word == category or category in KINDS_OF.get(self.word, ())

    def allows(self, name: Name, path: tuple[str, ...]) -> bool:
        """Whether it allows its category on that relation."""
        return self.pattern is None or self.pattern.must_match(name, path)


def relations(statement: Statement, category: str) -> frozenset[Name]:
    """The relations a category of effect is about."""
    if category == "read":
        return statement.reads
    if category in ("write", "unfiltered-write") or category in KINDS_OF["write"]:
        return statement.writes
    if category == "ddl" or category in KINDS_OF["ddl"]:
        return statement.defines | statement.writes
    return statement.reads | statement.writes | statement.defines


def builtin(name: Name, catalogue: Any) -> bool:
    """Whether a function can only be one the server ships; unknown without a catalogue."""
    return catalogue is not None and bool(catalogue.is_builtin(str(name)))


def uncovered(statement: Statement, allowed: Iterable[Item], path: tuple[str, ...], structural: frozenset[str]) -> str:
    """The first effect of the statement that no allowing item covers, "" when all are."""
    items = tuple(allowed)
    required = statement.categories - structural
    for umbrella, kinds in KINDS_OF.items():
        if required & kinds:
            required -= {umbrella}
    for category in sorted(required):
        covering = [item for item in items if item.covers(category)]
        if not covering:
            return category
        for name in sorted(relations(statement, category), key=str):
            if not any(item.allows(name, path) for item in covering):
                return f"{category} on {name}"
    return ""


def items(text: str) -> tuple[Item, ...]:
    """A comma-separated list of items. Raises ValueError."""
    return tuple(Item.parse(part) for part in re.split(r"[,\n]", text) if part.strip())
