"""Tests of tokengate.sql.routines."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.sql.postgres import analyse
from tokengate.sql.routines import DYNAMIC, Unread, texts


def found(body: str) -> list[str]:
    """The SQL in a body, each with single spaces; all of it can be parsed."""
    sql = texts(body)
    for one in sql:
        assert one == DYNAMIC or not analyse(one).error, (one, analyse(one).error)
    return [" ".join(one.split()) for one in sql]


def block(statements: str) -> str:
    return f"<<outer>> declare n int; begin {statements} end outer;"


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ("delete from t where a = n;", ["delete from t where a = n"]),
        ("insert into t values (1) returning a into n;", ["insert into t values (1) returning a"]),
        ("select a, b into strict n, r.x from t;", ["select a, b from t"]),
        ("select into n a from t;", ["select a from t"]),
        ("merge into t using u on true when matched then delete;",
         ["merge into t using u on true when matched then delete"]),
        ("with d as (delete from t returning *) select * from d into r;",
         ["with d as (delete from t returning *) select * from d"]),
        ("n := f(1);", ["select f(1)"]),
        ("new.at = now();", ["select now()"]),
        ("n := count(*) from t;", ["select count(*) from t"]),
        ("list[f(1)] := g(2);", ["select g(2)", "select list[f(1)]"]),
        ("perform f(a) from t;", ["select f(a) from t"]),
        ("if exists (select from t) then delete from u; elsif f(1) then null; else null; end if;",
         ["select exists (select from t)", "delete from u", "select f(1)"]),
        ("case f(1) when 1, 2 then delete from t; else n := 1; end case;",
         ["select f(1)", "select 1, 2", "delete from t", "select 1"]),
        ("case when f(1) then null; end case;", ["select f(1)"]),
        ("while f(n) loop n := case when n > 1 then 2 else 3 end; end loop;",
         ["select f(n)", "select case when n > 1 then 2 else 3 end"]),
        ("for i in 1..f(10) loop exit when g(i); end loop;", ["select 1,f(10)", "select g(i)"]),
        ("for i in reverse a.b .. 1 by f(2) loop continue; end loop;", ["select a.b , 1,f(2)"]),
        ("for r in select * from t loop delete from u; end loop;", ["select * from t", "delete from u"]),
        ("for r in execute 'select ' || f(1) using g(2) loop null; end loop;",
         [DYNAMIC, "select 'select ' || f(1)", "select g(2)"]),
        ("foreach x slice 1 in array f(1) loop null; end loop;", ["select f(1)"]),
        ("return query delete from t returning *;", ["delete from t returning *"]),
        ("return query execute 'x';", [DYNAMIC, "select 'x'"]),
        ("return next f(1); return; return next; return (a, f(2));", ["select f(1)", "select (a, f(2))"]),
        ("raise notice 'a: %', f(1) using hint := g(2), detail = h(3);",
         ["select 'a: %'", "select f(1)", "select g(2)", "select h(3)"]),
        ("raise unique_violation using message = f(1); raise sqlstate '22012'; raise;",
         ["select unique_violation", "select f(1)", "select sqlstate '22012'"]),
        ("open c for select * from t; open c no scroll for execute f(1) using 2;",
         ["select * from t", DYNAMIC, "select f(1)", "select 2"]),
        ("open c (a := f(1), b => g(2)); fetch c into n; move c; close c;", ["select f(1)", "select g(2)"]),
        ("execute f(1) into strict n using g(2), 3;", [DYNAMIC, "select f(1)", "select g(2)", "select 3"]),
        ("get stacked diagnostics n = message_text; null; commit; call p(1);", ["commit", "call p(1)"]),
        ("begin delete from t; exception when unique_violation or sqlstate '22012' then delete from u; end;",
         ["delete from t", "select unique_violation or sqlstate '22012'", "delete from u"]),
        ("delete from t -- a comment; delete from x\n where a = /* ; */ 'end; delete';",
         ["delete from t where a = 'end; delete'"]),
        ("assert f(1), 'no';", ["select f(1), 'no'"]),
    ],
)  # fmt: skip
def test_statements(statements: str, expected: list[str]) -> None:
    """SQL is found in every statement of the language, and can be parsed as it is found."""
    assert found(block(statements)) == expected


def test_declarations() -> None:
    """Defaults and cursors' queries are SQL; types, aliases and a cursor's own name are not."""
    body = """
        #variable_conflict use_column
        declare
            a app.t%rowtype; b constant numeric(10, 2) not null := f(1); c alias for $1; d text default g(2); e int = 3;
            k no scroll cursor (x int, y text) for select * from t where a = x;
        begin
            for r in k(1, y := h(4)) loop null; end loop;
            declare z int := i(5); begin null; end;
        end"""
    assert found(body) == [
        "select f(1)", "select g(2)", "select 3", "select * from t where a = x", "select 1", "select h(4)",
        "select i(5)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body", ["begin if x end", "begin 'x", "begin n := 1", "begin fetch relative f(1) from c; end"]
)
def test_what_is_not_understood(body: str) -> None:
    """It is not read in part."""
    with pytest.raises(Unread):
        texts(body)


@given(
    st.lists(
        st.sampled_from(
            [
                "begin",
                "end",
                "if",
                "then",
                "loop",
                ";",
                "(",
                ")",
                "[",
                "]",
                ":=",
                ".",
                ",",
                "into",
                "for",
                "in",
                "x",
                "1..2",
                "'x'",
                "execute",
                "<",
                "case",
            ]
        )
    )
)
def test_any_words(words: list[str]) -> None:
    """A body is read or it is not: nothing else comes of it."""
    with suppress(Unread):
        texts(" ".join(words))
