"""A real gateway for tests: `twistd tokengate` as a process of its own, in front of the real PostgreSQL of `postgres`.

Its issuer is a key set in a file, so that tests mint whatever token they need; the issuer on the network has tests of
its own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from attrs import define, field
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.support import postgres as real
from tests.support.ports import free_port, listens

ISSUER = "https://ci.example.org"
AUDIENCE = "tokengate"
START_DEADLINE = 30.0
STOP_DEADLINE = 20.0

CONFIG = """
[gateway]
state = {folder}/state
admin = tcp:{admin}:interface=127.0.0.1
log = json
drain_timeout = 3s
operators = operators

[verifier:ci]
use = oidc
issuer = https://ci.example.org
audience = tokengate
jwks_file = {folder}/jwks.json
groups = groups

[enforcer:safety]
use = sql
deny = drop, truncate, unfiltered-write, grant, role, server-file, server-program, remote, admin, replication
hold = write on app.orders

[masker:pii]
use = columns
mask = app.customers.email: partial, *.ssn: redact, app.customers.card: redact,
    app.customers.phone: null, app.events.who: hash

[masker:detect]
use = detectors
find = card, email, iban, us-ssn

[recorder:audit]
use = ndjson
path = {folder}/recordings

[route:plain]
listen = tcp:{plain}:interface=127.0.0.1
{common}

[route:guarded]
listen = tcp:{guarded}:interface=127.0.0.1
enforce = safety
{common}

[route:masked]
listen = tcp:{masked}:interface=127.0.0.1
enforce = safety
mask = pii
{common}

[route:detected]
listen = tcp:{detected}:interface=127.0.0.1
mask = detect
{common}
{extra}
"""

COMMON = """protocol = postgres
upstream = tcp:127.0.0.1:{port}
upstream_ca = {server}/ca.crt
upstream_name = localhost
credential = file:{folder}/credential
databases = sample, other
verify = ci
record = audit
certificate = {folder}/gateway.crt
key = {folder}/gateway.key
max_per_source = 500
rate_per_source = 1000"""

ROUTES = ("plain", "guarded", "masked", "detected")


@define
class Gateway:
    """A running gateway. `ports` by route name, and "admin"."""

    folder: Path
    ports: dict[str, int]
    key: ECKey
    ca: Path
    process: subprocess.Popen[bytes]
    config: str = field(repr=False)

    def token(self, **claims: Any) -> str:
        """A JWT of the issuer the gateway trusts; `claims` replace the usual ones."""
        now = int(time.time())
        usual = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "repo:acme/shop:ref:refs/heads/main",
            "iat": now,
            "exp": now + 600,
        }
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, {**usual, **claims}, self.key, algorithms=["ES256"])

    def conninfo(self, route: str, token: str | None = None, **more: Any) -> str:
        """libpq's connection string for a route."""
        usual = {
            "host": "localhost",
            "hostaddr": "127.0.0.1",
            "port": self.ports[route],
            "user": "ci",
            "password": self.token() if token is None else token,
            "dbname": "sample",
            "sslmode": "verify-full",
            "sslrootcert": str(self.ca),
        }
        return psycopg.conninfo.make_conninfo(**{**usual, **more})

    def connect(self, route: str, token: str | None = None, **more: Any) -> psycopg.Connection[Any]:
        """A psycopg connection in autocommit mode."""
        autocommit = more.pop("autocommit", True)
        return psycopg.connect(self.conninfo(route, token, **more), autocommit=autocommit)

    def psql(self, route: str, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """The real psql; its errors are for the test to judge."""
        command = ["psql", "-X", "-q", "-A", "-t", *arguments, self.conninfo(route)]
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The `tokengate` command from another process, on this gateway's configuration."""
        program = str(Path(sys.executable).with_name("tokengate"))
        command = [program, *arguments, "-c", str(self.folder / "gateway.ini")]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def approvals(self) -> list[dict[str, Any]]:
        """The pending holds, as `tokengate approvals list --json` prints them."""
        listed = self.cli("approvals", "list", "--json")
        assert listed.returncode == 0, listed.stderr
        found: list[dict[str, Any]] = json.loads(listed.stdout)
        return found

    def await_approval(self) -> dict[str, Any]:
        """The one pending hold, once it is there."""
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            if pending := self.approvals():
                return pending[0]
            time.sleep(0.05)
        raise AssertionError("no hold appeared")

    def recordings(self) -> list[Path]:
        """The session files, oldest first."""
        return sorted(self.folder.glob("recordings/*/*.ndjson"), key=lambda path: path.stat().st_mtime_ns)

    def recorded(self) -> str:
        """Everything recorded and logged so far, as one text: what must never hold a secret."""
        files = [*self.recordings(), self.folder / "log", *self.folder.glob("recordings/*.ndjson")]
        return "\n".join(path.read_text() for path in files)

    def rewrite(self, old: str, new: str) -> None:
        """Change the configuration and have it reloaded."""
        path = self.folder / "gateway.ini"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        self.process.send_signal(signal.SIGHUP)

    def memory(self) -> int:
        """Bytes resident in the gateway's process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024


@contextmanager
def gateway(server: real.Server, folder: Path, extra: str = "") -> Iterator[Gateway]:
    """A gateway in front of `server`; `extra` sections are added to the configuration."""
    ports = {name: free_port() for name in (*ROUTES, "admin", "more")}
    key = ECKey.generate_key("P-256", {"kid": "test-key", "use": "sig", "alg": "ES256"})
    (folder / "jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    (folder / "credential").write_text(
        f"postgresql://scram_user:{real.password('scram_user').replace(' ', '%20')}@/sample"
    )
    (folder / "credential").chmod(0o600)
    server.authority.write(folder, "gateway", "localhost", ("localhost", "127.0.0.1"))
    (folder / "gateway.key").chmod(0o600)
    common = COMMON.format(port=server.port, folder=folder, server=server.folder)
    config = CONFIG.format(
        folder=folder, common=common, extra=extra.format(common=common, folder=folder, **ports), **ports
    )
    (folder / "gateway.ini").write_text(config)
    with running(folder, [ports[name] for name in ROUTES]) as process:
        yield Gateway(folder, ports, key, server.folder / "ca.crt", process, config)


@contextmanager
def running(folder: Path, ports: list[int]) -> Iterator[subprocess.Popen[bytes]]:
    """`twistd tokengate` on the configuration in `folder`, once it listens on `ports`."""
    twistd = str(Path(sys.executable).with_name("twistd"))
    command = [twistd, "--nodaemon", "--pidfile=", "tokengate", "-c", str(folder / "gateway.ini")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, env={**os.environ, "PYTHONWARNINGS": "default"}
        )
    try:
        _await_ports(process, ports, folder / "log")
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_ports(process: subprocess.Popen[bytes], ports: list[int], log: Path) -> None:
    deadline = time.monotonic() + START_DEADLINE
    while not all(listens(port) for port in ports):
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the gateway did not start:\n{log.read_text()}")
        time.sleep(0.05)
