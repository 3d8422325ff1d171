"""One word of a shell command: quoting, expansions and what is left of it (POSIX, XCU 2.2 and 2.6).

A word's text is known when nothing in it is expanded at run time by any POSIX shell: parameters, substitutions, globs,
tildes, and the braces that only some shells expand, leave it unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tokengate.shell.facts import SyntaxProblem, Word

_PLAIN = re.compile(rb"[A-Za-z0-9_./:=,+@%^\-\]!#]+")
_QUOTED = re.compile(rb"[^\"\\$`]+")
_END = frozenset(b" \t\n;|&()<>")
_PARAMETER = re.compile(rb"[A-Za-z_]\w*|[0-9@*#?$!-]", re.ASCII)
_BRACED = re.compile(
    rb"(?:#(?:[A-Za-z_]\w*|[0-9]+)(?=\}))|(?:([A-Za-z_]\w*|[0-9]+|[@*?])(:?[-=?+]|%%?|##?)?)", re.ASCII
)
_COUNTED = re.compile(rb"\$#(?=[\w@*#?$!-])", re.ASCII)
_SUBSCRIPT = re.compile(rb"\[(?![0-9]*\])")
_DEFAULT = re.compile(rb"[A-Za-z0-9_./:=,+@%^\-\]\[*?~!# ]+")
_ARITHMETIC = re.compile(rb"[0-9\s+\-*/%<>=!&|^~?:,]+|\$?[A-Za-z_]\w*", re.ASCII)
_LITERAL = frozenset({b"{", b"}", b"{}", b"[", b"[[", b"]]"})
"""Words that nothing expands, though their characters mean something in others."""

PARTS_LIMIT = 2000
"""Tokens, and pieces of words, in one text: a hundred times what people write. The parser may take the square of it."""


class Words:
    """Reads the words of `raw`, which is UTF-8. `closing(at)`: the place of the parenthesis that ends a substitution.

    What they hold adds up: `substitutions` (texts that run), `assigned` (names, by `${x:=…}`), `evaluates` (arithmetic
    over variables, whose values bash evaluates as code).
    """

    def __init__(self, raw: bytes, closing: Callable[[int], int]) -> None:
        self.raw = raw
        self.substitutions: list[bytes] = []
        self.assigned: list[str] = []
        self.evaluates = False
        self._closing = closing
        self._parts = 0

    def count(self, at: int) -> None:
        """One part more. Raises when these are too many."""
        self._parts += 1
        if self._parts > PARTS_LIMIT:
            raise SyntaxProblem("it has too many parts", at)

    def extend(self, other: Words) -> None:
        """Take over what `other` has found."""
        self.substitutions += other.substitutions
        self.assigned += other.assigned
        self.evaluates |= other.evaluates

    def word(self, start: int) -> tuple[Word, int]:
        """The word that begins at `start`, and where it ends. Raises `SyntaxProblem`."""
        raw, at, text = self.raw, start, bytearray()
        known = single = True
        while at < len(raw) and raw[at] not in _END:
            plain = _PLAIN.match(raw, at)
            if plain is not None:
                text += plain[0]
                at = plain.end()
                continue
            piece, whole, at = self._piece(at)
            known, single = known and piece is not None, single and whole
            text += piece or b""
        source = raw[start:at]
        if source in _LITERAL:
            return Word(source.decode(), source.decode()), at
        if source[:1] == b"=" and source[1:] not in (b"", b"="):  # zsh expands =program
            known = False
        return Word(source.decode(), _decode(text, start) if known else None, single), at

    def _piece(self, at: int) -> tuple[bytes | None, bool, int]:
        """What is at a character that means something: its text or None, whether it stays one word, where it ends."""
        raw = self.raw
        self.count(at)
        match chr(raw[at]):
            case "'":
                end = raw.find(b"'", at + 1)
                if end < 0:
                    raise SyntaxProblem("a quote does not end", at)
                return raw[at + 1 : end], True, end + 1
            case '"':
                return self._double(at + 1)
            case "\\":
                return self._escaped(at)
            case "$":
                text, _, end = self.dollar(at, quoted=False)
                return text, text is not None, end
            case "`":
                return None, False, self._backquoted(at)
            case "*" | "?" | "[" | "{" | "}" | "~":
                return None, False, at + 1
            case _:
                raise SyntaxProblem("a character outside of quotes that shells may read differently", at)

    def _escaped(self, at: int) -> tuple[bytes, bool, int]:
        """A backslash outside of quotes."""
        following = self.raw[at + 1 : at + 2]
        if not following or following >= b"\x80":
            raise SyntaxProblem("a backslash before nothing, or before a character that is not ASCII", at)
        return (b"" if following == b"\n" else following), True, at + 2

    def _double(self, at: int) -> tuple[bytes | None, bool, int]:
        """The inside of double quotes, up to and with the closing one."""
        raw, text = self.raw, bytearray()
        known = single = True
        while at < len(raw):
            if raw[at] == 0x22:
                return (bytes(text) if known else None), single, at + 1
            piece, whole, at = self.quoted(at)
            known, single = known and piece is not None, single and whole
            text += piece or b""
        raise SyntaxProblem("a quote does not end", at)

    def quoted(self, at: int) -> tuple[bytes | None, bool, int]:
        """The next piece inside double quotes or a here-document."""
        raw = self.raw
        self.count(at)
        plain = _QUOTED.match(raw, at)
        if plain is not None:
            if plain[0][-1] >= 0x80 and raw[plain.end() : plain.end() + 1] in (b"\\", b"`"):
                raise SyntaxProblem("a backslash or backquote that is part of a character in some locales", at)
            return plain[0], True, plain.end()
        match chr(raw[at]):
            case "\\":
                following = raw[at + 1 : at + 2]
                kept = b"" if following in (b"$", b"`", b'"', b"\\", b"\n") else b"\\"
                return kept + (b"" if following == b"\n" else following), True, at + 2
            case "$":
                return self.dollar(at, quoted=True)
            case "`":
                return None, True, self._backquoted(at, unlike=b'\\"')
            case _:
                return b'"', True, at + 1  # in a here-document

    def dollar(self, at: int, *, quoted: bool) -> tuple[bytes | None, bool, int]:
        """What begins with a dollar."""
        raw = self.raw
        if raw.startswith(b"$((", at):
            return None, quoted, self._arithmetic(at)
        if raw.startswith(b"$(", at):
            end = self._closing(at + 2)
            self.substitutions.append(raw[at + 2 : end])
            return None, quoted, end + 1
        if _COUNTED.match(raw, at):
            raise SyntaxProblem("not all shells read $# alike before a name; write ${#}", at)
        if raw.startswith(b"${", at):
            return None, quoted and raw[at + 2 : at + 3] not in (b"@", b"*"), self._braced(at)
        name = _PARAMETER.match(raw, at + 1)
        if name is not None:
            self.evaluates |= _SUBSCRIPT.match(raw, name.end()) is not None  # zsh takes it for a subscript
            return None, quoted and name[0] != b"@", name.end()
        if raw[at + 1 : at + 2] in ((b" ", b'"', b"\n", b"") if quoted else (b" ", b"\n", b"")):
            return b"$", True, at + 1
        raise SyntaxProblem("an expansion that not all shells have", at)

    def _backquoted(self, at: int, unlike: bytes = b"\\") -> int:
        """A substitution in backquotes. Shells disagree about backslashes in it, and double quotes in double quotes."""
        end = self.raw.find(b"`", at + 1)
        inside = self.raw[at + 1 : end]
        if end < 0 or any(letter in unlike for letter in inside):
            raise SyntaxProblem("backquotes that don't end, or with backslashes or quotes in them; write $(…)", at)
        self.substitutions.append(inside)
        return end + 1

    def _arithmetic(self, start: int) -> int:
        """`$((…))` over numbers and variables."""
        raw, at, depth = self.raw, start + 3, 0
        while at < len(raw):
            if not depth and raw.startswith(b"))", at):
                return at + 2
            piece = _ARITHMETIC.match(raw, at)
            if piece is not None:
                self.evaluates |= piece[0][-1:].isalpha() or b"_" in piece[0] or piece[0].startswith(b"$")
                at = piece.end()
                continue
            depth += {0x28: 1, 0x29: -1}.get(raw[at], -len(raw))
            if depth < 0:
                break
            at += 1
        raise SyntaxProblem("arithmetic that not all shells have, or $( ( … ) ) without its blank", start)

    def _braced(self, start: int) -> int:
        """`${…}` as POSIX has it; no quotes inside, which shells read differently."""
        raw = self.raw
        head = _BRACED.match(raw, start + 2)
        if head is None:
            raise SyntaxProblem("an expansion that not all shells have", start)
        at = head.end()
        if head[2] in (b"=", b":="):
            self.assigned.append(head[1].decode())
        while head[2] and at < len(raw) and raw[at] != 0x7D:
            plain = _DEFAULT.match(raw, at)
            if plain is not None:
                at = plain.end()
            elif raw[at] == 0x24:
                at = self.dollar(at, quoted=False)[2]
            else:
                break
        if raw[at : at + 1] != b"}":
            raise SyntaxProblem("an expansion that not all shells have, or with quotes in it", start)
        return at + 1


def _decode(text: bytearray, at: int) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise SyntaxProblem("a word is no valid text", at) from None
