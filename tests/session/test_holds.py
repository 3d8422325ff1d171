"""Waiting for a person, on a real store whose other side is another connection to the same file."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from pytest_twisted import async_yield_fixture, ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from zope.interface.verify import verifyObject

from tests.support.held import principal
from tokengate.errors import StoreError
from tokengate.interfaces import IHolds
from tokengate.session import holds as module
from tokengate.session.holds import Holds
from tokengate.session.session import Session
from tokengate.session.tools import Tools
from tokengate.store import held as records
from tokengate.store.database import Database, path_in
from tokengate.store.records import Approver, HeldAction, HoldLimits
from tokengate.store.sqlite import SqliteStore
from tokengate.values import Action, Allow, Deny, Hold, Request, Ticket

BOB = Approver.of_account("bob", "db1")
HOLD = Hold("writes wait for a second person", "two-person", 30.0)
TEXT = "update app.orders set note = 'paid'"


def session(**changes: Any) -> Session:
    """A CI job's session."""
    return Session("orders", "postgres", principal("repo:acme/shop", **changes), "10.0.0.5:51234")


def request(text: str = TEXT, arguments: bytes = b"a" * 32) -> Request:
    """That UPDATE, with two parameters."""
    return Request(Action("postgres", "query", text, frozenset({"write"})), 1, arguments, 2)


class World:
    """A gateway's holds, and the same store as other processes see it."""

    def __init__(self, state: Path, **options: Any) -> None:
        self.store = SqliteStore(state, reactor)
        self.store.start()
        tools = Tools("holds", state, state, self.store, reactor)
        self.holds = Holds(self.store, tools, "https://gate.example/{id}", **options)
        self.other = Database.open(path_in(state), create=False)

    def decide(self, ticket: Ticket, approve: bool, reason: str = "") -> HeldAction:
        """Another process decides."""
        return self.other.write(records.decide, ticket.id, BOB, approve, reason, time.time())

    def kept(self, ticket: Ticket) -> HeldAction:
        """The hold as kept."""
        found = self.other.read(records.get, ticket.id)
        assert found is not None
        return found

    async def open(self, hold: Hold = HOLD, request: Request | None = None) -> Ticket:
        """An open hold."""
        ticket = await self.holds.open(request or globals()["request"](), hold, session())
        assert isinstance(ticket, Ticket)
        return ticket


@async_yield_fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A running gateway's holds, looking more often."""
    monkeypatch.setattr(module, "POLL", 0.01)
    made = World(tmp_path / "state", record_text=lambda action, session: "update app.orders set note = ?")
    yield made
    await made.store.stop()


@ensureDeferred
async def test_ticket_and_record(world: World) -> None:
    """The client gets id, reason, address and deadline; the store all that an approver has to see, and no parameter."""
    assert verifyObject(IHolds, world.holds)
    before = time.time()
    ticket = await world.open(attrs.evolve(HOLD, approvers=frozenset({"dba"})))
    assert (ticket.why, ticket.url) == (HOLD.why, f"https://gate.example/{ticket.id}")
    assert before + 30 <= ticket.expires_at <= time.time() + 30
    kept = world.kept(ticket)
    assert (kept.shown, kept.text, kept.argument_count) == (TEXT, "update app.orders set note = ?", 2)
    assert (kept.route, kept.rule, kept.why, kept.client) == ("orders", "two-person", HOLD.why, "10.0.0.5:51234")
    assert (kept.principal, kept.approvers) == ("repo:acme/shop@https://ci.example.org", {"dba"})
    assert b"a" * 8 not in kept.arguments_mac
    assert len(ticket.id) == 8


@ensureDeferred
async def test_approved(world: World) -> None:
    """An approval lets the request go on, says whose it was, and is used up."""
    ticket = await world.open()
    verdict = Deferred.fromCoroutine(world.holds.wait(ticket))
    world.decide(ticket, True)
    assert await verdict == Allow(f"approval {ticket.id}: approved by unix:bob@db1")
    assert world.kept(ticket).executed_at is not None


@ensureDeferred
async def test_approved_before_anybody_waits(world: World) -> None:
    """A fast approver is not missed."""
    ticket = await world.open()
    world.decide(ticket, True)
    await deferLater(reactor, 0.05)
    assert isinstance(await world.holds.wait(ticket), Allow)


@ensureDeferred
async def test_denied(world: World) -> None:
    """A refusal says who refused and why."""
    ticket = await world.open()
    world.decide(ticket, False, "not on a Friday")
    verdict = await world.holds.wait(ticket)
    assert verdict == Deny("refused by unix:bob@db1: not on a Friday", f"approval {ticket.id}: denied by unix:bob@db1")
    assert world.kept(ticket).executed_at is None


@ensureDeferred
async def test_timed_out(world: World) -> None:
    """A hold nobody decides is refused at its deadline, and closed."""
    ticket = await world.open(attrs.evolve(HOLD, timeout=0.05))
    assert await world.holds.wait(ticket) == Deny("nobody approved it in time", f"approval {ticket.id}: timeout")
    assert time.time() >= ticket.expires_at
    assert world.kept(ticket).state == "timeout"


