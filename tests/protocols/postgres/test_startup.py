"""Tests of tokengate.protocols.postgres.startup, as dialogues."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Any

import pytest
from attrs import define
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock

from tests.support.streams import ScriptedStream, run
from tokengate.edge.deadline import within
from tokengate.errors import ProtocolError, TokenRejected
from tokengate.protocols.postgres import wire
from tokengate.protocols.postgres.parameters import Startup
from tokengate.protocols.postgres.startup import (
    PACKET_LIMIT,
    TOKEN_LIMIT,
    Cancel,
    ask_token,
    fatal,
    greet,
    negotiation,
    welcome,
)

STARTUP = wire.startup_message(wire.PROTOCOL_3_0, {"user": "ci", "database": "orders"})
GSSENC = struct.pack("!ii", 8, wire.GSSENC_REQUEST)
SSL = wire.ssl_request()
CLIENT_HELLO = b"\x16\x03\x01"
CONTEXT = object()
CI = Startup(0, (), "ci", "orders", {})


@define
class FakeTls:
    """A TLS connection as far as ALPN."""

    alpn: bytes

    def get_alpn_proto_negotiated(self) -> bytes:
        return self.alpn


class Dialogue:
    """One client's `greet`: `says` feeds, `hears` takes what came back."""

    def __init__(self, tls: Any = CONTEXT, after_tls: bytes = b"", alpn: bytes = b"") -> None:
        self.stream = ScriptedStream(after_tls=after_tls, tls_connection=FakeTls(alpn))
        self.results: list[Any] = []
        Deferred.fromCoroutine(greet(self.stream, tls)).addBoth(self.results.append)

    def says(self, data: bytes) -> Dialogue:
        self.stream.say(data)
        return self

    def hears(self, data: bytes) -> Dialogue:
        assert self.stream.take() == data
        return self

    @property
    def result(self) -> Any:
        assert self.results, "greet still waits"
        return self.results[0]

    def refused(self, state: str) -> None:
        assert isinstance(self.result.value, ProtocolError), self.result
        assert self.result.value.code == state


def test_tls_then_startup() -> None:
    """SSLRequest, TLS, StartupMessage: libpq's usual order."""
    assert Dialogue(after_tls=STARTUP).says(SSL).hears(b"S").result == CI


def test_gss_then_tls() -> None:
    """GSSENCRequest is answered N, and TLS can follow."""
    dialogue = Dialogue(after_tls=STARTUP).says(GSSENC).hears(b"N").says(SSL).hears(b"S")
    assert dialogue.result == CI


def test_tls_then_gss() -> None:
    """The other order is allowed by the protocol as well."""
    assert Dialogue(after_tls=GSSENC).says(SSL).hears(b"SN").says(STARTUP).result == CI


def test_direct_tls() -> None:
    """TLS from the first byte, with ALPN."""
    assert Dialogue(after_tls=STARTUP, alpn=b"postgresql").says(CLIENT_HELLO[:1]).hears(b"").result == CI


@pytest.mark.parametrize("alpn", [b"", b"h2"])
def test_direct_tls_needs_alpn(alpn: bytes) -> None:
    """Without ALPN another protocol's client could be meant: refused, as PostgreSQL does."""
    Dialogue(after_tls=STARTUP, alpn=alpn).says(CLIENT_HELLO).refused("08P01")


def test_direct_tls_on_a_plaintext_route() -> None:
    """A ClientHello where there is no TLS is an impossible packet."""
    Dialogue(tls=None).says(CLIENT_HELLO + b"\x01\x00").refused("08P01")


@pytest.mark.parametrize("request_", [SSL, GSSENC])
def test_bytes_before_the_handshake(request_: bytes) -> None:
    """What is queued behind an encryption request was not protected by it: nothing of it is used, no TLS begins."""
    dialogue = Dialogue(after_tls=STARTUP).says(request_ + STARTUP)
    dialogue.refused("08P01")
    dialogue.hears(b"")
    assert dialogue.stream.tls is None


@pytest.mark.parametrize("requests", [(SSL, SSL), (GSSENC, GSSENC)], ids=["ssl twice", "gss twice"])
def test_each_request_once(requests: tuple[bytes, bytes]) -> None:
    """A second request of a kind is read as a version, which doesn't exist: as PostgreSQL does."""
    dialogue = Dialogue(tls=None)
    dialogue.says(requests[0]).hears(b"N").says(requests[1]).refused("0A000")


