"""One channel between the two sides: numbers, windows, ends. What it carries is its subclasses' to decide.

Made by `gate` for each CHANNEL_OPEN. Each side numbers a channel for itself; the gateway has one number for it towards
both, never used twice (RFC 4254, section 5).
"""

from __future__ import annotations

from tokengate.protocols.ssh.lane import Lane
from tokengate.protocols.ssh.steps import Steps
from tokengate.protocols.ssh.wire import Message, Reader, broken, string, strings, uint32
from tokengate.values import Side

MOST_DATA = 64 * 1024
"""Bytes of data in one message: twice what every implementation has to take, and far below a packet's limit."""

STDERR = 1
"""The one kind of extended data there is (RFC 4254, section 5.2)."""

PROHIBITED = 1
"""A reason not to open a channel: it is not allowed (RFC 4254, section 5.1)."""

_BOTH = frozenset(Side)


def other(side: Side) -> Side:
    """The side across."""
    return Side.UPSTREAM if side is Side.CLIENT else Side.CLIENT


class Channel:
    """One channel that `opener` asked for. `number`: the gateway's for it; `theirs`: the opener's own.

    `room` and `packet`: the window and the longest data the opener announced.
    """

    def __init__(
        self, steps: Steps, kind: bytes, opener: Side, number: int, theirs: int, room: int, packet: int
    ) -> None:
        self.kind = kind
        self.opener = opener
        self.number = number
        self.numbers: dict[Side, int] = {opener: theirs}
        self.began = steps.now()
        self.offered = False  # the other side was asked for it
        self._steps = steps
        self._lanes = {opener: Lane(room, min(packet, MOST_DATA))}  # by who receives
        self._ended: set[Side] = set()  # who has sent EOF
        self._closed_by: set[Side] = set()
        self._closed_to: set[Side] = set()
        self._concluded = False

    @property
    def confirmed(self) -> bool:
        """Whether both sides have it."""
        return len(self.numbers) == len(Side)

    @property
    def gone(self) -> bool:
        """Whether both sides have closed it."""
        return self._closed_by == _BOTH

    @property
    def over(self) -> bool:
        """Whether nothing passes any more."""
        return bool(self._closed_by or self._closed_to)

    # ------------------------------------------------------------ opening

    def offer(self, data: bytes) -> None:
        """Ask the other side for it."""
        self.offered = True
        lane = self._lanes[self.opener]
        head = string(self.kind) + uint32(self.number) + uint32(lane.grant(always=True)) + uint32(lane.packet)
        self._send(other(self.opener), Message.CHANNEL_OPEN, head + data)

    def confirm(self, reader: Reader) -> None:
        """The other side has it."""
        opener, side = self.opener, other(self.opener)
        self.numbers[side], room, packet = reader.uint32(), reader.uint32(), reader.uint32()
        reader.end()
        lane = self._lanes[side] = self._lane(room, min(packet, MOST_DATA))
        body = uint32(self.numbers[opener]) + uint32(self.number)
        body += uint32(lane.grant(always=True)) + uint32(lane.packet)
        self._send(opener, Message.CHANNEL_OPEN_CONFIRMATION, body)

    def fail(self, reason: int, text: bytes) -> None:
        """There will be no such channel."""
        body = uint32(self.numbers[self.opener]) + uint32(reason) + strings(text, b"")
        self._send(self.opener, Message.CHANNEL_OPEN_FAILURE, body)
        self._closed_by |= _BOTH

    def abandon(self) -> None:
        """The session ends with the channel open."""
        self._closed_to |= _BOTH
        self._conclude(Side.CLIENT)

    def _lane(self, room: int, packet: int) -> Lane:
        return Lane(room, packet)

    # ------------------------------------------------------------ messages

    def receive(self, side: Side, number: int, reader: Reader) -> None:
        """A message from `side` about this channel, its recipient read. Raises `ProtocolError`."""
        if not self.confirmed or side in self._closed_by:
            raise broken("a message for a channel that is not open")
        match number:
            case Message.CHANNEL_DATA:
                self._receive_data(side, 0, reader)
            case Message.CHANNEL_EXTENDED_DATA:
                if side is Side.CLIENT or reader.uint32() != STDERR:
                    raise broken("unknown kind of data")
                self._receive_data(side, STDERR, reader)
            case Message.CHANNEL_WINDOW_ADJUST:
                self._widen(side, reader.uint32())
                reader.end()
            case Message.CHANNEL_EOF:
                reader.end()
                self._receive_eof(side)
            case Message.CHANNEL_CLOSE:
                reader.end()
                self._receive_close(side)
            case Message.CHANNEL_REQUEST:
                self._request(side, reader.string(), reader.boolean(), reader)
            case _:
                reader.end()
                self._reply(side, number)

    def _receive_data(self, side: Side, kind: int, reader: Reader) -> None:
        data = reader.string()
        reader.end()
        lane = self._lanes[other(side)]
        lane.accept(len(data))
        if side in self._ended or len(data) > lane.packet:
            raise broken("more data than was announced")
        if not self.over and data:
            self._data(side, kind, data)

    def _widen(self, side: Side, count: int) -> None:
        self._lanes[side].widen(count)
        self._flush(side)
        self._grant(side, always=True)

    def _receive_eof(self, side: Side) -> None:
        if side in self._ended:
            raise broken("a second end of data")
        self._ended.add(side)
        if not self.over:
            self._eof(side)

    def _receive_close(self, side: Side) -> None:
        self._closed_by.add(side)
        if not self._awaits_last_word(side):
            self._conclude(side)
            self._lanes[side].drop()
            self._close(side)
        self._close(other(side))

    def _awaits_last_word(self, side: Side) -> bool:
        """Whether `side`, which has closed it, is still to hear what the other has to say of its end."""
        return False

    def _conclude(self, side: Side) -> None:
        if not self._concluded:
            self._concluded = True
            self._finish(side)

    def _finish(self, side: Side) -> None:
        """It is over, by `side`'s doing."""

    def _data(self, side: Side, kind: int, data: bytes) -> None:
        """Data came from `side`: pass it."""
        self._pass(other(side), kind, data)

    def _eof(self, side: Side) -> None:
        """`side` sends no more: pass that."""
        self._queue(other(side), Message.CHANNEL_EOF, b"")

    def _request(self, side: Side, kind: bytes, wants_reply: bool, reader: Reader) -> None:
        """A request of `side`: a channel without a session takes none."""
        if wants_reply and side not in self._closed_to:
            self._queue(side, Message.CHANNEL_FAILURE, b"")

    def _reply(self, side: Side, number: int) -> None:
        raise broken("a reply to nothing")

    # ------------------------------------------------------------ sending

    def _pass(self, side: Side, kind: int, data: bytes) -> None:
        """Data for `side`, as its window allows."""
        number = Message.CHANNEL_EXTENDED_DATA if kind else Message.CHANNEL_DATA
        head = bytes((number,)) + uint32(self.numbers[side]) + (uint32(kind) if kind else b"")
        self._lanes[side].push(head, data)
        self._flush(side)

    def _queue(self, side: Side, number: int, body: bytes) -> None:
        """A message for `side`, behind the data that waits for it."""
        self._lanes[side].push(bytes((number,)) + uint32(self.numbers[side]), body, counts=False)
        self._flush(side)

    def _flush(self, side: Side) -> None:
        for head, data, counts in self._lanes[side].ready():
            self._steps.send(side, b"".join((head, uint32(len(data)), data)) if counts else head + data)
        self._grant(side, always=False)

    def _grant(self, side: Side, *, always: bool) -> None:
        """Tell the sender to `side` what room there is for it."""
        sender = other(side)
        if sender in self._ended or self.over:
            return
        if count := self._lanes[side].grant(always=always):
            self._send(sender, Message.CHANNEL_WINDOW_ADJUST, uint32(self.numbers[sender]) + uint32(count))

    def _close(self, side: Side) -> None:
        """Close it towards `side`, behind what waits, once."""
        if side not in self._closed_to:
            self._closed_to.add(side)
            self._queue(side, Message.CHANNEL_CLOSE, b"")

    def _send(self, side: Side, number: int, body: bytes) -> None:
        self._steps.send(side, bytes((number,)) + body)
