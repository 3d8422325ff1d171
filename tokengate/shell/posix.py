"""A shell command to its `ShellFacts`. What is not understood has an error and nothing else; nothing is ever raised."""

from __future__ import annotations

import re
import unicodedata

from tokengate.shell.facts import ShellFacts, SyntaxProblem
from tokengate.shell.reading import Reading

COMMAND_LIMIT = 32 * 1024
"""Bytes of a command; deploy tools send a few thousand. Longer ones are refused before they cost anything."""

_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
"""Characters that a shell may drop, keep or end at: NUL, CR, and all but tabs and newlines."""


def analyse(command: bytes) -> ShellFacts:
    """The facts of a command as a client sent it."""
    reading = Reading()
    try:
        _check(command)
        reading.text(command)
        if not reading.commands:
            raise SyntaxProblem("it holds no command")
    except SyntaxProblem as problem:
        return ShellFacts(error=problem.message, error_position=problem.position)
    except RecursionError:
        return ShellFacts(error="it is nested too deeply")
    return ShellFacts(
        commands=tuple(reading.commands),
        constructs=frozenset(reading.constructs - {""}),
        files=tuple(reading.files),
    )


def _check(command: bytes) -> None:
    """Raise for bytes that shells don't read alike."""
    if len(command) > COMMAND_LIMIT:
        raise SyntaxProblem(f"it is longer than {COMMAND_LIMIT} bytes", COMMAND_LIMIT)
    if command.startswith((b"-", b"+")):
        raise SyntaxProblem("a shell would take it for an option of its own")
    control = _CONTROL.search(command)
    if control is not None:
        raise SyntaxProblem("it holds a control character", control.start())
    try:
        text = command.decode()
    except UnicodeDecodeError as error:
        raise SyntaxProblem("it is not valid UTF-8", error.start) from None
    if not text.isascii() and any(
        unicodedata.category(letter) in ("Zs", "Zl", "Zp", "Cc", "Cf") for letter in text if letter > "~"
    ):
        raise SyntaxProblem("it holds a space or a mark that can't be seen")
