"""The closed list of kinds of effect, and which of PostgreSQL's statements have which. `shipped` has its functions and
views, `objects` what depends on the object that a statement is about.

`docs/sql.md` explains each word. A statement that is not in `STATEMENTS` has the category "unknown", which is refused.
"""

from __future__ import annotations

import re

STRUCTURAL = frozenset({"transaction", "cursor", "prepare", "explain", "session", "copy"})
"""Categories that only frame others: an allow-list need not name them."""

STATEMENTS: dict[str, tuple[str, ...]] = {
    "SelectStmt": (),
    "InsertStmt": ("write", "insert"),
    "UpdateStmt": ("write", "update"),
    "DeleteStmt": ("write", "delete"),
    "MergeStmt": ("write", "merge"),
    "TruncateStmt": ("write", "truncate"),
    "CopyStmt": ("copy",),
    "TransactionStmt": ("transaction",),
    "ConstraintsSetStmt": ("transaction",),
    "DeclareCursorStmt": ("cursor",),
    "FetchStmt": ("cursor",),
    "ClosePortalStmt": ("cursor",),
    "PrepareStmt": ("prepare",),
    "ExecuteStmt": ("prepare",),
    "DeallocateStmt": ("prepare",),
    "ExplainStmt": ("explain",),
    "VariableShowStmt": ("session",),
    "VariableSetStmt": ("setting",),
    "DiscardStmt": ("session",),
    "ReturnStmt": (),  # a body of CREATE FUNCTION
    "ReplicaIdentityStmt": ("replication",),  # a command of ALTER TABLE
    "ListenStmt": ("listen",),
    "UnlistenStmt": ("listen",),
    "NotifyStmt": ("notify",),
    "LockStmt": ("lock",),
    "VacuumStmt": ("maintenance",),
    "ReindexStmt": ("maintenance",),
    "ClusterStmt": ("maintenance",),
    "CheckPointStmt": ("maintenance", "admin"),
    "RefreshMatViewStmt": ("maintenance", "write"),
    "DoStmt": ("dynamic", "code"),
    "CallStmt": ("dynamic",),
    "LoadStmt": ("server-program",),
    "AlterSystemStmt": ("setting", "admin"),
    "AlterDatabaseSetStmt": ("setting", "ddl", "alter", "admin"),
    "AlterRoleSetStmt": ("setting", "role", "ddl", "alter"),
    "GrantStmt": ("grant",),
    "GrantRoleStmt": ("grant", "role"),
    "AlterDefaultPrivilegesStmt": ("grant",),
    "CreateRoleStmt": ("role", "ddl", "create"),
    "AlterRoleStmt": ("role", "ddl", "alter"),
    "DropRoleStmt": ("role", "ddl", "drop"),
    "ReassignOwnedStmt": ("role", "ddl", "alter"),
    "DropOwnedStmt": ("role", "ddl", "drop", "grant"),
    "CreateTableAsStmt": ("ddl", "create", "write"),
    "CreateStmt": ("ddl", "create"),
    "ViewStmt": ("ddl", "create"),
    "IndexStmt": ("ddl", "create"),
    "CreateSchemaStmt": ("ddl", "create"),
    "CreateSeqStmt": ("ddl", "create"),
    "CreateEnumStmt": ("ddl", "create"),
    "CompositeTypeStmt": ("ddl", "create"),
    "CreateDomainStmt": ("ddl", "create"),
    "CreateRangeStmt": ("ddl", "create"),
    "CreateStatsStmt": ("ddl", "create"),
    "CreateConversionStmt": ("ddl", "create", "code"),
    "DefineStmt": ("ddl", "create", "code"),
    "CreatedbStmt": ("ddl", "create", "admin"),
    "CreateTableSpaceStmt": ("ddl", "create", "admin", "server-file"),
    "CreateFunctionStmt": ("ddl", "create", "code"),
    "CreateTrigStmt": ("ddl", "create", "code"),
    "CreateEventTrigStmt": ("ddl", "create", "code"),
    "CreatePolicyStmt": ("ddl", "create", "code"),
    "CreateCastStmt": ("ddl", "create", "code"),
    "CreateOpClassStmt": ("ddl", "create", "code"),
    "CreateOpFamilyStmt": ("ddl", "create", "code"),
    "CreateTransformStmt": ("ddl", "create", "code"),
    "CreateAmStmt": ("ddl", "create", "code"),
    "CreatePLangStmt": ("ddl", "create", "code", "server-program"),
    "CreateExtensionStmt": ("ddl", "create", "code", "server-program"),
    "RuleStmt": ("ddl", "create", "code"),
    "CreateFdwStmt": ("ddl", "create", "remote"),
    "CreateForeignServerStmt": ("ddl", "create", "remote"),
    "CreateForeignTableStmt": ("ddl", "create", "remote"),
    "CreateUserMappingStmt": ("ddl", "create", "remote"),
    "ImportForeignSchemaStmt": ("ddl", "create", "remote"),
    "CreatePublicationStmt": ("ddl", "create", "remote", "replication"),
    "CreateSubscriptionStmt": ("ddl", "create", "remote", "replication"),
    "AlterPublicationStmt": ("ddl", "alter", "remote", "replication"),
    "AlterSubscriptionStmt": ("ddl", "alter", "remote", "replication"),
    "DropSubscriptionStmt": ("ddl", "drop", "remote", "replication"),
    "AlterFdwStmt": ("ddl", "alter", "remote"),
    "AlterForeignServerStmt": ("ddl", "alter", "remote"),
    "AlterUserMappingStmt": ("ddl", "alter", "remote"),
    "DropUserMappingStmt": ("ddl", "drop", "remote"),
    "AlterTableStmt": ("ddl", "alter"),
    "AlterTableMoveAllStmt": ("ddl", "alter", "admin"),
    "AlterTableSpaceOptionsStmt": ("ddl", "alter", "admin"),
    "AlterDomainStmt": ("ddl", "alter"),
    "AlterEnumStmt": ("ddl", "alter"),
    "AlterTypeStmt": ("ddl", "alter", "code"),
    "AlterSeqStmt": ("ddl", "alter"),
    "AlterStatsStmt": ("ddl", "alter"),
    "AlterCollationStmt": ("ddl", "alter"),
    "AlterObjectSchemaStmt": ("ddl", "alter"),
    "AlterObjectDependsStmt": ("ddl", "alter"),
    "AlterOwnerStmt": ("ddl", "alter", "role"),
    "AlterOperatorStmt": ("ddl", "alter", "code"),
    "AlterOpFamilyStmt": ("ddl", "alter", "code"),
    "AlterFunctionStmt": ("ddl", "alter", "code"),
    "AlterEventTrigStmt": ("ddl", "alter", "code"),
    "AlterPolicyStmt": ("ddl", "alter", "code"),
    "AlterExtensionStmt": ("ddl", "alter", "code", "server-program"),
    "AlterExtensionContentsStmt": ("ddl", "alter", "code"),
    "AlterTSDictionaryStmt": ("ddl", "alter"),
    "AlterTSConfigurationStmt": ("ddl", "alter"),
    "AlterDatabaseStmt": ("ddl", "alter", "admin"),
    "AlterDatabaseRefreshCollStmt": ("ddl", "alter", "admin"),
    "RenameStmt": ("ddl", "alter"),
    "CommentStmt": ("ddl", "alter"),
    "SecLabelStmt": ("ddl", "alter", "admin"),
    "DropStmt": ("ddl", "drop"),
    "DropdbStmt": ("ddl", "drop", "admin"),
    "DropTableSpaceStmt": ("ddl", "drop", "admin"),
}
"""Node type of libpg_query -> categories."""

