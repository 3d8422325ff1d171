"""Tests of tokengate.protocols.postgres.scram."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st

from tests.support.certificates import Authority, builder
from tokengate.errors import UpstreamError
from tokengate.protocols.postgres.scram import MAX_ITERATIONS, ScramClient, endpoint, prepare, salt_password

SERVER_FIRST = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
SERVER_FINAL = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def rfc_7677() -> ScramClient:
    return ScramClient(user="user", nonce="rOprNGfwEbeRWgbNEkqO")


def answered(client: ScramClient, server_first: bytes = SERVER_FIRST) -> bytes:
    challenge = client.challenge(server_first)
    return client.final(challenge, salt_password("pencil", challenge.salt, challenge.iterations))


def test_rfc_7677_example() -> None:
    """The exchange of RFC 7677 section 3 comes out byte for byte, and its server is believed."""
    client = rfc_7677()
    assert client.first() == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert answered(client) == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    client.verify(SERVER_FINAL)


@pytest.mark.parametrize(
    "final",
    [b"v=" + b64encode(bytes(32)), b"v=", b"v=!!!", b"", b"e=invalid-proof", b"x=" + SERVER_FINAL[2:], "v=ü".encode()],
)
def test_a_server_that_does_not_know_the_password_is_refused(final: bytes) -> None:
    """Without a right signature the login fails: it may be somebody else's server."""
    client = rfc_7677()
    answered(client)
    with pytest.raises(UpstreamError):
        client.verify(final)


def test_a_signature_before_the_proof_is_refused() -> None:
    """A server can't skip to the end of the exchange."""
    with pytest.raises(UpstreamError):
        rfc_7677().verify(b"v=" + b64encode(b""))
    with pytest.raises(UpstreamError):
        rfc_7677().verify(SERVER_FINAL)


@pytest.mark.parametrize(
    "first",
    [
        SERVER_FIRST.replace(b"rOpr", b"xxxx"),
        b"r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        SERVER_FIRST.replace(b"4096", b"4095"),
        SERVER_FIRST.replace(b"4096", str(MAX_ITERATIONS + 1).encode()),
        SERVER_FIRST.replace(b"4096", b"9" * 5000),
        SERVER_FIRST.replace(b"4096", b"-4096"),
        SERVER_FIRST.replace(b"4096", "٤٠٩٦".encode()),
        SERVER_FIRST.replace(b"==", b"="),
        b"m=required," + SERVER_FIRST,
        SERVER_FIRST + b",",
        b"e=other-error",
        b"",
    ],
)
def test_a_bad_challenge_is_refused(first: bytes) -> None:
    """A nonce that is not ours, an iteration count out of bounds or a malformed message ends the exchange."""
    with pytest.raises(UpstreamError):
        rfc_7677().challenge(first)


@given(st.binary(max_size=80))
def test_garbage_is_refused(data: bytes) -> None:
    """A server's first and last message either parse or raise UpstreamError, nothing else."""
    client = rfc_7677()
    for read in (client.challenge, client.verify):
        with pytest.raises(UpstreamError):
            read(data)


def test_channel_binding_flags() -> None:
    """The first message says whether the channel is bound ("p"), could have been ("y"), or can't be ("n")."""
    assert ScramClient(b"hash", plus=True).first().startswith(b"p=tls-server-end-point,,n=,r=")
    assert ScramClient(b"hash", plus=False).first().startswith(b"y,,")
    assert ScramClient(None).first().startswith(b"n,,")
    assert ScramClient(b"hash", plus=True).mechanism == "SCRAM-SHA-256-PLUS"


def test_channel_binding_is_signed() -> None:
    """The certificate's hash is in the final message, so another certificate gives another proof."""
    finals = []
    for binding in (b"one", b"two"):
        client = ScramClient(binding, plus=True, nonce="rOprNGfwEbeRWgbNEkqO")
        finals.append(answered(client))
        assert finals[-1].startswith(b"c=" + b64encode(b"p=tls-server-end-point,," + binding) + b",r=")
    assert finals[0].split(b",p=")[1] != finals[1].split(b",p=")[1]


def test_a_fresh_nonce_each_time() -> None:
    """Two exchanges never share a nonce, and nothing secret is in a repr."""
    first, second = ScramClient(b"hash"), ScramClient(b"hash")
    assert first.nonce != second.nonce
    assert first.nonce not in repr(first)


@pytest.mark.parametrize(
    ("password", "prepared"),
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
        ("a\x07b", "a\x07b"),
        ("\u0627\u0031", "\u0627\u0031"),
        ("\u0221", "\u0221"),
        ("\u00ad", "\u00ad"),
    ],
)
def test_saslprep(password: str, prepared: str) -> None:
    """RFC 4013 section 3's examples; what it prohibits is used unprepared, as PostgreSQL does."""
    assert prepare(password) == prepared


def test_salted_password_is_hi() -> None:
    """SaltedPassword is RFC 5802's Hi(), computed here as the RFC defines it."""
    block = hmac.digest(b"pencil", b"salt\0\0\0\1", "sha256")
    result = int.from_bytes(block, "big")
    for _ in range(9):
        block = hmac.digest(b"pencil", block, "sha256")
        result ^= int.from_bytes(block, "big")
    assert salt_password("pencil", b"salt", 10) == result.to_bytes(32, "big")


def test_endpoint_hash() -> None:
    """tls-server-end-point is the DER's SHA-256 for a SHA-256 signature, and undefined for Ed25519."""
    pem, _ = Authority.create().issue("db")
    certificate = x509.load_pem_x509_certificate(pem)
    assert endpoint(certificate) == certificate.fingerprint(hashes.SHA256())
    key = ed25519.Ed25519PrivateKey.generate()
    unbound = builder(certificate.subject, certificate.subject, key.public_key()).sign(key, None)  # type: ignore[arg-type]
    assert endpoint(unbound) is None


def test_endpoint_hash_follows_the_signature() -> None:
    """A SHA-384 signature is bound by SHA-384 (RFC 5929 section 4.1)."""
    authority = Authority.create()
    subject = authority.certificate.subject
    certificate = builder(subject, subject, authority.key.public_key()).sign(authority.key, hashes.SHA384())
    der = certificate.fingerprint(hashes.SHA384())
    assert endpoint(certificate) == der
    assert len(der) == hashlib.sha384().digest_size
