"""The version lines, before the first packet (RFC 4253, section 4.2).

`transport` feeds it what comes in until the peer has said its version. A client says it first thing; a server may say
other lines before, which are dropped. Imports nothing of Twisted.
"""

from __future__ import annotations

import re

from tokengate.protocols.ssh.wire import Reason, broken

VERSION = b"SSH-2.0-tokengate"

MAX_LINE = 255
"""Bytes of a version line with its end."""

MAX_BANNER = 8 * 1024
"""Bytes of all lines before a server's version: a notice of a screen or two."""

_VERSION_LINE = re.compile(rb"SSH-(2\.0|1\.99)-[!-~][ -~]*")
_LINE_BEGINNING = b"SSH-"


class Greeting:
    """Looks for the peer's version. `version` is b"" until it is found, then the line without its end."""

    def __init__(self, of_server: bool) -> None:
        self.version = b""
        self._banner = MAX_BANNER if of_server else 0
        self._buffer = bytearray()

    def feed(self, data: bytes) -> bytes:
        """What belongs behind the version line. Raises `ProtocolError`."""
        self._buffer += data
        while not self.version and (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._line(line)
        if not self.version:
            if len(self._buffer) >= max(self._banner, MAX_LINE):
                raise broken("the line before the version is too long")
            return b""
        return bytes(self._buffer)

    def _line(self, line: bytes) -> None:
        if line.startswith(_LINE_BEGINNING):
            self.version = _checked(line.removesuffix(b"\r"))
            return
        self._banner -= len(line) + 1
        if self._banner < 0:
            raise broken("no SSH version")


def _checked(line: bytes) -> bytes:
    if len(line) > MAX_LINE - 2 or not _VERSION_LINE.fullmatch(line):
        raise broken("not SSH 2.0", Reason.PROTOCOL_VERSION_NOT_SUPPORTED)
    return line
