"""Random statements: queries, and writes with all that may stand in them, alone or inside a query; and how a client
asks for them.

An example is what one transaction does. It is rolled back at its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from attrs import evolve, frozen
from hypothesis import strategies as st

from tests.canary.expressions import Notes, Place
from tests.canary.queries import Output, Queries, inside_with
from tests.canary.scopes import Expression, Item, Scope, Source, quoted
from tests.canary.sources import Query
from tests.canary.zoo import SQL_TYPES, TABLES, TYPES, Column, Relation, Taint, taint

DEFINING = ("simple", "extended")
BINDING = ("extended", "binary", "prepared")
WRITING = (
    "simple", "extended", "binary", "prepared", "executed", "explained", "first", "second", "switched", "moved", "replanned"
)  # fmt: skip
READING = (*WRITING, "cursor", "copy")
"""Ways to ask. "switched": the search_path is set in the same text; "moved" and "replanned": it is set between PREPARE
and EXECUTE, or Parse and Bind; "first" and "second": as one of two statements of a text; "whole": it says itself that it is a copy."""

SWITCHES = (
    "set local search_path = {0}", "set search_path to {0}", "select set_config('search_path', '{0}', true)",
    "select pg_catalog.set_config('search_path', '{0}', false)",
    "set local search_path = {0}; savepoint u; set local search_path = pg_catalog; rollback to u",
)  # fmt: skip

PATHS = (("zoo", "cage"), ("cage", "zoo"), ("zoo",))

WRITTEN = tuple(relation for relation in TABLES if relation.kind == "table")


_PARAMETER = re.compile(r"\$(\d+)")
_ID = Column("id", "int", Taint.CLEAN)


@frozen
class Statement:
    """One statement with the truth about its result. `path`: the search_path that it runs under; `switch`: how the
    session comes to that, when it isn't there yet.
    """

    sql: str
    way: str
    columns: tuple[Column, ...]
    notes: Notes
    path: tuple[str, ...]
    switch: str
    parameters: tuple[bytes, ...] = ()


@frozen
class Example:
    """The statements of a transaction."""

    statements: tuple[Statement, ...]


class Writer(Queries):
    """Writes one statement. `keeps`: the relation of the session's own that it makes."""

    keeps: Relation | None = None

    def statement(self) -> Statement:
        """A query, sooner than a write."""
        if self.maybe(8):
            query, ways = (self._keep(), DEFINING) if self.maybe(60) else (self._copy(), ("whole",))
        else:
            self.bound = self.maybe(25)
            query, ways = (self._write(), WRITING) if self.maybe(25) else (self.query(Scope()), READING)
        sql, parameters = self._numbered(query.sql)
        way = self.pick(BINDING if parameters else ways)
        columns = () if way == "explained" else query.columns
        return Statement(sql, way, columns, self.notes, self.path, self.pick(SWITCHES), parameters)

    def _numbered(self, sql: str) -> tuple[str, tuple[bytes, ...]]:
        """The text with its parameters numbered anew: some were made up for what was given up."""
        used = list(dict.fromkeys(int(found) for found in _PARAMETER.findall(sql)))
        sql = _PARAMETER.sub(lambda found: f"${used.index(int(found[1])) + 1}", sql)
        return sql, tuple(self.parameters[number - 1] for number in used)

    def _copy(self) -> Query:
        """COPY of a table itself."""
        relation = self.pick(TABLES)
        columns = tuple(column for column in relation.columns if self.maybe(30)) or relation.columns[:2]
        for column in columns:
            self.notes.mention(column.taint)
        listed = ", ".join(quoted(column.name) for column in columns)
        return Query(f"copy {self.name(relation, Scope())} ({listed}) to stdout", columns)

    def _write(self) -> Query:
        if self.maybe(35):
            inner = self.pick((self._insert, self._update, self._delete))()
            name = self.fresh("w")
            if not inner.columns:
                inner = evolve(inner, sql=f"{inner.sql} returning 1 as x", columns=(Column("x", "int", Taint.CLEAN),))
            main = self.query(Scope((), None, {name: inner.columns}))
            if self.maybe(60):
                main = Query(f"select * from {name}", inner.columns)
            return Query(f"with {name} as ({inner.sql}) {inside_with(main)}", main.columns)
        return self._change()

    def _change(self) -> Query:
        """INSERT, UPDATE, DELETE or MERGE."""
        return self.pick((self._insert, self._update, self._delete, self._merge))()

    def _insert(self) -> Query:
        target = self.pick([relation for relation in WRITTEN if relation.columns[0].name == "id" or self.maybe(30)])
        columns = [target.columns[0], *(c for c in target.columns[1:] if self.maybe(40))]
        kinds = [column.type for column in columns]
        query = self.query(Scope(), kinds) if self.maybe(60) else self.values(Scope(), kinds)
        if columns[0].name == "id" and self.maybe(70):
            listed = ", ".join(f"c{at}" for at in range(len(columns)))
            rest = "".join(f", c{at}" for at in range(1, len(columns)))
            query = Query(
                f"select 90 + row_number() over (){rest} from ({query.sql}) as q ({listed})", (_ID, *query.columns[1:])
            )
        written = {c.name: q.taint for c, q in zip(columns, query.columns, strict=True)}
        conflict = ""
        if self.maybe(30):
            conflict = " on conflict do nothing"
            if target.name in ("plain", "keeper", "animal") and self.maybe(60):
                changed = self.pick(target.columns[1:])
                source = self.pick([c for c in columns if c.type == changed.type] or [changed])
                conflict = f" on conflict (id) do update set {quoted(changed.name)} = excluded.{quoted(source.name)}"
                written[changed.name] = max(
                    written.get(changed.name, Taint.CLEAN), written.get(source.name, changed.taint)
                )
        after = self._stored(target, written)
        head = f"insert into {target.schema}.{quoted(target.name)} as it ({', '.join(quoted(c.name) for c in columns)})"
        back = self._returning(Scope(_item("it", after)))
        return Query(f"{head} {query.sql}{conflict}{back.sql}", back.columns)

    def _update(self) -> Query:
        target = self.pick(WRITTEN)
        scope = Scope(_item("it", target.columns))
        other = self.from_clause(Scope((), None)) if self.maybe(40) else Scope()
        both = evolve(scope, items=(*scope.items, *other.items)) if _apart("it", other) else scope
        changed = [c for c in target.columns if c.type in TYPES and self.maybe(30)] or [target.columns[1]]
        made = [(column, self._assigned(column, Place(both))) for column in changed]
        after = self._stored(target, {column.name: value.taint for column, value in made})
        sets = ", ".join(self._assignment(column, value) for column, value in made)
        back = self._returning(evolve(both, items=(*_item("it", after), *both.items[1:])))
        clause = f" from {', '.join(item.sql for item in both.items[1:])}" if both.items[1:] else ""
        sql = f"update {target.schema}.{quoted(target.name)} as it set {sets}{clause} where {self.condition(both)}{back.sql}"
        return Query(sql, back.columns)

    def _delete(self) -> Query:
        target = self.pick([relation for relation in WRITTEN if relation.name != "keeper"])
        self.notes.mention(taint(target.columns))
        scope = Scope(_item("it", target.columns))
        if self.maybe(30):
            other = self.from_clause(Scope())
            scope = evolve(scope, items=(*scope.items, *other.items)) if _apart("it", other) else scope
        clause = f" using {', '.join(item.sql for item in scope.items[1:])}" if scope.items[1:] else ""
        back = self._returning(scope)
        name = f"{target.schema}.{quoted(target.name)}"
        return Query(f"delete from {name} as it{clause} where {self.condition(scope)}{back.sql}", back.columns)

    def _merge(self) -> Query:
        """MERGE returns nothing in PostgreSQL 15; what it stores may be read by the next statement."""
        target = self.pick([relation for relation in WRITTEN if relation.name in ("plain", "animal")])
        query = self.select(Scope(), None)
        source = Source("src", query.columns)
        scope = Scope((*_item("it", target.columns), Item("", (source,), source.columns)))
        column = self.pick(target.columns[1:])
        value = self._assigned(column, Place(scope))
        self._stored(target, {column.name: value.taint})
        head = f"merge into {target.schema}.{target.name} as it using ({query.sql}) as src on {self.condition(scope)}"
        return Query(f"{head} when matched then update set {quoted(column.name)} = {value.sql}", ())

    def _keep(self) -> Query:
        """A copy of a query's result in a table of the session's own, under the name of another."""
        query = self.query(Scope())
        self.notes.copied = True
        self.keeps = Relation("pg_temp", self.pick(("kept", "plain", "v_clean")), "view", query.columns)
        return Query(f"create temp {self.pick(('table', 'view'))} {self.keeps.name} as {query.sql}", ())

    def _assigned(self, column: Column, place: Place) -> Expression:
        """A value for a column; primary keys stay as they are."""
        if column.name == "id":
            return Expression("it.id", "int", Taint.CLEAN)
        made = self.expression(column.type, place, self.below(3))
        return evolve(made, sql=f"({made.sql})::{SQL_TYPES[column.type]}")

    def _assignment(self, column: Column, value: Expression) -> str:
        """For SET, in one of its forms."""
        name = quoted(column.name)
        if column.type == "texts" and self.maybe(40):
            return f"{name}[1] = ({value.sql})[1]"
        if column.type == "place" and self.maybe(40):
            return f"{name}.street = ({value.sql}).street"
        form = self.pick(("{} = {}", "({}) = row ({})", "({}) = (select {})"))
        return form.format(name, value.sql)

    def _stored(self, target: Relation, written: dict[str, Taint]) -> tuple[Column, ...]:
        """The target's columns after the write."""
        self.notes.mention(taint(target.columns))  # messages may quote whole rows
        for column in target.columns:
            self.notes.copied |= written.get(column.name, Taint.CLEAN) > column.taint
        return tuple(evolve(c, taint=max(c.taint, written.get(c.name, Taint.CLEAN))) for c in target.columns)

    def _returning(self, scope: Scope) -> Query:
        if not self.maybe(75):
            return Query("", ())
        outputs: list[Output] = self._outputs(Place(scope), None)
        columns = tuple(column for output in outputs for column in output.columns)
        return Query(f" returning {', '.join(output.sql for output in outputs)}", columns)


def _item(alias: str, columns: tuple[Column, ...]) -> tuple[Item]:
    return (Item("", (Source(alias, columns),), columns),)


def _apart(alias: str, other: Scope) -> bool:
    return bool(other.items) and alias not in {source.alias for source in other.sources}


@st.composite
def examples(draw: Callable[[Any], Any]) -> Example:
    """One to three statements: what the first stores, the next may look for; what a name means may change on the way."""
    path: tuple[str, ...] = draw(st.sampled_from(PATHS))
    kept: tuple[Relation, ...] = ()
    statements = []
    for _ in range(draw(st.sampled_from((1, 1, 1, 2, 3)))):
        writer = Writer(draw, path, kept)
        statements.append(writer.statement())
        kept += () if writer.keeps is None else (writer.keeps,)
        path = writer.pick((path, path, *PATHS))
    return Example(tuple(statements))
