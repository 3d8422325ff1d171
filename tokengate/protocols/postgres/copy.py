"""Masking COPY TO STDOUT: text, CSV and binary, one CopyData message at a time.

PostgreSQL sends one row a message; in binary format the first also has the file header, the last only the trailer.
That is checked, not trusted: a message that is not whole rows can't be masked, and raises. Formats as in the manual's
page on COPY.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence

from tokengate.errors import ProtocolError
from tokengate.protocols.postgres.cells import Operation, operation
from tokengate.protocols.postgres.rows import masked_cell
from tokengate.protocols.postgres.wire import FieldDescription
from tokengate.sql.facts import CopyFacts
from tokengate.values import RowMask

SIGNATURE = b"PGCOPY\n\xff\r\n\0"

_ESCAPED = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_UNESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_SPECIAL = {b"\b": b"\\b", b"\f": b"\\f", b"\n": b"\\n", b"\r": b"\\r", b"\t": b"\\t", b"\v": b"\\v", b"\\": b"\\\\"}


class CopyMask:
    """Masks one COPY's data. `rows` and `masked` count what has passed."""

    def __init__(self, facts: CopyFacts, masks: RowMask, fields: Sequence[FieldDescription]) -> None:
        binary = facts.format == "binary"
        described = [field._replace(format=int(binary)) for field in fields]
        self._operations = tuple(operation(mask, field) for mask, field in zip(masks, described, strict=True))
        self._delimiter = facts.delimiter.encode()
        self._null = facts.null.encode()
        self._quote, self._escape = facts.quote.encode(), facts.escape.encode()
        self._header = facts.header
        self._begun = False
        self._ended = False
        self._row: Callable[[bytes], bytes] = {"text": self._text, "csv": self._csv, "binary": self._binary}[
            facts.format
        ]
        self._specials = {self._delimiter: b"\\" + self._delimiter, **_SPECIAL}
        self._special = re.compile(b"[" + re.escape(b"".join(self._specials)) + b"]")
        self.rows = 0
        self.masked = 0

    def feed(self, payload: bytes) -> bytes:
        """One CopyData's payload, masked. Raises `ProtocolError` when it isn't made of whole rows."""
        first, self._begun = not self._begun, True
        if first and self._header and self._row != self._binary:
            return payload
        if first and self._row == self._binary:
            return self._binary_header(payload)
        return self._row(payload)

    def _mask(self, what: Operation, raw: bytes) -> bytes | None:
        cell = masked_cell(what, raw)
        self.masked += cell is not raw
        return cell

    # ------------------------------------------------------------ text

    def _text(self, payload: bytes) -> bytes:
        if not payload.endswith(b"\n"):
            raise _unreadable()
        cells = self._split(payload[:-1])
        self._count(len(cells))
        for index, what in enumerate(self._operations):
            if what is not None and cells[index] != self._null:
                value = self._mask(what, _UNESCAPE.sub(_unescaped, cells[index]))
                cells[index] = self._null if value is None else self._special.sub(self._escaped, value)
        return self._delimiter.join(cells) + b"\n"

    def _split(self, line: bytes) -> list[bytes]:
        cells = line.split(self._delimiter)
        if b"\\" + self._delimiter not in line:
            return cells
        joined: list[bytes] = []
        for cell in cells:
            if joined and _odd_backslashes(joined[-1]):
                joined[-1] += self._delimiter + cell
            else:
                joined.append(cell)
        return joined

    def _escaped(self, match: re.Match[bytes]) -> bytes:
        return self._specials[match[0]]

    # ------------------------------------------------------------ CSV

    def _csv(self, payload: bytes) -> bytes:
        if not payload.endswith(b"\n"):
            raise _unreadable()
        cells = self._split_csv(payload[:-1])
        self._count(len(cells))
        for index, what in enumerate(self._operations):
            if what is not None and cells[index] != self._null:
                value = self._mask(what, self._unquoted(cells[index]))
                cells[index] = self._null if value is None else self._quoted(value)
        return self._delimiter.join(cells) + b"\n"

    def _split_csv(self, line: bytes) -> list[bytes]:
        """The cells as they stand, quotes and all."""
        cells, start, at, inside = [], 0, 0, False
        while at < len(line):
            char = line[at : at + 1]
            if inside and char == self._escape and line[at + 1 : at + 2] in (self._quote, self._escape):
                at += 1
            elif char == self._quote:
                inside = not inside
            elif char == self._delimiter and not inside:
                cells.append(line[start:at])
                start = at + 1
            at += 1
        if inside:
            raise _unreadable()
        return [*cells, line[start:]]

    def _unquoted(self, cell: bytes) -> bytes:
        if not cell.startswith(self._quote):
            return cell
        escape, quote = re.escape(self._escape), re.escape(self._quote)
        return re.sub(escape + b"(" + escape + b"|" + quote + b")", lambda match: match[1], cell[1:-1])

    def _quoted(self, value: bytes) -> bytes:
        for special in dict.fromkeys((self._escape, self._quote)):
            value = value.replace(special, self._escape + special)
        return self._quote + value + self._quote

    # ------------------------------------------------------------ binary

    def _binary_header(self, payload: bytes) -> bytes:
        if len(payload) < 19 or not payload.startswith(SIGNATURE):
            raise _unreadable()
        end = 19 + struct.unpack_from("!I", payload, 15)[0]
        if end > len(payload):
            raise _unreadable()
        return payload[:end] + self._binary(payload[end:])

    def _binary(self, payload: bytes) -> bytes:
        out, at = [], 0
        while at < len(payload):
            if self._ended or len(payload) - at < 2:
                raise _unreadable()
            count = struct.unpack_from("!h", payload, at)[0]
            out.append(payload[at : at + 2])
            at += 2
            if count == -1:
                self._ended = True
                continue
            self._count(count)
            for what in self._operations:
                cell, at = self._binary_cell(payload, at, what)
                out.append(cell)
        return b"".join(out)

    def _binary_cell(self, payload: bytes, at: int, what: Operation | None) -> tuple[bytes, int]:
        if len(payload) - at < 4:
            raise _unreadable()
        length = struct.unpack_from("!i", payload, at)[0]
        end = at + 4 + max(length, 0)
        if length < -1 or end > len(payload):
            raise _unreadable()
        if what is None or length < 0:
            return payload[at:end], end
        value = self._mask(what, payload[at + 4 : end])
        return (b"\xff\xff\xff\xff" if value is None else struct.pack("!i", len(value)) + value), end

    def _count(self, cells: int) -> None:
        if cells != len(self._operations):
            raise _unreadable()
        self.rows += 1


def _unescaped(match: re.Match[bytes]) -> bytes:
    return _ESCAPED.get(match[1], match[1])


def _odd_backslashes(cell: bytes) -> bool:
    return (len(cell) - len(cell.rstrip(b"\\"))) % 2 == 1


def _unreadable() -> ProtocolError:
    return ProtocolError("copy data that can't be read can't be masked", "08P01")
