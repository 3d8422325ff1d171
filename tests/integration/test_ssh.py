"""SSH through a real gateway: the real clients, a real target."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import paramiko
import pytest

from tests.support import openssh
from tests.support.display import display
from tests.support.ports import free_port
from tests.support.sshgateway import FOREIGN, SshGateway, ssh_gateway

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshGateway]:
    """`twistd tokengate` in front of an sshd."""
    with ssh_gateway(tmp_path_factory.mktemp("ssh")) as running:
        yield running


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["kind"] for event in events]


def actions(events: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(event["verb"], event["text"], event["verdict"]) for event in events if event["kind"] == "action"]


# ---------------------------------------------------------------- programs


def test_a_command_its_output_and_its_status(gateway: SshGateway) -> None:
    """Output, errors and exit status are the target's own; command and result are recorded."""
    ran = gateway.ssh("open", "echo out; echo err >&2; exit 7")
    assert (ran.stdout, ran.stderr, ran.returncode) == (b"out\n", b"err\n", 7)
    events = gateway.events()
    assert actions(events) == [("exec", "echo out; echo err >&2; exit 7", "allow")]
    (result,) = [event for event in events if event["kind"] == "result"]
    assert (result["outcome"], result["tag"], result["bytes"]) == ("error", "exit 7", 8)


def test_a_program_that_a_signal_ends(gateway: SshGateway) -> None:
    """The client hears of the signal."""
    ran = gateway.ssh("open", "kill -TERM $$")
    assert ran.returncode == 255
    assert [event["tag"] for event in gateway.events() if event["kind"] == "result"] == ["signal TERM"]


def test_input_and_its_end(gateway: SshGateway) -> None:
    """What the client sends arrives whole, and its end too."""
    assert gateway.ssh("open", "cat; echo done", input=b"some text").stdout == b"some textdone\n"


def test_another_target_and_another_user(gateway: SshGateway) -> None:
    """The user's name chooses both; what is not configured does not exist."""
    assert gateway.ssh("open", "echo $USER", user="deploy+other").returncode == 0
    assert gateway.events()[1]["details"]["target"] == "other"
    assert gateway.ssh("open", "true", user="ci+elsewhere").returncode == 255
    assert gateway.ssh("open", "true", user="somebody").returncode == 255


def test_a_certificate_for_each_session(gateway: SshGateway) -> None:
    """With `login = ca` the target believes the gateway's authority, and knows the session."""
    assert gateway.ssh("certified", "echo in").stdout == b"in\n"
    session = gateway.events()[1]["session"]
    assert f"by tokengate, session {session}" in gateway.target.log


def test_a_wrong_token_is_refused(gateway: SshGateway) -> None:
    """An expired token, and anything else, lets nobody in and opens no recording."""
    before = len(list(gateway.folder.glob("recordings/*/*.ndjson")))
    assert gateway.ssh("open", "true", token=gateway.token(exp=int(time.time()) - 600)).returncode == 255
    assert gateway.ssh("open", "true", token="nonsense").returncode == 255
    assert len(list(gateway.folder.glob("recordings/*/*.ndjson"))) == before


def test_a_token_that_is_too_long_for_a_password(gateway: SshGateway, tmp_path: Path) -> None:
    """Comes in a certificate of anybody's making: only the token counts."""
    token = gateway.token(padding="x" * 5000)
    key, authority = openssh.keygen(tmp_path, "user"), openssh.keygen(tmp_path, "authority")
    openssh.sign(authority, tmp_path / "user.pub", "-I", "me", "-O", f"extension:openpubkey-pkt={token}")
    options = ("PubkeyAuthentication=yes", f"IdentityFile={key}", "IdentitiesOnly=yes")
    assert gateway.ssh("open", "echo in", options=options, token="none").stdout == b"in\n"
    (tmp_path / "user-cert.pub").unlink()
    assert gateway.ssh("open", "echo in", options=options, token="none").returncode == 255


def test_environment_by_name(gateway: SshGateway) -> None:
    """Only variables that the route lists are set."""
    options = ("SetEnv=LC_TEST=fine LD_PRELOAD=evil BASH_ENV=evil",)
    ran = gateway.ssh("open", 'echo "$LC_TEST|$LD_PRELOAD|$BASH_ENV"', options=options)
    assert ran.stdout == b"fine||\n"
    assert ("env", "LD_PRELOAD", "deny") in actions(gateway.events())


