"""OpenSSH certificates: read and verified on the client's side, issued for each session on the target's.

`userauth` and `authorities` verify what users show, `knownhosts` what targets show; `login` proves itself by what
`issue` makes. The format is OpenSSH's PROTOCOL.certkeys, version 01. A certificate that `parse` returns is whole and
signed by the authority it names; whether to believe that authority is the caller's to ask.
"""

from __future__ import annotations

import enum
import hashlib
import ipaddress
from base64 import b64decode
from collections.abc import Collection, Iterable, Mapping

from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import SSHCertificateBuilder, SSHCertificateType

from tokengate.edge.peers import address_of
from tokengate.errors import ProtocolError, TokenRejected
from tokengate.protocols.ssh import keys
from tokengate.protocols.ssh.algorithms import CERTIFICATE_SUFFIX
from tokengate.protocols.ssh.wire import Reader, broken, string, strings

MAX_SIZE = 128 * 1024
"""Bytes of a certificate: those that carry a token of 60 KB were seen."""

MAX_PRINCIPALS = 256
"""Names in one certificate, as OpenSSH has it."""

SKEW = 60
"""Seconds by which an issued certificate is valid earlier: the target's clock may be behind."""

LEEWAY = 30.0
"""Seconds that the clock of a user's authority may be apart from ours."""

SOURCE_ADDRESS = "source-address"
"""The one critical option that is enforced. `force-command` is not: a user's certificate with it is refused."""

_KEY_STRINGS = {b"ssh-ed25519": 1, b"ssh-rsa": 2}
_ECDSA_STRINGS = 2


class Kind(enum.IntEnum):
    """Whom a certificate is about."""

    USER = 1
    HOST = 2


@frozen(eq=False)
class Certificate:
    """One certificate. Times are Unix seconds; `authority` is the signing key's wire form, `blob` its own.

    `digest` is the hex SHA-256 of what the authority signed: of one ECDSA signature anybody can make a second one.
    """

    kind: Kind
    key: keys.PublicKey
    serial: int
    key_id: str
    principals: tuple[str, ...]
    valid_after: int
    valid_before: int
    critical_options: Mapping[str, bytes]
    extensions: Mapping[str, bytes] = field(repr=False)
    authority: bytes = field(repr=False)
    blob: bytes = field(repr=False)
    digest: str

    @property
    def flags(self) -> frozenset[str]:
        """The extensions that are set and say nothing more, such as `permit-pty`."""
        return frozenset(name for name, value in self.extensions.items() if not value)


def parse(blob: bytes) -> Certificate:
    """The certificate in `blob`, its signature verified. Raises `ProtocolError`."""
    if len(blob) > MAX_SIZE:
        raise broken("the certificate is too long")
    reader = Reader(blob, "certificate")
    named = reader.string()
    kind = named.removesuffix(CERTIFICATE_SUFFIX)
    reader.string()  # a nonce
    if named == kind or not keys.algorithms_of(kind):
        raise broken("unknown type of certificate")
    key = keys.decode(string(kind) + strings(*reader.strings(_KEY_STRINGS.get(kind, _ECDSA_STRINGS))))
    serial, about = reader.uint64(), reader.uint32()
    key_id, principals = reader.string(), _names(reader.string())
    after, before = reader.uint64(), reader.uint64()
    critical, extensions = _options(reader.string()), _options(reader.string())
    reader.string()  # reserved
    authority = reader.string()
    signed = blob[: reader.at]
    _verify(authority, reader.string(), signed)
    reader.end()
    if about not in (Kind.USER, Kind.HOST):
        raise broken("a certificate of neither a user nor a host")
    text, digest = _text(key_id), hashlib.sha256(signed).hexdigest()
    return Certificate(
        Kind(about), key, serial, text, principals, after, before, critical, extensions, authority, blob, digest
    )


