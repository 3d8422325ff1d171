"""PK tokens: only bound ones are unwrapped. The example is that of OpenPubkey's guide to PK tokens."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from tokengate.errors import TokenRejected
from tokengate.protocols.ssh import pktoken
from tokengate.protocols.ssh.keys import PublicKey

EXAMPLE = {
    "alg": "ES256",
    "typ": "CIC",
    "rz": "b9522b5c4cff90687ec6787236184659e077a619b82827227114108440fec26a",
    "upk": {
        "alg": "ES256",
        "crv": "P-256",
        "kty": "EC",
        "x": "cvqyUFNs1OUdRcDSmzJfS7ynuTHAjlDqoeinCZy_r1Q",
        "y": "Whl5jJUIz7ujFvlB5Hzhaz6DIlpyWQmIIA3J7VMj53o",
    },
}


def segment(value: Any) -> bytes:
    return encoded(json.dumps(value).encode())


def encoded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode()


def jwk(key: PublicKey) -> dict[str, str]:
    if isinstance(key, ed25519.Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": encoded(key.public_bytes_raw()).decode()}
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return {"kty": "RSA", "e": number(numbers.e), "n": number(numbers.n)}
    point = key.public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": number(point.x), "y": number(point.y)}


def token(key: PublicKey, nonce: str | None = None, **changes: Any) -> bytes:
    instance = {"alg": "x", "typ": "CIC", "rz": "r", "upk": jwk(key), **changes}
    claims = {"iss": "https://issuer.example", "nonce": pktoken.commitment(instance) if nonce is None else nonce}
    return b":".join((segment(claims), segment({"alg": "RS256"}), b"c2ln", segment(instance), b"Y2lj"))


KEYS: list[PublicKey] = [
    ed25519.Ed25519PrivateKey.generate().public_key(),
    ec.generate_private_key(ec.SECP256R1()).public_key(),
    rsa.generate_private_key(65537, 2048).public_key(),
]


def test_the_commitment_of_the_guide() -> None:
    assert pktoken.commitment(EXAMPLE) == "fsTLlOIUqtJHomMB2t6HymoAqJi-wORIFtg3y8c65VY"


@pytest.mark.parametrize("key", KEYS, ids=lambda key: type(key).__name__)
def test_a_bound_token_is_unwrapped(key: PublicKey) -> None:
    """It comes out as the issuer made it, a cosigner's signature or a refreshed token behind it or not."""
    value = token(key)
    payload, header, signature = value.split(b":")[:3]
    expected = b".".join((header, payload, signature))
    assert pktoken.is_pk_token(value)
    assert not pktoken.is_pk_token(expected)
    for rest in (b"", b":" + segment({"typ": "COS"}) + b":Y29z", b".a.b.c"):
        assert pktoken.unwrap(value + rest, key) == expected


@pytest.mark.parametrize(
    "value",
    [
        token(KEYS[1]),
        token(KEYS[0], nonce=""),
        token(KEYS[0], nonce="fsTLlOIUqtJHomMB2t6HymoAqJi-wORIFtg3y8c65VY"),
        token(KEYS[0], typ="COS"),
        token(KEYS[0], rz=""),
        token(KEYS[0], upk=None),
        token(KEYS[0], upk={"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
        token(KEYS[0], upk={"kty": "OKP", "crv": "Ed25519", "x": 5}),
        token(KEYS[0]).rpartition(b":")[0],
        b"!" + token(KEYS[0]),
        b"a:b:c",
        b":::::",
        b":",
    ],
)
def test_what_is_not_bound(value: bytes) -> None:
    """Another's key, another commitment, parts missing or unreadable."""
    with pytest.raises(TokenRejected):
        pktoken.unwrap(value, KEYS[0])


@given(
    st.lists(st.one_of(st.binary(max_size=20), st.sampled_from([segment({"nonce": ""}), segment(EXAMPLE)])), max_size=8)
)
def test_any_parts_at_all(parts: list[bytes]) -> None:
    with pytest.raises(TokenRejected):
        pktoken.unwrap(b":".join(parts), KEYS[0])
