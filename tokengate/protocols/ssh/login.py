"""The target's half of a session's start: the host is verified, the gateway's own credential proved (RFC 4252).

`reach` is called once a session, when the client is known; it gives back the transport on which the connection service
runs. It shows the one credential it has, a password also to a prompt where the target takes it no other way, and does
nothing else: a target that wants more ends the session. Everything raises `UpstreamError`, whose `problem` the client
may see; its `detail` is for the log.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from attrs import field, frozen
from twisted.conch.ssh.service import SSHService
from twisted.internet.defer import Deferred

from tokengate.errors import UpstreamError
from tokengate.protocols.ssh.adapter import StreamTransport
from tokengate.protocols.ssh.algorithms import CERTIFICATE_SUFFIX, Offer
from tokengate.protocols.ssh.client import ClientTransport
from tokengate.protocols.ssh.keying import Limits
from tokengate.protocols.ssh.keys import PublicKey, SigningKey
from tokengate.protocols.ssh.knownhosts import KnownHost
from tokengate.protocols.ssh.wire import Message, Reader, Reason, boolean, broken, string, strings, uint32

CONNECTION = b"ssh-connection"
PROMPTED = b"keyboard-interactive"
REFUSED = "the upstream refused the gateway's credential"


@frozen
class Password:
    """A password, also given to a prompt that asks for one without echo."""

    value: str = field(repr=False)


@frozen
class Key:
    """A private key, with its certificate's wire form where it has one."""

    key: SigningKey
    certificate: bytes = b""


Credential = Password | Key


async def reach(
    stream: Any,
    host: KnownHost,
    user: str,
    credential: Credential,
    connection: SSHService,
    clock: Any,
    limits: Limits | None = None,
    offer: Offer | None = None,
    now: Callable[[], float] = time.time,
) -> ClientTransport:
    """Log in over `stream` (an `IStream` to the target) and start the service `connection`."""
    if not host.algorithms:
        stream.abort()
        raise UpstreamError("the upstream's host key is not known", host.name)
    login = Login(user, credential, connection)

    def verify_host(algorithm: bytes, blob: bytes) -> PublicKey:
        return host.verify(algorithm, blob, now())

    offered = (offer or Offer()).with_host_keys(host.algorithms)
    transport = ClientTransport(offered, verify_host, login, login.fail, clock, limits)
    StreamTransport(stream, transport).start()
    try:
        await login.done
    except BaseException:
        stream.close()
        raise
    return transport


class Login(SSHService):
    """One login. `done` fires with None, or fails with `UpstreamError`."""

    name = b"ssh-userauth"
    transport: Any

    def __init__(self, user: str, credential: Credential, connection: SSHService) -> None:
        self.done: Deferred[None] = Deferred()
        self._connection = connection
        self._user = user.encode()
        self._credential = credential
        self._method = b"publickey" if isinstance(credential, Key) else b"password"
        self._told = False  # the password was given to a prompt

    def serviceStarted(self) -> None:
        """The target takes requests."""
        credential = self._credential
        if isinstance(credential, Key):
            self._prove(credential.key, credential.certificate)
        else:
            self._request(boolean(False) + string(credential.value.encode()))

    def packetReceived(self, number: int, packet: bytes) -> None:
        """A message of this service's."""
        match number:
            case Message.USERAUTH_SUCCESS:
                self._succeed()
            case Message.USERAUTH_FAILURE:
                self._refused(packet)
            case Message.USERAUTH_BANNER:
                Reader(packet, "USERAUTH_BANNER").strings(2)
            case Message.USERAUTH_INFO_REQUEST if self._method == PROMPTED:
                self._answer(packet)
            case _:
                raise broken(f"unexpected message {number}")

    def fail(self, problem: str, detail: str) -> None:
        """It is over without success, unless that was decided before."""
        if not self.done.called:
            self.done.errback(UpstreamError(problem, detail))

    def _succeed(self) -> None:
        if not self.done.called:  # or nobody waits for it any more
            self.transport.accept(self._connection)
            self.done.callback(None)

    def _request(self, body: bytes) -> None:
        self.transport.sendPacket(Message.USERAUTH_REQUEST, strings(self._user, CONNECTION, self._method) + body)

    def _prove(self, key: SigningKey, certificate: bytes) -> None:
        """The key and its signature at once, without asking first whether the key would do."""
        accepted = self.transport.peerExtensions.get(b"server-sig-algs")
        able = [name for name in key.algorithms if accepted is None or name in accepted.split(b",")]
        if not able:
            self._end("the upstream does not take the gateway's type of key", repr(accepted)[:200])
            return
        algorithm = able[0] + (CERTIFICATE_SUFFIX if certificate else b"")
        body = boolean(True) + strings(algorithm, certificate or key.blob)
        request = strings(self._user, CONNECTION, self._method) + body
        data = string(self.transport.sessionID) + bytes((Message.USERAUTH_REQUEST,)) + request
        self._request(body + string(key.sign(able[0], data)))

    def _refused(self, packet: bytes) -> None:
        reader = Reader(packet, "USERAUTH_FAILURE")
        methods, partial = reader.name_list(), reader.boolean()
        reader.end()
        if self._method == b"password" and not partial and {b"password", PROMPTED} & {*methods} == {PROMPTED}:
            self._method = PROMPTED
            self._request(strings(b"", b""))
            return
        problem = "the upstream wants a second authentication" if partial else REFUSED
        self._end(problem, f"by {self._method.decode()}; it takes {b','.join(methods).decode('ascii', 'replace')}")

    def _answer(self, packet: bytes) -> None:
        """A prompt without echo is the password's; there may be rounds that only tell something."""
        assert isinstance(self._credential, Password)
        reader = Reader(packet, "USERAUTH_INFO_REQUEST")
        reader.strings(3)
        count = reader.uint32()
        if count == 0:
            self.transport.sendPacket(Message.USERAUTH_INFO_RESPONSE, uint32(0))
            return
        reader.string()
        if count > 1 or reader.boolean() or self._told:
            self._end("the upstream asks for more than a password", f"{count} prompts")
            return
        self._told = True
        answer = string(self._credential.value.encode())
        self.transport.sendPacket(Message.USERAUTH_INFO_RESPONSE, uint32(1) + answer)

    def _end(self, problem: str, detail: str) -> None:
        self.fail(problem, detail)
        self.transport.sendDisconnect(Reason.BY_APPLICATION, b"no way to log in")
