"""Opaque tokens in a file of hashes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.errors import ConfigError, TokenRejected, VerifierUnavailable
from tokengate.identity import tokens
from tokengate.identity.tokens import Options, Tokens, hashed, new_token, parse
from tokengate.values import ConnectionContext, Kind, Principal

CONTEXT = ConnectionContext("route", "postgres", "192.0.2.1:1")
TOKEN = new_token()


def verifier(folder: Path, text: str) -> Tokens:
    path = folder / "tokens"
    path.write_text(text)
    made = Tokens(Options(path=str(path)), path, "file")
    made.load()
    return made


def check(subject: Tokens, token: str = TOKEN) -> Principal:
    work: Any = subject.verify(token.encode(), CONTEXT)
    try:
        work.send(None)
    except StopIteration as done:
        found: Principal = done.value
        return found
    raise AssertionError("it waited")


def test_a_listed_token_becomes_a_principal(tmp_path: Path) -> None:
    """Subject, groups, kind, expiry, id."""
    line = f"{hashed(TOKEN)} subject='a job' groups=x,y kind=human expires=2099-01-01T00:00:00Z id=one\n# a comment\n\n"
    found = check(verifier(tmp_path, line))
    assert (found.subject, found.groups, found.kind, found.token_id) == ("a job", {"x", "y"}, Kind.HUMAN, "one")
    assert found.expires_at
    assert found.expires_at > time.time()


def test_unknown_and_expired_tokens_are_refused(tmp_path: Path) -> None:
    """By their hash; an expired one says so to the operator."""
    subject = verifier(tmp_path, f"{hashed(TOKEN)} subject=a expires=2001-01-01T00:00:00+00:00\n")
    with pytest.raises(TokenRejected, match="expired"):
        check(subject)
    with pytest.raises(TokenRejected, match="unknown"):
        check(subject, new_token())


def test_tokens_are_short_and_recognised_by_form() -> None:
    """Short enough for every client's prompt; nothing else is taken for one."""
    subject = Tokens(Options(path="x"), Path("x"), "file")
    assert len(TOKEN) <= 79
    assert subject.recognises(TOKEN.encode())
    for other in (b"", b"tg_", b"tg_short", b"eyJ.a.b", TOKEN.encode() + b"\n", b"tg_" + b"x" * 200):
        assert not subject.recognises(other)


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        f"{hashed(TOKEN)}",
        f"{hashed(TOKEN)} groups=x",
        f"{hashed(TOKEN)} subject=a subject=b",
        f"{hashed(TOKEN)} subject=a colour=red",
        f"{hashed(TOKEN)} subject=a expires=soon",
        f"{hashed(TOKEN)} subject=a expires=2099-01-01T00:00:00",
        f"{hashed(TOKEN)} subject=a kind=robot",
        f"{hashed(TOKEN)} subject='a",
        f"{hashed(TOKEN)} subject=a\n{hashed(TOKEN)} subject=b",
        hashed(TOKEN).upper() + " subject=a",
    ],
)
def test_a_broken_file_is_refused_whole(tmp_path: Path, line: str) -> None:
    """The line's number is said, never its content."""
    with pytest.raises(ConfigError, match="line") as caught:
        verifier(tmp_path, line)
    assert hashed(TOKEN)[10:] not in str(caught.value)


def test_files_that_others_can_write_are_refused(tmp_path: Path) -> None:
    """Whoever can write the file can log in."""
    subject = verifier(tmp_path, "")
    subject.path.chmod(0o666)
    with pytest.raises(ConfigError, match="written by others"):
        subject.load()


def test_changes_count_and_a_broken_change_refuses_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A removed line is gone, a file that can't be read takes nobody, a mended one does again."""
    monkeypatch.setattr(tokens, "RELOAD_PAUSE", 0.0)
    subject = verifier(tmp_path, f"{hashed(TOKEN)} subject=a\n")
    assert check(subject).subject == "a"
    subject.path.write_text("# nobody\n")
    with pytest.raises(TokenRejected):
        check(subject)
    subject.path.write_text("broken\n")
    with pytest.raises(VerifierUnavailable):
        check(subject)
    os.unlink(subject.path)
    with pytest.raises(VerifierUnavailable):
        check(subject)
    subject.path.write_text(f"{hashed(TOKEN)} subject=b\n")
    assert check(subject).subject == "b"


@given(st.text(max_size=200))
def test_any_text_parses_or_raises_value_error(text: str) -> None:
    """Nothing else comes out."""
    try:
        assert isinstance(parse(text), dict)
    except ValueError as error:
        assert "line" in str(error)
