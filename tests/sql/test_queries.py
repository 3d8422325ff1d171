"""Tests of tokengate.sql.queries, expressions and blocks: what a statement's parts are, told apart where it matters."""

from __future__ import annotations

import pytest

from tokengate.sql.blocks import (
    EVERY_OUTPUT,
    Call,
    Comparison,
    Field,
    Join,
    Nested,
    Operand,
    Present,
    Query,
    Reading,
    Ref,
    Typed,
)
from tokengate.sql.facts import Name
from tokengate.sql.libpg import parse
from tokengate.sql.postgres import analyse
from tokengate.sql.queries import Reader


def query(text: str, *, literals: bool = False) -> Query:
    """The blocks of one statement."""
    (statement,) = parse(text.encode())
    return Reader(literals=literals).query(statement["stmt"])


def conditions(text: str) -> dict[str, int]:
    """How many tests each clause of a statement's outermost block has; those for equality alone count as one more."""
    return {one.clause: len(one.tests) + len(one.equal) for one in query(text).conditions}


def test_outputs_have_names_and_values() -> None:
    """As the server calls them where that is beyond doubt; unchanged values are told from computed ones."""
    outputs = query(
        "select id, email as e, upper(name), 1 + 1, c.*, (c).x, coalesce(a, b), d::text, f::int from c"
    ).outputs
    assert [one.name for one in outputs] == ["id", "e", "upper", None, None, None, None, None, None]
    assert [one.star for one in outputs] == [False] * 4 + [True] + [False] * 4
    assert outputs[1].value == (Ref(("email",), exact=True),)
    assert outputs[2].value == (Call(outputs[2].value[0].name, (Ref(("name",)),)),)  # type: ignore[union-attr]  # it is a call
    assert outputs[3].value == ()
    assert outputs[5].value == (Field((Ref(("c",)),), "x"),)
    assert set(outputs[6].value) == {Ref(("a",), exact=True), Ref(("b",), exact=True)}
    assert outputs[7].value == (Typed(Name(None, "text")), Ref(("d",), exact=True))
    assert outputs[8].value == (Typed(Name("pg_catalog", "int4")), Ref(("f",)))


def test_a_star_inside_a_value_is_a_row() -> None:
    """Only the item of a select list itself stands for several columns."""
    for text in (
        "select row(c.*) from c",
        "select (c.*)::text from c",
        "select count(c.*) from c",
        "select array[c.*] from c",
    ):
        assert not query(text).outputs[0].star, text


def test_conditions_are_cut_into_tests() -> None:
    """At AND, OR and NOT, and at a list's items; comparisons with operands alone stand apart."""
    assert conditions("select 1 from t where a < b and not (c like d or e = $1) order by f, g") == {
        "WHERE": 3,
        "ORDER BY": 2,
    }
    found = query("select 1 from t where a = $1 and b in (1, $2) and c = any($3) and d <> $4 and e = f").conditions[0]
    assert sorted(found.equal) == sorted(
        [
            Comparison(Ref(("a",), exact=True), (Operand(1),)),
            Comparison(Ref(("b",), exact=True), (Operand(0), Operand(2))),
            Comparison(Ref(("c",), exact=True), (Operand(3),), any=True),
        ]
    )
    assert len(found.tests) == 2


def test_every_clause_that_chooses_is_a_condition() -> None:
    """Whatever it is called."""
    text = """select distinct on (a) case when b > c then 1 end, count(*) filter (where d like e),
        rank() over (partition by f order by g), string_agg(h, ',' order by i), count(j || k)
        from t join u on l < m where n < o group by p having q < r"""
    assert set(conditions(text)) == {
        "DISTINCT", "CASE", "FILTER", "OVER", "ORDER BY", "COUNT", "JOIN", "WHERE", "GROUP BY", "HAVING",
    }  # fmt: skip
    assert conditions("select a from t union select b from u") == {"UNION, INTERSECT or EXCEPT": 1}
    assert conditions("merge into t using u on t.a < u.a when matched and t.b < 1 then delete") == {
        "JOIN": 1,
        "WHEN": 1,
    }


def test_an_ordinal_stands_for_its_output() -> None:
    """And for any of them where that can't be told: past a star, in a set operation, in a row."""
    for text in ("select a, b from t order by 2", "select b, * from t group by 1", "select distinct on (1) b from t"):
        assert query(text).conditions[0].tests == ((Ref(("b",), exact=True),),), text
    for text in (
        "select distinct a from t",
        "select *, b from t order by 2",
        "select a from t order by '1'",
        "select a from t order by 2",
        "select a, b from t group by rollup (2)",
        "select a, b from t union all select a, b from t order by 2",
    ):
        assert query(text).conditions[0].tests == ((Ref(EVERY_OUTPUT),),), text


def test_presence_is_told_from_value() -> None:
    """IS NULL and count() of a plain column say no more than whether there is a value."""
    assert query("select a is null, count(b) from t").outputs[0].value == (Present(Ref(("a",), exact=True)),)
    assert Present(Ref(("b",), exact=True)) in query("select count(b) from t").outputs[0].value
    assert query("select upper(a) is null from t").outputs[0].value != ()


