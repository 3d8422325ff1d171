"""The store's tables, for building queries. `migrations` is what makes them."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, LargeBinary, MetaData, PrimaryKeyConstraint, Table, Text

metadata = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


holds = Table(
    "holds",
    metadata,
    Column("id", Text, primary_key=True, nullable=False),
    _text("instance"),  # the gateway process that waits, see `instance`
    _text("session"),
    _text("route"),
    _text("protocol"),
    _text("client"),
    _text("issuer"),
    _text("subject"),
    Column("groups", JSON, nullable=False),
    _text("token_id"),
    _text("token_digest"),
    _text("verb"),
    _text("text"),
    Column("shown", Text),
    Column("argument_count", Integer, nullable=False),
    Column("text_mac", LargeBinary, nullable=False),
    Column("arguments_mac", LargeBinary, nullable=False),
    _text("rule"),
    _text("why"),
    Column("approvers", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    _text("state"),
    _text("decided_by"),
    Column("decided_at", Float),
    _text("reason"),
    Column("executed_at", Float),
    Index("holds_by_state", "state", "created_at"),
    Index("holds_by_creation", "created_at"),
)

used_tokens = Table(
    "used_tokens",
    metadata,
    _text("issuer"),
    _text("jti"),
    Column("expires_at", Float, nullable=False),
    PrimaryKeyConstraint("issuer", "jti"),
    Index("used_tokens_by_expiry", "expires_at"),
)

revocations = Table(
    "revocations",
    metadata,
    _text("kind"),
    _text("value"),
    _text("issuer"),
    Column("until", Float),
    _text("by"),
    Column("at", Float, nullable=False),
    _text("reason"),
    PrimaryKeyConstraint("kind", "value", "issuer"),
)
