"""What would happen to a SQL text on a route, asked of the route's own parts and of its target; nothing is executed."""

from __future__ import annotations

from typing import Any

from tokengate.errors import UpstreamError
from tokengate.protocols.postgres.catalogue import Catalogue
from tokengate.protocols.postgres.census import SETTINGS
from tokengate.protocols.postgres.client import Client, Description
from tokengate.protocols.postgres.exchange import Exchange
from tokengate.protocols.postgres.namespace import Namespace
from tokengate.protocols.postgres.plans import columns
from tokengate.protocols.postgres.screen import Screen
from tokengate.session.explain import explained
from tokengate.session.pipeline import Pipeline
from tokengate.session.session import Session
from tokengate.values import Action, Principal


async def explain(
    route: Any, options: Any, catalogue: Catalogue, action: Action, principal: Principal, clock: Any
) -> dict[str, Any]:
    """See `IProtocol.explain`. `options`: the protocol's. Raises `UpstreamError`."""
    if not catalogue.version:
        await catalogue.refresh()
    if not catalogue.version:
        raise UpstreamError("the target's catalogue can't be read", "it is needed to explain")
    session = Session(route.name, "postgres", principal, "explain", catalogue=catalogue)
    pipeline = Pipeline(session, lambda: route.policy, lambda principal: None)
    namespace = Namespace(pipeline, catalogue, "")
    refusal = Screen(Exchange(), namespace, lambda: pipeline.masks, options.read_only).refusal(action)
    found = explained(action, session, route.policy, refusal, None)
    if found["outcome"] == "deny" or len(action.facts.statements) != 1:
        return found
    fields = await _described(route, options, action, clock)
    described = None if fields is None else columns(fields, catalogue)
    return explained(action, session, route.policy, refusal, described)


async def _described(route: Any, options: Any, action: Action, clock: Any) -> Any:
    """The fields of the result as the target describes them; None when it can't."""
    client = await Client.connect(route, clock, None, SETTINGS, options.require_auth)
    try:
        (described,) = await client.describe([action.text])
    finally:
        client.close()
    return described.fields if isinstance(described, Description) else None
