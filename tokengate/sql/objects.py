"""What a definition does by the object that it is about, beyond what its kind of statement always does
(`categories.STATEMENTS`): whose owner changes, what is lost, which code runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from tokengate.sql.nodes import Body

_CODE = frozenset({"code"})
_REMOTE = frozenset({"remote"})
_REPLICATION = frozenset({"remote", "replication"})
_ADMIN = frozenset({"admin"})

_KINDS = {
    "OBJECT_ROLE": frozenset({"role"}),
    "OBJECT_DATABASE": _ADMIN,
    "OBJECT_TABLESPACE": _ADMIN,
    "OBJECT_LARGEOBJECT": frozenset({"large-object"}),
    "OBJECT_PUBLICATION": _REPLICATION,
    "OBJECT_SUBSCRIPTION": _REPLICATION,
    **dict.fromkeys(("OBJECT_FDW", "OBJECT_FOREIGN_SERVER", "OBJECT_FOREIGN_TABLE"), _REMOTE),
    **dict.fromkeys(("OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE"), _CODE),
    **dict.fromkeys(("OBJECT_TRIGGER", "OBJECT_EVENT_TRIGGER", "OBJECT_RULE", "OBJECT_POLICY"), _CODE),
    **dict.fromkeys(("OBJECT_OPERATOR", "OBJECT_OPCLASS", "OBJECT_OPFAMILY", "OBJECT_CAST"), _CODE),
    **dict.fromkeys(("OBJECT_TRANSFORM", "OBJECT_CONVERSION", "OBJECT_LANGUAGE", "OBJECT_EXTENSION"), _CODE),
    "OBJECT_ACCESS_METHOD": _CODE,
}
"""Kind of object -> what doing anything to it is: what making it is."""

_NAMING_KIND = {
    "DropStmt": "removeType",
    "RenameStmt": "renameType",
    "AlterOwnerStmt": "objectType",
    "AlterObjectSchemaStmt": "objectType",
    "AlterTableStmt": "objtype",
}
"""Statement -> its field that says which kind of object it is about."""

_COMMANDS = {
    "AT_ChangeOwner": frozenset({"role"}),
    **dict.fromkeys(("AT_DropColumn", "AT_DropConstraint", "AT_DropIdentity", "AT_DropOids"), frozenset({"drop"})),
    **dict.fromkeys((f"AT_{word}{what}" for word in ("Enable", "Disable") for what in ("Rule", "RowSecurity")), _CODE),
    **dict.fromkeys(
        (f"AT_{word}Trig{which}" for word in ("Enable", "Disable") for which in ("", "All", "User")), _CODE
    ),
    **dict.fromkeys((f"AT_Enable{when}{what}" for when in ("Always", "Replica") for what in ("Trig", "Rule")), _CODE),
    **dict.fromkeys(("AT_ForceRowSecurity", "AT_NoForceRowSecurity"), _CODE),
}
"""Command of ALTER TABLE -> what it does besides altering."""

TYPES = frozenset({"OBJECT_TYPE", "OBJECT_DOMAIN"})

APART = frozenset(
    {"OBJECT_TABCONSTRAINT", "OBJECT_DOMCONSTRAINT", "OBJECT_STATISTIC_EXT", "OBJECT_COLLATION", "OBJECT_ROLE",
     "OBJECT_DATABASE", "OBJECT_TABLESPACE", "OBJECT_TSPARSER", "OBJECT_TSDICTIONARY", "OBJECT_TSTEMPLATE",
     "OBJECT_TSCONFIGURATION"}
)  # fmt: skip
"""Kinds of object that no stored value is known by: another name changes nothing about what statements mean."""

_NONE: frozenset[str] = frozenset()

_SEEN_INTO = frozenset({"sql", "plpgsql", "plperl", "pltcl", "plv8"})
"""Languages that keep code within the database; C, those for superusers and any that isn't known reach the server."""

_MEMBERS = ("addroleto", "rolemembers", "adminmembers")
"""Options of a role that make it a member of others, or others of it."""

_FILES = {"filename": "server-file", "program": "server-program"}
"""Option of a foreign table (file_fdw) -> what its rows come from."""


def command(body: Body) -> frozenset[str]:
    """The categories of one command of ALTER TABLE (and VIEW, SEQUENCE, TYPE …) beyond altering. What a type is changed
    to USING takes the place of all that was stored.
    """
    match body:
        case {"subtype": "AT_AlterColumnType", "def": {"ColumnDef": {"raw_default": _}}}:
            return frozenset({"drop"})
        case {"subtype": "AT_GenericOptions", "def": {"List": {"items": options}}}:
            return _files(options)
    return _COMMANDS.get(body["subtype"], _NONE)


