"""The gateway's login at targets: every credential, known hosts, and targets that want something else."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import ed25519
from twisted.internet import reactor
from twisted.internet.defer import CancelledError
from twisted.internet.task import deferLater

from tests.protocols.ssh.endpoints import TOKEN, host_keys, known, log_in, own_host, serving
from tests.protocols.ssh.wired import Wired
from tests.support.openssh import keygen, sign, sshd
from tests.support.ports import free_port
from tokengate.edge.limits import Limits as ListenerLimits
from tokengate.edge.listener import Listener, parse_listen
from tokengate.errors import UpstreamError
from tokengate.protocols.ssh.certificates import issue
from tokengate.protocols.ssh.keying import Limits
from tokengate.protocols.ssh.keys import SigningKey
from tokengate.protocols.ssh.knownhosts import KnownHosts
from tokengate.protocols.ssh.login import Key, Password
from tokengate.protocols.ssh.wire import Message, boolean, broken, name_list, string, strings, uint32


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa"])
@pytest_twisted.ensureDeferred
async def test_a_key_at_a_real_sshd(tmp_path: Path, kind: str) -> None:
    """Of every type; RSA by SHA-2."""
    path = keygen(tmp_path, "id", kind)
    with sshd(tmp_path / "sshd", f"AuthorizedKeysFile {path}.pub") as server:
        key = Key(SigningKey.load(path.read_bytes()))
        transport, connection = await log_in(server.port, known(server), server.user, key)
        assert await connection.run(b"echo ok").done == b"ok\n"
        transport.loseConnection()


@pytest.mark.parametrize("authority", ["ed25519", "ecdsa-384", "rsa"])
@pytest_twisted.ensureDeferred
async def test_a_certificate_of_our_own_authority_at_a_real_sshd(tmp_path: Path, authority: str) -> None:
    """Issued for the session: believed for the right principal and address, within its minutes, and not otherwise."""
    ca = keygen(tmp_path, "ca", authority)
    signer = SigningKey.load(ca.read_bytes())
    settings = [
        f"TrustedUserCAKeys {ca}.pub",
        f"AuthorizedPrincipalsFile {tmp_path}/principals",
        "AuthorizedKeysFile none",
    ]
    (tmp_path / "principals").write_text("deploy\n")
    with sshd(tmp_path / "sshd", *settings) as server:
        host, now = known(server), time.time()
        good = Key(*issue(signer, ["deploy"], "session", now, 300, ["127.0.0.1"]))
        transport, connection = await log_in(server.port, host, server.user, good)
        assert await connection.run(b"echo ok").done == b"ok\n"
        transport.loseConnection()
        assert "ID session" in server.log
        for bad in (
            issue(signer, ["root2"], "session", now, 300, ["127.0.0.1"]),
            issue(signer, ["deploy"], "session", now, 300, ["192.0.2.1"]),
            issue(signer, ["deploy"], "session", now - 400, 300, ["127.0.0.1"]),
            issue(SigningKey(ed25519.Ed25519PrivateKey.generate()), ["deploy"], "session", now, 300),
        ):
            with pytest.raises(UpstreamError, match="refused the gateway's credential"):
                await log_in(server.port, host, server.user, Key(*bad))


@pytest_twisted.ensureDeferred
async def test_a_host_certificate_of_a_real_sshd(tmp_path: Path) -> None:
    """By @cert-authority; of another authority or for another host it is refused before anything is proved."""
    path, ca = keygen(tmp_path, "id"), keygen(tmp_path, "ca")
    folder = tmp_path / "sshd"
    folder.mkdir()
    certificate = sign(ca, keygen(folder, "host_ed25519").with_suffix(".pub"), "-I", "h", "-h", "-n", "127.0.0.1")
    settings = [f"AuthorizedKeysFile {path}.pub", f"HostCertificate {certificate}"]
    key = Key(SigningKey.load(path.read_bytes()))
    with sshd(folder, *settings, kinds=("ed25519",)) as server:
        public = ca.with_suffix(".pub").read_text()
        host = KnownHosts.parse(f"@cert-authority * {public}").host("127.0.0.1", server.port)
        transport, connection = await log_in(server.port, host, server.user, key)
        assert await connection.run(b"echo ok").done == b"ok\n"
        transport.loseConnection()
        other = path.with_suffix(".pub").read_text()
        for wrong in (
            KnownHosts.parse(f"@cert-authority * {other}").host("127.0.0.1", server.port),
            evolve(host, name="other.internal"),
            KnownHosts.parse(f"@cert-authority * {public}@revoked * {public}").host("127.0.0.1", server.port),
        ):
            with pytest.raises(UpstreamError, match="host key is not the known one"):
                await log_in(server.port, wrong, server.user, key)


def test_a_host_is_verified_once_and_stays_the_same() -> None:
    """New keys ask nothing of a certificate that ran out meanwhile; another host key is refused."""
    wired = Wired().exchange()
    asked: list[bytes] = []

    def refuses(algorithm: bytes, blob: bytes) -> Any:
        asked.append(blob)
        raise broken("it has run out")

    wired.client._verify_host = refuses
    wired.server.sendKexInit()
    wired.exchange()
    assert wired.client.exchanges == 2
    other = SigningKey(ed25519.Ed25519PrivateKey.generate())
    wired.server._host_keys = {b"ssh-ed25519": other}
    wired.server.sendKexInit()
    wired.exchange()
    assert wired.client.exchanges == 2
    assert wired.client_stream.closed
    assert asked == []


def test_a_login_nobody_waits_for_does_not_start() -> None:
    """Its connection service is not told anything."""
    wired = Wired()
    wired.client.instance.done.cancel()
    wired.exchange()
    assert not wired.client.authenticated
    assert isinstance(wired.login[0].value, CancelledError)


@pytest_twisted.ensureDeferred
async def test_a_wrong_host_key_gets_no_credential() -> None:
    """Another host's key, a host that isn't known, one without a name in the file."""
    other = SigningKey(ed25519.Ed25519PrivateKey.generate())
    with serving() as server:
        for host in (evolve(own_host(), keys=frozenset({other.blob})), evolve(own_host(), keys=frozenset())):
            with pytest.raises(UpstreamError, match="host key is not"):
                await log_in(server.port, host, "ci", Password(TOKEN.decode()))
        assert server.shown == []


@pytest_twisted.ensureDeferred
async def test_a_target_that_closes_or_is_silent() -> None:
    """At once, or for the whole time of the login."""
    port, kept = free_port(), list[Any]()

    async def closes(stream: Any) -> None:
        if kept:
            await deferLater(reactor, 1.0)  # type: ignore[arg-type]
        kept.append(stream)

    listener = Listener(parse_listen(f"tcp:{port}:interface=127.0.0.1"), closes, ListenerLimits(), reactor)
    listener.open()
    listener.start()
    try:
        with pytest.raises(UpstreamError, match="closed the connection"):
            await log_in(port, own_host(), "ci", Password("x"))
        with pytest.raises(UpstreamError) as caught:
            await log_in(port, own_host(), "ci", Password("x"), limits=Limits(login=0.2))
        assert "too long" in caught.value.detail
    finally:
        listener._port.stopListening()


# ---------------------------------------------------------------- by hand


class Target:
    """A target's user authentication by hand."""

    def __init__(self, credential: Any, answers: list[tuple[int, bytes]]) -> None:
        self.heard: list[bytes] = []
        self.answers = answers
        self.wired = Wired(credential=credential)
        self.wired.server._userauth = self.service  # type: ignore[assignment]
        self.wired.exchange()

    def service(self) -> Any:
        service: Any = Wired().upper
        service.packetReceived = self.receive
        return service

    def receive(self, number: int, body: bytes) -> None:
        self.heard.append(bytes([number]) + body)
        if self.answers:
            self.wired.server.sendPacket(*self.answers.pop(0))

    @property
    def error(self) -> UpstreamError:
        (failure,) = self.wired.login
        assert isinstance(failure.value, UpstreamError)
        return failure.value


