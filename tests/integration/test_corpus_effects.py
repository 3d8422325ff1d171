"""Every case of `tests/corpus/effects` has a forbidden effect when it is made directly, and is refused by the policy against it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from attrs import frozen

from tests.corpus.cases import Case, cases, known, read
from tests.corpus.recordings import Recordings
from tests.corpus.servers import Ground, catch_up, corpus_server, direct, prepared
from tests.corpus.sessions import Answer, Session
from tests.support import postgres as real
from tests.support.gateway import gateway
from tests.support.ports import free_port

GATEWAY = "gateway"
ITEMS = tuple(sorted({item for case in read("effects") for item in case.header("denies").split(" | ")} - {GATEWAY}))
"""Each has an enforcer of its own, in shadow mode: all of them judge every statement, and none keeps it from the others."""

ENFORCER = """
[enforcer:{number}]
use = sql
deny = {item}
shadow = yes
"""

UNPROVEN = {
    "outside-logical message": "its proof is the end of the log, which moves by itself",
    "outside-advisory lock": "a lock of the session's own is no change of the database",
    "outside-advisory lock that is tried": "a lock of the session's own is no change of the database",
}
"""What is not tried on a route that is read-only."""

ASKING = """
[enforcer:asking]
use = sql
deny = read on nowhere.nothing
"""
"""It refuses nothing. Only for enforcers that are not in shadow mode does a route read its target's catalogue."""

RECORDER = """
[recorder:effects]
use = ndjson
path = {folder}/effects
"""

ROUTE = """
[route:{name}]
protocol = postgres
listen = tcp:{port}:interface=127.0.0.1
upstream = tcp:127.0.0.1:{upstream}
upstream_tls = off
credential = file:{{folder}}/superuser
verify = ci
record = {record}
certificate = {{folder}}/gateway.crt
key = {{folder}}/gateway.key
max_per_source = 500
rate_per_source = 1000
"""
"""It logs in as a superuser, as the session past it does: what a statement does comes to pass both ways."""


@frozen
class Watched(Ground):
    """… on a route that masks nothing and writes down what its enforcers would have done. `reading`: a session on a
    route that is read-only.
    """

    reading: Session
    recordings: Recordings


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A server of its own, for some effects can't be rolled back, and a gateway with an enforcer for every item."""
    programs = real.binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed")
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "superuser").write_text("postgresql://postgres@/sample")
    (folder / "superuser").chmod(0o600)
    with corpus_server(programs) as server, gateway(server, folder, _config(server, reading := free_port())) as running:
        yield Watched(
            server,
            Session(direct(server, "postgres")),
            Session(running.conninfo("masked", port=running.ports["more"])),
            Session(running.conninfo("masked", port=reading)),
            Recordings(folder / "effects"),
        )


def _config(server: real.Server, reading: int) -> str:
    enforcers = "".join(ENFORCER.format(number=number, item=item) for number, item in enumerate(ITEMS))
    watched = ROUTE.format(name="watched", port="{more}", upstream=server.port, record="effects")
    return (
        f"{enforcers}{ASKING}{RECORDER}{watched}enforce = asking, {', '.join(map(str, range(len(ITEMS))))}\n"
        f"{ROUTE.format(name='reading', port=reading, upstream=server.port, record='audit')}read_only = yes\n"
    )


def refused(actions: Iterable[dict[str, Any]]) -> set[str]:
    """The items that refuse one of the actions; what the gateway refuses by itself, whatever the policy, all of them
    do.
    """
    found: set[str] = set()
    for action in actions:
        if action["verdict"] == "deny":
            found |= {GATEWAY, *ITEMS}
        found |= {ITEMS[int(would["section"])] for would in action.get("shadow", ()) if would["verdict"] == "deny"}
    return found


@pytest.mark.parametrize("case", cases("effects"))
def test_it_takes_effect_when_made_directly_and_is_refused(
    case: Case, ground: Watched, request: pytest.FixtureRequest
) -> None:
    """The proof's answer is another afterwards; one of the statements at the least is refused by each item."""
    with prepared(case, ground.server):
        answers = happening(case, ground.past)
        assert answers[0] != answers[-1], f"nothing has happened: {answers}"
    known(case, request)
    with prepared(case, ground.server):
        found = judged(case, ground)
    items = set(case.header("denies").split(" | "))
    assert items <= refused(found), found


@pytest.mark.parametrize("case", [case for case in cases("effects") if str(case.values[0]) not in UNPROVEN])
def test_it_has_no_effect_on_a_route_that_is_read_only(case: Case, ground: Watched) -> None:
    """The proof's answer, asked past the gateway, stays what it was."""
    with prepared(case, ground.server) if "setup" in case.headers else nullcontext():
        before = ground.past.run([case.header("proof")])
        answers = ground.reading.run(case.statements)
        assert ground.past.run([case.header("proof")]) == before, answers
        ground.reading.reset()


def test_what_reads_alone_is_refused_by_no_other_item(ground: Watched) -> None:
    """Not everything is: what the gateway knows of the database is there, and settled."""
    catch_up(ground.through)
    ground.recordings.actions()
    ground.through.run(["select id from app.employees where id = 1"])
    found = ground.recordings.actions()
    assert refused(found) == {"read"}, found


def judged(case: Case, ground: Watched) -> list[dict[str, Any]]:
    """The case's statements as the gateway has recorded them; undone."""
    if "setup" in case.headers:
        catch_up(ground.through)
    if not case.commits:
        ground.through.run(["begin"])
    ground.recordings.actions()
    ground.through.run(case.statements)
    found = ground.recordings.actions()
    ground.through.reset()
    return found


def happening(case: Case, session: Session) -> list[Answer]:
    """What the proof shows before, what the statements answer, what the proof shows after; undone."""
    proof = [case.header("proof")]
    if not case.commits:
        session.run(["begin"])
    before = session.run(proof)[:1]
    answers = session.run(case.statements)
    after = session.run(proof)[:1]
    session.reset()
    return before + answers + after
