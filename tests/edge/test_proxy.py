"""The PROXY protocol, version 2."""

from __future__ import annotations

import ipaddress
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.edge.proxy import SIGNATURE, parse, parse_networks, read_header, trusted
from tokengate.errors import ProtocolError

IPV4 = (
    ipaddress.ip_address("203.0.113.9").packed
    + ipaddress.ip_address("192.0.2.1").packed
    + struct.pack("!HH", 4711, 5432)
)
IPV6 = (
    ipaddress.ip_address("2001:db8::9").packed
    + ipaddress.ip_address("2001:db8::1").packed
    + struct.pack("!HH", 4711, 5432)
)


class Bytes:
    """A stream of fixed bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    async def read_exactly(self, count: int) -> bytes:
        assert len(self.data) >= count
        piece, self.data = self.data[:count], self.data[count:]
        return piece


def read(data: bytes) -> tuple[str | None, bytes]:
    stream: Any = Bytes(data)
    try:
        read_header(stream).send(None)
    except StopIteration as done:
        return done.value, stream.data
    raise AssertionError("it waited")


def header(command: int, family: int, rest: bytes) -> bytes:
    return SIGNATURE + bytes([command, family]) + struct.pack("!H", len(rest)) + rest


def test_addresses_are_taken_and_what_follows_stays() -> None:
    """IPv4, IPv6 with extensions behind, and a balancer's own health check."""
    assert read(header(0x21, 0x11, IPV4) + b"rest") == ("203.0.113.9:4711", b"rest")
    assert read(header(0x21, 0x21, IPV6 + b"\x04\0\2xx") + b"rest") == ("[2001:db8::9]:4711", b"rest")
    assert read(header(0x20, 0x00, b"")) == (None, b"")


@pytest.mark.parametrize(
    "data",
    [
        header(0x11, 0x11, IPV4),
        header(0x22, 0x11, IPV4),
        header(0x21, 0x12, IPV4),
        header(0x21, 0x31, bytes(216)),
        header(0x21, 0x11, IPV4[:-1]),
        b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
        SIGNATURE + b"\x21\x11" + struct.pack("!H", 4097),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    """Version 1, other commands and families, short or huge headers."""
    with pytest.raises(ProtocolError):
        read(data)


@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=300))
def test_any_header_parses_or_raises(command: int, family: int, rest: bytes) -> None:
    """Nothing but ProtocolError comes out."""
    try:
        found = parse(command, family, rest)
    except ProtocolError:
        return
    assert found is None or ":" in found


def test_only_listed_addresses_are_believed() -> None:
    """Networks by family; a unix socket's peer is never listed."""
    networks = parse_networks("192.0.2.0/24, 2001:db8::1")
    assert trusted("192.0.2.77:1", networks)
    assert trusted("[2001:db8::1]:1", networks)
    assert not trusted("198.51.100.1:1", networks)
    assert not trusted("unix:", networks)
    with pytest.raises(ValueError, match="nonsense"):
        parse_networks("nonsense")
