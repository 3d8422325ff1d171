"""PostgreSQL's frames: bytes to values and back. No state, no decisions, no I/O.

A message is a type byte, a 32-bit big-endian length that counts itself, and a payload; the first message of a
connection has no type byte. The formats are those of the PostgreSQL manual's chapter "Message Formats". A parser
either returns or raises `ProtocolError` with SQLSTATE 08P01.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tokengate.errors import ProtocolError

PROTOCOL_3_0 = 3 << 16
PROTOCOL_3_2 = 3 << 16 | 2
SSL_REQUEST = 1234 << 16 | 5679
GSSENC_REQUEST = 1234 << 16 | 5680
CANCEL_REQUEST = 1234 << 16 | 5678

HEADER = 5
"""Bytes of a typed message's header: type and length."""

MAX_MESSAGE = 0x3FFFFFFF + 4
"""The longest message either side may frame: 1 GiB, as the server's own MaxAllocSize. A longer length is a broken or
hostile peer.
"""

_INT16 = struct.Struct("!h")
_INT32 = struct.Struct("!i")
_UINT32 = struct.Struct("!I")
_FIELD = struct.Struct("!IhIhih")


class FieldDescription(NamedTuple):
    """One column of a RowDescription. `table` and `attnum` are 0 when the column is no plain table column."""

    name: str
    table: int
    attnum: int
    type: int
    size: int
    modifier: int
    format: int


def malformed(what: str) -> ProtocolError:
    """The error for a message whose payload is not of its format."""
    return ProtocolError(f"invalid {what} message", "08P01")


# ---------------------------------------------------------------- building


def message(kind: bytes, payload: bytes = b"") -> bytes:
    """A whole typed message."""
    return kind + _INT32.pack(len(payload) + 4) + payload


def startup_message(version: int, parameters: Mapping[str, str]) -> bytes:
    """The untyped first message of a session. Raises `ProtocolError` when a name or value holds a NUL."""
    pairs = b"".join(cstring(name) + cstring(value) for name, value in parameters.items())
    payload = _INT32.pack(version) + pairs + b"\0"
    return _INT32.pack(len(payload) + 4) + payload


def cstring(text: str | bytes) -> bytes:
    """A NUL-terminated string. Raises `ProtocolError` when it holds a NUL itself: it could end early and forge what
    follows.
    """
    raw = text.encode() if isinstance(text, str) else text
    if b"\0" in raw:
        raise ProtocolError("a string holds a NUL byte", "22021")
    return raw + b"\0"


def ssl_request() -> bytes:
    """SSLRequest."""
    return struct.pack("!ii", 8, SSL_REQUEST)


def cancel_request(process: int, key: bytes) -> bytes:
    """CancelRequest for a backend's process id and secret key (4 bytes in 3.0, up to 256 in 3.2)."""
    return struct.pack("!iiI", 12 + len(key), CANCEL_REQUEST, process) + key


def authentication(code: int, payload: bytes = b"") -> bytes:
    """AuthenticationXXX: 0 Ok, 3 CleartextPassword, 10 SASL …"""
    return message(b"R", _INT32.pack(code) + payload)


def parameter_status(name: str, value: str) -> bytes:
    """ParameterStatus."""
    return message(b"S", cstring(name) + cstring(value))


def backend_key_data(process: int, key: bytes) -> bytes:
    """BackendKeyData."""
    return message(b"K", _UINT32.pack(process) + key)


def ready_for_query(status: bytes = b"I") -> bytes:
    """ReadyForQuery: b"I" idle, b"T" in a transaction, b"E" in a failed one."""
    return message(b"Z", status)


