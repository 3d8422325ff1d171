"""Tests of tokengate.protocols.postgres.snapshot, on small made-up databases."""

from __future__ import annotations

from tokengate.protocols.postgres.functions import Function
from tokengate.protocols.postgres.reach import Key, Links
from tokengate.protocols.postgres.snapshot import Relation, Snapshot, Source, Stored
from tokengate.sql.facts import Name
from tokengate.values import Origin


def relation(oid: int, name: str, *columns: str, kind: str = "r", schema: str = "app") -> Relation:
    stored = {number: Stored(number, column, 25, -1, column == "made") for number, column in enumerate(columns, 1)}
    return Relation(oid, schema, name, kind, stored)


def snapshot(
    *relations: Relation, views: dict[int, dict[int, tuple[Source, ...] | None]] | None = None, **more: object
) -> Snapshot:
    return Snapshot({one.oid: one for one in relations}, views=views or {}, **more)  # type: ignore[arg-type]


def names(origins: frozenset[Origin] | None) -> set[str] | None:
    return None if origins is None else {str(origin) for origin in origins}


PEOPLE = relation(1, "people", "id", "ssn")


def test_a_table_column_is_its_own_origin() -> None:
    """A stored column descends from itself; attnum 0 is the whole row."""
    known = snapshot(PEOPLE)
    assert names(known.origins(1, 2)) == {"app.people.ssn"}
    assert names(known.origins(1, 0)) == {"app.people.id", "app.people.ssn"}


def test_what_is_not_there_is_unknown() -> None:
    """An OID or column (dropped, system) that the snapshot lacks has no known origin: None, not the empty set."""
    known = snapshot(PEOPLE)
    assert known.origins(2, 1) is None
    assert known.origins(2, 0) is None
    assert known.origins(1, 3) is None
    assert known.origins(1, -1) is None
    assert known.expand("app", "nobody") is None
    assert known.expand("other", "people") is None


def test_views_upon_views() -> None:
    """A view's column descends from what it is made of, through other views, and may be named by the view itself."""
    first = relation(2, "first", "a", "b", kind="v")
    second = relation(3, "second", "c", kind="m")
    known = snapshot(PEOPLE, first, second, views={2: {1: ((1, 1),), 2: ((1, 0),)}, 3: {1: ((2, 1),)}})
    assert names(known.origins(3, 1)) == {"app.second.c", "app.first.a", "app.people.id"}
    assert names(known.origins(2, 2)) == {"app.first.b", "app.people.id", "app.people.ssn"}
    assert names(known.expand("app", "second")) == {"app.second.c", "app.first.a", "app.people.id"}


def test_an_opaque_column_spreads() -> None:
    """What is made of something unknown is unknown; its plain neighbours are not."""
    first = relation(2, "first", "a", "b", kind="v")
    second = relation(3, "second", "c", "d", kind="v")
    known = snapshot(PEOPLE, first, second, views={2: {1: ((1, 1),), 2: None}, 3: {1: ((2, 1),), 2: ((2, 0),)}})
    assert names(known.origins(3, 1)) == {"app.second.c", "app.first.a", "app.people.id"}
    assert known.origins(3, 2) is None
    assert known.expand("app", "second") is None


def test_a_view_without_definition_is_opaque() -> None:
    """A view whose definition could not be read shows nobody knows what."""
    known = snapshot(PEOPLE, relation(2, "first", "a", kind="v"))
    assert known.origins(2, 1) is None


def test_definitions_that_lead_back_to_themselves() -> None:
    """No server has them; if one says so, the answer is unknown and not an endless search."""
    one, other = relation(1, "one", "a", kind="v"), relation(2, "other", "a", kind="v")
    known = snapshot(one, other, views={1: {1: ((2, 1),)}, 2: {1: ((1, 1),)}})
    assert known.origins(1, 1) is None
    assert known.origins(2, 1) is None
    circle = snapshot(PEOPLE, relation(2, "copy", "ssn"), parents={1: (2,), 2: (1,)})
    assert names(circle.origins(1, 2)) == {"app.people.ssn", "app.copy.ssn"}


def test_partitions_count_as_their_parents() -> None:
    """A partition's column is its parents' too, by name; reading a parent shows its partitions' columns; siblings stay
    apart.
    """
    top = relation(1, "events", "id", "who", kind="p")
    middle = relation(2, "events_2025", "who", "id", kind="p")
    leaf = relation(3, "events_2025_01", "own", "who", "id")
    sibling = relation(4, "events_2026", "id", "who")
    known = snapshot(top, middle, leaf, sibling, parents={2: (1,), 3: (2,), 4: (1,)})
    above = {"app.events.who", "app.events_2025.who", "app.events_2025_01.who"}
    assert names(known.origins(3, 2)) == above
    assert names(known.origins(4, 2)) == {"app.events.who", "app.events_2026.who"}
    assert names(known.origins(2, 1)) == above
    assert names(known.origins(1, 2)) == above | {"app.events_2026.who"}
    assert names(known.origins(3, 1)) == {"app.events_2025_01.own"}


