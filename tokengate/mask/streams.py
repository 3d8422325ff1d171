"""Masks over a stream of bytes: what a program writes, in whatever pieces it comes. Pure.

A protocol feeds what it received and passes what comes back, which is never longer. Whole lines go out at once; the
beginning of one waits for its end, and what was found at the very end of a text waits, because it may go on. Whoever
sees that nothing more comes calls `flush`. Terminals' escape sequences hide nothing: the text is also searched without
them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MOST_KEPT = 64 * 1024
"""Bytes that wait for what comes behind them. What is found over more than that stars all that follows: the end of it
would be anybody's guess.
"""

OVERLAP = 256
"""Bytes of a line without end that wait while its beginning goes out: longer than anything found in one line."""

_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")


class StreamMask:
    """One stream's. `apply` masks a text, byte for byte, or returns the same object. `masked`: texts that changed."""

    def __init__(self, apply: Callable[[bytes], bytes]) -> None:
        self.masked = 0
        self._apply = apply
        self._text = b""
        self._lost = False  # something was found that has no end

    @property
    def kept(self) -> int:
        """Bytes that wait."""
        return len(self._text)

    def feed(self, data: bytes) -> bytes:
        """What of the stream may go out now that `data` came."""
        if self._lost:
            return b"*" * len(data)
        self._text += data
        starred = self._starred(self._text)
        unfinished = self._unfinished(starred)
        end = min(self._text.rfind(b"\n") + 1, unfinished)
        if len(self._text) - end > MOST_KEPT:
            if unfinished == len(self._text):
                end = len(self._text) - OVERLAP
            else:
                self._lost, end = True, len(self._text)
        return self._out(starred, end)

    def flush(self) -> bytes:
        """Everything that waits: nothing more comes for now."""
        return self._out(self._starred(self._text), len(self._text))

    def _out(self, starred: bytes, end: int) -> bytes:
        out, self._text = starred[:end], self._text[end:]
        if out and len(starred) and self._changed:
            self.masked += 1
        return out

    def _unfinished(self, starred: bytes) -> int:
        """Where what was found at the end of the text begins, its length when nothing was."""
        text = self._text
        if not text or starred[-1:] == text[-1:]:
            return len(text)
        at = len(text)
        while at and starred[at - 1] == 42:
            at -= 1
        return at

    def _starred(self, text: bytes) -> bytes:
        starred = self._apply(text)
        if b"\x1b" in text:
            starred = _both(starred, self._without_escapes(text))
        self._changed = starred is not text and starred != text
        return starred

    def _without_escapes(self, text: bytes) -> bytes:
        """The text with what is found between its escape sequences starred."""
        places: list[tuple[int, int]] = []
        at = 0
        for escape in _ESCAPES.finditer(text):
            places.append((at, escape.start()))
            at = escape.end()
        places.append((at, len(text)))
        plain = self._apply(b"".join(text[start:end] for start, end in places))
        starred, taken = bytearray(text), 0
        for start, end in places:
            starred[start:end] = plain[taken : taken + end - start]
            taken += end - start
        return bytes(starred)


def _both(one: bytes, two: bytes) -> bytes:
    """Stars where either has them."""
    return bytes(42 if a == 42 else b for a, b in zip(one, two, strict=True))
