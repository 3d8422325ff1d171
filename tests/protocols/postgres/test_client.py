"""Tests of tokengate.protocols.postgres.client."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from tests.support.postgres import DirectRoute, Server
from tests.support.streams import ScriptedStream, run
from tokengate.errors import UpstreamError
from tokengate.protocols.postgres import wire
from tokengate.protocols.postgres.client import ANSWER_DEADLINE, IDLE_BUDGET, PIPELINED, Client, Description
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
    """A statement is described without being run: columns with their stored origin; a refusal stands for itself."""
    texts = ["select email as e, id + $1 from app.customers", "drop table app.customers", "selekt", "select"]
    columns, dropped, refused, empty = run(client.describe(texts))
    assert isinstance(columns, Description)
    assert [(field.name, bool(field.table), field.attnum) for field in columns.fields] == [
        ("e", True, 3),
        ("?column?", False, 0),
    ]
    assert dropped == empty == Description(())
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


NOTIFICATION = wire.message(b"A", b"\0\0\0\1c\0p\0")


@define
class Listening:
    """A client that listens, and what it says."""

    stream: ScriptedStream = field(factory=ScriptedStream)
    clock: Clock = field(factory=Clock)
    said: list[str] = field(factory=list)
    client: Client = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.client = Client(Peer(self.stream, 0), self.clock)
        self.client.listen(lambda: self.said.append("notified"), lambda: self.said.append("lost"))

    def ask(self) -> list[Any]:
        """Where the answer of a question will be."""
        answers: list[Any] = []
        Deferred.fromCoroutine(self.client.query("select 1")).addBoth(answers.append)
        return answers


def test_notifications_between_questions() -> None:
    """Each is told at once; notices and settings are not; questions go on in between."""
    listening = Listening()
    listening.stream.say(NOTIFICATION + wire.parameter_status("a", "b") + NOTIFICATION)
    assert listening.said == ["notified", "notified"]
    answers = listening.ask()
    listening.stream.say(row(b"x") + NOTIFICATION + READY)
    assert answers == [[("x",)]]
    assert len(listening.said) == 3
    listening.stream.say(NOTIFICATION)
    assert len(listening.said) == 4
    assert not listening.clock.getDelayedCalls()


def test_a_question_in_the_middle_of_a_notification() -> None:
    """What the read ahead has begun is read to its end, wherever the question comes."""
    for cut in range(len(NOTIFICATION)):
        listening = Listening()
        listening.stream.say(NOTIFICATION[:cut])
        answers = listening.ask()
        listening.stream.say(NOTIFICATION[cut:] + row(b"x") + READY + NOTIFICATION)
        assert answers == [[("x",)]]
        assert listening.said == ["notified", "notified"]


def test_a_refusal_does_not_end_the_listening() -> None:
    """The connection is whole after it."""
    listening = Listening()
    answers = listening.ask()
    listening.stream.say(wire.error_response("ERROR", "42P01", "no") + READY + NOTIFICATION)
    assert answers[0].check(UpstreamError)
    assert listening.said == ["notified"]


@pytest.mark.parametrize("said", [b"", wire.error_response("FATAL", "57P01", "bye"), row(b"x"), b"A\0\0\0\0"])
def test_a_connection_that_ends_between_questions(said: bytes) -> None:
    """Is said once, whether the server says goodbye, something that nobody asked for, or nothing."""
    listening = Listening()
    listening.stream.say(said)
    listening.stream.end()
    assert listening.said == ["lost"]


def test_a_connection_that_ends_in_a_question() -> None:
    """The question fails, and that is all; a question that comes too late fails as well."""
    listening = Listening()
    answers = listening.ask()
    listening.stream.end()
    assert answers[0].check(UpstreamError)
    assert listening.ask()[0].check(UpstreamError)
    assert listening.said == []


def test_a_closed_client_says_nothing() -> None:
    """Whoever closes it knows."""
    listening = Listening()
    listening.client.close()
    listening.stream.end()
    assert listening.said == []


def test_a_flood_of_notifications() -> None:
    """More than anybody needs between two questions is a broken server."""
    listening = Listening()
    count = IDLE_BUDGET // len(NOTIFICATION) + 1
    listening.stream.say(NOTIFICATION * count)
    assert listening.said == ["notified"] * (count - 1) + ["lost"]


def test_a_late_answer_is_nobody_s() -> None:
    """After a question has been given up the connection is of no use."""
    listening = Listening()
    answers = listening.ask()
    listening.clock.advance(ANSWER_DEADLINE)
    assert answers[0].check(UpstreamError)
    listening.stream.say(row(b"x") + READY)
    assert listening.said == ["lost"]
