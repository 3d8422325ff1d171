"""What the generator knows of `schema.sql`: its relations and functions, and the true taint of each of their columns.

The gateway is told of `MASKS` alone. What descends from masked columns through views, functions, partitions and
children is written down here by hand, so that the gateway's own reasoning about them is what is tested.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from attrs import evolve, frozen


class Taint(enum.IntEnum):
    """What of masked columns is in a value."""

    CLEAN = 0
    """Nothing."""
    INFERRED = 1
    """Something follows from it: a comparison, a count. Whether that is masked is the gateway's choice."""
    TAINTED = 2
    """It is made of one."""

    @property
    def weakened(self) -> Taint:
        """The taint of what depends on the value without being made of it."""
        return min(self, Taint.INFERRED)


@frozen
class Column:
    """A column of a relation or a query. `type` is one of `TYPES`, "keeper" for whole rows of zoo.keeper, or "other"."""

    name: str
    type: str
    taint: Taint


@frozen
class Relation:
    """What can be named in FROM. `shaded`: a view with columns that descend from masked ones."""

    schema: str
    name: str
    kind: str
    columns: tuple[Column, ...]

    @property
    def shaded(self) -> bool:
        return self.kind == "view" and taint(self.columns) > Taint.CLEAN


TYPES = ("text", "int", "big", "num", "date", "ts", "uuid", "bool", "json", "texts", "bytea", "place", "species")

SQL_TYPES = {
    "text": "text", "int": "integer", "big": "bigint", "num": "numeric", "date": "date", "ts": "timestamptz", "uuid": "uuid",
    "bool": "boolean", "json": "jsonb", "texts": "text[]", "bytea": "bytea", "place": "zoo.place", "species": "zoo.species",
}  # fmt: skip

LITERALS = {
    "text": ("'lion'::text", "''::text", "$$it's$$::text"), "int": ("1", "3", "0"), "big": ("7::bigint",), "num": ("2.50", "0.0"),
    "date": ("date '2020-01-02'",), "ts": ("timestamptz '2020-01-02 03:04:05+00'",),
    "uuid": ("uuid '00000000-0000-4000-8000-000000000001'",), "bool": ("true", "false"),
    "json": ("""jsonb '{"k": "v", "n": 1}'""", "jsonb '[1, 2]'"), "texts": ("array['a', 'b']", "'{}'::text[]"),
    "bytea": (r"'\x6162'::bytea",), "place": ("row('street', 1)::zoo.place",), "species": ("'cat'::zoo.species",),
}  # fmt: skip

PARAMETERS = {"text": b"lion", "int": b"2", "date": b"2020-01-02", "json": b'{"k": "v"}', "texts": b"{a,b}"}

MASKS = """
    zoo.keeper.email: redact, zoo.keeper.badge: hash, zoo.keeper.code: redact, zoo.keeper.pin: null, zoo.keeper.serial: hash,
    zoo.keeper.salary: redact, zoo.keeper.born: redact, zoo.keeper.last_seen: redact, zoo.keeper.token: redact,
    zoo.keeper.jailed: redact, zoo.keeper.secret: redact, zoo.keeper.aliases: redact, zoo.keeper.photo: redact,
    zoo.keeper.home: redact, zoo.keeper.kind: redact, zoo.animal.chip: null, zoo.animal.owner: hash, zoo.visit.who: redact,
    zoo.being.hidden: redact, zoo.tiger.mate: hash, zoo."Odd Table"."a ""b"" c": redact,
    cage.animal.name: redact, cage.plain.label: null, cage.plain.keeper: redact
"""
"""The masker's patterns. Partitions, children, views and functions are found by the gateway."""

_KEEPER = """id int, name text, email text*, badge text*, code text*, pin int*, serial big*, salary num*, hired date, born date*,
    seen ts, last_seen ts*, token uuid*, active bool, jailed bool*, notes json, secret json*, tags texts, aliases texts*,
    photo bytea*, home place*, kind species*"""

_DESCRIBED = f"""
    table zoo.plain: id int, label text, amount num, day date, keeper text, flag bool, doc json, tags texts
    table zoo.keeper: {_KEEPER}
    table zoo.animal: id int, keeper_id int, name text, kind species, weight num, chip text*, owner text*, born date, doc json
    table zoo.visit: id int, at date, who text*, price num, animal_id int
    table zoo.visit_2025: id int, at date, who text*, price num, animal_id int
    table zoo.visit_2026: who text*, price num, id int, at date, animal_id int
    table zoo.being: id int, label text, hidden text*
    table zoo.tiger: id int, label text, hidden text*, stripes int, mate text*
    table zoo.Odd Table: Odd Col text, select int, a "b" c text*
    table cage.animal: id int, keeper_id int, name text*, chip text, owner text, weight num
    table cage.plain: id int, label text*, amount num, day date, keeper text*
    view zoo.v_clean: id int, name text, hired date
    view zoo.v_keeper: id int, name text, contact text*, active bool
    view zoo.v_shout: id int, shout text*, greeting text
    view zoo.v_stats: active bool, many big, top text*, first text, badges other*
    view zoo.v_union: id int, who text*
    view zoo.v_whole: id int, whole keeper*, doc json*
    view zoo.v_swapped: id int, email text, name text*
    view zoo.v_deep: id int, label text*, greeting text, owner text*
    view zoo.m_keeper: id int, mail text*, name text
    function zoo.keepers: {_KEEPER}
    function zoo.contacts: id int, contact text*, greeting text
"""


def taint(values: Iterable[Column]) -> Taint:
    """Of all of these together: of a whole row."""
    return max((value.taint for value in values), default=Taint.CLEAN)


def joined(one: Taint, other: Taint) -> Taint:
    """Of a column that USING makes of two: which one it shows depends on the join."""
    return one if one == other else Taint.INFERRED


def renamed(columns: Iterable[Column], names: Iterable[str]) -> tuple[Column, ...]:
    """The columns under these names, in order; what is left over keeps its own."""
    given = list(names)
    return tuple(evolve(c, name=given[at]) if at < len(given) else c for at, c in enumerate(columns))


def _column(text: str) -> Column:
    name, _, kind = text.strip().rpartition(" ")
    return Column(name, kind.rstrip("*"), Taint.TAINTED if kind.endswith("*") else Taint.CLEAN)


def _relations() -> Iterable[Relation]:
    for line in _DESCRIBED.replace(",\n", ",").strip().splitlines():
        head, _, columns = line.strip().partition(": ")
        kind, _, name = head.partition(" ")
        schema, _, name = name.partition(".")
        yield Relation(schema, name, kind, tuple(map(_column, columns.split(","))))


RELATIONS = tuple(_relations())
READABLE = tuple(relation for relation in RELATIONS if relation.kind != "function")
TABLES = tuple(relation for relation in RELATIONS if relation.kind == "table")
KEEPER = next(relation for relation in RELATIONS if relation.name == "keeper")
FUNCTIONS = tuple(relation for relation in RELATIONS if relation.kind == "function")
