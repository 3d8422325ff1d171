"""A bound on every wait of a session's start: nobody, client or upstream, can keep the gateway waiting for good."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, TimeoutError

from tokengate.errors import TokengateError, UpstreamError

T = TypeVar("T")

SILENT_UPSTREAM = UpstreamError("the upstream did not answer in time", code="08006")


async def within(clock: Any, seconds: float, work: Coroutine[Any, Any, T], late: TokengateError = SILENT_UPSTREAM) -> T:
    """Await `work`; after `seconds` cancel it and raise `late`. `clock`: an `IReactorTime`."""
    try:
        return await Deferred.fromCoroutine(work).addTimeout(seconds, clock)
    except TimeoutError:
        raise late from None
