"""Tests of tokengate.enforce.touched, through the rules that ask it."""

from __future__ import annotations

import pytest

from tests.enforce.database import RIDDLE, Database, action, done, session
from tokengate.enforce.rules import Item
from tokengate.enforce.touched import Known
from tokengate.session.session import Session


def matches(item: str, text: str, where: Session | None = None) -> bool:
    facts = action(text).facts
    assert not facts.error, facts.error
    known = Known.of(where or session(), facts)
    return any(Item.parse(item).matches(statement, known) for statement in facts.statements)


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("read on app.orders", "select * from app.vv_orders"),
        ("read on app.orders", "select * from vv_orders"),
        ("read on app.orders", "copy (select * from app.v_orders) to stdout"),
        ("read on app.orders", "insert into app.log select a from app.v_orders"),
        ("read on app.events_2026", "select * from app.events"),
        ("read on app.events", "select * from app.events_2026"),
        ("write on app.orders", "update app.vv_orders set a = 1 where a = 2"),
        ("insert on app.orders", "insert into v_orders values (1)"),
        ("unfiltered-write on app.orders", "update app.vv_orders set a = 1"),
        ("write on app.orders", "with d as (delete from app.v_orders where a = 1 returning a) select * from d"),
        ("write on app.orders", "explain analyze delete from app.v_orders where a = 1"),
        ("write on app.lines", "delete from app.orders where a = 1"),
        ("delete on app.lines", "delete from app.v_orders where a = 1"),
        ("update on app.lines", "update app.orders set a = 2 where a = 1"),
        ("truncate on app.secrets", "truncate app.orders cascade"),
        ("write on app.secrets", "insert into app.ledger values (1)"),
        ("delete on app.secrets", "insert into app.ledger values (1)"),
        ("ddl on app.events_2026", "alter table app.events add column b int"),
        ("drop on app.vv_orders", "drop table app.orders cascade"),
        ("drop on app.lines", "drop table app.orders cascade"),
        ("lock on app.orders", "lock table app.v_orders"),
    ],
)
def test_effects_on_what_is_not_named(item: str, text: str) -> None:
    """Views, partitions and their parents, foreign keys and rules lead from what is named to what is touched."""
    assert matches(item, text)


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("read on app.orders", "select * from app.riddle"),
        ("write on app.orders", "insert into app.riddle values (1)"),
        ("delete on app.orders", "insert into app.riddle values (1)"),
        ("drop on app.orders", "drop table app.log"),
        ("opaque-function", "select * from app.riddle"),
        ("read-only", "select * from app.riddle"),
    ],
)
def test_views_that_cannot_be_read(item: str, text: str) -> None:
    """They may lead anywhere, and depend on anything."""
    assert matches(item, text, session(Database(snapshot=RIDDLE)))
    assert not matches(item, "select a from app.log", session(Database(snapshot=RIDDLE)))


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("read on app.secrets", "select * from app.vv_orders"),
        ("read on public.orders", "select * from app.v_orders"),
        ("write on app.secrets", "delete from app.orders where a = 1"),
        ("delete on app.orders", "insert into app.v_orders values (1)"),
        ("update on app.lines", "delete from app.orders where a = 1"),
        ("delete on app.lines", "update app.orders set a = 2 where a = 1"),
        ("write on app.lines", "insert into app.orders values (1)"),
        ("delete on app.orders", "select * from app.v_orders"),
        ("truncate on app.lines", "delete from app.orders where a = 1"),
        ("write on app.orders", "insert into app.log select a from app.orders"),
        ("write on app.orders", "insert into app.unheard values (1)"),
        ("read on app.orders", "select * from unheard"),
        ("ddl on app.orders", "drop view app.v_orders"),
        ("ddl on app.lines", "create index on app.orders (a)"),
        ("ddl on app.vv_orders", "create index on app.orders (a)"),
    ],
)
def test_effects_elsewhere(item: str, text: str) -> None:
    """What is not reached is not touched, and a name that nobody knows means itself."""
    assert not matches(item, text)


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("delete", "insert into app.ledger values (1)"),
        ("function pg_sleep", "select app.wipe()"),
        ("delete", "select wipe()"),
        ("delete on app.lines", "select app.wipe()"),
        ("write on app.lines", "call app.wipe()"),
        ("read-only", "select app.wipe()"),
        ("setting search_path", "select app.choose()"),
        ("security-setting", "select app.choose()"),
        ("dynamic", "select app.choose()"),
        ("delete", "insert into app.audited values (1)"),
        ("truncate on app.orders", "insert into app.audited values (1)"),
        ("write on app.orders", "insert into app.audited values (1)"),
    ],
)
def test_effects_of_code(item: str, text: str) -> None:
    """What rules, triggers and functions do counts as if it were sent; a trigger that can't be read may write anything."""
    assert matches(item, text)


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("update", "insert into app.ledger values (1)"),
        ("delete", "update app.ledger set a = 2 where a = 1"),
        ("read on app.secrets", "insert into app.ledger values (1)"),
        ("unfiltered-write", "select app.wipe()"),
        ("delete on app.orders", "select app.wipe()"),
        ("delete", "select app.act()"),
        ("delete", "create view v as select app.wipe()"),
        ("ddl", "insert into app.audited values (1)"),
        ("read-only", "select app.choose()"),
    ],
)
def test_what_code_does_not_do(item: str, text: str) -> None:
    """Neither what it doesn't write, nor what a function may do that can't be read."""
    assert not matches(item, text)


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("create view v as select * from app.orders", "select * from v"),
        ("alter table app.orders rename to fresh", "select * from fresh"),
        ("alter table app.x rename to y; alter table app.orders rename to x", "select * from app.x"),
        ("alter schema other rename to old; alter schema app rename to other", "select * from other.orders"),
        ("alter table app.orders set schema other", "select * from other.orders"),
        ("create table t2 partition of app.events default", "select * from t2"),
        ("alter table app.x attach partition app.orders default", "select * from app.x"),
        ("do $$ begin execute 'create view v as select * from app.orders'; end $$", "select * from v"),
        ("select app.act()", "select * from v"),
        ("select unheard()", "select * from v"),
        ("create extension e", "select * from v"),
        ("create view v as select 1; create table v (a int)", "select * from v"),
        ("create table v (a int); alter table v rename to w; alter table app.orders rename to v", "select * from v"),
    ],
)
def test_names_that_the_session_may_have_moved(before: str, text: str) -> None:
    """In the open transaction, and in the very text, such a name may mean the protected relation."""
    assert matches("read on app.orders", text, done(session(), before))
    assert matches("read on app.orders", f"{before}; {text}")


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("create table v (a int)", "select * from v"),
        ("create temp table if not exists v as select 1 as a", "select * from v"),
        ("select 1 as a into v", "select * from v"),
        ("select app.act(); create temp table v (a int)", "select * from v"),
        ("select app.look()", "select * from v"),
        ("do $$ begin execute 'x'; end $$", "select * from app.log"),
        ("alter table app.log add column b int", "select * from app.log"),
        ("create view w as select * from app.orders", "select * from app.log"),
        ("drop view app.v_orders", "select * from app.log"),
        ("create index on app.log (a)", "select * from app.log"),
    ],
)
def test_names_that_it_has_not(before: str, text: str) -> None:
    """A new table is a table, and what was there and was not named is what it was."""
    assert not matches("read on app.orders", text, done(session(), before))
    assert not matches("read on app.orders", f"{before.replace('app.orders', 'app.x')}; {text}")


