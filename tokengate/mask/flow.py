"""What values are made of: the small algebra with which `lineage` follows statements. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tokengate.values import Origin


class Flow(NamedTuple):
    """What a value may be made of.

    `exact`: columns whose values it may be as they are stored; `computed`: columns it may have been computed from;
    `unknown`: why it may be made of anything, "" when it can't. `many`: it is another one in each of many rows that
    come from nowhere (generate_series, VALUES). `present`: columns of which it tells whether they have a value.
    """

    exact: frozenset[Origin] = frozenset()
    computed: frozenset[Origin] = frozenset()
    unknown: str = ""
    many: bool = False
    present: frozenset[Origin] = frozenset()

    @property
    def origins(self) -> frozenset[Origin]:
        """All it descends from, as far as that is known."""
        return self.exact | self.computed

    def changed(self) -> Flow:
        """The same after a computation."""
        return self._replace(exact=frozenset(), computed=self.origins) if self.exact else self


CLEAN = Flow()
MANY = Flow(many=True)
UNKNOWN_WIDTH = Flow(unknown="it has other columns than the gateway expects")


def union(flows: Iterable[Flow]) -> Flow:
    """A value that may be any of these."""
    found = CLEAN
    for flow in flows:
        if found is CLEAN:
            found = flow
        elif flow is not CLEAN and flow != found:
            found = Flow(
                found.exact | flow.exact,
                found.computed | flow.computed,
                found.unknown or flow.unknown,
                found.many or flow.many,
                found.present | flow.present,
            )
    return found


class Rows(NamedTuple):
    """The columns of something that rows come from. A name None may be any name, or one that nobody can write.

    `rest`: what further columns of unknown names hold, None when there are none. `ordered` False: the order is unknown.
    """

    columns: tuple[tuple[str | None, Flow], ...] = ()
    rest: Flow | None = None
    ordered: bool = True

    def column(self, name: str) -> Flow | None:
        """What the column of this name holds; None when none is known to have it."""
        found = [flow for column, flow in self.columns if column == name]
        return union(found) if found else None

    @property
    def unnamed(self) -> Flow | None:
        """What a column of a name that none is known to have may hold; None when there can be none."""
        found = [flow for column, flow in self.columns if column is None]
        if self.rest is not None:
            found.append(self.rest)
        return union(found) if found else None

    def whole(self) -> Flow:
        """What a row of them holds, as one value."""
        return union([flow for _, flow in self.columns] + [self.rest or CLEAN]).changed()

    def many(self) -> Rows:
        """The same, of many rows."""
        return self.each(lambda flow: union([flow, MANY]))

    def each(self, change: Callable[[Flow], Flow]) -> Rows:
        """With every column changed so."""
        columns = tuple((name, change(flow)) for name, flow in self.columns)
        return self._replace(columns=columns, rest=None if self.rest is None else change(self.rest))

    def renamed(self, names: Sequence[str]) -> Rows:
        """With the first columns renamed."""
        if not names:
            return self
        if not self.ordered or len(names) > len(self.columns):
            return Rows(tuple((name, self.loose()) for name in names), self.loose())
        kept = self.columns[len(names) :]
        renamed = tuple((name, flow) for name, (_, flow) in zip(names, self.columns, strict=False))
        return Rows(renamed + kept, self.rest)

    def loose(self) -> Flow:
        """What any one column may hold."""
        return union([flow for _, flow in self.columns] + [self.rest or CLEAN])

    def fits(self, count: int) -> bool:
        """Whether a result of `count` columns may be of these."""
        return self.rest is not None or not self.ordered or len(self.columns) == count

    def at(self, position: int, count: int) -> Flow:
        """What column `position` (from 0) of a result of `count` columns holds."""
        if self.rest is not None or not self.ordered:
            return self.loose()
        return self.columns[position][1] if len(self.columns) == count else UNKNOWN_WIDTH


def merged(rows: Sequence[Rows]) -> Rows:
    """Rows of any of these, by position: names are the first's."""
    if len(rows) == 1:
        return rows[0]
    if len({len(one.columns) for one in rows}) == 1 and all(one.rest is None and one.ordered for one in rows):
        zipped = zip(*(one.columns for one in rows), strict=True)
        return Rows(tuple((column[0][0], union(flow for _, flow in column)) for column in zipped))
    loose = union(one.loose() for one in rows)
    return Rows(tuple((name, loose) for name, _ in rows[0].columns), loose, ordered=False)


def beside(rows: Sequence[Rows]) -> Rows:
    """The columns of all of these, side by side."""
    rests = [one.rest for one in rows if one.rest is not None]
    columns = tuple(column for one in rows for column in one.columns)
    return Rows(columns, union(rests) if rests else None, all(one.ordered for one in rows))
