"""Other implementations at both ends: paramiko and asyncssh as clients, as targets, and Conch's own server."""

from __future__ import annotations

import asyncio
import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncssh
import paramiko
import pytest
import pytest_twisted
from attrs import evolve
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from twisted.conch.ssh.factory import SSHFactory
from twisted.conch.ssh.keys import Key as ConchKey
from twisted.conch.ssh.transport import SSHServerTransport
from twisted.internet import reactor
from twisted.internet.threads import deferToThread

from tests.protocols.ssh.endpoints import TOKEN, host_keys, log_in, own_host, serving
from tests.protocols.ssh.test_server import AMOUNT, PROTECTIONS
from tests.protocols.ssh.wired import NOW
from tokengate.edge.connect import connect, parse_connect
from tokengate.protocols.ssh.adapter import StreamTransport
from tokengate.protocols.ssh.algorithms import KEY_EXCHANGES, Offer
from tokengate.protocols.ssh.client import ClientTransport
from tokengate.protocols.ssh.keying import Limits
from tokengate.protocols.ssh.login import Login, Password

ED25519 = host_keys()[0]

PARAMIKOS = [name for name in KEY_EXCHANGES if name.decode() in paramiko.Transport._preferred_kex]


def openssh_form() -> bytes:
    return ED25519.private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


# ---------------------------------------------------------------- clients


@pytest.mark.parametrize("exchange", PARAMIKOS, ids=lambda name: name.decode())
@pytest_twisted.ensureDeferred
async def test_paramiko_as_a_client(exchange: bytes) -> None:
    """By every key exchange, the hybrid one too, with new keys in between."""

    def work(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port)) as sock:
            transport = paramiko.Transport(sock)
            transport.get_security_options().kex = (exchange.decode(),)
            transport.connect(username="ci", password=TOKEN.decode())
            channel = transport.open_session()
            channel.exec_command("cat")
            channel.sendall(b"some")
            transport.renegotiate_keys()
            channel.sendall(b"thing")
            channel.shutdown_write()
            output = channel.makefile().read()
            transport.close()
            return bytes(output)

    with serving() as server:
        assert await deferToThread(work, server.port) == b"something"
        assert server.transports[0].exchanges == 2


@pytest.mark.parametrize("strict", [True, False])
@pytest_twisted.ensureDeferred
async def test_a_client_with_and_without_strict_key_exchange(strict: bool) -> None:
    """Both work, new keys included; the countermeasure is in force where both have it."""

    def work(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port)) as sock:
            transport = paramiko.Transport(sock, strict_kex=strict)
            transport.connect(username="ci", password=TOKEN.decode())
            transport.renegotiate_keys()
            channel = transport.open_session()
            channel.exec_command("count")
            channel.shutdown_write()
            output = channel.makefile().read()
            transport.close()
            return bytes(output)

    with serving() as server:
        assert await deferToThread(work, server.port) == b"0\n"
        assert server.transports[0]._strict is strict


@pytest.mark.parametrize(("cipher", "mac"), PROTECTIONS, ids=lambda name: name.decode())
@pytest_twisted.ensureDeferred
async def test_asyncssh_as_a_client(cipher: bytes, mac: bytes) -> None:
    """In every protection, new keys from both sides while data flows."""

    async def work(port: int) -> int:
        options = {"known_hosts": None, "config": None, "client_keys": None, "rekey_bytes": 100_000}
        async with asyncssh.connect(
            "127.0.0.1", port, username="ci", password=TOKEN.decode(),
            encryption_algs=[cipher.decode()], mac_algs=[mac.decode()], **options,
        ) as connection:  # fmt: skip
            ran = await connection.run("cat", input=bytes(AMOUNT), encoding=None)
            return len(ran.stdout)

    with serving(limits=Limits(rekey_bytes=120_000)) as server:
        assert await deferToThread(asyncio.run, work(server.port)) == AMOUNT
        assert server.transports[0].exchanges >= 3


# ---------------------------------------------------------------- targets


@contextmanager
def paramiko_server(exchange: str) -> Iterator[int]:
    """A server that takes the token as a password and answers every command with it."""

    class Interface(paramiko.ServerInterface):
        def check_auth_password(self, username: str, password: str) -> int:
            return paramiko.AUTH_SUCCESSFUL if password == TOKEN.decode() else paramiko.AUTH_FAILED

        def get_allowed_auths(self, username: str) -> str:
            return "password"

        def check_channel_request(self, kind: str, chanid: int) -> int:
            return paramiko.OPEN_SUCCEEDED

        def check_channel_exec_request(self, channel: Any, command: bytes) -> bool:
            threading.Thread(
                target=lambda: (channel.sendall(command), channel.send_exit_status(0), channel.close())
            ).start()
            return True

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            sock, _ = listening.accept()
            transport = paramiko.Transport(sock)
            transport.get_security_options().kex = (exchange,)
            transport.add_server_key(paramiko.Ed25519Key.from_private_key(io.StringIO(openssh_form().decode())))
            transport.start_server(server=Interface())

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]


