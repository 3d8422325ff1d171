"""Facts shared where literals alone differ, and nowhere else."""

from __future__ import annotations

import pytest

from tokengate.sql.cache import Analyser


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("select a from t where i = 1", "select a from t where i = 22"),
        ("select a from t where s = 'x'", "select a from t where s = 'it''s -- ; drop'"),
        ("insert into t values (1, 'a')", "insert into t values (2, 'b')"),
        ("select 1.5", "select 2.25"),
    ],
)
def test_literals_that_do_not_matter_share(one: str, other: str) -> None:
    """One analysis serves both, each keeps its own text."""
    analyse = Analyser()
    first, second = analyse(one.encode()), analyse(other.encode())
    assert first.facts is second.facts
    assert (first.text, second.text) == (one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("select set_config('a.b', 'x', false)", "select set_config('role', 'x', false)"),
        ("set role 'a'", "set role 'b'"),
        ("copy t to '/a'", "copy t to '/b'"),
        ("select e'a ' , name , ' b'", "select e'a ' , secret , ' b'"),
        ("select 'a' , b , 'c'", "select 'a' , d , 'c'"),
        ("select U&'a' , b , 'c'", "select U&'a' , d , 'c'"),
        ("select t1.a from t1", "select t2.a from t2"),
        ("select é1 from t", "select é2 from t"),
        ("select $$ 1 $$", "select $$ 2 $$"),
        ("select 1 -- '\n, a, '", "select 1 -- '\n, b, '"),
        ('select "a\'b", c, "\'"', 'select "a\'b", d, "\'"'),
        ("select query_to_xml('a', true, true, '')", "select query_to_xml('b', true, true, '')"),
        ("fetch 1 from c", "fetch 2 from c"),
    ],
)
def test_what_decides_does_not_share(one: str, other: str) -> None:
    """Where a literal may decide, or where it isn't plain where literals are, each text is analysed itself."""
    analyse = Analyser()
    assert analyse(one.encode()).facts is not analyse(other.encode()).facts


def test_the_same_text_is_the_same_action() -> None:
    """Actions are kept by text, so that verdicts can be kept by action."""
    analyse = Analyser()
    assert analyse(b"select a from t") is analyse(b"select a from t")
    assert analyse.counts == {"hit": 1, "miss": 1}


def test_memory_is_bounded() -> None:
    """The least recently used go first; long texts are not kept at all."""
    analyse = Analyser(limit_bytes=100_000)
    for n in range(200):
        analyse(f"select column_{n}".encode())
        analyse(b"select kept")
    assert len(analyse._actions) < 30
    assert b"select kept" in analyse._actions
    analyse(b"select '" + b"x" * 100_000 + b"'")
    assert analyse._size <= 100_000
