"""What is compared: PostgreSQL itself, pgbouncer, haproxy in TCP mode, and tokengate in its ways.

Each target is a (host, port, user, password) that pgbench can talk to, and the process ids whose CPU is its cost.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from attrs import define

from tests.support import postgres as real
from tests.support.ports import free_port, listens

TOKEN = "tg_bench_0123456789abcdef0123456789abcdef"
START_DEADLINE = 20.0
MAX_CLIENTS = 1100

GATEWAY = """
[gateway]
state = {folder}/state
admin = tcp:{admin}:interface=127.0.0.1
log = text

[verifier:bench]
use = tokens
path = {folder}/tokens

[enforcer:policy]
use = sql
deny = ddl, truncate, unfiltered-write, role, server-file, server-program

[masker:pii]
use = columns
mask = public.million.email: partial, public.million.ssn: redact

[masker:detect]
use = detectors
find = card, email, iban

[recorder:audit]
use = ndjson
path = {folder}/recordings

[route:plain]
protocol = postgres
listen = tcp:{plain}:interface=127.0.0.1
{common}

[route:masked]
protocol = postgres
listen = tcp:{masked}:interface=127.0.0.1
mask = pii
{common}

[route:detected]
protocol = postgres
listen = tcp:{detected}:interface=127.0.0.1
mask = detect
{common}

[route:secure]
protocol = postgres
listen = tcp:{secure}:interface=127.0.0.1
certificate = {folder}/server.crt
key = {folder}/server.key
{secure_common}
"""

COMMON = """upstream = tcp:127.0.0.1:{port}
upstream_tls = off
credential = file:{folder}/credential
verify = bench
enforce = policy
record = audit
max_connections = 2000
max_per_source = 2000
rate_per_source = 100000"""

PGBOUNCER = """
[databases]
* = host=127.0.0.1 port={port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
auth_type = trust
auth_file = {folder}/users
pool_mode = session
max_client_conn = 2000
default_pool_size = 1200
pkt_buf = 65536
unix_socket_dir =
ignore_startup_parameters = extra_float_digits
server_tls_sslmode = disable
client_tls_sslmode = {tls}
client_tls_key_file = {folder}/server.key
client_tls_cert_file = {folder}/server.crt
log_connections = 0
log_disconnections = 0
"""

HAPROXY = """
global
  nbthread 1
  maxconn 5000
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend in
  bind 127.0.0.1:{listen}
  default_backend db
backend db
  server db 127.0.0.1:{port}
"""


@define
class Target:
    """One way to the database. `pids`: the proxy's processes; empty for a direct connection. `admin`: the port of its
    metrics.
    """

    name: str
    port: int
    password: str = ""
    pids: tuple[int, ...] = ()
    tls: bool = False
    admin: int = 0

    def environment(self) -> dict[str, str]:
        """libpq's variables for it."""
        where = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "postgres", "PGDATABASE": "bench"}
        return {**os.environ, **where, "PGPASSWORD": self.password, "PGSSLMODE": "require" if self.tls else "disable"}

    def cpu(self) -> float:
        """Seconds of CPU its processes have used."""
        return cpu(self.pids)

    def memory(self) -> int:
        """Bytes resident in its processes."""
        sizes = (re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()) for pid in self.pids)
        return sum(int(size[1]) * 1024 for size in sizes if size)


def cpu(pids: Sequence[int], *, children: bool = False) -> float:
    """Seconds of CPU that these processes have used, and their ended `children`."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
        ticks += sum(map(int, fields[11 : 15 if children else 13]))
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def targets() -> Iterator[dict[str, Target]]:
    """All of them, running, over one database "bench" that pgbench has filled."""
    real.SETTINGS = real.SETTINGS.replace("max_connections = 60", f"max_connections = {MAX_CLIENTS + 100}")
    with ExitStack() as stack:
        server = stack.enter_context(real.server(_programs()))
        folder = server.folder / "bench"
        folder.mkdir(mode=0o755)
        server.psql("create database bench", "postgres")
        direct = Target("direct", server.port)
        subprocess.run(["pgbench", "-i", "-q", "-s", "10"], env=direct.environment(), check=True, capture_output=True)
        server.authority.write(folder, "server", "localhost", ("localhost", "127.0.0.1"))
        found = {"direct": direct}
        if shutil.which("pgbouncer"):
            found["pgbouncer"] = stack.enter_context(_pgbouncer(folder, server.port, "disable", "pgbouncer"))
            found["pgbouncer-tls"] = stack.enter_context(_pgbouncer(folder, server.port, "require", "pgbouncer-tls"))
        if shutil.which("haproxy"):
            found["haproxy"] = stack.enter_context(_haproxy(folder, server.port))
        found.update(stack.enter_context(_tokengate(folder, server.port)))
        yield found


@contextmanager
def _process(command: list[str], ports: list[int], log: Path, user: str | None = None) -> Iterator[int]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, user=user)
    try:
        deadline = time.monotonic() + START_DEADLINE
        for port in ports:
            while not listens(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{command[0]} did not start:\n{log.read_text()}")
                time.sleep(0.05)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def _pgbouncer(folder: Path, port: int, tls: str, name: str) -> Iterator[Target]:
    listen = free_port()
    (folder / "users").write_text('"postgres" ""\n')
    config = folder / f"{name}.ini"
    config.write_text(PGBOUNCER.format(port=port, listen=listen, folder=folder, tls=tls))
    for path in folder.iterdir():
        path.chmod(0o644)
    with _process(["pgbouncer", str(config)], [listen], folder / f"{name}.log", "postgres") as pid:
        yield Target(name, listen, pids=(pid,), tls=tls == "require")


@contextmanager
def _haproxy(folder: Path, port: int) -> Iterator[Target]:
    listen = free_port()
    config = folder / "haproxy.cfg"
    config.write_text(HAPROXY.format(port=port, listen=listen))
    with _process(["haproxy", "-db", "-f", str(config)], [listen], folder / "haproxy.log") as pid:
        yield Target("haproxy", listen, pids=(pid,))


@contextmanager
def _tokengate(folder: Path, port: int) -> Iterator[dict[str, Target]]:
    names = ("plain", "masked", "detected", "secure")
    ports = {name: free_port() for name in names}
    admin = free_port()
    common = COMMON.format(port=port, folder=folder)
    text = GATEWAY.format(folder=folder, common=common + "\ntls = off", secure_common=common, admin=admin, **ports)
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    files = {
        "gateway.ini": text,
        "tokens": f"sha256:{digest} subject=bench kind=workload\n",
        "credential": "postgresql://postgres@/bench",
    }
    for name, content in files.items():
        (folder / name).write_text(content)
        (folder / name).chmod(0o600)
    (folder / "server.key").chmod(0o600)
    twistd = Path(sys.executable).with_name("twistd")
    command = [str(twistd), "--nodaemon", "--pidfile=", "tokengate", "-c", str(folder / "gateway.ini")]
    with _process(command, list(ports.values()), folder / "tokengate.log") as pid:
        yield {
            f"tokengate-{name}": Target(f"tokengate-{name}", port, TOKEN, (pid,), name == "secure", admin)
            for name, port in ports.items()
        }


def _programs() -> Path:
    programs = real.binaries()
    if programs is None:
        raise RuntimeError("no PostgreSQL server is installed")
    return programs
