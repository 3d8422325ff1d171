"""Certificates of trusted authorities: who they make of a client, and everything that makes nobody."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import SSHCertificateBuilder, SSHCertificateType
from twisted.internet.task import Clock

from tests.identity.test_oidc import run
from tests.protocols.ssh.endpoints import host_keys
from tests.support.openssh import KEY_TYPES, keygen, sign
from tokengate.errors import ConfigError, TokenRejected
from tokengate.protocols.ssh.authorities import Authorities, Options, configure, parse
from tokengate.protocols.ssh.certificates import parse as read
from tokengate.protocols.ssh.keys import SigningKey, encode
from tokengate.protocols.ssh.wire import Reader, mpint, string, strings
from tokengate.session.tools import Tools
from tokengate.store.records import Revocation, Revocations
from tokengate.values import ConnectionContext, Kind, Principal

NOW = 1_800_000_000
AUTHORITY, OTHER = host_keys()[:2]

Change = Callable[[SSHCertificateBuilder], SSHCertificateBuilder]


def verifier(*known: SigningKey, **options: Any) -> Authorities:
    blobs = frozenset(key.blob for key in known or (AUTHORITY,))
    return Authorities(Options(authorities="unused", **options), blobs, "ops", lambda: float(NOW))


def made(authority: SigningKey = AUTHORITY, change: Change = lambda builder: builder, **more: Any) -> bytes:
    builder = SSHCertificateBuilder().public_key(ed25519.Ed25519PrivateKey.generate().public_key())
    builder = builder.type(more.get("kind", SSHCertificateType.USER)).serial(more.get("serial", 7))
    named = more.get("principals", [b"ci", b"ops"])
    builder = builder.valid_principals(named) if named else builder.valid_for_all_principals()
    builder = builder.key_id(more.get("key_id", b"alice"))
    builder = builder.valid_after(more.get("after", NOW - 60)).valid_before(more.get("before", NOW + 300))
    return b64decode(change(builder).sign(authority.private).public_bytes().split()[1])


def context(blob: bytes, **changes: Any) -> ConnectionContext:
    """Of a client that has proved the certificate's own key."""
    usual = ConnectionContext("deploy", "ssh", "192.0.2.1:5000", "ci", proven_key=encode(read(blob).key))
    return evolve(usual, **changes)


def check(blob: bytes, subject: Authorities | None = None, **changes: Any) -> Principal:
    return run((subject or verifier()).verify(blob, context(blob, **changes)))


def refused(blob: bytes, subject: Authorities | None = None, **changes: Any) -> str:
    with pytest.raises(TokenRejected) as caught:
        check(blob, subject, **changes)
    return caught.value.reason


def test_who_it_is() -> None:
    """Issuer, key id, principals, serial and authority; the session ends when the certificate does."""
    blob = made(change=lambda builder: builder.add_extension(b"permit-pty", b"").add_extension(b"team@acme", b"shop"))
    found = check(blob)
    assert (found.issuer, found.subject, found.verifier) == (AUTHORITY.fingerprint, "alice", "ops")
    assert found.groups == {"ci", "ops"}
    assert found.token_id == f"7@{AUTHORITY.fingerprint}"
    assert (found.issued_at, found.expires_at, found.kind) == (NOW - 60, NOW + 300, Kind.WORKLOAD)
    assert found.claims["extensions"] == {"permit-pty": "", "team@acme": "shop"}
    assert check(blob, verifier(issuer="acme", kind="human")).name == "alice@acme"
    assert check(blob, requested_user="ops+db").subject == "alice"


@pytest.mark.parametrize("kind", [*KEY_TYPES, "rsa"])
def test_ssh_keygens_certificates(tmp_path: Path, kind: str) -> None:
    """By every kind of authority, from the file that its public key is in."""
    ca, key = keygen(tmp_path, "ca", kind), keygen(tmp_path, "key")
    (tmp_path / "cas").write_text(f"# ours\n\n{ca.with_suffix('.pub').read_text()}")
    subject = configure(Options(authorities="cas"), Tools("ops", tmp_path, tmp_path, None, Clock()))
    blob = b64decode(sign(ca, key.with_suffix(".pub"), "-I", "id", "-n", "ci", "-V", "+1h").read_text().split()[1])
    assert subject.recognises(blob)
    assert check(blob, subject).subject == "id"


def test_only_its_own_authorities_certificates_are_recognised() -> None:
    """So that several verifiers go together, and tokens pass by."""
    subject = verifier()
    assert subject.recognises(made())
    tampered = made().replace(b"ops", b"own")
    for other in (made(OTHER), AUTHORITY.blob, b"eyJhbGciOi.e30.x", b"tg_abcdefghijklmnopqrst", b"", tampered):
        assert not subject.recognises(other)


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("authority", {"authority": OTHER}),
        ("certificate", {"kind": SSHCertificateType.HOST}),
        ("expired", {"before": NOW - 30}),
        ("not yet valid", {"after": NOW + 31}),
        ("lifetime", {"before": NOW + 3661}),
        ("lifetime", {"before": 2**64 - 1}),
        ("lifetime", {"after": 0}),
        ("principal", {"principals": [b"root", b"c", b"ci2", b"ci+db", b"*"]}),
        ("principal", {"principals": []}),
        ("claim", {"key_id": b""}),
        ("claim", {"key_id": b"alice\nbob"}),
        ("claim", {"key_id": b"a" * 257}),
        ("certificate", {"change": lambda builder: builder.add_critical_option(b"force-command", b"true")}),
        ("certificate", {"change": lambda builder: builder.add_critical_option(b"verify-required", b"")}),
        ("certificate", {"change": lambda builder: builder.add_critical_option(b"x@example", b"")}),
        ("source address", {"change": lambda builder: builder.add_critical_option(b"source-address", b"192.0.2.2")}),
        ("source address", {"change": lambda builder: builder.add_critical_option(b"source-address", b"")}),
    ],
)
def test_certificates_that_make_nobody(reason: str, changes: dict[str, Any]) -> None:
    """Each for its own reason: another authority, a host, too early, late or long, for others, with conditions."""
    assert refused(made(**changes)) == reason


