"""What a route (and a certificate) lets its clients ask of the SSH connection protocol, before any enforcer is asked.

Read by `gate` and the kinds of channel. Everything is refused that is not named here; forwards, agents and
X11 by default.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Iterable

from attrs import evolve, frozen

from tokengate.protocols.ssh.actions import readable
from tokengate.values import Deny

_VARIABLE = re.compile(rb"[A-Za-z_][A-Za-z0-9_]{0,63}")

LONGEST_VALUE = 4096
"""Bytes of an environment variable's value."""

REQUESTS = ("exec", "shell", "pty", "sftp", "agent", "x11")
"""What `allow` can name."""


@frozen
class Destinations:
    """Hosts with ports that a client may have the target connect to, or listen on: "HOST:PORT", `*` for any characters
    of a name or for any port.
    """

    patterns: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, names: Iterable[str]) -> Destinations:
        """Raises ValueError with a sentence."""
        found = []
        for name in names:
            host, colon, port = name.rpartition(":")
            if not colon or not host or not (port == "*" or (port.isdecimal() and 0 < int(port) < 65536)):
                raise ValueError(f"{name!r} is no destination; write HOST:PORT or HOST:*")
            found.append((host.lower().strip("[]"), port))
        return cls(tuple(found))

    def allow(self, host: bytes, port: int) -> bool:
        """Whether this one is among them. One that nobody could read is not."""
        name = host.decode("utf-8", "replace").lower()
        return readable(host) and any(
            fnmatch.fnmatchcase(name, pattern) and wanted in ("*", str(port)) for pattern, wanted in self.patterns
        )


PERMITS = {"pty": "permit-pty", "agent": "permit-agent-forwarding", "x11": "permit-X11-forwarding"}
"""The extension of OpenSSH's certificates by which each of these requests is permitted."""

PERMIT_FORWARDING = "permit-port-forwarding"


@frozen
class Permissions:
    """A route's. `requests`: of `REQUESTS`; `environment`: patterns of variables' names; `withheld`: requests that the
    route allows and a certificate does not permit.
    """

    requests: frozenset[str] = frozenset({"exec", "pty", "sftp"})
    environment: tuple[str, ...] = ("LANG", "LC_*")
    direct_tcpip: Destinations = Destinations()
    tcpip_forward: Destinations = Destinations()
    symlinks: bool = False
    record_input: bool = False
    withheld: frozenset[str] = frozenset()

    def within(self, flags: Collection[str]) -> Permissions:
        """What is left for a session whose certificate has these extensions: what it does not permit is not."""
        withheld = frozenset(name for name, flag in PERMITS.items() if name in self.requests and flag not in flags)
        left = evolve(self, withheld=withheld, requests=self.requests - withheld)
        if PERMIT_FORWARDING in flags:
            return left
        return evolve(left, direct_tcpip=Destinations(), tcpip_forward=Destinations())

    def refusal(self, request: str) -> Deny | None:
        """The refusal of a kind of request that the route does not let through."""
        if request in self.requests:
            return None
        if request in self.withheld:
            return Deny(f"{request} is not permitted by the certificate", "certificate")
        return Deny(f"{request} is not allowed on this route", "route")

    def sets(self, name: bytes, value: bytes) -> bool:
        """Whether a client may set this variable to this value."""
        if _VARIABLE.fullmatch(name) is None or len(value) > LONGEST_VALUE or b"\0" in value:
            return False
        return any(fnmatch.fnmatchcase(name.decode(), pattern) for pattern in self.environment)
