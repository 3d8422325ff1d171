"""Tests of tokengate.protocols.postgres.cancel."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from tests.support.streams import ScriptedStream, run
from tokengate.errors import UpstreamError
from tokengate.protocols.postgres import wire
from tokengate.protocols.postgres.cancel import CANCEL_DEADLINE, Cancellable, Cancels
from tokengate.protocols.postgres.login import Upstream
from tokengate.protocols.postgres.startup import Cancel

UPSTREAM = Upstream(None, {}, 4242, b"their")
TLS = (object(), "db.example")


@define
class FakeRoute:
    """A route whose upstream is scripted."""

    stream: ScriptedStream
    tls: Any = None
    connections: int = 0

    async def connect(self) -> ScriptedStream:
        self.connections += 1
        return self.stream

    def upstream_tls(self) -> Any:
        return self.tls


@define
class FakeDriver:
    """A driver that may hold something."""

    holding: bool
    asked: list[bool] = field(factory=list)

    def cancel_hold(self) -> bool:
        self.asked.append(self.holding)
        return self.holding


def begun(session: Cancellable, route: FakeRoute, clock: Clock) -> list[Any]:
    results: list[Any] = []
    Deferred.fromCoroutine(session.cancel(route, clock)).addBoth(results.append)
    return results


def test_keys() -> None:
    """Every session gets its own random id and key, as long as its protocol version allows."""
    cancels = Cancels()
    sessions = [cancels.issue(UPSTREAM, minor) for minor in (0, 1, 2)]
    assert [len(session.key) for session in sessions] == [4, 4, 32]
    assert len({session.process for session in sessions}) == 3
    assert all(0 < session.process < 2**31 for session in sessions)
    assert all(session.key != UPSTREAM.key and session.process != UPSTREAM.process for session in sessions)
    assert repr(sessions[2].key) not in repr(sessions[2])


def test_only_the_right_key_finds_a_session() -> None:
    """A wrong, shortened or lengthened key, or another process id, finds nothing; nor does an ended session's."""
    cancels = Cancels()
    session, other = cancels.issue(UPSTREAM, 2), cancels.issue(UPSTREAM, 2)
    assert cancels.find(Cancel(session.process, session.key)) is session
    for key in (other.key, session.key[:-1], session.key + b"x", session.key[:4], b"\0" * 32):
        assert cancels.find(Cancel(session.process, key)) is None
    assert cancels.find(Cancel(other.process, session.key)) is None
    assert cancels.find(Cancel(UPSTREAM.process, UPSTREAM.key)) is None
    cancels.forget(session)
    assert cancels.find(Cancel(session.process, session.key)) is None
    assert cancels.find(Cancel(other.process, other.key)) is other


def test_relay() -> None:
    """The upstream gets its own process id and key, over TLS when the route has it; then both ends close."""
    stream = ScriptedStream().say(b"S")
    run_route = FakeRoute(stream, TLS)
    results = begun(Cancels().issue(UPSTREAM, 0), run_route, Clock())
    assert stream.take() == wire.ssl_request() + wire.cancel_request(4242, b"their")
    assert stream.hostname == "db.example"
    assert not results, "it waits for the server to have done it"
    stream.end()
    assert results == [None]
    assert stream.aborted


def test_no_relay_without_tls() -> None:
    """The upstream's key does not go out in the clear where the route wants TLS."""
    stream = ScriptedStream().say(b"N")
    with pytest.raises(UpstreamError):
        run(Cancels().issue(UPSTREAM, 0).cancel(FakeRoute(stream, TLS), Clock()))
    assert stream.take() == wire.ssl_request()
    assert stream.aborted


def test_a_hold_is_withdrawn() -> None:
    """A session that waits for an approval is cancelled in the gateway; the upstream has nothing to cancel."""
    session, route = Cancels().issue(UPSTREAM, 0), FakeRoute(ScriptedStream().end())
    session.driver = FakeDriver(holding=True)
    run(session.cancel(route, Clock()))
    assert (session.driver.asked, route.connections) == ([True], 0)
    session.driver = FakeDriver(holding=False)
    run(session.cancel(route, Clock()))
    assert (session.driver.asked, route.connections) == ([False], 1)


def test_one_relay_at_a_time() -> None:
    """Repeating a request can't open more than one connection a session."""
    session, route = Cancels().issue(UPSTREAM, 0), FakeRoute(ScriptedStream())
    first = begun(session, route, Clock())
    assert begun(session, route, Clock()) == [None]
    assert route.connections == 1
    route.stream.end()
    assert first == [None]
    assert begun(session, route, Clock()) == [None]
    assert route.connections == 2


def test_a_server_that_does_not_answer() -> None:
    """The relay is given up after its deadline, and the session can be cancelled again."""
    session, route, clock = Cancels().issue(UPSTREAM, 0), FakeRoute(ScriptedStream()), Clock()
    results = begun(session, route, clock)
    clock.advance(CANCEL_DEADLINE)
    assert results[0].check(UpstreamError)
    assert route.stream.aborted
    route.stream = ScriptedStream().end()
    assert begun(session, route, clock) == [None]


def test_an_upstream_without_keys() -> None:
    """A server that gave no key can't be asked."""
    route = FakeRoute(ScriptedStream())
    run(Cancels().issue(Upstream(None, {}), 0).cancel(route, Clock()))
    assert route.connections == 0