@pytest.fixture(scope="module")
def gigabyte(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A file of 1 GiB, no two parts of which are alike, and its checksum."""
    path, block, digest = tmp_path_factory.mktemp("gigabyte") / "file", os.urandom(16 * MEGABYTE), hashlib.sha256()
    with path.open("wb") as file:
        for number in range(64):
            part = number.to_bytes(8, "big") + block[8:]
            digest.update(part)
            file.write(part)
    yield path, digest.hexdigest()
    path.unlink()


def test_a_gigabyte_of_a_program_both_ways(gateway: SshGateway, gigabyte: tuple[Path, str]) -> None:
    """Every byte arrives in its place, and the gateway keeps none."""
    path, digest = gigabyte
    with gateway.growth() as grown:
        with path.open("rb") as file:
            up = gateway.ssh("open", "sha256sum", stdin=file, timeout=300)
        down = gateway.start("open", f"cat {path}")
        assert down.stdout is not None
        assert up.stdout.split()[0].decode() == digest == hashlib.file_digest(down.stdout, "sha256").hexdigest()
        assert down.wait(60) == 0
        assert grown() < 16 * MEGABYTE


def test_a_gigabyte_of_a_file_both_ways(gateway: SshGateway, gigabyte: tuple[Path, str], tmp_path: Path) -> None:
    """By scp, which speaks SFTP: each packet is looked at, and none is kept."""
    path, digest = gigabyte
    scp = ["scp", *gateway.options(), "-P", str(gateway.ports["open"])]
    with gateway.growth() as grown:
        for words in ([str(path), f"ci@127.0.0.1:{tmp_path}/there"], [f"ci@127.0.0.1:{path}", f"{tmp_path}/here"]):
            ran = gateway.run([*scp, *words], timeout=300)
            assert ran.returncode == 0, ran.stderr
            copy = Path(words[1].rpartition(":")[2])
            with copy.open("rb") as file:
                assert hashlib.file_digest(file, "sha256").hexdigest() == digest
            copy.unlink()
        assert grown() < 16 * MEGABYTE


def test_a_client_that_stops_reading(gateway: SshGateway) -> None:
    """Stops the target; the gateway's memory stays where it is."""
    process = gateway.start("open", "head -c 200000000 /dev/zero")
    assert process.stdout is not None
    process.stdout.read(1)
    with gateway.growth() as grown:
        time.sleep(1.5)
        assert grown() < 10 * MEGABYTE
    process.kill()
    process.wait()


def test_new_keys_while_data_passes(gateway: SshGateway) -> None:
    """A client that rekeys every megabyte loses nothing."""
    ran = gateway.ssh("open", "wc -c", input=bytes(20 * MEGABYTE), options=("RekeyLimit=1M",))
    assert int(ran.stdout) == 20 * MEGABYTE


def test_keepalives(gateway: SshGateway) -> None:
    """A client that asks whether the gateway lives is answered, while its channel is idle."""
    ran = gateway.ssh("open", "sleep 3.5; echo there", options=("ServerAliveInterval=1", "ServerAliveCountMax=1"))
    assert ran.stdout == b"there\n"


# ---------------------------------------------------------------- terminals


def test_a_terminal_is_recorded_and_played(gateway: SshGateway) -> None:
    """Its output, its size and what is typed and echoed; not what is typed where nothing is echoed."""
    client = _paramiko(gateway, "open")
    channel = client.get_transport().open_session()
    channel.get_pty("xterm", 90, 30)
    channel.exec_command("stty size; read line; echo got $line; stty -echo; echo secret?; read hidden; stty size")
    _await(channel, b"30 90")
    channel.send(b"visible\n")
    _await(channel, b"secret?")
    channel.resize_pty(100, 40)
    channel.send(b"hunter2\n")
    assert b"40 100" in _await(channel, b"40 100")
    channel.recv_exit_status()
    client.close()
    events = gateway.events()
    assert [e["columns"] for e in events if e["kind"] in ("terminal", "resize")] == [90, 100]
    shown = "".join(e["data"] for e in events if e["kind"] == "output")
    assert "got visible" in shown
    typed = "".join(e["data"] for e in events if e["kind"] == "input")
    assert "visible" in typed
    assert "hunter2" not in str(events)
    session = events[1]["session"]
    played = gateway.cli("sessions", "replay", session, "--no-wait")
    assert "got visible" in played.stdout
    exported = gateway.cli("sessions", "export", session, "--format", "asciicast")
    header, *lines = exported.stdout.splitlines()
    assert '"version":2' in header.replace(" ", "")
    assert any('"o"' in line and "got visible" in line for line in lines)
    assert any('"r"' in line and "100x40" in line for line in lines)


def test_an_interactive_shell_only_where_it_is_allowed(gateway: SshGateway) -> None:
    """By route; where it isn't, the reason is on stderr."""
    assert b"inside" in gateway.ssh("open", input=b"echo inside\n", options=("RequestTTY=no",)).stdout
    ran = gateway.ssh("closed", input=b"echo inside\n", options=("RequestTTY=no",))
    assert (ran.stdout, ran.returncode) == (b"", 126)
    assert b"shell is not allowed on this route" in ran.stderr


# ---------------------------------------------------------------- decisions


def test_a_denied_command(gateway: SshGateway, tmp_path: Path) -> None:
    """Exit status 126 and the reason on stderr; the target hears nothing, and the connection goes on."""
    with _paramiko(gateway, "judged") as client:
        _, out, err = client.exec_command(f"echo forbidden > {tmp_path}/there")
        assert out.channel.recv_exit_status() == 126
        assert b"refused: the rules say so (rules: deny)" in err.read()
        _, out, _ = client.exec_command("echo fine")
        assert out.read() == b"fine\n"
    assert not (tmp_path / "there").exists()


def test_a_held_command_waits_while_others_go_on(gateway: SshGateway) -> None:
    """The client is told on stderr; another channel of the same connection is served; approved, it runs."""
    with _paramiko(gateway, "judged") as client:
        channel = client.get_transport().open_session()
        asking = threading.Thread(target=channel.exec_command, args=("cat # held",))
        asking.start()  # which waits for the answer to its request
        held = gateway.await_approval()
        assert b"waiting for approval" in channel.recv_stderr(1000)
        _, other, _ = client.exec_command("echo meanwhile")
        assert other.read() == b"meanwhile\n"
        assert gateway.cli("approvals", "approve", held["id"]).returncode == 0
        asking.join(10)
        channel.sendall(b"sent late")
        channel.shutdown_write()
        assert channel.makefile("rb").read() == b"sent late"
        assert channel.recv_exit_status() == 0
    outcomes = [event["outcome"] for event in gateway.events() if event["kind"] == "hold"]
    assert outcomes == ["approved"]


def test_a_held_command_that_is_denied_or_given_up(gateway: SshGateway) -> None:
    """Denied it ends with 126; a client that leaves withdraws it."""
    process = gateway.start("judged", "echo held")
    held = gateway.await_approval()
    assert gateway.cli("approvals", "deny", held["id"], "--reason", "not now").returncode == 0
    _, err = process.communicate(timeout=20)
    assert process.returncode == 126
    assert b"not now" in err
    process = gateway.start("judged", "echo held")
    gateway.await_approval()
    process.kill()
    process.wait()
    assert [event["outcome"] for event in gateway.events() if event["kind"] == "hold"] == ["withdrawn"]
    assert gateway.cli("approvals", "list", "--json").stdout.strip() == "[]"


def test_a_token_that_expires_ends_the_session(gateway: SshGateway) -> None:
    """At once, whatever runs, with a message."""
    token = gateway.token(exp=int(time.time()) + 3)
    ran = gateway.ssh("open", "sleep 30", token=token, options=("LogLevel=INFO",), timeout=20)
    assert ran.returncode == 255
    assert b"the token has expired" in ran.stderr
    assert [event["reason"] for event in gateway.events() if event["kind"] == "end"] == ["expired"]


def test_a_revoked_token_ends_the_session(gateway: SshGateway) -> None:
    """Whether or not it asks for anything more."""
    with _paramiko(gateway, "open", jti="to-be-revoked") as client:
        _, out, _ = client.exec_command("echo one; sleep 60")
        assert out.readline() == "one\n"
        assert gateway.cli("revoke", "token", "to-be-revoked").returncode == 0
        assert out.channel.recv_exit_status() == -1
    assert [event["reason"] for event in gateway.events() if event["kind"] == "end"] == ["revoked"]


# ---------------------------------------------------------------- files


def test_sftp_by_operation_and_path(gateway: SshGateway, tmp_path: Path) -> None:
    """Reads and writes are recorded with their paths and bytes; a rule that refuses a path is a permission error."""
    (tmp_path / "protected").mkdir()
    with _paramiko(gateway, "judged") as client:
        sftp = client.open_sftp()
        with sftp.open(f"{tmp_path}/a", "wb") as file:
            file.write(b"content" * 10_000)
        with sftp.open(f"{tmp_path}/a", "rb") as file:
            assert file.read() == b"content" * 10_000
        sftp.rename(f"{tmp_path}/a", f"{tmp_path}/b")
        assert sftp.listdir(str(tmp_path)) == ["b", "protected"] or set(sftp.listdir(str(tmp_path))) == {
            "b",
            "protected",
        }
        for refused in (
            lambda: sftp.open(f"{tmp_path}/protected/x", "w"),
            lambda: sftp.rename(f"{tmp_path}/b", f"{tmp_path}/protected/b"),
            lambda: sftp.open(f"{tmp_path}/protected/../protected/x", "w"),
            lambda: sftp.symlink(f"{tmp_path}/protected", f"{tmp_path}/link"),
            lambda: sftp.remove(f"{tmp_path}/protected/none"),
        ):
            with pytest.raises(PermissionError):
                refused()
    assert (tmp_path / "b").read_bytes() == b"content" * 10_000
    events = gateway.events()
    assert ("sftp", f"open for writing {tmp_path}/a", "allow") in actions(events)
    assert ("sftp", f"rename {tmp_path}/a {tmp_path}/b", "allow") in actions(events)
    assert 70_000 in [event["bytes"] for event in events if event["kind"] == "result"]


def test_links_lead_nowhere_that_is_refused(gateway: SshGateway, tmp_path: Path) -> None:
    """A path is what the target says it is, whatever it is called."""
    (tmp_path / "protected").mkdir()
    (tmp_path / "innocent").symlink_to("protected")
    (tmp_path / "direct").symlink_to("protected/file")
    with _paramiko(gateway, "judged") as client:
        sftp = client.open_sftp()
        for name in ("innocent/file", "direct", "./innocent/../innocent/file"):
            with pytest.raises(PermissionError):
                sftp.open(f"{tmp_path}/{name}", "w")
        with pytest.raises(PermissionError):
            sftp.chmod(f"{tmp_path}/direct", 0o777)
    assert not (tmp_path / "protected" / "file").exists()


@pytest.mark.parametrize("mode", [(), ("-O",)], ids=["sftp", "legacy"])
def test_scp_both_ways(gateway: SshGateway, tmp_path: Path, mode: tuple[str, ...]) -> None:
    """In its new mode, which is SFTP, and in its old one, which is a command."""
    content = os.urandom(3 * MEGABYTE)
    (tmp_path / "here").write_bytes(content)
    scp = ["scp", *mode, *gateway.options(), "-P", str(gateway.ports["open"])]
    ran = gateway.run([*scp, str(tmp_path / "here"), f"ci@127.0.0.1:{tmp_path}/there"])
    assert ran.returncode == 0, ran.stderr
    recorded = actions(gateway.events())
    assert any(f"{tmp_path}/there" in text for _, text, _ in recorded)
    ran = gateway.run([*scp, f"ci@127.0.0.1:{tmp_path}/there", str(tmp_path / "back")])
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "back").read_bytes() == content


