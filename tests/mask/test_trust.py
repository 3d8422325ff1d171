"""Tests of tokengate.mask.trust: which functions an administrator vouches for."""

from __future__ import annotations

import pytest

from tokengate.mask.trust import Trust
from tokengate.sql.facts import Name


@pytest.mark.parametrize(
    ("patterns", "schema", "name", "covered"),
    [
        (("app.next_id",), "app", "next_id", True),
        (("app.next_id",), None, "next_id", False),
        (("next_id",), None, "next_id", True),
        (("next_id",), "evil", "next_id", False),
        (("app.*",), "app", "f", True),
        (("st_*",), None, "st_area", True),
        (("st_*",), "public", "st_area", False),
        ((), None, "f", False),
    ],
)
def test_names_are_compared_as_written(patterns: tuple[str, ...], schema: str | None, name: str, covered: bool) -> None:
    """An unqualified call may be any schema's function, so only an unqualified pattern vouches for it."""
    assert Trust(patterns).covers(Name(schema, name)) is covered
