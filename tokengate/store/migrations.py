"""The store's schema, step by step: what brings any earlier file up to date.

A step is SQL that is never edited once released; the file's `user_version` counts the steps it has had. All
missing steps happen in one transaction. Only the gateway migrates; a command that finds another version refuses.
(Why not alembic: docs/adr/0005.)
"""

from __future__ import annotations

from sqlalchemy import Connection

from tokengate.errors import StoreError

STEPS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE holds (
            id TEXT NOT NULL PRIMARY KEY, instance TEXT NOT NULL, session TEXT NOT NULL, route TEXT NOT NULL,
            protocol TEXT NOT NULL, client TEXT NOT NULL, issuer TEXT NOT NULL, subject TEXT NOT NULL,
            groups JSON NOT NULL, token_id TEXT NOT NULL, token_digest TEXT NOT NULL, verb TEXT NOT NULL,
            text TEXT NOT NULL, shown TEXT, argument_count INTEGER NOT NULL, text_mac BLOB NOT NULL,
            arguments_mac BLOB NOT NULL, rule TEXT NOT NULL, why TEXT NOT NULL, approvers JSON NOT NULL,
            created_at FLOAT NOT NULL, expires_at FLOAT NOT NULL, state TEXT NOT NULL, decided_by TEXT NOT NULL,
            decided_at FLOAT, reason TEXT NOT NULL, executed_at FLOAT)""",
        "CREATE INDEX holds_by_state ON holds (state, created_at)",
        "CREATE INDEX holds_by_creation ON holds (created_at)",
        """CREATE TABLE used_tokens (
            issuer TEXT NOT NULL, jti TEXT NOT NULL, expires_at FLOAT NOT NULL, PRIMARY KEY (issuer, jti))""",
        "CREATE INDEX used_tokens_by_expiry ON used_tokens (expires_at)",
        """CREATE TABLE revocations (
            kind TEXT NOT NULL, value TEXT NOT NULL, issuer TEXT NOT NULL, until FLOAT, by TEXT NOT NULL,
            at FLOAT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (kind, value, issuer))""",
    ),
)

CURRENT = len(STEPS)


def version(connection: Connection) -> int:
    """How many steps this file has had; 0: it is empty."""
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def migrate(connection: Connection) -> None:
    """Do the missing steps, in the caller's transaction. Raises `StoreError` for a file from the future."""
    done = version(connection)
    if done > CURRENT:
        raise StoreError(f"the store has schema {done}, this tokengate knows {CURRENT}: it was made by a later version")
    for step in STEPS[done:]:
        for statement in step:
            connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"PRAGMA user_version = {CURRENT}")


def require_current(connection: Connection) -> None:
    """Raises `StoreError` unless the file has exactly this version's schema."""
    found = version(connection)
    if found != CURRENT:
        raise StoreError(f"the store has schema {found}, not {CURRENT}: the gateway migrates it when it starts")
