"""Certificates: OpenSSH's read, ours read by OpenSSH, and everything that is wrong with one."""

from __future__ import annotations

import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import SSHCertificateBuilder, SSHCertificateType
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocols.ssh.endpoints import host_keys
from tests.support.openssh import KEY_TYPES, keygen, sign
from tokengate.errors import ProtocolError, TokenRejected
from tokengate.protocols.ssh import certificates
from tokengate.protocols.ssh.certificates import Certificate, Kind, check, check_source, issue, parse
from tokengate.protocols.ssh.keys import SigningKey
from tokengate.protocols.ssh.wire import Reader, string, strings, uint32

NOW = 1_800_000_000
AUTHORITY = host_keys()[0]
RSA = host_keys()[-1]


def blob_of(path: Path) -> bytes:
    return b64decode(path.read_text().split()[1])


def made(
    authority: SigningKey = AUTHORITY,
    kind: SSHCertificateType = SSHCertificateType.USER,
    after: int = NOW - 10,
    before: int = NOW + 10,
    change: Callable[[SSHCertificateBuilder], SSHCertificateBuilder] = lambda builder: builder,
) -> bytes:
    builder = SSHCertificateBuilder().public_key(ed25519.Ed25519PrivateKey.generate().public_key()).type(kind)
    builder = builder.key_id(b"id").valid_principals([b"ci"]).valid_after(after).valid_before(before)
    return b64decode(change(builder).sign(authority.private).public_bytes().split()[1])


@pytest.mark.parametrize("authority", [*KEY_TYPES, "rsa"])
@pytest.mark.parametrize("kind", [*KEY_TYPES, "rsa"])
def test_certificates_of_ssh_keygen(tmp_path: Path, authority: str, kind: str) -> None:
    """Every type of key signed by every type of authority, with all that can be in one."""
    ca, key = keygen(tmp_path, "ca", authority), keygen(tmp_path, "key", kind)
    options = ["-I", "ci job", "-n", "ci,deploy", "-z", "7", "-V", "20260101:20300101"]
    options += ["-O", "source-address=192.0.2.0/24", "-O", "force-command=true", "-O", "extension:a@b=text"]
    certificate = parse(blob_of(sign(ca, key.with_suffix(".pub"), *options)))
    assert certificate.kind is Kind.USER
    assert (certificate.key_id, certificate.serial, certificate.principals) == ("ci job", 7, ("ci", "deploy"))
    assert certificate.critical_options == {"force-command": b"true", "source-address": b"192.0.2.0/24"}
    assert certificate.extensions["a@b"] == b"text"
    assert certificate.extensions["permit-pty"] == b""
    assert certificate.authority == SigningKey.load(ca.read_bytes()).blob


def test_ssh_keygen_reads_ours(tmp_path: Path) -> None:
    """What `issue` makes is what OpenSSH's own tool shows."""
    key, blob = issue(AUTHORITY, ["deploy"], "session 1", NOW, 300, ["192.0.2.7"], ["permit-pty"])
    path = tmp_path / "id-cert.pub"
    path.write_text(f"ssh-ed25519-cert-v01@openssh.com {b64encode(blob).decode()}\n")
    shown = subprocess.run(["ssh-keygen", "-L", "-f", str(path)], capture_output=True, text=True, check=True).stdout
    for text in ('Key ID: "session 1"', "deploy", "source-address 192.0.2.7", "permit-pty", "user certificate"):
        assert text in shown
    certificate = parse(blob)
    assert certificate.authority == AUTHORITY.blob
    assert strings(b"ssh-ed25519", certificate.key.public_bytes_raw()) == key.blob  # type: ignore[union-attr]
    assert (certificate.valid_after, certificate.valid_before) == (NOW - certificates.SKEW, NOW + 301)


def test_each_session_has_its_own_key() -> None:
    first, second = (issue(AUTHORITY, ["x"], "id", NOW, 60) for _ in range(2))
    assert first[0].blob != second[0].blob


def test_any_changed_byte_is_noticed() -> None:
    """Forged anywhere, it is no certificate."""
    blob = made()
    for at in range(len(blob)):
        changed = bytearray(blob)
        changed[at] ^= 1
        with pytest.raises(ProtocolError):
            parse(bytes(changed))
    for end in range(len(blob)):
        with pytest.raises(ProtocolError):
            parse(blob[:end])
    with pytest.raises(ProtocolError):
        parse(blob + b"x")


def test_another_authoritys_name_is_not_its_signature() -> None:
    """The blob of one authority's key with the signature of another's."""
    blob = made(host_keys()[0])
    other = SigningKey(ed25519.Ed25519PrivateKey.generate())
    with pytest.raises(ProtocolError):
        parse(blob.replace(AUTHORITY.blob, other.blob))


def test_an_authority_does_not_sign_by_sha_1() -> None:
    """A right signature of an RSA authority by ssh-rsa is refused."""
    assert isinstance(RSA.private, rsa.RSAPrivateKey)
    blob = made(RSA)
    signed = blob[: -(4 + len(strings(b"rsa-sha2-512", bytes(256))))]
    signature = RSA.private.sign(signed, padding.PKCS1v15(), hashes.SHA1())
    parse(signed + string(RSA.sign(b"rsa-sha2-256", signed)))
    with pytest.raises(ProtocolError, match="unknown algorithm"):
        parse(signed + string(strings(b"ssh-rsa", signature)))


