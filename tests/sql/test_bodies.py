"""Tests of tokengate.sql.bodies."""

from __future__ import annotations

import pytest

from tokengate.sql.bodies import DYNAMIC, actions, statements


def kinds(found: object) -> list[str]:
    assert isinstance(found, tuple)
    return [one.kind for one in found]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("select 1; delete from t", ["select", "delete"]),
        ("BEGIN ATOMIC\n DELETE FROM t;\n SELECT 1;\nEND", ["delete", "select"]),
        ("RETURN (a + f(1))", ["select"]),
        ("", []),
    ],
)
def test_functions_in_sql(body: str, expected: list[str]) -> None:
    """Old and standard bodies are statements; what can't be parsed is not read."""
    assert kinds(statements("sql", body)) == expected
    assert statements("sql", "delete frm t") is None


def test_functions_in_plpgsql() -> None:
    """Its SQL, and whether it puts some together. Other languages are not read."""
    assert kinds(statements("plpgsql", "begin delete from t; n := 1; end")) == ["delete", "select"]
    assert statements("plpgsql", "begin execute 'x'; end") == (*(statements("sql", "select 'x'") or ()), DYNAMIC)
    assert statements("plpgsql", "begin delete frm t; end") is None
    assert statements("plpgsql", "no body") is None
    assert statements("plpython3u", "pass") is None


def test_rules() -> None:
    """Each action by itself, and the condition's calls; NOTHING does nothing."""
    rule = "create rule r as on insert to t where f(new.a) do instead {}"
    found = actions(rule.format("(insert into u values (new.a); delete from v where b = old.b)"))
    assert kinds(found) == ["insert", "delete", "select"]
    assert found is not None
    assert [str(name) for name in found[2].functions] == ["f"]
    assert [str(name) for name in found[0].writes] == ["u"]
    assert found[1].reading is not None
    assert found[1].reading.query is not None
    assert kinds(actions(rule.format("nothing"))) == ["select"]
    assert actions("") is None
    assert actions("select 1") is None
