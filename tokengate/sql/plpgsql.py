"""PL/pgSQL code to the SQL in it: what a block's statements and expressions are, by PL/pgSQL's own parser.

It stands before the reading of SQL, which decides about each of them. Whatever is not a fixed text of SQL, known where
it stands, is a reason why the rest does not say all that the code may do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import frozen

from tokengate.sql import libpg

_STATIC = frozenset(
    {"assert", "assign", "block", "case", "execsql", "exit", "foreach_a", "fori", "fors", "getdiag", "if", "loop",
     "perform", "raise", "return", "return_next", "return_query", "while"}
)  # fmt: skip
"""Kinds of statement (PLpgSQL_stmt_…) in which every text of SQL is fixed. A cursor's variable may name any cursor of
the session, so those that fetch and close are none of them; COMMIT and ROLLBACK end what the rest is about.
"""

_DYNAMIC = "dynquery"
"""In a kind that is static otherwise: a text that is computed."""

_ROWS = frozenset({"PLpgSQL_rec", "PLpgSQL_row"})
_TRIGGERS = frozenset(
    {"tg_name", "tg_when", "tg_level", "tg_op", "tg_relid", "tg_relname", "tg_table_name", "tg_table_schema",
     "tg_nargs", "tg_argv"}
)  # fmt: skip
"""The variables of a trigger's function, which the library does not name."""

_STATEMENT, _EXPRESSION = 0, 2
"""Parse modes, as PL/pgSQL's parser has them; those beyond are assignments."""


@frozen
class Embedded:
    """One text of SQL. `mode`: what `libpg.parse` needs to know of it."""

    text: str
    mode: int = _STATEMENT

    def node(self) -> dict[str, Any]:
        """Its parse tree; an expression's and an assignment's is a SELECT of what is computed. Raises
        `libpg.SyntaxProblem`.
        """
        (item,) = libpg.parse(self.text.encode(), self.mode)
        node: dict[str, Any] = item["stmt"]
        if "PLAssignStmt" not in node:
            return node
        assigned = node["PLAssignStmt"]
        indices = [part["A_Indices"] for part in assigned.get("indirection", ()) if "A_Indices" in part]
        bounds = [{"ResTarget": {"val": bound}} for index in indices for bound in index.values() if type(bound) is dict]
        return {"SelectStmt": {**assigned["val"], "targetList": assigned["val"].get("targetList", []) + bounds}}


@frozen
class Program:
    """What code does. `embedded`: its SQL, in the order of the text; `variables` and `rows`: the names of its variables
    with one value, and with fields; `unseen`: why it may do more, "" when it can't.
    """

    embedded: tuple[Embedded, ...] = ()
    variables: frozenset[str] = frozenset()
    rows: frozenset[str] = frozenset()
    unseen: str = ""


def read(body: str, *, trigger: bool = False) -> Program:
    """The SQL in the body of a block, or of a trigger's function. Never raises."""
    returns = "trigger" if trigger else "void"
    try:
        text = f"create function f() returns {returns} language plpgsql as {_quoted(body)}"
        (function,) = libpg.parse_plpgsql(text.encode())
        nodes = list(_nodes(function))
    except libpg.SyntaxProblem as problem:
        return Program(unseen=f"its code can't be read: {problem.message}")
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        return Program(unseen=f"its code is of an unknown form ({type(error).__name__})")
    return Program(
        tuple(_embedded(body) for kind, body in nodes if kind == "PLpgSQL_expr"),
        _names(nodes, frozenset({"PLpgSQL_var"})) | (_TRIGGERS if trigger else frozenset()),
        _names(nodes, _ROWS),
        next(filter(None, (_unseen(kind, body) for kind, body in nodes)), ""),
    )


def _quoted(body: str) -> str:
    """The body as a literal in which nothing has a meaning."""
    tag = "$q"
    while tag in body:
        tag += "q"
    return f"{tag}${body}\n{tag}$"


def _nodes(tree: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every node, as its type and its fields, in the order of the text."""
    ahead = [tree]
    while ahead:
        value = ahead.pop()
        if isinstance(value, list):
            ahead += reversed(value)
        elif isinstance(value, dict):
            yield from ((key, body) for key, body in value.items() if key.startswith("PLpgSQL_"))
            ahead += reversed(value.values())


def _embedded(expression: dict[str, Any]) -> Embedded:
    mode = expression["parseMode"]
    if mode == _EXPRESSION:
        return Embedded(f"SELECT {expression['query']}")
    return Embedded(expression["query"], mode)


def _names(nodes: list[tuple[str, dict[str, Any]]], kinds: frozenset[str]) -> frozenset[str]:
    return frozenset(body["refname"] for kind, body in nodes if kind in kinds)


def _unseen(kind: str, body: dict[str, Any]) -> str:
    statement = kind.removeprefix("PLpgSQL_stmt_")
    if statement == kind:
        return ""
    if statement not in _STATIC or _DYNAMIC in body:
        return f"it has a statement whose meaning depends on when it runs ({statement})"
    return ""
