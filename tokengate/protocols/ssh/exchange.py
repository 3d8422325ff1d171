"""Key exchange: how two sides come to a secret, what the host signs, and the keys that follow from it.

`keying` runs one `Agreeing` an exchange. Every method here has the same two messages: the client's public value,
and the server's with its host key and signature (RFC 4253 section 8, RFC 5656, RFC 8731, and the draft "PQ/T Hybrid
Key Exchange with ML-KEM in SSH").
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Protocol

from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric import ec, mlkem, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tokengate.protocols.ssh.algorithms import Direction
from tokengate.protocols.ssh.ciphers import Cipher, make, sizes
from tokengate.protocols.ssh.wire import Reason, broken, mpint, string

X25519_SIZE = 32
MLKEM_PUBLIC, MLKEM_CIPHERTEXT = 1184, 1088
"""Bytes of ML-KEM-768's public key and ciphertext (FIPS 203)."""


class Method(Protocol):
    """One side of one exchange. The secret comes as it enters hashes: an mpint, or a string for a hybrid.

    Every method may raise ValueError for a peer's value that can't be used.
    """

    def offer(self) -> bytes:
        """The client's value."""

    def answer(self, offered: bytes) -> tuple[bytes, bytes]:
        """The server's value and the secret."""

    def finish(self, answered: bytes) -> bytes:
        """The client's secret."""


class _X25519:
    def __init__(self) -> None:
        self._key = x25519.X25519PrivateKey.generate()

    def offer(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def shared(self, value: bytes) -> bytes:
        """The raw secret; a value that leads to zero is refused."""
        return self._key.exchange(x25519.X25519PublicKey.from_public_bytes(value))

    def answer(self, offered: bytes) -> tuple[bytes, bytes]:
        return self.offer(), self.finish(offered)

    def finish(self, answered: bytes) -> bytes:
        return mpint(int.from_bytes(self.shared(answered), "big"))


class _Ecdh:
    def __init__(self, curve: ec.EllipticCurve) -> None:
        self._key = ec.generate_private_key(curve)

    def offer(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def answer(self, offered: bytes) -> tuple[bytes, bytes]:
        return self.offer(), self.finish(offered)

    def finish(self, answered: bytes) -> bytes:
        peer = ec.EllipticCurvePublicKey.from_encoded_point(self._key.curve, answered)
        return mpint(int.from_bytes(self._key.exchange(ec.ECDH(), peer), "big"))


class _MlkemX25519:
    """Secure as long as one of the two is."""

    def __init__(self) -> None:
        self._classical = _X25519()
        self._key: mlkem.MLKEM768PrivateKey | None = None

    def offer(self) -> bytes:
        self._key = mlkem.MLKEM768PrivateKey.generate()
        return self._key.public_key().public_bytes_raw() + self._classical.offer()

    def answer(self, offered: bytes) -> tuple[bytes, bytes]:
        public, classical = _halves(offered, MLKEM_PUBLIC)
        secret, ciphertext = mlkem.MLKEM768PublicKey.from_public_bytes(public).encapsulate()
        return ciphertext + self._classical.offer(), self._combined(secret, classical)

    def finish(self, answered: bytes) -> bytes:
        assert self._key is not None
        ciphertext, classical = _halves(answered, MLKEM_CIPHERTEXT)
        return self._combined(self._key.decapsulate(ciphertext), classical)

    def _combined(self, secret: bytes, classical: bytes) -> bytes:
        return string(hashlib.sha256(secret + self._classical.shared(classical)).digest())


def _halves(value: bytes, first: int) -> tuple[bytes, bytes]:
    if len(value) != first + X25519_SIZE:
        raise ValueError("wrong length")
    return value[:first], value[first:]


_METHODS: dict[bytes, tuple[str, Callable[[], Method]]] = {
    b"mlkem768x25519-sha256": ("sha256", _MlkemX25519),
    b"curve25519-sha256": ("sha256", _X25519),
    b"curve25519-sha256@libssh.org": ("sha256", _X25519),
    b"ecdh-sha2-nistp256": ("sha256", lambda: _Ecdh(ec.SECP256R1())),
    b"ecdh-sha2-nistp384": ("sha384", lambda: _Ecdh(ec.SECP384R1())),
    b"ecdh-sha2-nistp521": ("sha512", lambda: _Ecdh(ec.SECP521R1())),
}


@frozen
class Transcript:
    """What both sides said before the exchange: version lines without their ends, KEXINIT payloads."""

    client_version: bytes
    server_version: bytes
    client_init: bytes
    server_init: bytes


@frozen
class Secret:
    """An exchange's result. `digest`: what the host signs, and of the first exchange the session's id."""

    hash: str
    shared: bytes = field(repr=False)
    digest: bytes

    def cipher(self, direction: Direction, letters: bytes, session: bytes) -> Cipher:
        """The cipher of a direction. `letters`: those of its IV, key and MAC key (RFC 4253, section 7.2)."""
        need = sizes(direction)
        counts = (need.iv, need.key, need.mac)
        return make(direction, *(self._key(letters[at : at + 1], session, count) for at, count in enumerate(counts)))

    def _key(self, letter: bytes, session: bytes, count: int) -> bytes:
        start = self.shared + self.digest
        key = hashlib.new(self.hash, start + letter + session).digest()
        while len(key) < count:
            key += hashlib.new(self.hash, start + key).digest()
        return key[:count]


TO_SERVER, TO_CLIENT = b"ACE", b"BDF"
"""The letters of the two directions."""


class Agreeing:
    """One exchange by one method. Raises `ProtocolError` for a value of the peer's that can't be used."""

    def __init__(self, name: bytes, transcript: Transcript) -> None:
        self._hash, make_method = _METHODS[name]
        self._method = make_method()
        self._transcript = transcript
        self._offered = b""

    def offer(self) -> bytes:
        """The client's value."""
        self._offered = self._method.offer()
        return self._offered

    def answer(self, offered: bytes, host_key: bytes) -> tuple[bytes, Secret]:
        """The server's value and the result."""
        try:
            answered, shared = self._method.answer(offered)
        except ValueError:
            raise _unusable() from None
        return answered, self._secret(host_key, offered, answered, shared)

    def finish(self, answered: bytes, host_key: bytes) -> Secret:
        """The client's result."""
        try:
            shared = self._method.finish(answered)
        except ValueError:
            raise _unusable() from None
        return self._secret(host_key, self._offered, answered, shared)

    def _secret(self, host_key: bytes, offered: bytes, answered: bytes, shared: bytes) -> Secret:
        said = self._transcript
        lines = (said.client_version, said.server_version, said.client_init, said.server_init)
        text = b"".join(map(string, (*lines, host_key, offered, answered))) + shared
        return Secret(self._hash, shared, hashlib.new(self._hash, text).digest())


def _unusable() -> Exception:
    return broken("the peer's key exchange value can't be used", Reason.KEY_EXCHANGE_FAILED)
