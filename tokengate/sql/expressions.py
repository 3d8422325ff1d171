"""PostgreSQL's expressions to what their values are made of (`tokengate.sql.blocks`): half of `queries`.

What a node means is only told apart where it matters; of every other node all that is inside counts as part of the
value, so that nothing is lost that a later grammar brings. Expressions are walked with a stack of our own: only calls
and sub-selects nest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from tokengate.sql.blocks import (
    EVERY_OUTPUT,
    Atom,
    Call,
    Comparison,
    Condition,
    Expression,
    Field,
    Nested,
    Operand,
    Output,
    Present,
    Query,
    Ref,
    Typed,
)
from tokengate.sql.nodes import Body, may_be_a_users, qualified_name, strings

_KEEPING = frozenset({"min", "max", "any_value", "first_value", "last_value", "nth_value", "lag", "lead", "mode"})
"""Functions whose value is one of their arguments', as it is."""

SETS = frozenset(
    {"unnest", "generate_subscripts", "json_array_elements", "json_array_elements_text", "json_each", "json_each_text",
     "json_object_keys", "json_populate_recordset", "json_to_recordset", "jsonb_array_elements",
     "jsonb_array_elements_text", "jsonb_each", "jsonb_each_text", "jsonb_object_keys", "jsonb_path_query",
     "jsonb_path_query_tz", "jsonb_populate_recordset", "jsonb_to_recordset", "aclexplode", "ts_debug", "ts_parse",
     "ts_token_type"}
)  # fmt: skip
"""The server's functions that return what is in a value, one by one."""

COUNTED = frozenset({"generate_series", "string_to_table", "regexp_split_to_table", "regexp_matches"})
"""Those whose number of rows says what they are given, even where that is a plain column."""

_TEXT = frozenset({"text", "varchar", "citext"})
"""Types that a text can be cast to without changing."""

_COMPARING = frozenset({"AEXPR_OP", "AEXPR_IN", "AEXPR_NOT_DISTINCT", "AEXPR_OP_ANY"})

Ahead = Sequence[tuple[Any, bool]]
"""Nodes still to be walked, each with whether its value arrives unchanged."""


class Block:
    """What expressions add to the block they are in."""

    __slots__ = ("compared", "conditions", "limits", "outputs")

    def __init__(self) -> None:
        self.conditions: list[Condition] = []
        self.limits: list[Atom] = []
        self.compared: list[Comparison] = []
        self.outputs: tuple[Output, ...] = ()
        """A select list, where numbers may stand for its items."""

    def numbered(self, item: Body) -> Expression:
        """The output that a number in ORDER BY or its like stands for; all of them where that can't be told."""
        item = item["SortBy"]["node"] if "SortBy" in item else item
        number: int = item.get("A_Const", {}).get("ival", {}).get("ival", 0)
        if not 0 < number <= len(self.outputs) or any(output.star for output in self.outputs[:number]):
            return (Ref(EVERY_OUTPUT),)
        return self.outputs[number - 1].value


