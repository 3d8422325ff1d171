"""No random query lets a canary out, and none that touches nothing masked is changed.

Each example of `tests.canary` runs twice, straight and through the gateway, as the same user and in the same way.
TOKENGATE_CANARY_EXAMPLES says how many there are; the usual number is of the same examples each time.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from attrs import define, field
from hypothesis import HealthCheck, given, settings

from tests.canary.client import Answer, Client
from tests.canary.disguises import sighting
from tests.canary.statements import Example, Statement, examples
from tests.canary.zoo import MASKS, Taint
from tests.support.gateway import Gateway
from tests.support.gateway import gateway as start
from tests.support.postgres import Server, password

USUAL = 400
EXAMPLES = int(os.environ.get("TOKENGATE_CANARY_EXAMPLES", USUAL))

SCHEMA = Path(__file__).parents[1] / "canary" / "schema.sql"

ROUTE = f"""
[masker:zoo]
use = columns
inference = allow
mask = {MASKS.strip()}

[route:zoo]
listen = tcp:{{more}}:interface=127.0.0.1
mask = zoo
{{common}}
"""

LEAST_VALID = 0.7
"""Of the statements, how many the server has to accept: those that fail show little."""

LEAST_TELLING = 0.15
"""Of the statements, how many have to show canaries without a gateway: the others hold no promise to the test."""

MOST_OVERMASKED = 0.4
"""Of the clean columns, how many may be masked all the same: in long runs about one in eight is."""


@define
class Tally:
    """What the examples came to."""

    counts: Counter[str] = field(factory=Counter)

    def share(self, part: str, whole: str) -> float:
        return self.counts[part] / max(self.counts[whole], 1)

    def __str__(self) -> str:
        return ", ".join(f"{name}: {count}" for name, count in sorted(self.counts.items()))


@pytest.fixture(scope="module")
def zoo(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Client]]:
    """A client straight at the server, and one of a gateway that masks."""
    postgres.psql(SCHEMA.read_text())
    try:
        with (
            start(postgres, tmp_path_factory.mktemp("gateway"), ROUTE) as running,
            psycopg.connect(_straight(postgres)) as straight,
            _through(running) as through,
        ):
            yield Client(straight), Client(through)
    finally:
        postgres.psql("drop schema zoo, cage cascade")


def _straight(server: Server) -> str:
    user = "scram_user"
    return psycopg.conninfo.make_conninfo(
        host="127.0.0.1", port=server.port, user=user, password=password(user), dbname="sample"
    )


def _through(gateway: Gateway) -> psycopg.Connection:
    gateway.ports["zoo"] = gateway.ports["more"]
    return gateway.connect("zoo")


def test_no_canary_comes_out(zoo: tuple[Client, Client]) -> None:
    """Rows, errors and notices of a masked route hold no canary in any disguise; no column made of masked values
    comes as it is; and a statement that touches nothing masked is answered to the byte as the server does.
    """
    straight, through = zoo
    tally = Tally()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=EXAMPLES == USUAL,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(examples())
    def check(example: Example) -> None:
        _check(example, straight.answers(example), through.answers(example), tally)

    check()
    print(f"\n{tally}")
    assert tally.share("valid", "statements") > LEAST_VALID
    assert tally.share("telling", "statements") > LEAST_TELLING
    assert tally.share("overmasked", "clean") <= MOST_OVERMASKED


def _check(example: Example, direct: list[Answer], masked: list[Answer], tally: Tally) -> None:
    alike = True  # whether the two sessions have done the same so far
    for statement, ours, theirs in zip(example.statements, direct, masked, strict=True):
        tally.counts["statements"] += 1
        tally.counts["valid"] += not ours.error
        tally.counts["telling"] += bool(sighting(ours.pieces()))
        seen = sighting(theirs.pieces())
        assert not seen, f"{statement.sql}\n{seen}"
        alike = alike and not (ours.timed_out or theirs.timed_out)
        if alike:
            _compare(statement, ours, theirs, tally)
        alike = alike and bool(ours.error) == bool(theirs.error) and not statement.notes.copied


def _compare(statement: Statement, ours: Answer, theirs: Answer, tally: Tally) -> None:
    notes = statement.notes
    if notes.kind == "untouched":
        tally.counts["untouched"] += 1
        assert theirs == ours, f"changed: {statement.sql}\n{ours}\n{theirs}"
    if ours.error:
        return
    if theirs.error:
        tally.counts["refused"] += 1
        return
    for at, column in enumerate(statement.columns):
        before, after = ours.column(at), theirs.column(at)
        if column.taint == Taint.CLEAN:
            found = sighting(filter(None, before))
            assert not found, f"the generator is wrong about {column}: {statement.sql}\n{found}"
        if column.taint == Taint.TAINTED and column.type != "bool" and len(set(before) - {None}) > 1:
            assert before != after, f"as it is, {column}: {statement.sql}\n{before}"
        if column.taint == Taint.CLEAN and set(before) - {None}:
            tally.counts[f"clean, {notes.kind}"] += 1
            tally.counts[f"overmasked, {notes.kind}"] += before != after
            tally.counts["clean"] += 1
            tally.counts["overmasked"] += before != after
