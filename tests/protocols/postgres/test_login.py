"""Tests of tokengate.protocols.postgres.login: scripted servers for what a real one never does, a real one for the
rest.
"""

from __future__ import annotations

import struct
from typing import Any

import pytest
from attrs import define
from cryptography import x509
from OpenSSL import SSL
from twisted.internet.defer import Deferred

from tests.support.certificates import Authority
from tests.support.postgres import Server, password
from tests.support.streams import BlockingStream, ScriptedStream, run
from tokengate.errors import UpstreamError
from tokengate.protocols.postgres import wire
from tokengate.protocols.postgres.credential import Credential
from tokengate.protocols.postgres.login import (
    LOGIN_BUDGET,
    METHODS,
    Upstream,
    login,
    md5_response,
    parse_methods,
    secure,
)
from tokengate.protocols.postgres.scram import MAX_ITERATIONS

APP = Credential("app", "pencil", "orders")
STATUS = wire.parameter_status("client_encoding", "UTF8") + wire.parameter_status("standard_conforming_strings", "on")
READY = STATUS + wire.backend_key_data(77, b"keys") + wire.ready_for_query()
OK = wire.authentication(0)
REMOTE, LOOPBACK = "192.0.2.7:5432", "127.0.0.1:5432"


@define
class FakeTls:
    """A TLS connection as far as channel binding looks at it."""

    certificate: x509.Certificate

    def get_peer_certificate(self, *, as_cryptography: bool) -> x509.Certificate:
        assert as_cryptography
        return self.certificate


def tls() -> Any:
    return FakeTls(Authority.create().certificate)


def begun(said: bytes, *, peer: str = REMOTE, over: Any = None, credential: Credential = APP, **keywords: Any) -> Any:
    """(stream, deferred) of a login whose server says `said`."""
    stream = ScriptedStream(peer=peer, tls=over).say(said)
    work = login(stream, credential, "orders", keywords.pop("settings", {}), **keywords)
    return stream, Deferred.fromCoroutine(work)


def outcome(deferred: Deferred[Upstream]) -> Upstream:
    results: list[Any] = []
    deferred.addBoth(results.append)
    assert results, "the login still waits"
    if not isinstance(results[0], Upstream):
        results[0].raiseException()
    upstream: Upstream = results[0]
    return upstream


def refusal(said: bytes, **keywords: Any) -> UpstreamError:
    _, deferred = begun(said, **keywords)
    with pytest.raises(UpstreamError) as caught:
        outcome(deferred)
    assert "pencil" not in str(caught.value)
    return caught.value


def test_start_up_message() -> None:
    """The upstream is told user, database, the client's settings, and what every session is forced to."""
    stream, deferred = begun(OK + READY, settings={"TimeZone": "UTC", "client_encoding": "LATIN1"})
    outcome(deferred)
    parameters = {
        "user": "app", "database": "orders", "TimeZone": "UTC", "client_encoding": "UTF8",
        "standard_conforming_strings": "on",
    }  # fmt: skip
    sent = stream.take()
    pairs = sent[8:-2].split(b"\0")
    assert sent[4:8] == struct.pack("!i", wire.PROTOCOL_3_0)
    assert dict(zip(pairs[::2], pairs[1::2], strict=True)) == {k.encode(): v.encode() for k, v in parameters.items()}


@pytest.mark.parametrize("settings", [{"application_name": "x\0user\0postgres"}, {"a\0b": "c"}])
def test_nothing_is_injected(settings: dict[str, str]) -> None:
    """A NUL in a value would start a parameter of its own: nothing is sent."""
    stream, deferred = begun(OK + READY, settings=settings)
    with pytest.raises(UpstreamError):
        outcome(deferred)
    assert stream.take() == b""


def test_greeting() -> None:
    """ParameterStatus and the cancel key are collected; notices are passed over."""
    notice = wire.notice_response("00000", "hello")
    _, deferred = begun(
        notice + OK + notice + wire.backend_key_data(2**32 - 1, b"k" * 256) + STATUS + notice + wire.ready_for_query()
    )
    upstream = outcome(deferred)
    assert upstream.parameters == {"client_encoding": "UTF8", "standard_conforming_strings": "on"}
    assert (upstream.process, upstream.key) == (2**32 - 1, b"k" * 256)
    assert "kkkk" not in repr(upstream)