def test_limits_are_what_counts_rows() -> None:
    """LIMIT, OFFSET, generate_series of anything, and containers that are made of something."""
    assert query("select 1 from t limit (select a from u)").limits
    assert query("select 1 from t, generate_series(1, t.a)").limits == (Ref(("t", "a")),)
    assert query("select generate_series(1, a) from t").limits == (Ref(("a",)),)
    assert query("select 1 from t, unnest(t.a)").limits == ()
    assert query("select 1 from t, unnest(string_to_array(t.a, ','))").limits != ()
    assert query("select 1 from t, jsonb_each(t.a)").limits == ()
    assert query("select 1 from t limit 10").limits == ()


def test_set_operations_are_flat_unless_they_have_clauses() -> None:
    """Operands from left to right, however many."""
    text = " union all ".join(f"select a{n} from t" for n in range(300))
    assert [one.outputs[0].name for one in query(text).operands] == [f"a{n}" for n in range(300)]
    assert len(query("select a from t union (select b from u intersect select c from v limit 1)").operands) == 2


def test_into_takes_the_rows_of_all_operands() -> None:
    """It is written in one of them."""
    (write,) = query("select 'x' as a into n union select b from t").writes
    assert write.creates
    assert write.rows is not None
    assert len(write.rows.operands) == 2


def test_writes_say_what_goes_where() -> None:
    """INSERT by position, SET by name, MERGE by both, ON CONFLICT besides; operands are told from computed values."""
    (write,) = query(
        "insert into t (a, b) values ($1, upper($2)), ('x', $3) on conflict (a) do update set c = $4"
    ).writes
    assert write.columns == ("a", "b")
    assert write.operands == ((0, Operand(1)), (1, Operand(3)), (0, Operand()))
    assert [(one.column, one.operand) for one in write.assignments] == [("c", Operand(4))]
    (write,) = query("update t set a = $1, b = c, d[1] = $2").writes
    assert [(one.column, one.operand) for one in write.assignments] == [("a", Operand(1)), ("b", None), ("d", None)]
    first, second = query(
        "merge into t using u on t.a = u.a when matched then update set b = u.b when not matched then insert (a) values (u.c)"
    ).writes
    assert first.assignments[0].column == "b"
    assert second.columns == ("a",)


def test_literals_are_where_they_are_written() -> None:
    """For the text that was parsed, and no other."""
    text = "select 1 from t where a = 'x' and b in ('y', 'z')"
    places = [o.location for one in query(text, literals=True).conditions[0].equal for o in one.operands]
    assert sorted(text[at : at + 3] for at in places) == ["'x'", "'y'", "'z'"]
    assert [o.location for one in query(text).conditions[0].equal for o in one.operands] == [-1, -1, -1]
    (write,) = query("insert into t (a) values ('x')", literals=True).writes
    assert write.operands[0][1].location > 0


@pytest.mark.parametrize(
    ("text", "loose"),
    [
        ("select 1 from t where a = $1", set()),
        ("select 1 from t where a = $1 or b = $1", set()),
        ("select $1", {1}),
        ("select 1 from t where a like $1 and b = $2", {1}),
        ("select 1 from t where a = $1 limit $2", {2}),
        ("insert into t values ($1, lower($2))", {2}),
        ("update t set a = $1 where b = $2 || 'x'", {2}),
        ("values ($1)", {1}),
        ("select 1 from (values ($1)) v(a) where a = $2", {1}),
        ("select 1 from t where a between $1 and $2", {1, 2}),
    ],
)
def test_parameters_that_are_more_than_operands(text: str, loose: set[int]) -> None:
    """Wherever a parameter is anything but the whole of a comparison's or an assignment's other side."""
    (statement,) = analyse(text).statements
    assert statement.reading is not None
    assert statement.reading.loose == loose


def test_what_moves_no_values_has_no_blocks() -> None:
    """And what can't be followed says so."""
    (statement,) = analyse("set work_mem = '1MB'").statements
    assert statement.reading is not None
    assert statement.reading.query is None
    assert not statement.reading.lost

    def fail(tree: object) -> tuple[Query | None, frozenset[int]]:
        raise RecursionError

    lost = Reading(fail)
    assert lost.lost
    assert lost.query is None


def test_nothing_is_too_deep() -> None:
    """What nests deeper than can be followed is lost, not an error."""
    text = "select " + "(select " * 1500 + "1" + ")" * 1500
    (statement,) = analyse(text).statements or [None]
    assert statement is None or statement.reading is None or statement.reading.lost or statement.reading.query


def test_joins_keep_what_they_merge() -> None:
    """USING names columns, NATURAL leaves that to the catalogue."""
    (join,) = query("select 1 from a join b using (x, y) as j").sources
    assert isinstance(join, Join)
    assert (join.using, join.using_alias) == (("x", "y"), "j")
    (join,) = query("select 1 from a natural join b").sources
    assert isinstance(join, Join)
    assert join.using is None


def test_sub_selects_say_whether_they_are_shown() -> None:
    """EXISTS shows nothing of its rows."""
    (nested,) = query("select exists (select a from t)").outputs[0].value
    assert isinstance(nested, Nested)
    assert not nested.shown
    (nested,) = query("select (select a from t)").outputs[0].value
    assert isinstance(nested, Nested)
    assert nested.shown
    assert nested.exact


def test_a_tree_that_is_gone_is_made_anew() -> None:
    """Few are kept; the blocks are the same."""
    kept = [analyse(f"select a{n}, $1 from t where b = $2").statements[0].reading for n in range(40)]
    for number, reading in enumerate(kept):
        assert reading is not None
        assert reading.query is not None
        assert reading.query.outputs[0].value == (Ref((f"a{number}",), exact=True),)
        assert reading.loose == {1}
