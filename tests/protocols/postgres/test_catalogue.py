"""Tests of tokengate.protocols.postgres.catalogue: when it asks, whom it keeps waiting, what it believes."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from attrs import define, field
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, deferLater
from twisted.internet.threads import deferToThread
from zope.interface.verify import verifyObject

from tests.support.postgres import DirectRoute, Server
from tokengate.edge.stream import Stream
from tokengate.errors import UpstreamError
from tokengate.interfaces import ICatalogue
from tokengate.protocols.postgres import catalogue as module
from tokengate.protocols.postgres.catalogue import (
    FAILURE_PAUSE,
    LEAST_PAUSE,
    PATHS_KEPT,
    PATIENCE,
    RECONNECT_AFTER,
    STALE_AFTER,
    Catalogue,
)
from tokengate.protocols.postgres.census import Outdated
from tokengate.protocols.postgres.client import Client
from tokengate.protocols.postgres.snapshot import Relation, Snapshot, Stored

DOCS = Path(__file__).parents[3] / "docs" / "masking.md"
DEADLINE = 20.0
INTERVAL = 60.0
UNREACHABLE = UpstreamError("the upstream can't be reached")


def snapshot(*names: str) -> Snapshot:
    column = {1: Stored(1, "id", 23, -1, False)}
    return Snapshot(
        {oid: Relation(oid, "app", name, "r", column) for oid, name in enumerate(names, 1)}, types={23: "int4"}
    )


@define
class FakeCensus:
    """A census whose answers the test gives."""

    asked: list[Deferred[Snapshot | None]] = field(factory=list)
    connections: int = 0
    closed: int = 0
    notify: Callable[[], None] = lambda: None
    lose: Callable[[], None] = lambda: None

    async def connect(self, *_: Any) -> FakeCensus:
        self.connections += 1
        return self

    def listen(self, notified: Callable[[], None], lost: Callable[[], None]) -> None:
        self.notify, self.lose = notified, lost

    def take(self) -> Deferred[Snapshot | None]:
        self.asked.append(Deferred())
        return self.asked[-1]

    def close(self) -> None:
        self.closed += 1

    def answer(self, snapshot: Snapshot | None) -> None:
        self.asked[-1].callback(snapshot)

    def fail(self, error: Exception = UNREACHABLE) -> None:
        self.asked[-1].errback(error)


@define
class Kept:
    """A started catalogue, its clock, its census."""

    catalogue: Catalogue
    clock: Clock
    census: FakeCensus

    def refresh(self) -> list[Any]:
        """Where the outcome of a refresh will be."""
        outcome: list[Any] = []
        self.catalogue.refresh().addBoth(outcome.append)
        return outcome


@define
class NamedRoute:
    name: str = "orders"


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    census, clock = FakeCensus(), Clock()
    monkeypatch.setattr(Client, "connect", census.connect)
    monkeypatch.setattr(module, "Census", lambda client: client)
    catalogue = Catalogue(NamedRoute(), clock, None, INTERVAL)
    catalogue.start()
    yield Kept(catalogue, clock, census)
    catalogue.stop()


def test_before_the_first_answer(kept: Kept) -> None:
    """Nothing is known, nothing is taken for the server's own."""
    catalogue = kept.catalogue
    assert catalogue.version == 0
    assert catalogue.origins(1, 1) is None
    assert catalogue.expand("app", "people") is None
    assert not catalogue.knows(1)
    assert not catalogue.is_builtin("upper")
    assert not catalogue.is_builtin_operator("=")
    assert catalogue.type_name(23) == ""
    verifyObject(ICatalogue, catalogue)