def test_cleartext_only_where_nobody_listens() -> None:
    """A password goes in the clear inside TLS, to loopback or a unix socket, and nowhere else."""
    wanted = wire.message(b"p", b"pencil\0")
    for keywords in ({"peer": LOOPBACK}, {"peer": "[::1]:5432"}, {"peer": "unix:/run/pg"}, {"over": tls()}):
        stream, deferred = begun(wire.authentication(3) + OK + READY, **keywords)
        outcome(deferred)
        assert stream.take().endswith(wanted)
    for peer in (REMOTE, "db.example:5432", "[2001:db8::1]:5432"):
        stream, deferred = begun(wire.authentication(3) + OK + READY, peer=peer)
        with pytest.raises(UpstreamError):
            outcome(deferred)
        assert b"pencil" not in stream.take()


def test_md5() -> None:
    """The answer is the manual's formula, checked with md5sum."""
    assert md5_response("md5_user", "md5_pass", b"\x01\x02\x03\x04") == "md5" + "c6ee6bd10a7adf513019b25f24df0925"
    stream, deferred = begun(wire.authentication(5, b"salt") + OK + READY)
    outcome(deferred)
    assert stream.take().endswith(wire.message(b"p", md5_response("app", "pencil", b"salt").encode() + b"\0"))


