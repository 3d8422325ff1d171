"""Tests of tokengate.sql.made: which relations of a transaction hold nothing that its statements could not have put there."""

from __future__ import annotations

import pytest

from tokengate.sql.facts import Name
from tokengate.sql.made import NOTHING_MADE, Clean, Made
from tokengate.sql.postgres import analyse


def after(*texts: str, made: Made = NOTHING_MADE) -> Made:
    """What is made by these; functions called `do_…` change the database."""
    for text in texts:
        facts = analyse(text)
        assert not facts.error
        for statement in facts.statements:
            made = made.after(statement, lambda name: name.name.startswith("do_"))
    return made


def clean(*texts: str) -> str:
    """The clean relations after these; of those that the catalogue has `masked` alone is sensitive."""
    found = after(*texts).clean(lambda name: name.name == "known")
    return " ".join(sorted(map(str, found.names)))


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["create table a (x int)"], "a"),
        (["create temp table s.a (x int)", "create table b as select 1", "select 1 into c"], "b c s.a"),
        (["create view v as select * from known"], "v"),
        (["create materialized view v as select * from known"], "v"),
        (["create table if not exists a (x int)"], ""),
        (["create table a (x int)", "create table if not exists a (x int)"], "a"),
        (["create table a of t"], ""),
        (["create foreign table a (x int) server s"], ""),
        (["create table p (x int) partition by range (x)", "create table c partition of p default"], "c p"),
        (["create table c partition of known default"], "c"),
        (["create table c partition of masked default"], ""),
        (["create table c partition of masked default", "create table d partition of c default"], ""),
        (["create table a (x int)", "create table c () inherits (a, masked)"], ""),
        (["create table a (x int)", "alter table a inherit masked"], ""),
        (["create table a (x int)", "alter table masked attach partition a default"], ""),
        (["create table a (x int)", "alter table a inherit masked", "alter table a no inherit masked"], ""),
        (["create table a (x int)", "alter table known attach partition a default"], "a"),
        (["create table a (x int)", "alter table a add foreign key (x) references masked"], "a"),
        (["create table a (x int)", "alter table a add y int, alter x type text", "create index on a (x)"], "a"),
        (["create table a (x int)", "comment on table a is 'x'", "alter table a owner to b", "grant all on a to b"], "a"),
        (["create table s.a (x int)", "alter table s.a rename to b"], "s.b"),
        (["create table s.a (x int)", "alter table s.a set schema t"], "t.a"),
        (["create table a (x int)", "alter table a rename x to y"], "a"),
        (["create table a (x int)", "alter table masked rename to a"], ""),
        (["create table a (x int)", "alter table a rename to b", "alter table masked rename to a"], "b"),
        (["create table s.a (x int)", "alter table a rename to b"], ""),
        (["create table a (x int)", "alter schema s rename to t"], ""),
        (["create table a (x int)", "drop table a"], ""),
        (["create table a (x int)", "drop table a", "create table a (x int)"], "a"),
        (["create table c partition of masked default", "drop table c", "create table c (x int)"], ""),
        (["create table a (x int)", "create view v as select * from a", "drop table a cascade"], ""),
        (["create view v as select * from known", "create view w as select * from v", "alter table known inherit masked"], ""),
        (["create table a (x int)", "create view v as select * from a", "alter table a inherit masked"], ""),
        (["create view v as select * from known", "alter view v rename to w", "alter table known inherit masked"], ""),
        (["create table a (x int)", "create rule r as on insert to a do nothing"], ""),
        (["create table a (x int)", "select do_it()"], ""),
        (["select do_it()", "create table a (x int)"], ""),
        (["create table a (x int)", "do $$ begin execute 'x'; end $$"], ""),
        (["create table a (x int)", "create extension x"], ""),
        (["create table a (x int)", "create table s.b (x int)", "set search_path = s"], "s.b"),
        (["create table a (x int)", "commit"], ""),
        (["create table a (x int)", "rollback to s"], ""),
        (["create table a (x int)", "savepoint s", "begin", "release s"], "a"),
        (["explain analyze create table a as select 1"], ""),
        (["create table a (x int)", "insert into a select 1", "truncate a", "update a set x = 1"], "a"),
    ],
)  # fmt: skip
def test_what_is_clean(texts: list[str], names: str) -> None:
    """Made here, showing nothing but its own rows and those of clean relations, and never in doubt."""
    assert clean(*texts) == names


def test_a_name_means_what_it_was_made_as() -> None:
    """In another schema it may be anybody's; without one it may be any schema's while others make relations."""
    found = Clean(frozenset({Name("s", "a"), Name(None, "b")}))
    assert all(name in found for name in (Name("s", "a"), Name(None, "a"), Name(None, "b"), Name("s", "b")))
    assert all(name not in found for name in (Name("t", "a"), Name("s", "c"), "a"))
    crowded = Clean(found.names, crowded=True)
    assert all(name in crowded for name in (Name("s", "a"), Name(None, "b"), Name("pg_temp", "b")))
    assert all(name not in crowded for name in (Name(None, "a"), Name("s", "b")))


def test_what_was_perhaps_there_is_settled_when_the_catalogue_has_it_not() -> None:
    """Unless it was dropped or renamed since."""
    made = after("create table if not exists a (x int)", "create table if not exists b (x int)", "drop table b")
    assert made.unsure == {Name(None, "a")}
    assert made.settled(frozenset({Name(None, "a"), Name(None, "b")})).relations == {Name(None, "a")}


def test_going_back_brings_back_what_there_was_but_no_trust() -> None:
    """What came into doubt since may still be what an answer under way is about."""
    saved = after("create table a (x int)", "create table b (x int)")
    now = after("drop table a", "create table a partition of masked default", "drop table b", made=saved)
    assert now.over().back(saved).clean(lambda name: False).names == {Name(None, "b")}
