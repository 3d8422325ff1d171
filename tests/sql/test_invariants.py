"""What no policy allows."""

from __future__ import annotations

import pytest

from tokengate.sql.cache import to_action
from tokengate.sql.invariants import invariants


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("selec 1", "42601"),
        ("select '", "42601"),
        ("set standard_conforming_strings = off", ""),
        ("set local client_encoding to 'latin1'", ""),
        ("select set_config('client_encoding', 'SJIS', true)", ""),
        ("select set_config(a, b, true) from t", ""),
        ("update pg_settings set setting = 'off' where name = 'x'", ""),
        ("update pg_catalog.pg_settings set setting = 'off'", ""),
        ("set backslash_quote = on", ""),
    ],
)
def test_refused_whatever_the_policy(text: str, code: str) -> None:
    """Unparsable text gets the parser's error; changes of how SQL is read get a refusal."""
    refusal = invariants(to_action(text.encode()))
    assert refusal is not None
    assert refusal.code == code


@pytest.mark.parametrize(
    "text",
    [
        "select 1",
        "set client_encoding = 'utf8'",
        "set escape_string_warning = off",
        "reset all",
        "select set_config(name, 'view, foreign-table', false) from pg_settings",
    ],
)
def test_ordinary_statements_pass(text: str) -> None:
    """What drivers and pg_dump send at their start is none of it."""
    assert invariants(to_action(text.encode())) is None
