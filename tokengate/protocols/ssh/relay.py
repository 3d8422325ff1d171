"""The I/O loop of an SSH session: messages from two transports into the gate, the gate's steps out again.

What `edge.driver` is to protocols of bytes, with two differences: it is fed messages, and a request that waits for a
person stops one channel instead of the client. The connection services of both transports are its two ends; the client
may send before the target is reached, up to `MOST_KEPT`.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from twisted.conch.ssh.service import SSHService
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from tokengate.edge.endings import close_recording, ending
from tokengate.edge.loop import SessionLoop
from tokengate.edge.tasks import spawn
from tokengate.errors import ProtocolError, SessionEnded, UpstreamError
from tokengate.protocols.ssh.gate import Gate
from tokengate.protocols.ssh.steps import Step, Withdraw
from tokengate.protocols.ssh.wire import Reason
from tokengate.values import (
    Ask,
    Close,
    EndReason,
    Event,
    Hold,
    Record,
    Request,
    Send,
    Side,
)

MOST_KEPT = 1024 * 1024
"""Bytes of messages that wait for the target or the recorder: what is already on its way when reading stops."""

MOST_UNWRITTEN = 256 * 1024
"""Characters of terminal output that wait for the recorder's next commit."""

STANDING_INTERVAL = 1.0
"""Seconds between two looks at the token's standing: as long as a revocation may take elsewhere."""

PATIENCE = 0.05
"""Seconds that the beginning of a line waits to be masked with its end: a prompt has none."""

_log = Logger()


class End(SSHService):
    """One side's connection service."""

    name = b"ssh-connection"
    transport: Any

    def __init__(self, relay: Relay, side: Side) -> None:
        self._relay = relay
        self._side = side

    def serviceStarted(self) -> None:
        """The side is there."""
        self._relay.joined(self._side, self.transport)

    def serviceStopped(self) -> None:
        """It is gone."""
        self._relay.lost(self._side)

    def packetReceived(self, number: int, packet: bytes) -> None:
        """A message of the connection protocol."""
        self._relay.received(self._side, number, packet)

    def congested(self) -> None:
        """It is slower than what is sent to it."""
        self._relay.pause(Side(1 - self._side), "peer")

    def drained(self) -> None:
        """It has caught up."""
        self._relay.resume(Side(1 - self._side), "peer")


