"""Held actions for tests of the store and what is built on it."""

from __future__ import annotations

import time
from typing import Any

from tokengate.store.records import HeldAction
from tokengate.values import Principal

DIGEST = "ab" * 32
ISSUER = "https://ci.example.org"


def held(id: str = "AAAABBBB", **changes: Any) -> HeldAction:
    """A pending hold of a CI job's UPDATE; `changes` replace the usual fields."""
    now = time.time()
    usual: dict[str, Any] = {
        "id": id,
        "session": "0193a5c0e0d00011223344556677",
        "route": "orders",
        "protocol": "postgres",
        "client": "10.0.0.5:51234",
        "issuer": ISSUER,
        "subject": "repo:acme/shop",
        "groups": frozenset({"ci"}),
        "token_id": "jti-1",
        "token_digest": DIGEST,
        "verb": "query",
        "text": "update app.orders set note = $1",
        "shown": "update app.orders set note = 'paid'",
        "argument_count": 2,
        "text_mac": b"t" * 32,
        "arguments_mac": b"a" * 32,
        "rule": "two-person",
        "why": "writes to app.orders wait for a second person",
        "approvers": frozenset(),
        "created_at": now,
        "expires_at": now + 60,
    }
    return HeldAction(**usual | changes)


def principal(subject: str = "alice", **changes: Any) -> Principal:
    """A verified identity other than the one that asks in `held`."""
    usual: dict[str, Any] = {
        "issuer": ISSUER,
        "subject": subject,
        "verifier": "ci",
        "token_id": f"jti-of-{subject}",
        "token_digest": subject.encode().hex().ljust(64, "0"),
    }
    return Principal(**usual | changes)
