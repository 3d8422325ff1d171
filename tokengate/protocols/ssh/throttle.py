"""How often one source may fail to prove who it is, over all its connections.

Asked by `userauth` before a credential is looked at. Counting is `edge.limits`' own: a failure occupies a place of its
source, as a connection occupies one of a listener, and leaves it when it is old enough.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from tokengate.edge.limits import Gauge, Limits

FAILURES = 20
"""Failures of one source within `WINDOW` after which its credentials are not looked at: three connections that use up
their attempts, with some of a neighbour's behind the same address.
"""

WINDOW = 60.0
"""Seconds a failure counts."""

MAX_FAILURES = 100_000
"""Failures remembered in all: beyond, everybody waits until some are old."""

_UNLIMITED = 1e9


class Throttle:
    """Counts failures by source. `now`: seconds of a steady clock."""

    def __init__(self, now: Callable[[], float], failures: int = FAILURES, window: float = WINDOW) -> None:
        self._now = now
        self._window = window
        self._gauge = Gauge(Limits(MAX_FAILURES, failures, _UNLIMITED), now)
        self._failed: deque[tuple[float, str]] = deque()

    def allows(self, peer: str) -> bool:
        """Whether a credential from `peer` ("host:port" or "unix:") may be looked at."""
        self._forget()
        if self._gauge.enter(peer) is not None:
            return False
        self._gauge.leave(peer)
        return True

    def failed(self, peer: str) -> None:
        """A credential from `peer` was refused."""
        self._forget()
        if self._gauge.enter(peer) is None:
            self._failed.append((self._now() + self._window, peer))

    def _forget(self) -> None:
        while self._failed and self._failed[0][0] <= self._now():
            self._gauge.leave(self._failed.popleft()[1])
