"""Signing keys: against OpenSSH's own, and never by another algorithm than agreed on."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa
from hypothesis import given
from hypothesis import strategies as st
from twisted.conch.ssh.keys import Key as ConchKey

from tests.protocols.ssh.endpoints import host_keys
from tests.support.openssh import KEY_TYPES, keygen
from tokengate.errors import ProtocolError
from tokengate.protocols.ssh import keys
from tokengate.protocols.ssh.keys import SigningKey
from tokengate.protocols.ssh.wire import mpint, string, strings

DATA = b"what is signed"

every_key = pytest.mark.parametrize("key", host_keys(), ids=lambda key: key.algorithms[0].decode())


@every_key
def test_signatures_hold(key: SigningKey) -> None:
    """By every algorithm of the key, for its data, and for nothing else; Conch's verifier agrees."""
    public = keys.decode(key.blob)
    for algorithm in key.algorithms:
        signature = key.sign(algorithm, DATA)
        keys.verify(public, algorithm, signature, DATA)
        assert ConchKey.fromString(key.blob).verify(signature, DATA)
        with pytest.raises(ProtocolError):
            keys.verify(public, algorithm, signature, DATA + b"x")
        with pytest.raises(ProtocolError):
            keys.verify(public, algorithm, signature + b"x", DATA)


@every_key
def test_another_algorithm_is_another_signature(key: SigningKey) -> None:
    """The name in the signature, the one agreed on and the key's type must be the same."""
    public = keys.decode(key.blob)
    signature = key.sign(key.algorithms[0], DATA)
    for other in (b"ssh-rsa", b"rsa-sha2-256", b"ecdsa-sha2-nistp256", b"ssh-ed25519", b"none"):
        if other != key.algorithms[0]:
            with pytest.raises(ProtocolError):
                keys.verify(public, other, signature, DATA)
            renamed = string(other) + signature[4 + len(key.algorithms[0]) :]
            with pytest.raises(ProtocolError):
                keys.verify(public, key.algorithms[0], renamed, DATA)


def test_sha_1_is_no_signature() -> None:
    """A right signature by ssh-rsa, which is SHA-1, is refused."""
    key = next(key for key in host_keys() if isinstance(key.private, rsa.RSAPrivateKey))
    assert isinstance(key.private, rsa.RSAPrivateKey)
    signature = strings(b"ssh-rsa", key.private.sign(DATA, padding.PKCS1v15(), hashes.SHA1()))
    for algorithm in (b"ssh-rsa", b"rsa-sha2-512"):
        with pytest.raises(ProtocolError):
            keys.verify(keys.decode(key.blob), algorithm, signature, DATA)


@pytest.mark.parametrize("kind", [*KEY_TYPES, "rsa"])
def test_keys_of_openssh(tmp_path: Path, kind: str) -> None:
    """ssh-keygen's private key has the public key that ssh-keygen says; in PEM as well."""
    for options in ((), ("-m", "PEM")) if kind != "ed25519" else ((),):
        path = keygen(tmp_path, f"{kind}{len(options)}", kind, *options)
        key = SigningKey.load(path.read_bytes())
        public = serialization.load_ssh_public_key(path.with_suffix(path.suffix + ".pub").read_bytes())
        assert isinstance(public, keys.PublicKey)
        assert keys.encode(public) == key.blob


def test_keys_that_are_not_taken(tmp_path: Path) -> None:
    """Encrypted, too short, of another kind, or no key: each with a sentence."""
    encrypted = keygen(tmp_path, "encrypted", "ed25519", "-N", "secret").read_bytes()
    short = pem(rsa.generate_private_key(65537, 1024))
    with pytest.raises(ValueError, match="unencrypted"):
        SigningKey.load(encrypted)
    with pytest.raises(ValueError, match="1024 bits"):
        SigningKey.load(short)
    with pytest.raises(ValueError, match="neither"):
        SigningKey.load(pem(dsa.generate_private_key(1024)))
    with pytest.raises(ValueError, match="curve"):
        SigningKey.load(pem(ec.generate_private_key(ec.SECP256K1())))
    with pytest.raises(ValueError, match="unencrypted"):
        SigningKey.load(b"nothing")


def pem(key: rsa.RSAPrivateKey | dsa.DSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    "blob",
    [
        string(b"ssh-rsa") + mpint(65537) + mpint(2**1023 + 1),
        string(b"ssh-rsa") + mpint(65537) + mpint(2**20000 + 1),
        string(b"ssh-rsa") + mpint(0) + mpint(2**2047 + 1),
        strings(b"ssh-ed25519", b"short"),
        strings(b"ecdsa-sha2-nistp256", b"nistp384", b"\4" + bytes(64)),
        strings(b"ecdsa-sha2-nistp256", b"nistp256", b"\4" + bytes(64)),
        strings(b"ecdsa-sha2-nistp256", b"nistp256", b"\0"),
        strings(b"ssh-dss", b"x", b"y"),
        host_keys()[0].blob + b"x",
        b"",
    ],
)
def test_public_keys_that_are_none(blob: bytes) -> None:
    with pytest.raises(ProtocolError):
        keys.decode(blob)


@given(st.binary(max_size=200), st.sampled_from(host_keys()))
def test_any_bytes_at_all(data: bytes, key: SigningKey) -> None:
    """As a key, as a signature."""
    with suppress(ProtocolError):
        keys.decode(string(key.blob[4:15]) + data)
    with suppress(ProtocolError):
        keys.verify(keys.decode(key.blob), key.algorithms[0], string(key.algorithms[0]) + data, DATA)
    with suppress(ProtocolError):
        keys.verify(keys.decode(key.blob), key.algorithms[0], strings(key.algorithms[0], data), DATA)
