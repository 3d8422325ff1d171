"""The protocol's options as a configuration has them."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_twisted
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from twisted.internet.task import Clock

from tests.protocols.ssh.endpoints import host_keys
from tests.protocols.ssh.test_relay import FakeTransport
from tests.support.openssh import keygen
from tokengate.config import ConfigErrors, RouteConfig, load
from tokengate.edge.connect import parse_connect
from tokengate.errors import ConfigError, RecorderFailed, TokenRejected
from tokengate.protocols.ssh.certificates import issue, parse
from tokengate.protocols.ssh.credentials import Token
from tokengate.protocols.ssh.plugin import Options, Visit, configure
from tokengate.registry import Registry
from tokengate.session.pipeline import Policy
from tokengate.session.tools import Tools
from tokengate.testing import FakeEnforcer, FakeStream, principal
from tokengate.values import ConnectionContext, Deny, Principal

BASE = """[gateway]
state = state
[verifier:v]
use = tokens
path = tokens
[recorder:r]
use = ndjson
path = recordings
[route:deploy]
protocol = ssh
listen = tcp:2222
upstream = tcp:target:22
credential = file:key
verify = v
record = r
known_hosts = known_hosts
"""


def loaded(folder: Path, *lines: str) -> RouteConfig:
    file = folder / "gateway.ini"
    file.write_text(BASE + "\n".join(lines) + "\n")
    return load(file, Registry.installed()).routes["deploy"]


def problems(folder: Path, *lines: str) -> str:
    with pytest.raises(ConfigErrors) as caught:
        loaded(folder, *lines)
    return str(caught.value)


def test_a_route_with_the_least_it_needs(tmp_path: Path) -> None:
    """Commands, terminals and files; no shell, no forward, no link, no typed input in the recording; no TLS."""
    options = loaded(tmp_path, "users = deploy").protocol_options
    assert options.permissions.requests == {"exec", "pty", "sftp"}
    assert not options.permissions.direct_tcpip.patterns
    assert not options.permissions.tcpip_forward.patterns
    assert not options.permissions.symlinks
    assert not options.permissions.record_input


def test_what_a_route_may_name(tmp_path: Path) -> None:
    """Every key."""
    options = loaded(
        tmp_path, "users = deploy, app=www-data", "targets = web=tcp:10.0.0.1:22", "login = ca", "allow = exec, shell",
        "environment = LANG", "direct_tcpip = db:5432", "tcpip_forward = localhost:*", "symlinks = yes", "record_input = yes",
    ).protocol_options  # fmt: skip
    assert options.users == {"deploy": "deploy", "app": "www-data"}
    assert options.permissions.direct_tcpip.allow(b"db", 5432)


@pytest.mark.parametrize(
    "line",
    ["allow = exec, agents", "algorithms = all", "direct_tcpip = yes", "login = agent", "targets = web", "users = a+b", "symlinks = maybe", "x11 = yes",
     "certificate = cert.pem", "tls = off", "upstream_tls = off"],
)  # fmt: skip
def test_what_means_nothing_is_an_error(tmp_path: Path, line: str) -> None:
    """With its line. TLS has no place in SSH: a key that would be ignored is one somebody relies on."""
    lines = ("users = deploy", line) if not line.startswith("users") else (line,)
    assert f"gateway.ini:{BASE.count(chr(10)) + len(lines)}:" in problems(tmp_path, *lines)


def test_a_route_needs_users(tmp_path: Path) -> None:
    """Nobody gets in by a name that nobody wrote down."""
    assert "needs a key: users" in problems(tmp_path)


def tools(folder: Path) -> Tools:
    return Tools("deploy", folder / "state", folder, None, Clock())


def options(**more: object) -> Options:
    return Options(known_hosts="known_hosts", users={"deploy": "deploy"}, **more)  # type: ignore[arg-type]


def test_known_hosts_and_host_keys_are_read_when_it_is_configured(tmp_path: Path) -> None:
    """A mistake in them stops the start; so does a key that others can read."""
    with pytest.raises(ConfigError, match="known_hosts"):
        configure(options(), tools(tmp_path))
    (tmp_path / "known_hosts").write_text("nonsense\n")
    with pytest.raises(ConfigError, match="a line has"):
        configure(options(), tools(tmp_path))
    (tmp_path / "known_hosts").write_text("")
    key = keygen(tmp_path, "host")
    assert len(configure(options(host_keys=("host",)), tools(tmp_path)).host_keys) == 1
    key.chmod(0o644)
    with pytest.raises(ConfigError, match="read by others"):
        configure(options(host_keys=("host",)), tools(tmp_path))


def test_the_gateway_makes_itself_a_host_key(tmp_path: Path) -> None:
    """Once, for all its routes, in the state folder."""
    (tmp_path / "known_hosts").write_text("")

    found = set()
    for _ in range(2):
        made = configure(options(), tools(tmp_path))
        made.start(Route())
        found.add(made.host_keys[0].fingerprint)
    assert len(found) == 1
    assert (tmp_path / "state" / "ssh-host.key").stat().st_mode & 0o077 == 0


@pytest_twisted.ensureDeferred
async def test_no_session_without_a_recording(tmp_path: Path) -> None:
    """A client with a good token hears that, and its target nothing."""
    (tmp_path / "known_hosts").write_text("")

    class Unrecorded(Route):
        async def authenticate(self, credential: bytes, context: object) -> Principal:
            return principal()

        def admit(self, *arguments: object, **more: object) -> None:
            raise RecorderFailed("the disk is full")

    visit = Visit(configure(options(), tools(tmp_path)), FakeStream(), Unrecorded())
    service = await visit.authenticate(Token(b"token"), "deploy")
    service.transport = FakeTransport()
    service.serviceStarted()
    assert service.transport.goodbye == [(11, b"tokengate: the session can't be recorded")]
    assert visit.relay is None


@pytest_twisted.ensureDeferred
async def test_users_that_do_not_exist(tmp_path: Path) -> None:
    """Are refused as a wrong token is."""
    (tmp_path / "known_hosts").write_text("")

    class Trusting(Route):
        async def authenticate(self, credential: bytes, context: object) -> Principal:
            return principal()

    visit = Visit(configure(options(), tools(tmp_path)), FakeStream(), Trusting())
    for name in ("root", "deploy+elsewhere"):
        with pytest.raises(TokenRejected):
            await visit.authenticate(Token(b"token"), name)


@pytest_twisted.ensureDeferred
async def test_a_certificate_comes_with_the_key_that_was_proved(tmp_path: Path) -> None:
    """A token, or the same bytes as one, comes with none."""
    (tmp_path / "known_hosts").write_text("")
    shown: list[tuple[bytes, ConnectionContext]] = []

    class Refusing(Route):
        async def authenticate(self, credential: bytes, context: ConnectionContext) -> Principal:
            shown.append((credential, context))
            raise TokenRejected("unknown")

    visit = Visit(configure(options(), tools(tmp_path)), FakeStream(), Refusing())
    key, blob = issue(host_keys()[0], ["deploy"], "id", 1_000, 60)
    for credential in (parse(blob), Token(blob)):
        with pytest.raises(TokenRejected):
            await visit.authenticate(credential, "deploy")
    assert [(value, context.proven_key) for value, context in shown] == [(blob, key.blob), (blob, None)]


class Route:
    """A route that is only looked at."""

    name = "deploy"

    class config:
        class options:
            upstream = parse_connect("tcp:target:22")


@pytest_twisted.ensureDeferred
async def test_a_command_is_explained(tmp_path: Path) -> None:
    """By the rules and by the route, without a target."""
    (tmp_path / "known_hosts").write_text("")
    deny = Policy((FakeEnforcer(lambda request: Deny("no", "rules")),), (), (), ("rules",))

    class Denying(Route):
        policy = deny

    found = await configure(options(), tools(tmp_path)).explain(Denying(), principal(), "rm -rf /")
    assert (found["text"], found["outcome"], found["by"]) == ("rm -rf /", "deny", "rules")
    nothing = configure(options(allow=frozenset()), tools(tmp_path))
    assert (await nothing.explain(Denying(), principal(), "true"))["by"] == "route"


def test_a_fingerprint_is_openssh_s(tmp_path: Path) -> None:
    """So that it can be compared."""
    import subprocess

    from tokengate.protocols.ssh.keys import SigningKey

    key = ed25519.Ed25519PrivateKey.generate()
    path = tmp_path / "key"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    path.chmod(0o600)
    printed = subprocess.run(["ssh-keygen", "-lf", str(path)], capture_output=True, text=True, check=True).stdout
    assert SigningKey(key).fingerprint in printed
