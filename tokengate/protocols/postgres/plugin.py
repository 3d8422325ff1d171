"""The PostgreSQL protocol as a route has it: the order of a session's start, and an answer to everything that ends it.

Greet the client, take its token, have it verified, admit the session (its recording begins), log in to the upstream
with the route's own credential, introduce the two to each other, and leave them to gate and driver. Whatever goes
wrong on the way is told to the client in PostgreSQL's form, and no more of it than it may know.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from attrs import define, field, frozen
from OpenSSL import SSL
from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectionClosed
from twisted.logger import Logger
from zope.interface import implementer

from tokengate import convert
from tokengate.components import option
from tokengate.edge.deadline import within
from tokengate.edge.driver import Driver
from tokengate.edge.endings import MESSAGES, close_recording
from tokengate.errors import (
    ProtocolError,
    RecorderFailed,
    SessionEnded,
    TokenRejected,
    UpstreamError,
    VerifierUnavailable,
)
from tokengate.interfaces import IProtocol
from tokengate.protocols.postgres.cancel import Cancels
from tokengate.protocols.postgres.catalogue import Catalogue
from tokengate.protocols.postgres.credential import Credential
from tokengate.protocols.postgres.explanation import explain
from tokengate.protocols.postgres.gate import FATAL_CODES, Gate
from tokengate.protocols.postgres.login import LOGIN_DEADLINE, METHODS, Upstream, parse_methods, reach
from tokengate.protocols.postgres.namespace import Namespace
from tokengate.protocols.postgres.parameters import READ_ONLY, Startup
from tokengate.protocols.postgres.startup import Cancel, ask_token, fatal, greet, welcome
from tokengate.session.pipeline import Policy
from tokengate.session.tools import Tools
from tokengate.sql.cache import Analyser, to_action
from tokengate.values import ConnectionContext, EndReason, Principal

VERIFY_DEADLINE = 20.0
"""Seconds for a verifier: one that has to fetch its issuer's keys first needs a few."""

log = Logger()


@frozen
class Options:
    """The keys a route with `protocol = postgres` may have besides its own."""

    databases: tuple[str, ...] = option(
        "databases a client may use, separated by commas; without it only the one the credential names",
        default=(),
        convert=convert.names,
    )
    require_auth: frozenset[str] = option(
        "how the upstream may have the gateway authenticate: scram-sha-256-plus, scram-sha-256, md5, password, none, "
        "or with a ! before each how it may not",
        default=METHODS,
        convert=parse_methods,
    )
    max_statement: int = option("the longest statement taken", default=1024 * 1024, convert=convert.size)
    read_only: bool = option(
        "whether sessions can only read: the server is told so, and nothing that could change it is let through",
        default=False,
        convert=convert.boolean,
    )
    catalogue_interval: float = option(
        "how often the target's tables and views are read again where nothing asks for it sooner",
        default=60.0,
        convert=convert.duration,
    )


def configure(options: Options, tools: Tools) -> Postgres:
    """The protocol for one route."""
    return Postgres(options, tools.reactor)


@implementer(IProtocol)
@define(eq=False)
class Postgres:
    """One route's PostgreSQL. `clock`: an `IReactorTime`."""

    options: Options
    clock: Any
    _cancels: Cancels = field(factory=Cancels, init=False)
    _catalogues: dict[str, Catalogue] = field(factory=dict, init=False)
    _analyse: Analyser = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._analyse = Analyser()

    def start(self, route: Any) -> None:
        """See `IProtocol`. A route that judges by its target's catalogue reads it before the first session comes."""
        self._analyse.counts = route.counts.statements
        if self._asks_catalogue(route.policy):
            self.catalogue(route, "").start()

    async def stop(self) -> None:
        """See `IProtocol`."""
        for catalogue in self._catalogues.values():
            catalogue.stop()

    async def explain(self, route: Any, principal: Principal, text: str) -> dict[str, Any]:
        """See `IProtocol`."""
        return await explain(
            route, self.options, self.catalogue(route, ""), to_action(text.encode()), principal, self.clock
        )

    def catalogue(self, route: Any, database: str) -> Catalogue:
        """The catalogue of one of the route's databases, "" for the credential's own. It asks nothing before it is
        asked.
        """
        if database not in self._catalogues:
            self._catalogues[database] = Catalogue(
                route, self.clock, database or None, self.options.catalogue_interval, self.options.require_auth
            )
        return self._catalogues[database]

    async def serve(self, stream: Any, route: Any) -> None:
        """See `IProtocol`."""
        try:
            await self._serve(stream, route)
        except (ConnectionClosed, SSL.Error) as error:
            log.info("route {route}: {peer} is gone: {why}", route=route.name, peer=stream.peer, why=str(error))
            stream.abort()
        except Exception as error:  # noqa: BLE001  whatever it was, the client is told, and the listener goes on
            _log_refusal(error, route.name, stream.peer)
            stream.write(refusal(error))
        finally:
            stream.close()

    async def _serve(self, stream: Any, route: Any) -> None:
        late = ProtocolError("canceling authentication due to timeout", "57014")
        arrived = await within(self.clock, route.limits.handshake, _arrive(stream, route), late)
        if isinstance(arrived, Cancel):
            await self._cancel(arrived, route)
            return
        startup, token = arrived
        context = ConnectionContext(route.name, "postgres", stream.peer, startup.user, _certificate_subject(stream))
        principal = await self._identify(token, context, route)
        credential = Credential.parse(await within(self.clock, LOGIN_DEADLINE, _awaited(route.credential())))
        database = choose_database(startup, credential, self.options.databases)
        catalogue = self.catalogue(route, "" if database == credential.database else database)
        details = {"user": startup.user, "database": database}
        if application := startup.settings.get("application_name"):
            details["application_name"] = application
        admission = route.admit(principal, context, details=details, catalogue=catalogue)
        try:
            upstream = await self._reach(route, credential, database, startup)
            if self._asks_catalogue(admission.pipeline.policy) and not catalogue.version:
                await catalogue.refresh()
        except BaseException as error:
            await close_recording(admission, stream, route.counts, *_why(error), 0)
            raise
        namespace = Namespace(admission.pipeline, catalogue, credential.user, upstream.parameters.get("search_path"))
        await self._run(stream, upstream, admission, route, startup.minor, namespace)

    def _asks_catalogue(self, policy: Policy) -> bool:
        """Whether anybody judges by what the target stores."""
        return policy.asks_catalogue or self.options.read_only

    async def _identify(self, token: bytes, context: ConnectionContext, route: Any) -> Principal:
        late = VerifierUnavailable(route.name, f"no decision in {VERIFY_DEADLINE:.0f} seconds")
        work: Coroutine[Any, Any, Principal] = _awaited(route.authenticate(token, context))
        return await within(self.clock, VERIFY_DEADLINE, work, late)

    async def _reach(self, route: Any, credential: Credential, database: str, startup: Startup) -> Upstream:
        settings = {**startup.settings, **READ_ONLY} if self.options.read_only else startup.settings
        reaching = reach(route, credential, database, settings, self.options.require_auth)
        upstream = await within(self.clock, LOGIN_DEADLINE, reaching)
        if self.options.read_only and READ_ONLY.items() - upstream.parameters.items():
            upstream.stream.abort()
            raise UpstreamError("the upstream does not say that it is read-only", "PostgreSQL does since 14", "0A000")
        return upstream

    async def _run(
        self, stream: Any, upstream: Upstream, admission: Any, route: Any, minor: int, namespace: Namespace
    ) -> None:
        session = self._cancels.issue(upstream, minor)
        options, catalogue = self.options, admission.session.catalogue
        gate = Gate(
            admission.pipeline, self._analyse, catalogue, namespace, options.max_statement, read_only=options.read_only
        )
        session.driver = Driver(stream, upstream.stream, gate, admission, route)
        stream.write(welcome(upstream.parameters, session.process, session.key))
        try:
            await session.driver.run()
        finally:
            gate.close()
            self._cancels.forget(session)

    async def _cancel(self, request: Cancel, route: Any) -> None:
        session = self._cancels.find(request)
        if session is None:
            log.info("route {route}: a cancel request for no session", route=route.name)
            return
        try:
            await session.cancel(route, self.clock)
        except UpstreamError as error:
            log.error("route {route}: a cancel request failed: {why}", route=route.name, why=str(error))


