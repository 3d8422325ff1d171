"""The upstream's messages one at a time, as long as the gateway itself is the one who asks.

Under `login`, which logs in, and `client`, which asks questions; a session's own traffic never passes here. Everything
an upstream sends costs of a budget, so that a hostile one can't fill the memory.
"""

from __future__ import annotations

import struct
from typing import Any

from attrs import define
from twisted.internet.error import ConnectionClosed

from tokengate.errors import ProtocolError, UpstreamError
from tokengate.protocols.postgres import wire

_HEADER = struct.Struct("!cI")


@define
class Peer:
    """An upstream's side of a dialogue. `stream`: an `IStream` in pull mode; `budget`: bytes it may still send."""

    stream: Any
    budget: int

    async def message(self) -> tuple[bytes, bytes]:
        """The next message's type and payload. Raises `UpstreamError`: gone, malformed, over budget."""
        kind, length = _HEADER.unpack(await self._read(_HEADER.size))
        if length < 4:
            raise broken(f"message {kind!r} has the length {length}")
        return kind, await self._read(length - 4)

    async def _read(self, count: int) -> bytes:
        self.budget -= count
        if self.budget < 0:
            raise broken("it sends more than the gateway's own questions can need")
        try:
            data: bytes = await self.stream.read_exactly(count) if count else b""
        except ConnectionClosed as lost:
            raise UpstreamError("the upstream closed the connection", str(lost), "08006") from lost
        return data


def broken(detail: str) -> UpstreamError:
    """The error for an upstream that doesn't keep to the protocol."""
    return UpstreamError("the upstream does not speak the protocol as it should", detail, "08006")


def fields_of(payload: bytes) -> dict[bytes, str]:
    """An ErrorResponse's fields by their codes. Raises `UpstreamError`."""
    try:
        return {code: text.decode("utf-8", "replace") for code, text in wire.parse_error_fields(payload)}
    except ProtocolError as error:
        raise broken(str(error)) from error
