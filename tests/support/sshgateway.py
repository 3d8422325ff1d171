"""A real gateway with SSH routes for tests: `twistd tokengate` in front of a real sshd, and the real clients.

Its routes: `open` (everything that can be allowed), `closed` (commands alone, for old clients too), `judged` (rules that refuse and hold),
`masked`, `commands` (the enforcer shell), `offering` (agent and X11), `certified` (a certificate for each session).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field

from tests.support import openssh
from tests.support import running as base
from tests.support.ports import free_port
from tests.support.running import Running, issuer, running

CONFIG = """
[gateway]
state = {folder}/state
log = text
drain_timeout = 1s

[verifier:ci]
use = oidc
issuer = {issuer}
audience = {audience}
jwks_file = {folder}/jwks.json

[enforcer:rules]
use = expression
deny = action.text.contains("forbidden") || action.writes.exists(p, p.contains("/protected/"))
hold = action.text.contains("held")
reason = the rules say so
timeout = 30s

[enforcer:commands]
use = shell
allow = echo *, cat, write {folder}/files/*, read {folder}/files/*
hold = echo held

[masker:detect]
use = detectors
find = card, email, private-key

[recorder:audit]
use = ndjson
path = {folder}/recordings

[route:open]
listen = tcp:{open}:interface=127.0.0.1
{common}
allow = exec, shell, pty, sftp
direct_tcpip = 127.0.0.1:*
tcpip_forward = 127.0.0.1:*
symlinks = yes
record_input = yes
targets = other=tcp:127.0.0.1:{target}, foreign=tcp:127.0.0.1:{foreign}

[route:closed]
listen = tcp:{closed}:interface=127.0.0.1
{common}
allow = exec
algorithms = compatible

[route:judged]
listen = tcp:{judged}:interface=127.0.0.1
{common}
targets = foreign=tcp:127.0.0.1:{foreign}
enforce = rules
direct_tcpip = 127.0.0.1:*
allow = exec, shell, pty, sftp

[route:masked]
listen = tcp:{masked}:interface=127.0.0.1
{common}
mask = detect
allow = exec, shell, pty, sftp
direct_tcpip = *:*

[route:commands]
listen = tcp:{commands}:interface=127.0.0.1
{common}
enforce = commands
allow = exec, shell, pty, sftp

[route:offering]
listen = tcp:{offering}:interface=127.0.0.1
{common}
allow = exec, agent, x11

[route:certified]
listen = tcp:{certified}:interface=127.0.0.1
{certified_common}
login = ca
"""

COMMON = (
    """protocol = ssh
upstream = tcp:127.0.0.1:{target}
known_hosts = {folder}/known_hosts
users = ci={user}, deploy={user}
credential = file:{folder}/{credential}
"""
    + base.COMMON
)

ROUTES = ("open", "closed", "judged", "masked", "commands", "offering", "certified")

FOREIGN = "foreign"
"""A target that a test may start itself, at `ports[FOREIGN]` with the host key in the file of this name."""


@define
class SshGateway(Running):
    """A running gateway in front of `target`."""

    target: openssh.Server
    _tokens: int = field(default=0, init=False)

    def environment(self, token: str | None = None) -> dict[str, str]:
        """A client's environment, its token answered to every prompt."""
        self._tokens += 1
        askpass = self.folder / f"askpass{self._tokens}"
        askpass.write_text(f"#!/bin/sh\necho '{self.token() if token is None else token}'\n")
        askpass.chmod(0o700)
        env = {**os.environ, "SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force", "HOME": str(self.folder)}
        env.pop("SSH_AUTH_SOCK", None)
        return env

    def options(self, *more: str) -> list[str]:
        """The options that keep a client to itself."""
        words = (*more, *openssh.OPTIONS, "PubkeyAuthentication=no")
        return ["-F", "none", *(word for option in words for word in ("-o", option))]

    def command(self, route: str, *words: str, user: str = "ci", options: tuple[str, ...] = ()) -> list[str]:
        """An ssh command line."""
        return ["ssh", *self.options(*options), "-p", str(self.ports[route]), f"{user}@127.0.0.1", *words]

    def ssh(self, route: str, *words: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
        """Run ssh to its end."""
        token, user = more.pop("token", None), more.pop("user", "ci")
        command = self.command(route, *words, user=user, options=more.pop("options", ()))
        return self.run(command, token=token, **more)

    def run(self, command: list[str], token: str | None = None, **more: Any) -> subprocess.CompletedProcess[bytes]:
        """Run any client to its end."""
        usual = {"capture_output": True, "timeout": 120, "check": False, "env": self.environment(token)}
        if "input" not in more and "stdin" not in more:
            usual["stdin"] = subprocess.DEVNULL
        return subprocess.run(command, **{**usual, **more})

    def start(self, route: str, *words: str, **more: Any) -> subprocess.Popen[bytes]:
        """Start ssh."""
        token, user = more.pop("token", None), more.pop("user", "ci")
        command = self.command(route, *words, user=user, options=more.pop("options", ()))
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, env=self.environment(token), **{"stdin": pipe, "stdout": pipe, "stderr": pipe, **more}
        )

    def events(self, which: int = -1) -> list[dict[str, Any]]:
        """The lines of a recording, of the last one by default, once it is closed."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            paths = sorted(self.folder.glob("recordings/*/*.ndjson"))
            lines = [json.loads(line) for line in paths[which].read_bytes().splitlines()]
            if lines and lines[-1]["kind"] == "footer":
                return lines
            time.sleep(0.05)
        raise AssertionError("the recording is not closed")


