"""Real OpenSSH for tests: its client as a command, its server on loopback, its keys and certificates.

Nothing of the user's own is read or written: every command has its own folder and no configuration file.
"""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define
from twisted.internet.utils import getProcessOutputAndValue

from tests.support.ports import free_port, listens

SSHD = "/usr/sbin/sshd"
START_DEADLINE = 15.0

OPTIONS = (
    "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null", "LogLevel=ERROR",
    "IdentityAgent=none", "NumberOfPasswordPrompts=1",
)  # fmt: skip

KEY_TYPES = {"ed25519": [], "ecdsa-256": ["-b", "256"], "ecdsa-384": ["-b", "384"], "ecdsa-521": ["-b", "521"]}


@define
class Ran:
    """How a command ended."""

    output: bytes
    errors: str
    code: int


@define
class Client:
    """The ssh command. `token` answers every prompt."""

    folder: Path
    token: str

    def command(self, port: int, *options: str, user: str = "ci", program: str = "ssh") -> list[str]:
        """The command line up to the destination's own command. ssh takes the first value of an option."""
        words = [program, "-F", "none", *(word for option in (*options, *OPTIONS) for word in ("-o", option))]
        return [*words, "-p", str(port), f"{user}@127.0.0.1"]

    async def run(
        self,
        port: int,
        remote: str,
        *options: str,
        user: str = "ci",
        sends: int = 0,
        keys: bool = False,
        drops: bool = False,
    ) -> Ran:
        """Run `remote` with `sends` zero bytes as its input. Without `keys` no public key is offered; `drops` throws
        its output away.
        """
        chosen = options if keys else (*options, "PubkeyAuthentication=no")
        words = [*self.command(port, *chosen, user=user), remote]
        script = f'head -c {sends} /dev/zero | exec timeout 100 "$@"' + (" > /dev/null" if drops else "")
        return await run("sh", "-c", script, "sh", *words, SSH_ASKPASS=self._askpass(), SSH_ASKPASS_REQUIRE="force")

    def _askpass(self) -> str:
        path = self.folder / "askpass"
        if not path.exists():
            path.write_text(f"#!/bin/sh\necho '{self.token}'\n")
            path.chmod(0o700)
        return str(path)


async def run(program: str, *arguments: str, **environment: str) -> Ran:
    """A command's end, the reactor running meanwhile."""
    env = {**os.environ, **environment}
    env.pop("SSH_AUTH_SOCK", None)
    found = shutil.which(program)
    assert found is not None, program
    output, errors, code = await getProcessOutputAndValue(found, arguments, env=env)
    return Ran(output, errors.decode("utf-8", "replace"), code)


def keygen(folder: Path, name: str, kind: str = "ed25519", *options: str) -> Path:
    """A new private key's path; its public one lies beside it."""
    path = folder / name
    bits = KEY_TYPES.get(kind, ["-b", "2048"])
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind.partition("-")[0], *bits, "-N", "", "-f", str(path), *options],
        check=True, capture_output=True,
    )  # fmt: skip
    return path


def sign(authority: Path, public: Path, *options: str) -> Path:
    """A certificate of `public` by ssh-keygen: the path of the file it writes."""
    command = ["ssh-keygen", "-q", "-s", str(authority), *options, str(public)]
    subprocess.run(command, check=True, capture_output=True)
    return public.with_name(public.name.removesuffix(".pub") + "-cert.pub")


@define
class Server:
    """A running sshd. `folder` holds its host keys, `host_KIND`."""

    folder: Path
    port: int
    process: subprocess.Popen[Any]

    @property
    def user(self) -> str:
        """Who may log in: whoever runs the tests."""
        return getpass.getuser()

    @property
    def log(self) -> str:
        """What sshd said."""
        return (self.folder / "sshd.log").read_text()


@contextmanager
def sshd(folder: Path, *settings: str, kinds: tuple[str, ...] = ("ed25519", "ecdsa-256", "rsa")) -> Iterator[Server]:
    """sshd with these lines in its configuration, as the current user."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = [path if (path := folder / f"host_{kind}").exists() else keygen(folder, path.name, kind) for kind in kinds]
    port = free_port()
    lines = [
        f"Port {port}", "ListenAddress 127.0.0.1", "UsePAM no", "PidFile none", "StrictModes no",
        "PermitRootLogin yes", "PasswordAuthentication no", "MaxStartups 100",
        *(f"HostKey {key}" for key in keys), *settings,
    ]  # fmt: skip
    (folder / "sshd_config").write_text("\n".join(lines) + "\n")
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)  # where its unprivileged half is locked into
    with (folder / "sshd.log").open("w") as log:
        process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=log)
    try:
        _wait(process, port)
        yield Server(folder, port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _wait(process: subprocess.Popen[Any], port: int) -> None:
    deadline = time.monotonic() + START_DEADLINE
    while not listens(port):
        assert process.poll() is None, "sshd does not start"
        assert time.monotonic() < deadline, "sshd does not listen"
        time.sleep(0.02)
