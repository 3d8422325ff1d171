"""Lineage: the stored columns that everything in a statement descends from, followed through its query blocks.

It stands between the facts, which know names only, and the masker, which knows what is sensitive. Names are resolved
as the database does it (SQL's scoping, PostgreSQL's whole rows and `row.function`); where a name may mean several
things the answer holds all of them, and what can't be followed has a reason in its flow instead of a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from attrs import define, field

from tokengate.mask.effects import Effects
from tokengate.mask.flow import CLEAN, MANY, Flow, Rows, beside, merged, union
from tokengate.mask.functions import Effect
from tokengate.mask.scope import Frame, Named, Scope
from tokengate.sql import blocks
from tokengate.sql.blocks import Comparison, Expression, Operand, Output, Query, Ref, Source, Table
from tokengate.sql.facts import Name
from tokengate.sql.made import NOTHING_CLEAN, Clean
from tokengate.values import Origin

BLOCKS = 5000
"""Blocks followed for one statement: recursive queries are followed several times, and could be nested to take for
ever.
"""

ROUNDS = 10
"""Times a recursive query is followed until nothing new is found: each passes values on by at least one column."""

SYSTEM_COLUMNS = frozenset({"tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"})
"""Columns every table has besides its own."""


class Stored(NamedTuple):
    """A value being written: to which column of which relation, None where that can't be told."""

    target: Name | None
    column: str | None
    flow: Flow
    creates: bool


class Chosen(NamedTuple):
    """A test that chooses, joins, groups or orders rows. `equal`: for equality with parameters and constants alone;
    `apart`: of values that don't all stand in one stored row.
    """

    clause: str
    flow: Flow
    equal: bool = False
    apart: bool = False


class Fed(NamedTuple):
    """What is given to a function that does more than compute."""

    function: Name
    effect: Effect
    flow: Flow


class Use(NamedTuple):
    """An operand that a column is compared with or set to. `origins`: the column's, empty where it is more than a
    stored value; `any`: the operand is an array of such values.
    """

    operand: Operand
    origins: frozenset[Origin]
    any: bool = False


@define
class Lineage:
    """What one statement does with values. `limits`: what the number of its rows is made of; `touched`: everything it
    mentions, wherever; `operands`: the uses of whole parameters and literals.
    """

    outputs: Rows = field(factory=Rows)
    stored: set[Stored] = field(factory=set)
    chosen: set[Chosen] = field(factory=set)
    fed: set[Fed] = field(factory=set)
    limits: Flow = CLEAN
    touched: Flow = CLEAN
    operands: set[Use] = field(factory=set)


def follow(query: Query, catalogue: Any, effects: Effects, made: Clean = NOTHING_CLEAN) -> Lineage:
    """The lineage of a statement's blocks, with what `catalogue` (an `ICatalogue`) knows; `effects`: what calling a
    function or operator may do; `made`: relations that the catalogue doesn't know yet, in which nothing sensitive can
    be.
    """
    follower = _Follower(catalogue, effects, made)
    try:
        follower.found.outputs = follower.query(query, Scope((), {}))
    except (_TooMuch, RecursionError):
        return lost("it is nested too deeply to be followed")
    return follower.found


def lost(reason: str) -> Lineage:
    """The lineage of a statement that can't be followed: everything may be anything."""
    flow = Flow(unknown=reason)
    return Lineage(Rows(rest=flow), {Stored(None, None, flow, creates=True)}, touched=flow)


class _TooMuch(Exception):
    """More blocks than are followed."""


