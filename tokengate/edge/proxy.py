"""PROXY protocol version 2: who the client really is, told by a load balancer that is allowed to tell.

By HAProxy's "The PROXY protocol", section 2.2. From an address that is listed the header is required; from any other
nothing looks for one, so its bytes are merely a protocol error.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Sequence
from typing import Any

from tokengate.edge.peers import address_of
from tokengate.errors import ProtocolError

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"

MAX_HEADER = 4096
"""Bytes behind the fixed 16: addresses (at most 216) and the extensions load balancers add."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_networks(text: str) -> tuple[Network, ...]:
    """A list of addresses and networks, `192.0.2.1, 2001:db8::/32`. Raises ValueError."""
    return tuple(ipaddress.ip_network(item.strip()) for item in text.split(",") if item.strip())


def trusted(peer: str, networks: Sequence[Network]) -> bool:
    """Whether `peer` ("host:port") is in one of the networks that may speak for others."""
    address = address_of(peer)
    return address is not None and any(address in network for network in networks)


async def read_header(stream: Any) -> str | None:
    """The client a header names, as "host:port"; None for a connection of the balancer's own (LOCAL). Raises
    `ProtocolError`.
    """
    fixed = await stream.read_exactly(16)
    length = struct.unpack_from("!H", fixed, 14)[0]
    if fixed[:12] != SIGNATURE or length > MAX_HEADER:
        raise ProtocolError("no PROXY protocol header")
    rest = await stream.read_exactly(length) if length else b""
    return parse(fixed[12], fixed[13], rest)


def parse(command: int, family: int, rest: bytes) -> str | None:
    """The source address of a header's version-and-command byte, family byte and remaining bytes."""
    if command == 0x20:
        return None
    if command != 0x21:
        raise ProtocolError("unknown PROXY protocol version or command")
    match family:
        case 0x11 if len(rest) >= 12:
            return f"{ipaddress.IPv4Address(rest[:4])}:{struct.unpack_from('!H', rest, 8)[0]}"
        case 0x21 if len(rest) >= 36:
            return f"[{ipaddress.IPv6Address(rest[:16])}]:{struct.unpack_from('!H', rest, 32)[0]}"
        case _:
            raise ProtocolError("unknown address family in the PROXY protocol header")
