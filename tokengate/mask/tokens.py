"""Round-trip tokens: stand-ins for values that a client may send back, and that only the gateway can turn back.

A token needs no storage: it is the value itself, encrypted under a key that only the gateway has, always to the same
token. It can't be taken for a real value: a text's token is authenticated, an integer's is negative, a UUID's has the
variant that RFC 9562 leaves to the future, and one that keeps the form of a number with separators has letters for
digits. So a real value that a client sends stays what it is.
"""

from __future__ import annotations

import base64
import hmac
import re
from functools import lru_cache
from uuid import RFC_4122, UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from tokengate.mask.ff1 import FF1

PREFIX = "tok_"
MAIL_DOMAIN = "@token.invalid"
"""Where a token for an e-mail address leads: nowhere, by RFC 2606."""

LONGEST = 1024
"""Bytes of the longest text that gets a token: what identifies somebody is shorter."""

LEAST_DIGITS = 9
"""Digits of the shortest number whose form is kept: with fewer, a real text could be taken for a token too easily."""

CACHED = 4096
"""Texts whose tokens are kept in memory, a token space: masking a column meets the same values again."""

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = re.compile(r"[0-9]")
_NUMBER = re.compile(r"[+(]?[0-9][0-9 ()./-]*")
_LIKE_NUMBER = re.compile(r"[+(]?[A-Za-z][A-Za-z ()./-]*")
_LONG = re.compile(rf"{PREFIX}([a-z2-7]+)({re.escape(MAIL_DOMAIN)})?")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SMALL, _LARGE = 31, 63
"""Bits of the non-negative integers that fit four and eight bytes."""


class Tokens:
    """One token space: the same value has the same token everywhere in it. `key`: any secret; `space`: its name."""

    def __init__(self, key: bytes, space: str) -> None:
        self._key = hmac.digest(key, b"tokengate token space\0" + space.encode(), "sha256")
        self._siv = AESSIV(hmac.digest(self._key, b"text", "sha512"))
        self._small, self._large = self._ff1(2, _SMALL), self._ff1(2, _LARGE)
        self._uuid = self._ff1(2, 125)
        self.text = lru_cache(CACHED)(self._text)

    # ------------------------------------------------------------ texts

    def _text(self, value: str) -> str | None:
        """The token of a text; None where it has none (it is empty, or longer than `LONGEST`)."""
        raw = value.encode("utf-8", "surrogatepass")
        if not 0 < len(raw) <= LONGEST:
            return None
        digits = "".join(_DIGITS.findall(value))
        if len(digits) >= LEAST_DIGITS and _NUMBER.fullmatch(value):
            return _filled(value, _DIGITS, _letters(self._numbers(len(digits)).encrypt(int(digits)), len(digits)))
        body = base64.b32encode(self._siv.encrypt(raw, None)).decode().rstrip("=").lower()
        return PREFIX + body + (MAIL_DOMAIN if _MAIL.fullmatch(value) else "")

    def real_text(self, token: str) -> str | None:
        """The text that a token stands for; None when it is none of this space's."""
        found = _LONG.fullmatch(token)
        value = self._real_long(found[1]) if found else self._real_number(token)
        return value if value is not None and self.text(value) == token else None

    def _real_long(self, body: str) -> str | None:
        try:
            raw = base64.b32decode(body.upper() + "=" * (-len(body) % 8))
            return self._siv.decrypt(raw, None).decode("utf-8", "surrogatepass")
        except (ValueError, InvalidTag):
            return None

    def _real_number(self, token: str) -> str | None:
        letters = [letter for letter in token if letter in _LETTERS]
        if not LEAST_DIGITS <= len(letters) <= LONGEST or not _LIKE_NUMBER.fullmatch(token):
            return None
        number = 0
        for letter in letters:
            number = number * len(_LETTERS) + _LETTERS.index(letter)
        digits = str(self._numbers(len(letters)).decrypt(number)).zfill(len(letters))
        return _filled(token, re.compile("[A-Za-z]"), digits) if len(digits) == len(letters) else None

    def _numbers(self, length: int) -> FF1:
        return self._ff1(len(_LETTERS), length)

    # ------------------------------------------------------------ integers

    def integer(self, value: int) -> int | None:
        """The token of an integer of at most eight bytes; None where it has none: negative numbers are tokens' own."""
        if 0 <= value < 1 << _SMALL:
            return -1 - self._small.encrypt(value)
        if not 0 <= value < 1 << _LARGE:
            return None
        found = self._large.encrypt(value)
        while found < 1 << _SMALL:  # that is where tokens of small numbers are
            found = self._large.encrypt(found)
        return -1 - found

    def real_integer(self, token: int) -> int | None:
        """The integer that a token stands for; None when it can't be one."""
        if not -1 << _LARGE <= token < 0:
            return None
        found = -1 - token
        if found < 1 << _SMALL:
            return self._small.decrypt(found)
        found = self._large.decrypt(found)
        while found < 1 << _SMALL:
            found = self._large.decrypt(found)
        return found

    # ------------------------------------------------------------ UUIDs

    def uuid(self, value: UUID) -> UUID | None:
        """The token of a UUID of a known version (1 to 8); None for others."""
        if value.variant != RFC_4122 or not 1 <= (value.version or 0) <= 8:
            return None
        version = (value.int >> 76) & 0xF
        plain = _without(_without(value.int, 76, 4), 62, 2) | (version - 1) << 122
        return UUID(int=_with(self._uuid.encrypt(plain), 61, 3, 0b111))

    def real_uuid(self, token: UUID) -> UUID | None:
        """The UUID that a token stands for; None when it can't be one."""
        if token.int >> 61 & 0b111 != 0b111:
            return None
        plain = self._uuid.decrypt(_without(token.int, 61, 3))
        version = (plain >> 122) + 1
        return UUID(int=_with(_with(plain & (1 << 122) - 1, 62, 2, 0b10), 76, 4, version))

    def _ff1(self, radix: int, length: int) -> FF1:
        return FF1(self._key, radix, length)


def _letters(number: int, count: int) -> str:
    found = []
    for _ in range(count):
        number, letter = divmod(number, len(_LETTERS))
        found.append(_LETTERS[letter])
    return "".join(reversed(found))


def _filled(form: str, pattern: re.Pattern[str], characters: str) -> str:
    """`form` with each match of the pattern replaced by the next of the characters."""
    following = iter(characters)
    return pattern.sub(lambda _: next(following), form)


def _without(number: int, at: int, width: int) -> int:
    """The number without `width` bits from bit `at` on."""
    return (number >> (at + width)) << at | number & (1 << at) - 1


def _with(number: int, at: int, width: int, bits: int) -> int:
    """The number with `width` bits put in at bit `at`."""
    return (number >> at) << (at + width) | bits << at | number & (1 << at) - 1
