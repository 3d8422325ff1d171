"""What an action on a relation may touch beyond it, at one moment. Pure.

Part of a `Snapshot`: `Links` is what the catalogs say of how relations hang together, `Reach` follows it. A link that
leads to what nobody knows makes the whole answer unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import NamedTuple, TypeVar

from attrs import field, frozen

from tokengate.sql.facts import Name

T = TypeVar("T")

VIEWS = frozenset("vm")
"""pg_class.relkind of the relations that have a definition: views, materialized views."""

FOREIGN = "f"
"""pg_class.relkind of a foreign table: its wrapper runs whatever it runs."""


Change = tuple[int, str]
"""A relation's OID, and a kind of write to it, of `WRITES`."""

WRITES = ("insert", "update", "delete", "truncate")

FILLING = frozenset({"insert", "update"})
"""Writes that leave new rows behind."""


class Key(NamedTuple):
    """A foreign key, by OIDs; what becomes of referring rows is pg_constraint.confdeltype and confupdtype. `columns`:
    numbers (attnum) of a referring column, each with that of the referenced one whose values it holds.
    """

    referenced: int
    referring: int
    on_delete: str = "a"
    on_update: str = "a"
    columns: tuple[tuple[int, int], ...] = ()

    def follows(self, kind: str) -> Iterable[Change]:
        """What such a write to the referenced table does to the referring one, which a TRUNCATE may cascade to."""
        if kind == "truncate" or (kind == "delete" and self.on_delete == "c"):
            yield self.referring, kind
        elif (kind == "delete" and self.on_delete in _ACTING) or (kind == "update" and self.on_update in _ACTING):
            yield self.referring, "update"


_ACTING = frozenset({"c", "n", "d"})
"""CASCADE, SET NULL, SET DEFAULT."""


@frozen
class Links:
    """How relations hang together, by OID.

    `views`: view -> what its definition refers to; `policies`: table with row-level security -> what its policies refer
    to; `rules`: a write -> the user-defined rules it is rewritten by (CREATE RULE, "" for one that can't be read);
    `triggers`: a write -> the functions its triggers call; `calling`: views and tables that call user-defined functions
    or operators when they are read, and those; `changing`: those that call volatile ones.
    """

    views: Mapping[int, frozenset[int]] = field(factory=dict)
    policies: Mapping[int, frozenset[int]] = field(factory=dict)
    rules: Mapping[Change, tuple[str, ...]] = field(factory=dict)
    keys: frozenset[Key] = frozenset()
    triggers: Mapping[Change, tuple[Name, ...]] = field(factory=dict)
    calling: Mapping[int, tuple[Name, ...]] = field(factory=dict)
    changing: frozenset[int] = frozenset()


@frozen(eq=False)
class Reach:
    """Follows links. `kinds`: every known relation's pg_class.relkind; `parents`: partition or inheriting table -> what
    it is attached to.

    Methods that take `cascading` say with True what a DROP … CASCADE may do as well.
    """

    _kinds: Mapping[int, str]
    _parents: Mapping[int, tuple[int, ...]]
    _links: Links
    _children: dict[int, list[int]] = field(factory=dict, init=False)
    _keys: dict[int, list[Key]] = field(factory=dict, init=False)
    _users: dict[int, list[int]] = field(factory=dict, init=False)
    _read: dict[int, frozenset[int] | None] = field(factory=dict, init=False)
    _changed: dict[Change, frozenset[Change] | None] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        for child, parents in self._parents.items():
            for parent in parents:
                self._children.setdefault(parent, []).append(child)
        for key in self._links.keys:
            self._keys.setdefault(key.referenced, []).append(key)
        for view, relations in self._links.views.items():
            for relation in relations:
                self._users.setdefault(relation, []).append(view)

    def below(self, table: int) -> set[int]:
        """A table and everything that is attached to it."""
        return closure([table], lambda oid: self._children.get(oid, ()))

    def above(self, tables: Iterable[int]) -> set[int]:
        """Tables and everything they are attached to."""
        return closure(tables, lambda oid: self._parents.get(oid, ()))

    def read(self, oid: int) -> frozenset[int] | None:
        """Everything that reading a relation may read; None: that can't be known."""
        if oid not in self._read:
            found = self.above(closure([oid], self.reads))
            self._read[oid] = frozenset(found) if all(map(self.understood, found)) else None
        return self._read[oid]

    def changed(self, oid: int, kind: str) -> frozenset[Change] | None:
        """Everything that such a write to a relation does, itself included, but for what code does; None: that can't be
        known.
        """
        if (oid, kind) not in self._changed:
            direct = closure([(oid, kind)], self.changes)
            found = {(above, done) for one, done in direct for above in self.above([one])}
            known = all(self.understood(one) for one, _ in found)
            self._changed[oid, kind] = frozenset(found) if known else None
        return self._changed[oid, kind]

    def dependents(self, oid: int, cascading: bool) -> frozenset[int] | None:
        """Everything that altering or dropping a relation alters or drops as well: what is attached to it, and where it
        is `cascading` views over it and tables with foreign keys to it; None: that can't be known.
        """
        found = closure([oid], lambda one: self._depending(one, cascading))
        if cascading and any(kind in VIEWS and view not in self._links.views for view, kind in self._kinds.items()):
            return None
        return frozenset(found)

    def reads_code(self, oid: int) -> bool:
        """Whether reading a relation may run code that the server does not ship."""
        return self._reads(oid, self._links.calling)

    def reads_volatile(self, oid: int) -> bool:
        """Whether reading it may run such code that changes something."""
        return self._reads(oid, self._links.changing)

    def runs_code(self, oid: int, kinds: Iterable[str]) -> bool:
        """Whether writing it in these ways may."""
        if self.reads_code(oid):
            return True
        changes = [self.changed(oid, kind) for kind in kinds]
        return any(found is None or any(map(self._fires, found)) for found in changes)

    def _fires(self, change: Change) -> bool:
        links, (oid, _) = self._links, change
        return change in links.triggers or change in links.rules or oid in links.calling or self._kinds[oid] == FOREIGN

    def _reads(self, oid: int, calling: Container[int]) -> bool:
        reached = self.read(oid)
        return reached is None or any(one in calling or self._kinds[one] == FOREIGN for one in reached)

    def _depending(self, oid: int, cascading: bool) -> Iterable[int]:
        yield from self._children.get(oid, ())
        if cascading:
            yield from self._users.get(oid, ())
            yield from (key.referring for key in self._keys.get(oid, ()))

    def understood(self, oid: int) -> bool:
        """Whether it is known what a relation is."""
        kind = self._kinds.get(oid)
        return kind is not None and (kind not in VIEWS or oid in self._links.views)

    def reads(self, oid: int) -> Iterable[int]:
        """What reading a relation reads, one step down."""
        yield from self._links.views.get(oid, ())
        yield from self._links.policies.get(oid, ())
        yield from self._children.get(oid, ())

    def changes(self, change: Change) -> Iterable[Change]:
        """What a write does besides, one step on."""
        oid, kind = change
        below = () if self._kinds.get(oid) == "m" else self._links.views.get(oid, ())
        yield from ((one, kind) for one in (*below, *self._children.get(oid, ())))
        for key in self._keys.get(oid, ()):
            yield from key.follows(kind)


def closure(start: Iterable[T], step: Callable[[T], Iterable[T]]) -> set[T]:
    """Everything reached from `start` by `step`, itself included."""
    reached: set[T] = set()
    ahead = list(start)
    while ahead:
        one = ahead.pop()
        if one not in reached:
            reached.add(one)
            ahead += step(one)
    return reached
