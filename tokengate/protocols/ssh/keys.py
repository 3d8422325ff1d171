"""Keys that sign, of hosts, users and certificate authorities: their wire forms, and signatures bound to one algorithm.

Used by `transport` (the host's signature), `userauth` and `login` (the user's), `certificates` and `authorities`. A
signature is accepted only by the algorithm that was agreed on beforehand, never by the one it names itself (RFC 4253
section 6.6, RFC 5656, RFC 8332, RFC 8709).
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode

from attrs import field, frozen
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from tokengate.errors import ProtocolError
from tokengate.protocols.ssh.wire import Reader, broken, mpint, string, strings

PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

MIN_RSA_BITS = 2048
"""NIST SP 800-57's least; OpenSSH's own default is 1,024."""

MAX_RSA_BITS = 16384
"""OpenSSH's most: verification costs time that grows with it."""

_CURVES: dict[bytes, ec.EllipticCurve] = {
    b"nistp256": ec.SECP256R1(),
    b"nistp384": ec.SECP384R1(),
    b"nistp521": ec.SECP521R1(),
}
_HASHES: dict[bytes, hashes.HashAlgorithm] = {
    b"ecdsa-sha2-nistp256": hashes.SHA256(),
    b"ecdsa-sha2-nistp384": hashes.SHA384(),
    b"ecdsa-sha2-nistp521": hashes.SHA512(),
    b"rsa-sha2-256": hashes.SHA256(),
    b"rsa-sha2-512": hashes.SHA512(),
}


@frozen(eq=False)
class SigningKey:
    """A private key with its wire form. `algorithms`: what it can sign by, the preferred one first."""

    private: PrivateKey = field(repr=False)
    blob: bytes = field(init=False)
    algorithms: tuple[bytes, ...] = field(init=False)

    def __attrs_post_init__(self) -> None:
        public = self.private.public_key()
        object.__setattr__(self, "blob", encode(public))
        object.__setattr__(self, "algorithms", algorithms_of(key_type(public)))

    @property
    def fingerprint(self) -> str:
        """As OpenSSH prints it."""
        return fingerprint(self.blob)

    @classmethod
    def load(cls, data: bytes) -> SigningKey:
        """From OpenSSH's own format or PEM, unencrypted. Raises ValueError with a sentence."""
        own = b"BEGIN OPENSSH PRIVATE KEY" in data
        try:
            key = (load_ssh_private_key if own else load_pem_private_key)(data, None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ValueError(f"no unencrypted private key: {error}") from error
        if not isinstance(key, PrivateKey):
            raise ValueError("the key is neither Ed25519 nor ECDSA nor RSA")
        try:
            _check(key.public_key())
        except ProtocolError as error:
            raise ValueError(str(error)) from error
        return cls(key)

    def sign(self, algorithm: bytes, data: bytes) -> bytes:
        """The signature in its wire form. `algorithm`: one of `algorithms`."""
        assert algorithm in self.algorithms
        key = self.private
        if isinstance(key, ed25519.Ed25519PrivateKey):
            raw = key.sign(data)
        elif isinstance(key, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(key.sign(data, ec.ECDSA(_HASHES[algorithm])))
            raw = mpint(r) + mpint(s)
        else:
            raw = key.sign(data, padding.PKCS1v15(), _HASHES[algorithm])
        return strings(algorithm, raw)


def fingerprint(blob: bytes) -> str:
    """What OpenSSH prints of a public key's wire form."""
    return "SHA256:" + b64encode(hashlib.sha256(blob).digest()).rstrip(b"=").decode()


def blob_of(kind: str, text: str) -> bytes:
    """A public key's wire form out of a line of OpenSSH's: the type's name and base64. Raises ValueError."""
    try:
        blob = b64decode(text, validate=True)
        if Reader(blob, "public key").string() != kind.encode():
            raise ValueError
    except (ValueError, ProtocolError):
        raise ValueError("the key can't be read") from None
    return blob


def algorithms_of(kind: bytes) -> tuple[bytes, ...]:
    """What a key of this type ("ssh-rsa" …) signs by, the preferred one first; nothing for a type that isn't known."""
    if kind == b"ssh-rsa":
        return (b"rsa-sha2-512", b"rsa-sha2-256")
    return (kind,) if kind == b"ssh-ed25519" or kind in _HASHES else ()


def key_type(key: PublicKey) -> bytes:
    """The name at the front of the key's wire form."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return b"ssh-ed25519"
    if isinstance(key, rsa.RSAPublicKey):
        return b"ssh-rsa"
    return b"ecdsa-sha2-" + _curve(key)


def encode(key: PublicKey) -> bytes:
    """A public key's wire form."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return strings(b"ssh-ed25519", key.public_bytes_raw())
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return string(b"ssh-rsa") + mpint(numbers.e) + mpint(numbers.n)
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return strings(key_type(key), _curve(key), point)


def decode(blob: bytes) -> PublicKey:
    """A public key out of its wire form. Raises `ProtocolError`."""
    reader = Reader(blob, "public key")
    kind = reader.string()
    try:
        key = _decode(kind, reader)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise broken("malformed public key") from error
    reader.end()
    _check(key)
    return key


def _decode(kind: bytes, reader: Reader) -> PublicKey:
    if kind == b"ssh-ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(reader.string())
    if kind == b"ssh-rsa":
        e, n = reader.mpint(), reader.mpint()
        if n.bit_length() > MAX_RSA_BITS:
            raise broken("the RSA key is too long")
        return rsa.RSAPublicNumbers(e, n).public_key()
    name, point = reader.string(), reader.string()
    if kind != b"ecdsa-sha2-" + name or name not in _CURVES:
        raise broken("unknown type of public key")
    return ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[name], point)


def verify(key: PublicKey, algorithm: bytes, signature: bytes, data: bytes) -> None:
    """Raises `ProtocolError` unless `signature`, in its wire form, is `key`'s own of `data` by exactly `algorithm`."""
    reader = Reader(signature, "signature")
    named, raw = reader.string(), reader.string()
    reader.end()
    if named != algorithm or algorithm not in algorithms_of(key_type(key)):
        raise broken("a signature by another algorithm than agreed on")
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(raw, data)
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(raw, data, padding.PKCS1v15(), _HASHES[algorithm])
        else:
            numbers = Reader(raw, "signature")
            pair = encode_dss_signature(numbers.mpint(), numbers.mpint())
            numbers.end()
            key.verify(pair, data, ec.ECDSA(_HASHES[algorithm]))
    except InvalidSignature:
        raise broken("the signature is wrong") from None


def _curve(key: ec.EllipticCurvePublicKey) -> bytes:
    for name, curve in _CURVES.items():
        if curve.name == key.curve.name:
            return name
    raise broken("unknown elliptic curve")


def _check(key: PublicKey) -> None:
    if isinstance(key, rsa.RSAPublicKey) and not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise broken(f"an RSA key of {key.key_size} bits")
    key_type(key)
