"""Doubles for tests, ours and plugin authors': streams, gates, recordings and routes that do as they are told.

None of them imitates a real part's cleverness; each keeps what it was given, so that a test can read like the
sequence it is about.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from zope.interface import implementer

from tokengate.errors import RecorderFailed
from tokengate.interfaces import IEnforcer, IGate, IHolds, IMasker, IRecording, IStream
from tokengate.session.counts import Counts
from tokengate.session.pipeline import Pipeline, Policy
from tokengate.session.session import Session
from tokengate.values import (
    ALLOW,
    Action,
    Allow,
    Column,
    ColumnLineage,
    Deny,
    EndReason,
    Event,
    Hold,
    Operand,
    Principal,
    Request,
    RowMask,
    Side,
    Step,
    Ticket,
    Verdict,
)


def principal(**facts: Any) -> Principal:
    """A Principal; `facts` replace the usual ones."""
    usual = {
        "issuer": "https://issuer.example",
        "subject": "job:1",
        "verifier": "test",
        "token_id": "t-1",
        "token_digest": "0" * 64,
    }
    return Principal(**{**usual, **facts})


def action(text: str = "select 1", *categories: str, facts: Any = None) -> Action:
    """An Action of these categories."""
    return Action("test", "query", text, frozenset(categories), (), facts)


@implementer(IStream)
@define(eq=False)
class FakeStream:
    """A stream in push mode: `give` bytes to its receiver, read what was `written`."""

    peer: str = "192.0.2.1:5000"
    tls: Any = None
    written: bytearray = field(factory=bytearray)
    paused: set[str] = field(factory=set)
    closed: str = ""
    receiver: Any = None
    queued: int = 0
    bytes_in: int = 0
    bytes_out: int = 0

    def give(self, data: bytes) -> None:
        """The peer sends."""
        assert not self.paused, "a paused stream delivers nothing"
        self.bytes_in += len(data)
        self.receiver.received(data)

    def leave(self) -> None:
        """The peer goes."""
        self.receiver.lost(None)

    async def read_exactly(self, count: int) -> bytes:
        """Not for push mode."""
        raise RuntimeError("a FakeStream is in push mode")

    peek = read_exactly

    async def start_tls(self, context: Any, server_side: bool, hostname: str | None = None) -> None:
        """Not for push mode."""
        raise RuntimeError("a FakeStream is in push mode")

    def pending(self) -> bool:
        """Nothing ever is."""
        return False

    def attach(self, receiver: Any) -> None:
        """Remember the receiver."""
        self.receiver = receiver

    def write(self, data: bytes) -> None:
        """Keep the bytes."""
        self.written += data
        self.bytes_out += len(data)

    def pause(self, reason: str) -> None:
        """Remember the reason."""
        self.paused.add(reason)

    def resume(self, reason: str) -> None:
        """Forget the reason."""
        self.paused.discard(reason)

    def close(self) -> None:
        """Remember how it ended."""
        self.closed = self.closed or "closed"

    def abort(self) -> None:
        """Remember how it ended."""
        self.closed = "aborted"


@implementer(IGate)
@define(eq=False)
class ScriptedGate:
    """A gate that answers each call with the next steps of `script`, a mapping from "feed", "answer", … to lists of
    steps.

    The last one serves all later calls. A step list may be a function of the call's arguments. What was called is
    kept in `calls`.
    """

    script: dict[str, list[Any]]
    idle: bool = True
    calls: list[tuple[Any, ...]] = field(factory=list)

    def _next(self, name: str, *arguments: Any) -> list[Step]:
        self.calls.append((name, *arguments))
        waiting = self.script.get(name) or [[]]
        steps = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        found: list[Step] = steps(*arguments) if callable(steps) else steps
        return found

    def feed(self, side: Side, data: bytes) -> list[Step]:
        """See `IGate`."""
        return self._next("feed", side, data)

    def answer(self, verdict: Verdict) -> list[Step]:
        """See `IGate`."""
        return self._next("answer", verdict)

    def hold(self, ticket: Ticket) -> list[Step]:
        """See `IGate`."""
        return self._next("hold", ticket)

    def resume(self) -> list[Step]:
        """See `IGate`."""
        return self._next("resume")

    def finish(self, reason: EndReason, message: str) -> list[Step]:
        """See `IGate`."""
        return self._next("finish", reason, message)

    def ended(self, side: Side) -> list[Step]:
        """See `IGate`."""
        return self._next("ended", side)


@implementer(IRecording)
@define(eq=False)
class FakeRecording:
    """Keeps events. `failing` makes every write raise; `slow` makes commits wait for `release`."""

    events: list[Event] = field(factory=list)
    commits: int = 0
    failing: bool = False
    slow: bool = False
    closed: str | None = None
    _pending: list[Deferred[None]] = field(factory=list)

    def write(self, event: Event) -> None:
        """Keep it. Raises `RecorderFailed` when failing."""
        if self.failing:
            raise RecorderFailed("the disk is full")
        self.events.append(event)

    def commit(self) -> Deferred[None] | None:
        """Count it."""
        self.commits += 1
        if not self.slow:
            return None
        self._pending.append(Deferred())
        return self._pending[-1]

    def release(self) -> None:
        """Let the oldest slow commit be done."""
        self._pending.pop(0).callback(None)

    async def close(self, reason: EndReason) -> None:
        """Remember why."""
        self.closed = reason

    def kinds(self) -> list[str]:
        """The kinds of what was recorded."""
        return [event.kind for event in self.events]


@implementer(IHolds)
@define(eq=False)
class FakeHolds:
    """Holds that a test decides with `decide`."""

    opened: list[Request] = field(factory=list)
    cancelled: int = 0
    refusal: Deny | None = None
    _waiting: list[Deferred[Verdict]] = field(factory=list)

    async def open(self, request: Request, hold: Hold, session: Session) -> Ticket | Deny:
        """A ticket, or the configured refusal."""
        self.opened.append(request)
        return self.refusal or Ticket(f"T{len(self.opened)}", hold.why)

    def wait(self, ticket: Ticket) -> Deferred[Verdict]:
        """Fires with what `decide` is given."""
        self._waiting.append(Deferred(lambda _: self._cancel()))
        return self._waiting[-1]

    def _cancel(self) -> None:
        self.cancelled += 1

    def decide(self, verdict: Verdict) -> None:
        """Decide the oldest hold."""
        self._waiting.pop(0).callback(verdict)


@implementer(IEnforcer)
@define(eq=False)
class FakeEnforcer:
    """Judges by a function. `asked` counts."""

    decide: Callable[[Request], Verdict] = lambda request: ALLOW
    constant: bool = True
    asked: int = 0

    def judge(self, request: Request, session: Session) -> Verdict:
        """What the function says."""
        self.asked += 1
        return self.decide(request)


@implementer(IMasker)
@define(eq=False)
class FakeMasker:
    """Masks the columns named in `masks`; withholds texts that hold `secret`."""

    masks: dict[str, Any] = field(factory=dict)
    secret: str = "secret"
    veto: Deny | Allow = ALLOW
    constant: bool = True

    def judge(self, request: Request, session: Session) -> Verdict:
        """The configured veto."""
        return self.veto

    def plan(self, columns: Iterable[Column], action: Action, session: Session) -> RowMask | None:
        """Masks by name."""
        plan = tuple(self.masks.get(column.name) for column in columns)
        return plan if any(plan) else None

    def lineage(self, action: Action, session: Session) -> tuple[ColumnLineage, ...]:
        """Nothing."""
        return ()

    def operands(self, action: Action, session: Session) -> tuple[Operand, ...]:
        """None."""
        return ()

    def conceal(self, text: str, action: Action | None, session: Session, placed: bool = False) -> str:
        """ "" for a text with the secret."""
        return "" if self.secret in text else text

    def record_text(self, text: str, action: Action, session: Session) -> str:
        """The text without the secret."""
        return text.replace(self.secret, "?")


@define(eq=False)
class FakeTools:
    """Tools with a clock that a test advances."""

    reactor: Clock = field(factory=Clock)


@define(eq=False)
class FakeRoute:
    """A route for a driver: `admission` of a session under these enforcers and maskers."""

    enforcers: tuple[Any, ...] = ()
    maskers: tuple[Any, ...] = ()
    principal: Principal = field(factory=principal)
    holds: FakeHolds = field(factory=FakeHolds)
    recording: FakeRecording = field(factory=FakeRecording)
    tools: FakeTools = field(factory=FakeTools)
    counts: Counts = field(factory=Counts)
    live: set[Any] = field(factory=set)
    standing: Callable[[Principal], str | None] = lambda principal: None

    def now(self) -> float:
        """Unix seconds."""
        return time.time()

    @property
    def session(self) -> Session:
        """A new session."""
        return Session("route", "test", self.principal, "192.0.2.1:5000")

    def admission(self) -> Any:
        """What `Route.admit` gives."""
        from tokengate.session.route import Admission

        policy = Policy(self.enforcers, self.maskers)
        session = self.session
        return Admission(session, Pipeline(session, lambda: policy, lambda p: self.standing(p)), self.recording)
