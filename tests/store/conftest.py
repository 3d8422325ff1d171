"""A store for the tests of what is kept in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokengate.store.database import Database, path_in


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A new store."""
    return Database.open(path_in(tmp_path / "state"), create=True)