@ensureDeferred
async def test_approval_in_the_last_moment_counts(world: World) -> None:
    """What was approved before the deadline and found after it is approved: the store decides, not who looks first."""
    ticket = await world.open(attrs.evolve(HOLD, timeout=0.2))
    world.decide(ticket, True)
    time.sleep(0.25)  # the reactor is kept from looking
    assert isinstance(await world.holds.wait(ticket), Allow)


@ensureDeferred
async def test_cancelled(world: World) -> None:
    """A client that leaves withdraws its hold at once; nobody can approve it any more."""
    ticket = await world.open()
    verdict = Deferred.fromCoroutine(world.holds.wait(ticket))
    verdict.cancel()
    with pytest.raises(CancelledError):
        await verdict
    await world.store.hold(ticket.id)  # the store answers in order
    assert world.kept(ticket).state == "cancelled"


@ensureDeferred
async def test_cancelled_while_opening(world: World) -> None:
    """A client that leaves before its hold is even kept leaves none pending."""
    opening = Deferred.fromCoroutine(world.holds.open(request(), HOLD, session()))
    opening.cancel()
    with pytest.raises(CancelledError):
        await opening
    await world.store.holds(True)
    assert [hold.state for hold in await world.store.holds(False)] == ["cancelled"]


@ensureDeferred
async def test_closed_by_somebody_else(world: World) -> None:
    """A hold that another gateway took for abandoned is refused."""
    ticket = await world.open()
    world.other.write(records.abandon, [world.store._instance.id])
    assert await world.holds.wait(ticket) == Deny("its approval was abandoned", f"approval {ticket.id}: abandoned")


@ensureDeferred
async def test_approval_of_something_else_is_not_used(world: World) -> None:
    """If what is kept is not what waits, an approval of it counts for nothing."""
    ticket = await world.open()
    with world.other._transaction("BEGIN IMMEDIATE") as connection:
        connection.exec_driver_sql("UPDATE holds SET text_mac = x'00'")
    world.decide(ticket, True)
    verdict = await world.holds.wait(ticket)
    assert isinstance(verdict, Deny)
    assert verdict.rule == f"approval {ticket.id}: spent"


@pytest.mark.parametrize("other", [request(TEXT + " "), request(arguments=b"b" * 32), request(arguments=b"")])
@ensureDeferred
async def test_bound_to_text_and_arguments(world: World, other: Request) -> None:
    """Another text or other arguments are bound differently; the same ones alike, as the key is kept."""
    first, same, different = [world.kept(await world.open(request=each)) for each in (request(), request(), other)]
    assert first.binding == same.binding != different.binding


@ensureDeferred
async def test_limits(tmp_path: Path) -> None:
    """A session that has too much waiting is refused the next, and told so; nothing is kept of it."""
    world = World(tmp_path / "state", limits=HoldLimits(session=1))
    mine = session()
    assert isinstance(await world.holds.open(request(), HOLD, mine), Ticket)
    verdict = await world.holds.open(request(), HOLD, mine)
    assert verdict == Deny(
        "it needs approval, and too much of this session is waiting for approval already", "two-person"
    )
    assert len(await world.store.holds(False)) == 1
    await world.store.stop()


@ensureDeferred
async def test_text_too_long_to_show(world: World) -> None:
    """What nobody can read nobody can approve."""
    text = "x" * (module.LONGEST_SHOWN + 1)
    assert isinstance(await world.holds.open(request(text), HOLD, session()), Deny)
    assert isinstance(await world.holds.open(request(text[1:]), HOLD, session()), Ticket)


@ensureDeferred
async def test_text_without_utf8(world: World) -> None:
    """Bytes that were no UTF-8 are shown as escapes, and bound as they are."""
    kept = world.kept(await world.open(request=request("select '\udcff'")))
    assert kept.shown == "select '\\udcff'"
    assert kept.text_mac != world.kept(await world.open(request=request("select '\\udcff'"))).text_mac


@ensureDeferred
async def test_failing_store_refuses(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the store can't be asked, what waits is refused; what comes later can still be held."""
    first, second = await world.open(), await world.open()
    waits = [Deferred.fromCoroutine(world.holds.wait(each)) for each in (first, second)]

    async def broken(ids: object) -> list[HeldAction]:
        raise StoreError("disk gone")

    with monkeypatch.context() as patch:
        patch.setattr(world.store, "settled", broken)
        for ticket, wait in zip((first, second), waits, strict=True):
            assert await wait == Deny("its approval could not be looked up", f"approval {ticket.id}: failed")
    later = await world.open()
    world.decide(later, True)
    assert isinstance(await world.holds.wait(later), Allow)


@ensureDeferred
async def test_one_poller_and_none_when_idle(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many holds wait, the store is asked once a turn; when none waits, not at all."""
    asked: list[int] = []
    real = world.store.settled
    monkeypatch.setattr(world.store, "settled", lambda ids: (asked.append(len(ids)), real(ids))[1])
    await deferLater(reactor, 0.05)
    assert asked == []
    tickets = [await world.open() for _ in range(3)]
    waits = [Deferred.fromCoroutine(world.holds.wait(ticket)) for ticket in tickets]
    asked.clear()
    await deferLater(reactor, 0.1)
    assert set(asked) == {3}
    assert len(asked) <= 10
    for ticket in tickets:
        world.decide(ticket, False)
    for wait in waits:
        await wait
    await deferLater(reactor, 0.05)
    asked.clear()
    await deferLater(reactor, 0.05)
    assert asked == []
