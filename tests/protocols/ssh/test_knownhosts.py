"""known_hosts: what ssh-keygen and ssh-keyscan write, and that nothing unknown passes."""

from __future__ import annotations

import subprocess
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import SSHCertificateBuilder, SSHCertificateType

from tests.protocols.ssh.endpoints import host_keys
from tokengate.errors import ConfigError, ProtocolError
from tokengate.protocols.ssh.keys import SigningKey, encode
from tokengate.protocols.ssh.knownhosts import KnownHost, KnownHosts
from tokengate.protocols.ssh.wire import Reader, reason_of

NOW = 1_800_000_000
KEY, OTHER, AUTHORITY = (SigningKey(ed25519.Ed25519PrivateKey.generate()) for _ in range(3))


def line(names: str, key: SigningKey = KEY, marker: str = "") -> str:
    kind = Reader(key.blob, "test").string().decode()
    return f"{marker} {names} {kind} {b64encode(key.blob).decode()} a comment\n".lstrip()


def verified(host: KnownHost, blob: bytes = KEY.blob, algorithm: bytes = b"ssh-ed25519") -> bool:
    try:
        assert host.verify(algorithm, blob, NOW) is not None
    except ProtocolError as error:
        assert reason_of(error) in (2, 9)
        return False
    return True


@pytest.mark.parametrize(
    ("names", "host", "port", "known"),
    [
        ("db.internal", "db.internal", 22, True),
        ("db.internal", "DB.Internal", 22, True),
        ("DB.internal,10.0.0.5", "10.0.0.5", 22, True),
        ("db.internal", "db.internal", 2222, False),
        ("[db.internal]:2222", "db.internal", 2222, True),
        ("[db.internal]:2222", "db.internal", 22, False),
        ("*.internal", "db.internal", 22, True),
        ("*.internal", "internal", 22, False),
        ("db?.internal", "db1.internal", 22, True),
        ("*.internal,!bad.internal", "bad.internal", 22, False),
        ("!bad.internal,*.internal", "db.internal", 22, True),
        ("!other", "db.internal", 22, False),
        ("[::1]:2222", "::1", 2222, True),
        ("::1", "[::1]", 22, True),
        ("d[ab].internal", "da.internal", 22, False),
        ("db.internal", "dbxinternal", 22, False),
        ("db.internal", "db.internal.evil", 22, False),
    ],
)
def test_names(names: str, host: str, port: int, known: bool) -> None:
    found = KnownHosts.parse(line(names)).host(host, port)
    assert verified(found) is known
    assert bool(found.algorithms) is known
    assert not verified(found, OTHER.blob)


@pytest.mark.parametrize("name", ["db.internal", "[db.internal]:2222"])
def test_hashed_names(tmp_path: Path, name: str) -> None:
    """As ssh-keygen -H hashes them."""
    path = tmp_path / "known_hosts"
    path.write_text(line(name) + line("other.internal", OTHER))
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(path)], check=True, capture_output=True)
    text = path.read_text()
    assert "internal" not in text
    port = 2222 if ":" in name else 22
    assert verified(KnownHosts.parse(text).host("db.internal", port))
    assert not verified(KnownHosts.parse(text).host("db.internal", 23))
    assert not verified(KnownHosts.parse(text).host("third.internal", port))


@pytest.mark.parametrize(
    "text",
    [
        "db.internal ssh-ed25519",
        "db.internal ssh-ed25519 not!base64",
        "db.internal ssh-rsa " + b64encode(KEY.blob).decode(),
        "db.internal ssh-ed25519 AAAA",
        "@trusted " + line("db.internal"),
        line("|1|x|y"),
        line("|2|AAAA|AAAA"),
        line("|1|AAAA"),
        line("a,,b"),
        line("!"),
        "@revoked",
    ],
)
def test_a_line_that_can_not_be_read_refuses_the_file(text: str) -> None:
    """With its number: it might have been the one that revokes a key."""
    if text.startswith("|2|"):
        assert not KnownHosts.parse(text).host("db.internal", 22).algorithms
        return
    with pytest.raises(ConfigError) as caught:
        KnownHosts.parse("# comment\n\n" + line("fine") + text, "known_hosts")
    assert (caught.value.file, caught.value.line) == ("known_hosts", 4)


