"""Tests of tokengate.mask.subjects: what is proved to carry nothing sensitive, and what only looks like it."""

from __future__ import annotations

import pytest

from tests.mask.database import Catalogue, computed, masker, session
from tests.mask.database import action as analysed
from tokengate.values import Column, Partial, Redact

CLEAN = [
    "select 1",
    "select now(), version()",
    "select 1 + 1 as email",
    "select count(*) from app.customers",
    "select upper(name), count(*) from app.customers group by 1",
    "select count(*) from app.customers where email like 'a%'",
    "select count(*) filter (where ssn is not null) from app.customers",
    "select rank() over (order by email) from app.customers",
    "select upper(name) from app.customers order by email limit 1",
    "select exists (select 1 from app.customers where email = 'x')",
    "select upper(c.name) from app.orders o join app.customers c on c.id = o.customer_id and c.email <> ''",
    "select o.*, upper(c.name) from app.orders o join app.customers c on true",
    "select o.total + 1 from app.orders o join app.customers c on c.id = o.customer_id",
    "select customers.name || '' from app.customers",
    "select app.customers.name || '' from app.customers",
    "select c.ctid::text from app.customers c",
    "with c as (select id, name from app.customers) select upper(c.name) from c",
    "select x.n + 1 from (select count(*) as n from app.customers) x",
    "select row_to_json(t) from (select id, name from app.customers) t",
    "select json_agg(o) from app.orders o join app.customers c on true",
    "select coalesce(total, 0) from orders",
    "select upper(note) from app.orders where note ->> 'a' = 'b'",
    "select count(*) from app.events",
    "(with x as (select 1 as a) select a + 1 from x) union select length(name) from app.customers where ssn = 'x'",
    "select total * 2 from app.open_orders",
    "select relname || 'x' from pg_class",
    "select stanullfrac * 2 from pg_statistic",
    "select (jsonb_each('{}')).key from app.orders",
    "select pg_try_advisory_lock(1)",
    "select set_config('search_path', '', false)",
    "select pg_catalog.upper('x')",
    "explain select email from app.customers",
    "explain (analyze, verbose) select upper(email) from app.customers where ssn = 'x'",
    "insert into app.orders (note) values ('x') returning id + 1",
    "update app.customers set email = $1 where id = $2 returning id + 1",
    "delete from app.customers where email = $1 returning upper(name)",
    "merge into app.orders o using app.customers c on o.id = c.id when matched then delete returning o.id + 1",
    "show server_version",
    "select 1; select upper(name) from app.customers",
    "values (1), (2)",
    "select email is null from app.customers",
    "with c as (select * from app.customers) select upper(c.name) from c",
    "select exists (select * from app.customers)",
    "select upper(b) from app.customers as t(a, b, c)",
    "select upper(c) from app.customers natural join app.orders as o(a, b, c)",
    "select count(*) from api.customers",
    "select count(*) from nosuch",
    "select count(*) from app.orders, nosuch",
    "select count(*) from pg_stat_activity",
    "select count(email), count(distinct ssn) from app.customers",
    "select (c).name || '' from app.customers c",
    "select (select max(name) from app.customers)",
    "select x.n || '' from (select name as n, email as e from app.customers) x",
    "with w(a, b) as (select email, id from app.customers) select b + 1 from w",
    "with recursive w(a, b) as (select email, 1 from app.customers union all select a, b + 1 from w where b < 9) select b + 1 from w",
    "select upper(l.n) from app.customers c, lateral (select c.name as n, c.email as e) l",
    "select upper(s.name) from (select * from app.customers) s",
    "select upper(name) from (select name from app.customers union all select note from app.orders) s",
    "select (select name from app.customers c where c.id = o.customer_id) || o.note from app.orders o",
    "select count(email) over () from app.customers",
    "select upper(n.name) from app.orders o left join lateral (select * from app.customers c where c.id = o.id) n on true",
    "select json_build_object('n', name, 'id', id) from app.customers",
    "select upper(contact_name) from (select id, name as contact_name, contact from api.customers) x",
    "select total::text from api.customers c join app.orders o using (id)",
    "select e.id + 1 from app.events e where e.who = $1",
    "insert into app.customers (email) values ($1) on conflict (id) do update set email = excluded.email returning upper(name)",
]

