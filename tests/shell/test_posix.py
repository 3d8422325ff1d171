"""Commands to facts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.shell.facts import ShellFacts
from tokengate.shell.posix import COMMAND_LIMIT, analyse


def understood(text: str) -> ShellFacts:
    facts = analyse(text.encode())
    assert not facts.error, facts.error
    return facts


def ran(text: str) -> list[str]:
    """Each command as its words, what isn't known as a question mark."""
    return [
        " ".join("?" if word.text is None else word.text for word in (command.program, *command.arguments))
        for command in understood(text).commands
        if command.program is not None
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("git-upload-pack '/srv/a.git'", ["git-upload-pack /srv/a.git"]),
        ("cd /srv && git pull || exit 1", ["cd /srv", "git pull", "exit 1"]),
        ("a | b & c", ["a", "b", "c"]),
        ("a $(b $(c)) `d` \"$(e)\"", ["a ? ? ?", "b ?", "c", "d", "e"]),
        ("X=$(a) b", ["b", "a"]),
        ("a > $(b)", ["a", "b"]),
        ("if a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]),
        ("while a; do b; done; until c; do d; done", ["a", "b", "c", "d"]),
        ("for i in $(a) b; do c $i; done", ["c ?", "a"]),
        ("case $(a) in $(b)) c;; *) d;; esac", ["c", "d", "a", "b"]),
        ("f() { a; }; (b; { c; }); f", ["a", "b", "c", "f"]),
        ("cat <<E\n$(a) `b`\nE\n", ["cat", "a", "b"]),
        ("a <<E | b\nc\nE\nd", ["a", "b", "d"]),
        ("cat <<'E'\n$(a)\nE\nb", ["cat", "b"]),
        ("${x:-$(a)} b", ["? b", "a"]),
        ("ls 1 2>x 3", ["ls 1 3"]),
        ("\\rm x; 'rm' y; r'm' z; /bin/rm q", ["rm x", "rm y", "rm z", "/bin/rm q"]),
        ("! a", ["a"]),
        ("[ -n \"$x\" ] && test a = b", ["[ -n ? ]", "test a = b"]),
        ("# a\nb # c", ["b"]),
        ("echo $(($x + 1))", ["echo ?"]),
        ("a\n\nb\n", ["a", "b"]),
    ],
)  # fmt: skip
def test_every_command_is_seen(text: str, expected: list[str]) -> None:
    """In whatever it stands."""
    assert ran(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "# a", "a |", "a &&", "a (", "a(b)", "echo (a)", "a ;; b", "((1))", "a=(1 2)", "[[ -f a ]]", "time a", "! for i in a; do b; done", "! { a; }", "coproc a",
        "function f { a; }", "echo \\ c", "r\\\nm a", "a &> b", "a 'b", "} a", "a; done", "a=b if c; then d; fi", "-x a", "+x", "echo $[1]", "a | ! b", "a |\n! b", "a }", "{ a }; b; }", "a\r\nb", "a\x0bb",
        "a\u00a0b", "'\u2028'", "é", "a\x00b", "sh -c 'a |'", "eval 'a ('", "$(a", "repeat 3 a", "a $(b |)",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(text: str) -> None:
    """Whole: with an error, and without any facts."""
    facts = analyse(text.encode())
    assert facts.error
    assert not facts.commands


def test_bytes_that_are_no_text() -> None:
    """Nothing is guessed."""
    assert analyse(b"a '\xff'").error == "it is not valid UTF-8"
    assert "longer" in analyse(b"a" * (COMMAND_LIMIT + 1)).error
    assert analyse(b"${x:-" * 5000 + b"}" * 5000).error


@pytest.mark.parametrize(
    "text",
    [
        "$x a", "eval $x", "eval \"$x\"", ". ./f", "source f", "sh -c \"$x\"", "sh -c $(a)", "a | sh", "sh -s", "bash -i", "bash --rcfile f -c a", "sh /dev/stdin", "sh \"$x\"",
        "alias a=b", "xargs -I{} a {}", "env -S 'a b'", "sudo -i", "sudo $x", "timeout $x a", "find . -exec $x \\;", "find $x", "trap \"$x\" EXIT", "command $x", "exec $x",
        "echo $((x))", "unset \"$x\"", "read \"$x\"", "export $x", "printf -v x y", "printf %d \"$x\"", "[ $x ]", "[ -v x ]", "set -k", "set $x", "let x", "declare x", "busybox --list", "busybox sh",
        "sudo A=1 --x a", "exit $x", "nice -5 a", "ionice -p 1", "[ \"$x\" -eq 1 ]", "sudo -- \"$x\"", "jobs -x a", "a; - b",
    ],
)  # fmt: skip
def test_what_runs_unseen_is_dynamic(text: str) -> None:
    """Code that is known at run time only, and wrappers that are not given as they are known."""
    assert understood(text).dynamic


@pytest.mark.parametrize(
    "text",
    [
        "a", "sh -c 'a $1' b", "env A=b c", "set -euo pipefail", "set -- $x", "[ \"$x\" = y ]", "[ -n \"$x\" ]", "[ 1 -eq 2 ]", "trap - EXIT", "trap 'a' EXIT", "printf '%s\\n' $x", "exit $?", "exit 1",
        "export A=\"$x\" B=c", "read -r a", "wait $!", "command -v $x", "xargs a", "python3 x", "eval a b", "eval", "echo $((1 + 2))", "env", "exec >f",
    ],
)  # fmt: skip
def test_what_is_not_dynamic(text: str) -> None:
    """What deploy scripts are full of."""
    assert not understood(text).dynamic


def test_files_and_assignments() -> None:
    """What the shell itself opens and sets."""
    facts = understood("a <in >out 2>>log 3>|both <&4 2>&1")
    assert [(file.mode, str(file.path)) for file in facts.files] == [
        ("read", "in"),
        ("write", "out"),
        ("write", "log"),
        ("write", "both"),
    ]
    facts = understood("A=1 B=$x c; D=2; for e in f; do export G=1 H; done; read I; : ${J:=1}; env K=1 c; sudo L=1 c")
    assert [name for command in facts.commands for name in command.assignments] == [
        "A",
        "B",
        "D",
        "G",
        "H",
        "I",
        "K",
        "L",
        "J",
        "e",
    ]
    assert understood("f() { a; }; (b & c) | d; { e; } && g").constructs == {
        "function",
        "group",
        "subshell",
        "background",
        "pipeline",
        "and-or",
    }


@given(st.binary(max_size=60) | st.text(alphabet=" \n;|&()<>'\"\\$`{}[]*!#=-ab0", max_size=60).map(str.encode))
def test_nothing_is_ever_raised(raw: bytes) -> None:
    """Facts or an error, for any bytes."""
    facts = analyse(raw)
    assert bool(facts.error) != bool(facts.commands)
