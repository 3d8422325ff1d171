"""Both row engines: the same bytes out, the same refusals."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokengate.errors import ProtocolError
from tokengate.mask.finders import FINDERS
from tokengate.mask.sieve import likely, sieve
from tokengate.protocols.postgres import rows
from tokengate.protocols.postgres.cells import CALL, CONST, NULL, PARTIAL, SIFT, RowPlan

ENGINES = [(rows.pure_scan, rows.pure_mask)]
if rows.ENGINE == "compiled":
    ENGINES.append((rows.scan, rows.mask))
masks = pytest.mark.parametrize("mask", [mask for _, mask in ENGINES])
scans = pytest.mark.parametrize("scan", [scan for scan, _ in ENGINES])

ADDRESSES = sieve(FINDERS["email"][0].signs)


def starred(raw: bytes) -> bytes:
    """What a detector of addresses would do."""
    found = [span for finder in FINDERS["email"] for span in finder.matches(raw)]
    return b"*" * len(raw) if found else raw


MIXED = sieve([(b"x",)]) + sieve([(b"Aa", b"\xc3."), (b"\n", b"0a")])


def upper(raw: bytes) -> bytes:
    """Whatever is likely, in two words and at a value's beginning."""
    return raw.upper() if likely(raw, MIXED) else raw


OPERATIONS = st.sampled_from(
    [
        None,
        (NULL, None),
        (CONST, b"[redacted]"),
        (CONST, b""),
        (PARTIAL, (1, 0, 0)),
        (PARTIAL, (2, 3, 0)),
        (PARTIAL, (0, 0, 4)),
        (PARTIAL, (1, 1, 12)),
        (CALL, bytes.upper),
        (CALL, lambda raw: None if raw.startswith(b"x") else raw + b"!"),
        (SIFT, (starred, ADDRESSES)),
        (SIFT, (upper, MIXED)),
    ]
)
TEXTS = st.one_of(
    st.none(),
    st.binary(max_size=20),
    st.text(max_size=20).map(str.encode),
    st.emails().map(str.encode),
    st.from_regex(rb"[a-z.]{0,5}@[a-z0-9.-]{0,12}", fullmatch=True),
)


def row(*values: bytes | None) -> bytes:
    cells = (struct.pack("!i", -1) if v is None else struct.pack("!i", len(v)) + v for v in values)
    body = struct.pack("!h", len(values)) + b"".join(cells)
    return b"D" + struct.pack("!i", len(body) + 4) + body


def cells_of(data: bytes) -> list[list[bytes | None]]:
    """The cells of complete DataRows, by an independent reader."""
    found, at = [], 0
    while at < len(data):
        length, count = struct.unpack_from("!ih", data, at + 1)
        end, at = at + 1 + length, at + 7
        values: list[bytes | None] = []
        for _ in range(count):
            size = struct.unpack_from("!i", data, at)[0]
            at += 4
            values.append(None if size < 0 else data[at : at + size])
            at += max(size, 0)
        assert at == end
        found.append(values)
    return found


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_the_engines_agree_to_the_byte(data: st.DataObject) -> None:
    """Random rows, random operations: the compiled engine does exactly what the plain one does."""
    if len(ENGINES) < 2:
        pytest.skip("the compiled engine was not built")
    operations = data.draw(st.lists(OPERATIONS, min_size=1, max_size=5))
    table = data.draw(st.lists(st.tuples(*[TEXTS] * len(operations)), max_size=6))
    stream = b"".join(row(*values) for values in table) + data.draw(st.sampled_from([b"", b"D\0\0\0", b"Z\0\0\0\5I"]))
    plan = RowPlan(tuple(operations))
    assert rows.mask(stream, 0, plan) == rows.pure_mask(stream, 0, plan)
    assert rows.scan(stream, 0, ord("D")) == rows.pure_scan(stream, 0, ord("D"))


