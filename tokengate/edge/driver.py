"""The I/O loop of a session whose gate is fed bytes: from two streams into a gate, the gate's steps out again.

On the hot path everything is a plain call: received → feed → (judge → answer) → write. A coroutine starts only when
something has to be waited for: a person's approval, a question to the target, a recorder that wants to be sure. While
one side waits, its bytes are kept up to `KEPT` and then its stream is paused, so that a client that leaves while held
is noticed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from tokengate.edge.endings import close_recording, ending
from tokengate.edge.loop import SessionLoop
from tokengate.edge.tasks import spawn
from tokengate.interfaces import IReceiver
from tokengate.values import (
    Ask,
    Await,
    Close,
    Deny,
    EndReason,
    Event,
    Hold,
    Record,
    Request,
    Send,
    Side,
    Step,
)

KEPT = 256 * 1024
"""Bytes kept of a side that waits, before its stream is paused: enough for any client's pipeline behind a held
statement.
"""

CANCELLED = Deny("canceling statement due to user request", "", code="57014")
"""To a client that cancels what waits for approval."""

_log = Logger()


@implementer(IReceiver)
class _Receiver:
    """One side's events, for the driver."""

    def __init__(self, driver: Driver, side: Side) -> None:
        self._driver = driver
        self._side = side

    def received(self, data: bytes) -> None:
        self._driver.received(self._side, data)

    def lost(self, reason: Any) -> None:
        self._driver.lost(self._side)

    def congested(self) -> None:
        self._driver.streams[1 - self._side].pause("peer")

    def drained(self) -> None:
        self._driver.streams[1 - self._side].resume("peer")


