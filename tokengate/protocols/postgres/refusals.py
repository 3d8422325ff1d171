"""What a client is told: denials in PostgreSQL's own form, and the server's messages with what must stay hidden taken
out.
"""

from __future__ import annotations

from collections.abc import Callable

from tokengate.protocols.postgres import wire
from tokengate.values import Action, Deny

WITHHELD = "message withheld: it may quote masked data"

_QUOTING = frozenset((b"M", b"D", b"H", b"W", b"q"))
"""The fields that quote data: message, detail, hint, context, internal query. The others name objects or places."""

_NAMING = frozenset((b"s", b"t", b"c", b"d", b"n"))
"""The fields that name a schema, table, column, type or constraint: or whatever code gave to RAISE."""

_RAISED = b" at RAISE"
"""What the context of a message says that PL/pgSQL code made up."""

_RAISE_CODE = b"P0001"
"""The SQLSTATE of RAISE by itself."""


def denial(deny: Deny) -> bytes:
    """The ErrorResponse for a refused statement: SQLSTATE 42501 unless the refusal has a better one."""
    detail = f"Refused by rule {deny.rule}." if deny.rule and not deny.code else ""
    return wire.error_response(
        "ERROR", deny.code or "42501", deny.reason, detail=detail, hint=deny.hint, position=deny.position
    )


Conceal = Callable[[str, Action | None, bool], str]
"""What of a text may be shown, as `IMasker.conceal`."""


def concealed(payload: bytes, action: Action | None, conceal: Conceal) -> bytes:
    """An ErrorResponse's or NoticeResponse's payload as the client may see it; the same object when nothing is
    hidden.
    """
    fields, changed = [], False
    given = wire.parse_error_fields(payload)
    placed = any(code == b"P" for code, _ in given)
    for code, raw in given:
        if code in _QUOTING:
            text = raw.decode("utf-8", "replace")
            shown = conceal(text, action, placed)
            if shown != text:
                changed = True
                if not shown and code != b"M":
                    continue
                raw = (shown or WITHHELD).encode()
        fields.append((code, raw))
    if not changed:
        return payload
    if any(code == b"W" and _RAISED in raw for code, raw in given):
        fields = [(c, _RAISE_CODE if c == b"C" else raw) for c, raw in fields if c not in _NAMING]
    return wire.error_fields(fields)
