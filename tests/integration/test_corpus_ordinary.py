"""What ordinary tools send passes byte for byte: every answer through the gateway is the server's own, masks or not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import evolve

from tests.corpus import libraries, tools
from tests.corpus.cases import Case, cases, known
from tests.corpus.servers import corpus_server, direct, prepared
from tests.corpus.sessions import Answer, Mode, Session
from tests.support import postgres as real
from tests.support.gateway import Gateway
from tests.support.gateway import gateway as real_gateway

ROUTE = """
[route:unguarded]
listen = tcp:{more}:interface=127.0.0.1
mask = pii
{common}
"""
"""The route "masked" without its enforcer: what tools do includes what a policy might forbid."""


@pytest.fixture(scope="module")
def server() -> Iterator[real.Server]:
    """A server of its own."""
    programs = real.binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed")
    with corpus_server(programs) as running:
        yield running


@pytest.fixture(scope="module")
def ways(server: real.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """libpq's connection strings: straight to the server, through a plain route, through one that masks."""
    with real_gateway(server, tmp_path_factory.mktemp("gateway"), ROUTE) as gateway:
        yield {"direct": direct(server), "plain": gateway.conninfo("plain"), "masked": _masked(gateway)}


def _masked(gateway: Gateway) -> str:
    return gateway.conninfo("masked", port=gateway.ports["more"])


@pytest.fixture(scope="module")
def sessions(ways: dict[str, str]) -> Iterator[dict[str, Session]]:
    """A session each way."""
    opened = {way: Session(conninfo) for way, conninfo in ways.items()}
    yield opened
    for session in opened.values():
        session.close()


def answers(session: Session, case: Case, mode: Mode) -> list[Answer]:
    """What the case brings, undone."""
    if not case.commits:
        session.run(["begin"])
    found = session.run(case.statements, mode)
    session.reset()
    return in_turn(found)


def in_turn(found: list[Answer]) -> list[Answer]:
    """With OIDs of tables and types by the order in which they appear: what a case makes has another one each time."""
    seen: dict[int, int] = {0: 0}
    return [
        evolve(
            answer,
            columns=tuple(
                (name, seen.setdefault(table, len(seen)), number, seen.setdefault(type_, len(seen)))
                for name, table, number, type_ in answer.columns
            ),
        )
        for answer in found
    ]


@pytest.mark.parametrize("case", cases("ordinary"))
def test_statements_are_answered_as_by_the_server(
    case: Case, server: real.Server, sessions: dict[str, Session], request: pytest.FixtureRequest
) -> None:
    """Rows, descriptions, tags, errors, notices: simple and extended, text and binary."""
    known(case, request)
    for mode in Mode:
        if mode is Mode.SIMPLE or "at once" not in case.headers:
            found = {}
            for way, session in sessions.items():
                with prepared(case, server):
                    found[way] = answers(session, case, mode)
            assert found["plain"] == found["direct"], mode.value
            assert found["masked"] == found["direct"], mode.value


@pytest.mark.parametrize("library", libraries.ALL, ids=lambda library: library.__name__)
def test_libraries_work_as_they_do_directly(
    library: libraries.Library, ways: dict[str, str], request: pytest.FixtureRequest
) -> None:
    """What they read, and what they find after what they wrote."""
    expected = library(ways["direct"])
    assert library(ways["plain"]) == expected
    if library in libraries.REFUSED:
        request.applymarker(pytest.mark.xfail(strict=True, reason=libraries.REFUSED[library]))
    assert library(ways["masked"]) == expected


@pytest.mark.parametrize("tool", tools.ALL, ids=lambda tool: tool.__name__)
def test_tools_print_what_they_print_directly(tool: tools.Tool, ways: dict[str, str]) -> None:
    """Output and exit code of PostgreSQL's own programs."""
    found = {way: tool(conninfo) for way, conninfo in ways.items()}
    assert [line for line in found["direct"] if line.startswith("exit ")][-1] == tools.FAILING.get(tool, "exit 0")
    assert found["plain"] == found["direct"]
    assert found["masked"] == found["direct"]
