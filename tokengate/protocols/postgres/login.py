"""The upstream half of a session's start: TLS, the start-up message, the credential's proof, what the server tells of
itself.

`plugin` runs it once a session, after the client's token was accepted; `client` runs it for the gateway's own
questions; `cancel` uses only `secure`. Never falls back: a server without TLS, an unknown authentication method, a
proof that fails are the end. Everything raises `UpstreamError`, whose `problem` and `code` the client may see; its
`detail` is for the log.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from attrs import define, field
from OpenSSL import SSL
from twisted.internet.error import ConnectionClosed

from tokengate.edge.peers import address_of
from tokengate.errors import ProtocolError, UpstreamError
from tokengate.protocols.postgres import scram, wire
from tokengate.protocols.postgres.credential import Credential
from tokengate.protocols.postgres.parameters import FORCED
from tokengate.protocols.postgres.peer import Peer, broken, fields_of

LOGIN_DEADLINE = 30.0
"""Seconds for connection, TLS and login together: a server that starts up answers 57P03 at once, so more is a dead
one.
"""

LOGIN_BUDGET = 256 * 1024
"""Bytes a server may send before it is ready: about 20 ParameterStatus of under 100 bytes each, plus notices of an
event trigger.
"""

INLINE_ITERATIONS = 20_000
"""SCRAM iterations computed in the reactor's thread, about 6 ms; more go to the thread pool."""

METHODS = frozenset({"scram-sha-256-plus", "scram-sha-256", "md5", "password", "none"})
"""What `require_auth` can name: libpq's words that this gateway can do, and SCRAM with channel binding as a word of
its own.
"""


def parse_methods(text: str) -> frozenset[str]:
    """`require_auth` from its INI text: allowed methods, or with a "!" before each the refused ones. Raises
    ValueError.
    """
    words = [word.strip() for word in text.split(",")]
    named = {word.removeprefix("!") for word in words}
    refused = [word for word in words if word.startswith("!")]
    if not named <= METHODS or len(refused) not in (0, len(words)):
        raise ValueError(
            f"expected methods out of {', '.join(sorted(METHODS))}, either all with a ! before them or none"
        )
    if not refused:
        return frozenset(named)
    return METHODS - named - ({"scram-sha-256-plus"} if "scram-sha-256" in named else set())


OK, CLEARTEXT, MD5, SASL, SASL_CONTINUE, SASL_FINAL = 0, 3, 5, 10, 11, 12

_REFUSALS = {
    "28": ("the upstream refused the gateway's credential", "28000"),
    "3D000": ("the upstream has no such database", "3D000"),
    "53300": ("the upstream has too many connections", "53300"),
    "57P03": ("the upstream is not accepting connections now", "57P03"),
    "22": ("the upstream refused a start-up parameter", "22023"),
}
"""An upstream's SQLSTATE, or its class -> what the client is told."""


@define
class Upstream:
    """A server that is ready. `parameters`: its ParameterStatus; `process`, `key`: what cancels its session, key b""
    for none.
    """

    stream: Any
    parameters: dict[str, str]
    process: int = 0
    key: bytes = field(default=b"", repr=False)


async def secure(stream: Any, tls: tuple[Any, str | None] | None) -> None:
    """TLS by SSLRequest, as `IRoute.upstream_tls` says; nothing when that is None. Raises `UpstreamError`."""
    if tls is None:
        return
    context, hostname = tls
    stream.write(wire.ssl_request())
    try:
        answer = await stream.read_exactly(1)
        if answer != b"S":
            raise UpstreamError("the upstream does not offer TLS", f"it answered {answer!r} to SSLRequest", "08006")
        if stream.pending():
            raise broken("bytes before the TLS handshake")
        await stream.start_tls(context, server_side=False, hostname=hostname)
    except (ConnectionClosed, SSL.Error) as error:
        raise UpstreamError("no TLS connection to the upstream", str(error), "08006") from error


async def reach(
    route: Any,
    credential: Credential,
    database: str,
    settings: Mapping[str, str],
    methods: frozenset[str] = METHODS,
) -> Upstream:
    """A new connection to `route`'s upstream (an `IRoute`), logged in."""
    stream = await route.connect()
    try:
        await secure(stream, route.upstream_tls())
        return await login(stream, credential, database, settings, methods)
    except BaseException:
        stream.abort()
        raise


async def login(
    stream: Any,
    credential: Credential,
    database: str,
    settings: Mapping[str, str],
    methods: frozenset[str] = METHODS,
) -> Upstream:
    """Log in to `database` over a stream that is `secure`d already. `settings`: run-time parameters the client may
    choose.
    """
    parameters = {"user": credential.user, "database": database, **settings, **FORCED}
    try:
        stream.write(wire.startup_message(wire.PROTOCOL_3_0, parameters))
    except ProtocolError as error:
        raise UpstreamError("a start-up parameter can't be sent", str(error), "08P01") from error
    dialogue = _Dialogue(Peer(stream, LOGIN_BUDGET), credential, methods)
    await dialogue.authenticate()
    return await dialogue.greeting()


