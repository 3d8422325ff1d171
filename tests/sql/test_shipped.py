"""What comes with PostgreSQL, against what a server has."""

from __future__ import annotations

from tests.support.postgres import Server
from tokengate.sql.shipped import FUNCTIONS, OPERATORS, VIEWS

HARMLESS = frozenset({
    "pg_get_backend_memory_contexts", "pg_get_shmem_allocations", "pg_stat_have_stats", "pg_get_aios", "pg_get_shmem_allocations_numa",
    "pg_backend_memory_contexts", "pg_shmem_allocations", "pg_aios", "pg_shmem_allocations_numa",  # sizes, counts
    "pg_shadow",  # a table's columns
})  # fmt: skip
"""What the server lets nobody call or read by default, and yet has no effect beyond reading the database."""


def test_what_the_server_lets_nobody_call_or_read_has_an_effect(any_postgres: Server) -> None:
    """The server itself takes these functions and views for dangerous; here they are all known."""
    revoked = """
        select {name} from {table} where not exists (
            select from aclexplode(coalesce({acl}, acldefault('{kind}', {owner}))) where grantee = 0)
    """
    functions = any_postgres.psql(
        revoked.format(name="proname", table="pg_proc", acl="proacl", kind="f", owner="proowner")
    )
    views = any_postgres.psql(
        revoked.format(name="relname", table="pg_class", acl="relacl", kind="r", owner="relowner")
        + "and relkind = 'v' and relnamespace = 'pg_catalog'::regnamespace"
    )
    assert {"pg_read_file", "pg_reload_conf"} <= set(functions.split())
    assert set(functions.split()) - FUNCTIONS.keys() <= HARMLESS
    assert "pg_hba_file_rules" in views
    assert set(views.split()) - VIEWS.keys() <= HARMLESS


def test_the_operators_are_those_of_a_server(any_postgres: Server) -> None:
    """One that the server has and that is not known would be taken for a user's."""
    assert (
        set(any_postgres.psql("select distinct oprname from pg_operator where oprnamespace = 11").split()) <= OPERATORS
    )