@define
class _Follower:
    catalogue: Any
    effects: Effects
    made: Clean
    found: Lineage = field(factory=Lineage)
    followed: int = 0

    # ------------------------------------------------------------ blocks

    def query(self, query: Query, scope: Scope) -> Rows:
        """The rows a block puts out."""
        self.followed += 1
        if self.followed > BLOCKS:
            raise _TooMuch
        if query.ctes:
            scope = self._with(query, scope)
        if query.operands:
            rows = merged([self.query(one, scope).each(self._used) for one in query.operands])
            inside = scope
        else:
            inside = scope.inside(self._from(query.sources, scope))
            rows = self._outputs(query, inside)
        if query.many or any(not (one.sources or one.operands) for one in query.operands):
            rows = rows.many()
        self._conditions(query, inside, rows)
        if query.limits:
            self.found.limits = union([self.found.limits, self.value(query.limits, inside)])
        for write in query.writes:
            self._write(write, inside)
        return rows

    def _with(self, query: Query, scope: Scope) -> Scope:
        scope = Scope(scope.frames, dict(scope.ctes))
        if not query.recursive:
            for cte in query.ctes:
                scope.ctes[cte.name] = self._cte(cte, scope)
            return scope
        scope.ctes.update((cte.name, Rows(rest=MANY)) for cte in query.ctes)
        for _ in range(ROUNDS):
            before = dict(scope.ctes)
            for cte in query.ctes:
                scope.ctes[cte.name] = self._cte(cte, scope)
            if scope.ctes == before:
                return scope
        lost = Rows(rest=Flow(unknown="a recursive query can't be followed to its end"))
        scope.ctes.update((cte.name, lost) for cte in query.ctes)
        return scope

    def _cte(self, cte: blocks.Cte, scope: Scope) -> Rows:
        rows = self.query(cte.query, scope).renamed(cte.columns)
        return rows._replace(columns=rows.columns + tuple((name, rows.whole()) for name in cte.extra))

    def _outputs(self, query: Query, scope: Scope) -> Rows:
        columns: list[tuple[str | None, Flow]] = []
        rest: list[Flow] = []
        for name, value, star in query.outputs:
            if not star:
                columns.append((name, self.value(value, scope)))
                continue
            for rows in self._star(value, scope):
                self._touch(rows.whole())
                columns += rows.columns
                rest += [rows.rest] if rows.rest is not None else [] if rows.ordered else [rows.loose()]
        if not rest:
            return Rows(tuple(columns))
        # Where unknown columns are among the known ones positions are lost: any may hold what any of these holds.
        return Rows(tuple(columns), union(rest), ordered=False)

    def _star(self, value: Expression, scope: Scope) -> Sequence[Rows]:
        """The rows that an output stands for all columns of."""
        if len(value) == 1 and isinstance(value[0], Ref):
            return self._starred(value[0].parts[:-1], scope)
        return [Rows(rest=self.value(value, scope).changed())]

    def _starred(self, qualifier: tuple[str, ...], scope: Scope) -> Sequence[Rows]:
        if not qualifier:
            return scope.frames[0].bare
        found = scope.named(qualifier)
        return [found] if found is not None else [Rows(rest=_no_column((*qualifier, "*")))]

    def _conditions(self, query: Query, scope: Scope, outputs: Rows) -> None:
        for clause, tests, equal in query.conditions:
            named = outputs if clause not in ("WHERE", "JOIN") else None
            for test in tests:
                apart = bool(query.operands) or not self._in_one_row(test, scope, query.outputs if named else ())
                if test == (Ref(blocks.EVERY_OUTPUT),):
                    for flow in (*(flow for _, flow in outputs.columns), outputs.rest or CLEAN):
                        self._choose(clause, flow, apart=apart)
                else:
                    self._choose(clause, self.value(test, scope, named), apart=apart)
            for comparison in equal:
                self._choose(clause, self._compare(comparison, scope), equal=True)
        for comparison in query.compared:
            self._compare(comparison, scope)

    def _choose(self, clause: str, flow: Flow, *, equal: bool = False, apart: bool = False) -> None:
        flow = self._used(flow)
        if flow.origins or flow.present or flow.unknown:
            self.found.chosen.add(Chosen(clause, flow.changed(), equal, apart))

    def _compare(self, comparison: Comparison, scope: Scope) -> Flow:
        flow = self.value((comparison.column,), scope)
        self._use(flow, comparison.operands, any=comparison.any)
        return flow

    def _use(self, flow: Flow, operands: Iterable[Operand], *, any: bool = False) -> None:
        stored = flow.exact if not flow.computed and not flow.unknown else frozenset()
        self.found.operands.update(Use(operand, stored, any) for operand in operands)

    def _in_one_row(self, test: Expression, scope: Scope, outputs: Sequence[Output]) -> bool:
        """Whether all columns in an expression, or in each output it stands for, are of one row of one relation.
        `outputs`: those of the block, where their names mean something.
        """
        if test == (Ref(blocks.EVERY_OUTPUT),):
            return all(not star and self._in_one_row(value, scope, ()) for _, value, star in outputs)
        places: set[int] = set()
        ahead = list(test)
        for output, value, star in outputs:
            if star and any(isinstance(one, Ref) and len(one.parts) == 1 for one in test):
                return False  # which columns it stands for, and so which of them is meant, isn't known here
            if (Ref((output or "",)),) == test:
                ahead += value
        while ahead:
            match ahead.pop():
                case Ref(parts) | blocks.Present(Ref(parts)):
                    of = scope.places(parts)
                    if not all(named.stored for named in of):
                        return False
                    places.update(id(named.rows) for named in of)
                case blocks.Call(_, arguments):
                    ahead += arguments
                case blocks.Field(value):
                    ahead += value
                case blocks.Nested():
                    return False
        return len(places) < 2

    # ------------------------------------------------------------ FROM

    def _from(self, sources: Iterable[Source], scope: Scope) -> Frame:
        frame = Frame()
        for source in sources:
            frame += self._source(source, scope, frame)
        return frame

    def _source(self, source: Source, scope: Scope, left: Frame) -> Frame:
        """An item of FROM; `left` is what stands before it, for what may look sideways."""
        match source:
            case Table(name, alias, columns, _, hidden):
                found = self._table(source, scope)
                rows = found.renamed(columns)
                stored = found is not scope.ctes.get(name.name)
                named = Named(alias, None if alias else name, rows, stored)
                return Frame((named,), () if hidden else (rows,))
            case blocks.Derived(query, alias, columns, lateral):
                rows = self.query(query, scope.inside(left) if lateral else scope).renamed(columns)
                return Frame((Named(alias, None, rows),), (rows,))
            case blocks.Scan(value, alias, columns, hidden):
                made = self.value(value, scope.inside(left)).changed()
                flow = _each(made)
                rows = Rows(tuple((column, flow) for column in columns), flow)
                stored = bool(made.unknown) and not made.origins and not made.many  # for all that is known here
                return Frame((Named(alias, None, rows, stored),), () if hidden else (rows,))
            case blocks.Join():
                return self._join(source, scope, left)

    def _table(self, table: Table, scope: Scope) -> Rows:
        if not table.target and table.name.schema is None and table.name.name in scope.ctes:
            return scope.ctes[table.name.name]
        return self.relation(table.name)

    def relation(self, name: Name) -> Rows:
        """What a relation's name may mean, in any schema where it has none."""
        found = self.catalogue.columns(name.schema, name.name)
        if not found and name in self.made:
            return Rows(rest=MANY)
        if not found:
            return Rows(rest=Flow(unknown=f"{name} is no relation that the gateway knows"))
        meant = [Rows(tuple((column, _shown(name, column, origins)) for column, origins in one)) for one in found]
        if all([c for c, _ in one.columns] == [c for c, _ in meant[0].columns] for one in meant):
            return merged(meant)
        sure = set.intersection(*({column for column, _ in one.columns} for one in meant))
        columns = ((name if name in sure else None, flow) for one in meant for name, flow in one.columns)
        return Rows(tuple(columns), None, ordered=False)

    def _join(self, join: blocks.Join, scope: Scope, before: Frame) -> Frame:
        left = self._source(join.left, scope, before)
        right = self._source(join.right, scope, before + left)
        sides = [beside(left.bare), beside(right.bare)]
        shared = self._shared(join, sides)
        for _, flow in shared:
            self._choose("JOIN", flow, apart=True)
            self._touch(flow)
        names = {name for name, _ in shared}
        kept = tuple(column for side in sides for column in side.columns if column[0] not in names)
        rests = [side.rest for side in sides if side.rest is not None]
        ordered = all(side.ordered for side in sides) and _merges_for_sure(join, sides)
        rows = Rows(tuple(shared) + kept, union(rests) if rests else None, ordered)
        named = left.named + right.named
        if join.using_alias:
            named += (Named(join.using_alias, None, Rows(tuple(shared))),)
        if join.alias:
            rows = rows.renamed(join.columns)
            named = (Named(join.alias, None, rows),)
        return Frame(named, (rows,))

    def _shared(self, join: blocks.Join, sides: Sequence[Rows]) -> list[tuple[str | None, Flow]]:
        using = join.using
        if using is None:
            using = tuple(name for name, _ in sides[0].columns if name and sides[1].column(name) is not None)
        return [(name, union(_either(side, name) for side in sides)) for name in using]

    # ------------------------------------------------------------ values

    def value(self, expression: Expression, scope: Scope, outputs: Rows | None = None) -> Flow:
        """What an expression's value is made of; `outputs`: of the block, where its names may mean them."""
        flows = []
        types = []
        for atom in expression:
            match atom:
                case Ref(parts, exact):
                    flow = self._ref(parts, scope, outputs)
                    flows.append(flow if exact else flow.changed())
                    self._touch(flow)
                case blocks.Present(column):
                    flow = self._ref(column.parts, scope, outputs)
                    flows.append(Flow(unknown=flow.unknown, present=flow.origins))
                case blocks.Call(name, arguments, operator, many):
                    flow = self._call(name, self.value(arguments, scope, outputs), operator)
                    flows.append(_each(flow) if many else flow)
                case blocks.Nested(query, exact, shown):
                    rows = self.query(query, scope)
                    if shown:
                        flows.append(rows.loose() if exact else rows.whole())
                case blocks.Field(of, name):
                    flows.append(self._field(of, name, scope, outputs))
                case blocks.Typed(name):
                    types.append(name)
        flow = union(flows)
        return flow if not expression or _plain(expression) else self._cast(types, self._used(flow))

    def _ref(self, parts: tuple[str, ...], scope: Scope, outputs: Rows | None) -> Flow:
        if parts == blocks.EVERY_OUTPUT:
            return CLEAN if outputs is None else outputs.whole()
        if parts[-1] == "*":
            return union(rows.whole() for rows in self._starred(parts[:-1], scope))
        if len(parts) == 1:
            return self._bare(parts[0], scope, outputs)
        rows = scope.named(parts[:-1])
        return _no_column(parts) if rows is None else self._of_row(rows, parts[-1])

    def _bare(self, name: str, scope: Scope, outputs: Rows | None) -> Flow:
        """An unqualified name: the innermost column of that name, or a whole row."""
        named = outputs.column(name) if outputs is not None else None
        maybe = [] if named is None else [named]
        for frame in scope.frames:
            found = [flow for flow in (rows.column(name) for rows in frame.bare) if flow is not None]
            if found:
                return union(maybe + found)
            maybe += [rows.unnamed for rows in frame.bare if rows.unnamed is not None]
        if name in SYSTEM_COLUMNS:
            return union(maybe)
        row = scope.named((name,))
        if row is not None:
            maybe.append(row.whole())
        return union(maybe) if maybe else _no_column((name,))

    def _of_row(self, rows: Rows, name: str) -> Flow:
        """`row.name`: a column, or the function `name` applied to the row where there is no such column."""
        found = rows.column(name)
        if found is not None:
            return found
        if name in SYSTEM_COLUMNS:
            return CLEAN if rows.unnamed is None else rows.unnamed
        if rows.unnamed is not None:
            return union([rows.unnamed, self._maybe_call(name, rows.whole())])
        return self._call(Name(None, name), rows.whole(), operator=False)

    def _field(self, of: Expression, name: str, scope: Scope, outputs: Rows | None) -> Flow:
        if len(of) == 1 and isinstance(of[0], Ref) and len(of[0].parts) == 1:
            rows = scope.named(of[0].parts)
            columns = [rows.column(of[0].parts[0]) for frame in scope.frames for rows in frame.bare]
            if rows is not None and not any(flow is not None for flow in columns) and name != "*":
                flow = self._of_row(rows, name)
                self._touch(flow)
                return flow
        return self._maybe_call(name, self.value(of, scope, outputs).changed())

    def _maybe_call(self, name: str, flow: Flow) -> Flow:
        """A field of a composite value, unless a function has that name."""
        return self._call(Name(None, name), flow, operator=False) if self.catalogue.is_function(name) else flow

    def _call(self, name: Name, arguments: Flow, operator: bool) -> Flow:
        """What calling it gives; a range is made by a function of its type's name."""
        return self._cast((name,) * (not operator), self._result(name, arguments, operator))

    def _result(self, name: Name, arguments: Flow, operator: bool) -> Flow:
        effect = self.effects.operator(name) if operator else self.effects(name)
        if effect is Effect.COMPUTES:
            return arguments
        self.found.fed.add(Fed(name, effect, arguments))
        if effect is Effect.KEEPS:
            return arguments
        word = "operator" if operator else "function"
        reason = f"it calls the {word} {name}: {effect.value}"
        self._touch(Flow(unknown=reason))
        return Flow(frozenset(), arguments.origins, reason)

    # ------------------------------------------------------------ what runs unasked

    def _used(self, flow: Flow) -> Flow:
        """A value that is computed with, compared or put in order: what its type runs then gets it."""
        behind = self.catalogue.behind_any
        for column in flow.origins | flow.present:
            behind |= self.catalogue.behind_column(column).uses
        return self._given(behind, flow) if behind else flow

    def _cast(self, types: Iterable[Name], flow: Flow) -> Flow:
        """A value, a part of which is cast to these types: a check lets it be, whatever else runs may change it."""
        for name in types:
            code = self.catalogue.behind_type(name)
            self._given(code.checks, flow)
            flow = self._given(code.makes | code.uses, flow)
        return flow

    def _given(self, functions: Iterable[Name], flow: Flow) -> Flow:
        """What comes of a value that these functions may be given."""
        for function in sorted(functions, key=str):
            flow = self._result(function, flow, operator=False)
        return flow

    def _touch(self, flow: Flow) -> None:
        touched = self.found.touched
        known = flow.exact <= touched.exact and flow.computed <= touched.computed
        if not known or (flow.unknown and not touched.unknown):
            self.found.touched = union([touched, flow])

    # ------------------------------------------------------------ writes

    def _write(self, write: blocks.Write, inside: Scope) -> None:
        target = Rows() if write.creates else self.relation(write.target)
        if write.rows is not None:
            rows = self.query(write.rows, inside)
            names = _targets(write, target, rows)
            for (_, flow), column in zip(rows.columns, names, strict=False):
                self._store(write, target, column, flow)
            for flow in (rows.rest,) if rows.rest is not None else ():
                self._store(write, target, None, flow)
            for position, operand in write.operands:
                self._assign(target, names[position] if position < len(names) else None, operand)
        for assigned in write.assignments:
            self._store(write, target, assigned.column, self.value(assigned.value, inside))
            if assigned.operand is not None:
                self._assign(target, assigned.column, assigned.operand)

    def _store(self, write: blocks.Write, target: Rows, column: str | None, flow: Flow) -> None:
        if not write.creates:
            into = (target.loose() if column is None else target.column(column) or CLEAN).exact
            stores = (self.catalogue.behind_column(origin).stores for origin in into)
            flow = self._given(frozenset().union(*stores), self._used(flow))
            self._given(self.catalogue.behind_writing(write.target.schema, write.target.name), flow)
        if flow.origins or flow.unknown or flow.present:
            self.found.stored.add(Stored(write.target, column, flow, write.creates))

    def _assign(self, target: Rows, column: str | None, operand: Operand) -> None:
        flow = None if column is None else target.column(column)
        self._use(flow or CLEAN, (operand,))


