"""The driver: steps carried out in order, waits, ends; with a scripted gate between two fake streams."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from tokengate.edge.driver import KEPT, Driver
from tokengate.errors import ProtocolError
from tokengate.testing import FakeEnforcer, FakeRoute, FakeStream, ScriptedGate, action, principal
from tokengate.values import ALLOW, Allow, Ask, Await, Close, Deny, Event, Hold, Record, Request, Send, Side, Step

RESULT = Event("result", {"n": 1, "rows": 2, "masked": 1})


class Stage:
    """A driver over a scripted gate. `ended`: why the session ended, once it has."""

    def __init__(self, route: FakeRoute | None = None, **script: list[Any]) -> None:
        self.route = route or FakeRoute()
        script.setdefault(
            "finish", [lambda reason, message: [Send(Side.CLIENT, b"FATAL " + message.encode()), Close(reason)]]
        )
        script.setdefault("ended", [lambda side: [Close("client" if side is Side.CLIENT else "upstream")]])
        self.gate = ScriptedGate(script)
        self.client, self.upstream = FakeStream(), FakeStream()
        self.driver = Driver(self.client, self.upstream, self.gate, self.route.admission(), self.route)
        self.ended: list[str] = []
        Deferred.fromCoroutine(self.driver.run()).addCallback(self.ended.append)

    @property
    def recorded(self) -> list[str]:
        return self.route.recording.kinds()


def ask(number: int = 1, **facts: Any) -> Ask:
    return Ask(Request(action("drop", "drop"), number, **facts))


def test_bytes_become_steps_and_steps_become_bytes() -> None:
    """A question is judged, recorded and committed before anything it allows leaves."""
    stage = Stage(
        feed=[[ask()], [Record(RESULT), Send(Side.CLIENT, b"rows")]], answer=[[Send(Side.UPSTREAM, b"query")]]
    )
    stage.client.give(b"q")
    assert stage.upstream.written == b"query"
    assert stage.recorded == ["action"]
    assert stage.route.recording.commits == 1
    stage.upstream.give(b"r")
    assert stage.client.written == b"rows"
    assert stage.recorded == ["action", "result"]
    assert stage.route.counts.rows == 2
    assert stage.route.counts.requests == {"allow": 1}


def test_nothing_leaves_before_a_slow_recorder_is_sure() -> None:
    """A commit that takes time holds the upstream's bytes back, and what comes meanwhile keeps its order."""
    stage = Stage(
        feed=[[ask()], lambda side, data: [Send(Side.UPSTREAM, data)]], answer=[[Send(Side.UPSTREAM, b"first ")]]
    )
    stage.route.recording.slow = True
    stage.client.give(b"q")
    stage.client.give(b"second")
    assert not stage.upstream.written
    stage.route.recording.release()
    assert stage.upstream.written == b"first second"


def test_a_denial_is_answered_and_recorded_with_its_rule() -> None:
    """The gate gets the denial, the recording says which rule it was."""
    deny = Deny("no", "rule-1", "a hint")
    stage = Stage(FakeRoute((FakeEnforcer(lambda request: deny),)), feed=[[ask()]], answer=[[]])
    stage.client.give(b"q")
    assert ("answer", deny) in stage.gate.calls
    fields = stage.route.recording.events[0].fields
    assert (fields["verdict"], fields["rule"], fields["reason"]) == ("deny", "rule-1", "no")


def test_announcements_are_judged_and_only_refusals_recorded() -> None:
    """Preparing something allowed or held leaves no trace; preparing something denied does, and is refused."""
    hold = Hold("why", "rule", 60.0)
    stage = Stage(FakeRoute((FakeEnforcer(lambda r: hold),)), feed=[[ask(stage="prepare")]], answer=[[]])
    stage.client.give(b"q")
    assert ("answer", hold) in stage.gate.calls
    assert not stage.recorded
    stage = Stage(FakeRoute((FakeEnforcer(lambda r: Deny("no", "r")),)), feed=[[ask(stage="prepare")]], answer=[[]])
    stage.client.give(b"q")
    assert stage.recorded == ["action"]


