"""A small PostgreSQL client for the gateway's own questions to a route's upstream, over `login`.

`catalogue` asks with it. It reads text results and descriptions, one request at a time, with a deadline each, and can
hear notifications in between; no session's traffic passes here.
"""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from attrs import define, field, frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from tokengate.edge.deadline import within
from tokengate.errors import ProtocolError, UpstreamError
from tokengate.protocols.postgres import wire
from tokengate.protocols.postgres.credential import Credential
from tokengate.protocols.postgres.login import LOGIN_DEADLINE, METHODS, reach
from tokengate.protocols.postgres.peer import Peer, broken, fields_of

log = Logger()

T = TypeVar("T")
Message = tuple[bytes, bytes]
Row = tuple[str | None, ...]

ANSWER_DEADLINE = 30.0
"""Seconds for one answer: the catalogue's largest question takes a second on a hundred thousand columns."""

ANSWER_BUDGET = 256 * 1024 * 1024
"""Bytes of one answer: a million columns' descriptions are about 100 MB."""

IDLE_BUDGET = 1024 * 1024
"""Bytes that may come unasked between two questions: notifications by the thousand."""

PIPELINED = 64
"""Descriptions asked for at once: one round trip for many, without queueing every view's definition in memory."""


@frozen
class Description:
    """What a statement gives: its columns, none when it returns no rows."""

    fields: tuple[wire.FieldDescription, ...]


UNASKED = (b"N", b"S", b"A")
"""Messages that a server may send at any time: notices, settings, notifications."""


