"""The gateway as its operator knows it: approvals, recordings, reload, revocation, expiry, limits, stopping, failures."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support import postgres as real
from tests.support import rawclient
from tests.support.gateway import Gateway
from tests.support.gateway import gateway as start
from tests.support.postgres import Server
from tokengate.protocols.postgres import wire

UPDATE = "update app.orders set note = 'changed' where id = %s"


class Held:
    """A statement that runs in a thread of its own; `notices` are what its client was told while it waited."""

    def __init__(self, connection: psycopg.Connection[Any], query: str, *parameters: Any) -> None:
        self.notices: list[str] = []
        self.outcome: Any = None
        connection.add_notice_handler(lambda notice: self.notices.append(notice.message_primary or ""))
        self._thread = threading.Thread(target=self._run, args=(connection, query, parameters))
        self._thread.start()

    def _run(self, connection: psycopg.Connection[Any], query: str, parameters: tuple[Any, ...]) -> None:
        try:
            self.outcome = connection.execute(query, parameters, prepare=True).rowcount
        except psycopg.Error as error:
            self.outcome = error

    def join(self) -> Any:
        """What came of it."""
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self.outcome


def eventually(what: Callable[[], Any], seconds: float = 10.0) -> Any:
    """The first true value of `what`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


# ---------------------------------------------------------------- approvals


def test_an_approval_from_another_process_lets_it_go_on_once(gateway: Gateway) -> None:
    """Held, told, approved: it runs on the same connection; the next one asks anew."""
    with gateway.connect("guarded") as connection:
        held = Held(connection, UPDATE, 5)
        waiting = gateway.await_approval()
        assert (waiting["route"], waiting["arguments"]) == ("guarded", 1)
        shown = gateway.cli("approvals", "show", waiting["id"])
        assert "update app.orders" in shown.stdout
        approved = gateway.cli("approvals", "approve", waiting["id"], "--reason", "fine")
        assert approved.returncode == 0, approved.stderr
        assert held.join() == 1
        assert waiting["id"] in held.notices[0]
        assert gateway.cli("approvals", "approve", waiting["id"]).returncode == 1
        again = Held(connection, UPDATE, 6)
        denied = gateway.cli("approvals", "deny", gateway.await_approval()["id"], "--reason", "not today")
        assert denied.returncode == 0
        error = again.join()
        assert isinstance(error, psycopg.errors.InsufficientPrivilege)
        assert "not today" in str(error)
        assert connection.execute("select 1").fetchone() == (1,)


def test_nobody_approves_their_own(gateway: Gateway, tmp_path: Path) -> None:
    """The requester's identity is refused, another's is taken."""
    token = gateway.token()
    with gateway.connect("guarded", token) as connection:
        held = Held(connection, UPDATE, 7)
        waiting = gateway.await_approval()
        file = tmp_path / "token"
        for own in (token, gateway.token(jti="another of the same subject")):
            file.write_text(own)
            refused = gateway.cli("approvals", "approve", waiting["id"], "--token-file", str(file))
            assert refused.returncode == 1
        file.write_text(gateway.token(sub="somebody else"))
        assert gateway.cli("approvals", "approve", waiting["id"], "--token-file", str(file)).returncode == 0
        assert held.join() == 1


def test_a_client_that_leaves_takes_its_hold_along(gateway: Gateway) -> None:
    """The connection is closed while held: the hold is withdrawn, nothing runs."""
    sock = rawclient.login(gateway, "guarded")
    sock.sendall(wire.query(b"update app.orders set note = 'gone' where id = 8"))
    waiting = gateway.await_approval()
    sock.close()
    eventually(lambda: not gateway.approvals())
    assert gateway.cli("approvals", "approve", waiting["id"]).returncode == 1


def test_cancelling_a_held_statement(gateway: Gateway) -> None:
    """The client's own cancel request ends the wait as it would end the statement."""
    with gateway.connect("guarded") as connection:
        held = Held(connection, UPDATE, 9)
        gateway.await_approval()
        connection.cancel_safe(timeout=5)
        assert isinstance(held.join(), psycopg.errors.QueryCanceled)
        assert connection.execute("select 1").fetchone() == (1,)


