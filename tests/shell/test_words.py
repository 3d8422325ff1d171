"""Words."""

from __future__ import annotations

import pytest

from tokengate.shell.facts import SyntaxProblem, Word
from tokengate.shell.lexer import Lexer
from tokengate.shell.words import PARTS_LIMIT


def word(text: str) -> Word:
    lexer = Lexer(text.encode())
    lexer.read()
    (token,) = lexer.tokens
    assert token.word is not None
    return token.word


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("rm", "rm"), ("'rm'", "rm"), ('"r"m', "rm"), ("\\rm", "rm"), ("r\\\nm", "rm"), ("''", ""), ("'a'\"'\"'b'", "a'b"),
        ('"a\\"b\\$c\\d"', 'a"b$c\\d'), ("'a\\'", "a\\"), ("{}", "{}"), ("[", "["), ("a=b", "a=b"), ("--x=,", "--x=,"), ('"é"', "é"), ('"5$ "', "5$ "), ("a\\ b", "a b"),
    ],
)  # fmt: skip
def test_quoting_is_removed(source: str, text: str) -> None:
    """However a name is spelled, it is the same name."""
    assert word(source).text == text


@pytest.mark.parametrize(
    ("source", "single"),
    [
        ("$x", False), ('"$x"', True), ('"$@"', False), ('"$*"', True), ('"${@}"', False), ("`a`", False), ('"$(a)"', True), ("*.c", False), ("~", False), ("a{b,c}", False),
        ("=ls", True), ("${x:-a}", False), ("$((1+2))", False), ('"a$1b"', True), ("x[1]", False), ("{a", False), ("'a'$x", False),
    ],
)  # fmt: skip
def test_what_is_expanded_is_not_known(source: str, single: bool) -> None:
    """By any shell: some leave braces and = alone, but not all. Only quoted expansions are sure to be one word."""
    found = word(source)
    assert found.text is None
    assert found.single or not single
    assert single or not found.single


def test_what_is_inside_adds_up() -> None:
    """Substitutions wherever they are, names that expansions set, arithmetic that evaluates."""
    lexer = Lexer(b'a $(b) "`c`" ${x:=$(d)} $((1+1))')
    lexer.read()
    assert lexer.words.substitutions == [b"b", b"c", b"d"]
    assert lexer.words.assigned == ["x"]
    assert not lexer.words.evaluates
    for text in (b"$((x))", b"$((1+$x))", b"$((a_))", b"$x[y]", b'"$@[y]"', b"${a:-$x[y]}"):
        lexer = Lexer(text)
        lexer.read()
        assert lexer.words.evaluates


@pytest.mark.parametrize("text", ["$#x", '"$#?"', '"\u4f60\\"; a #"', '"\u4f60`b`"'])
def test_what_shells_read_differently(text: str) -> None:
    """Among them bytes that are part of a character where the locale is not UTF-8."""
    with pytest.raises(SyntaxProblem):
        Lexer(text.encode()).read()


@pytest.mark.parametrize(
    "text", ["a " * PARTS_LIMIT + "a", "'a'" * (PARTS_LIMIT + 1), '"' + "$a" * (PARTS_LIMIT + 1) + '"']
)
def test_parts_have_a_limit(text: str) -> None:
    """Before the parser sees them."""
    with pytest.raises(SyntaxProblem, match="too many parts"):
        Lexer(text.encode()).read()
