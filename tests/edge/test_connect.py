"""Connecting to upstreams."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor

from tests.support.ports import free_port
from tokengate.edge.connect import connect, parse_connect
from tokengate.edge.listener import Endpoint
from tokengate.errors import UpstreamError


@pytest_twisted.ensureDeferred
async def test_by_address_by_name_and_by_path(tmp_path: Path) -> None:
    """All three ways to name an upstream lead to a stream that carries bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "s"))
        local.listen()
        port = server.getsockname()[1]
        for endpoint, listening in (
            (Endpoint("tcp", "127.0.0.1", port), server),
            (Endpoint("tcp", "localhost", port), server),
            (Endpoint("unix", path=str(tmp_path / "s")), local),
        ):
            stream = await connect(endpoint, reactor)
            peer, _ = listening.accept()
            peer.send(b"hello")
            assert await stream.read_exactly(5) == b"hello"
            stream.abort()
            peer.close()


@pytest_twisted.ensureDeferred
async def test_nobody_there_is_said_and_where_is_for_the_log(tmp_path: Path) -> None:
    """A refused connection, a missing socket, an unknown name, a deadline: UpstreamError each."""
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    backlog = []
    for _ in range(4):  # fill the queue, so that one more connection is never answered
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(full.getsockname())
        backlog.append(sock)
    for endpoint in (
        Endpoint("tcp", "127.0.0.1", free_port()),
        Endpoint("unix", path=str(tmp_path / "missing")),
        Endpoint("tcp", "no-such-host.invalid", 1),
        Endpoint("tcp", "127.0.0.1", full.getsockname()[1]),
    ):
        with pytest.raises(UpstreamError) as caught:
            await connect(endpoint, reactor, 0.3)
        assert caught.value.code == "08006"
        assert "127.0.0.1" not in caught.value.problem
    for sock in (*backlog, full):
        sock.close()


def test_upstreams() -> None:
    """Descriptions, and mistakes in them."""
    assert parse_connect("tcp:db.internal:5432") == Endpoint("tcp", "db.internal", 5432)
    assert parse_connect("tcp:[::1]:5432") == Endpoint("tcp", "::1", 5432)
    assert parse_connect("unix:/run/pg").path == "/run/pg"
    for text in ("db:5432", "tcp:db", "tcp::5432", "unix:x", "tcp:db:0"):
        with pytest.raises(ValueError, match="is no upstream"):
            parse_connect(text)
