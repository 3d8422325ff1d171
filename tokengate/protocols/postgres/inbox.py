"""One side's incoming bytes, cut into messages, and what of them goes on, uncopied where nothing is changed."""

from __future__ import annotations


class Inbox:
    """Bytes of one side: `data` from `at` on has not been looked at; a message that isn't complete waits for the rest.

    `skip` counts bytes of a message already being passed on (or, with `drop`, thrown away) that are still to come.
    """

    __slots__ = ("_need", "_parts", "_size", "at", "data", "drop", "skip")

    def __init__(self) -> None:
        self.data = b""
        self.at = 0
        self.skip = 0
        self.drop = False
        self._parts: list[bytes] = []
        self._size = 0
        self._need = 0

    @property
    def empty(self) -> bool:
        """Whether no byte waits here."""
        return not self.skip and self.at == len(self.data) and not self._parts

    def add(self, chunk: bytes) -> bool:
        """Take a chunk; whether there is enough now to look again. Chunks of one long message are joined once."""
        if not self._parts and self.at == len(self.data):
            self.data, self.at = chunk, 0
            return True
        if not self._parts:
            self._parts = [self.data[self.at :] if self.at else self.data]
            self._size = len(self._parts[0])
            self.data, self.at = b"", 0
        self._parts.append(chunk)
        self._size += len(chunk)
        if self._size < self._need:
            return False
        self.data = b"".join(self._parts)
        self._parts = []
        self._need = 0
        return True

    def wait_for(self, count: int) -> None:
        """The message at `at` needs `count` bytes in all: `add` says False until they are there."""
        self._need = count


class Outbox:
    """What goes on to the other side: slices of an inbox's data while nothing is changed, and what takes its place.

    `sent`: up to where the inbox's current data has been dealt with.
    """

    __slots__ = ("_inbox", "_pieces", "sent")

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._pieces: list[bytes] = []
        self.sent = 0

    def upto(self, at: int) -> None:
        """Everything up to `at` goes on as it is."""
        if at > self.sent:
            data = self._inbox.data
            self._pieces.append(data if at - self.sent == len(data) else data[self.sent : at])
            self.sent = at

    def replace(self, at: int, end: int, instead: bytes) -> None:
        """In the place of what is between `at` and `end`, `instead` goes on."""
        self.upto(at)
        if instead:
            self._pieces.append(instead)
        self.sent = end

    def insert(self, at: int, extra: bytes) -> None:
        """Before what is at `at`, `extra` goes on."""
        self.upto(at)
        self._pieces.append(extra)

    def add(self, data: bytes) -> None:
        """`data`, which is in no inbox, goes on."""
        self._pieces.append(data)

    def take(self) -> bytes:
        """All that goes on now."""
        pieces, self._pieces = self._pieces, []
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
