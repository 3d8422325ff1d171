"""Listeners on real sockets."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.task import deferLater

from tests.support.ports import free_port
from tokengate.edge.limits import Limits
from tokengate.edge.listener import Endpoint, Listener, parse_listen
from tokengate.edge.proxy import SIGNATURE, parse_networks
from tokengate.edge.stream import Stream
from tokengate.errors import ConfigError


async def echo(stream: Stream) -> None:
    """Answer each five bytes with the peer's name."""
    while True:
        await stream.read_exactly(5)
        stream.write(stream.peer.encode() + b"\n")


def serving(endpoint: Endpoint, proxies: str = "", **limits: float) -> tuple[Listener, list[str]]:
    refused: list[str] = []
    listener = Listener(endpoint, echo, Limits(**limits), reactor, parse_networks(proxies), refused.append)  # type: ignore[arg-type]  # by name
    listener.open()
    listener.start()
    return listener, refused


async def tick(seconds: float = 0.05) -> None:
    await deferLater(reactor, seconds)


async def ask(sock: socket.socket, data: bytes = b"hello") -> bytes:
    sock.setblocking(False)
    sock.send(data)
    for _ in range(40):
        await tick(0.01)
        try:
            return sock.recv(1000)
        except BlockingIOError:
            continue
    return b""


@pytest_twisted.ensureDeferred
async def test_tcp_and_unix(tmp_path: Path) -> None:
    """Both kinds accept, know their peer, and stop accepting when told."""
    port = free_port()
    tcp, _ = serving(Endpoint("tcp", "127.0.0.1", port))
    unix, _ = serving(Endpoint("unix", path=str(tmp_path / "sock"), mode=0o600))
    with socket.create_connection(("127.0.0.1", port)) as client:
        assert await ask(client) == f"127.0.0.1:{client.getsockname()[1]}\n".encode()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "sock"))
        assert await ask(client) == b"unix:\n"
    assert (tmp_path / "sock").stat().st_mode & 0o777 == 0o600
    await tcp.stop()
    await unix.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


@pytest_twisted.ensureDeferred
async def test_nobody_is_accepted_before_start_and_a_taken_port_is_said() -> None:
    """Binding comes first, accepting later; an address in use is a ConfigError."""
    port = free_port()
    listener = Listener(Endpoint("tcp", "127.0.0.1", port), echo, Limits(), reactor)
    listener.open()
    with socket.create_connection(("127.0.0.1", port)) as client:
        assert await ask(client) == b""
        listener.start()
        assert (await ask(client, b"again")).startswith(b"127.0.0.1")
    with pytest.raises(ConfigError, match="can't listen"):
        Listener(Endpoint("tcp", "127.0.0.1", port), echo, Limits(), reactor).open()
    await listener.stop()


@pytest_twisted.ensureDeferred
async def test_a_silent_client_holds_nobody_up_and_limits_hold() -> None:
    """Connections that say nothing cost their places only; beyond the limit they are closed at once, and counted."""
    port = free_port()
    listener, refused = serving(Endpoint("tcp", "127.0.0.1", port), per_source=3)
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(2)]
    with socket.create_connection(("127.0.0.1", port)) as client:
        assert await ask(client)
        over = socket.create_connection(("127.0.0.1", port))
        await tick()
        over.setblocking(False)
        with pytest.raises(ConnectionResetError):
            over.recv(1)
            raise ConnectionResetError  # an orderly end is as good
        assert refused == ["per_source"]
    for sock in silent:
        sock.close()
    await tick()
    assert listener.gauge.connections == 0
    await listener.stop()


@pytest_twisted.ensureDeferred
async def test_a_balancer_names_its_client_and_nobody_else_does() -> None:
    """From a listed address the header is required and believed; from another it is just bytes."""
    port = free_port()
    listener, _ = serving(Endpoint("tcp", "127.0.0.1", port), "127.0.0.1")
    header = (
        SIGNATURE
        + b"\x21\x11"
        + struct.pack("!H", 12)
        + bytes([203, 0, 113, 9, 0, 0, 0, 0])
        + struct.pack("!HH", 99, 1)
    )
    with socket.create_connection(("127.0.0.1", port)) as client:
        assert await ask(client, header + b"hello") == b"203.0.113.9:99\n"
    with socket.create_connection(("127.0.0.1", port)) as client, pytest.raises(ConnectionResetError):
        assert await ask(client, b"hello, I have no header at all") == b""
        raise ConnectionResetError  # an orderly end is as good
    await listener.stop()
    port = free_port()
    listener, _ = serving(Endpoint("tcp", "127.0.0.1", port), "198.51.100.0/24")
    with socket.create_connection(("127.0.0.1", port)) as client:
        assert b"203.0.113.9" not in await ask(client, header + b"hello")
    await listener.stop()


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("tcp:5433", Endpoint("tcp", port=5433)),
        ("tcp:5433:interface=127.0.0.1", Endpoint("tcp", "127.0.0.1", 5433)),
        ("tcp:5433:interface=\\:\\:1", Endpoint("tcp", "::1", 5433)),
        ("unix:/run/x.sock:mode=600", Endpoint("unix", path="/run/x.sock", mode=0o600)),
    ],
)
def test_endpoints(text: str, endpoint: Endpoint) -> None:
    """Descriptions as Twisted writes them."""
    assert parse_listen(text) == endpoint


@pytest.mark.parametrize(
    "text", ["5433", "tcp:", "tcp:0", "tcp:70000", "tcp:1:host=x", "unix:relative", "ssl:1", "unix:/x:mode=9"]
)
def test_endpoints_that_are_none(text: str) -> None:
    """A mistake is a sentence, not a guess."""
    with pytest.raises(ValueError):
        parse_listen(text)


def test_loopback_is_local() -> None:
    """Only these may go without TLS."""
    assert parse_listen("tcp:1:interface=127.0.0.1").local
    assert parse_listen("unix:/x").local
    assert not parse_listen("tcp:1").local
    assert not parse_listen("tcp:1:interface=0.0.0.0").local
