"""Replies in the order of their requests, although some are the target's and some the gateway's own (RFC 4254, parts 4
and 5.4: a reply says nothing of what it replies to).

`globals` keeps one for the connection, each `program` one for its channel.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from attrs import define

from tokengate.protocols.ssh.wire import broken


@define(eq=False)
class Slot:
    """The place of one reply. `reply`: what is sent, b"" for nothing; None: it isn't known yet."""

    wanted: bool
    reply: bytes | None = None


class Replies:
    """The replies one client waits for. `send` sends one; `most` may be outstanding."""

    def __init__(self, send: Callable[[bytes], None], most: int) -> None:
        self._send = send
        self._most = most
        self._slots: deque[Slot] = deque()

    def expect(self, wanted: bool) -> Slot:
        """A request came: the place of its reply. Raises `ProtocolError` for too many."""
        if len(self._slots) >= self._most:
            raise broken("too many requests without replies")
        slot = Slot(wanted)
        self._slots.append(slot)
        return slot

    def answer(self, slot: Slot, reply: bytes) -> None:
        """The reply to a request: sent once those before it are."""
        slot.reply = reply if slot.wanted else b""
        while self._slots and (ready := self._slots[0].reply) is not None:
            self._slots.popleft()
            if ready:
                self._send(ready)

    def settle(self, reply: bytes) -> None:
        """Whatever is still outstanding gets this reply."""
        for slot in list(self._slots):
            if slot.reply is None:
                self.answer(slot, reply)
