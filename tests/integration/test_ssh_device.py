"""Logging in to SSH by a link: the real client, a real OpenID provider, a person at its pages."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import openid
from tests.support.ports import free_port
from tests.support.sshgateway import SshGateway, route, ssh_gateway

SECRET = "a secret: of the test's"

MORE = """
[verifier:persons]
use = oidc
issuer = http://127.0.0.1:PROVIDER
insecure_http = yes
audience = gateway
kind = human
device_client_id = gateway

[verifier:hasty]
use = oidc
issuer = http://127.0.0.1:PROVIDER
insecure_http = yes
audience = confidential
device_client_id = confidential
device_client_secret = file:client-secret
device_timeout = 9s

[verifier:gone]
use = oidc
issuer = http://127.0.0.1:NOBODY
insecure_http = yes
audience = gateway
device_client_id = gateway
"""

ROUTES = {"linked": "persons, ci", "hasty": "hasty", "gone": "gone, ci"}

INTERACTIVE = ("PreferredAuthentications=keyboard-interactive", "LogLevel=INFO")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshGateway]:
    """`twistd tokengate` between an sshd and a provider, with routes whose log-ins take four seconds at most."""
    folder = tmp_path_factory.mktemp("ssh")
    secret = folder / "client-secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    with openid.provider() as port:
        text = MORE.replace("PROVIDER", str(port)).replace("NOBODY", str(free_port()))
        text += "".join(route(name, verify, "handshake_timeout = 4s") for name, verify in ROUTES.items())
        with ssh_gateway(folder, text, tuple(ROUTES)) as running:
            yield running


def waiting(gateway: SshGateway, route: str = "linked") -> tuple[subprocess.Popen[bytes], str]:
    """An ssh that answers the prompt with nothing, and the link it was shown."""
    process = gateway.start(route, "echo in", token="", options=INTERACTIVE, stdin=subprocess.DEVNULL)
    assert process.stderr is not None
    shown = b""
    while (found := re.search(rb"open (http\S+)\s", shown)) is None:
        line = process.stderr.readline()
        assert line, shown
        shown += line
    return process, found[1].decode()


def ended(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes, int]:
    out, err = process.communicate(timeout=30)
    return out, err, process.returncode


def test_a_person_logs_in(gateway: SshGateway) -> None:
    """Longer than a login usually may take; who approved is who is recorded, until the issuer's token ends."""
    process, link = waiting(gateway)
    time.sleep(5)
    assert process.poll() is None
    assert "success" in openid.visit(link, "alice")
    out, err, code = ended(process)
    assert (out, code) == (b"in\n", 0), err
    principal = gateway.events()[1]["principal"]
    assert (principal["subject"], principal["verifier"], principal["kind"]) == ("alice", "persons", "human")
    assert principal["expires_at"] > time.time() + 60


def test_at_a_terminal(gateway: SshGateway) -> None:
    """As a person does it: read, open, approve, press Enter."""
    command = gateway.command("linked", "echo in", options=INTERACTIVE)
    process, terminal = pty.fork()
    if process == 0:
        os.execvp(command[0], command)
    try:
        shown = read(terminal, b"or a token: ")
        link = re.search(rb"open (http\S+)\s", shown)
        code = re.search(rb"the code (\S+)\.", shown)
        assert link is not None
        assert code is not None
        assert code[1] in link[1]
        openid.visit(link[1].decode(), "bob")
        os.write(terminal, b"\n")
        assert b"in" in read(terminal, b"in\r\n")
    finally:
        os.close(terminal)
        os.waitpid(process, 0)
    assert gateway.events()[1]["principal"]["subject"] == "bob"


def read(terminal: int, until: bytes) -> bytes:
    shown, deadline = b"", time.monotonic() + 20
    while until not in shown:
        ready, _, _ = select.select([terminal], [], [], 1)
        assert time.monotonic() < deadline, shown
        shown += os.read(terminal, 4096) if ready else b""
    return shown


def test_a_client_with_a_secret(gateway: SshGateway) -> None:
    process, link = waiting(gateway, "hasty")
    openid.visit(link, "carol")
    out, err, code = ended(process)
    assert (out, code) == (b"in\n", 0), err


def test_a_token_at_the_prompt(gateway: SshGateway) -> None:
    """Is taken instead; a wrong one is refused."""
    assert gateway.ssh("linked", "echo in", options=INTERACTIVE).stdout == b"in\n"
    assert gateway.ssh("linked", "echo in", options=INTERACTIVE, token="wrong").returncode == 255


def test_those_who_are_not_asked(gateway: SshGateway) -> None:
    """Passwords work as ever, and whoever can't be asked hears of no link."""
    ran = gateway.ssh("linked", "echo in", options=("PreferredAuthentications=password", "LogLevel=INFO"))
    assert ran.stdout == b"in\n"
    assert b"http" not in ran.stderr
    ran = gateway.ssh("linked", "echo in", options=("BatchMode=yes", "LogLevel=INFO"))
    assert ran.returncode == 255
    assert b"http" not in ran.stderr


def test_a_person_declines(gateway: SshGateway) -> None:
    process, link = waiting(gateway)
    openid.visit(link, "mallory", approve=False)
    _, err, code = ended(process)
    assert code == 255
    assert b"tokengate: the login was declined" in err


def test_nobody_approves(gateway: SshGateway) -> None:
    """Within the verifier's time."""
    process, _ = waiting(gateway, "hasty")
    _, err, code = ended(process)
    assert code == 255
    assert b"tokengate: the login was not approved in time" in err


def test_an_approval_that_comes_too_late(gateway: SshGateway) -> None:
    """The client has left: no session begins."""
    before = recordings(gateway)
    process, link = waiting(gateway)
    process.kill()
    process.wait()
    openid.visit(link, "alice")
    time.sleep(7)
    assert recordings(gateway) == before


def recordings(gateway: SshGateway) -> list[Any]:
    return sorted(gateway.folder.glob("recordings/*/*.ndjson"))


def test_an_issuer_that_is_gone(gateway: SshGateway) -> None:
    """Nobody gets a link; tokens of another issuer are still taken at the prompt, and nothing lets nobody in."""
    ran = gateway.ssh("gone", "echo in", options=INTERACTIVE)
    assert ran.stdout == b"in\n"
    assert b"Nobody can log in by a link now" in ran.stderr
    assert gateway.ssh("gone", "echo in", options=INTERACTIVE, token="").returncode == 255


def test_nothing_secret_is_written_anywhere(gateway: SshGateway) -> None:
    """Neither tokens nor codes nor the client's secret are in recordings or the log."""
    assert gateway.cli("sessions", "verify").returncode == 0
    written = b"".join(path.read_bytes() for path in recordings(gateway)) + (gateway.folder / "log").read_bytes()
    for text in (b"eyJ", b"device_code", b"user_code", SECRET.encode(), b"Traceback"):
        assert text not in written
