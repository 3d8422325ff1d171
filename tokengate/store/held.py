"""Holds in the store: opened by the gateway, decided by people, used once. Each function is one transaction's work.

A hold's life is one conditional UPDATE after another, each on the state it leaves, so of two that race exactly one
happens. `now` is Unix seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import attrs
from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from tokengate.errors import DecisionRefused, StoreError
from tokengate.store.records import Approver, Binding, ClosedState, HeldAction, HoldLimits, HoldState
from tokengate.store.schema import holds

KEPT = 90 * 86400.0
"""Seconds a closed hold stays listed: a quarter, which is as far back as people ask who approved something. The
recordings keep it longer.
"""

LISTED = 200
"""Holds listed at a time: what fits a person's eye and a terminal."""


def add(connection: Connection, held: HeldAction, instance: str, limits: HoldLimits) -> str | None:
    """Make `held` pending, or return the name of the limit that it would exceed."""
    connection.execute(delete(holds).where(holds.c.created_at < held.created_at - KEPT, holds.c.state != "pending"))
    owner = (holds.c.issuer == held.issuer) & (holds.c.subject == held.subject)
    now = held.created_at
    if _pending(connection, holds.c.session == held.session, now) >= limits.session:
        return "session"
    if _pending(connection, owner, now) >= limits.principal:
        return "principal"
    if _pending(connection, holds.c.route == held.route, now) >= limits.route:
        return "route"
    row = attrs.asdict(held, recurse=False)
    row |= {"groups": sorted(held.groups), "approvers": sorted(held.approvers), "instance": instance}
    connection.execute(holds.insert().values(row))
    return None


def _pending(connection: Connection, whose: ColumnElement[bool], now: float) -> int:
    waiting = select(func.count()).where(holds.c.state == "pending", holds.c.expires_at > now, whose)
    return connection.execute(waiting).scalar_one()


def get(connection: Connection, id: str) -> HeldAction | None:
    """One hold."""
    row = connection.execute(select(holds).where(holds.c.id == id)).one_or_none()
    return None if row is None else _held(row._mapping)


def latest(connection: Connection, pending: bool, now: float) -> list[HeldAction]:
    """Holds that may still be decided, or the latest in any state; newest first, at most `LISTED`."""
    query = select(holds).order_by(holds.c.created_at.desc()).limit(LISTED)
    if pending:
        query = query.where(holds.c.state == "pending", holds.c.expires_at > now)
    return [_held(row._mapping) for row in connection.execute(query)]


def settled(connection: Connection, ids: Collection[str]) -> list[HeldAction]:
    """Those of these holds that are no longer pending."""
    query = select(holds).where(holds.c.id.in_(ids), holds.c.state != "pending")
    return [_held(row._mapping) for row in connection.execute(query)]


def decide(connection: Connection, id: str, approver: Approver, approve: bool, reason: str, now: float) -> HeldAction:
    """Keep a person's decision. Returns the hold as decided, still with what was shown. Raises `DecisionRefused`."""
    held = get(connection, id)
    if held is None:
        raise DecisionRefused("unknown", f"there is no hold {id}")
    _object(held, approver, now)
    decision: dict[str, Any] = {
        "state": "approved" if approve else "denied",
        "decided_by": approver.name,
        "decided_at": now,
        "reason": reason,
    }
    _leave_pending(connection, id, decision)
    return attrs.evolve(held, **decision)


def _object(held: HeldAction, approver: Approver, now: float) -> None:
    if held.state != "pending":
        raise DecisionRefused("closed", f"hold {held.id} is {held.state} already")
    if now >= held.expires_at:
        raise DecisionRefused("expired", f"hold {held.id} has expired")
    if approver.requested(held):
        raise DecisionRefused("self", f"{approver.name} asked for this: somebody else has to decide")
    if held.approvers and not held.approvers & approver.names:
        names = ", ".join(sorted(held.approvers))
        raise DecisionRefused("approver", f"{approver.name} is none of those who may decide: {names}")


def close(connection: Connection, id: str, state: ClosedState) -> HeldAction:
    """End a hold that is still pending. Returns it as it then is, which is as decided when somebody was faster."""
    _leave_pending(connection, id, {"state": state})
    held = get(connection, id)
    if held is None:
        raise StoreError(f"hold {id} is gone")
    return held


def claim(connection: Connection, id: str, binding: Binding, now: float) -> bool:
    """Use an approved hold: True once, and only for exactly what was approved."""
    bound = [holds.c[name] == value for name, value in attrs.asdict(binding).items()]
    fresh = (holds.c.id == id, holds.c.state == "approved", holds.c.executed_at.is_(None))
    return connection.execute(update(holds).where(*fresh, *bound).values(executed_at=now)).rowcount == 1


def instances(connection: Connection) -> set[str]:
    """The gateway processes that pending holds belong to."""
    return set(connection.execute(select(holds.c.instance).where(holds.c.state == "pending").distinct()).scalars())


def abandon(connection: Connection, instances: Collection[str]) -> int:
    """Close what these processes, which are gone, left pending; how many."""
    state: HoldState = "abandoned"
    left = (holds.c.state == "pending", holds.c.instance.in_(instances))
    return connection.execute(update(holds).where(*left).values(state=state, shown=None)).rowcount


def _leave_pending(connection: Connection, id: str, values: Mapping[str, Any]) -> None:
    pending = (holds.c.id == id, holds.c.state == "pending")
    connection.execute(update(holds).where(*pending).values(shown=None, **values))


def _held(row: Mapping[Any, Any]) -> HeldAction:
    fields = {name: row[name] for name in _FIELDS}
    return HeldAction(**fields | {"groups": frozenset(row["groups"]), "approvers": frozenset(row["approvers"])})


_FIELDS = tuple(field.name for field in attrs.fields(HeldAction))
