"""What every session's loop does alike, be it fed bytes (`driver`) or messages (a protocol's own).

The order that matters is here: a verdict is recorded before it takes effect, what is recorded is written before the
target hears of it, a hold is recorded whatever becomes of it, and whatever raises ends the session.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.defer import CancelledError, Deferred

from tokengate.edge.endings import MESSAGES
from tokengate.edge.tasks import spawn
from tokengate.session.record import WORDS, action_event
from tokengate.values import Allow, Deny, EndReason, Event, Hold, Request, Ticket, Verdict


class SessionLoop(ABC):
    """Carries out a gate's steps. `admission`: of the session; `route`: its live `Route`."""

    def __init__(self, gate: Any, admission: Any, route: Any) -> None:
        self.session = admission.session
        self.actions = 0
        self._gate = gate
        self._pipeline = admission.pipeline
        self._recording = admission.recording
        self._admission = admission
        self._route = route
        self._reactor = route.tools.reactor
        self._steps: deque[Any] = deque()
        self._busy = False
        self._dirty = False  # something is recorded and not yet committed
        self._wait: Deferred[Any] | None = None  # what the steps wait for
        self._refused: Deny | None = None  # what a hold that its client cancels is answered with
        self._draining: str | None = None
        self._over: EndReason | None = None
        self._detail = ""
        self._done: Deferred[EndReason] = Deferred()

    # ------------------------------------------------------------ life

    def finish(self, message: str = MESSAGES["shutdown"]) -> None:
        """End the session as soon as nothing is under way."""
        self._draining = message
        if self._gate.idle:
            self.end("shutdown", message)

    def end(self, reason: EndReason, message: str = "") -> None:
        """End the session now, telling both sides."""
        if self._over is None:
            self._abandon()
            self._steps.extend(self._gate.finish(reason, message or MESSAGES.get(reason, "")))
            self._carry_out()

    def _abandon(self) -> None:
        """Forget what was waited for: the session is ending."""
        self._steps.clear()
        wait, self._wait = self._wait, None
        if wait is not None:
            wait.cancel()

    @abstractmethod
    def _broken(self, error: Exception) -> None:
        """Something raised: end the session."""

    # ------------------------------------------------------------ steps

    @abstractmethod
    def _carry_out(self) -> None:
        """Carry out steps in order until none is left or one has to wait."""

    def _prepend(self, steps: list[Any]) -> None:
        self._steps.extendleft(reversed(steps))

    def _record(self, event: Event) -> None:
        self._recording.write(event)
        self._dirty = True

    def _commit(self, step: Any) -> bool:
        """Have the recording written before `step`; whether `step` has to wait for it."""
        self._dirty = False
        pending = self._recording.commit()
        if pending is None:
            return False
        self._steps.appendleft(step)
        wait: Deferred[Any] = spawn(self._written(pending), f"session {self.session.id}")
        if not wait.called:
            self._wait = wait
        return True

    async def _written(self, pending: Any) -> None:
        try:
            await pending
        except CancelledError:
            return
        except Exception as error:  # noqa: BLE001  what can't be recorded doesn't happen: the session ends
            self._wait = None
            self._broken(error)
        self._wait = None
        self._carry_out()

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Await `work`, then go on with the steps it has left."""
        try:
            await work
        except CancelledError:
            return
        except Exception as error:  # noqa: BLE001  whatever a plugin or a peer does, the session ends in order
            self._broken(error)
        self._carry_out()

    # ------------------------------------------------------------ verdicts

    def _record_action(self, request: Request, verdict: Verdict) -> None:
        self.actions += 1
        counts = self._route.counts
        counts.requests[WORDS[type(verdict)]] += 1
        event = action_event(request, verdict, self._pipeline)
        if "shadow" in event.fields:
            counts.shadows.update(would["section"] for would in event.fields["shadow"])
        self._record(event)

    async def _settled(self, request: Request, hold: Hold, shown: Callable[[Ticket], list[Any]]) -> Verdict:
        """What becomes of a request that is held. `shown(ticket)`: the steps that tell its client."""
        opened: Ticket | Deny = await self._route.holds.open(request, hold, self.session)
        if isinstance(opened, Deny):
            return opened
        self._steps.extend(shown(opened))
        self._carry_out()
        decided = await self._decision(request, opened)
        if isinstance(decided, Allow):  # policy and token may have changed meanwhile; the hold itself is settled
            verdict = self._pipeline.judge(request)
            return verdict if isinstance(verdict, Deny) else decided
        return decided

    async def _decision(self, request: Request, ticket: Ticket) -> Allow | Deny:
        """What somebody decides; it is recorded, and so is that nobody did."""
        began = self._reactor.seconds()
        fields: dict[str, Any] = {"n": request.number, "approval": ticket.id, "outcome": "failed"}
        try:
            decided: Allow | Deny = await self._route.holds.wait(ticket)
            fields |= {"outcome": "approved" if isinstance(decided, Allow) else "denied", "rule": decided.rule}
        except CancelledError:
            refused, self._refused = self._refused, None
            fields["outcome"] = "withdrawn" if refused is None else "cancelled"
            if refused is None:
                raise
            decided = refused
        finally:
            fields["waited_ms"] = round((self._reactor.seconds() - began) * 1000)
            self._route.counts.holds[fields["outcome"]] += 1
            self._record(Event("hold", fields))
        return decided