@masks
def test_masking_touches_only_what_it_should(mask: Any) -> None:
    """Other columns and NULLs pass; masked ones become what the plan says; everything is counted."""
    data = row(b"1", b"ada@example.com", None, b"keep") + row(b"2", b"Bob", b"x", b"") + b"Z\0\0\0\5I"
    plan = RowPlan((None, (PARTIAL, (1, 0, 0)), (CONST, b"[redacted]"), None))
    out, end, count, masked = mask(data, 0, plan)
    assert cells_of(out) == [[b"1", b"***@example.com", None, b"keep"], [b"2", b"***", b"[redacted]", b""]]
    assert (end, count, masked) == (len(data) - 6, 2, 3)


@masks
def test_an_incomplete_row_is_left_for_later(mask: Any) -> None:
    """The run ends before a message that isn't whole, at any cut."""
    data = row(b"1", b"secret") + row(b"2", b"secret")
    plan = RowPlan((None, (NULL, None)))
    for cut in range(len(data)):
        out, end, count, _ = mask(data[:cut], 0, plan)
        assert (end, count) == ((len(data) // 2, 1) if cut >= len(data) // 2 else (0, 0))
        assert b"secret" not in out


@masks
@pytest.mark.parametrize(
    "body",
    [
        b"\0\1" + struct.pack("!i", 100) + b"short",
        b"\0\1" + struct.pack("!i", 2**31 - 1),
        b"\0\1" + struct.pack("!i", -2),
        b"\0\1" + struct.pack("!i", 1) + b"ab",
        b"\0\2" + struct.pack("!i", 1) + b"a",
        b"\0\0",
        b"\0",
        b"",
        b"\xff\xff" + struct.pack("!i", 1) + b"a",
        b"\0\1\0\0",
    ],
)
def test_malformed_rows_are_refused(mask: Any, body: bytes) -> None:
    """Lengths that lie, columns too many or too few, bytes left over: nothing of it passes."""
    with pytest.raises(ProtocolError):
        mask(b"D" + struct.pack("!i", len(body) + 4) + body, 0, RowPlan(((CONST, b"x"),)))


@scans
@pytest.mark.parametrize("length", [3, 0, -1, -(2**31)])
def test_impossible_lengths_are_refused(scan: Any, length: int) -> None:
    """A length that doesn't cover itself can't be walked over."""
    with pytest.raises(ProtocolError):
        scan(b"D" + struct.pack("!i", length) + b"xxxx", 0, ord("D"))


@scans
def test_scan_counts_a_run_of_one_type(scan: Any) -> None:
    """It stops at another type and at the end of what is whole."""
    data = row(b"a") * 3 + b"C\0\0\0\4" + row(b"b")
    assert scan(data, 0, ord("D")) == (len(row(b"a")) * 3, 3)
    assert scan(data, len(row(b"a")) * 3, ord("D")) == (len(row(b"a")) * 3, 0)
    assert scan(b"", 0, ord("D")) == (0, 0)


@masks
def test_a_value_that_cannot_be_read_ends_the_session(mask: Any) -> None:
    """A CALL that finds the value not of its type's form raises ProtocolError: what can't be masked does not pass."""

    def unreadable(raw: bytes) -> bytes:
        raise ValueError(raw)

    with pytest.raises(ProtocolError):
        mask(row(b"1"), 0, RowPlan(((CALL, unreadable),)))


@masks
def test_a_sieve_of_a_wrong_size_is_refused(mask: Any) -> None:
    """The compiled engine would read behind its end; the plain one does not look at it."""
    plan = RowPlan(((SIFT, (upper, MIXED[:-1])),))
    if mask is rows.pure_mask:
        assert mask(row(b"x"), 0, plan)[3] == 1
    else:
        with pytest.raises(ValueError, match="sieve"):
            mask(row(b"x"), 0, plan)


@given(st.binary(max_size=120))
@settings(max_examples=200, deadline=None)
def test_garbage_is_masked_or_refused(data: bytes) -> None:
    """Any bytes: a result or ProtocolError, nothing else."""
    for _, mask in ENGINES:
        try:
            mask(b"D" + data, 0, RowPlan((None, (CONST, b"x"))))
        except ProtocolError as error:
            assert error.code == "08P01"
