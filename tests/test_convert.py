from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tokengate import convert


@pytest.mark.parametrize(
    ("text", "items"),
    [("a", ("a",)), ("a, b ,c", ("a", "b", "c")), ("\na,\n b\n", ("a", "b")), ("", ()), (" , ", ())],
)
def test_names_are_split_at_commas_and_lines(text: str, items: tuple[str, ...]) -> None:
    """A list may be written on one line or one item a line, with stray commas."""
    assert convert.names(text) == items


def test_lines_keep_commas() -> None:
    """An expression with commas is one item."""
    assert convert.lines("\n  f(a, b)\n\n  c\n") == ("f(a, b)", "c")


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("90s", 90), ("15m", 900), ("1h30m", 5400), ("1h 30m", 5400), ("2d", 172800)]
)
def test_durations_are_seconds(text: str, seconds: float) -> None:
    """Units add up, in any of the spellings."""
    assert convert.duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "count"), [("4096", 4096), ("64KiB", 65536), ("1 MiB", 1 << 20), ("2GB", 2 * 10**9), ("10b", 10)]
)
def test_sizes_are_bytes(text: str, count: int) -> None:
    """KiB counts in 1024s, kB in 1000s."""
    assert convert.size(text) == count


def test_booleans_by_name() -> None:
    """INI's usual words, in any case."""
    assert [convert.boolean(text) for text in ("yes", "On", "TRUE", "1")] == [True] * 4
    assert [convert.boolean(text) for text in ("no", "Off", "FALSE", "0")] == [False] * 4


def test_bounds_and_words() -> None:
    """Both ends of a range are in it; a word is taken as written."""
    assert convert.integer(1, 10)("10") == 10
    assert convert.integer(-5, 10)(" -5 ") == -5
    assert convert.one_of("json", "text")(" json ") == "json"


@pytest.mark.parametrize(
    ("converter", "text"),
    [
        (convert.duration, "15"),
        (convert.duration, "m"),
        (convert.duration, "15m x"),
        (convert.duration, "x 15m"),
        (convert.duration, "0s"),
        (convert.duration, "-1s"),
        (convert.duration, "٣s"),
        (convert.duration, ""),
        (convert.size, "1.5MiB"),
        (convert.size, "MiB"),
        (convert.size, "1 mib b"),
        (convert.size, "0"),
        (convert.size, "-1"),
        (convert.boolean, "maybe"),
        (convert.boolean, ""),
        (convert.integer(1, 10), "0"),
        (convert.integer(1, 10), "11"),
        (convert.integer(1, 10), "5.0"),
        (convert.integer(1, 10), "1_0"),
        (convert.one_of("json", "text"), "JSON"),
    ],
)
def test_anything_else_is_a_value_error(converter: Callable[[str], Any], text: str) -> None:
    """What can't be understood is refused with a sentence that shows it."""
    with pytest.raises(ValueError, match=r"\w"):
        converter(text)
