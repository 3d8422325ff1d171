"""What reading a relation by its name may show, as far as the catalogue and the rules know.

A name is traced when the columns it shows are exactly the columns it is written with: a table, with its partitions
and parents. A view's columns may have other names than what they show, so of a view only the whole is known.
"""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from tokengate.mask.patterns import Rules, strictest
from tokengate.sql.facts import Name
from tokengate.values import Null, Origin, Redact


@frozen
class Contents:
    """What a name may show. `columns` are those that every relation of that name has.

    `sensitive` are the names of the sensitive columns behind it; `traced`: they are its own columns' names. `hidden`
    are those of one traced table that nobody is shown even in part.
    """

    columns: frozenset[str]
    sensitive: frozenset[str]
    traced: bool
    hidden: frozenset[str]


@frozen(eq=False)
class Relations:
    """Contents by name, in one version of a catalogue (an `ICatalogue`, or None: then nothing is known)."""

    _catalogue: Any
    _rules: Rules
    _found: dict[Name, Contents | None] = field(factory=dict, init=False)

    def contents(self, name: Name) -> Contents | None:
        """What reading `name` may show; None when the catalogue doesn't know."""
        if name not in self._found:
            self._found[name] = self._contents(name)
        return self._found[name]

    def _contents(self, name: Name) -> Contents | None:
        shown = None if self._catalogue is None else self._catalogue.expand(name.schema, name.name)
        if shown is None:
            return None
        own: dict[tuple[str, str], set[str]] = {}
        for origin in shown:
            if _named(origin, name):
                own.setdefault((origin.schema, origin.relation), set()).add(origin.column)
        sensitive = frozenset(origin.column for origin in shown if self._rules.mode(origin) is not None)
        columns = frozenset(set.intersection(*own.values())) if own else frozenset()
        traced = not sensitive or all(self._traced(relation) for relation in own)
        hidden = {column for column in sensitive if self._hidden(shown, column)} if traced and len(own) == 1 else ()
        return Contents(columns, sensitive, traced, frozenset(hidden))

    def _hidden(self, shown: frozenset[Origin], column: str) -> bool:
        mode = strictest(self._rules.mode(origin) for origin in shown if origin.column == column)
        return isinstance(mode, Null | Redact)

    def _traced(self, relation: tuple[str, str]) -> bool:
        """Whether everything that the relation shows shows it in return: so it is with partitions and parents, never
        with views.
        """
        shown = _relations(self._catalogue.expand(*relation))
        return all(relation in _relations(self._catalogue.expand(*other)) for other in shown)


def _named(origin: Origin, name: Name) -> bool:
    if origin.relation != name.name:
        return False
    return name.schema in (None, origin.schema) or (name.schema == "pg_temp" and origin.schema.startswith("pg_temp_"))


def _relations(origins: frozenset[Origin] | None) -> set[tuple[str, str]]:
    return {(origin.schema, origin.relation) for origin in origins or ()}
