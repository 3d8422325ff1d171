"""What gates, maskers and enforcers ask of a catalogue, over whatever snapshot is the newest.

`catalogue.Catalogue` is the lookup in which an unqualified name means any schema's relation; a `PathLookup` is the same
catalogue for a session whose search_path is known.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from typing import Any

from attrs import frozen
from zope.interface import implementer

from tokengate.interfaces import ICatalogue
from tokengate.mask.unknown import UNKNOWN
from tokengate.protocols.postgres.functions import Function
from tokengate.protocols.postgres.reach import FILLING, WRITES
from tokengate.protocols.postgres.snapshot import Columns, Paths, Snapshot
from tokengate.sql.bodies import Done
from tokengate.sql.facts import Code, Name, Statement
from tokengate.values import Origin


@implementer(ICatalogue)
class Lookup(ABC):
    """The questions. `version` 0: nothing is known yet; `snapshot` and `paths` say what is asked, and under what."""

    __slots__ = ()

    version: int
    snapshot: Snapshot
    paths: Paths | None = None

    @abstractmethod
    def under(self, paths: Paths | None) -> ICatalogue:
        """See `ICatalogue`."""

    @property
    def search_path(self) -> tuple[str, ...] | None:
        """See `ICatalogue`."""
        return self.snapshot.search_path

    def expand(self, schema: str | None, relation: str) -> frozenset[Origin] | None:
        """See `ICatalogue`; None as well when a view of that name shows more than can be known."""
        return self.snapshot.expand(schema, relation, self.paths)

    def columns(self, schema: str | None, relation: str) -> tuple[Columns, ...]:
        """See `ICatalogue`."""
        return self.snapshot.columns(schema, relation, self.paths)

    def type_of(self, origin: Origin) -> str:
        """See `ICatalogue`."""
        return self.snapshot.types.get(self.snapshot.type_of(origin), "")

    def reached(self, schema: str | None, relation: str) -> frozenset[Name]:
        """See `ICatalogue`."""
        return self.snapshot.reached(schema, relation, self.paths)

    def deeds(self, statement: Statement) -> Done:
        """See `ICatalogue`."""
        return self.snapshot.deeds(statement, self.paths)

    def runs_code(self, schema: str | None, relation: str, kinds: Collection[str] = WRITES) -> bool:
        """See `ICatalogue`."""
        return self.snapshot.runs_code(schema, relation, kinds, self.paths)

    def reads_code(self, schema: str | None, relation: str) -> bool:
        """See `ICatalogue`."""
        return self.snapshot.reads_code(schema, relation, self.paths)

    def reads_volatile(self, schema: str | None, relation: str) -> bool:
        """See `ICatalogue`."""
        return self.snapshot.reads_volatile(schema, relation, self.paths)

    def behind_type(self, name: Name) -> Code:
        """See `ICatalogue`."""
        return self.snapshot.behind_type(name) if self.version else UNKNOWN.behind_type(name)

    def telling(self, types: Iterable[int]) -> frozenset[Name]:
        """Those of these types (OIDs) behind which there is code."""
        unasked = self.snapshot.unasked
        return frozenset(filter(None, map(unasked.telling, types))) if unasked else frozenset()

    def behind_column(self, origin: Origin) -> Code:
        """See `ICatalogue`."""
        return self.snapshot.behind_column(origin)

    @property
    def behind_any(self) -> frozenset[Name]:
        """See `ICatalogue`."""
        return self.snapshot.behind_any

    def behind_writing(self, schema: str | None, relation: str, kinds: Collection[str] = FILLING) -> frozenset[Name]:
        """See `ICatalogue`."""
        return self.snapshot.behind_writing(schema, relation, kinds)

    def behind_reading(self, schema: str | None, relation: str) -> Code:
        """See `ICatalogue`."""
        return self.snapshot.behind_reading(schema, relation)

    def changed(self, schema: str | None, relation: str, kind: str) -> frozenset[tuple[Name, str]] | None:
        """See `ICatalogue`."""
        return self.snapshot.changed(schema, relation, kind, self.paths)

    def dependents(self, schema: str | None, relation: str, cascading: bool = True) -> frozenset[Name] | None:
        """See `ICatalogue`."""
        return self.snapshot.dependents(schema, relation, cascading, self.paths)

    def is_builtin(self, function: str) -> bool:
        """See `ICatalogue`."""
        return self.snapshot.is_builtin(function)

    def is_index(self, schema: str | None, relation: str) -> bool:
        """See `ICatalogue`."""
        return self.snapshot.is_index(schema, relation)

    def is_builtin_operator(self, operator: str) -> bool:
        """Whether no operator of this name was added to those the server ships."""
        return self.version > 0 and self.snapshot.is_builtin_operator(operator)

    def operator_functions(self, operator: str) -> tuple[Name, ...]:
        """See `ICatalogue`."""
        return self.snapshot.operator_functions(operator)

    def is_function(self, name: str) -> bool:
        """See `ICatalogue`."""
        return self.snapshot.is_function(name)

    def is_volatile(self, function: str) -> bool:
        """See `ICatalogue`."""
        return self.snapshot.is_volatile(function)

    def may_define(self, function: str) -> bool:
        """See `Functions.may_define`."""
        return self.snapshot.may_define(function)

    def functions(self, name: str) -> tuple[Function, ...]:
        """See `ICatalogue`."""
        return self.snapshot.functions(name)

    def knows(self, table: int) -> bool:
        """Whether the relation with this OID is in the snapshot."""
        return table in self.snapshot.relations

    def origins(self, table: int, attnum: int) -> frozenset[Origin] | None:
        """The stored columns that a column (attnum) of the relation with this OID shows; None: that can't be known."""
        return self.snapshot.origins(table, attnum)

    def type_name(self, oid: int) -> str:
        """A type's name, with its schema unless that is pg_catalog; "" when unknown."""
        return self.snapshot.types.get(oid, "")

    def generated(self, table: int, attnum: int) -> bool:
        """Whether this is a generated column, which COPY leaves out."""
        return self.snapshot.generated(table, attnum)


@frozen(eq=False)
class PathLookup(Lookup):
    """A catalogue (a `Lookup`) in which an unqualified relation is what one of `paths` makes of it."""

    _catalogue: Any
    paths: Paths

    @property
    def version(self) -> int:  # type: ignore[override]  # it is the catalogue's
        """The catalogue's."""
        version: int = self._catalogue.version
        return version

    @property
    def snapshot(self) -> Snapshot:  # type: ignore[override]  # as it is now
        """The catalogue's, as it is now."""
        snapshot: Snapshot = self._catalogue.snapshot
        return snapshot

    def under(self, paths: Paths | None) -> ICatalogue:
        """See `ICatalogue`."""
        under: ICatalogue = self._catalogue.under(paths)
        return under