def failure(*methods: bytes, partial: bool = False) -> tuple[int, bytes]:
    return Message.USERAUTH_FAILURE, name_list(methods) + boolean(partial)


def prompts(*texts: bytes, echo: bool = False) -> tuple[int, bytes]:
    body = strings(b"", b"", b"") + uint32(len(texts)) + b"".join(string(text) + boolean(echo) for text in texts)
    return Message.USERAUTH_INFO_REQUEST, body


SUCCESS: tuple[int, bytes] = (Message.USERAUTH_SUCCESS, b"")
BANNER: tuple[int, bytes] = (Message.USERAUTH_BANNER, strings(b"hello", b""))


def test_a_password_to_a_prompt() -> None:
    """Where the target takes no password by its own method; rounds without questions are answered."""
    target = Target(
        Password("secret"), [failure(b"publickey", b"keyboard-interactive"), prompts(b"Password: "), prompts(), SUCCESS]
    )
    assert target.wired.login == [None]
    assert target.heard[2] == bytes([Message.USERAUTH_INFO_RESPONSE]) + uint32(1) + string(b"secret")
    assert target.heard[3] == bytes([Message.USERAUTH_INFO_RESPONSE]) + uint32(0)


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ([failure(b"password", b"keyboard-interactive")], "refused the gateway's credential"),
        ([failure(b"publickey")], "refused the gateway's credential"),
        ([failure()], "refused the gateway's credential"),
        ([failure(b"publickey", partial=True)], "second authentication"),
        ([failure(b"keyboard-interactive"), prompts(b"Password: ", b"Code: ")], "more than a password"),
        ([failure(b"keyboard-interactive"), prompts(b"User: ", echo=True)], "more than a password"),
        ([failure(b"keyboard-interactive"), prompts(b"Password: "), prompts(b"Code: ")], "more than a password"),
        ([prompts(b"Password: ")], "can't be used"),
        ([(Message.USERAUTH_PK_OK, b"")], "can't be used"),
        ([(80, b"")], "can't be used"),
        ([(Message.USERAUTH_FAILURE, b"")], "can't be used"),
        ([(Message.DISCONNECT, uint32(2) + strings(b"go away", b""))], "ended the connection"),
    ],
)
def test_targets_that_want_something_else(answers: list[tuple[int, bytes]], problem: str) -> None:
    """One credential, shown once by a method: no second try, no answer to anything else."""
    target = Target(Password("secret"), answers)
    assert problem in target.error.problem
    assert target.wired.client_stream.closed
    assert sum(b"secret" in said for said in target.heard) == 1 + (len(target.heard) > 2)
    assert "secret" not in str(target.error)


