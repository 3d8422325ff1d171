"""Tests of tokengate.protocols.postgres.paths."""

from __future__ import annotations

import pytest

from tests.support.postgres import Server
from tokengate.protocols.postgres.paths import MAX_POSSIBLE, Path, SearchPaths, split_identifiers
from tokengate.sql.facts import Statement
from tokengate.sql.postgres import analyse

BEGAN = frozenset({("app", "public")})


def statement(text: str) -> Statement:
    (found,) = analyse(text).statements
    return found


def after(*texts: str, settled: str = "") -> SearchPaths:
    """Once these have been sent, and after that one alone outside of a transaction."""
    paths = SearchPaths("app")
    for text in texts:
        paths.announce(statement(text))
    if settled:
        paths.announce(statement(settled))
        paths.settle(statement(settled))
    return paths


TEXTS: list[tuple[str, Path | None]] = [
    ("", ()),
    ("  ", ()),
    ("a", ("a",)),
    (' A , "B" ,c', ("a", "B", "c")),
    ('"a""b"', ('a"b',)),
    ('"a, b",c', ("a, b", "c")),
    ('"$user", public', ("$user", "public")),
    ("$user,public", ("$user", "public")),
    ("a b", None),
    ("a,", None),
    (",a", None),
    ("a,,b", None),
    ('"a', None),
    ('""', ("",)),
    ('a, ""', ("a", "")),
    ("a\vb", None),
    ('"a"b', None),
    ("a'b;c", ("a'b;c",)),
    ("É", None),
    ('"É"', ("É",)),
    ("x" * 70, ("x" * 63,)),
    ('"' + "é" * 40 + '"', ("é" * 31,)),
    ("\ta\f\n", ("a",)),
]


@pytest.mark.parametrize(("text", "names"), TEXTS)
def test_lists_of_identifiers(text: str, names: Path | None) -> None:
    """Quotes, case, spaces and length as the server takes them; what it may refuse, or read by its locale, is none."""
    assert split_identifiers(text) == names


@pytest.mark.parametrize("text", [text for text, names in TEXTS if names and not {"$user", ""} & {*names}])
def test_the_server_reads_them_so(any_postgres: Server, text: str) -> None:
    """Schemas of these very names are what it finds."""
    names = split_identifiers(text) or ()
    create = "; ".join('create schema if not exists "' + name.replace('"', '""') + '"' for name in names)
    expected = ", ".join(map(_literal, names))
    found = any_postgres.psql(
        f"set client_min_messages = error; begin; {create};"
        f"do $do$ begin perform set_config('search_path', {_literal(text)}, true); end $do$;"
        f"select current_schemas(false) = array[{expected}]::name[]; rollback"
    )
    assert found.strip() == "t"


@pytest.mark.parametrize(
    "text", [text for text, names in TEXTS if names is None and text.isascii() and "\v" not in text]
)
def test_the_server_takes_no_others(any_postgres: Server, text: str) -> None:
    """What is no list to the gateway is none to the server."""
    with pytest.raises(AssertionError, match="invalid value for parameter"):
        any_postgres.psql(f"select set_config('search_path', {_literal(text)}, false)")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('set search_path = a, B, "C"', ("a", "b", "C")),
        ("set search_path to 'a, b'", ("a, b",)),
        ("set search_path = '$user', public", ("app", "public")),
        ("set schema 'a'", ("a",)),
        ("set search_path = ''", ("",)),
        ("select set_config('search_path', '', false)", ()),
        ("select set_config('search_path', 'a, b', false)", ("a", "b")),
        ("select set_config('search_path', '\"$user\"', true)", ("app",)),
    ],
)
def test_a_set_may_succeed(text: str, path: Path) -> None:
    """Until more is known both paths are possible."""
    assert after(text).resolved(BEGAN) == BEGAN | {path}


@pytest.mark.parametrize(
    "text",
    [
        "select set_config('search_path', $1, true)",
        "select set_config($1, 'a', true)",
        "set search_path from current",
        "set role other",
        "reset role",
        "set session authorization default",
        "select set_config('role', 'x', false)",
    ],
)
def test_a_set_of_who_knows_what(text: str) -> None:
    """A computed value or setting, another user: any path may be in force."""
    assert after(text).resolved(BEGAN) is None


@pytest.mark.parametrize(
    "text",
    [
        "select 1",
        "set work_mem = '1MB'",
        "reset search_path",
        "set local search_path to default",
        "reset all",
        "discard all",
        "discard temp",
        "alter role x set search_path = a",
        "create function f() returns int language sql set search_path = a as 'select 1'",
        "begin read only",
    ],
)
def test_what_changes_nothing(text: str) -> None:
    """Other settings, others' settings, and back to where the session began."""
    assert after(text).resolved(BEGAN) == BEGAN


def test_what_the_session_began_with_may_be_unknown() -> None:
    """Then any path is possible until one is set for sure."""
    assert after().resolved(frozenset()) is None
    assert after("set search_path = a").resolved(frozenset()) is None
    assert after(settled="set search_path = a").resolved(frozenset()) == {("a",)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("set search_path = a", {("a",)}),
        ("set local search_path = a", {*BEGAN, ("b",), ("a",)}),
        ("reset search_path", BEGAN),
        ("reset all", BEGAN),
        ("discard all", BEGAN),
        ("select set_config('search_path', 'a', false)", {*BEGAN, ("b",), ("a",)}),
        ("set search_path = ''", {("",)}),
    ],
)
def test_a_set_that_succeeded_alone(text: str, expected: set[Path]) -> None:
    """Is the only possible path; SET LOCAL outside of a transaction does nothing, a function may not have been called."""
    assert after("set search_path = b", settled=text).resolved(BEGAN) == expected


def test_an_end_of_doubt() -> None:
    """Code may have set anything, until it is set again; who has been another user may stay so until DISCARD ALL."""
    paths = after()
    paths.doubt()
    assert paths.resolved(BEGAN) is None
    paths.announce(statement("set search_path = a"))
    assert paths.resolved(BEGAN) is None
    paths.settle(statement("set search_path = a"))
    assert paths.resolved(BEGAN) == {("a",)}
    assert after("set role x", settled="set search_path = a").resolved(BEGAN) is None
    assert after("set role x", settled="reset all").resolved(BEGAN) is None
    assert after("set role x", settled="discard all").resolved(BEGAN) == BEGAN


def test_what_the_server_reports() -> None:
    """Is what it is, whatever went before."""
    paths = after("select set_config('search_path', $1, true)")
    paths.report('"$user", Public')
    assert paths.resolved(frozenset()) == {("app", "public")}
    paths.report("É")
    assert paths.resolved(frozenset()) is None


def test_many_paths_are_any() -> None:
    """The list does not grow without end."""
    paths = after(*(f"set search_path = s{number}" for number in range(MAX_POSSIBLE + 1)))
    assert paths.resolved(BEGAN) is None
