"""The upstream's half of the gate: its answers, held against what is owed, masked and passed on.

An answer that nothing asked for ends the session: a gate that is out of step with its server would mask by the
wrong columns. Rows whose columns were never described don't pass on a route that masks.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from tokengate.errors import ProtocolError
from tokengate.protocols.postgres import rows, wire
from tokengate.protocols.postgres.exchange import UNPLANNED, Exchange, Owed, Portal, Probe, Run
from tokengate.protocols.postgres.inbox import Inbox, Outbox
from tokengate.protocols.postgres.namespace import Namespace
from tokengate.protocols.postgres.parameters import FORCED, READ_ONLY
from tokengate.protocols.postgres.plans import Plans
from tokengate.protocols.postgres.refusals import Conceal, concealed, denial
from tokengate.values import Action, Await, Record, Send, Side, Step

MAX_ANSWER = 16 * 1024 * 1024
"""Bytes of a message that has to be whole to be understood: a row to be masked, an error, a RowDescription (1,600
columns are 130 KB).
"""

MAX_PORTALS_KEPT = 256
"""Portals remembered from finished transactions before they are forgotten together."""

_ALTERING = frozenset({"ddl", "grant"})
"""Categories that change what the catalogue knows: relations, and who may use which schema."""

_LENGTH = struct.Struct("!i")
_ROW, _COPY_ROW = ord("D"), ord("d")


class Answers:
    """Turns the upstream's bytes into steps. `conceal`: what of a free text the client may see; `read_only`: the
    session has to stay so.
    """

    def __init__(
        self,
        exchange: Exchange,
        plans: Plans,
        namespace: Namespace,
        conceal: Conceal,
        *,
        read_only: bool = False,
    ) -> None:
        self.exchange = exchange
        self.inbox = Inbox()
        self.outbox = Outbox(self.inbox)
        self.waiting = False
        self._plans = plans
        self._namespace = namespace
        self._kept = {**FORCED, **READ_ONLY} if read_only else FORCED
        self._conceal = conceal
        self._steps: list[Step] = []
        self._deferred: list[bytes] = []

    # ------------------------------------------------------------ the loop

    def feed(self, data: bytes) -> list[Step]:
        """Look at what came, up to something to wait for or the last complete message."""
        box = self.inbox
        if box.skip:
            now, data = data[: box.skip], data[box.skip :]
            box.skip -= len(now)
            self.outbox.add(now)
            if not box.skip:
                self._send_deferred()
        if data and box.add(data):
            self.outbox.sent = box.at
            self._pump()
        return self._flush()

    def resume(self) -> list[Step]:
        """What was waited for is there."""
        self.waiting = False
        self._pump()
        return self._flush()

    def interject(self, data: bytes) -> list[Step]:
        """Send the client a message of the gateway's own, between two of the server's."""
        if self.inbox.skip:
            self._deferred.append(data)
            return []
        return [Send(Side.CLIENT, data)]

    def _pump(self) -> None:
        box, table = self.inbox, _WORK
        data, size = box.data, len(box.data)
        while size - box.at >= 5:
            at = box.at
            length = _LENGTH.unpack_from(data, at + 1)[0]
            end = at + 1 + length
            if length < 4 or length > wire.MAX_MESSAGE:
                raise ProtocolError("the upstream sent an invalid message length", "08P01")
            work = table.get(data[at])
            if work is None:
                raise ProtocolError(f"the upstream sent an unexpected message {data[at : at + 1]!r}", "08P01")
            if end > size and not self._partial(data[at], at, end):
                break
            box.at = min(end, size)
            work(self, at, end)
            if self.waiting:
                box.at = at
                break
        self.outbox.upto(box.at)

    def _partial(self, kind: int, at: int, end: int) -> bool:
        """Whether an incomplete message can be passed on as far as it is; if not, wait for the rest."""
        box = self.inbox
        if (kind == _ROW and self._row_plan() is None) or (kind == _COPY_ROW and self._copy_plan() is None):
            box.skip = end - len(box.data)
            return True
        if end - at > MAX_ANSWER:
            raise ProtocolError(f"a message that has to be inspected is longer than {MAX_ANSWER} bytes", "54000")
        box.wait_for(end - at)
        return False

    # ------------------------------------------------------------ output

    def _send_deferred(self) -> None:
        for data in self._deferred:
            self.outbox.add(data)
        self._deferred.clear()

    def _flush(self) -> list[Step]:
        steps, self._steps = self._steps, []
        if out := self.outbox.take():
            steps.append(Send(Side.CLIENT, out))
        if self.waiting:
            steps.append(Await(Side.UPSTREAM, self._plans.refresh))
        return steps

    # ------------------------------------------------------------ the head of the queue

    def _head(self, *kinds: Owed) -> tuple[Owed, Any, Any]:
        owed = self.exchange.owed
        while owed and owed[0][0] is Owed.COPY_END:
            owed.popleft()
        if not owed or owed[0][0] not in kinds:
            raise ProtocolError("the upstream answered out of turn", "08P01")
        return owed[0]

    def _take(self, *kinds: Owed) -> tuple[Owed, Any, Any]:
        head = self._head(*kinds)
        self.exchange.owed.popleft()
        return head

    def _current(self) -> Any:
        """Whatever is being answered now: a Run, Portal, Prepared or Probe; None between requests."""
        for kind, subject, _ in self.exchange.owed:
            if kind is not Owed.COPY_END:
                return subject
        return None

    def _running(self) -> Run:
        run = self._head(Owed.EXECUTE, Owed.QUERY)[1]
        assert isinstance(run, Run)
        return run

    # ------------------------------------------------------------ rows

    def _row_plan(self) -> Any:
        run = self._running()
        plan = run.plan
        if plan is UNPLANNED and run.portal is not None:
            plan = run.plan = run.portal.plan
        if plan is UNPLANNED:
            raise ProtocolError("the upstream sent rows of unknown columns", "08P01")
        return plan

    def _rows(self, at: int, end: int) -> None:
        box = self.inbox
        run = self._running()
        plan = self._row_plan()
        if plan is None:
            if end > len(box.data):
                run.rows += 1
                run.bytes += end - at
                return
            stop, count = rows.scan(box.data, at, _ROW)
        else:
            out, stop, count, masked = rows.mask(box.data, at, plan)
            self.outbox.replace(at, stop, out)
            run.masked += masked
        run.rows += count
        run.bytes += stop - at
        box.at = stop

    def _described(self, at: int, end: int) -> None:
        kind, subject, own = self._head(Owed.DESCRIBE, Owed.QUERY)
        payload = self.inbox.data[at + 5 : end]
        if isinstance(subject, Probe):
            subject.fields = wire.parse_row_description(payload)
        elif isinstance(subject, Run):
            if subject.masking and not self._planned(subject, subject.action, payload):
                return
        elif (
            isinstance(subject, Portal) and self._plans.masking and not self._planned(subject, subject.action, payload)
        ):
            return
        if kind is Owed.DESCRIBE:
            self.exchange.owed.popleft()
            if own:
                self.outbox.replace(at, end, b"")

    def _planned(self, subject: Run | Portal, action: Action, payload: bytes) -> bool:
        """Give `subject` the plan for these columns; False when the catalogue has to be asked first."""
        if self._plans.stale(action, payload, subject.seen):
            self._wait()
            return False
        subject.plan = self._plans.plan(action, payload, subject.seen)
        return True

    def _wait(self) -> None:
        """Look at this message again when the catalogue has been asked."""
        self.waiting = True

    def _no_data(self, at: int, end: int) -> None:
        _, subject, own = self._take(Owed.DESCRIBE)
        if isinstance(subject, Portal):
            subject.plan = UNPLANNED
        if own:
            self.outbox.replace(at, end, b"")

    # ------------------------------------------------------------ copies

    def _copy_plan(self) -> Any:
        mask = self._running().copy_mask
        if mask is UNPLANNED:
            raise ProtocolError("the upstream sent copy data of unknown columns", "08P01")
        return mask

    def _copy_out(self, at: int, end: int) -> None:
        run = self._running()
        formats = wire.parse_copy_response(self.inbox.data[at + 5 : end])[1]
        if not run.masking:
            return
        probe = run.probe
        if probe is None or probe.fields is None:
            raise ProtocolError("the columns of a COPY are unknown", "0A000")
        if self._plans.stale(run.action, probe.fields, run.seen):
            self._wait()
        else:
            run.copy_mask = self._plans.copy(run.action, probe.facts, probe.fields, len(formats), run.seen)

    def _copy_data(self, at: int, end: int) -> None:
        run = self._running()
        plan = self._copy_plan()
        run.bytes += end - at - 5
        if plan is None:
            if end <= len(self.inbox.data):
                stop, count = rows.scan(self.inbox.data, at, _COPY_ROW)
                run.bytes += stop - end - 5 * (count - 1)
                self.inbox.at = stop
            return
        payload = plan.feed(self.inbox.data[at + 5 : end])
        self.outbox.replace(at, end, wire.message(b"d", payload))
        run.rows, run.masked = plan.rows, plan.masked

    def _copy_done(self, at: int, end: int) -> None:
        self._running()

    def _copy_in(self, at: int, end: int) -> None:
        """The server reads CopyData now, and ignores any Sync that was sent ahead of it."""
        self._running()
        exchange = self.exchange
        head = exchange.owed.popleft()
        ended = False
        while exchange.owed and not ended:
            kind = exchange.owed.popleft()[0]
            if kind is Owed.COPY_END:
                ended = True
            elif kind is not Owed.SYNC:
                raise ProtocolError("a request was sent behind a COPY FROM STDIN that had not begun", "08P01")
        exchange.owed.appendleft(head)
        exchange.copying = not ended

    # ------------------------------------------------------------ completion

    def _complete(self, at: int, end: int) -> None:
        run = self._running()
        data = self.inbox.data
        tag = data[at + 5 : end - 1].decode("utf-8", "replace") if data[at] == ord("C") else ""
        self.exchange.copying = False
        if self.exchange.owed[0][0] is Owed.EXECUTE:
            self.exchange.owed.popleft()
            self._settle_names(run, done=True)
        else:
            run.plan = UNPLANNED if run.masking else None
        self._steps.append(Record(run.event("ok", tag)))
        if self._namespace.stirred:
            self._namespace.completed(run.action.facts)
        if not run.action.categories.isdisjoint(_ALTERING):
            self.exchange.altering = True
        if self.exchange.altering and tag == "COMMIT":
            self._altered()
        if tag.startswith(("DEALLOCATE", "DISCARD ALL", "CLOSE CURSOR")):
            self._forget(run, tag)

    def _forget(self, run: Run, tag: str) -> None:
        prepared, portals = self.exchange.prepared, self.exchange.portals
        if tag in ("DEALLOCATE ALL", "DISCARD ALL"):
            prepared.discard_all()
        if tag in ("CLOSE CURSOR ALL", "DISCARD ALL"):
            portals.discard_all()
            self.exchange.cursors = False
        for statement in run.action.facts.statements:
            if statement.cursor is not None and statement.kind == "deallocate":
                prepared.discard(statement.cursor.encode())

    def _suspended(self, at: int, end: int) -> None:
        run = self._take(Owed.EXECUTE)[1]
        self._steps.append(Record(run.event("ok", "suspended")))
        self._namespace.completed(None)

    def _ready(self, at: int, end: int) -> None:
        kind, subject, own = self._take(Owed.SYNC, Owed.QUERY)
        exchange = self.exchange
        exchange.status = self.inbox.data[at + 5 : end]
        if kind is Owed.QUERY:
            self._settle_names(subject, done=True)
        if own:
            self.outbox.replace(at, end, b"")
        if exchange.altering and exchange.status == b"I":
            self._altered()
        if exchange.status == b"I" and len(exchange.portals) > MAX_PORTALS_KEPT:
            exchange.portals.discard_all(keep=lambda portal: portal.declared)
        if self._namespace.stirred:
            self._namespace.ready(idle=exchange.status == b"I", last=not exchange.owed, cursors=exchange.cursors)
            if not exchange.owed and self._namespace.inquire():
                exchange.renewal = self._plans.altered()

    def _altered(self) -> None:
        """What the session has changed is there for others to see, the catalogue among them."""
        self.exchange.altering = False
        self.exchange.renewal = self._plans.altered()

    def _settle_names(self, run: Run, *, done: bool) -> None:
        for names, name, item in run.names:
            if done:
                names.confirm(name, item)
            else:
                names.doubt(name, item)
        run.names.clear()

    def _parsed(self, at: int, end: int) -> None:
        _, subject, name = self._take(Owed.PARSE)
        if isinstance(subject, Probe):
            self.outbox.replace(at, end, b"")
        elif isinstance(subject, Run):
            raise ProtocolError("the upstream accepted a refused statement", "08P01")
        else:
            self.exchange.prepared.confirm(name, subject)

    def _bound(self, at: int, end: int) -> None:
        _, portal, name = self._take(Owed.BIND)
        self.exchange.portals.confirm(name, portal)

    def _closed(self, at: int, end: int) -> None:
        _, names, name = self._take(Owed.CLOSE)
        if isinstance(names, Probe):
            self.outbox.replace(at, end, b"")
        else:
            names.discard(name)

    def _parameters(self, at: int, end: int) -> None:
        if self._head(Owed.DESCRIBE)[2]:
            self.outbox.replace(at, end, b"")

    # ------------------------------------------------------------ errors, and what comes unasked

    def _error(self, at: int, end: int) -> None:
        exchange = self.exchange
        payload = self.inbox.data[at + 5 : end]
        subject = self._current()
        original = payload
        code = dict(wire.parse_error_fields(payload)).get(b"C", b"").decode("ascii", "replace")
        exchange.copying = False
        self._namespace.failed()
        if isinstance(subject, Probe):
            self._probe_failed(subject, payload, at, end)
        elif isinstance(subject, Run) and subject.denied is not None:
            self.outbox.replace(at, end, denial(subject.denied))
            if subject.number:
                self._steps.append(Record(subject.event("denied", code=subject.denied.code or "42501")))
        else:
            if isinstance(subject, Run) and subject.probe is not None and subject.probe.error and code == "25P02":
                payload = subject.probe.error  # the probe met the error first: its client sees that one
            shown = concealed(payload, getattr(subject, "action", None), self._conceal)
            if shown is not original:
                self.outbox.replace(at, end, wire.message(b"E", shown))
            if isinstance(subject, Run):
                self._steps.append(Record(subject.event("error", code=code)))
        self._abandon()

    def _probe_failed(self, probe: Probe, payload: bytes, at: int, end: int) -> None:
        fields = [pair for pair in wire.parse_error_fields(payload) if pair[0] != b"P"]
        probe.error = concealed(wire.error_fields(fields), probe.action, self._conceal)
        alone = any(kind is Owed.SYNC and subject is probe for kind, subject, _ in self.exchange.owed)
        self.outbox.replace(at, end, b"" if alone else wire.message(b"E", probe.error))

    def _abandon(self) -> None:
        """After an error: within an extended segment the server skips to the Sync, and owes nothing before it."""
        exchange = self.exchange
        while exchange.owed and exchange.owed[0][0] is Owed.COPY_END:
            exchange.owed.popleft()
        if not exchange.owed:
            return
        kind, subject, _ = exchange.owed[0]
        if kind is Owed.QUERY:
            self._settle_names(subject, done=False)
        if kind in (Owed.QUERY, Owed.SYNC):
            return
        while exchange.owed and exchange.owed[0][0] is not Owed.SYNC:
            self._undo(*exchange.owed.popleft())
        exchange.skipping = not exchange.owed

    def _undo(self, kind: Owed, subject: Any, flag: Any) -> None:
        match kind:
            case Owed.PARSE if not isinstance(subject, Run | Probe):
                self.exchange.prepared.withdraw(flag, subject)
            case Owed.BIND:
                self.exchange.portals.withdraw(flag, subject)
            case Owed.EXECUTE | Owed.QUERY:
                self._settle_names(subject, done=False)
            case _:
                pass

    def _notice(self, at: int, end: int) -> None:
        payload = self.inbox.data[at + 5 : end]
        shown = concealed(payload, getattr(self._current(), "action", None), self._conceal)
        if shown is not payload:
            self.outbox.replace(at, end, wire.message(b"N", shown))

    def _notification(self, at: int, end: int) -> None:
        payload = self.inbox.data[at + 5 : end]
        channel, start = wire.read_cstring(payload, 4, "NotificationResponse")
        text, start = wire.read_cstring(payload, start, "NotificationResponse")
        shown = self._conceal(text.decode("utf-8", "replace"), None, False).encode()
        if shown != text:
            self.outbox.replace(at, end, wire.message(b"A", payload[:4] + channel + b"\0" + shown + b"\0"))

    def _status(self, at: int, end: int) -> None:
        name, value = wire.parse_parameter_status(self.inbox.data[at + 5 : end])
        expected = self._kept.get(name, value)
        if value != expected:
            why = "the gateway reads SQL by it" if name in FORCED else "the route is read-only"
            raise ProtocolError(f"{name} must stay {expected}: {why}", "0A000")
        if name == "search_path":
            self._namespace.report(value)


_WORK: dict[int, Callable[[Answers, int, int], None]] = {
    ord("D"): Answers._rows,
    ord("d"): Answers._copy_data,
    ord("C"): Answers._complete,
    ord("Z"): Answers._ready,
    ord("1"): Answers._parsed,
    ord("2"): Answers._bound,
    ord("3"): Answers._closed,
    ord("t"): Answers._parameters,
    ord("T"): Answers._described,
    ord("n"): Answers._no_data,
    ord("I"): Answers._complete,
    ord("s"): Answers._suspended,
    ord("E"): Answers._error,
    ord("N"): Answers._notice,
    ord("S"): Answers._status,
    ord("A"): Answers._notification,
    ord("G"): Answers._copy_in,
    ord("H"): Answers._copy_out,
    ord("c"): Answers._copy_done,
}
"""What understands each type of message; what is not here ends the session."""
