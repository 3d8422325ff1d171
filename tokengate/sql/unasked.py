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


_ADAPTING = frozenset(
    {"array_append", "array_cat", "array_position", "array_positions", "array_prepend", "array_remove", "array_replace",
     "lag", "lead", "width_bucket"}
)  # fmt: skip
"""The server's functions that take a constant for what they are given besides: a domain's, where that is one."""


def behind(statement: Statement, catalogue: Any, *, checks: bool = False) -> frozenset[Name]:
    """The functions, with their schemas. `checks`: those of domains that columns which are read have as well."""
    named = statement.types | statement.functions  # a range is made by a function of its name
    types = [catalogue.behind_type(name).all for name in named]
    reads = [catalogue.behind_reading(name.schema, name.name) for name in statement.reads]
    checks = checks or any(name.name in _ADAPTING for name in statement.functions)
    reading = [code.all if checks else code.uses for code in reads]
    kinds = kinds_of(statement)
    writing = [catalogue.behind_writing(name.schema, name.name, kinds) for name in _written(statement)]
    found: frozenset[Name] = frozenset().union(*types, *reading, *writing)
    return (
        found | catalogue.behind_any
        if statement.reads or statement.writes or statement.functions or statement.symbols
        else found
    )


def _written(statement: Statement) -> Iterable[Name]:
    if statement.kind in _REBUILDING:
        return statement.writes | statement.defines | statement.reads
    return statement.writes - statement.tables
