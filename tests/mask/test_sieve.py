"""The sieve lets nothing pass that a detector would find, and stops what has no sign."""

from __future__ import annotations

import re
from itertools import accumulate, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.mask.test_finders import FOUND
from tokengate.mask.finders import FINDERS, Finder
from tokengate.mask.numbers import luhn
from tokengate.mask.sieve import WORD, likely, sieve


def sieve_of(*kinds: str) -> bytes:
    """The one of a detector of these kinds."""
    return sieve(sign for kind in kinds for finder in FINDERS[kind] for sign in finder.signs)


ALL = sieve_of(*FINDERS)
AROUND = st.binary(max_size=3)


@given(st.data(), st.sampled_from([one for kind, finders in FINDERS.items() if kind != "card" for one in finders]))
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_a_pattern_matches_has_a_sign(data: st.DataObject, finder: Finder) -> None:
    """Texts made from the pattern itself, with whatever may stand around them."""
    pattern = re.compile(finder.pattern.replace(rb"\z", rb"\Z"))  # RE2's word for it
    text = data.draw(AROUND) + data.draw(st.from_regex(pattern)) + data.draw(AROUND)
    if finder.matches(text):
        assert likely(text, sieve(finder.signs))
        assert likely(text, ALL)


@given(AROUND, st.text("0123456789", min_size=11, max_size=17), st.data(), AROUND)
def test_every_card_has_a_sign(before: bytes, digits: str, data: st.DataObject, behind: bytes) -> None:
    """In groups of whatever sizes: of its numbers a pattern makes hardly any valid ones."""
    number = next(found for last in "0123456789" if luhn(found := f"4{digits}{last}".encode()))
    sizes = data.draw(st.lists(st.integers(1, 19), max_size=6))
    places = [place for place in accumulate(sizes) if place < len(number)]
    groups = [number[start:end] for start, end in pairwise([0, *places, len(number)])]
    text = before + data.draw(st.sampled_from([b" ", b"-"])).join(groups) + behind
    (finder,) = FINDERS["card"]
    if any(span for match in finder.matches(text) for span in finder.spans(text, *match)):
        assert likely(text, sieve(finder.signs))


@pytest.mark.parametrize(("kind", "text", "_"), FOUND)
def test_whatever_is_found_is_likely(kind: str, text: str, _: list[str]) -> None:
    """The examples of what each kind finds."""
    assert likely(text.encode(), sieve_of(kind))


@pytest.mark.parametrize(
    "text", ["", "name 123456", "000123456", "2026-11-26 10:00:00.123456+00", "a sentence, with 2 numbers", "12.50"]
)
def test_ordinary_values_are_not_likely(text: str) -> None:
    """What most columns hold is not looked at: else there would be no point in it."""
    assert not likely(text.encode(), sieve_of("card", "email", "iban"))


SIGNS = st.lists(st.lists(st.sampled_from([b"a", b"b", b"ab", b"\n", b"a\n"]), min_size=1, max_size=40).map(tuple))


@given(SIGNS, st.text("ab\n", max_size=50).map(str.encode))
def test_it_is_what_searching_each_sign_would_be(signs: list[tuple[bytes, ...]], text: bytes) -> None:
    """Signs share words without touching each other, and a line end counts on both sides."""
    patterns = [b"".join(b"[%b]" % found for found in sign) for sign in signs]
    assert likely(text, sieve(signs)) == any(re.search(pattern, b"\n" + text + b"\n") for pattern in patterns)


@pytest.mark.parametrize("length", [0, WORD + 1])
def test_a_sign_fits_a_word(length: int) -> None:
    """One that doesn't can't be made: it would be searched for in part."""
    with pytest.raises(ValueError, match="positions"):
        sieve([(b"a",) * length])
