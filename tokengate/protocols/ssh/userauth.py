"""The client's half of a session's start: who the user is, by a token or a certificate (RFC 4252, RFC 4256).

The first service on a `server.ServerTransport`; the service that `authenticate` returns goes on. What is asked at a
prompt, and a login by link, is `interactive`'s; what a certificate is worth is for `credentials` to say. Every refusal
is the same message after the same time, whatever the user's name, the method or the reason. A public key that is
offered without a signature is answered PK_OK at most; without a certificate it is never accepted.
"""

from __future__ import annotations

import enum
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import frozen
from twisted.conch.ssh.service import SSHService
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger

from tokengate.edge.tasks import spawn
from tokengate.errors import ProtocolError, TokenRejected, VerifierUnavailable
from tokengate.protocols.ssh.certificates import Certificate
from tokengate.protocols.ssh.credentials import Credential, Offers, Token, proved
from tokengate.protocols.ssh.interactive import Interactive
from tokengate.protocols.ssh.throttle import Throttle
from tokengate.protocols.ssh.wire import Message, Reader, Reason, boolean, broken, name_list, string, strings

ATTEMPTS = 6
"""Credentials refused before the connection ends: OpenSSH's MaxAuthTries."""

FAILURE_TIME = 1.0
"""Seconds from a credential to its refusal, whichever way it was refused."""

NAME_LIMIT = 256
"""Bytes of a user's name."""

TOKEN_LIMIT = 128 * 1024
"""Bytes of a token: as on every other protocol's start-up."""

METHODS = (b"publickey", b"keyboard-interactive", b"password")

CONNECTION = b"ssh-connection"

OWN = frozenset({Message.USERAUTH_REQUEST, Message.USERAUTH_INFO_RESPONSE})
"""What a client may send."""

_log = Logger()


Authenticate = Callable[[Credential, str], Awaitable[SSHService]]
"""Of a credential and the requested user's name, the service that goes on with the accepted one. Raises `TokenRejected`
or `VerifierUnavailable`.
"""


@frozen
class Settings:
    """What decides about users. `recognises`: whether a certificate's wire form is a credential by itself; `device`:
    how people log in by a link, an `IDeviceFlow`, or None.
    """

    authenticate: Authenticate
    throttle: Throttle
    clock: Any
    recognises: Callable[[bytes], bool] = lambda _: False
    device: Any = None
    wall_clock: Callable[[], float] = time.time
    attempts: int = ATTEMPTS
    failure_time: float = FAILURE_TIME


class State(enum.Enum):
    """Where the dialogue is."""

    IDLE = enum.auto()
    PROMPTED = enum.auto()  # the token's prompt is out
    CHECKING = enum.auto()  # a credential is being looked at, or a link being had


