"""The client's role against the real sshd: every algorithm, new keys in mid-flight, targets that offer little."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
import pytest_twisted
from attrs import evolve

from tests.protocols.ssh.endpoints import known, log_in
from tests.protocols.ssh.test_server import AMOUNT, EXCHANGES, PROTECTIONS
from tests.support.openssh import KEY_TYPES, Server, keygen, sshd
from tokengate.errors import UpstreamError
from tokengate.protocols.ssh.algorithms import AEAD_CIPHERS, CIPHERS, MACS, SIGNATURES, Offer
from tokengate.protocols.ssh.keying import Limits
from tokengate.protocols.ssh.keys import SigningKey
from tokengate.protocols.ssh.login import Key

MANY = "MaxSessions 50"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sshd")
    keygen(made, "id")
    return made


@pytest.fixture(scope="module")
def key(folder: Path) -> Key:
    return Key(SigningKey.load((folder / "id").read_bytes()))


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with sshd(
        folder, f"AuthorizedKeysFile {folder}/id.pub", "RekeyLimit 100K", MANY, kinds=(*KEY_TYPES, "rsa")
    ) as running:
        yield running


async def moves(
    server: Server, key: Key, offer: Offer | None = None, limits: Limits | None = None, least: int = 1
) -> None:
    """Log in, send to a command and read from one; keys were exchanged `least` times."""
    transport, connection = await log_in(server.port, known(server), server.user, key, offer, limits)
    counted = connection.run(b"wc -c", AMOUNT)
    sent = connection.run(b"head -c %d /dev/zero" % AMOUNT)
    assert (await counted.done).strip() == b"%d" % AMOUNT
    assert await sent.done == bytes(AMOUNT)
    assert transport.exchanges >= least
    transport.loseConnection()
    await transport.ended


def only(cipher: bytes, mac: bytes) -> Offer:
    return Offer(ciphers=((cipher,), (cipher,)), macs=((mac,), (mac,)))


@pytest.mark.parametrize(("cipher", "mac"), PROTECTIONS, ids=lambda name: name.decode())
@pytest_twisted.ensureDeferred
async def test_every_protection_carries_data_both_ways(server: Server, key: Key, cipher: bytes, mac: bytes) -> None:
    """Each cipher with each MAC; both sides ask for new keys while data flows."""
    await moves(server, key, only(cipher, mac), Limits(rekey_bytes=150_000), least=4)


@pytest.mark.parametrize(("exchange", "host_key"), [*product(EXCHANGES, SIGNATURES)], ids=lambda name: name.decode())
@pytest_twisted.ensureDeferred
async def test_every_exchange_with_every_host_key(server: Server, key: Key, exchange: bytes, host_key: bytes) -> None:
    host = known(server)
    kind = b"ssh-rsa" if host_key.startswith(b"rsa") else host_key
    single = evolve(
        host, keys=frozenset(blob for blob in host.keys if blob.startswith(b"\0\0\0" + bytes([len(kind)]) + kind))
    )
    offer = Offer(key_exchanges=(exchange,))
    transport, connection = await log_in(server.port, single, server.user, key, offer)
    assert await connection.run(b"echo ok").done == b"ok\n"
    transport.loseConnection()


@pytest.mark.parametrize(
    "settings",
    [
        ["Ciphers " + ",".join(name.decode() for name in AEAD_CIPHERS), "MACs umac-64@openssh.com"],
        ["Ciphers aes128-gcm@openssh.com"],
        ["Ciphers chacha20-poly1305@openssh.com"],
        ["Ciphers aes128-ctr,aes256-ctr", "MACs hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com"],
    ],
    ids=["aead", "gcm", "chacha", "etm"],
)
@pytest_twisted.ensureDeferred
async def test_a_target_that_offers_little(tmp_path: Path, folder: Path, key: Key, settings: list[str]) -> None:
    """What Conch itself can't do: an sshd with AEAD ciphers only, or encrypt-then-MAC only."""
    with sshd(tmp_path, f"AuthorizedKeysFile {folder}/id.pub", *settings) as restricted:
        await moves(restricted, key)


@pytest_twisted.ensureDeferred
async def test_a_target_with_old_algorithms_only(tmp_path: Path, folder: Path, key: Key) -> None:
    """Is refused, and the log told why, unless the target notices first and resets the connection."""
    for settings in (["Ciphers aes128-cbc"], ["KexAlgorithms diffie-hellman-group14-sha1"]):
        with sshd(tmp_path, f"AuthorizedKeysFile {folder}/id.pub", *settings) as old:
            with pytest.raises(UpstreamError) as caught:
                await log_in(old.port, known(old), old.user, key)
            problem = caught.value.problem
            assert "no algorithm in common" in problem or "closed the connection" in problem


@pytest.mark.slow
@pytest_twisted.ensureDeferred
async def test_all_of_it_with_all_of_it(server: Server, key: Key) -> None:
    """The whole product, because the length of what is derived depends on the exchange's hash."""
    for exchange, (cipher, mac) in product(EXCHANGES, PROTECTIONS):
        offer = evolve(only(cipher, mac), key_exchanges=(exchange,))
        transport, connection = await log_in(server.port, known(server), server.user, key, offer)
        assert await connection.run(b"echo ok").done == b"ok\n"
        transport.loseConnection()
    assert len(CIPHERS) * len(MACS) > len(PROTECTIONS)


@pytest_twisted.ensureDeferred
async def test_a_large_transfer_with_new_keys_all_the_time(server: Server, key: Key) -> None:
    """8 MB each way at once, new keys from both sides after every 100 KB."""
    transport, connection = await log_in(
        server.port, known(server), server.user, key, limits=Limits(rekey_bytes=100_000)
    )
    size = 8_000_000
    up, down = connection.run(b"wc -c", size), connection.run(b"head -c %d /dev/zero" % size)
    assert (await up.done).strip() == b"%d" % size
    await down.done
    assert down.length == size
    assert transport.exchanges > 50
    assert transport._strict
    transport.loseConnection()
