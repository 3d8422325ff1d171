"""Tests of tokengate.mask.lineage (with flow and scope): the stored columns that everything descends from."""

from __future__ import annotations

import pytest

from tests.mask.database import Catalogue, action, origin
from tokengate.mask.effects import Effects
from tokengate.mask.flow import CLEAN, MANY, Flow, Rows, beside, merged, union
from tokengate.mask.lineage import Lineage, follow
from tokengate.mask.trust import Trust
from tokengate.sql.blocks import Operand


def lineage(text: str) -> Lineage:
    """Of one statement."""
    catalogue = Catalogue()
    (statement,) = action(text).facts.statements
    assert statement.reading.query is not None
    return follow(statement.reading.query, catalogue, Effects(Trust(), catalogue))


def outputs(text: str) -> list[str]:
    """What each output column is made of: "=" before what is unchanged, "?" where it isn't known, names shortened."""
    found = lineage(text).outputs
    assert found.rest is None
    return [" ".join(_written(flow)) for _, flow in found.columns]


def _written(flow: Flow) -> list[str]:
    short = [f"={one.relation}.{one.column}" for one in flow.exact] + [
        f"{one.relation}.{one.column}" for one in flow.computed
    ]
    return sorted(short) + (["?"] if flow.unknown else [])


TRACED = [
    ("select id, email from app.customers", ["=customers.id", "=customers.email"]),
    ("select * from app.orders", ["=orders.id", "=orders.customer_id", "=orders.total", "=orders.note", "=orders.status"]),
    ("select c.email || o.note, 1 from app.customers c, app.orders o", ["customers.email orders.note", ""]),
    ("select x.b from (select id, email from app.customers) x(a, b)", ["=customers.email"]),
    ("with w as (select email e, id from app.customers) select e, w.id from w", ["=customers.email", "=customers.id"]),
    ("with app as (select ssn as id from app.customers) select id from app", ["=customers.ssn"]),
    ("with customers as (select 1 as email) select email from customers", [""]),
    ("with customers as (select 1 as email) select email from app.customers", ["=customers.email"]),
    ("select email from app.customers union all select note from app.orders", ["=customers.email =orders.note"]),
    ("select id, email from app.customers except select id, note from app.orders", ["=customers.id =orders.id", "=customers.email =orders.note"]),
    ("select (select max(e) from (select email as e from app.customers) x)", ["=customers.email"]),
    ("select case when ssn = 'x' then name else 'y' end from app.customers", ["=customers.name customers.ssn"]),
    ("select nullif(email, ssn), greatest(email, ssn) from app.customers", ["=customers.email customers.ssn", "=customers.email =customers.ssn"]),
    ("select coalesce(x.e, 'x') from app.orders o left join lateral (select email as e from app.customers) x on true", ["=customers.email"]),
    ("select id from app.customers c full join app.orders o using (id)", ["=customers.id =orders.id"]),
    ("select * from (select id, email from app.customers) a natural join (select id, total from app.orders) b", ["=customers.id =orders.id", "=customers.email", "=orders.total"]),
    ("select a.*, b.total from (select 1 as x, ssn from app.customers) a join app.orders b on true", ["", "=customers.ssn", "=orders.total"]),
    ("select j.email from (app.customers c join (select id as oid from app.orders) o on o.oid = c.id) as j", ["=customers.email"]),
    ("with recursive r(a, b) as (select id, email from app.customers union select b::int, 'x' from r) select a, b from r", ["=customers.id customers.email", "=customers.email"]),
    ("with recursive r as (select id as x, 0 as y, email as z from app.customers union all select x, z::int, 'q' from r) select y from r", ["customers.email"]),
    ("update app.customers set name = 'x' returning id, email", ["=customers.id", "=customers.email"]),
    ("with u as (delete from app.customers returning email) select upper(email) from u", ["customers.email"]),
    ("values (1, 'x'), (2, (select email from app.customers limit 1))", ["", "=customers.email"]),
    ("select who from app.events_2026", ["=events.who =events_2026.who"]),
    ("select contact from api.customers", ["=customers.contact =customers.email"]),
    ("select c, c.name from app.customers c", ["customers.card customers.email customers.id customers.name customers.notes customers.phone customers.ssn", "=customers.name"]),
    ("select (c).ssn from app.customers c", ["=customers.ssn"]),
    ("select c.ssn from (select 1 as c) x, app.customers c", ["=customers.ssn"]),
    ("select email from app.customers where exists (select 1 from app.orders where email = note)", ["=customers.email"]),
    ("select id from orders", ["=orders.id =orders.id"]),
    ("select total * 2 as email, email from (select total, 'x' as email from app.orders) o", ["orders.total", ""]),
    ("select count(*), count(email), sum(total) over (order by c.ssn) from app.customers c, app.orders o", ["", "", "orders.total"]),
    ("select r from (select email, 1 from app.customers) r", ["customers.email"]),
    ("select c from app.customers c, (select 1) one", ["customers.card customers.email customers.id customers.name customers.notes customers.phone customers.ssn"]),
    ("select (select email from (select 1) y) from app.customers", ["=customers.email"]),
    ("select (r).x from (select (select c from app.customers c limit 1), 1) r", ["customers.card customers.email customers.id customers.name customers.notes customers.phone customers.ssn"]),
    ("select upper(a) from (select 1 + 1, ssn from app.customers) x(a, b)", [""]),
    ("select id + 1 from app.orders tablesample bernoulli (10) repeatable (1)", ["orders.id"]),
    ("select nosuch from app.customers", ["?"]),
    ("select c.nosuch from app.customers c", ["customers.card customers.email customers.id customers.name customers.notes customers.phone customers.ssn ?"]),
    ("select x from nosuch", ["?"]),
    ("select app.reveal(email) from app.customers", ["customers.email ?"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "columns"), TRACED)
def test_values_are_followed(text: str, columns: list[str]) -> None:
    """Through every way a query can pass them on, by position and name, as SQL resolves them."""
    assert outputs(text) == columns


def test_unknown_columns_leave_no_position_known() -> None:
    """A star over something unknown may be any number of columns: everything beside it may be anywhere."""
    rows = lineage("select id, nosuch.*, email from app.customers, nosuch").outputs
    assert rows.rest is not None
    assert rows.fits(7)
    assert {one.column for one in rows.at(0, 7).origins} == {"id", "email"}
    assert rows.at(0, 7).unknown


def test_a_natural_join_of_unnamed_columns_leaves_no_position_known() -> None:
    """They may be called the same, and then come first."""
    text = "select upper(b) from (select * from (select ssn, 1 + 1 from app.customers) l natural join (select 1 + 1) r) x(a, b)"
    assert outputs(text) == ["customers.ssn"]
    (sample,) = {
        lineage(
            "select 1 from app.orders tablesample system ((select length(ssn) from app.customers)) repeatable ((select email::int from app.customers))"
        ).limits
    }
    assert {one.column for one in sample.origins} == {"ssn", "email"}


def test_stored_values_are_followed_to_their_columns() -> None:
    """By name, by position, in any of several statements in one."""
    found = lineage(
        "with a as (insert into app.orders (note, status) select email, 'x' from app.customers returning id)"
        " update app.customers set name = ssn from a where a.id = 1"
    ).stored
    assert {(str(one.target), one.column, *_written(one.flow)) for one in found} == {
        ("app.orders", "note", "=customers.email"),
        ("app.customers", "name", "=customers.ssn"),
    }
    (one,) = lineage("insert into app.orders select 1, 2, 3, email from app.customers").stored
    assert one.column == "note"


def test_operands_know_their_column() -> None:
    """Compared with it or written to it; what is compared with more than a stored column knows none."""
    uses = lineage("select 1 from app.customers c where c.email = $1 and upper(ssn) = $2 and id = any($3)").operands
    assert {(use.operand, use.any, *map(str, use.origins)) for use in uses} == {
        (Operand(1), False, "app.customers.email"),
        (Operand(3), True, "app.customers.id"),
    }
    uses = lineage(
        "insert into app.customers (id, email) values (1, $1) on conflict (id) do update set ssn = $2"
    ).operands
    assert {(use.operand.parameter, *map(str, use.origins)) for use in uses if use.operand.parameter} == {
        (1, "app.customers.email"),
        (2, "app.customers.ssn"),
    }
    (use,) = lineage("select 1 from api.customers v where v.name = $1").operands
    assert {str(one) for one in use.origins} == {"api.customers.name", "app.customers.name"}


def test_what_is_given_to_code_is_noted() -> None:
    """Also in conditions, and as an attribute that is a call in disguise."""
    found = lineage(
        "select set_config('a', name, true) from app.customers c where app.f(ssn) and c.customer_email is null"
    )
    assert {(str(one.function), *_written(one.flow)) for one in found.fed if one.flow.exact} == set()
    assert {str(one.function) for one in found.fed} == {"set_config", "app.f", "customer_email"}


def test_following_ends() -> None:
    """However deep a statement nests, or how often recursion has to be followed."""
    text = "select 1"
    for n in range(9):
        text = f"with recursive w{n} as ({text} union select 1 from w{n}) select * from w{n}"
    found = lineage(text)
    assert found.touched.unknown or not found.outputs.loose().origins


def test_the_algebra() -> None:
    """Unions keep everything; renaming, joining and merging lose no flow."""
    a, b = Flow(exact=frozenset({origin("a.b.c")})), Flow(computed=frozenset({origin("d.e.f")}), unknown="x")
    assert union([]) is CLEAN
    assert union([CLEAN, a]) is a
    assert union([a, b, MANY]) == Flow(a.exact, b.computed, "x", many=True)
    assert a.changed() == Flow(computed=a.exact)
    rows = Rows((("p", a), ("q", b)))
    assert rows.renamed(("r",)).columns == (("r", a), ("q", b))
    assert rows.renamed(("r", "s", "t")).rest == union([a, b])
    assert rows.at(1, 2) == b
    assert rows.at(1, 3).unknown
    assert not rows.fits(3)
    assert merged([rows, Rows((("x", CLEAN),))]).at(0, 1) == union([a, b])
    assert beside([rows, Rows(rest=a)]).rest == a
    assert rows.many().columns[0][1].many
