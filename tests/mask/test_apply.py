"""Tests of tokengate.mask.apply: what of a value is left."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.mask.apply import LEAST_HIDDEN, STARS, digest, partial
from tokengate.values import Hash, Partial

MASKS = st.builds(Partial, st.integers(0, 6), st.integers(0, 6))


@pytest.mark.parametrize(
    ("text", "mask", "shown"),
    [
        ("Johanna", Partial(), "J***"),
        ("Johanna", Partial(0, 0), "***"),
        ("Johanna", Partial(2, 1), "Jo***a"),
        ("4111111111111111", Partial(4, 4), "4111***1111"),
        ("Jana", Partial(), "J***"),
        ("Jan", Partial(), "***"),
        ("J", Partial(), "***"),
        ("", Partial(), ""),
        ("Жанна", Partial(), "Ж***"),
        ("johanna@example.com", Partial(), "j***@example.com"),
        ("jo@example.com", Partial(), "***@example.com"),
        ("johanna@example.com", Partial(1, 1), "j***a@example.com"),
        ("johanna@4111111111111111", Partial(), "j***"),
        ("johanna@localhost", Partial(), "j***"),
        ("secret words @example.com", Partial(), "s***@example.com"),
        ("@example.com", Partial(), "@***"),
        ("a@b@example.com", Partial(), "a***"),
        ("johanna@example.com\nline two", Partial(), "j***"),
    ],
)
def test_partial(text: str, mask: Partial, shown: str) -> None:
    """The ends are kept, what is too short is hidden whole, an address keeps a domain that is one."""
    assert partial(text, mask) == shown


@given(st.text(), MASKS)
def test_partial_never_shows_more_than_its_ends(text: str, mask: Partial) -> None:
    """Outside an address, at most prefix and suffix are shown, and three characters or more are not."""
    shown = partial(text.replace("@", ""), mask)
    kept = shown.replace(STARS, "", 1)
    assert len(kept) <= mask.prefix + mask.suffix
    assert not kept or len(text.replace("@", "")) - len(kept) >= LEAST_HIDDEN


@given(st.text(), st.text(), MASKS)
def test_partial_hides_length(start: str, middle: str, mask: Partial) -> None:
    """Values with the same ends look the same, however long."""
    ends = "a" * 6 + start.replace("@", ""), "z" * 6
    one, other = ends[0] + "xxx" + ends[1], ends[0] + middle.replace("@", "") + "yyyy" + ends[1]
    assert partial(one, mask) == partial(other, mask)


@given(st.one_of(st.text(), st.emails()), MASKS)
def test_partial_twice_is_partial_once(text: str, mask: Partial) -> None:
    """A value that was masked before it is masked again loses nothing more."""
    assert partial(partial(text, mask), mask) == partial(text, mask)


@given(st.binary(), st.binary(min_size=1))
def test_digest_is_hmac_sha256(value: bytes, key: bytes) -> None:
    """Whoever has the key can compute the digest with any tool."""
    assert digest(value, Hash(key)) == hmac.new(key, value, hashlib.sha256).digest()
