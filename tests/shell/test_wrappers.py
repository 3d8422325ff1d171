"""Wrappers."""

from __future__ import annotations

import pytest

from tokengate.shell.facts import Word
from tokengate.shell.wrappers import INTERPRETERS, Inside, look_inside


def inside(text: str) -> Inside:
    """Of words divided by blanks; those with a dollar are not known."""
    words = [Word(word, None if "$" in word else word, "$" not in word) for word in text.split(" ")]
    return look_inside(words[0].source, tuple(words[1:]))


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("env rm x", "rm x"), ("env A=1 B=2 rm", "rm"), ("env -u A -i rm", "rm"), ("env -uA rm", "rm"), ("env --unset=A rm", "rm"), ("env --unset A rm", "rm"),
        ("env -- rm", "rm"), ("sudo -n -u app rm -rf x", "rm -rf x"), ("sudo -nu app A=1 rm", "rm"), ("sudo --user=app -- rm", "rm"), ("nohup rm", "rm"),
        ("timeout 5 rm", "rm"), ("timeout -k 1 -s KILL 5 rm x", "rm x"), ("timeout --signal=KILL 5 rm", "rm"), ("nice -n 5 rm", "rm"), ("nice -n5 rm", "rm"),
        ("ionice -c2 -n 7 rm", "rm"), ("stdbuf -oL rm", "rm"), ("setsid -w rm", "rm"), ("command rm", "rm"), ("command -p rm", "rm"), ("exec rm", "rm"),
        ("busybox rm x", "rm x"), ("xargs -0 -n 1 rm -f", "rm -f (its input)"), ("xargs -n1 rm", "rm (its input)"), ("find . -type f -exec rm -f {} ;", "rm -f {}"),
        ("find . -name x -execdir rm {} +", "rm {}"), ("env $x", "$x"), ("timeout $x rm", "$x rm"),
    ],
)  # fmt: skip
def test_the_command_behind_a_wrapper(text: str, command: str) -> None:
    """By each wrapper's own options."""
    found = inside(text)
    assert not found.dynamic
    assert [" ".join(word.source for word in one) for one in found.commands] == [command]


@pytest.mark.parametrize(
    "text",
    [
        "env -S rm", "env - rm", "env --split-string=rm", "sudo -i rm", "sudo -s rm", "sudo --login rm", "sudo A=1 --x rm", "sudo -u $x rm", "timeout --fore 5 rm", "nice -5 rm",
        "xargs -I{} rm", "xargs -i rm", "exec -a rm busybox", "command -x rm", "nohup -x rm", "find . -exec $x ;", "find $x", "eval $x", "trap $x", "sh", "sh -s", "sh $x", "bash -i",
        "bash -c", "bash -c $x", "bash --init-file f -c a", "bash -O extglob -c a", "sh /dev/fd/3", "sh ../f", "busybox --install", "sh +c a", "bash +ec a",
    ],
)  # fmt: skip
def test_what_a_wrapper_is_not_known_by(text: str) -> None:
    """Then it may run anything."""
    assert inside(text).dynamic
    assert not inside(text).commands


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("sh -c a", ("a",)), ("bash -lc a b c", ("a",)), ("bash -c -e a", ("a",)), ("bash -eo pipefail -c a", ("a",)), ("bash -o errexit -c a", ("a",)), ("sh -ec -- a", ("a",)),
        ("bash --login -c a", ("a",)), ("eval a b", ("a b",)), ("eval -- a", ("a",)), ("trap a EXIT", ("a",)), ("trap - EXIT", ()), ("trap 2 3", ()), ("sh +e -c a", ("a",)),
    ],
)  # fmt: skip
def test_texts_that_a_shell_reads(text: str, texts: tuple[str, ...]) -> None:
    """They are read as the command itself is."""
    assert inside(text) == Inside(texts=texts)


def test_variables_that_wrappers_set() -> None:
    """env takes any name, functions that bash imports included; a value may be known at run time only."""
    value = Word('A="$x"', None)
    assert look_inside("env", (value, Word("b", "b"))).assignments == ("A",)
    assert look_inside("env", (value, Word("b", "b"))).commands == ((Word("b", "b"),),)
    found = inside("env BASH_FUNC_ls%%=() bash -c ls")
    assert found.assignments == ("BASH_FUNC_ls%%",)
    assert [one[0].text for one in found.commands] == ["bash"]
    assert inside("env A=$x b").commands[0][0].text is None
    assert inside("sudo /a=b c").dynamic


def test_what_only_asks_runs_nothing() -> None:
    """A wrapper without a command, and `command -v`."""
    for text in ("command -v rm", "command -V $x", "env", "env A=1", "xargs", "sudo -n"):
        assert not inside(text).commands
        assert not inside(text).dynamic


def test_interpreters_and_scripts() -> None:
    """They are named as such; a script's words are its own."""
    assert inside("python3.11 -c x").interpreter
    assert inside("sh deploy.sh").interpreter
    assert not inside("ls").interpreter
    for name in (
        "perl",
        "gawk",
        "make",
        "ssh",
        "docker",
        "node",
        "su",
        "setarch",
        "ld-linux-x86-64.so.2",
        "sftp-server",
    ):
        assert INTERPRETERS.fullmatch(name)


def test_scp_by_path() -> None:
    """`-t` writes below its path, `-f` reads from it."""
    assert [(file.mode, file.path.source, file.below) for file in inside("scp -r -t /srv").files] == [
        ("write", "/srv", True)
    ]
    assert [(file.mode, file.path.source) for file in inside("scp -pf -- /a /b").files] == [
        ("read", "/a"),
        ("read", "/b"),
    ]
    assert {file.mode for file in inside("scp $x /a").files} == {"read", "write"}
    assert [file.path.source for file in inside("scp -f -- -x/../y").files] == ["-x/../y"]
    assert not inside("scp -t /srv").interpreter
    for text in ("scp -S x a b:c", "scp a b:c", "scp $x /a", "scp -t $x", "scp -f /a -S x", "scp -tS x"):
        assert inside(text).interpreter


def test_files_that_find_writes() -> None:
    """By name, as a redirection would."""
    files = inside("find . -fprint a -name b -fprintf c %p -fls d").files
    assert [(file.mode, file.path.source) for file in files] == [("write", "a"), ("write", "c"), ("write", "d")]
