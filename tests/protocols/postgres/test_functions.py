"""Tests of tokengate.protocols.postgres.functions."""

from __future__ import annotations

import pytest

from tokengate.protocols.postgres.functions import Function, Functions

SHIPPED = Function("pg_catalog", "lower", True)
LOWER = Function("app", "lower", False, "i", "sql", body="select $1")
PURGE = Function("app", "purge", False, "v", "plpgsql")
OLD_PURGE = Function("old", "purge", False, "s", "sql")

KNOWN = Functions([SHIPPED, LOWER, PURGE, OLD_PURGE])


def test_names_mean_every_schema_s() -> None:
    """An unqualified name gives every added function so called, a qualified one its schema's; shipped ones are left
    out.
    """
    assert KNOWN.named("purge") == (PURGE, OLD_PURGE)
    assert KNOWN.named("old.purge") == (OLD_PURGE,)
    assert KNOWN.named("lower") == (LOWER,)
    assert KNOWN.named("pg_catalog.lower") == KNOWN.named("nothing") == ()


def test_attributes_that_are_calls() -> None:
    """`c.name` may call any function of that name, whoever made it; a qualified name is none."""
    assert KNOWN.is_function("lower")
    assert KNOWN.is_function("purge")
    assert not KNOWN.is_function("app.purge")
    assert not KNOWN.is_function("email")


def test_what_may_write() -> None:
    """One volatile function of the name is enough; what nobody knows may be volatile, what the server ships is not."""
    assert KNOWN.is_volatile("purge")
    assert KNOWN.is_volatile("app.purge")
    assert not KNOWN.is_volatile("old.purge")
    assert not KNOWN.is_volatile("lower")
    assert not KNOWN.is_volatile("pg_catalog.lower")
    assert KNOWN.is_volatile("nothing")
    assert KNOWN.is_volatile("pg_temp.lower")
    assert Functions().is_volatile("lower")


def test_an_unknown_volatility_is_the_worst() -> None:
    """A function of which a server says nothing may write."""
    assert Functions([Function("app", "odd", False)]).is_volatile("odd")


def test_shadowed_builtins() -> None:
    """A name is the server's only while nobody added one."""
    assert KNOWN.is_builtin("pg_catalog.lower")
    assert not KNOWN.is_builtin("lower")


def test_functions_that_may_define_something() -> None:
    """By their own words or those of what they name; without a body that can be read, whatever they are declared to be."""

    def sql(name: str, body: str | None, extension: str = "") -> Function:
        return Function("app", name, False, "s", "sql", "f", extension, body)

    known = Functions(
        [
            Function("pg_catalog", "upper", True),
            sql("pure", "select upper($1)"),
            sql("upserts", "insert into t values (1) on conflict do nothing"),
            sql("runs", "begin EXECUTE $1; end"),
            sql("drops", "drop table t"),
            sql("calls", 'select "runs"($1)'),
            sql("opaque", None),
            sql("brought", None, "uuid-ossp"),
            sql("looping", "select looping($1)"),
        ]
    )
    assert {
        name
        for name in (
            "pure",
            "upserts",
            "runs",
            "drops",
            "calls",
            "opaque",
            "brought",
            "looping",
            "upper",
            "app.calls",
            "unheard",
        )
        if known.may_define(name)
    } == {"runs", "drops", "calls", "opaque", "app.calls", "unheard"}


def test_functions_that_call_each_other() -> None:
    """Whoever of them is asked first; and however long the chain."""

    def sql(name: str, body: str) -> Function:
        return Function("app", name, False, "s", "sql", "f", "", body)

    around = [sql("a", "select b(), c()"), sql("b", "select a()"), sql("c", "create table t ()")]
    chain = [sql(f"f{at}", f"select f{at + 1}()") for at in range(3000)]
    for first in ("a", "b"):
        known = Functions(around)
        assert known.may_define(first)
        assert all(map(known.may_define, "abc"))
    assert not Functions(chain).may_define("f0")
    assert Functions([*chain, sql("f3000", "drop table t")]).may_define("f0")


@pytest.mark.parametrize("name", ["MyF", "my f", "drop-all"])
def test_functions_with_quoted_names(name: str) -> None:
    """Are found in a body as they are written there."""
    known = Functions(
        [
            Function("app", "calls", False, "s", "sql", "f", "", f'select "{name}"()'),
            Function("app", name, False, "s", "sql", "f", "", "create table t ()"),
        ]
    )
    assert known.may_define("calls")
