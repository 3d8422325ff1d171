"""What gate and channels of one connection want done, in order, and whom the answers to their questions are for.

Shared by `gate`, `program` and `sftp`; `relay` carries it out. Several requests may be held at once, on one channel
each, so an answer names its request by number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tokengate.session.pipeline import Pipeline
from tokengate.values import Action, Ask, Close, Deny, Event, Record, Request, Send, Side, Ticket, Verdict


class Withdraw(NamedTuple):
    """Nobody waits any more for the verdict on request `number`."""

    number: int


Step = Send | Ask | Record | Close | Withdraw


class _Question(NamedTuple):
    then: Callable[[Verdict], None]
    held: Callable[[Ticket], None]


class Steps:
    """One connection's. `now`: seconds of a steady clock."""

    def __init__(self, pipeline: Pipeline, now: Callable[[], float]) -> None:
        self.pipeline = pipeline
        self.now = now
        self._steps: list[Step] = []
        self._questions: dict[int, _Question] = {}
        self._requests = 0

    @property
    def asked(self) -> bool:
        """Whether a question is open."""
        return bool(self._questions)

    def take(self) -> list[Step]:
        """What there is to do, once."""
        steps, self._steps = self._steps, []
        return steps

    def send(self, side: Side, payload: bytes) -> None:
        """A message to a side: its number and its body."""
        self._steps.append(Send(side, payload))

    def record(self, kind: str, **fields: Any) -> None:
        """A line of the recording."""
        self._steps.append(Record(Event(kind, fields)))

    def end(self, step: Close) -> None:
        """The session ends, after what was sent."""
        self._steps.append(step)

    def ask(
        self,
        action: Action,
        then: Callable[[Verdict], None],
        held: Callable[[Ticket], None] = lambda ticket: None,
        refusal: Deny | None = None,
    ) -> int:
        """Have an action judged: `held` hears when it waits, `then` gets the verdict. Returns the request's number."""
        self._requests += 1
        number = self._requests
        self._questions[number] = _Question(then, held)
        self._steps.append(Ask(Request(action, number, refusal=refusal)))
        return number

    def refuse(self, action: Action, refusal: Deny) -> None:
        """Record that the gateway itself refuses an action."""
        self.ask(action, lambda verdict: None, refusal=refusal)

    def withdraw(self, number: int) -> None:
        """Whoever asked is gone."""
        if self._questions.pop(number, None) is not None:
            self._steps.append(Withdraw(number))

    def answer(self, number: int, verdict: Verdict) -> None:
        """The verdict on a request; one that was withdrawn has nobody who hears it."""
        question = self._questions.pop(number, None)
        if question is not None:
            question.then(verdict)

    def hold(self, number: int, ticket: Ticket) -> None:
        """A request waits for a person."""
        question = self._questions.get(number)
        if question is not None:
            question.held(ticket)

    def result(self, number: int, began: float, *, ok: bool, tag: str, **more: Any) -> None:
        """What came of a request."""
        fields = {"rows": 0, "bytes": 0, "masked": 0, **more, "ms": round((self.now() - began) * 1000)}
        self.record("result", n=number, outcome="ok" if ok else "error", tag=tag, **fields)
