"""A channel of a forwarded TCP connection: the target makes it for the client, or takes it for it (RFC 4254, part 7).

Made by `gate`. It is judged before the side that is asked for it hears of it, and recorded with what it carried.
"""

from __future__ import annotations

from tokengate.protocols.ssh import actions
from tokengate.protocols.ssh.channel import PROHIBITED, Channel
from tokengate.protocols.ssh.permissions import Permissions
from tokengate.protocols.ssh.wire import Reader, broken
from tokengate.values import Allow, Deny, Side, Verdict

LONGEST_HOST = 255
"""Bytes of a host's name (RFC 1035, section 2.3.4)."""


class Forward(Channel):
    """One "direct-tcpip" or "forwarded-tcpip" channel."""

    _asked = 0
    _data_of_open = b""

    def open(self, reader: Reader, permissions: Permissions, listening: bool) -> None:
        """Have it judged. `reader`: at the open's own data. `listening`: whether the client asked the target for such
        connections, where the target opens it.
        """
        start = reader.at
        host, port = address(reader)
        origin = f" from {actions.shown(reader.string()[:LONGEST_HOST])}:{reader.uint32()}"
        reader.end()
        self._data_of_open = reader.since(start)
        refusal = unmaskable(self._steps.pipeline.masks)
        if self.opener is Side.CLIENT:
            allowed, origin = permissions.direct_tcpip.allow(host.decode("utf-8", "replace"), port), ""
        else:
            allowed = listening
        if port == 0 or not allowed:
            refusal = Deny("this forward is not allowed on this route", "route")
        action = actions.forward(self.kind.decode(), host, port, origin)
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


def address(reader: Reader) -> tuple[bytes, int]:
    """A host and a port. Raises `ProtocolError`."""
    host, port = reader.string(), reader.uint32()
    if len(host) > LONGEST_HOST or port > 65535:
        raise broken("no such address")
    return host, port


def unmaskable(masks: bool) -> Deny | None:
    """The refusal of forwards where the route masks: what they carry is anything."""
    return Deny("forwards can't be masked, and this route masks", "route") if masks else None
