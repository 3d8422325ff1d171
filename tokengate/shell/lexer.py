"""The tokens of a shell command (POSIX, XCU 2.3): the first of two readings.

Only what POSIX shells agree on is a token here. What one shell reads otherwise than another raises `SyntaxProblem`.
`tokengate.shell.tree` is the second reading, and both must see the same tokens at the same places.
"""

from __future__ import annotations

import re
from typing import Literal

from attrs import frozen

from tokengate.shell.facts import SyntaxProblem, Word
from tokengate.shell.words import Words

NESTING = 12
"""Texts inside texts (substitutions, sh -c, eval): people write two or three, and each level is read again."""

_SKIPPED = re.compile(rb"(?:[ \t]|\\\n)*(?:#[^\n]*)?")
_UNKNOWN = re.compile(rb"<>|<[0-9]*-[0-9]*>|>>?\|?!|&>|\|&|<<<|;&|;;&|[<>]\(|[0-9]{2,}[<>]")
_DUPLICATE = re.compile(rb"[<>]&(?:-|(?=[0-9]))(?=[0-9]?(?:[\s;|&()<>]|\Z))")
_OPERATOR = re.compile(rb"&&|\|\||;;|>>|<<-|<<|>\||[;()|]|&|[<>](?!&)")
_DESCRIPTOR = re.compile(rb"[0-9](?=[<>])")
_DELIMITER = re.compile(rb"\w+|'\w+'|\"\w+\"")
_ODD_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(?:\[.*\]\+?=|\+=)", re.DOTALL)

Kind = Literal["word", "operator", "descriptor", "newline", "body", "end"]
"""`body` and `end`: a here-document's text and its last line."""


@frozen
class Token:
    """One token of bytes `start` to `end`. `operator`: as written, "" for other kinds."""

    kind: Kind
    start: int
    end: int
    operator: str = ""
    word: Word | None = None


class Lexer:
    """Reads `raw` into `tokens`; `words` has what was found inside the words."""

    def __init__(self, raw: bytes, depth: int = 0) -> None:
        if depth > NESTING:
            raise SyntaxProblem("it is nested too deeply")
        self.raw = raw
        self._depth = depth
        self.tokens: list[Token] = []
        self.words = Words(raw, lambda at: Lexer(raw, depth + 1).read(at, closing=True))
        self._documents: list[tuple[bytes, bool]] = []  # (delimiter as written, its body's tabs are stripped)

    def read(self, at: int = 0, *, closing: bool = False) -> int:
        """All tokens from `at`; with `closing` up to the parenthesis that nothing opened. Where it ended."""
        raw, opened = self.raw, 0
        while True:
            at = self._skip(at)
            if at >= len(raw):
                break
            if raw[at] == 0x29 and closing and not opened:
                break
            self.words.count(at)
            token = self._token(at)
            self.tokens.append(token)
            opened += {"(": 1, ")": -1}.get(token.operator, 0)
            at = self._bodies(token.end) if token.kind == "newline" else token.end
        if self._documents or (closing and at >= len(raw)):
            raise SyntaxProblem("a substitution or a here-document does not end", at)
        return at

    def _skip(self, at: int) -> int:
        """Past blanks, joined lines and a comment, which only begins where a word could."""
        skipped = _SKIPPED.match(self.raw, at)
        return skipped.end() if skipped else at

    def _token(self, at: int) -> Token:
        raw = self.raw
        if raw[at] == 0x0A:
            return Token("newline", at, at + 1)
        if _UNKNOWN.match(raw, at):
            raise SyntaxProblem("an operator that is not understood, or that not all shells have", at)
        if _DESCRIPTOR.match(raw, at):
            return Token("descriptor", at, at + 1)
        operator = _DUPLICATE.match(raw, at) or _OPERATOR.match(raw, at)
        if operator is not None:
            return self._operator(operator[0], at)
        if raw[at] in b"<>":
            raise SyntaxProblem("a descriptor may be duplicated from one digit, or closed, only", at)
        word, end = self.words.word(at)
        if _ODD_ASSIGNMENT.match(word.source) or (word.source[0] == "{" and raw[end : end + 1] in (b"<", b">")):
            raise SyntaxProblem("an assignment or a redirection that only some shells have", at)
        return Token("word", at, end, word=word)

    def _operator(self, operator: bytes, at: int) -> Token:
        if operator in (b"<<", b"<<-"):
            start = self._skip(at + len(operator))
            delimiter = _DELIMITER.match(self.raw, start)
            if delimiter is None or self.raw[delimiter.end() : delimiter.end() + 1] not in (b" ", b"\n", b""):
                raise SyntaxProblem("a here-document's delimiter is one plain word", at)
            self._documents.append((delimiter[0], operator == b"<<-"))
        return Token("operator", at, at + len(operator), operator.decode())

    def _bodies(self, at: int) -> int:
        """The here-documents that begin after this newline; where the last one ends."""
        for delimiter, stripped in self._documents:
            plain = delimiter.strip(b"'\"")
            line = re.compile(rb"^" + (rb"\t*" if stripped else b"") + plain + rb"$", re.MULTILINE).search(self.raw, at)
            if line is None:
                raise SyntaxProblem("a here-document does not end", at)
            if plain == delimiter:
                self._expanded(at, line.start())
            self.tokens.append(Token("body", at, line.start()))
            self.tokens.append(Token("end", line.start(), line.end()))
            at = line.end()
        self._documents.clear()
        return at

    def _expanded(self, at: int, end: int) -> None:
        """A body with expansions. A backslash could hide where it ends, so there is none."""
        if b"\\" in self.raw[at:end]:
            raise SyntaxProblem("a here-document with a backslash; quote its delimiter", at)
        inside = Lexer(self.raw[:end], self._depth + 1).words
        while at < end:
            _, _, at = inside.quoted(at)
        self.words.extend(inside)
