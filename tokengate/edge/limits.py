"""What one source may cost a listener before it has shown who it is.

A source is an IPv4 address, an IPv6 /64 (what one host is commonly given), or the whole of a unix socket.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from attrs import define, field, frozen

from tokengate.edge.peers import address_of

MAX_SOURCES = 10_000
"""Sources remembered at once. When full, the longest silent ones without connections are forgotten first."""


@frozen
class Limits:
    """A listener's limits: connections at once in all and of one source, new ones a second of one source
    (with as many again as a burst), seconds for everything before a session begins."""

    connections: int = 1000
    per_source: int = 100
    rate_per_source: float = 50.0
    handshake: float = 60.0


@define
class _Source:
    connections: int = 0
    credit: float = 0.0
    at: float = 0.0


@define
class Gauge:
    """Counts a listener's connections against its limits. `now`: seconds of a steady clock."""

    limits: Limits
    now: Callable[[], float]
    connections: int = 0
    _sources: dict[str, _Source] = field(factory=dict)

    def enter(self, peer: str) -> str | None:
        """Admit a connection from `peer` ("host:port" or "unix:"); or the name of the limit that refuses it."""
        if self.connections >= self.limits.connections:
            return "connections"
        source = self._source(source_of(peer))
        if source.connections >= self.limits.per_source:
            return "per_source"
        if source.credit < 1.0:
            return "rate_per_source"
        source.credit -= 1.0
        source.connections += 1
        self.connections += 1
        return None

    def leave(self, peer: str) -> None:
        """A connection that was admitted is over."""
        self.connections -= 1
        source = self._sources.get(source_of(peer))
        if source is not None and source.connections:
            source.connections -= 1

    def _source(self, name: str) -> _Source:
        now, rate = self.now(), self.limits.rate_per_source
        source = self._sources.pop(name, None)
        if source is None:
            if len(self._sources) >= MAX_SOURCES:
                self._forget()
            source = _Source(credit=2 * rate, at=now)
        source.credit = min(max(2 * rate, 1.0), source.credit + (now - source.at) * rate)
        source.at = now
        self._sources[name] = source  # last in the dict: most recently seen
        return source

    def _forget(self) -> None:
        for name in [name for name, source in self._sources.items() if not source.connections][: MAX_SOURCES // 10]:
            del self._sources[name]


def source_of(peer: str) -> str:
    """The source a peer belongs to."""
    address = address_of(peer)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return "unix" if address is None else str(address)
