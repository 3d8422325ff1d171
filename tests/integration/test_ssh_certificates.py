"""Logging in with a short-lived certificate: ssh-keygen's, ssh's, through a real gateway to a real target."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import openssh
from tests.support.ports import free_port
from tests.support.sshgateway import SshGateway, route, ssh_gateway

MORE = """
[verifier:people]
use = ssh-certificate
authorities = {folder}/people.pub
issuer = people
"""

ALLOWED = ("allow = exec, shell, pty, sftp", "direct_tcpip = 127.0.0.1:*", "targets = other=tcp:127.0.0.1:{target}")

Login = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshGateway]:
    """`twistd tokengate` in front of an sshd, with a route that trusts the authority `people`."""
    folder = tmp_path_factory.mktemp("ssh")
    openssh.keygen(folder, "people")
    with ssh_gateway(folder, MORE + route("trusting", "ci, people", *ALLOWED), ("trusting",)) as running:
        yield running


@pytest.fixture
def login(gateway: SshGateway, tmp_path: Path) -> Login:
    """ssh with a new key and a certificate of it: `signed`, ssh-keygen's options."""

    def run(*signed: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
        folder = tmp_path / str(time.monotonic_ns())
        folder.mkdir()
        key = openssh.keygen(folder, "id", more.pop("kind", "ed25519"))
        authority = more.pop("authority", gateway.folder / "people")
        openssh.sign(authority, folder / "id.pub", *("-I", "alice", "-n", "ci", "-V", "+5m", "-z", "1"), *signed)
        return gateway.ssh(more.pop("route", "trusting"), more.pop("command", "echo in"), **more, options=offering(key))

    return run


def offering(key: Path, *more: str) -> tuple[str, ...]:
    """Options of an ssh that shows this key and its certificate, and nothing else."""
    only = ("PubkeyAuthentication=yes", "PreferredAuthentications=publickey", "IdentitiesOnly=yes")
    return (*only, f"IdentityFile={key}", *more)


@pytest.mark.parametrize("kind", [*openssh.KEY_TYPES, "rsa"])
def test_a_certificate_lets_in(gateway: SshGateway, login: Login, kind: str) -> None:
    """Any kind of key; who it is, is recorded."""
    assert login(kind=kind).stdout == b"in\n"
    principal = gateway.events()[1]["principal"]
    assert (principal["issuer"], principal["subject"], principal["groups"]) == ("people", "alice", ["ci"])
    assert principal["token_id"].startswith("1@SHA256:")
    assert login(kind=kind, user="ci+other").stdout == b"in\n"


@pytest.mark.parametrize(
    "signed",
    [
        ("-V", "20200101:20200102"),
        ("-V", "+2m:+5m"),
        ("-V", "always:forever"),
        ("-V", "+3h"),
        ("-n", "root,deploy"),
        ("-n", "ci", "-h"),
        ("-O", "source-address=198.51.100.0/24"),
        ("-O", "force-command=true"),
        ("-O", "verify-required"),
        ("-O", "critical:x@example=1"),
    ],
    ids=" ".join,
)
def test_certificates_that_do_not(login: Login, signed: tuple[str, ...]) -> None:
    """Out of its time, for too long, for others, a host's, from elsewhere, with conditions that are not enforced."""
    assert login(*signed).returncode == 255


def test_a_certificate_for_nobody(gateway: SshGateway, tmp_path: Path) -> None:
    """One without principals names no user."""
    key = openssh.keygen(tmp_path, "id")
    openssh.sign(gateway.folder / "people", tmp_path / "id.pub", "-I", "alice", "-V", "+5m")
    assert gateway.ssh("trusting", "true", options=offering(key)).returncode == 255


def test_another_authority(gateway: SshGateway, login: Login, tmp_path: Path) -> None:
    """Neither somebody's own nor the gateway's, nor ours on a route that does not name it; nor a certified key."""
    assert login(authority=openssh.keygen(tmp_path, "mine")).returncode == 255
    assert login(authority=gateway.folder / "authority").returncode == 255
    assert login(route="open").returncode == 255
    user = openssh.keygen(tmp_path, "user")
    openssh.sign(gateway.folder / "people", tmp_path / "user.pub", "-I", "alice", "-n", "ci", "-V", "+5m")
    assert login(authority=user).returncode == 255


def test_a_stolen_certificate(gateway: SshGateway, tmp_path: Path) -> None:
    """Without its private key it is worth nothing: with another key, or as a password."""
    key, thief = openssh.keygen(tmp_path, "id"), openssh.keygen(tmp_path, "thief")
    made = openssh.sign(gateway.folder / "people", tmp_path / "id.pub", "-I", "alice", "-n", "ci", "-V", "+5m")
    assert gateway.ssh("trusting", "true", options=offering(key)).returncode == 0
    stolen = f"CertificateFile={made}"
    key.rename(tmp_path / "away")
    assert gateway.ssh("trusting", "true", options=offering(thief, stolen)).returncode == 255
    assert gateway.ssh("trusting", "true", token=made.read_text().split()[1]).returncode == 255


def test_a_certificate_in_an_agent(gateway: SshGateway, tmp_path: Path) -> None:
    """Together with expired ones, which are not signed for and don't count as failures."""
    socket = str(tmp_path / "agent")
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not Path(socket).exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        for n, validity in enumerate(("20200101:20200102",) * 5 + ("+5m",)):
            key = openssh.keygen(tmp_path, f"id{n}")
            signed = ("-I", "alice", "-n", "ci", "-V", validity)
            openssh.sign(gateway.folder / "people", key.with_suffix(".pub"), *signed)
            added = subprocess.run(
                ["ssh-add", str(key)],
                env={"SSH_AUTH_SOCK": socket, "PATH": "/usr/bin"},
                capture_output=True,
                check=False,
            )
            assert added.returncode == 0, added.stderr
        options = ("PubkeyAuthentication=yes", "PreferredAuthentications=publickey", f"IdentityAgent={socket}")
        ran = gateway.ssh("trusting", "echo in", options=options)
        assert ran.stdout == b"in\n", ran.stderr
    finally:
        agent.terminate()
        agent.wait()


def test_what_a_certificate_does_not_permit(gateway: SshGateway, tmp_path: Path) -> None:
    """Neither a terminal nor a forward; commands are."""
    key = openssh.keygen(tmp_path, "id")
    openssh.sign(gateway.folder / "people", tmp_path / "id.pub", "-I", "alice", "-n", "ci", "-V", "+5m", "-O", "clear")
    assert gateway.ssh("trusting", "echo in", options=offering(key)).stdout == b"in\n"
    ran = gateway.ssh("trusting", "echo in", options=offering(key, "RequestTTY=force"))
    assert b"PTY allocation request failed" in ran.stderr
    refused = [event for event in gateway.events() if event.get("verdict") == "deny"]
    assert [(event["verb"], event["rule"]) for event in refused] == [("pty", "certificate")]
    port = free_port()
    bound = offering(key, f"LocalForward=127.0.0.1:{port} 127.0.0.1:{gateway.target.port}", "ExitOnForwardFailure=yes")
    script = f"ssh-keyscan -p {port} 127.0.0.1; true"
    client = gateway.start("trusting", "cat", options=bound)
    try:
        time.sleep(1)
        assert subprocess.run(["sh", "-c", script], capture_output=True, timeout=30, check=True).stdout == b""
    finally:
        client.kill()
        client.wait()
    assert ("direct-tcpip", "deny") in [(e.get("verb"), e.get("verdict")) for e in gateway.events()]


def test_the_session_ends_with_its_certificate(login: Login, gateway: SshGateway) -> None:
    """Whatever runs."""
    until = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 4))
    started = time.monotonic()
    ran = login("-V", f"-1m:{until}", command="sleep 30")
    assert ran.returncode == 255
    assert time.monotonic() - started < 15
    assert [event["reason"] for event in gateway.events() if event["kind"] == "end"] == ["expired"]


def test_a_revoked_serial(gateway: SshGateway, login: Login) -> None:
    """Lets nobody in from then on; the authority's other certificates do."""
    assert login("-z", "66").stdout == b"in\n"
    token = gateway.events()[1]["principal"]["token_id"]
    assert gateway.cli("revoke", "token", token).returncode == 0
    time.sleep(1.5)
    assert login("-z", "66").returncode == 255
    assert login("-z", "67").stdout == b"in\n"


def test_nothing_went_wrong_unseen(gateway: SshGateway) -> None:
    """Every recording is whole, and no refusal was an error of the gateway's."""
    assert gateway.cli("sessions", "verify").returncode == 0
    assert "Traceback" not in (gateway.folder / "log").read_text()
