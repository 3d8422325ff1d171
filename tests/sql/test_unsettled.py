"""Tests of tokengate.sql.unsettled."""

from __future__ import annotations

import pytest

from tokengate.sql.facts import Name
from tokengate.sql.postgres import analyse
from tokengate.sql.unsettled import Unsettled


def after(*texts: str) -> Unsettled:
    """What is in doubt after these; functions called `do_…` change the database."""
    unsettled = Unsettled()
    for text in texts:
        for statement in analyse(text).statements:
            unsettled.note(statement, lambda name: name.name.startswith("do_"))
    return unsettled


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("select * from a", ""),
        ("update a set b = 1", ""),
        ("create view v as select * from a", "v"),
        ("create materialized view v as select * from a", "v"),
        ("create foreign table v (a int) server s", "v"),
        ("create table t (a int)", ""),
        ("create table if not exists t (a int)", ""),
        ("create table t () inherits (a)", "t a"),
        ("create table t partition of a default", "t a"),
        ("create table t (a int references b on delete cascade)", "b"),
        ("create table t as select * from a", ""),
        ("select * into t from a", ""),
        ("alter table a rename to b", "a b"),
        ("alter table s.a set schema t", "a"),
        ("alter table a rename column b to c", ""),
        ("alter table a add column b int", ""),
        ("alter table a attach partition b default", "a b"),
        ("alter table a inherit b", "a b"),
        ("alter table a add foreign key (b) references c on delete cascade", "a c"),
        ("alter table a enable trigger all", "a"),
        ("alter table a force row level security", "a"),
        ("alter schema s rename to t", "*"),
        ("alter type t rename to u", ""),
        ("alter role a rename to b", ""),
        ("create policy p on a using (true)", "a"),
        ("create rule r as on insert to a do also insert into b values (1)", "a"),
        ("create trigger t before insert on a execute function f()", "a"),
        ("drop view v", ""),
        ("create index on a (b)", ""),
        ("create schema s create view v as select 1", "v"),
        ("explain analyze create table t as select 1", ""),
    ],
)
def test_names_that_are_moved(text: str, names: str) -> None:
    """Those that a definition makes something else of, or connects with something else; a new table is just that."""
    found = after(text)
    assert found.names == set(names.split())
    assert not found.strangers


@pytest.mark.parametrize(
    "text",
    [
        "do $$ begin execute 'x'; end $$",
        "call p()",
        "select do_it()",
        "create extension e",
        "import foreign schema a from server s into b",
    ],
)
def test_code_may_make_whatever_is_not_known(text: str) -> None:
    """A name that the catalogue has stays what it is, a table made here a table; all others may be anything."""
    found = after(text, "create table t (a int)")
    assert found.doubts(Name(None, "v"), known=False)
    assert not found.doubts(Name(None, "v"), known=True)
    assert not found.doubts(Name("app", "t"), known=False)
    assert found.is_table(Name(None, "t"))


def test_what_is_renamed_is_no_table_any_more() -> None:
    """A name in doubt stays so, whatever else is said of it."""
    found = after("create table t (a int)", "alter table t rename to u", "alter table secrets rename to t")
    assert all(found.doubts(Name(None, name), known=True) for name in ("t", "u", "secrets"))
    assert not found.is_table(Name(None, "t"))
    assert after("alter schema a rename to b").doubts(Name(None, "t"), known=True)


def test_a_text_is_in_doubt_by_its_own_statements() -> None:
    """They are added to a copy."""
    before = after("create table t (a int)")
    later = before.noting(analyse("create view v as select 1").statements, lambda name: False)
    assert later.doubts(Name(None, "v"), known=False)
    assert not before.doubts(Name(None, "v"), known=False)
    later.clear()
    assert not later
    assert before


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("create or replace function f() returns int language sql as 'select 1'", True),
        ("create aggregate a (int) (sfunc = f, stype = int)", True),
        ("create operator ### (leftarg = text, procedure = f)", True),
        ("create cast (text as int) with function f(text)", True),
        ("alter function f() rename to g", True),
        ("create extension dblink", True),
        ("create policy p on a using (do_it())", True),
        ("create view v as select do_it()", True),
        ("create view v as select count(*) from a", False),
        ("create trigger t before insert on a execute function f()", False),
        ("drop function f()", False),
        ("create table t (a int)", False),
        ("select do_it()", False),
    ],
)
def test_code_that_is_made_or_changed(text: str, code: bool) -> None:
    """What calls it, or what may, is in doubt until the catalogue shows it; of a trigger or rule its relation is."""
    found = after(text)
    assert found.code is code
    found.clear()
    assert not found