def choose_database(startup: Startup, credential: Credential, databases: tuple[str, ...]) -> str:
    """The database a client gets. Raises `ProtocolError` 3D000.

    A client that names none asks for one called like its user, as every driver based on libpq does by itself: where
    the route has no such database that means the credential's own, so that `psql -h gateway` needs no -d.
    """
    allowed = databases or (credential.database,)
    if startup.database in allowed:
        return startup.database
    if startup.database in ("", startup.user):
        return credential.database if credential.database in allowed else allowed[0]
    raise ProtocolError(f'database "{startup.database[:63]}" is not served by this route', "3D000")


def refusal(error: Exception) -> bytes:
    """The FATAL that a client sees for whatever ended its session's start. What it may not know is not in it."""
    match error:
        case ProtocolError():
            return fatal(error)
        case TokenRejected():
            return fatal(ProtocolError("token refused", "28P01"))
        case VerifierUnavailable():
            return fatal(ProtocolError("tokens can't be verified at the moment", "57P03"))
        case UpstreamError(problem=problem, code=code):
            return fatal(ProtocolError(problem, code or "08006"))
        case RecorderFailed():
            return fatal(ProtocolError(MESSAGES["recorder"], FATAL_CODES["recorder"]))
        case SessionEnded(reason=reason):
            return fatal(ProtocolError(MESSAGES.get(reason, reason), FATAL_CODES.get(reason, "XX000")))
        case CancelledError():
            return fatal(ProtocolError(MESSAGES["shutdown"], FATAL_CODES["shutdown"]))
        case _:
            return fatal(ProtocolError(MESSAGES["error"], "XX000"))


async def _arrive(stream: Any, route: Any) -> Cancel | tuple[Startup, bytes]:
    """The client's half, up to its token."""
    wanted = await greet(stream, route.tls)
    return wanted if isinstance(wanted, Cancel) else (wanted, await ask_token(stream, wanted))


async def _awaited(awaitable: Any) -> Any:
    """A coroutine of anything awaitable."""
    return await awaitable


def _certificate_subject(stream: Any) -> str | None:
    """The subject of the client's certificate, where it showed one."""
    certificate = None if stream.tls is None else stream.tls.get_peer_certificate(as_cryptography=True)
    return None if certificate is None else str(certificate.subject.rfc4514_string())


def _why(error: BaseException) -> tuple[EndReason, str]:
    """Why a session ends that never ran."""
    match error:
        case UpstreamError():
            return "upstream", error.problem
        case CancelledError():
            return "shutdown", ""
        case _:
            return "error", ""


def _log_refusal(error: Exception, route: str, peer: str) -> None:
    match error:
        case TokenRejected() | ProtocolError() | CancelledError():
            log.info("route {route}: {peer} is refused: {why}", route=route, peer=peer, why=str(error))
        case VerifierUnavailable() | UpstreamError() | RecorderFailed() | SessionEnded():
            log.error("route {route}: {peer} can't be served: {why}", route=route, peer=peer, why=str(error))
        case _:
            log.failure("route {route}: {peer} can't be served", route=route, peer=peer)
