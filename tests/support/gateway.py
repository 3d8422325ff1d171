"""A real gateway with PostgreSQL routes for tests, in front of the real server of `postgres`.

The issuer on the network has tests of its own.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from attrs import define, field

from tests.support import postgres as real
from tests.support import running as base
from tests.support.ports import free_port
from tests.support.running import Running, issuer, running

CONFIG = """
[gateway]
state = {folder}/state
admin = tcp:{admin}:interface=127.0.0.1
log = json
drain_timeout = 3s
operators = operators

[verifier:ci]
use = oidc
issuer = {issuer}
audience = {audience}
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

COMMON = (
    """protocol = postgres
upstream = tcp:127.0.0.1:{port}
upstream_ca = {server}/ca.crt
upstream_name = localhost
credential = file:{folder}/credential
databases = sample, other
certificate = {folder}/gateway.crt
key = {folder}/gateway.key
"""
    + base.COMMON
)

ROUTES = ("plain", "guarded", "masked", "detected")


@define
class Gateway(Running):
    """A running gateway. `ports` by route name, and "admin"."""

    ca: Path
    config: str = field(repr=False)

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


@contextmanager
def gateway(server: real.Server, folder: Path, extra: str = "") -> Iterator[Gateway]:
    """A gateway in front of `server`; `extra` sections are added to the configuration."""
    ports = {name: free_port() for name in (*ROUTES, "admin", "more")}
    key = issuer(folder)
    (folder / "credential").write_text(
        f"postgresql://scram_user:{real.password('scram_user').replace(' ', '%20')}@/sample"
    )
    (folder / "credential").chmod(0o600)
    server.authority.write(folder, "gateway", "localhost", ("localhost", "127.0.0.1"))
    (folder / "gateway.key").chmod(0o600)
    common = COMMON.format(port=server.port, folder=folder, server=server.folder)
    config = CONFIG.format(
        folder=folder, common=common, extra=extra.format(common=common, folder=folder, **ports), issuer=base.ISSUER,
        audience=base.AUDIENCE, **ports,
    )  # fmt: skip
    (folder / "gateway.ini").write_text(config)
    with running(folder, [ports[name] for name in ROUTES]) as process:
        yield Gateway(folder, ports, key, process, server.folder / "ca.crt", config)


@contextmanager
def routed(server: real.Server, folder: Path, name: str, route: str, schema: str, drop: str) -> Iterator[Gateway]:
    """A gateway with one route more, called `name`, over what the SQL `schema` makes and `drop` unmakes."""
    server.psql(schema)
    try:
        with gateway(server, folder, route) as found:
            found.ports[name] = found.ports["more"]
            yield found
    finally:
        server.psql(drop)
