"""Conch's transport made modern: the state machine between packets and services, whichever the role.

Above `keying`, below a service (`userauth` or `login`, then the connection service); `server` and `client` add what
only one role does. All that Conch's own `SSHTransportBase` does with bytes and keys is replaced; services of Conch run
on it as they do on Conch's. It knows which message may come when: any other ends the connection, and so does an error
in a service. Nothing raises out of `dataReceived`.

A service may have `congested()` and `drained()`, as an `IReceiver` has: it is to stop sending, and may go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.conch.ssh.service import SSHService
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from tokengate.errors import ProtocolError
from tokengate.protocols.ssh.algorithms import Offer
from tokengate.protocols.ssh.greeting import VERSION, Greeting
from tokengate.protocols.ssh.keying import Keying, Limits, Phase
from tokengate.protocols.ssh.wire import Message, Reader, Reason, broken, reason_of, string, uint32

_log = Logger()

SERVICES = 50
"""The first message number that belongs to a service."""


@implementer(IPushProducer)
class Transport(Keying):
    """One connection. `clock`: an `IReactorTime`."""

    ourVersionString = VERSION

    def __init__(self, offer: Offer, clock: Any, limits: Limits) -> None:
        super().__init__(offer, clock, limits)
        self.ended: Deferred[None] = Deferred()  # fires when the stream is gone
        self._greeting = Greeting(of_server=self.isClient)
        self._early_bytes = 0
        self._early_packets = 0
        self._handlers: dict[int, Callable[[bytes], None]] = {
            Message.KEXINIT: self._kexinit,
            Message.NEWKEYS: self._newkeys,
            Message.DISCONNECT: self.ssh_DISCONNECT,
            Message.EXT_INFO: self.ssh_EXT_INFO,
            Message.IGNORE: self.ssh_IGNORE,
            Message.DEBUG: self.ssh_IGNORE,
            Message.UNIMPLEMENTED: self.ssh_IGNORE,
        }

    # ------------------------------------------------------------ the connection

    def connectionMade(self) -> None:
        """The stream is there: the version line and the first KEXINIT go out."""
        self.transport.registerProducer(self, True)
        self._expire(self.limits.login, "login took too long")
        self.transport.write(VERSION + b"\r\n")
        self.sendKexInit()

    def dataReceived(self, data: bytes) -> None:
        """Bytes came in."""
        if self._over:
            return
        try:
            self._receive(data)
        except ProtocolError as error:
            self.fail(error)
        except Exception:  # noqa: BLE001  whatever a peer sends or a service does, this connection ends and no other
            _log.failure("an SSH connection ends by an error")
            self.sendDisconnect(Reason.BY_APPLICATION, b"internal error")

    def _receive(self, data: bytes) -> None:
        if not self.authenticated:
            self._early_bytes += len(data)
            if self._early_bytes > self.limits.early_bytes:
                raise broken("too many bytes before the login")
        if not self.gotVersion:
            data = self._greeting.feed(data)
            self.otherVersionString = self._greeting.version
            self.gotVersion = bool(self._greeting.version)
        self._reader.add(data)
        while self.gotVersion and not self._over and (message := self._reader.next()) is not None:
            self._dispatch(*message)
            self._rekey_if_due()

    def connectionLost(self, reason: Failure | None = None) -> None:
        """The stream is gone."""
        self._over = True
        self._expire(None)
        service, self.service = self.service, None
        try:
            if service:
                service.serviceStopped()
        finally:
            self.ended.callback(None)

    def accept(self, service: SSHService) -> None:
        """The user is accepted and `service` goes on: limits for strangers end. Nothing happens once it is over."""
        if self._over:
            return
        self.authenticated = True
        self._expire(None)
        self.setService(service)
        if self._stopped:
            self._tell("congested")

    # ------------------------------------------------------------ dispatch

    def _dispatch(self, number: int, body: bytes) -> None:
        phase = self._phase
        if not self.authenticated:
            self._early_packets += 1
            if self._early_packets > self.limits.early_packets:
                raise broken("too many messages before the login")
        between = self.established and phase in (Phase.READY, Phase.OFFERED)
        if number >= SERVICES:
            if not between or self.service is None:
                raise broken(f"unexpected message {number}")
            self.service.packetReceived(number, body)
        elif self._allowed(number, phase, between):
            self._handlers.get(number, self._unknown)(body)
        else:
            raise broken(f"unexpected message {number}")

    def _unknown(self, body: bytes) -> None:
        self.sendUnimplemented()

    def ssh_DISCONNECT(self, packet: bytes) -> None:
        """The peer ends the connection."""
        reader = Reader(packet, "DISCONNECT")
        self.receiveError(reader.uint32(), reader.string())
        self._over = True
        self.transport.loseConnection()

    def receiveError(self, reasonCode: int, description: bytes) -> None:
        """What the peer said at its end."""
        _log.debug("the peer disconnects: {code} {description!r}", code=reasonCode, description=description[:200])

    def ssh_EXT_INFO(self, packet: bytes) -> None:
        """The peer's extensions (RFC 8308)."""
        reader = Reader(packet, "EXT_INFO")
        self.peerExtensions = dict(tuple(reader.strings(2)) for _ in range(reader.uint32()))  # type: ignore[misc]

    # ------------------------------------------------------------ sending

    def sendUnimplemented(self) -> None:
        """Say that the message just received is not known."""
        self.sendPacket(Message.UNIMPLEMENTED, uint32((self._reader.sequence - 1) & 0xFFFFFFFF))

    def sendDisconnect(self, reason: int, desc: bytes) -> None:
        """End the connection, saying why. `desc` is shown to the peer."""
        if self._over:
            return
        _log.debug("disconnecting: {description!r}", description=desc)
        self._transmit(Message.DISCONNECT, uint32(reason) + string(desc) + string(b""))
        self._over = True
        self.transport.loseConnection()

    def fail(self, error: ProtocolError) -> None:
        """End the connection for a peer's error."""
        self.sendDisconnect(reason_of(error), str(error).encode())

    # ------------------------------------------------------------ the stream

    def pauseProducing(self) -> None:
        """The stream has more than enough to send."""
        self._unread_bytes = 0
        self._stop("stream")

    def resumeProducing(self) -> None:
        """The stream has sent nearly all."""
        self._go_on("stream")

    def stopProducing(self) -> None:
        """The stream is gone; `connectionLost` says so."""
