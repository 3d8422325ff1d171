"""What a route lets its clients ask for at all."""

from __future__ import annotations

import pytest

from tokengate.protocols.ssh.permissions import Destinations, Permissions
from tokengate.values import Deny


def test_nothing_is_forwarded_by_default() -> None:
    """Neither a shell nor a forward nor a link is allowed where nothing says so."""
    permissions = Permissions()
    assert permissions.refusal("shell") is not None
    assert not permissions.direct_tcpip.allow(b"127.0.0.1", 22)
    assert not permissions.tcpip_forward.allow(b"", 0)
    assert not permissions.symlinks


def test_a_certificate_only_takes_away() -> None:
    """What it does not permit is not, with its own reason; what the route does not allow it can't permit."""
    somewhere = Destinations.parse(["db:5432"])
    route = Permissions(frozenset({"exec", "pty", "agent"}), (), somewhere, somewhere)
    left = route.within(())
    assert left.requests == {"exec"}
    assert left.refusal("pty") == Deny("pty is not permitted by the certificate", "certificate")
    assert left.refusal("x11") == Deny("x11 is not allowed on this route", "route")
    assert left.direct_tcpip == left.tcpip_forward == Destinations()
    flags = ("permit-pty", "permit-agent-forwarding", "permit-port-forwarding", "permit-X11-forwarding")
    assert route.within(flags) == route


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        (b"LANG", b"C.UTF-8", True), (b"LC_ALL", b"C", True), (b"LD_PRELOAD", b"x", False), (b"lang", b"C", False),
        (b"LANG=x\nLD_PRELOAD", b"y", False), (b"LC_ALL\0", b"C", False), (b"LC_ALL", b"C\0LD_PRELOAD=x", False),
        (b"", b"", False), (b"LC_" + b"A" * 100, b"", False), (b"LC_A", b"x" * 5000, False), (b"LC_\xff", b"", False),
    ],
)  # fmt: skip
def test_variables_by_name(name: bytes, value: bytes, allowed: bool) -> None:
    """A listed name that is a name, with a value that is one."""
    assert Permissions().sets(name, value) is allowed


def test_destinations_by_host_and_port() -> None:
    """Names are compared without regard to case; a star does not make a port of another host's."""
    found = Destinations.parse(["db.internal:5432", "*.web:*", "[::1]:22"])
    assert found.allow(b"DB.internal", 5432)
    assert found.allow(b"a.web", 1)
    assert found.allow(b"::1", 22)
    assert not found.allow(b"db.internal", 5433)
    assert not found.allow(b"db.internal.evil", 5432)
    assert not found.allow(b"web", 80)
    everywhere = Destinations.parse(["*:443"])
    assert everywhere.allow("gr\u00fcn.example".encode(), 443)
    assert not any(everywhere.allow(host, 443) for host in (b"a\xff", b"a\x1b[2K", "a\u202e".encode(), b"a\nb"))


@pytest.mark.parametrize("text", ["host", "host:", ":22", "host:0", "host:65536", "host:http"])
def test_what_is_no_destination(text: str) -> None:
    """Is said so."""
    with pytest.raises(ValueError, match="destination"):
        Destinations.parse([text])