EXACT = [
    "select (select max(email) from app.customers)",
    "select greatest(email, '') from app.customers",
    "select v from (values ((select email from app.customers limit 1))) t(v)",
    "select (c).email from app.customers c",
    "select email::text from app.customers",
    "select coalesce(email, 'x') from app.customers",
    "select case when id > 3 then email end from app.customers",
    "select email from app.customers union select 'x'",
    "select first_value(email) over () from app.customers",
    "with w(a) as (select email from app.customers) select min(a) from w",
]
"""Values as they are stored, without the server saying so: masked as the column is."""

TAINTED = [
    # named
    "select upper(email) from app.customers",
    "select 'x' || c.ssn from app.customers c",
    "select reverse(app.customers.email) from app.customers",
    'select upper("email") from app.customers',
    'select upper(U&"\\0065mail") from app.customers',
    "select EMAIL::bytea from app.customers",
    "select case when email < 'm' then 1 else 2 end from app.customers",
    "select substring(email from 1 for 1) from app.customers",
    "select array_agg(email) from app.customers",
    "select mode() within group (order by email) from app.customers",
    "select percentile_disc(0.5) within group (order by ssn) from app.customers",
    "select array(select email from app.customers)",
    "select xmlelement(name a, email) from app.customers",
    "select json_object('a': email) from app.customers",
    "select (row(email)).f1 from app.customers",
    "select length(email) from app.customers",
    "values (1), ((select length(ssn) from app.customers limit 1))",
    "select upper(who) from app.events_2026",
    # through something
    "select upper(x.e) from (select email as e from app.customers) x",
    "with x(e) as (select email from app.customers) select upper(e) from x",
    "with x as (select email as e from app.customers), y as (select e as f from x) select upper(f) from y",
    "select upper(l.e) from app.orders o, lateral (select email as e from app.customers) l",
    "select x from app.customers c, lateral upper(c.email) x",
    "select 'x' union select upper(email) from app.customers",
    "with u as (update app.orders set note = 'x' returning note) select email || '' from app.customers, u",
    "with u as (update app.customers set name = 'x' returning email) select upper(email) from u",
    "select upper(email) from app.orders join app.customers using (id)",
    # as a whole
    "select c from app.customers c",
    "select app.customers from app.customers, app.customers c",
    "select customers from app.customers",
    "select row_to_json(c) from app.customers c",
    "select to_jsonb(c.*) from app.customers c",
    "select c::text from app.customers c",
    "select row(c.*) from app.customers c",
    "select (c.*)::text from app.customers c",
    "select (x.r).name from (select c as r from app.customers c) x",
    "select x from (select c from app.customers c) x",
    "select x from (select * from app.customers) x",
    "select j from (app.customers c cross join app.orders o) as j",
    "select j from app.customers a join app.customers b using (ssn) as j",
    "select j.to_jsonb from app.customers a join app.customers b using (ssn) as j",
    "select to_jsonb(j) from app.customers a join app.customers b using (ssn) as j",
    "select j.to_jsonb from (app.customers c cross join app.orders o) as j",
    "select row_to_json(t) from (table app.customers) t",
    "select jsonb_each(to_jsonb(c)) from app.customers c",
    "select e.value from app.customers c, jsonb_each(to_jsonb(c)) e",
    "select to_jsonb from app.customers to_jsonb",
    # as a call in disguise
    "select c.to_jsonb from app.customers c",
    "select (c).to_jsonb from app.customers c",
    "select c.concat from app.customers c",
    "select customers.row_to_json from app.customers",
    "select o.customer_email from app.orders o",
    # renamed
    "select upper(contact) from api.customers",
    "select upper(id) from app.swapped",
    # from who knows where
    "select app.reveal(1)",
    "select reveal(1) from app.orders",
    "select 1 <<< 2",
    "select id + 1 from app.orders where to_tsvector(note) @@ 'x'",
    "select 1 operator(app.+) 2",
    "select 1 operator(app.@>) 2",
    "select * from app.reveal(1) as r",
    "select query_to_xml('select ssn from app.customers', true, false, '')",
    "select pg_read_file('x')",
    "select lo_get(1)",
    "select ts_stat('select email from app.customers')",
    "select pg_stat_get_activity(null)",
    "select most_common_vals::text from pg_stats",
    "select stavalues1::text from pg_statistic",
    "select encode(chunk_data, 'escape') from pg_toast.pg_toast_16384",
    "call app.refund(1)",
    "explain select app.reveal(1)",
    "explain execute p(1)",
    "select current_query()",
    # among others
    "select 1; select upper(email) from app.customers",
    "insert into app.customers (id) values (1) returning upper(email)",
    "update app.customers set name = 'x' returning length(ssn)",
    "update app.customers set name = 'x' returning customers",
    "update app.customers set name = 'x' returning old",
    "update app.customers set name = 'x' returning to_jsonb(new)",
    "update app.customers set name = 'x' returning with (old as before) before",
    "update app.customers set name = 'x' returning with (old as before) upper(before.email)",
    "delete from app.customers returning row(customers.*)",
    "insert into app.customers (id) values (1) on conflict (id) do update set name = 'x' returning upper(email)",
    "merge into app.customers c using app.orders o on o.id = c.id when matched then delete returning upper(c.email)",
]