class Expressions(ABC):
    """Reads expressions. `literals`: note where each literal operand is, for the very text that was parsed.

    `loose` collects the parameters that are more than a whole operand.
    """

    def __init__(self, *, literals: bool = False) -> None:
        self.loose: set[int] = set()
        self._literals = literals

    @abstractmethod
    def query(self, node: Body) -> Query:
        """A sub-select, or a statement in a CTE."""

    # ------------------------------------------------------------ conditions

    def condition(self, clause: str, node: Any, block: Block) -> None:
        """Note a condition, or a list of items."""
        equal: list[Comparison] = []
        tests: list[Expression] = []
        ahead = [node]
        while ahead:
            one = ahead.pop()
            if isinstance(one, list):
                ahead += one
            elif "BoolExpr" in one:
                ahead += one["BoolExpr"]["args"]
            elif "A_Expr" in one and (found := self._comparison(one["A_Expr"])):
                equal.append(found)
            elif clause in _ORDINAL and _ordinal(one):
                tests.append(block.numbered(one))
            else:
                tests.append(self.expression(one, block))
        block.conditions.append(Condition(clause, tuple(test for test in tests if test), tuple(equal)))

    def _comparison(self, body: Body) -> Comparison | None:
        """A test of a column for equality with parameters and constants alone."""
        if body["kind"] not in _COMPARING or strings(body["name"]) not in (("=",), ("pg_catalog", "=")):
            return None
        for one, other in ((body.get("lexpr"), body.get("rexpr")), (body.get("rexpr"), body.get("lexpr"))):
            column = _column(one)
            items = other["List"]["items"] if other is not None and "List" in other else [other]
            operands = [self.operand(item) for item in items if item is not None]
            if column is not None and operands and None not in operands:
                found = tuple(operand for operand in operands if operand is not None)
                return Comparison(column, found, body["kind"] == "AEXPR_OP_ANY")
        return None

    def operand(self, node: Any) -> Operand | None:
        """The parameter or literal that an expression is, through casts that keep it."""
        while "TypeCast" in node:
            node = node["TypeCast"]["arg"]
        if "ParamRef" in node:
            return Operand(parameter=node["ParamRef"].get("number", 0))
        if "A_Const" in node:
            return Operand(location=node["A_Const"].get("location", 0) if self._literals else -1)
        return None

    def limit(self, arguments: list[Body], block: Block, *, counted: bool) -> None:
        """Note what a function that returns a set is given; `counted` False: unless that is plain columns."""
        if counted or not all("ColumnRef" in argument for argument in arguments):
            block.limits.extend(self.expression(arguments, block))

    def window(self, clause: str, body: Body, block: Block) -> None:
        """Note a window: what divides and orders its rows, and the bounds of its frame, which say how many they are."""
        body = body.get("WindowDef", body)
        items = [*body.get("partitionClause", ()), *(item["SortBy"]["node"] for item in body.get("orderClause", ()))]
        self.condition(clause, items, block)
        for bound in ("startOffset", "endOffset"):
            block.limits.extend(self.expression(body.get(bound, []), block))

    # ------------------------------------------------------------ expressions

    def expression(self, node: Any, block: Block, *, exact: bool = False) -> Expression:
        """What the value of a node, or of any of a list's, is made of."""
        atoms: list[Atom] = []
        ahead: list[tuple[Any, bool]] = [(node, exact)]
        while ahead:
            value, exact = ahead.pop()
            if isinstance(value, list):
                ahead.extend((item, exact) for item in value)
            elif isinstance(value, dict):
                for key, inner in value.items():
                    if not isinstance(inner, dict | list):
                        continue
                    if isinstance(inner, dict) and ("targetList" in inner or "valuesLists" in inner or "larg" in inner):
                        key = "SelectStmt" if not key[0].isupper() else key
                    handler = _NODES.get(key)
                    if handler is None or not isinstance(inner, dict):
                        ahead.append((inner, False))
                    else:
                        ahead.extend(handler(self, inner, exact, block, atoms))
        return tuple(atoms)

    def _column_ref(self, body: Body, exact: bool, block: Block, atoms: list[Atom]) -> Ahead:
        parts = tuple(field["String"]["sval"] if "String" in field else "*" for field in body["fields"])
        atoms.append(Ref(parts, exact))
        return ()

    def _parameter(self, body: Body, exact: bool, block: Block, atoms: list[Atom]) -> Ahead:
        self.loose.add(body.get("number", 0))
        return ()

    def _nothing(self, body: Body, exact: bool, block: Block, atoms: list[Atom]) -> Ahead:
        return ()

    def _arguments(self, body: Body, exact: bool, block: Block, atoms: list[Atom]) -> Ahead:
        """COALESCE, GREATEST, COLLATE: the value is one of the arguments."""
        return [(body.get("args", body.get("arg")), exact)]

    def _cast(self, body: Body, exact: bool, block: Block, atoms: list[Atom]) -> Ahead:
        atoms.append(_typed(body["typeName"]))
        return [(body["arg"], exact and _keeps(body["typeName"]))]

    def _type(self, body: Body, exact: bool, block: Block, atoms: list[Atom]) -> Ahead:
        """Of a column of json_to_record, XMLTABLE and their like; of RETURNING."""
        atoms.append(_typed(body))
        return ()

    def _null_test(self, body: Body, exact: bool, block: Block, atoms: list[Atom]) -> Ahead:
        return self._present([body["arg"]], atoms)

    def _present(self, nodes: list[Body], atoms: list[Atom]) -> Ahead:
        """Note of which plain columns a value says whether they have one; the other nodes."""
        columns = [_column(node) for node in nodes]
        atoms.extend(Present(column) for column in columns if column is not None)
        return [(node, False) for node, column in zip(nodes, columns, strict=True) if column is None]

    def _case(self, body: Body, exact: bool, block: Block, atoms: list[Atom]) -> Ahead:
        whens = [item["CaseWhen"] for item in body["args"]]
        tests = [when["expr"] for when in whens]
        if "arg" in body:
            tests = [[body["arg"], test] for test in tests]  # each is compared with it
            for test in tests:
                block.conditions.append(Condition("CASE", (self.expression(test, block),)))
        else:
            self.condition("CASE", tests, block)
        results = [when["result"] for when in whens]
        if "defresult" in body:
            results.append(body["defresult"])
        return [(tests, False), (results, exact)]

    def _operator(self, body: Body, exact: bool, block: Block, atoms: list[Atom]) -> Ahead:
        if compared := self._comparison(body):
            block.compared.append(compared)
            atoms.append(Ref(compared.column.parts))
            return ()
        sides = [body[side] for side in ("lexpr", "rexpr") if side in body]
        name = qualified_name(body["name"])
        if body["kind"] == "AEXPR_NULLIF":
            return [(body["lexpr"], exact), (body["rexpr"], False)]
        if may_be_a_users(name):
            atoms.append(Call(name, self.expression(sides, block), operator=True))
            return ()
        return [(sides, False)]

    def _sublink(self, body: Body, exact: bool, block: Block, atoms: list[Atom]) -> Ahead:
        kind = body["subLinkType"]
        query = self.query(body["subselect"])
        atoms.append(Nested(query, exact and kind == "EXPR_SUBLINK", kind != "EXISTS_SUBLINK"))
        name = qualified_name(body["operName"]) if body.get("operName") else None
        tested = self.expression(body.get("testexpr", []), block)
        if name is not None and may_be_a_users(name):
            atoms.append(Call(name, (*tested, Nested(query)), operator=True))
        atoms.extend(tested)
        return ()

    def _sub_select(self, body: Body, exact: bool, block: Block, atoms: list[Atom]) -> Ahead:
        """A sub-select where no sublink is around it (JSON_ARRAY)."""
        atoms.append(Nested(self.query({"SelectStmt": body})))
        return ()

    def _indirection(self, body: Body, exact: bool, block: Block, atoms: list[Atom]) -> Ahead:
        value = self.expression(body["arg"], block)
        for item in body["indirection"]:
            if "String" in item or "A_Star" in item:
                value = (Field(value, item["String"]["sval"] if "String" in item else "*"),)
            else:
                value += self.expression(item, block)
        atoms.extend(value)
        return ()

    def _call(self, body: Body, exact: bool, block: Block, atoms: list[Atom]) -> Ahead:
        name = qualified_name(body["funcname"])
        known = name.schema in (None, "pg_catalog")
        arguments = body.get("args", [])
        self._modifiers(body, block)
        if "agg_order" in body and "agg_within_group" in body:
            arguments = [*arguments, *(item["SortBy"]["node"] for item in body["agg_order"])]
        if known and name.name == "count":
            computed = [node for node, _ in self._present(arguments, atoms)]
            if computed:
                self.condition("COUNT", computed, block)
            arguments = []
        many = "over" in body
        if known and name.name in SETS | COUNTED:
            self.limit(arguments, block, counted=name.name in COUNTED)
            many = True
        keeps = exact and known and name.name in _KEEPING
        atoms.append(Call(name, self.expression(arguments, block, exact=keeps), many=many))
        return ()

    def _modifiers(self, body: Body, block: Block) -> None:
        """FILTER, OVER and ORDER BY of a call."""
        if "agg_filter" in body:
            self.condition("FILTER", body["agg_filter"], block)
        if "over" in body:
            self.window("OVER", body["over"], block)
        if "agg_order" in body and "agg_within_group" not in body:
            self.condition("ORDER BY", [item["SortBy"]["node"] for item in body["agg_order"]], block)


