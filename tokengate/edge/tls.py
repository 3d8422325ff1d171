"""TLS contexts of both sides, through pyOpenSSL: TLS 1.2 and up, forward-secret AEAD ciphers, no renegotiation.

Certificates are verified by OpenSSL, names by service-identity (`verify_name`), as the last part of a stream's
handshake.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from pathlib import Path

from OpenSSL import SSL
from service_identity import CertificateError, VerificationError, pyopenssl

from tokengate.errors import ConfigError

CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2; TLS 1.3's own are all sound."""

UPSTREAM_MODES = ("verify-full", "verify-ca", "require", "off")
"""As libpq's sslmode. There is no mode that falls back to plaintext."""


def server_context(
    certificate: Path,
    key: Path,
    *,
    client_ca: Path | None = None,
    client_certificates: str = "none",
    alpn: Sequence[bytes] = (),
) -> SSL.Context:
    """A listener's context. `client_certificates`: none, optional or required, by `client_ca`. Raises `ConfigError`.

    A client that offers ALPN protocols, none of which is in `alpn`, gets a fatal alert (RFC 7301, section 3.2).
    """
    context = _context()
    _load_chain(context, certificate, key)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_session_id(b"tokengate")
    if client_certificates != "none":
        if client_ca is None:
            raise ConfigError("client certificates need a client_ca")
        _load_ca(context, client_ca)
        strict = SSL.VERIFY_FAIL_IF_NO_PEER_CERT if client_certificates == "required" else 0
        context.set_verify(SSL.VERIFY_PEER | strict)
    if alpn:
        context.set_alpn_select_callback(lambda _, offered: _chosen(alpn, offered))
    return context


def _chosen(ours: Sequence[bytes], offered: Sequence[bytes]) -> bytes:
    for protocol in ours:
        if protocol in offered:
            return protocol
    raise SSL.Error("no ALPN protocol in common")  # which sends the alert


def client_context(
    mode: str, *, ca: Path | None = None, certificate: Path | None = None, key: Path | None = None
) -> SSL.Context:
    """An upstream's context for one of `UPSTREAM_MODES` but "off"; a name is verified by `Stream.start_tls`. Raises
    `ConfigError`.
    """
    context = _context()
    if certificate is not None:
        _load_chain(context, certificate, key or certificate)
    if mode == "require":
        context.set_verify(SSL.VERIFY_NONE)
        return context
    if ca is None:
        context.set_default_verify_paths()
    else:
        _load_ca(context, ca)
    context.set_verify(SSL.VERIFY_PEER)
    return context


def verify_name(connection: SSL.Connection, hostname: str) -> None:
    """Raise ValueError unless the peer's certificate is for `hostname`, a DNS name or an IP address."""
    try:
        if is_address(hostname):
            pyopenssl.verify_ip_address(connection, hostname)
        else:
            pyopenssl.verify_hostname(connection, hostname)
    except (VerificationError, CertificateError) as error:
        raise ValueError(f"the certificate is not for {hostname}") from error


def is_address(hostname: str) -> bool:
    """Whether it is an IP address rather than a name (which alone goes into SNI)."""
    try:
        ipaddress.ip_address(hostname)
    except ValueError:
        return False
    return True


def _context() -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION | SSL.OP_CIPHER_SERVER_PREFERENCE)
    context.set_cipher_list(CIPHERS)
    return context


def _load_chain(context: SSL.Context, certificate: Path, key: Path) -> None:
    try:
        context.use_certificate_chain_file(str(certificate))
        context.use_privatekey_file(str(key))
        context.check_privatekey()
    except SSL.Error as error:
        raise ConfigError(f"the certificate {certificate} or its key {key} can't be used: {error}") from error


def _load_ca(context: SSL.Context, ca: Path) -> None:
    try:
        context.load_verify_locations(str(ca))
    except SSL.Error as error:
        raise ConfigError(f"the CA file {ca} can't be used: {error}") from error
