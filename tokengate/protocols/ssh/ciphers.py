"""How one packet is protected, one class a construction: encrypt-and-MAC, encrypt-then-MAC, AES-GCM, ChaCha20-Poly1305.

Below `packets` on the data path, which frames with them. A cipher is for one direction and one set of keys. It pads to
`block`, hides the length field or not, and seals or opens whole packets; sequence numbers are its caller's.

RFC 4253 section 6 for the first; OpenSSH's PROTOCOL section 1.6 for encrypt-then-MAC; RFC 5647 as OpenSSH speaks it,
without its MAC negotiation, for AES-GCM; OpenSSH's PROTOCOL.chacha20poly1305 for the last.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Callable
from typing import Protocol

from attrs import frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as Primitive
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.poly1305 import Poly1305

from tokengate.errors import ProtocolError
from tokengate.protocols.ssh.algorithms import Direction
from tokengate.protocols.ssh.wire import Reason, broken

Bytes = bytes | memoryview

_UINT32 = struct.Struct("!I")
_UINT64 = struct.Struct("!Q")

AES_BLOCK = 16
TAG = 16
"""Bytes of a GCM or Poly1305 tag."""

_ETM = b"-etm@openssh.com"
_CHACHA_BLOCK = bytes(64)


@frozen
class Sizes:
    """Bytes of key material a direction needs."""

    iv: int
    key: int
    mac: int


class Cipher(Protocol):
    """One direction's protection. `lead`: bytes that `length` needs; `tag`: bytes behind the packet; `covered`: 1 when
    the length field is padded along with the rest.
    """

    block: int
    lead: int
    tag: int
    covered: bool

    def seal(self, sequence: int, packet: bytes) -> bytes:
        """`packet`, from its length field to its padding, as it goes out."""

    def length(self, sequence: int, lead: Bytes) -> int:
        """The packet length that the first `lead` bytes announce. Asked once a packet."""

    def open(self, sequence: int, sealed: Bytes) -> bytes:
        """The packet without its length field, of `sealed`: all of it, with the tag. Raises `ProtocolError`."""


class Plain:
    """No protection: before the first keys."""

    block, lead, tag, covered = 8, 4, 0, True

    def seal(self, sequence: int, packet: bytes) -> bytes:
        """As it is."""
        return packet

    def length(self, sequence: int, lead: Bytes) -> int:
        """The length field."""
        return int(_UINT32.unpack(lead)[0])

    def open(self, sequence: int, sealed: Bytes) -> bytes:
        """As it is."""
        return bytes(sealed[4:])


class EncryptAndMac:
    """AES-CTR over all of the packet, and a MAC of the plain packet."""

    block, lead, covered = AES_BLOCK, AES_BLOCK, True

    def __init__(self, iv: bytes, key: bytes, mac: Callable[[int, Bytes, Bytes], bytes], tag: int) -> None:
        self.tag = tag
        self._stream = Primitive(algorithms.AES(key), modes.CTR(iv)).encryptor()
        self._mac = mac
        self._first = b""

    def seal(self, sequence: int, packet: bytes) -> bytes:
        """Encrypted, and the MAC."""
        return self._stream.update(packet) + self._mac(sequence, packet, b"")

    def length(self, sequence: int, lead: Bytes) -> int:
        """Of the first block, which stays decrypted until the packet is opened."""
        self._first = self._stream.update(lead)
        return int(_UINT32.unpack_from(self._first)[0])

    def open(self, sequence: int, sealed: Bytes) -> bytes:
        """Decrypted; only what it decrypts to says whether it may be used."""
        first, body, tag = self._first, sealed[self.lead : -self.tag], sealed[-self.tag :]
        plain = first + self._stream.update(body)
        if not hmac.compare_digest(self._mac(sequence, plain, b""), tag):
            raise _forged()
        return plain[4:]


class EncryptThenMac:
    """A plain length field, AES-CTR over the rest, and a MAC of that."""

    block, lead, covered = AES_BLOCK, 4, False

    def __init__(self, iv: bytes, key: bytes, mac: Callable[[int, Bytes, Bytes], bytes], tag: int) -> None:
        self.tag = tag
        self._stream = Primitive(algorithms.AES(key), modes.CTR(iv)).encryptor()
        self._mac = mac

    def seal(self, sequence: int, packet: bytes) -> bytes:
        """The length, the rest encrypted, the MAC."""
        length, body = packet[:4], self._stream.update(memoryview(packet)[4:])
        return b"".join((length, body, self._mac(sequence, length, body)))

    def length(self, sequence: int, lead: Bytes) -> int:
        """The length field."""
        return int(_UINT32.unpack(lead)[0])

    def open(self, sequence: int, sealed: Bytes) -> bytes:
        """Decrypted once the MAC is right."""
        if not hmac.compare_digest(self._mac(sequence, sealed[: -self.tag], b""), sealed[-self.tag :]):
            raise _forged()
        return self._stream.update(sealed[4 : -self.tag])


class AesGcm:
    """A plain length field as associated data. The nonce counts packets on its own."""

    block, lead, tag, covered = AES_BLOCK, 4, TAG, False

    def __init__(self, iv: bytes, key: bytes) -> None:
        self._aead = AESGCM(key)
        self._fixed = iv[:4]
        self._counter = _UINT64.unpack(iv[4:])[0]

    def _nonce(self) -> bytes:
        nonce = self._fixed + _UINT64.pack(self._counter)
        self._counter = (self._counter + 1) & 0xFFFFFFFFFFFFFFFF
        return nonce

    def seal(self, sequence: int, packet: bytes) -> bytes:
        """The length, the rest encrypted, the tag."""
        length = packet[:4]
        return b"".join((length, self._aead.encrypt(self._nonce(), memoryview(packet)[4:], length)))

    def length(self, sequence: int, lead: Bytes) -> int:
        """The length field."""
        return int(_UINT32.unpack(lead)[0])

    def open(self, sequence: int, sealed: Bytes) -> bytes:
        """Decrypted once the tag is right."""
        try:
            return self._aead.decrypt(self._nonce(), sealed[4:], sealed[:4])
        except InvalidTag:
            raise _forged() from None


class ChaChaPoly:
    """The length under a key of its own, the rest under another, whose stream's first block keys the tag.

    The nonce is the sequence number.
    """

    block, lead, tag, covered = 8, 4, TAG, False

    def __init__(self, key: bytes) -> None:
        self._main = Primitive(algorithms.ChaCha20(key[:32], bytes(16)), None).encryptor()
        self._header = Primitive(algorithms.ChaCha20(key[32:], bytes(16)), None).encryptor()

    def _tag_key(self, nonce: bytes) -> bytes:
        """The one-time key of the tag; leaves the main stream at its second block, where the packet is."""
        self._main.reset_nonce(nonce)
        return self._main.update(_CHACHA_BLOCK)[:32]

    def seal(self, sequence: int, packet: bytes) -> bytes:
        """The length encrypted, the rest encrypted, the tag of both."""
        nonce = _UINT64.pack(0) + _UINT64.pack(sequence)
        key = self._tag_key(nonce)
        self._header.reset_nonce(nonce)
        length, body = self._header.update(packet[:4]), self._main.update(memoryview(packet)[4:])
        tag = Poly1305(key)
        tag.update(length)
        tag.update(body)
        return b"".join((length, body, tag.finalize()))

    def length(self, sequence: int, lead: Bytes) -> int:
        """The length field, decrypted but not yet verified."""
        self._header.reset_nonce(_UINT64.pack(0) + _UINT64.pack(sequence))
        return int(_UINT32.unpack(self._header.update(lead))[0])

    def open(self, sequence: int, sealed: Bytes) -> bytes:
        """Decrypted once the tag is right."""
        key = self._tag_key(_UINT64.pack(0) + _UINT64.pack(sequence))
        if not hmac.compare_digest(Poly1305.generate_tag(key, sealed[:-TAG]), sealed[-TAG:]):
            raise _forged()
        return self._main.update(sealed[4:-TAG])


def sizes(direction: Direction) -> Sizes:
    """The key material `make` wants."""
    cipher = direction.cipher
    if cipher == b"chacha20-poly1305@openssh.com":
        return Sizes(0, 64, 0)
    bits = int(cipher[3:6])
    if cipher.endswith(b"-gcm@openssh.com"):
        return Sizes(12, bits // 8, 0)
    return Sizes(AES_BLOCK, bits // 8, _digest_size(direction.mac))


def make(direction: Direction, iv: bytes, key: bytes, mac_key: bytes) -> Cipher:
    """The cipher of a direction that `algorithms.agree` chose."""
    if direction.cipher == b"chacha20-poly1305@openssh.com":
        return ChaChaPoly(key)
    if direction.cipher.endswith(b"-gcm@openssh.com"):
        return AesGcm(iv, key)
    mac = _mac(direction.mac, mac_key)
    kind = EncryptThenMac if direction.mac.endswith(_ETM) else EncryptAndMac
    return kind(iv, key, mac, _digest_size(direction.mac))


def _digest_size(mac: bytes) -> int:
    return int(mac.removesuffix(_ETM)[-3:]) // 8


def _mac(name: bytes, key: bytes) -> Callable[[int, Bytes, Bytes], bytes]:
    """HMAC of a sequence number and two runs of bytes; the keyed state is computed once."""
    keyed = hmac.new(key, digestmod=f"sha{_digest_size(name) * 8}")

    def compute(sequence: int, data: Bytes, more: Bytes) -> bytes:
        state = keyed.copy()
        state.update(_UINT32.pack(sequence))
        state.update(data)
        state.update(more)
        return state.digest()

    return compute


def _forged() -> ProtocolError:
    return broken("corrupted MAC on input", Reason.MAC_ERROR)
