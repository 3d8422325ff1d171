"""One client connection on one route by one principal, from verified token to close."""

from __future__ import annotations

import secrets
import time
from typing import Any

from attrs import define, field

from tokengate.sql.unsettled import Unsettled
from tokengate.values import Principal


def new_session_id() -> str:
    """Sortable by time, unguessable: 12 hex digits of milliseconds, 16 of randomness."""
    return f"{int(time.time() * 1000):012x}{secrets.token_hex(8)}"


@define(eq=False)
class Session:
    """What enforcers, maskers and recorders may know of the session they act in.

    `client` is the peer's "host:port"; `details` are the protocol's own JSON facts ("database", "application_name" …);
    `catalogue` is an `ICatalogue`, or None on protocols without stored relations; `unsettled` what of it may be
    different for this session, since its transaction is still open. Both are kept by the protocol. `started_at`: Unix
    seconds.
    """

    route: str
    protocol: str
    principal: Principal
    client: str
    details: dict[str, Any] = field(factory=dict)
    catalogue: Any = None
    unsettled: Unsettled = field(factory=Unsettled)
    id: str = field(factory=new_session_id)
    started_at: float = field(factory=time.time)
