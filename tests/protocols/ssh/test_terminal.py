"""What is recorded of a terminal."""

from __future__ import annotations

import pytest

from tokengate.errors import ProtocolError
from tokengate.protocols.ssh.steps import Steps
from tokengate.protocols.ssh.terminal import MOST_TYPED, Echo, Size, Terminal
from tokengate.protocols.ssh.wire import Reader, uint32
from tokengate.testing import FakeRoute
from tokengate.values import Record


def size(columns: int, rows: int) -> Size:
    return Size(Reader(uint32(columns) + uint32(rows) + uint32(0) + uint32(0), "size"))


def made(record_input: bool = True) -> tuple[Steps, Terminal]:
    steps = Steps(FakeRoute().admission().pipeline, lambda: 0.0)
    return steps, Terminal(steps, 3, b"xterm", size(80, 24), record_input)


def lines(steps: Steps) -> list[tuple[str, str]]:
    found = [step.event for step in steps.take() if isinstance(step, Record)]
    return [(event.kind, event.fields.get("data", "")) for event in found]


def test_a_character_in_two_pieces_is_one() -> None:
    """Text is what the recording has, whatever pieces it came in."""
    steps, terminal = made()
    terminal.show("ü".encode()[:1])
    terminal.show("ü".encode()[1:])
    assert lines(steps) == [("terminal", ""), ("output", "ü")]


def test_what_is_echoed_is_recorded_as_typed() -> None:
    """In whatever pieces the echo comes."""
    steps, terminal = made()
    terminal.type(b"ls\r")
    terminal.show(b"l")
    terminal.show(b"s\r\nfile")
    assert [line for line in lines(steps) if line[0] == "input"] == [("input", "l"), ("input", "s\r")]


@pytest.mark.parametrize("shown", [b"\r\n", b"****", b"Sorry, try again", b"\x1b[0m"])
def test_what_is_not_echoed_is_forgotten(shown: bytes) -> None:
    """A password typed at a prompt without echo, or with stars, is never recorded: not even when a later output
    happens to hold it.
    """
    steps, terminal = made()
    terminal.type(b"hunter2\r")
    terminal.show(shown)
    terminal.show(b"hunter2\r\n")
    assert "input" not in [kind for kind, _ in lines(steps)]


def test_typing_is_not_kept_without_end() -> None:
    """More than a line that nothing answers to is forgotten."""
    echo = Echo()
    for _ in range(MOST_TYPED):
        echo.typed(b"ab")
    assert len(echo.shown(b"ab" * MOST_TYPED)) <= MOST_TYPED


def test_input_is_recorded_only_where_the_route_says_so() -> None:
    """Not by default."""
    steps, terminal = made(record_input=False)
    terminal.type(b"ls")
    terminal.show(b"ls")
    assert "input" not in [kind for kind, _ in lines(steps)]


def test_a_terminal_that_cannot_be_is_refused() -> None:
    """Whoever replays it has to draw it."""
    with pytest.raises(ProtocolError):
        size(1 << 31, 24)
