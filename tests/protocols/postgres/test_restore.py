"""Tests of tokengate.protocols.postgres.restore, and of the gate that uses it: tokens become values on their way in."""

from __future__ import annotations

import contextlib
import struct
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocols.postgres.conversation import REAL, TOKEN, TOKENS, Conversation
from tokengate.errors import ProtocolError
from tokengate.protocols.postgres import wire
from tokengate.protocols.postgres.cells import CALL, operation
from tokengate.protocols.postgres.restore import MAX_RESTORED, restored_bind, restored_cell, restored_text
from tokengate.protocols.postgres.wire import FieldDescription
from tokengate.values import Operand, Token

PERSON = uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")


def field(oid: int, *, binary: bool = False, modifier: int = -1) -> FieldDescription:
    """A column of a type."""
    return FieldDescription("c", 1, 1, oid, 0, modifier, int(binary))


def masked(raw: bytes, oid: int, **how: Any) -> bytes | None:
    """A cell as the client gets it."""
    found = operation(Token(TOKENS), field(oid, **how))
    assert found is not None
    code, argument = found
    made: bytes | None = argument(raw) if code == CALL else argument
    return made


def integer(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big", signed=True)


ROUND_TRIPS = [
    ("text", 25, b"ada@example.org", b"ada@example.org"),
    ("varchar", 1043, "Zoë Müller".encode(), "Zoë Müller".encode()),
    ("bpchar", 1042, b"078-05-1120", b"078-05-1120"),
    ("int4", 23, b"4711", integer(4711, 4)),
    ("int8", 20, b"9007199254740993", integer(9007199254740993, 8)),
    ("int8", 20, b"7", integer(7, 8)),
    ("uuid", 2950, str(PERSON).encode(), PERSON.bytes),
]


@pytest.mark.parametrize(("name", "oid", "text", "binary"), ROUND_TRIPS)
def test_what_a_client_gets_it_can_send_back(name: str, oid: int, text: bytes, binary: bytes) -> None:
    """In either format, and from one to the other; the value itself passes as it is."""
    operand = Operand(TOKENS, name, number=1)
    as_text, as_binary = masked(text, oid), masked(binary, oid, binary=True)
    assert as_text not in (None, text)
    assert as_binary not in (None, binary)
    assert restored_cell(as_text or b"", operand, binary=False) == text
    assert restored_cell(as_binary or b"", operand, binary=True) == binary
    assert restored_cell(text, operand, binary=False) is text
    assert restored_cell(binary, operand, binary=True) is binary


def test_what_can_have_no_token_is_redacted() -> None:
    """Negative and two-byte integers, dates, documents; an empty text says nothing and stays."""
    assert masked(b"-5", 23) == b"0"
    assert masked(b"5", 21) == b"0"
    assert masked(b"1815-12-10", 1082) == b"2000-01-01"
    assert masked(b'{"a": 1}', 3802) == b'"[redacted]"'
    assert masked(b"", 25) == b""
    assert masked(b"x" * 5000, 25) == b"[redacted]"
    assert masked(b"x" * 5000, 1043, modifier=7) == b"[re"


def test_padding_is_no_part_of_a_value() -> None:
    """char(n) is padded by the server, text of it is not: both have one token."""
    assert masked(b"abc   ", 1042) == masked(b"abc", 25)


@pytest.mark.parametrize("value", [b"-5", b" - 5", b"x", b"", b"a0eebc99", str(uuid.UUID(int=2**128 - 1)).encode()])
def test_a_text_is_read_by_its_columns_type(value: bytes) -> None:
    """What would be an integer's token is a text where texts are stored."""
    assert restored_cell(value, Operand(TOKENS, "text", number=1), binary=False) is value


ARRAY = Operand(TOKENS, "text", number=1, any=True)


def test_arrays_in_text() -> None:
    """Element by element; what is no token keeps its spelling."""
    sent = f'{{{TOKEN}, "{TOKEN}",x, "a\\"b",NULL,"{TOKEN}x"}}'.encode()
    assert restored_cell(sent, ARRAY, binary=False) == f'{{"{REAL}", "{REAL}",x, "a\\"b",NULL,"{TOKEN}x"}}'.encode()
    plain = b'{a, "b c", NULL}'
    assert restored_cell(plain, ARRAY, binary=False) is plain


def test_arrays_in_binary() -> None:
    """The same; what can't be read stays."""
    head = struct.pack("!iiIii", 1, 0, 25, 3, 1)

    def array(*values: bytes | None) -> bytes:
        cells = (struct.pack("!i", -1) if v is None else struct.pack("!i", len(v)) + v for v in values)
        return head + b"".join(cells)

    assert restored_cell(array(TOKEN.encode(), None, b"x"), ARRAY, binary=True) == array(REAL.encode(), None, b"x")
    plain = array(b"a", None, b"x")
    assert restored_cell(plain, ARRAY, binary=True) is plain
    assert restored_cell(head[:7], ARRAY, binary=True) == head[:7]
    assert restored_cell(plain[:-1], ARRAY, binary=True) == plain[:-1]


def test_literals_are_quoted_anew() -> None:
    """A value with a quote in it stays one literal."""
    text = f"select 1 where a = '{TOKEN}' and b = 'x'"
    start = text.index("'")
    operand = Operand(TOKENS, "text", start=start, end=start + len(TOKEN) + 2)
    assert restored_text(text.encode(), [operand]) == b"select 1 where a = 'o''hara@example.com' and b = 'x'"
    other = text.replace(TOKEN, "y").encode()
    assert restored_text(other, [operand._replace(end=start + 3)]) is other
    number = f"select 1 where a = {TOKENS.integer(42)}"
    operand = Operand(TOKENS, "int4", start=19, end=len(number))
    assert restored_text(number.encode(), [operand]) == b"select 1 where a = 42"


def bind(*values: bytes | None, formats: tuple[int, ...] = ()) -> bytes:
    """A Bind of a statement "s"."""
    payload = b"\0s\0" + struct.pack(f"!H{len(formats)}H", len(formats), *formats) + struct.pack("!H", len(values))
    for value in values:
        payload += struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
    return wire.message(b"B", payload + struct.pack("!H", 0))


def test_arguments_by_number() -> None:
    """Only the parameter that may be a token is one; formats are given for all, each or none."""
    operands = [Operand(TOKENS, "text", number=2), Operand(TOKENS, "int4", number=3)]
    token, number = TOKEN.encode(), integer(TOKENS.integer(42) or 0, 4)
    sent = bind(token, token, number, None, formats=(0, 0, 1, 0))[5:]
    assert (
        restored_bind(sent, 3, operands) == bind(token, REAL.encode(), integer(42, 4), None, formats=(0, 0, 1, 0))[5:]
    )
    for formats in ((), (0,), (1,)):
        sent = bind(b"x", token, formats=formats)[5:]
        assert restored_bind(sent, 3, operands) == bind(b"x", REAL.encode(), formats=formats)[5:]
    sent = bind(token, b"x", None, formats=())[5:]
    assert restored_bind(sent, 3, operands) is sent


@given(st.binary(max_size=60))
def test_arbitrary_binds_parse_or_are_protocol_errors(payload: bytes) -> None:
    """Nothing else is raised."""
    with contextlib.suppress(ProtocolError):
        restored_bind(b"\0s\0" + payload, 3, [Operand(TOKENS, "text", number=1), ARRAY._replace(number=2)])


# ---------------------------------------------------------------- through the gate


def test_a_gate_turns_literals_back() -> None:
    """In a Query and a Parse, with everything around them as it was."""
    text = f"find '{TOKEN}' and 'x'"
    talk = Conversation(masks=True)
    assert talk.client(wire.query(text.encode())) == wire.query(b"find 'o''hara@example.com' and 'x'")
    parse = wire.parse(b"s", text.encode(), (25, 23))
    assert talk.client(parse) == wire.parse(b"s", b"find 'o''hara@example.com' and 'x'", (25, 23))
    assert all(REAL not in request.action.text for request in talk.requests)


def test_a_gate_turns_arguments_back_however_they_arrive() -> None:
    """Cut anywhere; a statement without tokens is passed as sent."""
    sent = wire.parse(b"s", b"find $1") + bind(TOKEN.encode(), b"y" * 20000)
    expected = wire.parse(b"s", b"find $1") + bind(REAL.encode(), b"y" * 20000)
    for cut in (0, 1, len(sent) - 20100, len(sent) - 20001, len(sent) - 5, len(sent) - 1):
        talk = Conversation(masks=True)
        got = (talk.client(sent[:cut]) if cut else b"") + talk.client(sent[cut:])
        assert got == expected, cut
    talk = Conversation(masks=False)
    assert talk.client(sent) == sent


def test_arguments_that_are_too_long_to_be_understood_end_the_session() -> None:
    """They may hold a token, which would be stored as what it is."""
    talk = Conversation(masks=True)
    talk.client(wire.parse(b"s", b"find $1"))
    head = b"B" + struct.pack("!i", MAX_RESTORED + 10) + b"\0s\0" + bytes(20000)
    with pytest.raises(ProtocolError) as error:
        talk.client(head)
    assert error.value.code == "54000"
