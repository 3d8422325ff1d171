"""The PostgreSQL gate: the state machine between a client and its server, once both are logged in.

It is two halves over one `Exchange`: `Requests` understands what the client sends, `Answers` what comes back. This
class is the `IGate` that the driver feeds; no socket and no reactor is known here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from tokengate.interfaces import IGate
from tokengate.protocols.postgres import wire
from tokengate.protocols.postgres.answers import Answers
from tokengate.protocols.postgres.exchange import Exchange
from tokengate.protocols.postgres.namespace import Namespace
from tokengate.protocols.postgres.plans import Plans
from tokengate.protocols.postgres.requests import Requests, Rules
from tokengate.session.pipeline import Pipeline
from tokengate.values import Action, Close, EndReason, Send, Side, Step, Ticket, Verdict

FATAL_CODES: dict[str, str] = {
    "expired": "57P01",
    "revoked": "57P01",
    "policy": "42501",
    "recorder": "58030",
    "protocol": "08P01",
    "shutdown": "57P01",
    "upstream": "08006",
    "limit": "54000",
}
"""SQLSTATE of the FATAL that ends a session, by `values.EndReason`; XX000 for the others."""


@implementer(IGate)
class Gate:
    """One session's gate.

    `analyse`: a statement's raw text to its Action; `catalogue`: the target's; `namespace`: what the session's names
    mean in it; `max_statement`: bytes of the longest statement text taken; `read_only`: nothing else is allowed.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        analyse: Callable[[bytes], Action],
        catalogue: Any,
        namespace: Namespace,
        max_statement: int,
        *,
        read_only: bool = False,
    ) -> None:
        self._exchange = Exchange()
        self._namespace = namespace
        plans = Plans(pipeline, catalogue, namespace)
        rules = Rules(lambda: pipeline.masks, pipeline.operands, max_statement, read_only)
        self._requests = Requests(self._exchange, analyse, namespace, rules)
        self._answers = Answers(self._exchange, plans, namespace, pipeline.conceal, read_only=read_only)

    @property
    def idle(self) -> bool:
        """No request is under way and no transaction is open."""
        exchange = self._exchange
        return not exchange.owed and exchange.status == b"I" and self._requests.inbox.empty and not self._requests.asked

    def feed(self, side: Side, data: bytes) -> list[Step]:
        """Bytes from `side`. Raises `ProtocolError`."""
        return self._requests.feed(data) if side is Side.CLIENT else self._answers.feed(data)

    def answer(self, verdict: Verdict) -> list[Step]:
        """The verdict on the last question."""
        return self._requests.answer(verdict)

    def hold(self, ticket: Ticket) -> list[Step]:
        """Tell the client what it waits for, and let what it sent before go on."""
        where = f" at {ticket.url}" if ticket.url else ""
        notice = wire.notice_response(
            "01000",
            f"tokengate: waiting for approval {ticket.id}{where}",
            detail=ticket.why,
            hint=f"Somebody else can run: tokengate approvals approve {ticket.id}",
        )
        return self._requests.forward_first() + self._answers.interject(notice)

    def resume(self) -> list[Step]:
        """The catalogue has been asked, for the half whose wait has just ended."""
        return self._requests.resume() if self._exchange.renewed else self._answers.resume()

    def close(self) -> None:
        """The session is over, however it ended."""
        exchange = self._exchange
        self._namespace.close(clean=not exchange.owed)

    def finish(self, reason: EndReason, message: str, code: str = "") -> list[Step]:
        """A FATAL for the client, unless it is in the middle of a message; a Terminate for the upstream, likewise."""
        steps: list[Step] = []
        if not self._answers.inbox.skip:
            fatal = wire.error_response("FATAL", code or FATAL_CODES.get(reason, "XX000"), message)
            steps.append(Send(Side.CLIENT, fatal))
        if not self._requests.inbox.skip:
            steps.append(Send(Side.UPSTREAM, wire.TERMINATE))
        return [*steps, Close(reason, message)]

    def ended(self, side: Side) -> list[Step]:
        """One side is gone."""
        if side is Side.CLIENT:
            last = [] if self._requests.inbox.skip else [Send(Side.UPSTREAM, wire.TERMINATE)]
            return [*last, Close("client")]
        return self.finish("upstream", "the connection to the database was lost")
