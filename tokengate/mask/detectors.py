"""The masker `detectors`: stars over what looks sensitive in any text, wherever it comes from. The second net, behind
`columns`.

It looks at values as they pass, so it knows neither where they come from nor what they were before a function changed
them. All its patterns are searched at once first, and clean text costs that one pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import re2  # type: ignore[import-untyped]  # it has none
from attrs import frozen
from zope.interface import implementer

from tokengate.components import option
from tokengate.convert import names
from tokengate.interfaces import IMasker
from tokengate.mask.finders import FINDERS, Finder, Span, options
from tokengate.mask.sieve import sieve
from tokengate.session.session import Session
from tokengate.session.tools import Tools
from tokengate.values import ALLOW, Action, Column, ColumnLineage, Operand, Request, Rewrite, RowMask, Verdict

SHORTEST = 6
"""Bytes of the shortest text in which anything can be found: an address like a@b.cd."""

MEMORY = 64 * 1024 * 1024
"""Bytes that the patterns' automaton may take. It starts anew when it is full, which costs time: with all kinds and
random text it fills a tenth.
"""

MOST_LOOKED_AT = 256 * 1024
"""Bytes of a text that are checked after a pattern matched there. A text with more in it (a document that is all
numbers) is starred whole: checking it would keep every session waiting.
"""

PASSES = 3
"""How often a text is searched at the most: when one thing is starred, the end of another that it touched may show."""

STAR = b"*"


def kinds(text: str) -> tuple[str, ...]:
    """The option's value. Raises ValueError with a sentence."""
    found = names(text)
    for name in found:
        if name not in FINDERS:
            raise ValueError(f"{name!r} is nothing that can be found; there are {', '.join(FINDERS)}")
    if not found:
        raise ValueError(f"nothing to find; there are {', '.join(FINDERS)}")
    return tuple(dict.fromkeys(found))


@frozen
class Options:
    """What can be configured."""

    find: tuple[str, ...] = option(f"what to find: {', '.join(FINDERS)}", convert=kinds)


class Search:
    """Some finders, searched at once."""

    def __init__(self, finders: Sequence[Finder]) -> None:
        self._finders = tuple(finders)
        configured = options()
        configured.max_mem = MEMORY
        patterns = re2.Set.SearchSet(configured)
        for finder in self._finders:
            patterns.Add(finder.pattern)
        patterns.Compile()
        self._match: Any = patterns.Match

    def __call__(self, text: bytes) -> bytes:
        """The text with a star for each byte of what was found; the same object when nothing was."""
        if len(text) < SHORTEST:
            return text
        for _ in range(PASSES):
            likely = self._match(text)
            spans = self._spans(text, likely) if likely else None
            if not spans:
                break
            if spans == [(0, len(text))]:
                return STAR * len(text)
            starred = bytearray(text)
            for start, end in spans:
                starred[start:end] = STAR * (end - start)
            text = bytes(starred)
        return text

    def _spans(self, text: bytes, likely: Sequence[int]) -> list[Span]:
        found: list[Span] = []
        looked_at = 0
        for finder in map(self._finders.__getitem__, likely):
            for start, end in finder.matches(text):
                looked_at += end - start
                if looked_at > MOST_LOOKED_AT:
                    return [(0, len(text))]
                found += finder.spans(text, start, end)
        return found


@implementer(IMasker)
@frozen(eq=False)
class Detectors:
    """One configured section."""

    search: Search
    rewrite: Rewrite
    constant = True

    def judge(self, request: Request, session: Session) -> Verdict:
        """Always `Allow`: what is found is masked, wherever it comes from."""
        return ALLOW

    def plan(self, columns: Sequence[Column], action: Action, session: Session) -> RowMask | None:
        """The search, for every column."""
        return (self.rewrite,) * len(columns) or None

    def lineage(self, action: Action, session: Session) -> Sequence[ColumnLineage]:
        """Nothing: it looks at values, wherever they come from."""
        return ()

    def operands(self, action: Action, session: Session) -> Sequence[Operand]:
        """None: what is starred can't be turned back."""
        return ()

    def conceal(self, text: str, action: Action | None, session: Session, placed: bool = False) -> str:
        """The text, with what was found starred."""
        return self._text(text)

    def record_text(self, text: str, action: Action, session: Session) -> str:
        """The text, with what was found starred."""
        return self._text(text)

    def _text(self, text: str) -> str:
        raw = text.encode("utf-8", "surrogatepass")
        searched = self.search(raw)
        return text if searched is raw else searched.decode("utf-8", "replace")


def configure(options: Options, tools: Tools) -> Detectors:
    """The component."""
    finders = [finder for name in options.find for finder in FINDERS[name]]
    search = Search(finders)
    return Detectors(search, Rewrite(search, tools.section, sieve(sign for finder in finders for sign in finder.signs)))