def test_first_and_periodic_refresh(kept: Kept) -> None:
    """It asks at once, then every interval, over one connection; the version grows with changes only."""
    kept.census.answer(snapshot("people"))
    assert kept.catalogue.version == 1
    assert kept.catalogue.knows(1)
    assert kept.catalogue.type_name(23) == "int4"
    kept.clock.pump([LEAST_PAUSE, INTERVAL])
    assert len(kept.census.asked) == 2
    kept.census.answer(None)
    assert kept.catalogue.version == 1
    kept.clock.pump([LEAST_PAUSE, INTERVAL])
    kept.census.answer(snapshot("people", "orders"))
    assert kept.catalogue.version == 2
    assert kept.census.connections == 1


def test_refresh_waits_for_a_snapshot_begun_later(kept: Kept) -> None:
    """A question that was already on its way may have been answered before the change: the next one counts, one for
    all.
    """
    first, second = kept.refresh(), kept.refresh()
    kept.census.answer(snapshot("people"))
    assert not first
    kept.clock.advance(LEAST_PAUSE)
    assert len(kept.census.asked) == 2
    third = kept.refresh()
    kept.census.answer(snapshot("people", "fresh"))
    assert first == second == [None]
    assert not third
    assert kept.catalogue.knows(2)
    kept.clock.advance(LEAST_PAUSE)
    kept.census.answer(None)
    assert third == [None]


def test_pauses_grow_with_the_cost(kept: Kept) -> None:
    """A target that takes two seconds to answer is left alone for twenty, or for two where much of it was asked for
    once.
    """
    for number, pause in enumerate((2, 20), 1):
        kept.clock.advance(2)
        kept.census.answer(None)
        kept.clock.advance(pause - 1)
        kept.refresh()
        assert len(kept.census.asked) == number
        kept.clock.advance(1)
        assert len(kept.census.asked) == number + 1


def test_pauses_are_shorter_where_something_changed(kept: Kept) -> None:
    """Then it is six seconds, whether the change comes before they are over or after."""
    kept.census.answer(None)
    kept.clock.advance(LEAST_PAUSE)
    kept.catalogue.expire()
    kept.clock.advance(2)
    kept.census.answer(None)
    kept.catalogue.expire()
    kept.clock.advance(5)
    assert len(kept.census.asked) == 2
    kept.clock.advance(1)
    assert len(kept.census.asked) == 3
    kept.clock.advance(2)
    kept.census.answer(None)
    kept.refresh()
    kept.clock.advance(10)
    assert len(kept.census.asked) == 3
    kept.catalogue.expire()
    assert len(kept.census.asked) == 4


def test_nobody_waits_for_long(kept: Kept) -> None:
    """A session goes on after its patience, whatever the target does."""
    outcome = kept.refresh()
    kept.clock.advance(PATIENCE)
    assert outcome == [None]
    kept.census.answer(snapshot("people"))
    assert kept.catalogue.version == 1


@pytest.mark.parametrize("error", [UNREACHABLE, KeyError("relations"), TypeError()])
def test_failure_keeps_the_snapshot(kept: Kept, error: Exception) -> None:
    """The last snapshot stays, the connection is made anew, and for a moment nobody waits for another try."""
    kept.census.answer(snapshot("people"))
    outcome = kept.refresh()
    kept.clock.advance(LEAST_PAUSE)
    kept.census.fail(error)
    assert outcome == [None]
    assert kept.catalogue.knows(1)
    assert kept.census.closed == 1
    assert kept.refresh() == [None]
    kept.clock.advance(FAILURE_PAUSE)
    outcome = kept.refresh()
    assert kept.census.connections == 2
    kept.census.answer(snapshot("people", "orders"))
    assert outcome == [None]
    assert kept.catalogue.knows(2)


def test_an_old_snapshot_is_dropped(kept: Kept) -> None:
    """What was not confirmed for too long is not believed any more: everything is unknown, and the version says so."""
    kept.census.answer(snapshot("people"))
    passed = 0.0
    while passed <= STALE_AFTER:
        assert kept.catalogue.knows(1)
        kept.clock.pump([LEAST_PAUSE, INTERVAL])
        passed += LEAST_PAUSE + INTERVAL
        kept.census.fail()
    assert not kept.catalogue.knows(1)
    assert kept.catalogue.origins(1, 1) is None
    assert kept.catalogue.version == 0