@define
class Client:
    """A logged-in connection. After any error but a refused question (`UpstreamError` with the server's code) close
    it.

    Once it listens there is always one read under way. Whatever it brings while a question is open is the question's.
    """

    _peer: Peer
    _clock: Any
    _notified: Callable[[], None] | None = field(default=None, init=False)
    _lost: Callable[[], None] | None = field(default=None, init=False)
    _attending: bool = field(default=False, init=False)
    _taker: Deferred[Message] | None = field(default=None, init=False)

    @classmethod
    async def connect(
        cls,
        route: Any,
        clock: Any,
        database: str | None = None,
        settings: Mapping[str, str] | None = None,
        methods: frozenset[str] = METHODS,
    ) -> Client:
        """Log in to a route's upstream. Raises `UpstreamError`."""
        credential = Credential.parse(await within(clock, LOGIN_DEADLINE, route.credential()))
        reaching = reach(route, credential, database or credential.database, settings or {}, methods)
        upstream = await within(clock, LOGIN_DEADLINE, reaching)
        return cls(Peer(upstream.stream, 0), clock)

    async def query(self, text: str) -> list[Row]:
        """The rows of every statement in `text`, as text. Raises `UpstreamError` with the server's SQLSTATE when it
        refuses.
        """
        answer = await self._ask(wire.query(text.encode()), self._rows())
        if isinstance(answer, UpstreamError):
            raise answer
        return answer

    async def describe(self, texts: Sequence[str]) -> list[Description | UpstreamError]:
        """Each statement's description, or the server's refusal of it; nothing is executed."""
        answers: list[Description | UpstreamError] = []
        for start in range(0, len(texts), PIPELINED):
            batch = texts[start : start + PIPELINED]
            asked = b"".join(wire.parse(b"", t.encode()) + wire.describe(b"S", b"") + wire.SYNC for t in batch)
            answers += await self._ask(asked, self._descriptions(len(batch)))
        return answers

    def listen(self, notified: Callable[[], None], lost: Callable[[], None]) -> None:
        """From now on call `notified` whenever a notification comes, and `lost` when the connection ends while no
        question is open: then once, and nothing after it.
        """
        self._notified, self._lost = notified, lost
        self._attend()

    def close(self) -> None:
        """Say goodbye and close; to be called once."""
        self._lost = None
        self._peer.stream.write(wire.TERMINATE)
        self._peer.stream.close()

    async def _ask(self, request: bytes, answer: Coroutine[Any, Any, T]) -> T:
        self._peer.budget = ANSWER_BUDGET
        self._peer.stream.write(request)
        try:
            answered = await within(self._clock, ANSWER_DEADLINE, answer)
        except ProtocolError as error:
            raise broken(str(error)) from error
        if self._notified is not None:
            self._attend()
        return answered

    # ------------------------------------------------------------ between questions

    def _attend(self) -> None:
        self._peer.budget = IDLE_BUDGET
        self._attending = True
        Deferred.fromCoroutine(self._attended()).addErrback(self._surprised)

    async def _attended(self) -> None:
        """Read what comes unasked, until a question takes over what comes."""
        try:
            kind = b"A"
            while kind in UNASKED:
                message = kind, _ = await self._peer.message()
                if self._taker is not None:
                    self._attending = False
                    self._taker.callback(message)
                    return
                self._heard(kind)
        except UpstreamError as error:
            if self._taker is not None:
                self._attending = False
                self._taker.errback(error)
                return
        self._gone()

    def _surprised(self, failure: Failure) -> None:
        log.failure("reading between questions failed", failure=failure)
        self._gone()

    def _gone(self) -> None:
        self._attending = False
        lost, self._lost = self._lost, None
        if lost is not None:
            lost()

    def _heard(self, kind: bytes) -> None:
        if kind == b"A" and self._notified is not None:
            self._notified()

    async def _message(self) -> Message:
        """The next message of an answer: what the read that is under way brings, where one is."""
        if not self._attending:
            return await self._peer.message()
        self._taker = Deferred()
        try:
            return await self._taker
        finally:
            self._taker = None

    # ------------------------------------------------------------ answers

    async def _rows(self) -> list[Row] | UpstreamError:
        rows: list[Row] = []
        refusal: UpstreamError | None = None
        async for kind, payload in self._answer():
            match kind:
                case b"D":
                    rows.append(_parse_row(payload))
                case b"E":
                    refusal = _refusal(payload)
                case b"T" | b"C" | b"I":
                    pass
                case _:
                    raise broken(f"message {kind!r} in answer to a query")
        return rows if refusal is None else refusal

    async def _descriptions(self, count: int) -> list[Description | UpstreamError]:
        return [await self._description() for _ in range(count)]

    async def _description(self) -> Description | UpstreamError:
        fields: tuple[wire.FieldDescription, ...] = ()
        refusal: UpstreamError | None = None
        async for kind, payload in self._answer():
            match kind:
                case b"T":
                    fields = wire.parse_row_description(payload)
                case b"E":
                    refusal = _refusal(payload)
                case b"1" | b"t" | b"n":
                    pass
                case _:
                    raise broken(f"message {kind!r} in answer to a description")
        return refusal or Description(fields)

    async def _answer(self) -> AsyncIterator[Message]:
        """The messages of one answer, up to its ReadyForQuery; what a server may say at any time is left out."""
        while True:
            kind, payload = await self._message()
            if kind == b"Z":
                return
            if kind in UNASKED:
                self._heard(kind)
            else:
                yield kind, payload


def _refusal(payload: bytes) -> UpstreamError:
    fields = fields_of(payload)
    return UpstreamError("the upstream refused a question of the gateway", fields.get(b"M", ""), fields.get(b"C", ""))


def _parse_row(payload: bytes) -> Row:
    """A DataRow's cells as text, None for NULL."""
    cells: list[str | None] = []
    try:
        (count,), at = struct.unpack_from("!H", payload), 2
        for _ in range(count):
            (length,) = struct.unpack_from("!i", payload, at)
            at += 4
            cells.append(None if length < 0 else payload[at : at + length].decode())
            at += max(length, 0)
    except (struct.error, UnicodeDecodeError):
        raise wire.malformed("DataRow") from None
    if at != len(payload):
        raise wire.malformed("DataRow")
    return tuple(cells)
