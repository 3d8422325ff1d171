"""The lines of a recording: JSON, each with the hash of all before it, and the signature that closes it.

A line is one JSON object whose last member is "hash": the hex SHA-256 of the previous line's hash (32 bytes; of the
first line 32 zeros) followed by the line without that member. `docs/recording.md` has a verifier in twenty lines.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import Any

import orjson
from attrs import define

FORMAT = 1
START = bytes(32)
_TAIL = b',"hash":"'


@define
class Chain:
    """The end of a chain: the last line's hash and how many lines there are."""

    last: bytes = START
    lines: int = 0

    def line(self, kind: str, fields: Mapping[str, Any]) -> bytes:
        """The next line, with its line end. `at` is Unix seconds, to the millisecond."""
        self.lines += 1
        content = {"seq": self.lines, "at": int(time.time() * 1000) / 1000, "kind": kind, **fields}
        body = orjson.dumps(content, default=str)
        self.last = hashlib.sha256(self.last + body).digest()
        return b'%s%s%s"}\n' % (body[:-1], _TAIL, self.last.hex().encode())

    def follow(self, line: bytes) -> dict[str, Any]:
        """Check the next line of a file (without its line end) and return its content. Raises ValueError saying what
        is wrong.
        """
        body, tail, rest = line.rpartition(_TAIL)
        if not tail or len(rest) != 66 or rest[64:] != b'"}':
            raise ValueError("the line has no hash")
        expected = hashlib.sha256(self.last + body + b"}").digest()
        if expected.hex().encode() != rest[:64]:
            raise ValueError("the hash does not follow from the lines before")
        content: dict[str, Any] = orjson.loads(body + b"}")
        if content.get("seq") != self.lines + 1:
            raise ValueError(f"the line's number is {content.get('seq')}, not {self.lines + 1}")
        self.last = expected
        self.lines += 1
        return content


def signed_text(session: str, lines: int, last: bytes, outcome: str) -> bytes:
    """What a footer's signature covers."""
    return f"tokengate recording {FORMAT}\n{session}\n{lines}\n{last.hex()}\n{outcome}\n".encode()