def test_stop(kept: Kept) -> None:
    """Whoever waits goes on, the connection ends, and nothing is left on the clock."""
    kept.census.answer(snapshot("people"))
    kept.clock.advance(LEAST_PAUSE)
    outcome = kept.refresh()
    later = kept.refresh()
    kept.catalogue.stop()
    assert outcome == later == [None]
    assert kept.refresh() == [None]
    assert kept.census.closed == 1
    assert kept.clock.getDelayedCalls() == []


def test_expiry(kept: Kept) -> None:
    """What has changed is asked for at once, or when the question under way is answered; several changes are one."""
    kept.census.answer(snapshot("people"))
    kept.clock.advance(LEAST_PAUSE)
    kept.catalogue.expire()
    assert len(kept.census.asked) == 2
    kept.catalogue.expire()
    kept.census.notify()
    kept.census.answer(None)
    assert len(kept.census.asked) == 2
    kept.clock.advance(LEAST_PAUSE)
    assert len(kept.census.asked) == 3
    kept.census.answer(None)
    kept.clock.advance(LEAST_PAUSE)
    assert len(kept.census.asked) == 3


def test_a_change_that_is_waited_for(kept: Kept) -> None:
    """One refresh serves who waits, however many changed something; it is not asked again because of them."""
    kept.census.answer(snapshot("people"))
    kept.clock.advance(LEAST_PAUSE)
    outcome: list[None] = []
    kept.catalogue.refresh(changed=True).addCallback(outcome.append)
    assert len(kept.census.asked) == 2
    kept.census.answer(snapshot("people", "orders"))
    assert outcome == [None]
    kept.clock.advance(LEAST_PAUSE)
    assert len(kept.census.asked) == 2


def test_expiry_begins_nothing() -> None:
    """A route that nobody asks of the catalogue doesn't connect because of a CREATE TABLE."""
    clock = Clock()
    catalogue = Catalogue(NamedRoute(), clock)
    catalogue.expire()
    assert clock.getDelayedCalls() == []
    assert catalogue.version == 0


def test_a_connection_lost_between_questions(kept: Kept) -> None:
    """Another is made at once; nobody has to ask for it."""
    kept.census.answer(snapshot("people"))
    kept.clock.advance(LEAST_PAUSE)
    kept.census.lose()
    assert (kept.census.connections, kept.census.closed) == (2, 1)
    kept.census.answer(snapshot("people"))
    assert kept.catalogue.version == 1, "the same state is no change"


def test_while_there_is_no_connection(kept: Kept) -> None:
    """It is tried again sooner than the interval says: until then nothing is notified."""
    kept.census.answer(snapshot("people"))
    kept.clock.advance(LEAST_PAUSE)
    kept.census.lose()
    kept.census.fail()
    kept.clock.pump([LEAST_PAUSE, RECONNECT_AFTER])
    assert kept.census.connections == 3


def test_settings_that_have_changed(kept: Kept) -> None:
    """A connection that began with another search_path is replaced in the same refresh."""
    kept.census.answer(snapshot("people"))
    outcome = kept.refresh()
    kept.clock.advance(LEAST_PAUSE)
    kept.census.fail(Outdated())
    assert not outcome
    assert (kept.census.connections, kept.census.closed) == (2, 1)
    kept.census.answer(snapshot("people", "orders"))
    assert outcome == [None]
    assert kept.catalogue.version == 2


def test_under_search_paths(kept: Kept) -> None:
    """One lookup a set of paths, for as long as there are not too many; without paths it is the catalogue itself."""
    kept.census.answer(snapshot("people"))
    catalogue = kept.catalogue
    paths = frozenset({("app",), ("public", "app")})
    looked = catalogue.under(paths)
    assert looked is catalogue.under(frozenset(paths))
    assert looked.under(None) is catalogue.under(None) is catalogue
    assert looked.expand(None, "people") == catalogue.expand("app", "people")
    for number in range(PATHS_KEPT):
        catalogue.under(frozenset({(str(number),)}))
    assert catalogue.under(paths) is not looked
    assert looked.version == 1