def _plain(expression: Expression) -> bool:
    """Whether a value passes as it is, so that nothing of its type's runs."""
    return len(expression) == 1 and isinstance(expression[0], Ref | blocks.Nested) and expression[0].exact


def _each(flow: Flow) -> Flow:
    """What there is in a value, one by one: rows from nowhere, unless they come from what is stored."""
    return flow if flow.origins or flow.unknown else union([flow, MANY])


def _shown(relation: Name, column: str, origins: frozenset[Origin] | None) -> Flow:
    return Flow(unknown=f"{relation}.{column} may show anything") if origins is None else Flow(exact=origins)


def _no_column(parts: Sequence[str]) -> Flow:
    return Flow(unknown=f"{'.'.join(parts)} is no column that the gateway knows")


def _merges_for_sure(join: blocks.Join, sides: Sequence[Rows]) -> bool:
    """Whether it is known which columns a join merges: they come first, and once."""
    if join.using is None:
        return not any(side.unnamed is not None for side in sides)
    return all(side.column(name) is not None for name in join.using for side in sides)


def _either(rows: Rows, name: str) -> Flow:
    """A column that must be there: one of the known, or of the rest."""
    found = rows.column(name)
    if found is not None:
        return found
    return rows.unnamed if rows.unnamed is not None else _no_column((name,))


def _targets(write: blocks.Write, target: Rows, rows: Rows) -> Sequence[str | None]:
    """The names of the columns that rows are written to, by position; None where that can't be told."""
    if write.columns is not None and rows.ordered:
        return write.columns
    if write.creates or not target.ordered or not rows.ordered or target.rest is not None:
        return [None] * len(rows.columns)
    return [name for name, _ in target.columns]
