"""Random expressions of a wanted type, for any place in a query, with their true taint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from attrs import define, evolve, frozen
from hypothesis import strategies as st

from tests.canary import operations
from tests.canary.operations import Operation
from tests.canary.scopes import Expression, Scope, Source, quoted, whole
from tests.canary.zoo import KEEPER, LITERALS, PARAMETERS, SQL_TYPES, TYPES, Column, Relation, Taint

T = TypeVar("T")

NAMES = ("a", "b", "t", "x", "name", "email", "label", "id", "keeper", "plain", "who", "Odd Col", "select", "animal")
"""For aliases of all kinds: some are names of columns and relations, so that one shadows another."""

DEEPEST = 3
"""Operations within one another."""


@define
class Notes:
    """What a statement turns out to touch. `masked`: a masked column, anywhere, in any way. `shaded`: a view that
    has one. `homonym`: a bare name that a relation with masked columns has in another schema. `opaque`: a function
    that users made. `copied`: something of a masked column is stored where it isn't masked.
    """

    masked: bool = False
    shaded: bool = False
    homonym: bool = False
    opaque: bool = False
    copied: bool = False

    @property
    def kind(self) -> str:
        """The first of what it touches, where that may be masked or withheld; "untouched" when there is nothing."""
        return next((name for name in ("masked", "shaded", "opaque", "homonym") if getattr(self, name)), "untouched")

    def mention(self, found: Taint) -> None:
        """A value of this taint is used."""
        self.masked |= found > Taint.CLEAN

    def read(self, relation: Relation) -> None:
        """A relation is named in FROM."""
        self.shaded |= relation.shaded
        self.opaque |= relation.kind == "function"


@frozen
class Place:
    """Where an expression stands. `groups`: what may be used outside aggregates in a grouped query. `windows`: they
    are allowed.
    """

    scope: Scope
    groups: tuple[Expression, ...] | None = None
    windows: bool = False

    @property
    def plain(self) -> Place:
        """Inside an aggregate, which would be an outer query's if it named outer columns alone."""
        return Place(Scope(self.scope.items, None, self.scope.with_queries()))

    @property
    def outside(self) -> Scope:
        """What a sub-select here may refer to: of a grouped query nothing, as only whole group expressions would be
        valid.
        """
        return self.scope if self.groups is None else evolve(self.scope, items=())


class Chance:
    """Hypothesis' choices. The first of what is offered is the simplest: failures shrink towards it."""

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        self._draw = draw

    def below(self, count: int) -> int:
        chosen: int = self._draw(st.integers(0, count - 1)) if count > 1 else 0
        return chosen

    def pick(self, offered: Sequence[T]) -> T:
        return offered[self.below(len(offered))]

    def maybe(self, percent: int) -> bool:
        return self.below(100) >= 100 - percent


