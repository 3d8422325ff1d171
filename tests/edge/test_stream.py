"""Streams over real sockets."""

from __future__ import annotations

import os
import resource
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from OpenSSL import SSL
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.error import ConnectionLost
from twisted.internet.task import deferLater

from tests.support.certificates import Authority
from tokengate.edge.stream import HIGH_WATER, HandshakeFailed, Stream
from tokengate.edge.tls import client_context, server_context


def pair() -> tuple[Stream, Stream]:
    """Two connected streams."""
    left, right = socket.socketpair()
    return Stream(left, "left", reactor), Stream(right, "right", reactor)


class Receiver:
    """Keeps what it is told; `event` fires at the next thing."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.marks: list[str] = []
        self.gone: Any = None
        self.ended: Deferred[None] = Deferred()

    def received(self, data: bytes) -> None:
        self.data += data

    def lost(self, reason: Any) -> None:
        assert self.gone is None
        self.gone = reason
        self.ended.callback(None)

    def congested(self) -> None:
        self.marks.append("congested")

    def drained(self) -> None:
        self.marks.append("drained")


async def pause(seconds: float = 0.02) -> None:
    await deferLater(reactor, seconds)


@pytest_twisted.ensureDeferred
async def test_pull_mode_takes_exactly_what_is_asked_for() -> None:
    """Whatever follows stays in the socket: a TLS handshake behind a plaintext request is never swallowed."""
    left, right = pair()
    left.write(b"hello world")
    assert await right.peek(3) == b"hel"
    assert await right.read_exactly(5) == b"hello"
    assert right.pending()
    assert await right.read_exactly(6) == b" world"
    assert not right.pending()
    waiting = Deferred.fromCoroutine(right.read_exactly(2))
    left.write(b"x")
    await pause()
    assert not waiting.called
    left.write(b"y")
    assert await waiting == b"xy"
    left.close()
    with pytest.raises(ConnectionLost):
        await right.read_exactly(1)
    right.abort()


@pytest_twisted.ensureDeferred
async def test_push_mode_delivers_and_tells_the_end_once() -> None:
    """What was sent arrives in order, then the loss."""
    left, right = pair()
    receiver = Receiver()
    right.attach(receiver)
    for n in range(100):
        left.write(b"%03d" % n)
    await pause()
    left.close()
    await receiver.ended
    assert bytes(receiver.data) == b"".join(b"%03d" % n for n in range(100))
    left.abort()


@pytest_twisted.ensureDeferred
async def test_a_slow_reader_is_noticed_and_memory_stays_flat() -> None:
    """Beyond the high-water mark the writer is told to stop, and told when to go on."""
    left, right = pair()
    watcher, sink = Receiver(), Receiver()
    left.attach(watcher)
    right.attach(sink)
    right.pause("test")
    right.pause("another")
    block = b"x" * 65536
    for _ in range(64):
        left.write(block)
    assert watcher.marks == ["congested"]
    assert left.queued > HIGH_WATER
    right.resume("test")
    await pause()
    assert not sink.data
    right.resume("another")
    while len(sink.data) < 64 * 65536:
        await pause()
    assert watcher.marks == ["congested", "drained"]
    assert left.queued == 0
    left.abort()
    right.abort()


@pytest_twisted.ensureDeferred
async def test_writing_to_a_lost_peer_is_quiet() -> None:
    """A peer that resets is reported by `lost`, never by an exception out of `write`."""
    left, right = pair()
    receiver = Receiver()
    left.attach(receiver)
    right.abort()
    for _ in range(5):
        left.write(b"x" * 100_000)
    await receiver.ended
    left.write(b"more")
    left.close()


@pytest_twisted.ensureDeferred
async def test_close_sends_what_is_queued_first() -> None:
    """A last error message reaches its client even behind a long queue, while the client is still sending."""
    left, right = pair()
    receiver = Receiver()
    left.attach(Receiver())
    right.write(b"unread by the closing side" * 10)
    left.write(b"y" * 1_000_000 + b"the end")
    left.close()
    right.attach(receiver)
    await receiver.ended
    assert receiver.data.endswith(b"the end")
    assert len(receiver.data) == 1_000_007


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """server.crt/.key for localhost, ca.crt."""
    authority = Authority.create()
    authority.write(tmp_path, "server", "localhost", ("localhost", "127.0.0.1"))
    (tmp_path / "ca.crt").write_bytes(authority.pem)
    return tmp_path


async def secured(folder: Path, hostname: str | None = "localhost", mode: str = "verify-full") -> tuple[Stream, Stream]:
    server, client = pair()
    context = server_context(folder / "server.crt", folder / "server.key", alpn=(b"postgresql",))
    ours = client_context(mode, ca=folder / "ca.crt")
    handshakes = [
        Deferred.fromCoroutine(server.start_tls(context, True)),
        Deferred.fromCoroutine(client.start_tls(ours, False, hostname)),
    ]
    results = await DeferredList(handshakes, consumeErrors=True)
    for succeeded, failure in results:
        if not succeeded:
            server.abort()
            client.abort()
            failure.raiseException()
    return server, client


@pytest_twisted.ensureDeferred
async def test_tls_carries_any_amount_both_ways(certificates: Path) -> None:
    """Megabytes each way at once through TLS records, nothing stuck in OpenSSL's buffers."""
    server, client = await secured(certificates)
    ends = Receiver(), Receiver()
    server.attach(ends[0])
    client.attach(ends[1])
    sent = os.urandom(3_000_000)
    client.write(sent)
    server.write(sent[::-1])
    while len(ends[0].data) < len(sent) or len(ends[1].data) < len(sent):
        await pause()
    assert bytes(ends[0].data) == sent
    assert bytes(ends[1].data) == sent[::-1]
    client.close()
    await ends[0].ended
    server.abort()


