"""A stream as a transport of Twisted's: bytes, ends and backpressure, both ways."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IConsumer, IPushProducer, ITransport
from twisted.internet.protocol import Protocol
from zope.interface.verify import verifyObject

from tokengate.interfaces import IReceiver
from tokengate.protocols.ssh.adapter import StreamTransport
from tokengate.testing import FakeStream


class Kept(Protocol):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.marks: list[Any] = []

    def dataReceived(self, data: bytes) -> None:
        self.marks.append(data)

    def connectionLost(self, reason: Any = None) -> None:
        self.marks.append("lost")

    def pauseProducing(self) -> None:
        self.marks.append("pause")

    def resumeProducing(self) -> None:
        self.marks.append("resume")

    def stopProducing(self) -> None:
        self.marks.append("stop")


def started(peer: str = "192.0.2.1:5000") -> tuple[FakeStream, Kept, StreamTransport]:
    stream, protocol = FakeStream(peer), Kept()
    transport = StreamTransport(stream, protocol)
    transport.start()
    return stream, protocol, transport


def test_it_is_what_twisted_expects() -> None:
    _, protocol, transport = started()
    for interface in (ITransport, IConsumer, IPushProducer, IReceiver):
        assert verifyObject(interface, transport)
    assert protocol.transport is transport  # type: ignore[comparison-overlap]


def test_bytes_and_ends() -> None:
    stream, protocol, transport = started()
    stream.give(b"in")
    transport.write(b"o")
    transport.writeSequence([b"u", b"t"])
    assert (protocol.marks, bytes(stream.written)) == ([b"in"], b"out")
    transport.loseConnection()
    assert (stream.closed, transport.disconnecting) == ("closed", True)
    transport.abortConnection()
    assert stream.closed == "aborted"
    stream.leave()
    assert protocol.marks[-1] == "lost"


def test_a_slow_peer_pauses_the_producer() -> None:
    """Also one that registers while the peer is slow; it is stopped when the peer is gone."""
    stream, protocol, transport = started()
    transport.registerProducer(protocol, True)
    stream.receiver.congested()
    stream.receiver.drained()
    transport.unregisterProducer()
    stream.receiver.congested()
    transport.registerProducer(protocol, True)
    assert protocol.marks == ["pause", "resume", "pause"]
    stream.leave()
    assert protocol.marks[-2:] == ["stop", "lost"]


def test_only_one_producer_that_pushes() -> None:
    _, protocol, transport = started()
    with pytest.raises(ValueError):
        transport.registerProducer(protocol, False)
    transport.registerProducer(protocol, True)
    with pytest.raises(RuntimeError):
        transport.registerProducer(protocol, True)


def test_reading_stops_and_goes_on() -> None:
    stream, _, transport = started()
    transport.pauseProducing()
    assert stream.paused
    transport.resumeProducing()
    assert not stream.paused
    transport.stopProducing()
    assert stream.closed


def test_addresses() -> None:
    assert started()[2].getPeer() == IPv4Address("TCP", "192.0.2.1", 5000)
    assert started("[2001:db8::1]:22")[2].getPeer() == IPv6Address("TCP", "2001:db8::1", 22)
    assert started("unix:")[2].getPeer() == UNIXAddress(None)