def held(route: FakeRoute | None = None, **script: list[Any]) -> Stage:
    """A stage whose first client bytes are held."""
    route = route or FakeRoute((FakeEnforcer(lambda request: Hold("why", "two-person", 60.0)),))
    usual: dict[str, list[Any]] = {
        "feed": [[ask()], lambda side, data: [Send(Side(1 - side), data)]],
        "answer": [lambda verdict: [Send(Side.UPSTREAM, type(verdict).__name__.encode())]],
        "hold": [lambda ticket: [Send(Side.CLIENT, ticket.id.encode())]],
    }
    stage = Stage(route, **{**usual, **script})
    stage.client.give(b"q")
    return stage


def test_a_hold_waits_on_the_same_connection_and_goes_on() -> None:
    """The client is told, the upstream gets nothing, its own bytes still flow; then the answer, then what was kept."""
    stage = held()
    assert stage.client.written == b"T1"
    assert not stage.upstream.written
    stage.upstream.give(b"notice")
    assert stage.client.written == b"T1notice"
    stage.client.give(b" kept")
    assert not stage.upstream.written
    stage.route.holds.decide(Allow("approval T1: approved by bob"))
    assert stage.upstream.written == b"Allow kept"
    assert stage.recorded == ["action", "hold"]
    assert stage.route.recording.events[1].fields["outcome"] == "approved"


def test_a_refused_hold_is_a_denial() -> None:
    """Whoever decides against it, the gate gets a denial."""
    stage = held()
    stage.route.holds.decide(Deny("bob said no", "approval T1: denied by bob"))
    assert stage.upstream.written == b"Deny"
    assert stage.route.recording.events[1].fields["outcome"] == "denied"


def test_policy_that_turned_against_it_beats_an_approval() -> None:
    """What was approved is judged again: a denial since then counts."""
    verdicts: list[Any] = [Hold("why", "r", 60.0), Deny("not any more", "r")]
    stage = held(FakeRoute((FakeEnforcer(lambda request: verdicts.pop(0), constant=False),)))
    stage.route.holds.decide(ALLOW)
    assert stage.upstream.written == b"Deny"


def test_a_client_that_leaves_cancels_its_hold() -> None:
    """Nobody can approve for somebody who is gone."""
    stage = held()
    stage.client.leave()
    assert stage.route.holds.cancelled == 1
    assert stage.ended == ["client"]
    assert stage.recorded == ["action", "hold", "end"]
    assert not stage.upstream.written


def test_a_cancel_request_refuses_the_hold_and_the_session_goes_on() -> None:
    """The client's own cancel ends the wait as the server would end the statement."""
    stage = held()
    assert stage.driver.cancel_hold()
    (verdict,) = (call[1] for call in stage.gate.calls if call[0] == "answer")
    assert verdict.code == "57014"
    assert not stage.ended
    assert not stage.driver.cancel_hold()


def test_too_many_holds_are_refused_at_once() -> None:
    """A hold that can't be opened is a denial, not a wait."""
    route = FakeRoute((FakeEnforcer(lambda request: Hold("why", "r", 60.0)),))
    route.holds.refusal = Deny("too many", "holds")
    stage = held(route)
    assert stage.upstream.written == b"Deny"


def test_a_flood_behind_a_hold_is_paused() -> None:
    """What is kept of a waiting client is bounded: beyond that its stream is paused until the answer."""
    stage = held()
    stage.client.give(b"x" * (KEPT + 1))
    assert stage.client.paused == {"kept"}
    stage.route.holds.decide(ALLOW)
    assert not stage.client.paused
    assert len(stage.upstream.written) == len("Allow") + KEPT + 1


