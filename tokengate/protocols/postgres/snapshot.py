"""What a database stores, at one moment, and what every column that can be read descends from. Pure.

`census` fills it from the server, `catalogue` keeps the newest, maskers and the gate ask. Nothing is guessed: where an
origin can't be known (an unknown relation, a view over a function that can read anything) the answer is None, and a
masker masks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from attrs import field, frozen

from tokengate.protocols.postgres.deeds import Deeds
from tokengate.protocols.postgres.functions import Function, Functions
from tokengate.protocols.postgres.reach import FILLING, VIEWS, WRITES, Links, Reach, closure
from tokengate.protocols.postgres.unasked import Holding, Unasked, together
from tokengate.protocols.postgres.viewed import Views, servers_own
from tokengate.sql.bodies import Done
from tokengate.sql.facts import NO_CODE, Code, Name, Statement
from tokengate.values import Origin


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


Columns = tuple[tuple[str, frozenset[Origin] | None], ...]
"""A relation's columns in order: name, and the stored columns it shows; None where that can't be known."""

Paths = frozenset[tuple[str, ...]]
"""Every search_path (schema names in order) that may be in force."""

ALWAYS = "pg_catalog"
"""The schema that is looked into first unless the path says when; temporary ones come even before it."""


@frozen(eq=False)
class Snapshot:
    """One state of a database.

    `parents`: partition or inheriting table -> what it is attached to; `views`: OID -> `ViewColumns`; `definitions`:
    view -> its text; `types`: OID -> name, with its schema unless that is pg_catalog; `operators`: name -> functions,
    of operators the server does not ship; `computed`: a generated column -> what its expression refers to, None: it may
    refer to anything; `search_path`: see `ICatalogue`; `usable`: the schemas that names may be looked for in, None:
    all; `holding`: what holds code that no statement names; `indexes`: the schemas in which one has a name.
    """

    relations: Mapping[int, Relation] = field(factory=dict)
    parents: Mapping[int, tuple[int, ...]] = field(factory=dict)
    views: Mapping[int, ViewColumns] = field(factory=dict)
    types: Mapping[int, str] = field(factory=dict)
    _functions: Iterable[Function] = ()
    operators: Mapping[str, tuple[Name, ...]] = field(factory=dict)
    computed: Mapping[Source, tuple[Source, ...] | None] = field(factory=dict)
    links: Links = field(factory=Links)
    search_path: tuple[str, ...] | None = None
    usable: frozenset[str] | None = None
    definitions: Mapping[int, str] = field(factory=dict)
    holding: Holding = field(factory=Holding)
    indexes: Mapping[str, tuple[str, ...]] = field(factory=dict)
    unasked: Unasked = field(init=False)
    _named: dict[str, list[Relation]] = field(factory=dict, init=False)
    _referring: dict[Source, list[Source]] = field(factory=dict, init=False)
    _reach: Reach = field(init=False)
    _index: Functions = field(init=False)
    _deeds: Deeds = field(init=False)
    _viewed: Views = field(init=False)
    _resolved: dict[Source, frozenset[Origin] | None] = field(factory=dict, init=False)
    _columns: dict[int, Columns] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        for key in self.links.keys:
            for column, referenced in key.columns if key.referenced in self.relations else ():
                self._referring.setdefault((key.referring, column), []).append((key.referenced, referenced))
        for relation in self.relations.values():
            self._named.setdefault(relation.name, []).append(relation)

    @_reach.default
    def _followed(self) -> Reach:
        return Reach({oid: relation.kind for oid, relation in self.relations.items()}, self.parents, self.links)

    @_index.default
    def _indexed(self) -> Functions:
        return Functions(self._functions)

    @_deeds.default
    def _followed_code(self) -> Deeds:
        return Deeds(self.links, self._reach, self._index, self.operators, self)

    @unasked.default
    def _behind(self) -> Unasked:
        return Unasked(self.holding, self.types, self.relations.values())

    @_viewed.default
    def _defined(self) -> Views:
        return Views(self.definitions, self)

    def same_as(self, other: Snapshot) -> bool:
        """Whether nothing has changed between the two."""
        return self._state() == other._state()

    def _state(self) -> tuple[object, ...]:
        stored = (self.relations, self.parents, self.views, self.types, self.computed, self.links)
        return (
            *stored,
            self.definitions,
            self.holding,
            self.indexes,
            self.operators,
            self.search_path,
            self.usable,
            self._functions,
        )

    # ------------------------------------------------------------ names

    def find(self, schema: str | None, relation: str, paths: Paths | None = None) -> list[Relation]:
        """Every relation a name may mean. "pg_temp" is any session's temporary schema; `paths` None: any schema's."""
        found = self._named.get(relation, [])
        if schema is None:
            return found if paths is None or not found else self._on_paths(found, paths)
        if schema == "pg_temp":
            return [one for one in found if _temporary(one)]
        return [one for one in found if one.schema == schema]

    def _on_paths(self, found: list[Relation], paths: Paths) -> list[Relation]:
        """Those that an unqualified name means on some path; all of them when every path misses it: what it means then
        is not known here.
        """
        usable = [one for one in found if self.usable is None or one.schema in self.usable]
        meant = {one.oid for path in paths for one in _first(usable, path)}
        return [one for one in found if one.oid in meant or _temporary(one)] if meant else found

    # ------------------------------------------------------------ columns

    def origins(self, table: int, attnum: int) -> frozenset[Origin] | None:
        """The stored columns that column `attnum` of the relation with OID `table` shows. `attnum` 0: that all its
        columns show.
        """
        source = (table, attnum)
        if source not in self._resolved:
            self._resolved[source] = None  # while it is worked out: what leads back to itself is not understood
            self._resolved[source] = self._resolve(table, attnum)
        return self._resolved[source]

    def expand(self, schema: str | None, relation: str, paths: Paths | None = None) -> frozenset[Origin] | None:
        """All that reading the relation, or every relation of that name, may show."""
        found = self.find(schema, relation, paths)
        return _union(self.origins(one.oid, 0) for one in found) if found else None

    def columns(self, schema: str | None, relation: str, paths: Paths | None = None) -> tuple[Columns, ...]:
        """The columns of every relation of that name."""
        return tuple(self._columns_of(one) for one in self.find(schema, relation, paths))

    def type_of(self, origin: Origin) -> int:
        """The type OID of a column; 0 when there is none of that name."""
        for relation in self.find(origin.schema, origin.relation):
            for column in relation.columns.values():
                if column.name == origin.column:
                    return column.type
        return 0

    def generated(self, table: int, attnum: int) -> bool:
        """Whether this is a generated column, which COPY leaves out."""
        relation = self.relations.get(table)
        column = relation.columns.get(attnum) if relation else None
        return column is not None and column.generated

    # ------------------------------------------------------------ reach

    def reached(self, schema: str | None, relation: str, paths: Paths | None = None) -> frozenset[Name]:
        """See `ICatalogue`."""
        return self._names(map(self._reach.read, self._found(schema, relation, paths))) or frozenset()

    def changed(
        self, schema: str | None, relation: str, kind: str, paths: Paths | None = None
    ) -> frozenset[tuple[Name, str]] | None:
        """See `ICatalogue`."""
        found: set[tuple[Name, str]] = set()
        for one in self._found(schema, relation, paths):
            changes = self._reach.changed(one, kind)
            if changes is None:
                return None
            found.update((self._name(oid), done) for oid, done in changes)
        return frozenset(found)

    def dependents(
        self, schema: str | None, relation: str, cascading: bool = True, paths: Paths | None = None
    ) -> frozenset[Name] | None:
        """See `ICatalogue`."""
        found = self._found(schema, relation, paths)
        return self._names(self._reach.dependents(oid, cascading) for oid in found)

    def _found(self, schema: str | None, relation: str, paths: Paths | None) -> list[int]:
        return [one.oid for one in self.find(schema, relation, paths)]

    def _names(self, reached: Iterable[frozenset[int] | None]) -> frozenset[Name] | None:
        """The names of all of them together; None as soon as some can't be known."""
        names: set[Name] = set()
        for oids in reached:
            if oids is None:
                return None
            names.update(map(self._name, oids))
        return frozenset(names)

    def _name(self, oid: int) -> Name:
        return Name(self.relations[oid].schema, self.relations[oid].name)

    def runs_code(
        self, schema: str | None, relation: str, kinds: Collection[str] = WRITES, paths: Paths | None = None
    ) -> bool:
        """See `ICatalogue`."""
        found = self.find(schema, relation, paths)
        return not found or any(self._reach.runs_code(one.oid, kinds) for one in found)

    def reads_code(self, schema: str | None, relation: str, paths: Paths | None = None) -> bool:
        """See `ICatalogue`."""
        found = self.find(schema, relation, paths)
        return not found or any(self._reach.reads_code(one.oid) for one in found)

    def reads_volatile(self, schema: str | None, relation: str, paths: Paths | None = None) -> bool:
        """See `ICatalogue`."""
        found = self.find(schema, relation, paths)
        return not found or any(self._reach.reads_volatile(one.oid) for one in found)

    def deeds(self, statement: Statement, paths: Paths | None = None) -> Done:
        """See `ICatalogue`."""
        return self._deeds.of(statement, lambda name: self._found(name.schema, name.name, paths))

    def behind_type(self, name: Name) -> Code:
        """See `ICatalogue`."""
        return self.unasked.named(name) if self.unasked else NO_CODE

    def behind_column(self, origin: Origin) -> Code:
        """See `ICatalogue`."""
        return self.unasked.type(self.type_of(origin)) if self.unasked else NO_CODE

    @property
    def behind_any(self) -> frozenset[Name]:
        """See `ICatalogue`."""
        return self.unasked.holding.anywhere

    def behind_writing(self, schema: str | None, relation: str, kinds: Collection[str] = FILLING) -> frozenset[Name]:
        """See `ICatalogue`."""
        if not self.unasked:
            return frozenset()
        found = [(oid, kind) for oid in self._found(schema, relation, None) for kind in kinds]
        changes = {change for write in found for change in self._reach.changed(*write) or (write,)}
        return frozenset().union(*(self.unasked.writing(oid) for oid, done in changes if done in FILLING))

    def behind_reading(self, schema: str | None, relation: str) -> Code:
        """See `ICatalogue`."""
        if not self.unasked:
            return NO_CODE
        found = self._found(schema, relation, None)
        read = {one for oid in found for one in self._reach.read(oid) or (oid,)}
        return together(map(self.unasked.reading, read))

    # ------------------------------------------------------------ functions

    def is_builtin(self, function: str) -> bool:
        """See `Functions.is_builtin`."""
        return self._index.is_builtin(function)

    def is_index(self, schema: str | None, relation: str) -> bool:
        """See `ICatalogue`; whichever schema's where none is said."""
        schemas = self.indexes.get(relation, ())
        return not self.find(schema, relation) and bool(schemas if schema is None else schema in schemas)

    def is_builtin_operator(self, operator: str) -> bool:
        """Whether no operator of this name was added to those the server ships."""
        return operator not in self.operators

    def operator_functions(self, operator: str) -> tuple[Name, ...]:
        """See `ICatalogue`."""
        return self.operators.get(operator, ())

    def is_function(self, name: str) -> bool:
        """See `Functions.is_function`."""
        return self._index.is_function(name)

    def is_volatile(self, function: str) -> bool:
        """See `Functions.is_volatile`."""
        return self._index.is_volatile(function)

    def may_define(self, function: str) -> bool:
        """See `Functions.may_define`."""
        return self._index.may_define(function)

    def functions(self, name: str) -> tuple[Function, ...]:
        """See `Functions.named`."""
        return self._index.named(name)

    # ------------------------------------------------------------ where columns come from

    def _columns_of(self, relation: Relation) -> Columns:
        if relation.oid not in self._columns:
            stored = sorted(relation.columns.values())
            self._columns[relation.oid] = tuple((one.name, self.origins(relation.oid, one.attnum)) for one in stored)
        return self._columns[relation.oid]

    def _resolve(self, table: int, attnum: int) -> frozenset[Origin] | None:
        relation = self.relations.get(table)
        if relation is None:
            return None
        if attnum == 0:
            return _union(self.origins(table, column) for column in relation.columns)
        if attnum not in relation.columns:
            return None
        if relation.kind not in VIEWS:
            return self._stored((table, attnum))
        own = self._origin((table, attnum))
        shown = self._shown(relation, attnum)
        if shown is None and servers_own(relation.schema, relation.name):
            shown = frozenset()
        return None if shown is None else shown | {own}

    def _shown(self, view: Relation, attnum: int) -> frozenset[Origin] | None:
        """What a view's column shows: a stored column, or what its definition makes it of."""
        sources = self.views.get(view.oid, {}).get(attnum)
        if sources is not None and len(sources) == 1 and sources[0][1]:
            return self.origins(*sources[0])
        followed = self._viewed.column(view.oid, attnum - 1, len(view.columns))
        if followed is not None:
            return followed
        return None if sources is None else _union(self.origins(*source) for source in sources)

    def _stored(self, column: Source) -> frozenset[Origin] | None:
        """The same column of everything whose rows reading its table shows, and of everything those are attached to;
        what it is generated from where it is; and all that of the columns that foreign keys have it hold the values of.
        """
        held = closure([column], self._referenced)
        made = self._made_of(shown for one in held for shown in self._rows_of(one))
        if made is None:
            return None
        above = (shown for one in held for shown in self._same(one, self._reach.above(self._reach.below(one[0]))))
        return made | {self._origin(one) for one in above}

    def _referenced(self, column: Source) -> Iterable[Source]:
        """The columns that hold all values of this one, as foreign keys say."""
        return [to for one in self._rows_of(column) for to in self._referring.get(one, ())]

    def _rows_of(self, column: Source) -> list[Source]:
        """A table's column, and the same one of everything that is attached to it."""
        return self._same(column, self._reach.below(column[0]))

    def _same(self, column: Source, tables: Iterable[int]) -> list[Source]:
        """Those of these tables' columns that are called like this one."""
        table, attnum = column
        name = self.relations[table].columns[attnum].name
        known = (self.relations[oid] for oid in tables if oid in self.relations)
        return [(one.oid, stored.attnum) for one in known for stored in one.columns.values() if stored.name == name]

    def _origin(self, column: Source) -> Origin:
        relation = self.relations[column[0]]
        return Origin(relation.schema, relation.name, relation.columns[column[1]].name)

    def _made_of(self, columns: Iterable[Source]) -> frozenset[Origin] | None:
        """What those of these columns that are generated are generated from."""
        known: set[Source] = set()
        for column in columns:
            sources = self.computed.get(column, ())
            if sources is None:
                return None
            known.update(sources)
        return _union(self.origins(*source) for source in known)


def _temporary(relation: Relation) -> bool:
    return relation.schema.startswith("pg_temp_")


def _first(found: list[Relation], path: tuple[str, ...]) -> list[Relation]:
    """What the first schema of the path that has one has."""
    for schema in path if ALWAYS in path else (ALWAYS, *path):
        if here := [one for one in found if one.schema == schema]:
            return here
    return []


def _union(sets: Iterable[frozenset[Origin] | None]) -> frozenset[Origin] | None:
    """All of them together; None as soon as one is unknown."""
    known: set[Origin] = set()
    for origins in sets:
        if origins is None:
            return None
        known |= origins
    return frozenset(known)
