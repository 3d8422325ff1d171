"""Finds canaries in what a client sees, in whatever disguise the generator's functions can have put them.

Texts are searched in any case, forwards and backwards (a canary reads the same from both ends), cut to as little as
five of its letters, with anything between the letters, and inside runs of hexadecimal or Base64. Numbers, dates and
uuids are searched as texts and in their binary forms; sums and averages of numbers, hashes and lengths of texts have no
inverse, and are the concern of the test's second look.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
import uuid
from collections.abc import Iterable, Iterator
from datetime import date, datetime

_PALINDROME = "canaryqx|xqyranac"
_TEXT = re.compile("|".join(sorted({half[at : at + 5] for half in _PALINDROME.split("|") for at in range(4)})))
_SPELLED = re.compile("[^a-z0-9]*".join("canary") + "|" + "[^a-z0-9]*".join("yranac"))
_NUMBERS = re.compile(
    r"(?<!\d)17770\d\d5\d\d(?!\d)"  # a pin, give or take what arithmetic adds
    r"|(?<!\d)1777000\d{7}(?!\d)"  # a serial
    r"|(?<!\d)17770\d{4}(\.\d+)?(?!\d)"  # a salary
    r"|(?<![\w-])7777-\d\d-\d\d|\b[A-Z][a-z]{2} 7777\b"  # a date
    r"|cafebabe-7777"
)
_HEX = re.compile(r"(?:[0-9a-f]{2}){5,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{8,}={0,2}")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3})")
_DAY = 86_400_000_000
_Y2K = date(2000, 1, 1)


def _binary() -> Iterator[bytes]:
    """Canaries that aren't text, as the server sends them in binary."""
    for n in range(1, 5):
        yield struct.pack("!q", 17770000000500 + n * 1000)
        yield uuid.UUID(f"cafebabe-7777-4777-8777-00000000000{n}").bytes
        yield struct.pack("!i", (date(7777, 1, 1 + n) - _Y2K).days)
        yield struct.pack("!q", (datetime(7777, 6, 1 + n) - datetime(2000, 1, 1)).days * _DAY)
        for pin in (1777000500, 1777050500, 1777060500):
            yield struct.pack("!i", pin + n * 1000)


BINARY = tuple(_binary())


def sighting(pieces: Iterable[bytes]) -> str:
    """What of a canary is in one of these, "" when nothing is."""
    return next(filter(None, map(_seen, pieces)), "")


def _seen(piece: bytes) -> str:
    if any(needle in piece for needle in BINARY):
        return repr(piece)
    return next((found for text in _undisguised(piece.decode("utf-8", "replace")) if (found := _plain(text))), "")


def _plain(text: str) -> str:
    lower = text.lower()
    found = (
        _TEXT.search(lower)
        or _SPELLED.search(lower)
        or _NUMBERS.search(text)
        or _NUMBERS.search(_GROUPED.sub("", text))
    )
    return f"{found[0]} in {text[:200]!r}" if found else ""


def _undisguised(text: str) -> Iterator[str]:
    yield text
    yield text[::-1]
    for run in _HEX.findall(text.lower()):
        yield bytes.fromhex(run).decode("latin-1")
    for run in _BASE64.findall(text.replace("\n", "")):
        for start in range(4):
            whole = run.rstrip("=")[start:]
            try:
                yield base64.b64decode(whole[: len(whole) // 4 * 4]).decode("latin-1")
            except (binascii.Error, ValueError):
                continue
