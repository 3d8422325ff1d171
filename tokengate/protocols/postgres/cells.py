"""From masks to operations on PostgreSQL's cells: what `Redact`, `Partial`, `Hash` or a detector means for a type and
a format.

A `RowPlan` is plain data, so that the row engines, compiled or not, run it without knowing masks or types. Whatever a
cell becomes is valid for its type: a client's driver decodes it as it would the real value.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from attrs import frozen

from tokengate.mask.apply import digest, partial
from tokengate.protocols.postgres import types
from tokengate.protocols.postgres.types import fitted, redacted
from tokengate.protocols.postgres.wire import FieldDescription
from tokengate.values import Hash, Mask, Null, Partial, Redact, Rewrite, RowMask, Token

NULL, CONST, PARTIAL, CALL, SIFT = 1, 2, 3, 4, 5
"""Operations on a cell that isn't NULL: become NULL; become the argument; a `Partial` of a text, (prefix, suffix,
characters the column holds or 0); become what the argument, a callable from bytes to bytes or None, makes of it; the
same for (callable, sieve), where a cell that is not likely to the sieve need not be given to the callable.
"""

MAX_DEPTH = 8
"""Composites and arrays within one another that detectors follow; what is deeper is redacted whole."""

Cell = Callable[[bytes], bytes | None]
Operation = tuple[int, Any]


@frozen
class RowPlan:
    """One operation, or None for untouched, a column."""

    operations: tuple[Operation | None, ...]


def compile_plan(masks: RowMask, fields: Sequence[FieldDescription]) -> RowPlan:
    """The plan that masks rows of these columns."""
    return RowPlan(tuple(operation(mask, field) for mask, field in zip(masks, fields, strict=True)))


def operation(mask: Mask | None, field: FieldDescription) -> Operation | None:
    """What a mask does to one column's cells."""
    match mask:
        case None:
            return None
        case Redact():
            return _redact(field)
        case Null():
            return NULL, None
        case Partial(prefix, suffix):
            return (PARTIAL, (prefix, suffix, _room(field))) if field.type in types.TEXTS else _redact(field)
        case Hash():
            hashed = _hash(mask, field)
            return _redact(field) if hashed is None else (CALL, hashed)
        case Token(tokens):
            token = _token(tokens, field)
            return _redact(field) if token is None else (CALL, token)
        case Rewrite():
            rewritten = _rewrite(mask.apply, field.type, field.modifier, bool(field.format), 0)
            if rewritten is None:
                return None
            return (SIFT, (rewritten, mask.sieve)) if mask.sieve and _as_it_is(field) else (CALL, rewritten)
        case _:
            raise TypeError(f"{mask!r} is no mask")


def partial_cell(raw: bytes, prefix: int, suffix: int, room: int) -> bytes:
    """A `Partial` of a text cell; `room`: characters the column holds, 0 for any number."""
    text = partial(raw.decode("utf-8", "replace"), Partial(prefix, suffix))
    return (text[:room] if room else text).encode()


def _room(field: FieldDescription) -> int:
    return len(fitted("x" * 10_000_000, field.type, field.modifier)) % 10_000_000


def _redact(field: FieldDescription) -> Operation:
    cell = redacted(field.type, field.modifier, bool(field.format))
    return (NULL, None) if cell is None else (CONST, cell)


# ---------------------------------------------------------------- hashes


def _hash(mask: Hash, field: FieldDescription) -> Cell | None:
    """Equal values get equal hashes, in both formats: it is the value's canonical text that is digested."""
    oid, binary = field.type, bool(field.format)
    if oid in types.TEXTS:
        return lambda raw: fitted(digest(raw, mask).hex(), oid, field.modifier).encode()
    if oid in types.INTEGERS:
        return _hash_integer(mask, types.INTEGERS[oid], binary)
    if oid == types.UUID:
        return _hash_uuid(mask, binary)
    if oid == types.NUMERIC and field.modifier < 0:
        return _hash_numeric(mask, binary)
    return None


