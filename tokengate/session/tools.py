"""What a component may use of the running gateway when it is configured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import frozen


@frozen
class Tools:
    """Handed to every component's `configure`.

    `section` is the section's own name ("ci" of `[verifier:ci]`); `state` is the gateway's private state folder (it
    may not exist while a configuration is only checked); `store` is the shared `IStore`; `reactor` is Twisted's;
    `base` is the folder the configuration file is in: relative paths start there.
    """

    section: str
    state: Path
    base: Path
    store: Any
    reactor: Any

    def path(self, text: str) -> Path:
        """A path as written in the configuration, made absolute."""
        return (self.base / text).absolute()
