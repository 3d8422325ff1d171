"""What the masker `detectors` can find: for each kind patterns that are searched for, and a check of what they found.

Patterns are RE2's, on bytes: their time is linear in the text, whatever it holds. Text is looked at as it is: ASCII, in
one piece, not encoded in any way.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

import orjson
import re2  # type: ignore[import-untyped]  # it has none
from attrs import Factory, field, frozen

from tokengate.mask import numbers
from tokengate.mask.sieve import Sign

Span = tuple[int, int]
"""From and to."""

Spans = Callable[[bytes, int, int], Iterator[Span]]
"""The places that count in a text, given where a pattern was found in it."""

LEAST_GROUP = 3
"""Digits in each group but the last of a card number that is written in groups: smaller ones are lists of numbers."""

CARD_DIGITS = range(13, 20)
"""How many digits card numbers have."""

_ACCOUNT = re.compile(rb"\b[A-Za-z]{2}\d{2}")


def options() -> Any:
    """RE2's options: bytes as they are."""
    made = re2.Options()
    made.encoding = re2.Options.Encoding.LATIN1
    made.log_errors = False
    return made


def _found(text: bytes, start: int, end: int) -> Iterator[Span]:
    yield start, end


@frozen
class Finder:
    """One pattern. `signs` (see `sieve`): one of them is in every text in which something counts. `spans` says what of
    a match does: all of it when it is not given.
    """

    pattern: bytes
    signs: tuple[Sign, ...]
    spans: Spans = _found
    _compiled: Any = field(
        default=Factory(lambda self: re2.compile(self.pattern, options()), takes_self=True), init=False, repr=False
    )

    def matches(self, text: bytes) -> list[Span]:
        """Where the pattern is in a text."""
        return [match.span() for match in self._compiled.finditer(text)]


def whole(check: Callable[[bytes], bool]) -> Spans:
    """All of what a pattern found, if it passes a check."""

    def spans(text: bytes, start: int, end: int) -> Iterator[Span]:
        if check(text[start:end]):
            yield start, end

    return spans


def cards(text: bytes, start: int, end: int) -> Iterator[Span]:
    """The card numbers in a run of digits with single spaces or dashes between: each of whole groups."""
    groups = text[start:end].replace(b"-", b" ").split(b" ")
    places = [start, *accumulate((len(group) + 1 for group in groups), initial=start)][1:]
    first = 0
    while first < len(groups):
        number, last = b"", first
        while last < len(groups) and len(number) < CARD_DIGITS[-1]:
            number += groups[last]
            if len(number) in CARD_DIGITS and numbers.issued(number) and numbers.luhn(number):
                yield places[first], places[last] + len(groups[last])
                first = last
                break
            if len(groups[last]) < LEAST_GROUP:
                break
            last += 1
        first += 1


def accounts(text: bytes, start: int, end: int) -> Iterator[Span]:
    """The account numbers that begin in a run of letters and digits, with or without single spaces."""
    for begins in _ACCOUNT.finditer(text, start, end):
        missing = numbers.account_length(text[begins.start() : begins.start() + 2])
        at = begins.start()
        while missing and at < len(text):
            missing -= text[at] != 32
            at += 1
        number = text[begins.start() : at].replace(b" ", b"")
        if number.isalnum() and not text[at : at + 1].isalnum() and numbers.iban(number):
            yield begins.start(), at


def jwt(found: bytes) -> bool:
    """Whether its first part is a JOSE header."""
    part = found.split(b".")[0]
    try:
        header = orjson.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    except (binascii.Error, orjson.JSONDecodeError):
        return False
    return isinstance(header, dict) and "alg" in header


def phone(found: bytes) -> bool:
    """Whether it has as many digits as telephone numbers have (ITU-T E.164)."""
    return 8 <= len(numbers.digits(found)) <= 15


_DIGITS, _UPPER, _LOWER, _HIGH = b"0123456789", bytes(range(65, 91)), bytes(range(97, 123)), bytes(range(128, 256))
_LETTERS = _UPPER + _LOWER
_ALNUM = _DIGITS + _LETTERS
_EDGE = bytes(byte for byte in range(256) if byte not in _ALNUM + b"_")
"""What may be beside a word."""


def _sign(*parts: bytes | tuple[bytes, int]) -> tuple[Sign]:
    """One: its classes in order, some of them several times."""
    return (tuple(found for part in parts for found in (part[:1] * part[1] if isinstance(part, tuple) else (part,))),)