class UserAuth(SSHService):
    """One client's authentication, on `transport` (a `ServerTransport`). `peer` is "host:port" or "unix:"."""

    name = b"ssh-userauth"
    transport: Any

    def __init__(self, settings: Settings, peer: str) -> None:
        self._settings = settings
        self._peer = peer
        self._state = State.IDLE
        self._failures = 0
        self._waiting: deque[tuple[int, bytes]] = deque()  # bounded by the transport's limits for strangers
        self._user = ""
        self._task: Deferred[Any] | None = None
        self._offers = Offers(settings.recognises, peer)
        self._interactive = Interactive(settings.device, peer, self._banner)

    def serviceStopped(self) -> None:
        """The connection ended, or the user is in."""
        task, self._task = self._task, None
        self._waiting.clear()
        self._interactive.close()
        if task is not None:
            task.cancel()

    def packetReceived(self, number: int, packet: bytes) -> None:
        """A message of this service's."""
        if number not in OWN:
            raise broken(f"unexpected message {number}")
        if self._state is State.CHECKING:
            self._waiting.append((number, packet))
        elif number == Message.USERAUTH_REQUEST:
            self._request(packet)
        elif number == Message.USERAUTH_INFO_RESPONSE and self._state is State.PROMPTED:
            self._answer(packet)
        else:
            raise broken(f"unexpected message {number}")

    # ------------------------------------------------------------ methods

    def _request(self, packet: bytes) -> None:
        self._state = State.IDLE
        self._interactive.close()  # a prompt that is out is taken back (RFC 4256, section 3.1)
        reader = Reader(packet, "USERAUTH_REQUEST")
        user, service, method = reader.strings(3)
        if service != CONNECTION:
            raise broken("no such service", Reason.SERVICE_NOT_AVAILABLE)
        if len(user) > NAME_LIMIT:
            raise broken("the user's name is too long")
        self._user = user.decode("utf-8", "replace")
        match method:
            case b"password":
                self._password(reader)
            case b"keyboard-interactive":
                reader.strings(2)  # a language, and devices the client would like
                reader.end()
                self._prompt()
            case b"publickey":
                self._public_key(reader, user)
            case _:
                self._fail()

    def _password(self, reader: Reader) -> None:
        changes = reader.boolean()
        token = reader.string()
        if changes:
            self._fail()
            return
        reader.end()
        self._check(self._by_token(token))

    def _prompt(self) -> None:
        if self._interactive.may_link and self._settings.throttle.allows(self._peer):
            self._start(self._link())
        else:
            self._ask()

    async def _link(self) -> None:
        lasts = await self._interactive.link()
        self._task = None
        if lasts:
            self.transport.patient(lasts)
        self._ask()
        self._go_on()

    def _ask(self) -> None:
        self._state = State.PROMPTED
        self.transport.sendPacket(Message.USERAUTH_INFO_REQUEST, self._interactive.question())

    def _answer(self, packet: bytes) -> None:
        reader = Reader(packet, "USERAUTH_INFO_RESPONSE")
        if reader.uint32() != 1:
            raise broken("one prompt has one answer")
        answer = reader.string()
        reader.end()
        self._check(self._by_answer(answer))

    def _public_key(self, reader: Reader, user: bytes) -> None:
        signed = reader.boolean()
        algorithm, blob = reader.strings(2)
        signature = reader.string() if signed else b""
        reader.end()
        try:
            certificate = self._offers.certificate(algorithm, blob, self._user, self._settings.wall_clock())
        except (ProtocolError, TokenRejected) as error:
            _log.debug("a public key from {peer} is not accepted: {why}", peer=self._peer, why=str(error))
            self._fail()
            return
        if not signed:
            self.transport.sendPacket(Message.USERAUTH_PK_OK, strings(algorithm, blob))
            return
        request = strings(user, CONNECTION, b"publickey") + boolean(True) + strings(algorithm, blob)
        data = string(self.transport.sessionID) + bytes((Message.USERAUTH_REQUEST,)) + request
        self._check(self._by_certificate(certificate, algorithm, signature, data))

    # ------------------------------------------------------------ credentials

    async def _by_token(self, token: bytes) -> SSHService:
        if not 0 < len(token) <= TOKEN_LIMIT:
            raise TokenRejected("malformed", "no token, or too long")
        return await self._settings.authenticate(Token(token), self._user)

    async def _by_answer(self, answer: bytes) -> SSHService:
        return await self._by_token(await self._interactive.token(answer))

    async def _by_certificate(
        self, certificate: Certificate, algorithm: bytes, signature: bytes, data: bytes
    ) -> SSHService:
        return await self._settings.authenticate(proved(certificate, algorithm, signature, data), self._user)

    def _check(self, work: Any) -> None:
        self._start(self._judge(work))

    def _start(self, work: Any) -> None:
        """Do what may take time; what the client sends meanwhile waits."""
        self._state = State.CHECKING
        self._task = spawn(self._guarded(work), f"authentication of {self._peer}")

    async def _guarded(self, work: Any) -> None:
        try:
            await work
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001  whatever a verifier does, its user is not let in
            _log.failure("authentication of {peer} failed", peer=self._peer)
            self.transport.sendDisconnect(Reason.BY_APPLICATION, b"internal error")

    async def _judge(self, work: Any) -> None:
        settings, began = self._settings, self._settings.clock.seconds()
        service = None
        if settings.throttle.allows(self._peer):
            service = await self._outcome(work)
        else:
            work.close()
        if service is not None:
            self._task = None
            self.transport.sendPacket(Message.USERAUTH_SUCCESS, b"")
            self.transport.accept(service)
            return
        self._failures += 1
        remaining = began + settings.failure_time - settings.clock.seconds()
        if remaining > 0:
            await deferLater(settings.clock, remaining)
        self._refused()

    async def _outcome(self, work: Any) -> SSHService | None:
        try:
            service: SSHService = await work
            return service
        except TokenRejected as error:
            self._settings.throttle.failed(self._peer)  # an outage of the issuer's is not the source's failure
            _log.info("{peer} is refused: {why}", peer=self._peer, why=str(error))
        except VerifierUnavailable as error:
            _log.warn("{peer} can't be verified: {why}", peer=self._peer, why=str(error))
            self._banner("tokens can't be verified now, try again later")
        return None

    # ------------------------------------------------------------ answers

    def _refused(self) -> None:
        """A credential was not accepted: say so, or end it."""
        self._task = None
        self._state = State.IDLE
        self._interactive.close()
        if self._failures >= self._settings.attempts:
            self.transport.sendDisconnect(Reason.NO_MORE_AUTH_METHODS_AVAILABLE, b"too many authentication failures")
            return
        self._fail()
        self._go_on()

    def _go_on(self) -> None:
        """With what has come meanwhile."""
        try:
            while self._waiting and self._state is not State.CHECKING:
                self.packetReceived(*self._waiting.popleft())
        except ProtocolError as error:
            self.transport.fail(error)

    def _fail(self) -> None:
        self.transport.sendPacket(Message.USERAUTH_FAILURE, name_list(METHODS) + boolean(False))

    def _banner(self, text: str) -> None:
        self.transport.sendPacket(Message.USERAUTH_BANNER, strings(f"tokengate: {text}\r\n".encode(), b""))
