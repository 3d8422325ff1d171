"""Tests of tokengate.mask.attributes."""

from __future__ import annotations

import pytest

from tokengate.mask.attributes import resolved
from tokengate.protocols.postgres.functions import Function
from tokengate.protocols.postgres.snapshot import Relation, Snapshot, Stored
from tokengate.sql.postgres import analyse

COLUMNS = {number: Stored(number, name, 25, -1, False) for number, name in enumerate(("id", "status"), 1)}
KNOWN = Snapshot(
    {1: Relation(1, "app", "orders", "r", COLUMNS), 2: Relation(2, "app", "people", "r", {1: COLUMNS[1]})},
    functions=[Function("app", "status", False), Function("app", "fire", False), Function("pg_catalog", "upper", True)],
)


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("select o.id, o.status from app.orders o", set()),
        ("select o.status, p.id from orders o join people p on o.id = p.id", set()),
        ("select fire from app.orders", set()),
        ("select o.upper from app.orders o", set()),
        ("select o.fire from app.orders o", {"fire"}),
        ("select p.status from app.orders o, app.people p", {"status"}),
        ("select (o).fire from app.orders o", {"fire"}),
        ("select (o).status from app.orders o", set()),
        ("select 1 from app.orders o where o.fire", {"fire"}),
        ("select 1 from app.orders o order by o.fire limit 1", {"fire"}),
        ("select s.status from (select status from app.orders) s", set()),
        ("select s.fire from (select status from app.orders) s", {"fire"}),
        ("update app.orders set status = orders.fire", {"fire"}),
        ("delete from app.orders o returning o.fire", {"fire"}),
        ("with c as (select 1 as status) select c.status from c", set()),
        ("select u.fire from unheard u", {"fire"}),
        ("create index on app.orders ((orders.fire))", {"fire"}),
    ],
)
def test_attributes_that_are_calls(text: str, called: set[str]) -> None:
    """A name behind a row's is a call where a function has it and the row no such column, or nobody knows the row."""
    (statement,) = analyse(text).statements
    found = resolved(statement, KNOWN)
    assert {name.name for name in found.functions - statement.functions} == called
    assert (found is statement) == (not called)