def test_inheriting_from_two() -> None:
    """Rows of a child of two parents are named by both, whichever is read."""
    left, right, child = relation(1, "left", "x"), relation(2, "right", "x"), relation(3, "child", "x")
    known = snapshot(left, right, child, parents={3: (1, 2)})
    assert names(known.origins(1, 1)) == {"app.left.x", "app.child.x", "app.right.x"}


def test_unqualified_names_are_every_schema_s() -> None:
    """Without a schema a name may be any; pg_temp is any session's."""
    known = snapshot(
        PEOPLE, relation(2, "people", "card", schema="old"), relation(3, "people", "tmp", schema="pg_temp_3")
    )
    assert names(known.expand(None, "people")) == {
        "app.people.id",
        "app.people.ssn",
        "old.people.card",
        "pg_temp_3.people.tmp",
    }
    assert names(known.expand("old", "people")) == {"old.people.card"}
    assert names(known.expand("pg_temp", "people")) == {"pg_temp_3.people.tmp"}


def test_a_relation_without_columns_is_known() -> None:
    """It shows nothing, which is not the same as not being there."""
    assert snapshot(relation(1, "empty")).expand("app", "empty") == frozenset()


def test_builtin_functions() -> None:
    """A name is the server's only while nobody has added a function that it could mean instead."""
    known = snapshot(
        functions=[
            Function("pg_catalog", "upper", True),
            Function("pg_catalog", "lower", True),
            Function("app", "lower", False),
            Function("pg_catalog", "pg_file_write", False),
            Function("information_schema", "_pg_truetypid", True),
        ]
    )
    assert known.is_builtin("upper")
    assert known.is_builtin("pg_catalog.upper")
    assert known.is_builtin("pg_catalog.lower")
    assert known.is_builtin("information_schema._pg_truetypid")
    assert not known.is_builtin("lower")
    assert not known.is_builtin("app.lower")
    assert not known.is_builtin("app.upper")
    assert not known.is_builtin("pg_catalog.pg_file_write")
    assert not known.is_builtin("nothing")
    assert not known.is_builtin("")


def test_a_function_named_like_a_qualified_one() -> None:
    """A user's function whose quoted name is "pg_catalog.upper" does not pass for the server's."""
    known = snapshot(functions=[Function("pg_catalog", "upper", True), Function("app", "pg_catalog.upper", False)])
    assert not known.is_builtin("pg_catalog.upper")
    assert known.is_builtin("upper")


def test_generated_columns() -> None:
    """They descend from what their expression refers to, and from themselves; one of nobody knows what is unknown."""
    table = relation(1, "people", "first", "last", "full", "odd", "made")
    view = relation(2, "shown", "full", "odd", kind="v")
    known = snapshot(
        table,
        view,
        views={2: {1: ((1, 3),), 2: ((1, 4),)}},
        computed={(1, 3): ((1, 1), (1, 2)), (1, 4): None, (1, 5): ()},
    )
    assert names(known.origins(1, 3)) == {"app.people.first", "app.people.last", "app.people.full"}
    assert names(known.origins(2, 1)) == {"app.people.first", "app.people.last", "app.people.full", "app.shown.full"}
    assert names(known.origins(1, 5)) == {"app.people.made"}
    assert known.origins(1, 4) is None
    assert known.origins(2, 2) is None
    assert known.expand("app", "people") is None


def test_generated_columns_of_partitions() -> None:
    """Reading a parent shows what its partitions generate; a partition shows its own."""
    parent, child = relation(1, "events", "a", "b", "g", kind="p"), relation(2, "part", "g", "b", "a")
    known = snapshot(parent, child, parents={2: (1,)}, computed={(1, 3): ((1, 1),), (2, 1): ((2, 2),)})
    own = {"app.events.g", "app.part.g"}
    assert names(known.origins(2, 1)) == own | {"app.part.b", "app.events.b"}
    assert names(known.origins(1, 3)) == own | {"app.part.b", "app.events.b", "app.part.a", "app.events.a"}
    opaque = snapshot(parent, child, parents={2: (1,)}, computed={(1, 3): (), (2, 1): None})
    assert opaque.origins(1, 3) is None