# ---------------------------------------------------------------- recordings


def test_a_recording_tells_the_truth_and_no_secret(gateway: Gateway) -> None:
    """Who, which token, what was asked, what came back; verified; no token, credential or masked value in it or in the log."""
    token = gateway.token(jti="recorded-1")
    with gateway.connect("masked", token) as connection:
        connection.execute("select id, email from app.customers where email = 'ada@example.org'").fetchall()
        with pytest.raises(psycopg.Error):
            connection.execute("drop table app.customers")
    found = eventually(lambda: [one for one in sessions(gateway) if one["route"] == "masked" and one["reason"]])[0]
    shown = gateway.cli("sessions", "show", found["session"], "--json").stdout
    lines = [json.loads(line) for line in shown.splitlines()]
    start = next(line for line in lines if line["kind"] == "start")
    assert start["principal"]["token_id"] == "recorded-1"
    verdicts = [line["verdict"] for line in lines if line["kind"] == "action"]
    assert verdicts == ["allow", "deny"]
    result = next(line for line in lines if line["kind"] == "result")
    assert (result["rows"], result["masked"]) == (1, 1)
    verified = gateway.cli("sessions", "verify")
    assert verified.returncode == 0, verified.stdout
    everything = gateway.recorded()
    for secret in (token, real.password("scram_user"), "ada@example.org", "078-05-1120"):
        assert secret not in everything


def sessions(gateway: Gateway) -> list[dict[str, Any]]:
    listed = gateway.cli("sessions", "list", "--json")
    assert listed.returncode == 0, listed.stderr
    found: list[dict[str, Any]] = json.loads(listed.stdout)
    return found


def test_replay_is_safe_for_terminals(gateway: Gateway) -> None:
    """Escape sequences in a recorded statement are shown, not obeyed."""
    with gateway.connect("plain") as connection:
        connection.execute("select 'a\x1b[2Jb\x07'")
    found = eventually(lambda: [one for one in sessions(gateway) if one["route"] == "plain" and one["reason"]])[0]
    replayed = gateway.cli("sessions", "replay", found["session"], "--no-wait")
    assert replayed.returncode == 0, replayed.stderr
    assert "\\x1b[2J" in replayed.stdout
    assert "\x1b" not in replayed.stdout


# ---------------------------------------------------------------- standing


def test_bad_tokens_are_refused_alike(gateway: Gateway) -> None:
    """Expired, for others, of others, garbage: one FATAL for all, and no more said."""
    bad = [
        gateway.token(exp=int(time.time()) - 60),
        gateway.token(aud="other"),
        gateway.token(iss="https://evil.example"),
        "x",
        "tg_0123456789abcdef0",
    ]
    for token in bad:
        with pytest.raises(psycopg.OperationalError, match="token refused") as caught:
            gateway.connect("plain", token)
        assert token not in str(caught.value)


def test_a_session_ends_when_its_token_does(gateway: Gateway) -> None:
    """FATAL 57P01, without waiting for the next statement."""
    with gateway.connect("plain", gateway.token(exp=int(time.time()) + 3)) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
        time.sleep(3.5)
        with pytest.raises(psycopg.OperationalError) as caught:
            connection.execute("select 2")
        assert caught.value.sqlstate == "57P01"


def test_a_revoked_token_ends_its_session_and_is_not_taken_again(gateway: Gateway) -> None:
    """`tokengate revoke` counts from the next second on, and can be undone."""
    token = gateway.token(jti="revoke-me")
    with gateway.connect("plain", token) as connection:
        assert gateway.cli("revoke", "token", "revoke-me").returncode == 0
        time.sleep(1.5)
        with pytest.raises(psycopg.OperationalError, match="revoked"):
            connection.execute("select 1")
    with pytest.raises(psycopg.OperationalError, match="token refused"):
        gateway.connect("plain", token)
    assert "revoke-me" in gateway.cli("revocations").stdout
    assert gateway.cli("revoke", "token", "revoke-me", "--undo").returncode == 0
    time.sleep(1.5)
    gateway.connect("plain", token).close()


