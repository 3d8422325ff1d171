"""What masks do to one value, whatever protocol carries it. Pure; a protocol's cell code calls these on its hot path.

A protocol keeps the results valid for its own types: it decides what a redacted number or date looks like, cuts a
text to its column's length, and gives both of its formats of a value (text and binary) the same bytes to digest.
"""

from __future__ import annotations

import hmac
import re

from tokengate.values import Hash, Partial

STARS = "***"
"""What hidden characters become, however many there were: the length of a value says something about it."""

LEAST_HIDDEN = 3
"""Characters a partial mask hides at the least; a value too short for that is hidden whole, so that no "J***" stands
for "Jo".
"""

_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?\.[A-Za-z]{2,63}")


def partial(text: str, mask: Partial) -> str:
    """`text` with its first `prefix` and last `suffix` characters (code points) kept and `STARS` for all between.

    Of an e-mail address the local part is treated so, and "@" with the domain is kept. Never fails; "" stays "".
    """
    local, at, domain = text.rpartition("@")
    if at and local and "@" not in local and _DOMAIN.fullmatch(domain):
        return f"{_starred(local, mask)}@{domain}"
    return _starred(text, mask)


def digest(value: bytes, mask: Hash) -> bytes:
    """HMAC-SHA-256 of `value` under the mask's key: 32 bytes, the same for equal values."""
    return hmac.digest(mask.key, value, "sha256")


def _starred(text: str, mask: Partial) -> str:
    if not text or len(text) < mask.prefix + mask.suffix + LEAST_HIDDEN:
        return STARS if text else text
    return text[: mask.prefix] + STARS + text[len(text) - mask.suffix :]
