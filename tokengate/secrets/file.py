"""Secrets in files that nobody but the gateway may read. Read anew for each use: a rotation needs no restart."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from attrs import frozen
from zope.interface import implementer

from tokengate.errors import ConfigError, UpstreamError
from tokengate.interfaces import ISecretSource

MAX_SECRET = 64 * 1024
"""Bytes of a secret file: no credential is longer; a larger file is the wrong one."""


@frozen
class Options:
    """None: the reference is the path."""


@implementer(ISecretSource)
@frozen
class File:
    """Reads `file:/PATH`; a relative path starts at the configuration's folder."""

    base: Path

    async def fetch(self, reference: str) -> str:
        """The file's text without surrounding white space. Raises `UpstreamError`."""
        try:
            return read_private(self.base / reference)
        except (OSError, ConfigError, UnicodeDecodeError) as error:
            raise UpstreamError("the gateway has no credential for the upstream", str(error)) from error

    def check(self, reference: str) -> None:
        """Raise `ConfigError` when the file can't be read, or others can read it."""
        try:
            read_private(self.base / reference)
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"the secret file can't be used: {error}") from error


def read_private(path: Path) -> str:
    """A private file's text. Raises OSError, and `ConfigError` when its group or others have access."""
    with path.open("rb") as file:
        check_private(path, os.fstat(file.fileno()))
        text = file.read(MAX_SECRET + 1)
    if len(text) > MAX_SECRET:
        raise ConfigError(f"{path} is too long for a secret")
    return text.decode().strip()


def check_private(path: Path, status: os.stat_result) -> None:
    """Raise `ConfigError` unless a file's owner is root or us and nobody else has access."""
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"{path} is no regular file")
    if status.st_mode & 0o077:
        raise ConfigError(f"{path} can be read by others: chmod 600 it")
    if status.st_uid not in (0, os.geteuid()):
        raise ConfigError(f"{path} belongs to another user")


def configure(options: Options, tools: Any) -> File:
    """The component."""
    return File(tools.base)