SCRAM_OFFER = wire.authentication(10, b"SCRAM-SHA-256\0\0")
PLUS_OFFER = wire.authentication(10, b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0")


@pytest.mark.parametrize(
    ("over", "offer", "first"),
    [
        (False, SCRAM_OFFER, b"SCRAM-SHA-256\0\0\0\0\x28n,,n=,r="),
        (True, SCRAM_OFFER, b"SCRAM-SHA-256\0\0\0\0\x28y,,n=,r="),
        (True, PLUS_OFFER, b"SCRAM-SHA-256-PLUS\0\0\0\0\x3dp=tls-server-end-point,,n=,r="),
    ],
)
def test_scram_mechanism(over: bool, offer: bytes, first: bytes) -> None:
    """PLUS inside TLS when offered; when it is not, the server learns that it could have been."""
    stream, _ = begun(offer, over=tls() if over else None)
    sent = stream.take()
    assert first in sent
    length = struct.unpack("!i", sent[sent.index(first.split(b"\0")[0]) - 4 :][:4])[0]
    assert sent[sent.index(first.split(b"\0")[0]) - 5 :][0:1] == b"p"
    assert len(sent[sent.index(first.split(b"\0")[0]) - 4 :]) == length


def test_channel_binding_without_tls_is_refused() -> None:
    """PLUS offered on a plaintext connection means that TLS ends somewhere in between."""
    refusal(PLUS_OFFER)


def test_a_scram_server_has_to_prove_itself() -> None:
    """AuthenticationOk in place of the server's proof is refused, at every step."""
    refusal(SCRAM_OFFER + OK + READY)
    stream, deferred = begun(SCRAM_OFFER)
    nonce = stream.take().rpartition(b"r=")[2]
    stream.say(wire.authentication(11, b"r=" + nonce + b"x,s=c2FsdA==,i=4096"))
    assert b"c=biws," in stream.take()
    stream.say(OK + READY)
    with pytest.raises(UpstreamError):
        outcome(deferred)


def test_a_scram_server_with_a_wrong_proof() -> None:
    """A server that asks well but can't sign doesn't know the password."""
    stream, deferred = begun(SCRAM_OFFER)
    nonce = stream.take().rpartition(b"r=")[2]
    stream.say(wire.authentication(11, b"r=" + nonce + b"x,s=c2FsdA==,i=4096"))
    stream.say(wire.authentication(12, b"v=" + b"A" * 43 + b"=") + OK + READY)
    with pytest.raises(UpstreamError):
        outcome(deferred)


def test_too_many_iterations() -> None:
    """A server can't make the gateway compute for long."""
    stream, deferred = begun(SCRAM_OFFER)
    nonce = stream.take().rpartition(b"r=")[2]
    stream.say(wire.authentication(11, b"r=" + nonce + b"x,s=c2FsdA==,i=" + str(MAX_ITERATIONS + 1).encode()))
    with pytest.raises(UpstreamError):
        outcome(deferred)


@pytest.mark.parametrize("code", [2, 6, 7, 8, 9, 4, 1, 99, -1])
def test_other_authentications_are_refused(code: int) -> None:
    """Kerberos, GSS, SSPI, crypt and whatever comes are not done."""
    refusal(wire.authentication(code, b"data"), over=tls())


@pytest.mark.parametrize(
    ("said", "methods"),
    [
        (OK, METHODS - {"none"}),
        (wire.authentication(3), METHODS - {"password"}),
        (wire.authentication(5, b"salt"), METHODS - {"md5"}),
        (SCRAM_OFFER, METHODS - {"scram-sha-256"}),
        (PLUS_OFFER, METHODS - {"scram-sha-256", "scram-sha-256-plus"}),
    ],
)
def test_require_auth(said: bytes, methods: frozenset[str]) -> None:
    """A method that `require_auth` leaves out is refused before anything is proved by it."""
    stream, deferred = begun(said + OK + READY, over=tls(), methods=methods)
    with pytest.raises(UpstreamError):
        outcome(deferred)
    assert b"p\0\0" not in stream.take()


def test_a_credential_without_password() -> None:
    """It satisfies a server that asks for none, and no other."""
    bare = Credential("app", None, "app")
    outcome(begun(OK + READY, credential=bare)[1])
    assert refusal(wire.authentication(5, b"salt"), credential=bare).code == "28000"


@pytest.mark.parametrize(
    "said",
    [
        b"R\0\0\0\3",
        b"R\xff\xff\xff\xff",
        b"R" + struct.pack("!I", LOGIN_BUDGET),
        b"R\0\0\0\4",
        b"R\0\0\0\6\0\0",
        wire.authentication(5, b"sal"),
        wire.authentication(3) + wire.authentication(3),
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        STATUS,
        OK + wire.message(b"D", b"\0\0"),
        OK + wire.message(b"v", b"\0\3\0\0\0\0\0\0"),
        OK + wire.message(b"K", b"\0\0\0"),
        OK + wire.message(b"S", b"client_encoding\0"),
        OK + STATUS + wire.ready_for_query(b"T"),
        OK + wire.ready_for_query(),
        OK + wire.parameter_status("client_encoding", "LATIN1") + READY[len(STATUS) :],
        OK + STATUS + wire.parameter_status("standard_conforming_strings", "off") + wire.ready_for_query(),
        OK + wire.parameter_status("x", "y" * 1000) * 300 + READY,
        OK + wire.notice_response("00000", "n" * 1000) * 300 + READY,
        wire.message(b"E", b"not fields"),
    ],
)
def test_a_hostile_upstream(said: bytes) -> None:
    """Malformed, out of place, too much or too early: `UpstreamError`, in bounded memory."""
    assert refusal(said, peer=LOOPBACK).code == "08006"


def test_an_upstream_that_leaves() -> None:
    """The end of the connection is an `UpstreamError` wherever it comes."""
    whole = wire.authentication(5, b"salt") + OK + READY
    for cut in range(len(whole)):
        stream, deferred = begun(whole[:cut])
        stream.end()
        with pytest.raises(UpstreamError):
            outcome(deferred)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("28P01", "28000"), ("28000", "28000"), ("3D000", "3D000"), ("53300", "53300"), ("57P03", "57P03"),
        ("22023", "22023"), ("XX000", "08006"), ("", "08006"),
    ],
)  # fmt: skip
def test_errors_of_the_upstream(state: str, code: str) -> None:
    """The client is told the kind of failure; the server's own words go to the log only."""
    error = refusal(wire.error_response("FATAL", state, 'password authentication failed for user "app"'))
    assert error.code == code
    assert "app" not in error.problem
    assert 'user "app"' in error.detail


def test_tls_is_never_optional() -> None:
    """A server that has no TLS, errs, or sends something before the handshake gets nothing more."""
    for answer in (b"N", b"E", b"G", b"\0", b"S" + b"R"):
        stream = ScriptedStream().say(answer)
        with pytest.raises(UpstreamError):
            run(secure(stream, (object(), "db.example")))
        assert stream.take() == wire.ssl_request()
        assert stream.tls is None


