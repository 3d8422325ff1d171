"""What tokengate speaks in SSH, as closed lists, and how two sides' lists become one choice (RFC 4253, section 7.1).

Read by `keying` on both sides of a session. The lists are in order of preference and hold nothing that rests on CBC,
MD5, SHA-1 or finite-field groups; an algorithm that is not listed does not exist for the gateway.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from attrs import evolve, frozen
from cryptography.hazmat.backends.openssl.backend import backend

from tokengate.protocols.ssh.wire import Message, Reader, Reason, broken, name_list, uint32

HYBRIDS = (b"mlkem768x25519-sha256",) if backend.mlkem_supported() else ()
"""They resist a quantum computer that reads a recording later. Not every OpenSSL has ML-KEM."""

KEY_EXCHANGES = (
    *HYBRIDS,
    b"curve25519-sha256",
    b"curve25519-sha256@libssh.org",
    b"ecdh-sha2-nistp256",
    b"ecdh-sha2-nistp384",
    b"ecdh-sha2-nistp521",
)

SIGNATURES = (
    b"ssh-ed25519",
    b"ecdsa-sha2-nistp256",
    b"ecdsa-sha2-nistp384",
    b"ecdsa-sha2-nistp521",
    b"rsa-sha2-512",
    b"rsa-sha2-256",
)
"""Signature algorithms of host keys, of users' keys and of certificate authorities alike."""

CERTIFICATE_SUFFIX = b"-cert-v01@openssh.com"

CERTIFICATES = tuple(name + CERTIFICATE_SUFFIX for name in SIGNATURES)
"""The same algorithms used by the key in a certificate."""

AEAD_CIPHERS = (b"aes128-gcm@openssh.com", b"aes256-gcm@openssh.com", b"chacha20-poly1305@openssh.com")
"""Ciphers that authenticate by themselves: no MAC is agreed on with them. The first cost the least on processors with
AES; to targets the gateway's order counts, from clients theirs.
"""

CIPHERS = (*AEAD_CIPHERS, b"aes128-ctr", b"aes192-ctr", b"aes256-ctr")

ETM_MACS = (b"hmac-sha2-256-etm@openssh.com", b"hmac-sha2-512-etm@openssh.com")

MACS = (*ETM_MACS, b"hmac-sha2-256", b"hmac-sha2-512")
"""Encrypt-then-MAC first: it is verified before anything is decrypted."""

NO_COMPRESSION = (b"none",)

STRICT_CLIENT, STRICT_SERVER = b"kex-strict-c-v00@openssh.com", b"kex-strict-s-v00@openssh.com"
"""Markers in the first KEXINIT: the side knows the countermeasure to CVE-2023-48795 (OpenSSH's PROTOCOL, 1.10)."""

EXT_INFO_CLIENT, EXT_INFO_SERVER = b"ext-info-c", b"ext-info-s"
"""Markers: the side understands SSH_MSG_EXT_INFO (RFC 8308)."""

COOKIE = 16
"""Random bytes at the front of a KEXINIT."""


class Direction(NamedTuple):
    """What protects one direction. `mac` is b"" with a cipher that needs none."""

    cipher: bytes
    mac: bytes


@frozen
class Offer:
    """One side's lists, as its KEXINIT has them: a pair is client to server, server to client."""

    key_exchanges: Sequence[bytes] = KEY_EXCHANGES
    host_keys: Sequence[bytes] = SIGNATURES
    ciphers: tuple[Sequence[bytes], Sequence[bytes]] = (CIPHERS, CIPHERS)
    macs: tuple[Sequence[bytes], Sequence[bytes]] = (MACS, MACS)
    compressions: tuple[Sequence[bytes], Sequence[bytes]] = (NO_COMPRESSION, NO_COMPRESSION)
    guess: bool = False

    def marked(self, *markers: bytes) -> Offer:
        """The same with markers behind the key exchanges."""
        return evolve(self, key_exchanges=(*self.key_exchanges, *markers))

    def with_host_keys(self, names: Sequence[bytes]) -> Offer:
        """The same for these host keys."""
        return evolve(self, host_keys=names)

    def encode(self, cookie: bytes) -> bytes:
        """The KEXINIT's payload, its message number included."""
        lists = (self.key_exchanges, self.host_keys, *self.ciphers, *self.macs, *self.compressions, (), ())
        return bytes([Message.KEXINIT]) + cookie + b"".join(map(name_list, lists)) + b"\0" + uint32(0)

    @classmethod
    def decode(cls, payload: bytes) -> Offer:
        """A KEXINIT's payload, its message number included. Raises `ProtocolError`."""
        reader = Reader(payload, "KEXINIT")
        reader.raw(1 + COOKIE)
        lists = [reader.name_list() for _ in range(10)]
        guess = reader.boolean()
        reader.uint32()
        reader.end()
        pairs = [(lists[at], lists[at + 1]) for at in (2, 4, 6)]
        return cls(lists[0], lists[1], pairs[0], pairs[1], pairs[2], guess)


MODERN = Offer(key_exchanges=tuple(name for name in KEY_EXCHANGES if b"nistp" not in name), macs=(ETM_MACS, ETM_MACS))
"""What clients are offered by default: what ssh-audit has nothing against, but that X25519 alone falls to a quantum
computer. OpenSSH before 9.9 and paramiko have nothing better.
"""

OFFERS = {"modern": MODERN, "compatible": Offer()}
"""What a route can say of its clients. All is for those that have nothing else: FIPS knows only NIST's curves, libssh2
before 1.11 only MACs of the plain packet.
"""


@frozen
class Agreement:
    """What both sides use. `wasted_guess`: the next key exchange message was sent on a wrong guess and is ignored."""

    key_exchange: bytes
    host_key: bytes
    to_server: Direction
    to_client: Direction
    wasted_guess: bool

    def without_guess(self) -> Agreement:
        """The same once the message to ignore has come."""
        return evolve(self, wasted_guess=False)


def agree(client: Offer, server: Offer, guessed: bool) -> Agreement:
    """The choice, by the client's order. `guessed`: the peer sent its first message ahead of this.

    Raises `ProtocolError` when a list has nothing in common.
    """
    exchange = _first(client.key_exchanges, server.key_exchanges, KEY_EXCHANGES, "key exchange")
    host_key = _first(client.host_keys, server.host_keys, (*SIGNATURES, *CERTIFICATES), "host key")
    for ours, theirs in zip(client.compressions, server.compressions, strict=True):
        _first(ours, theirs, NO_COMPRESSION, "compression")
    right = client.key_exchanges[0] == server.key_exchanges[0] and client.host_keys[0] == server.host_keys[0]
    to_server, to_client = _direction(client, server, 0), _direction(client, server, 1)
    return Agreement(exchange, host_key, to_server, to_client, guessed and not right)


def _direction(client: Offer, server: Offer, way: int) -> Direction:
    cipher = _first(client.ciphers[way], server.ciphers[way], CIPHERS, "cipher")
    if cipher in AEAD_CIPHERS:
        return Direction(cipher, b"")
    return Direction(cipher, _first(client.macs[way], server.macs[way], MACS, "MAC"))


def _first(client: Sequence[bytes], server: Sequence[bytes], known: Sequence[bytes], what: str) -> bytes:
    """The client's first that the server has too. A marker or a name that isn't ours is never the choice."""
    for name in client:
        if name in server:
            if name in known:
                return name
            break
    raise broken(f"no common {what}", Reason.KEY_EXCHANGE_FAILED)
