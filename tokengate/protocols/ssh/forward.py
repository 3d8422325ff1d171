"""A channel of a forwarded connection (RFC 4254, sections 6.3 and 7): one that the target makes for the client or takes
for it, or that a program at the target makes to the client's display or agent.

Made by `gate`. It is judged before the side that is asked for it hears of it, and recorded with what it carried.
"""

from __future__ import annotations

from typing import Any

from tokengate.protocols.ssh import actions
from tokengate.protocols.ssh.channel import PROHIBITED, Channel
from tokengate.protocols.ssh.permissions import Permissions
from tokengate.protocols.ssh.wire import Reader, broken
from tokengate.values import Action, Allow, Deny, Side, Verdict

DIRECT, FORWARDED = b"direct-tcpip", b"forwarded-tcpip"

X11, AGENT = b"x11", b"auth-agent@openssh.com"
"""To the client's display and to its agent: opened by the target, for a program that asked for it."""

LONGEST_HOST = 255
"""Bytes of a host's name (RFC 1035, section 2.3.4)."""


class Forward(Channel):
    """One such channel."""

    _asked = 0
    _data_of_open = b""

    def connect(self, reader: Reader, permissions: Permissions) -> None:
        """The client wants the target to connect somewhere. `reader`: at the open's own data."""
        start = reader.at
        host, port = address(reader)
        _origin(reader)
        allowed = permissions.direct_tcpip.allow(host, port)
        self._judge(actions.forward("direct-tcpip", host, port), reader.since(start), allowed and port > 0)

    def accept(self, reader: Reader, listening: bool) -> None:
        """Somebody connected to the target. `listening`: the client asked for that, at this address."""
        start = reader.at
        host, port = address(reader)
        action = actions.forward("forwarded-tcpip", host, port, f" from {_origin(reader)}")
        self._judge(action, reader.since(start), listening)

    def call_back(self, reader: Reader, invited: bool) -> None:
        """A program wants the client's display or agent. `invited`: the client offered it to a program."""
        start = reader.at
        detail = _origin(reader) if self.kind == X11 else ""
        reader.end()
        self._judge(actions.other(self.kind, detail), reader.since(start), invited)

    def _judge(self, action: Action, data: bytes, allowed: bool) -> None:
        self._data_of_open = data
        refusal = unmaskable(self._steps.pipeline)
        if not allowed:
            refusal = Deny("this forward is not allowed on this route", "route")
        self._asked = self._steps.ask(action, self._judged, refusal=refusal)

    def _judged(self, verdict: Verdict) -> None:
        match verdict:
            case Allow():
                self.offer(self._data_of_open)
            case Deny(reason, rule):
                super().fail(PROHIBITED, f"tokengate: {reason} ({rule})".encode())
            case _:
                raise TypeError(f"{verdict!r} is no answer")

    def fail(self, reason: int, text: bytes) -> None:
        """See `Channel`."""
        super().fail(reason, text)
        self._steps.result(self._asked, self.began, ok=False, tag="not opened")

    def _finish(self, side: Side) -> None:
        if not self.confirmed:
            self._steps.withdraw(self._asked)
            return
        to_client, to_upstream = self._lanes[Side.CLIENT], self._lanes[Side.UPSTREAM]
        self._steps.result(
            self._asked, self.began, ok=True, tag="forwarded", bytes=to_client.moved, bytes_in=to_upstream.moved
        )


def _origin(reader: Reader) -> str:
    """Where a connection comes from: the last of an open's data."""
    host, port = address(reader)
    reader.end()
    return f"{actions.shown(host)}:{port}"


def address(reader: Reader) -> tuple[bytes, int]:
    """A host and a port. Raises `ProtocolError`."""
    host, port = reader.string(), reader.uint32()
    if len(host) > LONGEST_HOST or port > 65535:
        raise broken("no such address")
    return host, port


def unmaskable(pipeline: Any) -> Deny | None:
    """The refusal of forwards where the route masks: what they carry is anything."""
    pipeline.renew()
    return Deny("forwards can't be masked, and this route masks", "route") if pipeline.masks else None