def test_an_rsa_key_signs_as_the_target_takes_it() -> None:
    """By server-sig-algs (RFC 8308); a target without SHA-2 gets no signature."""

    def signed(accepted: bytes | None) -> bytes:
        target = Target(Key(host_keys()[-1]), [])
        service: Callable[[], None] = target.wired.client.instance.serviceStarted
        target.heard.clear()
        target.wired.client.peerExtensions = {} if accepted is None else {b"server-sig-algs": accepted}
        service()
        target.wired.exchange()
        return b"".join(target.heard)

    assert b"rsa-sha2-512" in signed(None)
    assert b"rsa-sha2-512" in signed(b"ssh-ed25519,rsa-sha2-256,rsa-sha2-512")
    assert b"rsa-sha2-256" in signed(b"ssh-ed25519,rsa-sha2-256")
    assert signed(b"ssh-rsa") == b""


def test_banners_are_passed_over() -> None:
    target = Target(Password("secret"), [BANNER])
    target.wired.server.sendPacket(*SUCCESS)
    target.wired.exchange()
    assert target.wired.login == [None]
    assert "secret" not in repr(Password("secret"))


def test_credentials_do_not_show() -> None:
    assert "secret" not in repr(Password("secret"))
    assert "PrivateKey" not in repr(Key(host_keys()[0]))
