"""What every session's loop owes its session, seen in the smallest one: `test_driver` and `test_relay` have the rest."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from tokengate.edge.loop import SessionLoop
from tokengate.edge.tasks import spawn
from tokengate.testing import FakeEnforcer, FakeRoute, ScriptedGate, action
from tokengate.values import ALLOW, Deny, Hold, Request, Verdict


class Smallest(SessionLoop):
    """Its steps are words, put into `done`; `failures`: what was raised."""

    def __init__(self, route: FakeRoute) -> None:
        super().__init__(ScriptedGate({}), route.admission(), route)
        self.done: list[str] = []
        self.failures: list[Exception] = []
        self.verdicts: list[Verdict] = []

    def _broken(self, error: Exception) -> None:
        self.failures.append(error)
        self._abandon()

    def _carry_out(self) -> None:
        while self._steps and self._wait is None:
            word = self._steps.popleft()
            if not (self._dirty and self._commit(word)):
                self.done.append(word)

    def say(self, *words: str) -> None:
        self._steps.extend(words)
        self._carry_out()

    def ask(self, verdict: Verdict) -> None:
        self._record_action(Request(action("drop", "drop"), 1), verdict)

    def hold(self) -> Deferred[Any]:
        async def waiting() -> None:
            request = Request(action("drop", "drop"), 1)
            self.verdicts.append(await self._settled(request, Hold("why", "rule", 60.0), lambda ticket: [ticket.id]))
            self._steps.append("after")

        return spawn(self._guarded(waiting()), "test")


def outcome(route: FakeRoute) -> str:
    (fields,) = (event.fields for event in route.recording.events if event.kind == "hold")
    return str(fields["outcome"]) if "outcome" in fields else ""


def test_what_is_recorded_is_written_first() -> None:
    """A step behind a record waits for a slow recorder, and those behind it wait too."""
    route = FakeRoute()
    route.recording.slow = True
    loop = Smallest(route)
    loop.ask(ALLOW)
    loop.say("one", "two")
    assert loop.done == []
    route.recording.release()
    assert loop.done == ["one", "two"]
    assert route.counts.requests == {"allow": 1}
    assert loop.actions == 1


def test_a_hold_tells_waits_and_goes_on() -> None:
    """Its client is told at once, what stands behind it comes after the decision, which is recorded."""
    route = FakeRoute()
    loop = Smallest(route)
    loop.hold()
    assert loop.done == ["T1"]
    route.holds.decide(ALLOW)
    assert loop.done == ["T1", "after"]
    assert outcome(route) == "approved"
    assert loop.verdicts == [ALLOW]


def test_an_approval_is_judged_again() -> None:
    """A denial that has come meanwhile beats it."""
    deny = Deny("not any more", "rule")
    route = FakeRoute((FakeEnforcer(lambda request: deny),))
    loop = Smallest(route)
    loop.hold()
    route.holds.decide(ALLOW)
    assert loop.verdicts == [deny]


def test_a_hold_that_is_withdrawn_is_recorded_and_goes_nowhere() -> None:
    """Nothing that stood behind it happens."""
    route = FakeRoute()
    loop = Smallest(route)
    loop.hold().cancel()
    assert outcome(route) == "withdrawn"
    assert loop.done == ["T1"]
    assert loop.verdicts == loop.failures == []


def test_a_hold_that_its_client_cancels_is_refused() -> None:
    """It is told apart from one that is withdrawn, once."""
    route = FakeRoute()
    loop = Smallest(route)
    task = loop.hold()
    loop._refused = deny = Deny("canceled", "")
    task.cancel()
    assert loop.verdicts == [deny]
    assert outcome(route) == "cancelled"
    assert loop._refused is None


def test_a_hold_that_cannot_be_opened_is_a_denial() -> None:
    """Nobody is asked, and nobody is told of a ticket."""
    route = FakeRoute()
    route.holds.refusal = deny = Deny("too many", "holds")
    loop = Smallest(route)
    loop.hold()
    assert loop.verdicts == [deny]
    assert loop.done == ["after"]