def test_a_certificate_is_nothing_without_its_key() -> None:
    """Shown without a signature, or with that of another key: whoever saw a certificate has nothing."""
    blob = made()
    assert refused(blob, proven_key=None) == "unproven"
    assert refused(blob, proven_key=OTHER.blob) == "unproven"
    assert refused(blob, proven_key=encode(read(made()).key)) == "unproven"


def test_a_certificate_by_a_certified_key() -> None:
    """Trust ends at the authority: what its users sign, by the key or naming their certificate as authority, is nothing."""
    user = SigningKey(ed25519.Ed25519PrivateKey.generate())
    assert refused(made(user), verifier()) == "authority"
    chained = made(user)
    certificate = made()
    with pytest.raises(TokenRejected, match="malformed"):
        run(verifier().verify(chained.replace(string(user.blob), string(certificate)), context(chained)))


def test_the_addresses_it_is_for() -> None:
    """Hold for the peer."""
    blob = made(change=lambda builder: builder.add_critical_option(b"source-address", b"192.0.2.0/24,2001:db8::/32"))
    assert check(blob).subject == "alice"
    assert check(blob, client="[2001:db8::7]:1").subject == "alice"
    assert refused(blob, client="198.51.100.1:1") == "source address"
    assert refused(blob, client="unix:") == "source address"


def test_clocks_may_be_a_little_apart() -> None:
    """At both ends; the session still ends."""
    assert check(made(after=NOW + 29)).subject == "alice"
    assert check(made(before=NOW - 1)).expires_at == NOW + 29


def test_it_can_be_revoked() -> None:
    """By serial and authority; one without a serial by its digest, which a second signature does not change."""
    found = check(made())
    assert Revocations([Revocation("token", found.token_id, "", None, "me", NOW, "")]).covers(found)
    authority = SigningKey(ec.generate_private_key(ec.SECP256R1()))
    blob = made(authority, serial=0)
    first = check(blob, verifier(authority))
    again = check(mirrored(blob), verifier(authority))
    assert first.token_id == first.token_digest[:16] == again.token_id
    assert Revocations([Revocation("digest", first.token_digest, "", None, "me", NOW, "")]).covers(again)


def mirrored(blob: bytes) -> bytes:
    """The same certificate with the other ECDSA signature that anybody can make of the one in it."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    ours = read(blob)
    start = blob.index(string(ours.authority)) + len(string(ours.authority))
    name, raw = Reader(Reader(blob[start:], "test").string(), "test").strings(2)
    numbers = Reader(raw, "test")
    r, s = decode_dss_signature(encode_dss_signature(numbers.mpint(), numbers.mpint()))
    other = blob[:start] + string(strings(name, mpint(r) + mpint(order - s)))
    assert other != blob
    return other


def test_what_it_would_be_is_assumed() -> None:
    """For `tokengate explain`."""
    found = verifier().assume({"key_id": "alice", "principals": ["ci"]})
    assert (found.issuer, found.subject, found.groups) == (AUTHORITY.fingerprint, "alice", {"ci"})
    for claims in ({}, {"key_id": ""}, {"key_id": "a", "principals": "ci"}):
        with pytest.raises(TokenRejected):
            verifier().assume(claims)  # type: ignore[arg-type]  # what somebody may write


LINE = f"ssh-ed25519 {b64encode(AUTHORITY.blob).decode()} our CA"


@pytest.mark.parametrize(
    "line",
    ["", "# nothing", "ssh-ed25519", "ssh-ed25519 !", f"ssh-rsa {LINE.split()[1]}", f"cert-authority {LINE}",
     "-----BEGIN OPENSSH PRIVATE KEY-----", f"ssh-ed25519-cert-v01@openssh.com {b64encode(made()).decode()}"],
)  # fmt: skip
def test_what_is_no_authority(line: str) -> None:
    """No key, half of one, another type's, a certificate, a private key: each stops the start."""
    assert parse(f"{LINE}\n") == {AUTHORITY.blob}
    with pytest.raises(ConfigError):
        parse(f"{line}\n")


def test_the_file_is_ours_alone(tmp_path: Path) -> None:
    """One that others can write, or that isn't there, stops the start."""
    tools = Tools("ops", tmp_path, tmp_path, None, Clock())
    with pytest.raises(ConfigError, match="can't be read"):
        configure(Options(authorities="cas"), tools)
    (tmp_path / "cas").write_text(LINE)
    (tmp_path / "cas").chmod(0o666)
    with pytest.raises(ConfigError, match="can't write"):
        configure(Options(authorities="cas"), tools)
