"""Just enough of PostgreSQL's lexer to know where literals and parentheses are (the manual's "Lexical Structure").

The grammar itself is libpg_query's business; this finds what its tree doesn't say. What it can't make out it reports
as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>--[^\r\n]*)
  | (?P<block>/\*)
  | (?P<escape>[eE]'(?:[^'\\]|\\.|'')*')
  | (?P<string>(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')
  | (?P<quoted>(?:[uU]&)?"(?:[^"]|"")*")
  | (?P<dollar>\$(?P<tag>(?:[A-Za-z_\x80-\U0010ffff][\w\x80-\U0010ffff]*)?)\$)
  | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*)
  | (?P<number>\$?[0-9][\w.]*)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")

Token = tuple[str, int, int]
"""(kind, start, end): kinds "escape", "string", "quoted", "dollar", "word", "number", "other"; "broken" for an
unended one.
"""


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text without its spaces and comments; the last is "broken" where something does not end."""
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None  # "other" takes anything
        kind, end = match.lastgroup or "other", match.end()
        if match["block"]:
            end = _comment_end(text, at)
        elif match["dollar"] is not None:
            kind = "dollar"
            close = text.find(match["dollar"], end)
            end = -1 if close < 0 else close + len(match["dollar"])
        elif match["other"] in ("'", '"'):
            end = -1
        if end < 0:
            yield "broken", at, len(text)
            return
        if kind not in ("space", "comment", "block"):
            yield kind, at, end
        at = end


def _comment_end(text: str, at: int) -> int:
    """Where a block comment, which may nest, ends; -1 nowhere."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, at):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return -1


def backslash_literal(text: str) -> bool:
    """Whether a plain literal holds a backslash, so that where it ends depends on standard_conforming_strings."""
    if "\\" not in text:
        return False
    return any(kind == "broken" or (kind == "string" and "\\" in text[a:b]) for kind, a, b in tokens(text))


def first_parentheses(text: str) -> str:
    """What is inside the first pair of parentheses, "" when there is none."""
    depth, start = 0, 0
    for kind, a, b in tokens(text):
        if kind == "other" and text[a] == "(":
            depth += 1
            if depth == 1:
                start = b
        elif kind == "other" and text[a] == ")":
            depth -= 1
            if depth == 0:
                return text[start:a]
    return ""
