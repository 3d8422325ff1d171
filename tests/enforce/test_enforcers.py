"""Enforcers over real statements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.enforce.database import session
from tokengate.enforce import approval, expression, sql
from tokengate.enforce.rules import Item, items
from tokengate.errors import ConfigError
from tokengate.session.tools import Tools
from tokengate.sql.cache import to_action
from tokengate.values import Allow, Deny, Hold, Request, Verdict

TOOLS = Tools("rules", Path("/"), Path("/"), None, None)


def judged(enforcer: Any, text: str, **facts: Any) -> Verdict:
    verdict: Verdict = enforcer.judge(Request(to_action(text.encode()), 1), session(**facts))
    return verdict


def rules(**lists: str) -> sql.Sql:
    options = {
        name: items(text) if name in ("deny", "allow", "hold") else tuple(text.split()) for name, text in lists.items()
    }
    return sql.configure(sql.Options(**options), TOOLS)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("deny", "text", "denied"),
    [
        ("ddl", "drop table x", True),
        ("drop", "create table x (a int)", False),
        ("write on app.orders", "update app.orders set a = 1 where b = 2", True),
        ("write on app.orders", "update orders set a = 1 where b = 2", True),
        ("write on app.orders", "update other.orders set a = 1 where b = 2", False),
        ("write on app.orders", "insert into app.log select * from app.orders", False),
        ("write on app.*", "with d as (delete from app.x where a = 1 returning *) select * from d", True),
        ("read on *.secrets", "select * from app.secrets", True),
        ("read on *.secrets", "explain select * from secrets", True),
        ("read on *.secrets", "update app.secrets set a = 1 where b = 2", False),
        ("read on *.secrets", "update app.secrets set a = 1 where b = 2 returning c", True),
        ("read on *.secrets", "update app.t set a = s.a from app.secrets s where t.b = s.b", True),
        ("read on *.secrets", "delete from app.t using app.secrets s where t.b = s.b", True),
        ("read on *.secrets", "merge into app.t using app.secrets s on t.b = s.b when matched then delete", True),
        ("read on *.secrets", "update app.t set a = u.a from app.u where t.b = u.b returning t.a", False),
        ("unfiltered-write", "delete from t", True),
        ("function pg_sleep", "select pg_sleep(1)", True),
        ("function pg_*", "select pg_catalog.pg_sleep(1)", True),
        ("function pg_sleep", "select (1).pg_sleep", True),
        ("function app.*", "select f(1)", True),
        ("function app.*", "select other.f(1)", False),
        ("opaque-function", "select mine(1)", True),
        ("opaque-function", "select upper('x'), count(*)", False),
        ("opaque-function", "select 1 === 2", True),
        ("read-only", "select nextval('s')", True),
        ("read-only", "select * from t order by 1", False),
        ("read-only", "set search_path = x", False),
        ("read-only", "do $$ begin end $$", True),
        ("read-only", "copy t to stdout", False),
        ("setting search_path", "set search_path = x", True),
        ("setting search_path", "set schema 'x'", True),
        ("setting search_path", "reset search_path", True),
        ("setting search_path", "alter role ci set search_path = x", True),
        ("setting search_path", "select set_config('Search_Path', $1, true)", True),
        ("setting search_path", "select set_config(n, 'x, y', true) from app.x", True),
        ("setting search_path", "set work_mem = '1MB'", False),
        ("setting search_path", "discard all", False),
        ("setting app.*", "set local app.tenant = 5", True),
        ("setting app.*", "set application_name = 'app.x'", False),
        ("setting transaction_read_only", "begin read write", True),
        ("setting default_transaction_*", "set session characteristics as transaction read write", True),
        ("security-setting", "set row_security = off", True),
        ("security-setting", "set statement_timeout = 0", True),
        ("security-setting", "select set_config('session_replication_role', 'replica', false)", True),
        ("security-setting", "set application_name = 'x'", False),
        ("security-setting", "begin read only", False),
        ("setting", "set row_security = off", True),
    ],
)
def test_denying(deny: str, text: str, denied: bool) -> None:
    """By what a statement does, to what; an unqualified name counts as what it may mean."""
    verdict = judged(rules(deny=deny), text)
    assert isinstance(verdict, Deny if denied else Allow), verdict
    if isinstance(verdict, Deny):
        assert verdict.rule == f"rules: deny {deny}"


@pytest.mark.parametrize(
    ("allow", "text", "allowed"),
    [
        ("read", "select 1", True),
        ("read on app.*", "select * from app.orders", True),
        ("read on app.*", "select * from orders", False),
        ("read on app.*", "select * from app.orders, other.t", False),
        ("read", "update t set a = 1 where b = 1", False),
        ("read, write on app.orders", "insert into app.orders values (1)", True),
        ("read, insert on app.orders", "update app.orders set a = 1 where b = 1", False),
        ("update on app.orders", "update app.orders set a = b + 1 where id = 1 and c > 2", True),
        ("update on app.orders", "update app.orders set a = v.a from (values (1)) v (a) where id = v.a", True),
        ("update on app.orders", "update app.orders set a = 1 where id = 1 returning a", False),
        ("update, read on app.orders", "update app.orders set a = 1 where id = 1 returning a", True),
        ("update on app.orders", "update app.orders set a = l.a from app.lines l where l.order = orders.id", False),
        (
            "update on app.orders, read on app.lines",
            "update app.orders set a = l.a from app.lines l where l.order = orders.id",
            True,
        ),
        ("alter", "alter table app.orders drop column a", False),
        ("setting work_mem", "set session characteristics as transaction read only", False),
        ("setting default_transaction_*", "set session characteristics as transaction read only", True),
        ("read, write", "update t set a = 1", False),
        ("read, write, unfiltered-write", "update t set a = 1", True),
        ("read", "begin", True),
        ("read", "set x = 1", False),
        ("read", "select 1; drop table t", False),
        ("ddl", "create table a.b (c int)", True),
        ("read, write", "truncate t", True),
        ("setting", "set search_path = x", True),
        ("security-setting", "set search_path = x", True),
        ("security-setting", "set work_mem = '1MB'", False),
        ("setting work_mem", "set work_mem = '1MB'", True),
        ("setting work_mem", "set search_path = x", False),
        ("setting work_mem", "reset all", False),
        ("setting work_mem, read", "select set_config(n, 'x, y', true)", False),
        (
            "security-setting, read",
            "select set_config('work_mem', '1', true), set_config('search_path', 'a', true)",
            False,
        ),
        ("read on app.v_orders", "select * from app.v_orders", True),
        ("read on app.orders", "select * from app.v_orders", False),
    ],
)
def test_allowing_alone(allow: str, text: str, allowed: bool) -> None:
    """With an allow-list every effect on every relation has to be covered, for sure."""
    assert isinstance(judged(rules(allow=allow), text), Allow if allowed else Deny)


def test_a_vouched_search_path_allows_unqualified_names() -> None:
    """Only where every schema of it is allowed."""
    assert isinstance(judged(rules(allow="read on app.*", search_path="app"), "select * from orders"), Allow)
    assert isinstance(judged(rules(allow="read on app.*", search_path="app public"), "select * from orders"), Deny)


def test_denying_beats_holding_and_holding_waits() -> None:
    """Deny, then allow-list, then hold."""
    both = rules(deny="drop", hold="ddl")
    assert isinstance(judged(both, "drop table t"), Deny)
    held = judged(both, "create table t (a int)")
    assert isinstance(held, Hold)
    assert held.rule == "rules: hold ddl"


def test_approval_holds_and_refuses_what_is_no_sql() -> None:
    """Its own words for why, and nothing it can't tell apart gets through."""
    enforcer = approval.configure(approval.Options(hold=items("write on app.orders"), why="two people"), TOOLS)
    held = judged(enforcer, "insert into app.orders values (1)")
    assert isinstance(held, Hold)
    assert held.why == "two people"
    assert (held.rule, held.timeout) == ("rules: hold write on app.orders", 900.0)
    assert isinstance(judged(enforcer, "select 1"), Allow)
    from tokengate.testing import action

    assert isinstance(enforcer.judge(Request(action(), 1), session()), Deny)


