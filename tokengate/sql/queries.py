"""PostgreSQL's parse trees to query blocks (`tokengate.sql.blocks`): where values go, in the statements that move any.

`expressions` reads what is inside expressions, this what is around them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tokengate.sql.blocks import (
    EVERY_OUTPUT,
    Assignment,
    Atom,
    Call,
    Condition,
    Cte,
    Derived,
    Field,
    Join,
    Operand,
    Output,
    Query,
    Ref,
    Scan,
    Source,
    Table,
    Typed,
    Write,
)
from tokengate.sql.expressions import Block, Expressions, casts, implied_name
from tokengate.sql.nodes import Body, qualified_name, relation_name, strings


def read(node: Body) -> tuple[Query | None, frozenset[int]]:
    """What `blocks.Reading` asks for. Raises KeyError and its like on trees of an unknown form, RecursionError on those
    nested too deeply.
    """
    reader = Reader()
    query = reader.statement(node)
    return query, frozenset(reader.loose)


class Reader(Expressions):
    """Reads one statement."""

    def statement(self, node: Body) -> Query | None:
        """The blocks of a statement that may move values; None for other kinds."""
        ((kind, body),) = node.items()
        reader = _STATEMENTS.get(kind)
        return None if reader is None else reader(self, body)

    def query(self, node: Body) -> Query:
        """See `Expressions`."""
        found = self.statement(node)
        if found is None:
            raise KeyError("a query of an unknown kind")
        return found

    # ------------------------------------------------------------ statements

    def select(self, body: Body) -> Query:
        """A SelectStmt: a block, a set operation or VALUES."""
        if body.get("op", "SETOP_NONE") != "SETOP_NONE":
            return self._set_operation(body)
        block = Block()
        if "valuesLists" in body:
            rows = body["valuesLists"]
            return self._finish(body, block, outputs=self._values(rows, block), many=len(rows) > 1)
        sources = self._sources(body.get("fromClause", ()), block)
        block.outputs = self._outputs(body.get("targetList", ()), block)
        return self._finish(body, block, outputs=block.outputs, sources=sources)

    def _finish(self, body: Body, block: Block, **parts: Any) -> Query:
        """The clauses that every kind of SelectStmt may have, and the Query."""
        for clause, field in _CLAUSES:
            if field in body:
                self.condition(clause, body[field], block)
        for window in body.get("windowClause", ()):
            self.window("WINDOW", window, block)
        if "distinctClause" in body:
            columns = [item for item in body["distinctClause"] if item]
            if columns:
                self.condition("DISTINCT", columns, block)
            else:
                block.conditions.append(Condition("DISTINCT", ((Ref(EVERY_OUTPUT),),)))
        for field in ("limitCount", "limitOffset"):
            if field in body:
                block.limits.extend(self.expression(body[field], block))
        query = _query(block, **self._with(body), **parts)
        into = body.get("intoClause")
        return query if into is None else _creating(into, query)

    def _set_operation(self, body: Body) -> Query:
        operands: list[Query] = []
        ahead, whole = [body], True
        keeps, into = False, None
        while ahead:
            one = ahead.pop()
            if one.get("op", "SETOP_NONE") == "SETOP_NONE" or not (whole or _plain(one)):
                into = into or one.get("intoClause")  # in one operand, it takes the rows of all
                operands.append(self.select({key: value for key, value in one.items() if key != "intoClause"}))
                continue
            keeps |= one["op"] != "SETOP_UNION" or not one.get("all", False)
            ahead += (one["rarg"], one["larg"])
            whole = False
        block = Block()
        if keeps:
            block.conditions.append(Condition("UNION, INTERSECT or EXCEPT", ((Ref(EVERY_OUTPUT),),)))
        query = self._finish(body, block, operands=tuple(operands))
        return query if into is None else _creating(into, query)

    def create_as(self, body: Body) -> Query:
        """CREATE TABLE AS, CREATE MATERIALIZED VIEW."""
        return _creating(body["into"].get("IntoClause", body["into"]), self.query(body["query"]))

    def view(self, body: Body) -> Query:
        """CREATE VIEW."""
        return _creating({"rel": body["view"]}, self.query(body["query"]))

    def schema(self, body: Body) -> Query:
        """CREATE SCHEMA, with what is made in it."""
        made = [self.statement(item) for item in body.get("schemaElts", ())]
        return Query(writes=tuple(write for query in made if query is not None for write in query.writes))

    def inner(self, body: Body) -> Query | None:
        """EXPLAIN, DECLARE CURSOR, PREPARE: what is inside."""
        return self.statement(body["query"])

    def execute(self, body: Body) -> Query:
        """EXECUTE: its arguments are the other statement's parameters, anywhere in its result."""
        block = Block()
        value = (Field(self.expression(body.get("params", []), block), "*"),)
        return _query(block, outputs=(Output(None, value, star=True),))

    def call(self, body: Body) -> Query:
        """CALL: its result is the procedure's."""
        block = Block()
        function = body["funccall"]
        arguments = self.expression(function.get("args", []), block)
        value = (Field((Call(qualified_name(function["funcname"]), arguments),), "*"),)
        return _query(block, outputs=(Output(None, value, star=True),))

    def copy(self, body: Body) -> Query:
        """COPY: of a query, or of a relation's columns."""
        if "query" in body:
            return self.query(body["query"])
        block = Block()
        if "whereClause" in body:
            self.condition("WHERE", body["whereClause"], block)
        listed = strings(body.get("attlist"))
        columns = () if body.get("is_from") else listed or ("*",)
        outputs = tuple(Output(None, (Ref((column,), exact=True),), star=not listed) for column in columns)
        source = Table(relation_name(body["relation"]), target=True)
        return _query(block, outputs=outputs, sources=(source,))

    def insert(self, body: Body) -> Query:
        """INSERT."""
        block = Block()
        columns = tuple(item["ResTarget"]["name"] for item in body.get("cols", ())) or None
        rows, operands = self._inserted(body.get("selectStmt"))
        assignments: Iterable[Assignment] = ()
        conflict = body.get("onConflictClause")
        if conflict is not None:
            assignments = self._assignments(conflict.get("targetList", ()), block)
            if "whereClause" in conflict:
                self.condition("ON CONFLICT", conflict["whereClause"], block)
        write = Write(relation_name(body["relation"]), rows, columns, tuple(assignments), operands)
        return self._writing(body, block, [], write)

    def _inserted(self, node: Body | None) -> tuple[Query | None, tuple[tuple[int, Operand], ...]]:
        """The rows of an INSERT, and the parameters and literals that are values of theirs."""
        body = {} if node is None else node["SelectStmt"]
        if "valuesLists" not in body:
            return (None if node is None else self.query(node)), ()
        block, rows = Block(), body["valuesLists"]
        operands: list[tuple[int, Operand]] = []
        outputs = self._values(rows, block, operands)
        return self._finish(body, block, outputs=outputs, many=len(rows) > 1), tuple(operands)

    def update(self, body: Body) -> Query:
        """UPDATE and DELETE."""
        block = Block()
        sources = self._sources(body.get("fromClause") or body.get("usingClause", ()), block)
        assignments = tuple(self._assignments(body.get("targetList", ()), block))
        if "whereClause" in body:
            self.condition("WHERE", body["whereClause"], block)
        return self._writing(body, block, sources, Write(relation_name(body["relation"]), None, (), assignments))

    def merge(self, body: Body) -> Query:
        """MERGE."""
        block = Block()
        target = relation_name(body["relation"])
        sources = self._sources([body["sourceRelation"]], block)
        self.condition("JOIN", body["joinCondition"], block)
        writes = []
        for item in body.get("mergeWhenClauses", ()):
            clause = item["MergeWhenClause"]
            if "condition" in clause:
                self.condition("WHEN", clause["condition"], block)
            targets, values = clause.get("targetList", ()), clause.get("values")
            if values is None:
                writes.append(Write(target, None, (), tuple(self._assignments(targets, block))))
            else:
                operands: list[tuple[int, Operand]] = []
                rows = Query(self._values([{"List": {"items": values}}], block, operands))
                columns = tuple(one["ResTarget"]["name"] for one in targets) or None
                writes.append(Write(target, rows, columns, (), tuple(operands)))
        return self._writing(body, block, sources, *writes)

    def _writing(self, body: Body, block: Block, sources: Sequence[Source], *writes: Write) -> Query:
        """The block of a statement that writes: its outputs are RETURNING's."""
        relation = body["relation"].get("RangeVar", body["relation"])
        name = relation_name(relation)
        target = Table(name, *_alias(relation), target=True)
        clause = body.get("returningClause", {})
        words = {item["ReturningOption"]["value"] for item in clause.get("options", ())}
        hidden = [Table(name, word, target=True, hidden=True) for word in sorted({"excluded", "old", "new"} | words)]
        outputs = self._outputs(clause.get("exprs", body.get("returningList", ())), block)
        first, last = ([], [target]) if "sourceRelation" in body else ([target], [])
        return _query(
            block, outputs=outputs, sources=(*first, *sources, *last, *hidden), writes=writes, **self._with(body)
        )

    def _assignments(self, targets: Iterable[Body], block: Block) -> Iterable[Assignment]:
        for item in targets:
            target = item["ResTarget"]
            exact = "indirection" not in target
            operand = self.operand(target["val"]) if exact else None
            value = self.expression(target["val"], block, exact=exact) if operand is None else casts(target["val"])
            yield Assignment(target["name"], value, operand)

    # ------------------------------------------------------------ WITH and FROM

    def _with(self, body: Body) -> Body:
        clause = body.get("withClause")
        if clause is None:
            return {}
        clause = clause.get("WithClause", clause)
        ctes = []
        for item in clause["ctes"]:
            one = item["CommonTableExpr"]
            search, cycle = one.get("search_clause", {}), one.get("cycle_clause", {})
            added = (search.get("search_seq_column"), cycle.get("cycle_mark_column"), cycle.get("cycle_path_column"))
            extra = tuple(column for column in added if column)
            ctes.append(Cte(one["ctename"], self.query(one["ctequery"]), strings(one.get("aliascolnames")), extra))
        return {"ctes": tuple(ctes), "recursive": clause.get("recursive", False)}

    def _sources(self, items: Iterable[Body], block: Block) -> tuple[Source, ...]:
        return tuple(self._source(item, block) for item in items)

    def _source(self, item: Body, block: Block) -> Source:
        ((kind, body),) = item.items()
        match kind:
            case "RangeVar":
                return Table(relation_name(body), *_alias(body))
            case "RangeSubselect":
                return Derived(self.query(body["subquery"]), *_alias(body), lateral=body.get("lateral", False))
            case "RangeTableSample":
                given = {key: value for key, value in body.items() if key != "relation"}
                block.limits.extend(self.expression(given, block))
                return self._source(body["relation"], block)
            case "JoinExpr":
                return self._join(body, block)
            case "RangeFunction":
                return self._scan(body, block)
            case "RangeTableFunc" | "JsonTable":
                value = self.expression({key: value for key, value in body.items() if key != "alias"}, block)
                if not all(isinstance(atom, Ref | Typed) for atom in value):
                    block.limits.extend(value)
                return Scan(value, *_alias(body))
        raise KeyError(kind)

    def _join(self, body: Body, block: Block) -> Join:
        left, right = self._source(body["larg"], block), self._source(body["rarg"], block)
        if "quals" in body:
            self.condition("JOIN", body["quals"], block)
        using = None if body.get("isNatural") else strings(body.get("usingClause"))
        using_alias = body.get("join_using_alias", {})
        return Join(left, right, using, *_alias(body), using_alias=using_alias.get("aliasname"))

    def _scan(self, body: Body, block: Block) -> Scan:
        items = [item["List"]["items"] for item in body["functions"]]
        calls = [call for call, *_ in items]
        alias, columns = _alias(body)
        columns = columns or tuple(item["ColumnDef"]["colname"] for item in body.get("coldeflist", ()))
        if alias is None and len(calls) == 1:
            alias = implied_name(calls[0])
        return Scan(self.expression([items, body.get("coldeflist", [])], block), alias, columns)

    # ------------------------------------------------------------ outputs and conditions

    def _outputs(self, items: Iterable[Body], block: Block) -> tuple[Output, ...]:
        found = []
        for item in items:
            target = item["ResTarget"]
            value = self.expression(target["val"], block, exact=True)
            name = target.get("name") or implied_name(target["val"])
            found.append(Output(name, value, _is_star(target["val"])))
        return tuple(found)

    def _values(
        self, rows: Iterable[Body], block: Block, operands: list[tuple[int, Operand]] | None = None
    ) -> tuple[Output, ...]:
        """The outputs of VALUES: each position holds what any row has there. `operands`: those are noted here, by
        position.
        """
        columns: list[set[Atom]] = []
        noted: set[int] = set()
        for row in rows:
            for position, item in enumerate(row["List"]["items"]):
                if position == len(columns):
                    columns.append(set())
                if "A_Const" in item and not self._literals:
                    noted.add(position)
                    continue
                operand = None if operands is None else self.operand(item)
                if operands is not None and operand is not None:
                    operands.append((position, operand))
                    columns[position].update(casts(item))
                else:
                    columns[position].update(self.expression(item, block, exact=True))
        if operands is not None:
            operands.extend((position, Operand()) for position in sorted(noted))
        return tuple(Output(f"column{number}", tuple(atoms)) for number, atoms in enumerate(columns, 1))


