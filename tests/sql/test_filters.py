"""Which conditions choose among the rows of what is written."""

from __future__ import annotations

import pytest

from tokengate.sql.cache import to_action


def chooses(text: str) -> bool:
    categories = to_action(text.encode()).categories
    assert "write" in categories
    return "unfiltered-write" not in categories


@pytest.mark.parametrize(
    "text",
    [
        "delete from app.notes where id = id",
        "delete from app.notes where notes.id = id",
        "delete from app.notes n where n.id = id",
        "delete from app.notes where not id <> id",
        "delete from app.notes where id is not null",
        "delete from app.notes where not (id is null)",
        "delete from app.notes where id is distinct from null",
        "delete from app.notes where not (id is not distinct from null)",
        "delete from app.notes where id = 1 or true",
        "delete from app.notes where id = 1 or id is not null",
        "delete from app.notes where id = 1 or (select true)",
        "delete from app.notes where $1 or id = 1",
        "delete from app.notes where $1::int is null or id = $1",
        "delete from app.notes where exists (select 1)",
        "delete from app.notes where exists (select 1 from app.notes)",
        "delete from app.notes where exists (select 1 from app.notes m where m.id = notes.id)",
        "delete from app.notes where exists (select 1 from app.notes where id = notes.id)",
        "delete from app.notes where exists (select 1 from app.notes where id = 1)",
        "delete from app.notes where exists (select 1 from other o where o.active)",
        "delete from app.notes where (select count(*) from other o) > 0",
        "delete from app.notes where id in (select id from app.notes)",
        "delete from app.notes where id in (select id from app.notes where true)",
        "delete from app.notes where id in (select id from app.notes m where m.id = notes.id)",
        "delete from app.notes where id in (select id from app.notes union select id from app.notes where id = 1)",
        "delete from app.notes where id = any (select id from notes)",
        "delete from app.notes where id = any (array(select id from notes))",
        "delete from app.notes where id in (select id from app.notes limit all)",
        "delete from app.notes where id >= all (select id from notes where false)",
        "delete from app.notes where tableoid is not null",
        "delete from app.notes where tableoid = 5",
        "delete from app.notes where xmax = 0",
        "delete from app.notes where id = id + 0",
        "delete from app.notes where id <= id + 1",
        "delete from app.notes where id between id and id",
        "delete from app.notes where id in (1, id)",
        "delete from app.notes where id::text = id::text",
        "delete from app.notes where (id, note) = (id, note)",
        "delete from app.notes where (id = id) is true",
        "delete from app.notes where (id = 1) is not unknown",
        "delete from app.notes where 1 = 1",
        "delete from app.notes where now() is not null",
        "delete from app.notes where random() < 0.5",
        "delete from app.notes where $1 = $2",
        "delete from app.notes using other o where o.active",
        "delete from app.notes using app.notes m where notes.id = m.id",
        "delete from app.notes using other",
        "delete from app.notes",
        "update app.notes set a = 1 from other o where o.id = 5",
        "update notes set a = 1 where current_user = 'x'",
        "merge into notes n using (select 1) x on true when matched then delete",
        "merge into notes n using x on n.id = n.id when matched then delete",
        "merge into notes n using notes m on n.id = m.id when matched then delete",
        "merge into notes n using x on false when not matched by source then delete",
        "merge into notes n using x on 1=1 when matched and n.id = n.id then update set a = 1",
        "merge into notes n using x on true when matched and n.id = 5 then delete when matched then update set a = 1",
        "delete from notes where notes is not null",
        "delete from notes where notes = notes",
        "delete from notes where coalesce(id, 0) = coalesce(id, 0)",
        "delete from notes where id not in (select id from notes where false and id = 1) and 1 = 1 or id is not null",
    ],
)  # fmt: skip
def test_what_chooses_nothing(text: str) -> None:
    """No condition, one that is the same for all rows, and one that every row fulfils by its form."""
    assert not chooses(text)


