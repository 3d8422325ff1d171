"""One direction of a channel: what its receiver will take, what its sender may send, and what waits in between.

Between the two sides of a `channel`. Credit is end to end: the sender is told of room only when the receiver has made
it, so a receiver that stops reading stops the sender, and the gateway keeps nothing (RFC 4254, section 5.2). Texts of
the gateway's own use up room that the sender then is not told of.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from tokengate.protocols.ssh.wire import broken

MOST_ROOM = (1 << 32) - 1
"""Bytes a window may grow to (RFC 4254, section 5.2)."""

MOST_ITEMS = 10_000
"""Messages that wait for one receiver. Whoever asks for more without making room does not read the answers."""

Item = tuple[bytes, bytes, bool]
"""A message's head, its bytes, and whether they use up room."""


class Lane:
    """One direction. `room`: bytes the receiver takes now; `packet`: the most of them in one message.

    `cap`: the most the sender may have under way, where that may have to wait here. `floor`: the least, where it is
    looked at in larger pieces than the receiver takes.
    """

    def __init__(self, room: int, packet: int, cap: int | None = None) -> None:
        self.room = room
        self.packet = packet
        self.cap = cap
        self.floor = 0
        self.kept = 0  # bytes that came and are not decided yet
        self.moved = 0  # bytes that went out
        self._allowance = 0
        self._queue: deque[Item] = deque()
        self._queued = 0

    # ------------------------------------------------------------ the sender

    def accept(self, count: int) -> None:
        """The sender sent `count` bytes. Raises `ProtocolError` when it was not allowed to."""
        if count > self._allowance:
            raise broken("more data than the window has room for")
        self._allowance -= count

    def grant(self, *, always: bool) -> int:
        """Bytes to tell the sender it may send in addition, 0 for none. Without `always` only what is worth it."""
        most = self.room if self.cap is None else min(self.room, self.cap)
        owing = max(most, self.floor) - self._queued - self.kept - self._allowance
        if owing <= 0 or not (always or owing > self._allowance):
            return 0
        self._allowance += owing
        return owing

    # ------------------------------------------------------------ the receiver

    def widen(self, count: int) -> None:
        """The receiver takes `count` bytes more. Raises `ProtocolError` for more than there may be."""
        self.room += count
        if self.room > MOST_ROOM:
            raise broken("a window grows too large")

    def push(self, head: bytes, data: bytes, *, counts: bool = True) -> None:
        """Data, or with `counts` false any other message, for the receiver, in order. Raises `ProtocolError`."""
        if len(self._queue) >= MOST_ITEMS:
            raise broken("too much is asked for without reading the answers")
        self._queue.append((head, data, counts))
        if counts:
            self._queued += len(data)

    def ready(self) -> Iterator[Item]:
        """What may go out now, in pieces that the receiver takes."""
        while self._queue:
            head, data, counts = self._queue[0]
            if not counts or len(data) <= min(self.room, self.packet):
                self._queue.popleft()
                yield self._taken(head, data, counts)
            elif self.room and self.packet:
                most = min(self.room, self.packet)
                self._queue[0] = (head, data[most:], True)
                yield self._taken(head, data[:most], True)
            else:
                return

    def _taken(self, head: bytes, data: bytes, counts: bool) -> Item:
        if counts:
            self.room -= len(data)
            self._queued -= len(data)
            self.moved += len(data)
        return head, data, counts

    def drop(self) -> None:
        """Nobody wants what waits."""
        self._queue.clear()
        self._queued = 0
