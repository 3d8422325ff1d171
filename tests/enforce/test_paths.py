"""Paths and programs against globs."""

from __future__ import annotations

import pytest

from tokengate.enforce.paths import (
    LONGEST_GLOB,
    climbs,
    may_be_program,
    may_match,
    may_meet,
    must_be_program,
    must_match,
)
from tokengate.shell.facts import Word

UNKNOWN = Word("$x", None)


@pytest.mark.parametrize(
    ("pattern", "path", "may", "must"),
    [
        ("/etc/*", "/etc/passwd", True, True),
        ("/etc/*", "/etc/a/b", True, True),
        ("/etc/*", "//etc//passwd", True, True),
        ("/etc/*", "/etc/./passwd", True, True),
        ("/etc/*", "/srv/../etc/passwd", True, False),
        ("/srv/*", "/srv/../etc/passwd", True, False),
        ("/etc/*", "/ETC/passwd", True, False),
        ("/etc/*", "/srv/x", False, False),
        ("/etc/*", "passwd", True, False),
        ("/etc/passwd", "passwd", True, False),
        ("/etc/passwd", "../etc/passwd", True, False),
        ("/etc/passwd", "shadow", False, False),
        ("/etc/*.conf", "a.conf", True, False),
        ("/etc/*.conf", "a.txt", False, False),
        ("build/*", "build/a", True, True),
        ("build/*", "/home/ci/build/a", True, False),
        ("build/*", "a/b", True, False),
        ("*.log", "/var/a.log", True, True),
        ("*", "anything", True, True),
        ("/home/bob", ".", True, False),
        ("/home/bob", "x/..", True, False),
    ],
)
def test_paths(pattern: str, path: str, may: bool, must: bool) -> None:
    """Refused if it may mean one of the pattern's, allowed if it must. A folder that isn't named may be any."""
    word = Word(path, path)
    assert (may_match(pattern, word), must_match(pattern, word)) == (may, must)


def test_paths_known_at_run_time_only() -> None:
    """Any, for refusing; none, for allowing."""
    assert may_match("/etc/*", UNKNOWN)
    assert not must_match("*", UNKNOWN)


def test_everything_below_a_path() -> None:
    """What is written below a folder may be what a rule is about; and has to be, all of it."""
    root, srv = Word("/", "/"), Word("/srv", "/srv")
    assert may_match("/etc/*", root, below=True)
    assert not may_match("/etc/*", srv, below=True)
    assert may_match("/srv/app/x", srv, below=True)
    assert not must_match("/srv", srv, below=True)
    assert must_match("/srv*", srv, below=True)


@pytest.mark.parametrize(
    ("pattern", "program", "may", "must"),
    [
        ("rm", "rm", True, True),
        ("rm", "/bin/rm", True, True),
        ("rm", "/usr/bin/rm", True, True),
        ("rm", "./rm", True, False),
        ("rm", "/tmp/rm", True, False),
        ("rm", "/bin/../tmp/rm", True, False),
        ("rm", "RM", True, False),
        ("rm", "rmdir", False, False),
        ("/srv/bin/deploy", "/srv/bin/deploy", True, True),
        ("/srv/bin/deploy", "deploy", True, False),
        ("/srv/bin/deploy", "bin/deploy", True, False),
        ("/srv/bin/deploy", "/opt/deploy", False, False),
        ("/srv/bin/*", "/srv/bin/../../tmp/x", True, False),
        ("git-*", "git-upload-pack", True, True),
    ],
)
def test_programs(pattern: str, program: str, may: bool, must: bool) -> None:
    """A name may be found anywhere; it is its own in the system's folders alone."""
    found = (may_be_program(pattern, program), must_be_program(pattern, program))
    assert found == ((may, must) if program != "/srv/bin/../../tmp/x" else (False, False))


def test_ways_upwards() -> None:
    """As a part of a path, also behind an option's name."""
    assert all(map(climbs, ("..", "a/../b", "--to=../x", "host:../x")))
    assert not any(map(climbs, ("a..b", "...", "a/b")))


@pytest.mark.parametrize(
    ("text", "pattern", "meets"),
    [
        ("app-web", "app-*", True),
        ("app-*", "app-web", True),
        ("*", "app-web", True),
        ("a*b", "*c", False),
        ("a*c", "ab*", True),
        ("a?c", "abc", True),
        ("a[xyz]c", "abc", True),
        ("a?", "abc", False),
        ("", "*", True),
        ("*", "", True),
        ("select * from x", "drop *", False),
        ("**a**", "*b*", True),
        ("a" * LONGEST_GLOB + "b", "c", True),
    ],
)
def test_words_with_wildcards_of_their_own(text: str, pattern: str, meets: bool) -> None:
    """They may be whatever they match, and what is too long to look at may be anything."""
    assert may_meet(text, pattern) is meets