_NODES: dict[str, Callable[[Expressions, Body, bool, Block, list[Atom]], Ahead]] = {
    "ColumnRef": Expressions._column_ref,
    "A_Const": Expressions._nothing,
    "ParamRef": Expressions._parameter,
    "GroupingFunc": Expressions._nothing,
    "SetToDefault": Expressions._nothing,
    "typeName": Expressions._type,
    "CoalesceExpr": Expressions._arguments,
    "MinMaxExpr": Expressions._arguments,
    "CollateClause": Expressions._arguments,
    "TypeCast": Expressions._cast,
    "NullTest": Expressions._null_test,
    "CaseExpr": Expressions._case,
    "A_Expr": Expressions._operator,
    "SubLink": Expressions._sublink,
    "SelectStmt": Expressions._sub_select,
    "A_Indirection": Expressions._indirection,
    "FuncCall": Expressions._call,
}

_ORDINAL = frozenset({"ORDER BY", "GROUP BY", "DISTINCT"})
"""Clauses in which a number is an output's."""


def _typed(kind: Body) -> Typed:
    return Typed(qualified_name(kind["names"]))


def casts(node: Body) -> tuple[Typed, ...]:
    """The types that an operand is cast to, one after the other."""
    found = []
    while "TypeCast" in node:
        found.append(_typed(node["TypeCast"]["typeName"]))
        node = node["TypeCast"]["arg"]
    return tuple(found)


