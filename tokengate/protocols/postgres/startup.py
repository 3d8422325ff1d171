"""The client's half of a session's start: TLS, the protocol's version, what it wants, and its token.

First on the data path, a coroutine over an `IStream`; `plugin` goes on with what it returns. The order is the manual's
"Start-up" with PostgreSQL 18's rules: at most one SSLRequest and one GSSENCRequest, or TLS at once; then a
CancelRequest or a StartupMessage; then, only where nobody can listen, the token as a cleartext password. Everything
refused is a `ProtocolError`, for which `fatal` is the answer.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from tokengate.errors import ProtocolError, TokenRejected
from tokengate.protocols.postgres import wire
from tokengate.protocols.postgres.parameters import LATEST_MINOR, Startup, parse_startup

START_DEADLINE = 60.0
"""Seconds from the connection to a whole token, TLS included: PostgreSQL's own authentication_timeout."""

PACKET_LIMIT = 10_000
"""Bytes of a start-up packet without its length: PostgreSQL's MAX_STARTUP_PACKET_LENGTH."""

TOKEN_LIMIT = 128 * 1024
"""Bytes of a token: drivers were seen to send 64 KiB and more; the largest tokens in use, with hundreds of groups,
have 50.
"""

CANCEL_KEY_LIMIT = 256
"""Bytes of a cancel key: protocol 3.2's longest."""

TLS_HANDSHAKE = b"\x16"
"""The first byte of TLS at once (libpq's sslnegotiation=direct): no start-up packet is long enough to begin with it."""

ALPN = b"postgresql"


@frozen
class Cancel:
    """A CancelRequest."""

    process: int
    key: bytes = field(repr=False)


@frozen(auto_exc=True, str=False)
class AncientProtocol(ProtocolError):
    """A version before 3, whose clients read an error in another form."""


async def greet(stream: Any, tls: Any) -> Startup | Cancel:
    """What the client wants, over TLS when `tls` (a server's pyOpenSSL Context) is not None.

    Raises `ProtocolError`; what the stream raises when it is lost or TLS fails passes through.
    """
    if await stream.peek(1) == TLS_HANDSHAKE and tls is not None:
        await stream.start_tls(tls, server_side=True)
        if stream.tls.get_alpn_proto_negotiated() != ALPN:
            raise ProtocolError("direct TLS without the ALPN protocol postgresql", "08P01")
    refusable = {wire.SSL_REQUEST, wire.GSSENC_REQUEST} if stream.tls is None else {wire.GSSENC_REQUEST}
    while True:
        code, payload = await _packet(stream)
        if code not in refusable or payload:
            break
        refusable.remove(code)
        if stream.pending():
            raise ProtocolError("received unencrypted data after an encryption request", "08P01")
        if code == wire.SSL_REQUEST and tls is not None:
            stream.write(b"S")
            await stream.start_tls(tls, server_side=True)
        else:
            stream.write(b"N")
    if code == wire.CANCEL_REQUEST:
        return _cancel(payload)
    startup = _startup(code, payload)
    if tls is not None and stream.tls is None:
        raise ProtocolError("this gateway takes tokens only over TLS: connect with sslmode=verify-full", "28000")
    return startup


async def ask_token(stream: Any, startup: Startup) -> bytes:
    """Settle the protocol's version, then ask for the token and await it. Raises `ProtocolError`, `TokenRejected`."""
    stream.write(negotiation(startup) + wire.authentication(3))
    kind, length = struct.unpack("!cI", await stream.read_exactly(wire.HEADER))
    if kind != b"p":
        raise ProtocolError(f"expected password response, got message type {kind[0]}", "08P01")
    if not 5 <= length <= TOKEN_LIMIT + 5:
        raise ProtocolError("invalid password packet size", "08P01")
    payload: bytes = await stream.read_exactly(length - 4)
    if payload.find(b"\0") != len(payload) - 1:
        raise ProtocolError("invalid password packet size", "08P01")
    if len(payload) == 1:
        raise TokenRejected("empty")
    return payload[:-1]


def negotiation(startup: Startup) -> bytes:
    """NegotiateProtocolVersion where the client asked for more than there is, else b""."""
    if startup.minor <= LATEST_MINOR and not startup.unknown:
        return b""
    version = 3 << 16 | min(startup.minor, LATEST_MINOR)
    names = b"".join(map(wire.cstring, startup.unknown))
    return wire.message(b"v", struct.pack("!ii", version, len(startup.unknown)) + names)


def welcome(parameters: Mapping[str, str], process: int, key: bytes) -> bytes:
    """AuthenticationOk, what the upstream said of itself, the gateway's own cancel key, ReadyForQuery."""
    statuses = b"".join(wire.parameter_status(name, value) for name, value in parameters.items())
    return wire.authentication(0) + statuses + wire.backend_key_data(process, key) + wire.ready_for_query()


def fatal(error: ProtocolError) -> bytes:
    """The error as the client's protocol has it."""
    if isinstance(error, AncientProtocol):
        return b"EFATAL:  " + error.problem.encode() + b"\n\0"
    return wire.error_response("FATAL", error.code or "08P01", error.problem)


async def _packet(stream: Any) -> tuple[int, bytes]:
    """An untyped message's code or version, and what follows it."""
    (length,) = struct.unpack("!I", await stream.read_exactly(4))
    if not 8 <= length <= PACKET_LIMIT + 4:
        raise ProtocolError("invalid length of startup packet", "08P01")
    packet: bytes = await stream.read_exactly(length - 4)
    return struct.unpack_from("!I", packet)[0], packet[4:]


def _cancel(payload: bytes) -> Cancel:
    if not 4 < len(payload) <= 4 + CANCEL_KEY_LIMIT:
        raise ProtocolError("invalid length of cancel key in cancel request packet", "08P01")
    return Cancel(struct.unpack_from("!I", payload)[0], payload[4:])


def _startup(version: int, payload: bytes) -> Startup:
    major, minor = version >> 16, version & 0xFFFF
    if major == 3:
        return parse_startup(minor, payload)
    problem = f"unsupported frontend protocol {major}.{minor}: server supports 3.0 to 3.{LATEST_MINOR}"
    raise (AncientProtocol if major < 3 else ProtocolError)(problem, "0A000")
