"""Replayed output: what a terminal shows, and nothing that it would do."""

from __future__ import annotations

import pytest

from tokengate.record.screen import MOST_KEPT, Screen


@pytest.mark.parametrize(
    "text",
    ["plain\r\n", "\x1b[31mred\x1b[0m", "\x1b[2J\x1b[H", "\x1b[10;5Hthere", "tab\tbell".replace("bell", "x"), "ü€😀"],
)
def test_what_a_terminal_shows_passes(text: str) -> None:
    """Text, colours, the cursor, erasing; in whatever pieces."""
    assert Screen().show(text) == text
    screen = Screen()
    assert "".join(map(screen.show, text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[6n", "\x1b[c", "\x1b[>c", "\x1b]0;title\x07", "\x1b]52;c;ZXZpbA==\x07", "\x1b]52;c;ZXZpbA==\x1b\\",
        "\x1bP$q\x1b\\", "\x1b[?1049h", "\x1b[?25l", "\x1b[5i", "\x1bc", "\x1b_x\x1b\\", "\x07", "\x00", "\x1b[8;9;9t",
        "\x1b[1 @", "\x1b[#P", "\x1b[!d",
    ],
)  # fmt: skip
def test_what_a_terminal_would_do_is_left_out(text: str) -> None:
    """Answers, titles, the clipboard, modes, resets, printers, bells."""
    assert Screen().show(f"a{text}b") == "ab"
    screen = Screen()
    assert "".join(map(screen.show, f"a{text}b")) == "ab"


def test_a_sequence_without_end_is_not_kept_without_end() -> None:
    """Nor shown as one."""
    screen = Screen()
    shown = screen.show("\x1b]0;" + "x" * MOST_KEPT) + screen.show("y")
    assert "\x1b" not in shown


def test_control_characters_of_eight_bits_are_left_out() -> None:
    """Some terminals take them for the beginning of a sequence."""
    assert Screen().show("a\x9b6n\x9d0;t\x9c") == "a6n0;t"
