"""The schema's steps."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, inspect

from tokengate.errors import StoreError
from tokengate.store import migrations
from tokengate.store.database import Database
from tokengate.store.schema import metadata


def test_steps_lead_to_the_schema(database: Database) -> None:
    """A migrated file has exactly the tables, columns, keys and indexes that queries are built with."""

    def shapes(connection: Connection) -> dict[str, object]:
        found = inspect(connection)
        return {
            name: (
                [(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(name)],
                found.get_pk_constraint(name)["constrained_columns"],
                sorted((i["name"], tuple(i["column_names"])) for i in found.get_indexes(name)),
            )
            for name in found.get_table_names()
        }

    def wanted(connection: Connection) -> dict[str, object]:
        return {
            table.name: (
                [(c.name, c.type.compile(connection.dialect), c.nullable) for c in table.columns],
                [c.name for c in table.primary_key.columns],
                sorted((str(i.name), tuple(c.name for c in i.columns)) for i in table.indexes),
            )
            for table in metadata.sorted_tables
        }

    assert database.read(shapes) == database.read(wanted)


def test_migrating_again_changes_nothing(database: Database) -> None:
    """A start-up with an up-to-date file does no step twice."""
    database.write(migrations.migrate)
    assert database.read(migrations.version) == migrations.CURRENT


def test_file_from_the_future_is_refused(database: Database) -> None:
    """An older tokengate does not touch a later one's store."""
    database.write(lambda connection: connection.exec_driver_sql("PRAGMA user_version = 99") and None)
    with pytest.raises(StoreError, match="later version"):
        database.write(migrations.migrate)
    with pytest.raises(StoreError, match="schema 99"):
        database.read(migrations.require_current)


def test_failed_step_leaves_the_file_as_it_was(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps happen whole or not at all."""
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, ("CREATE TABLE extra (a TEXT)", "CREATE nonsense")))
    monkeypatch.setattr(migrations, "CURRENT", 2)
    with pytest.raises(StoreError):
        database.write(migrations.migrate)
    assert database.read(migrations.version) == 1
    assert "extra" not in database.read(lambda connection: inspect(connection).get_table_names())
