"""Tests of tokengate.protocols.postgres.client."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from tests.support.postgres import DirectRoute, Server
from tests.support.streams import ScriptedStream, run
from tokengate.errors import UpstreamError
from tokengate.protocols.postgres import wire
from tokengate.protocols.postgres.client import ANSWER_DEADLINE, PIPELINED, Client, Description
from tokengate.protocols.postgres.peer import Peer

READY = wire.ready_for_query()


@pytest.fixture
def client(postgres: Server) -> Iterator[Client]:
    connected = run(Client.connect(DirectRoute(postgres), Clock(), settings={"application_name": "asking"}))
    yield connected
    connected.close()


def scripted(said: bytes) -> Client:
    return Client(Peer(ScriptedStream().say(said).end(), 0), Clock())


def row(*cells: bytes | None) -> bytes:
    parts = (b"\xff\xff\xff\xff" if cell is None else struct.pack("!i", len(cell)) + cell for cell in cells)
    return wire.message(b"D", struct.pack("!h", len(cells)) + b"".join(parts))


def test_rows(client: Client) -> None:
    """Rows come as text, NULL as None, from every statement of the question."""
    assert run(client.query("select 1, null, 'Zoë'; select ''")) == [("1", None, "Zoë"), ("",)]
    assert run(client.query("")) == []
    assert run(client.query("show application_name")) == [("asking",)]


def test_a_refused_question(client: Client) -> None:
    """The server's error is raised with its code, and the connection goes on."""
    with pytest.raises(UpstreamError) as caught:
        run(client.query("select * from nowhere"))
    assert caught.value.code == "42P01"
    assert run(client.query("select 1")) == [("1",)]


def test_descriptions(client: Client) -> None:
    """A statement is described without being run: columns with their stored origin, parameters; a refusal stands for
    itself.
    """
    texts = ["select email as e, id + $1 from app.customers", "drop table app.customers", "selekt", "select"]
    columns, dropped, refused, empty = run(client.describe(texts))
    assert isinstance(columns, Description)
    assert columns.parameters == (23,)
    assert [(field.name, bool(field.table), field.attnum) for field in columns.fields] == [
        ("e", True, 3),
        ("?column?", False, 0),
    ]
    assert dropped == empty == Description((), ())
    assert isinstance(refused, UpstreamError)
    assert refused.code == "42601"
    assert run(client.query("select count(*) from app.customers")) == [("3",)]


def test_many_descriptions(client: Client) -> None:
    """More than are asked for at once come back in order."""
    texts = [f"select 1 as c{number}" for number in range(2 * PIPELINED + 1)]
    found = run(client.describe(texts))
    assert [one.fields[0].name for one in found if isinstance(one, Description)] == [f"c{n}" for n in range(len(texts))]


@pytest.mark.parametrize(
    "said",
    [
        row(b"x")[:-1],
        wire.message(b"D", b"") + READY,
        wire.message(b"D", b"\0\1\0\0\0\5x") + READY,
        wire.message(b"D", b"\0\1\0\0\0\1\xff") + READY,
        wire.message(b"D", b"\0\1\0\0\0\1xx") + READY,
        wire.message(b"D", b"\0\2\0\0\0\1x") + READY,
        wire.message(b"G", b"\0\0\0") + READY,
        wire.message(b"E", b"x") + READY,
        b"D\xff\xff\xff\xff",
        b"D\0\0\0\1",
        b"",
    ],
)
def test_hostile_rows(said: bytes) -> None:
    """An answer that is not of its format is an `UpstreamError`, nothing else."""
    with pytest.raises(UpstreamError):
        run(scripted(said).query("select 1"))


@pytest.mark.parametrize(
    "said",
    [
        wire.message(b"t", b"\0") + READY,
        wire.message(b"t", b"\0\1\0\0\0") + READY,
        wire.message(b"T", b"\0\1") + READY,
        wire.message(b"D", b"\0\0") + READY,
        READY[:-1],
    ],
)
def test_hostile_descriptions(said: bytes) -> None:
    """So is a description."""
    with pytest.raises(UpstreamError):
        run(scripted(said).describe(["select 1"]))


def test_what_may_come_at_any_time() -> None:
    """Notices, settings and notifications between the rows are passed over."""
    asides = (
        wire.notice_response("00000", "x") + wire.parameter_status("a", "b") + wire.message(b"A", b"\0\0\0\1c\0p\0")
    )
    assert run(scripted(asides + row(b"x") + asides + READY).query("select 1")) == [("x",)]


def test_a_server_that_does_not_answer() -> None:
    """The question is given up when its deadline has passed."""
    clock, results = Clock(), list[Any]()
    client = Client(Peer(ScriptedStream(), 0), clock)
    Deferred.fromCoroutine(client.query("select 1")).addBoth(results.append)
    clock.advance(ANSWER_DEADLINE - 1)
    assert not results
    clock.advance(1)
    assert results[0].check(UpstreamError)


def test_an_unusable_credential(postgres: Server) -> None:
    """A wrong password is an `UpstreamError`, and the connection does not stay open."""
    route = DirectRoute(postgres)
    with pytest.raises(UpstreamError):
        run(Client.connect(route, Clock(), database="nowhere"))
    assert route.connections == 1
