"""Masks over streams: nothing that is found in the whole is let out in pieces."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.mask.detectors import Search
from tokengate.mask.finders import FINDERS
from tokengate.mask.streams import MOST_KEPT, StreamMask

SEARCH = Search([finder for name in ("card", "email", "private-key") for finder in FINDERS[name]])
CARD = b"4111 1111 1111 1111"
KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\nBBBB\n-----END OPENSSH PRIVATE KEY-----\n"


def masked(text: bytes, *cuts: int) -> bytes:
    mask = StreamMask(SEARCH)
    places = sorted({0, *cuts, len(text)})
    out = b"".join(mask.feed(text[start:end]) for start, end in itertools.pairwise(places))
    return out + mask.flush()


@pytest.mark.parametrize("text", [b"card " + CARD + b" end\nnext\n", b"to joe@example.org\r\n", KEY + b"after\n"])
def test_a_text_cut_anywhere(text: bytes) -> None:
    """Comes out as the whole would."""
    for cut in range(len(text)):
        assert masked(text, cut) == SEARCH(text)


@given(st.lists(st.sampled_from([b"word ", b"\n", CARD, b"a@b.example", b"12", b" "]), max_size=12), st.data())
def test_lines_in_any_pieces(parts: list[bytes], data: st.DataObject) -> None:
    """Nothing longer comes out than went in, and no card is whole in it."""
    text = b" x ".join(parts)
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=6))
    out = masked(text, *cuts)
    assert len(out) == len(text)
    assert CARD not in out


def test_whole_lines_go_out_at_once() -> None:
    """Only the beginning of one waits."""
    mask = StreamMask(SEARCH)
    assert mask.feed(b"one\ntwo\nthr") == b"one\ntwo\n"
    assert mask.kept == 3
    assert mask.flush() == b"thr"
    assert mask.kept == 0


def test_a_pause_does_not_hide_the_rest() -> None:
    """What was shown is searched again with what comes later: a key goes on being one, a number ends in stars."""
    mask = StreamMask(SEARCH)
    out = b""
    for at in range(0, len(KEY), 10):
        out += mask.feed(KEY[at : at + 10]) + mask.flush()
    assert b"AAAA" not in out
    assert b"BBBB" not in out
    assert len(out) == len(KEY)
    mask = StreamMask(SEARCH)
    out = mask.feed(CARD[:10]) + mask.flush() + mask.feed(CARD[10:] + b"\n")
    assert out == CARD[:10] + b"*" * 9 + b"\n"
    assert mask.masked == 1


def test_a_mask_that_changes_lengths_is_refused() -> None:
    """Places in a stream have to stay."""
    with pytest.raises(ValueError, match="length"):
        StreamMask(lambda text: text + b"!").feed(b"x")


def test_escape_sequences_hide_nothing() -> None:
    """Colours in the middle of a number, or a title."""
    shown = (
        b"\x1b[31m",
        b"\x1b]0;title\x07",
        b"\x1b[0;1m\x1b[K",
        b"\x1b(B",
        b"\x1b[1 q",
        b"\x1b=",
        b"\x1b7",
        b"\x0f",
        b"\0",
    )
    for escape in (*shown, b"\x1b_x\x1b\\", b"\x1bPq\x1b\\", b"\x1b^x\x1b\\", b"\x1bXx\x1b\\"):
        out = masked(CARD[:7] + escape + CARD[7:] + b"\n")
        assert not re.search(rb"\d", out.replace(escape, b""))


def test_what_is_found_without_an_end_stars_all_that_follows() -> None:
    """A private key that never ends, however much comes."""
    mask = StreamMask(SEARCH)
    out = mask.feed(KEY[:40])
    for _ in range(3):
        out += mask.feed(b"secret line\n" * (MOST_KEPT // 20))
    out += mask.flush()
    assert b"secret" not in out
    assert set(out) == {ord("*")}


def test_a_line_without_end_is_not_kept_without_end() -> None:
    """Its beginning goes out, with enough behind it to find what is in it."""
    mask = StreamMask(SEARCH)
    text = b"x " * MOST_KEPT + CARD
    out = b"".join(mask.feed(text[at : at + 1000]) for at in range(0, len(text), 1000))
    assert mask.kept <= MOST_KEPT
    assert out + mask.flush() == SEARCH(text)