@pytest.mark.parametrize("text", CLEAN)
def test_ordinary_work_is_proved_clean(text: str) -> None:
    """What shows no sensitive value passes as it is: aggregates, other columns, filters on sensitive ones, plans."""
    assert computed(text) is None


@pytest.mark.parametrize("text", TAINTED)
def test_whatever_may_carry_a_sensitive_value_is_masked(text: str) -> None:
    """Named, whole, renamed, called in disguise, or from a place nobody can see: the default mask."""
    assert computed(text) == Redact()


@pytest.mark.parametrize("text", EXACT)
def test_an_unchanged_value_is_masked_as_its_column(text: str) -> None:
    """However it came into the result."""
    assert computed(text) == Partial()


def test_a_mask_that_hides_presence_hides_its_traces() -> None:
    """Whether there is a value passes, except where null hides that."""
    assert computed("select salary is null from hr.staff") == Redact()
    assert computed("select count(salary) from hr.staff") == Redact()
    assert computed("select count(*) from hr.staff") is None


def test_the_default_can_be_chosen() -> None:
    """What can't be traced gets the mode that the configuration says."""
    by = masker(default="null")
    assert computed("select upper(email) from app.customers", by=by) == by.default != Redact()


FETCHES = [
    ("fetch all from c", ("declare c cursor for select upper(name) from app.customers",), True),
    ("fetch all from c", ("declare c cursor for select upper(email) from app.customers",), False),
    ("fetch all from c", ("declare c cursor for select 1", "declare c cursor for select upper(ssn) from app.customers"), False),
    ("fetch all from c", (), False),
    ("fetch all from c", ("select 1",), False),
    ("fetch 1 from c; fetch 1 from d", ("declare c cursor for select 1",), False),
    ("fetch c; select 1", (), False),
    ("execute p(1)", ("prepare p as select upper(name) from app.customers where id = $1",), True),
    ("execute p(1)", ("prepare p as select upper(email) from app.customers where id = $1",), False),
    ("execute p(1)", (), False),
    ("declare c cursor for select 1; fetch c", (), False),
    ("declare c cursor for select 1", (), True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "followed", "clean"), FETCHES)
def test_cursors_and_prepared_statements(text: str, followed: tuple[str, ...], clean: bool) -> None:
    """They carry what is behind their names; a name that isn't known for sure may carry anything."""
    assert (computed(text, *followed) is None) is clean


def test_a_new_version_of_the_catalogue_is_asked_anew() -> None:
    """A view that shows something else now is not judged by what it showed."""
    catalogue, by = Catalogue(), masker()
    asked, column = analysed("select total * 2 from app.open_orders"), [Column("x", "text", None)]
    assert by.plan(column, asked, session(catalogue=catalogue)) is None
    catalogue.views = {"app.open_orders": {"total": ["app.customers.ssn"]}}
    catalogue.version += 1
    assert by.plan(column, asked, session(catalogue=catalogue)) == (Redact(),)


def test_users_functions_and_operators_by_trust_and_name() -> None:
    """A function that is vouched for computes; one of the server's names in another schema is a user's."""
    assert computed("select app.next_id(note) from app.orders", by=masker(trust="app.next_id")) is None
    assert computed("select app.next_id(email) from app.customers", by=masker(trust="app.next_id")) == Redact()
    assert computed("select app.upper('x')") == Redact()
    assert computed("select 1 operator(pg_catalog.+) 2") is None
