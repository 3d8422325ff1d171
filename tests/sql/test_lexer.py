"""Where literals and parentheses are."""

from __future__ import annotations

import pytest

from tokengate.sql.lexer import backslash_literal, first_parentheses


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("select 'a\\b'", True),
        ("select E'a\\b'", False),
        ("select $$a\\b$$, $x$'\\'$x$", False),
        ("select '' -- \\\n", False),
        ("select 1 /* '\\' */", False),
        ('select "a\\b"', False),
        ("select 'x', '\\'", True),
        ("select name'\\'", True),
        ("select '\\", True),
        ("select N'\\x'", True),
    ],
)
def test_plain_literals_with_a_backslash(text: str, found: bool) -> None:
    """Only where standard_conforming_strings decides; what doesn't end counts."""
    assert backslash_literal(text) is found


def test_parentheses() -> None:
    """The first pair's inside, whatever it quotes."""
    assert (
        first_parentheses("copy (select ')', \")\", $$)$$ /* ) */ , (1)) to stdout (format csv)")
        == "select ')', \")\", $$)$$ /* ) */ , (1)"
    )
    assert first_parentheses("copy t to stdout") == ""
