"""A parse tree to a `Statement`: one pass over every node, with an explicit stack, so that no depth overflows ours.

Nodes appear as `{"NodeType": {fields}}`; node types begin with a capital, fields do not. Every sub-tree is walked,
whatever node it is in; a handler only adds what its node means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from tokengate.sql.categories import FUNCTIONS, OPERATORS, SETTINGS_THE_PARSER_NEEDS, STATEMENTS, UNSAFE_VALUE
from tokengate.sql.facts import CopyFacts, Name, Statement
from tokengate.sql.nodes import copy_facts, is_constant, is_on, literal, qualified_name, relation_name, unnamed_node

Body = dict[str, Any]

SHOWN, STORED = 1, 2
"""Where the values of what is mentioned can go: into a result row, into what is written."""

_CHOOSING = {
    "SelectStmt": ("whereClause", "havingClause", "groupClause", "sortClause", "windowClause", "limitOffset",
                   "limitCount", "distinctClause", "lockingClause"),
    "UpdateStmt": ("whereClause",),
    "DeleteStmt": ("whereClause",),
    "MergeStmt": ("joinCondition",),
    "MergeWhenClause": ("condition",),
    "JoinExpr": ("quals",),
    "FuncCall": ("agg_filter", "agg_order", "over"),
}  # fmt: skip
"""Fields by node type whose expressions only choose or order rows: no value of theirs goes anywhere."""

_SOURCES = {
    "SelectStmt": "fromClause",
    "UpdateStmt": "fromClause",
    "DeleteStmt": "usingClause",
    "MergeStmt": "sourceRelation",
}
"""Fields by node type that rows are taken from: what they compute may be shown and stored."""

_STORING = {"InsertStmt": ("selectStmt",), "UpdateStmt": ("targetList",), "MergeWhenClause": ("targetList", "values"),
            "CreateTableAsStmt": ("query",), "ViewStmt": ("query",)}  # fmt: skip
"""Fields by node type whose values are written."""

_RELATIONS = frozenset({"TABLE", "VIEW", "MATVIEW", "SEQUENCE", "FOREIGN_TABLE", "INDEX"})
_ON_RELATIONS = frozenset({"RULE", "TRIGGER", "POLICY"})
"""What DROP names: relations, and things that are named with theirs."""


class Scope:
    """Where the walk is: the CTE names in scope, and where values mentioned here can go (`SHOWN`, `STORED` or both)."""

    __slots__ = ("ctes", "goes")

    def __init__(self, ctes: frozenset[str], goes: int) -> None:
        self.ctes = ctes
        self.goes = goes

    def to(self, goes: int) -> Scope:
        """The same place, with values that go elsewhere."""
        return self if goes == self.goes else Scope(self.ctes, goes)


_KIND = re.compile(r"(?<!^)(?=[A-Z])")
_KINDS = {"ClosePortalStmt": "close", "CreatedbStmt": "create_database", "DropdbStmt": "drop_database"}


class Walk:
    """Collects one statement's facts. `text`: the statement's own part of the text."""

    def __init__(self, node: Body, text: str) -> None:
        (self.top,) = node
        self.text = text
        self.categories: set[str] = set()
        self.reads: set[Name] = set()
        self.writes: set[Name] = set()
        self.defines: set[Name] = set()
        self.functions: set[Name] = set()
        self.operators: set[str] = set()
        self.columns: set[tuple[str | None, str]] = set()
        self.written: set[str] = set()
        self.settings: list[tuple[str, str | None]] = []
        self.bare: set[tuple[str, int]] = set()
        self.shown: set[tuple[str | None, str]] = set()
        self.stored: set[tuple[str | None, str]] = set()
        self.aliases: set[tuple[str, Name | None]] = set()
        self.join_aliases: set[str] = set()
        self.names: set[str] = set()
        self.stars = self.aliased = self.dynamic = self.analyze = self.returning = self.into = False
        self.filtered = True
        self.cursor: str | None = None
        self.copy: CopyFacts | None = None
        self._apart: dict[str, int] = {}
        self._stack: list[tuple[Any, Scope]] = [(node, Scope(frozenset(), SHOWN))]
        self._run()

    def _run(self) -> None:
        stack = self._stack
        while stack:
            value, scope = stack.pop()
            if isinstance(value, list):
                stack.extend((item, scope) for item in value)
            elif isinstance(value, dict):
                self._fields(value, scope)

    def _fields(self, fields: Body, scope: Scope) -> None:
        for key, value in fields.items():
            if not isinstance(value, dict | list):
                continue
            kind = key if key[0].isupper() else unnamed_node(key, value)
            if kind is None:
                self._stack.append((value, scope))
            else:
                self._node(kind, value, scope)

    def _node(self, kind: str, body: Any, scope: Scope) -> None:
        if kind.endswith("Stmt") or kind in STATEMENTS:
            self.categories.update(STATEMENTS.get(kind, ("unknown",)) if kind != "RawStmt" else ())
        if "withClause" in body:
            body, scope = self._with(body, scope)
        self._apart = self._divide(kind, body, scope) if kind in _DIVIDED else {}
        handler = _HANDLERS.get(kind)
        if handler is None:
            self.descend(body, scope)
        else:
            handler(self, body, scope)

    def _divide(self, kind: str, body: Body, scope: Scope) -> dict[str, int]:
        """Walk the parts whose values go elsewhere than the rest's; which they are. `descend` leaves them out."""
        parts = dict.fromkeys(_CHOOSING.get(kind, ()), 0)
        parts.update(dict.fromkeys(_STORING.get(kind, ()), STORED if scope.goes else 0))
        if kind in _SOURCES:
            parts[_SOURCES[kind]] = SHOWN | STORED if scope.goes else 0
        if kind == "SelectStmt" and "intoClause" in body:
            parts["targetList"] = STORED
        if "agg_within_group" in body:
            del parts["agg_order"]  # WITHIN GROUP (ORDER BY x): x is what is aggregated
        for field in parts.keys() & body.keys():
            self._stack.append((body[field], scope.to(parts[field])))
        return parts

    def _with(self, body: Body, scope: Scope) -> tuple[Body, Scope]:
        """Scope the CTEs: each sees the ones before it, with RECURSIVE all of them; the body sees all."""
        clause = body["withClause"]
        clause = clause.get("WithClause", clause)
        queries = [item["CommonTableExpr"] for item in clause.get("ctes", ())]
        everything = scope.ctes | {query["ctename"] for query in queries}
        seen = everything if clause.get("recursive") else scope.ctes
        goes = SHOWN | STORED if scope.goes else 0
        for query in queries:
            self._stack.append(({k: v for k, v in query.items() if k != "ctename"}, Scope(seen, goes)))
            self.aliased |= bool(query.get("aliascolnames"))
            self.names.add(query["ctename"])
            seen |= {query["ctename"]}
        return {key: value for key, value in body.items() if key != "withClause"}, Scope(everything, scope.goes)

    # ------------------------------------------------------------ what handlers share

    def descend(self, body: Body, scope: Scope, *without: str) -> None:
        """Walk a node's fields but these, and those that are walked apart."""
        self._fields({k: v for k, v in body.items() if k not in without and k not in self._apart}, scope)

    def relation(self, body: Body | None, into: set[Name]) -> None:
        """Note the relation of a RangeVar's fields."""
        if body is not None:
            body = body.get("RangeVar", body)
            name = Name(body.get("schemaname"), body["relname"])
            into.add(name)
            self.names.add(body["relname"])
            self.aliases.update((word, name) for word in ("old", "new"))
            self._alias(body, name)

    def _alias(self, body: Body, name: Name | None) -> str | None:
        """Note what an item of FROM is called, and that it stands for `name`; the alias."""
        alias = body.get("alias")
        if alias:
            alias = alias.get("Alias", alias)
            self.names.add(alias["aliasname"])
            self.aliased |= bool(alias.get("colnames"))
            self.aliases.add((alias["aliasname"], name))
            return str(alias["aliasname"])
        if name is not None:
            self.aliases.add((name.name, name))
        return None

    def _mention(self, qualifier: str | None, column: str, scope: Scope) -> None:
        self.columns.add((qualifier, column))
        self._goes(qualifier, column, scope.goes)

    def _goes(self, qualifier: str | None, column: str, goes: int) -> None:
        if goes & SHOWN:
            self.shown.add((qualifier, column))
        if goes & STORED:
            self.stored.add((qualifier, column))

    def statement(self) -> Statement:
        """The facts."""
        if not self.filtered:
            self.categories.add("unfiltered-write")
        whole = [(name, goes) for name, goes in self.bare if name in self.names]
        for name, goes in whole:
            self._goes(name, "*", goes)
        for alias in self.join_aliases:
            self.aliases.update((alias, name) for name in self.reads)
        if self.into:
            self.stored |= self.shown  # INTO is in one part of a UNION and writes the rows of all
        kind = _KINDS.get(self.top) or _KIND.sub("_", self.top.removesuffix("Stmt")).lower()
        return Statement(
            kind=kind,
            categories=frozenset(self.categories),
            reads=frozenset(self.reads),
            writes=frozenset(self.writes),
            defines=frozenset(self.defines),
            functions=frozenset(self.functions),
            operators=frozenset(self.operators),
            columns=frozenset(self.columns),
            written_columns=frozenset(self.written),
            stars=self.stars,
            aliased=self.aliased,
            whole_rows=frozenset(name for name, _ in whole),
            has_where=self.filtered,
            dynamic=self.dynamic or "dynamic" in self.categories,
            settings=tuple(self.settings),
            cursor=self.cursor,
            copy=self.copy,
            explain_analyze=self.analyze,
            returning=self.returning,
            shown=frozenset(self.shown),
            stored=frozenset(self.stored),
            aliases=frozenset(self.aliases),
        )

    # ------------------------------------------------------------ handlers: queries

    def range_var(self, body: Body, scope: Scope) -> None:
        name: Name | None = Name(body.get("schemaname"), body["relname"])
        self.names.add(body["relname"])
        if body.get("schemaname") is None and body["relname"] in scope.ctes:
            self.aliases.add((body["relname"], None))
            name = None
        else:
            self.reads.add(Name(body.get("schemaname"), body["relname"]))
        self._alias(body, name)

    def aliased_item(self, body: Body, scope: Scope) -> None:
        self._alias(body, None)
        self.aliased |= bool(body.get("coldeflist"))
        self.descend(body, scope, "alias")

    def join(self, body: Body, scope: Scope) -> None:
        aliases = [self._alias(body, None), self._alias({"alias": body.get("join_using_alias")}, None)]
        self.join_aliases.update(alias for alias in aliases if alias is not None)
        for item in body.get("usingClause", ()):
            self.columns.add((None, item["String"]["sval"]))
        if body.get("isNatural"):
            self.aliased = True
        self.descend(body, scope, "alias", "join_using_alias", "usingClause")

    def select(self, body: Body, scope: Scope) -> None:
        into = body.get("intoClause")
        if into:
            self.into = True
            self.categories.update(("ddl", "create", "write"))
            self.relation(into["rel"], self.writes)
            self.relation(into["rel"], self.defines)
        if body.get("lockingClause"):
            self.categories.add("lock")
        if "valuesLists" not in body or self.top == "SelectStmt":
            self.categories.add("read")  # the VALUES of an INSERT read nothing
        self.descend(body, scope, "intoClause")

    def star(self, body: Body, scope: Scope) -> None:
        self.stars = True
        self._goes("", "*", scope.goes)

    def column_ref(self, body: Body, scope: Scope) -> None:
        parts = [field["String"]["sval"] if "String" in field else "*" for field in body["fields"]]
        qualifier = parts[-2] if len(parts) > 1 else None
        if parts[-1] == "*":
            self.stars = True
            self._goes(qualifier, "*", scope.goes)
            return
        self._mention(qualifier, parts[-1], scope)
        if len(parts) == 1:
            self.bare.add((parts[0], scope.goes))

    def indirection(self, body: Body, scope: Scope) -> None:
        for item in body.get("indirection", ()):
            if "String" in item:
                self._mention("", item["String"]["sval"], scope)
        self.descend(body, scope)

    def function(self, body: Body, scope: Scope) -> None:
        name = qualified_name(body["funcname"])
        self.functions.add(name)
        if name.schema in (None, "pg_catalog") or name.name in FUNCTIONS:
            self.categories.update(FUNCTIONS.get(name.name, ()))
            if name.name == "set_config":
                self._set_config(body.get("args", []))
        self.descend(body, scope, "funcname")

    def _set_config(self, arguments: list[Body]) -> None:
        self.categories.add("setting")
        name, value = (literal(argument) for argument in (*arguments[:2], *[{}] * (2 - len(arguments[:2]))))
        if name is None:
            self.categories.add("role")
            if value is None or UNSAFE_VALUE.fullmatch(value):
                self.categories.add("parser-setting")
        else:
            self._setting(name, value, known=value is not None)

    def operator(self, body: Body, scope: Scope) -> None:
        name = qualified_name(body["name"])
        if name.schema not in (None, "pg_catalog") or (
            name.name not in OPERATORS and body["kind"].startswith("AEXPR_OP")
        ):
            self.operators.add(str(name))
        self.descend(body, scope, "name")

    def sublink(self, body: Body, scope: Scope) -> None:
        if body.get("operName"):
            name = qualified_name(body["operName"])
            if name.schema not in (None, "pg_catalog") or name.name not in OPERATORS:
                self.operators.add(str(name))
        self.descend(body, scope, "operName")

    # ------------------------------------------------------------ handlers: writes

    def write(self, body: Body, scope: Scope) -> None:
        """INSERT, UPDATE, DELETE, MERGE."""
        self.relation(body.get("relation"), self.writes)
        self.returning |= bool(body.get("returningList") or body.get("returningClause"))
        self.names.update(("old", "new"))  # whole rows, in RETURNING
        for item in body.get("returningClause", {}).get("options", ()):
            alias = {"aliasname": item["ReturningOption"]["value"]}
            self._alias({"alias": alias}, relation_name(body["relation"]))
        self._written((*body.get("cols", ()), *body.get("targetList", ())))
        if "onConflictClause" in body:
            self._on_conflict(body["onConflictClause"], scope)
        self.descend(body, scope, "relation", "onConflictClause")

    def _written(self, targets: Iterable[Body]) -> None:
        self.written.update(item["ResTarget"]["name"] for item in targets if "name" in item.get("ResTarget", {}))

    def _on_conflict(self, clause: Body, scope: Scope) -> None:
        if clause.get("action") == "ONCONFLICT_UPDATE":
            self.categories.add("update")
        self.aliases.add(("excluded", None))  # the row that INSERT would have written
        self._written(clause.get("targetList", ()))
        for field, value in clause.items():
            if isinstance(value, dict | list):
                self._stack.append((value, scope.to(STORED if field == "targetList" and scope.goes else 0)))

    def filtered_write(self, body: Body, scope: Scope) -> None:
        """UPDATE, DELETE: without a condition, or with one that is always true, they are unfiltered."""
        where = body.get("whereClause")
        if where is None or is_constant(where):
            self.filtered = False
        self.write(body, scope)

    def merge_when(self, body: Body, scope: Scope) -> None:
        word = {"CMD_INSERT": "insert", "CMD_UPDATE": "update", "CMD_DELETE": "delete"}.get(body.get("commandType", ""))
        if word:
            self.categories.add(word)
        self._written(body.get("targetList", ()))
        self.descend(body, scope)

    def truncate(self, body: Body, scope: Scope) -> None:
        for relation in body.get("relations", ()):
            self.relation(relation, self.writes)

    def copying(self, body: Body, scope: Scope) -> None:
        options = {item["DefElem"]["defname"]: item["DefElem"].get("arg") for item in body.get("options", ())}
        incoming, program, file = body.get("is_from", False), body.get("is_program", False), body.get("filename")
        endpoint = "program" if program else "file" if file else "client"
        if endpoint != "client":
            self.categories.add("server-program" if program else "server-file")
        if incoming:
            self.categories.update(("write", "insert"))
        else:
            self.categories.add("read")
        if body.get("relation"):
            self.relation(body["relation"], self.writes if incoming else self.reads)
        columns = tuple(item["String"]["sval"] for item in body.get("attlist", ()))
        if incoming:
            self.written.update(columns)
        else:
            for column in columns:
                self._mention(None, column, scope)
            if not columns and "query" not in body:
                self.stars = True
                self._goes(None, "*", SHOWN)
        self.copy = copy_facts(body, options, endpoint, columns, self.text)
        self.descend(body, scope, "relation", "attlist", "options")

    # ------------------------------------------------------------ handlers: definitions

    def create_as(self, body: Body, scope: Scope) -> None:
        into = body["into"].get("IntoClause", body["into"])
        self.relation(into["rel"], self.writes)
        self.relation(into["rel"], self.defines)
        self.aliased |= bool(into.get("colNames"))
        self.descend(body, scope, "into")

    def define(self, body: Body, scope: Scope) -> None:
        """CREATE and ALTER of one relation: `relation`, `view` or `sequence` is what is defined."""
        for key in ("relation", "view", "sequence"):
            if isinstance(body.get(key), dict):
                self.relation(body[key], self.defines)
        if body.get("typevar"):
            self.relation(body["typevar"], self.defines)
        self.descend(body, scope, "relation", "view", "sequence", "typevar")

    def create_table(self, body: Body, scope: Scope) -> None:
        base = body.get("base", body)
        base = base.get("CreateStmt", base)
        self.relation(base.get("relation"), self.defines)
        self.descend(base, scope, "relation", "inhRelations")
        for parent in base.get("inhRelations", ()):
            self.relation(parent, self.defines)

    def drop(self, body: Body, scope: Scope) -> None:
        if body.get("removeType", "").removeprefix("OBJECT_") in _RELATIONS | _ON_RELATIONS:
            for item in body.get("objects", ()):
                parts = [part["String"]["sval"] for part in item.get("List", {}).get("items", ()) if "String" in part]
                if body["removeType"].removeprefix("OBJECT_") in _ON_RELATIONS:
                    parts = parts[:-1]
                if parts:
                    self.defines.add(Name(parts[-2] if len(parts) > 1 else None, parts[-1]))

    def code(self, body: Body, scope: Scope) -> None:
        """CREATE FUNCTION and the like: a body in a string can't be seen into; an SQL-standard body is walked as
        well.
        """
        self.relation(body.get("relation"), self.defines)
        self.descend(body, scope, "relation", "funcname")

    # ------------------------------------------------------------ handlers: the session

    def set_variable(self, body: Body, scope: Scope) -> None:
        name = body.get("name")
        if name is None:
            if body.get("kind") == "VAR_RESET_ALL":
                self.settings.append(("all", None))
            return
        if body.get("kind") == "VAR_SET_MULTI":  # SET TRANSACTION, SET SESSION CHARACTERISTICS, IMPORT SNAPSHOT
            self.categories.discard("setting")
            self.categories.add("transaction")
        values = [literal(argument) for argument in body.get("args", ())]
        known = body.get("kind") == "VAR_SET_VALUE" and all(value is not None for value in values)
        if body.get("kind") == "VAR_SET_VALUE":
            self._setting(name, ", ".join(value or "" for value in values), known=known)
        else:
            self._setting(name, None, known=False, reset=True)

    def _setting(self, name: str, value: str | None, *, known: bool, reset: bool = False) -> None:
        name = name.lower()
        self.settings.append((name, value))
        if name in ("role", "session_authorization"):
            self.categories.add("role")
        allowed = SETTINGS_THE_PARSER_NEEDS.get(name)
        if allowed is not None and not reset and (not known or (value or "").strip().lower() not in allowed):
            self.categories.add("parser-setting")

    def discard(self, body: Body, scope: Scope) -> None:
        if body.get("target") == "DISCARD_ALL":
            self.settings.append(("all", None))

    def named_cursor(self, body: Body, scope: Scope) -> None:
        self.cursor = body.get("portalname")
        self.descend(body, scope)

    def named_statement(self, body: Body, scope: Scope) -> None:
        self.cursor = body.get("name")
        self.descend(body, scope)

    def explain(self, body: Body, scope: Scope) -> None:
        for item in body.get("options", ()):
            if item["DefElem"]["defname"] == "analyze" and is_on(item["DefElem"].get("arg")):
                self.analyze = True
        self.descend(body, scope)

    def lock(self, body: Body, scope: Scope) -> None:
        for relation in body.get("relations", ()):
            self.relation(relation, self.reads)

    def opaque(self, body: Body, scope: Scope) -> None:
        self.dynamic = True
        self.descend(body, scope)


