"""What would happen to a SQL text on a route, asked of the route's own parts and of its target; nothing is executed."""

from __future__ import annotations

from typing import Any

from tokengate.errors import UpstreamError
from tokengate.protocols.postgres.catalogue import Catalogue
from tokengate.protocols.postgres.census import SETTINGS
from tokengate.protocols.postgres.client import Client, Description
from tokengate.protocols.postgres.namespace import Namespace
from tokengate.protocols.postgres.plans import Plans
from tokengate.session.explain import explained
from tokengate.session.pipeline import Pipeline
from tokengate.session.session import Session
from tokengate.sql.invariants import invariants
from tokengate.values import Action, Column, Principal


async def explain(route: Any, catalogue: Catalogue, action: Action, principal: Principal, clock: Any) -> dict[str, Any]:
    """See `IProtocol.explain`. Raises `UpstreamError`."""
    if not catalogue.version:
        await catalogue.refresh()
    if not catalogue.version:
        raise UpstreamError("the target's catalogue can't be read", "it is needed to explain")
    session = Session(route.name, "postgres", principal, "explain", catalogue=catalogue)
    refusal = invariants(action)
    found = explained(action, session, route.policy, refusal, None)
    if found["outcome"] == "deny" or len(action.facts.statements) != 1:
        return found
    columns = await _described(route, catalogue, action, session, clock)
    return explained(action, session, route.policy, refusal, columns)


async def _described(
    route: Any, catalogue: Catalogue, action: Action, session: Session, clock: Any
) -> list[Column] | None:
    """The columns of the result as the target describes them; None when it can't."""
    settings = {name: value for name, value in SETTINGS.items() if name != "search_path"}
    client = await Client.connect(route, clock, None, settings)
    try:
        (described,) = await client.describe([action.text])
    finally:
        client.close()
    if not isinstance(described, Description):
        return None
    pipeline = Pipeline(session, lambda: route.policy, lambda principal: None)
    return Plans(pipeline, catalogue, Namespace(pipeline, catalogue, "")).columns(described.fields)
