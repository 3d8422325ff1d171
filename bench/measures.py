"""What is measured of a target. Every function does one short run and returns plain numbers; `__main__` interleaves
and sums up.
"""

from __future__ import annotations

import re
import socket
import struct
import subprocess
import time
import urllib.request

from attrs import frozen

from bench.targets import Target
from tokengate.protocols.postgres import wire

MILLION = "select id, name, email, ssn, note from million"


@frozen
class Rate:
    """`per_second` of something, `latency` of one in ms, and the proxy's `cpu` for one in µs."""

    per_second: float
    latency: float
    cpu: float


def pgbench(target: Target, mode: str, clients: int, seconds: float) -> Rate:
    """Select-only pgbench transactions (`mode`: simple or prepared)."""
    command = ["pgbench", "-n", "-S", "-M", mode, "-c", str(clients), "-j", "1", "-T", str(max(1, round(seconds)))]
    before = target.cpu()
    done = subprocess.run(command, env=target.environment(), capture_output=True, text=True, check=True)
    used = target.cpu() - before
    count = int(_number(r"actually processed: (\d+)", done.stdout))
    return Rate(
        _number(r"tps = ([\d.]+)", done.stdout),
        _number(r"latency average = ([\d.]+)", done.stdout),
        used / count * 1e6,
    )


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"no {pattern} in: {text}")
    return float(found[1])


def fill_million(target: Target) -> None:
    """A table of 1,000,000 rows of five columns, two of them sensitive."""
    text = (
        "create table million as select i as id, 'name ' || i as name, 'user' || i || '@example.com' as email, "
        "lpad(i::text, 9, '0') as ssn, md5(i::text) as note from generate_series(1, 1000000) i; vacuum analyze million"
    )
    for part in text.split("; "):
        subprocess.run(["psql", "-qc", part], env=target.environment(), check=True)


def rows(target: Target) -> tuple[float, float]:
    """Seconds, and the proxy's CPU seconds, to receive the million rows. The client only counts bytes."""
    with _login(target) as sock:
        before, began = target.cpu(), time.perf_counter()
        sock.sendall(wire.query(MILLION.encode()))
        buffer = bytearray(1 << 20)
        tail = b""
        while not tail.endswith(wire.ready_for_query()):
            count = sock.recv_into(buffer)
            if not count:
                raise RuntimeError(f"{target.name} closed the connection")
            tail = (tail + buffer[max(0, count - 6) : count])[-6:]
        return time.perf_counter() - began, target.cpu() - before


def _login(target: Target) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", target.port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(wire.startup_message(wire.PROTOCOL_3_0, {"user": "postgres", "database": "bench"}))
    kind = b""
    while kind != b"Z":
        kind, payload = _message(sock)
        if kind == b"R" and payload == struct.pack("!i", 3):
            sock.sendall(wire.message(b"p", wire.cstring(target.password)))
        elif kind == b"E":
            raise RuntimeError(f"{target.name}: {wire.parse_error_fields(payload)}")
    return sock


def _message(sock: socket.socket) -> tuple[bytes, bytes]:
    head = _exactly(sock, 5)
    return head[:1], _exactly(sock, struct.unpack("!i", head[1:])[0] - 4)


def _exactly(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            raise RuntimeError("connection closed")
        data += piece
    return data


def idle_memory(target: Target, sessions: int) -> float:
    """Bytes of the proxy's memory for one idle session (a pair of connections)."""
    open_sessions = [_login(target) for _ in range(10)]
    time.sleep(1.0)
    before = target.memory()
    open_sessions += [_login(target) for _ in range(sessions)]
    time.sleep(1.0)
    grown = target.memory() - before
    for sock in open_sessions:
        sock.close()
    time.sleep(1.0)
    return grown / sessions


def understood(target: Target) -> tuple[int, int]:
    """How many statements a tokengate has found in its cache, and how many it has analysed."""
    with urllib.request.urlopen(f"http://127.0.0.1:{target.admin}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    route = target.name.removeprefix("tokengate-")
    counts = dict.fromkeys(("hit", "miss"), 0)
    for word in counts:
        found = re.search(rf'tokengate_statements_total{{cache="{word}",route="{route}"}} ([\d.]+)', text)
        counts[word] = int(float(found[1])) if found else 0
    return counts["hit"], counts["miss"]


def connections(target: Target, seconds: float) -> Rate:
    """Log-ins a second, one after the other: connect, (TLS,) token, one query, close."""
    command = ["pgbench", "-n", "-C", "-f", "/dev/stdin", "-c", "2", "-j", "1", "-T", str(max(1, round(seconds)))]
    before = target.cpu()
    done = subprocess.run(
        command, env=target.environment(), input="select 1;", capture_output=True, text=True, check=True
    )
    count = int(_number(r"actually processed: (\d+)", done.stdout))
    rate = _number(r"tps = ([\d.]+)", done.stdout)
    return Rate(rate, _number(r"latency average = ([\d.]+)", done.stdout), (target.cpu() - before) / count * 1e6)