@pytest_twisted.ensureDeferred
async def test_pull_then_push_over_tls_loses_nothing(certificates: Path) -> None:
    """Bytes already decrypted when the receiver attaches are delivered though the socket is silent."""
    server, client = await secured(certificates)
    client.write(b"12345 and the rest in the same record")
    assert await server.read_exactly(5) == b"12345"
    receiver = Receiver()
    server.attach(receiver)
    await pause()
    assert bytes(receiver.data) == b" and the rest in the same record"
    server.abort()
    client.abort()


@pytest_twisted.ensureDeferred
async def test_a_certificate_for_another_name_is_no_connection(certificates: Path) -> None:
    """verify-full: the right CA and the wrong host fail the handshake; an address is verified as one."""
    with pytest.raises(HandshakeFailed, match="not for db"):
        await secured(certificates, "db.internal")
    for stream in await secured(certificates, "127.0.0.1"):
        stream.abort()


@pytest_twisted.ensureDeferred
async def test_a_certificate_of_another_ca_is_no_connection(certificates: Path, tmp_path: Path) -> None:
    """A chain that doesn't verify fails, whatever the name; `require` alone takes it."""
    (tmp_path / "ca.crt").write_bytes(Authority.create("another").pem)
    with pytest.raises((HandshakeFailed, ConnectionLost)):
        await secured(tmp_path)
    for stream in await secured(tmp_path, None, "require"):
        stream.abort()


@pytest_twisted.ensureDeferred
async def test_garbage_instead_of_a_handshake_fails_it(certificates: Path) -> None:
    """Bytes that are no TLS end in HandshakeFailed."""
    server, client = pair()
    context = server_context(certificates / "server.crt", certificates / "server.key")
    client.write(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises(HandshakeFailed):
        await server.start_tls(context, True)
    server.abort()
    client.abort()


@pytest_twisted.ensureDeferred
async def test_two_hundred_megabytes_pass_in_little_memory() -> None:
    """A relay that honours congestion keeps its memory flat whatever passes through."""
    source, entry = pair()
    exit_, sink = socket.socketpair()
    out = Stream(exit_, "sink", reactor)
    total = 200_000_000

    class Relay(Receiver):
        def received(self, data: bytes) -> None:
            out.write(data)

    class Backpressure(Receiver):
        def congested(self) -> None:
            entry.pause("peer")

        def drained(self) -> None:
            entry.resume("peer")

    class Source(Receiver):
        sent = 0

        def drained(self) -> None:
            while self.sent < total and source.queued <= HIGH_WATER:
                source.write(b"z" * 65536)
                self.sent += 65536

    received: Deferred[int] = Deferred()

    def drain() -> None:
        count = 0
        while count < total and (piece := len(sink.recv(1 << 20))):
            count += piece
        reactor.callFromThread(received.callback, count)  # type: ignore[attr-defined]  # the reactor's type

    entry.attach(Relay())
    out.attach(Backpressure())
    feeder = Source()
    source.attach(feeder)
    threading.Thread(target=drain, daemon=True).start()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    feeder.drained()
    assert await received >= total
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 * 1024
    for stream in (source, entry, out):
        stream.abort()
    sink.close()


def test_handshake_failures_are_ssl_errors() -> None:
    """Whoever catches OpenSSL's errors catches ours."""
    assert issubclass(HandshakeFailed, SSL.Error)