class Expressions(Chance):
    """Writes expressions. `subquery` is asked for what they contain. `bound`: some constants become `parameters`."""

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        super().__init__(draw)
        self.notes = Notes()
        self.bound = False
        self.parameters: list[bytes] = []

    def subquery(self, scope: Scope, kind: str) -> tuple[str, Taint]:
        """A query of one column of a type. Queries override it."""
        raise NotImplementedError

    def kind(self, place: Place) -> str:
        """A type, sooner one that a column here has."""
        kinds = sorted({reference.type for reference in self._references(place)} & set(TYPES))
        return self.pick(kinds) if kinds and not self.maybe(20) else self.pick(TYPES)

    def expression(self, kind: str, place: Place, depth: int | None = None) -> Expression:
        """Of the type `kind`."""
        depth = self.below(DEEPEST + 1) if depth is None else depth
        if place.windows and self.maybe(8):
            return self._window(kind, place)
        if place.groups is not None and self.maybe(50):
            return self._aggregate(kind, place)
        if depth <= 0:
            return self._leaf(kind, place)
        if self.maybe(12):
            return self._selected(kind, place)
        if self.maybe(15) and (found := self._of_row(kind, place)) is not None:
            return found
        return self.operation(self.pick(operations.SCALAR[kind]), place, depth - 1)

    def operation(self, operation: Operation, place: Place, depth: int) -> Expression:
        """One operation, its arguments made up."""
        arguments = [self.expression(argument.rstrip("?"), place, depth) for argument in operation.arguments]
        taints = [
            made.taint.weakened if meant.endswith("?") else made.taint
            for made, meant in zip(arguments, operation.arguments, strict=True)
        ]
        filled = operation.filled([argument.sql for argument in arguments])
        return Expression(filled, operation.result, max(taints, default=Taint.CLEAN))

    def condition(self, scope: Scope) -> str:
        """For WHERE, ON, FILTER or HAVING; more often than not one that holds."""
        made = self.expression("bool", Place(scope), 1).sql
        return f"({made} or true)" if self.maybe(60) else f"{made} is not null" if self.maybe(50) else made

    def column(self, place: Place, kind: str | None = None) -> Expression | None:
        """A column that can be named here."""
        found = [reference for reference in self._references(place) if kind in (None, reference.type)]
        return self._used(self.pick(found)) if found else None

    def _references(self, place: Place) -> list[Expression]:
        return list(place.scope.references() if place.groups is None else place.groups)

    def _used(self, expression: Expression) -> Expression:
        self.notes.mention(expression.taint)
        return expression

    def _leaf(self, kind: str, place: Place) -> Expression:
        found = self.column(place, kind) if not self.maybe(15) else None
        if found is not None:
            return found
        if place.groups is not None and self.maybe(50):
            return self._aggregate(kind, place)
        return Expression(self._constant(kind), kind, Taint.CLEAN)

    def _constant(self, kind: str) -> str:
        """A literal, or a parameter where there may be some."""
        if self.bound and kind in PARAMETERS and self.maybe(60):
            self.parameters.append(PARAMETERS[kind])
            return f"(${len(self.parameters)}::{SQL_TYPES[kind]})"
        return self.pick((*LITERALS[kind], f"null::{SQL_TYPES[kind]}"))

    def _aggregate(self, kind: str, place: Place) -> Expression:
        offered = operations.AGGREGATES[kind]
        if not offered:
            return Expression(f"null::{SQL_TYPES[kind]}", kind, Taint.CLEAN)
        made = self.operation(self.pick(offered), place.plain, self.below(2))
        if self.maybe(15) and not made.sql.startswith("("):
            return evolve(
                made, sql=f"{made.sql} filter (where {self.condition(place.scope)})", taint=max(made.taint, self._weak)
            )
        return made

    @property
    def _weak(self) -> Taint:
        return Taint.INFERRED if self.notes.masked else Taint.CLEAN

    def _window(self, kind: str, place: Place) -> Expression:
        inside = evolve(place, windows=False)
        offered = operations.WINDOWS[kind]
        if not offered:
            return self._leaf(kind, inside)
        made = self.operation(self.pick(offered), inside, 0)
        partition, order = (self.expression(self.pick(operations.MAXIMA), inside, 0) for _ in range(2))
        over = f"partition by {partition.sql} " * self.maybe(30) + f"order by {order.sql}"
        weak = max(partition.taint, order.taint).weakened
        return Expression(f"({made.sql} over ({over}))", kind, max(made.taint, weak))

    def _selected(self, kind: str, place: Place) -> Expression:
        scope = place.outside
        if kind == "bool":
            other = self.pick(operations.MAXIMA)
            inner, taint = self.subquery(scope, other)
            compared = self.expression(other, evolve(place, windows=False), 0)
            sql = f"{compared.sql} in ({inner})" if self.maybe(50) else f"exists ({inner})"
            return Expression(f"({sql})", kind, max(taint, compared.taint).weakened)
        if kind == "texts":
            inner, taint = self.subquery(scope, "text")
            return Expression(f"array({inner})", kind, taint)
        inner, taint = self.subquery(scope, kind)
        return Expression(f"(select * from ({inner}) one limit 1)", kind, taint)

    def _of_row(self, kind: str, place: Place) -> Expression | None:
        """Made of a whole row of this level."""
        if self.maybe(20) and (found := self._of_keeper(kind, place)) is not None:
            return found
        sources = [] if place.groups is not None else list(place.scope.rows())
        if not sources:
            return None
        source = self.pick(sources)
        row, taint = quoted(source.alias), whole(source)
        if kind == "json":
            sql = self.pick(
                (
                    "to_jsonb({0})",
                    "{0}.to_jsonb",
                    "jsonb_build_array({0}, 1)",
                    "(to_jsonb({0}) - 'id')",
                    "(row_to_json({0}))::jsonb",
                )
            )
            return self._used(Expression(sql.format(row), kind, taint))
        if kind == "text" and self.maybe(60):
            sql = self.pick(("({0})::text", "row_to_json({0})::text", "row({0}.*)::text", "({0}.*)::text", "concat({0})", "format('%s', {0})",
                             "to_json({0})::text", "json_build_array({0})::text", "textin(record_out({0}))"))  # fmt: skip
            return self._used(Expression(sql.format(row), kind, taint))
        return self._field(kind, source)

    def _field(self, kind: str, source: Source) -> Expression | None:
        columns = [c for c in source.columns if c.type == kind and sum(o.name == c.name for o in source.columns) == 1]
        if not columns:
            return None
        column: Column = self.pick(columns)
        row, name = quoted(source.alias), quoted(column.name)
        if kind == "text" and self.maybe(40):
            self.notes.mention(whole(source))
            key = column.name.replace("'", "''")
            taint = max(column.taint, whole(source).weakened)
            return Expression(f"(to_jsonb({row}) ->> '{key}')", kind, taint)
        return self._used(Expression(f"({row}).{name}", kind, column.taint))

    def _of_keeper(self, kind: str, place: Place) -> Expression | None:
        """A field of a row of zoo.keeper that is a value by itself: a column somewhere, or a sub-select."""
        offered = [column for column in KEEPER.columns if column.type == kind]
        if not offered:
            return None
        column = self.pick(offered)
        row = self.column(place, "keeper")
        self.notes.mention(Taint.TAINTED)
        value = row.sql if row else "(select r from zoo.keeper as r order by id limit 1)"
        return Expression(f"({value}).{column.name}", kind, column.taint)
