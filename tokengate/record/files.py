"""Private files that only grow: opened so that no link is followed and nobody else reads them, written whole or not
at all.
"""

from __future__ import annotations

import os
from pathlib import Path

from tokengate.errors import RecorderFailed


def open_private(path: Path, *, new: bool = False) -> int:
    """A descriptor for appending. Raises `RecorderFailed`. `new`: the file must not be there yet."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_EXCL if new else 0)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, flags, 0o600)
    except OSError as error:
        raise RecorderFailed(f"{path} can't be written: {error.strerror}") from error


def append(fd: int, data: bytes) -> None:
    """Write all of `data`, or take back what was written of it. Raises `RecorderFailed`."""
    done = 0
    try:
        while done < len(data):
            done += os.write(fd, data[done:] if done else data)
    except OSError as error:
        if done:
            os.ftruncate(fd, os.fstat(fd).st_size - done)
        raise RecorderFailed(f"a recording can't be written: {error.strerror}") from error
