"""Which values a detector need not look at: most of a result has nothing in it that any of its patterns could find.

Each pattern has signs: runs of bytes, a class each, one of which is in every text where it finds something. All are
looked for at once with Shift-And (Baeza-Yates and Gonnet, 1992), a bit a position: a few instructions a byte and word
for compiled code. What passes is only likely to hold something. Beside a text there is a line end, for signs that
begin or end at a word's boundary.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

Sign = tuple[bytes, ...]
"""The bytes that may be at each position."""

WORD = 64
"""Bits of one word; a sign does not cross words."""

_OUTSIDE = b"\n"
_LAYOUT = struct.Struct("258Q")


def sieve(signs: Iterable[Sign]) -> bytes:
    """The signs as plain data: for each word 258 native 64-bit integers: the bits that begin a sign, the bits that end
    one, and for each byte those of the positions where it may be. b"" without signs.
    """
    return b"".join(_LAYOUT.pack(*_word(group)) for group in _groups(signs))


def likely(text: bytes, sieved: bytes) -> bool:
    """Whether a sign is in the text; what the compiled engine computes."""
    for begins, ends, *classes in _LAYOUT.iter_unpack(sieved):
        state = 0
        for byte in _OUTSIDE + text + _OUTSIDE:
            state = (state << 1 | begins) & classes[byte]
            if state & ends:
                return True
    return False


def _groups(signs: Iterable[Sign]) -> list[list[Sign]]:
    """The signs that share a word, each once."""
    groups: list[list[Sign]] = []
    room = 0
    for sign in sorted(set(signs), key=len, reverse=True):
        if not 0 < len(sign) <= WORD:
            raise ValueError(f"a sign has 1 to {WORD} positions, not {len(sign)}")
        if len(sign) > room:
            groups.append([])
            room = WORD
        groups[-1].append(sign)
        room -= len(sign)
    return groups


def _word(signs: Sequence[Sign]) -> list[int]:
    begins = ends = at = 0
    classes = [0] * 256
    for sign in signs:
        begins |= 1 << at
        for position, found in enumerate(sign, at):
            for byte in found:
                classes[byte] |= 1 << position
        at += len(sign)
        ends |= 1 << at - 1
    return [begins, ends, *classes]
