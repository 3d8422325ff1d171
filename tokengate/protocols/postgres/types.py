"""PostgreSQL's built-in types, as far as masking has to know them: by the OIDs of its catalogue (pg_type.dat).

For each type the cell that stands for a redacted value, in both formats, so that every client still decodes it. A
type that is not here has no such cell: its redacted values become NULL.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable

REDACTED = "[redacted]"

TEXTS = frozenset({18, 19, 25, 705, 1042, 1043, 2275})  # "char", name, text, unknown, bpchar, varchar, cstring
VARCHAR, BPCHAR, CHAR, NAME = 1043, 1042, 18, 19
STRINGS = frozenset({25, VARCHAR, BPCHAR})
"""The texts of any length."""

JSON, JSONB, XML, BYTEA, NUMERIC, UUID, RECORD, FLOAT8 = 114, 3802, 142, 17, 1700, 2950, 2249, 701
INTEGERS = {21: 2, 23: 4, 20: 8}
"""OID -> bytes of the signed integers."""

LEAST_TOKEN = 4
"""Bytes of the shortest integer that gets a token: of two bytes all values are soon tried."""

ARRAYS = {
    1000: 16, 1001: 17, 1002: 18, 1003: 19, 1016: 20, 1005: 21, 1007: 23, 1009: 25, 1028: 26, 199: 114, 143: 142,
    3807: 3802, 1021: 700, 1022: 701, 791: 790, 1040: 829, 775: 774, 1041: 869, 651: 650, 1014: 1042, 1015: 1043,
    1182: 1082, 1183: 1083, 1115: 1114, 1185: 1184, 1187: 1186, 1270: 1266, 1561: 1560, 1563: 1562, 1231: 1700,
    2951: 2950, 3643: 3614, 3645: 3615, 1017: 600, 3905: 3904, 3907: 3906, 3909: 3908, 3911: 3910, 3913: 3912,
    3927: 3926, 2287: 2249, 2210: 2205, 1263: 2275, 4073: 4072, 3221: 3220, 271: 5069, 1011: 28, 1012: 29, 1010: 27,
}  # fmt: skip
"""Array OID -> element OID."""

RANGES = frozenset({3904, 3906, 3908, 3910, 3912, 3926})
MULTIRANGES = frozenset({4451, 4532, 4533, 4534, 4535, 4536})

_ZEROS: dict[int, tuple[bytes, bytes]] = {
    16: (b"f", b"\0"),
    20: (b"0", bytes(8)),
    21: (b"0", bytes(2)),
    23: (b"0", bytes(4)),
    26: (b"0", bytes(4)),
    28: (b"0", bytes(4)),
    29: (b"0", bytes(4)),
    5069: (b"0", bytes(8)),
    700: (b"0", bytes(4)),
    701: (b"0", bytes(8)),
    790: (b"$0.00", bytes(8)),
    1700: (b"0", bytes(8)),
    17: (b"\\x", b""),
    114: (b'"[redacted]"', b'"[redacted]"'),
    3802: (b'"[redacted]"', b'\x01"[redacted]"'),
    142: (b"<redacted/>", b"<redacted/>"),
    2950: (str(uuid.UUID(int=0)).encode(), bytes(16)),
    1082: (b"2000-01-01", bytes(4)),
    1083: (b"00:00:00", bytes(8)),
    1266: (b"00:00:00+00", bytes(12)),
    1114: (b"2000-01-01 00:00:00", bytes(8)),
    1184: (b"2000-01-01 00:00:00+00", bytes(8)),
    1186: (b"00:00:00", bytes(16)),
    869: (b"0.0.0.0", b"\x02\x20\x00\x04\0\0\0\0"),
    650: (b"0.0.0.0/32", b"\x02\x20\x01\x04\0\0\0\0"),
    829: (b"00:00:00:00:00:00", bytes(6)),
    774: (b"00:00:00:00:00:00:00:00", bytes(8)),
    3220: (b"0/0", bytes(8)),
    3614: (b"", bytes(4)),
}
"""OID -> the redacted value's text and binary form."""


def redacted(oid: int, modifier: int, binary: bool) -> bytes | None:
    """The cell of a redacted value of a type; None is NULL."""
    if oid in TEXTS:
        return fitted(REDACTED, oid, modifier).encode()
    if oid in _ZEROS:
        return _ZEROS[oid][binary]
    if oid in ARRAYS:
        return struct.pack("!iiI", 0, 0, ARRAYS[oid]) if binary else b"{}"
    if oid in RANGES:
        return b"\x01" if binary else b"empty"
    if oid in MULTIRANGES:
        return bytes(4) if binary else b"{}"
    return None


def fitted(text: str, oid: int, modifier: int) -> str:
    """`text` cut to what a column of this type and modifier can hold."""
    if oid in (VARCHAR, BPCHAR) and modifier >= 4:
        return text[: modifier - 4]
    if oid == CHAR:
        return text[:1]
    return text[:63] if oid == NAME else text


def integer_of(size: int) -> Callable[[bytes], int]:
    """A reader of a binary integer of `size` bytes. It raises ValueError on another length."""

    def read(raw: bytes) -> int:
        if len(raw) != size:
            raise ValueError("an integer of another length")
        return int.from_bytes(raw, "big", signed=True)

    return read


def numeric_text(raw: bytes) -> str:
    """A binary numeric as its decimal text. Raises ValueError. Format: numeric_send in the server's numeric.c."""
    if len(raw) < 8:
        raise ValueError("a numeric that is too short")
    count, weight, sign, scale = struct.unpack_from("!hhHh", raw)
    if sign not in (0x0000, 0x4000):
        return "NaN"
    if count < 0 or len(raw) != 8 + 2 * count:
        raise ValueError("a numeric of another length")
    digits = struct.unpack_from(f"!{count}h", raw, 8)
    whole = "".join(f"{digits[i] if i < count else 0:04d}" for i in range(weight + 1)).lstrip("0") or "0"
    fraction = "".join(
        f"{digits[i] if 0 <= i < count else 0:04d}" for i in range(weight + 1, weight + 1 + (scale + 3) // 4)
    )
    text = whole + (f".{fraction[:scale]}" if scale > 0 else "")
    return f"-{text}" if sign else text


def numeric_binary(value: int) -> bytes:
    """A non-negative whole number as a binary numeric."""
    digits: list[int] = []
    while value:
        value, digit = divmod(value, 10_000)
        digits.insert(0, digit)
    return struct.pack(f"!hhHh{len(digits)}h", len(digits), max(len(digits) - 1, 0), 0, 0, *digits)
