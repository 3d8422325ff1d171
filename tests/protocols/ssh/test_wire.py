"""The data types: what is written is read back, and anything else is a ProtocolError."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.errors import ProtocolError
from tokengate.protocols.ssh import wire


@given(st.integers(0, 1 << 600))
def test_numbers_come_back(number: int) -> None:
    """An mpint has no byte more than its sign needs (RFC 4251, section 5)."""
    written = wire.mpint(number)
    assert wire.Reader(written, "test").mpint() == number
    assert written[4:5] != b"\0" or len(written) == 5 or written[5] >= 0x80


def test_numbers_of_the_rfc() -> None:
    """The examples of RFC 4251 that aren't negative."""
    assert wire.mpint(0) == bytes(4)
    assert wire.mpint(0x80) == bytes.fromhex("000000020080")
    assert wire.mpint(0x9A378F9B2E332A7) == bytes.fromhex("0000000809a378f9b2e332a7")


@given(st.lists(st.binary(max_size=40)))
def test_strings_come_back(parts: list[bytes]) -> None:
    reader = wire.Reader(wire.strings(*parts), "test")
    assert reader.strings(len(parts)) == parts
    reader.end()


@given(
    st.binary(max_size=60), st.lists(st.sampled_from(["uint32", "uint64", "string", "boolean", "mpint", "name_list"]))
)
def test_nothing_but_protocol_errors(data: bytes, calls: list[str]) -> None:
    """A reader of anything reads or raises ProtocolError."""
    reader = wire.Reader(data, "test")
    try:
        for call in calls:
            getattr(reader, call)()
        reader.end()
    except ProtocolError as error:
        assert wire.reason_of(error) == wire.Reason.PROTOCOL_ERROR


@pytest.mark.parametrize("text", [b",", b"a,", b",a", b"a,,b"])
def test_no_empty_names(text: bytes) -> None:
    with pytest.raises(ProtocolError):
        wire.Reader(wire.string(text), "test").name_list()


def test_a_reason_is_carried() -> None:
    """The code of an error is the number of its disconnect reason; another protocol's code is a protocol error."""
    assert wire.reason_of(wire.broken("x", wire.Reason.MAC_ERROR)) == 5
    assert wire.reason_of(ProtocolError("x", "08P01")) == 2
