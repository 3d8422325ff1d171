"""Tests of tokengate.mask.exchange: where a statement may hold tokens, and where one stays the text that it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mask.database import action, masker, origin, session
from tokengate.protocols.postgres.exchange import merged
from tokengate.values import Column, Token

RULES = "app.customers.email: token, *.ssn: token(person), hr.staff.id: token(number), app.customers.id: token(number)"


def found(text: str, tmp_path: Path, *groups: str, names: str = "") -> list[str]:
    """The operands of a text: "$2 SPACE" for a parameter, the literal and its space for others; `names`: the statement
    that it executes.
    """
    by = masker(tmp_path, mask=RULES, clear_for="dba")
    spaces = {}
    for space in ("app.customers.email", "person", "number"):
        spaces[by._tokens(space)] = space
    shown = []
    asked = merged([action(text), action(names)]) if names else action(text)
    for one in by.operands(asked, session(*groups)):
        what = f"${one.number}" if one.number else text[one.start : one.end]
        shown.append(f"{what} {spaces[one.tokens]}" + (" any" if one.any else ""))
    return sorted(shown)


E, P, N = "app.customers.email", "person", "number"
HELD = [
    ("select 1 from app.customers where email = $1", [f"$1 {E}"]),
    ("select 1 from app.customers where $2 = email and ssn = $1::text", [f"$1 {P}", f"$2 {E}"]),
    ("select 1 from app.customers where email in ($1, 'x', $2)", [f"$1 {E}", f"$2 {E}", f"'x' {E}"]),
    ("select 1 from app.customers where email = any($1)", [f"$1 {E} any"]),
    ("select 1 from app.customers c where c.email = 'x' or c.ssn = 'y'", [f"'x' {E}", f"'y' {P}"]),
    ("select 1 from app.customers where not (email = $1 and name like 'z')", [f"$1 {E}"]),
    ("update app.customers set email = $1, name = $2 where ssn = $3", [f"$1 {E}", f"$3 {P}"]),
    ("insert into app.customers (name, email, ssn) values ($1, $2, 'x'), ($3, 'y', $4)", [f"$2 {E}", f"$4 {P}", f"'x' {P}", f"'y' {E}"]),
    ("insert into app.customers values (1, 'n', 'x')", [f"'x' {E}", f"1 {N}"]),
    ("insert into app.customers (id, email) values ($1, $2) on conflict (id) do update set email = $2", [f"$1 {N}", f"$2 {E}"]),
    ("select 1 from app.customers where email = $1 and id in (select id from app.customers where email = $1)", [f"$1 {E}"]),
    ("select (select name from app.customers where email = $1)", [f"$1 {E}"]),
    ("with w as (select email as e from app.customers) select 1 from w where e = $1", [f"$1 {E}"]),
    ("select 1 from api.customers where contact = $1", [f"$1 {E}"]),
    ("select c.id from app.orders o join app.customers c on c.id = o.customer_id and c.email = 'x'", [f"'x' {E}"]),
    ("select case when email = $1 then 1 end from app.customers", [f"$1 {E}"]),
    ("delete from app.customers where id = -5", [f"-5 {N}"]),
    ("merge into app.customers c using app.orders o on c.id = o.id and c.email = $2 when not matched then insert (email) values ($1)", [f"$1 {E}", f"$2 {E}"]),
    ("select 1; select 1 from app.customers where email = 'é' and ssn = 'x'", [f"'x' {P}", f"'é' {E}"]),
    ("select 1 from app.customers where email = 'it''s'", [f"'it''s' {E}"]),
    # never
    ("select 1 from app.customers where email like $1", []),
    ("select 1 from app.customers where email <> $1", []),
    ("select 1 from app.customers where lower(email) = $1", []),
    ("select 1 from app.customers where email = lower($1)", []),
    ("select 1 from app.customers where email = $1 and name = $1", []),
    ("select $1, email from app.customers where email = $1", []),
    ("select 1 from app.customers where email = $1 and ssn = $1", []),
    ("select 1 from app.customers where email = $1 and email = any($1)", []),
    ("update app.customers set name = $1", []),
    ("update app.customers set email = $1 || 'x'", []),
    ("insert into app.orders (note) values ($1)", []),
    ("insert into app.customers (email) select $1", []),
    ("select 1 from app.orders where note = 'x'", []),
    ("select 1 from app.customers where coalesce(email, ssn) = $1", []),
    ("select 1 from (select email || 'x' as email from app.customers) s where email = $1", []),
    ("select 1 from (select email from app.customers union select ssn from app.customers) s where email = $1", []),
    ("select 1 from app.customers where email = e'x'", []),
    ("select 1 from app.customers where email = $$x$$", []),
    ("select 1 from app.customers where email = 'x'\n'y'", []),
    ("execute p('x')", []),
    ("explain select 1 from app.customers where email = $1", []),
    ("create view v as select id from app.customers where email = 'x'", []),
    ("create materialized view v as select id from app.customers where email = 'x'", []),
    ("select 1 from app.customers where email = $1 and current_query() like 'x'", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "operands"), HELD)
def test_where_tokens_may_be(text: str, operands: list[str], tmp_path: Path) -> None:
    """A whole operand of equality or assignment, of one space, and nothing else besides."""
    assert found(text, tmp_path) == operands


@pytest.mark.parametrize(
    ("text", "names", "operands"),
    [
        ("execute p('x')", "prepare p as select 1 from app.customers where email = $1", [f"'x' {E}"]),
        ("execute p('é', -5, 'y'::text)", "prepare p as update app.customers set name = $1, ssn = $3 where id = $2", [f"'y' {P}", f"-5 {N}"]),
        ("execute p('{x}')", "prepare p as select 1 from app.customers where email = any($1)", [f"'{{x}}' {E} any"]),
        ("execute p('x', 'y')", "prepare p as insert into app.customers (email, name) values ($1, $2)", [f"'x' {E}"]),
        # never
        ("execute p('x')", "select 1 from app.customers where email = $1", []),
        ("execute p(lower('x'))", "prepare p as select 1 from app.customers where email = $1", []),
        ("execute p('x')", "prepare p as select 1 from app.customers where email = $1 and name = $1", []),
        ("execute p('x')", "prepare p as select 1 from app.customers where email = $1 and current_query() = ''", []),
        ("execute p('x'); execute q('x')", "prepare p as select 1 from app.customers where email = $1", []),
        ("explain execute p('x')", "prepare p as select 1 from app.customers where email = $1", []),
        ("create table t as execute p('x')", "prepare p as select 1 from app.customers where email = $1", []),
    ],
)  # fmt: skip
def test_arguments_of_execute(text: str, names: str, operands: list[str], tmp_path: Path) -> None:
    """They are the other statement's parameters, where it is known which one it is."""
    assert found(text, tmp_path, names=names) == operands


def test_who_sees_everything_sends_no_tokens(tmp_path: Path) -> None:
    """To them a token is a text like any other."""
    assert found("select 1 from app.customers where email = $1", tmp_path, "dba") == []


def test_tokens_are_what_the_column_is_masked_with(tmp_path: Path) -> None:
    """What is shown is what is turned back."""
    by = masker(tmp_path, mask=RULES)
    column = Column("x", "text", frozenset({origin("app.customers.ssn")}))
    (shown,) = by.plan([column], action("select ssn from app.customers"), session()) or (None,)
    (operand,) = by.operands(action("select 1 from app.customers where ssn = $1"), session())
    assert isinstance(shown, Token)
    assert operand.tokens.real_text(shown.tokens.text("078-05-1120")) == "078-05-1120"
