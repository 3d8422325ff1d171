"""Tests of tokengate.mask.ff1: the standard's own samples, and that it is a permutation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.mask.ff1 import FF1

KEY = "2B7E151628AED2A6ABF7158809CF4F3C"
LONGER = KEY + "EF4359D8D580AA4F"
LONGEST = LONGER + "7F036D6F04FC6A94"
SHORT, LONG = "0123456789", "0123456789abcdefghi"
TWEAK, OTHER = "39383736353433323130", "3737373770717273373737"

SAMPLES = [
    (KEY, 10, "", SHORT, "2433477484"),
    (KEY, 10, TWEAK, SHORT, "6124200773"),
    (KEY, 36, OTHER, LONG, "a9tv40mll9kdu509eum"),
    (LONGER, 10, "", SHORT, "2830668132"),
    (LONGER, 10, TWEAK, SHORT, "2496655549"),
    (LONGER, 36, OTHER, LONG, "xbj3kv35jrawxv32ysr"),
    (LONGEST, 10, "", SHORT, "6657667009"),
    (LONGEST, 10, TWEAK, SHORT, "1001623463"),
    (LONGEST, 36, OTHER, LONG, "xs8a0azh2avyalyzuwd"),
]
"""NIST's "FF1 Samples": key, radix, tweak, plaintext, ciphertext."""


@pytest.mark.parametrize(("key", "radix", "tweak", "plain", "encrypted"), SAMPLES)
def test_the_standards_samples(key: str, radix: int, tweak: str, plain: str, encrypted: str) -> None:
    """All nine, both ways."""
    ff1 = FF1(bytes.fromhex(key), radix, len(plain), bytes.fromhex(tweak))
    assert ff1.encrypt(int(plain, radix)) == int(encrypted, radix)
    assert ff1.decrypt(int(encrypted, radix)) == int(plain, radix)


@given(st.integers(2, 200), st.integers(2, 70), st.data())
def test_it_goes_back_and_stays_in_the_domain(radix: int, length: int, data: st.DataObject) -> None:
    """Of any radix and length that has enough numbers; of fewer it refuses."""
    if radix**length < 1_000_000:
        with pytest.raises(ValueError):
            FF1(bytes(16), radix, length)
        return
    number = data.draw(st.integers(0, radix**length - 1))
    ff1 = FF1(bytes(16), radix, length, b"x")
    encrypted = ff1.encrypt(number)
    assert 0 <= encrypted < radix**length
    assert ff1.decrypt(encrypted) == number
