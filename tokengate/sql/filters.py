"""Whether UPDATE, DELETE and MERGE choose among the rows of their target, as far as their form can tell. `walk` asks.

A guard against mistakes and cheap talk, no more: nothing is looked up, and `id > -1` may be every row there is. A
condition chooses when a part of its AND does, or all parts of its OR. Any other part chooses when it depends on the
row, unless it says no more than that a column has a value, or is what it is: a column compared with itself, or with
itself in a sub-select that takes every row of the same table. EXISTS chooses when a condition in it does.

Constants and parameters are never looked at: facts are shared by texts that differ in them alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from attrs import define, field

from tokengate.sql.nodes import Body, from_items, strings

_ALIKE = frozenset({"tableoid", "xmax", "cmin", "cmax"})
"""System columns that are the same in all rows, or nearly."""

_ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "||"})
"""Operators with which a value is soon what it was: `id + 0`."""

_IRREFLEXIVE = frozenset({"<", ">", "<>"})
"""Operators that no row fulfils with itself, so that in a self-join they choose: `a.id < b.id`."""

_LEAVES = frozenset({"A_Const", "ParamRef", "typeName"})
_TRUE = frozenset({"IS_TRUE", "IS_NOT_FALSE"})
_FALSE = frozenset({"IS_FALSE", "IS_NOT_TRUE"})


class _Column(NamedTuple):
    """A column by what its table is called here (`depth`: how many queries down), and of which relation."""

    depth: int
    alias: str
    relation: str
    name: str


class _Scope(NamedTuple):
    """The tables that names may mean: alias to relation, "" for what is none. `rows`: relations whose rows are chosen;
    `own`: whether this is the query that chooses them.
    """

    depth: int
    tables: dict[str, str]
    rows: frozenset[str]
    own: bool
    outer: _Scope | None = None

    def column(self, parts: tuple[str, ...]) -> tuple[_Column, bool]:
        """What a reference means, and whether that may be a column of the rows that are chosen."""
        name, qualifier = parts[-1], parts[-2] if len(parts) > 1 else None
        scope: _Scope | None = self
        while scope is not None:
            tables = scope.tables
            if qualifier in tables:
                relation = tables[qualifier]
                return _Column(scope.depth, qualifier, relation, name), scope.own and relation in scope.rows
            if qualifier is None and tables:
                alias, relation = next(iter(tables.items())) if len(tables) == 1 else ("", "")
                return _Column(scope.depth, alias, relation, name), scope.own or scope.rows.isdisjoint(tables.values())
            scope = scope.outer
        return _Column(0, qualifier or "", "", name), True


@define(eq=False)
class _Value:
    """What an expression is made of. `marks`: the functions, operators and sub-selects that may make it another value
    than its columns. `ours`: it may depend on the rows that are chosen.
    """

    columns: set[_Column] = field(factory=set)
    marks: set[str | int] = field(factory=set)
    ours: bool = False

    @classmethod
    def of(cls, node: Any, scope: _Scope) -> _Value:
        """The value of a node, or of any of a list's."""
        found = cls()
        ahead: list[tuple[Any, _Scope]] = [(node, scope)]
        while ahead:
            value, scope = ahead.pop()
            if isinstance(value, list):
                ahead.extend((item, scope) for item in value)
                continue
            for kind, inner in value.items():
                if kind == "ColumnRef":
                    found.column(inner["fields"], scope)
                elif kind == "SubLink":
                    ahead += found.sublink(inner, scope)
                elif isinstance(inner, dict | list) and kind not in _LEAVES:
                    found.mark(kind, inner)
                    ahead.append((inner, scope))
        return found

    def column(self, fields: list[Body], scope: _Scope) -> None:
        parts = tuple(part["String"]["sval"] if "String" in part else "*" for part in fields)
        if parts[-1] not in _ALIKE:
            column, may_be_ours = scope.column(parts)
            self.columns.add(column)
            self.ours |= may_be_ours

    def sublink(self, body: Body, scope: _Scope) -> Iterable[tuple[Any, _Scope]]:
        """Note a sub-select; what is still ahead of it."""
        select = body["subselect"]["SelectStmt"]
        if _limited(select, scope):
            self.marks.add(id(select))
        self.ours |= _correlated(select, scope)
        return [(body.get("testexpr", []), scope), *_outputs(select, scope)]

    def mark(self, kind: str, body: Any) -> None:
        """A function is one and the same wherever it stands, a part of a value is not: `a -> 'x'`, `a[1]`."""
        if kind == "FuncCall":
            self.marks.add(strings(body["funcname"])[-1])
        elif kind == "A_Indirection" or (kind == "A_Expr" and strings(body["name"])[-1] not in _ARITHMETIC):
            self.marks.add(id(body))


