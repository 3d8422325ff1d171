"""A JWT's bytes to its header and claims, strictly, and its signature checked. RFC 7515, 7519, and the advice of RFC
8725.

joserfc does the cryptography; what a token may look like at all is decided before it: one form of each byte string, no
duplicate member, no key that the token brings itself.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from attrs import frozen
from joserfc import jws
from joserfc.errors import JoseError

from tokengate.errors import TokenRejected

MAX_TOKEN = 128 * 1024
"""Bytes of a token: the largest seen in use have 70 KB of groups."""

MAX_HEADER = 8 * 1024
"""Bytes of a decoded header: an algorithm, a key's name, a type."""

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""What may be allowed at all: asymmetric signatures. A shared secret would let whoever verifies also sign."""

KEY_TYPES = {"R": "RSA", "P": "RSA", "E": "EC"}
_EDWARDS = ("EdDSA", "Ed25519")
MIN_RSA_BITS = 2048

_BASE64URL = re.compile(rb"[A-Za-z0-9_-]*")
_FORBIDDEN = ("crit", "jwk", "jku", "x5u", "b64", "zip", "enc")
_TYPES = (None, "jwt", "at+jwt", "application/at+jwt", "jose")


@frozen
class Unverified:
    """A well-formed token nobody has vouched for yet."""

    header: dict[str, Any]
    claims: dict[str, Any]
    raw: bytes


def read(token: bytes) -> Unverified:
    """Take a compact JWT apart. Raises `TokenRejected` with the reason "malformed"."""
    if len(token) > MAX_TOKEN:
        raise TokenRejected("malformed", "longer than any token")
    parts = token.split(b".")
    if len(parts) != 3 or not all(parts):
        raise TokenRejected("malformed", "not three parts")
    header, claims = (_object(_decode(part)) for part in parts[:2])
    _decode(parts[2])
    if len(parts[0]) > MAX_HEADER:
        raise TokenRejected("malformed", "a header too long")
    for name in _FORBIDDEN:
        if name in header:
            raise TokenRejected("malformed", f"header parameter {name}")
    kind = header.get("typ")
    if kind is not None and (not isinstance(kind, str) or kind.lower() not in _TYPES):
        raise TokenRejected("malformed", "not the type of a JWT")
    return Unverified(header, claims, token)


def verify(token: Unverified, key: Any, algorithms: tuple[str, ...]) -> None:
    """Check the signature with `key`, a joserfc key. Raises `TokenRejected` with "algorithm" or "signature"."""
    algorithm = token.header.get("alg")
    if algorithm not in algorithms or not suits(key, algorithm):
        raise TokenRejected("algorithm")
    try:
        jws.deserialize_compact(token.raw, key, algorithms=[algorithm])
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRejected("signature", type(error).__name__) from error


def suits(key: Any, algorithm: str) -> bool:
    """Whether a key is of the type, size and purpose an algorithm needs."""
    wanted = "OKP" if algorithm in _EDWARDS else KEY_TYPES.get(algorithm[:1], "")
    if key.key_type != wanted or key.get("use", "sig") != "sig" or key.get("alg", algorithm) != algorithm:
        return False
    if wanted == "RSA":
        return bool(key.public_key.key_size >= MIN_RSA_BITS)
    curves = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519", "Ed25519": "Ed25519"}
    return bool(key.get("crv") == curves[algorithm])


def _decode(part: bytes) -> bytes:
    """Base64url without padding, in its one canonical form."""
    if _BASE64URL.fullmatch(part) is None:
        raise TokenRejected("malformed", "not base64url")
    try:
        raw = base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    except binascii.Error as error:
        raise TokenRejected("malformed", "not base64url") from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != part:
        raise TokenRejected("malformed", "base64url with stray bits")
    return raw


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise TokenRejected("malformed", "not JSON as it should be") from error
    if not isinstance(value, dict):
        raise TokenRejected("malformed", "not a JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a duplicate member")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)