def test_openssh_sftp(gateway: SshGateway, tmp_path: Path) -> None:
    """Its own client, with many requests under way."""
    content = os.urandom(8 * MEGABYTE)
    (tmp_path / "here").write_bytes(content)
    batch = (
        f"put {tmp_path}/here {tmp_path}/there\nls -l {tmp_path}\nget {tmp_path}/there {tmp_path}/back\ndf {tmp_path}\n"
    )
    batch += (
        f"mkdir {tmp_path}/d\nrename {tmp_path}/there {tmp_path}/d/x\nsymlink x {tmp_path}/d/l\nrm {tmp_path}/d/x\n"
    )
    command = ["sftp", *gateway.options(), "-P", str(gateway.ports["open"]), "ci@127.0.0.1"]
    ran = gateway.run(command, input=batch.encode())
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "back").read_bytes() == content
    assert (tmp_path / "d" / "l").is_symlink()


def test_rsync(gateway: SshGateway, tmp_path: Path) -> None:
    """A tree of files, twice."""
    source = tmp_path / "source"
    source.mkdir()
    for number in range(20):
        (source / f"{number}").write_bytes(os.urandom(20_000))
    shell = " ".join(gateway.command("open")[:-1])
    for _ in range(2):
        ran = gateway.run(["rsync", "-a", "-e", shell, f"{source}/", f"ci@127.0.0.1:{tmp_path}/copy/"])
        assert ran.returncode == 0, ran.stderr
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == sorted(path.name for path in source.iterdir())
    assert actions(gateway.events())[0][1].startswith("rsync --server")


