"""The verifier `tokens`: opaque tokens, known by their hashes in a file.

A token is 256 random bits behind `tg_`, so a plain SHA-256 of it can't be guessed back and needs no salt; the file
reveals no token. One line each:

    sha256:HEX subject=deploy groups=ci,deployers kind=workload expires=2027-01-01T00:00:00Z id=deploy-1

`subject` is required. The file is read anew when it changes; while it can't be read, every token of it is refused.
"""

from __future__ import annotations

import datetime
import hashlib
import re
import secrets
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import define, field, frozen
from zope.interface import implementer

from tokengate.components import option
from tokengate.errors import ConfigError, TokenRejected, VerifierUnavailable
from tokengate.interfaces import ITokenVerifier
from tokengate.session.tools import Tools
from tokengate.values import ConnectionContext, Kind, Principal

PREFIX = "tg_"

MAX_FILE = 16 * 1024 * 1024
"""Bytes of the file: about 100,000 tokens."""

RELOAD_PAUSE = 1.0
"""Seconds between two looks at whether the file has changed."""

_KEYS = {"subject", "groups", "kind", "expires", "id"}
_FORM = re.compile(rb"tg_[A-Za-z0-9_-]{16,76}")


@frozen
class Options:
    """The keys of a section with `use = tokens`."""

    path: str = option("the file of hashed tokens")
    issuer: str = option("the issuer its principals are named by", default="tokengate")


@frozen
class Entry:
    """One line of the file. `expires_at`: Unix seconds, None for never."""

    subject: str
    groups: frozenset[str]
    kind: Kind
    expires_at: float | None
    id: str


def configure(options: Options, tools: Tools) -> Tokens:
    """The verifier. Raises `ConfigError` when the file can't be used now."""
    verifier = Tokens(options, tools.path(options.path), tools.section)
    verifier.load()
    return verifier


def new_token() -> str:
    """A fresh token of 46 characters: short enough for every client's password prompt."""
    return PREFIX + secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """How the file names a token."""
    return "sha256:" + hashlib.sha256(token.encode()).hexdigest()


def parse(text: str) -> dict[str, Entry]:
    """The file's entries by their hash in hex. Raises ValueError naming the line, never its content."""
    entries: dict[str, Entry] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                digest, entry = _parse_line(line)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from error
            if digest in entries:
                raise ValueError(f"line {number}: the token of another line")
            entries[digest] = entry
    return entries


def _parse_line(line: str) -> tuple[str, Entry]:
    digest, *words = shlex.split(line, comments=True)
    if re.fullmatch(r"sha256:[0-9a-f]{64}", digest) is None:
        raise ValueError("it should begin with sha256: and 64 hex digits")
    facts = dict(word.partition("=")[::2] for word in words)
    if len(facts) != len(words) or not facts.keys() <= _KEYS or not facts.get("subject"):
        raise ValueError(f"after the hash come subject= and, once each, {', '.join(sorted(_KEYS - {'subject'}))}")
    expires = None
    if "expires" in facts:
        when = datetime.datetime.fromisoformat(facts["expires"])
        if when.tzinfo is None:
            raise ValueError("expires needs a time zone, such as Z")
        expires = when.timestamp()
    groups = frozenset(group for group in facts.get("groups", "").split(",") if group)
    kind = Kind(facts.get("kind", "workload"))
    return digest.removeprefix("sha256:"), Entry(facts["subject"], groups, kind, expires, facts.get("id", ""))


@implementer(ITokenVerifier)
@define(eq=False)
class Tokens:
    """One file's verifier."""

    options: Options
    path: Path
    name: str
    now: Callable[[], float] = time.time
    _entries: dict[str, Entry] | None = field(default=None, repr=False)
    _stamp: tuple[int, int, int] = (0, 0, 0)
    _looked: float = float("-inf")
    _problem: str = ""

    @property
    def ready(self) -> bool:
        """Whether the file could be read when it last changed."""
        return self._entries is not None

    def start(self) -> None:
        """Nothing to do: the file was read when configured."""

    async def stop(self) -> None:
        """Nothing to do."""

    def load(self) -> None:
        """Read the file now. Raises `ConfigError`; what was read before is then forgotten."""
        self._entries = None
        try:
            status = self.path.stat()
            if status.st_mode & 0o022:
                raise ConfigError(f"{self.path} can be written by others: chmod go-w it")
            if status.st_size > MAX_FILE:
                raise ConfigError(f"{self.path} is longer than {MAX_FILE} bytes")
            self._stamp = (status.st_mtime_ns, status.st_ino, status.st_size)
            self._entries = parse(self.path.read_text())
        except (OSError, ValueError) as error:
            raise ConfigError(f"{self.path}: {error}") from error

    def recognises(self, credential: bytes) -> bool:
        """Whether it has the form of our tokens."""
        return _FORM.fullmatch(credential) is not None

    def assume(self, claims: dict[str, Any]) -> Principal:
        """See `ITokenVerifier`. The claims are the file's words: `subject` (or `sub`), `groups`, `kind`."""
        subject, groups = claims.get("subject", claims.get("sub")), claims.get("groups", [])
        try:
            kind = Kind(claims.get("kind", "workload"))
        except ValueError as error:
            raise TokenRejected("claim", "kind") from error
        if not isinstance(subject, str) or not isinstance(groups, list):
            raise TokenRejected("claim", "subject and groups")
        names = frozenset(map(str, groups))
        return Principal(self.options.issuer, subject, self.name, "assumed", "0" * 64, names, claims, kind=kind)

    async def verify(self, credential: bytes, context: ConnectionContext) -> Principal:
        """See `ITokenVerifier`."""
        self._look()
        if self._entries is None:
            raise VerifierUnavailable(self.name, self._problem)
        # Looked up by a hash of 256 random bits: what timing tells of a dict says nothing about a token.
        digest = hashlib.sha256(credential).hexdigest()
        entry = self._entries.get(digest)
        if entry is None:
            raise TokenRejected("unknown")
        if entry.expires_at is not None and self.now() >= entry.expires_at:
            raise TokenRejected("expired")
        return Principal(
            issuer=self.options.issuer,
            subject=entry.subject,
            verifier=self.name,
            token_id=entry.id or digest[:16],
            token_digest=digest,
            groups=entry.groups,
            expires_at=entry.expires_at,
            kind=entry.kind,
        )

    def _look(self) -> None:
        """Read the file again when it has changed."""
        now = time.monotonic()
        if now - self._looked < RELOAD_PAUSE:
            return
        self._looked = now
        try:
            status = self.path.stat()
            if self._entries is None or (status.st_mtime_ns, status.st_ino, status.st_size) != self._stamp:
                self.load()
        except (OSError, ConfigError) as error:
            self._entries, self._problem = None, str(error)