def _hash_integer(mask: Hash, size: int, binary: bool) -> Cell:
    read: Callable[[bytes], int] = types.integer_of(size) if binary else int
    limit = 1 << (8 * size - 1)

    def cell(raw: bytes) -> bytes:
        hashed = int.from_bytes(digest(str(read(raw)).encode(), mask), "big") % limit
        return hashed.to_bytes(size, "big") if binary else str(hashed).encode()

    return cell


def _hash_uuid(mask: Hash, binary: bool) -> Cell:
    def cell(raw: bytes) -> bytes:
        value = uuid.UUID(bytes=raw) if binary else uuid.UUID(raw.decode("ascii"))
        hashed = uuid.UUID(bytes=digest(str(value).encode(), mask)[:16])
        return hashed.bytes if binary else str(hashed).encode()

    return cell


def _hash_numeric(mask: Hash, binary: bool) -> Cell:
    def cell(raw: bytes) -> bytes:
        text = types.numeric_text(raw).encode() if binary else raw
        hashed = int.from_bytes(digest(text, mask)[:8], "big")
        return types.numeric_binary(hashed) if binary else str(hashed).encode()

    return cell


# ---------------------------------------------------------------- tokens


def _token(tokens: Any, field: FieldDescription) -> Cell | None:
    """A cell's token, and the redacted value for what has none; None for types without tokens."""
    oid, binary = field.type, bool(field.format)
    stand_in = redacted(oid, field.modifier, binary)
    if oid in types.STRINGS:
        return _token_text(tokens, stand_in, padded=oid == types.BPCHAR)
    if types.INTEGERS.get(oid, 0) >= types.LEAST_TOKEN:
        return _token_integer(tokens, types.INTEGERS[oid], stand_in, binary)
    return _token_uuid(tokens, stand_in, binary) if oid == types.UUID else None


def _token_text(tokens: Any, stand_in: bytes | None, *, padded: bool) -> Cell:
    def cell(raw: bytes) -> bytes | None:
        text = raw.decode("utf-8", "surrogateescape")
        token = tokens.text(text.rstrip(" ") if padded else text)
        return (stand_in if text else raw) if token is None else token.encode()

    return cell


def _token_integer(tokens: Any, size: int, stand_in: bytes | None, binary: bool) -> Cell:
    read: Callable[[bytes], int] = types.integer_of(size) if binary else int

    def cell(raw: bytes) -> bytes | None:
        token = tokens.integer(read(raw))
        if token is None:
            return stand_in
        return token.to_bytes(size, "big", signed=True) if binary else str(token).encode()

    return cell


def _token_uuid(tokens: Any, stand_in: bytes | None, binary: bool) -> Cell:
    def cell(raw: bytes) -> bytes | None:
        token = tokens.uuid(uuid.UUID(bytes=raw) if binary else uuid.UUID(raw.decode("ascii")))
        if token is None:
            return stand_in
        return token.bytes if binary else str(token).encode()

    return cell


# ---------------------------------------------------------------- detectors


def _rewrite(apply: Callable[[bytes], bytes], oid: int, modifier: int, binary: bool, depth: int) -> Cell | None:
    """What a detector's rewriting means for a type; None where its values can't hold text or long numbers."""
    stand_in = redacted(oid, modifier, binary)
    if depth > MAX_DEPTH:
        return lambda raw: stand_in
    if oid in types.TEXTS or oid == types.XML:
        return apply
    if oid in (types.JSON, types.JSONB):
        return _rewrite_json(apply, stand_in, 1 if binary and oid == types.JSONB else 0)
    if oid == types.BYTEA:
        return apply if binary else _rewrite_bytea(apply)
    if oid in types.ARRAYS:
        return _rewrite_array(apply, oid, binary, depth)
    if oid == types.RECORD:
        return _rewrite_record(apply, depth) if binary else apply
    if (text := _number_text(oid, binary)) is not None:
        return _rewrite_number(apply, text, stand_in)
    if oid in types.RANGES | types.MULTIRANGES:
        return _rewrite_number(apply, bytes, stand_in)
    return apply if oid >= 16384 or oid == 0 else None


