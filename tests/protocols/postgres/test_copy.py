"""COPY TO STDOUT, masked: text, CSV, binary."""

from __future__ import annotations

import csv
import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokengate.errors import ProtocolError
from tokengate.protocols.postgres.copy import SIGNATURE, CopyMask
from tokengate.protocols.postgres.wire import FieldDescription
from tokengate.sql.facts import CopyFacts
from tokengate.values import Redact, Rewrite

FIELDS = [FieldDescription(name, 1, n, 25, -1, -1, 0) for n, name in enumerate("abc", 1)]
HEADER = SIGNATURE + struct.pack("!II", 0, 0)
MIDDLE = (None, Redact(), None)


def copying(form: str = "text", **options: object) -> CopyMask:
    facts = CopyFacts(
        "to", "client", None, (), "select", form, **{"delimiter": "," if form == "csv" else "\t", **options}
    )  # type: ignore[arg-type]  # options by name
    return CopyMask(facts, MIDDLE, FIELDS)


def test_text_rows() -> None:
    """The masked field is replaced, escapes of the others stay as sent, NULL stays NULL."""
    mask = copying()
    assert mask.feed(b"a\\tb\tsecret\tc\\\\\n") == b"a\\tb\t[redacted]\tc\\\\\n"
    assert mask.feed(b"a\t\\N\tc\n") == b"a\t\\N\tc\n"
    assert (mask.rows, mask.masked) == (2, 1)


def test_an_escaped_delimiter_does_not_shift_the_fields() -> None:
    """With DELIMITER '|' the server writes a bar in a value as \\|: it separates nothing."""
    mask = copying(delimiter="|")
    assert mask.feed(b"a\\|b|secret|c\n") == b"a\\|b|[redacted]|c\n"
    assert mask.feed(b"a\\\\|secret|c\n") == b"a\\\\|[redacted]|c\n"


@given(st.tuples(*[st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)] * 3))
@settings(max_examples=200, deadline=None)
def test_rewritten_text_is_escaped_again(values: tuple[str, str, str]) -> None:
    """What a detector sees is the value itself, and what it makes of it comes out as COPY writes it."""
    seen: list[bytes] = []

    def shout(raw: bytes) -> bytes:
        seen.append(raw)
        return b"\\" + raw + b"\n\t"

    mask = CopyMask(CopyFacts("to", "client", None, (), "q", "text"), (None, Rewrite(shout), None), FIELDS)
    escape = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v"})
    line = "\t".join(value.translate(escape) for value in values).encode() + b"\n"
    out = mask.feed(line)
    assert seen == [values[1].encode()]
    expected = [values[0], "\\" + values[1] + "\n\t", values[2]]
    assert out == "\t".join(value.translate(escape) for value in expected).encode() + b"\n"


@given(
    st.tuples(
        *[st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)] * 3
    )
)
@settings(max_examples=200, deadline=None)
def test_csv_rows(values: tuple[str, str, str]) -> None:
    """Quoted, with quotes, commas and line ends inside: only the middle value changes for whoever reads the CSV."""
    quoted = ",".join('"' + value.replace('"', '""') + '"' for value in values).encode() + b"\n"
    out = copying("csv", null="").feed(quoted)
    (read,) = list(csv.reader(io.StringIO(out.decode(), newline=""), strict=True))
    (original,) = list(csv.reader(io.StringIO(quoted.decode(), newline=""), strict=True))
    assert read == [original[0], "[redacted]", original[2]]


def test_csv_header_and_null() -> None:
    """The header passes; an unquoted NULL stays NULL."""
    mask = copying("csv", null="", header=True)
    assert mask.feed(b"a,b,c\n") == b"a,b,c\n"
    assert mask.feed(b"1,,3\n") == b"1,,3\n"
    assert mask.feed(b"1,x,3\n") == b'1,"[redacted]",3\n'


def test_csv_with_another_escape() -> None:
    """ESCAPE '\\' escapes quotes and itself inside quoted values."""
    mask = copying("csv", null="", escape="\\")
    assert mask.feed(b'"a\\",",secret,c\n') == b'"a\\",","[redacted]",c\n'


def test_binary() -> None:
    """Header with the first row, rows, trailer."""

    def row(*values: bytes | None) -> bytes:
        cells = (struct.pack("!i", -1) if v is None else struct.pack("!i", len(v)) + v for v in values)
        return struct.pack("!h", len(values)) + b"".join(cells)

    mask = copying("binary")
    assert mask.feed(HEADER + row(b"a", b"secret", b"c")) == HEADER + row(b"a", b"[redacted]", b"c")
    assert mask.feed(row(b"a", None, b"c")) == row(b"a", None, b"c")
    assert mask.feed(b"\xff\xff") == b"\xff\xff"
    with pytest.raises(ProtocolError):
        mask.feed(row(b"a", b"secret", b"c"))


@pytest.mark.parametrize(
    ("form", "payload"),
    [
        ("text", b"a\tb\tc"),
        ("text", b"a\tb\n"),
        ("text", b"a\tb\tc\td\n"),
        ("csv", b'a,"b,c\n'),
        ("csv", b"a,b\n"),
        ("binary", b"no signature at all, but long enough"),
        ("binary", HEADER + b"\0\3\0\0\0\1a"),
        ("binary", HEADER + b"\0\3" + struct.pack("!i", 2**31 - 1)),
        ("binary", HEADER[:12]),
    ],
)
def test_what_is_not_whole_rows_does_not_pass(form: str, payload: bytes) -> None:
    """A row split over messages, a column too many or too few, garbage: refused."""
    with pytest.raises(ProtocolError):
        copying(form).feed(payload)
