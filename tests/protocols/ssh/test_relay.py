"""The relay: messages in and out of two transports, what waits, and how a session ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from tests.protocols.ssh.peers import ALL, ROOM, terminal
from tests.protocols.ssh.said import Said, errors, kinds, read
from tokengate.errors import UpstreamError
from tokengate.protocols.ssh.gate import Gate
from tokengate.protocols.ssh.relay import MOST_KEPT, PATIENCE, STANDING_INTERVAL, Relay
from tokengate.protocols.ssh.wire import Message, string, uint32
from tokengate.testing import FakeEnforcer, FakeMasker, FakeRoute, FakeStream
from tokengate.values import ALLOW, Allow, Deny, Hold, Request, Rewrite, Side, Verdict

M = Message


@define(eq=False, slots=False)
class FakeTransport:
    """One side's SSH transport."""

    sent: list[Said] = field(factory=list)
    goodbye: list[tuple[int, bytes]] = field(factory=list)
    paused: bool = False

    @property
    def transport(self) -> FakeTransport:
        return self

    def sendPacket(self, number: int, payload: bytes) -> None:
        assert not self.goodbye
        self.sent.append(read(bytes((number,)) + payload))

    def sendDisconnect(self, reason: int, text: bytes) -> None:
        self.goodbye.append((reason, text))

    def pauseProducing(self) -> None:
        assert not self.paused
        self.paused = True

    def resumeProducing(self) -> None:
        assert self.paused
        self.paused = False


@define(eq=False, slots=False)
class Session:
    """A relay between two fake transports."""

    judge: Callable[[Request], Verdict] = lambda request: ALLOW
    maskers: tuple[Any, ...] = ()
    reached: bool = True
    ended: list[Any] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.route = FakeRoute((FakeEnforcer(lambda request: self.judge(request), constant=False),), self.maskers)
        self.clock: Clock = self.route.tools.reactor
        admission = self.route.admission()
        gate = Gate(admission.pipeline, ALL, self.clock.seconds)
        self.relay = Relay(FakeStream(), admission, self.route, gate)
        self.client, self.target = FakeTransport(), FakeTransport()
        self.reaching: Deferred[None] = Deferred()
        running = Deferred.fromCoroutine(self.relay.run(self._reach))
        running.addBoth(self.ended.append)
        self._start(Side.CLIENT, self.client)
        if self.reached:
            self.reach()

    async def _reach(self, service: Any) -> None:
        await self.reaching

    def _start(self, side: Side, transport: FakeTransport) -> None:
        end = self.relay.ends[side]
        end.transport = transport
        end.serviceStarted()

    def reach(self) -> None:
        self._start(Side.UPSTREAM, self.target)
        self.reaching.callback(None)

    def says(self, side: Side, number: int, *parts: bytes) -> None:
        self.relay.ends[side].packetReceived(int(number), b"".join(parts))

    def run(self, command: bytes = b"true", theirs: int = 7) -> int:
        """A session channel that asks for a command: the gateway's number."""
        self.says(Side.CLIENT, M.CHANNEL_OPEN, string(b"session"), uint32(theirs), uint32(ROOM), uint32(32768))
        number = [said for said in self.target.sent if said.kind is M.CHANNEL_OPEN][-1].numbers[0]
        self.says(Side.UPSTREAM, M.CHANNEL_OPEN_CONFIRMATION, uint32(number), uint32(70), uint32(ROOM), uint32(32768))
        self.says(Side.CLIENT, M.CHANNEL_REQUEST, uint32(number), string(b"exec"), b"\1", string(command))
        return number

    def reason(self) -> str:
        """Why the session ended, as its recording has it."""
        assert self.route.recording.events[-1].kind == "end"
        return str(self.route.recording.events[-1].fields["reason"])


def test_an_action_is_recorded_before_it_is_forwarded() -> None:
    """A recorder that takes its time is waited for; what comes meanwhile follows in order."""
    session = Session()
    session.route.recording.slow = True
    number = session.run()
    assert kinds(session.target.sent) == [M.CHANNEL_OPEN]
    assert session.route.recording.kinds() == ["action"]
    session.says(Side.CLIENT, M.CHANNEL_DATA, uint32(number), string(b"input"))
    assert session.client.paused
    session.route.recording.release()
    assert [kind for kind in kinds(session.target.sent) if kind is not M.CHANNEL_WINDOW_ADJUST][1:] == [
        M.CHANNEL_REQUEST, M.CHANNEL_DATA,
    ]  # fmt: skip
    assert not session.client.paused


def test_a_recorder_that_fails_ends_the_session() -> None:
    """Nothing is forwarded."""
    session = Session()
    session.route.recording.failing = True
    session.run()
    assert kinds(session.target.sent) == [M.CHANNEL_OPEN]
    assert session.client.goodbye == [(11, b"tokengate: the session can't be recorded")]
    assert session.target.goodbye


