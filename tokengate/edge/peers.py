"""Who is at the other end of a connection, as every stage has it: "host:port", "[host]:port", or "unix:"."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address_of(peer: str) -> Address | None:
    """A peer's address, without its zone, IPv4 that is mapped into IPv6 as what it is. None where it has none, as
    at a Unix socket.
    """
    try:
        address = ipaddress.ip_address(peer.rpartition(":")[0].strip("[]").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
