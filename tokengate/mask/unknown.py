"""The catalogue where there is none: nothing is known, so everything may be anything."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from zope.interface import implementer

from tokengate.interfaces import ICatalogue
from tokengate.sql.bodies import Done
from tokengate.sql.facts import NO_CODE, Code, Name, Statement
from tokengate.values import Origin


@implementer(ICatalogue)
class UnknownCatalogue:
    """See `ICatalogue`."""

    version = 0
    search_path = None

    def under(self, paths: frozenset[tuple[str, ...]] | None) -> ICatalogue:
        """Nothing is known under any path."""
        found: ICatalogue = self
        return found

    def expand(self, schema: str | None, relation: str) -> frozenset[Origin] | None:
        """No relation is known."""
        return None

    def columns(
        self, schema: str | None, relation: str
    ) -> tuple[tuple[tuple[str, frozenset[Origin] | None], ...], ...]:
        """No relation is known."""
        return ()

    def type_of(self, origin: Origin) -> str:
        """No column is known."""
        return ""

    def reached(self, schema: str | None, relation: str) -> frozenset[Name]:
        """No relation is known."""
        return frozenset()

    def deeds(self, statement: Statement) -> Any:
        """Nobody knows what code does."""
        return Done(frozenset(), None if statement.writes else frozenset(), unread=True)

    def reads_code(self, schema: str | None, relation: str) -> bool:
        """Any relation may be a view that calls anything."""
        return True

    def changed(self, schema: str | None, relation: str, kind: str) -> frozenset[tuple[Name, str]] | None:
        """Any relation may have rules that write to any other."""
        return None

    def dependents(self, schema: str | None, relation: str, cascading: bool = True) -> frozenset[Name] | None:
        """Any relation may have views over it."""
        return None

    def reads_volatile(self, schema: str | None, relation: str) -> bool:
        """Any relation may be a view that changes anything."""
        return True

    def runs_code(self, schema: str | None, relation: str, kinds: Collection[str] = ()) -> bool:
        """Any relation may have triggers."""
        return True

    behind_any: frozenset[Name] = frozenset()

    def behind_type(self, name: Name) -> Code:
        """Any type may be a user's, unless it is written as the server's."""
        return NO_CODE if name.schema == "pg_catalog" else Code(uses=frozenset({name}))

    def behind_column(self, origin: Origin) -> Code:
        """No column is known."""
        return NO_CODE

    def behind_writing(self, schema: str | None, relation: str, kinds: Collection[str] = ()) -> frozenset[Name]:
        """No relation is known: `runs_code` says it all."""
        return frozenset()

    def behind_reading(self, schema: str | None, relation: str) -> Code:
        """No relation is known: `reads_code` says it all."""
        return NO_CODE

    def is_index(self, schema: str | None, relation: str) -> bool:
        """Anything may be a relation."""
        return False

    def is_builtin(self, function: str) -> bool:
        """Any function may be a user's."""
        return False

    def is_builtin_operator(self, operator: str) -> bool:
        """Any operator may be a user's."""
        return False

    def operator_functions(self, operator: str) -> tuple[Name, ...]:
        """No operator is known."""
        return ()

    def is_function(self, name: str) -> bool:
        """Any name may be a function's."""
        return True

    def is_volatile(self, function: str) -> bool:
        """Any function may be volatile."""
        return True

    def functions(self, name: str) -> tuple[Any, ...]:
        """No function is known."""
        return ()


UNKNOWN = UnknownCatalogue()