def test_no_tls_inside_tls() -> None:
    """SSLRequest inside TLS is refused, whichever way TLS began."""
    Dialogue(after_tls=SSL).says(SSL).refused("0A000")
    Dialogue(after_tls=SSL, alpn=b"postgresql").says(CLIENT_HELLO).refused("0A000")


def test_no_token_without_tls() -> None:
    """Where the route has TLS, a plaintext session is refused before any token is asked for."""
    Dialogue().says(STARTUP).refused("28000")
    Dialogue().says(GSSENC).hears(b"N").says(STARTUP).refused("28000")


def test_plaintext_route() -> None:
    """On a loopback route without TLS the client is told so, and goes on."""
    assert Dialogue(tls=None).says(SSL).hears(b"N").says(STARTUP).result == CI
    assert Dialogue(tls=None).says(STARTUP).hears(b"").result == CI


@pytest.mark.parametrize("key", [b"4byt", b"k" * 32, b"k" * 256])
@pytest.mark.parametrize("way", ["plain", "tls"])
def test_cancel(key: bytes, way: str) -> None:
    """A CancelRequest is taken with keys of any length, in plaintext too: older libpq sends it so."""
    request = wire.cancel_request(2**31 - 1, key)
    dialogue = Dialogue().says(request) if way == "plain" else Dialogue(after_tls=request).says(SSL)
    assert dialogue.result == Cancel(2**31 - 1, key)
    assert "kkkk" not in repr(dialogue.result)


@pytest.mark.parametrize("key", [b"", b"k" * 257])
def test_cancel_with_an_impossible_key(key: bytes) -> None:
    """No key, or one longer than the protocol's longest."""
    Dialogue().says(wire.cancel_request(1, key)).refused("08P01")


@pytest.mark.parametrize("version", [2 << 16, 1 << 16, 0, 4 << 16, 1234 << 16 | 5677, 0xFFFFFFFF])
def test_other_versions(version: int) -> None:
    """Only protocol 3 is spoken; a client older than that gets the error in the form it reads."""
    dialogue = Dialogue(tls=None).says(struct.pack("!II", 8, version))
    dialogue.refused("0A000")
    answer = fatal(dialogue.result.value)
    expected = f"unsupported frontend protocol {version >> 16}.{version & 0xFFFF}: server supports 3.0 to 3.2"
    assert expected.encode() in answer
    assert answer.startswith(b"EFATAL:  " if version >> 16 < 3 else b"E\0\0\0")


@pytest.mark.parametrize("length", [0, 4, 7, PACKET_LIMIT + 5, 0x7FFFFFFF, 0xFFFFFFFF])
def test_packet_length(length: int) -> None:
    """A length out of bounds is refused at once, without waiting for so many bytes."""
    Dialogue().says(struct.pack("!I", length)).refused("08P01")


def test_longest_packet() -> None:
    """Exactly PostgreSQL's limit is still read."""
    name = "x" * (PACKET_LIMIT + 4 - len(STARTUP) - len("application_name") - 2)
    packet = wire.startup_message(wire.PROTOCOL_3_0, {"user": "ci", "database": "orders", "application_name": name})
    assert len(packet) == PACKET_LIMIT + 4
    assert Dialogue(tls=None).says(packet).result.settings == {"application_name": name}


@pytest.mark.parametrize("request_", [SSL, GSSENC])
def test_requests_carry_nothing(request_: bytes) -> None:
    """An encryption request with a payload is no encryption request."""
    longer = struct.pack("!I", 9) + request_[4:] + b"x"
    Dialogue().says(longer).refused("0A000")


def test_one_byte_at_a_time() -> None:
    """A dialogue comes out the same however slowly it arrives."""
    dialogue = Dialogue(after_tls=STARTUP[:1])
    for index in range(len(SSL)):
        assert not dialogue.results
        dialogue.says(SSL[index : index + 1])
    dialogue.hears(b"S")
    for index in range(1, len(STARTUP)):
        assert not dialogue.results
        dialogue.says(STARTUP[index : index + 1])
    assert dialogue.result == CI


