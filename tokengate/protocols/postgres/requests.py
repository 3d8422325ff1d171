"""The client's half of the gate: what it sends, understood message by message, asked for and passed on.

Everything that can make the server do something is turned into a `Request` before it is forwarded; everything else
has a line in the table of `Requests`, and what has none is refused. A refused message is not dropped: a statement
that the server must reject takes its place, and the answer half rewrites the server's error. So transactions,
pipelines and skipping to Sync are the server's own, and right.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from tokengate.errors import ProtocolError
from tokengate.protocols.postgres import wire
from tokengate.protocols.postgres.exchange import (
    MAX_OWED,
    Exchange,
    Owed,
    Portal,
    Prepared,
    Probe,
    Run,
)
from tokengate.protocols.postgres.inbox import Inbox, Outbox
from tokengate.protocols.postgres.meanings import Meanings
from tokengate.protocols.postgres.namespace import Namespace
from tokengate.protocols.postgres.restore import MAX_RESTORED, restored_bind, restored_text
from tokengate.protocols.postgres.screen import Screen, copies_out, probe_text
from tokengate.values import Action, Allow, Ask, Await, Close, Deny, Hold, Operand, Request, Send, Side, Step, Verdict

MAX_CONTROL = 64 * 1024
"""Bytes of a message that only names something (Describe, Execute, Close, CopyFail …): names are 63 bytes at the
server.
"""

BIND_NAMES = 16 * 1024
"""Bytes of a Bind that must hold its two names; the values behind them stream through."""

REFUSED_TEXT = b"tokengate refused this statement"
"""No PostgreSQL grammar accepts it: what the server gets in place of a refused statement."""

REFUSED_NAME = b"tokengate_refused"
PROBE_NAME = b"tokengate_probe"

_LENGTH = struct.Struct("!i")
_REFUSED_QUERY = wire.query(REFUSED_TEXT)
_REFUSED_PARSE = wire.parse(REFUSED_NAME, REFUSED_TEXT)
_SYNC_OWED = (Owed.SYNC, None, False)


class Rules(NamedTuple):
    """What the route asks of requests. `masks()` says whether results are masked now, `operands` then where an action
    may hold tokens; `max_statement` is the longest statement text taken, in bytes; `read_only`: no others are allowed.
    """

    masks: Callable[[], bool]
    operands: Callable[[Action], Sequence[Operand]]
    max_statement: int
    read_only: bool


class Requests:
    """Turns the client's bytes into steps. `analyse` gives a text's Action (one object a text)."""

    def __init__(
        self, exchange: Exchange, analyse: Callable[[bytes], Action], namespace: Namespace, rules: Rules
    ) -> None:
        self.exchange = exchange
        self.inbox = Inbox()
        self.outbox = Outbox(self.inbox)
        self.asked: Request | None = None
        self._meanings = Meanings(exchange, analyse)
        self._namespace = namespace
        self._masks, self._operands, self._max_statement, _ = rules
        self._screen = Screen(exchange, namespace, rules.masks, rules.read_only)
        self._steps: list[Step] = []
        self._span = (0, 0)
        self._allowed: Callable[[Verdict], None] = self._no_question
        self._seen: Any = None

    # ------------------------------------------------------------ the loop

    def feed(self, data: bytes) -> list[Step]:
        """Look at what came, up to a question or the last complete message."""
        box = self.inbox
        if box.skip:
            data = self._passing(data)
        if data and box.add(data):
            self.outbox.sent = box.at
            self._pump()
        return self._flush()

    def answer(self, verdict: Verdict) -> list[Step]:
        """Carry out the verdict on the open question and look on."""
        if self.asked is None:
            raise RuntimeError("an answer without a question")
        self.asked = None
        allowed, self._allowed = self._allowed, self._no_question
        allowed(verdict)
        self.inbox.at = self._span[1]
        self._pump()
        return self._flush()

    def resume(self) -> list[Step]:
        """Ask what had to wait for the catalogue."""
        self.exchange.renewed = False
        if self.asked is None:
            return []
        self._seen = self._namespace.look(self.asked.action.facts)
        return [Ask(self.asked)]

    def forward_first(self) -> list[Step]:
        """What was understood before the open question: it must not wait with it."""
        self.outbox.upto(self._span[0])
        return self._flush()

    def _pump(self) -> None:
        box, table = self.inbox, _WORK
        data, size = box.data, len(box.data)
        at = box.at
        while self.asked is None and size - at >= 5:
            length = _LENGTH.unpack_from(data, at + 1)[0]
            end = at + 1 + length
            if length < 4 or length > wire.MAX_MESSAGE:
                raise ProtocolError("invalid message length", "08P01")
            work = table.get(data[at])
            if work is None:
                raise ProtocolError(f"message type {data[at : at + 1]!r} is not accepted here", "08P01")
            if end > size and not self._partial(data[at], at, end):
                break
            if self.exchange.skipping and data[at] not in b"SX":
                self.outbox.replace(at, min(end, size), b"")
            else:
                work(self, at, end)
            if self.asked is not None:
                self._span = (at, end)
                break
            at = min(end, size)
        box.at = at
        if self.asked is None:
            self.outbox.upto(at)

    def _partial(self, kind: int, at: int, end: int) -> bool:
        """Whether an incomplete message can be worked on as it is; if not, wait for the rest, up to its limit."""
        box = self.inbox
        have = len(box.data) - at
        if kind == ord("B") and have >= min(BIND_NAMES, end - at) and self._expects_tokens(at):
            if end - at > MAX_RESTORED:
                raise ProtocolError(f"arguments that may hold tokens are longer than {MAX_RESTORED} bytes", "54000")
            box.wait_for(end - at)
            return False
        if kind == ord("d") or (kind == ord("B") and have >= min(BIND_NAMES, end - at)):
            box.skip, box.drop = end - len(box.data), self.exchange.skipping
            return True
        limit = self._max_statement + 1024 if kind in b"QP" else MAX_CONTROL
        if kind == ord("B"):
            box.wait_for(min(BIND_NAMES, end - at))
        elif end - at <= limit:
            box.wait_for(end - at)
        elif kind in b"QP":
            box.skip, box.drop = end - len(box.data), True
            if self.exchange.skipping:
                return True
            self._oversized(kind, at)
        else:
            raise ProtocolError("message is too long", "08P01")
        return False

    def _passing(self, data: bytes) -> bytes:
        """The rest of a message that is already under way; what is behind it."""
        box = self.inbox
        now, rest = data[: box.skip], data[box.skip :]
        box.skip -= len(now)
        if not box.drop:
            self.outbox.add(now)
        return rest

    # ------------------------------------------------------------ output

    def _flush(self) -> list[Step]:
        steps, self._steps = self._steps, []
        if out := self.outbox.take():
            steps.insert(0, Send(Side.UPSTREAM, out))
        return steps

    def _owe(self, kind: Owed, subject: object = None, flag: object = False) -> None:
        owed = self.exchange.owed
        if len(owed) >= MAX_OWED:
            raise ProtocolError("too many requests without an answer", "54000")
        owed.append((kind, subject, flag))

    def _ask(self, request: Request, then: Callable[[Verdict], None]) -> None:
        # Everything before the question has been understood; with the answer at hand at once it all leaves as one
        # slice.
        self.asked = request
        self._allowed = then
        self._seen = self._namespace.look(request.action.facts)
        waits = self.exchange.renewal is not None and not self._namespace.is_sure(request)
        self._steps.append(Await(Side.CLIENT, self.exchange.renew) if waits else Ask(request))

    @staticmethod
    def _no_question(verdict: Verdict) -> None:
        raise RuntimeError("an answer without a question")

    # ------------------------------------------------------------ simple queries

    def _query(self, at: int, end: int) -> None:
        self._behind_copy()
        action = self._meanings.of(wire.parse_query(self.inbox.data[at + 5 : end]))
        self._ask_query(action, at, end, self._screen.refusal(action))

    def _ask_query(self, action: Action, at: int, end: int, refusal: Deny | None) -> None:
        request = Request(action, self.exchange.next_number(), refusal=refusal)

        def answered(verdict: Verdict) -> None:
            exchange = self.exchange
            exchange.segment += 1
            run = self._run(request)
            if isinstance(verdict, Allow):
                self._namespace.forwarded(action, idle=exchange.status == b"I")
                self._meanings.declare(run)
                self._probe(run, at, alone=True)
                self._restore(at, end, self._operands(action) if run.masking else ())
            else:
                run.denied = _denial(verdict)
                self.outbox.replace(at, end, _REFUSED_QUERY)
            self._owe(Owed.QUERY, run)
            exchange.segment += 1

        self._ask(request, answered)

    def _function_call(self, at: int, end: int) -> None:
        self._behind_copy()
        action = Action("postgres", "function-call", "", frozenset({"unknown"}))
        refusal = Deny(
            "the FunctionCall message is not accepted", "protocol", "Call the function in a SELECT.", "0A000"
        )
        self._ask_query(action, at, end, refusal)

    def _oversized(self, kind: int, at: int) -> None:
        """A statement too long to understand: its bytes are dropped, a refusal takes their place."""
        self._behind_copy()
        size = len(self.inbox.data)
        verb = "query" if kind == ord("Q") else "parse"
        action = Action("postgres", verb, "", frozenset({"unparsable"}))
        refusal = Deny(f"the statement is longer than {self._max_statement} bytes", "protocol", code="54000")
        if kind == ord("Q"):
            self._ask_query(action, at, size, refusal)
        else:
            self._ask_parse(action, b"", at, size, refusal)
        self._span = (at, size)

    # ------------------------------------------------------------ extended queries

    def _parse(self, at: int, end: int) -> None:
        self._behind_copy()
        name, text, types = wire.parse_parse(self.inbox.data[at + 5 : end])
        action = self._meanings.of(text, self._namespace.telling(types) if any(types) else frozenset())
        self._ask_parse(action, name, at, end, self._screen.refusal(action))

    def _ask_parse(self, action: Action, name: bytes, at: int, end: int, refusal: Deny | None) -> None:
        request = Request(action, self.exchange.number + 1, stage="prepare", refusal=refusal)

        def answered(verdict: Verdict) -> None:
            if isinstance(verdict, Deny):
                run = self._run(Request(action, self.exchange.next_number()))
                run.denied = verdict
                self._refuse_extended(run, at, end)
                return
            operands = self._operands(action) if self._masks() else ()
            prepared = Prepared(action, held=isinstance(verdict, Hold))
            prepared.expect(operands, self._namespace.look())
            if self._restore(at, end, operands):
                prepared.restored = prepared.seen
            self.exchange.prepared.announce(name, prepared, self.exchange.segment)
            self._owe(Owed.PARSE, prepared, name)

        self._ask(request, answered)

    def _bind(self, at: int, end: int) -> None:
        self._behind_copy()
        exchange = self.exchange
        portal, statement, names_end = wire.parse_bind_names(self.inbox.data[at + 5 : min(end, at + BIND_NAMES)])
        prepared = exchange.prepared.resolve(statement, exchange.segment)
        if prepared is None:
            self._missing(at, end, f'prepared statement "{_shown(statement)}" does not exist', "26000")
            return
        self._reconsider(prepared)
        if prepared.restored is not None and prepared.restored is not prepared.seen:
            self._missing(
                at, end, "a statement with tokens in its text was prepared under another search_path", "0A000"
            )
            return
        bound = Portal(prepared.action)
        bound.seen = prepared.seen
        payload = self.inbox.data[at + 5 : end]
        if prepared.held:
            bound.arguments = wire.bind_arguments(payload)
        if prepared.expects_tokens:
            restored = restored_bind(payload, names_end, prepared.operands)
            if restored is not payload:
                self.outbox.replace(at, end, wire.message(b"B", restored))
        exchange.portals.announce(portal, bound, exchange.segment)
        self._owe(Owed.BIND, bound, portal)

    def _expects_tokens(self, at: int) -> bool:
        """Whether the arguments of the Bind at `at`, whose names are there, may hold tokens."""
        statement = wire.parse_bind_names(self.inbox.data[at + 5 : at + BIND_NAMES])[1]
        prepared = self.exchange.prepared.resolve(statement, self.exchange.segment)
        if prepared is not None:
            self._reconsider(prepared)
        return prepared is not None and prepared.expects_tokens

    def _reconsider(self, prepared: Prepared) -> None:
        """The server analyses a statement anew when names mean something else: then its tokens may be elsewhere."""
        if prepared.seen is not None and self._masks() and (seen := self._namespace.look()) is not prepared.seen:
            prepared.expect(self._operands(prepared.action), seen)

    def _restore(self, at: int, end: int, operands: Sequence[Operand]) -> bool:
        """Turn the tokens in a Query's or Parse's text back. Whether there were any."""
        if not any(operand.start >= 0 for operand in operands):
            return False
        payload = self.inbox.data[at + 5 : end]
        kind = self.inbox.data[at : at + 1]
        start = 0 if kind == b"Q" else payload.index(b"\0") + 1
        stop = payload.index(b"\0", start)
        text = payload[start:stop]
        restored = restored_text(text, operands)
        if restored is text:
            return False
        self.outbox.replace(at, end, wire.message(kind, payload[:start] + restored + payload[stop:]))
        return True

    def _describe(self, at: int, end: int) -> None:
        self._behind_copy()
        exchange = self.exchange
        kind, name = wire.parse_target(self.inbox.data[at + 5 : end], "Describe")
        if kind == b"S":
            subject: Prepared | Portal | None = exchange.prepared.resolve(name, exchange.segment)
        else:
            subject = exchange.portals.resolve(name, exchange.segment)
            if subject is not None:
                subject.described = True
        self._owe(Owed.DESCRIBE, subject)

    def _execute(self, at: int, end: int) -> None:
        self._behind_copy()
        exchange = self.exchange
        name, _ = wire.parse_execute(self.inbox.data[at + 5 : end])
        portal = exchange.portals.resolve(name, exchange.segment)
        if portal is None:
            self._missing(at, end, f'portal "{_shown(name)}" does not exist', "34000")
            return
        known = portal
        action = self._meanings.joined(portal.action)
        count, digest = portal.arguments
        stage: Literal["run", "continue"] = "continue" if portal.started else "run"
        request = Request(action, exchange.next_number(), digest, count, stage)

        def answered(verdict: Verdict) -> None:
            run = self._run(request, known)
            if isinstance(verdict, Deny):
                run.denied = verdict
                self._refuse_extended(run, at, end)
                return
            known.started = True
            self._namespace.forwarded(action, idle=exchange.status == b"I")
            self._meanings.declare(run)
            self._probe(run, at, alone=False)
            if run.masking and not known.described:
                known.described = True
                self.outbox.insert(at, wire.describe(b"P", name))
                self._owe(Owed.DESCRIBE, known, True)
            self._owe(Owed.EXECUTE, run)

        self._ask(request, answered)

    def _close(self, at: int, end: int) -> None:
        self._behind_copy()
        kind, name = wire.parse_target(self.inbox.data[at + 5 : end], "Close")
        names = self.exchange.prepared if kind == b"S" else self.exchange.portals
        self._owe(Owed.CLOSE, names, name)

    def _sync(self, at: int, end: int) -> None:
        exchange = self.exchange
        if end - at != 5:
            raise wire.malformed("Sync")
        if exchange.copying:
            return  # the server ignores it while it reads CopyData, and so owes nothing
        exchange.skipping = False
        exchange.segment += 1
        if len(exchange.owed) >= MAX_OWED:
            raise ProtocolError("too many requests without an answer", "54000")
        exchange.owed.append(_SYNC_OWED)

    def _pass(self, at: int, end: int) -> None:
        """Flush and CopyData: nothing to understand, nothing owed."""

    def _copy_end(self, at: int, end: int) -> None:
        if self.exchange.copying:
            self.exchange.copying = False
        elif self.exchange.owed:
            self._owe(Owed.COPY_END)

    def _terminate(self, at: int, end: int) -> None:
        self._steps.append(Close("client"))

    # ------------------------------------------------------------ refusals

    def _behind_copy(self) -> None:
        if self.exchange.copying:
            raise ProtocolError("only CopyData, CopyDone or CopyFail may follow COPY FROM STDIN", "08P01")

    def _refuse_extended(self, run: Run, at: int, end: int) -> None:
        self.outbox.replace(at, min(end, len(self.inbox.data)), _REFUSED_PARSE)
        self._owe(Owed.PARSE, run, None)

    def _missing(self, at: int, end: int, problem: str, code: str) -> None:
        """Answer for a name the gate doesn't know as the server would for one it doesn't: what it may mean there was
        never judged.
        """
        run = Run(Action("postgres", "query", "", frozenset()), 0, masking=False)
        run.denied = Deny(problem, "", code=code)
        self.inbox.drop = True
        self._refuse_extended(run, at, end)

    # ------------------------------------------------------------ runs

    def _run(self, request: Request, portal: Portal | None = None) -> Run:
        run = Run(request.action, request.number, self._masks(), portal)
        run.seen = self._seen
        return run

    def _probe(self, run: Run, at: int, *, alone: bool) -> None:
        """Before a COPY to the client on a route that masks: ask the server which columns it will send."""
        copies = copies_out(run.action) if run.masking else []
        if len(copies) != 1:
            return  # none; or a portal's with others, whose rows are refused when they come
        run.probe = probe = Probe(run.action, copies[0])
        parse = wire.parse(PROBE_NAME, probe_text(probe.facts).encode())
        clear = wire.close(b"S", PROBE_NAME)  # an earlier probe's, which an error may have left
        self.outbox.insert(at, clear + parse + wire.describe(b"S", PROBE_NAME) + (wire.SYNC if alone else b""))
        self._owe(Owed.CLOSE, probe, None)
        self._owe(Owed.PARSE, probe, None)
        self._owe(Owed.DESCRIBE, probe, True)
        if alone:
            self._owe(Owed.SYNC, probe, True)


_WORK: dict[int, Callable[[Requests, int, int], None]] = {
    ord("B"): Requests._bind,
    ord("E"): Requests._execute,
    ord("S"): Requests._sync,
    ord("D"): Requests._describe,
    ord("P"): Requests._parse,
    ord("Q"): Requests._query,
    ord("C"): Requests._close,
    ord("H"): Requests._pass,
    ord("d"): Requests._pass,
    ord("c"): Requests._copy_end,
    ord("f"): Requests._copy_end,
    ord("F"): Requests._function_call,
    ord("X"): Requests._terminate,
}
"""What understands each type of message; what is not here is refused."""


def _denial(verdict: Verdict) -> Deny:
    if isinstance(verdict, Deny):
        return verdict
    raise RuntimeError(f"{verdict!r} can't answer a running statement")


def _shown(name: bytes) -> str:
    return name.decode("utf-8", "replace")
