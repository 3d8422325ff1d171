"""Tests of tokengate.protocols.postgres.catalogue: when it asks, whom it keeps waiting, what it believes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from zope.interface.verify import verifyObject

from tests.support.postgres import DirectRoute, Server
from tokengate.errors import UpstreamError
from tokengate.interfaces import ICatalogue
from tokengate.protocols.postgres import catalogue as module
from tokengate.protocols.postgres.catalogue import FAILURE_PAUSE, LEAST_PAUSE, PATIENCE, STALE_AFTER, Catalogue
from tokengate.protocols.postgres.client import Client
from tokengate.protocols.postgres.snapshot import Relation, Snapshot, Stored
from tokengate.sql.facts import Name

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

    async def connect(self, *_: Any) -> FakeCensus:
        self.connections += 1
        return self

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
    assert catalogue.copy_columns(Name("app", "people")) is None
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
    """A target that takes two seconds to answer is left alone for twenty."""
    kept.clock.advance(2)
    kept.census.answer(snapshot("people"))
    kept.refresh()
    kept.clock.advance(19)
    assert len(kept.census.asked) == 1
    kept.clock.advance(1)
    assert len(kept.census.asked) == 2


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
    assert kept.catalogue.version == 2


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


def test_a_real_server_that_restarts_its_connection(postgres: Server) -> None:
    """The connection is reused; when the server ends it, the next refresh makes another."""
    clock, route = Clock(), DirectRoute(postgres)
    catalogue = Catalogue(route, clock)
    catalogue.start()
    assert (catalogue.version, route.connections) == (1, 1)
    assert catalogue.expand("app", "customers")
    clock.pump([2, INTERVAL])
    assert route.connections == 1
    postgres.psql(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'tokengate catalogue'"
    )
    clock.pump([2, INTERVAL])
    assert catalogue.expand("app", "customers")
    clock.pump([2, INTERVAL])
    assert (catalogue.version, route.connections) == (2, 2)
    catalogue.stop()
    assert catalogue.knows(max(catalogue.snapshot.relations))
