"""The server's role against the real OpenSSH client: every algorithm, new keys in mid-flight, what must be refused."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet.defer import DeferredSemaphore, gatherResults

from tests.protocols.ssh.endpoints import TOKEN, host_keys, serving
from tests.support.openssh import Client, Ran
from tokengate.protocols.ssh.algorithms import AEAD_CIPHERS, CIPHERS, KEY_EXCHANGES, MACS, SIGNATURES
from tokengate.protocols.ssh.transport import Limits

PROTECTIONS = [(cipher, mac) for cipher in CIPHERS for mac in ([MACS[0]] if cipher in AEAD_CIPHERS else MACS)]
EXCHANGES = [name for name in KEY_EXCHANGES if not name.startswith(b"mlkem")]
"""What Debian 12's OpenSSH has; paramiko tests the rest."""

AMOUNT = 300_000


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path, TOKEN.decode())


def options(cipher: bytes = b"", mac: bytes = b"", exchange: bytes = b"", host_key: bytes = b"") -> list[str]:
    """ssh's own words for exactly these."""
    chosen = {"Ciphers": cipher, "MACs": mac, "KexAlgorithms": exchange, "HostKeyAlgorithms": host_key}
    return [f"{name}={value.decode()}" for name, value in chosen.items() if value]


@pytest.mark.parametrize(("cipher", "mac"), PROTECTIONS, ids=lambda name: name.decode())
@pytest_twisted.ensureDeferred
async def test_every_protection_carries_data_both_ways(client: Client, cipher: bytes, mac: bytes) -> None:
    """Each cipher with each MAC, with new keys several times while data flows."""
    with serving(limits=Limits(rekey_bytes=200_000)) as server:
        counted = await client.run(server.port, "count", *options(cipher, mac), sends=AMOUNT)
        assert (counted.output, counted.code) == (b"%d\n" % AMOUNT, 0), counted.errors
        sent = await client.run(server.port, f"send {AMOUNT}", *options(cipher, mac), "RekeyLimit=100K")
        assert (len(sent.output), sent.code) == (AMOUNT, 0), sent.errors
