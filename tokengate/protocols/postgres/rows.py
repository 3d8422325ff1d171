"""The row engine: runs of DataRow messages, counted or masked. The compiled one where it was built, else the one here.

Both do the same to the byte (`tests/protocols/postgres/test_rows.py` holds them to it); `ENGINE` says which is active.
`TOKENGATE_ROWS=pure` in the environment asks for the plain one.
"""

from __future__ import annotations

import os
import struct

from tokengate.errors import ProtocolError
from tokengate.protocols.postgres.cells import CALL, CONST, NULL, PARTIAL, SIFT, Cell, Operation, RowPlan, partial_cell

_ROW = ord("D")
_INT32 = struct.Struct("!i")
_ROW_HEAD = struct.Struct("!cih")
_NULL_CELL = b"\xff\xff\xff\xff"


def scan(data: bytes, start: int, kind: int) -> tuple[int, int]:
    """(end, count) of the run of complete messages of type byte `kind` that begins at `start`."""
    at, size, count = start, len(data), 0
    length_at = _INT32.unpack_from
    while size - at >= 5 and data[at] == kind:
        length = length_at(data, at + 1)[0]
        if length < 4:
            raise _malformed()
        end = at + 1 + length
        if end > size:
            break
        at = end
        count += 1
    return at, count


def mask(data: bytes, start: int, plan: RowPlan) -> tuple[bytes, int, int, int]:
    """(masked bytes, end, rows, cells masked) of the run of complete DataRows that begins at `start`. Raises
    `ProtocolError`.
    """
    end, rows = scan(data, start, _ROW)
    out: list[bytes] = []
    at = start
    masked = 0
    operations = plan.operations
    while at < end:
        stop = at + 1 + _INT32.unpack_from(data, at + 1)[0]
        masked += _mask_row(data, at, stop, operations, out)
        at = stop
    return b"".join(out), end, rows, masked


def _mask_row(data: bytes, at: int, stop: int, operations: tuple[Operation | None, ...], out: list[bytes]) -> int:
    if stop - at < 7 or int.from_bytes(data[at + 5 : at + 7], "big") != len(operations):
        raise _malformed()
    head = len(out)
    out.append(b"")
    kept, size, masked = at + 7, 0, 0
    at += 7
    for operation in operations:
        if stop - at < 4:
            raise _malformed()
        length = _INT32.unpack_from(data, at)[0]
        value = at + 4
        at = value + length if length >= 0 else value
        if length < -1 or at > stop:
            raise _malformed()
        if operation is None or length < 0:
            continue
        raw = data[value:at]
        cell = masked_cell(operation, raw)
        if cell is raw and operation[0] in (CALL, SIFT):
            continue  # a detector that found nothing
        out.append(data[kept : value - 4])
        out.append(_NULL_CELL if cell is None else _INT32.pack(len(cell)) + cell)
        size += len(out[-1]) + len(out[-2])
        kept = at
        masked += 1
    if at != stop:
        raise _malformed()
    out.append(data[kept:stop])
    size += stop - kept
    out[head] = _ROW_HEAD.pack(b"D", size + 6, len(operations))
    return masked


def masked_cell(operation: Operation, raw: bytes) -> bytes | None:
    """What one operation makes of a cell; None is NULL. Raises `ProtocolError`."""
    what, argument = operation
    if what == CONST:
        constant: bytes = argument
        return constant
    if what == NULL:
        return None
    if what == PARTIAL:
        return partial_cell(raw, *argument)
    if what == CALL:
        return called(argument, raw)
    if what == SIFT:
        return called(argument[0], raw)  # to sift it first would take longer here
    raise TypeError(f"{operation!r} is no operation")


def called(function: Cell, raw: bytes) -> bytes | None:
    """What a CALL makes of a cell. A value that is not of its type's format raises `ProtocolError`: it can't be
    masked.
    """
    try:
        return function(raw)
    except (ValueError, struct.error, IndexError, OverflowError) as error:
        raise ProtocolError("a value can't be read, and so not masked", "08P01") from error


def _malformed() -> ProtocolError:
    return ProtocolError("invalid DataRow message", "08P01")


ENGINE = "pure"
pure_scan, pure_mask = scan, mask

if os.environ.get("TOKENGATE_ROWS") != "pure":
    try:
        from tokengate.protocols.postgres._rows import mask, scan  # type: ignore[no-redef,import-untyped,unused-ignore]  # compiled, where it was

        ENGINE = "compiled"
    except ImportError:
        pass
