"""The ledger of a recorder: which recordings there are, so that one that is gone, or another in its place, shows.

A chain of its own beside the recordings, a signed line at each opening and closing. One gateway writes it at a time.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

from tokengate.errors import RecorderFailed
from tokengate.record.chain import Chain
from tokengate.record.files import append, open_private
from tokengate.record.signing import Signer

LEDGER_FILE = "ledger.ndjson"


class Ledger:
    """An open ledger. `open_sessions`: recordings opened and never closed, session -> file."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self._path = folder / LEDGER_FILE
        self._signer = signer
        self._chain = Chain()
        self.open_sessions: dict[str, str] = {}
        self._fd = open_private(self._path)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._fd)
            raise RecorderFailed(f"another gateway records in {folder}") from error
        self._read()

    def _read(self) -> None:
        """Follow what is there; a torn last line (a crash while it was written) is cut off."""
        raw = self._path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        if len(whole) < len(raw):
            os.ftruncate(self._fd, len(whole))
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                content = self._chain.follow(line)
            except ValueError as error:
                raise RecorderFailed(f"{self._path}:{number}: {error}; move it away to go on") from error
            if content["kind"] == "open":
                self.open_sessions[content["session"]] = content["file"]
            else:
                self.open_sessions.pop(content["session"], None)

    def opened(self, session: str, file: str) -> None:
        """A recording begins. Raises `RecorderFailed`."""
        self._write("open", {"session": session, "file": file})
        self.open_sessions[session] = file

    def closed(self, session: str, lines: int, last: bytes, outcome: str) -> None:
        """A recording is closed. Raises `RecorderFailed`."""
        self._write("close", {"session": session, "lines": lines, "last": last.hex(), "outcome": outcome})
        self.open_sessions.pop(session, None)

    def _write(self, kind: str, fields: dict[str, Any]) -> None:
        last = self._chain.last
        signature = self._signer.sign(ledger_text(kind, fields, last))
        append(self._fd, self._chain.line(kind, {**fields, "signature": signature}))

    def sync(self) -> None:
        """Have it on disk."""
        os.fdatasync(self._fd)

    def close(self) -> None:
        """Let another gateway have it."""
        os.fsync(self._fd)
        os.close(self._fd)


def ledger_text(kind: str, fields: dict[str, Any], last: bytes) -> bytes:
    """What a ledger line's signature covers: the line before, and its own content."""
    words = [kind, *(f"{key}={fields[key]}" for key in sorted(fields))]
    return b"tokengate ledger 1\n" + last.hex().encode() + b"\n" + "\n".join(words).encode()
