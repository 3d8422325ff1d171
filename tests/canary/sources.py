"""Random FROM clauses: relations, sub-selects, CTEs, functions, VALUES and joins of them, under names that may
mislead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve, frozen

from tests.canary.expressions import NAMES, Expressions, Place
from tests.canary.scopes import Expression, Item, Scope, Source, quoted
from tests.canary.zoo import FUNCTIONS, READABLE, TYPES, Column, Relation, Taint, joined, renamed

FUEL = 12
"""Relations and queries of one statement, about. What is spent then makes do with the plainest."""


@frozen
class Query:
    """A query with its output columns."""

    sql: str
    columns: tuple[Column, ...]


class Sources(Expressions):
    """Writes FROM items. `path`: the schemas of the session's search_path, in order; `kept`: the relations that it
    made itself.
    """

    def __init__(self, draw: Callable[[Any], Any], path: tuple[str, ...], kept: tuple[Relation, ...] = ()) -> None:
        super().__init__(draw)
        self.path = path
        self.kept = kept
        self.fuel = FUEL
        self._made = 0

    def query(self, scope: Scope) -> Query:
        """A whole query. Queries override it."""
        raise NotImplementedError

    def values(self, scope: Scope, kinds: Sequence[str]) -> Query:
        """A VALUES list. Queries override it."""
        raise NotImplementedError

    def spent(self) -> bool:
        """Whether to come to an end; each question costs."""
        self.fuel -= 1
        return self.fuel < 0

    def fresh(self, stem: str) -> str:
        """A name that nothing else in the statement has."""
        self._made += 1
        return f"{stem}{self._made}"

    def from_clause(self, scope: Scope) -> Scope:
        """`scope` with one to three items."""
        scope = self._joined(scope) if self.maybe(30) and not self.spent() else self._added(scope, self._item(scope))
        while len(scope.sources) < 3 and self.maybe(20) and not self.spent():
            scope = self._added(scope, self._item(scope))
        return scope

    def name(self, relation: Relation, scope: Scope) -> str:
        """A relation's name, without its schema where that means the same."""
        homes = [schema for schema in self.path if (schema, relation.name) in _HOMES]
        bare = homes[:1] == [relation.schema] and relation.name not in scope.with_queries()
        if not bare or not self.maybe(60):
            return f"{relation.schema}.{quoted(relation.name)}"
        self.notes.homonym |= len([home for home in _HOMES if home[1] == relation.name]) > 1
        return quoted(relation.name)

    def _added(self, scope: Scope, item: Item) -> Scope:
        return evolve(scope, items=(*scope.items, item))

    def _item(self, scope: Scope) -> Item:
        """One item; what is LATERAL sees `scope`, else its outer scopes alone."""
        lateral = bool(scope.items) and self.maybe(50)
        seen = scope if lateral else evolve(scope, items=())
        ctes = scope.with_queries()
        if ctes and self.maybe(50):
            name = self.pick(sorted(ctes))
            return self._aliased(quoted(name), ctes[name], scope, name)
        if self.spent() or self.maybe(55):
            return self._relation(scope)
        match self.below(5):
            case 0 | 1:
                query = self.query(seen)
                return self._aliased(f"{'lateral ' * lateral}({query.sql})", query.columns, scope)
            case 2:
                query = self.values(seen, [self.pick(TYPES) for _ in range(1 + self.below(3))])
                return self._aliased(f"{'lateral ' * lateral}({query.sql})", query.columns, scope)
            case 3:
                return self._set(scope)
            case _:
                function = self.pick(FUNCTIONS)
                self.notes.read(function)
                return self._aliased(f"{function.schema}.{function.name}()", function.columns, scope, function.name)

    def _relation(self, scope: Scope) -> Item:
        relation = self.pick(self.kept if self.kept and self.maybe(50) else READABLE)
        self.notes.read(relation)
        only = "only " * (relation.kind == "table" and self.maybe(10))
        name = self.name(relation, scope)
        item = self._aliased(only + name, relation.columns, scope, relation.name)
        (source,) = item.sources
        schema = relation.schema * (
            source.alias == relation.name and name.startswith(f"{relation.schema}.") and " as " not in item.sql
        )
        if relation.kind == "table" and self.maybe(5):
            item = evolve(item, sql=item.sql + self._sampled())
        row = relation.name * (relation.name == "keeper" and source.columns == relation.columns)
        return evolve(item, sources=(evolve(source, schema=schema, row=row),))

    def _sampled(self) -> str:
        """All rows, but by an expression that the server evaluates."""
        share, seed = (self.subquery(Scope(), "num")[0] for _ in range(2))
        first = "coalesce((select n::numeric from ({}) as sample (n) limit 1), 1)"
        return f" tablesample system (100 + 0 * {first.format(share)}) repeatable ({first.format(seed)})"

    def _set(self, scope: Scope) -> Item:
        """A function that returns a set, over what is to its left."""
        place = Place(scope)
        form = self.pick(("series", "unnest", "each", "both", "rows", "record"))
        if form == "series":
            n = (Column("n", "int", Taint.CLEAN),)
            return self._aliased("generate_series(1, 2)", n, scope, names=("n",), scalar=True)
        if form == "each":
            made = self.expression("json", place, 1)
            columns = (Column("key", "text", made.taint.weakened), Column("value", "text", made.taint))
            call = f"jsonb_each_text(case when jsonb_typeof({made.sql}) = 'object' then {made.sql} end)"
            return self._aliased(call, columns, scope)
        made, other = self.expression("texts", place, 1), self.expression("texts", place, 0)
        columns = (Column("v", "text", made.taint), Column("w", "text", other.taint))
        number = Column("n", "big", max(made.taint, other.taint).weakened)
        match form:
            case "unnest":
                unnested = (evolve(columns[0], name="unnest"),)
                return self._aliased(f"unnest({made.sql})", unnested, scope, scalar=True)
            case "both":
                return self._aliased(f"unnest({made.sql}, {other.sql})", columns, scope, names=("v", "w"))
            case "rows":
                call = f"rows from (unnest({made.sql}), unnest({other.sql})) with ordinality"
                return self._aliased(call, (*columns, number), scope, names=("v", "w", "n"))
            case _:
                call = f"jsonb_to_record(jsonb_build_object('v', ({made.sql})[1], 'w', ({other.sql})[1]))"
                alias = self.pick([name for name in NAMES if name not in {one.alias for one in scope.sources}])
                return Item(f"{call} as {quoted(alias)} (v text, w text)", (Source(alias, columns),), columns)

    def _aliased(
        self,
        sql: str,
        columns: tuple[Column, ...],
        scope: Scope,
        own: str = "",
        names: tuple[str, ...] = (),
        scalar: bool = False,
    ) -> Item:
        """The item under an alias that is free in its level, with its columns renamed at times."""
        taken = {source.alias for source in scope.sources}
        if own and own not in taken and self.maybe(45) and not names:
            source = Source(own, columns, scalar)
            return Item(sql, (source,), columns)
        alias = self.pick([name for name in NAMES if name not in taken])
        if not names and self.maybe(25):
            names = tuple(self.pick(NAMES) for _ in range(1 + self.below(len(columns))))
        if scalar:
            columns = renamed(columns, names or (alias,))
        source = Source(alias, renamed(columns, names), scalar)
        listed = f" ({', '.join(map(quoted, names))})" if names else ""
        return Item(f"{sql} as {quoted(alias)}{listed}", (source,), source.columns)

    def _joined(self, scope: Scope) -> Scope:
        """A chain of two items, at times under an alias of its own."""
        left = self._item(scope)
        both = self._added(scope, left)
        right = self._item(both)
        lateral = any(word in right.sql for word in ("lateral", "unnest(", "jsonb_each_text(", "jsonb_to_record("))
        kind = self.pick(("join", "left join") if lateral else ("join", "left join", "right join", "full join"))
        shared = _shared(left.star, right.star)
        sources = (*left.sources, *right.sources)
        if shared and self.maybe(40):
            return self._added(scope, self._wrapped(self._using(left, right, kind, shared), scope))
        if self.maybe(15):
            joined_sql = f"{left.sql} cross join {right.sql}"
        else:
            inner = Scope((Item("", sources, (*left.star, *right.star)),), scope.outer, scope.ctes)
            on = self.condition(inner) if kind != "full join" else self._equality(left, right)
            joined_sql = f"{left.sql} {kind} {right.sql} on {on}"
        return self._added(scope, self._wrapped(Item(joined_sql, sources, (*left.star, *right.star)), scope))

    def _wrapped(self, join: Item, scope: Scope) -> Item:
        """The join, at times under an alias that hides those in it."""
        return self._aliased(f"({join.sql})", join.star, scope) if self.maybe(25) else join

    def _using(self, left: Item, right: Item, kind: str, shared: list[str]) -> Item:
        natural = self.maybe(30) and set(shared) == {c.name for c in left.star} & {c.name for c in right.star}
        used = shared if natural else [self.pick(shared)]
        by_name = {column.name: column for column in right.star}
        merged = []
        for column in left.star:
            if column.name in used:
                self.notes.mention(max(column.taint, by_name[column.name].taint))
                merged.append(evolve(column, taint=joined(column.taint, by_name[column.name].taint)))
        rest = [column for column in (*left.star, *right.star) if column.name not in used]
        listed = f" using ({', '.join(map(quoted, used))})"
        sql = f"{left.sql} {'natural ' * natural}{kind} {right.sql}{'' if natural else listed}"
        return Item(sql, (*left.sources, *right.sources), (*merged, *rest))

    def _equality(self, left: Item, right: Item) -> str:
        """What FULL JOIN can do: a comparison of two columns."""
        ours, theirs = (list(Scope((item,)).references()) for item in (left, right))
        pairs = [
            (one, other)
            for one in ours
            for other in theirs
            if one.type == other.type and "." in one.sql and "." in other.sql
        ]
        if not pairs:
            return "true"
        one, other = self.pick(pairs)
        self.notes.mention(max(one.taint, other.taint))
        return f"{one.sql} = {other.sql}"


_HOMES = frozenset((relation.schema, relation.name) for relation in READABLE)


def _shared(left: tuple[Column, ...], right: tuple[Column, ...]) -> list[str]:
    """Names of columns that either side has once, of one type."""
    ours, theirs = ([column.name for column in side] for side in (left, right))
    kinds = {column.name: column.type for column in right}
    return [
        c.name for c in left if ours.count(c.name) == theirs.count(c.name) == 1 and kinds[c.name] == c.type != "other"
    ]


def shown(made: Expression, name: str) -> Column:
    """An expression as an output column."""
    return Column(name, made.type, made.taint)
