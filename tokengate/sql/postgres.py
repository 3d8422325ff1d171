"""A PostgreSQL text to its `SqlFacts`. What can't be parsed has an error and no statements; nothing is ever raised."""

from __future__ import annotations

from functools import partial
from typing import Any

from attrs import evolve

from tokengate.sql import lexer, libpg, plpgsql
from tokengate.sql.blocks import Derived, Nested, Output, Query, Reading, Scan, Source
from tokengate.sql.facts import SqlFacts, Statement
from tokengate.sql.nodes import ranges
from tokengate.sql.queries import Reader, read
from tokengate.sql.walk import Walk

NORMALIZED_LIMIT = 64 * 1024
"""Bytes of a text that is still normalised for recordings; a longer one is recorded by its kind and size alone."""


def analyse(text: str) -> SqlFacts:
    """The facts of a text of any number of statements."""
    if "\0" in text:
        return SqlFacts((), "a statement holds a NUL byte")
    try:
        raw = text.encode()
        statements = tuple(_statements(raw))
        normalized = libpg.normalize(raw) if len(raw) <= NORMALIZED_LIMIT else ""
        return SqlFacts(statements, "", 0, lexer.backslash_literal(text), normalized)
    except libpg.SyntaxProblem as problem:
        return SqlFacts((), problem.message, problem.position)
    except UnicodeEncodeError:
        return SqlFacts((), "a statement is no valid text")
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        return SqlFacts((), f"a statement of an unknown form ({type(error).__name__})")


def _statements(raw: bytes) -> list[Statement]:
    found = []
    for item in libpg.parse(raw):
        start = item.get("stmt_location", 0)
        end = start + item["stmt_len"] if "stmt_len" in item else len(raw)
        if item.get("stmt"):
            one = raw[start:end]
            reading = Reading(partial(_blocks, one), item["stmt"])
            statement = Walk(item["stmt"], one.decode()).statement(reading)
            found += [statement] if statement.kind != "do" else _block(statement, item["stmt"]["DoStmt"])
    return found


def _block(statement: Statement, body: dict[str, Any]) -> list[Statement]:
    """A DO, and the statements in its code as far as they can be seen."""
    options = {item["DefElem"]["defname"]: item["DefElem"]["arg"]["String"]["sval"] for item in body["args"]}
    if options.get("language", "plpgsql") != "plpgsql":
        return [statement]
    program = plpgsql.read(options["as"])
    try:
        parts = [_part(embedded, program) for embedded in program.embedded]
    except (libpg.SyntaxProblem, ValueError):
        return [statement]
    seen = not program.unseen and not any(lexer.backslash_literal(embedded.text) for embedded in program.embedded)
    return [evolve(statement, dynamic=not seen), *parts]


def _part(embedded: plpgsql.Embedded, program: plpgsql.Program) -> Statement:
    """A statement in code. It may be passed by, or undone by an exception's handler: nothing is sure to be made."""
    node = embedded.node()
    statement = Walk(node, embedded.text).statement(Reading(partial(_embedded, embedded, program), node))
    return evolve(statement, inside=True, if_absent=True)


def _embedded(
    embedded: plpgsql.Embedded, program: plpgsql.Program, tree: dict[str, Any] | None
) -> tuple[Query | None, frozenset[int]]:
    """The blocks of a statement in code, in which the code's variables are behind the names that mean nothing nearer.
    Raises ValueError where a name may mean a row as well as a variable.
    """
    node = tree or embedded.node()
    if clash := program.variables & ranges(node):
        raise ValueError(f"{clash} may be variables or rows")
    query, _ = read(node)
    if query is None:
        return None, frozenset()
    variables = Query(tuple(Output(name, ()) for name in sorted(program.variables)))
    sources: tuple[Source, ...] = (
        Derived(variables, None),
        *(Scan((), row, hidden=True) for row in sorted(program.rows)),
    )
    return Query((Output(None, (Nested(query),)),), sources), frozenset()


def _blocks(raw: bytes, tree: dict[str, Any] | None) -> tuple[Query | None, frozenset[int]]:
    """The blocks of one statement, parsed anew when its tree is no longer there."""
    if tree is None:
        (item,) = libpg.parse(raw)
        tree = item["stmt"]
    return read(tree)


def with_literals(raw: bytes) -> list[Query | None]:
    """The blocks of each statement of a text that could be analysed, with the places (bytes) of literal operands."""
    reader = Reader(literals=True)
    return [reader.statement(item["stmt"]) for item in libpg.parse(raw) if item.get("stmt")]


def execute_arguments(raw: bytes) -> list[int]:
    """Where (bytes) the literals begin that an EXECUTE gives, -1 for any other argument; `raw`: a text of it alone."""
    (item,) = libpg.parse(raw)
    found = map(Reader(literals=True).operand, item["stmt"]["ExecuteStmt"].get("params", ()))
    return [-1 if operand is None else operand.location for operand in found]
