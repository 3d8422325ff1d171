"""The wire layer's speed: `python -m tests.protocols.ssh.speed`. Megabytes a second through each role, handshakes a second.

The other end is OpenSSH in a process of its own; `direct` is OpenSSH's client at its own server, measured in the same run.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred

from tests.protocols.ssh.endpoints import TOKEN, known, log_in, own_host, serving
from tests.support.openssh import Client, Server, keygen, sshd
from tokengate.protocols.ssh.algorithms import Offer
from tokengate.protocols.ssh.keys import SigningKey
from tokengate.protocols.ssh.login import Key, Password

AMOUNT = 200 * 1024 * 1024
HANDSHAKES = 60

SUITES = [
    (b"aes128-gcm@openssh.com", b"hmac-sha2-256-etm@openssh.com"),
    (b"chacha20-poly1305@openssh.com", b"hmac-sha2-256-etm@openssh.com"),
    (b"aes128-ctr", b"hmac-sha2-256-etm@openssh.com"),
]


async def timed(work: Callable[[], Awaitable[Any]]) -> tuple[float, float]:
    """Seconds that passed, and that this process computed."""
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    await work()
    now = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter() - began, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime


def report(what: str, seconds: float, computed: float, count: float, unit: str) -> None:
    print(f"{what:58} {count / seconds:8.1f} {unit}  ({computed:.2f} s of our CPU)", flush=True)


async def through_server(client: Client, cipher: bytes, mac: bytes) -> None:
    options = [f"Ciphers={cipher.decode()}", f"MACs={mac.decode()}"]

    async def up() -> None:
        ran = await client.run(server.port, "count", *options, sends=AMOUNT)
        assert ran.output == b"%d\n" % AMOUNT, ran

    async def down() -> None:
        ran = await client.run(server.port, f"send {AMOUNT}", *options, drops=True)
        assert ran.code == 0, ran

    with serving() as server:
        for name, work in (("client to our server", up), ("our server to client", down)):
            report(f"{name}, {cipher.decode()}", *await timed(work), AMOUNT / 1e6, "MB/s")


async def through_client(server: Server, key: Key, cipher: bytes, mac: bytes) -> None:
    offer = Offer(ciphers=((cipher,), (cipher,)), macs=((mac,), (mac,)))
    for name, command, sends in (
        ("our client to sshd", b"cat >/dev/null", AMOUNT),
        ("sshd to our client", b"head -c %d /dev/zero" % AMOUNT, 0),
    ):
        transport, connection = await log_in(server.port, known(server), server.user, key, offer)
        channel = connection.run(command, sends)

        async def work(channel: Any = channel) -> None:
            await channel.done

        report(f"{name}, {cipher.decode()}", *await timed(work), AMOUNT / 1e6, "MB/s")
        assert sends or channel.length == AMOUNT
        transport.loseConnection()
        await transport.ended


async def direct(client: Client, server: Server, identity: Path, cipher: bytes, mac: bytes) -> None:
    options = [f"Ciphers={cipher.decode()}", f"MACs={mac.decode()}", f"IdentityFile={identity}"]

    async def up() -> None:
        ran = await client.run(server.port, "cat >/dev/null", *options, user=server.user, sends=AMOUNT, keys=True)
        assert ran.code == 0, ran

    async def down() -> None:
        remote = f"head -c {AMOUNT} /dev/zero"
        ran = await client.run(server.port, remote, *options, user=server.user, keys=True, drops=True)
        assert ran.code == 0, ran

    for name, work in (("ssh to sshd, direct", up), ("sshd to ssh, direct", down)):
        report(f"{name}, {cipher.decode()}", *await timed(work), AMOUNT / 1e6, "MB/s")


async def handshakes(server: Server, key: Key) -> None:
    async def ours_at_ours() -> None:
        for _ in range(HANDSHAKES):
            transport, _ = await log_in(port, host, "ci", password)
            transport.loseConnection()
            await transport.ended

    async def ours_at_sshd() -> None:
        for _ in range(HANDSHAKES):
            transport, _ = await log_in(server.port, known(server), server.user, key)
            transport.loseConnection()
            await transport.ended

    password, host = Password(TOKEN.decode()), own_host()
    with serving() as ours:
        port = ours.port
        report("logins, our client at our server, both in one process", *await timed(ours_at_ours), HANDSHAKES, "/s")
    report("logins, our client at sshd", *await timed(ours_at_sshd), HANDSHAKES, "/s")


async def measure() -> None:
    """All of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        client = Client(folder, TOKEN.decode())
        identity = keygen(folder, "id")
        settings = f"AuthorizedKeysFile {identity}.pub"
        with sshd(folder / "sshd", settings) as server:
            key = Key(SigningKey.load(identity.read_bytes()))
            for cipher, mac in SUITES:
                await direct(client, server, identity, cipher, mac)
                await through_server(client, cipher, mac)
                await through_client(server, key, cipher, mac)
            await handshakes(server, key)


def main() -> None:
    """Measure, print, stop."""
    failures: list[Any] = []

    def run() -> None:
        task = Deferred.fromCoroutine(measure())
        task.addErrback(lambda failure: failures.append(failure))
        task.addBoth(lambda _: reactor.stop())  # type: ignore[attr-defined]

    reactor.callWhenRunning(run)  # type: ignore[attr-defined]
    reactor.run()  # type: ignore[attr-defined]
    if failures:
        failures[0].printTraceback()
        sys.exit(1)


if __name__ == "__main__":
    main()
