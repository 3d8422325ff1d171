"""Which host keys are a target's: OpenSSH's known_hosts, read whole (sshd's manual, "SSH_KNOWN_HOSTS FILE FORMAT").

`login` asks it at the first key exchange. A line that can't be read refuses the file, because it might be the one that
revokes a key; a host that isn't in the file, or is there with another key, is not connected to.
"""

from __future__ import annotations

import fnmatch
import hmac
import re
from base64 import b64decode
from collections.abc import Callable, Iterable

from attrs import frozen

from tokengate.errors import ConfigError, ProtocolError, TokenRejected
from tokengate.protocols.ssh import certificates
from tokengate.protocols.ssh.algorithms import CERTIFICATE_SUFFIX, CERTIFICATES, SIGNATURES
from tokengate.protocols.ssh.certificates import Kind
from tokengate.protocols.ssh.keys import PublicKey, algorithms_of, blob_of, decode, encode
from tokengate.protocols.ssh.wire import Reader, Reason, broken

DEFAULT_PORT = 22

AUTHORITY, REVOKED = "@cert-authority", "@revoked"

_HASHED = "|1|"


@frozen(eq=False)
class Entry:
    """One line. `blob` is the key's wire form; `matches` tells whether a name is the line's."""

    marker: str
    matches: Callable[[str], bool]
    blob: bytes


@frozen(eq=False)
class KnownHosts:
    """A file's entries."""

    entries: tuple[Entry, ...]

    @classmethod
    def parse(cls, text: str, file: str | None = None) -> KnownHosts:
        """From the file's text; `file` is its name for errors. Raises `ConfigError`."""
        entries = []
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip() and not line.lstrip().startswith("#"):
                try:
                    entries.append(_entry(line.split()))
                except ValueError as error:
                    raise ConfigError(f"known hosts: {error}", file, number) from None
        return cls(tuple(entries))

    def host(self, name: str, port: int) -> KnownHost:
        """What is known of one target.

        Keys are those of exactly this port, as ssh-keyscan writes them; an authority, or a revocation, of the host
        counts for every port.
        """
        host = name.lower().strip("[]")
        full = host if port == DEFAULT_PORT else f"[{host}]:{port}"

        def blobs(marker: str, *names: str) -> frozenset[bytes]:
            entries = (entry for entry in self.entries if entry.marker == marker)
            return frozenset(entry.blob for entry in entries if any(map(entry.matches, names)))

        return KnownHost(host, blobs("", full), blobs(AUTHORITY, full, host), blobs(REVOKED, full, host))


@frozen(eq=False)
class KnownHost:
    """One target: the wire forms of its keys, of the authorities for its certificates, and of what is revoked."""

    name: str
    keys: frozenset[bytes]
    authorities: frozenset[bytes]
    revoked: frozenset[bytes]

    @property
    def algorithms(self) -> tuple[bytes, ...]:
        """The host key algorithms by which it can prove itself, to be offered to it. None: it is unknown."""
        types = {Reader(blob, "public key").string() for blob in self.keys}
        able = {algorithm for kind in types for algorithm in algorithms_of(kind)}
        plain = tuple(name for name in SIGNATURES if name in able)
        return (*(CERTIFICATES if self.authorities else ()), *plain)

    def verify(self, algorithm: bytes, blob: bytes, now: float) -> PublicKey:
        """The key that signs, if `blob` is this host's key or a certificate for it. Raises `ProtocolError`."""
        if blob in self.revoked:
            raise _refused("the host key is revoked")
        if not algorithm.endswith(CERTIFICATE_SUFFIX):
            if blob not in self.keys:
                raise _refused("the host key is not the known one")
            return decode(blob)
        certificate = certificates.parse(blob)
        try:
            certificates.check(certificate, Kind.HOST, now)
        except TokenRejected as error:
            raise _refused(f"the host certificate is refused: {error}") from None
        if certificate.authority not in self.authorities:
            raise _refused("the host certificate's authority is not known")
        if self.revoked & {certificate.authority, encode(certificate.key)}:
            raise _refused("the host certificate is revoked")
        if not any(_pattern(name.lower()).match(self.name) for name in certificate.principals):
            raise _refused("the host certificate is for other hosts")
        return certificate.key


def _entry(words: list[str]) -> Entry:
    marker = words.pop(0) if words[0].startswith("@") else ""
    if marker not in ("", AUTHORITY, REVOKED):
        raise ValueError(f"unknown marker {marker}")
    if len(words) < 3:
        raise ValueError("a line has host names, a key type and a key")
    names, kind, key = words[:3]
    blob = blob_of(kind, key)
    return Entry(marker, _hashed(names) if names.startswith(_HASHED) else _patterns(names.split(",")), blob)


def _hashed(text: str) -> Callable[[str], bool]:
    """A salted hash of one name."""
    try:
        salt, digest = (b64decode(part, validate=True) for part in text.removeprefix(_HASHED).split("|"))
    except ValueError:
        raise ValueError("the hashed name can't be read") from None
    return lambda name: hmac.compare_digest(hmac.digest(salt, name.encode(), "sha1"), digest)


def _patterns(texts: Iterable[str]) -> Callable[[str], bool]:
    """Names with wildcards: one must match, and none of those with a "!" before them."""
    wanted, unwanted = list[re.Pattern[str]](), list[re.Pattern[str]]()
    for text in texts:
        name = text.removeprefix("!").lower()
        if not name:
            raise ValueError("an empty host name")
        (unwanted if text.startswith("!") else wanted).append(_pattern(name))

    def matches(name: str) -> bool:
        return any(pattern.match(name) for pattern in wanted) and not any(pattern.match(name) for pattern in unwanted)

    return matches


def _pattern(text: str) -> re.Pattern[str]:
    """A whole name in which `*` stands for any characters and `?` for one; brackets mean themselves."""
    return re.compile(fnmatch.translate(text.replace("[", "[[]")))


def _refused(why: str) -> ProtocolError:
    return broken(why, Reason.HOST_KEY_NOT_VERIFIABLE)