def test_git(gateway: SshGateway, tmp_path: Path) -> None:
    """A push and a clone."""
    env = {**gateway.environment(), "GIT_SSH_COMMAND": " ".join(gateway.command("open")[:-1])}
    env |= {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b.cd",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b.cd",
    }
    url = f"ssh://ci@127.0.0.1:{gateway.ports['open']}{tmp_path}/bare.git"
    script = (
        f"git init -q --bare bare.git && git init -q work && cd work && echo text > file && git add file"
        f" && git commit -q -m one && git push -q {url} HEAD:main && cd .. && git clone -q -b main {url} clone"
    )
    ran = subprocess.run(["sh", "-c", script], cwd=tmp_path, env=env, capture_output=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "clone" / "file").read_text() == "text\n"


def test_ansible(gateway: SshGateway, tmp_path: Path) -> None:
    """A module, copied and run."""
    inventory = tmp_path / "hosts"
    arguments = " ".join(gateway.options())
    inventory.write_text(
        f"target ansible_host=127.0.0.1 ansible_port={gateway.ports['open']} ansible_user=ci"
        f" ansible_password={gateway.token()} ansible_python_interpreter={sys.executable} ansible_ssh_common_args='{arguments}'\n"
    )
    command = [str(Path(sys.executable).with_name("ansible")), "-i", str(inventory), "target", "-m", "ping"]
    env = {
        **gateway.environment(),
        "ANSIBLE_HOST_KEY_CHECKING": "False",
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_HOME": str(tmp_path),
    }
    env["ANSIBLE_SSH_ARGS"] = "-C"
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=100, check=False)
    assert '"ping": "pong"' in ran.stdout, ran.stdout + ran.stderr


