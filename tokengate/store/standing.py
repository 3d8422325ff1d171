"""What ends a principal's standing: token ids already used, revocations. Each function is one transaction's work.

`now` is Unix seconds.
"""

from __future__ import annotations

import attrs
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from tokengate.store.records import Revocation, Revocations
from tokengate.store.schema import revocations, used_tokens

KEPT_AFTER_EXPIRY = 3600.0
"""Seconds a used token id is remembered past its token's expiry: more than any verifier's leeway for wrong clocks."""


def use_once(connection: Connection, issuer: str, jti: str, expires_at: float, now: float) -> bool:
    """Whether this token id is new; from now on it is used. Forgets what has long expired."""
    connection.execute(delete(used_tokens).where(used_tokens.c.expires_at < now - KEPT_AFTER_EXPIRY))
    fresh = insert(used_tokens).values(issuer=issuer, jti=jti, expires_at=expires_at).on_conflict_do_nothing()
    return connection.execute(fresh).rowcount == 1


def revoke(connection: Connection, revocation: Revocation) -> None:
    """Put a revocation in force. One for the same thing is replaced."""
    row = attrs.asdict(revocation)
    keys = [revocations.c.kind, revocations.c.value, revocations.c.issuer]
    statement = insert(revocations).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=row))


def restore(connection: Connection, revocation: Revocation) -> bool:
    """Take a revocation back; whether there was one."""
    same = [revocations.c[name] == getattr(revocation, name) for name in ("kind", "value", "issuer")]
    return connection.execute(delete(revocations).where(*same)).rowcount == 1


def revoked(connection: Connection, now: float) -> list[Revocation]:
    """What is revoked now, oldest first."""
    in_force = revocations.c.until.is_(None) | (revocations.c.until > now)
    rows = connection.execute(select(revocations).where(in_force).order_by(revocations.c.at))
    return [Revocation(**row._mapping) for row in rows]


def snapshot(connection: Connection, now: float) -> Revocations:
    """What is revoked now, to be asked of principals."""
    return Revocations(revoked(connection, now))
