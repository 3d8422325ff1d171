"""The rule items that enforcers are configured with, and when an action matches one.

    CATEGORY                     any statement with that kind of effect (docs/sql.md lists them)
    CATEGORY on RELATION         … on such a relation: app.orders, app.*, *.audit, orders
    function NAME                a call of such a function: pg_sleep, app.*
    setting NAME                 a change of such a setting: search_path, app.*
    opaque-function              code that may be a user's own: functions, triggers, rules
    read-only                    any effect beyond reading

For refusing and holding, a statement is about all that it may touch through what it names (`touched`), and an
unqualified name matches what it *may* mean. For allowing it is about what it names, and that has to be what it *must*
mean: a qualified name, or one in every schema of a search path that is vouched for.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable

from attrs import frozen

from tokengate.enforce.touched import Known
from tokengate.sql.categories import CATEGORIES, HARMLESS, KINDS_OF, SECURITY_SETTINGS, STRUCTURAL
from tokengate.sql.facts import Name, SqlFacts, Statement

_AFFECTING = frozenset({"insert", "update", "delete"})
"""What foreign keys and rules may do when something else is done."""

_WRITING = KINDS_OF["write"] | {"write"}

_SETTING = KINDS_OF["setting"] | {"setting"}

_READING = frozenset({"read", "read-only"})
"""Effects that what triggers and rules do has nothing to add to: it is not shown."""

_FORMAL = STRUCTURAL | {"unfiltered-write", "opaque-function"}
"""What is about the statement that is sent alone: how it is written, and whether it leads to code at all."""

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
    """One rule item. `word`: a category, "function", "opaque-function" or "read-only". `pattern`: relations, of
    "setting" settings, of "function" functions.
    """

    word: str
    pattern: Pattern | None = None

    @classmethod
    def parse(cls, text: str) -> Item:
        """Raises ValueError with a sentence."""
        word, _, rest = text.strip().partition(" ")
        rest = rest.strip()
        if word == "function" and rest:
            return cls("function", Pattern.parse(rest))
        if word == "setting" and rest:
            return cls("setting", Pattern(None, rest.lower()))
        known = CATEGORIES | {"opaque-function", "read-only"}
        if _WORD.fullmatch(word) is None or word not in known:
            raise ValueError(
                f"{text!r} begins with no category; there are {', '.join(sorted(known))}, function NAME, setting NAME"
            )
        if not rest:
            return cls(word)
        if not rest.startswith("on ") or not rest[3:].strip():
            raise ValueError(f"{text!r} should be CATEGORY on RELATION")
        return cls(word, Pattern.parse(rest[3:]))

    def __str__(self) -> str:
        if self.word in ("function", "setting") and self.pattern is not None:
            return f"{self.word} {self.pattern}"
        return self.word if self.pattern is None else f"{self.word} on {self.pattern}"

    # ------------------------------------------------------------ refusing and holding

    @property
    def asks_catalogue(self) -> bool:
        """Whether a match depends on more than the statement's facts."""
        return self.pattern is not None or self.word == "opaque-function" or self.word not in _FORMAL

    def matches(self, statement: Statement, known: Known) -> bool:
        """Whether the statement, or code that it has the database run, may have this effect."""
        if self._matches(statement, known):
            return True
        return self.word not in _FORMAL and (known.runs_anything(statement) or self._done(statement, known))

    def _done(self, statement: Statement, known: Known) -> bool:
        """Whether code may have it. Code of a write that can't be read may write anything."""
        done = known.deeds(statement)
        if done.fired is None and self.word in _WRITING:
            return True
        ran = done.called if self.word in _READING else done.called | (done.fired or frozenset())
        if self.word == "read-only":
            return any(deed.categories - HARMLESS - {"dynamic"} for deed in ran)
        return bool(ran) and any(self._matches(deed, known.inside()) for deed in ran)

    def _matches(self, statement: Statement, known: Known) -> bool:
        """Whether the statement itself may have this effect."""
        match self.word:
            case "function":
                assert self.pattern is not None
                return any(self.pattern.may_match(name) for name in statement.functions)
            case "opaque-function":
                return known.calls_opaque(statement)
            case "read-only":
                return bool(statement.categories - HARMLESS) or known.calls_volatile(statement)
            case "setting" if self.pattern is not None:
                return any(self._may_set(one.name) for one in statement.settings) or known.sets_any(statement)
            case category:
                return self._matches_category(category, statement, known)

    def _may_set(self, name: str) -> bool:
        """ "all" gives back what the session began with, "*" may be any."""
        return name == "*" or (name != "all" and self.pattern is not None and self.pattern.may_match(Name(None, name)))

    def _matches_category(self, category: str, statement: Statement, known: Known) -> bool:
        if self.pattern is None:
            return category in statement.categories or (category in _SETTING and known.sets_any(statement))
        indirect = category not in statement.categories
        if indirect and (category not in _AFFECTING or not statement.writes):
            return False
        touched = known.touched(statement, category)
        if touched is None:
            return True
        if not touched and not indirect:  # an effect on what facts don't name; what reads no relation reads none
            return category != "read" or statement.dynamic
        return any(map(self.pattern.may_match, touched))

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


def objects(statement: Statement, category: str) -> frozenset[Name]:
    """What a category of effect is about: settings, or relations."""
    if category not in KINDS_OF["setting"] | {"setting"}:
        return relations(statement, category)
    guarded = category != "setting"
    names = {one.name for one in statement.settings}
    return frozenset(Name(None, name) for name in names if (name == "*" or name in SECURITY_SETTINGS) is guarded)


def uncovered(statement: Statement, allowed: Iterable[Item], path: tuple[str, ...], structural: frozenset[str]) -> str:
    """The first effect of the statement that no allowing item covers, "" when all are."""
    items = tuple(allowed)
    required = statement.categories - structural
    for umbrella, kinds in KINDS_OF.items():
        if required & kinds and not (umbrella == "setting" and objects(statement, "setting")):
            required -= {umbrella}
    for category in sorted(required):
        covering = [item for item in items if item.covers(category)]
        if not covering:
            return category
        for name in sorted(objects(statement, category), key=str):
            if not any(item.allows(name, path) for item in covering):
                return f"{category} on {name}"
    return ""


def items(text: str) -> tuple[Item, ...]:
    """A comma-separated list of items. Raises ValueError."""
    return tuple(Item.parse(part) for part in re.split(r"[,\n]", text) if part.strip())


def matching(wanted: Iterable[Item], facts: SqlFacts, known: Known) -> Item | None:
    """The first of these items that a statement of the text matches."""
    statements = [known.resolved(statement) for statement in facts.statements]
    for item in wanted:
        if any(item.matches(statement, known) for statement in statements):
            return item
    return None
