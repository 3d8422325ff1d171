"""Cancel requests: the gateway's own keys, and the relay of a valid request to the upstream.

A CancelRequest comes on a connection of its own, with no token; its proof is the key that the session was given when
it began. So keys are the gateway's, random, one a session, and the upstream's never reach a client. Nothing is ever
answered: neither a wrong key nor a right one can be told from the outside.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from attrs import define, field
from twisted.internet.error import ConnectionClosed

from tokengate.edge.deadline import within
from tokengate.errors import UpstreamError
from tokengate.protocols.postgres import wire
from tokengate.protocols.postgres.login import Upstream, secure
from tokengate.protocols.postgres.startup import Cancel

CANCEL_DEADLINE = 10.0
"""Seconds for a cancel's own connection to the upstream, TLS included."""

LONG_KEYS = 2
"""The minor version of protocol 3 from which on a key may be longer than 4 bytes."""


@define(eq=False)
class Cancellable:
    """A session that can be cancelled. `process`, `key`: what its client was given; `driver`: its driver, once it
    runs.
    """

    process: int
    key: bytes = field(repr=False)
    upstream: Upstream
    driver: Any = None
    _relaying: bool = False

    async def cancel(self, route: Any, clock: Any) -> None:
        """Withdraw the session's hold, or cancel its statement at the upstream. Raises `UpstreamError`.

        One relay a session at a time: repeating a request can't multiply connections.
        """
        if self.driver is not None and self.driver.cancel_hold():
            return
        if self._relaying or not self.upstream.key:
            return
        self._relaying = True
        try:
            await within(clock, CANCEL_DEADLINE, self._relay(route))
        finally:
            self._relaying = False

    async def _relay(self, route: Any) -> None:
        stream = await route.connect()
        try:
            await secure(stream, route.upstream_tls())
            stream.write(wire.cancel_request(self.upstream.process, self.upstream.key))
            await stream.read_exactly(1)
        except ConnectionClosed:
            return  # the server has done it: it closes, and says nothing
        finally:
            stream.abort()
        raise UpstreamError("the upstream answered a cancel request", code="08006")


@define(eq=False)
class Cancels:
    """The cancellable sessions of one route: an entry a running session, so connection limits bound it."""

    _sessions: dict[int, Cancellable] = field(factory=dict, init=False)

    def issue(self, upstream: Upstream, minor: int) -> Cancellable:
        """A new session's entry, with a key as long as its protocol version takes."""
        process = _random_process()
        while process in self._sessions:
            process = _random_process()
        key = secrets.token_bytes(32 if minor >= LONG_KEYS else 4)
        session = self._sessions[process] = Cancellable(process, key, upstream)
        return session

    def forget(self, session: Cancellable) -> None:
        """The session is over."""
        del self._sessions[session.process]

    def find(self, request: Cancel) -> Cancellable | None:
        """The session a request may cancel. The key is compared in constant time."""
        session = self._sessions.get(request.process)
        if session is None or not hmac.compare_digest(session.key, request.key):
            return None
        return session


def _random_process() -> int:
    """A process id as clients know it: positive, 31 bits. Random too: a key of 4 bytes is short."""
    return 1 + secrets.randbelow(2**31 - 1)
