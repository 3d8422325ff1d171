"""Builtins."""

from __future__ import annotations

import pytest

from tokengate.shell.builtins import assigned, hazard, rebinds
from tokengate.shell.facts import Word


def split(text: str) -> tuple[str, tuple[Word, ...]]:
    """Words divided by blanks: $x may be any number of them, "$x" is one."""
    name, *words = text.split(" ")
    return name, tuple(Word(word, None if "$" in word else word, single=not word.startswith("$")) for word in words)


@pytest.mark.parametrize(
    "text",
    [
        ". f", "source f", "alias a=b", "let a", "declare -i a", "typeset a", "mapfile -C a", "compgen -C a", "enable -f a", "hash -p a b", "shopt -s extglob", "jobs -x a", "coproc a",
        "unset a[0]", 'unset "$x"', "unset $x", "read a[0]", "read $x", "export a[0]=1", "export $x", 'export "$x"', "export A=1 $x", "local -n A=PATH", "local -i A", "readonly -i A", "export -i A", "nameref A=PATH", "printf -v a b", "printf $x", 'printf %d "$x"',
        "[ -v a ]", 'test "$x" "$y"', 'test "$x" -eq 1', "test $x = a", "test a[0] -eq 1", 'exit "$x"', "return $x", "shift a[0]", "set -k", "set $x", "set -o vi", "set +H", "wait -p a", "getopts a $x",
        "[ a -eq 1 ]", "test ! 1 -lt a", "[ -t a ]", "[ ! ! -t a ]", "[ a = a -a 1 -eq b ]", "printf %d a", "exit a", "return a", "shift a", "break a", "bye a", "ulimit -n a",
    ],
)  # fmt: skip
def test_what_evaluates(text: str) -> None:
    """In at least one shell."""
    assert hazard(*split(text))


@pytest.mark.parametrize(
    "text",
    [
        "echo $x", "cd $x", "export A=b C", 'export A="$x"', "unset A B", "read -r a b", "printf %s\\n $x", "printf %d 5", "[ -n a ]", '[ "$x" = "$y" ]', '[ ! -e "$x" ]', "test 1 -eq -2", "[ -t 1 ]", "[ a = b -o 1 -eq 2 ]", "ulimit -n 1024", "ulimit -c unlimited", "[ ]",
        'test "$x"', "exit", "exit 1", 'exit "$?"', "return $?", "shift 2", "set -e", "set -euo pipefail", "set -- $x", "set +x", "set a b", "wait", "wait $!", "getopts ab: o", "true", "ls $x",
    ],
)  # fmt: skip
def test_what_evaluates_nothing(text: str) -> None:
    """In any."""
    assert not hazard(*split(text))


def test_variables_that_builtins_set() -> None:
    """By name, with a value or without."""
    assert assigned(*split("export A=1 B -n")) == ("A", "B")
    assert assigned(*split("read -r PATH")) == ("PATH",)
    assert assigned(*split("getopts ab OPT x")) == ("OPT",)
    assert assigned(*split('readonly A="$x"')) == ("A",)
    assert assigned(*split("echo A=1")) == ()


def test_variables_that_rebind() -> None:
    """What decides which program a name means, or what runs besides."""
    assert all(
        map(
            rebinds,
            ("PATH", "path", "LD_PRELOAD", "BASH_ENV", "IFS", "PS4", "BASH_FUNC_a%%", "histchars", "NULLCMD", "RANDOM"),
        )
    )
    assert not any(map(rebinds, ("LANG", "PATHS", "MY_PATH", "x", "random")))
