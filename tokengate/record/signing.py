"""The key that closes recordings: Ed25519, made once in the state folder; its public half is beside the recordings."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from attrs import field, frozen
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tokengate.errors import ConfigError
from tokengate.store.keyfile import load_or_make

KEY_FILE = "recording.key"
PUBLIC_FILE = "recording.pub"


@frozen
class Signer:
    """Signs footers and ledger lines. `id` names the key: the first 16 hex digits of its public half's SHA-256."""

    key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def load(cls, path: Path) -> Signer:
        """The key in a file, made when there is none. Raises `StoreError`, `ConfigError`."""
        raw = load_or_make(path, lambda: Ed25519PrivateKey.generate().private_bytes_raw())
        if len(raw) != 32:
            raise ConfigError(f"{path} holds no Ed25519 key of 32 bytes")
        return cls(Ed25519PrivateKey.from_private_bytes(raw))

    @property
    def public(self) -> Ed25519PublicKey:
        """The public half."""
        return self.key.public_key()

    def sign(self, text: bytes) -> str:
        """A signature in base64."""
        return base64.b64encode(self.key.sign(text)).decode()


def key_id(public: Ed25519PublicKey) -> str:
    """The name of a key."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def pem(public: Ed25519PublicKey) -> bytes:
    """A public key as a file has it."""
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def load_public(path: Path) -> Ed25519PublicKey:
    """A public key from its PEM file. Raises `ConfigError`."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} holds no public key: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError(f"{path} holds no Ed25519 key")
    return key


def verified(public: Ed25519PublicKey, signature: object, text: bytes) -> bool:
    """Whether a base64 signature is the key's over `text`."""
    try:
        public.verify(base64.b64decode(str(signature), validate=True), text)
    except (InvalidSignature, ValueError):
        return False
    return True