def _keeps(kind: Body) -> bool:
    """Whether a cast to this type leaves a text as it is."""
    name = qualified_name(kind["names"])
    return (
        name.schema in (None, "pg_catalog")
        and name.name in _TEXT
        and "typmods" not in kind
        and "arrayBounds" not in kind
    )


def _column(node: Any) -> Ref | None:
    """The column that an expression is, through casts that keep it."""
    while node is not None and "TypeCast" in node:
        if not _keeps(node["TypeCast"]["typeName"]):
            return None
        node = node["TypeCast"]["arg"]
    if node is None or "ColumnRef" not in node:
        return None
    fields = node["ColumnRef"]["fields"]
    return Ref(strings(fields), exact=True) if all("String" in field for field in fields) else None


def _ordinal(node: Body) -> bool:
    """Whether an item of ORDER BY or its like may be an output's number."""
    node = node["SortBy"]["node"] if "SortBy" in node else node
    if "GroupingSet" in node:
        return any(map(_ordinal, node["GroupingSet"].get("content", ())))
    if "RowExpr" in node:
        return any(map(_ordinal, node["RowExpr"].get("args", ())))
    return "A_Const" in node


def implied_name(node: Body) -> str | None:
    """What the server calls an output without a name, where that is beyond doubt."""
    if "ColumnRef" in node:
        last = node["ColumnRef"]["fields"][-1]
        return last["String"]["sval"] if "String" in last else None
    return node["FuncCall"]["funcname"][-1]["String"]["sval"] if "FuncCall" in node else None
