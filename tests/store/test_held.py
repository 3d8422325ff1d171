"""A hold's life in the store."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.support.held import DIGEST, held, principal
from tokengate.errors import DecisionRefused, StoreError
from tokengate.store import held as store
from tokengate.store.database import Database, path_in
from tokengate.store.records import Approver, Binding, HeldAction, HoldLimits
from tokengate.values import Principal

ALICE = Approver.of_principal(principal("alice", groups=frozenset({"dba"})))
BOB = Approver.of_account("bob", "db1")
LIMITS = HoldLimits()


def opened(database: Database, hold: HeldAction) -> HeldAction:
    """`hold`, pending in the store."""
    assert database.write(store.add, hold, "instance", LIMITS) is None
    return hold


def state(database: Database, hold: HeldAction) -> HeldAction:
    """`hold` as the store has it now."""
    found = database.read(store.get, hold.id)
    assert found is not None
    return found


def decide(database: Database, hold: HeldAction, approver: Approver = BOB, approve: bool = True) -> HeldAction:
    """A decision, now."""
    return database.write(store.decide, hold.id, approver, approve, "looks right", time.time())


def test_hold_comes_back_as_it_was_kept(database: Database) -> None:
    """Every field survives the store."""
    hold = opened(database, held(approvers=frozenset({"dba", "unix:root"})))
    assert state(database, hold) == hold
    assert database.read(store.get, "ZZZZZZZZ") is None


def test_approval_is_kept_with_who_when_and_why(database: Database) -> None:
    """The record of a decision is whole, and the decider gets to see what was decided."""
    hold = opened(database, held())
    decided = decide(database, hold)
    assert decided.shown == hold.shown
    kept = state(database, hold)
    assert (kept.state, kept.decided_by, kept.reason) == ("approved", "unix:bob@db1", "looks right")
    assert kept.decided_at == decided.decided_at is not None


@pytest.mark.parametrize("end", ["approved", "denied", "timeout", "cancelled", "abandoned"])
def test_real_text_is_forgotten_when_a_hold_ends(database: Database, tmp_path: Path, end: str) -> None:
    """The client's own words are in the file only while somebody has to see them."""
    hold = opened(database, held(shown="update t set card = '4111-1111'"))
    match end:
        case "approved" | "denied":
            decide(database, hold, approve=end == "approved")
        case "timeout" | "cancelled":
            database.write(store.close, hold.id, end)
        case _:
            database.write(store.abandon, ["instance"])
    assert (state(database, hold).state, state(database, hold).shown) == (end, None)
    with sqlite3.connect(path_in(tmp_path / "state")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"4111-1111" not in path_in(tmp_path / "state").read_bytes()


@pytest.mark.parametrize(
    "who",
    [principal("repo:acme/shop"), principal("x", token_digest=DIGEST), principal("x", token_id="jti-1")],
    ids=["subject", "token", "token id"],
)
def test_requester_does_not_decide(database: Database, who: Principal) -> None:
    """Nobody approves, or denies, what they asked for themselves, not even with another token or in a listed group."""
    approver = Approver.of_principal(attrs.evolve(who, groups=frozenset({"dba"})))
    hold = opened(database, held(approvers=frozenset({"dba"})))
    for approve in (True, False):
        with pytest.raises(DecisionRefused) as caught:
            decide(database, hold, approver, approve)
        assert caught.value.reason == "self"
    assert state(database, hold) == hold


@pytest.mark.parametrize(
    ("approvers", "approver", "may"),
    [
        ({"dba"}, ALICE, True),
        ({"alice"}, ALICE, True),
        ({"unix:bob"}, BOB, True),
        ({"unix:bob@db1"}, BOB, True),
        ({"sre", "unix:bob"}, ALICE, False),
        ({"bob"}, BOB, False),
        ({"unix:bob@db2"}, BOB, False),
    ],
)
def test_only_the_listed_decide(database: Database, approvers: set[str], approver: Approver, may: bool) -> None:
    """A hold that names its approvers is decided by their groups, subjects or accounts only."""
    hold = opened(database, held(approvers=frozenset(approvers)))
    if may:
        assert decide(database, hold, approver).state == "approved"
    else:
        with pytest.raises(DecisionRefused) as caught:
            decide(database, hold, approver)
        assert caught.value.reason == "approver"
        assert state(database, hold) == hold


def test_decision_after_the_deadline_does_nothing(database: Database) -> None:
    """A late approval is refused and changes nothing."""
    hold = opened(database, held(expires_at=time.time() - 0.001))
    with pytest.raises(DecisionRefused) as caught:
        decide(database, hold)
    assert caught.value.reason == "expired"
    assert state(database, hold) == hold


def test_second_decision_is_refused(database: Database) -> None:
    """What is decided stays decided."""
    hold = opened(database, held())
    decide(database, hold, approve=False)
    with pytest.raises(DecisionRefused) as caught:
        decide(database, hold, ALICE)
    assert caught.value.reason == "closed"
    assert state(database, hold).state == "denied"


def test_unknown_hold(database: Database) -> None:
    """A mistyped id is told as such."""
    with pytest.raises(DecisionRefused) as caught:
        decide(database, held("ZZZZZZZZ"))
    assert caught.value.reason == "unknown"


def test_closing_loses_against_a_decision(database: Database) -> None:
    """A time-out that comes just after an approval finds the approval."""
    hold = opened(database, held())
    decide(database, hold)
    assert database.write(store.close, hold.id, "timeout").state == "approved"


def test_closing_what_is_gone_is_an_error(database: Database) -> None:
    """A hold that vanished from the store is nobody's approval."""
    with pytest.raises(StoreError):
        database.write(store.close, "ZZZZZZZZ", "timeout")


def test_approval_is_used_once(database: Database) -> None:
    """The second use of an approval is refused, and the first one's time kept."""
    hold = opened(database, held())
    decide(database, hold)
    assert database.write(store.claim, hold.id, hold.binding, 1.0)
    assert not database.write(store.claim, hold.id, hold.binding, 2.0)
    assert state(database, hold).executed_at == 1.0


@pytest.mark.parametrize(
    "change",
    [{"token_digest": "cd" * 32}, {"route": "other"}, {"text_mac": b"u" * 32}, {"arguments_mac": b"b" * 32}],
    ids=lambda change: next(iter(change)),
)
def test_approval_is_good_for_nothing_else(database: Database, change: dict[str, Any]) -> None:
    """Another token, route, text or other arguments can't use it."""
    hold = opened(database, held())
    decide(database, hold)
    other: Binding = attrs.evolve(hold.binding, **change)
    assert not database.write(store.claim, hold.id, other, 1.0)
    assert database.write(store.claim, hold.id, hold.binding, 2.0)


@pytest.mark.parametrize("end", ["pending", "denied", "timeout"])
def test_only_an_approved_hold_is_used(database: Database, end: str) -> None:
    """Neither a pending, nor a denied, nor an expired hold lets anything run."""
    hold = opened(database, held())
    if end == "denied":
        decide(database, hold, approve=False)
    elif end == "timeout":
        database.write(store.close, hold.id, "timeout")
    assert not database.write(store.claim, hold.id, hold.binding, 1.0)


@pytest.mark.parametrize(
    ("limits", "name"),
    [(HoldLimits(session=2), "session"), (HoldLimits(principal=2), "principal"), (HoldLimits(route=2), "route")],
)
def test_limits(database: Database, limits: HoldLimits, name: str) -> None:
    """One hold too many is kept out and named; another's, or one after the first ended, gets in."""
    for id in ("AAAAAAAA", "BBBBBBBB"):
        assert database.write(store.add, held(id), "instance", limits) is None
    assert database.write(store.add, held("CCCCCCCC"), "instance", limits) == name
    assert database.read(store.get, "CCCCCCCC") is None
    stranger = held("DDDDDDDD", session="s", subject="other", route="r")
    assert database.write(store.add, stranger, "instance", limits) is None
    database.write(store.close, "AAAAAAAA", "cancelled")
    assert database.write(store.add, held("CCCCCCCC"), "instance", limits) is None


def test_listing(database: Database) -> None:
    """Pending ones are those that can still be decided; all are newest first."""
    now = time.time()
    for id, age, left in (("AAAAAAAA", 30, 60), ("BBBBBBBB", 20, -1), ("CCCCCCCC", 10, 60)):
        opened(database, held(id, created_at=now - age, expires_at=now + left))
    decide(database, held("CCCCCCCC"))
    assert [hold.id for hold in database.read(store.latest, True, now)] == ["AAAAAAAA"]
    assert [hold.id for hold in database.read(store.latest, False, now)] == ["CCCCCCCC", "BBBBBBBB", "AAAAAAAA"]


def test_settled_ones_among_many(database: Database) -> None:
    """A gateway learns of its own holds' ends only, however many it asks about."""
    for id in ("AAAAAAAA", "BBBBBBBB", "CCCCCCCC"):
        opened(database, held(id))
    decide(database, held("AAAAAAAA"))
    decide(database, held("CCCCCCCC"), approve=False)
    many = ["AAAAAAAA", "BBBBBBBB", *(f"{n:08}" for n in range(1000))]
    assert [(hold.id, hold.state) for hold in database.read(store.settled, many)] == [("AAAAAAAA", "approved")]


def test_only_the_named_instances_are_abandoned(database: Database) -> None:
    """A living gateway's holds stay; decided ones are history."""
    opened(database, held("AAAAAAAA"))
    opened(database, held("BBBBBBBB"))
    decide(database, held("BBBBBBBB"))
    assert database.write(store.add, held("CCCCCCCC"), "living", LIMITS) is None
    assert database.read(store.instances) == {"instance", "living"}
    assert database.write(store.abandon, {"instance"}) == 1
    states = {id: state(database, held(id)).state for id in ("AAAAAAAA", "BBBBBBBB", "CCCCCCCC")}
    assert states == {"AAAAAAAA": "abandoned", "BBBBBBBB": "approved", "CCCCCCCC": "pending"}


def test_old_holds_are_forgotten(database: Database) -> None:
    """Closed holds go after `KEPT` seconds; a pending one never goes unseen."""
    now = time.time()
    opened(database, held("AAAAAAAA", created_at=now - store.KEPT - 10))
    opened(database, held("BBBBBBBB", created_at=now - store.KEPT - 10))
    database.write(store.close, "AAAAAAAA", "timeout")
    opened(database, held("CCCCCCCC"))
    assert {hold.id for hold in database.read(store.latest, False, now)} == {"BBBBBBBB", "CCCCCCCC"}


def _race(path: Path, start: Any, name: str, outcome: Any) -> None:
    database = Database.open(path, create=False)
    start.wait()
    try:
        database.write(store.decide, "AAAABBBB", Approver.of_account(name, "h"), name == "yes", "", time.time())
        outcome.put(name)
    except DecisionRefused as error:
        outcome.put(error.reason)


def test_two_approvers_race(database: Database, tmp_path: Path) -> None:
    """Of two people who decide at the same moment in two processes, exactly one does, and the record says who."""
    hold = opened(database, held())
    context = multiprocessing.get_context("spawn")
    start, outcome = context.Barrier(2), context.Queue()
    args = [(path_in(tmp_path / "state"), start, name, outcome) for name in ("yes", "no")]
    people = [context.Process(target=_race, args=each) for each in args]
    for person in people:
        person.start()
    told = sorted(outcome.get(timeout=30) for _ in people)
    for person in people:
        person.join()
    kept = state(database, hold)
    winner = "yes" if kept.state == "approved" else "no"
    assert told == sorted(["closed", winner])
    assert kept.decided_by == f"unix:{winner}@h"
