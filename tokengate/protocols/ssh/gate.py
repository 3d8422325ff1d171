"""The SSH gate: the connection protocol between a client and its target, once both are logged in (RFC 4254).

It relays messages, not channels of its own: each message of one side is understood, decided, and sent on to the other
with the other's number for the channel. What it does not understand is refused. No socket and no reactor is known here;
`relay` feeds it and carries out its steps. Unlike an `IGate` it is fed messages and answered by request, because one
channel may be held while the others go on.
"""

from __future__ import annotations

from collections.abc import Callable

from tokengate.protocols.ssh import actions
from tokengate.protocols.ssh.channel import PROHIBITED, Channel
from tokengate.protocols.ssh.forward import AGENT, DIRECT, FORWARDED, X11, Forward, address
from tokengate.protocols.ssh.globals import Globals
from tokengate.protocols.ssh.permissions import Permissions
from tokengate.protocols.ssh.program import Program
from tokengate.protocols.ssh.steps import Step, Steps
from tokengate.protocols.ssh.wire import Message, Reader, broken, strings, uint32
from tokengate.session.pipeline import Pipeline
from tokengate.values import Close, Deny, EndReason, Side, Ticket, Verdict

MOST_CHANNELS = 64
"""Channels of one connection at a time: OpenSSH's server opens ten by default. Each may keep `Sftp.FLOOR` each way."""

UNKNOWN_KIND = 3
"""A reason not to open a channel: nobody knows its type (RFC 4254, section 5.1)."""

FORWARDS = {Side.CLIENT: (DIRECT,), Side.UPSTREAM: (FORWARDED, X11, AGENT)}
"""The types of forward each side may open. Others are unknown."""

CHANNEL_MESSAGES = frozenset(range(Message.CHANNEL_WINDOW_ADJUST, Message.CHANNEL_FAILURE + 1))


class Gate:
    """One session's gate. `now`: seconds of a steady clock."""

    def __init__(self, pipeline: Pipeline, permissions: Permissions, now: Callable[[], float]) -> None:
        self._steps = Steps(pipeline, now)
        self._permissions = permissions
        self._channels: dict[int, Channel] = {}
        self._numbers = 0
        self._globals = Globals(self._steps, permissions)

    @property
    def idle(self) -> bool:
        """No channel is open."""
        return not self._channels

    @property
    def keeps(self) -> bool:
        """Whether output waits for what comes behind it."""
        return any(isinstance(channel, Program) and channel.keeps for channel in self._channels.values())

    def feed(self, side: Side, number: int, body: bytes) -> list[Step]:
        """A message of `side`. Raises `ProtocolError`."""
        reader = Reader(body, f"message {number}")
        if number in CHANNEL_MESSAGES:
            self._of_channel(side, number, reader)
        elif number == Message.GLOBAL_REQUEST:
            self._globals.request(side, reader)
        elif number in (Message.REQUEST_SUCCESS, Message.REQUEST_FAILURE) and side is Side.UPSTREAM:
            self._globals.reply(number, reader)
        elif number == Message.CHANNEL_OPEN:
            self._open(side, reader)
        elif number in (Message.CHANNEL_OPEN_CONFIRMATION, Message.CHANNEL_OPEN_FAILURE):
            self._opened(side, number, reader)
        else:
            raise broken(f"unexpected message {number}")
        return self._take()

    def answer(self, number: int, verdict: Verdict) -> list[Step]:
        """The verdict on request `number`: `Allow` or `Deny`."""
        self._steps.answer(number, verdict)
        self._channels = {channel.number: channel for channel in self._channels.values() if not channel.gone}
        return self._take()

    def hold(self, number: int, ticket: Ticket) -> list[Step]:
        """Request `number` waits for a person: tell the client."""
        self._steps.hold(number, ticket)
        return self._take()

    def flush(self) -> list[Step]:
        """Nothing came for a while: let out what waits for more."""
        for channel in self._channels.values():
            if isinstance(channel, Program) and not channel.over:
                channel.flush()
        return self._take()

    def finish(self, reason: EndReason, message: str) -> list[Step]:
        """The gateway ends the session: `relay` tells both sides why, in a DISCONNECT."""
        for channel in self._channels.values():
            channel.abandon()
        self._channels.clear()
        self._steps.end(Close(reason, message))
        return self._take()

    def ended(self, side: Side) -> list[Step]:
        """`side` is gone."""
        if side is Side.CLIENT:
            return self.finish("client", "")
        return self.finish("upstream", "the upstream ended the connection")

    def _take(self) -> list[Step]:
        return self._steps.take()

    # ------------------------------------------------------------ channels

    def _of_channel(self, side: Side, number: int, reader: Reader) -> None:
        channel = self._channels.get(reader.uint32())
        if channel is None:
            raise broken("a message for a channel that is not open")
        channel.receive(side, number, reader)
        self._forget(channel)

    def _forget(self, channel: Channel) -> None:
        if channel.gone:
            self._channels.pop(channel.number, None)

    def _open(self, side: Side, reader: Reader) -> None:
        kind = reader.string()
        numbers = theirs, _, _ = reader.uint32(), reader.uint32(), reader.uint32()
        if any(one.opener is side and one.numbers[side] == theirs for one in self._channels.values()):
            raise broken("a channel number that is in use")
        number = self._numbers
        if len(self._channels) >= MOST_CHANNELS:
            self._fail(side, theirs, PROHIBITED, "too many channels")
        elif kind == b"session" and side is Side.CLIENT and not self._globals.no_more_sessions:
            reader.end()
            program = Program(self._steps, self._permissions, number, *numbers)
            self._add(program)
            program.offer(b"")
        elif kind in FORWARDS[side]:
            self._open_forward(Forward(self._steps, kind, side, number, *numbers), reader)
        else:
            self._steps.refuse(actions.other(kind), Deny("channels of this type are not allowed", "gateway"))
            self._fail(side, theirs, UNKNOWN_KIND, "channels of this type are not allowed")

    def _open_forward(self, forward: Forward, reader: Reader) -> None:
        invited = any(
            isinstance(one, Program) and not one.over and forward.kind in one.invited for one in self._channels.values()
        )
        self._add(forward)
        match forward.kind:
            case b"direct-tcpip":
                forward.connect(reader, self._permissions)
            case b"forwarded-tcpip":
                forward.accept(reader, self._listening(reader))
            case _:
                forward.call_back(reader, invited)

    def _add(self, channel: Channel) -> None:
        self._channels[channel.number] = channel
        self._numbers += 1

    def _listening(self, reader: Reader) -> bool:
        """Whether the client asked for connections to the address that comes next."""
        start = reader.at
        found = self._globals.listening(*address(reader))
        reader.at = start
        return found

    def _fail(self, side: Side, number: int, reason: int, text: str) -> None:
        body = uint32(number) + uint32(reason) + strings(f"tokengate: {text}".encode(), b"")
        self._steps.send(side, bytes((Message.CHANNEL_OPEN_FAILURE,)) + body)

    def _opened(self, side: Side, number: int, reader: Reader) -> None:
        channel = self._channels.get(reader.uint32())
        if channel is None or channel.confirmed or not channel.offered or channel.opener is side:
            raise broken("an answer to no open")
        if number == Message.CHANNEL_OPEN_CONFIRMATION:
            channel.confirm(reader)
        else:
            channel.fail(reader.uint32(), reader.string()[:256])
            self._forget(channel)
