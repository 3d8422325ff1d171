"""Streams' readiness: an epoll of their own, told by the reactor that something in it is ready."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tokengate.edge.readiness import Poll, readiness

pytestmark = pytest.mark.skipif(not hasattr(select, "epoll"), reason="there is no epoll: the reactor itself is asked")


class Readers:
    """A reactor, as far as a `Poll` knows one."""

    def __init__(self) -> None:
        self.added: list[Any] = []

    def addReader(self, descriptor: Any) -> None:
        self.added.append(descriptor)

    def removeReader(self, descriptor: Any) -> None:
        self.added.remove(descriptor)


class Ended:
    """A socket whose calls are written down. `do`: what it does when it is read."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.calls: list[str] = []
        self.do: Callable[[], None] = lambda: None

    def fileno(self) -> int:
        return self.sock.fileno()

    def doRead(self) -> None:
        self.calls.append("read")
        self.do()

    def doWrite(self) -> None:
        self.calls.append("write")

    def connectionLost(self, reason: Any) -> None:
        self.calls.append("lost")


@pytest.fixture
def poll() -> Poll:
    return Poll(Readers())


@pytest.fixture
def ends() -> Iterator[list[Ended]]:
    """Two streams with something to read, then their two peers."""
    pairs = [socket.socketpair() for _ in range(2)]
    for _, far in pairs:
        far.send(b"x")
    yield [Ended(end) for end in (pairs[0][0], pairs[1][0], pairs[0][1], pairs[1][1])]
    for pair in pairs:
        for end in pair:
            end.close()


def test_there_is_one_for_a_reactor() -> None:
    """Streams of one reactor are asked together."""
    from twisted.internet import reactor

    assert readiness(reactor) is readiness(reactor)


def test_the_reactor_knows_of_it_while_it_has_streams(poll: Poll, ends: list[Ended]) -> None:
    """An idle process has nothing registered."""
    first, second, *_ = ends
    added = poll._reactor.added
    poll.addReader(first)
    poll.addWriter(first)
    poll.addReader(second)
    assert added == [poll]
    poll.removeReader(first)
    poll.removeReader(second)
    assert added == [poll]
    poll.removeWriter(first)
    poll.removeWriter(first)
    assert added == []


def test_a_stream_hears_what_it_asked_for(poll: Poll, ends: list[Ended]) -> None:
    """Reading and writing by themselves and together, and nothing once they are not asked for."""
    first = ends[0]
    poll.addReader(first)
    poll.doRead()
    assert first.calls == ["read"]
    poll.addWriter(first)
    poll.doRead()
    assert first.calls == ["read", "read", "write"]
    poll.removeReader(first)
    poll.doRead()
    assert first.calls == ["read", "read", "write", "write"]


def test_an_end_reaches_a_stream_that_only_writes(poll: Poll, ends: list[Ended]) -> None:
    """A peer that is gone is found out by writing where nothing is read: what a paused stream has kept stays unread."""
    first, _, peer, _ = ends
    poll.addWriter(first)
    peer.sock.close()
    poll.doRead()
    assert first.calls == ["write"]


def test_a_stream_that_another_ended_is_left_alone(poll: Poll, ends: list[Ended]) -> None:
    """Both were ready in one round; the first of them ends the other."""
    first, second, *_ = ends
    for one, other in ((first, second), (second, first)):
        one.do = lambda other=other: poll.removeReader(other)  # type: ignore[misc]
        poll.addReader(one)
    poll.doRead()
    assert sorted((first.calls[:1], second.calls[:1])) == [[], ["read"]]


def test_a_stream_that_raises_is_lost_alone(poll: Poll, ends: list[Ended]) -> None:
    """The others are told as ever."""
    first, second, *_ = ends

    def fail() -> None:
        poll.removeReader(first)
        raise RuntimeError("in a test")

    first.do = fail
    poll.addReader(first)
    poll.addReader(second)
    poll.doRead()
    assert first.calls == ["read", "lost"]
    assert "read" in second.calls
    assert "lost" not in second.calls


def test_rounds_are_bounded(poll: Poll, ends: list[Ended]) -> None:
    """Two streams that never run dry don't keep the reactor from its other work."""
    first, second, *_ = ends
    poll.addReader(first)
    poll.addReader(second)
    poll.doRead()
    assert 1 <= len(first.calls) <= 8


def test_all_are_lost_when_the_reactor_stops(poll: Poll, ends: list[Ended]) -> None:
    """As descriptors of its own would be."""
    first, second, *_ = ends
    poll.addReader(first)
    poll.addWriter(second)
    poll.connectionLost(None)  # type: ignore[arg-type]
    assert first.calls == second.calls == ["lost"]