CATEGORIES = frozenset(
    {category for found in STATEMENTS.values() for category in found}
    | {"read", "unfiltered-write", "server-file", "large-object", "security-setting", "parser-setting", "resource"}
    | {"unknown", "unparsable"}
)
"""Every category there is."""

KINDS_OF = {
    "write": frozenset({"insert", "update", "delete", "merge", "truncate"}),
    "ddl": frozenset({"create", "alter", "drop"}),
    "setting": frozenset({"security-setting"}),
}
"""A category that stands for several: naming it names them all."""

HARMLESS = STRUCTURAL | {"read", "setting", "security-setting", "listen", "resource"}
"""What a read-only session may do: nothing here outlives it or is seen by others."""

READ_ONLY_SETTINGS = frozenset({"default_transaction_read_only", "transaction_read_only"})
"""What makes a session's transactions read-only."""

SECURITY_SETTINGS = READ_ONLY_SETTINGS | {
    "role", "session_authorization",  # who the session is
    "search_path",  # what unqualified names mean
    "row_security",  # whether policies filter rows or fail the query
    "session_replication_role", "event_triggers",  # whether triggers, rules and foreign keys do their work
    "statement_timeout", "lock_timeout", "transaction_timeout", "idle_session_timeout",  # how long it may hold what
    "idle_in_transaction_session_timeout", "temp_file_limit",  # others need
    "session_preload_libraries", "local_preload_libraries", "dynamic_library_path",  # which code is loaded
    "extension_control_path", "jit_provider",
    "allow_system_table_mods", "lo_compat_privileges", "zero_damaged_pages", "ignore_checksum_failure",  # what is
    "ignore_invalid_pages", "restrict_nonsystem_relation_kind", "createrole_self_grant",  # protected or checked
    "password_encryption",  # how new passwords are stored
    "log_statement", "log_min_messages", "log_min_error_statement", "log_min_duration_statement",  # what the server's
    "log_min_duration_sample", "log_statement_sample_rate", "log_transaction_sample_rate",  # own log and views
    "log_parameter_max_length", "log_duration", "log_replication_commands", "track_activities",  # show of it
}  # fmt: skip
"""The category "security-setting": what the session is, may do and leaves traces of depends on these."""

PROGRAM_SETTINGS = frozenset({
    "archive_command", "archive_cleanup_command", "restore_command", "recovery_end_command", "ssl_passphrase_command",
    "shared_preload_libraries", "session_preload_libraries", "local_preload_libraries", "archive_library",
})  # fmt: skip
"""What the server runs and loads because of these is on its own machine."""

SETTINGS_THE_PARSER_NEEDS = {
    "standard_conforming_strings": frozenset({"on", "true", "yes", "1"}),
    "client_encoding": frozenset({"utf8", "utf-8", "unicode"}),
    "backslash_quote": frozenset({"safe_encoding", "off", "false", "no", "0"}),
}
"""Setting -> the values under which the gateway reads SQL as the server does."""

UNSAFE_VALUE = re.compile(r"[\s\w.:-]{0,40}", re.ASCII)
"""Any value that may be a boolean, an encoding's or a role's name: unsafe where it isn't known which setting it is for.
What pg_dump sets by a computed name has a comma in it, and is no such value.
"""
