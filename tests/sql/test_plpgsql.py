"""Tests of tokengate.sql.plpgsql."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.sql.plpgsql import read

EVERYWHERE = """
#variable_conflict use_column
<<outer>>
declare a int := m(1); b constant text default m(2); c cursor (p int) for select m(3); r record; arr int[] := array[m(4)];
    d text; rt pg_class%rowtype;
begin
    if m(5) then null; elsif m(6) then null; else perform m(7); end if;
    case m(8) when m(9) then null; else null; end case;
    case when m(10) then null; end case;
    loop exit when m(11); continue when m(12); end loop;
    while m(13) loop null; end loop;
    for i in reverse m(14)..m(15) by m(16) loop null; end loop;
    for r in select m(17) loop null; end loop;
    foreach a in array m(18) loop null; end loop;
    a := m(19); arr[m(20)] := m(21); r.x := m(22);
    raise notice '% %', m(23), m(24) using detail = m(25), hint = m(26), errcode = 'x';
    assert m(27), m(28);
    insert into t values (m(29)) returning x into a;
    select m(30) into strict a from t;
    perform m(31) from t;
    get stacked diagnostics d = pg_exception_detail;
    declare z int := m(32);
    begin z := m(33); exception when others then raise exception using message = m(34);
    end;
    return;
end
"""


def test_every_place_for_sql_is_read() -> None:
    """What the library left out would run unseen."""
    program = read(EVERYWHERE)
    assert program.unseen == ""
    found = " ".join(str(embedded.node()) for embedded in program.embedded)
    assert all(f"'ival': {{'ival': {number}}}" in found for number in range(1, 35))
    assert {"a", "b", "arr", "d", "i", "z", "found", "sqlerrm"} <= program.variables
    assert "r" in program.rows
    assert "rt" in program.rows | program.variables


@pytest.mark.parametrize(
    "statement",
    [
        "execute 'drop table t'",
        "execute format('x') into a",
        "for r in execute 'select 1' loop null; end loop",
        "open u for execute 'select 1'",
        "open u for select 1",
        "open c",
        "fetch c into a",
        "move c",
        "close c",
        "for r in c loop null; end loop",
        "call p()",
        "commit",
        "rollback",
        "no sql at all",
    ],
)
def test_what_depends_on_when_it_runs_is_a_reason(statement: str) -> None:
    """Texts that are computed, cursors, which may be any, and the ends of transactions."""
    assert read(f"declare a int; r record; u refcursor; c cursor for select 1; begin {statement}; end").unseen


def test_a_triggers_function_has_its_rows() -> None:
    """NEW and OLD are rows like others."""
    program = read("begin new.x := f(old.y); insert into audit select new.*; return new; end", trigger=True)
    assert (program.unseen, program.rows) == ("", {"new", "old"})
    assert {"tg_op", "tg_argv", "found"} <= program.variables
    assert [embedded.text for embedded in program.embedded] == [
        "new.x := f(old.y)",
        "insert into audit select new.*",
    ]


@pytest.mark.parametrize("body", ["begin raise notice '$q$ $qq$'; end", "begin end -- $q", "begin null; end;\n"])
def test_no_body_ends_before_its_end(body: str) -> None:
    """Whatever quotes it has."""
    assert read(body).unseen == ""


@given(st.text())
def test_any_text_is_read_or_there_is_a_reason(body: str) -> None:
    """It never fails."""
    program = read(body)
    assert program.unseen or all(embedded.text for embedded in program.embedded)