def test_a_client_that_is_faster_than_its_target() -> None:
    """Is paused until the target is reached, and then served in order; without end it is not kept."""
    session = Session(reached=False)
    session.says(Side.CLIENT, M.GLOBAL_REQUEST, string(b"keepalive@openssh.com"), b"\1")
    assert session.client.paused
    session.reach()
    assert kinds(session.client.sent) == [M.REQUEST_FAILURE]
    assert not session.client.paused
    session = Session(reached=False)
    for _ in range(MOST_KEPT // 32768 + 1):
        session.says(Side.CLIENT, M.CHANNEL_DATA, bytes(32768))
    assert session.reason() == "limit"


def test_a_target_that_is_not_reached() -> None:
    """The client hears what it may know."""
    session = Session(reached=False)
    session.reaching.errback(UpstreamError("the upstream can't be reached", "10.0.0.1: refused"))
    assert session.client.goodbye == [(11, b"tokengate: the upstream can't be reached")]
    assert session.reason() == "upstream"
    session = Session(reached=False)
    session.reaching.errback(KeyError("a mistake of ours"))
    assert session.client.goodbye == [(11, b"tokengate: internal error in the gateway")]
    assert session.reason() == "error"


def test_a_hold_on_one_channel() -> None:
    """Others go on; its decision is recorded; approved, policy is asked again."""
    session = Session(lambda request: Hold("look", "r", 60.0) if "held" in request.action.text else ALLOW)
    session.run(b"held", 1)
    session.run(b"quick", 2)
    assert [said.strings[1] for said in session.target.sent if said.kind is M.CHANNEL_REQUEST] == [string(b"quick")]
    assert b"waiting for approval T1" in errors(session.client.sent)
    session.judge = lambda request: Deny("no more", "r")
    session.route.holds.decide(Allow("approved"))
    assert b"refused: no more (r)" in errors(session.client.sent)
    assert session.route.recording.events[-1].kind == "hold"
    assert session.route.counts.holds == {"approved": 1}


def test_a_client_that_closes_or_leaves_withdraws_its_holds() -> None:
    """The store hears of it at once."""
    session = Session(lambda request: Hold("look", "r", 60.0))
    number = session.run(b"held", 1)
    session.says(Side.CLIENT, M.CHANNEL_CLOSE, uint32(number))
    assert session.route.holds.cancelled == 1
    session.run(b"held", 2)
    session.relay.ends[Side.CLIENT].serviceStopped()
    assert session.route.holds.cancelled == 2
    assert session.reason() == "client"
    assert session.route.recording.closed == "client"


def test_a_token_that_is_gone_ends_a_session_that_asks_for_nothing() -> None:
    """Within a second."""
    session = Session()
    session.run(b"sleep 1000")
    session.route.standing = lambda principal: "revoked"
    session.clock.advance(STANDING_INTERVAL)
    assert session.client.goodbye == [(11, b"tokengate: the token has been revoked")]
    assert session.reason() == "revoked"


def test_a_peer_that_breaks_the_protocol() -> None:
    """Ends the session with the protocol's own reason."""
    session = Session()
    session.says(Side.UPSTREAM, M.CHANNEL_DATA, uint32(5), string(b"x"))
    assert session.client.goodbye[0][0] == 2
    assert session.reason() == "protocol"


def test_a_plugin_that_raises_ends_the_session() -> None:
    """Nothing of the error is told."""

    def fails(request: Request) -> Verdict:
        raise KeyError("a secret")

    session = Session(fails)
    session.run()
    assert session.client.goodbye == [(11, b"tokengate: internal error in the gateway")]
    assert session.reason() == "error"


def test_backpressure_between_the_transports() -> None:
    """A side that is slow stops the reading of the other."""
    session = Session()
    session.relay.ends[Side.CLIENT].congested()
    assert session.target.paused
    assert not session.client.paused
    session.relay.ends[Side.CLIENT].drained()
    assert not session.target.paused


def test_a_prompt_is_shown_after_a_moment() -> None:
    """The beginning of a line waits to be masked with its end, but not for long."""
    session = Session(maskers=(FakeMasker({"stdout": Rewrite(lambda text: text)}),))
    number = session.run()
    session.says(Side.UPSTREAM, M.CHANNEL_DATA, uint32(number), string(b"Name? "))
    assert M.CHANNEL_DATA not in kinds(session.client.sent)
    session.clock.advance(PATIENCE)
    assert session.client.sent[-1].strings == (b"Name? ",)


def test_much_terminal_output_waits_for_the_recorder() -> None:
    """A recorder that is slow slows the target down."""
    session = Session()
    session.says(Side.CLIENT, M.CHANNEL_OPEN, string(b"session"), uint32(7), uint32(ROOM), uint32(32768))
    session.says(Side.UPSTREAM, M.CHANNEL_OPEN_CONFIRMATION, uint32(0), uint32(70), uint32(ROOM), uint32(32768))
    session.says(Side.CLIENT, M.CHANNEL_REQUEST, uint32(0), string(b"pty-req"), b"\1", terminal())
    session.says(Side.CLIENT, M.CHANNEL_REQUEST, uint32(0), string(b"shell"), b"\1")
    session.route.recording.slow = True
    for _ in range(12):
        session.says(Side.UPSTREAM, M.CHANNEL_DATA, uint32(0), string(b"x" * 32768))
    assert session.target.paused
    session.route.recording.release()
    assert not session.target.paused
    assert kinds(session.client.sent).count(M.CHANNEL_DATA) == 12


def test_a_graceful_stop() -> None:
    """At once when no channel is open, else when the last is closed."""
    session = Session()
    number = session.run()
    session.relay.finish("the gateway is shutting down")
    assert not session.ended
    session.says(Side.UPSTREAM, M.CHANNEL_CLOSE, uint32(number))
    session.says(Side.CLIENT, M.CHANNEL_CLOSE, uint32(number))
    assert session.reason() == "shutdown"
    session = Session()
    session.relay.finish()
    assert session.reason() == "shutdown"
