"""Masks over a stream of bytes: what a program writes, in whatever pieces it comes. Pure.

A protocol feeds what it received and passes what comes back, byte for byte as long as what went in. Whole lines go out
at once; the beginning of one waits for its end, until whoever sees that nothing more comes calls `flush`. What was
shown of a line is remembered while the line lasts, and what was found at the end of a text while it may go on: what
comes later is searched with it. Terminals' escape sequences hide nothing: the text is also searched without them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MOST_KEPT = 64 * 1024
"""Bytes that are kept for what comes behind them. What is found over more than that stars all that follows: its end
would be anybody's guess.
"""

OVERLAP = 1024
"""Bytes of a line without end that are kept while its beginning goes out: longer than anything found in one line."""

STAR = ord("*")

_UNSEEN = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])|[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f]"
)
"""What a terminal shows nothing of: control sequences, strings, escapes (ECMA-48), and control characters."""


class StreamMask:
    """One stream's. `apply` stars what it finds in a text, or returns the same object. `masked`: how often it did."""

    def __init__(self, apply: Callable[[bytes], bytes]) -> None:
        self.masked = 0
        self._apply = apply
        self._text = b""
        self._shown = 0  # bytes of it that are out
        self._lost = False  # something was found that has no end

    @property
    def kept(self) -> int:
        """Bytes that wait."""
        return len(self._text) - self._shown

    def feed(self, data: bytes) -> bytes:
        """What of the stream may go out now that `data` came."""
        if self._lost:
            return b"*" * len(data)
        self._text += data
        starred = self._starred(self._text)
        begun = _unfinished(self._text, starred)
        end = min(self._text.rfind(b"\n") + 1, begun)
        if len(self._text) - end > MOST_KEPT:
            self._lost = begun < len(self._text)
            end = len(self._text) - (0 if self._lost else OVERLAP)
        return self._out(starred, end, begun)

    def flush(self) -> bytes:
        """Everything that waits: nothing more comes for now."""
        if not self.kept:
            return b""
        starred = self._starred(self._text)
        return self._out(starred, len(self._text), _unfinished(self._text, starred))

    def _out(self, starred: bytes, end: int, begun: int) -> bytes:
        """Let out up to `end`, and keep what belongs to what comes next."""
        end = max(end, self._shown)
        out = starred[self._shown : end]
        self.masked += out != self._text[self._shown : end]
        line = self._text.rfind(b"\n", 0, end) + 1
        start = min(begun, max(line, end - OVERLAP))
        self._text, self._shown = self._text[start:], end - start
        return out

    def _starred(self, text: bytes) -> bytes:
        starred = self._apply(text)
        if len(starred) != len(text):
            raise ValueError("a mask that changes the length of a stream")
        return self._across(text, starred) if _UNSEEN.search(text) else starred

    def _across(self, text: bytes, starred: bytes) -> bytes:
        """`starred` with what is found across what isn't seen starred too."""
        places: list[tuple[int, int]] = []
        at = 0
        for escape in _UNSEEN.finditer(text):
            places.append((at, escape.start()))
            at = escape.end()
        places.append((at, len(text)))
        seen = b"".join(text[start:end] for start, end in places)
        plain = self._apply(seen)
        if plain is seen:
            return starred
        across, taken = bytearray(text), 0
        for start, end in places:
            across[start:end] = plain[taken : taken + end - start]
            taken += end - start
        return _both(starred, bytes(across))


def _unfinished(text: bytes, starred: bytes) -> int:
    """Where what was found at the very end of the text begins, its length when nothing was."""
    at = len(text)
    if text and starred[-1] != text[-1]:
        while at and starred[at - 1] == STAR:
            at -= 1
    return at


def _both(one: bytes, two: bytes) -> bytes:
    """Stars where either has them."""
    return bytes(STAR if STAR in pair else pair[0] for pair in zip(one, two, strict=True))