def check(
    certificate: Certificate, kind: Kind, now: float, understood: Collection[str] = (), leeway: float = 0.0
) -> None:
    """Raises `TokenRejected` unless it is of this kind, valid now, and sets no condition that isn't understood.

    `understood`: critical options the caller enforces. Whom it names is the caller's to compare.
    """
    if certificate.kind is not kind:
        raise TokenRejected("certificate", f"it is a {certificate.kind.name.lower()} certificate")
    if now + leeway < certificate.valid_after:
        raise TokenRejected("not yet valid", "the certificate is not valid yet")
    if now - leeway >= certificate.valid_before:
        raise TokenRejected("expired", "the certificate has expired")
    for name in certificate.critical_options:
        if name not in understood:
            raise TokenRejected("certificate", f"critical option {name!r} is not understood")


def check_user(certificate: Certificate, peer: str, now: float) -> None:
    """Raises `TokenRejected` unless it is a user's, valid now, and `peer` may log in by it, as far as it says."""
    check(certificate, Kind.USER, now, {SOURCE_ADDRESS}, LEEWAY)
    check_source(certificate, peer)


def check_principal(certificate: Certificate, user: str) -> None:
    """Raises `TokenRejected` unless it names `user`. One that names nobody is for nobody, as sshd has it."""
    if user not in certificate.principals:
        raise TokenRejected("principal", "the certificate is for others")


def check_source(certificate: Certificate, peer: str) -> None:
    """Raises `TokenRejected` unless `peer` ("host:port" or "unix:") may use it by its source-address, if it has one."""
    allowed = certificate.critical_options.get(SOURCE_ADDRESS)
    if allowed is None:
        return
    address = address_of(peer)
    try:
        networks = [ipaddress.ip_network(text.strip(), strict=False) for text in _text(allowed).split(",")]
    except (ValueError, ProtocolError):
        raise TokenRejected("source address", "the certificate's source-address can't be compared") from None
    if address is None or not any(address in network for network in networks):
        raise TokenRejected("source address", "the certificate is for other addresses")


def issue(
    authority: keys.SigningKey,
    principals: Iterable[str],
    key_id: str,
    now: float,
    lifetime: float,
    source_addresses: Iterable[str] = (),
    extensions: Collection[str] = ("permit-pty",),
) -> tuple[keys.SigningKey, bytes]:
    """A new key and its user certificate, valid for `lifetime` seconds from `now`: for one session, never stored."""
    private = ed25519.Ed25519PrivateKey.generate()
    builder = (
        SSHCertificateBuilder()
        .public_key(private.public_key())
        .type(SSHCertificateType.USER)
        .serial(0)
        .key_id(key_id.encode())
        .valid_principals([name.encode() for name in principals])
        .valid_after(int(now) - SKEW)
        .valid_before(int(now + lifetime) + 1)
    )
    sources = ",".join(source_addresses)
    if sources:
        builder = builder.add_critical_option(SOURCE_ADDRESS.encode(), sources.encode())
    for name in extensions:
        builder = builder.add_extension(name.encode(), b"")
    text = builder.sign(authority.private).public_bytes()
    return keys.SigningKey(private), b64decode(text.split()[1])


def _verify(authority: bytes, signature: bytes, signed: bytes) -> None:
    """By the authority's key and one of the algorithms it has here: never SHA-1, whatever the signature says."""
    key = keys.decode(authority)
    named = Reader(signature, "signature").string()
    if named not in keys.algorithms_of(keys.key_type(key)):
        raise broken("a certificate signed by an unknown algorithm")
    keys.verify(key, named, signature, signed)


def _names(data: bytes) -> tuple[str, ...]:
    reader, names = Reader(data, "certificate"), []
    while reader.left:
        names.append(_text(reader.string()))
        if len(names) > MAX_PRINCIPALS:
            raise broken("too many principals in the certificate")
    return tuple(names)


def _options(data: bytes) -> dict[str, bytes]:
    """Names in strict order, each with a value that is itself a string, or empty."""
    reader, options, last = Reader(data, "certificate"), dict[str, bytes](), b""
    while reader.left:
        name, value = reader.strings(2)
        if name <= last:
            raise broken("options of the certificate out of order")
        last = name
        options[_text(name)] = _inner(value)
    return options


def _inner(value: bytes) -> bytes:
    if not value:
        return value
    reader = Reader(value, "certificate")
    inner = reader.string()
    reader.end()
    return inner


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise broken("a text in the certificate is not UTF-8") from None
