"""Fixtures that more than one part's tests use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import postgres as real


@pytest.fixture(scope="session")
def postgres() -> Iterator[real.Server]:
    """A running PostgreSQL with the sample database, one for the whole run."""
    programs = real.binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed")
    with real.server(programs) as running:
        yield running


@pytest.fixture(scope="session")
def postgres_18() -> Iterator[real.Server]:
    """The same in PostgreSQL 18, by unix socket only."""
    programs = real.packaged_binaries()
    if programs is None:
        pytest.skip("the demo's PostgreSQL 18 is not installed")
    with real.server(programs, tls=False) as running:
        yield running


@pytest.fixture(params=["postgres", "postgres_18"])
def any_postgres(request: pytest.FixtureRequest) -> real.Server:
    """Each of the two servers in turn."""
    running: real.Server = request.getfixturevalue(request.param)
    return running
