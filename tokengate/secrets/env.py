"""Secrets in environment variables."""

from __future__ import annotations

import os
from typing import Any

from attrs import frozen
from zope.interface import implementer

from tokengate.errors import ConfigError, UpstreamError
from tokengate.interfaces import ISecretSource


@frozen
class Options:
    """None: the reference names the variable."""


@implementer(ISecretSource)
class Environment:
    """Reads `env:NAME`."""

    async def fetch(self, reference: str) -> str:
        """The variable's value. Raises `UpstreamError`."""
        value = os.environ.get(reference)
        if not value:
            raise UpstreamError("the gateway has no credential for the upstream", f"{reference} is not set")
        return value

    def check(self, reference: str) -> None:
        """Raise `ConfigError` when the variable isn't set now."""
        if not os.environ.get(reference):
            raise ConfigError(f"the environment variable {reference} is not set")


def configure(options: Options, tools: Any) -> Environment:
    """The component."""
    return Environment()
