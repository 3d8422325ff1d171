"""Small readings of single parse tree nodes: names, constants, options. `walk` puts them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tokengate.sql import lexer
from tokengate.sql.facts import CopyFacts, Name
from tokengate.sql.shipped import OPERATORS

Body = dict[str, Any]

_ONLY = {"larg": "SelectStmt", "rarg": "SelectStmt", "funccall": "FuncCall", "setstmt": "VariableSetStmt"}


def unnamed_node(field: str, value: Any) -> str | None:
    """The type of a node in a field that can hold no other: it is then left out."""
    if not isinstance(value, dict) or next(iter(value), "a") < "a":  # it is wrapped in its type, a capital
        return None
    return "RangeVar" if "relname" in value else _ONLY.get(field)


def strings(nodes: Iterable[Body] | None) -> tuple[str, ...]:
    """The texts of a list of String nodes."""
    return tuple(node["String"]["sval"] for node in nodes or ())


def relation_name(relation: Body) -> Name:
    """The name in a RangeVar, or in its fields."""
    relation = relation.get("RangeVar", relation)
    return Name(relation.get("schemaname"), relation["relname"])


def qualified_name(parts: list[Body]) -> Name:
    """The name a list of String nodes spells; a database in front of the schema is left out."""
    names = strings(parts)
    return Name(names[-2] if len(names) > 1 else None, names[-1])


def may_be_a_users(operator: Name) -> bool:
    """Whether an operator's name is none that comes with PostgreSQL. BETWEEN and its like are words, and do."""
    return operator.schema not in (None, "pg_catalog") or not (operator.name in OPERATORS or operator.name[0].isalpha())


def quoted(name: str) -> str:
    """An identifier as SQL may write any."""
    return '"' + name.replace('"', '""') + '"'


def literal(node: Body) -> str | None:
    """A constant's text, through casts; None for anything else."""
    while "TypeCast" in node:
        node = node["TypeCast"].get("arg", {})
    constant = node.get("A_Const")
    if constant is None:
        return None
    for key in ("sval", "ival", "fval", "boolval"):
        if key in constant:
            value = constant[key].get(key, 0 if key == "ival" else False)
            return str(value).lower() if isinstance(value, bool) else str(value)
    return None


def names_column(node: Any) -> bool:
    """Whether an expression, or any of a list, mentions a column."""
    stack = [node]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(value)
        elif isinstance(value, dict):
            if "ColumnRef" in value:
                return True
            stack.extend(value.values())
    return False


def from_items(sources: Iterable[Body]) -> Iterator[Body]:
    """The items of FROM: joins are taken apart, each stands as its own fields before its sides."""
    ahead = list(sources)
    while ahead:
        item = ahead.pop()
        if "JoinExpr" in item:
            yield item["JoinExpr"]
            ahead += (item["JoinExpr"]["larg"], item["JoinExpr"]["rarg"])
        elif item:
            yield item


def ranges(node: Body) -> set[str]:
    """Every name that rows may have in a tree: of relations, their aliases, WITH queries, functions in FROM."""
    found: set[str] = set()
    stack: list[Any] = [node]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(value)
        elif isinstance(value, dict):
            found.update(value[key] for key in ("relname", "aliasname", "ctename") if isinstance(value.get(key), str))
            for function in value.get("RangeFunction", {}).get("functions", ()):
                found.update(_called(function))
            stack.extend(value.values())
    return found


def _called(node: Any) -> set[str]:
    """The names of all functions in a tree."""
    if isinstance(node, list):
        return {name for item in node for name in _called(item)}
    if not isinstance(node, dict):
        return set()
    own = {qualified_name(node["funcname"]).name} if "funcname" in node else set()
    return own | _called(list(node.values()))


def is_on(argument: Body | None) -> bool:
    """Whether an option is on: one without an argument is."""
    if argument is None:
        return True
    text = argument.get("String", {}).get("sval")
    if text is not None:
        return text.lower() in ("true", "on", "1", "yes")
    if "Boolean" in argument:
        return bool(argument["Boolean"].get("boolval"))
    return bool(argument.get("Integer", {}).get("ival", 1))


def copy_facts(
    body: Body, options: dict[str, Body | None], endpoint: str, columns: tuple[str, ...], text: str
) -> CopyFacts:
    """The facts of a CopyStmt, with PostgreSQL's defaults; `text` is the statement's own, for its query as written."""

    def word(name: str, default: str) -> str:
        argument = options.get(name) or {}
        return str(argument.get("String", {}).get("sval", default))

    form = word("format", "text").lower()
    csv = form == "csv"
    quote = word("quote", '"')
    return CopyFacts(
        direction="from" if body.get("is_from") else "to",
        endpoint=endpoint,
        relation=relation_name(body["relation"]) if "relation" in body else None,
        columns=columns,
        query=lexer.first_parentheses(text) if "query" in body else None,
        format=form,
        delimiter=word("delimiter", "," if csv else "\t"),
        null=word("null", "" if csv else "\\N"),
        quote=quote,
        escape=word("escape", quote),
        header="header" in options and is_on(options["header"]),
        encoding=word("encoding", "") or None,
    )