@given(st.binary(max_size=60))
def test_garbage(data: bytes) -> None:
    """Any bytes lead to a Startup, a Cancel, a ProtocolError or the end of the connection; never to anything else."""
    for tls in (None, CONTEXT):
        stream = ScriptedStream(tls_connection=FakeTls(b"")).say(data).end()
        with suppress(ProtocolError, ConnectionLost):
            assert isinstance(run(greet(stream, tls)), Startup | Cancel)


def test_a_silent_client() -> None:
    """A client that says nothing, or half, is given up when the deadline passes."""
    for said in (b"", SSL[:5]):
        clock, stream, results = Clock(), ScriptedStream().say(said), list[Any]()
        late = ProtocolError("too slow", "57014")
        Deferred.fromCoroutine(within(clock, 60, greet(stream, None), late)).addBoth(results.append)
        clock.advance(59)
        assert not results
        clock.advance(1)
        assert results[0].value is late
        assert not results[0].check(CancelledError)


# ---------------------------------------------------------------- the token


def asked(data: bytes, startup: Startup = CI) -> tuple[ScriptedStream, bytes]:
    stream = ScriptedStream().say(data).end()
    return stream, run(ask_token(stream, startup))


def test_token() -> None:
    """AuthenticationCleartextPassword, and the password is the token, whatever bytes it has."""
    for token in (b"x", b"eyJ.\xff\x01", b"t" * TOKEN_LIMIT):
        stream, taken = asked(wire.message(b"p", token + b"\0"))
        assert taken == token
        assert stream.take() == wire.authentication(3)


def test_an_empty_token() -> None:
    """No token is a refused token, without asking any verifier."""
    with pytest.raises(TokenRejected):
        asked(wire.message(b"p", b"\0"))


@pytest.mark.parametrize(
    "said",
    [
        wire.message(b"Q", b"select 1\0"),
        wire.message(b"X"),
        wire.message(b"p"),
        wire.message(b"p", b"no end"),
        wire.message(b"p", b"tok\0en\0"),
        wire.message(b"p", b"token\0\0"),
        b"p" + struct.pack("!I", TOKEN_LIMIT + 6),
        b"p\xff\xff\xff\xff",
        b"p\0\0\0\0",
        b"p\0\0\0\3",
    ],
)
def test_what_is_no_token(said: bytes) -> None:
    """Another message, a wrong size, a NUL inside: refused, and nothing of it is quoted."""
    with pytest.raises(ProtocolError) as caught:
        asked(said)
    assert caught.value.code == "08P01"
    assert "tok" not in str(caught.value)


def test_a_client_that_goes_to_ask_its_user() -> None:
    """psql without a password hangs up when asked for one: the end of the connection, no error."""
    with pytest.raises(ConnectionLost):
        asked(b"")


@pytest.mark.parametrize(
    ("minor", "unknown", "expected"),
    [
        (0, (), b""),
        (1, (), b""),
        (2, (), b""),
        (3, (), b"v\0\0\0\x0c\0\3\0\2\0\0\0\0"),
        (9999, (), b"v\0\0\0\x0c\0\3\0\2\0\0\0\0"),
        (0, ("_pq_.foo", "_pq_.bar"), b"v\0\0\0\x1e\0\3\0\0\0\0\0\2_pq_.foo\0_pq_.bar\0"),
        (2, ("_pq_.foo", "_pq_.bar"), b"v\0\0\0\x1e\0\3\0\2\0\0\0\2_pq_.foo\0_pq_.bar\0"),
    ],
)
def test_negotiation(minor: int, unknown: tuple[str, ...], expected: bytes) -> None:
    """Byte for byte what PostgreSQL 18.4 answered to the same start-up packets; before the request for a token."""
    startup = Startup(minor, unknown, "ci", "", {})
    assert negotiation(startup) == expected
    stream, _ = asked(wire.message(b"p", b"t\0"), startup)
    assert stream.take() == expected + wire.authentication(3)


def test_welcome() -> None:
    """The end of the start: Ok, the upstream's settings, the gateway's own key, ready."""
    assert welcome({"TimeZone": "UTC"}, 7, b"k" * 32) == (
        wire.authentication(0)
        + wire.parameter_status("TimeZone", "UTC")
        + wire.backend_key_data(7, b"k" * 32)
        + wire.ready_for_query()
    )
