"""Tests of tokengate.protocols.postgres.plugin: a session's start from the first byte to the driver, and all its bad
ends.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock
from zope.interface.verify import verifyObject

from tests.support.streams import ScriptedStream
from tokengate.edge.limits import Limits
from tokengate.enforce.rules import items
from tokengate.enforce.sql import Options as RulesOptions
from tokengate.enforce.sql import configure
from tokengate.errors import (
    ProtocolError,
    RecorderFailed,
    SessionEnded,
    TokenRejected,
    UpstreamError,
    VerifierUnavailable,
)
from tokengate.interfaces import IProtocol
from tokengate.protocols.postgres import plugin, wire
from tokengate.protocols.postgres.catalogue import Catalogue
from tokengate.protocols.postgres.credential import Credential
from tokengate.protocols.postgres.login import LOGIN_DEADLINE
from tokengate.protocols.postgres.parameters import Startup
from tokengate.protocols.postgres.plugin import VERIFY_DEADLINE, Options, Postgres, choose_database, refusal
from tokengate.protocols.postgres.startup import Cancel
from tokengate.session.counts import Counts
from tokengate.session.pipeline import Pipeline, Policy
from tokengate.session.session import Session
from tokengate.session.tools import Tools
from tokengate.values import ConnectionContext, Event, Principal

TOKEN = b"eyJhbGciOi.secret.token"
STARTUP = wire.startup_message(wire.PROTOCOL_3_2, {"user": "ci", "database": "orders", "application_name": "psql"})
PASSWORD = wire.message(b"p", TOKEN + b"\0")
ASKED = wire.authentication(3)
STATUS = wire.parameter_status("client_encoding", "UTF8") + wire.parameter_status("standard_conforming_strings", "on")
LOGGED_IN = wire.authentication(0) + STATUS + wire.backend_key_data(4242, b"real") + wire.ready_for_query()
MASKED = Policy((), (object(),))
GUARDED = Policy(
    (configure(RulesOptions(deny=items("write on app.orders")), Tools("x", Path(), Path(), None, None)),), ()
)
PRINCIPAL = Principal("https://issuer", "ci", "oidc", "1", "d" * 64)


@define
class FakeRecording:
    events: list[Event] = field(factory=list)
    closed: list[str] = field(factory=list)

    def write(self, event: Event) -> None:
        self.events.append(event)

    async def close(self, reason: str) -> None:
        self.closed.append(reason)


@define
class FakeAdmission:
    session: Session
    pipeline: Pipeline
    recording: FakeRecording


async def accepted(_: bytes) -> Principal:
    return PRINCIPAL


@define
class FakeRoute:
    """A route with a scripted upstream; `verify` decides on the token."""

    upstream: ScriptedStream = field(factory=lambda: ScriptedStream().say(LOGGED_IN))
    verify: Callable[[bytes], Awaitable[Principal]] = accepted
    secret: str = "postgresql://app:hunter2@/orders"
    name: str = "orders"
    tls: Any = None
    limits: Limits = field(factory=Limits)
    policy: Policy = field(factory=lambda: Policy((), ()))
    counts: Counts = field(factory=Counts)
    recording: FakeRecording = field(factory=FakeRecording)
    contexts: list[ConnectionContext] = field(factory=list)
    admitted: list[Session] = field(factory=list)
    refuses: Exception | None = None
    connections: int = 0

    async def authenticate(self, credential: bytes, context: ConnectionContext) -> Principal:
        self.contexts.append(context)
        return await self.verify(credential)

    async def credential(self) -> str:
        return self.secret

    async def connect(self) -> ScriptedStream:
        self.connections += 1
        return self.upstream

    def upstream_tls(self) -> None:
        return None

    def admit(self, principal: Principal, context: ConnectionContext, *, details: Any, catalogue: Any) -> FakeAdmission:
        if self.refuses is not None:
            raise self.refuses
        session = Session(self.name, "postgres", principal, context.client, details, catalogue)
        self.admitted.append(session)
        pipeline = Pipeline(session, lambda: self.policy, lambda _: None)
        return FakeAdmission(session, pipeline, self.recording)


@define
class FakeDriver:
    """In the driver's place: says what it was made of, and ends when the test says so."""

    client: Any
    upstream: Any
    gate: Any
    admission: Any
    route: Any
    over: Deferred[str] = field(factory=Deferred)
    made: ClassVar[list[Any]] = []

    def __attrs_post_init__(self) -> None:
        self.made.append(self)

    def run(self) -> Deferred[str]:
        return self.over

    def cancel_hold(self) -> bool:
        return False


