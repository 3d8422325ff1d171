"""What masks mean for PostgreSQL's types."""

from __future__ import annotations

import struct
import uuid

import pytest
from attrs import evolve

from tokengate.mask.sieve import likely, sieve
from tokengate.protocols.postgres import cells, types
from tokengate.protocols.postgres.rows import masked_cell
from tokengate.protocols.postgres.wire import FieldDescription
from tokengate.values import Hash, Mask, Null, Partial, Redact, Rewrite

STARS = Rewrite(lambda raw: raw.replace(b"4111111111111111", b"*" * 16) if b"4111111111111111" in raw else raw, "card")
KEY = Hash(b"k" * 32)


def field(oid: int, form: int = 0, modifier: int = -1) -> FieldDescription:
    return FieldDescription("c", 1, 1, oid, -1, modifier, form)


def masked(mask: Mask, raw: bytes, oid: int, form: int = 0, modifier: int = -1) -> bytes | None:
    """The cell that comes of `raw`."""
    operation = cells.operation(mask, field(oid, form, modifier))
    return raw if operation is None else masked_cell(operation, raw)


def test_redact_fits_the_column() -> None:
    """A text is cut to its column's length, a number stays one, an unknown type becomes NULL."""
    assert masked(Redact(), b"secret", 25) == b"[redacted]"
    assert masked(Redact(), b"secret", 1043, modifier=4 + 5) == b"[reda"
    assert masked(Redact(), b"secret", 18) == b"["
    assert masked(Redact(), b"17", 23) == b"0"
    assert masked(Redact(), struct.pack("!q", 17), 20, 1) == bytes(8)
    assert masked(Redact(), b"x", 99999) is None
    assert masked(Null(), b"x", 25) is None


@pytest.mark.parametrize("oid", sorted({*types._ZEROS, *types.ARRAYS, *types.RANGES, *types.MULTIRANGES, *types.TEXTS}))
@pytest.mark.parametrize("form", [0, 1])
def test_redacting_tells_nothing_of_the_value(oid: int, form: int) -> None:
    """Whatever the value, the redacted cell is the same."""
    operation = cells.operation(Redact(), field(oid, form))
    assert operation is not None
    assert operation[0] == cells.CONST


@pytest.mark.parametrize(
    "oid", sorted({*types._ZEROS, *types.ARRAYS, *types.RANGES, *types.MULTIRANGES, *types.TEXTS, 99999})
)
@pytest.mark.parametrize("form", [0, 1])
@pytest.mark.parametrize(
    "raw", [b"4111111111111111", b"\x014111111111111111", b"[4111111111111111,]", b'{"4111111111111111"}']
)
def test_what_a_sieve_stops_would_not_be_changed(oid: int, form: int, raw: bytes) -> None:
    """A detector's hit is likely to its sieve in whatever cells the sieve is used for."""
    sieved = sieve([(b'\n\x01[{"', *[b"0123456789"] * 16)])
    operation = cells.operation(evolve(STARS, sieve=sieved), field(oid, form))
    if operation is not None and operation[0] == cells.SIFT:
        try:
            changed = operation[1][0](raw) != raw
        except ValueError:
            return  # not of this type
        assert likely(raw, sieved) or not changed


def test_numbers_in_binary_are_not_sifted() -> None:
    """A detector sees their digits, which the sieve does not."""
    for oid in (20, 701, 1700, 1016):
        operation = cells.operation(evolve(STARS, sieve=sieve([(b"4",)])), field(oid, 1))
        assert operation is not None
        assert operation[0] == cells.CALL


def test_partial_is_for_texts() -> None:
    """Characters are kept as asked of texts; anything else is redacted whole."""
    assert masked(Partial(1, 2), "Zoë Müller".encode(), 25) == b"Z***er"
    assert masked(Partial(1), b"ada.lovelace@example.com", 1043) == b"a***@example.com"
    assert masked(Partial(4, 4), b"12345", 25) == b"***"
    assert masked(Partial(1), b"123456", 23) == b"0"
    assert masked(Partial(2), b"abcdefgh", 1043, modifier=4 + 4) == b"ab**"


