"""Both roles of the wire layer, running: a server for real clients, and logins at real servers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from attrs import define, field
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from twisted.conch.ssh.service import SSHService
from twisted.internet import reactor

from tests.protocols.ssh.moving import CommandConnection, MovingConnection
from tests.support import openssh
from tests.support.ports import free_port
from tokengate.edge.connect import connect, parse_connect
from tokengate.edge.limits import Limits as ListenerLimits
from tokengate.edge.listener import Listener, parse_listen
from tokengate.errors import TokenRejected
from tokengate.protocols.ssh.adapter import StreamTransport
from tokengate.protocols.ssh.algorithms import Offer
from tokengate.protocols.ssh.client import ClientTransport
from tokengate.protocols.ssh.credentials import Credential, Token
from tokengate.protocols.ssh.keying import Limits
from tokengate.protocols.ssh.keys import SigningKey
from tokengate.protocols.ssh.knownhosts import KnownHost, KnownHosts
from tokengate.protocols.ssh.login import Credential as OwnCredential
from tokengate.protocols.ssh.login import reach
from tokengate.protocols.ssh.server import ServerTransport
from tokengate.protocols.ssh.throttle import Throttle
from tokengate.protocols.ssh.userauth import Settings, UserAuth

TOKEN = b"tg_a-token-of-the-tests"

Authenticate = Callable[[Credential, str], Awaitable[SSHService]]


@lru_cache
def host_keys() -> tuple[SigningKey, ...]:
    """One of every kind."""
    privates = (
        ed25519.Ed25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP521R1()),
        rsa.generate_private_key(65537, 2048),
    )
    return tuple(map(SigningKey, privates))


@define
class Server:
    """A listening server of ours. `transports` holds every connection it had; `shown` every credential."""

    port: int
    transports: list[ServerTransport] = field(factory=list)
    shown: list[tuple[Credential, str]] = field(factory=list)

    async def authenticate(self, credential: Credential, user: str) -> SSHService:
        self.shown.append((credential, user))
        if isinstance(credential, Token) and credential.value != TOKEN:
            raise TokenRejected("unknown")
        return MovingConnection()


@contextmanager
def serving(
    keys: tuple[SigningKey, ...] | None = None,
    offer: Offer | None = None,
    limits: Limits | None = None,
    authenticate: Authenticate | None = None,
    **settings: Any,
) -> Iterator[Server]:
    """Our server, as the route of a gateway would run it."""
    server = Server(free_port())
    own = Settings(
        authenticate or server.authenticate,
        settings.pop("throttle", None) or Throttle(reactor.seconds),  # type: ignore[attr-defined]
        reactor,
        **{"failure_time": 0.0, **settings},
    )

    async def accepted(stream: Any) -> None:
        transport = ServerTransport(
            host_keys() if keys is None else keys, lambda: UserAuth(own, stream.peer), reactor, limits, offer
        )
        server.transports.append(transport)
        ended = transport.ended
        StreamTransport(stream, transport).start()
        await ended

    endpoint = parse_listen(f"tcp:{server.port}:interface=127.0.0.1")
    listener = Listener(endpoint, accepted, ListenerLimits(rate_per_source=1000.0), reactor)
    listener.open()
    listener.start()
    try:
        yield server
    finally:
        for transport in server.transports:
            if transport.transport is not None:
                transport.transport.abortConnection()
        listener._port.stopListening()


def own_host() -> KnownHost:
    """Our own server, by all its keys."""
    return KnownHost("127.0.0.1", frozenset(key.blob for key in host_keys()), frozenset(), frozenset())


def known(server: openssh.Server) -> KnownHost:
    """A real server, by what ssh-keyscan would have written."""
    lines = [f"[127.0.0.1]:{server.port} {path.read_text()}" for path in sorted(server.folder.glob("host_*.pub"))]
    return KnownHosts.parse("".join(lines)).host("127.0.0.1", server.port)


async def log_in(
    port: int,
    host: KnownHost,
    user: str,
    credential: OwnCredential,
    offer: Offer | None = None,
    limits: Limits | None = None,
) -> tuple[ClientTransport, CommandConnection]:
    """Our client at a server on loopback."""
    stream = await connect(parse_connect(f"tcp:127.0.0.1:{port}"), reactor)
    connection = CommandConnection()
    return await reach(stream, host, user, credential, connection, reactor, limits, offer), connection
