"""The SSH protocol as a route has it: the order of a session's start, and the way to its target.

Exchange keys with the client, take its token, have it verified, find the target its user name stands for, admit the
session (its recording begins), let the client in, log in to the target with the route's own credential, and leave the
two to gate and relay. What fails after the client is in, it is told in a DISCONNECT.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from attrs import define, evolve, field, frozen
from cryptography.hazmat.primitives.asymmetric import ed25519
from twisted.conch.ssh.service import SSHService
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from zope.interface import implementer

from tokengate import convert
from tokengate.components import option
from tokengate.edge.connect import connect
from tokengate.edge.deadline import within
from tokengate.edge.endings import MESSAGES
from tokengate.edge.tasks import spawn
from tokengate.errors import ConfigError, RecorderFailed, UpstreamError, VerifierUnavailable
from tokengate.interfaces import IProtocol
from tokengate.protocols.ssh import actions, certificates
from tokengate.protocols.ssh.adapter import StreamTransport
from tokengate.protocols.ssh.algorithms import OFFERS
from tokengate.protocols.ssh.certificates import Certificate
from tokengate.protocols.ssh.credentials import Credential, Token
from tokengate.protocols.ssh.gate import Gate
from tokengate.protocols.ssh.keying import Limits
from tokengate.protocols.ssh.keys import SigningKey, encode
from tokengate.protocols.ssh.knownhosts import KnownHosts
from tokengate.protocols.ssh.login import Credential as OwnCredential
from tokengate.protocols.ssh.login import Key, Password, reach
from tokengate.protocols.ssh.permissions import REQUESTS, Destinations, Permissions
from tokengate.protocols.ssh.relay import Relay
from tokengate.protocols.ssh.server import ServerTransport
from tokengate.protocols.ssh.targets import Target, choose, parse_targets, parse_users
from tokengate.protocols.ssh.throttle import Throttle
from tokengate.protocols.ssh.userauth import Settings, UserAuth
from tokengate.protocols.ssh.wire import Reason
from tokengate.secrets.file import read_private
from tokengate.session.explain import explained
from tokengate.session.session import Session
from tokengate.session.tools import Tools
from tokengate.store.keyfile import load_or_make
from tokengate.values import ConnectionContext, Principal, Side

VERIFY_DEADLINE = 20.0
"""Seconds for a verifier: one that has to fetch its issuer's keys first needs a few."""

LOGIN_DEADLINE = 20.0
"""Seconds to reach the target and log in there."""

CERTIFICATE_LIFETIME = 60.0
"""Seconds a certificate for the target is valid: it is used at once, and only to log in."""

HOST_KEY = "ssh-host.key"
"""The host key's file in the state folder, where none is configured: 32 raw bytes of Ed25519."""

log = Logger()


def _requests(text: str) -> frozenset[str]:
    found = frozenset(convert.names(text))
    if unknown := found - {*REQUESTS}:
        raise ValueError(f"{', '.join(sorted(unknown))}: there are {', '.join(REQUESTS)}")
    return found


def _destinations(text: str) -> Destinations:
    return Destinations.parse(convert.names(text))