def filtered(body: Body) -> bool:
    """Whether an UpdateStmt, DeleteStmt or MergeStmt chooses the rows that it changes or deletes."""
    target = body["relation"]
    if "whereClause" in body and _plain(body["whereClause"], target):
        return True
    items = body.get("fromClause") or body.get("usingClause") or [body.get("sourceRelation", {})]
    tables = dict(_tables([{"RangeVar": target}, *items]))
    scope = _Scope(0, tables, frozenset({target["relname"]}), own=True)
    if "joinCondition" not in body:
        return "whereClause" in body and _chooses(body["whereClause"], scope)
    changing = [
        clause["MergeWhenClause"]
        for clause in body.get("mergeWhenClauses", ())
        if clause["MergeWhenClause"]["commandType"] in ("CMD_UPDATE", "CMD_DELETE")
    ]
    return _chooses(body["joinCondition"], scope) or all(
        "condition" in clause and _chooses(clause["condition"], scope) for clause in changing
    )


def _plain(node: Body, target: Body) -> bool:
    """Whether a condition compares a column of the target's with a constant or parameter: most do, soon told."""
    if "BoolExpr" in node:
        return node["BoolExpr"]["boolop"] == "AND_EXPR" and any(
            _plain(part, target) for part in node["BoolExpr"]["args"]
        )
    sides = node.get("A_Expr", {})
    fields, other = sides.get("lexpr", {}).get("ColumnRef", {}).get("fields"), sides.get("rexpr", {})
    if not fields or ("ParamRef" not in other and ("A_Const" not in other or _is_null(other))):
        return False
    *qualifier, name = [part.get("String", {}).get("sval") for part in fields]
    called = target.get("alias", {}).get("aliasname", target["relname"])
    return name not in _ALIKE and qualifier in ([], [called])


def _chooses(node: Body, scope: _Scope, *, negated: bool = False) -> bool:
    ((kind, body),) = node.items()
    match kind:
        case "BoolExpr" if body["boolop"] == "NOT_EXPR":
            return _chooses(body["args"][0], scope, negated=not negated)
        case "BoolExpr":
            every = (body["boolop"] == "OR_EXPR") is not negated
            for part in body["args"]:
                if _chooses(part, scope, negated=negated) is not every:
                    return not every
            return every
        case "BooleanTest" if body["booltesttype"] in _TRUE | _FALSE:
            return _chooses(body["arg"], scope, negated=(body["booltesttype"] in _FALSE) is not negated)
        case "BooleanTest" | "NullTest":
            absent = body.get("nulltesttype") == "IS_NULL" or body.get("booltesttype") == "IS_UNKNOWN"
            return absent is not negated and _Value.of(body["arg"], scope).ours
        case "A_Expr":
            return _operator(body, scope, negated)
        case "SubLink":
            return _sublink(body, scope, negated)
        case "TypeCast" | "CollateClause":
            return _chooses(body["arg"], scope, negated=negated)
    return kind == "CurrentOfExpr" or _Value.of(node, scope).ours


