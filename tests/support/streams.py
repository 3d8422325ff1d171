"""Streams for tests of start-up dialogues: one that is scripted, one over a real blocking socket. No reactor.

Both provide the pull half of `tokengate.interfaces.IStream`, which is all that dialogues use.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from attrs import define, field
from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never has to wait: fails when it does."""
    results: list[Any] = []
    Deferred.fromCoroutine(work).addBoth(results.append)
    assert results, "the coroutine waits for something"
    if hasattr(results[0], "raiseException"):
        results[0].raiseException()
    result: T = results[0]
    return result


@define(eq=False)
class ScriptedStream:
    """A peer whose bytes the test gives with `say` and whose answers it finds in `heard`.

    `after_tls` is said by the peer once `start_tls` is through; `tls_connection` is what `tls` is from then on.
    """

    peer: str = "192.0.2.7:40000"
    tls: Any = None
    after_tls: bytes = b""
    tls_connection: Any = field(factory=object)
    tls_error: Exception | None = None
    heard: bytearray = field(factory=bytearray)
    closed: bool = False
    aborted: bool = False
    bytes_in: int = 0
    bytes_out: int = 0
    hostname: str | None = None
    _said: bytearray = field(factory=bytearray)
    _ended: bool = False
    _waiting: tuple[int, Deferred[bytes]] | None = None

    def say(self, data: bytes) -> ScriptedStream:
        """The peer sends `data`."""
        self._said += data
        self._serve()
        return self

    def end(self) -> ScriptedStream:
        """The peer closes its side."""
        self._ended = True
        self._serve()
        return self

    def take(self) -> bytes:
        """What the peer heard since the last time."""
        heard = bytes(self.heard)
        self.heard.clear()
        return heard

    def read_exactly(self, count: int) -> Deferred[bytes]:
        assert self._waiting is None, "two reads at once"
        assert count > 0
        self._waiting = (count, Deferred(self._forget))
        waiting = self._waiting[1]
        self._serve()
        return waiting

    async def peek(self, count: int) -> bytes:
        first = await self.read_exactly(1)
        self._said[:0] = first
        return bytes(self._said[:count])

    def pending(self) -> bool:
        return bool(self._said)

    async def start_tls(self, context: Any, server_side: bool, hostname: str | None = None) -> None:
        if self.tls_error is not None:
            raise self.tls_error
        self._said.clear()  # the handshake's own bytes
        self.tls, self.hostname = self.tls_connection, hostname
        self.say(self.after_tls)

    def write(self, data: bytes) -> None:
        self.heard += data

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True

    def _forget(self, _: Any) -> None:
        self._waiting = None

    def _serve(self) -> None:
        if self._waiting is None:
            return
        count, waiting = self._waiting
        if len(self._said) >= count:
            self._waiting = None
            data = bytes(self._said[:count])
            del self._said[:count]
            waiting.callback(data)
        elif self._ended:
            self._waiting = None
            waiting.errback(ConnectionLost())


class BlockingStream:
    """A real socket, read with blocking calls: coroutines over it never wait, so tests need no reactor."""

    def __init__(self, sock: socket.socket, peer: str) -> None:
        sock.settimeout(10)
        self._socket = sock
        self.peer = peer
        self.tls: SSL.Connection | None = None

    @classmethod
    def connect(cls, address: tuple[str, int] | str) -> BlockingStream:
        """To (host, port), or to a unix socket's path."""
        if isinstance(address, str):
            sock = socket.socket(socket.AF_UNIX)
            sock.connect(address)
            return cls(sock, "unix:")
        return cls(socket.create_connection(address, timeout=10), f"{address[0]}:{address[1]}")

    async def read_exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            try:
                more = self.tls.recv(count - len(data)) if self.tls else self._socket.recv(count - len(data))
            except (OSError, SSL.Error) as error:
                raise ConnectionLost(str(error)) from error
            if not more:
                raise ConnectionLost()
            data += more
        return data

    async def peek(self, count: int) -> bytes:
        return self._socket.recv(count, socket.MSG_PEEK)

    def pending(self) -> bool:
        return bool(select.select([self._socket], [], [], 0)[0])

    async def start_tls(self, context: SSL.Context, server_side: bool, hostname: str | None = None) -> None:
        self._socket.settimeout(None)
        tls = SSL.Connection(context, self._socket)
        if server_side:
            tls.set_accept_state()
        else:
            tls.set_connect_state()
            if hostname:
                tls.set_tlsext_host_name(hostname.encode())
        tls.do_handshake()
        self.tls = tls

    def write(self, data: bytes) -> None:
        with suppress(OSError, SSL.Error):  # as the interface has it: a lost peer shows when it is read from
            (self.tls or self._socket).sendall(data)

    def close(self) -> None:
        self._socket.close()

    abort = close


async def value(awaitable: Awaitable[T]) -> T:
    """A coroutine out of anything awaitable."""
    return await awaitable