class Driver(SessionLoop):
    """Runs one session. `client` and `upstream` are `IStream`s in pull mode, logged in and ready for each other."""

    def __init__(self, client: Any, upstream: Any, gate: Any, admission: Any, route: Any) -> None:
        super().__init__(gate, admission, route)
        self.streams = (client, upstream)
        self._blocked: list[bool] = [False, False]
        self._kept: tuple[list[bytes], list[bytes]] = ([], [])
        self._held: Deferred[Any] | None = None
        self._expiry: Any = None

    # ------------------------------------------------------------ life

    async def run(self) -> EndReason:
        """Carry the session to its end; why it ended. Raises nothing of the session's."""
        self._route.live.add(self)
        expires = self.session.principal.expires_at
        if expires is not None:
            remaining = max(0.0, expires - self._route.now())
            self._expiry = self._reactor.callLater(remaining, self.end, "expired")
        try:
            for side, stream in zip(Side, self.streams, strict=True):
                stream.attach(_Receiver(self, side))
            return await self._done
        finally:
            self._route.live.discard(self)
            client = self.streams[Side.CLIENT]
            await close_recording(self._admission, client, self._route.counts, self._over, self._detail, self.actions)

    def cancel_hold(self) -> bool:
        """Refuse what waits for approval because its client asked to cancel it; whether anything was waiting."""
        if self._held is None:
            return False
        self._refused = CANCELLED
        self._held.cancel()
        return True

    # ------------------------------------------------------------ events

    def received(self, side: Side, data: bytes) -> None:
        """Bytes came from `side`."""
        if self._blocked[side] or self._busy or self._wait is not None:
            self._keep(side, data)
            return
        self._feed(side, data)

    def _keep(self, side: Side, data: bytes) -> None:
        kept = self._kept[side]
        kept.append(data)
        if sum(map(len, kept)) > KEPT:
            self.streams[side].pause("kept")

    def _feed(self, side: Side, data: bytes) -> None:
        if self._over is not None:
            return
        try:
            self._steps.extend(self._gate.feed(side, data))
        except Exception as error:  # noqa: BLE001  whatever a plugin or a peer does, the session ends in order
            self._broken(error)
        self._carry_out()

    def lost(self, side: Side) -> None:
        """`side`'s stream is gone."""
        if self._over is None:
            self._abandon()
            self._steps.extend(self._gate.ended(side))
            self._carry_out()

    def _broken(self, error: Exception) -> None:
        """Something raised: the session ends with the protocol's own error."""
        self._abandon()
        reason, message = ending(error)
        _log.failure("session {session} ends: {reason}", failure=Failure(error), session=self.session.id, reason=reason)
        if self._over is None:
            self._steps.extend(self._gate.finish(reason, message))

    # ------------------------------------------------------------ steps

    def _carry_out(self) -> None:
        """Carry out steps in order until none is left or one has to wait."""
        if self._busy:
            return
        self._busy = True
        steps, table = self._steps, _WORK
        try:
            while True:
                while steps and self._wait is None:
                    try:
                        step = steps.popleft()
                        table[type(step)](self, *step)
                    except Exception as error:  # noqa: BLE001  whatever a plugin or a peer does, the session ends in order
                        self._broken(error)
                if self._wait is not None or not any(self._kept) or not self._feed_kept():
                    break
        finally:
            self._busy = False
        if self._draining is not None and self._over is None and self._wait is None and self._gate.idle:
            self.end("shutdown", self._draining)

    def _feed_kept(self) -> bool:
        """Feed what was kept of a side that may be fed again; whether there was anything."""
        for side in Side:
            kept = self._kept[side]
            if kept and not self._blocked[side] and self._over is None:
                data = b"".join(kept)
                kept.clear()
                self.streams[side].resume("kept")
                try:
                    self._steps.extend(self._gate.feed(side, data))
                except Exception as error:  # noqa: BLE001  whatever a plugin or a peer does, the session ends in order
                    self._broken(error)
                return True
        return False

    def _send(self, side: Side, data: bytes) -> None:
        if side is Side.UPSTREAM and self._dirty and self._commit(Send(side, data)):
            return
        self.streams[side].write(data)

    def _record(self, event: Event) -> None:
        super()._record(event)
        if event.kind == "result":
            counts = self._route.counts
            counts.rows += event.fields["rows"]
            counts.masked += event.fields["masked"]

    def _background(self, side: Side, work: Any) -> None:
        """Await `work()` while the other side goes on, then let the gate look at `side` again."""
        self._blocked[side] = True

        async def waiting() -> None:
            try:
                await work()
                steps = self._gate.resume()
            except CancelledError:
                return
            except Exception as error:  # noqa: BLE001  whatever a plugin or a peer does, the session ends in order
                self._broken(error)
            else:
                if self._over is None:
                    self._steps.extend(steps)
            self._blocked[side] = False
            self._carry_out()

        spawn(waiting(), f"session {self.session.id}")

    # ------------------------------------------------------------ verdicts

    def _ask(self, request: Request) -> None:
        verdict = self._pipeline.judge(request)
        running = request.stage == "run"
        if running or isinstance(verdict, Deny):
            self._record_action(request, verdict)
        if running and isinstance(verdict, Hold):
            self._blocked[Side.CLIENT] = True
            self._hold(request, verdict)
            return
        self._prepend(self._gate.answer(verdict))

    def _hold(self, request: Request, hold: Hold) -> None:
        async def waiting() -> None:
            try:
                verdict = await self._settled(request, hold, self._gate.hold)
            finally:
                self._held = None
            self._blocked[Side.CLIENT] = False
            self._steps.extend(self._gate.answer(verdict))

        task = spawn(self._guarded(waiting()), f"hold in session {self.session.id}")
        if not task.called:
            self._held = task

    # ------------------------------------------------------------ the end

    def _close(self, reason: EndReason, detail: str) -> None:
        if self._over is not None:
            return
        self._over, self._detail = reason, detail
        self._steps.clear()
        if self._expiry is not None and self._expiry.active():
            self._expiry.cancel()
        if self._held is not None:
            self._held.cancel()
        for stream in self.streams:
            stream.close()
        self._done.callback(reason)


_WORK: dict[type[Step], Callable[..., None]] = {
    Send: Driver._send,
    Ask: Driver._ask,
    Record: Driver._record,
    Await: Driver._background,
    Close: Driver._close,
}
"""What carries out each kind of step."""
