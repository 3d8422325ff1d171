"""Every case of `tests/corpus/effects` has a forbidden effect when it is made directly, and is refused by the policy against it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.corpus.cases import Case, cases, known
from tests.corpus.servers import corpus_server, direct, prepared
from tests.corpus.sessions import Answer, Session
from tests.support import postgres as real
from tokengate.enforce import sql
from tokengate.enforce.rules import items
from tokengate.session.session import Session as ClientSession
from tokengate.session.tools import Tools
from tokengate.sql.cache import to_action
from tokengate.sql.invariants import invariants
from tokengate.testing import principal
from tokengate.values import Deny, Request

TOOLS = Tools("rules", Path("/"), Path("/"), None, None)
BUILTIN = "select distinct proname from pg_proc where pronamespace = 'pg_catalog'::regnamespace"


class Catalogue:
    """Knows which functions the server ships. `names`: them."""

    version = 1

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def is_builtin(self, function: str) -> bool:
        """See `ICatalogue`."""
        return function.removeprefix("pg_catalog.") in self._names


@pytest.fixture(scope="module")
def server() -> Iterator[real.Server]:
    """A server of its own: some effects can't be rolled back."""
    programs = real.binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed")
    with corpus_server(programs) as running:
        yield running


@pytest.fixture(scope="module")
def catalogue(server: real.Server) -> Catalogue:
    """What the server ships."""
    return Catalogue(frozenset(server.psql(BUILTIN).split()))


@pytest.fixture(scope="module")
def superuser(server: real.Server) -> Iterator[Session]:
    """A session that may do everything."""
    session = Session(direct(server, "postgres"))
    yield session
    session.close()


def refused(text: str, item: str, catalogue: Catalogue) -> bool:
    """Whether the text is denied by the item, or can't be allowed by any policy where it is "gateway"."""
    action = to_action(text.encode())
    if item == "gateway" or "unparsable" in action.categories:
        return invariants(action) is not None
    enforcer = sql.configure(sql.Options(deny=items(item)), TOOLS)
    client = ClientSession("orders", "postgres", principal(), "192.0.2.1:1", {"database": "sample"}, catalogue)
    return isinstance(enforcer.judge(Request(action, 1), client), Deny)


@pytest.mark.parametrize("case", cases("effects"))
def test_it_takes_effect_when_made_directly_and_is_refused(
    case: Case, server: real.Server, superuser: Session, catalogue: Catalogue, request: pytest.FixtureRequest
) -> None:
    """The proof's answer is another afterwards; one of the statements at the least is refused by each item."""
    with prepared(case, server):
        answers = happening(case, superuser)
        assert answers[0] != answers[-1], f"nothing has happened: {answers}"
    known(case, request)
    for item in case.header("denies").split(" | "):
        assert any(refused(statement, item, catalogue) for statement in case.statements), item


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