@pytest.fixture(autouse=True)
def drivers(monkeypatch: pytest.MonkeyPatch) -> list[FakeDriver]:
    FakeDriver.made.clear()
    monkeypatch.setattr(plugin, "Driver", FakeDriver)
    return FakeDriver.made


@define
class Client:
    """A client of a route, and what became of serving it."""

    route: FakeRoute = field(factory=FakeRoute)
    options: Options = field(factory=Options)
    clock: Clock = field(factory=Clock)
    stream: ScriptedStream = field(factory=ScriptedStream)
    protocol: Postgres = field(init=False)
    served: Deferred[None] | None = None
    outcome: list[Any] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.protocol = Postgres(self.options, self.clock)

    def says(self, data: bytes) -> Client:
        if self.served is None:
            self.served = Deferred.fromCoroutine(self.protocol.serve(self.stream, self.route))
            self.served.addBoth(self.outcome.append)
        self.stream.say(data)
        return self

    def told(self, state: str) -> str:
        """The FATAL it was told last, after which the connection is closed."""
        assert self.outcome == [None], "serve still runs, or raised"
        assert self.stream.closed
        heard = self.stream.take().removeprefix(ASKED)
        assert heard[:1] == b"E"
        fields = dict(wire.parse_error_fields(heard[5:]))
        assert fields[b"S"] == b"FATAL"
        assert fields[b"C"] == state.encode()
        return fields[b"M"].decode()


def test_a_whole_start(drivers: list[FakeDriver]) -> None:
    """Token in, welcome out: the client gets the upstream's settings and the gateway's own key; the driver gets both
    streams.
    """
    client = Client().says(STARTUP + PASSWORD)
    (driver,) = drivers
    heard = client.stream.take()
    assert heard.startswith(ASKED + wire.authentication(0) + STATUS)
    process, key = wire.parse_backend_key_data(heard[len(ASKED) + 9 + len(STATUS) + 5 : -6])
    assert len(key) == 32
    assert (process, key) != (4242, b"real")
    assert heard.endswith(wire.ready_for_query())
    assert (driver.client, driver.upstream, driver.route) == (client.stream, client.route.upstream, client.route)
    assert not client.outcome
    driver.over.callback("client")
    assert client.outcome == [None]
    assert client.protocol._cancels.find(Cancel(process, key)) is None
    verifyObject(IProtocol, client.protocol)


def test_neither_side_sees_the_other_s_secret(drivers: list[FakeDriver]) -> None:
    """The upstream never hears the token, the client never the credential."""
    route = FakeRoute(ScriptedStream(peer="127.0.0.1:5432").say(wire.authentication(3) + LOGGED_IN))
    client = Client(route).says(STARTUP + PASSWORD)
    upstream, told = route.upstream.take(), client.stream.take()
    assert drivers
    assert b"hunter2" in upstream
    assert TOKEN not in upstream
    assert b"hunter2" not in told
    assert b"real" not in told


def test_what_the_session_knows(drivers: list[FakeDriver]) -> None:
    """Who asked, from where, for what: for verifiers, enforcers and the recording."""
    client = Client().says(STARTUP + PASSWORD)
    assert client.route.contexts == [ConnectionContext("orders", "postgres", "192.0.2.7:40000", "ci", None)]
    (session,) = client.route.admitted
    assert session.details == {"user": "ci", "database": "orders", "application_name": "psql"}
    assert session.catalogue is client.protocol.catalogue(client.route, "")
    assert drivers[0].admission.session is session


def test_a_refused_token() -> None:
    """Why a token was refused is for the operator: the client and the upstream learn nothing of it."""

    async def reject(_: bytes) -> Principal:
        raise TokenRejected("expired", "at 12:00")

    client = Client(FakeRoute(verify=reject)).says(STARTUP + PASSWORD)
    assert client.told("28P01") == "token refused"
    assert client.route.connections == 0
    assert client.route.admitted == []


def test_an_empty_token() -> None:
    """No verifier is asked about no token."""
    client = Client().says(STARTUP + wire.message(b"p", b"\0"))
    assert client.told("28P01") == "token refused"
    assert client.route.contexts == []