def test_tls_starts_under_the_right_name() -> None:
    """The handshake gets the name to verify; a failing one is an `UpstreamError`."""
    stream = ScriptedStream().say(b"S")
    run(secure(stream, (object(), "db.example")))
    assert stream.hostname == "db.example"
    for error in (SSL.Error([("", "", "certificate verify failed")]),):
        with pytest.raises(UpstreamError):
            run(secure(ScriptedStream(tls_error=error).say(b"S"), (object(), None)))
    plain = ScriptedStream()
    run(secure(plain, None))
    assert plain.take() == b""


# ---------------------------------------------------------------- a real server


def context(server: Server, *, trusts: str = "ca.crt", certificate: bool = False) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.load_verify_locations(str(server.folder / trusts))
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *a: bool(a[4]))
    if certificate:
        context.use_certificate_file(str(server.folder / "client.crt"))
        context.use_privatekey_file(str(server.folder / "client.key"))
    return context


def logged_in(
    server: Server, user: str, *, tls: bool = True, secret: str | None = None, database: str = "sample", **more: Any
) -> Upstream:
    keywords = {"methods": METHODS, **more}
    stream = BlockingStream.connect(("127.0.0.1", server.port))
    try:
        if tls:
            run(secure(stream, (context(server, certificate=user == "cert_user"), "localhost")))
        credential = Credential(user, secret or password(user), database)
        return run(login(stream, credential, database, {"application_name": "test"}, **keywords))
    finally:
        stream.close()


@pytest.mark.parametrize(
    ("user", "methods"),
    [
        ("scram_user", {"scram-sha-256-plus"}),
        ("md5_user", {"md5"}),
        ("clear_user", {"password"}),
        ("cert_user", {"none"}),
        ("trust_user", {"none"}),
    ],
)
def test_real_logins_over_tls(postgres: Server, user: str, methods: set[str]) -> None:
    """Every method works against PostgreSQL itself, and is the one that was required."""
    upstream = logged_in(postgres, user, methods=frozenset(methods))
    assert upstream.parameters["application_name"] == "test"
    assert upstream.parameters["session_authorization"] == user
    assert upstream.parameters["is_superuser"] == "off"
    assert upstream.process > 0
    assert len(upstream.key) == 4


@pytest.mark.parametrize(
    ("user", "method"),
    [("plain_scram", "scram-sha-256"), ("plain_md5", "md5"), ("plain_clear", "password"), ("plain_trust", "none")],
)
def test_real_logins_on_loopback(postgres: Server, user: str, method: str) -> None:
    """Without TLS too, where the route says so."""
    assert logged_in(postgres, user, tls=False, methods=frozenset({method})).parameters["session_authorization"] == user


@pytest.mark.parametrize("user", ["scram_user", "md5_user", "clear_user"])
def test_a_real_wrong_password(postgres: Server, user: str) -> None:
    """The server's refusal is reported as the gateway's credential being refused, without its name."""
    with pytest.raises(UpstreamError) as caught:
        logged_in(postgres, user, secret="wrong")
    assert caught.value.code == "28000"
    assert user not in caught.value.problem


def test_a_real_missing_database(postgres: Server) -> None:
    """A database that is not there has its own code."""
    with pytest.raises(UpstreamError) as caught:
        logged_in(postgres, "trust_user", database="nowhere")
    assert caught.value.code == "3D000"


def test_a_real_server_under_another_authority(postgres: Server) -> None:
    """A certificate that the route's CA did not sign ends it before any credential."""
    stream = BlockingStream.connect(("127.0.0.1", postgres.port))
    with pytest.raises(UpstreamError):
        run(secure(stream, (context(postgres, trusts="other-ca.crt"), "localhost")))
    stream.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("scram-sha-256", {"scram-sha-256"}),
        ("md5, password", {"md5", "password"}),
        ("!none,!password", {"md5", "scram-sha-256", "scram-sha-256-plus"}),
        ("!scram-sha-256", {"md5", "password", "none"}),
    ],
)
def test_require_auth_text(text: str, expected: set[str]) -> None:
    """libpq's form: a list of what is allowed, or of what is not."""
    assert parse_methods(text) == expected


@pytest.mark.parametrize("text", ["", "gss", "md5,!none", "!", "md5,,none", "SCRAM-SHA-256"])
def test_require_auth_mistakes(text: str) -> None:
    """A word that names nothing is not taken for a restriction."""
    with pytest.raises(ValueError, match="expected methods"):
        parse_methods(text)