def test_reload_changes_policy_under_running_sessions(gateway: Gateway) -> None:
    """SIGHUP: a running session adopts the new policy at its next statement; a broken file changes nothing."""
    with gateway.connect("guarded") as connection:
        connection.execute("select pg_sleep(0)")
        gateway.rewrite("deny = drop,", "deny = resource, drop,")
        eventually(lambda: "policy reloaded" in (gateway.folder / "log").read_text())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select pg_sleep(0)")
        gateway.rewrite("deny = resource, drop,", "deny = resouce, drop,")
        eventually(lambda: "not reloaded" in (gateway.folder / "log").read_text())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select pg_sleep(0)")
        gateway.rewrite("deny = resouce, drop,", "deny = drop,")
        eventually(lambda: (gateway.folder / "log").read_text().count("policy reloaded") == 2)
        connection.execute("select pg_sleep(0)")


def get(gateway: Gateway, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{gateway.ports['admin']}{path}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_health_readiness_and_metrics(gateway: Gateway) -> None:
    """What an orchestrator and a scraper ask for, on loopback."""
    assert get(gateway, "/healthz") == (200, "ok\n")
    status, body = get(gateway, "/readyz")
    assert (status, json.loads(body)["ready"]) == (200, True)
    with gateway.connect("plain") as connection:
        connection.execute("select 1")
        text = get(gateway, "/metrics")[1]
    assert 'tokengate_requests_total{route="plain",verdict="allow"}' in text
    assert 'tokengate_sessions_live{route="plain"} 1.0' in text
    assert get(gateway, "/other")[0] == 404


def test_silent_and_garbage_clients_hold_nobody_up(gateway: Gateway) -> None:
    """Connections that say nothing, half a start-up packet, or no PostgreSQL at all: others connect as ever."""
    odd = []
    for data in (
        b"",
        b"\0",
        b"\0\0\0\x08\x04\xd2\x16",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\0",
        os.urandom(100),
        b"\0\0\0\x08\x04\xd2\x16\x2fgarbage",
    ):
        sock = socket.create_connection(("127.0.0.1", gateway.ports["plain"]), timeout=10)
        sock.sendall(data)
        odd.append(sock)
    for _ in range(3):
        gateway.connect("plain").close()
    for sock in odd:
        sock.close()


def test_plaintext_is_not_given_a_token(gateway: Gateway) -> None:
    """A client that wants no TLS is refused before it is asked for anything."""
    with pytest.raises(psycopg.OperationalError, match="only over TLS"):
        gateway.connect("plain", sslmode="disable")


# ---------------------------------------------------------------- memory


def test_a_client_that_stops_reading_costs_no_memory(gateway: Gateway, postgres: Server) -> None:
    """A gigabyte of result that nobody reads stays where it is: the gateway's memory is flat; then it all arrives."""
    sock = rawclient.login(gateway, "plain")
    before = gateway.memory()
    sock.sendall(wire.query(b"select repeat('x', 1000000) from generate_series(1, 1000)"))
    time.sleep(3)
    assert gateway.memory() - before < 16 << 20
    total = 0
    tail = b""
    while not tail.endswith(wire.ready_for_query()):
        piece = sock.recv(1 << 20)
        assert piece
        total += len(piece)
        tail = (tail + piece)[-6:]
    assert total > 1_000_000_000
    assert gateway.memory() - before < 16 << 20
    sock.close()


def test_one_huge_value_streams_through(gateway: Gateway) -> None:
    """Two hundred megabytes in one cell, and forty in one parameter, in a few megabytes of gateway."""
    with gateway.connect("plain") as connection:
        before = gateway.memory()
        found = connection.execute("select repeat('y', 200000000)").fetchone()
        assert found is not None
        assert len(found[0]) == 200_000_000
        del found
        length = connection.execute("select length(%s::text)", ["z" * 40_000_000]).fetchone()
        assert length == (40_000_000,)
        assert gateway.memory() - before < 16 << 20


# ---------------------------------------------------------------- failures


@pytest.fixture
def own(postgres: Server, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway that a test may break."""
    with start(postgres, tmp_path) as running:
        yield running


def test_a_stop_drains_and_then_ends(own: Gateway) -> None:
    """SIGTERM: an idle session ends at once, one in a transaction may finish it, a stubborn one is cut at the deadline."""
    idle, busy, stubborn = (own.connect("plain") for _ in range(3))
    for connection in (busy, stubborn):
        connection.execute("begin")
    own.process.send_signal(signal.SIGTERM)
    time.sleep(0.7)
    busy.execute("select 1")
    busy.execute("commit")
    with pytest.raises(psycopg.OperationalError):
        idle.execute("select 1")
    with pytest.raises(psycopg.OperationalError):
        own.connect("plain")
    assert own.process.wait(15) in (0, -signal.SIGTERM)  # twistd ends by the signal it was stopped with
    with pytest.raises(psycopg.OperationalError):
        stubborn.execute("select 1")
    verified = own.cli("sessions", "verify")
    assert verified.returncode == 0, verified.stdout


def test_an_upstream_that_dies_mid_result(own: Gateway, postgres: Server) -> None:
    """The client hears FATAL 08006 or what the server said itself; the recording is closed and says upstream."""
    with own.connect("plain") as connection:
        pid = connection.execute("select pg_backend_pid()").fetchone()
        assert pid is not None
        held = Held(connection, "select pg_sleep(20)")
        time.sleep(0.5)
        postgres.psql(f"select pg_terminate_backend({pid[0]})")
        error = held.join()
        assert isinstance(error, psycopg.OperationalError)
        assert error.sqlstate in ("57P01", "08006", None)
    eventually(lambda: any(one["reason"] in ("upstream", "client") for one in sessions(own)))


def test_a_recorder_that_cannot_write_ends_the_session(own: Gateway) -> None:
    """The disk is full: the next statement is not forwarded, the session ends, new ones are refused."""
    with own.connect("plain") as connection:
        connection.execute("select 1")
        limit = str(max(path.stat().st_size for path in own.recordings()) + 200)
        subprocess.run(["prlimit", "--pid", str(own.process.pid), f"--fsize={limit}:"], check=True)
        with pytest.raises(psycopg.OperationalError) as caught:
            for _ in range(20):
                connection.execute("select 'recorded before it is forwarded'")
        assert caught.value.sqlstate in ("58030", None)
    subprocess.run(["prlimit", "--pid", str(own.process.pid), "--fsize=unlimited:"], check=True)
    assert own.process.poll() is None


def test_a_killed_gateway_leaves_recordings_that_are_sealed(own: Gateway, postgres: Server) -> None:
    """SIGKILL: what was committed is there; the next start seals it and says that it crashed."""
    connection = own.connect("plain")
    connection.execute("select 'before the crash'")
    own.process.kill()
    own.process.wait()
    with pytest.raises(psycopg.OperationalError):
        connection.execute("select 1")
    from tests.support.running import running

    with running(own.folder, [own.ports["plain"]]):
        found = sessions(own)
    assert [one["outcome"] for one in found] == ["crashed"]
    assert "before the crash" in own.recordings()[0].read_text()
    assert own.cli("sessions", "verify").returncode == 0


def test_an_upstream_that_is_not_who_it_should_be(own: Gateway, postgres: Server) -> None:
    """A name that isn't in its certificate: no session, no detail for the client, no plaintext instead."""
    path = own.folder / "gateway.ini"
    path.write_text(path.read_text().replace("upstream_name = localhost", "upstream_name = db.internal"))
    own.process.send_signal(signal.SIGTERM)
    own.process.wait(10)
    from tests.support.running import running

    with running(own.folder, [own.ports["plain"]]):
        with pytest.raises(psycopg.OperationalError, match="TLS") as caught:
            own.connect("plain")
        assert "db.internal" not in str(caught.value)
