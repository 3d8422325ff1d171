"""TLS contexts, against Python's own ssl as the other side."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest
from OpenSSL import SSL

from tests.support.certificates import Authority
from tokengate.edge.tls import client_context, server_context
from tokengate.errors import ConfigError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    authority = Authority.create()
    authority.write(tmp_path, "server", "localhost", ("localhost",))
    authority.write(tmp_path, "client", "job", client=True)
    (tmp_path / "ca.crt").write_bytes(authority.pem)
    return tmp_path


def shake(context: SSL.Context, theirs: ssl.SSLContext) -> tuple[SSL.Connection, ssl.SSLSocket]:
    """A handshake between our server side and Python's client side; raises what either raises."""
    ours, other = socket.socketpair()
    connection = SSL.Connection(context, ours)
    connection.set_accept_state()
    problems: list[Exception] = []

    def accept() -> None:
        try:
            connection.do_handshake()
        except SSL.Error as error:
            problems.append(error)
            ours.close()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        wrapped = theirs.wrap_socket(other, server_hostname="localhost")
        wrapped.settimeout(2)
    finally:
        thread.join(5)
    if problems:
        raise problems[0]
    return connection, wrapped


def theirs(folder: Path, **options: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    for name, value in options.items():
        setattr(context, name, value)
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_modern_versions_and_forward_secrecy(folder: Path, version: ssl.TLSVersion) -> None:
    """TLS 1.2 and 1.3, with an ephemeral key exchange and an authenticated cipher."""
    context = server_context(folder / "server.crt", folder / "server.key")
    _, client = shake(context, theirs(folder, minimum_version=version, maximum_version=version))
    name = (client.cipher() or ("", "", 0))[0]
    assert "GCM" in name or "CHACHA20" in name
    assert version is ssl.TLSVersion.TLSv1_3 or name.startswith("ECDHE")


def test_old_versions_and_weak_ciphers_are_refused(folder: Path) -> None:
    """TLS 1.1 and CBC have no place."""
    context = server_context(folder / "server.crt", folder / "server.key")
    weak = theirs(folder, maximum_version=ssl.TLSVersion.TLSv1_2)
    weak.set_ciphers("ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, SSL.Error)):
        shake(context, weak)


def test_alpn(folder: Path) -> None:
    """The offered protocol is taken; none offered is fine; only others offered is a fatal alert."""
    context = server_context(folder / "server.crt", folder / "server.key", alpn=(b"postgresql",))
    offering = theirs(folder)
    offering.set_alpn_protocols(["http/1.1", "postgresql"])
    assert shake(context, offering)[1].selected_alpn_protocol() == "postgresql"
    assert shake(context, theirs(folder))[1].selected_alpn_protocol() is None
    other = theirs(folder)
    other.set_alpn_protocols(["http/1.1"])
    with pytest.raises((ssl.SSLError, SSL.Error)):
        shake(context, other)


def test_client_certificates(folder: Path) -> None:
    """Required: a client without one, or with another CA's, is refused; optional: it may come without."""
    ca = folder / "ca.crt"
    required = server_context(
        folder / "server.crt", folder / "server.key", client_ca=ca, client_certificates="required"
    )
    with_one = theirs(folder)
    with_one.load_cert_chain(folder / "client.crt", folder / "client.key")
    connection, _ = shake(required, with_one)
    assert "job" in str(connection.get_peer_certificate(as_cryptography=True).subject)
    with pytest.raises((ssl.SSLError, SSL.Error)):
        _, client = shake(required, theirs(folder))
        client.recv(1)
    optional = server_context(
        folder / "server.crt", folder / "server.key", client_ca=ca, client_certificates="optional"
    )
    assert shake(optional, theirs(folder))[0].get_peer_certificate() is None


def test_files_that_cannot_be_used_are_config_errors(folder: Path, tmp_path: Path) -> None:
    """A missing certificate, another's key, a CA file of nonsense, a CA that is needed and not named."""
    Authority.create().write(tmp_path, "other", "x")
    (tmp_path / "nonsense").write_text("nonsense")
    with pytest.raises(ConfigError):
        server_context(folder / "missing.crt", folder / "server.key")
    with pytest.raises(ConfigError):
        server_context(folder / "server.crt", tmp_path / "other.key")
    with pytest.raises(ConfigError):
        client_context("verify-full", ca=tmp_path / "nonsense")
    with pytest.raises(ConfigError):
        server_context(folder / "server.crt", folder / "server.key", client_certificates="required")