def test_hashes_are_stable_across_formats_and_valid() -> None:
    """Equal values hash alike in text and binary, and stay integers, UUIDs, texts."""
    text = masked(KEY, b"123", 23)
    assert text is not None
    assert masked(KEY, struct.pack("!i", 123), 23, 1) == struct.pack("!i", int(text))
    value = uuid.uuid4()
    hashed = masked(KEY, str(value).encode(), 2950)
    assert hashed is not None
    assert masked(KEY, value.bytes, 2950, 1) == uuid.UUID(hashed.decode()).bytes
    assert masked(KEY, b"a", 25) != masked(KEY, b"b", 25)
    assert masked(KEY, b"a", 1043, modifier=4 + 8) == (masked(KEY, b"a", 25) or b"")[:8]
    assert masked(KEY, b"2026-01-01", 1082) == b"2000-01-01"
    assert masked(KEY, b"12", 1700) == str(int(masked(KEY, b"12", 1700) or b"")).encode()


def test_numeric_text_reads_what_the_server_sends() -> None:
    """Binary numerics by hand: 12345.678, -0.05, 0, 100000000, NaN."""
    assert types.numeric_text(struct.pack("!hhHh3h", 3, 1, 0, 3, 1, 2345, 6780)) == "12345.678"
    assert types.numeric_text(struct.pack("!hhHh1h", 1, -1, 0x4000, 2, 500)) == "-0.05"
    assert types.numeric_text(struct.pack("!hhHh", 0, 0, 0, 0)) == "0"
    assert types.numeric_text(struct.pack("!hhHh1h", 1, 2, 0, 0, 1)) == "100000000"
    assert types.numeric_text(struct.pack("!hhHh", 0, 0, 0xC000, 0)) == "NaN"
    assert types.numeric_text(types.numeric_binary(4111111111111111)) == "4111111111111111"


@pytest.mark.parametrize(
    ("raw", "oid", "form", "expected"),
    [
        (b"card 4111111111111111!", 25, 0, b"card ****************!"),
        (b"4111111111111111", 20, 0, b"0"),
        (struct.pack("!q", 4111111111111111), 20, 1, bytes(8)),
        (types.numeric_binary(4111111111111111), 1700, 1, bytes(8)),
        (struct.pack("!d", 4111111111111111.0), 701, 1, bytes(8)),
        (b'{"a": "4111111111111111"}', 114, 0, b'{"a": "****************"}'),
        (b'{"a": 4111111111111111}', 3802, 0, b'"[redacted]"'),
        (b'\x01{"a": "4111111111111111"}', 3802, 1, b'\x01{"a": "****************"}'),
        (b"\\x" + b"4111111111111111".hex().encode(), 17, 0, b"\\x" + (b"*" * 16).hex().encode()),
        (b"4111111111111111", 17, 1, b"*" * 16),
        (b"{4111111111111111,x}", 1009, 0, b"{****************,x}"),
        (b"{4111111111111111,5}", 1016, 0, b"{}"),
        (b"[4111111111111111,4111111111111112)", 3926, 0, b"empty"),
        (b"(1,4111111111111111)", 99999, 0, b"(1,****************)"),
        (b"2026-01-01", 1082, 0, b"2026-01-01"),
    ],
)
def test_detectors_reach_into_every_type(raw: bytes, oid: int, form: int, expected: bytes) -> None:
    """A card number is found in numbers, JSON, byte strings, arrays and composites, and what it becomes is valid
    there.
    """
    assert masked(STARS, raw, oid, form) == expected


def test_detectors_reach_into_binary_arrays_and_records() -> None:
    """Binary arrays are walked element by element, records field by field."""
    card = b"4111111111111111"
    element = struct.pack("!i", 16)
    array = struct.pack("!iiIii", 1, 0, 25, 2, 1) + element + card + struct.pack("!i", -1)
    assert masked(STARS, array, 1009, 1) == array.replace(card, b"*" * 16)
    record = struct.pack("!i", 2) + struct.pack("!Iii", 23, 4, 7) + struct.pack("!I", 25) + element + card
    assert masked(STARS, record, 2249, 1) == record.replace(card, b"*" * 16)
    nested = struct.pack("!i", 1) + struct.pack("!Ii", 1009, len(array)) + array
    assert masked(STARS, nested, 2249, 1) == nested.replace(card, b"*" * 16)
