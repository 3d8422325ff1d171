"""The catalogue where there is none: nothing is known, so everything may be anything."""

from __future__ import annotations

from zope.interface import implementer

from tokengate.interfaces import ICatalogue
from tokengate.values import Origin


@implementer(ICatalogue)
class UnknownCatalogue:
    """See `ICatalogue`."""

    version = 0

    def expand(self, schema: str | None, relation: str) -> frozenset[Origin] | None:
        """No relation is known."""
        return None

    def columns(
        self, schema: str | None, relation: str
    ) -> tuple[tuple[tuple[str, frozenset[Origin] | None], ...], ...]:
        """No relation is known."""
        return ()

    def is_function(self, name: str) -> bool:
        """Any name may be a function's."""
        return True

    def is_builtin(self, function: str) -> bool:
        """Any function may be a user's."""
        return False

    def is_builtin_operator(self, operator: str) -> bool:
        """Any operator may be a user's."""
        return False


UNKNOWN = UnknownCatalogue()