def _as_it_is(field: FieldDescription) -> bool:
    """Whether a detector sees the bytes of a cell themselves, but for one at their beginning that is in no word."""
    if field.type == types.BYTEA or field.format:
        return bool(field.format) and field.type in types.TEXTS | {types.XML, types.JSON, types.JSONB, types.BYTEA}
    return True


def _number_text(oid: int, binary: bool) -> Callable[[bytes], bytes] | None:
    """A reader of a number's decimal text, None for other types."""
    if oid not in (*types.INTEGERS, types.NUMERIC, types.FLOAT8):
        return None
    if not binary:
        return bytes
    if oid == types.NUMERIC:
        return lambda raw: types.numeric_text(raw).encode()
    if oid == types.FLOAT8:
        return lambda raw: b"%.0f" % struct.unpack("!d", raw)[0]
    read = types.integer_of(types.INTEGERS[oid])
    return lambda raw: str(read(raw)).encode()


def _rewrite_number(apply: Callable[[bytes], bytes], text: Callable[[bytes], bytes], stand_in: bytes | None) -> Cell:
    def cell(raw: bytes) -> bytes | None:
        shown = text(raw)
        return raw if apply(shown) is shown else stand_in

    return cell


def _rewrite_json(apply: Callable[[bytes], bytes], stand_in: bytes | None, skip: int) -> Cell:
    """JSON stays JSON: a number with stars in it is none, so its whole document is redacted."""

    def cell(raw: bytes) -> bytes | None:
        body = raw[skip:] if skip else raw
        rewritten = apply(body)
        if rewritten is body:
            return raw
        try:
            orjson.loads(rewritten)
        except orjson.JSONDecodeError:
            return stand_in
        return raw[:skip] + rewritten

    return cell


def _rewrite_bytea(apply: Callable[[bytes], bytes]) -> Cell:
    def cell(raw: bytes) -> bytes:
        if not raw.startswith(b"\\x"):
            return apply(raw)  # bytea_output = escape
        body = bytes.fromhex(raw[2:].decode("ascii"))
        rewritten = apply(body)
        return raw if rewritten is body else b"\\x" + rewritten.hex().encode()

    return cell


def _rewrite_array(apply: Callable[[bytes], bytes], oid: int, binary: bool, depth: int) -> Cell:
    element = types.ARRAYS[oid]
    stand_in = redacted(oid, -1, binary)
    if not binary:
        return apply if element in types.TEXTS else _rewrite_number(apply, bytes, stand_in)
    inner = _rewrite(apply, element, -1, True, depth + 1)
    if inner is None:
        return bytes

    def cell(raw: bytes) -> bytes:
        dimensions = struct.unpack_from("!i", raw)[0]
        start = 12 + 8 * dimensions
        return raw[:start] + _values(raw, start, lambda at: (inner, at))

    return cell


def _rewrite_record(apply: Callable[[bytes], bytes], depth: int) -> Cell:
    def value(raw: bytes) -> Callable[[int], tuple[Cell, int]]:
        def at_field(at: int) -> tuple[Cell, int]:
            oid = struct.unpack_from("!I", raw, at)[0]
            return _rewrite(apply, oid, -1, True, depth + 1) or bytes, at + 4

        return at_field

    return lambda raw: raw[:4] + _values(raw, 4, value(raw))


def _values(raw: bytes, at: int, reader: Callable[[int], tuple[Cell, int]]) -> bytes:
    """Length-prefixed values to the end of `raw`, each through the cell that `reader` finds for it. Raises
    ValueError.
    """
    out = []
    while at < len(raw):
        cell, behind = reader(at)
        out.append(raw[at:behind])
        length = struct.unpack_from("!i", raw, behind)[0]
        at = behind + 4
        if length < -1 or at + max(length, 0) > len(raw):
            raise ValueError("a value longer than what holds it")
        value = None if length < 0 else cell(raw[at : at + length])
        out.append(struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value)
        at += max(length, 0)
    return b"".join(out)