def test_a_verifier_that_can_t_decide() -> None:
    """It is said that tokens can't be verified now; one that does not answer counts as that."""

    async def unavailable(_: bytes) -> Principal:
        raise VerifierUnavailable("oidc", "https://issuer.internal timed out")

    client = Client(FakeRoute(verify=unavailable)).says(STARTUP + PASSWORD)
    assert "issuer.internal" not in client.told("57P03")
    silent = Client(FakeRoute(verify=lambda _: Deferred())).says(STARTUP + PASSWORD)
    silent.clock.advance(VERIFY_DEADLINE)
    silent.told("57P03")


def test_a_slow_client() -> None:
    """One that does not come to its token in the listener's time is told so and closed."""
    for said in (STARTUP[:5], STARTUP, STARTUP + PASSWORD[:-1]):
        client = Client().says(said)
        client.clock.advance(client.route.limits.handshake - 1)
        assert not client.outcome
        client.clock.advance(1)
        client.told("57014")


def test_garbage() -> None:
    """A packet that can't be is answered and closed, before any token is asked for."""
    assert Client().says(b"GET / HTTP/1.1\r\n\r\n").told("08P01") == "invalid length of startup packet"


@pytest.mark.parametrize("said", [b"", STARTUP[:7], STARTUP])
def test_a_client_that_leaves(said: bytes) -> None:
    """Nothing is answered to somebody who is gone; psql leaves to ask its user for the password."""
    client = Client().says(said)
    client.stream.end()
    assert client.outcome == [None]
    assert client.stream.aborted
    assert client.stream.take() == (ASKED if said == STARTUP else b"")


@pytest.mark.parametrize(
    ("asked", "databases", "expected"),
    [
        ("orders", (), "orders"),
        ("", (), "orders"),
        ("ci", (), "orders"),
        ("other", (), None),
        ("Orders", (), None),
        ("orders", ("orders", "other"), "orders"),
        ("other", ("orders", "other"), "other"),
        ("ci", ("other",), "other"),
        ("ci", ("other", "ci"), "ci"),
        ("orders", ("other",), None),
    ],
)
def test_databases(asked: str, databases: tuple[str, ...], expected: str | None) -> None:
    """Only listed databases are served; a client that only defaulted to its user's name gets the credential's."""
    startup, credential = Startup(0, (), "ci", asked, {}), Credential("app", None, "orders")
    if expected is None:
        with pytest.raises(ProtocolError) as caught:
            choose_database(startup, credential, databases)
        assert caught.value.code == "3D000"
    else:
        assert choose_database(startup, credential, databases) == expected


def test_another_database_has_its_own_catalogue(drivers: list[FakeDriver]) -> None:
    """What is known of one database is not taken for another's."""
    client = Client(options=Options(databases=("orders", "other")))
    startup = wire.startup_message(wire.PROTOCOL_3_0, {"user": "ci", "database": "other"})
    client.says(startup + PASSWORD)
    assert b"other" in client.route.upstream.take()
    assert client.route.admitted[0].catalogue is client.protocol.catalogue(client.route, "other")
    assert client.route.admitted[0].catalogue is not client.protocol.catalogue(client.route, "")


def test_a_database_that_is_not_served_is_named_only_to_the_identified() -> None:
    """Whether a database is served is not told before the token is verified."""
    startup = wire.startup_message(wire.PROTOCOL_3_0, {"user": "ci", "database": "payroll"})
    client = Client().says(startup)
    assert client.stream.take() == ASKED
    client.says(PASSWORD)
    assert "payroll" in client.told("3D000")
    assert client.route.contexts


def test_an_upstream_that_refuses() -> None:
    """The session that was admitted is recorded to its end, and the client is told the kind of failure."""
    error = wire.error_response("FATAL", "28P01", 'password authentication failed for user "app"')
    client = Client(FakeRoute(ScriptedStream().say(error))).says(STARTUP + PASSWORD)
    assert client.told("28000") == "the upstream refused the gateway's credential"
    assert client.route.recording.closed == ["upstream"]
    (end,) = client.route.recording.events
    assert (end.kind, end.fields["reason"], end.fields["actions"]) == ("end", "upstream", 0)
    assert client.route.upstream.aborted


def test_an_upstream_that_is_silent() -> None:
    """The login has a deadline of its own."""
    client = Client(FakeRoute(ScriptedStream())).says(STARTUP + PASSWORD)
    client.clock.advance(LOGIN_DEADLINE)
    client.told("08006")
    assert client.route.recording.closed == ["upstream"]
    assert client.route.upstream.aborted


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (RecorderFailed("disk full: /var/lib"), "58030"),
        (SessionEnded("revoked"), "57P01"),
        (SessionEnded("expired"), "57P01"),
        (RuntimeError("hunter2"), "XX000"),
    ],
)
def test_a_session_that_is_not_admitted(error: Exception, state: str) -> None:
    """Nothing is connected for it, and what only the operator may know stays out of the answer."""
    message = Client(FakeRoute(refuses=error)).says(STARTUP + PASSWORD)
    text = message.told(state)
    assert "hunter2" not in text
    assert "/var/lib" not in text
    assert message.route.connections == 0


