"""What a database stores, at one moment, and what every column that can be read descends from. Pure.

`census` fills it from the server, `catalogue` keeps the newest, maskers and the gate ask. Nothing is guessed: where an
origin can't be known (an unknown relation, a view over a function that can read anything) the answer is None, and a
masker masks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from attrs import field, frozen

from tokengate.sql.facts import Name
from tokengate.values import Origin

VIEWS = frozenset("vm")
"""pg_class.relkind of the relations that have a definition: views, materialized views."""


class Stored(NamedTuple):
    """A column that is there (pg_attribute); dropped ones are not."""

    attnum: int
    name: str
    type: int
    modifier: int
    generated: bool


class Relation(NamedTuple):
    """Something with columns that can be selected from: table, partition, view, materialized view, foreign table,
    sequence.
    """

    oid: int
    schema: str
    name: str
    kind: str
    columns: Mapping[int, Stored]


Source = tuple[int, int]
"""(relation OID, attnum) of a column; attnum 0 means all of them."""

ViewColumns = Mapping[int, tuple[Source, ...] | None]
"""What each column of a view (by attnum) is made of, one step down; None: it may be made of anything."""


class Function(NamedTuple):
    """A function's name, and whether the server ships it."""

    schema: str
    name: str
    shipped: bool


@frozen(eq=False)
class Snapshot:
    """One state of a database.

    `parents`: partition or inheriting table -> what it is attached to; `views`: OID -> `ViewColumns`; `types`: OID ->
    name, with its schema unless that is pg_catalog; `operators`: names of operators the server does not ship.
    """

    relations: Mapping[int, Relation] = field(factory=dict)
    parents: Mapping[int, tuple[int, ...]] = field(factory=dict)
    views: Mapping[int, ViewColumns] = field(factory=dict)
    types: Mapping[int, str] = field(factory=dict)
    functions: Iterable[Function] = ()
    operators: frozenset[str] = frozenset()
    _named: dict[str, list[Relation]] = field(factory=dict, init=False)
    _children: dict[int, list[int]] = field(factory=dict, init=False)
    _shipped: set[str] = field(factory=set, init=False)
    _added: set[str] = field(factory=set, init=False)
    _resolved: dict[Source, frozenset[Origin] | None] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        for relation in self.relations.values():
            self._named.setdefault(relation.name, []).append(relation)
        for child, parents in self.parents.items():
            for parent in parents:
                self._children.setdefault(parent, []).append(child)
        for schema, name, shipped in self.functions:
            names = self._shipped if shipped else self._added
            names |= {f"{schema}.{name}", name}

    def origins(self, table: int, attnum: int) -> frozenset[Origin] | None:
        """The stored columns that column `attnum` of the relation with OID `table` shows. `attnum` 0: that all its
        columns show.
        """
        source = (table, attnum)
        if source not in self._resolved:
            self._resolved[source] = None  # while it is worked out: what leads back to itself is not understood
            self._resolved[source] = self._resolve(table, attnum)
        return self._resolved[source]

    def expand(self, schema: str | None, relation: str) -> frozenset[Origin] | None:
        """All that reading the relation, or every relation of that name, may show."""
        found = self.find(schema, relation)
        return _union(self.origins(one.oid, 0) for one in found) if found else None

    def find(self, schema: str | None, relation: str) -> list[Relation]:
        """Every relation a name may mean. "pg_temp" is any session's temporary schema."""
        found = self._named.get(relation, [])
        if schema is None:
            return found
        if schema == "pg_temp":
            return [one for one in found if one.schema.startswith("pg_temp_")]
        return [one for one in found if one.schema == schema]

    def copy_columns(self, name: Name) -> tuple[tuple[str, int, int], ...] | None:
        """The columns a COPY of the whole relation has, as (name, type OID, type modifier); None when the name is not
        one relation's.
        """
        found = self.find(name.schema, name.name)
        if len(found) != 1:
            return None
        columns = sorted(found[0].columns.values())
        return tuple((column.name, column.type, column.modifier) for column in columns if not column.generated)

    def generated(self, table: int, attnum: int) -> bool:
        """Whether this is a generated column, which COPY leaves out."""
        relation = self.relations.get(table)
        column = relation.columns.get(attnum) if relation else None
        return column is not None and column.generated

    def is_builtin(self, function: str) -> bool:
        """Whether the name can only mean a function the server ships: nobody added one of that name where the name may
        look.
        """
        return function in self._shipped and function not in self._added

    def _resolve(self, table: int, attnum: int) -> frozenset[Origin] | None:
        relation = self.relations.get(table)
        if relation is None:
            return None
        if attnum == 0:
            return _union(self.origins(table, column) for column in relation.columns)
        if attnum not in relation.columns:
            return None
        own = Origin(relation.schema, relation.name, relation.columns[attnum].name)
        if relation.kind not in VIEWS:
            return frozenset({own, *self._inherited(table, own.column)})
        sources = self.views.get(table, {}).get(attnum)
        shown = None if sources is None else _union(self.origins(*source) for source in sources)
        return None if shown is None else shown | {own}

    def _inherited(self, table: int, column: str) -> Iterator[Origin]:
        """The same column of everything whose rows reading `table` shows, and of everything those are attached to."""
        below = _closure([table], lambda oid: self._children.get(oid, ()))
        for oid in _closure(below, lambda oid: self.parents.get(oid, ())):
            relation = self.relations.get(oid)
            if relation and any(stored.name == column for stored in relation.columns.values()):
                yield Origin(relation.schema, relation.name, column)


def _closure(start: Iterable[int], step: Callable[[int], Iterable[int]]) -> set[int]:
    """Everything reached from `start` by `step`, itself included."""
    reached, ahead = set(), list(start)
    while ahead:
        oid = ahead.pop()
        if oid not in reached:
            reached.add(oid)
            ahead += step(oid)
    return reached


def _union(sets: Iterable[frozenset[Origin] | None]) -> frozenset[Origin] | None:
    """All of them together; None as soon as one is unknown."""
    known: set[Origin] = set()
    for origins in sets:
        if origins is None:
            return None
        known |= origins
    return frozenset(known)