@frozen
class Options:
    """The keys a route with `protocol = ssh` may have besides its own."""

    ENCRYPTS: ClassVar[bool] = True

    known_hosts: str = option("the file with the targets' host keys, as OpenSSH writes it")
    users: Mapping[str, str] = option(
        "who a client may be, separated by commas: NAME, or NAME=USER for another name at the target",
        convert=parse_users,
    )
    targets: Mapping[str, Any] = option(
        "other targets, asked for as USER+NAME: NAME=tcp:HOST:PORT, separated by commas",
        default={},
        convert=parse_targets,
    )
    login: str = option(
        "what the credential is: key (a private key), password, ca (a private key that certifies each session)",
        default="key",
        convert=convert.one_of("key", "password", "ca"),
    )
    host_keys: tuple[str, ...] = option(
        "files with the gateway's own host keys; without them it makes one", default=(), convert=convert.names
    )
    algorithms: str = option(
        "what clients may speak: modern, or compatible (NIST's curves and encrypt-and-MAC besides)",
        default="modern",
        convert=convert.one_of(*OFFERS),
    )
    allow: frozenset[str] = option(
        f"what clients may ask for: {', '.join(REQUESTS)}", default=Permissions().requests, convert=_requests
    )
    environment: tuple[str, ...] = option(
        "variables that clients may set, with * for any characters",
        default=Permissions().environment,
        convert=convert.names,
    )
    direct_tcpip: Destinations = option(
        "where clients may have the target connect to: HOST:PORT, with * for any", default=Destinations(),
        convert=_destinations,
    )  # fmt: skip
    tcpip_forward: Destinations = option(
        "where clients may have the target listen for them: HOST:PORT, with * for any",
        default=Destinations(),
        convert=_destinations,
    )
    symlinks: bool = option("whether SFTP may make links", default=False, convert=convert.boolean)
    record_input: bool = option(
        "whether what is typed at a terminal is recorded, as far as it is echoed", default=False,
        convert=convert.boolean,
    )  # fmt: skip

    @property
    def permissions(self) -> Permissions:
        """What clients may ask for."""
        return Permissions(
            self.allow, self.environment, self.direct_tcpip, self.tcpip_forward, self.symlinks, self.record_input
        )


def configure(options: Options, tools: Tools) -> Ssh:
    """The protocol for one route. Raises `ConfigError`."""
    path = tools.path(options.known_hosts)
    try:
        known = KnownHosts.parse(path.read_text(), str(path))
        keys = tuple(SigningKey.load(read_private(tools.path(name)).encode() + b"\n") for name in options.host_keys)
    except (OSError, ValueError) as error:
        raise ConfigError(f"the route's known_hosts or host_keys can't be used: {error}") from error
    return Ssh(options, known, keys, tools.state / HOST_KEY, tools.reactor)


@implementer(IProtocol)
@define(eq=False)
class Ssh:
    """One route's SSH. `clock`: an `IReactorTime`; `own`: where the gateway's own host key is kept."""

    options: Options
    known: KnownHosts
    host_keys: tuple[SigningKey, ...]
    own: Path
    clock: Any
    _throttle: Throttle = field(init=False)
    _last_key: tuple[str, SigningKey] | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._throttle = Throttle(self.clock.seconds)

    def start(self, route: Any) -> None:
        """See `IProtocol`. Makes the host key that the gateway shows, where none is configured."""
        if not self.host_keys:
            raw = load_or_make(self.own, lambda: os.urandom(32))
            self.host_keys = (SigningKey(ed25519.Ed25519PrivateKey.from_private_bytes(raw)),)
        for key in self.host_keys:
            log.info("route {route} shows the host key {digest}", route=route.name, digest=key.fingerprint)

    async def stop(self) -> None:
        """See `IProtocol`."""

    async def explain(self, route: Any, principal: Principal, text: str) -> dict[str, Any]:
        """See `IProtocol`. `text` is a command."""
        session = Session(route.name, actions.PROTOCOL, principal, "explain")
        action, refusal = actions.command(text.encode())
        return explained(action, session, route.policy, self.options.permissions.refusal("exec") or refusal, None)

    async def serve(self, stream: Any, route: Any) -> None:
        """See `IProtocol`."""
        visit = Visit(self, stream, route)
        settings = Settings(visit.authenticate, self._throttle, self.clock, route.recognises, route.device)
        limits = Limits(login=route.limits.handshake)
        offer = OFFERS[self.options.algorithms]
        transport = ServerTransport(self.host_keys, lambda: UserAuth(settings, stream.peer), self.clock, limits, offer)
        StreamTransport(stream, transport).start()
        await transport.ended
        if visit.relay is not None:
            visit.relay.lost(Side.CLIENT)  # it may never have heard of its client
            await visit.running

    async def reach(self, route: Any, target: Target, session: Session, service: Any) -> None:
        """Log in to a session's target and start `service` there. Raises `UpstreamError`."""
        credential = await self._credential(route, target, session)
        endpoint = target.endpoint
        stream = await connect(endpoint, self.clock)
        await reach(stream, self.known.host(endpoint.host, endpoint.port), target.user, credential, service, self.clock)

    def _key(self, text: str) -> SigningKey:
        """The key of this text. Reading an RSA key takes long, and it seldom changes: the last one is kept."""
        if self._last_key is None or self._last_key[0] != text:
            try:
                self._last_key = text, SigningKey.load(text.encode() + b"\n")
            except ValueError as error:
                raise UpstreamError("the gateway's credential for this route can't be used", str(error)) from None
        return self._last_key[1]

    async def _credential(self, route: Any, target: Target, session: Session) -> OwnCredential:
        text = await route.credential()
        if self.options.login == "password":
            return Password(text)
        key = self._key(text)
        if self.options.login == "key":
            return Key(key)
        name = f"{session.principal.name} by tokengate, session {session.id}"
        private, certificate = certificates.issue(key, [target.user], name, route.now(), CERTIFICATE_LIFETIME)
        return Key(private, certificate)


