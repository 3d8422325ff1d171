"""The server's role against the real OpenSSH client: every algorithm, new keys in mid-flight, what must be refused."""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, DeferredSemaphore, gatherResults

from tests.protocols.ssh.endpoints import TOKEN, host_keys, serving
from tests.support.openssh import Client, Ran, keygen, run, sign
from tokengate.protocols.ssh.algorithms import AEAD_CIPHERS, CIPHERS, KEY_EXCHANGES, MACS, MODERN, SIGNATURES
from tokengate.protocols.ssh.certificates import parse
from tokengate.protocols.ssh.credentials import Token
from tokengate.protocols.ssh.keying import Limits
from tokengate.protocols.ssh.keys import SigningKey

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


@pytest.mark.parametrize(("exchange", "host_key"), [*product(EXCHANGES, SIGNATURES)], ids=lambda name: name.decode())
@pytest_twisted.ensureDeferred
async def test_every_exchange_with_every_host_key(client: Client, exchange: bytes, host_key: bytes) -> None:
    with serving() as server:
        ran = await client.run(server.port, "count", *options(exchange=exchange, host_key=host_key), sends=10)
        assert (ran.output, ran.code) == (b"10\n", 0), ran.errors


@pytest.mark.slow
@pytest_twisted.ensureDeferred
async def test_all_of_it_with_all_of_it(client: Client) -> None:
    """The whole product, because the length of what is derived depends on the exchange's hash."""
    turns = DeferredSemaphore(4)

    async def one(port: int, exchange: bytes, cipher: bytes, mac: bytes) -> Ran:
        return await client.run(port, "count", *options(cipher, mac, exchange), sends=10)

    with serving() as server:
        runs = [
            turns.run(lambda *names: Deferred.fromCoroutine(one(server.port, *names)), exchange, cipher, mac)
            for exchange, (cipher, mac) in product(EXCHANGES, PROTECTIONS)
        ]
        for ran in await gatherResults(runs, consumeErrors=True):
            assert (ran.output, ran.code) == (b"10\n", 0), ran.errors


@pytest_twisted.ensureDeferred
async def test_a_large_transfer_with_new_keys_all_the_time(client: Client) -> None:
    """8 MB each way, the client asking for new keys after every 100 KB and the server too."""
    size = 8_000_000
    with serving(limits=Limits(rekey_bytes=100_000)) as server:
        ran = await client.run(server.port, "cat", "RekeyLimit=100K", sends=size)
        assert (len(ran.output), ran.code) == (size, 0), ran.errors
        assert server.transports[0].exchanges > 50
        assert server.transports[0]._strict


@pytest_twisted.ensureDeferred
async def test_tokens_and_certificates_of_the_real_client(client: Client, tmp_path: Path) -> None:
    """A token by password and at the prompt; a certificate by its authority, and one that carries a token of 60 KB."""
    key, ca = keygen(tmp_path, "id"), keygen(tmp_path, "ca")
    authority = SigningKey.load(ca.read_bytes()).blob
    with serving(recognises=lambda blob: parse(blob).authority == authority) as server:
        for method in ("password", "keyboard-interactive"):
            ran = await client.run(server.port, "count", f"PreferredAuthentications={method}")
            assert ran.code == 0, ran.errors
        sign(ca, tmp_path / "id.pub", "-I", "job", "-n", "ci", "-V", "+5m")
        ran = await client.run(
            server.port, "count", f"IdentityFile={key}", "PreferredAuthentications=publickey", keys=True
        )
        assert ran.code == 0, ran.errors
        assert [type(shown).__name__ for shown, _ in server.shown] == ["Token", "Token", "Certificate"]
        long = "x" * 60_000
        sign(key, tmp_path / "id.pub", "-I", "job", "-n", "ci", "-O", f"extension:openpubkey-pkt={long}")
        ran = await client.run(
            server.port, "count", f"IdentityFile={key}", "PreferredAuthentications=publickey", keys=True
        )
        assert ran.code == 255
        assert server.shown[-1] == (Token(long.encode()), "ci")


@pytest_twisted.ensureDeferred
async def test_a_wrong_token_is_denied(client: Client) -> None:
    """ssh says so in its own words, and is cut off after six."""
    client.token = "wrong"
    with serving() as server:
        ran = await client.run(
            server.port, "count", "NumberOfPasswordPrompts=10", "PreferredAuthentications=password", "LogLevel=INFO"
        )
        assert ran.code == 255
        assert len(server.shown) == 6
        assert "Too many authentication failures" in ran.errors or "too many authentication failures" in ran.errors


@pytest_twisted.ensureDeferred
async def test_a_key_alone_is_never_enough(client: Client, tmp_path: Path) -> None:
    key = keygen(tmp_path, "id")
    with serving() as server:
        ran = await client.run(
            server.port, "count", f"IdentityFile={key}", "PreferredAuthentications=publickey", keys=True
        )
        assert ran.code == 255
        assert "Permission denied" in ran.errors
        assert server.shown == []


@pytest_twisted.ensureDeferred
async def test_old_algorithms_are_not_spoken(client: Client) -> None:
    with serving() as server:
        for option in ("Ciphers=aes128-cbc", "KexAlgorithms=diffie-hellman-group14-sha1", "HostKeyAlgorithms=ssh-rsa"):
            ran = await client.run(server.port, "count", option, "LogLevel=INFO")
            assert ran.code == 255
            assert "no matching" in ran.errors


async def audit(port: int, *verdicts: str) -> list[str]:
    """The lines of ssh-audit's with one of these verdicts."""
    ran = await run(str(Path(sys.executable).with_name("ssh-audit")), "--no-colors", "-p", str(port), "127.0.0.1")
    text = ran.output.decode()
    assert "kex-strict-s-v00@openssh.com" in text, text
    return [line for line in text.splitlines() if any(f"[{verdict}]" in line for verdict in verdicts)]


@pytest_twisted.ensureDeferred
async def test_ssh_audit_has_nothing_against_what_is_modern() -> None:
    """But that X25519 alone is no match for a quantum computer: older clients have nothing else."""
    with serving((host_keys()[0],), MODERN) as server:
        found = await audit(server.port, "fail", "warn")
    assert [line.split()[1] for line in found] == ["curve25519-sha256", "curve25519-sha256@libssh.org"]
    assert all("post-quantum" in line for line in found)


@pytest_twisted.ensureDeferred
async def test_ssh_audit_fails_nothing_but_nist_curves_of_what_is_compatible() -> None:
    """Those are for clients that may use nothing else (FIPS)."""
    with serving() as server:
        assert all("nistp" in line for line in await audit(server.port, "fail"))


OPENSSH_8 = (
    "KexAlgorithms=curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
    "ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512",
    "HostKeyAlgorithms=ecdsa-sha2-nistp256,ssh-ed25519,rsa-sha2-512,rsa-sha2-256,ssh-rsa",
    "Ciphers=chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com",
    "MACs=umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com",
)
"""What OpenSSH 8.0 offers by itself."""


@pytest_twisted.ensureDeferred
@pytest.mark.parametrize("options", [(), OPENSSH_8, (*OPENSSH_8, "Ciphers=aes256-ctr")], ids=["here", "8.0", "ctr"])
async def test_what_is_modern_is_enough_for_older_openssh(client: Client, options: tuple[str, ...]) -> None:
    """Back to 8.0, also without a cipher that authenticates by itself."""
    with serving((host_keys()[0],), MODERN) as server:
        ran = await client.run(server.port, "count", *reversed(options), sends=1000)
        assert ran.code == 0, ran.errors
