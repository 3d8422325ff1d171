"""What a client may ask for in its StartupMessage: an allow-list, because a setting can change what a statement means.

`startup` reads the packet, this decides on its content; what is let through goes upstream as `login`'s settings.
Run-time parameters come directly or as `options` ("-c name=value", as libpq's PGOPTIONS); both are held to the same
list. The rules of the packet are those of PostgreSQL 18's ProcessStartupPacket, of `options` those of its
pg_split_opts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from attrs import frozen

from tokengate.errors import ProtocolError

LATEST_MINOR = 2
"""The newest protocol 3 the gateway speaks: 3.2, whose only news to it is the longer cancel key."""

SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        name.lower(): name
        for name in (
            "application_name",
            "DateStyle",
            "TimeZone",
            "IntervalStyle",
            "extra_float_digits",
            "statement_timeout",
            "lock_timeout",
            "idle_in_transaction_session_timeout",
        )
    }
)
"""Run-time parameters that change how values look or when a statement is given up, and nothing else."""

IDENTITY = frozenset({"role", "session_authorization"})
"""Parameters that would make the session somebody else: refused as a privilege, not as a feature."""

FORCED: Mapping[str, str] = MappingProxyType({"client_encoding": "UTF8", "standard_conforming_strings": "on"})
"""Settings every session starts with, and keeps: the gate reads texts as UTF-8, and ends literals as the standard says.
"""

READ_ONLY: Mapping[str, str] = MappingProxyType({"default_transaction_read_only": "on"})
"""The same on a route that is read-only."""

UTF8 = frozenset({"utf8", "unicode", "sqlascii"})
"""Spellings of the one client encoding, letters and digits only, as PostgreSQL compares them. SQL_ASCII, which psql
asks for on a terminal without a locale, means "do not convert": giving it UTF-8 keeps that.
"""

SPACE = " \t\n\v\f\r"
"""What separates options: C's isspace()."""


@frozen
class Startup:
    """A StartupMessage that may be served.

    `minor`: the protocol's minor version as asked for; `unknown`: its `_pq_.` options, none of which is known;
    `database` is "" when none was given; `settings`: allowed run-time parameters, under their own spelling.
    """

    minor: int
    unknown: tuple[str, ...]
    user: str
    database: str
    settings: Mapping[str, str]


def parse_startup(minor: int, payload: bytes) -> Startup:
    """Read a StartupMessage's parameters (what follows the version). Raises `ProtocolError` with the SQLSTATE to
    answer.
    """
    given = dict(_pairs(payload))
    user = given.pop("user", "")
    if not user:
        raise ProtocolError("no PostgreSQL user name specified in startup packet", "28000")
    database, options = given.pop("database", ""), given.pop("options", "")
    unknown = tuple(name for name in given if name.startswith("_pq_."))
    asked = [*parse_options(options), *((name, value) for name, value in given.items() if name not in unknown)]
    settings = {}
    for name, value in asked:
        known = name.lower()
        if known == "client_encoding":
            check_encoding(value)
        elif known in SETTINGS:
            settings[SETTINGS[known]] = value
        else:
            raise refused(name)
    return Startup(minor, unknown, user, database, settings)


def parse_options(text: str) -> list[tuple[str, str]]:
    """The settings in an `options` parameter. Raises `ProtocolError` for any switch that is not a setting."""
    settings = []
    words = iter(split_options(text))
    for word in words:
        if word.startswith("--"):
            assignment = word[2:]
        elif word.startswith("-c"):
            assignment = word[2:] or next(words, "")
        else:
            raise ProtocolError('only "-c name=value" and "--name=value" are allowed in start-up options', "0A000")
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            raise ProtocolError(f"{word[:63]} requires a value", "42601")
        settings.append((name.replace("-", "_"), value))
    return settings


def split_options(text: str) -> list[str]:
    """The words of an `options` parameter: separated by white space, which a backslash makes ordinary."""
    words: list[str] = []
    between, escaped = True, False
    for character in text:
        if character in SPACE and not escaped:
            between = True
            continue
        if between:
            words.append("")
            between = False
        escaped = character == "\\" and not escaped
        if not escaped:
            words[-1] += character
    return words


def check_encoding(value: str) -> None:
    """Refuse every client encoding that is not UTF-8."""
    if "".join(filter(str.isalnum, value.lower())) not in UTF8:
        raise ProtocolError(
            f'client_encoding "{value[:63]}" is not served here: set it to UTF8 (PGCLIENTENCODING=UTF8)', "22023"
        )


def refused(name: str) -> ProtocolError:
    """The error for a parameter that is not on the list."""
    code = "42501" if name.lower() in IDENTITY else "0A000"
    return ProtocolError(f'start-up parameter "{name[:63]}" is not allowed through this gateway', code)


def _pairs(payload: bytes) -> Iterator[tuple[str, str]]:
    """The packet's (name, value) pairs, of which none may come twice: who reads the first and who the last would
    differ.
    """
    *parts, last, end = payload.split(b"\0") if payload.count(b"\0") else (b"", b"x", b"x")
    if last or end or len(parts) % 2 or not all(parts[::2]):
        raise ProtocolError("invalid startup packet layout: expected terminator as last byte", "08P01")
    try:
        texts = [part.decode() for part in parts]
    except UnicodeDecodeError:
        raise ProtocolError("a start-up parameter is not UTF-8", "22021") from None
    if len(set(texts[::2])) != len(texts) // 2:
        raise ProtocolError("a start-up parameter is given twice", "08P01")
    yield from zip(texts[::2], texts[1::2], strict=True)