@pytest.mark.parametrize("text", ["dropp", "read on", "read app", "function", "on x", "READ", "read;drop"])
def test_items_that_are_none(text: str) -> None:
    """A rule that says nothing tokengate knows is a mistake, not a rule that never matches."""
    with pytest.raises(ValueError, match=r"begins with no category|should be"):
        Item.parse(text)


def cel(**options: Any) -> expression.Expression:
    return expression.configure(expression.Options(**options), TOOLS)


@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        ({"deny": 'action.categories.exists(c, c == "drop")'}, Deny),
        ({"allow": 'principal.claims.repository.startsWith("acme/")'}, Allow),
        ({"allow": "principal.claims.nothing == 1"}, Deny),
        ({"deny": "principal.claims.nothing == 1"}, Deny),
        ({"hold": "principal.claims.nothing == 1"}, Hold),
        ({"allow": '"text"'}, Deny),
        ({"deny": '"ops" in principal.groups'}, Allow),
        ({"hold": 'session.route == "orders" && session.details.database == "shop"'}, Hold),
        ({"allow": 'action.defines == ["app.t"]'}, Allow),
        ({"deny": "time.hour >= 0"}, Deny),
    ],
)
def test_expressions(options: dict[str, str], verdict: type) -> None:
    """CEL over all there is to know; whatever fails, or is no boolean, is the stricter answer."""
    found = judged(cel(**options), "drop table app.t", claims={"repository": "acme/shop"}, groups=frozenset({"dev"}))
    assert isinstance(found, verdict), found


def test_expressions_that_depend_on_more_than_facts_are_asked_every_time() -> None:
    """Time and text are not part of what verdicts are kept by."""
    assert cel(deny="principal.issuer == 'x'").constant
    assert not cel(deny="time.hour > 3").constant
    assert not cel(deny="action.text.contains('x')").constant


def test_configurations_that_do_nothing_are_mistakes() -> None:
    """An enforcer without rules, an expression that can't be compiled."""
    with pytest.raises(ConfigError):
        sql.configure(sql.Options(), TOOLS)
    with pytest.raises(ConfigError):
        cel()
    with pytest.raises(ConfigError, match="deny is no CEL"):
        cel(deny="action.(")


def test_verdicts_by_the_catalogue_are_not_constant() -> None:
    """Rules about relations and about what code may do ask it, others are kept for good. An allow-list is about names."""
    for text in ("write on app.orders", "opaque-function", "read-only", "ddl", "function app.*", "setting app.*"):
        assert rules(deny=text).asks_catalogue
        assert not rules(hold=text).constant
        assert not approval.configure(approval.Options(hold=items(text)), TOOLS).constant
    for text in ("unfiltered-write", "transaction", "explain"):
        assert rules(deny=text).constant
        assert not approval.configure(approval.Options(hold=items(text)), TOOLS).asks_catalogue
    assert rules(allow="read on app.*").constant
