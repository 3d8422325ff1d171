"""A running gateway for tests, whatever it stands in front of: `twistd tokengate` as a process of its own.

Its issuer is a key set in a file, so that tests mint whatever token they need. `gateway` and `sshgateway` configure it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.support.ports import listens

ISSUER = "https://ci.example.org"
AUDIENCE = "tokengate"
SUBJECT = "repo:acme/shop:ref:refs/heads/main"
START_DEADLINE = 30.0
STOP_DEADLINE = 20.0

COMMON = """verify = ci
record = audit
max_per_source = 500
rate_per_source = 1000"""
"""Lines of every route: a test opens more connections than one source usually may."""


@define
class Running:
    """A running gateway. `ports` by route name."""

    folder: Path
    ports: dict[str, int]
    key: ECKey
    process: subprocess.Popen[bytes]

    def token(self, **claims: Any) -> str:
        """A JWT of the issuer the gateway trusts, as short as one can be; `claims` replace the usual ones."""
        now = int(time.time())
        usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": SUBJECT, "iat": now, "exp": now + 600}
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, {**usual, **claims}, self.key, algorithms=["ES256"])

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

    def memory(self) -> int:
        """Bytes resident in the gateway's process."""
        return self._memory("VmRSS")

    @contextmanager
    def growth(self) -> Iterator[Callable[[], int]]:
        """Of what happens inside: asked, the most bytes that were resident at a time, over those at the beginning."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")  # the peak is what it is now
        before = self.memory()
        yield lambda: self._memory("VmHWM") - before

    def _memory(self, what: str) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split(f"{what}:")[1].split()[0]) * 1024


def issuer(folder: Path) -> ECKey:
    """A new issuer's key; its key set is `jwks.json` in the folder."""
    key = ECKey.generate_key("P-256", {"kid": "test-key", "use": "sig", "alg": "ES256"})
    (folder / "jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    return key


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
