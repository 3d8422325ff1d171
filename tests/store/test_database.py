"""The store's file and its transactions."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection

from tests.support.held import held
from tokengate.errors import StoreError
from tokengate.store import database as module
from tokengate.store.database import Database, path_in
from tokengate.store.held import add, get
from tokengate.store.records import HoldLimits


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store goes."""
    return path_in(tmp_path / "state")


def test_file_and_folder_are_private(path: Path) -> None:
    """Nobody else can read the store, nor what SQLite keeps beside it, whatever the umask."""
    old = os.umask(0)
    try:
        database = Database.open(path, create=True)
        database.write(add, held(), "i", HoldLimits())
    finally:
        os.umask(old)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {
        "store.sqlite": 0o600,
        "store.sqlite-wal": 0o600,
        "store.sqlite-shm": 0o600,
    }


def test_open_file_is_refused(path: Path) -> None:
    """A store that others can read is not used."""
    Database.open(path, create=True).close()
    path.chmod(0o640)
    with pytest.raises(StoreError, match="0640"):
        Database.open(path, create=True)


def test_open_folder_is_refused(path: Path) -> None:
    """A state folder that others can enter is not used."""
    Database.open(path, create=True).close()
    path.parent.chmod(0o755)
    with pytest.raises(StoreError, match="0755"):
        Database.open(path, create=False)


def test_link_is_refused(path: Path, tmp_path: Path) -> None:
    """A symbolic link is not followed."""
    path.parent.mkdir(mode=0o700)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="not a regular file"):
        Database.open(path, create=True)
    assert not (tmp_path / "elsewhere").exists()


def test_commands_make_no_store(path: Path) -> None:
    """A command pointed at the wrong folder says so instead of making an empty store there."""
    path.parent.mkdir(mode=0o700)
    with pytest.raises(StoreError, match="there is no store"):
        Database.open(path, create=False)
    assert not path.exists()


def test_file_that_is_no_store_is_refused(path: Path) -> None:
    """Garbage is an error of ours, not a traceback."""
    path.parent.mkdir(mode=0o700)
    path.write_bytes(b"not a database, but long enough to be looked at" * 50)
    path.chmod(0o600)
    with pytest.raises(StoreError, match="not a database"):
        Database.open(path, create=True)


def test_raising_work_changes_nothing(path: Path) -> None:
    """A transaction whose work raises is rolled back."""
    database = Database.open(path, create=True)

    def work(connection: Connection) -> None:
        add(connection, held(), "i", HoldLimits())
        raise LookupError

    with pytest.raises(LookupError):
        database.write(work)
    assert database.read(get, held().id) is None


def test_errors_quote_no_parameter(path: Path) -> None:
    """A failing statement's error says nothing of what it was to store."""
    database = Database.open(path, create=True)
    database.write(add, held(), "i", HoldLimits())
    with pytest.raises(StoreError) as caught:
        database.write(add, held(), "i", HoldLimits())
    assert "paid" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_waiting_for_a_writer_ends(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that never finishes is an error after the busy timeout; readers are not kept waiting by it."""
    monkeypatch.setattr(module, "_PRAGMAS", ("PRAGMA busy_timeout = 50",))
    database = Database.open(path, create=True)
    database.write(add, held(), "i", HoldLimits())
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        assert database.read(get, held().id) is not None
        with pytest.raises(StoreError, match="locked"):
            database.write(add, held("CCCCDDDD"), "i", HoldLimits())


READ_THEN_WRITE = """
import sys
from pathlib import Path
from tokengate.store.database import Database
def step(connection):
    n = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    connection.exec_driver_sql(f"PRAGMA application_id = {n + 1}")
database = Database.open(Path(sys.argv[1]), create=False)
for _ in range(100):
    database.write(step)
"""


def test_no_update_is_lost_between_processes(path: Path) -> None:
    """What a writing transaction read is still so when it writes, whatever other processes do."""
    database = Database.open(path, create=True)
    command = [sys.executable, "-c", READ_THEN_WRITE, str(path)]
    others = [subprocess.Popen(command) for _ in range(3)]
    assert [other.wait(60) for other in others] == [0, 0, 0]
    assert database.read(lambda connection: connection.exec_driver_sql("PRAGMA application_id").scalar_one()) == 300
