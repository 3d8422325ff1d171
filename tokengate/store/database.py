"""One SQLite file, opened privately, and its transactions. Synchronous: `sqlite` calls it in a thread, the command
line directly.

Writers take SQLite's write lock when they begin (BEGIN IMMEDIATE), so what a transaction read is still so when it
writes, also against other processes. WAL lets readers go on meanwhile; `synchronous=FULL` keeps a used token
used after a power failure.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from tokengate.errors import StoreError
from tokengate.store.migrations import migrate, require_current

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another process's write transaction, which lasts milliseconds, before giving up."""

P = ParamSpec("P")
T = TypeVar("T")

_PRAGMAS = (
    f"PRAGMA busy_timeout = {round(BUSY_TIMEOUT * 1000)}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",  # the text of a closed hold is gone from the file's pages too
    "PRAGMA trusted_schema = OFF",
)


def path_in(state: Path) -> Path:
    """The store's file in a gateway's state folder."""
    return state / "store.sqlite"


class Database:
    """An open store file. `open` makes one; every method raises `StoreError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, path: Path, *, create: bool) -> Database:
        """Open the store at `path`: `create` for the gateway, which makes and migrates it; not for commands."""
        if create:
            _make(path)
        _require_private(path)
        database = cls(_engine(path))
        try:
            if create:
                database.write(migrate)
            database.read(require_current)
        except BaseException:
            database.close()
            raise
        return database

    def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`work(connection, …)` in a transaction that nobody else writes during; rolled back if it raises."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            return work(connection, *args, **kwargs)

    def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`work(connection, …)` on one consistent state, which others may change meanwhile."""
        with self._transaction("BEGIN") as connection:
            return work(connection, *args, **kwargs)

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                connection.execution_options(begin=begin)
                with connection.begin():
                    yield connection
        except DBAPIError as error:
            raise StoreError(f"the store failed: {error.orig}") from None  # its own text may quote parameters


def _make(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise StoreError(f"the store {path} can't be made: {error.strerror}") from None


def _require_private(path: Path) -> None:
    # Only looked at, never opened: closing a descriptor of ours would drop SQLite's own locks on the file.
    try:
        info, folder = path.lstat(), path.parent.stat()
    except FileNotFoundError:
        raise StoreError(f"there is no store at {path}: no gateway has run with this state folder") from None
    except OSError as error:
        raise StoreError(f"the store {path} can't be looked at: {error.strerror}") from None
    if not stat.S_ISREG(info.st_mode):
        raise StoreError(f"the store {path} is not a regular file")
    for what, mode in ((path, info.st_mode), (path.parent, folder.st_mode)):
        if stat.S_IMODE(mode) & 0o077:
            raise StoreError(f"{what} is open to other users: its mode must not be {stat.S_IMODE(mode):04o}")


def _engine(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True, pool_size=1, max_overflow=0)

    @event.listens_for(engine, "connect")
    def _(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine
