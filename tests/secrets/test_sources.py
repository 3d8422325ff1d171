"""Where credentials come from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tokengate.errors import ConfigError, UpstreamError
from tokengate.secrets.env import Environment
from tokengate.secrets.file import MAX_SECRET, File
from tokengate.secrets.plain import Plain


def fetched(source: Any, reference: str) -> str:
    try:
        source.fetch(reference).send(None)
    except StopIteration as done:
        return str(done.value)
    raise AssertionError("it waited")


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is set; one that isn't is an error that names it."""
    monkeypatch.setenv("TG_TEST", "value")
    assert fetched(Environment(), "TG_TEST") == "value"
    monkeypatch.delenv("TG_TEST")
    with pytest.raises(ConfigError, match="TG_TEST"):
        Environment().check("TG_TEST")
    with pytest.raises(UpstreamError):
        fetched(Environment(), "TG_TEST")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604])
def test_files_that_others_can_read_are_refused(tmp_path: Path, mode: int) -> None:
    """Only the owner may have access; the content is never in the error."""
    path = tmp_path / "secret"
    path.write_text("password\n")
    path.chmod(0o600)
    assert fetched(File(tmp_path), "secret") == "password"
    path.chmod(mode)
    with pytest.raises(ConfigError, match="can be read by others") as caught:
        File(tmp_path).check("secret")
    assert "password" not in str(caught.value)
    with pytest.raises(UpstreamError):
        fetched(File(tmp_path), "secret")


def test_files_that_are_none(tmp_path: Path) -> None:
    """Missing, a folder, too long, not text."""
    (tmp_path / "folder").mkdir(mode=0o700)
    for name, content in (("long", b"x" * (MAX_SECRET + 1)), ("binary", b"\xff\xfe")):
        (tmp_path / name).write_bytes(content)
        os.chmod(tmp_path / name, 0o600)
    for name in ("missing", "folder", "long", "binary"):
        with pytest.raises(ConfigError):
            File(tmp_path).check(name)


def test_a_plain_credential_holds_no_secret() -> None:
    """A URL with a password, or no URL, is refused."""
    assert fetched(Plain(), "postgresql://user@/db") == "postgresql://user@/db"
    for text in ("postgresql://user:secret@/db", "user:secret"):
        with pytest.raises(ConfigError):
            Plain().check(text)
