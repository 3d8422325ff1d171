"""Both roles in one process, wired without a network: every byte passes through the test's hands."""

from __future__ import annotations

from typing import Any

from attrs import define, field
from twisted.conch.ssh.service import SSHService
from twisted.internet.task import Clock

from tests.protocols.ssh.endpoints import TOKEN, host_keys, own_host
from tokengate.errors import TokenRejected
from tokengate.protocols.ssh.adapter import StreamTransport
from tokengate.protocols.ssh.algorithms import Offer
from tokengate.protocols.ssh.client import ClientTransport
from tokengate.protocols.ssh.credentials import Credential, Token
from tokengate.protocols.ssh.keying import Limits
from tokengate.protocols.ssh.login import Credential as OwnCredential
from tokengate.protocols.ssh.login import Login, Password
from tokengate.protocols.ssh.server import ServerTransport
from tokengate.protocols.ssh.throttle import Throttle
from tokengate.protocols.ssh.userauth import Settings, UserAuth
from tokengate.testing import FakeStream

NOW = 1_800_000_000.0
PEER = "192.0.2.1:5000"


class Inbox(SSHService):
    """A connection service that keeps what it is told."""

    name = b"ssh-connection"

    def __init__(self) -> None:
        self.heard: list[tuple[int, bytes]] = []
        self.marks: list[str] = []
        self.stopped = False

    def packetReceived(self, number: int, packet: bytes) -> None:
        if number == 127:
            raise KeyError("a service that fails")
        self.heard.append((number, packet))

    def serviceStopped(self) -> None:
        self.stopped = True

    def congested(self) -> None:
        self.marks.append("congested")

    def drained(self) -> None:
        self.marks.append("drained")


@define(eq=False, slots=False)
class Wired:
    """A server and a client. `exchange` carries everything both have said, `piece` bytes at a time, until silence."""

    server_offer: Offer = field(factory=Offer)
    client_offer: Offer = field(factory=Offer)
    limits: Limits = field(factory=Limits)
    credential: OwnCredential = field(factory=lambda: Password(TOKEN.decode()))
    settings: dict[str, Any] = field(factory=dict)
    clock: Clock = field(factory=Clock)
    shown: list[Credential] = field(factory=list)
    upper: Inbox = field(factory=Inbox)
    lower: Inbox = field(factory=Inbox)

    def __attrs_post_init__(self) -> None:
        own = Settings(
            **{
                "authenticate": self.authenticate,
                "throttle": Throttle(self.clock.seconds),
                "clock": self.clock,
                "wall_clock": lambda: NOW,
                "failure_time": 0.0,
                **self.settings,
            }
        )
        self.server = ServerTransport(
            host_keys(), lambda: UserAuth(own, PEER), self.clock, self.limits, self.server_offer
        )
        host = own_host()
        login = Login("ci", self.credential, self.lower)
        offer = self.client_offer.with_host_keys(host.algorithms)
        self.client = ClientTransport(
            offer, lambda name, blob: host.verify(name, blob, NOW), login, login.fail, self.clock, self.limits
        )
        self.login: list[Any] = []
        login.done.addBoth(self.login.append)
        self.server_stream, self.client_stream = FakeStream(), FakeStream()
        StreamTransport(self.server_stream, self.server).start()
        StreamTransport(self.client_stream, self.client).start()

    async def authenticate(self, credential: Credential, user: str) -> SSHService:
        self.shown.append(credential)
        if isinstance(credential, Token) and credential.value != TOKEN:
            raise TokenRejected("unknown")
        return self.upper

    def exchange(self, piece: int = 0) -> Wired:
        while self.server_stream.written or self.client_stream.written:
            self.carry(self.client_stream, self.server_stream, piece)
            self.carry(self.server_stream, self.client_stream, piece)
        return self

    @staticmethod
    def carry(source: FakeStream, target: FakeStream, piece: int = 0) -> bytes:
        data = bytes(source.written)
        source.written.clear()
        step = piece or max(len(data), 1)
        for at in range(0, len(data), step):
            target.receiver.received(data[at : at + step])
        return data

    @property
    def over(self) -> bool:
        """Whether both ends have given up."""
        return bool(self.server_stream.closed) and bool(self.client_stream.closed)