_CLAUSES = (
    ("WHERE", "whereClause"),
    ("GROUP BY", "groupClause"),
    ("HAVING", "havingClause"),
    ("ORDER BY", "sortClause"),
)

_STATEMENTS: dict[str, Callable[[Reader, Body], Query | None]] = {
    "SelectStmt": Reader.select,
    "InsertStmt": Reader.insert,
    "UpdateStmt": Reader.update,
    "DeleteStmt": Reader.update,
    "MergeStmt": Reader.merge,
    "CopyStmt": Reader.copy,
    "CreateTableAsStmt": Reader.create_as,
    "ViewStmt": Reader.view,
    "CreateSchemaStmt": Reader.schema,
    "ExplainStmt": Reader.inner,
    "DeclareCursorStmt": Reader.inner,
    "PrepareStmt": Reader.inner,
    "ExecuteStmt": Reader.execute,
    "CallStmt": Reader.call,
}


def _alias(body: Body) -> tuple[str | None, tuple[str, ...]]:
    """What an item of FROM is called, and its columns."""
    alias = body.get("alias", {})
    return alias.get("aliasname"), strings(alias.get("colnames"))


def _is_star(node: Body) -> bool:
    """Whether an item of a select list is `*`, `t.*` or `(t).*`."""
    last = node.get("ColumnRef", {}).get("fields") or node.get("A_Indirection", {}).get("indirection") or [{}]
    return "A_Star" in last[-1]


def _plain(body: Body) -> bool:
    """Whether a set operation inside another has no clauses of its own."""
    return not body.keys() & {"withClause", "sortClause", "limitCount", "limitOffset", "lockingClause", "intoClause"}


def _query(block: Block, **parts: Any) -> Query:
    """A block with what its expressions added to it."""
    return Query(
        conditions=tuple(block.conditions), limits=tuple(block.limits), compared=tuple(block.compared), **parts
    )


def _creating(into: Body, query: Query) -> Query:
    """What makes a relation of a query's rows."""
    columns = strings(into.get("colNames")) or None
    return Query(writes=(Write(relation_name(into["rel"]), query, columns, creates=True),))