_LOCAL = rb"[\w.%+~&#!$?^\x80-\xff-]+"
_LABEL = rb"[A-Za-z0-9\x80-\xff-]+"
_ADDRESS = _sign(_ALNUM + b"_.%+~&#!$?^-" + _HIGH, b"@", _ALNUM + b"-" + _HIGH)
_CARD = _sign((_DIGITS, 11)) + _sign((_DIGITS, 3), b" -", (_DIGITS, 3))
"""In one piece, but for a group of two digits at the end; or two groups of three digits or more are side by side."""

_PEM = rb"(?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
_CHECKED: dict[str, tuple[bytes, tuple[Sign], numbers.Check]] = {
    "us-ssn": (
        rb"\b\d{3}-\d{2}-\d{4}\b|\b\d{3} \d{2} \d{4}\b",
        _sign((_DIGITS, 3), b"- ", (_DIGITS, 2), b"- ", (_DIGITS, 4)),
        numbers.us_ssn,
    ),
    "nl-bsn": (rb"\b\d{9}\b", _sign(_EDGE, (_DIGITS, 9), _EDGE), numbers.nl_bsn),
    "de-idnr": (
        rb"\b\d{11}\b|\b\d{2} \d{3} \d{3} \d{3}\b",
        _sign(_EDGE, (_DIGITS, 2), (_DIGITS + b" ", 9)),
        numbers.de_idnr,
    ),
    "fr-nir": (
        rb"\b[12378] ?\d{2} ?\d{2} ?\d[0-9ABab] ?\d{3} ?\d{3} ?\d{2}\b",
        _sign(_EDGE, b"12378", (_DIGITS + b" ABab", 14)),
        numbers.fr_nir,
    ),
    "es-dni": (
        rb"\b(?:\d{8}|[XYZxyz]-?\d{7})-?[A-Za-z]\b",
        _sign((_DIGITS, 7), _LETTERS + b"-"),
        numbers.es_dni,
    ),
    "it-cf": (
        rb"\b[A-Za-z]{6}[\dL-NP-Vl-np-v]{2}[A-Ea-eHLMPRSThlmprst][\dL-NP-Vl-np-v]{2}"
        rb"[A-Za-z][\dL-NP-Vl-np-v]{3}[A-Za-z]\b",
        _sign(_EDGE, (_LETTERS, 6), (_ALNUM, 2), _LETTERS, (_ALNUM, 2), _LETTERS, (_ALNUM, 3), _LETTERS, _EDGE),
        numbers.it_cf,
    ),
    "gb-nino": (
        rb"\b[A-Za-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-Da-d]\b",
        _sign(_EDGE, (_LETTERS, 2), (_DIGITS + b" ", 6)),
        numbers.gb_nino,
    ),
    "gb-nhs": (
        rb"\b\d{3} \d{3} \d{4}\b|\b\d{10}\b",
        _sign(_EDGE, (_DIGITS, 3), (_DIGITS + b" ", 7)),
        numbers.gb_nhs,
    ),
    "se-pnr": (
        rb"\b(?:\d{2})?\d{6}[-+]\d{4}\b|\b\d{12}\b",
        _sign((_DIGITS, 6), _DIGITS + b"-+", (_DIGITS, 4), _EDGE),
        numbers.se_pnr,
    ),
    "no-fnr": (rb"\b\d{6} ?\d{5}\b", _sign(_EDGE, (_DIGITS, 6), (_DIGITS + b" ", 5)), numbers.no_fnr),
    "fi-hetu": (
        rb"\b\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-Ya-y]\b",
        _sign(_EDGE, (_DIGITS, 6), _LETTERS + b"-+", (_DIGITS, 3), _ALNUM, _EDGE),
        numbers.fi_hetu,
    ),
    "pl-pesel": (rb"\b\d{11}\b", _sign(_EDGE, (_DIGITS, 11), _EDGE), numbers.pl_pesel),
    "be-nn": (
        rb"\b\d{2}\.?\d{2}\.?\d{2}-?\d{3}\.?\d{2}\b",
        _sign(_EDGE, (_DIGITS, 2), (_DIGITS + b".-", 9)),
        numbers.be_nn,
    ),
    "ch-ahv": (
        rb"\b756\.?\d{4}\.?\d{4}\.?\d{2}\b",
        _sign(_EDGE, b"7", b"5", b"6", (_DIGITS + b".", 10)),
        numbers.ch_ahv,
    ),
    "br-cpf": (
        rb"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b|\b\d{11}\b",
        _sign(_EDGE, (_DIGITS, 3), (_DIGITS + b".-", 8)),
        numbers.br_cpf,
    ),
    "in-aadhaar": (
        rb"\b\d{4}[ -]?\d{4}[ -]?\d{4}\b",
        _sign(_EDGE, (_DIGITS, 4), (_DIGITS + b" -", 8)),
        numbers.in_aadhaar,
    ),
    "tr-tckn": (rb"\b\d{11}\b", _sign(_EDGE, (_DIGITS, 11), _EDGE), numbers.tr_tckn),
    "cn-ric": (rb"\b\d{17}[\dXx]\b", _sign(_EDGE, (_DIGITS, 17), _DIGITS + b"Xx", _EDGE), numbers.cn_ric),
}
"""Kinds whose pattern finds one number, and its check."""

