"""Tests of tokengate.mask.inference: what statements may choose rows by."""

from __future__ import annotations

import pytest

from tests.mask.database import masker, refusal
from tokengate.mask.inference import inference

EQUAL = [
    "select id from app.customers where email = $1",
    "select id from app.customers where $1 = email and name like 'x%'",
    "select id from app.customers where email in ($1, 'x') or ssn = $2",
    "select id from app.customers where not email = any($1)",
    "update app.customers set name = 'x' where ssn = '1'",
    "delete from app.customers c where c.email = $1::text",
    "select o.id from app.orders o join app.customers c on c.id = o.customer_id and c.email = $1",
    "select count(*) filter (where email = 'x') from app.customers",
]
CONSTANT = [
    "select id from app.customers where email like 'a%'",
    "select id from app.customers where email <> $1",
    "select id from app.customers order by email",
    "select count(*) from app.customers group by email",
    "select distinct on (ssn) id from app.customers",
    "select id from app.customers where lower(email) = lower($1)",
    "select id from app.customers where name || ' ' || email ilike $1",
    "select id from app.customers c where (c.name ilike $1 or c.email ilike $1)",
    "select a.id from app.customers a join app.customers b on a.email = b.email",
    "select a.id from app.customers a join app.customers b using (ssn)",
    "select id from hr.staff where salary > (select avg(salary) from hr.staff)",
    "select rank() over (partition by ssn order by email) from app.customers",
    "with p as (select $1::text as p) select c.id from app.customers c, p where c.email like p.p",
    "select case when email like 'a%' then 1 end from app.customers",
    "update app.customers set name = 'x' where id in (select id from app.customers order by email limit 1)",
]
VARYING = [
    "select n from generate_series(1, 1000000) n where n = (select salary from hr.staff limit 1)",
    "select n from hr.staff s, generate_series(1, 1000000) n where n = s.salary",
    "select n from generate_series(1, 1000000) n where n in (select salary from hr.staff)",
    "select count(*) from hr.staff s join generate_series(1, 1000000) n on n <= s.salary",
    "select (select count(*) from hr.staff where salary > n.n) from generate_series(1, 100) n(n)",
    "select w from unnest(array['ada@example.org']) w where exists (select from app.customers where email = w)",
    "select v.e from (values ('a'), ('b')) v(e) join app.customers c on c.email like v.e || '%'",
    "select s.e from (select 'a' as e union all select 'b') s, app.customers c where c.email = s.e",
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000) select i from n, hr.staff where salary = i",
    "with recursive p(t) as (select '' union all select t || c from p, unnest(array['a', 'b']) c where exists (select from app.customers where email like t || c || '%')) select t from p",
    "select o.id from app.orders o join app.customers c on c.email = o.note",
    "select o.id from app.orders o, hr.staff s where o.total = s.salary",
    "select x.id from (select id, note as email from app.orders) x join app.customers c using (email)",
    "select n from hr.staff s, generate_series(1, 10) n order by abs(n - s.salary) limit 1",
    "select x.n from (select s.salary, n from hr.staff s, generate_series(1, 10) n) x where x.n = x.salary",
    "select n from (select row_number() over () as n from app.orders) x, hr.staff s where s.salary = x.n",
    "update app.orders o set note = 'x' from hr.staff s where s.salary = o.id",
    "select case when s.salary = n then 1 end from hr.staff s, generate_series(1, 10) n",
    "merge into app.orders o using hr.staff s on o.id = s.salary when matched then update set note = 'x'",
    "select max(n) from generate_series(1, 100) n where n <= any (select salary from hr.staff)",
]
ROWS = [
    "select o.id from app.orders o, hr.staff s where o.note > s::text",
    "select o.id from app.orders o, hr.staff s where concat(o.*) = concat(s.*)",
    "select o.id from app.orders o, hr.staff s where o = s",
    "select o.id from app.orders o, hr.staff s where row(o.*) = row(s.*)",
]
UNTRACED = [
    ("select n from generate_series(1, 1000000) n join app.reveal() r on r.salary = n", 1),
    ("select o.id from app.orders o join app.reveal() r on r.salary = o.total", 1),
    ("select o.id from app.orders o, hr.unknown u where u.salary = o.total", 1),
    ("select n from hr.unknown u join generate_series(1, 10) n on n = u.salary", 1),
    ("select s.id from hr.staff s join hr.unknown u on u.salary = s.salary", 1),
    ("select r.n from app.reveal() r join app.reveal() n on n.n = r.salary", 1),
    ("select r.n from app.orders o, app.reveal(o.id) r where r.salary > 1", 1),
    ("select salary from app.reveal() r where salary > 10", 2),
    ("select count(*) from hr.unknown group by salary", 2),
    ("select count(*) from hr.unknown where salary = $1", 3),
    ("select id from app.orders where salary > total order by income", 2),
]
COUNTING = [
    "select 1 from hr.staff s, generate_series(1, s.salary) n",
    "select count(*) from hr.staff s, generate_series(1, s.salary) n",
    "select generate_series(1, salary) from hr.staff",
    "select id from app.orders limit (select salary from hr.staff limit 1)",
    "select id from app.orders offset (select length(email) from app.customers limit 1)",
    "select count(*) from app.customers c, string_to_table(c.email, '.') t",
    "select count(*) over (order by id rows between (select salary from hr.staff limit 1) preceding and current row) from app.orders",
    "select count(*) over w from app.orders window w as (order by id rows (select salary from hr.staff limit 1) preceding)",
    "select 1 from app.customers c, unnest(array_fill(1, array[length(c.email)]))",
]
MODES = ("allow", "constants", "equality", "deny")


