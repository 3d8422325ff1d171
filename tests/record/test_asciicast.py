"""Recorded terminals as asciicasts."""

from __future__ import annotations

import json

import pytest

from tokengate.record.asciicast import asciicast, terminals

LINES = [
    {"kind": "start", "at": 1.0},
    {"kind": "terminal", "at": 10.0, "channel": 4, "term": "xterm", "columns": 80, "rows": 24},
    {"kind": "output", "at": 10.5, "channel": 4, "data": "$ "},
    {"kind": "output", "at": 10.6, "channel": 5, "data": "another's"},
    {"kind": "input", "at": 11.0, "channel": 4, "data": "ls"},
    {"kind": "resize", "at": 12.25, "channel": 4, "columns": 100, "rows": 40},
]


def test_a_terminal_as_an_asciicast() -> None:
    """Header, output, input and sizes, by seconds since it began."""
    header, *events = map(json.loads, asciicast(LINES, 4))
    assert header == {"version": 2, "width": 80, "height": 24, "timestamp": 10, "env": {"TERM": "xterm"}}
    assert events == [[0.5, "o", "$ "], [1.0, "i", "ls"], [2.25, "r", "100x40"]]


def test_the_terminals_of_a_session() -> None:
    """By channel; one that isn't there is said so."""
    assert terminals(LINES) == [4]
    with pytest.raises(ValueError, match="no terminal"):
        list(asciicast(LINES, 5))