def _operator(body: Body, scope: _Scope, negated: bool) -> bool:
    kind, sides = body["kind"], [body[side] for side in ("lexpr", "rexpr") if side in body]
    apart = kind == "AEXPR_DISTINCT"
    if (apart or kind == "AEXPR_NOT_DISTINCT") and any(_is_null(side) for side in sides):
        return apart is negated and _Value.of(sides, scope).ours
    irreflexive = apart or strings(body["name"])[-1] in _IRREFLEXIVE
    left, right = (_Value.of(body.get(side, []), scope) for side in ("lexpr", "rexpr"))
    return _differ(left, right, irreflexive is not negated)


def _sublink(body: Body, scope: _Scope, negated: bool) -> bool:
    if body["subLinkType"] == "EXISTS_SUBLINK":
        return _correlated(body["subselect"]["SelectStmt"], scope)
    if "testexpr" not in body:
        return _Value.of({"SubLink": body}, scope).ours
    operator = strings(body.get("operName"))[-1:] or ("=",)
    left = _Value.of(body["testexpr"], scope)
    right = _Value.of({"SubLink": {"subselect": body["subselect"]}}, scope)
    return _differ(left, right, (operator[0] in _IRREFLEXIVE) is not negated)


def _differ(left: _Value, right: _Value, irreflexive: bool) -> bool:
    """Whether a comparison of these chooses."""
    if not (left.ours or right.ours):
        return False
    if left.marks != right.marks or irreflexive:
        return left.marks != right.marks or left.columns != right.columns
    return {column[2:] for column in left.columns} != {column[2:] for column in right.columns}


# ---------------------------------------------------------------- sub-selects


def _inner(select: Body, outer: _Scope) -> _Scope:
    return _Scope(outer.depth + 1, dict(_tables(select.get("fromClause", ()))), outer.rows, False, outer)


def _outputs(select: Body, scope: _Scope) -> Iterator[tuple[Any, _Scope]]:
    """What the rows of a sub-select hold, each with the scope that it is to be read in."""
    if "larg" in select:
        yield from _outputs(select["larg"], scope)
        yield from _outputs(select["rarg"], scope)
    else:
        yield [select.get("targetList", []), select.get("valuesLists", [])], _inner(select, scope)


def _correlated(select: Body, scope: _Scope) -> bool:
    """Whether a condition in a sub-select chooses among the rows outside of it."""
    if "larg" in select:
        left, right = _correlated(select["larg"], scope), _correlated(select["rarg"], scope)
        return left and right if select["op"] == "SETOP_UNION" else left or right
    inner = _inner(select, scope)
    return any(_chooses(condition, inner) for condition in _conditions(select)) or any(
        _correlated(item["RangeSubselect"]["subquery"]["SelectStmt"], inner)
        for item in from_items(select.get("fromClause", ()))
        if "RangeSubselect" in item
    )


def _limited(select: Body, scope: _Scope) -> bool:
    """Whether a sub-select chooses among its own rows."""
    if "havingClause" in select or any(select.get("distinctClause", ())):
        return True
    if "limitCount" in select and not _is_null(select["limitCount"]):
        return True
    if "larg" in select:
        left, right = _limited(select["larg"], scope), _limited(select["rarg"], scope)
        return select["op"] != "SETOP_UNION" or (left and right)
    inner = _inner(select, scope)
    if not scope.rows.issuperset(inner.tables.values()):
        return True
    inner = inner._replace(rows=frozenset(inner.tables.values()), own=True)
    return any(_chooses(condition, inner) for condition in _conditions(select))


def _conditions(select: Body) -> Iterator[Body]:
    for clause in ("whereClause", "havingClause"):
        if clause in select:
            yield select[clause]
    yield from (item["quals"] for item in from_items(select.get("fromClause", ())) if "quals" in item)


def _tables(sources: Iterable[Body]) -> Iterator[tuple[str, str]]:
    """What the tables of FROM are called, and the relations that they are."""
    for number, item in enumerate(from_items(sources)):
        if "larg" in item:
            continue
        ((kind, body),) = item.items()
        alias = body.get("alias", {}).get("aliasname")
        relation = body["relname"] if kind == "RangeVar" else ""
        yield alias or relation or str(number), relation


def _is_null(node: Body) -> bool:
    return bool(node.get("A_Const", {}).get("isnull"))
