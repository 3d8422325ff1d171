"""The keys of one connection: exchanged first, exchanged anew by volume and by time, and what may be sent meanwhile.

The lower half of `transport`, above `packets` and `exchange` (RFC 4253, sections 7 to 9). It does strict key exchange
where the peer does (OpenSSH's PROTOCOL, 1.10): no other message during the first exchange, sequence numbers from zero
with every pair of keys.
"""

from __future__ import annotations

import enum
import os
from typing import Any

from attrs import frozen
from twisted.conch.ssh.transport import SSHTransportBase

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
from tokengate.protocols.ssh.ciphers import Bytes
from tokengate.protocols.ssh.exchange import TO_CLIENT, TO_SERVER, Agreeing, Secret, Transcript
from tokengate.protocols.ssh.greeting import VERSION
from tokengate.protocols.ssh.packets import MAX_UNKEYED, PacketReader, PacketWriter
from tokengate.protocols.ssh.wire import Message, Reason, broken


@frozen
class Limits:
    """What one connection may take. Bytes count in each direction on its own.

    The defaults: half of OpenSSH's LoginGraceTime, because nobody types; new keys after a gigabyte or an hour, as RFC
    4253 section 9 recommends; six attempts with a certificate of 64 KB, shown twice each, fit into `early_bytes`.
    """

    login: float = 60.0  # seconds from the connection to an accepted user
    exchange: float = 300.0  # seconds for a later key exchange: a slow peer has to read what is on its way first
    rekey_bytes: int = 1 << 30
    rekey_seconds: float = 3600.0
    early_bytes: int = 1 << 20  # from a peer before the user is accepted
    early_packets: int = 200
    held_bytes: int = 8 << 20  # that wait for a key exchange, from a service that does not stop
    unread_bytes: int = 16 << 20  # sent to a peer that does not read: replies to what it asks for without end


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


class Keying(SSHTransportBase):
    """One connection's keys. `clock`: an `IReactorTime`."""

    transport: Any
    _kex_number: int  # of the method's message that this role receives

    def __init__(self, offer: Offer, clock: Any, limits: Limits) -> None:
        self.clock = clock
        self.limits = limits
        self.authenticated = False
        self.exchanges = 0  # of keys, that have come to an end
        self._offer = self._sent_offer = offer
        self._phase = Phase.READY
        self._reader = PacketReader()
        self._writer = PacketWriter()
        self._strict = False
        self._peer_ext_info = False
        self._agreement: Agreement | None = None
        self._agreeing: Agreeing | None = None
        self._incoming: Any = None  # the cipher that the peer's NEWKEYS puts in force
        self._rekey_at = 0.0
        self._held: list[tuple[int, Bytes]] = []  # messages that wait for the end of an exchange
        self._held_bytes = 0
        self._unread_bytes = 0  # since the stream was congested
        self._deadline: Any = None
        self._stopped: set[str] = set()  # why the service is not to send
        self._over = False  # nothing is sent or believed any more

    @property
    def established(self) -> bool:
        """Whether the first key exchange is over."""
        return self.exchanges > 0

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
            self.sendDisconnect(Reason.PROTOCOL_ERROR, b"too many packets under one key")
        if self._phase is not Phase.READY or not self.authenticated or self._over:
            return
        worn = max(reader.bytes, writer.bytes) >= limits.rekey_bytes or max(packets) >= MAX_UNKEYED // 2
        if worn or self.clock.seconds() >= self._rekey_at:
            self.sendKexInit()

    # ------------------------------------------------------------ sending

    def sendPacket(self, messageType: int, payload: Bytes) -> None:
        """Send a message, or hold it until the exchange that is under way has come to new keys."""
        if self._over:
            return
        if self._phase in (Phase.READY, Phase.KEYED):
            self._transmit(messageType, payload)
            self._rekey_if_due()
        else:
            self._hold(messageType, payload)

    def _transmit(self, number: int, body: Bytes) -> None:
        sealed = self._writer.seal(number, body)
        self.transport.write(sealed)
        if "stream" in self._stopped:
            self._unread_bytes += len(sealed)
            if self._unread_bytes > self.limits.unread_bytes:
                self._over = True
                self.transport.abortConnection()

    def _hold(self, number: int, body: Bytes) -> None:
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

    # ------------------------------------------------------------ waiting

    def _expire(self, seconds: float | None, problem: str = "") -> None:
        """Disconnect after `seconds`; None: what was asked for before no longer holds."""
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None
        if seconds is not None:
            self._deadline = self.clock.callLater(seconds, self.sendDisconnect, Reason.BY_APPLICATION, problem.encode())

    def patient(self, seconds: float) -> None:
        """The user is about to do something that takes up to `seconds`: the time for the login begins after that."""
        if not self.authenticated and not self._over:
            self._expire(seconds + self.limits.login, "login took too long")

    def _stop(self, reason: str) -> None:
        """The service is to stop sending, for `reason`."""
        if not self._stopped:
            self._tell("congested")
        self._stopped.add(reason)

    def _go_on(self, reason: str) -> None:
        """`reason` is over."""
        if reason in self._stopped:
            self._stopped.discard(reason)
            if not self._stopped:
                self._tell("drained")

    def _tell(self, event: str) -> None:
        listener = getattr(self.service, event, None)
        if listener is not None and self.authenticated:
            listener()