FINDERS: dict[str, tuple[Finder, ...]] = {
    "card": (Finder(rb"\d(?:[ -]?\d){12,}", _CARD, cards),),
    "email": (
        Finder(rb"%b(?:'%b)*@(?:%b\.)+(?:xn--[\w-]+|[A-Za-z\x80-\xff]{2,})" % (_LOCAL, _LOCAL, _LABEL), _ADDRESS),
    ),
    "iban": (
        Finder(
            rb"\b[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}",
            _sign(_EDGE, (_LETTERS, 2), (_DIGITS, 2), (_ALNUM + b" ", 11)),
            accounts,
        ),
    ),
    "phone": (
        Finder(
            rb"\+[1-9](?:[ ./-]?\(?\d\)?){7,14}\b",
            _sign(b"+", b"123456789", (_DIGITS + b" ./()-", 7)),
            whole(phone),
        ),
        Finder(
            rb"(?:\(\d{3}\) ?|\b\d{3}[-.])\d{3}[-.]\d{4}\b",
            _sign((_DIGITS, 3), b"-.", (_DIGITS, 4), _EDGE),
        ),
        Finder(rb"\b0[1-9]\d{0,3}[-/ ]\d{6,8}\b", _sign(_DIGITS, b"-/ ", (_DIGITS, 6))),
    ),
    **{name: (Finder(pattern, signs, whole(check)),) for name, (pattern, signs, check) in _CHECKED.items()},
    "aws-key": (
        Finder(
            rb"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b",
            _sign(_EDGE, b"A", b"KS", b"I", b"A", (_UPPER + b"234567", 16), _EDGE),
        ),
        Finder(
            rb"(?i:aws_?secret_?(?:access_?)?key)[\"']?\s*[:=]\s*[\"']?[A-Za-z0-9/+]{40}\b",
            _sign((_ALNUM + b"/+", 40)),
        ),
    ),
    "private-key": (
        Finder(
            rb"(?s)-----BEGIN " + _PEM + rb".*?(?:-----END " + _PEM + rb"|\z)",
            _sign((b"-", 5), b"B", b"E", b"G", b"I", b"N", b" "),
        ),
    ),
    "jwt": (
        Finder(
            rb"\beyJ[\w-]{8,}(?:\.[\w-]*){2,4}",
            _sign(_EDGE, b"e", b"y", b"J", (_ALNUM + b"_-", 8)),
            whole(jwt),
        ),
    ),
    "github-token": (
        Finder(
            rb"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,})",
            _sign(_EDGE, b"g", b"hi", b"pousrt", b"_h", (_ALNUM + b"_", 36)),
        ),
    ),
    "gitlab-token": (
        Finder(
            rb"\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|soat|agent|oas)-[\w.-]{20,}",
            _sign(_EDGE, b"g", b"l", (_LOWER, 2), (_ALNUM + b"_.-", 21)),
        ),
    ),
    "slack-token": (
        Finder(
            rb"\bxox[abeoprs]-[\w-]{10,}|\bxapp-\d-[\w-]{10,}",
            _sign(_EDGE, b"x", b"oa", b"xp", b"abeoprs", b"-", (_ALNUM + b"_-", 10)),
        ),
    ),
}
"""Everything that can be found, by the name the configuration has for it."""