@pytest.mark.parametrize("exchange", PARAMIKOS, ids=lambda name: name.decode())
@pytest_twisted.ensureDeferred
async def test_paramiko_as_a_target(exchange: bytes) -> None:
    """By every key exchange: with the hybrid one OpenSSH 9.2 can't be asked."""
    host = evolve(own_host(), keys=frozenset({ED25519.blob}))
    with paramiko_server(exchange.decode()) as port:
        offer = Offer(key_exchanges=(exchange,))
        transport, connection = await log_in(port, host, "ci", Password(TOKEN.decode()), offer)
        assert await connection.run(b"a command").done == b"a command"
        transport.loseConnection()
        await transport.ended


@contextmanager
def asyncssh_server(*, prompts: bool) -> Iterator[int]:
    """A server that takes a password by one method only, and gives back what it is sent."""

    class Interface(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return not prompts

        def validate_password(self, username: str, password: str) -> bool:
            return password == TOKEN.decode()

        def kbdint_auth_supported(self) -> bool:
            return prompts

        def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
            return "", "", "", [("Password: ", False)]

        def validate_kbdint_response(self, username: str, responses: Any) -> bool:
            return list(responses) == [TOKEN.decode()]

    async def echo(process: Any) -> None:
        while data := await process.stdin.read(65536):
            process.stdout.write(data)
        process.exit(0)

    loop, ports, stop = asyncio.new_event_loop(), list[int](), asyncio.Event()
    ready = threading.Event()

    async def serve() -> None:
        key = asyncssh.import_private_key(openssh_form())
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Interface,
            server_host_keys=[key],
            process_factory=echo,
            encoding=None,
            rekey_bytes=100_000,
        )
        ports.append(server.get_port())
        ready.set()
        await stop.wait()
        server.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


@pytest.mark.parametrize("prompts", [False, True])
@pytest_twisted.ensureDeferred
async def test_asyncssh_as_a_target(prompts: bool) -> None:
    """A password by its own method or at a prompt, and new keys from both sides."""
    with asyncssh_server(prompts=prompts) as port:
        host = evolve(own_host(), keys=frozenset({ED25519.blob}))
        limits = Limits(rekey_bytes=120_000)
        transport, connection = await log_in(port, host, "ci", Password(TOKEN.decode()), limits=limits)
        assert await connection.run(b"cat", AMOUNT).done == bytes(AMOUNT)
        assert transport.exchanges >= 3
        transport.loseConnection()
        await transport.ended


@pytest_twisted.ensureDeferred
async def test_conchs_own_server_does_the_hybrid_exchange_with_us() -> None:
    """Two implementations of mlkem768x25519, and a peer without strict key exchange or any of our MACs but plain."""
    key = ConchKey.fromString(openssh_form())

    made: list[SSHServerTransport] = []

    class Factory(SSHFactory):
        def getPublicKeys(self) -> dict[bytes, ConchKey]:
            return {b"ssh-ed25519": key.public()}

        def getPrivateKeys(self) -> dict[bytes, ConchKey]:
            return {b"ssh-ed25519": key}

        def buildProtocol(self, addr: Any) -> SSHServerTransport:
            made.append(super().buildProtocol(addr))
            return made[-1]

    listening = reactor.listenTCP(0, Factory(), interface="127.0.0.1")  # type: ignore[attr-defined]
    try:
        login = Login("ci", Password("x"), None)  # type: ignore[arg-type]
        host = evolve(own_host(), keys=frozenset({ED25519.blob}))
        offer = Offer(key_exchanges=(b"mlkem768x25519-sha256",)).with_host_keys(host.algorithms)
        transport = ClientTransport(offer, lambda name, blob: host.verify(name, blob, NOW), login, login.fail, reactor)
        stream = await connect(parse_connect(f"tcp:127.0.0.1:{listening.getHost().port}"), reactor)
        secured = transport._secured
        transport._secured = lambda: (secured(), transport.loseConnection())  # type: ignore[method-assign]
        login.done.addErrback(lambda _: None)
        StreamTransport(stream, transport).start()
        await transport.ended
        assert transport.exchanges == 1
        assert not transport._strict
        assert transport.sessionID == made[0].sessionID
    finally:
        await listening.stopListening()
