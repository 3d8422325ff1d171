"""Holds: where a request waits for a person, between the pipeline's `Hold` and the gate's answer.

A hold is a record in the store that another process decides (`docs/approvals.md`). One poller looks for all that wait
in this gateway, and only while some do. An approval is claimed in the store before it counts, for exactly what was
held, once.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger
from zope.interface import implementer

from tokengate.edge.tasks import spawn
from tokengate.errors import StoreError
from tokengate.interfaces import IHolds
from tokengate.session.session import Session
from tokengate.session.tools import Tools
from tokengate.store.keyfile import load_or_make
from tokengate.store.records import Binding, HeldAction, HoldLimits
from tokengate.values import Action, Allow, Deny, Hold, Request, Ticket, Verdict

POLL = 0.25
"""Seconds between looks for decisions: less than anybody notices after pressing a key, and one short query each."""

LONGEST_SHOWN = 128 * 1024
"""Characters of an action's text that a person can be shown. A longer one can't be approved: nobody would read it."""

KEY_BYTES = 32
"""HMAC-SHA-256's own strength."""

ID_BYTES = 5
"""Eight letters people can type; 40 bits, and deciding needs the state folder or a token besides the id."""

_log = Logger()


@frozen
class _Waiting:
    """A hold somebody waits for here."""

    binding: Binding
    expires_at: float
    ended: Deferred[HeldAction]


@implementer(IHolds)
class Holds:
    """The holds of one gateway process. Needs no start; the key is read at the first hold.

    `url`: where people decide, "{id}" standing for the hold's. `record_text(action, session)`: the action's text as
    recordings keep it; without it the store keeps none once the hold has ended.
    """

    def __init__(
        self,
        store: Any,
        tools: Tools,
        url: str = "",
        *,
        limits: HoldLimits | None = None,
        record_text: Callable[[Action, Session], str] | None = None,
    ) -> None:
        self._store = store
        self._reactor = tools.reactor
        self._key_path = tools.state / "holds.key"
        self._url = url
        self._limits = limits or HoldLimits()
        self._record_text = record_text or (lambda action, session: "")
        self._opened: dict[str, tuple[Binding, float]] = {}  # told to nobody yet
        self._waiting: dict[str, _Waiting] = {}
        self._polling = False

    # ------------------------------------------------------------ opening

    async def open(self, request: Request, hold: Hold, session: Session) -> Ticket | Deny:
        """See `IHolds`. Raises `StoreError`."""
        if len(request.action.text) > LONGEST_SHOWN:
            return Deny("it needs approval, and is too long for anybody to read", hold.rule)
        held = self._held(request, hold, session)
        try:
            limit = await self._store.add_hold(held, self._limits)
        except CancelledError:
            self._withdraw(held.id)  # it may have been added all the same
            raise
        if limit is not None:
            return Deny(f"it needs approval, and too much of this {limit} is waiting for approval already", hold.rule)
        self._opened[held.id] = held.binding, held.expires_at
        _log.info(
            "hold {approval} waits: {why}", approval=held.id, why=hold.why, session=session.id, route=session.route
        )
        return Ticket(held.id, hold.why, self._url.replace("{id}", held.id), held.expires_at)

    def _held(self, request: Request, hold: Hold, session: Session) -> HeldAction:
        principal, action, now = session.principal, request.action, self._reactor.seconds()
        key = load_or_make(self._key_path, lambda: secrets.token_bytes(KEY_BYTES))
        return HeldAction(
            id=base64.b32encode(secrets.token_bytes(ID_BYTES)).decode(),
            session=session.id,
            route=session.route,
            protocol=session.protocol,
            client=session.client,
            issuer=principal.issuer,
            subject=principal.subject,
            groups=principal.groups,
            token_id=principal.token_id,
            token_digest=principal.token_digest,
            verb=action.verb,
            text=_storable(self._record_text(action, session)),
            shown=_storable(action.text),
            argument_count=request.argument_count,
            text_mac=_mac(key, b"text", action.text.encode("utf-8", "surrogatepass")),
            arguments_mac=_mac(key, b"arguments", request.arguments),
            rule=hold.rule,
            why=hold.why,
            approvers=hold.approvers,
            created_at=now,
            expires_at=now + hold.timeout,
        )

    # ------------------------------------------------------------ waiting

    async def wait(self, ticket: Ticket) -> Verdict:
        """See `IHolds`."""
        waiting = self._waiting[ticket.id] = _Waiting(*self._opened.pop(ticket.id), Deferred())
        if not self._polling:
            self._polling = True
            spawn(self._poll(), "looking for decisions")
        try:
            held = await waiting.ended
            return await self._verdict(held, waiting.binding)
        except CancelledError:
            self._withdraw(ticket.id)
            raise
        except StoreError as error:
            _log.error("hold {approval} can't be looked up: {why}", approval=ticket.id, why=str(error))
            return Deny("its approval could not be looked up", f"approval {ticket.id}: failed")
        finally:
            del self._waiting[ticket.id]

    async def _verdict(self, held: HeldAction, binding: Binding) -> Verdict:
        rule, who = f"approval {held.id}: {held.state}", held.decided_by
        match held.state:
            case "approved":
                if await self._store.claim_hold(held.id, binding):
                    return Allow(f"{rule} by {who}")
                return Deny("its approval is for something else, or used up", f"approval {held.id}: spent")
            case "denied":
                return Deny(f"refused by {who}" + (f": {held.reason}" if held.reason else ""), f"{rule} by {who}")
            case "timeout":
                return Deny("nobody approved it in time", rule)
            case _:
                return Deny(f"its approval was {held.state}", rule)

    def _withdraw(self, id: str) -> None:
        async def withdraw() -> None:
            try:
                await self._store.close_hold(id, "cancelled")
            except StoreError as error:
                _log.warn("hold {approval} was not withdrawn: {why}", approval=id, why=str(error))

        spawn(withdraw(), f"withdrawing hold {id}")

    # ------------------------------------------------------------ polling

    async def _poll(self) -> None:
        failure = StoreError("nobody looks for decisions any more")
        try:
            while self._pending():
                await deferLater(self._reactor, POLL)
                await self._look(self._pending())
        except StoreError as error:
            failure = error
        finally:
            self._polling = False
            for id in self._pending():
                self._waiting[id].ended.errback(failure)

    def _pending(self) -> list[str]:
        return [id for id, waiting in self._waiting.items() if not waiting.ended.called]

    async def _look(self, pending: Sequence[str]) -> None:
        for held in await self._store.settled(pending):
            self._end(held)
        now = self._reactor.seconds()
        for id in self._pending():
            if now >= self._waiting[id].expires_at:
                self._end(await self._store.close_hold(id, "timeout"))

    def _end(self, held: HeldAction) -> None:
        waiting = self._waiting.get(held.id)
        if waiting is not None and not waiting.ended.called:
            waiting.ended.callback(held)


def _storable(text: str) -> str:
    """The text with what no UTF-8 can carry written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _mac(key: bytes, what: bytes, content: bytes) -> bytes:
    return hmac.digest(key, what + b"\0" + content, "sha256")
