"""What comes with PostgreSQL and its extensions: the functions and views that do more than compute and show what the
database holds, and the names of operators. `walk` looks up what a statement names here.
"""

from __future__ import annotations

_Groups = tuple[tuple[str, str], ...]


def _table(groups: _Groups) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for categories, names in groups:
        for name in names.split():
            found.setdefault(name, set()).update(categories.split())
    return {name: frozenset(categories) for name, categories in found.items()}


FUNCTIONS = _table((
    (
        "server-file",
        """
        pg_read_file pg_read_file_old pg_read_binary_file pg_stat_file pg_ls_dir pg_ls_logdir pg_ls_waldir pg_ls_tmpdir
        pg_ls_archive_statusdir pg_ls_logicalmapdir pg_ls_logicalsnapdir pg_ls_replslotdir pg_ls_summariesdir
        pg_current_logfile pg_file_write pg_file_read pg_file_rename pg_file_unlink pg_file_sync pg_file_length
        pg_logdir_ls pg_logfile_rotate pg_hba_file_rules pg_ident_file_mappings pg_show_all_file_settings pg_config
        get_raw_page pg_get_wal_record_info pg_get_wal_records_info pg_get_wal_records_info_till_end_of_wal
        pg_get_wal_block_info lo_import lo_export
        """,
    ),
    ("write large-object", "lo_import lo_export lo_create lo_creat lo_unlink lo_put lo_from_bytea lowrite lo_truncate"),
    ("write large-object", "lo_truncate64"),
    ("large-object", "lo_open lo_close lo_get loread lo_lseek lo_lseek64 lo_tell lo_tell64"),
    (
        "dynamic",
        """
        query_to_xml query_to_xmlschema query_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema table_to_xml
        table_to_xmlschema table_to_xml_and_xmlschema schema_to_xml schema_to_xmlschema schema_to_xml_and_xmlschema
        database_to_xml database_to_xmlschema database_to_xml_and_xmlschema ts_stat ts_rewrite
        crosstab crosstabn crosstab2 crosstab3 crosstab4 connectby xpath_table
        """,
    ),
    (
        "dynamic remote",
        """
        dblink dblink_exec dblink_connect dblink_connect_u dblink_open dblink_fetch dblink_close dblink_send_query
        dblink_get_result dblink_get_connections dblink_is_busy dblink_error_message dblink_disconnect
        dblink_cancel_query dblink_build_sql_insert dblink_build_sql_update dblink_build_sql_delete dblink_get_notify
        dblink_current_query dblink_get_pkey
        """,
    ),
    ("remote", "postgres_fdw_disconnect postgres_fdw_disconnect_all postgres_fdw_get_connections"),
    (
        "admin",
        """
        pg_terminate_backend pg_cancel_backend pg_reload_conf pg_rotate_logfile pg_rotate_logfile_old pg_promote
        pg_switch_wal pg_create_restore_point pg_wal_replay_pause pg_wal_replay_resume pg_log_standby_snapshot
        pg_backup_start pg_backup_stop pg_start_backup pg_stop_backup pg_import_system_collations
        pg_stat_reset pg_stat_reset_shared pg_stat_reset_slru pg_stat_reset_single_table_counters
        pg_stat_reset_single_function_counters pg_stat_reset_replication_slot pg_stat_reset_subscription_stats
        pg_stat_reset_backend_stats pg_stat_statements_reset pg_log_backend_memory_contexts
        pg_restore_relation_stats pg_restore_attribute_stats pg_clear_relation_stats pg_clear_attribute_stats
        pg_buffercache_evict pg_buffercache_evict_relation pg_buffercache_evict_all
        autoprewarm_start_worker autoprewarm_dump_now pg_nextoid pg_stop_making_pinned_objects
        binary_upgrade_set_record_init_privs
        """,
    ),
    (
        "replication admin",
        """
        pg_create_logical_replication_slot pg_create_physical_replication_slot pg_drop_replication_slot
        pg_copy_logical_replication_slot pg_copy_physical_replication_slot pg_replication_slot_advance
        """,
    ),
    (
        "replication",
        """
        pg_logical_slot_get_changes pg_logical_slot_peek_changes pg_logical_slot_get_binary_changes
        pg_logical_slot_peek_binary_changes pg_logical_emit_message pg_sync_replication_slots
        pg_replication_origin_create pg_replication_origin_drop pg_replication_origin_session_setup
        pg_replication_origin_session_reset pg_replication_origin_xact_setup pg_replication_origin_xact_reset
        pg_replication_origin_advance pg_replication_origin_oid pg_replication_origin_progress
        pg_replication_origin_session_is_setup pg_replication_origin_session_progress pg_show_replication_origin_status
        """,
    ),
    ("notify", "pg_notify"),
    ("write", "nextval setval"),
    (
        "resource",
        """
        pg_sleep pg_sleep_for pg_sleep_until pg_advisory_lock pg_advisory_lock_shared pg_advisory_xact_lock
        pg_advisory_xact_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock
        pg_try_advisory_xact_lock_shared pg_advisory_unlock pg_advisory_unlock_shared pg_advisory_unlock_all
        """,
    ),
    (
        "maintenance write",
        """
        brin_summarize_new_values brin_summarize_range brin_desummarize_range gin_clean_pending_list
        heap_force_kill heap_force_freeze pg_truncate_visibility_map
        """,
    ),
))  # fmt: skip
"""Function -> what calling it does beyond computing a value: reading the server's files, running SQL text, …"""

VIEWS = _table((
    ("server-file", "pg_hba_file_rules pg_ident_file_mappings pg_file_settings pg_config"),
    ("replication", "pg_replication_origin_status"),
))  # fmt: skip
"""View of pg_catalog -> the effect of the function that it shows the rows of."""

CATALOGUE = frozenset({"ddl", "alter", "code", "grant", "role", "setting", "admin"})
"""What writing to the server's own catalogues may amount to: everything is defined there."""

_OPERATORS = r"""
# % & * + - / < = > ? @ ^ | ~ !! != !~ ## #- #> && &< &> *< *=
*> -> << <= <> <@ <^ >= >> >^ ?# ?& ?- ?| @> @? @-@ @@ ^@ |/ || ~* ~= ~~ !~* !~~ #>>
&<| *<= *<> *>= ->> -|- <-> <<= <<| >>= ?-| ?|| @@@ |&> |>> ||/ ~<~ ~>~ ~~* !~~* ~<=~ ~>=~
"""
OPERATORS = frozenset(_OPERATORS.split())
"""The operators that come with PostgreSQL. One of the same name may still be a user's, on a user's types."""
