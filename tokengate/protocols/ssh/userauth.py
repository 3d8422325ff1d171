"""The client's half of a session's start: who the user is, by a token or a certificate (RFC 4252, RFC 4256).

The first service on a `server.ServerTransport`; the service that `authenticate` returns goes on. Every refusal is the
same message after the same time, whatever the user's name, the method or the reason. A public key that is offered
without a signature is answered PK_OK at most; without a certificate it is never accepted.
"""

from __future__ import annotations

import enum
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import field, frozen
from twisted.conch.ssh.service import SSHService
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from tokengate.edge.tasks import spawn
from tokengate.errors import ProtocolError, TokenRejected, VerifierUnavailable
from tokengate.protocols.ssh import certificates, pktoken
from tokengate.protocols.ssh.algorithms import CERTIFICATE_SUFFIX, CERTIFICATES
from tokengate.protocols.ssh.certificates import Certificate
from tokengate.protocols.ssh.keys import algorithms_of, key_type, verify
from tokengate.protocols.ssh.targets import user_of
from tokengate.protocols.ssh.throttle import Throttle
from tokengate.protocols.ssh.wire import Message, Reader, Reason, boolean, broken, name_list, string, strings, uint32

ATTEMPTS = 6
"""Credentials refused before the connection ends: OpenSSH's MaxAuthTries."""

FAILURE_TIME = 1.0
"""Seconds from a credential to its refusal, whichever way it was refused."""

NAME_LIMIT = 256
"""Bytes of a user's name."""

TOKEN_LIMIT = 128 * 1024
"""Bytes of a token: as on every other protocol's start-up."""

PROMPT = b"Token: "
METHODS = (b"publickey", b"keyboard-interactive", b"password")

CONNECTION = b"ssh-connection"

OWN = frozenset({Message.USERAUTH_REQUEST, Message.USERAUTH_INFO_RESPONSE})
"""What a client may send."""

_log = Logger()


@frozen
class Token:
    """A token as the client showed it. `bound`: its issuer committed to a key, by which the client has signed."""

    value: bytes = field(repr=False)
    bound: bool = False


Credential = Token | Certificate
"""A `Certificate` is one by whose key the client has signed; everything else about it is still to be verified."""

Authenticate = Callable[[Credential, str], Awaitable[SSHService]]
"""Of a credential and the requested user's name, the service that goes on with the accepted one. Raises `TokenRejected`
or `VerifierUnavailable`.
"""


@frozen
class Settings:
    """What decides about users. `recognises`: whether a certificate's wire form is a credential by itself."""

    authenticate: Authenticate
    throttle: Throttle
    clock: Any
    recognises: Callable[[bytes], bool] = lambda _: False
    wall_clock: Callable[[], float] = time.time
    attempts: int = ATTEMPTS
    failure_time: float = FAILURE_TIME


class State(enum.Enum):
    """Where the dialogue is."""

    IDLE = enum.auto()
    PROMPTED = enum.auto()  # the token's prompt is out
    CHECKING = enum.auto()  # a credential is being looked at


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

    def serviceStopped(self) -> None:
        """The connection ended, or the user is in."""
        task, self._task = self._task, None
        self._waiting.clear()
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
        self._state = State.PROMPTED
        body = strings(b"", b"", b"") + uint32(1) + string(PROMPT) + boolean(False)
        self.transport.sendPacket(Message.USERAUTH_INFO_REQUEST, body)

    def _answer(self, packet: bytes) -> None:
        reader = Reader(packet, "USERAUTH_INFO_RESPONSE")
        if reader.uint32() != 1:
            raise broken("one prompt has one answer")
        token = reader.string()
        reader.end()
        self._check(self._by_token(token))

    def _public_key(self, reader: Reader, user: bytes) -> None:
        signed = reader.boolean()
        algorithm, blob = reader.strings(2)
        signature = reader.string() if signed else b""
        reader.end()
        try:
            certificate = self._certificate(algorithm, blob)
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

    def _certificate(self, algorithm: bytes, blob: bytes) -> Certificate:
        """The certificate that is offered, if it is one that could be accepted: others need not be signed for."""
        if algorithm not in CERTIFICATES:
            raise TokenRejected("certificate", "a key without one")
        certificate = certificates.parse(blob)
        if algorithm.removesuffix(CERTIFICATE_SUFFIX) not in algorithms_of(key_type(certificate.key)):
            raise TokenRejected("certificate", "its key does not sign by that algorithm")
        certificates.check_user(certificate, self._peer, self._settings.wall_clock())
        if pktoken.EXTENSION not in certificate.extensions:
            if not self._settings.recognises(blob):
                raise TokenRejected("authority", "the certificate's authority is not known, and it carries no token")
            certificates.check_principal(certificate, user_of(self._user))
        return certificate

    # ------------------------------------------------------------ credentials

    async def _by_token(self, token: bytes) -> SSHService:
        if not 0 < len(token) <= TOKEN_LIMIT:
            raise TokenRejected("malformed", "no token, or too long")
        return await self._settings.authenticate(Token(token), self._user)

    async def _by_certificate(
        self, certificate: Certificate, algorithm: bytes, signature: bytes, data: bytes
    ) -> SSHService:
        try:
            verify(certificate.key, algorithm.removesuffix(CERTIFICATE_SUFFIX), signature, data)
        except ProtocolError as error:
            raise TokenRejected("signature", str(error)) from None
        value = certificate.extensions.get(pktoken.EXTENSION)
        if value is None:
            return await self._settings.authenticate(certificate, self._user)
        bound = pktoken.is_pk_token(value)
        token = pktoken.unwrap(value, certificate.key) if bound else value
        return await self._settings.authenticate(Token(token, bound), self._user)

    def _check(self, work: Any) -> None:
        """Find out about a credential; what the client sends meanwhile waits."""
        self._state = State.CHECKING
        self._task = spawn(self._judge(work), f"authentication of {self._peer}")

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
            await _sleep(settings.clock, remaining)
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
            text = b"tokengate: tokens can't be verified now, try again later\r\n"
            self.transport.sendPacket(Message.USERAUTH_BANNER, strings(text, b""))
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001  whatever a verifier does, its user is not let in
            _log.failure("authentication of {peer} failed", peer=self._peer)
            self.transport.sendDisconnect(Reason.BY_APPLICATION, b"internal error")
        return None

    # ------------------------------------------------------------ answers

    def _refused(self) -> None:
        """A credential was not accepted: say so, or end it, and go on with what has come meanwhile."""
        self._task = None
        self._state = State.IDLE
        if self._failures >= self._settings.attempts:
            self.transport.sendDisconnect(Reason.NO_MORE_AUTH_METHODS_AVAILABLE, b"too many authentication failures")
            return
        self._fail()
        try:
            while self._waiting and self._state is not State.CHECKING:
                self.packetReceived(*self._waiting.popleft())
        except ProtocolError as error:
            self.transport.fail(error)

    def _fail(self) -> None:
        self.transport.sendPacket(Message.USERAUTH_FAILURE, name_list(METHODS) + boolean(False))


async def _sleep(clock: Any, seconds: float) -> None:
    timer: Any = None
    done: Deferred[None] = Deferred(lambda _: timer.cancel())
    timer = clock.callLater(seconds, done.callback, None)
    await done
