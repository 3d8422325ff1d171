"""Conch's transport made modern: the state machine between packets and services, whichever the role.

Above `packets` and `exchange`, below a service (`userauth` or `login`, then the connection service); `server` and
`client` add what only one role does. All that Conch's own `SSHTransportBase` does with bytes and keys is replaced;
services of Conch run on it as they do on Conch's. It does strict key exchange where the peer does (OpenSSH's PROTOCOL,
1.10), exchanges keys anew by volume and by time while data flows, and knows which message may come in which phase:
anything else ends the connection, and so does an error in a service. Nothing raises out of `dataReceived`.

A service may have `congested()` and `drained()`, as an `IReceiver` has: it is to stop sending, and may go on.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Callable
from typing import Any

from attrs import frozen
from twisted.conch.ssh.service import SSHService
from twisted.conch.ssh.transport import SSHTransportBase
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from tokengate.errors import ProtocolError
from tokengate.protocols.ssh.algorithms import (
    COOKIE,
    EXT_INFO_CLIENT,
    EXT_INFO_SERVER,
    STRICT_CLIENT,
    STRICT_SERVER,
    Agreement,
    Offer,
    agree,
)
from tokengate.protocols.ssh.exchange import TO_CLIENT, TO_SERVER, Agreeing, Secret, Transcript
from tokengate.protocols.ssh.greeting import VERSION, Greeting
from tokengate.protocols.ssh.packets import MAX_UNKEYED, PacketReader, PacketWriter
from tokengate.protocols.ssh.wire import Message, Reader, Reason, broken, reason_of, string, uint32

_log = Logger()


@frozen
class Limits:
    """What one connection may take. Bytes count in each direction on its own.

    The defaults: OpenSSH's LoginGraceTime was long 120 and is 60 here; RFC 4253 section 9 recommends new keys after a
    gigabyte or an hour; six attempts with a certificate of 64 KB, shown twice each, fit into `early_bytes`.
    """

    login: float = 60.0  # seconds from the connection to an accepted user
    exchange: float = 300.0  # seconds for a later key exchange: a slow peer has to read what is on its way first
    rekey_bytes: int = 1 << 30
    rekey_seconds: float = 3600.0
    early_bytes: int = 1 << 20  # from a peer before the user is accepted
    early_packets: int = 200
    held_bytes: int = 8 << 20  # that wait for a key exchange, from a service that does not stop


HELD_HIGH_WATER = 256 * 1024
"""Bytes waiting for a key exchange at which the service is told to stop."""


class Phase(enum.Enum):
    """Where a connection is with its keys."""

    READY = enum.auto()  # no exchange is under way
    OFFERED = enum.auto()  # our KEXINIT is out
    AGREED = enum.auto()  # both are known: the method's own messages
    KEYED = enum.auto()  # our NEWKEYS is out and the peer's is awaited


NEUTRAL = frozenset({Message.IGNORE, Message.UNIMPLEMENTED, Message.DEBUG})
"""Messages without effect, allowed in all phases but a strict first exchange."""

SERVICES = 50
"""The first message number that belongs to a service."""


@implementer(IPushProducer)
class Transport(SSHTransportBase):
    """One connection. `clock`: an `IReactorTime`."""

    transport: Any
    ourVersionString = VERSION
    _kex_number: int  # of the method's message that this role receives

    def __init__(self, offer: Offer, clock: Any, limits: Limits) -> None:
        self.clock = clock
        self.limits = limits
        self.authenticated = False
        self.exchanges = 0  # of keys, that have come to an end
        self.ended: Deferred[None] = Deferred()  # fires when the stream is gone
        self._offer = offer
        self._phase = Phase.READY
        self._greeting = Greeting(of_server=self.isClient)
        self._reader = PacketReader()
        self._writer = PacketWriter()
        self._strict = False
        self._peer_ext_info = False
        self._agreement: Agreement | None = None
        self._agreeing: Agreeing | None = None
        self._incoming: Any = None  # the cipher that the peer's NEWKEYS puts in force
        self._held: list[tuple[int, bytes]] = []  # messages that wait for the end of an exchange
        self._held_bytes = 0
        self._early_bytes = 0
        self._early_packets = 0
        self._rekey_at = 0.0
        self._deadline: Any = None
        self._stopped: set[str] = set()  # why the service is not to send
        self._over = False
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
        if self.service:
            self.service.serviceStopped()
            self.service = None
        if hasattr(self, "avatar"):
            self.logoutFunction()
        if not self.ended.called:
            self.ended.callback(None)

    def accept(self, service: SSHService) -> None:
        """The user is accepted and `service` goes on: limits for strangers end."""
        self.authenticated = True
        self._expire(None)
        self.setService(service)
        if self._stopped:
            self._tell("congested")

    @property
    def established(self) -> bool:
        """Whether the first key exchange is over."""
        return self.exchanges > 0

    def isEncrypted(self, direction: str = "out") -> bool:
        """Whether keys are in force, both ways."""
        return self.established

    isVerified = isEncrypted

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

    def _allowed(self, number: int, phase: Phase, between: bool) -> bool:
        """Whether a message of the transport's own may come now."""
        if number == Message.DISCONNECT:
            return True
        if number in NEUTRAL:
            return self.established or not self._strict
        match phase:
            case Phase.AGREED:
                return number == self._kex_number
            case Phase.KEYED:
                return number == Message.NEWKEYS
        if number == Message.KEXINIT:
            return phase is Phase.OFFERED or self.authenticated
        return between and number not in (Message.NEWKEYS, self._kex_number)

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

    # ------------------------------------------------------------ key exchange

    def sendKexInit(self) -> None:
        """Offer an exchange of keys."""
        offer = self._offer
        if self.sessionID is None:
            markers = (EXT_INFO_CLIENT, STRICT_CLIENT) if self.isClient else (EXT_INFO_SERVER, STRICT_SERVER)
            offer = offer.marked(*markers)
        else:
            self._expire(self.limits.exchange, "key exchange took too long")
        self._sent_offer = offer
        self.ourKexInitPayload = offer.encode(os.urandom(COOKIE))
        self._phase = Phase.OFFERED
        self._transmit(Message.KEXINIT, self.ourKexInitPayload[1:])

    def _kexinit(self, body: bytes) -> None:
        self.otherKexInitPayload = bytes((Message.KEXINIT,)) + body
        theirs = Offer.decode(self.otherKexInitPayload)
        if self.sessionID is None:
            self._strict = (STRICT_SERVER if self.isClient else STRICT_CLIENT) in theirs.key_exchanges
            self._peer_ext_info = EXT_INFO_CLIENT in theirs.key_exchanges
            if self._strict and self._reader.sequence != 1:
                raise broken("a message before KEXINIT")
        if self._phase is Phase.READY:
            self.sendKexInit()
        client, server = (self._sent_offer, theirs) if self.isClient else (theirs, self._sent_offer)
        self._agreement = agree(client, server, theirs.guess)
        self._agreeing = Agreeing(self._agreement.key_exchange, self._transcript())
        self._phase = Phase.AGREED
        self._agreed()

    def _transcript(self) -> Transcript:
        ours, theirs = (VERSION, self.ourKexInitPayload), (self.otherVersionString, self.otherKexInitPayload)
        client, server = (ours, theirs) if self.isClient else (theirs, ours)
        return Transcript(client[0], server[0], client[1], server[1])

    def _agreed(self) -> None:
        """Both KEXINITs are known."""

    def _take(self, secret: Secret) -> None:
        """The secret is there: our NEWKEYS, and new keys for what goes out behind it."""
        agreement = self._agreement
        assert agreement is not None
        first = self.sessionID is None
        session = self.sessionID = self.sessionID or secret.digest
        to_server = secret.cipher(agreement.to_server, TO_SERVER, session)
        to_client = secret.cipher(agreement.to_client, TO_CLIENT, session)
        outgoing, self._incoming = (to_server, to_client) if self.isClient else (to_client, to_server)
        self._agreement = self._agreeing = None
        self._transmit(Message.NEWKEYS, b"")
        self._writer.rekey(outgoing, self._strict)
        self._phase = Phase.KEYED
        if first:
            self._introduce()
        self._release()

    def _introduce(self) -> None:
        """The first message under the first keys."""

    def _newkeys(self, body: bytes) -> None:
        if body:
            raise broken("malformed NEWKEYS")
        self._reader.rekey(self._incoming, self._strict)
        self._incoming = None
        self.exchanges += 1
        self._rekey_at = self.clock.seconds() + self.limits.rekey_seconds
        self._phase = Phase.READY
        if self.authenticated:
            self._expire(None)
        if self.exchanges == 1:
            self._secured()

    def _secured(self) -> None:
        """The first exchange is over."""

    def _rekey_if_due(self) -> None:
        """New keys once this pair has protected enough, or for long enough."""
        reader, writer, limits = self._reader, self._writer, self.limits
        packets = (reader.packets, writer.packets)
        if max(packets) > MAX_UNKEYED:
            raise broken("too many packets under one key")
        if self._phase is not Phase.READY or not self.authenticated:
            return
        worn = max(reader.bytes, writer.bytes) >= limits.rekey_bytes or max(packets) >= MAX_UNKEYED // 2
        if worn or self.clock.seconds() >= self._rekey_at:
            self.sendKexInit()

    # ------------------------------------------------------------ sending

    def sendPacket(self, messageType: int, payload: bytes) -> None:
        """Send a message, or hold it until the exchange that is under way has come to new keys."""
        if self._over:
            return
        if self._phase in (Phase.READY, Phase.KEYED):
            self._transmit(messageType, payload)
            self._rekey_if_due()
        else:
            self._hold(messageType, payload)

    def _transmit(self, number: int, body: bytes) -> None:
        self.transport.write(self._writer.seal(number, body))

    def _hold(self, number: int, body: bytes) -> None:
        self._held.append((number, body))
        self._held_bytes += len(body)
        if self._held_bytes > self.limits.held_bytes:
            self.sendDisconnect(Reason.BY_APPLICATION, b"too much to send during a key exchange")
        elif self._held_bytes > HELD_HIGH_WATER:
            self._stop("exchange")

    def _release(self) -> None:
        held, self._held, self._held_bytes = self._held, [], 0
        for number, body in held:
            self._transmit(number, body)
        self._go_on("exchange")

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

    # ------------------------------------------------------------ waiting

    def _expire(self, seconds: float | None, problem: str = "") -> None:
        """Disconnect after `seconds`; None: what was asked for before no longer holds."""
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None
        if seconds is not None:
            self._deadline = self.clock.callLater(seconds, self.sendDisconnect, Reason.BY_APPLICATION, problem.encode())

    def pauseProducing(self) -> None:
        """The stream has more than enough to send."""
        self._stop("stream")

    def resumeProducing(self) -> None:
        """The stream has sent nearly all."""
        self._go_on("stream")

    def stopProducing(self) -> None:
        """The stream is gone; `connectionLost` says so."""

    def _stop(self, reason: str) -> None:
        if not self._stopped:
            self._tell("congested")
        self._stopped.add(reason)

    def _go_on(self, reason: str) -> None:
        if reason in self._stopped:
            self._stopped.discard(reason)
            if not self._stopped:
                self._tell("drained")

    def _tell(self, event: str) -> None:
        listener = getattr(self.service, event, None)
        if listener is not None and self.authenticated:
            listener()
