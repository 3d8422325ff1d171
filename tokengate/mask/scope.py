"""Where names are looked for while a statement is followed: SQL's scoping. Pure; `lineage` fills it."""

from __future__ import annotations

from typing import Any, NamedTuple

from tokengate.mask.flow import Rows, merged
from tokengate.sql.facts import Name


class Named(NamedTuple):
    """Something in FROM by its name; `table`: the relation's where it has no alias; `stored`: it is a relation."""

    alias: str | None
    table: Name | None
    rows: Rows
    stored: bool = False

    def answers(self, qualifier: tuple[str, ...]) -> bool:
        """Whether a column's qualifier (table, or schema and table) means it."""
        if len(qualifier) == 1:
            return qualifier[0] == (self.alias or (self.table.name if self.table else None))
        return (
            self.alias is None
            and self.table is not None
            and self.table.name == qualifier[-1]
            and self.table.schema in (None, qualifier[-2])
        )


class Frame(NamedTuple):
    """One FROM clause: what has a name, and what is behind bare column names and the star."""

    named: tuple[Named, ...] = ()
    bare: tuple[Rows, ...] = ()

    def __add__(self, other: Any) -> Any:
        return Frame(self.named + other.named, self.bare + other.bare)


class Scope(NamedTuple):
    """The frames a name is looked for in, innermost first, and the WITH queries."""

    frames: tuple[Frame, ...]
    ctes: dict[str, Rows]

    def inside(self, frame: Frame) -> Scope:
        """The same with a frame within the others."""
        return Scope((frame, *self.frames), self.ctes)

    def named(self, qualifier: tuple[str, ...]) -> Rows | None:
        """The innermost rows of that name; None where nothing has it."""
        for frame in self.frames:
            found = [named.rows for named in frame.named if named.answers(qualifier)]
            if found:
                return merged(found)
        return None

    def places(self, parts: tuple[str, ...]) -> list[Named]:
        """What in FROM a column (with its qualifier), row or star may be of; nothing where the server knows none."""
        maybe: list[Named] = []
        if parts == ("*",):
            return list(self.frames[0].named)
        for frame in self.frames:
            for named in frame.named:
                if named.answers(parts[:-1]) if len(parts) > 1 else named.rows.column(parts[0]) is not None:
                    return [*maybe, named]
            if len(parts) == 1:
                maybe += (one for one in frame.named if one.rows.unnamed is not None or one.answers(parts))
        return maybe