# ---------------------------------------------------------------- the enforcer shell


@pytest.mark.parametrize(
    ("command", "allowed"),
    [
        ("echo fine", True), ("cat", True), ("echo a; echo b", True), ("rm -rf x", False), ("echo $(rm x)", False),
        ("echo x > /etc/motd", False), ("e''cho fine", True), ("/tmp/echo x", False), ("echo fine | sh", False), ("echo 'a", False),
        ("PATH=. echo x", False),
    ],
)  # fmt: skip
def test_commands_by_what_they_run(gateway: SshGateway, command: str, allowed: bool) -> None:
    """Allowed programs pass, whatever else is in the command does not."""
    ran = gateway.ssh("commands", command)
    assert (ran.returncode == 0) is allowed, ran.stderr
    assert allowed or (ran.returncode == 126 and b"(commands" in ran.stderr)


def test_files_by_the_same_rules(gateway: SshGateway) -> None:
    """SFTP, and the shell that is not allowed."""
    files = gateway.folder / "files"
    files.mkdir(exist_ok=True)
    (files / "link").symlink_to("/etc")
    with _paramiko(gateway, "commands") as client:
        sftp = client.open_sftp()
        with sftp.open(f"{files}/a", "w") as file:
            file.write("text")
        sftp.chmod(f"{files}/a", 0o600)
        sftp.rename(f"{files}/a", f"{files}/b")
        sftp.remove(f"{files}/b")
        for refused in (
            lambda: sftp.open("/etc/passwd"), lambda: sftp.open(f"{files}/link/passwd"), lambda: sftp.listdir("/"),
            lambda: sftp.rename(f"{files}/link", "/tmp/x"), lambda: sftp.stat(f"{files}/../known_hosts"),
        ):  # fmt: skip
            with pytest.raises(PermissionError):
                refused()
    assert gateway.ssh("commands", input=b"echo x\n", options=("RequestTTY=no",)).returncode == 126


# ---------------------------------------------------------------- many channels


def test_fifty_sessions_on_one_connection(gateway: SshGateway, tmp_path: Path) -> None:
    """Each has its own output, its own status, and its own line in one recording."""
    control = (f"ControlPath={tmp_path}/c",)
    master = gateway.start("open", options=(*control, "ControlMaster=yes", "SessionType=none"))
    deadline = time.monotonic() + 10
    while not (tmp_path / "c").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    processes = [gateway.start("open", f"sleep 1; echo {n}", options=control) for n in range(50)]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert outputs == [b"%d\n" % n for n in range(50)]
    short = [gateway.start("open", "exit 3", options=control, stdin=subprocess.DEVNULL) for _ in range(50)]
    assert [process.wait(60) for process in short] == [3] * 50
    master.terminate()
    master.wait(10)
    events = gateway.events()
    assert len(actions(events)) == 100
    assert Counter(event["tag"] for event in events if event["kind"] == "result") == {"exit 0": 50, "exit 3": 50}


