"""What calling a function by its name may do, with what the catalogue knows of it and the administrator vouches for.

The server's own are in `functions`. Of those that were added, one in SQL is read; one of the server's own under another
name or an extension's in C is believed when it is declared immutable (a superuser made both), and any of an extension
that is known here to compute and nothing else. Any other may do anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

from tokengate.mask.functions import Effect, effect
from tokengate.mask.trust import Trust
from tokengate.sql.facts import Name, Statement
from tokengate.sql.postgres import analyse

COMPUTING = frozenset(
    {"btree_gin", "btree_gist", "citext", "cube", "earthdistance", "fuzzystrmatch", "hstore", "intarray", "ltree",
     "pg_trgm", "seg", "unaccent", "vector"}
)  # fmt: skip
"""Extensions whose functions compute, but for volatile ones: types with their operators, aggregates and searches."""

RANDOM = frozenset({"pgcrypto", "tsm_system_rows", "tsm_system_time", "uuid-ossp"})
"""Extensions whose functions compute, volatile ones with chance."""


@frozen(eq=False)
class Effects:
    """The effects of functions in one version of a catalogue (an `ICatalogue`)."""

    trust: Trust
    _catalogue: Any
    _found: dict[Name, Effect] = field(factory=dict, init=False)

    def __call__(self, function: Name) -> Effect:
        """The effect of whatever a name may mean."""
        if function not in self._found:
            self._found[function] = Effect.REACHES  # while it is worked out: what calls itself is not understood
            self._found[function] = self._effect(function)
        return self._found[function]

    def acts(self, function: Name) -> bool:
        """Whether calling it may change what is stored, where no statement says so."""
        return bool(self._catalogue.is_volatile(str(function))) and self(function) is not Effect.COMPUTES

    def operator(self, operator: Name) -> Effect:
        """The effect of whatever an operator's name may mean."""
        added = self._catalogue.operator_functions(operator.name)
        if added:
            return max(map(self, added), key=_SEVERITY.index)
        builtin = operator.schema in (None, "pg_catalog") and self._catalogue.is_builtin_operator(operator.name)
        return Effect.COMPUTES if builtin else Effect.REACHES

    def symbols(self, operators: Iterable[str]) -> str:
        """The first of these operators (without schema) that somebody added and that may do more, with the function
        behind it; "" for none.
        """
        for name in sorted(operators):
            for function in self._catalogue.operator_functions(name):
                if self(function) is not Effect.COMPUTES:
                    return f"{name} (the function {function})"
        return ""

    def told(self, functions: Iterable[Name]) -> str:
        """The first of these functions that may do more than compute, with what it may do; "" for none."""
        for function in sorted(functions, key=str):
            found = self(function)
            if found is not Effect.COMPUTES:
                return f"the function {function}: {found.value}"
        return ""

    def _effect(self, function: Name) -> Effect:
        if self.trust.covers(function):
            return Effect.COMPUTES
        if self._catalogue.is_builtin(str(function)):
            return effect(function.name)
        added = self._catalogue.functions(str(function))
        found = {self._added(one) for one in added} or {Effect.REACHES}
        return max({*found, effect(function.name)}, key=_SEVERITY.index)

    def _added(self, function: Any) -> Effect:
        """The effect of one that the server does not ship; `function` as `ICatalogue.functions` gives it."""
        if function.extension in RANDOM or (function.extension in COMPUTING and function.volatility != "v"):
            return Effect.COMPUTES
        if function.kind != "f":
            return Effect.REACHES
        if function.language == "internal" or (function.language == "c" and function.extension):
            return Effect.COMPUTES if function.volatility == "i" else Effect.REACHES
        if function.language != "sql" or not function.body:
            return Effect.REACHES
        facts = analyse(function.body)
        if facts.error or not facts.statements:
            return Effect.REACHES
        return max(map(self._statement, facts.statements), key=_SEVERITY.index)

    def _statement(self, statement: Statement) -> Effect:
        """The effect of a statement in a function's body."""
        touched = statement.reads or statement.writes or statement.defines or statement.dynamic
        strange = self.symbols(statement.symbols) or any(
            self.operator(Name(None, name)) is not Effect.COMPUTES for name in statement.operators
        )
        unasked = self.told(self._behind(statement))
        if statement.kind != "select" or touched or strange or unasked:
            return Effect.REACHES
        return max(map(self, statement.functions), key=_SEVERITY.index, default=Effect.COMPUTES)

    def _behind(self, statement: Statement) -> frozenset[Name]:
        """The functions behind the types that a statement names."""
        return frozenset().union(*(self._catalogue.behind_type(name).all for name in statement.types))


_SEVERITY = (Effect.COMPUTES, Effect.KEEPS, Effect.REACHES)