def test_foreign_keys_hold_values_of_others() -> None:
    """A referring column shows what the referenced one does, pair by pair, through keys upon keys, in partitions too."""
    orders = relation(2, "orders", "id", "who", "tax")
    part = relation(3, "part", "id", "who", "tax")
    lines = relation(4, "lines", "payer", "number")
    keys = frozenset({Key(1, 2, columns=((3, 2), (2, 1))), Key(2, 4, columns=((1, 2),)), Key(9, 4, columns=((2, 1),))})
    known = snapshot(PEOPLE, orders, part, lines, parents={3: (2,)}, links=Links(keys=keys))
    assert names(known.origins(2, 3)) == {"app.orders.tax", "app.part.tax", "app.people.ssn"}
    assert names(known.origins(2, 2)) == {"app.orders.who", "app.part.who", "app.people.id"}
    assert names(known.origins(2, 1)) == {"app.orders.id", "app.part.id"}
    assert names(known.origins(4, 1)) == {"app.lines.payer", "app.orders.who", "app.part.who", "app.people.id"}
    assert names(known.origins(4, 2)) == {"app.lines.number"}
    assert names(known.origins(1, 1)) == {"app.people.id"}


def test_foreign_keys_in_a_circle() -> None:
    """Tables that refer to themselves and to each other hold each other's values, and nothing is unknown of them."""
    both = relation(2, "staff", "id", "boss", "person")
    keys = frozenset({Key(2, 2, columns=((2, 1),)), Key(1, 2, columns=((1, 1),)), Key(2, 1, columns=((1, 1),))})
    known = snapshot(PEOPLE, both, links=Links(keys=keys))
    assert names(known.origins(2, 2)) == {"app.staff.boss", "app.staff.id", "app.people.id"}
    assert names(known.origins(1, 1)) == {"app.people.id", "app.staff.id"}


def test_a_key_to_a_generated_column() -> None:
    """What is referred to may be generated from something else."""
    made = relation(2, "hashed", "name", "made")
    keys = frozenset({Key(2, 1, columns=((2, 2),))})
    known = snapshot(PEOPLE, made, links=Links(keys=keys), computed={(2, 2): ((2, 1),)})
    assert names(known.origins(1, 2)) == {"app.people.ssn", "app.hashed.made", "app.hashed.name"}


def test_columns() -> None:
    """Every relation's columns in order, None for what can't be known; () where there is none of the name."""
    known = snapshot(PEOPLE, relation(2, "people", "x", kind="v", schema="old"))
    own = (("id", frozenset({Origin("app", "people", "id")})), ("ssn", frozenset({Origin("app", "people", "ssn")})))
    assert known.columns("app", "people") == (own,)
    assert known.columns(None, "people") == (own, (("x", None),))
    assert known.columns("app", "people")[0] is known.columns("app", "people")[0]
    assert known.columns(None, "nobody") == ()


def test_reach_by_name() -> None:
    """Names that may be several relations reach what each does, or nothing that is known when one can't be followed."""
    orders = relation(2, "orders", "id")
    old = relation(3, "people", "x", schema="old")
    linked = Links(keys=frozenset({Key(3, 2, "c")}), triggers={(2, "delete"): (Name("app", "noticed"),)})
    known = snapshot(PEOPLE, orders, old, links=linked)
    assert known.reached(None, "people") == {Name("app", "people"), Name("old", "people")}
    assert known.reached("app", "nobody") == frozenset()
    assert known.runs_code(None, "people")
    assert not known.runs_code("app", "people")
    assert known.runs_code("app", "nobody")
    assert known.reads_code("app", "nobody")
    assert not known.reads_code("old", "people")
    unread = snapshot(PEOPLE, relation(2, "people", "x", kind="v", schema="old"))
    assert unread.reached(None, "people") == frozenset()


def test_what_has_changed() -> None:
    """Two snapshots are the same when everything in them is."""
    assert snapshot(PEOPLE).same_as(snapshot(relation(1, "people", "id", "ssn")))
    others: list[dict[str, object]] = [
        {"parents": {1: (2,)}},
        {"types": {23: "int4"}},
        {"functions": [Function("app", "f", False, body="select 1")]},
        {"operators": frozenset({"<<<"})},
        {"computed": {(1, 1): None}},
        {"links": Links(triggers={(1, "insert"): ()})},
        {"search_path": ("app",)},
    ]
    for more in others:
        assert not snapshot(PEOPLE).same_as(snapshot(PEOPLE, **more)), more
        assert snapshot(PEOPLE, **more).same_as(snapshot(PEOPLE, **more)), more
