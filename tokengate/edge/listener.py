"""Accepting connections: Twisted's own accept loop, our own streams.

`tcp.Port` and `unix.Port` bind, accept and survive a shortage of descriptors; here they make a `Stream` of each socket.
Binding (`open`, before privileges are dropped) is apart from accepting (`start`).
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from attrs import define
from twisted.internet import tcp, unix
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionClosed
from twisted.internet.protocol import Factory, Protocol
from twisted.logger import Logger

from tokengate.edge.limits import Gauge, Limits
from tokengate.edge.proxy import Network, read_header, trusted
from tokengate.edge.stream import HandshakeFailed, Stream
from tokengate.edge.tasks import spawn
from tokengate.errors import ConfigError, ProtocolError

BACKLOG = 1024
"""Connections the kernel completes ahead of accept: a job fleet starts many at once."""

PROXY_DEADLINE = 5.0
"""Seconds for a load balancer to send its header, which it has at hand."""

_log = Logger()


@define
class Endpoint:
    """Where to listen or connect: `tcp:PORT[:interface=ADDR]`, `tcp:HOST:PORT`, `unix:/PATH[:mode=660]`."""

    kind: str
    host: str = ""
    port: int = 0
    path: str = ""
    mode: int = 0o660

    @property
    def local(self) -> bool:
        """Whether nobody off this machine can reach it."""
        return self.kind == "unix" or self.host in ("127.0.0.1", "::1", "localhost")

    def __str__(self) -> str:
        if self.kind == "unix":
            return f"unix:{self.path}"
        return f"tcp:{self.port}" + (f":interface={self.host}" if self.host else "")


def parse_listen(text: str) -> Endpoint:
    """A listening endpoint. Raises ValueError with a sentence."""
    kind, _, rest = text.partition(":")
    if kind == "unix":
        path, _, mode = rest.partition(":mode=")
        if not path.startswith("/"):
            raise ValueError("a unix endpoint needs an absolute path: unix:/run/tokengate.sock")
        return Endpoint("unix", path=path, mode=int(mode, 8) if mode else 0o660)
    if kind != "tcp":
        raise ValueError(f"{text!r} is no endpoint: tcp:PORT, tcp:PORT:interface=ADDRESS or unix:/PATH")
    port, _, interface = rest.partition(":")
    host = interface.removeprefix("interface=").replace("\\:", ":").strip("[]")
    if not port.isdecimal() or not 0 < int(port) < 65536 or (interface and not interface.startswith("interface=")):
        raise ValueError(f"{text!r} is no endpoint: tcp:PORT or tcp:PORT:interface=ADDRESS")
    return Endpoint("tcp", host=host, port=int(port))


class Listener:
    """One route's listener. `on_stream(stream)` is awaited for each connection, on its own; it must end the stream
    itself.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        on_stream: Callable[[Stream], Awaitable[None]],
        limits: Limits,
        reactor: Any,
        proxies: Sequence[Network] = (),
        refused: Callable[[str], None] = lambda limit: None,
    ) -> None:
        self.endpoint = endpoint
        self.gauge = Gauge(limits, reactor.seconds)
        self._on_stream = on_stream
        self._reactor = reactor
        self._proxies = proxies
        self._refused = refused
        self._port: Any = None

    def open(self) -> None:
        """Bind. Raises `ConfigError` when the address can't be had."""
        factory = Factory.forProtocol(Protocol)
        if self.endpoint.kind == "unix":
            self._port = _UnixPort(
                self.endpoint.path.encode(), factory, BACKLOG, self.endpoint.mode, self._reactor, True
            )
        else:
            self._port = _TCPPort(self.endpoint.port, factory, BACKLOG, self.endpoint.host, self._reactor)
        self._port.accepted = self._accepted
        try:
            self._port.startListening()
        except Exception as error:
            raise ConfigError(f"can't listen on {self.endpoint}: {error}") from error
        self._port.stopReading()

    def start(self) -> None:
        """Begin to accept."""
        self._port.startReading()

    async def stop(self) -> None:
        """Accept no more. What was accepted goes on."""
        if self._port is not None:
            stopped = self._port.stopListening()
            if isinstance(stopped, Deferred):
                await stopped

    def _accepted(self, sock: socket.socket, address: Any) -> None:
        peer = "unix:" if self.endpoint.kind == "unix" else _shown(address)
        spawn(self._serve(Stream(sock, peer, self._reactor)), f"connection from {peer}")

    async def _serve(self, stream: Stream) -> None:
        try:
            if trusted(stream.peer, self._proxies):
                timer = self._reactor.callLater(PROXY_DEADLINE, stream.abort)
                try:
                    stream.peer = await read_header(stream) or stream.peer
                finally:
                    if timer.active():
                        timer.cancel()
        except (ProtocolError, ConnectionClosed) as error:
            _log.info("connection from {peer} ends: {why}", peer=stream.peer, why=str(error))
            stream.abort()
            return
        await self._admit(stream, stream.peer)

    async def _admit(self, stream: Stream, peer: str) -> None:
        limit = self.gauge.enter(peer)
        if limit is not None:
            self._refused(limit)
            stream.abort()
            return
        try:
            await self._on_stream(stream)
        except (ConnectionClosed, HandshakeFailed) as error:
            _log.info("connection from {peer} ends: {why}", peer=peer, why=str(error))
        finally:
            stream.close()
            self.gauge.leave(peer)


def _shown(address: Any) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class _Handover:
    """What a Port takes for a transport class: passes the accepted socket on."""

    accepted: Callable[[socket.socket, Any], None]

    def transport(self, sock: socket.socket, protocol: Any, address: Any, *rest: Any) -> None:
        self.accepted(sock, address)


class _TCPPort(_Handover, tcp.Port):  # type: ignore[misc]  # Port has a class attribute of that name
    pass


class _UnixPort(_Handover, unix.Port):  # type: ignore[misc]  # likewise
    pass
