"""The values that must not be seen, and what they look like in disguise."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator

EMAILS = ("qzvxk.jwpyf@example.org", "wkxzj.pvqyh@example.com", "zjqwx.kvfyp@example.net", "xqjzv.fkwyh@example.org")
"""Each begins with another letter, which the mask `partial` leaves, and names a domain, which it leaves too."""

NUMBERS = ("907-35-1846", "915-28-7463", "926-41-8357", "948-62-7053", "4929813672540917", "31 97 8642 0351")
"""Social security numbers, a card, a telephone."""


def leaks(seen: Iterable[bytes]) -> bytes | None:
    """The canary, or the disguise of one, that is in it."""
    data = _squeezed(b"".join(seen))
    return next((mark for mark in MARKS if mark in data), None)


def _squeezed(data: bytes) -> bytes:
    """Letters and digits alone: values cut into characters, quoted or spaced out are whole again."""
    return re.sub(rb"[^0-9a-z]", b"", data.lower())


def _disguises(secret: str) -> Iterator[bytes]:
    """A secret's halves, backwards, in hexadecimal, as character codes; the whole in base64 and as digests."""
    name = secret.partition("@")[0]
    for part in re.split(r"\.", name) if "@" in secret else [name]:
        plain = part.encode()
        yield from (plain, plain[::-1], plain.hex().encode(), plain[::-1].hex().encode())
        yield "".join(str(ord(character)) for character in part).encode()
    raw = secret.encode()
    for start in range(3):
        yield base64.b64encode(raw[start : start + 3 * ((len(name) - start) // 3)])
    for digest in (hashlib.md5, hashlib.sha1, hashlib.sha224, hashlib.sha256, hashlib.sha384, hashlib.sha512):
        yield digest(raw).hexdigest().encode()
        yield base64.b64encode(digest(raw).digest())


MARKS = tuple(dict.fromkeys(_squeezed(mark) for secret in EMAILS + NUMBERS for mark in _disguises(secret)))