def error_fields(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The payload of an ErrorResponse or NoticeResponse, from (one-byte field code, text) pairs."""
    return b"".join(code + text.replace(b"\0", b"") + b"\0" for code, text in fields) + b"\0"


def error_response(
    severity: str, code: str, text: str, *, detail: str = "", hint: str = "", position: int = 0, kind: bytes = b"E"
) -> bytes:
    """ErrorResponse, or with `kind` b"N" a NoticeResponse. `position`: 1-based character in the statement, 0 for
    none.
    """
    fields = [(b"S", severity), (b"V", severity), (b"C", code), (b"M", text), (b"D", detail), (b"H", hint)]
    pairs = [(field, value.encode("utf-8", "replace")) for field, value in fields if value]
    if position:
        pairs.append((b"P", str(position).encode()))
    return message(kind, error_fields(pairs))


def notice_response(code: str, text: str, *, detail: str = "", hint: str = "") -> bytes:
    """NoticeResponse of severity NOTICE."""
    return error_response("NOTICE", code, text, detail=detail, hint=hint, kind=b"N")


def query(text: bytes) -> bytes:
    """Query (simple)."""
    return message(b"Q", cstring(text))


def parse(name: bytes, text: bytes, types: tuple[int, ...] = ()) -> bytes:
    """Parse, with the parameter type OIDs the client fixes."""
    return message(b"P", cstring(name) + cstring(text) + struct.pack(f"!h{len(types)}I", len(types), *types))


def describe(kind: bytes, name: bytes) -> bytes:
    """Describe of a statement (b"S") or a portal (b"P")."""
    return message(b"D", kind + cstring(name))


def close(kind: bytes, name: bytes) -> bytes:
    """Close of a statement (b"S") or a portal (b"P")."""
    return message(b"C", kind + cstring(name))


SYNC = message(b"S")
TERMINATE = message(b"X")


# ---------------------------------------------------------------- parsing


def read_cstring(data: bytes, start: int, what: str) -> tuple[bytes, int]:
    """The string at `start`, without its NUL, and the offset behind it."""
    end = data.find(b"\0", start)
    if end < 0:
        raise malformed(what)
    return data[start:end], end + 1


def parse_query(payload: bytes) -> bytes:
    """A Query's text: everything up to the one NUL that ends the message."""
    if payload.find(b"\0") != len(payload) - 1:
        raise malformed("Query")
    return payload[:-1]


def parse_parse(payload: bytes) -> tuple[bytes, bytes, tuple[int, ...]]:
    """A Parse's statement name and text, and the OIDs of its parameters' types; 0 where the server is to find out."""
    name, at = read_cstring(payload, 0, "Parse")
    text, at = read_cstring(payload, at, "Parse")
    count = struct.unpack_from("!H", payload, at)[0] if len(payload) >= at + 2 else -1
    if len(payload) != at + 2 + 4 * count:
        raise malformed("Parse")
    return name, text, struct.unpack_from(f"!{count}I", payload, at + 2)


def parse_bind_names(payload: bytes) -> tuple[bytes, bytes, int]:
    """A Bind's portal and statement names, and the offset behind them. The payload may be cut off after them."""
    portal, at = read_cstring(payload, 0, "Bind")
    statement, at = read_cstring(payload, at, "Bind")
    return portal, statement, at


def bind_arguments(payload: bytes) -> tuple[int, bytes]:
    """How many arguments a Bind has, and the SHA-256 of all that follows its names, as far as `payload` goes."""
    _, _, at = parse_bind_names(payload)
    if len(payload) < at + 2:
        raise malformed("Bind")
    count_at = at + 2 + 2 * struct.unpack_from("!H", payload, at)[0]
    if len(payload) < count_at + 2:
        raise malformed("Bind")
    return struct.unpack_from("!H", payload, count_at)[0], hashlib.sha256(payload[at:]).digest()


def parse_target(payload: bytes, what: str) -> tuple[bytes, bytes]:
    """A Describe's or Close's kind (b"S" or b"P") and name."""
    kind = payload[:1]
    if kind not in (b"S", b"P") or payload.find(b"\0", 1) != len(payload) - 1:
        raise malformed(what)
    return kind, payload[1:-1]


def parse_execute(payload: bytes) -> tuple[bytes, int]:
    """An Execute's portal name and row limit (0: none)."""
    portal, at = read_cstring(payload, 0, "Execute")
    if len(payload) != at + 4:
        raise malformed("Execute")
    return portal, _INT32.unpack_from(payload, at)[0]


def parse_row_description(payload: bytes) -> tuple[FieldDescription, ...]:
    """A RowDescription's columns. Names are decoded as UTF-8, which is what the gateway asks every upstream for."""
    if len(payload) < 2:
        raise malformed("RowDescription")
    count, at, fields = _INT16.unpack_from(payload)[0], 2, []
    for _ in range(count):
        name, at = read_cstring(payload, at, "RowDescription")
        if len(payload) < at + _FIELD.size:
            raise malformed("RowDescription")
        fields.append(FieldDescription(name.decode("utf-8", "surrogateescape"), *_FIELD.unpack_from(payload, at)))
        at += _FIELD.size
    if count < 0 or at != len(payload):
        raise malformed("RowDescription")
    return tuple(fields)


def parse_error_fields(payload: bytes) -> list[tuple[bytes, bytes]]:
    """An ErrorResponse's or NoticeResponse's (field code, text) pairs, in order."""
    fields, at = [], 0
    while payload[at : at + 1] not in (b"\0", b""):
        text, end = read_cstring(payload, at + 1, "ErrorResponse")
        fields.append((payload[at : at + 1], text))
        at = end
    if payload[at:] != b"\0":
        raise malformed("ErrorResponse")
    return fields


def parse_parameter_status(payload: bytes) -> tuple[str, str]:
    """A ParameterStatus's name and value."""
    name, at = read_cstring(payload, 0, "ParameterStatus")
    value, at = read_cstring(payload, at, "ParameterStatus")
    if at != len(payload):
        raise malformed("ParameterStatus")
    return name.decode("utf-8", "replace"), value.decode("utf-8", "replace")


def parse_backend_key_data(payload: bytes) -> tuple[int, bytes]:
    """A BackendKeyData's process id and secret key."""
    if not 8 <= len(payload) <= 260:
        raise malformed("BackendKeyData")
    return _UINT32.unpack_from(payload)[0], payload[4:]


def parse_copy_response(payload: bytes) -> tuple[int, tuple[int, ...]]:
    """A CopyInResponse's or CopyOutResponse's overall format (0 text, 1 binary) and its columns' formats."""
    if len(payload) < 3:
        raise malformed("CopyResponse")
    overall, count = struct.unpack_from("!bH", payload)
    if len(payload) != 3 + 2 * count or overall not in (0, 1):
        raise malformed("CopyResponse")
    return overall, struct.unpack_from(f"!{count}h", payload, 3)
