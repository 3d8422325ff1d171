"""Key exchange methods: both sides come to one secret, and what can't be used is refused."""

from __future__ import annotations

import hashlib

import pytest

from tokengate.errors import ProtocolError
from tokengate.protocols.ssh.algorithms import KEY_EXCHANGES, Direction
from tokengate.protocols.ssh.exchange import MLKEM_PUBLIC, TO_CLIENT, TO_SERVER, Agreeing, Secret, Transcript
from tokengate.protocols.ssh.wire import mpint, reason_of

SAID = Transcript(b"SSH-2.0-c", b"SSH-2.0-s", b"ic", b"is")
every_method = pytest.mark.parametrize("name", KEY_EXCHANGES, ids=lambda name: name.decode())


@every_method
def test_both_sides_agree(name: bytes) -> None:
    """On the secret and on what the host signs, which covers the host key and all that was said."""
    client, server = Agreeing(name, SAID), Agreeing(name, SAID)
    answered, secret = server.answer(client.offer(), b"host key")
    assert client.finish(answered, b"host key") == secret
    assert client.finish(answered, b"other key").digest != secret.digest
    assert len(secret.digest) == {b"384": 48, b"521": 64}.get(name[-3:], 32)


@every_method
@pytest.mark.parametrize("value", [b"", b"\0", bytes(32), bytes(65), b"\4" + bytes(64), bytes(1216), bytes(5000)])
def test_values_that_can_not_be_used(name: bytes, value: bytes) -> None:
    """Wrong lengths, points off the curve, points that lead to zero."""
    for work in (
        lambda: Agreeing(name, SAID).answer(value, b"k"),
        lambda: [client := Agreeing(name, SAID), client.offer(), client.finish(value, b"k")],
    ):
        with pytest.raises(ProtocolError) as caught:
            work()
        assert reason_of(caught.value) == 3


def test_a_hybrid_refuses_a_weak_half() -> None:
    """A good ML-KEM key with an X25519 value that leads to zero."""
    offered = Agreeing(b"mlkem768x25519-sha256", SAID).offer()
    with pytest.raises(ProtocolError):
        Agreeing(b"mlkem768x25519-sha256", SAID).answer(offered[:MLKEM_PUBLIC] + bytes(32), b"k")


def test_keys_follow_the_rfc() -> None:
    """RFC 4253 section 7.2: a key longer than the hash goes on with the hash of all before."""
    secret = Secret("sha256", mpint(5), b"h" * 32)
    first = hashlib.sha256(mpint(5) + b"h" * 32 + b"C" + b"session").digest()
    second = hashlib.sha256(mpint(5) + b"h" * 32 + first).digest()
    assert secret._key(b"C", b"session", 64) == first + second
    assert secret._key(b"C", b"session", 16) == first[:16]


def test_directions_have_their_own_keys() -> None:
    """What one direction seals, the other does not open."""
    secret = Secret("sha256", mpint(5), b"h" * 32)
    way = Direction(b"aes128-gcm@openssh.com", b"")
    sealed = secret.cipher(way, TO_SERVER, b"s").seal(0, b"\0\0\0\x10" + bytes(16))
    with pytest.raises(ProtocolError):
        secret.cipher(way, TO_CLIENT, b"s").open(0, sealed)
    assert secret.cipher(way, TO_SERVER, b"s").open(0, sealed) == bytes(16)
    assert "5" not in repr(secret).replace("sha256", "")
