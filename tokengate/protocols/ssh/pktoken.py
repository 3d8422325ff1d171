"""PK tokens, the form in which opkssh puts an ID token into a certificate: an ID token bound to the certificate's key.

`userauth` unwraps the extension `openpubkey-pkt` with it. A certificate is no secret, its user shows it to every
server, so the ID token in it counts only where its issuer signed a commitment to the key (OpenPubkey's nonce
commitment): then it is of no use here without the private key, whose signature `userauth` demands. Tokens with another
commitment, or whose signature was replaced by a proof of it (GitHub's and GitLab's with opkssh), are refused. The JWT's
own verification is the route's. It does not know where a token came from: whoever saw a certificate can show the token
in it as a password until it expires (docs/ssh.md, Limits).
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tokengate.errors import TokenRejected
from tokengate.protocols.ssh.keys import PublicKey, encode

EXTENSION = "openpubkey-pkt"

SEGMENTS = 5
"""The least: payload, then header and signature of the issuer and of the client."""

_CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}


def is_pk_token(value: bytes) -> bool:
    """Whether an extension's value is of this form. A plain JWT has no colon."""
    return b":" in value


def unwrap(value: bytes, key: PublicKey) -> bytes:
    """The issuer's JWT out of a PK token, once it is known to be bound to `key`. Raises `TokenRejected`."""
    compact, _, _ = value.partition(b".")  # behind the dot: a refreshed ID token, which commits to nothing
    segments = compact.split(b":")
    if len(segments) < SEGMENTS or len(segments) % 2 == 0:
        raise _rejected("it is not of the compact form")
    payload, header, signature, client = segments[:4]
    claims, instance = _json(payload), _json(client)
    if instance.get("typ") != "CIC" or not instance.get("rz"):
        raise _rejected("its second signature is not the client's")
    if encode(_key(instance.get("upk"))) != encode(key):
        raise _rejected("it is of another key than the certificate")
    if claims.get("nonce") != commitment(instance):
        raise _rejected("its issuer did not commit to the key")
    return b".".join((header, payload, signature))


def commitment(instance: Mapping[str, Any]) -> str:
    """What an issuer signs as the nonce: the digest of the client instance claims, in JSON with sorted names."""
    text = json.dumps(instance, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return urlsafe_b64encode(hashlib.sha3_256(text.encode()).digest()).rstrip(b"=").decode()


def _key(jwk: Any) -> PublicKey:
    try:
        match jwk["kty"]:
            case "EC":
                return ec.EllipticCurvePublicNumbers(
                    _number(jwk["x"]), _number(jwk["y"]), _CURVES[jwk["crv"]]
                ).public_key()
            case "OKP" if jwk["crv"] == "Ed25519":
                return ed25519.Ed25519PublicKey.from_public_bytes(_bytes(jwk["x"].encode()))
            case "RSA":
                return rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key()
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    raise _rejected("its client's key can't be read")


def _number(text: str) -> int:
    return int.from_bytes(_bytes(text.encode()), "big")


def _bytes(text: bytes) -> bytes:
    return b64decode(text + b"=" * (-len(text) % 4), b"-_", validate=True)


def _json(segment: bytes) -> dict[str, Any]:
    try:
        value = json.loads(_bytes(segment))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _rejected("a part of it can't be read")
    return value


def _rejected(how: str) -> TokenRejected:
    return TokenRejected("pk token", f"PK token: {how}")
