"""Every case of `tests/corpus/evasion` shows a masked value when it is made directly, and none through the gateway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.corpus.canaries import leaks
from tests.corpus.cases import Case, cases, known
from tests.corpus.servers import Ground, corpus_server, direct, prepared
from tests.corpus.sessions import Mode, Session
from tests.support import postgres as real
from tests.support.gateway import Gateway
from tests.support.gateway import gateway as start
from tests.support.ports import free_port

ROUTES = """
[enforcer:unheld]
use = sql
deny = drop, truncate, unfiltered-write, grant, role, server-file, server-program, remote, admin, replication

[masker:tokens]
use = columns
mask = app.customers.email: token, app.customers.card: token, *.ssn: redact, app.customers.phone: null

[route:tokens]
listen = tcp:TOKENS:interface=127.0.0.1
mask = tokens
{common}

[route:fifteen]
listen = tcp:{more}:interface=127.0.0.1
enforce = unheld
mask = pii
{common}

[route:eighteen]
protocol = postgres
listen = tcp:EIGHTEEN:interface=127.0.0.1
upstream = unix:SOCKET
upstream_tls = off
credential = file:{folder}/credential
verify = ci
enforce = unheld
mask = pii
record = audit
certificate = {folder}/gateway.crt
key = {folder}/gateway.key
max_per_source = 500
rate_per_source = 1000
"""
"""The route "masked" to both servers, but for its hold: nobody is there to grant anything. And one with tokens."""

NEWER = 16
"""Cases that need this version or a later one run on PostgreSQL 18, the others on Debian's own."""


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Ground]]:
    """Both servers behind one gateway, by its routes."""
    programs, packaged = real.binaries(), real.packaged_binaries()
    if programs is None or packaged is None:
        pytest.skip("the two PostgreSQL servers are not installed")
    eighteen, tokens = free_port(), free_port()
    with (
        corpus_server(programs) as old,
        corpus_server(packaged, tls=False) as new,
        start(
            old,
            tmp_path_factory.mktemp("gateway"),
            ROUTES.replace("EIGHTEEN", str(eighteen)).replace("TOKENS", str(tokens)).replace("SOCKET", new.socket),
        ) as gateway,
    ):
        yield {
            "fifteen": _ground(old, gateway, gateway.ports["more"]),
            "eighteen": _ground(new, gateway, eighteen),
            "tokens": _ground(old, gateway, tokens),
        }


def _ground(server: real.Server, gateway: Gateway, port: int) -> Ground:
    return Ground(server, Session(direct(server)), Session(gateway.conninfo("masked", port=port)))


def route(case: Case) -> str:
    """The route that the case is tried on."""
    if "token" in case.headers:
        return "tokens"
    return "eighteen" if case.needs >= NEWER else "fifteen"


def attempt(session: Session, case: Case, mode: Mode) -> list[bytes]:
    """All that can be seen when the case is tried and undone."""
    token = _token(session, case)
    if not case.commits:
        session.run(["begin"])
    answers = session.run([statement.replace("{token}", token) for statement in case.statements], mode)
    session.reset()
    return [part for answer in answers for part in answer.seen()]


def _token(session: Session, case: Case) -> str:
    """The round-trip token that the case wants; straight from the server it is the value itself."""
    if "token" not in case.headers:
        return ""
    (cell,) = session.run([case.header("token")])[0].cells
    return (cell or b"").decode()


def shown(case: Case, seen: list[bytes]) -> bytes | None:
    """What of a masked value is in it."""
    everything = b"\n".join(seen)
    parts = [part.encode() for part in case.header("shows").split(" | ") if part]
    return leaks(seen) or next((part for part in parts if part in everything), None)


@pytest.mark.parametrize("case", cases("evasion"))
def test_it_leaks_when_made_directly_and_not_through_the_gateway(
    case: Case, grounds: dict[str, Ground], request: pytest.FixtureRequest
) -> None:
    """Simple and extended, text and binary: not the value, no part of it, no disguise; and the session goes on."""
    ground = grounds[route(case)]
    with prepared(case, ground.server):
        seen = attempt(ground.past, case, Mode.SIMPLE)
        assert shown(case, seen), f"it does not leak directly: {seen}"
    known(case, request)
    for mode in Mode:
        if mode is Mode.SIMPLE or "at once" not in case.headers:
            with prepared(case, ground.server):
                seen = attempt(ground.through, case, mode)
                assert not any(b"internal error" in part for part in seen), f"{mode.value}: {seen}"
                assert not (leak := shown(case, seen)), f"{mode.value}: {leak!r} in {seen}"
                assert b"1" in ground.through.run(["select 1"])[0].cells
