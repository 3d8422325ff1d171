"""What a protocol of Twisted's finds in the place of its transport: an `ITransport` on one of tokengate's streams.

Between `transport` and `edge.stream` on the data path. Backpressure passes both ways: a producer registered here is
paused while the stream is congested, and `pauseProducing` stops the reading (ADR 6).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IConsumer, IPushProducer, ITransport
from twisted.python.failure import Failure
from zope.interface import implementer

from tokengate.interfaces import IReceiver

REASON = "protocol"
"""Why the stream is paused, in its own words."""

Address = IPv4Address | IPv6Address | UNIXAddress


@implementer(ITransport, IConsumer, IPushProducer, IReceiver)
class StreamTransport:
    """`stream` (an `IStream`) as the transport of `protocol` (an `IProtocol` of Twisted's)."""

    def __init__(self, stream: Any, protocol: Any) -> None:
        self.disconnecting = False
        self._stream = stream
        self._protocol = protocol
        self._producer: Any = None
        self._congested = False

    def start(self) -> None:
        """Connect the two. The stream pushes from now on."""
        self._protocol.makeConnection(self)
        self._stream.attach(self)

    # ------------------------------------------------------------ what the stream says

    def received(self, data: bytes) -> None:
        """Bytes came in."""
        self._protocol.dataReceived(data)

    def lost(self, reason: Failure) -> None:
        """The stream is gone."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.stopProducing()
        self._protocol.connectionLost(reason)

    def congested(self) -> None:
        """The peer is slower than what is written."""
        self._congested = True
        if self._producer is not None:
            self._producer.pauseProducing()

    def drained(self) -> None:
        """The peer has caught up."""
        self._congested = False
        if self._producer is not None:
            self._producer.resumeProducing()

    # ------------------------------------------------------------ what the protocol asks for

    def write(self, data: bytes) -> None:
        """Send."""
        self._stream.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Send all of them."""
        self._stream.write(b"".join(data))

    def loseConnection(self) -> None:
        """Close once everything is sent."""
        self.disconnecting = True
        self._stream.close()

    def abortConnection(self) -> None:
        """Close now."""
        self.disconnecting = True
        self._stream.abort()

    def getPeer(self) -> Address:
        """The other end."""
        host, _, port = self._stream.peer.rpartition(":")
        if host == "unix":
            return UNIXAddress(None)
        kind = IPv6Address if host.startswith("[") else IPv4Address
        return kind("TCP", host.strip("[]"), int(port))

    def getHost(self) -> Address:
        """This end, of which nothing is known but its kind."""
        return UNIXAddress(None)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """`producer` is paused while the peer is slow. Only for those that push."""
        if not streaming:
            raise ValueError("a stream takes push producers only")
        if self._producer is not None:
            raise RuntimeError("there is a producer already")
        self._producer = producer
        if self._congested:
            producer.pauseProducing()

    def unregisterProducer(self) -> None:
        """It is not paused any more."""
        self._producer = None

    def pauseProducing(self) -> None:
        """Read no more."""
        self._stream.pause(REASON)

    def resumeProducing(self) -> None:
        """Read on."""
        self._stream.resume(REASON)

    def stopProducing(self) -> None:
        """Nobody wants what would be read."""
        self.loseConnection()

    def logPrefix(self) -> str:
        """The name in log lines."""
        return "ssh"
