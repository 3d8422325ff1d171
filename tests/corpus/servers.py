"""Real servers with the corpus's database: of their own, because what the corpus does would disturb other tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from tests.corpus.cases import FOLDER, Case
from tests.corpus.sessions import Session
from tests.support import postgres as real

DATABASE = FOLDER / "database.sql"


@contextmanager
def corpus_server(programs: Path, *, tls: bool = True) -> Iterator[real.Server]:
    """The sample database with canaries for values, owned by the gateway's user."""
    with real.server(programs, tls=tls) as running:
        running.psql(DATABASE.read_text())
        yield running


def direct(server: real.Server, user: str = "scram_user") -> str:
    """libpq's connection string past the gateway, as the user that the gateway is to the server."""
    return f"host={server.sockets} port={server.port} dbname=sample user={user}"


@contextmanager
def prepared(case: Case, server: real.Server) -> Iterator[None]:
    """What the case wants done before and after it, by a superuser."""
    if case.header("setup"):
        server.psql(case.header("setup"))
    try:
        yield
    finally:
        if case.header("cleanup"):
            server.psql(case.header("cleanup"))


@frozen
class Ground:
    """A server, a session past the gateway, and one through it on a route that masks."""

    server: real.Server
    past: Session
    through: Session
