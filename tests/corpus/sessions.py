"""A client that hides nothing: it sends a statement in the wanted mode and keeps all that comes back, byte for byte."""

from __future__ import annotations

import enum
import select
import time
from collections.abc import Iterable

from attrs import define, field, frozen
from psycopg import OperationalError, pq

DEADLINE = 20.0
"""Seconds for one statement: one that the gateway holds must not hold the tests."""

FIELDS = (
    pq.DiagnosticField.SEVERITY, pq.DiagnosticField.SQLSTATE, pq.DiagnosticField.MESSAGE_PRIMARY, pq.DiagnosticField.MESSAGE_DETAIL,
    pq.DiagnosticField.MESSAGE_HINT, pq.DiagnosticField.STATEMENT_POSITION, pq.DiagnosticField.INTERNAL_POSITION,
    pq.DiagnosticField.INTERNAL_QUERY, pq.DiagnosticField.CONTEXT, pq.DiagnosticField.SCHEMA_NAME, pq.DiagnosticField.TABLE_NAME,
    pq.DiagnosticField.COLUMN_NAME, pq.DiagnosticField.DATATYPE_NAME, pq.DiagnosticField.CONSTRAINT_NAME,
)  # fmt: skip
"""What an error or a notice says, but for the place in the server's source."""

PARAMETERS = (
    b"application_name", b"client_encoding", b"DateStyle", b"in_hot_standby", b"IntervalStyle", b"is_superuser", b"search_path",
    b"session_authorization", b"standard_conforming_strings", b"TimeZone", b"default_transaction_read_only",
)  # fmt: skip
_RESULTS = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.SINGLE_TUPLE)


class Mode(enum.Enum):
    """How a statement is sent."""

    SIMPLE = "simple"
    TEXT = "extended, text"
    BINARY = "extended, binary"


@frozen
class Answer:
    """One result, or one notice: what kind it is, its command tag, columns as (name, table, column, type), cells or
    fields.
    """

    kind: str
    tag: bytes = b""
    columns: tuple[tuple[bytes, int, int, int], ...] = ()
    cells: tuple[bytes | None, ...] = ()

    def seen(self) -> Iterable[bytes]:
        """Everything in it that a person could read."""
        yield self.tag
        yield from (column[0] for column in self.columns)
        yield from (cell or b"" for cell in self.cells)


@define
class Session:
    """A connection that is made when it is needed, and made anew when the other side has ended it."""

    conninfo: str
    _connection: pq.PGconn | None = field(default=None, init=False)
    _heard: list[Answer] = field(factory=list, init=False)

    def run(self, statements: Iterable[str], mode: Mode = Mode.SIMPLE) -> list[Answer]:
        """Send one after the other, whatever becomes of each; what came back, notices and notifications among it."""
        for statement in statements:
            if self.connection.status != pq.ConnStatus.OK:
                break
            try:
                self._send(statement.encode(), mode)
                self._listen()
            except OperationalError as error:
                self._heard.append(Answer("lost", cells=(str(error).encode(),)))
        heard, self._heard = self._heard, []
        return heard

    @property
    def connection(self) -> pq.PGconn:
        """The connection as libpq has it."""
        if self._connection is None:
            self._connection = pq.PGconn.connect(self.conninfo.encode())
            if self._connection.status != pq.ConnStatus.OK:
                raise AssertionError(self._connection.error_message.decode())
            self._connection.notice_handler = self._notice
        return self._connection

    def reset(self) -> None:
        """As new: no transaction, no settings, no prepared statements; what an ended session left is forgotten."""
        self.run(["rollback", "discard all"])
        if self.connection.status != pq.ConnStatus.OK:
            self.close()

    def close(self) -> None:
        """Leave."""
        if self._connection is not None:
            self._connection.finish()
        self._connection = None
        self._heard = []

    def _send(self, statement: bytes, mode: Mode) -> None:
        connection = self.connection
        if mode is Mode.SIMPLE:
            connection.send_query(statement)
        else:
            connection.send_query_params(statement, None, result_format=pq.Format(mode is Mode.BINARY))
        while True:
            self._await()
            result = connection.get_result()
            if result is None:
                return
            self._heard.append(_answer(result))
            if result.status == pq.ExecStatus.COPY_OUT:
                self._copy_out()
            elif result.status == pq.ExecStatus.COPY_IN:
                connection.put_copy_end(None)
            if connection.status != pq.ConnStatus.OK:
                return

    def _await(self) -> None:
        connection, deadline = self.connection, time.monotonic() + DEADLINE
        connection.consume_input()
        while connection.is_busy():
            if not select.select([connection.socket], [], [], max(0.0, deadline - time.monotonic()))[0]:
                self.close()
                raise AssertionError("no answer in time")
            connection.consume_input()

    def _copy_out(self) -> None:
        cells = []
        while True:
            count, data = self.connection.get_copy_data(0)
            if count <= 0:
                break
            cells.append(bytes(data))
        self._heard.append(Answer("copied", cells=tuple(cells)))

    def _notice(self, result: pq.abc.PGresult) -> None:
        self._heard.append(Answer("notice", cells=tuple(result.error_field(code) for code in FIELDS)))

    def _listen(self) -> None:
        while (note := self.connection.notifies()) is not None:
            self._heard.append(Answer("notification", note.relname, cells=(note.extra,)))
        values = tuple(self.connection.parameter_status(name) for name in PARAMETERS)
        self._heard.append(Answer("parameters", cells=values))


def _answer(result: pq.abc.PGresult) -> Answer:
    columns = tuple(
        (result.fname(c) or b"", result.ftable(c), result.ftablecol(c), result.ftype(c)) for c in range(result.nfields)
    )
    if result.status in _RESULTS:
        cells = tuple(result.get_value(r, c) for r in range(result.ntuples) for c in range(result.nfields))
    else:
        cells = tuple(result.error_field(code) for code in FIELDS)
    return Answer(pq.ExecStatus(result.status).name, result.command_status or b"", columns, cells)
