"""What a statement may run though it does not name it, with what an `ICatalogue` knows of types and relations.

Enforcers and maskers count these functions as called, and so does whoever has to know whether a statement runs code.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tokengate.sql.facts import Name, Statement

_REBUILDING = frozenset({"alter_table", "cluster", "create_stats", "index", "refresh_mat_view", "reindex", "vacuum"})
"""Kinds of statement that read stored rows again, and compute indexes, statistics or columns of them."""

_KINDS = frozenset({"insert", "update", "delete", "truncate"})


def kinds_of(statement: Statement) -> frozenset[str]:
    """The kinds of write that a statement asks for itself; what only makes a relation fills it."""
    return statement.categories & _KINDS or frozenset({"insert"})


def behind(statement: Statement, catalogue: Any) -> frozenset[Name]:
    """The functions, with their schemas."""
    types = [catalogue.behind_type(name).all for name in statement.types]
    reading = [catalogue.behind_reading(name.schema, name.name) for name in statement.reads]
    kinds = kinds_of(statement)
    writing = [catalogue.behind_writing(name.schema, name.name, kinds) for name in _written(statement)]
    found: frozenset[Name] = frozenset().union(*types, *reading, *writing)
    return found | catalogue.behind_any if statement.reads or statement.writes or statement.functions else found


def _written(statement: Statement) -> Iterable[Name]:
    if statement.kind in _REBUILDING:
        return statement.writes | statement.defines | statement.reads
    return statement.writes - statement.tables
