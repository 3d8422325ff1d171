"""From the text of an INI key to its value: what `components.option(convert=…)` takes.

Every converter takes the key's text and raises ValueError with one sentence that says what was expected. Used only
while a configuration is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_UNITS_OF_TIME = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_UNITS_OF_SIZE = {"": 1, "b": 1}
_UNITS_OF_SIZE.update({f"{letter}ib": 1024**power for power, letter in enumerate("kmgt", 1)})
_UNITS_OF_SIZE.update({f"{letter}b": 1000**power for power, letter in enumerate("kmgt", 1)})
_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*", re.ASCII)
_SIZE = re.compile(r"(\d+)\s*([a-z]*)", re.ASCII)
_BOOLEANS = {"yes": True, "on": True, "true": True, "1": True, "no": False, "off": False, "false": False, "0": False}


def names(text: str) -> tuple[str, ...]:
    """A list separated by commas or lines; empty items are dropped."""
    return tuple(item for item in (part.strip() for part in re.split(r"[,\n]", text)) if item)


def lines(text: str) -> tuple[str, ...]:
    """A list of one item a line, for items that may hold commas; empty lines are dropped."""
    return tuple(item for item in (part.strip() for part in text.splitlines()) if item)


def duration(text: str) -> float:
    """Seconds, from "500ms", "90s", "15m", "1h 30m", "2d"; more than 0."""
    found = list(_TIME.finditer(text.strip()))
    if not found or "".join(match.group() for match in found) != text.strip():
        raise ValueError(f"{text!r} is not a duration; write it as 500ms, 90s, 15m, 1h 30m or 2d")
    seconds = sum(float(match.group(1)) * _UNITS_OF_TIME[match.group(2)] for match in found)
    if seconds <= 0:
        raise ValueError(f"{text!r} is no time at all")
    return seconds


def size(text: str) -> int:
    """Bytes, from "4096", "64KiB", "1 MiB", "2GB" (KiB is 1024, kB is 1000); more than 0."""
    match = _SIZE.fullmatch(text.strip().lower())
    if match is None or match.group(2) not in _UNITS_OF_SIZE:
        raise ValueError(f"{text!r} is not a size; write it as 4096, 64KiB, 1MiB or 2GB")
    count = int(match.group(1)) * _UNITS_OF_SIZE[match.group(2)]
    if count <= 0:
        raise ValueError(f"{text!r} is no size at all")
    return count


def boolean(text: str) -> bool:
    """yes, on, true, 1; no, off, false, 0."""
    value = _BOOLEANS.get(text.strip().lower())
    if value is None:
        raise ValueError(f"{text!r} is neither yes nor no")
    return value


def integer(minimum: int, maximum: int) -> Callable[[str], int]:
    """A converter to a whole number from `minimum` to `maximum`, both included."""

    def convert(text: str) -> int:
        plain = text.strip()
        if re.fullmatch(r"-?\d{1,18}", plain, re.ASCII) and minimum <= int(plain) <= maximum:
            return int(plain)
        raise ValueError(f"{text!r} is not a whole number from {minimum} to {maximum}")

    return convert


def one_of(*words: str) -> Callable[[str], str]:
    """A converter that takes only these words."""

    def convert(text: str) -> str:
        if text.strip() in words:
            return text.strip()
        raise ValueError(f"{text!r} is not one of: {', '.join(words)}")

    return convert