_DIVIDED = _CHOOSING.keys() | _SOURCES.keys() | _STORING.keys()

Handler = Callable[[Walk, Body, Scope], None]
_HANDLERS: dict[str, Handler] = {
    "RangeVar": Walk.range_var,
    "RangeSubselect": Walk.aliased_item,
    "RangeFunction": Walk.aliased_item,
    "RangeTableFunc": Walk.aliased_item,
    "JsonTable": Walk.aliased_item,
    "JoinExpr": Walk.join,
    "SelectStmt": Walk.select,
    "A_Star": Walk.star,
    "ColumnRef": Walk.column_ref,
    "A_Indirection": Walk.indirection,
    "FuncCall": Walk.function,
    "A_Expr": Walk.operator,
    "SubLink": Walk.sublink,
    "InsertStmt": Walk.write,
    "UpdateStmt": Walk.filtered_write,
    "DeleteStmt": Walk.filtered_write,
    "MergeStmt": Walk.write,
    "MergeWhenClause": Walk.merge_when,
    "TruncateStmt": Walk.truncate,
    "CopyStmt": Walk.copying,
    "CreateTableAsStmt": Walk.create_as,
    "CreateStmt": Walk.create_table,
    "CreateForeignTableStmt": Walk.create_table,
    "ViewStmt": Walk.define,
    "IndexStmt": Walk.define,
    "AlterTableStmt": Walk.define,
    "RenameStmt": Walk.define,
    "AlterObjectSchemaStmt": Walk.define,
    "AlterOwnerStmt": Walk.define,
    "AlterSeqStmt": Walk.define,
    "CreateSeqStmt": Walk.define,
    "CompositeTypeStmt": Walk.define,
    "RefreshMatViewStmt": Walk.define,
    "DropStmt": Walk.drop,
    "CreateTrigStmt": Walk.code,
    "RuleStmt": Walk.code,
    "CreatePolicyStmt": Walk.code,
    "CreateFunctionStmt": Walk.code,
    "VariableSetStmt": Walk.set_variable,
    "DiscardStmt": Walk.discard,
    "DeclareCursorStmt": Walk.named_cursor,
    "FetchStmt": Walk.named_cursor,
    "ClosePortalStmt": Walk.named_cursor,
    "PrepareStmt": Walk.named_statement,
    "ExecuteStmt": Walk.named_statement,
    "DeallocateStmt": Walk.named_statement,
    "ExplainStmt": Walk.explain,
    "LockStmt": Walk.lock,
    "DoStmt": Walk.opaque,
    "CallStmt": Walk.opaque,
}