@define
class _Dialogue:
    """One login on one stream."""

    peer: Peer
    credential: Credential
    methods: frozenset[str]

    async def authenticate(self) -> None:
        code, data = await self._request()
        if code == OK:
            return self._permit("none")
        if code == SASL:
            await self._sasl(data)
        elif code == MD5 and len(data) == 4:
            self._permit("md5")
            self._send(wire.cstring(md5_response(self.credential.user, self._password(), data)))
        elif code == CLEARTEXT:
            self._permit("password")
            if not self._confidential():
                raise UpstreamError("the upstream wants a password in the clear", "use upstream_tls", "08006")
            self._send(wire.cstring(self._password()))
        else:
            raise UpstreamError("the upstream wants an authentication the gateway does not do", f"code {code}", "08006")
        if (await self._request())[0] != OK:
            raise broken("it asks for a second authentication")

    async def greeting(self) -> Upstream:
        """Everything up to the first ReadyForQuery."""
        upstream = Upstream(self.peer.stream, {})
        while True:
            kind, payload = await self._message()
            try:
                match kind:
                    case b"S":
                        name, value = wire.parse_parameter_status(payload)
                        upstream.parameters[name] = value
                    case b"K":
                        upstream.process, upstream.key = wire.parse_backend_key_data(payload)
                    case b"Z" if payload == b"I":
                        _check_forced(upstream.parameters)
                        return upstream
                    case _:
                        raise broken(f"message {kind!r} before ReadyForQuery")
            except ProtocolError as error:
                raise broken(str(error)) from error

    async def _sasl(self, offer: bytes) -> None:
        offered = offer.split(b"\0")
        binding = self._binding()
        plus = scram.PLUS.encode() in offered
        if plus and self.peer.stream.tls is None:
            raise broken("it offers channel binding without TLS: somebody may be in between")
        plus = plus and binding is not None
        if not plus and scram.PLAIN.encode() not in offered:
            raise UpstreamError(
                "the upstream wants an authentication the gateway does not do", repr(offer[:99]), "08006"
            )
        self._permit("scram-sha-256-plus" if plus else "scram-sha-256")
        exchange = scram.ScramClient(binding, plus)
        first = exchange.first()
        self._send(wire.cstring(exchange.mechanism) + struct.pack("!i", len(first)) + first)
        challenge = exchange.challenge(await self._continued(SASL_CONTINUE))
        salted = await _salted(self._password(), challenge.salt, challenge.iterations)
        self._send(exchange.final(challenge, salted))
        exchange.verify(await self._continued(SASL_FINAL))

    async def _continued(self, expected: int) -> bytes:
        code, data = await self._request()
        if code != expected:
            raise broken(f"authentication step {code} instead of {expected}")
        return data

    async def _request(self) -> tuple[int, bytes]:
        """The next authentication request's code and data."""
        kind, payload = await self._message()
        if kind != b"R" or len(payload) < 4:
            raise broken(f"message {kind!r} during authentication")
        return struct.unpack_from("!i", payload)[0], payload[4:]

    async def _message(self) -> tuple[bytes, bytes]:
        """The next message that is neither a notice nor an error."""
        while True:
            kind, payload = await self.peer.message()
            if kind == b"E":
                raise _refused(payload)
            if kind != b"N":
                return kind, payload

    def _permit(self, method: str) -> None:
        """Refuse a method `require_auth` leaves out, before anything is proved by it."""
        words = {method, "scram-sha-256"} if method == "scram-sha-256-plus" else {method}
        if not words & self.methods:
            raise UpstreamError(
                "the upstream's authentication method is not allowed", f"{method}: see require_auth", "08006"
            )

    def _password(self) -> str:
        if self.credential.password is None:
            raise UpstreamError("the upstream wants a password and the gateway's credential has none", "", "28000")
        return self.credential.password

    def _send(self, payload: bytes) -> None:
        self.peer.stream.write(wire.message(b"p", payload))

    def _binding(self) -> bytes | None:
        tls = self.peer.stream.tls
        return None if tls is None else scram.endpoint(tls.get_peer_certificate(as_cryptography=True))

    def _confidential(self) -> bool:
        """Whether nobody can listen: TLS, a unix socket, loopback."""
        stream = self.peer.stream
        if stream.tls is not None or stream.peer.startswith("unix:"):
            return True
        address = address_of(stream.peer)
        return address is not None and address.is_loopback


def md5_response(user: str, password: str, salt: bytes) -> str:
    """The answer to AuthenticationMD5Password (the manual's "Message Flow")."""
    inner = hashlib.md5(password.encode() + user.encode(), usedforsecurity=False).hexdigest()
    return "md5" + hashlib.md5(inner.encode() + salt, usedforsecurity=False).hexdigest()


_salt_password = lru_cache(maxsize=64)(scram.salt_password)
"""A role's salt and iterations stay the same between logins: one derivation a credential instead of one a session."""


async def _salted(password: str, salt: bytes, iterations: int) -> bytes:
    if iterations <= INLINE_ITERATIONS:
        return _salt_password(password, salt, iterations)
    from twisted.internet.threads import deferToThread  # here: it installs the reactor

    salted: bytes = await deferToThread(_salt_password, password, salt, iterations)
    return salted


def _check_forced(parameters: Mapping[str, str]) -> None:
    for name, value in FORCED.items():
        if parameters.get(name) != value:
            raise UpstreamError(
                "the upstream does not keep to a setting", f"{name} is {parameters.get(name)!r}", "08006"
            )


def _refused(payload: bytes) -> UpstreamError:
    fields = fields_of(payload)
    state = fields.get(b"C", "")
    problem, code = _REFUSALS.get(state) or _REFUSALS.get(state[:2]) or ("the upstream refused the connection", "08006")
    return UpstreamError(problem, f"{state}: {fields.get(b'M', '')}", code)
