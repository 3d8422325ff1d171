"""A client that asks for an example's statements in the way each says, by libpq itself, and keeps all that it hears."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from attrs import define, field, frozen
from psycopg.pq import DiagnosticField, ExecStatus, PGresult

from tests.canary.statements import Example, Statement

TIMEOUT = b"set local statement_timeout = '3s'"
LATE = ("switched", "moved", "replanned")
"""Ways to ask in which the search_path is set by the way."""

CANCELED = "57014"
OTHER = b"select label || '!' as other, 1 as x from zoo.plain"
"""What shares a text with a statement that does not stand alone."""

Rows = tuple[tuple[bytes | None, ...], ...]

FIELDS = (
    DiagnosticField.SQLSTATE, DiagnosticField.MESSAGE_PRIMARY, DiagnosticField.MESSAGE_DETAIL, DiagnosticField.MESSAGE_HINT,
    DiagnosticField.CONTEXT, DiagnosticField.INTERNAL_QUERY, DiagnosticField.STATEMENT_POSITION,
)  # fmt: skip


@frozen
class Answer:
    """What a statement brought. `error` has an error's fields, the SQLSTATE first."""

    names: tuple[bytes, ...] = ()
    rows: Rows = ()
    error: tuple[bytes, ...] = ()
    notices: tuple[bytes, ...] = field(default=())

    @property
    def timed_out(self) -> bool:
        return self.error[:1] == (CANCELED.encode(),)

    def column(self, at: int) -> list[bytes | None]:
        """All its cells."""
        return [row[at] for row in self.rows]

    def pieces(self) -> Iterator[bytes]:
        """All that could show something."""
        yield from (*self.names, *self.error, *self.notices)
        for row in self.rows:
            yield from filter(None, row)


@define(eq=False)
class Client:
    """One connection, whose transactions are all rolled back."""

    connection: psycopg.Connection[Any]
    _notices: list[bytes] = field(factory=list)
    _path: tuple[str, ...] = ()
    _made: int = 0

    def __attrs_post_init__(self) -> None:
        self.connection.autocommit = True
        self.connection.pgconn.notice_handler = lambda result: self._notices.append(b"\n".join(_fields(result)))

    def answers(self, example: Example) -> list[Answer]:
        """Of the statements, in one transaction; one that fails is undone by itself."""
        self._do(b"begin; " + TIMEOUT)
        self._path = ()
        try:
            return [self._answer(statement) for statement in example.statements]
        finally:
            self._do(b"rollback")
            self._do(b"deallocate all")  # prepared statements outlive what made them

    def _answer(self, statement: Statement) -> Answer:
        self._notices.clear()
        before = self._path
        if statement.way not in LATE or not before:
            self._results(self._switched(statement))
        self._do(b"savepoint s")
        result, rows = self._ask(statement)
        error = tuple(_fields(result)) if result.status == ExecStatus.FATAL_ERROR else ()
        if error:
            self._do(b"rollback to s")
            self._path = before if statement.way in LATE and before else statement.path
        names = tuple(result.fname(at) or b"" for at in range(result.nfields))
        return Answer(names, rows, error, tuple(self._notices))

    def _switched(self, statement: Statement) -> bytes:
        """What brings the session to the statement's search_path."""
        switch = statement.switch.format(", ".join(statement.path)) if statement.path != self._path else "select 1"
        self._path = statement.path
        return switch.encode()

    def _ask(self, statement: Statement) -> tuple[PGresult, Rows]:
        pg, sql = self.connection.pgconn, statement.sql.encode()
        self._made += 1
        name = f"n{self._made}".encode()
        match statement.way:
            case "simple":
                result = pg.exec_(sql)
            case "first":
                result = self._results(sql + b"; " + OTHER)[0]
            case "second":
                result = self._results(OTHER + b"; " + sql)[-1]
            case "switched":
                result = self._results(self._switched(statement) + b"; " + sql)[-1]
            case "extended" | "binary" as way:
                result = pg.exec_params(sql, statement.parameters, result_format=int(way == "binary"))
            case "prepared":
                result = self._then(pg.prepare(b"", sql), lambda: pg.exec_prepared(b"", statement.parameters))
            case "replanned":
                made = pg.prepare(name, sql)
                result = self._then(made, lambda: self._later(statement, lambda: pg.exec_prepared(name, None)))
            case "executed":
                made = pg.exec_(b"prepare " + name + b" as " + sql)
                result = self._then(made, lambda: pg.exec_(b"execute " + name))
            case "moved":
                made = pg.exec_(b"prepare " + name + b" as " + sql)
                result = self._then(made, lambda: self._later(statement, lambda: pg.exec_(b"execute " + name)))
            case "explained":
                result = pg.exec_(b"explain (verbose, costs off) " + sql)
            case "cursor":
                made = pg.exec_(b"declare " + name + b" cursor for " + sql)
                result = self._then(made, lambda: pg.exec_(b"fetch all from " + name))
            case "copy":
                return self._copied(b"copy (" + sql + b") to stdout")
            case "whole":
                return self._copied(sql)
            case other:
                raise ValueError(other)
        return result, tuple(_rows(result))

    @staticmethod
    def _then(made: PGresult, use: Callable[[], PGresult]) -> PGresult:
        return use() if made.status == ExecStatus.COMMAND_OK else made

    def _later(self, statement: Statement, use: Callable[[], PGresult]) -> PGresult:
        self._results(self._switched(statement))
        return use()

    def _results(self, sql: bytes) -> list[PGresult]:
        """Of all the statements of a text; those after one that fails have none."""
        self.connection.pgconn.send_query(sql)
        results = []
        while (result := self.connection.pgconn.get_result()) is not None:
            results.append(result)
        return results

    def _copied(self, sql: bytes) -> tuple[PGresult, Rows]:
        pg = self.connection.pgconn
        result = pg.exec_(sql)
        if result.status != ExecStatus.COPY_OUT:
            return result, ()
        lines = []
        while (got := pg.get_copy_data(0))[0] > 0:
            line = bytes(got[1]).removesuffix(b"\n")
            lines.append(tuple(None if cell == rb"\N" else cell for cell in line.split(b"\t")))
        result = pg.get_result() or result
        while pg.get_result() is not None:
            continue
        return result, tuple(lines)

    def _do(self, sql: bytes) -> None:
        result = self.connection.pgconn.exec_(sql)
        assert result.status == ExecStatus.COMMAND_OK, result.error_message


def _rows(result: PGresult) -> Iterator[tuple[bytes | None, ...]]:
    for row in range(result.ntuples):
        yield tuple(result.get_value(row, at) for at in range(result.nfields))


def _fields(result: PGresult) -> Iterator[bytes]:
    for one in FIELDS:
        yield result.error_field(one) or b""
