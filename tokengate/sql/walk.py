"""A parse tree to a `Statement`: one pass over every node, with an explicit stack, so that no depth overflows ours.

Nodes appear as `{"NodeType": {fields}}`; node types begin with a capital, fields do not. Every sub-tree is walked,
whatever node it is in; a handler only adds what its node means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from tokengate.sql.blocks import Reading
from tokengate.sql.categories import (
    FUNCTIONS,
    OPERATORS,
    READ_ONLY_SETTINGS,
    SECURITY_SETTINGS,
    SETTINGS_THE_PARSER_NEEDS,
    STATEMENTS,
    UNSAFE_VALUE,
)
from tokengate.sql.facts import CopyFacts, Name, Setting, Statement
from tokengate.sql.nodes import (
    Body,
    copy_facts,
    is_constant,
    is_on,
    literal,
    qualified_name,
    quoted,
    relation_name,
    strings,
    unnamed_node,
)

_RELATIONS = frozenset({"TABLE", "VIEW", "MATVIEW", "SEQUENCE", "FOREIGN_TABLE", "INDEX"})
_ON_RELATIONS = frozenset({"RULE", "TRIGGER", "POLICY"})
"""What DROP names: relations, and things that are named with theirs."""


Scope = frozenset[str]
"""Where the walk is: the names of the CTEs in scope."""

_LEAVES = frozenset({"A_Const", "ColumnRef", "ParamRef", "String", "A_Star", "alias"})
"""Nodes and fields with nothing in them but names and constants."""

_BOUNDS = (">=", "<=")
"""What BETWEEN compares with."""

_ACCESS_SHARE = 1
"""AccessShareLock: what every SELECT takes."""

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
        self.symbols: set[str] = set()
        self.settings: list[Setting] = []
        self.tables: set[Name] = set()
        self.fresh: set[Name] = set()
        self.references: set[Name] = set()
        self.follows: set[tuple[Name, str | None]] = set()
        self.types: set[Name] = set()
        self.parameters: set[Name] = set()
        self.renamed: Name | None = None
        self.dynamic = self.analyze = self.returning = False
        self.filtered = True
        self.cursor: str | None = None
        self.copy: CopyFacts | None = None
        self._stack: list[tuple[Any, Scope]] = [(node, frozenset())]
        self._run()

    def _run(self) -> None:
        stack = self._stack
        while stack:
            value, scope = stack.pop()
            if type(value) is dict:
                self._fields(value, scope)
            elif type(value) is list:
                for item in value:
                    if type(item) is dict:
                        self._fields(item, scope)

    def _fields(self, fields: Body, scope: Scope) -> None:
        for key, value in fields.items():
            if key in _LEAVES:
                continue
            kind = type(value)
            if kind is dict:
                if key == "typeName":
                    self.types.add(qualified_name(value["names"]))
                    continue
                node = key if key[0].isupper() else unnamed_node(key, value)
                if node is None:
                    self._stack.append((value, scope))
                else:
                    self._node(node, value, scope)
            elif kind is list:
                self._stack.append((value, scope))

    def _node(self, kind: str, body: Any, scope: Scope) -> None:
        if kind.endswith("Stmt"):
            self.categories.update(STATEMENTS.get(kind, ("unknown",)) if kind != "RawStmt" else ())
        if "withClause" in body:
            body, scope = self._with(body, scope)
        handler = _HANDLERS.get(kind)
        if handler is None:
            self._fields(body, scope)
        else:
            handler(self, body, scope)

    def _with(self, body: Body, scope: Scope) -> tuple[Body, Scope]:
        """Scope the CTEs: each sees the ones before it, with RECURSIVE all of them; the body sees all."""
        clause = body["withClause"]
        clause = clause.get("WithClause", clause)
        queries = [item["CommonTableExpr"] for item in clause.get("ctes", ())]
        everything = scope | {query["ctename"] for query in queries}
        seen = everything if clause.get("recursive") else scope
        for query in queries:
            self._stack.append(({k: v for k, v in query.items() if k != "ctename"}, seen))
            seen |= {query["ctename"]}
        return {key: value for key, value in body.items() if key != "withClause"}, everything

    # ------------------------------------------------------------ what handlers share

    def descend(self, body: Body, scope: Scope, *without: str) -> None:
        """Walk a node's fields but these."""
        self._fields({k: v for k, v in body.items() if k not in without}, scope)

    def relation(self, body: Body | None, into: set[Name]) -> None:
        """Note the relation of a RangeVar's fields."""
        if body is not None:
            into.add(relation_name(body))

    def statement(self, reading: Reading | None = None) -> Statement:
        """The facts."""
        if not self.filtered:
            self.categories.add("unfiltered-write")
        kind = _KINDS.get(self.top) or _KIND.sub("_", self.top.removesuffix("Stmt")).lower()
        return Statement(
            kind=kind,
            categories=frozenset(self.categories),
            reads=frozenset(self.reads),
            writes=frozenset(self.writes),
            defines=frozenset(self.defines),
            functions=frozenset(self.functions),
            operators=frozenset(self.operators),
            symbols=frozenset(self.symbols),
            has_where=self.filtered,
            dynamic=self.dynamic or "dynamic" in self.categories,
            settings=tuple(self.settings),
            cursor=self.cursor,
            copy=self.copy,
            explain_analyze=self.analyze,
            returning=self.returning,
            tables=frozenset(self.tables),
            fresh=frozenset(self.fresh),
            references=frozenset(self.references),
            follows=frozenset(self.follows),
            types=frozenset(self.types),
            parameters=frozenset(self.parameters),
            renamed=self.renamed,
            reading=reading,
        )

    # ------------------------------------------------------------ handlers: queries

    def range_var(self, body: Body, scope: Scope) -> None:
        if body.get("schemaname") is not None or body["relname"] not in scope:
            self.relation(body, self.reads)

    def select(self, body: Body, scope: Scope) -> None:
        into = body.get("intoClause")
        if into:
            self.categories.update(("ddl", "create", "write"))
            for names in (self.writes, self.defines, self.tables, self.fresh):
                self.relation(into["rel"], names)
        if body.get("lockingClause"):
            self.categories.add("lock")
        if "valuesLists" not in body or self.top == "SelectStmt":
            self.categories.add("read")  # the VALUES of an INSERT read nothing
        self.descend(body, scope, "intoClause")

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
        name, value, local = (literal(argument) for argument in (*arguments, {}, {}, {})[:3])
        setting = Setting(name or "*", value, value is not None, local not in ("false", "off", "f"))
        if name is None:
            self.settings.append(setting)
            self.categories.add("security-setting")
            if value is None or UNSAFE_VALUE.fullmatch(value):
                self.categories.update(("role", "parser-setting"))
        else:
            self._setting(setting)

    def operator(self, body: Body, scope: Scope) -> None:
        name = qualified_name(body["name"])
        self.symbols.update(_BOUNDS if "BETWEEN" in body["kind"] else (name.name,))
        if name.schema not in (None, "pg_catalog") or (
            name.name not in OPERATORS and body["kind"].startswith("AEXPR_OP")
        ):
            self.operators.add(str(name))
        self.descend(body, scope, "name")

    def sorted_by(self, body: Body, scope: Scope) -> None:
        """ORDER BY … USING: the operator is not called itself, what sorts as it does is."""
        if body.get("useOp"):
            self.symbols.add(f"using {qualified_name(body['useOp']).name}")
        self.descend(body, scope, "useOp")

    def indexed(self, body: Body, scope: Scope) -> None:
        """A key of an index or of partitions, by an operator class."""
        if body.get("opclass"):
            self.types.add(qualified_name(body["opclass"]))
        self.descend(body, scope, "opclass")

    def sublink(self, body: Body, scope: Scope) -> None:
        if not body.get("operName"):
            self.symbols.add("=")  # IN
        else:
            name = qualified_name(body["operName"])
            self.symbols.add(name.name)
            if name.schema not in (None, "pg_catalog") or name.name not in OPERATORS:
                self.operators.add(str(name))
        self.descend(body, scope, "operName")

    def compared(self, body: Body, scope: Scope) -> None:
        """CASE x WHEN y, USING, NATURAL: equality that nothing names."""
        if body.keys() & {"arg", "usingClause", "isNatural"}:
            self.symbols.add("=")
        self.descend(body, scope, "usingClause")

    # ------------------------------------------------------------ handlers: writes

    def write(self, body: Body, scope: Scope) -> None:
        """INSERT, UPDATE, DELETE, MERGE."""
        self.relation(body.get("relation"), self.writes)
        self.returning |= bool(body.get("returningList") or body.get("returningClause"))
        if body.get("onConflictClause", {}).get("action") == "ONCONFLICT_UPDATE":
            self.categories.add("update")
        self.descend(body, scope, "relation")

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
        self.copy = copy_facts(body, options, endpoint, strings(body.get("attlist")), self.text)
        self.descend(body, scope, "relation", "attlist", "options")

    # ------------------------------------------------------------ handlers: definitions

    def create_as(self, body: Body, scope: Scope) -> None:
        into = body["into"].get("IntoClause", body["into"])
        self.relation(into["rel"], self.writes)
        self.relation(into["rel"], self.defines)
        if body.get("objtype") == "OBJECT_TABLE":
            self.relation(into["rel"], self.tables)
            if not body.get("if_not_exists"):
                self.relation(into["rel"], self.fresh)
        self.descend(body, scope, "into")

    def define(self, body: Body, scope: Scope) -> None:
        """CREATE and ALTER of one relation: `relation`, `view` or `sequence` is what is defined."""
        for key in ("relation", "view", "sequence"):
            if isinstance(body.get(key), dict):
                self.relation(body[key], self.defines)
        if body.get("typevar"):
            self.relation(body["typevar"], self.defines)
        self.descend(body, scope, "relation", "view", "sequence", "typevar")

    def rename(self, body: Body, scope: Scope) -> None:
        """Of a relation, or of something in it (`subname`)."""
        self.define(body, scope)
        if "relation" in body and "subname" not in body:
            self.renamed = Name(body["relation"].get("schemaname"), body["newname"])

    def create_table(self, body: Body, scope: Scope) -> None:
        base = body.get("base", body)
        base = base.get("CreateStmt", base)
        self.relation(base.get("relation"), self.defines)
        if base is body and not any(base.get(key) for key in ("inhRelations", "ofTypename")):
            self.relation(base.get("relation"), self.tables)
            if not base.get("if_not_exists"):
                self.relation(base.get("relation"), self.fresh)
        self.descend(base, scope, "relation", "inhRelations")
        for parent in base.get("inhRelations", ()):
            self.relation(parent, self.defines)

    def constraint(self, body: Body, scope: Scope) -> None:
        if body.get("contype") == "CONSTR_FOREIGN":
            referenced = relation_name(body["pktable"])
            self.references.add(referenced)
            if body.get("fk_upd_action") == "c":
                self.follows.update((referenced, column) for column in strings(body.get("pk_attrs")) or (None,))
        self.descend(body, scope)

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
        name, local = body.get("name", ""), body.get("is_local", False)
        if body.get("kind") == "VAR_RESET_ALL":
            self.settings.append(Setting("all"))
        elif body.get("kind") == "VAR_SET_MULTI":  # SET TRANSACTION, SET SESSION CHARACTERISTICS, IMPORT SNAPSHOT
            self.categories.discard("setting")
            self.categories.add("transaction")
            self._modes(body.get("args", ()), session=name == "SESSION CHARACTERISTICS")
        elif body.get("kind") == "VAR_SET_VALUE":
            values = [literal(argument) for argument in body.get("args", ())]
            known = [value for value in values if value is not None]
            text = ", ".join(map(quoted, known) if name == "search_path" else known)
            self._setting(Setting(name, text, len(known) == len(values), local))
        else:
            self._setting(Setting(name, local=local), current=body.get("kind") == "VAR_SET_CURRENT")

    def _setting(self, setting: Setting, *, current: bool = False) -> None:
        """`current`: it is what it is, FROM CURRENT."""
        setting = setting._replace(name=setting.name.lower(), known=setting.known and not current)
        name, value = setting.name, setting.value
        self.settings.append(setting)
        if name in ("role", "session_authorization"):
            self.categories.add("role")
        if name in SECURITY_SETTINGS:
            self.categories.add("security-setting")
        allowed = SETTINGS_THE_PARSER_NEEDS.get(name)
        reset = current or (setting.known and value is None)
        if allowed is not None and not reset and (not setting.known or (value or "").strip().lower() not in allowed):
            self.categories.add("parser-setting")

    def _modes(self, options: Iterable[Body], *, session: bool = False) -> None:
        """Transaction modes, as the settings that they are; for the whole session, or this transaction."""
        for item in options:
            if "DefElem" not in item:  # the snapshot of another transaction
                continue
            name, value = item["DefElem"]["defname"], literal(item["DefElem"].get("arg", {}))
            name = f"default_{name}" if session else name
            self.settings.append(Setting(name, value, value is not None, not session))
            if name in READ_ONLY_SETTINGS and value != "1":
                self.categories.add("security-setting")

    def transaction(self, body: Body, scope: Scope) -> None:
        """BEGIN, COMMIT and so on. What is prepared outlives its session, and is another's to commit."""
        self._modes(body.get("options", ()))
        if body.get("kind", "").endswith(("_PREPARE", "_PREPARED")):
            self.categories.add("write")

    def discard(self, body: Body, scope: Scope) -> None:
        if body.get("target") == "DISCARD_ALL":
            self.settings.append(Setting("all"))

    def named_cursor(self, body: Body, scope: Scope) -> None:
        self.cursor = body.get("portalname")
        self.descend(body, scope)

    def named_statement(self, body: Body, scope: Scope) -> None:
        self.cursor = body.get("name")
        self.parameters.update(qualified_name(one["TypeName"]["names"]) for one in body.get("argtypes", ()))
        self.types |= self.parameters
        self.descend(body, scope)

    def explain(self, body: Body, scope: Scope) -> None:
        for item in body.get("options", ()):
            if item["DefElem"]["defname"] == "analyze" and is_on(item["DefElem"].get("arg")):
                self.analyze = True
        self.descend(body, scope)

    def lock(self, body: Body, scope: Scope) -> None:
        if body.get("mode") == _ACCESS_SHARE:
            self.categories.discard("lock")
            self.categories.add("read")
        for relation in body.get("relations", ()):
            self.relation(relation, self.reads)

    def opaque(self, body: Body, scope: Scope) -> None:
        self.dynamic = True
        self.descend(body, scope)


Handler = Callable[[Walk, Body, Scope], None]
_HANDLERS: dict[str, Handler] = {
    "RangeVar": Walk.range_var,
    "SelectStmt": Walk.select,
    "FuncCall": Walk.function,
    "A_Expr": Walk.operator,
    "SubLink": Walk.sublink,
    "SortBy": Walk.sorted_by,
    "IndexElem": Walk.indexed,
    "PartitionElem": Walk.indexed,
    "CaseExpr": Walk.compared,
    "JoinExpr": Walk.compared,
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
    "RenameStmt": Walk.rename,
    "AlterObjectSchemaStmt": Walk.define,
    "AlterOwnerStmt": Walk.define,
    "AlterSeqStmt": Walk.define,
    "CreateSeqStmt": Walk.define,
    "CompositeTypeStmt": Walk.define,
    "RefreshMatViewStmt": Walk.define,
    "Constraint": Walk.constraint,
    "DropStmt": Walk.drop,
    "CreateTrigStmt": Walk.code,
    "RuleStmt": Walk.code,
    "CreatePolicyStmt": Walk.code,
    "CreateFunctionStmt": Walk.code,
    "VariableSetStmt": Walk.set_variable,
    "TransactionStmt": Walk.transaction,
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
