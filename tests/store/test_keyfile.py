"""The gateway's own keys."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tokengate.errors import StoreError
from tokengate.store.keyfile import load, load_or_make


def test_key_is_made_once_and_private(tmp_path: Path) -> None:
    """The first call makes the key, whatever the umask; later ones find it."""
    path = tmp_path / "state" / "a.key"
    old = os.umask(0)
    try:
        key = load_or_make(path, lambda: secrets.token_bytes(32))
    finally:
        os.umask(old)
    assert load_or_make(path, lambda: b"another") == key == load(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


MAKE = """
import secrets, sys
from pathlib import Path
from tokengate.store.keyfile import load_or_make
print(load_or_make(Path(sys.argv[1]), lambda: secrets.token_bytes(32)).hex())
"""


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    """Nobody goes on with a key that somebody else replaced."""
    command = [sys.executable, "-c", MAKE, str(tmp_path / "a.key")]
    others = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({other.communicate(timeout=30)[0] for other in others}) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_key_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """A key that is no secret any more is not used."""
    path = tmp_path / "a.key"
    load_or_make(path, lambda: b"k" * 32)
    path.chmod(mode)
    with pytest.raises(StoreError, match="only the gateway"):
        load_or_make(path, lambda: b"another")


@pytest.mark.parametrize("content", [b"", b"x" * 70_000])
def test_no_key_at_all_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty or huge file is not a key."""
    path = tmp_path / "a.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(StoreError, match="empty or too long"):
        load(path)


def test_link_is_not_followed(tmp_path: Path) -> None:
    """A key is a file of its own."""
    load_or_make(tmp_path / "a.key", lambda: b"k" * 32)
    (tmp_path / "b.key").symlink_to(tmp_path / "a.key")
    with pytest.raises(StoreError):
        load_or_make(tmp_path / "b.key", lambda: b"another")
    (tmp_path / "folder").mkdir(mode=0o700)
    with pytest.raises(StoreError):
        load(tmp_path / "folder")