@define(eq=False)
class Visit:
    """One client's way in. `relay`: its session, once it has one; `running`: until that has ended."""

    ssh: Ssh
    stream: Any
    route: Any
    relay: Relay | None = None
    running: Deferred[Any] = field(factory=Deferred)

    async def authenticate(self, credential: Credential, user: str) -> Any:
        """See `userauth.Authenticate`: the client's end of a session that is recorded from now on."""
        route, options, permissions = self.route, self.ssh.options, self.ssh.options.permissions
        context = ConnectionContext(route.name, actions.PROTOCOL, self.stream.peer, user)
        if isinstance(credential, Certificate):
            context = evolve(context, proven_key=encode(credential.key))
            permissions = permissions.within(credential.flags)
        principal = await self._principal(credential, context)
        target = choose(user, options.users, options.targets, route.config.options.upstream)
        details = {"user": target.user, "target": target.name or f"{target.endpoint.host}:{target.endpoint.port}"}
        try:
            admission = route.admit(principal, context, details=details)
        except RecorderFailed as error:
            log.error(
                "route {route}: {peer} can't be served: {why}", route=route.name, peer=context.client, why=str(error)
            )
            return Farewell(MESSAGES["recorder"])
        gate = Gate(admission.pipeline, permissions, self.ssh.clock.seconds)
        relay = self.relay = Relay(self.stream, admission, route, gate)

        async def reaching(service: Any) -> None:
            login = self.ssh.reach(route, target, admission.session, service)
            await within(self.ssh.clock, LOGIN_DEADLINE, login)

        self.running = spawn(relay.run(reaching), f"session {admission.session.id}")
        return relay.ends[Side.CLIENT]

    async def _principal(self, credential: Credential, context: ConnectionContext) -> Principal:
        late = VerifierUnavailable(self.route.name, f"no decision in {VERIFY_DEADLINE:.0f} seconds")
        value = credential.value if isinstance(credential, Token) else credential.blob
        work = self.route.authenticate(value, context)
        principal: Principal = await within(self.ssh.clock, VERIFY_DEADLINE, work, late)
        return principal


class Farewell(SSHService):
    """The connection service of a client that is who it says and can't be served: it hears why."""

    name = b"ssh-connection"
    transport: Any

    def __init__(self, why: str) -> None:
        self._why = why

    def serviceStarted(self) -> None:
        """The client is in, and out again."""
        self.transport.sendDisconnect(Reason.BY_APPLICATION, f"tokengate: {self._why}".encode())
