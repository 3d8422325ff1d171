"""Round-trip tokens on their way back: turned into the values they stand for, in a statement's text and its arguments.

What is no token stays as it is, to the byte. Which operands may be tokens, of which columns, the maskers say
(`values.Operand`).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from uuid import UUID

from tokengate.protocols.postgres.wire import malformed
from tokengate.values import Operand

MAX_RESTORED = 16 * 1024 * 1024
"""Bytes of a Bind that may hold tokens, and so has to be whole to be understood."""

_INTEGERS = frozenset({"int4", "int8"})
_ELEMENT = re.compile(r'"(?:[^"\\]|\\.)*"|[^{},"\s][^{},"]*', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_INT16, _INT32 = struct.Struct("!H"), struct.Struct("!i")


def restored_text(text: bytes, operands: Sequence[Operand]) -> bytes:
    """A statement's text with its tokens turned back; the same object when it has none."""
    shown = text.decode()
    changed = shown
    for operand in sorted(operands, key=lambda one: -one.start):
        if operand.start >= 0:
            literal = shown[operand.start : operand.end]
            changed = changed[: operand.start] + _literal(literal, operand) + changed[operand.end :]
    return text if changed == shown else changed.encode()


def restored_bind(payload: bytes, at: int, operands: Sequence[Operand]) -> bytes:
    """A Bind's payload with its tokens turned back; `at`: where its names end. The same object when it has none. Raises
    `ProtocolError`.
    """
    by_number = {operand.number: operand for operand in operands if operand.number}
    formats, at = _formats(payload, at)
    count, at = _count(payload, at)
    out, start = [payload[:at]], at
    for number in range(1, count + 1):
        if at + 4 > len(payload):
            raise malformed("Bind")
        length = _INT32.unpack_from(payload, at)[0]
        end = at + 4 + max(length, 0)
        if length < -1 or end > len(payload):
            raise malformed("Bind")
        raw = payload[at + 4 : end]
        operand = by_number.get(number)
        if operand is not None and length > 0:
            real = restored_cell(raw, operand, binary=_format(formats, number) == 1)
            if real is not raw:
                out += (payload[start:at], _INT32.pack(len(real)), real)
                start = end
        at = end
    return payload if len(out) == 1 else b"".join((*out, payload[start:]))


def restored_cell(raw: bytes, operand: Operand, *, binary: bool) -> bytes:
    """One argument with its tokens turned back; the same object when it holds none."""
    one = _binary(operand) if binary else _text(operand)
    if not operand.any:
        return one(raw)
    return _binary_array(raw, one) if binary else _text_array(raw, one)


def _literal(literal: str, operand: Operand) -> str:
    if not literal.startswith("'"):
        return restored_cell(literal.encode(), operand, binary=False).decode()
    inner = literal[1:-1].replace("''", "'").encode()
    real = restored_cell(inner, operand, binary=False)
    return literal if real is inner else "'" + real.decode().replace("'", "''") + "'"


def _text(operand: Operand) -> Callable[[bytes], bytes]:
    """What a value in text format becomes."""

    def integer(raw: bytes) -> bytes:
        found = re.fullmatch(rb"\s*(-)\s*([0-9]{1,19})\s*", raw)
        real = operand.tokens.real_integer(-int(found[2])) if found else None
        return raw if real is None else str(real).encode()

    def uuid(raw: bytes) -> bytes:
        try:
            real = operand.tokens.real_uuid(UUID(raw.decode("ascii").strip()))
        except ValueError:
            return raw
        return raw if real is None else str(real).encode()

    return {"uuid": uuid}.get(operand.type, integer if operand.type in _INTEGERS else _string(operand))


def _binary(operand: Operand) -> Callable[[bytes], bytes]:
    """What a value in binary format becomes."""

    def integer(raw: bytes) -> bytes:
        real = operand.tokens.real_integer(int.from_bytes(raw, "big", signed=True)) if len(raw) in (4, 8) else None
        return raw if real is None or real.bit_length() >= 8 * len(raw) else real.to_bytes(len(raw), "big")

    def uuid(raw: bytes) -> bytes:
        real = operand.tokens.real_uuid(UUID(bytes=raw)) if len(raw) == 16 else None
        return raw if real is None else bytes(real.bytes)

    return {"uuid": uuid}.get(operand.type, integer if operand.type in _INTEGERS else _string(operand))


def _string(operand: Operand) -> Callable[[bytes], bytes]:
    def string(raw: bytes) -> bytes:
        try:
            real = operand.tokens.real_text(raw.decode())
        except UnicodeDecodeError:
            return raw
        return raw if real is None else real.encode("utf-8", "surrogateescape")

    return string


def _text_array(raw: bytes, one: Callable[[bytes], bytes]) -> bytes:
    """An array in text format: the manual's "Array Input and Output Syntax"."""

    def element(found: re.Match[str]) -> str:
        written = found[0]
        plain = _ESCAPED.sub(r"\1", written[1:-1] if written.startswith('"') else written.strip()).encode()
        real = one(plain)
        if real is plain:
            return written
        return '"' + real.decode().replace("\\", "\\\\").replace('"', '\\"') + '"'

    text = raw.decode("utf-8", "surrogateescape")
    changed = _ELEMENT.sub(element, text)
    return raw if changed == text else changed.encode("utf-8", "surrogateescape")


def _binary_array(raw: bytes, one: Callable[[bytes], bytes]) -> bytes:
    """An array in binary format: array_recv in the server's arrayfuncs.c. One that can't be read stays."""
    if len(raw) < 12:
        return raw
    at = 12 + 8 * _INT32.unpack_from(raw)[0]
    out, changed = [raw[:at]], False
    while 0 < at < len(raw):
        length = _INT32.unpack_from(raw, at)[0] if at + 4 <= len(raw) else -2
        end = at + 4 + max(length, 0)
        if length < -1 or end > len(raw):
            return raw
        value = raw[at + 4 : end]
        real = one(value) if length > 0 else value
        changed = changed or real is not value
        out += (_INT32.pack(len(real) if length >= 0 else -1), real)
        at = end
    return b"".join(out) if changed else raw


def _count(payload: bytes, at: int) -> tuple[int, int]:
    if at + 2 > len(payload):
        raise malformed("Bind")
    return _INT16.unpack_from(payload, at)[0], at + 2


def _formats(payload: bytes, at: int) -> tuple[list[int], int]:
    count, at = _count(payload, at)
    if at + 2 * count > len(payload):
        raise malformed("Bind")
    return [_INT16.unpack_from(payload, at + 2 * i)[0] for i in range(count)], at + 2 * count


def _format(formats: Sequence[int], number: int) -> int:
    """A parameter's format code: none given means text, one is for all."""
    if not formats:
        return 0
    return formats[0] if len(formats) == 1 else formats[number - 1] if number <= len(formats) else 0
