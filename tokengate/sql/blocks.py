"""A statement's queries as blocks: what is read, what is computed of it, and where it goes, in any dialect.

A dialect's reader (`tokengate.sql.queries` for PostgreSQL) makes them once a text; `tokengate.mask.lineage` follows
values through them with a catalogue. Constants are left out, names are as written, nothing is looked up here. Plain
tuples: several are made for every statement.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from tokengate.sql.facts import Name


class Ref(NamedTuple):
    """A column as written: `("email",)`, `("c", "email")`, `("app", "customers", "email")`; "*" for a star.

    A bare name may turn out to be a whole row; `EVERY_OUTPUT` stands for all the block puts out. `exact`: the value
    arrives as it is stored, not computed with.
    """

    parts: tuple[str, ...]
    exact: bool = False


EVERY_OUTPUT = ("",)
"""What `ORDER BY 1`, `DISTINCT` and INTERSECT are about: facts don't tell one ordinal from another."""


class Call(NamedTuple):
    """A function, or an operator that may be a user's, applied to `arguments`. `many`: it has a value for each of many
    rows whatever it is given (a function that returns a set, a window function).
    """

    name: Name
    arguments: Expression
    operator: bool = False
    many: bool = False


class Nested(NamedTuple):
    """A sub-select in an expression. `shown` False: only whether it has rows matters (EXISTS)."""

    query: Query
    exact: bool = False
    shown: bool = True


class Present(NamedTuple):
    """Whether a column has a value: IS NULL, count(column)."""

    column: Ref


class Field(NamedTuple):
    """`(expression).name`: a field of a composite value, or the function `name` applied to it."""

    of: Expression
    name: str


class Typed(NamedTuple):
    """The type that the expression it is in, or a part of that, is cast to."""

    type: Name


Atom = Ref | Present | Call | Nested | Field | Typed
Expression = tuple[Atom, ...]
"""All that an expression's value is made of, in no order; constants and parameters are left out."""


class Operand(NamedTuple):
    """What a column is compared with, or set to: parameter number `parameter` (from 1), or the literal at byte
    `location` of the very text that was analysed.
    """

    parameter: int = 0
    location: int = -1


class Comparison(NamedTuple):
    """`column = operand`, or IN a list of them. `any`: = ANY of an array."""

    column: Ref
    operands: tuple[Operand, ...]
    any: bool = False


class Condition(NamedTuple):
    """What chooses, joins, groups or orders rows. `clause` is its word ("WHERE", "ORDER BY", …).

    `tests` are its parts that count one by one: what AND, OR and NOT are made of, the items of a list. The tests of a
    column against parameters and constants alone are in `equal` instead.
    """

    clause: str
    tests: tuple[Expression, ...]
    equal: tuple[Comparison, ...] = ()


class Output(NamedTuple):
    """One item of a select list. `name` None: whatever the server calls it; `star`: it is all columns of `value`."""

    name: str | None
    value: Expression
    star: bool = False


class Table(NamedTuple):
    """A relation, or a CTE of that name. `columns` are aliases of its first columns.

    `target`: it is what is written, so never a CTE. `hidden`: named by its alias alone (`excluded`, `old`, `new`), in
    no star and behind no bare column name.
    """

    name: Name
    alias: str | None = None
    columns: tuple[str, ...] = ()
    target: bool = False
    hidden: bool = False


class Derived(NamedTuple):
    """A sub-select in FROM."""

    query: Query
    alias: str | None
    columns: tuple[str, ...] = ()
    lateral: bool = False


class Scan(NamedTuple):
    """Functions in FROM, XMLTABLE or JSON_TABLE: rows of columns made of `value`. `hidden`: as in `Table`."""

    value: Expression
    alias: str | None
    columns: tuple[str, ...] = ()
    hidden: bool = False


class Join(NamedTuple):
    """A join. `using`: the columns it merges; None for a natural one: all that both have."""

    left: Source
    right: Source
    using: tuple[str, ...] | None = ()
    alias: str | None = None
    columns: tuple[str, ...] = ()
    using_alias: str | None = None


Source = Table | Derived | Scan | Join


class Cte(NamedTuple):
    """One WITH query. `extra`: columns that SEARCH and CYCLE add."""

    name: str
    query: Query
    columns: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


class Assignment(NamedTuple):
    """A value written to a column of the target. `operand`: the parameter or literal that it is, whole."""

    column: str
    value: Expression
    operand: Operand | None = None


class Write(NamedTuple):
    """What a statement writes. `rows` go to `columns` in order, None: to all of the target's (a new relation has no
    others); `operands`: the parameters and literals in those rows, by the row's position.
    """

    target: Name
    rows: Query | None = None
    columns: tuple[str, ...] | None = None
    assignments: tuple[Assignment, ...] = ()
    operands: tuple[tuple[int, Operand], ...] = ()
    creates: bool = False


class Query(NamedTuple):
    """One block. `operands`: those of a set operation, which then has no outputs of its own. `many`: rows that come
    from nowhere (VALUES). `compared`: tests of a column against operands alone that are within larger expressions.

    `limits` is what says how many rows there are: LIMIT, OFFSET, the arguments of functions that return sets.
    """

    outputs: tuple[Output, ...] = ()
    sources: tuple[Source, ...] = ()
    conditions: tuple[Condition, ...] = ()
    ctes: tuple[Cte, ...] = ()
    recursive: bool = False
    operands: tuple[Query, ...] = ()
    limits: Expression = ()
    compared: tuple[Comparison, ...] = ()
    writes: tuple[Write, ...] = ()
    many: bool = False


class Reading:
    """A statement's blocks, read when somebody first asks for them: most routes never do.

    `query` None: the statement moves no values, or (`lost`) it can't be followed. `loose`: the parameters used
    elsewhere than as a whole `Operand`. `read(tree)` reads the parse tree, or makes another where that is None.
    """

    __slots__ = ("_found", "_read", "_tree")

    def __init__(self, read: Callable[[Any], tuple[Query | None, frozenset[int]]], tree: Any = None) -> None:
        self._read = read
        self._tree = tree
        self._found: tuple[Query | None, frozenset[int], bool] | None = None
        if tree is not None:
            if len(_FRESH) == _FRESH.maxlen:
                _FRESH[0]._tree = None
            _FRESH.append(self)

    @property
    def query(self) -> Query | None:
        return self._all()[0]

    @property
    def loose(self) -> frozenset[int]:
        return self._all()[1]

    @property
    def lost(self) -> bool:
        return self._all()[2]

    def _all(self) -> tuple[Query | None, frozenset[int], bool]:
        if self._found is None:
            try:
                self._found = (*self._read(self._tree), False)
            except (RecursionError, KeyError, TypeError, ValueError, AttributeError, AssertionError):
                self._found = None, frozenset(), True
            self._tree = None
        return self._found


_FRESH: deque[Reading] = deque(maxlen=16)
"""The readings whose parse trees are still there: trees are large, and soon asked for or never."""
