"""What names mean at a place in a query, as PostgreSQL resolves them: levels of FROM items, aliases that hide others,
names that USING merged.

Only references that mean one thing for certain are offered, so the generator knows the true taint of all it writes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from attrs import field, frozen

from tests.canary.zoo import Column, Taint, taint


@frozen
class Expression:
    """A piece of SQL with what it yields."""

    sql: str
    type: str
    taint: Taint


@frozen
class Source:
    """What an alias stands for. `scalar`: a function of a base type, whose whole row is no row. `schema`: what may
    stand before the alias, as it is a relation's own name. `row`: the relation whose rows it has.
    """

    alias: str
    columns: tuple[Column, ...]
    scalar: bool = False
    schema: str = ""
    row: str = ""


@frozen
class Item:
    """One comma's part of FROM. `star`: the columns it shows without a qualifier, merged ones once and first."""

    sql: str
    sources: tuple[Source, ...]
    star: tuple[Column, ...]


@frozen
class Scope:
    """A level of names, within others."""

    items: tuple[Item, ...] = ()
    outer: Scope | None = None
    ctes: Mapping[str, tuple[Column, ...]] = field(factory=dict)

    @property
    def star(self) -> tuple[Column, ...]:
        return tuple(column for item in self.items for column in item.star)

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(source for item in self.items for source in item.sources)

    def with_queries(self) -> dict[str, tuple[Column, ...]]:
        """The CTEs that are visible here, by name."""
        return {**(self.outer.with_queries() if self.outer else {}), **self.ctes}

    def levels(self) -> Iterator[Scope]:
        """This and the outer ones, from the inside."""
        yield self
        if self.outer:
            yield from self.outer.levels()

    def references(self) -> Iterator[Expression]:
        """All columns that can be named here, in each of their ways."""
        aliases: set[str] = set()
        names: set[str] = set()
        for level in self.levels():
            for source in level.sources:
                if source.alias not in aliases:
                    for column in _unique(source.columns):
                        name = f"{quoted(source.alias)}.{quoted(column.name)}"
                        yield Expression(name, column.type, column.taint)
                        if source.schema:
                            yield Expression(f"{source.schema}.{name}", column.type, column.taint)
            for column in _unique(level.star):
                if column.name not in names:
                    yield Expression(quoted(column.name), column.type, column.taint)
            aliases.update(source.alias for source in level.sources)
            names.update(column.name for column in level.star)

    def rows(self) -> Iterator[Source]:
        """The aliases of this level that, unqualified, mean their whole row and no column."""
        names = {column.name for level in self.levels() for column in (*level.star, *_all(level))}
        for source in self.sources:
            if source.alias not in names and not source.scalar:
                yield source


def whole(source: Source) -> Taint:
    """The taint of a source's whole row."""
    return taint(source.columns)


def quoted(name: str) -> str:
    """An identifier as it has to be written."""
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name != "select":
        return name
    return '"' + name.replace('"', '""') + '"'


def _all(scope: Scope) -> Iterator[Column]:
    for source in scope.sources:
        yield from source.columns


def _unique(columns: tuple[Column, ...]) -> Iterator[Column]:
    counted = Counter(column.name for column in columns)
    return (column for column in columns if counted[column.name] == 1)