def test_forwards(gateway: SshGateway) -> None:
    """To a destination that the route lists, with the bytes recorded; to no other; and judged."""
    port, listener = free_port(), socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    destination = listener.getsockname()[1]

    def serve() -> None:
        sock, _ = listener.accept()
        with sock:
            sock.sendall(sock.recv(100).upper())

    threading.Thread(target=serve, daemon=True).start()
    process = gateway.start("open", "sleep 20", options=(f"LocalForward={port} 127.0.0.1:{destination}",))
    with _connected(port) as sock:
        sock.sendall(b"hello")
        assert sock.recv(100) == b"HELLO"
    process.terminate()
    process.wait(10)
    events = gateway.events()
    assert ("direct-tcpip", f"127.0.0.1:{destination}", "allow") in actions(events)
    assert (5, 5) in [(e["bytes"], e["bytes_in"]) for e in events if e["kind"] == "result" and e["tag"] == "forwarded"]
    with _paramiko(gateway, "closed") as client, pytest.raises(paramiko.ChannelException, match="rohibited"):
        client.get_transport().open_channel("direct-tcpip", ("127.0.0.1", destination), ("127.0.0.1", 1))
    with _paramiko(gateway, "open") as client:
        transport = client.get_transport()
        with pytest.raises(paramiko.ChannelException):
            transport.open_channel("direct-tcpip", ("192.0.2.1", 80), ("127.0.0.1", 1))
    listener.close()


def test_forwards_from_the_target(gateway: SshGateway) -> None:
    """A port that the target listens on, where the route lists it; every connection has its line; cancelled, it ends."""
    with _paramiko(gateway, "open") as client:
        transport = client.get_transport()
        port = transport.request_port_forward("127.0.0.1", 0)
        with _connected(port) as sock:
            channel = transport.accept(10)
            sock.sendall(b"hello")
            assert channel.recv(100) == b"hello"
            channel.sendall(b"back")
            assert sock.recv(100) == b"back"
        channel.close()
        transport.cancel_port_forward("127.0.0.1", port)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        with pytest.raises(paramiko.SSHException):
            transport.request_port_forward("", 0)
    events = gateway.events()
    assert [(verb, verdict) for verb, _, verdict in actions(events)] == [
        ("tcpip-forward", "allow"), ("forwarded-tcpip", "allow"), ("tcpip-forward", "deny"),
    ]  # fmt: skip
    assert [(e["bytes"], e["bytes_in"]) for e in events if e["kind"] == "result" and e["tag"] == "forwarded"] == [
        (5, 4)
    ]
    with _paramiko(gateway, "closed") as client, pytest.raises(paramiko.SSHException):
        client.get_transport().request_port_forward("127.0.0.1", 0)


def test_agent_and_x11_are_refused(gateway: SshGateway) -> None:
    """Whatever the client asks, and it is recorded."""
    with _paramiko(gateway, "open") as client:
        channel = client.get_transport().open_session()
        with pytest.raises(paramiko.SSHException):
            channel.request_x11()
        channel = client.get_transport().open_session()
        channel.request_forward_agent(lambda channel: None)
        channel.exec_command("echo $SSH_AUTH_SOCK")
        assert channel.makefile().read() == b"\n"
    verdicts = actions(gateway.events())
    assert ("x11-req", "", "deny") in verdicts
    assert ("auth-agent-req@openssh.com", "", "deny") in verdicts


def test_an_agent_where_the_route_allows_it(gateway: SshGateway, tmp_path: Path) -> None:
    """A program at the target asks the client's agent; each time has its line."""
    env = {**gateway.environment(), "SSH_AUTH_SOCK": f"{tmp_path}/agent"}
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", f"{tmp_path}/agent"], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not (tmp_path / "agent").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        subprocess.run(["ssh-add", "-q", str(gateway.folder / "login")], env=env, check=True, capture_output=True)
        options = ("ForwardAgent=yes", f"IdentityAgent={tmp_path}/agent")
        ran = gateway.run(gateway.command("offering", "ssh-add -l", options=options), env=env)
        assert ran.stdout.split()[0] == b"256", ran.stderr
        assert ("auth-agent@openssh.com", "", "allow") in actions(gateway.events())
        ran = gateway.run(gateway.command("open", "ssh-add -l", options=options), env=env)
        assert ran.returncode == 2
    finally:
        agent.terminate()
        agent.wait(10)


@pytest.mark.parametrize("trusted", ["-X", "-Y"])
def test_a_display_where_the_route_allows_it(gateway: SshGateway, tmp_path: Path, trusted: str) -> None:
    """A program at the target shows itself on the client's X server; elsewhere it is told that there is none."""

    def asked(route: str) -> subprocess.CompletedProcess[bytes]:
        command = gateway.command(route, "xdpyinfo", options=("LogLevel=INFO",))
        return gateway.run([*command[:1], trusted, *command[1:]], env={**gateway.environment(), **variables})

    with display(tmp_path) as variables:
        ran = asked("offering")
        assert b"name of display:    localhost:1" in ran.stdout, ran.stderr
        assert b"dimensions:    640x480" in ran.stdout
        events = gateway.events()
        assert ("x11", "allow") in [(verb, verdict) for verb, _, verdict in actions(events)]
        assert ("x11", "offered") in [(event["what"], event["text"]) for event in events if event["kind"] == "notice"]
        ran = asked("open")
        assert ran.returncode == 1
        assert b"X11 forwarding request failed on channel 0" in ran.stderr
        assert b"unable to open display" in ran.stderr
        assert ("x11-req", "", "deny") in actions(gateway.events())


