"""Random queries: select lists, grouping, windows, set operations, CTEs of all kinds but those that write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

from attrs import evolve, frozen

from tests.canary import operations
from tests.canary.expressions import NAMES, Place
from tests.canary.scopes import Expression, Scope, quoted, whole
from tests.canary.sources import Query, Sources, shown
from tests.canary.zoo import FUNCTIONS, READABLE, SQL_TYPES, TYPES, Column, Taint, taint

ORDINARY = ("text", "int", "text", "json", "date", "texts", "num")
"""Types of the output columns that are made up, the usual ones first."""

_COLUMN = re.compile(r"([a-z]\w*\.)+[a-z]\w*")


@frozen
class Output:
    """A piece of a select list."""

    sql: str
    columns: tuple[Column, ...]


class Queries(Sources):
    """Writes queries."""

    def subquery(self, scope: Scope, kind: str) -> tuple[str, Taint]:
        query = self._simple(scope, (kind,)) if self.fuel < 4 else self.query(scope, (kind,))
        return query.sql, query.columns[0].taint

    def query(self, scope: Scope, kinds: Sequence[str] | None = None) -> Query:
        """Of output columns of these types, or of any."""
        if self.spent():
            return self._simple(scope, kinds)
        if self.maybe(18):
            return self._with(scope, kinds)
        if self.maybe(15):
            return self._set_operation(scope, kinds)
        if kinds is not None and self.maybe(10):
            return self.values(scope, kinds)
        return self.select(scope, kinds)

    def values(self, scope: Scope, kinds: Sequence[str]) -> Query:
        rows = [[self._typed(kind, Place(scope), 1) for kind in kinds] for _ in range(1 + self.below(2))]
        columns = tuple(
            Column(f"column{at + 1}", kind, max(row[at].taint for row in rows)) for at, kind in enumerate(kinds)
        )
        return Query("values " + ", ".join(f"({', '.join(cell.sql for cell in row)})" for row in rows), columns)

    def select(self, scope: Scope, kinds: Sequence[str] | None) -> Query:
        """SELECT … FROM …, with any clause."""
        if kinds is None and self.maybe(3):
            return self._table(scope)
        inner = self.from_clause(Scope((), scope))
        place = self._place(inner)
        outputs = self._outputs(place, kinds)
        distinct = "distinct " * self.maybe(10)
        if place.groups is None and not distinct and self.maybe(5):
            first = self.column(place)
            distinct = f"distinct on ({first.sql}) " if first else ""
        clauses = [f"select {distinct}{', '.join(output.sql for output in outputs)}", self._from(inner)]
        if self.maybe(35):
            clauses.append(f"where {self.condition(inner)}")
        if place.groups is not None:
            clauses.append(self._grouped(place))
        columns = tuple(column for output in outputs for column in output.columns)
        if self.maybe(6) and not distinct and place.groups is None:
            clauses.append(f"order by {self.expression(self.pick(operations.MAXIMA), place, 1).sql}, 1 limit 2")
            return Query(" ".join(filter(None, clauses)), columns)
        plain = not distinct.startswith("distinct on")
        return Query(" ".join(filter(None, [*clauses, self._ordered(columns, plain)])), columns)

    def _table(self, scope: Scope) -> Query:
        relation = self.pick(READABLE)
        self.notes.read(relation)
        self.notes.mention(taint(relation.columns))
        return Query(f"table {self.name(relation, scope)}", relation.columns)

    @staticmethod
    def _from(scope: Scope) -> str:
        return "from " + ", ".join(item.sql for item in scope.items) if scope.items else ""

    def _simple(self, scope: Scope, kinds: Sequence[str] | None) -> Query:
        """The plainest: one relation, columns."""
        inner = evolve(Scope((), scope), items=(self._relation(scope),))
        outputs = [self._output(self._typed(kind, Place(inner), 0)) for kind in kinds or (self.kind(Place(inner)),)]
        columns = tuple(column for output in outputs for column in output.columns)
        return Query(f"select {', '.join(output.sql for output in outputs)} {self._from(inner)}", columns)

    def _place(self, scope: Scope) -> Place:
        if not self.maybe(22):
            return Place(scope, windows=True)
        groups = tuple(made for _ in range(self.below(3)) if (made := self.column(Place(scope))) is not None)
        return Place(scope, groups, windows=self.maybe(20))

    def _grouped(self, place: Place) -> str:
        groups = [group.sql for group in place.groups or ()]
        having = f" having {self.condition(evolve(place.scope, items=()))}" if self.maybe(15) else ""
        if not groups:
            return having.strip()
        form = self.pick(("{}", "{}", "rollup ({})", "cube ({})", "grouping sets (({}), ())"))
        return f"group by {form.format(', '.join(groups))}{having}"

    def _ordered(self, columns: Sequence[Column], plain: bool) -> str:
        """ORDER BY and LIMIT; always by all there is, so that LIMIT means the same each time."""
        if not plain or not self.maybe(25):
            return ""
        order = f"order by {', '.join(str(at + 1) for at in range(len(columns)))}"
        count, _ = self.subquery(Scope(), "int") if self.maybe(10) else ("select 2", Taint.CLEAN)
        limit = f" limit (select abs(n) from ({count}) as counted (n) limit 1)"
        return order + self.pick(("", " limit 3", " offset 1", " fetch first 2 rows only", limit))

    def _outputs(self, place: Place, kinds: Sequence[str] | None) -> list[Output]:
        if kinds is not None:
            return [self._output(self._typed(kind, place)) for kind in kinds]
        return [self._any_output(place) for _ in range(1 + self.below(3))]

    def _any_output(self, place: Place) -> Output:
        if place.groups is None and self.maybe(22):
            return self._star(place.scope)
        if place.groups is None and place.windows and self.maybe(8):
            kind = self.pick([kind for kind in TYPES if operations.SETS[kind]])
            return self._output(self.operation(self.pick(operations.SETS[kind]), Place(place.scope), 0))
        if place.windows and self.maybe(4):
            return self._user_function(place)
        if self.maybe(35) and (column := self.column(place)) is not None:
            return self._output(column)
        return self._output(self.expression(self.kind(place) if self.maybe(50) else self.pick(ORDINARY), place))

    def _output(self, made: Expression) -> Output:
        """The expression, named: by an alias, or by itself when it is a column."""
        if _COLUMN.fullmatch(made.sql) and self.maybe(60):
            return Output(made.sql, (shown(made, made.sql.rpartition(".")[2]),))
        name = self.pick(NAMES)
        return Output(f"{made.sql} as {quoted(name)}", (shown(made, name),))

    def _star(self, scope: Scope) -> Output:
        rows = [source for source in scope.rows() if not source.scalar]
        if rows and self.maybe(25):
            source = self.pick(rows)
            self.notes.mention(whole(source))
            return Output(f"{quoted(source.alias)} as whole", (Column("whole", source.row or "other", whole(source)),))
        if self.maybe(50):
            source = self.pick(scope.sources)
            self.notes.mention(whole(source))
            return Output(f"{quoted(source.alias)}.*", source.columns)
        for column in scope.star:
            self.notes.mention(column.taint)
        return Output("*", scope.star)

    def _user_function(self, place: Place) -> Output:
        self.notes.opaque = True
        if self.maybe(50):
            self.notes.masked = True
            call = self.pick(
                ("zoo.reveal(2)", "(zoo.keepers()).email", "(select zoo.reveal(id) from zoo.plain limit 1)")
            )
            return Output(f"{call} as f", (Column("f", "text", Taint.TAINTED),))
        if self.maybe(50):
            self.notes.masked = True
            function = self.pick(FUNCTIONS)
            return Output(f"({function.schema}.{function.name}()).*", function.columns)
        made = self.expression("int", place, 0)
        return Output(f"zoo.twice({made.sql}) as f", (Column("f", "int", made.taint),))

    def _typed(self, kind: str, place: Place, depth: int | None = None) -> Expression:
        """Of exactly this type: what is read beside others must not differ in a modifier."""
        made = self.expression(kind, place, depth)
        return made if self.maybe(60) else evolve(made, sql=f"({made.sql})::{SQL_TYPES[kind]}")

    # ------------------------------------------------------------ several queries

    def _set_operation(self, scope: Scope, kinds: Sequence[str] | None) -> Query:
        left = self.select(scope, kinds or [self.pick(ORDINARY) for _ in range(1 + self.below(3))])
        right = self.query(scope, [column.type for column in left.columns])
        operator = self.pick(("union all", "union", "intersect", "except"))
        kept = operator.startswith("union")
        columns = tuple(
            evolve(ours, taint=max(ours.taint, theirs.taint if kept else theirs.taint.weakened))
            for ours, theirs in zip(left.columns, right.columns, strict=True)
        )
        return Query(f"({left.sql}) {operator} ({right.sql})", columns)

    def _with(self, scope: Scope, kinds: Sequence[str] | None) -> Query:
        if self.maybe(35):
            return self._recursive(scope, kinds)
        ctes: dict[str, tuple[Column, ...]] = {}
        written = []
        for _ in range(1 + self.below(2)):
            name = self.pick([name for name in (*NAMES, "v_keeper", "visit") if name not in ctes])
            query = self.query(Scope((), scope, dict(ctes)))
            columns, listed = query.columns, ""
            if self.maybe(30):
                given = [self.pick(NAMES) for _ in columns]
                columns = tuple(evolve(c, name=n) for c, n in zip(columns, given, strict=True))
                listed = f" ({', '.join(map(quoted, given))})"
            written.append(
                f"{quoted(name)}{listed} as {self.pick(('', 'materialized ', 'not materialized '))}({query.sql})"
            )
            ctes[name] = columns
        main = self.query(Scope((), scope, ctes), kinds)
        return Query(f"with {', '.join(written)} {inside_with(main)}", main.columns)

    def _recursive(self, scope: Scope, kinds: Sequence[str] | None) -> Query:
        """A CTE that reads itself, and at times hands its columns round among those of one type."""
        types = [self.pick(ORDINARY) for _ in range(1 + self.below(3))] if self.maybe(50) else ["text"] * 3
        first = self.select(scope, types)
        names = [f"c{at}" for at in range(len(types))]
        order = self._permuted(types)
        taints = [
            max((c.taint for at, c in enumerate(first.columns) if types[at] == kind), default=Taint.CLEAN)
            if order != list(range(len(types)))
            else first.columns[position].taint
            for position, kind in enumerate(types)
        ]
        columns = tuple(Column(n, k, t) for n, k, t in zip(names, types, taints, strict=True))
        casts = ", ".join(f"o.{quoted('c' + str(at))}::{SQL_TYPES[kind]}" for at, kind in enumerate(types))
        start = f"select {casts}, 1 from ({first.sql}) o ({', '.join(names)})"
        name = self.fresh("again")
        step = f"select {', '.join(names[at] for at in order)}, step + 1 from {name} where step < 3"
        main = self.query(Scope((), scope, {name: (*columns, Column("step", "int", Taint.CLEAN))}), kinds)
        union = self.pick(("union all", "union"))
        return Query(
            f"with recursive {name} ({', '.join(names)}, step) as ({start} {union} {step}) {inside_with(main)}",
            main.columns,
        )

    def _permuted(self, types: Sequence[str]) -> list[int]:
        order = list(range(len(types)))
        for at, kind in enumerate(types):
            others = [other for other in range(at) if types[other] == kind]
            if others and self.maybe(60):
                other = cast(int, self.pick(others))
                order[at], order[other] = order[other], order[at]
        return order


def inside_with(main: Query) -> str:
    """A query where it follows WITH: it may not begin with another."""
    return f"select * from ({main.sql}) as main" if main.sql.startswith("with ") else main.sql