def test_an_unusable_credential() -> None:
    """The client learns that the credential can't be used, not what it is."""
    client = Client(FakeRoute(secret="postgresql://app:hunter2@/a/b")).says(STARTUP + PASSWORD)
    assert "hunter2" not in client.told("08006")


def test_a_masked_session_waits_for_the_catalogue(monkeypatch: pytest.MonkeyPatch, drivers: list[FakeDriver]) -> None:
    """Where results are masked, a first session begins when the target's relations are known; elsewhere nobody asks."""
    asked: list[Deferred[None]] = []

    def refresh(self: Any) -> Deferred[None]:
        asked.append(Deferred())
        return asked[-1]

    monkeypatch.setattr(Catalogue, "refresh", refresh)
    Client().says(STARTUP + PASSWORD)
    assert (len(asked), len(drivers)) == (0, 1)
    client = Client(FakeRoute(policy=MASKED)).says(STARTUP + PASSWORD)
    assert (len(asked), len(drivers)) == (1, 1)
    asked[0].callback(None)
    assert len(drivers) == 2
    assert client.stream.take().endswith(wire.ready_for_query())


def test_cancel(drivers: list[FakeDriver]) -> None:
    """A CancelRequest with a session's key reaches the upstream under the upstream's own; nothing is answered to it."""
    client = Client().says(STARTUP + PASSWORD)
    heard = client.stream.take()
    process, key = wire.parse_backend_key_data(heard[len(ASKED) + 9 + len(STATUS) + 5 : -6])
    for tried, expected in ((b"x" * 32, b""), (key, wire.cancel_request(4242, b"real"))):
        client.route.upstream = ScriptedStream().end()
        stream = ScriptedStream().say(wire.cancel_request(process, tried))
        outcome: list[Any] = []
        Deferred.fromCoroutine(client.protocol.serve(stream, client.route)).addBoth(outcome.append)
        assert outcome == [None]
        assert stream.closed
        assert stream.take() == b""
        assert client.route.upstream.take() == expected


def test_masking_routes_read_the_catalogue_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others leave the upstream alone."""
    started: list[Any] = []
    monkeypatch.setattr(Catalogue, "start", lambda self: started.append(self))
    protocol = Postgres(Options(), Clock())
    protocol.start(FakeRoute())
    assert started == []
    protocol.start(FakeRoute(policy=MASKED))
    assert len(started) == 1
    protocol.start(FakeRoute(policy=GUARDED))
    assert len(started) == 2
    Postgres(Options(read_only=True), Clock()).start(FakeRoute())
    assert len(started) == 3


def test_a_read_only_session_is_one_at_the_upstream_too(
    monkeypatch: pytest.MonkeyPatch, drivers: list[FakeDriver]
) -> None:
    """It asks for it, and does not begin where the upstream doesn't say that it is so."""
    monkeypatch.setattr(Catalogue, "refresh", lambda self: succeed(None))
    client = Client(options=Options(read_only=True)).says(STARTUP + PASSWORD)
    assert b"default_transaction_read_only\0on\0" in client.route.upstream.take()
    assert "read-only" in client.told("0A000")
    assert not drivers
    status = wire.parameter_status("default_transaction_read_only", "on")
    upstream = ScriptedStream(peer="127.0.0.1:5432").say(
        wire.authentication(0) + STATUS + status + wire.backend_key_data(4242, b"real") + wire.ready_for_query()
    )
    Client(FakeRoute(upstream), options=Options(read_only=True)).says(STARTUP + PASSWORD)
    assert len(drivers) == 1


@pytest.mark.parametrize(
    "error",
    [
        ConnectionLost("secret"),
        ValueError("secret"),
        UpstreamError("the upstream can't be reached", "secret"),
        VerifierUnavailable("secret", "secret"),
        TokenRejected("secret", "secret"),
        RecorderFailed("secret"),
    ],
)
def test_refusals_hide_details(error: Exception) -> None:
    """No answer carries what an error says for the log."""
    assert b"secret" not in refusal(error)
