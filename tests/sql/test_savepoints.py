"""Tests of tokengate.sql.savepoints."""

from __future__ import annotations

import pytest

from tokengate.sql.made import NOTHING_MADE, Made
from tokengate.sql.postgres import analyse
from tokengate.sql.savepoints import Savepoints


def made_by(script: str) -> str:
    """What is made after these statements, each alone; one behind `!` fails, one behind `~` has another behind it."""
    savepoints, made = Savepoints(), NOTHING_MADE
    for text in script.split("; "):
        (statement,) = analyse(text.lstrip("!~")).statements
        made = made.after(statement, lambda name: False)
        savepoints.note(statement)
        if text[0] not in "!~":
            made = savepoints.reached(statement, made)
    return _names(made)


def _names(made: Made) -> str:
    return " ".join(sorted(map(str, made.relations)))


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ("create table a (x int); savepoint s; create table b (x int); rollback to s", "a"),
        ("create table a (x int); savepoint s; drop table a; rollback to s; rollback to s", "a"),
        ("create table a (x int); savepoint s; create table b (x int); release s", "a b"),
        ("create table a (x int); savepoint s; savepoint t; create table b (x int); rollback to s; rollback to t", ""),
        ("create table a (x int); savepoint s; create table b (x int); savepoint s; rollback to s", "a b"),
        ("create table a (x int); savepoint s; create table b (x int); savepoint s; release s; rollback to s", "a"),
        ("create table a (x int); savepoint s; create table b (x int); !savepoint s; rollback to s", ""),
        ("create table a (x int); savepoint s; create table b (x int); ~savepoint s; rollback to s", ""),
        ("create table a (x int); savepoint s; !rollback to s", ""),
        ("create table a (x int); rollback to s", ""),
        ("savepoint s; create table a (x int); rollback", ""),
    ],
)
def test_what_is_left_after_a_rollback(script: str, names: str) -> None:
    """What there was at the savepoint, if it is known which one it is, and that it was reached."""
    assert made_by(script) == names