_PLAIN = frozenset(
    {"AT_DropColumn", "AT_ColumnDefault", "AT_DropNotNull", "AT_SetNotNull", "AT_SetStatistics", "AT_SetOptions",
     "AT_ResetOptions", "AT_SetStorage", "AT_SetCompression", "AT_DropConstraint", "AT_ValidateConstraint",
     "AT_AlterConstraint", "AT_AddIdentity", "AT_SetIdentity", "AT_DropIdentity", "AT_ChangeOwner", "AT_ClusterOn",
     "AT_DropCluster", "AT_SetLogged", "AT_SetUnLogged", "AT_SetTableSpace", "AT_SetRelOptions", "AT_ResetRelOptions",
     "AT_SetAccessMethod"}
)  # fmt: skip
_PLAIN_CONSTRAINTS = frozenset({"CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_NOTNULL", "CONSTR_FOREIGN"})
_PLAIN_OF_COLUMN = _PLAIN_CONSTRAINTS | {
    "CONSTR_NULL", "CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_ATTR_DEFERRABLE", "CONSTR_ATTR_NOT_DEFERRABLE",
    "CONSTR_ATTR_DEFERRED", "CONSTR_ATTR_IMMEDIATE",
}  # fmt: skip


def is_plain(body: Body) -> bool:
    """Whether a command of ALTER TABLE leaves every value where it is and every name what it means: it computes nothing
    from columns, and tests nothing but that they are unique, present, or somewhere else as well.
    """
    match body["subtype"], body.get("def"):
        case "AT_AddColumn", {"ColumnDef": column}:
            return all(one["Constraint"]["contype"] in _PLAIN_OF_COLUMN for one in column.get("constraints", ()))
        case "AT_AlterColumnType", {"ColumnDef": column}:
            return "raw_default" not in column  # USING
        case "AT_AddConstraint", {"Constraint": {"contype": kind}}:
            return kind in _PLAIN_CONSTRAINTS
        case kind, _:
            return kind in _PLAIN


def _by_kind(field: str, body: Body) -> frozenset[str]:
    return _KINDS.get(body.get(field, ""), _NONE)


def _when(given: Callable[[Body], object], category: str) -> Callable[[Body], frozenset[str]]:
    found = frozenset({category})
    return lambda body: found if given(body) else _NONE


_replaced = _when(lambda body: body.get("replace"), "alter")


def _language(options: Iterable[Body]) -> frozenset[str]:
    """What code in this language may do at once, or lets others do."""
    found = _option(options, "language")
    language = found["String"]["sval"].lower() if found else "sql"
    return _NONE if language in _SEEN_INTO else frozenset({"server-program"})


def _files(options: Iterable[Body]) -> frozenset[str]:
    return frozenset(category for name, category in _FILES.items() if _option(options, name))


def _option(options: Iterable[Body], name: str) -> Any:
    """The argument of the option of that name; None where it isn't given."""
    return next((item["DefElem"].get("arg") for item in options if item["DefElem"]["defname"] == name), None)


EFFECTS: dict[str, Callable[[Body], frozenset[str]]] = {
    **{kind: partial(_by_kind, field) for kind, field in _NAMING_KIND.items()},
    **dict.fromkeys(("ViewStmt", "CreateTrigStmt", "RuleStmt", "DefineStmt"), _replaced),
    **dict.fromkeys(("CreateTransformStmt", "CreatePLangStmt"), _replaced),
    "CreateFunctionStmt": lambda body: _replaced(body) | _language(body.get("options", ())),
    "DoStmt": lambda body: _language(body.get("args", ())),
    "CreateForeignTableStmt": lambda body: _files(body.get("options", ())),
    "CreateSchemaStmt": _when(lambda body: "authrole" in body, "role"),
    "CreateTableSpaceStmt": _when(lambda body: "owner" in body, "role"),
    "CreatedbStmt": _when(lambda body: _option(body.get("options", ()), "owner"), "role"),
    **dict.fromkeys(
        ("CreateRoleStmt", "AlterRoleStmt"),
        _when(lambda body: any(_option(body.get("options", ()), name) for name in _MEMBERS), "grant"),
    ),
    "AlterDomainStmt": _when(lambda body: body.get("subtype") == "X", "drop"),
    "AlterOpFamilyStmt": _when(lambda body: body.get("isDrop"), "drop"),
    "AlterTSConfigurationStmt": _when(lambda body: body.get("kind") == "ALTER_TSCONFIG_DROP_MAPPING", "drop"),
}
"""Definition -> its further categories, by its node's fields."""
