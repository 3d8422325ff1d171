"""Connecting to an upstream: every address its name resolves to, in order, within one deadline."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IWriteDescriptor
from twisted.internet.threads import deferToThreadPool
from zope.interface import implementer

from tokengate.edge.listener import Endpoint
from tokengate.edge.stream import Stream
from tokengate.errors import UpstreamError

DEADLINE = 10.0
"""Seconds to reach an upstream, whatever the number of its addresses."""

Address = tuple[int, Any]


def parse_connect(text: str) -> Endpoint:
    """`tcp:HOST:PORT` or `unix:/PATH`. Raises ValueError with a sentence."""
    kind, _, rest = text.partition(":")
    if kind == "unix" and rest.startswith("/"):
        return Endpoint("unix", path=rest)
    host, _, port = rest.rpartition(":")
    host = host.replace("\\:", ":").strip("[]")
    if kind != "tcp" or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r} is no upstream: tcp:HOST:PORT or unix:/PATH")
    return Endpoint("tcp", host=host, port=int(port))


async def connect(endpoint: Endpoint, reactor: Any, deadline: float = DEADLINE) -> Stream:
    """A stream to `endpoint`. Raises `UpstreamError` when no address answers in time."""
    until = reactor.seconds() + deadline
    problem = "no address"
    addresses = await _addresses(endpoint, reactor)
    for index, (family, address) in enumerate(addresses):
        share = (until - reactor.seconds()) / (len(addresses) - index)
        try:
            sock = await _Attempt(family, address, reactor).within(max(share, 0.01))
            return Stream(sock, str(endpoint), reactor)
        except OSError as error:
            problem = f"{address}: {error.strerror or error}"
    raise UpstreamError("the upstream can't be reached", problem, "08006")


async def _addresses(endpoint: Endpoint, reactor: Any) -> Sequence[Address]:
    if endpoint.kind == "unix":
        return [(socket.AF_UNIX, endpoint.path)]
    arguments = (endpoint.host, endpoint.port, 0, socket.SOCK_STREAM)
    try:
        try:
            found = socket.getaddrinfo(*arguments, flags=socket.AI_NUMERICHOST)
        except socket.gaierror:
            found = await deferToThreadPool(reactor, reactor.getThreadPool(), socket.getaddrinfo, *arguments)
    except OSError as error:
        raise UpstreamError("the upstream can't be reached", f"{endpoint.host}: {error}", "08006") from error
    return [(family, address) for family, _, _, _, address in found]


@implementer(IWriteDescriptor)
class _Attempt:
    """One non-blocking connect."""

    def __init__(self, family: int, address: Any, reactor: Any) -> None:
        self._sock = socket.socket(family, socket.SOCK_STREAM)
        self._sock.setblocking(False)
        self._address = address
        self._reactor = reactor
        self._done: Deferred[None] = Deferred(lambda _: self._stop())

    async def within(self, seconds: float) -> socket.socket:
        """The connected socket. Raises OSError."""
        timer = self._reactor.callLater(seconds, self._finish, TimeoutError(errno.ETIMEDOUT, "timed out"))
        try:
            code = self._sock.connect_ex(self._address)
            if code == errno.EINPROGRESS:
                self._reactor.addWriter(self)
                await self._done
            elif code:
                raise OSError(code, os.strerror(code))
            return self._sock
        except BaseException:
            self._stop()
            self._sock.close()
            raise
        finally:
            if timer.active():
                timer.cancel()

    def _stop(self) -> None:
        self._reactor.removeWriter(self)

    def _finish(self, error: OSError | None) -> None:
        self._stop()
        if not self._done.called:
            if error is None:
                self._done.callback(None)
            else:
                self._done.errback(error)

    def doWrite(self) -> None:
        """The connection is there, or failed."""
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._finish(OSError(code, os.strerror(code)) if code else None)

    def connectionLost(self, reason: Any) -> None:
        """The reactor found the socket dead."""
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if self._sock.fileno() >= 0 else 0
        self._finish(OSError(code or errno.ECONNREFUSED, os.strerror(code or errno.ECONNREFUSED)))

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self._sock.fileno()

    def logPrefix(self) -> str:
        """The name in log lines."""
        return "connect"
