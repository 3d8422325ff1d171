"""Credentials that hold no secret: a user of a database that knows its peer by the socket. A password here is
refused.
"""

from __future__ import annotations

import re
from typing import Any

from attrs import frozen
from zope.interface import implementer

from tokengate.errors import ConfigError
from tokengate.interfaces import ISecretSource

_PASSWORD = re.compile(r"://[^/@]*:[^/@]+@")


@frozen
class Options:
    """None: the reference is the credential."""


@implementer(ISecretSource)
class Plain:
    """Takes `plain:postgresql://user@/database` as it stands."""

    async def fetch(self, reference: str) -> str:
        """The reference."""
        self.check(reference)
        return reference

    def check(self, reference: str) -> None:
        """Raise `ConfigError` when there is a password in it."""
        if _PASSWORD.search(reference) or "://" not in reference:
            raise ConfigError("a plain credential is a URL without a password: secrets belong in env: or file:")


def configure(options: Options, tools: Any) -> Plain:
    """The component."""
    return Plain()
