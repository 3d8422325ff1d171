"""Fixtures that more than one part's tests use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import postgres as real


@pytest.fixture(scope="session")
def postgres() -> Iterator[real.Server]:
    """A running PostgreSQL with the sample database, one for the whole run."""
    if real.binaries() is None:
        pytest.skip("no PostgreSQL server is installed")
    with real.server() as running:
        yield running