def test_revoked_keys_are_not_believed() -> None:
    """Wherever else they are listed."""
    hosts = KnownHosts.parse(line("db.internal") + line("*", marker="@revoked"))
    assert not verified(hosts.host("db.internal", 22))


def test_algorithms_are_those_of_the_known_keys() -> None:
    """A target is asked for the keys that are known, so that it doesn't show another."""
    everything = KnownHosts.parse("".join(line("h", key) for key in host_keys()))
    assert everything.host("h", 22).algorithms[0] == b"ssh-ed25519"
    assert len(everything.host("h", 22).algorithms) == 6
    rsa = KnownHosts.parse(line("h", host_keys()[-1]))
    assert rsa.host("h", 22).algorithms == (b"rsa-sha2-512", b"rsa-sha2-256")
    unknown = "h ssh-dss " + b64encode(b"\0\0\0\x07ssh-dssx").decode()
    assert KnownHosts.parse(unknown).host("h", 22).algorithms == ()
    authority = KnownHosts.parse(line("h", AUTHORITY, "@cert-authority"))
    assert authority.host("h", 22).algorithms[0] == b"ssh-ed25519-cert-v01@openssh.com"


# ---------------------------------------------------------------- certificates


def certificate(
    key: SigningKey = KEY,
    authority: SigningKey = AUTHORITY,
    principals: tuple[bytes, ...] = (b"db.internal",),
    kind: SSHCertificateType = SSHCertificateType.HOST,
    before: int = NOW + 10,
    option: bytes = b"",
) -> bytes:
    builder = SSHCertificateBuilder().public_key(key.private.public_key()).type(kind).key_id(b"host")
    builder = builder.valid_principals(list(principals)) if principals else builder.valid_for_all_principals()
    builder = builder.valid_after(NOW - 10).valid_before(before)
    if option:
        builder = builder.add_critical_option(option, b"")
    return b64decode(builder.sign(authority.private).public_bytes().split()[1])


def believed(blob: bytes, text: str = line("*.internal", AUTHORITY, "@cert-authority"), port: int = 22) -> bool:
    return verified(KnownHosts.parse(text).host("db.internal", port), blob, b"ssh-ed25519-cert-v01@openssh.com")


def test_certificates_of_a_known_authority() -> None:
    """By name or pattern, on any port."""
    assert believed(certificate())
    assert believed(certificate(), port=2222)
    assert believed(certificate(principals=(b"other", b"*.internal")))
    assert believed(certificate(), line("[db.internal]:2222", AUTHORITY, "@cert-authority"), 2222)


def test_certificates_that_are_not_believed() -> None:
    """Of another authority, for another host or none in particular, a user's, expired, with conditions, revoked."""
    assert not believed(certificate(authority=OTHER))
    assert not believed(certificate(principals=(b"web.internal",)))
    assert not believed(certificate(principals=()))
    assert not believed(certificate(kind=SSHCertificateType.USER))
    assert not believed(certificate(before=NOW))
    assert not believed(certificate(option=b"x"))
    assert not believed(certificate(), line("db.internal", AUTHORITY))
    known = line("*.internal", AUTHORITY, "@cert-authority")
    assert not believed(certificate(), known + line("*", AUTHORITY, "@revoked"))
    assert not believed(certificate(), known + line("*", KEY, "@revoked"))
    assert not believed(KEY.blob)
    assert not believed(b"")


def test_a_plain_key_is_not_a_certificate() -> None:
    """An authority's own key is no host's key."""
    hosts = KnownHosts.parse(line("db.internal", AUTHORITY, "@cert-authority"))
    assert not verified(hosts.host("db.internal", 22), AUTHORITY.blob)


def test_many_stars_cost_little() -> None:
    """A pattern that would take for ever by trying everything."""
    pattern = b"*a" * 60 + b"b"
    assert not believed(certificate(principals=(pattern,)))
    host = KnownHosts.parse(line("*a" * 60 + "b")).host("a" * 200, 22)
    assert host.keys == frozenset()
    assert encode(KEY.private.public_key()) == KEY.blob