class Relay(SessionLoop):
    """Runs one session. `client`: its client's `IStream`; `ends`: the services for the two transports."""

    def __init__(self, client: Any, admission: Any, route: Any, gate: Gate) -> None:
        super().__init__(gate, admission, route)
        self._client = client
        self.ends = (End(self, Side.CLIENT), End(self, Side.UPSTREAM))
        self._transports: dict[Side, Any] = {}
        self._reasons: dict[Side, set[str]] = {side: set() for side in Side}
        self._kept: deque[tuple[Side, int, bytes]] = deque()
        self._kept_bytes = 0
        self._unwritten = 0
        self._held: dict[int, Deferred[Any]] = {}
        self._flushing: Any = None
        self._looking: Any = None

    # ------------------------------------------------------------ life

    async def run(self, reach: Any) -> EndReason:
        """Carry the session to its end. `reach(service)`: a coroutine that logs in to the target."""
        self._route.live.add(self)
        self._look()
        reaching = spawn(self._reach(reach), f"session {self.session.id}")
        try:
            return await self._done
        finally:
            reaching.cancel()
            self._route.live.discard(self)
            await close_recording(
                self._admission, self._client, self._route.counts, self._over, self._detail, self.actions
            )

    def _look(self) -> None:
        """A session without requests, such as a shell, ends too when its token does."""
        reason = self._route.standing(self.session.principal)
        if reason is not None:
            self.end(reason)
        elif self._over is None:
            self._looking = self._reactor.callLater(STANDING_INTERVAL, self._look)

    async def _reach(self, reach: Any) -> None:
        try:
            await reach(self.ends[Side.UPSTREAM])
        except UpstreamError as error:
            _log.error("session {session}: {why}", session=self.session.id, why=str(error))
            self.end("upstream", error.problem)
        except CancelledError:
            raise
        except Exception as error:  # noqa: BLE001  without a target there is no session
            self._broken(error)

    def _abandon(self) -> None:
        super()._abandon()
        self._kept.clear()

    # ------------------------------------------------------------ events

    def joined(self, side: Side, transport: Any) -> None:
        """A side's transport is there."""
        self._transports[side] = transport
        if self._over is not None:
            transport.sendDisconnect(Reason.BY_APPLICATION, b"the session has ended")
        elif self._reasons[side]:
            transport.transport.pauseProducing()
        if len(self._transports) == len(Side):
            self._carry_out()

    def lost(self, side: Side) -> None:
        """A side's transport is gone."""
        if self._over is None:
            self._abandon()
            self._steps.extend(self._gate.ended(side))
            self._carry_out()

    def received(self, side: Side, number: int, body: bytes) -> None:
        """A message came from `side`."""
        if self._over is not None:
            return
        self._kept.append((side, number, body))
        if self._waits:
            self._kept_bytes += len(body) + 16
            self.pause(side, "kept")
            if self._kept_bytes > MOST_KEPT:
                self.end("limit", "too much was sent before it could be taken")
            return
        self._carry_out()

    @property
    def _waits(self) -> bool:
        return self._wait is not None or len(self._transports) < len(Side)

    def pause(self, side: Side, reason: str) -> None:
        """Read no more of `side`."""
        if not self._reasons[side] and side in self._transports:
            self._transports[side].transport.pauseProducing()
        self._reasons[side].add(reason)

    def resume(self, side: Side, reason: str) -> None:
        """`reason` not to read is over."""
        if reason in self._reasons[side]:
            self._reasons[side].discard(reason)
            if not self._reasons[side] and side in self._transports:
                self._transports[side].transport.resumeProducing()

    def _broken(self, error: Exception) -> None:
        """Something raised: the session ends."""
        reason, message = ending(error)
        session = self.session.id
        if isinstance(error, ProtocolError):  # a peer's mistake, not ours: no traceback that anybody could cause
            _log.info("session {session} ends: {why}", session=session, why=message)
        elif not isinstance(error, SessionEnded):
            _log.failure("session {session} ends: {reason}", failure=Failure(error), session=session, reason=reason)
        self.end(reason, message)

    # ------------------------------------------------------------ steps

    def _carry_out(self) -> None:
        """Carry out steps in order, then feed what was kept, until one has to wait or nothing is left."""
        if self._busy:
            return
        self._busy = True
        try:
            while True:
                while self._steps and self._wait is None:
                    self._attempt(self._step, self._steps.popleft())
                if self._waits or not self._kept or self._over is not None:
                    break
                self._attempt(self._feed, *self._kept.popleft())
        finally:
            self._busy = False
        if not self._kept and self._kept_bytes:
            self._kept_bytes = 0
            for side in Side:
                self.resume(side, "kept")
        self._settle()

    def _attempt(self, work: Any, *arguments: Any) -> None:
        try:
            work(*arguments)
        except Exception as error:  # noqa: BLE001  whatever a plugin or a peer does, the session ends in order
            self._broken(error)

    def _feed(self, side: Side, number: int, body: bytes) -> None:
        self._steps.extend(self._gate.feed(side, number, body))

    def _settle(self) -> None:
        """What is to be done when nothing is under way."""
        if self._over is not None:
            return
        if self._flushing is None and self._gate.keeps:
            self._flushing = self._reactor.callLater(PATIENCE, self._flush)
        if self._draining is not None and self._wait is None and self._gate.idle:
            self.end("shutdown", self._draining)

    def _flush(self) -> None:
        self._flushing = None
        if self._over is None:
            self._steps.extend(self._gate.flush())
            self._carry_out()

    def _step(self, step: Step) -> None:
        match step:
            case Send(side, payload):
                if self._dirty and (side is Side.UPSTREAM or self._unwritten > MOST_UNWRITTEN) and self._commit(step):
                    return
                self._transports[side].sendPacket(payload[0], memoryview(payload)[1:])  # data is large, and not copied
            case Ask(request):
                self._ask(request)
            case Record(event):
                self._record(event)
            case Withdraw(number):
                held = self._held.pop(number, None)
                if held is not None:
                    held.cancel()
            case Close(reason, detail):
                self._close(reason, detail)
            case _:
                raise TypeError(f"{step!r} is no step")

    def _record(self, event: Event) -> None:
        super()._record(event)
        if event.kind == "output":
            self._unwritten += len(event.fields["data"])
        elif event.kind == "result":
            self._route.counts.masked += event.fields["masked"]

    def _commit(self, step: Step) -> bool:
        self._unwritten = 0
        return super()._commit(step)

    # ------------------------------------------------------------ verdicts

    def _ask(self, request: Request) -> None:
        verdict = self._pipeline.judge(request)
        self._record_action(request, verdict)
        if isinstance(verdict, Hold):
            self._hold(request, verdict)
        else:
            self._prepend(self._gate.answer(request.number, verdict))

    def _hold(self, request: Request, hold: Hold) -> None:
        number = request.number

        async def waiting() -> None:
            try:
                verdict = await self._settled(request, hold, lambda ticket: self._gate.hold(number, ticket))
            finally:
                self._held.pop(number, None)
            if self._over is None:
                self._steps.extend(self._gate.answer(number, verdict))

        task = spawn(self._guarded(waiting()), f"hold in session {self.session.id}")
        if not task.called:
            self._held[number] = task

    # ------------------------------------------------------------ the end

    def _close(self, reason: EndReason, detail: str) -> None:
        if self._over is not None:
            return
        self._over, self._detail = reason, detail
        self._steps.clear()
        for timer in (self._looking, self._flushing):
            if timer is not None and timer.active():
                timer.cancel()
        for held in list(self._held.values()):
            held.cancel()
        code = Reason.PROTOCOL_ERROR if reason == "protocol" else Reason.BY_APPLICATION
        for side, transport in self._transports.items():
            text = f"tokengate: {detail}" if side is Side.CLIENT and detail else "the session has ended"
            transport.sendDisconnect(code, text.encode())
        self._done.callback(reason)
