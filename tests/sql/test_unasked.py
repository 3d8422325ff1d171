"""Tests of tokengate.sql.unasked: what a statement runs though it does not name it."""

from __future__ import annotations

import pytest

from tests.mask.database import Catalogue
from tokengate.sql.facts import Code, Name
from tokengate.sql.postgres import analyse
from tokengate.sql.unasked import behind

TELL, FILL, CAST = Name("app", "tell"), Name("app", "fill"), Name("app", "cast")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("select 'x'::app.told", {TELL}),
        ("select * from json_to_record($1) as r(a app.told)", {TELL, CAST}),
        ("select app.told('a', 'b')", {TELL, CAST}),
        ("prepare p(app.told) as select $1", {TELL}),
        ("insert into app.orders (id) values (1)", {FILL, CAST}),
        ("create index on app.orders (id)", {FILL}),
        ("analyze app.orders", {FILL, CAST}),
        ("select id from app.orders", {CAST}),
        ("select 'x'::app.other", set()),
        ("select 1", set()),
    ],
)
def test_what_runs_unasked(text: str, found: set[Name]) -> None:
    """By types that are named, by what is filled or computed anew, and by casts that any value may be given to."""
    catalogue = Catalogue(
        types={"app.told": Code(checks=frozenset({TELL}))},
        written={"app.orders": frozenset({FILL})},
        behind_any=frozenset({CAST}),
    )
    (statement,) = analyse(text).statements
    assert behind(statement, catalogue) == found
