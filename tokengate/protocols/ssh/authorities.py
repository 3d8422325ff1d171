"""The verifier `ssh-certificate`: users' certificates of trusted authorities (sshd's TrustedUserCAKeys) to Principals.

Asked through the route as every verifier is; `userauth` hands it a certificate without a token once the client has
signed by its key. A certificate is no secret, so one that is shown in any other way (as a password, to another
protocol) is refused: nothing there has proved the key.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Callable
from typing import Any

from attrs import define, frozen
from zope.interface import implementer

from tokengate.components import option
from tokengate.convert import duration, one_of
from tokengate.errors import ConfigError, ProtocolError, TokenRejected
from tokengate.interfaces import ITokenVerifier
from tokengate.protocols.ssh import certificates
from tokengate.protocols.ssh.certificates import Certificate
from tokengate.protocols.ssh.keys import blob_of, decode, encode, fingerprint
from tokengate.protocols.ssh.targets import user_of
from tokengate.session.tools import Tools
from tokengate.values import ConnectionContext, Kind, Principal

BACKDATED = 120
"""Seconds that ssh-keygen begins a certificate earlier than it is asked to, for clocks that are behind."""


LONGEST_NAME = 256
"""Characters of a key id: it is a person's or a job's name, in recordings and in the target's log."""


@frozen
class Options:
    """The keys of a section with `use = ssh-certificate`."""

    authorities: str = option("the file of the authorities' public keys, as OpenSSH writes them")
    issuer: str = option("the issuer its principals are named by; the authority's fingerprint by default", default="")
    max_lifetime: float = option("the longest life of a certificate", default=3600.0, convert=duration)
    kind: str = option("who holds these certificates", default="workload", convert=one_of("workload", "human"))


def configure(options: Options, tools: Tools) -> Authorities:
    """The verifier. Raises `ConfigError`."""
    path = tools.path(options.authorities)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) or mode & 0o022:
            raise ConfigError(f"{path} has to be a file that others can't write: chmod go-w it")
        known = parse(path.read_text(), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the authorities can't be read: {error}") from error
    return Authorities(options, known, tools.section)


def parse(text: str, file: str | None = None) -> frozenset[bytes]:
    """The wire forms of a file's keys, one a line. Raises `ConfigError`: also where there is none."""
    found = set()
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if words and not words[0].startswith("#"):
            try:
                blob = blob_of(*words[:2]) if len(words) > 1 else b""
                decode(blob)
            except (ValueError, ProtocolError) as error:
                raise ConfigError(f"no public key of an authority: {error}", file, number) from None
            found.add(blob)
    if not found:
        raise ConfigError("there is no authority's key", file)
    return frozenset(found)


@implementer(ITokenVerifier)
@define(eq=False)
class Authorities:
    """One section's verifier. `known`: wire forms of the authorities' keys; `now`: Unix seconds."""

    options: Options
    known: frozenset[bytes]
    name: str
    now: Callable[[], float] = time.time

    def start(self) -> None:
        """Nothing to do: the file was read when configured."""

    async def stop(self) -> None:
        """Nothing to do."""

    def recognises(self, credential: bytes) -> bool:
        """Whether it is a certificate by one of our authorities."""
        try:
            return certificates.parse(credential).authority in self.known
        except ProtocolError:
            return False

    async def verify(self, credential: bytes, context: ConnectionContext) -> Principal:
        """See `ITokenVerifier`. The user asked for has to be among the certificate's principals."""
        try:
            certificate = certificates.parse(credential)
        except ProtocolError as error:
            raise TokenRejected("malformed", str(error)) from None
        if certificate.authority not in self.known:
            raise TokenRejected("authority")
        if context.proven_key != encode(certificate.key):
            raise TokenRejected("unproven", "the client has not signed by the certificate's key")
        certificates.check_user(certificate, context.client, self.now())
        certificates.check_principal(certificate, user_of(context.requested_user))
        if certificate.valid_before - certificate.valid_after > self.options.max_lifetime + BACKDATED:
            raise TokenRejected("lifetime", "the certificate is valid for too long")
        return self._principal(certificate)

    def _principal(self, certificate: Certificate) -> Principal:
        if not certificate.key_id.isprintable() or not 0 < len(certificate.key_id) <= LONGEST_NAME:
            raise TokenRejected("claim", "the certificate's key id is no name")
        now, ends = self.now(), float(certificate.valid_before)
        authority = fingerprint(certificate.authority)
        return Principal(
            issuer=self.options.issuer or authority,
            subject=certificate.key_id,
            verifier=self.name,
            token_id=f"{certificate.serial}@{authority}" if certificate.serial else certificate.digest[:16],
            token_digest=certificate.digest,
            groups=frozenset(certificate.principals),
            claims={
                "serial": certificate.serial,
                "principals": list(certificate.principals),
                "authority": authority,
                "extensions": {name: text.decode("utf-8", "replace") for name, text in certificate.extensions.items()},
            },
            issued_at=float(certificate.valid_after),
            expires_at=ends if ends > now else ends + certificates.LEEWAY,
            kind=Kind(self.options.kind),
        )

    def assume(self, claims: dict[str, Any]) -> Principal:
        """See `ITokenVerifier`. The claims are the certificate's words: `key_id` (or `sub`), `principals`, `serial`."""
        subject, principals = claims.get("key_id", claims.get("sub")), claims.get("principals", [])
        if not isinstance(subject, str) or not subject or not isinstance(principals, list):
            raise TokenRejected("claim", "key_id and principals")
        issuer = self.options.issuer or fingerprint(min(self.known))
        groups = frozenset(map(str, principals))
        return Principal(issuer, subject, self.name, "assumed", "0" * 64, groups, claims, kind=Kind(self.options.kind))
