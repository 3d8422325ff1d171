"""Trees."""

from __future__ import annotations

import pytest

from tokengate.shell.facts import SyntaxProblem
from tokengate.shell.tree import outline


def test_the_outline_says_what_words_are_for() -> None:
    """Reserved words, headers, programs: everything else is a command's own word."""
    text = b"for i in a; do case $i in b) ls c;; esac; done; f() { export D=1; }"
    found = outline(text)
    assert sorted(text[at:].split()[0] for at in found.keywords) == sorted(b"for in do case in esac; done; { }".split())
    assert sorted(text[at : at + 1] for at in found.headers) == [b"$", b"a", b"b", b"f", b"i"]
    assert [text[at:][:6] for at in found.simple] == [b"ls c;;", b"export"]
    assert found.loop_variables == ["i"]
    assert found.constructs >= {"loop", "case", "function", "group"}


@pytest.mark.parametrize(
    "text",
    [
        b"a |", b"if a; then", b"a )", b"(a", b"a;; b", b"for ((;;)); do a; done", b"select a in b; do c; done", b"a <<< b", b"a <(b)",
        b"function f { a; }", b"a $'b'", b"a(b)", b"a (b)", b"@(a)", b"if; then a; fi",
    ],
)  # fmt: skip
def test_what_is_no_posix_has_no_outline(text: bytes) -> None:
    """Mistakes that an editor's grammar bears with, and bash's own constructs."""
    with pytest.raises(SyntaxProblem):
        outline(text)
