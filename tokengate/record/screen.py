"""What a recorded terminal showed, made fit for the terminal of whoever looks at it: colours and cursor, nothing else.

Used by `tokengate sessions replay`. A sequence that makes a terminal answer, set its title, write the clipboard or
change its modes for good is left out, and so is whatever is not known.
"""

from __future__ import annotations

import re

MOST_KEPT = 4096
"""Characters of a sequence that has not ended: no terminal's is longer."""

_STRING = r"[\]PX^_](?:[^\x07\x1b]|\x1b(?!\\))*"
"""A command whose text a terminal reads up to its end: titles, the clipboard, device settings."""

_SEQUENCE = re.compile(
    rf"\x1b(?:\[(?P<parameters>[0-?]*)(?P<intermediate>[ -/]*)(?P<final>[@-~])"
    rf"|{_STRING}(?:\x07|\x1b\\)|[ -/]*[0-Z\\`-~])"
)
_BEGUN = re.compile(rf"\x1b(?:\[[0-?]*[ -/]*|{_STRING}\x1b?|[ -/]*)?\Z")
_HARMLESS = frozenset("ABCDEFGHJKLMPSTX@dfm`")
"""Ends of control sequences that move the cursor, erase, scroll and colour (ECMA-48)."""


class Screen:
    """One terminal's output, fed as it was recorded."""

    def __init__(self) -> None:
        self._begun = ""

    def show(self, text: str) -> str:
        """What of `text` may be written to a terminal. The beginning of a sequence waits for its end."""
        text = self._begun + text
        begun = _BEGUN.search(text)
        self._begun = ""
        if begun is not None and len(begun[0]) <= MOST_KEPT:
            text, self._begun = text[: begun.start()], begun[0]
        parts: list[str] = []
        at = 0
        for sequence in _SEQUENCE.finditer(text):
            parts += (_plain(text[at : sequence.start()]), _kept(sequence))
            at = sequence.end()
        return "".join((*parts, _plain(text[at:])))


def _kept(sequence: re.Match[str]) -> str:
    private = (sequence["parameters"] or "").startswith(("?", ">", "<", "="))
    harmless = sequence["final"] in _HARMLESS and not private and not sequence["intermediate"]
    return sequence[0] if harmless else ""


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isprintable() or char in "\r\n\b\t")