@define
class ReactorRoute(DirectRoute):
    """A route over the server's unix socket whose streams the reactor serves."""

    async def connect(self) -> Any:
        self.connections += 1
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(self.server.socket)
        return Stream(sock, "unix:", reactor)


async def until(condition: Callable[[], Any]) -> None:
    """Let the reactor run until `condition` holds."""
    deadline = reactor.seconds() + DEADLINE
    while not condition():
        assert reactor.seconds() < deadline, "it did not happen"
        await deferLater(reactor, 0.01)


@define
class Live:
    """A catalogue of a real server on the real reactor, that no interval refreshes."""

    server: Server
    route: ReactorRoute
    catalogue: Catalogue

    async def psql(self, text: str) -> None:
        await deferToThread(self.server.psql, text)


@pytest_twisted.async_yield_fixture
async def live(any_postgres: Server) -> AsyncIterator[Live]:
    route = ReactorRoute(any_postgres, user="trust_user", tls=False)
    catalogue = Catalogue(route, reactor, None, 3600.0)
    await catalogue.refresh()
    assert catalogue.version == 1
    yield Live(any_postgres, route, catalogue)
    catalogue.stop()
    await deferLater(reactor, 0.05)


def trigger() -> str:
    """The event trigger that docs/masking.md offers."""
    (snippet,) = re.findall(r"```sql\n(.*?)```", DOCS.read_text(), re.DOTALL)
    return str(snippet)


@pytest_twisted.ensureDeferred
async def test_the_event_trigger_of_the_manual(live: Live) -> None:
    """With it a change is seen at once, and a temporary table changes nothing."""
    await live.psql(trigger())
    try:
        await live.psql("create table app.told (a int)")
        await until(lambda: live.catalogue.expand("app", "told"))
        await live.psql("drop table app.told")
        await until(lambda: live.catalogue.expand("app", "told") is None)
        await live.catalogue.refresh()
        version = live.catalogue.version
        await live.psql("create temp table told (a int)")
        await deferLater(reactor, 3 * LEAST_PAUSE)
        assert live.catalogue.version == version
        assert live.route.connections == 1
    finally:
        await live.psql("drop event trigger tokengate; drop function public.tokengate_notify")


@pytest_twisted.ensureDeferred
async def test_a_connection_that_the_server_ends(live: Live) -> None:
    """It is made anew at once, hears notifications again, and what has not changed is no new version."""
    await live.psql(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tokengate catalogue'"
    )
    await until(lambda: live.route.connections == 2)
    await live.catalogue.refresh()
    assert live.catalogue.version == 1
    await live.psql("create table app.told (a int); notify tokengate_catalogue")
    try:
        await until(lambda: live.catalogue.expand("app", "told"))
        assert live.catalogue.version == 2
    finally:
        await live.psql("drop table app.told")


@pytest_twisted.ensureDeferred
async def test_a_search_path_that_changes(live: Live) -> None:
    """The path new sessions get is what role and database say now, and of that what exists and may be used."""

    async def shown(*schemas: str) -> None:
        live.catalogue.expire()
        await until(lambda: live.catalogue.search_path == schemas)

    await shown("public")
    try:
        await live.psql('alter role trust_user in database sample set search_path = app, "Odd ""Schema""", missing')
        await shown("app")
        await live.psql("alter database sample set search_path = information_schema")
        await live.catalogue.refresh()
        await shown("app")
        await live.psql("alter role trust_user in database sample reset search_path")
        await shown("information_schema")
        await live.psql("create schema trust_user authorization trust_user; alter database sample reset search_path")
        await shown("trust_user", "public")
    finally:
        await live.psql(
            "alter role trust_user in database sample reset search_path; alter database sample reset search_path;"
            "drop schema if exists trust_user"
        )