@pytest.mark.parametrize(
    ("texts", "allowed"),
    [(EQUAL, 3), (CONSTANT, 2), (VARYING, 1), (ROWS, 1)],
    ids=["equal", "constant", "varying", "rows"],
)
def test_each_mode_refuses_what_the_ones_before_it_allow(texts: list[str], allowed: int) -> None:
    """By equality with parameters; by constants and masked columns in any way; by values that vary; not at all."""
    for position, mode in enumerate(MODES):
        by = masker(inference=mode)
        for text in texts:
            assert (refusal(text, by=by) == "") is (position < allowed), (mode, text, refusal(text, by=by))
            assert refusal(f"explain {text}", by=by) == refusal(text, by=by), "a plan tells how many rows there are"


@pytest.mark.parametrize(("text", "allowed"), UNTRACED)
def test_what_cannot_be_traced_may_be_masked(text: str, allowed: int) -> None:
    """Rows of a user's function, or of a relation that nobody knows: the number of modes, from the first, that allow."""
    for position, mode in enumerate(MODES):
        assert (refusal(text, by=masker(inference=mode)) == "") is (position < allowed), mode


def test_constants_are_the_default() -> None:
    """Without being told, no statement may try all values by itself."""
    assert refusal(CONSTANT[0]) == ""
    assert refusal(VARYING[0]) == "inference"


@pytest.mark.parametrize("text", COUNTING)
def test_no_number_of_rows_is_a_masked_value(text: str) -> None:
    """It would show the value itself, so no mode allows it."""
    assert refusal(text, by=masker(inference="allow")) in ("counts", "feeds")


@pytest.mark.parametrize(
    "text",
    [
        "select id from app.customers where id in (select customer_id from app.orders where total > 10)",
        "select n from generate_series(1, 10) n, app.customers c where c.id = n and c.email like 'a%'",
        "select count(*) from app.orders o join app.customers c on c.id = o.customer_id",
        "select x from app.customers c, unnest(array[c.id]) x",
        "select id from app.customers where email is not null",
        "select array(select x from unnest(c.email) x order by x) from app.customers c",
    ],
)
def test_conditions_on_other_columns_are_nobodys_business(text: str) -> None:
    """Whatever they are compared with."""
    assert refusal(text, by=masker(inference="constants")) == ""


def test_a_wrong_word_is_named() -> None:
    """With the words there are."""
    with pytest.raises(ValueError, match="allow, constants, equality, deny"):
        inference("sometimes")
