"""Which gateway processes are alive, as far as the store is concerned.

Every gateway keeps a lock on a file named by its instance id. The kernel drops the lock when the process ends,
however it ends, so whoever can lock the file knows that its holds were left behind. (A process id would not do: it
comes back after a restart, and means something else in another container.)
"""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path

from attrs import field, frozen

from tokengate.errors import StoreError

_LOCK = fcntl.LOCK_EX | fcntl.LOCK_NB


@frozen
class Instance:
    """This process. `id`: 16 hex digits, unlike any other's."""

    id: str
    path: Path
    descriptor: int = field(repr=False)

    @classmethod
    def begin(cls, folder: Path) -> Instance:
        """Lock a file of our own in `folder`. Raises `StoreError`."""
        id = secrets.token_hex(8)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / id
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, _LOCK)
        except OSError as error:
            raise StoreError(f"this gateway can't be announced in {folder}: {error.strerror}") from None
        return cls(id, path, descriptor)

    def end(self) -> None:
        """Unlock and forget."""
        self.path.unlink(missing_ok=True)
        os.close(self.descriptor)


def gone(folder: Path, id: str) -> bool:
    """Whether the process of this id has ended; its file is removed if so. Raises `StoreError`."""
    path = folder / id
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    except OSError as error:
        raise StoreError(f"{path} can't be opened: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, _LOCK)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
