"""Relation names that may mean something else than a catalogue says, because of what a session has just done.

Other sessions, and so the gateway's catalogue, see a transaction's definitions after its commit. Until then the
protocol notes them in `session.session.Session.unsettled`, and enforcers ask there. Schemas are not told apart: a name
that is in doubt in one is in doubt in all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import define, evolve, field

from tokengate.sql.facts import Name, Statement
from tokengate.sql.made import NOTHING_MADE, Made

_EVERY = "*"
"""Among the names: all of them."""

_MOVING = frozenset({"create_extension", "alter_extension", "alter_extension_contents", "import_foreign_schema"})
"""Kinds of statement that may make or move relations which they don't name."""

_STAYING = frozenset({"drop", "index"})
"""Kinds that make nothing to be read or written, and change nothing of what reading and writing reaches."""


_CODING = frozenset(
    {"create_function", "alter_function", "rename", "alter_object_schema", "define", "create_cast", "create_op_class",
     "create_op_family", "alter_op_family", "alter_operator", "create_conversion", "create_transform", "create_policy",
     "alter_policy"}
) | _MOVING  # fmt: skip
"""Kinds that make or change code which runs wherever it is called, or read. Of triggers and rules it is the relation
that is in doubt.
"""


@define
class Unsettled:
    """What is in doubt. `names` may each be anything now; `tables` were made as tables, and are nothing more; `made` is
    what is known of all that the open transaction has made.

    `strangers`: code has run that may have made relations, so that any other name the catalogue doesn't know may be
    anything. `code`: functions or operators were made or changed, which a user's code may come to.
    """

    names: set[str] = field(factory=set)
    tables: set[str] = field(factory=set)
    made: Made = NOTHING_MADE
    strangers: bool = False
    code: bool = False

    def __bool__(self) -> bool:
        return bool(self.names or self.tables or self.strangers or self.code)

    def clear(self) -> None:
        """The catalogue shows it all."""
        self.names.clear()
        self.tables.clear()
        self.made = NOTHING_MADE
        self.strangers = self.code = False

    def note(self, statement: Statement, acts: Callable[[Name], bool]) -> None:
        """This statement is about to run. `acts`: whether a function may change the database."""
        self.made = self.made.after(statement, acts)
        acting = any(map(acts, statement.functions))
        if statement.dynamic or statement.kind in _MOVING or acting:
            self.strangers = True
        if statement.kind in _CODING if "code" in statement.categories else acting and statement.kind == "view":
            self.code = True
        if "ddl" in statement.categories and statement.kind not in _STAYING:
            self.tables |= _bare(statement.tables)
            self.names |= _moved(statement)

    def noting(self, statements: Iterable[Statement], acts: Callable[[Name], bool]) -> Unsettled:
        """The same after these statements as well."""
        after = evolve(self, names=set(self.names), tables=set(self.tables))
        for statement in statements:
            after.note(statement, acts)
        return after

    def doubts(self, name: Name, *, known: bool) -> bool:
        """Whether the name may be anything. `known`: the catalogue has a relation of that name."""
        if name.name in self.names or _EVERY in self.names:
            return True
        return self.strangers and not known and name.name not in self.tables

    def is_table(self, name: Name) -> bool:
        """Whether the session has made a table of this name, and nothing else."""
        return name.name in self.tables and not self.doubts(name, known=True)


def _moved(statement: Statement) -> set[str]:
    """The names that may mean something else after a definition."""
    defined = _bare(statement.defines)
    match statement.kind:
        case "rename" if statement.renamed is not None:
            return defined | {statement.renamed.name}
        case "rename":
            return set() if defined else {_EVERY}  # of something in a relation, or of a schema
        case "alter_table":  # other relations are named where it is attached to them, or they to it
            moved = statement.reads or "code" in statement.categories
            return defined | _bare(statement.reads) if moved else set()
        case "create":
            return defined - _bare(statement.tables) | _bare(statement.reads)
        case _:
            return defined - _bare(statement.tables)


def _bare(names: Iterable[Name]) -> set[str]:
    return {name.name for name in names}
