"""A parse tree to a `Statement`: one pass over every node, with an explicit stack, so that no depth overflows ours.

Nodes appear as `{"NodeType": {fields}}`; node types begin with a capital, fields do not. Every sub-tree is walked,
whatever node it is in; a handler only adds what its node means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from tokengate.sql import filters, objects
from tokengate.sql.blocks import Reading
from tokengate.sql.categories import STATEMENTS
from tokengate.sql.facts import CopyFacts, Name, Statement
from tokengate.sql.nodes import (
    Body,
    copy_facts,
    from_items,
    is_on,
    may_be_a_users,
    names_column,
    qualified_name,
    relation_name,
    strings,
    unnamed_node,
)
from tokengate.sql.settings import Settings
from tokengate.sql.shipped import CATALOGUE, FUNCTIONS, VIEWS

_RELATIONS = frozenset({"TABLE", "VIEW", "MATVIEW", "SEQUENCE", "FOREIGN_TABLE", "INDEX"})
_ON_RELATIONS = frozenset({"RULE", "TRIGGER", "POLICY"})
"""What DROP names: relations, and things that are named with theirs."""


Scope = frozenset[str]
"""Where the walk is: the names of the CTEs in scope."""

_LEAVES = frozenset({"A_Const", "ParamRef", "String", "A_Star", "alias", "lockingClause"})
"""Nodes and fields with nothing in them but names, of what FROM names as well, and constants."""

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
        self.kind = _KINDS.get(self.top) or _KIND.sub("_", self.top.removesuffix("Stmt")).lower()
        self.text = text
        self.categories: set[str] = set()
        self.reads: set[Name] = set()
        self.writes: set[Name] = set()
        self.defines: set[Name] = set()
        self.functions: set[Name] = set()
        self.attributes: set[str] = set()
        self.operators: set[str] = set()
        self.symbols: set[str] = set()
        self.settings = Settings(self.categories)
        self.tables: set[Name] = set()
        self.makes: set[Name] = set()
        self.inherits: set[Name] = set()
        self.if_absent = False
        self.transaction = self.savepoint = ""
        self.references: set[Name] = set()
        self.follows: set[tuple[Name, str | None]] = set()
        self.types: set[Name] = set()
        self.parameters: set[Name] = set()
        self.renamed: Name | None = None
        self.plain = self.top == "AlterTableStmt"
        self.keyed: set[str] = set()
        self.dynamic = self.analyze = False
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
        stack = self._stack
        for key, value in fields.items():
            kind = type(value)
            if (kind is not dict and kind is not list) or key in _LEAVES:
                continue
            if kind is list:
                stack.append((value, scope))
            elif key < "a":
                self._node(key, value, scope)
            elif key == "typeName":
                self.types.add(qualified_name(value["names"]))
            elif (node := unnamed_node(key, value)) is not None:
                self._node(node, value, scope)
            else:
                stack.append((value, scope))

    def _node(self, kind: str, body: Any, scope: Scope) -> None:
        if kind.endswith("Stmt"):
            self.categories.update(STATEMENTS.get(kind, ("unknown",)) if kind != "RawStmt" else ())
            if kind in objects.EFFECTS:
                self.categories |= objects.EFFECTS[kind](body)
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
        return Statement(
            kind=self.kind,
            categories=frozenset(self.categories),
            reads=frozenset(self.reads),
            writes=frozenset(self.writes),
            defines=frozenset(self.defines),
            functions=frozenset(self.functions),
            attributes=frozenset(self.attributes),
            operators=frozenset(self.operators),
            symbols=frozenset(self.symbols),
            dynamic=self.dynamic or "dynamic" in self.categories,
            settings=tuple(self.settings.found),
            cursor=self.cursor,
            copy=self.copy,
            explain_analyze=self.analyze,
            tables=frozenset(self.tables),
            makes=frozenset(self.makes),
            if_absent=self.if_absent,
            inherits=frozenset(self.inherits),
            references=frozenset(self.references),
            follows=frozenset(self.follows),
            types=frozenset(self.types),
            parameters=frozenset(self.parameters),
            renamed=self.renamed,
            plain=self.plain,
            keyed=frozenset(self.keyed),
            transaction=self.transaction,
            savepoint=self.savepoint,
            reading=reading,
        )

    # ------------------------------------------------------------ handlers: queries

    def range_var(self, body: Body, scope: Scope) -> None:
        if not self._is_cte(body, scope):
            self.relation(body, self.reads)
            if body.get("schemaname") in (None, "pg_catalog"):
                self.categories |= VIEWS.get(body["relname"], frozenset())

    def _is_cte(self, body: Body, scope: Scope) -> bool:
        return body.get("schemaname") is None and body["relname"] in scope

    def select(self, body: Body, scope: Scope) -> None:
        into = body.get("intoClause")
        if into:
            self.categories.update(("ddl", "create", "write"))
            for names in (self.writes, self.defines, self.tables, self.makes):
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
                self.settings.configured(body.get("args", []))
        self.descend(body, scope, "funcname")

    def column(self, body: Body, scope: Scope) -> None:
        """`f.name`."""
        if len(body["fields"]) > 1:
            self._attribute(body["fields"][1:])

    def indirection(self, body: Body, scope: Scope) -> None:
        """`(f).name`, `(f(x))[1].name`."""
        self._attribute(body["indirection"])
        self.descend(body, scope)

    def _attribute(self, names: Iterable[Body]) -> None:
        """What is written like a column of something may be a function of it: `name(f)`."""
        for name in names:
            text = name["String"]["sval"] if "String" in name else ""
            if text:
                self.attributes.add(text)
            if text in FUNCTIONS:
                self.functions.add(Name(None, text))
                self.categories |= FUNCTIONS[text]

    def operator(self, body: Body, scope: Scope) -> None:
        if "BETWEEN" in body["kind"]:
            self.symbols.update(_BOUNDS)
        else:
            self._operator(body["name"])
        self.descend(body, scope, "name")

    def _operator(self, parts: list[Body]) -> None:
        name = qualified_name(parts)
        self.symbols.add(name.name)
        if may_be_a_users(name):
            self.operators.add(str(name))

    def indexed(self, body: Body, scope: Scope) -> None:
        """A key of an index or of partitions, by an operator class."""
        if body.get("opclass"):
            self.types.add(qualified_name(body["opclass"]))
        self.descend(body, scope, "opclass")

    def sublink(self, body: Body, scope: Scope) -> None:
        if body.get("operName"):
            self._operator(body["operName"])
        else:
            self.symbols.add("=")  # IN
        self.descend(body, scope, "operName")

    def sort(self, body: Body, scope: Scope) -> None:
        """An item of ORDER BY, which may say USING which operator."""
        if body.get("useOp"):
            self._operator(body["useOp"])
            self.symbols.add(f"using {qualified_name(body['useOp']).name}")
        self.descend(body, scope, "useOp")

    def compared(self, body: Body, scope: Scope) -> None:
        """CASE x WHEN y, USING, NATURAL: equality that nothing names."""
        if body.keys() & {"arg", "usingClause", "isNatural"}:
            self.symbols.add("=")
        self.descend(body, scope, "usingClause")

    # ------------------------------------------------------------ handlers: writes

    def write(self, body: Body, scope: Scope) -> None:
        """INSERT, UPDATE, DELETE, MERGE. What they return of their target they read; that they look for the rows to
        change is part of changing them.
        """
        target = relation_name(body["relation"])
        self.writes.add(target)
        if target.schema == "pg_catalog" or (target.schema is None and target.name.startswith("pg_")):
            self.categories |= CATALOGUE
        if names_column(body.get("returningList") or body.get("returningClause")):
            self.reads.add(target)
            self.categories.add("read")
        if body.get("onConflictClause", {}).get("action") == "ONCONFLICT_UPDATE":
            self.categories.add("update")
        self.descend(body, scope, "relation")

    def filtered_write(self, body: Body, scope: Scope) -> None:
        """UPDATE, DELETE, MERGE: they may read other relations, and change every row of their target."""
        if not filters.filtered(body):
            self.categories.add("unfiltered-write")
        for item in from_items(body.get("fromClause") or body.get("usingClause") or [body.get("sourceRelation", {})]):
            item = item.get("RangeTableSample", {}).get("relation", item)
            if "RangeVar" in item and not self._is_cte(item["RangeVar"], scope):
                self.categories.add("read")
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
        for names in (self.writes, self.defines, self.makes):
            self.relation(into["rel"], names)
        self.if_absent |= body.get("if_not_exists", False)
        if body.get("objtype") == "OBJECT_TABLE":
            self.relation(into["rel"], self.tables)
        self.descend(body, scope, "into")

    def define(self, body: Body, scope: Scope) -> None:
        """CREATE and ALTER of one relation: `relation`, `view` or `sequence` is what is defined."""
        for key in ("relation", "view", "sequence"):
            if isinstance(body.get(key), dict):
                self.relation(body[key], self.defines)
        if body.get("typevar"):
            self.relation(body["typevar"], self.defines)
        self.descend(body, scope, "relation", "view", "sequence", "typevar")

    def view(self, body: Body, scope: Scope) -> None:
        if self.top == "ViewStmt":
            self.relation(body["view"], self.makes)
        self.define(body, scope)

    def rename(self, body: Body, scope: Scope) -> None:
        """Of a relation, of something in it (`subname`), or of anything else."""
        self.define(body, scope)
        self.rename_other(body["renameType"], body)
        if "relation" in body and "subname" not in body:
            self.renamed = Name(body["relation"].get("schemaname"), body["newname"])

    def move(self, body: Body, scope: Scope) -> None:
        """To another schema."""
        self.define(body, scope)
        self.rename_other(body["objectType"], body)
        if "relation" in body:
            self.renamed = Name(body["newschema"], body["relation"]["relname"])

    def rename_other(self, kind: str, body: Body) -> None:
        """Note of another name whether it is a type's, or of nothing that a value is known by."""
        if kind in objects.TYPES:
            self.kind = "rename_type"
            self.types.add(qualified_name(body["object"]["List"]["items"]))
        elif kind in objects.APART:
            self.kind = "rename_apart"

    def command(self, body: Body, scope: Scope) -> None:
        """One of ALTER TABLE's: ATTACH, DETACH, INHERIT and NO INHERIT name another relation."""
        other = body.get("def", {})
        other = other.get("RangeVar") or other.get("PartitionCmd", {}).get("name")
        self.relation(other, self.inherits)
        self.categories |= objects.command(body)
        self.plain = self.plain and objects.is_plain(body)
        self.descend(body, scope)

    def create_table(self, body: Body, scope: Scope) -> None:
        base = body.get("base", body)
        base = base.get("CreateStmt", base)
        self.relation(base.get("relation"), self.defines)
        if base is body and not base.get("ofTypename"):
            if not base.get("inhRelations"):
                self.relation(base.get("relation"), self.tables)
            if self.top == "CreateStmt":
                self.relation(base.get("relation"), self.makes)
            self.if_absent |= base.get("if_not_exists", False)
        self.descend(base, scope, "relation", "inhRelations")
        for parent in base.get("inhRelations", ()):
            self.relation(parent, self.defines)
            self.relation(parent, self.inherits)

    def constraint(self, body: Body, scope: Scope) -> None:
        if body.get("contype") == "CONSTR_FOREIGN":
            referenced = relation_name(body["pktable"])
            self.references.add(referenced)
            self.keyed.update(strings(body.get("fk_attrs")))
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
        self.relation(body.get("relation") or body.get("table"), self.defines)
        self.descend(body, scope, "relation", "table", "funcname")

    # ------------------------------------------------------------ handlers: the session

    def set_variable(self, body: Body, scope: Scope) -> None:
        self.settings.variable(body, stored=self.top != "VariableSetStmt")

    def transact(self, body: Body, scope: Scope) -> None:
        """BEGIN, COMMIT and so on. What is prepared outlives its session, and is another's to commit."""
        self.settings.modes(body.get("options", ()))
        self.transaction = body.get("kind", "").removeprefix("TRANS_STMT_").lower()
        self.savepoint = body.get("savepoint_name", "")
        if body.get("kind", "").endswith(("_PREPARE", "_PREPARED")):
            self.categories.add("write")

    def discard(self, body: Body, scope: Scope) -> None:
        if body.get("target") == "DISCARD_ALL":
            self.settings.back()

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
    "ColumnRef": Walk.column,
    "A_Indirection": Walk.indirection,
    "A_Expr": Walk.operator,
    "SubLink": Walk.sublink,
    "SortBy": Walk.sort,
    "IndexElem": Walk.indexed,
    "PartitionElem": Walk.indexed,
    "CaseExpr": Walk.compared,
    "JoinExpr": Walk.compared,
    "InsertStmt": Walk.write,
    "UpdateStmt": Walk.filtered_write,
    "DeleteStmt": Walk.filtered_write,
    "MergeStmt": Walk.filtered_write,
    "MergeWhenClause": Walk.merge_when,
    "TruncateStmt": Walk.truncate,
    "CopyStmt": Walk.copying,
    "CreateTableAsStmt": Walk.create_as,
    "CreateStmt": Walk.create_table,
    "CreateForeignTableStmt": Walk.create_table,
    "ViewStmt": Walk.view,
    "IndexStmt": Walk.define,
    "AlterTableStmt": Walk.define,
    "AlterTableCmd": Walk.command,
    "RenameStmt": Walk.rename,
    "AlterObjectSchemaStmt": Walk.move,
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
    "AlterPolicyStmt": Walk.code,
    "CreateFunctionStmt": Walk.code,
    "VariableSetStmt": Walk.set_variable,
    "TransactionStmt": Walk.transact,
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
