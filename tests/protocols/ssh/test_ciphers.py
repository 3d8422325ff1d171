"""The constructions against other implementations of them: asyncssh's, by the bytes."""

from __future__ import annotations

import os

import pytest
from asyncssh.encryption import get_encryption, get_encryption_params

from tests.protocols.ssh.test_packets import PROTECTIONS
from tokengate.protocols.ssh.algorithms import Direction
from tokengate.protocols.ssh.ciphers import make, sizes
from tokengate.protocols.ssh.wire import uint32


@pytest.mark.parametrize("protection", PROTECTIONS, ids=lambda way: b" ".join(way).decode())
def test_the_same_bytes_as_asyncssh(protection: Direction) -> None:
    """Same keys, same packet, same ciphertext; and key sizes agree with it too."""
    need = sizes(protection)
    key_size, iv_size, _, mac_key_size, _, etm = get_encryption_params(protection.cipher, protection.mac)
    assert (need.key, need.iv, need.mac) == (key_size, iv_size, mac_key_size)
    key, iv, mac_key = os.urandom(need.key), os.urandom(need.iv), os.urandom(need.mac)
    ours = make(protection, iv, key, mac_key)
    theirs = get_encryption(protection.cipher, key, iv, protection.mac, mac_key, etm)
    for sequence in (0, 1, 70_000):
        packet = uint32(4096 if not ours.covered else 4092) + os.urandom(4096 if not ours.covered else 4092)
        body, tag = theirs.encrypt_packet(sequence, packet[:4], packet[4:])
        assert ours.seal(sequence, packet) == body + tag
