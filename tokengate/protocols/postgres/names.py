"""What a name stands for while the server's word on it is still out.

A client may send `Parse a`, `Bind a`, `Execute` without waiting, so the gate has to know which statement "a" is
before the server has said whether the Parse succeeded. Inside one segment (up to a Sync, or one simple query) the
latest announcement is exact: if it fails, the server skips the rest of the segment. Across segments it isn't: an
announcement nobody confirmed yet may have failed and left the older meaning in force. Such a name stands for every
meaning it may have, merged, so that judging it judges them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from tokengate.errors import ProtocolError

T = TypeVar("T")

MAX_NAMES = 50_000
"""Names one session may have in use: beyond any driver's cache (the largest known default is 8,192), below what hurts
(about 20 MB).
"""


class _Slot(Generic[T]):
    __slots__ = ("announced", "confirmed")

    def __init__(self) -> None:
        self.confirmed: T | None = None
        self.announced: list[tuple[int, T]] = []


class Names(Generic[T]):
    """One namespace of a session: prepared statements, or portals. `merge` makes one meaning of several."""

    def __init__(self, merge: Callable[[Sequence[T]], T]) -> None:
        self._slots: dict[bytes, _Slot[T]] = {}
        self._merge = merge

    def __len__(self) -> int:
        return len(self._slots)

    def announce(self, name: bytes, item: T, segment: int) -> None:
        """The client asked for `name` to mean `item`. Raises `ProtocolError` beyond `MAX_NAMES`."""
        slot = self._slots.get(name)
        if slot is None:
            if len(self._slots) >= MAX_NAMES:
                raise ProtocolError("too many named statements or portals in one session", "54000")
            slot = self._slots[name] = _Slot()
        slot.announced.append((segment, item))

    def confirm(self, name: bytes, item: T) -> None:
        """The server did it."""
        slot = self._slots[name]
        slot.announced = [entry for entry in slot.announced if entry[1] is not item]
        slot.confirmed = item

    def withdraw(self, name: bytes, item: T) -> None:
        """The server did not: the older meaning stays."""
        slot = self._slots.get(name)
        if slot is None:
            return
        slot.announced = [entry for entry in slot.announced if entry[1] is not item]
        if slot.confirmed is None and not slot.announced:
            del self._slots[name]

    def doubt(self, name: bytes, item: T) -> None:
        """The server may or may not have done it: from now on the name means both."""
        slot = self._slots[name]
        self.confirm(name, item if slot.confirmed is None else self._merge([slot.confirmed, item]))

    def discard(self, name: bytes) -> None:
        """The server forgot the confirmed meaning."""
        slot = self._slots.get(name)
        if slot is not None:
            slot.confirmed = None
            if not slot.announced:
                del self._slots[name]

    def discard_all(self, keep: Callable[[T], bool] = lambda item: False) -> None:
        """The server forgot every confirmed meaning but those to `keep`."""
        for name, slot in list(self._slots.items()):
            if slot.confirmed is not None and not keep(slot.confirmed):
                self.discard(name)

    def resolve(self, name: bytes, segment: int) -> T | None:
        """What `name` means for a message sent in `segment`; None: nothing the gate knows of."""
        slot = self._slots.get(name)
        if slot is None:
            return None
        if not slot.announced:
            return slot.confirmed
        latest, item = slot.announced[-1]
        if latest == segment:
            return item
        known = [] if slot.confirmed is None else [slot.confirmed]
        return self._merge([*known, *(item for _, item in slot.announced)])