def test_while_nothing_is_known() -> None:
    """Every relation may then be any; without a catalogue names are all there is."""
    unknown = session(Database(version=0))
    assert matches("read on app.orders", "select * from app.log", unknown)
    assert matches("delete on app.orders", "insert into app.log values (1)", unknown)
    assert not matches("read on app.orders", "select 1", unknown)
    assert not matches("write on app.orders", "select * from app.orders", unknown)
    nowhere = session()
    nowhere.catalogue = None
    assert matches("read on app.orders", "select * from app.orders", nowhere)
    assert not matches("read on app.orders", "select * from app.v_orders", nowhere)
    assert matches("opaque-function", "select upper('x')", nowhere)


def test_names_under_a_search_path() -> None:
    """A bare name is what the path makes of it."""
    where = session()
    assert matches("read on app.orders", "select * from orders", where)
    where.catalogue = where.catalogue.under(frozenset({("public", "app")}))
    assert not matches("read on app.orders", "select * from orders", where)
    assert matches("read on app.orders", "select * from v_orders", where)


@pytest.mark.parametrize(
    ("text", "opaque", "acting"),
    [
        ("select upper('x') from app.orders", False, False),
        ("select app.look()", True, False),
        ("select app.act()", True, True),
        ("select unheard()", True, True),
        ("select 1 === 2", True, False),
        ("select * from app.spied", True, False),
        ("select * from app.acting", True, True),
        ("select * from app.unheard", True, True),
        ("insert into app.audited values (1)", True, True),
        ("insert into app.ledger values (1)", True, True),
        ("insert into app.log values (1)", False, True),
        ("create table app.fresh as select 1 as a", False, True),
        ("refresh materialized view app.acting", True, True),
        ("with c as (select 1) select * from c", False, False),
    ],
)
def test_code_that_is_not_the_servers_own(text: str, opaque: bool, acting: bool) -> None:
    """opaque-function is about functions, operators, triggers, rules and views; read-only about what may change something."""
    assert matches("opaque-function", text) is opaque
    assert matches("read-only", text) is acting


def test_code_on_tables_of_the_transaction() -> None:
    """A new table runs none; one that has been altered or given a trigger may."""
    where = done(session(), "create temp table v (a int)")
    assert not matches("opaque-function", "insert into v select a from app.log", where)
    assert not matches("read-only", "select * from v", where)
    done(where, "create trigger t before insert on v execute function app.act()")
    assert matches("opaque-function", "insert into v values (1)", where)
