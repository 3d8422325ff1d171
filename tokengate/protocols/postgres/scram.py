"""SCRAM-SHA-256 and SCRAM-SHA-256-PLUS, the client's half, as a pure exchange of four messages.

Used by `login` to prove the route's credential to the upstream, and to make the upstream prove that it knows it too.
RFC 5802 (the exchange), RFC 7677 (SHA-256), RFC 5929 section 4 (tls-server-end-point), RFC 4013 (SASLprep).
Own code rather than `scramp`, because a password that SASLprep refuses is used as it is, as PostgreSQL itself does,
and because deriving a key must be kept apart from the exchange: it is slow on purpose.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import stringprep
import unicodedata
from base64 import b64decode, b64encode

from attrs import define, field, frozen
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from tokengate.errors import UpstreamError

PLAIN = "SCRAM-SHA-256"
PLUS = "SCRAM-SHA-256-PLUS"

MIN_ITERATIONS = 4096
"""RFC 7677 section 4's least: fewer would let whoever sees the exchange guess the password faster."""

MAX_ITERATIONS = 2_000_000
"""About a second of one core: a hostile upstream must not be able to keep the gateway computing."""

NONCE_BYTES = 24
"""Randomness in our nonce, before base64: 18 would do (as libpq's), more costs nothing."""

_PROHIBITED = (
    stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3, stringprep.in_table_c4,
    stringprep.in_table_c5, stringprep.in_table_c6, stringprep.in_table_c7, stringprep.in_table_c8,
    stringprep.in_table_c9, stringprep.in_table_a1,
)  # fmt: skip


@frozen
class Challenge:
    """The server's first message: the combined nonce, the user's salt, and how often to iterate."""

    nonce: str
    salt: bytes
    iterations: int
    text: str


@define
class ScramClient:
    """One exchange. Every method raises `UpstreamError` when the server doesn't keep to it.

    `binding`: the hash of the server's certificate (`endpoint`) on a TLS connection, None without TLS. `plus`: whether
    the server offered SCRAM-SHA-256-PLUS; if it did not although TLS is up, the server learns that we could have
    ("y"), and refuses when somebody between took its offer away.
    """

    binding: bytes | None = field(default=None, repr=False)
    plus: bool = False
    user: str = ""
    nonce: str = field(factory=lambda: b64encode(secrets.token_bytes(NONCE_BYTES)).decode(), repr=False)
    _expected: bytes = field(default=b"", init=False, repr=False)

    @property
    def mechanism(self) -> str:
        """The SASL mechanism's name."""
        return PLUS if self.plus else PLAIN

    @property
    def _gs2(self) -> str:
        return "p=tls-server-end-point,," if self.plus else "y,," if self.binding else "n,,"

    @property
    def _first_bare(self) -> str:
        return f"n={self.user},r={self.nonce}"

    def first(self) -> bytes:
        """client-first-message. The user name is left empty: PostgreSQL takes the start-up message's."""
        return (self._gs2 + self._first_bare).encode()

    def challenge(self, data: bytes) -> Challenge:
        """Read server-first-message."""
        text = _text(data)
        parts = _attributes(text, "rsi")
        nonce, iterations = parts["r"], parts["i"]
        if not nonce.startswith(self.nonce) or len(nonce) == len(self.nonce):
            raise _broken("its nonce does not continue ours")
        if not iterations.isascii() or not iterations.isdigit() or len(iterations) > len(str(MAX_ITERATIONS)):
            raise _broken("its iteration count is no sensible number")
        if not MIN_ITERATIONS <= int(iterations) <= MAX_ITERATIONS:
            raise _broken(f"it asks for {iterations} iterations, not {MIN_ITERATIONS} to {MAX_ITERATIONS}")
        return Challenge(nonce, _base64(parts["s"]), int(iterations), text)

    def final(self, challenge: Challenge, salted: bytes) -> bytes:
        """client-final-message with the proof. `salted` is what `salt_password` derived."""
        bound = self._gs2.encode() + (self.binding if self.plus and self.binding else b"")
        without_proof = f"c={b64encode(bound).decode()},r={challenge.nonce}"
        signed = f"{self._first_bare},{challenge.text},{without_proof}".encode()
        client_key = _hmac(salted, b"Client Key")
        signature = _hmac(hashlib.sha256(client_key).digest(), signed)
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        self._expected = _hmac(_hmac(salted, b"Server Key"), signed)
        return f"{without_proof},p={b64encode(proof).decode()}".encode()

    def verify(self, data: bytes) -> None:
        """Read server-final-message: the server has to prove that it knows the password's verifier."""
        text = _text(data)
        if text.startswith("e="):
            raise UpstreamError("the upstream refused the gateway's credential", f"SCRAM error {text[2:60]!r}", "28000")
        signature = _base64(_attributes(text, "v")["v"])
        if not self._expected or not hmac.compare_digest(signature, self._expected):
            raise _broken("it does not know the password: it may not be who it claims to be")


def salt_password(password: str, salt: bytes, iterations: int) -> bytes:
    """SaltedPassword: PBKDF2-HMAC-SHA-256 of the prepared password. About 0.3 µs an iteration; releases the GIL."""
    return hashlib.pbkdf2_hmac("sha256", prepare(password).encode(), salt, iterations)


def prepare(password: str) -> str:
    """SASLprep (RFC 4013), or the password unchanged where that refuses it, as PostgreSQL's pg_saslprep callers do."""
    mapped = "".join(" " if stringprep.in_table_c12(c) else c for c in password if not stringprep.in_table_b1(c))
    text = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    if not text or any(check(c) for check in _PROHIBITED for c in text):
        return password
    if any(stringprep.in_table_d1(c) for c in text):
        at_ends = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
        if not at_ends or any(stringprep.in_table_d2(c) for c in text):
            return password
    return text


def endpoint(certificate: x509.Certificate) -> bytes | None:
    """tls-server-end-point: the certificate's hash by its own signature's algorithm, SHA-256 for MD5 and SHA-1.

    None where the signature has no hash of its own (Ed25519): RFC 5929 defines no binding then.
    """
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return None
    if algorithm is None:
        return None
    if isinstance(algorithm, (hashes.MD5, hashes.SHA1)):
        algorithm = hashes.SHA256()
    digest = hashes.Hash(algorithm)
    digest.update(certificate.public_bytes(Encoding.DER))
    return digest.finalize()


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def _broken(how: str) -> UpstreamError:
    return UpstreamError("the upstream's SCRAM exchange can't be trusted", how, "08006")


def _text(data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        raise _broken("a message is not ASCII") from None


def _base64(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise _broken("a value is not base64") from None


def _attributes(text: str, names: str) -> dict[str, str]:
    """The message's attributes, which must begin with exactly these, in order; an extension may follow ("m=" never)."""
    parts = [part.partition("=") for part in text.split(",")]
    if [name for name, _, _ in parts[: len(names)]] != list(names) or not all(value for _, _, value in parts):
        raise _broken(f"a message is not of the form {'=…,'.join(names)}=…")
    return {name: value for name, _, value in parts[: len(names)]}
