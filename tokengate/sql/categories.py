"""The closed list of kinds of effect, and which of PostgreSQL's statements and functions have which.

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
    "DropOwnedStmt": ("role", "ddl", "drop"),
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
    "AlterTypeStmt": ("ddl", "alter"),
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
    "AlterExtensionStmt": ("ddl", "alter", "code"),
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


def _table(*groups: tuple[tuple[str, ...], str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for categories, functions in groups:
        for name in functions.split():
            found.setdefault(name, set()).update(categories)
    return {name: frozenset(categories) for name, categories in found.items()}


FUNCTIONS = _table(
    (
        ("server-file",),
        "pg_read_file pg_read_binary_file pg_stat_file pg_ls_dir pg_ls_logdir pg_ls_waldir pg_ls_tmpdir",
    ),
    (
        ("server-file",),
        "pg_ls_archive_statusdir pg_ls_logicalmapdir pg_ls_logicalsnapdir pg_ls_replslotdir pg_ls_summariesdir",
    ),
    (
        ("server-file",),
        "pg_current_logfile pg_file_write pg_file_read pg_file_rename pg_file_unlink pg_file_sync pg_file_length",
    ),
    (
        ("server-file",),
        "pg_logdir_ls pg_logfile_rotate pg_hba_file_rules pg_ident_file_mappings pg_show_all_file_settings",
    ),
    (("server-file", "large-object", "write"), "lo_import lo_export"),
    (("large-object", "write"), "lo_create lo_creat lo_unlink lo_put lo_from_bytea lowrite lo_truncate lo_truncate64"),
    (("large-object",), "lo_open lo_close lo_get loread lo_lseek lo_lseek64 lo_tell lo_tell64"),
    (
        ("dynamic",),
        "query_to_xml query_to_xmlschema query_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema table_to_xml",
    ),
    (
        ("dynamic",),
        "table_to_xmlschema table_to_xml_and_xmlschema schema_to_xml schema_to_xmlschema schema_to_xml_and_xmlschema",
    ),
    (
        ("dynamic",),
        "database_to_xml database_to_xmlschema database_to_xml_and_xmlschema ts_stat ts_rewrite crosstab crosstabn",
    ),
    (("dynamic",), "crosstab2 crosstab3 crosstab4 connectby xpath_table"),
    (("dynamic", "remote"), "dblink dblink_exec dblink_connect dblink_connect_u dblink_open dblink_fetch dblink_close"),
    (
        ("dynamic", "remote"),
        "dblink_send_query dblink_get_result dblink_get_connections dblink_is_busy dblink_error_message",
    ),
    (("dynamic", "remote"), "dblink_disconnect dblink_cancel_query dblink_build_sql_insert dblink_build_sql_update"),
    (("dynamic", "remote"), "dblink_build_sql_delete dblink_get_notify dblink_current_query dblink_get_pkey"),
    (("remote",), "postgres_fdw_disconnect postgres_fdw_disconnect_all postgres_fdw_get_connections"),
    (("admin",), "pg_terminate_backend pg_cancel_backend pg_reload_conf pg_rotate_logfile pg_promote pg_switch_wal"),
    (("admin",), "pg_create_restore_point pg_wal_replay_pause pg_wal_replay_resume pg_backup_start pg_backup_stop"),
    (
        ("admin",),
        "pg_start_backup pg_stop_backup pg_stat_reset pg_stat_reset_shared pg_stat_reset_slru"
        " pg_import_system_collations",
    ),
    (
        ("admin",),
        "pg_stat_reset_single_table_counters pg_stat_reset_single_function_counters pg_stat_reset_replication_slot",
    ),
    (
        ("admin",),
        "pg_stat_reset_subscription_stats pg_log_backend_memory_contexts pg_stat_statements_reset"
        " pg_restore_relation_stats",
    ),
    (
        ("admin",),
        "pg_restore_attribute_stats pg_clear_relation_stats pg_clear_attribute_stats"
        " binary_upgrade_set_record_init_privs",
    ),
    (
        ("replication", "admin"),
        "pg_create_logical_replication_slot pg_create_physical_replication_slot pg_drop_replication_slot",
    ),
    (
        ("replication", "admin"),
        "pg_copy_logical_replication_slot pg_copy_physical_replication_slot pg_replication_slot_advance",
    ),
    (("replication",), "pg_logical_slot_get_changes pg_logical_slot_peek_changes pg_logical_slot_get_binary_changes"),
    (("replication",), "pg_logical_slot_peek_binary_changes pg_logical_emit_message pg_replication_origin_create"),
    (
        ("replication",),
        "pg_replication_origin_drop pg_replication_origin_session_setup pg_replication_origin_session_reset",
    ),
    (
        ("replication",),
        "pg_replication_origin_xact_setup pg_replication_origin_xact_reset pg_replication_origin_advance",
    ),
    (("replication",), "pg_sync_replication_slots"),
    (("notify",), "pg_notify"),
    (("write",), "nextval setval"),
    (
        ("resource",),
        "pg_sleep pg_sleep_for pg_sleep_until pg_advisory_lock pg_advisory_lock_shared pg_advisory_xact_lock",
    ),
    (
        ("resource",),
        "pg_advisory_xact_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock",
    ),
    (
        ("resource",),
        "pg_try_advisory_xact_lock_shared pg_advisory_unlock pg_advisory_unlock_shared pg_advisory_unlock_all",
    ),
    (
        ("maintenance", "write"),
        "brin_summarize_new_values brin_summarize_range brin_desummarize_range gin_clean_pending_list",
    ),
)
"""Function -> what calling it does beyond computing a value: reading the server's files, running SQL text, …"""

_OPERATORS = r"""
# % & * + - / < = > ? @ ^ | ~ !! != !~ ## #- #> && &< &> *< *=
*> -> << <= <> <@ <^ >= >> >^ ?# ?& ?- ?| @> @? @@ ^@ |/ || ~* ~= ~~ !~* !~~ #>>
&<| *<= *<> *>= ->> -|- <-> <<= <<| >>= ?-| ?|| @@@ |&> |>> ||/ ~<~ ~>~ ~~* !~~* ~<=~ ~>=~
"""
OPERATORS = frozenset(_OPERATORS.split())
"""The operators that come with PostgreSQL. One of the same name may still be a user's, on a user's types."""