# ---------------------------------------------------------------- other clients, and ends


def test_asyncssh(gateway: SshGateway, tmp_path: Path) -> None:
    """Commands at once, files, a terminal."""

    async def work() -> None:
        connecting = asyncssh.connect(
            "127.0.0.1", gateway.ports["open"], username="ci", password=gateway.token(), known_hosts=None, config=None,
            client_keys=None,
        )  # fmt: skip
        async with connecting as connection:
            ran = await asyncio.gather(*(connection.run(f"echo {n}") for n in range(10)))
            assert [one.stdout for one in ran] == [f"{n}\n" for n in range(10)]
            async with connection.start_sftp_client() as sftp:
                await sftp.put(os.path.realpath(sys.executable), f"{tmp_path}/python")
                assert await sftp.exists(f"{tmp_path}/python")
            process = await connection.create_process("tty", term_type="xterm")
            assert "/dev/pts" in (await process.stdout.read())

    asyncio.run(work())
    assert (tmp_path / "python").read_bytes() == Path(sys.executable).read_bytes()


def test_a_target_that_is_not_openssh(gateway: SshGateway) -> None:
    """asyncssh's server: it takes input at once, which waits here for the decision all the same, and signals of root's."""

    async def serve(process: asyncssh.SSHServerProcess[str]) -> None:
        try:
            process.stdout.write(f"{process.command}:{await process.stdin.read()}")
        except asyncssh.SignalReceived as signal:
            process.stdout.write(f"told {signal.signal}")
        process.exit(5)

    async def client(connection: asyncssh.SSHClientConnection, command: str) -> tuple[str, int | None]:
        process = await connection.create_process(command, input="early")
        output = await process.stdout.read()
        await process.wait_closed()
        return str(output), process.exit_status

    async def work() -> None:
        serving = await asyncssh.listen(
            "127.0.0.1", gateway.ports[FOREIGN], server_host_keys=[str(gateway.folder / FOREIGN)], process_factory=serve,
            authorized_client_keys=str(gateway.folder / "login.pub"), sftp_factory=True,
        )  # fmt: skip
        connecting = asyncssh.connect(
            "127.0.0.1", gateway.ports["judged"], username="ci+foreign", password=gateway.token(), known_hosts=None,
            config=None, client_keys=None,
        )  # fmt: skip
        async with connecting as connection:
            assert await client(connection, "quick") == ("quick:early", 5)
            waiting = asyncio.create_task(client(connection, "held"))
            held = await asyncio.to_thread(gateway.await_approval)
            assert (await asyncio.to_thread(gateway.cli, "approvals", "approve", held["id"])).returncode == 0
            assert await waiting == ("held:early", 5)
            assert (await connection.run("forbidden")).exit_status == 126
            process = await connection.create_process("signalled")
            process.send_signal("USR1")
            assert (await asyncio.wait_for(process.wait(), 20)).stdout == "told USR1"
            async with connection.start_sftp_client() as sftp:
                assert await sftp.exists("/etc/hostname")
        serving.close()

    asyncio.run(work())


def test_a_target_with_another_host_key(gateway: SshGateway) -> None:
    """Is not logged in to; the client hears why, and nothing of the target's."""

    async def work() -> subprocess.CompletedProcess[bytes]:
        serving = await asyncssh.listen(
            "127.0.0.1", gateway.ports[FOREIGN], server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")]
        )
        try:
            return await asyncio.to_thread(gateway.ssh, "open", "true", user="ci+foreign", options=("LogLevel=INFO",))
        finally:
            serving.close()

    ran = asyncio.run(work())
    assert ran.returncode == 255
    assert b"the upstream's host key is not the known one" in ran.stderr
    assert [event["reason"] for event in gateway.events() if event["kind"] == "end"] == ["upstream"]


@pytest.mark.slow
def test_a_target_that_says_nothing(gateway: SshGateway) -> None:
    """Is waited for until the deadline."""
    with socket.create_server(("127.0.0.1", gateway.ports[FOREIGN])):
        ran = gateway.ssh("open", "true", user="ci+foreign", options=("LogLevel=INFO",), timeout=60)
    assert ran.returncode == 255
    assert b"the upstream did not answer in time" in ran.stderr