@pytest.mark.parametrize(
    "text",
    [
        "delete from t where deleted_at is not null and deleted_at < now() - interval '30 days'",
        "delete from t where active",
        "delete from t where not active",
        "delete from t where t.active is not true",
        "delete from t where a is null",
        "delete from t where id in (select t_id from other where gone)",
        "delete from t where id in (select id from other)",
        "delete from t where id in (select id from t where created < now())",
        "delete from t where id not in (select min(id) from t group by email)",
        "delete from t where id in (select id from t order by id limit 1000)",
        "delete from t where ctid in (select ctid from t limit 1000)",
        "delete from t where ctid = any (array(select ctid from t where a < 1 limit 1000))",
        "delete from t where id = any ($1)",
        "delete from t where id = $1",
        "delete from t where exists (select 1 from other o where o.t_id = t.id)",
        "delete from t where not exists (select from other where other.t_id = t.id)",
        "delete from t where exists (select 1 from other where t_id = id)",
        "delete from t where exists (select 1 from other where id = t.id)",
        "delete from t a using t b where a.id < b.id and a.email = b.email",
        "delete from t a where exists (select 1 from t b where b.email = a.email and b.id < a.id)",
        "delete from t a where a.ctid <> (select min(b.ctid) from t b where a.key = b.key)",
        "delete from t using other o where o.id = t.other_id and o.gone",
        "delete from t using (values (1), (2)) v(id) where v.id = t.id",
        "delete from t where current of c",
        "delete from t where id = 1 or id = 2",
        "delete from t where id between 1 and 2",
        "delete from t where name like 'x%'",
        "delete from t where name ~ 'x'",
        """delete from t where data @> '{"a": 1}'""",
        "delete from t where data->>'a' = 'b'",
        "delete from t where data->>'a' <> data->>'b'",
        "delete from t where data ? 'a'",
        "delete from t where starts_with(name, 'x')",
        "delete from t where (a, b) in ((1, 2), (3, 4))",
        "delete from t where (a, b) = ($1, $2)",
        "delete from t where date_trunc('day', at) = '2026-01-01'",
        "delete from t where at < now() - interval '1 day'",
        "delete from t where (select count(*) from other o where o.t_id = t.id) = 0",
        "delete from t where id = (select max(id) from t)",
        "delete from t where parent_id in (select id from t)",
        "delete from t where id in (select id from t union select id from t where a = 1) and b = 3",
        "delete from t where id in (with recursive r as (select id from t where id = 1 union all select t.id from t join r on t.parent_id = r.id) select id from r)",
        "update t set email = lower(email) where email <> lower(email)",
        "update t set a = 1 where a is distinct from 1",
        "update t set a = b where a is distinct from b",
        "update t set a = $1, version = version + 1 where id = $2 and version = $3",
        "update t set a = v.a from (values (1, 2)) v(id, a) where t.id = v.id",
        "update t set a = s.a from s where t.id = s.id",
        "update t set a = 1 where id in (select id from t where state = 'new' order by id limit 1 for update skip locked) returning *",
        "with d as (select id from t where state = 'x' limit 10) delete from t using d where t.id = d.id",
        "update app.t as x set a = 1 where x.id = 1",
        "update t set a = 1 where owner = current_user",
        "update t set a = 1 where $1 = any (tags)",
        "update t set a = 1 where tags && $1",
        "update t set a = 1 where case when id = 1 then true else false end",
        "merge into t using s on t.id = s.id when matched then update set a = s.a when not matched then insert values (1)",
        "merge into t using s on t.id = s.id when not matched by source then delete",
        "merge into t using (select 1) x on true when not matched then insert values (1)",
        "merge into t using (select 1) x on true when matched and t.id = 3 then delete when matched and t.id = 4 then update set a = 1",
        "merge into t using (values ($1, $2)) v(k, a) on t.k = v.k when matched then update set a = v.a",
        "delete from t where xmin = '5'",
        "delete from t where date = current_date",
        "delete from t where id in (select distinct on (email) id from t order by email, id)",
        "delete from t where (lower(email), id) not in (select lower(email), min(id) from t group by 1)",
        "delete from t where id in (select x.id from (select id, row_number() over (partition by email) n from t) x where x.n > 1)",
        "delete from t where not (a = 1 or b = 2)",
        "delete from t where nullif(trim(name), '') is null",
        "delete from t where id not in (select t_id from other)",
        "delete from t where id in (select id from t except select t_id from other)",
        "delete from t where a.b.t.id = 1",
        "delete from t where a > b",
        "delete from t where a = b",
        "delete from t where id in (select t.id from t join other o on o.t_id = t.id)",
        "delete from t where exists (select 1 from (select * from other o where o.t_id = t.id) x)",
    ],
)  # fmt: skip
def test_what_chooses(text: str) -> None:
    """Ordinary changes and purges are no mistakes."""
    assert chooses(text)


def test_depth_is_an_error_at_worst() -> None:
    """However deep a condition is, it is understood or refused, never a crash."""
    for open_, close in (
        ("not (", ")"),
        ("a = (select ", ")"),
        ("(a + ", ")"),
        ("exists (select 1 from t where ", ")"),
    ):
        for depth in (10, 80, 400, 5000):
            categories = to_action(f"delete from t where {open_ * depth}a{close * depth}".encode()).categories
            assert categories >= {"write"} or categories == {"unparsable"}
