"""What an action on a relation may touch beyond it, at one moment. Pure.

Part of a `Snapshot`: `Links` is what the catalogs say of how relations hang together, `Reach` follows it. A link that
leads to what nobody knows makes the whole answer unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeVar

from attrs import field, frozen

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
    """A foreign key, by OIDs; what becomes of referring rows is pg_constraint.confdeltype and confupdtype."""

    referenced: int
    referring: int
    on_delete: str = "a"
    on_update: str = "a"

    @property
    def acts(self) -> bool:
        """Whether deleting or updating a referenced row changes the referring table."""
        return self.on_delete in _ACTING or self.on_update in _ACTING

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
    to; `rules`: relation -> what user-defined rules on it refer to; `triggered`: tables with triggers; `calling`: views
    and tables that call user-defined functions or operators when they are read, `changing`: those that call volatile
    ones.
    """

    views: Mapping[int, frozenset[int]] = field(factory=dict)
    policies: Mapping[int, frozenset[int]] = field(factory=dict)
    rules: Mapping[int, frozenset[int]] = field(factory=dict)
    keys: frozenset[Key] = frozenset()
    triggered: frozenset[int] = frozenset()
    calling: frozenset[int] = frozenset()
    changing: frozenset[int] = frozenset()


@frozen(eq=False)
class Reach:
    """Follows links. `kinds`: every known relation's pg_class.relkind; `parents`: partition or inheriting table -> what
    it is attached to.

    Methods that take `cascading` say with True what a TRUNCATE or DROP … CASCADE may do as well.
    """

    _kinds: Mapping[int, str]
    _parents: Mapping[int, tuple[int, ...]]
    _links: Links
    _children: dict[int, list[int]] = field(factory=dict, init=False)
    _keys: dict[int, list[Key]] = field(factory=dict, init=False)
    _users: dict[int, list[int]] = field(factory=dict, init=False)
    _kept: dict[tuple[int, bool, bool], frozenset[int] | None] = field(factory=dict, init=False)
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
        return self._reached(oid, self._read_next, (oid, False, False))

    def written(self, oid: int, cascading: bool) -> frozenset[int] | None:
        """Everything that writing a relation may write; None: that can't be known."""
        return self._reached(oid, lambda one: self._written_next(one, cascading), (oid, True, cascading))

    def changed(self, oid: int, kind: str) -> frozenset[Change] | None:
        """Everything that such a write to a relation may do, itself included; None: that can't be known."""
        if (oid, kind) not in self._changed:
            direct = closure([(oid, kind)], self._changed_next)
            found = {(above, done) for one, done in direct for above in self.above([one])}
            known = all(self._understood(one) for one, _ in found)
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
        links, changes = self._links, [self.changed(oid, kind) for kind in kinds]
        running = links.triggered | links.rules.keys() | links.calling
        return any(
            found is None or any(one in running or self._kinds[one] == FOREIGN for one, _ in found) for found in changes
        )

    def _reads(self, oid: int, calling: frozenset[int]) -> bool:
        reached = self.read(oid)
        return reached is None or any(one in calling or self._kinds[one] == FOREIGN for one in reached)

    def _depending(self, oid: int, cascading: bool) -> Iterable[int]:
        yield from self._children.get(oid, ())
        if cascading:
            yield from self._users.get(oid, ())
            yield from (key.referring for key in self._keys.get(oid, ()))

    def _reached(
        self, oid: int, step: Callable[[int], Iterable[int]], key: tuple[int, bool, bool]
    ) -> frozenset[int] | None:
        if key not in self._kept:
            found = self.above(closure([oid], step))
            self._kept[key] = frozenset(found) if all(self._understood(one) for one in found) else None
        return self._kept[key]

    def _understood(self, oid: int) -> bool:
        kind = self._kinds.get(oid)
        return kind is not None and (kind not in VIEWS or oid in self._links.views)

    def _read_next(self, oid: int) -> Iterable[int]:
        yield from self._links.views.get(oid, ())
        yield from self._links.policies.get(oid, ())
        yield from self._children.get(oid, ())

    def _changed_next(self, change: Change) -> Iterable[Change]:
        """A rule may write in any way."""
        oid, kind = change
        below = () if self._kinds.get(oid) == "m" else self._links.views.get(oid, ())
        yield from ((one, kind) for one in (*below, *self._children.get(oid, ())))
        yield from ((one, done) for one in self._links.rules.get(oid, ()) for done in WRITES[:3])
        for key in self._keys.get(oid, ()):
            yield from key.follows(kind)

    def _written_next(self, oid: int, cascading: bool) -> Iterable[int]:
        if self._kinds.get(oid) != "m":  # a materialized view is refreshed by itself: what it reads stays
            yield from self._links.views.get(oid, ())
        yield from self._links.rules.get(oid, ())
        yield from self._children.get(oid, ())
        for key in self._keys.get(oid, ()):
            if key.acts or cascading:
                yield key.referring


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
