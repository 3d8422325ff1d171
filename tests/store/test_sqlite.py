"""The store as the gateway uses it, in its own thread."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pytest_twisted import async_yield_fixture, ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from zope.interface.verify import verifyObject

from tests.support.held import held, principal
from tokengate.errors import DecisionRefused, StoreError
from tokengate.interfaces import IStore
from tokengate.store import sqlite
from tokengate.store.held import add
from tokengate.store.records import Approver, HoldLimits, Revocation
from tokengate.store.sqlite import SqliteStore

BOB = Approver.of_account("bob", "h")


@async_yield_fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A running store."""
    made = SqliteStore(tmp_path / "state", reactor)
    made.start()
    yield made
    await made.stop()


def test_nothing_happens_before_start(tmp_path: Path) -> None:
    """Configuring a store makes neither thread nor file: the process may yet fork."""
    threads = threading.active_count()
    assert verifyObject(IStore, SqliteStore(tmp_path / "state", reactor))
    assert threading.active_count() == threads
    assert list(tmp_path.iterdir()) == []


@ensureDeferred
async def test_hold_from_opening_to_use(store: SqliteStore) -> None:
    """A hold opened here is decided, found settled and used once."""
    hold = held()
    assert await store.add_hold(hold, HoldLimits()) is None
    assert await store.hold(hold.id) == hold
    assert await store.settled([hold.id]) == []
    assert [each.id for each in await store.holds(True)] == [hold.id]
    with pytest.raises(DecisionRefused):
        await store.decide_hold(hold.id, Approver.of_principal(principal(hold.subject)), True, "")
    assert (await store.decide_hold(hold.id, BOB, True, "")).state == "approved"
    assert [each.state for each in await store.settled([hold.id])] == ["approved"]
    assert (await store.close_hold(hold.id, "timeout")).state == "approved"
    assert await store.claim_hold(hold.id, hold.binding)
    assert not await store.claim_hold(hold.id, hold.binding)


@ensureDeferred
async def test_standing(store: SqliteStore) -> None:
    """Token ids are used once, also when shown many times at once; a revocation is in the next snapshot."""
    uses = [store.use_once("issuer", "jti", 1e12) for _ in range(20)]
    assert sorted(await gatherResults(uses)) == [False] * 19 + [True]
    assert not (await store.revocations()).covers(principal("alice"))
    await store.revoke(Revocation("subject", "alice"))
    assert (await store.revocations()).covers(principal("alice"))


@ensureDeferred
async def test_reactor_is_not_blocked(store: SqliteStore) -> None:
    """The store is asked in a thread that is not the reactor's."""
    here = threading.get_ident()
    assert await store._ask(threading.get_ident) != here


@ensureDeferred
async def test_stuck_store_turns_callers_away(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk hangs, questions don't pile up beyond the limit."""
    monkeypatch.setattr(sqlite, "QUEUED", 3)
    go_on = threading.Event()
    waiting = [store._ask(go_on.wait) for _ in range(3)]
    with pytest.raises(StoreError, match="too slow"):
        await store.hold("AAAAAAAA")
    go_on.set()
    await gatherResults(waiting)
    assert await store.hold("AAAAAAAA") is None


@ensureDeferred
async def test_stopped_store_answers_nothing(tmp_path: Path) -> None:
    """After stop every question fails, and the instance's file is gone."""
    store = SqliteStore(tmp_path / "state", reactor)
    store.start()
    await store.stop()
    await store.stop()
    with pytest.raises(StoreError, match="not running"):
        await store.use_once("issuer", "jti", 0.0)
    assert list((tmp_path / "state" / "instances").iterdir()) == []


@ensureDeferred
async def test_start_abandons_what_a_dead_gateway_held(tmp_path: Path, store: SqliteStore) -> None:
    """Holds of a process that is gone are closed at the next start; a living gateway's are not."""
    await store.add_hold(held("AAAAAAAA"), HoldLimits())
    orphan = held("BBBBBBBB")
    await store._write(add, orphan, "0123456789abcdef", HoldLimits())
    other = SqliteStore(tmp_path / "state", reactor)
    other.start()
    try:
        states = {hold.id: hold.state for hold in await other.holds(False)}
        assert states == {"AAAAAAAA": "pending", "BBBBBBBB": "abandoned"}
    finally:
        await other.stop()
