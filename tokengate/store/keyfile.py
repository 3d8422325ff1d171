"""Keys that the gateway makes for itself, once, in files that nobody else can read.

One key tells what approvals are bound to, another signs recordings; both have to outlive the process and be the same
for every process that shares the state folder.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from tokengate.errors import StoreError

LONGEST = 64 * 1024
"""Bytes of a key file: no key is longer; a larger file is the wrong one."""


def load_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """The key in `path`, made if the file isn't there. Two processes that start together get the same one.

    Raises `StoreError` when the file can't be made or read, or when others have access to it.
    """
    try:
        return load(path)
    except FileNotFoundError:
        pass
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(draft, make())
        try:
            os.link(draft, path)  # unlike a rename, this never replaces what another process just made
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return load(path)
    except OSError as error:
        raise StoreError(f"the key {path} can't be made: {error.strerror}") from None


def load(path: Path) -> bytes:
    """The key in `path`. Raises FileNotFoundError, and `StoreError` when it can't be read or isn't private."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreError(f"the key {path} can't be read: {error.strerror}") from None
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode):
        os.close(descriptor)
        raise StoreError(f"the key {path} is no file")
    with os.fdopen(descriptor, "rb") as file:
        if info.st_mode & 0o077 or info.st_uid not in (0, os.geteuid()):
            raise StoreError(f"the key {path} must be a file that only the gateway can read (chmod 600)")
        key = file.read(LONGEST + 1)
    if not 0 < len(key) <= LONGEST:
        raise StoreError(f"the key {path} is empty or too long")
    return key


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