def test_masked_output(gateway: SshGateway, tmp_path: Path) -> None:
    """What is found is starred, in whatever pieces it is written; files can't be masked and are not read."""
    script = "printf '4111 1111'; sleep 0.01; printf ' 1111 1111\\n'; printf '\\033[1m4111\\033[0m111111111111\\n' >&2"
    ran = gateway.ssh("masked", script)
    assert ran.stdout == b"*" * 19 + b"\n"
    assert b"1111" not in ran.stderr
    assert gateway.ssh("masked", "printf 'Name? '; sleep 0.3; echo").stdout == b"Name? \n"
    with _paramiko(gateway, "masked") as client:
        sftp = client.open_sftp()
        with pytest.raises(PermissionError):
            sftp.open("/etc/passwd")
        sftp.open(f"{tmp_path}/x", "w").close()
        with pytest.raises(paramiko.ChannelException):
            client.get_transport().open_channel("direct-tcpip", ("127.0.0.1", 22), ("127.0.0.1", 1))


def test_either_side_ends_abruptly(gateway: SshGateway) -> None:
    """The other side hears it, the recording is closed, and who ended it is in it."""
    process = gateway.start("open", "sleep 60")
    time.sleep(1)
    process.kill()
    process.wait()
    assert [event["reason"] for event in gateway.events() if event["kind"] == "end"] == ["client"]
    ran = gateway.ssh("open", "kill -9 $PPID; sleep 5", timeout=20)
    assert ran.returncode == 255
    assert [event["reason"] for event in gateway.events() if event["kind"] == "end"] == ["upstream"]


def test_garbage_before_and_after_the_login(gateway: SshGateway) -> None:
    """Ends its own connection at most: whoever else is there is served, and so is whoever comes next."""
    bystander = gateway.start("open", "sleep 1; echo there")
    randomness = random.Random(4)  # the same each time
    for data in (
        b"",
        b"\0" * 300,
        b"GET / HTTP/1.1\r\n\r\n",
        b"SSH-1.5-x\r\n",
        b"SSH-2.0-x\r\n" + randomness.randbytes(3000),
    ):
        with socket.create_connection(("127.0.0.1", gateway.ports["open"]), timeout=10) as sock:
            sock.sendall(data)
    for _ in range(30):
        with _paramiko(gateway, "open") as client:
            transport = client.get_transport()
            channel = transport.open_session()
            channel.exec_command("cat")
            messages = [
                paramiko.Message(
                    bytes((randomness.randrange(80, 101),)) + randomness.randbytes(randomness.randrange(40))
                )
                for _ in range(5)
            ]
            with contextlib.suppress(EOFError):  # the gateway may hang up before the last is sent
                for message in messages:
                    transport._send_message(message)
            time.sleep(0.02)
    assert bystander.communicate(timeout=30)[0] == b"there\n"
    assert gateway.ssh("open", "echo still").stdout == b"still\n"


def test_ssh_audit(gateway: SshGateway) -> None:
    """Fails and warns of nothing that a route shows by itself, but of what older clients have nothing better than."""
    program = str(Path(sys.executable).with_name("ssh-audit"))
    command = [program, "--no-colors", "--skip-rate-test", "-p", str(gateway.ports["open"]), "127.0.0.1"]
    ran = gateway.run(command)
    lines = ran.stdout.decode().splitlines()
    assert "(gen) banner: SSH-2.0-tokengate" in lines
    assert all("curve25519" in line for line in lines if "[fail]" in line or "[warn]" in line)
    only = ("KexAlgorithms=ecdh-sha2-nistp256", "LogLevel=INFO")
    assert gateway.ssh("closed", "echo in", options=only).stdout == b"in\n"
    assert b"no matching key exchange method" in gateway.ssh("open", "echo in", options=only).stderr


def test_nothing_secret_is_written_anywhere(gateway: SshGateway) -> None:
    """Neither tokens nor the gateway's keys are in recordings or the log; every recording is whole."""
    assert gateway.cli("sessions", "verify").returncode == 0
    written = b"".join(path.read_bytes() for path in gateway.folder.glob("recordings/*/*.ndjson"))
    written += (gateway.folder / "log").read_bytes()
    assert b"eyJ" not in written
    assert b"PRIVATE KEY" not in written
    assert b"Traceback" not in written


def _paramiko(gateway: SshGateway, route: str, **claims: Any) -> paramiko.SSHClient:
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(
        "127.0.0.1", gateway.ports[route], "ci", gateway.token(**claims), look_for_keys=False, allow_agent=False
    )
    return client


def _await(channel: paramiko.Channel, text: bytes) -> bytes:
    channel.settimeout(10)
    shown = b""
    while text not in shown:
        more = channel.recv(4096)
        assert more, shown
        shown += more
    return shown


def _connected(port: int) -> socket.socket:
    deadline = time.monotonic() + 10
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=5)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
