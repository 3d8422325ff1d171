"""What PostgreSQL's own functions may do with values, as far as masks care.

Most only compute: their value depends on their arguments and the session, and calling them leaves nothing behind.
Some keep what they are given where it can be read later (set_config, pg_notify, setval, advisory locks). Some reach
stored data that no argument names (query_to_xml, pg_read_file, lo_get), or show what other sessions do. Functions of
the latter two kinds that PostgreSQL adds are called pg_something, so of those only the listed ones count as harmless.
Source: pg_proc of PostgreSQL 15 and 18.
"""

from __future__ import annotations

import enum
import re


class Effect(enum.Enum):
    """What calling a function may do."""

    COMPUTES = "its value is made of its arguments"
    KEEPS = "its arguments may be read elsewhere, later; its value is made of them"
    REACHES = "its value may be made of anything stored"


_REACHING = re.compile(
    r"""
      .*_to_xml (schema | _and_xmlschema)?     # of a query, a table, a schema, a database, a cursor
    | ts_stat | ts_rewrite                     # run a query given as text
    | current_query                            # the text as the server got it: tokens are values there
    | lo_.* | loread                           # large objects and server files
    | (binary_upgrade|brin|gin|gist|plpgsql)_.* | currtid2? | amvalidate
    """,
    re.VERBOSE,
)
"""Of those not called pg_something."""

_KEEPING = re.compile(
    r"""
      set_config | setval | setseed
    | lo_( close | creat | create | from_bytea | put | truncate | truncate64 | unlink | open ) | lowrite
    | pg_( notify | (try_)?advisory_(xact_)?(lock|unlock).* | logical_emit_message | create_restore_point
         | export_snapshot | backup_start | create_.*_slot | drop_replication_slot
         | replication_origin_create | replication_origin_drop
         | reload_conf | rotate_logfile | switch_wal | log_.* | stat_reset.* | stat_clear_snapshot | promote )
    """,
    re.VERBOSE,
)

_COMPUTING = re.compile(
    r"""
      _?pg_( typeof | basetype | sleep (_for|_until)? | size_.* | .*_size | .*_is_visible | has_role
    | get_( .*def | .*def_(columns|expressions) | expr | userbyid | keywords | serial_sequence | acl
          | function_.* | object_address | partkeydef | replica_identity_index | catalog_foreign_keys )
    | describe_object | identify_object (_as_address)? | options_to_table
    | column_( size | compression | is_updatable | toast_chunk_id )
    | relation_( filenode | filepath | is_publishable | is_updatable ) | filenode_relation
    | partition_( root | tree | ancestors ) | sequence_( parameters | last_value )
    | index_.* | indexam_.* | tablespace_( location | databases )
    | my_temp_schema | is_other_temp_schema | backend_pid | trigger_depth | listening_channels
    | is_in_recovery | postmaster_start_time | conf_load_time | client_encoding | collation_.*
    | database_collation_.* | char_to_encoding | encoding_.* | input_.* | timezone_.* | settings_get_flags
    | show_all_settings | lsn.* | wal_lsn_diff | walfile_name.* | split_walfile_name | current_wal_.* | last_wal_.*
    | last_xact_.* | last_committed_xact | current_snapshot | current_xact_id (_if_assigned)? | snapshot_.*
    | visible_in_snapshot | xact_status | xact_commit_timestamp.*
    | blocking_pids | safe_snapshot_blocking_pids | lock_status | cancel_backend | terminate_backend
    | available_extensions | available_extension_versions | extension_update_paths | ndistinct.* | dependencies.*
    | stat_get_( (?! activity$ | backend_activity$ | wal_receiver$ | subscription$ ) .* ) | stat_file
    # information_schema's own helpers
    | expandarray | index_position | truetypid | truetypmod | char_max_length | char_octet_length | numeric_.*
    | datetime_precision | interval_type )
    """,
    re.VERBOSE,
)
"""Of those called pg_something: made of their arguments, or of names, numbers and definitions only."""

_RUNNING = re.compile(
    r"""
      dblink.* | pg_background_launch | schedule (_in_database)? | alter_job   # pg_cron's
    | run_command_on_.* | master_run_on_worker                                 # Citus'
    """,
    re.VERBOSE,
)
"""Functions of common extensions that run a text given to them as SQL, with effects, where nobody judges it."""


def runs_text(function: str) -> bool:
    """Whether a function of this name, whoever made it, is likely to run a text as SQL."""
    return _RUNNING.fullmatch(function) is not None


def effect(function: str) -> Effect:
    """The effect of a function that the server ships, by its name without schema."""
    if _KEEPING.fullmatch(function):
        return Effect.KEEPS
    if function.startswith(("pg_", "_pg_")):
        return Effect.COMPUTES if _COMPUTING.fullmatch(function) else Effect.REACHES
    return Effect.REACHES if _REACHING.fullmatch(function) else Effect.COMPUTES
