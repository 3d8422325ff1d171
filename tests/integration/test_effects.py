"""What statements may do to protected tables, through whatever the database has: views, keys, rules, triggers, functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.support.gateway import Gateway
from tests.support.gateway import routed as start
from tests.support.postgres import Server

ROUTE = """
[enforcer:protect]
use = sql
deny = write on guard.orders, delete on guard.lines, truncate on guard.lines, read on guard.secrets, drop on guard.orders, security-setting

[enforcer:code]
use = sql
deny = opaque-function

[route:effects]
listen = tcp:{more}:interface=127.0.0.1
enforce = protect, code
{common}
"""

SCHEMA = """
create schema guard; create schema made; grant all on schema made to public;
create table guard.orders (id int primary key); insert into guard.orders values (1);
create table guard.parents (id int primary key); insert into guard.parents values (1);
create table guard.lines (parent int references guard.parents on delete cascade); insert into guard.lines values (1);
create table guard.secrets (a text); insert into guard.secrets values ('secret');
create view guard.shown as select a from guard.secrets;
create view guard.again as select a from guard.shown;
create view guard.writable as select id from guard.orders;
create table guard.ruled (id int); create rule r as on insert to guard.ruled do also insert into guard.orders values (new.id);
create function guard.act() returns trigger language plpgsql as $$ begin return new; end $$;
create table guard.triggered (id int);
create trigger t before insert on guard.triggered execute function guard.act();
create table guard.free (id int);
create table guard.parts (id int) partition by range (id);
grant usage on schema guard to public; grant all on all tables in schema guard to public;
"""


@pytest.fixture(scope="module")
def routed(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    drop = "drop schema guard, made cascade"
    with start(postgres, tmp_path_factory.mktemp("effects"), "effects", ROUTE, SCHEMA, drop) as running:
        yield running


@pytest.fixture
def session(routed: Gateway) -> Iterator[psycopg.Connection[Any]]:
    with routed.connect("effects") as connection:
        yield connection


REFUSED = [
    "update guard.writable set id = 2 where id = 1",
    "insert into guard.ruled values (2)",
    "delete from guard.parents where id = 1",
    "with d as (delete from guard.parents where id = 1 returning *) select * from d",
    "explain analyze delete from guard.parents where id = 1",
    "truncate guard.parents cascade",
    "select * from guard.again",
    "copy (select * from guard.shown) to stdout",
    "select count(*) from again",
    "insert into guard.triggered values (1)",
    "merge into guard.writable w using guard.free f on w.id = f.id when matched then delete",
    "create view made.v as select * from guard.secrets",
    "create table made.p partition of guard.parts default; drop table made.p; select * from guard.secrets",
    "create temp view v as select * from guard.free; select * from v",
    "set row_security = off",
    "set local statement_timeout = 0",
    "reset search_path",
    "select set_config('search_path', 'made', false)",
    "set session authorization default",
    "begin read write",
]


@pytest.mark.parametrize("text", REFUSED)
def test_refused(session: psycopg.Connection[Any], text: str) -> None:
    """By what the statement may do."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute(text)


ALLOWED = [
    "insert into guard.free select 1 from guard.orders",
    "select * from guard.writable",
    "update guard.parents set id = 1 where id = 1",
    "create temp table t as select 1 as id; insert into t values (2); select * from t",
    "set application_name = 'x'",
    "begin; create temp table u (id int); insert into u select id from guard.orders; commit",
    "select upper('x'), count(*) from guard.free",
    "begin read only; select 1; commit",
]


@pytest.mark.parametrize("text", ALLOWED)
def test_allowed(session: psycopg.Connection[Any], text: str) -> None:
    """What does none of it goes on."""
    session.execute(text)


def test_views_of_the_own_transaction(session: psycopg.Connection[Any]) -> None:
    """What a session has just made or renamed may be anything to others' eyes: it is refused in the transaction, and by
    what it is afterwards.
    """
    session.execute("create table made.innocent (a text)")
    session.execute("begin")
    session.execute("create view made.v as select 'x' as a")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute("select * from made.v")
    session.execute("rollback")
    session.execute("create view made.v as select 'x' as a")
    assert session.execute("select * from made.v").fetchall() == [("x",)]
    session.execute("begin")
    session.execute("alter table made.innocent rename to w")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute("select * from made.w")
    session.execute("rollback")
    session.execute("begin")
    session.execute("create table made.fresh (a int)")
    session.execute("insert into made.fresh values (1)")
    session.execute("commit")
    assert session.execute("select * from made.fresh").fetchall() == [(1,)]


def test_a_pipeline_is_judged_before_it_is_confirmed(session: psycopg.Connection[Any]) -> None:
    """Behind a CREATE VIEW that nobody has answered yet."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege), session.pipeline():
        session.execute("create view made.piped as select 'x' as a")
        session.execute("select * from made.piped")


def test_what_others_have_made_is_known(routed: Gateway, session: psycopg.Connection[Any]) -> None:
    """Another session's table is, once this session's own DDL has had the catalogue read: it would be refused before."""
    with routed.connect("plain") as other:
        other.execute("create table made.later (id int)")
        session.execute("create table made.mine (id int)")
        session.execute("insert into made.later values (1)")
