"""Tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.shell.facts import SyntaxProblem
from tokengate.shell.lexer import NESTING, Lexer


def tokens(text: str) -> list[str]:
    lexer = Lexer(text.encode())
    lexer.read()
    return [text.encode()[token.start : token.end].decode() for token in lexer.tokens]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b|c", ["a", "b", "|", "c"]),
        ("a&&b||c&", ["a", "&&", "b", "||", "c", "&"]),
        ("a 2>f >>g <h >|i", ["a", "2", ">", "f", ">>", "g", "<", "h", ">|", "i"]),
        ("a 2>&1 <&- b", ["a", "2", ">&", "1", "<&-", "b"]),
        ("a2>f", ["a2", ">", "f"]),
        ("a # b\nc", ["a", "\n", "c"]),
        ("a#b", ["a#b"]),
        ("a \\\n b", ["a", "b"]),
        ("\"a;b\" 'c|d' e\\;f", ['"a;b"', "'c|d'", "e\\;f"]),
        ('a$(b ")" c)d', ['a$(b ")" c)d']),
        ("a $(b # )\n) c", ["a", "$(b # )\n)", "c"]),
        ("cat <<'E' x\n$(a\nE\nb", ["cat", "<<", "'E'", "x", "\n", "$(a\n", "E", "\n", "b"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    """As POSIX divides a text."""
    assert tokens(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a &>f", "a <>f", "a <1-2> b", "a >!b", "a >>! b", "a |& b", "a <<<b", "a <(b)", "a >(b)", "case a in a) b;& esac", "a 12>f", "a {v}>f", "a >&f", "a 2>&1-", "a+=b", "a[0]=b",
        "a 'b", 'a "b', "a $(b", "a `b", "a <<E\nb", "a <<E", "a <<$E\n$E\n", "a $'b'", 'a $"b"', "a $[1]", "a ${b/c/d}", "a ${!b}", 'a ${b:-"c"}', "a `b \\` c`", "a \"`b \"c\"`\"",
        "a \\", "a é", "a <<E\n$(b\nE\n)\nE\n", "a <<E\n\\\nE\n",
    ],
)  # fmt: skip
def test_what_shells_read_differently_is_no_token(text: str) -> None:
    """Refused, whichever of them would be right."""
    with pytest.raises(SyntaxProblem):
        tokens(text)


def test_nesting_has_an_end() -> None:
    """Each level is read again."""
    with pytest.raises(SyntaxProblem, match="deeply"):
        tokens("$(" * (NESTING + 2) + "a" + ")" * (NESTING + 2))


@given(st.text(alphabet=" \t\n;|&()<>'\"\\$`{}[]*?!#~=-ab0", max_size=40))
def test_it_reads_or_refuses(text: str) -> None:
    """Nothing but SyntaxProblem is raised, and tokens are in order and apart."""
    lexer = Lexer(text.encode())
    try:
        lexer.read()
    except SyntaxProblem:
        return
    ends = [0, *(token.end for token in lexer.tokens)]
    assert all(end <= token.start for end, token in zip(ends, lexer.tokens, strict=False))
