"""What a component may use of the running gateway when it is configured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import frozen

from tokengate.errors import ConfigError


def no_secret(text: str) -> Any:
    """Where a configuration has no sources of secrets. Raises `ConfigError`."""
    raise ConfigError("there are no secrets here")


@frozen
class Tools:
    """Handed to every component's `configure`.

    `section` is the section's own name ("ci" of `[verifier:ci]`); `state` is the gateway's private state folder (it
    may not exist while a configuration is only checked); `store` is the shared `IStore`; `reactor` is Twisted's;
    `base` is the folder the configuration file is in: relative paths start there. `secret(text)` finds what a secret's
    reference (`SOURCE:REFERENCE`) names, an object whose `fetch()` awaits the text and raises `UpstreamError`. It
    raises `ConfigError` itself.
    """

    section: str
    state: Path
    base: Path
    store: Any
    reactor: Any
    secret: Callable[[str], Any] = no_secret

    def path(self, text: str) -> Path:
        """A path as written in the configuration, made absolute."""
        return (self.base / text).absolute()
