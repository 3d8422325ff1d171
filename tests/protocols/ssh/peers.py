"""A gate between two scripted sides: what each says in words, and what the other hears of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field

from tests.protocols.ssh.said import Said, read
from tokengate.protocols.ssh.gate import Gate
from tokengate.protocols.ssh.permissions import Destinations, Permissions
from tokengate.protocols.ssh.steps import Withdraw
from tokengate.protocols.ssh.wire import Message, boolean, string, strings, uint32
from tokengate.testing import FakeEnforcer, FakeRoute
from tokengate.values import ALLOW, Ask, Close, Event, Hold, Record, Request, Send, Side, Ticket, Verdict

ALL = Permissions(
    frozenset({"exec", "shell", "pty", "sftp"}),
    direct_tcpip=Destinations.parse(["db.internal:5432", "*.web:*"]),
    tcpip_forward=Destinations.parse(["localhost:*"]),
    symlinks=True,
    record_input=True,
)

ROOM = 1 << 20


@define(eq=False, slots=False)
class Peers:
    """The two sides. `judge` decides; a `Hold` waits until `decide`. `heard` is what each side was sent."""

    judge: Callable[[Request], Verdict] = lambda request: ALLOW
    permissions: Permissions = ALL
    maskers: tuple[Any, ...] = ()
    gate: Gate = field(init=False)
    heard: dict[Side, list[Said]] = field(factory=lambda: {side: [] for side in Side})
    events: list[Event] = field(factory=list)
    waiting: list[int] = field(factory=list)
    withdrawn: list[int] = field(factory=list)
    closed: Close | None = None
    now: float = 0.0

    def __attrs_post_init__(self) -> None:
        route = FakeRoute((FakeEnforcer(lambda request: self.judge(request), constant=False),), self.maskers)
        self._pipeline = route.admission().pipeline
        self.gate = Gate(self._pipeline, self.permissions, lambda: self.now)

    def _do(self, steps: list[Any]) -> None:
        for step in steps:
            match step:
                case Send(side, payload):
                    self.heard[side].append(read(payload))
                case Record(event):
                    self.events.append(event)
                case Ask(request):
                    self._ask(request)
                case Withdraw(number):
                    self.withdrawn.append(number)
                case Close():
                    self.closed = step

    def _ask(self, request: Request) -> None:
        verdict = self._pipeline.judge(request)
        self.events.append(
            Event("action", {"verb": request.action.verb, "text": request.action.text, "verdict": verdict})
        )
        if isinstance(verdict, Hold):
            self.waiting.append(request.number)
            self._do(self.gate.hold(request.number, Ticket(f"T{request.number}", verdict.why)))
        else:
            self._do(self.gate.answer(request.number, verdict))

    def decide(self, verdict: Verdict) -> Peers:
        """The oldest hold's end."""
        self._do(self.gate.answer(self.waiting.pop(0), verdict))
        return self

    def says(self, side: Side, number: int, *parts: bytes) -> Peers:
        """A message."""
        self._do(self.gate.feed(side, int(number), b"".join(parts)))
        return self

    def client(self, number: int, *parts: bytes) -> Peers:
        """A message of the client's."""
        return self.says(Side.CLIENT, number, *parts)

    def target(self, number: int, *parts: bytes) -> Peers:
        """A message of the target's."""
        return self.says(Side.UPSTREAM, number, *parts)

    def take(self, side: Side) -> list[Said]:
        """What a side heard since the last time."""
        heard, self.heard[side] = self.heard[side], []
        return heard

    def at_client(self) -> list[Said]:
        """What the client heard since the last time."""
        return self.take(Side.CLIENT)

    def at_target(self) -> list[Said]:
        """What the target heard since the last time."""
        return self.take(Side.UPSTREAM)

    # ------------------------------------------------------------ in words

    def open(self, theirs: int = 7, room: int = ROOM, packet: int = 32768, answer: int = 70) -> int:
        """The client opens a session, and the target confirms it. The gateway's number for it."""
        self.client(Message.CHANNEL_OPEN, string(b"session"), uint32(theirs), uint32(room), uint32(packet))
        number = self.at_target()[-1].numbers[0]
        self.target(Message.CHANNEL_OPEN_CONFIRMATION, uint32(number), uint32(answer), uint32(room), uint32(packet))
        self.at_client()
        return number

    def ask(self, number: int, kind: bytes, *parts: bytes, reply: bool = True) -> Peers:
        """The client's request on a channel."""
        return self.client(Message.CHANNEL_REQUEST, uint32(number), string(kind), boolean(reply), *parts)

    def execute(self, number: int, command: bytes = b"true") -> Peers:
        """The client runs a command."""
        return self.ask(number, b"exec", string(command))

    def data(self, side: Side, number: int, data: bytes) -> Peers:
        """Data of a side."""
        return self.says(side, Message.CHANNEL_DATA, uint32(number), string(data))

    def running(self, command: bytes = b"true", **more: int) -> int:
        """An open session that runs a command; what was said up to then is forgotten."""
        number = self.open(**more)
        self.execute(number, command).target(Message.CHANNEL_SUCCESS, uint32(number))
        self.at_client(), self.at_target()
        return number

    def actions(self) -> list[tuple[str, str, str]]:
        """What was judged: verb, text, and the verdict's kind."""
        found = [event.fields for event in self.events if event.kind == "action"]
        return [(one["verb"], one["text"], type(one["verdict"]).__name__.lower()) for one in found]

    def recorded(self, kind: str) -> list[dict[str, Any]]:
        """The events of one kind."""
        return [dict(event.fields) for event in self.events if event.kind == kind]


def window(columns: int, rows: int) -> bytes:
    """A terminal's size."""
    return uint32(columns) + uint32(rows) + uint32(0) + uint32(0)


def terminal(columns: int = 80, rows: int = 24) -> bytes:
    """A pty-req's own part."""
    return string(b"xterm") + window(columns, rows) + string(b"")


def forward(host: bytes, port: int) -> bytes:
    """A forward's own part of an open."""
    return string(host) + uint32(port) + strings(b"192.0.2.9") + uint32(999)