def route(name: str, verify: str, *lines: str) -> str:
    """The section of a further route with verifiers of its own."""
    common = COMMON.replace("verify = ci", f"verify = {verify}").replace("{credential}", "login")
    return "\n".join(("", f"[route:{name}]", f"listen = tcp:{{{name}}}:interface=127.0.0.1", common, *lines, ""))


@contextmanager
def ssh_gateway(folder: Path, more: str = "", routes: tuple[str, ...] = ()) -> Iterator[SshGateway]:
    """A gateway in front of a real sshd that takes its key, and its authority's certificates. `more`: further sections,
    with these `routes` in them.
    """
    login, authority = openssh.keygen(folder, "login"), openssh.keygen(folder, "authority")
    authorized = folder / "authorized_keys"
    shutil.copy(login.with_name("login.pub"), authorized)
    settings = (f"AuthorizedKeysFile {authorized}", f"TrustedUserCAKeys {authority}.pub", "AcceptEnv *")
    extra = ("Subsystem sftp /usr/lib/openssh/sftp-server", "AllowTcpForwarding yes", "MaxSessions 200")
    extra = (*extra, "X11Forwarding yes", "XAuthLocation /usr/bin/xauth")
    extra = (*extra, f"SetEnv XAUTHORITY={folder}/xauthority SHLVL=2")  # at which bash reads no ~/.bashrc of the user's
    with openssh.sshd(folder / "target", *settings, *extra) as target:
        ports = {name: free_port() for name in (*ROUTES, *routes, FOREIGN)}
        keys = [*target.folder.glob("host_*.pub")]
        openssh.keygen(folder, FOREIGN)
        names = [f"[127.0.0.1]:{target.port} {path.read_text()}" for path in keys]
        names.append(f"[127.0.0.1]:{ports[FOREIGN]} {(folder / FOREIGN).with_suffix('.pub').read_text()}")
        (folder / "known_hosts").write_text("".join(names))
        key = issuer(folder)
        common = {"folder": folder, "user": target.user, "target": target.port}
        config = (CONFIG + more).format(
            common=COMMON.format(credential="login", **common),
            certified_common=COMMON.format(credential="authority", **common),
            issuer=base.ISSUER, audience=base.AUDIENCE, **common, **ports,
        )  # fmt: skip
        (folder / "gateway.ini").write_text(config)
        with running(folder, [ports[name] for name in (*ROUTES, *routes)]) as process:
            yield SshGateway(folder, ports, key, process, target)