def test_waiting_for_one_side_lets_the_other_go_on() -> None:
    """An Await keeps its side's bytes until the work is done, in order."""
    work: Deferred[None] = Deferred()
    stage = Stage(
        feed=[
            [Await(Side.UPSTREAM, lambda: work)],
            lambda s, d: [Send(Side.UPSTREAM, d)],
            lambda s, d: [Send(Side.CLIENT, d)],
        ],
        resume=[[Send(Side.CLIENT, b"resumed ")]],
    )
    stage.upstream.give(b"a")
    stage.upstream.give(b"later")
    stage.client.give(b"query")
    assert stage.upstream.written == b"query"
    assert not stage.client.written
    work.callback(None)
    assert stage.client.written == b"resumed later"


def test_backpressure_goes_to_the_other_side() -> None:
    """A slow client stops the upstream, and the other way round."""
    stage = Stage()
    stage.client.receiver.congested()
    assert stage.upstream.paused == {"peer"}
    stage.client.receiver.drained()
    assert not stage.upstream.paused


@pytest.mark.parametrize(
    ("raising", "reason"),
    [(ProtocolError("bad bytes", "08P01"), "protocol"), (RuntimeError("a bug"), "error")],
)
def test_a_raising_gate_ends_the_session_in_its_protocol(raising: Exception, reason: str) -> None:
    """Whatever raises, the client hears of it and both sides are closed, once."""

    def broken(side: Side, data: bytes) -> list[Step]:
        raise raising

    stage = Stage(feed=[broken])
    stage.client.give(b"x")
    assert stage.ended == [reason]
    assert stage.client.written.startswith(b"FATAL")
    assert b"a bug" not in stage.client.written
    assert (stage.client.closed, stage.upstream.closed) == ("closed", "closed")
    assert stage.route.recording.closed == reason
    stage.client.leave()
    assert stage.ended == [reason]


def test_a_raising_enforcer_ends_the_session() -> None:
    """A policy that fails is no policy: nothing goes on under it."""

    def broken(request: Request) -> Any:
        raise KeyError("oops")

    stage = Stage(FakeRoute((FakeEnforcer(broken),)), feed=[[ask()]])
    stage.client.give(b"x")
    assert stage.ended == ["error"]
    assert not stage.upstream.written


def test_a_recorder_that_cannot_write_ends_the_session() -> None:
    """Nothing is forwarded that could not be recorded."""
    stage = Stage(feed=[[ask()]], answer=[[Send(Side.UPSTREAM, b"query")]])
    stage.route.recording.failing = True
    stage.client.give(b"x")
    assert stage.ended == ["recorder"]
    assert b"query" not in stage.upstream.written


def test_an_expired_token_ends_an_idle_session() -> None:
    """The session ends when its token does, without waiting for the next statement."""
    route = FakeRoute(principal=principal(expires_at=0.0))
    stage = Stage(route)
    route.tools.reactor.advance(1)
    assert stage.ended == ["expired"]
    assert b"expired" in stage.client.written


def test_a_lost_standing_ends_the_session_at_the_next_statement() -> None:
    """Revoked: nothing more is judged, let alone forwarded."""
    stage = Stage(FakeRoute(standing=lambda principal: "revoked"), feed=[[ask()]])
    stage.client.give(b"x")
    assert stage.ended == ["revoked"]


def test_stopping_waits_for_a_transaction() -> None:
    """A graceful stop ends an idle session at once, another when it becomes idle."""
    stage = Stage(feed=[[Send(Side.CLIENT, b"x")]])
    stage.gate.idle = False
    stage.driver.finish()
    assert not stage.ended
    stage.gate.idle = True
    stage.upstream.give(b"ready")
    assert stage.ended == ["shutdown"]
    idle = Stage()
    idle.driver.finish()
    assert idle.ended == ["shutdown"]


def test_the_end_is_recorded_with_totals() -> None:
    """Who ended it, how much passed."""
    stage = Stage(feed=[[Send(Side.UPSTREAM, b"x")]])
    stage.client.give(b"12345")
    stage.upstream.leave()
    end = stage.route.recording.events[-1]
    assert (end.kind, end.fields["reason"], end.fields["bytes_in"]) == ("end", "upstream", 5)
    assert stage.driver not in stage.route.live
