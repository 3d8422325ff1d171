"""Tests of tokengate.mask.functions: what the server's own functions may do with values."""

from __future__ import annotations

import pytest

from tests.support.postgres import Server
from tokengate.mask.functions import Effect, effect, runs_text

REACHING = (
    "query_to_xml query_to_xml_and_xmlschema table_to_xml schema_to_xml database_to_xmlschema cursor_to_xml ts_stat "
    "ts_rewrite pg_read_file pg_read_binary_file pg_ls_dir lo_get loread lo_import lo_export pg_stat_get_activity "
    "pg_stat_get_backend_activity pg_cursor pg_prepared_statement pg_logical_slot_get_changes pg_mcv_list_items "
    "pg_logical_slot_peek_binary_changes pg_stat_get_wal_receiver pg_show_all_file_settings pg_hba_file_rules "
    "pg_something_new"
)
KEEPING = (
    "set_config setval setseed pg_notify pg_advisory_lock pg_try_advisory_xact_lock_shared pg_advisory_unlock_all "
    "lo_from_bytea lo_put lowrite lo_create pg_logical_emit_message pg_create_restore_point pg_backup_start "
    "pg_create_logical_replication_slot pg_replication_origin_create pg_create_physical_replication_slot"
)
COMPUTING = (
    "upper lower concat format count sum to_jsonb row_to_json now random nextval currval current_setting xpath "
    "pg_typeof pg_get_viewdef pg_get_constraintdef pg_get_indexdef pg_get_expr pg_get_userbyid pg_relation_size "
    "pg_total_relation_size pg_table_is_visible pg_encoding_to_char pg_size_pretty pg_backend_pid pg_sleep "
    "pg_stat_get_numscans pg_get_function_identity_arguments pg_get_serial_sequence _pg_truetypid _pg_expandarray "
    "gen_random_uuid generate_series jsonb_path_query ts_headline"
)


@pytest.mark.parametrize(
    ("names", "expected"), [(REACHING, Effect.REACHES), (KEEPING, Effect.KEEPS), (COMPUTING, Effect.COMPUTES)]
)
def test_effects(names: str, expected: Effect) -> None:
    """Those that reach data, those that keep their arguments, those that only compute; unknown pg_ functions reach."""
    assert {name: effect(name) for name in names.split()} == dict.fromkeys(names.split(), expected)


def test_functions_that_run_text() -> None:
    """Common extensions' functions that run SQL given as text are known by name, whoever made them."""
    assert all(map(runs_text, ("dblink", "dblink_exec", "schedule", "schedule_in_database", "run_command_on_workers")))
    assert not any(map(runs_text, ("upper", "reschedule", "my_dblink", "query_to_xml")))


def test_every_volatile_function_was_looked_at(any_postgres: Server) -> None:
    """Of what a server ships, every volatile function that counts as computing is one that was found harmless."""
    names = any_postgres.psql(
        "select distinct proname from pg_proc where pronamespace = 'pg_catalog'::regnamespace and provolatile = 'v' "
        "and prorettype not in ('trigger'::regtype, 'event_trigger'::regtype, 'internal'::regtype) "
        "and not proargtypes::oid[] && array['internal'::regtype::oid, 'cstring'::regtype::oid]"
    ).split()
    harmless = [
        "array_sample",
        "array_shuffle",
        "clock_timestamp",
        "current_query",
        "currval",
        "gen_random_uuid",
        "lastval",
        "nextval",
        "random",
        "random_normal",
        "timeofday",
        "txid_status",
        "uuidv4",
        "uuidv7",
    ]
    computing = {name for name in names if effect(name) is Effect.COMPUTES and not name.startswith("pg_")}
    assert computing <= set(harmless)
    reading = {name for name in names if effect(name) is Effect.COMPUTES and name.startswith("pg_")}
    assert not {name for name in reading if any(word in name for word in ("read", "write", "_ls_", "slot", "notify"))}