def refused(certificate: Certificate, **arguments: Any) -> str:
    with pytest.raises(TokenRejected) as caught:
        check(certificate, **{"kind": Kind.USER, "now": NOW, **arguments})
    return caught.value.reason


def test_what_is_checked() -> None:
    """Validity to the second, its kind, and conditions nobody enforces."""
    certificate = parse(made())
    check(certificate, Kind.USER, NOW)
    assert refused(certificate, now=NOW - 11) == "not yet valid"
    assert refused(certificate, now=NOW + 10) == "expired"
    assert refused(certificate, kind=Kind.HOST) == "certificate"
    assert refused(parse(made(kind=SSHCertificateType.HOST))) == "certificate"
    forced = parse(made(change=lambda builder: builder.add_critical_option(b"force-command", b"true")))
    assert refused(forced) == "certificate"
    check(forced, Kind.USER, NOW, {"force-command"})
    unknown = parse(made(change=lambda builder: builder.add_critical_option(b"x@example", b"")))
    assert refused(unknown, understood={"force-command"}) == "certificate"


@pytest.mark.parametrize(
    ("allowed", "peer", "may"),
    [
        (b"192.0.2.0/24", "192.0.2.7:5000", True),
        (b"192.0.2.0/24", "[::ffff:192.0.2.7]:5000", True),
        (b"198.51.100.1,2001:db8::/32", "[2001:db8::1]:5000", True),
        (b"192.0.2.7", "192.0.2.8:5000", False),
        (b"192.0.2.0/24", "unix:", False),
        (b"", "192.0.2.7:1", True),
        (b"!192.0.2.7", "192.0.2.8:1", False),
        (b"nonsense", "192.0.2.7:1", False),
        (b"\xff", "192.0.2.7:1", False),
    ],
)
def test_source_addresses(allowed: bytes, peer: str, may: bool) -> None:
    """A certificate for certain addresses, and what can't be compared is refused. One without is for all."""
    change = (
        (lambda builder: builder.add_critical_option(b"source-address", allowed))
        if allowed
        else (lambda builder: builder)
    )
    certificate = parse(made(change=change))
    if may:
        check_source(certificate, peer)
    else:
        with pytest.raises(TokenRejected):
            check_source(certificate, peer)


def resigned(change: Callable[[list[bytes]], None]) -> bytes:
    """A certificate whose options were rearranged before its signature: well signed, badly formed."""
    blob = made(change=lambda builder: builder.add_extension(b"a", b"1").add_extension(b"b", b"2"))
    reader = Reader(blob, "test")
    head = reader.strings(3)
    numbers = reader.raw(12)
    middle = reader.strings(2)
    times = reader.raw(16)
    parts = [*head, numbers, *middle, times, *reader.strings(4)]
    change(parts)
    signed = strings(*parts[:3]) + parts[3] + strings(*parts[4:6]) + parts[6] + strings(*parts[7:11])
    return signed + string(AUTHORITY.sign(b"ssh-ed25519", signed))


@pytest.mark.parametrize(
    "extensions",
    [
        strings(b"b", b"", b"a", b""),
        strings(b"a", b"", b"a", b""),
        strings(b"a", string(b"1") + b"x"),
        strings(b"a", b"\0"),
        strings(b"\xff", b""),
        strings(b"a"),
    ],
)
def test_options_in_disorder(extensions: bytes) -> None:
    """Doubled, unsorted, of two values: refused, so that nobody reads them otherwise."""

    def change(parts: list[bytes]) -> None:
        parts[8] = extensions

    with pytest.raises(ProtocolError):
        parse(resigned(change))


def test_numbers_of_a_certificate() -> None:
    """A third kind, too many principals, one that isn't UTF-8."""

    def kind(parts: list[bytes]) -> None:
        parts[3] = bytes(8) + uint32(3)

    def many(parts: list[bytes]) -> None:
        parts[5] = string(b"x") * 257

    def text(parts: list[bytes]) -> None:
        parts[5] = string(b"\xff")

    def nothing(parts: list[bytes]) -> None:
        pass

    parse(resigned(nothing))
    for change in (kind, many, text):
        with pytest.raises(ProtocolError):
            parse(resigned(change))


def test_a_certificate_says_that_it_is_one() -> None:
    """A plain key's type in front of a certificate's contents, well signed, is neither."""

    def plain(parts: list[bytes]) -> None:
        parts[0] = b"ssh-ed25519"

    with pytest.raises(ProtocolError, match="unknown type"):
        parse(resigned(plain))


def test_a_token_of_sixty_kilobytes_fits() -> None:
    token = bytes(60_000)
    certificate = parse(made(change=lambda builder: builder.add_extension(b"openpubkey-pkt", token)))
    assert certificate.extensions["openpubkey-pkt"] == token
    assert "pkt" not in repr(certificate)


@given(st.binary(max_size=300), st.integers(0, 400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_at_all(data: bytes, at: int) -> None:
    """From anywhere in a good certificate on."""
    with suppress(ProtocolError):
        parse(made()[:at] + data)
