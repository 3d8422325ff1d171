"""A session channel: one program at the target, with what is asked of it before and while it runs (RFC 4254, part 6).

Made by `gate`. A channel runs one program: a command, a shell, or the SFTP subsystem. Until the program is decided its
input waits here, and the client may send only `EARLY` bytes of it. Every request is answered in the order it came.
"""

from __future__ import annotations

import enum
from collections import deque
from typing import Any

from tokengate.mask.streams import StreamMask
from tokengate.protocols.ssh import actions
from tokengate.protocols.ssh.channel import STDERR, Channel, other
from tokengate.protocols.ssh.forward import AGENT, X11, unmaskable
from tokengate.protocols.ssh.lane import Lane
from tokengate.protocols.ssh.permissions import Permissions
from tokengate.protocols.ssh.replies import Replies, Slot
from tokengate.protocols.ssh.sftp import Sftp
from tokengate.protocols.ssh.steps import Steps
from tokengate.protocols.ssh.terminal import Size, Terminal
from tokengate.protocols.ssh.wire import Message, Reader, boolean, broken, string, strings, uint32
from tokengate.values import Action, Allow, Column, Deny, Rewrite, Side, Ticket, Verdict

EARLY = 64 * 1024
"""Bytes of input taken for a program before it is decided."""

MOST_WAITING = 64
"""Requests on one channel behind one that is held: a terminal that is resized now and then."""

LONGEST_WAITING = 1024
"""Bytes of each of them."""

MOST_REPLIES = 256
"""Replies that a channel waits for: a few requests, and a terminal that is resized while the target is busy."""

MOST_VARIABLES = 64
"""Variables set on one channel."""

REFUSED_STATUS = 126
"""The exit status of a program that was refused: what a shell says of a command it may not execute."""

SIGNALS = frozenset(
    (b"ABRT", b"ALRM", b"FPE", b"HUP", b"ILL", b"INT", b"KILL", b"PIPE", b"QUIT", b"SEGV", b"TERM", b"USR1", b"USR2")
)
"""RFC 4254, section 6.10."""

SFTP = b"sftp"
"""The one subsystem that is understood."""

INVITATIONS = {b"auth-agent-req@openssh.com": ("agent", AGENT), b"x11-req": ("x11", X11)}
"""Requests that let the target open channels to the client: the permission of each, and the type of channel."""


class State(enum.Enum):
    """How far the program is."""

    IDLE = enum.auto()
    ASKED = enum.auto()
    RUNNING = enum.auto()
    REFUSED = enum.auto()


class Program(Channel):
    """One "session" channel."""

    def __init__(self, steps: Steps, permissions: Permissions, *numbers: int) -> None:
        super().__init__(steps, b"session", Side.CLIENT, *numbers)
        self._permissions = permissions
        self._state = State.IDLE
        self._asked = 0  # the request's number
        self._early = bytearray()
        self._waiting: deque[tuple[bytes, bool, Reader]] = deque()
        self._replies = Replies(self._send_reply, MOST_REPLIES)
        self._owed: deque[Slot] = deque()  # replies of the target's
        self.invited: set[bytes] = set()  # types of channel that the target may open for it
        self._variables = 0
        self._terminal: Terminal | None = None
        self._sftp: Sftp | None = None
        self._masks: dict[int, StreamMask] = {}
        self._status: tuple[bool, str] = (False, "no status")

    def _lane(self, room: int, packet: int) -> Lane:
        return Lane(room, packet, EARLY)

    # ------------------------------------------------------------ requests

    def _request(self, side: Side, kind: bytes, wants_reply: bool, reader: Reader) -> None:
        if side is Side.UPSTREAM:
            self._target_says(kind, wants_reply, reader)
        elif self._state is State.ASKED:
            self._waiting.append((kind, wants_reply, reader))
            if len(self._waiting) > MOST_WAITING or reader.left > LONGEST_WAITING:
                raise broken("too many requests behind one that waits")
        elif not self.over:
            self._client_asks(kind, wants_reply, reader)

    def _client_asks(self, kind: bytes, wants_reply: bool, reader: Reader) -> None:
        start = reader.at
        match kind:
            case b"exec" | b"shell" | b"subsystem":
                self._start(kind, wants_reply, reader)
            case b"pty-req":
                self._pty(wants_reply, reader)
            case b"env":
                self._env(wants_reply, reader)
            case b"window-change" if self._terminal is not None:
                self._terminal.resize(Size(reader))
                reader.end()
                self._forward(kind, wants_reply, reader.since(start))
            case b"signal" if self._state is State.RUNNING:
                self._signal(wants_reply, reader)
            case b"auth-agent-req@openssh.com" | b"x11-req":
                self._invite(kind, wants_reply, reader)
            case _:
                self._refuse(actions.other(kind), Deny("this request is not allowed", "gateway"), wants_reply)

    def _pty(self, wants_reply: bool, reader: Reader) -> None:
        start = reader.at
        term, size = reader.string(), Size(reader)
        reader.string()
        reader.end()
        refusal = self._permissions.refusal("pty")
        if self._state is not State.IDLE or self._terminal is not None:
            refusal = Deny("a terminal is asked for once, before the program", "gateway")
        if refusal is not None:
            self._refuse(actions.other(b"pty"), refusal, wants_reply)
            return
        self._terminal = Terminal(self._steps, self.number, term, size, self._permissions.record_input)
        self._forward(b"pty-req", wants_reply, reader.since(start))

    def _invite(self, kind: bytes, wants_reply: bool, reader: Reader) -> None:
        """The client offers its display or its agent to the program."""
        start = reader.at
        if kind == b"x11-req":
            reader.boolean()
            reader.strings(2)
            reader.uint32()
        reader.end()
        permission, channel = INVITATIONS[kind]
        refusal = self._permissions.refusal(permission) or unmaskable(self._steps.pipeline)
        if self._state is not State.IDLE:
            refusal = Deny("this is offered before the program", "gateway")
        if refusal is not None:
            self._refuse(actions.other(kind), refusal, wants_reply)
            return
        self.invited.add(channel)
        self._steps.record("notice", channel=self.number, what=permission, text="offered")
        self._forward(kind, wants_reply, reader.since(start))

    def _env(self, wants_reply: bool, reader: Reader) -> None:
        name, value = reader.strings(2)
        reader.end()
        text = actions.shown(name[:256])  # without the value, which may be a secret
        self._variables += 1
        allowed = self._permissions.sets(name, value) and self._variables <= MOST_VARIABLES
        if not allowed or self._state is not State.IDLE:
            refusal = Deny("this variable is not allowed on this route", "route")
            self._refuse(actions.other(b"env", text), refusal, wants_reply)
            return
        self._steps.record("notice", channel=self.number, what="env", text=text)
        self._forward(b"env", wants_reply, strings(name, value))

    def _signal(self, wants_reply: bool, reader: Reader) -> None:
        name = reader.string()
        reader.end()
        if name not in SIGNALS:
            self._refuse(actions.other(b"signal", actions.shown(name)), Deny("no such signal", "gateway"), wants_reply)
            return
        self._steps.record("notice", channel=self.number, what="signal", text=name.decode())
        self._forward(b"signal", wants_reply, string(name))

    def _forward(self, kind: bytes, wants_reply: bool, rest: bytes) -> None:
        if wants_reply:
            self._owed.append(self._replies.expect(True))
        self._queue(Side.UPSTREAM, Message.CHANNEL_REQUEST, string(kind) + boolean(wants_reply) + rest)

    def _refuse(self, action: Action, refusal: Deny, wants_reply: bool) -> None:
        """A request that is not the program's: it fails, and the channel goes on."""
        self._steps.refuse(action, refusal)
        if wants_reply:
            self._answer(Message.CHANNEL_FAILURE)

    # ------------------------------------------------------------ replies

    def _reply(self, side: Side, number: int) -> None:
        if self.over:
            return
        if side is Side.CLIENT or not self._owed:
            raise broken("a reply to nothing")
        self._replies.answer(self._owed.popleft(), bytes((number,)))

    def _answer(self, number: int) -> None:
        """The gateway's own reply, behind those that are awaited."""
        self._replies.answer(self._replies.expect(True), bytes((number,)))

    def _send_reply(self, reply: bytes) -> None:
        if Side.CLIENT not in self._closed_to:
            self._queue(Side.CLIENT, reply[0], b"")

    # ------------------------------------------------------------ the program

    def _start(self, kind: bytes, wants_reply: bool, reader: Reader) -> None:
        word = b"" if kind == b"shell" else reader.string()
        reader.end()
        action, refusal = self._action(kind, word)
        if self._state is not State.IDLE:
            self._refuse(action, Deny("a channel runs one program", "gateway"), wants_reply)
            return
        refusal = refusal or self._unmaskable(action)
        rest = b"" if kind == b"shell" else string(word)
        self._state = State.ASKED
        if kind == b"subsystem" and refusal is None:
            self._steps.record("notice", channel=self.number, what="subsystem", text=action.text)
            self._run(kind, wants_reply, rest)  # each of its operations is judged
            return

        def judged(verdict: Verdict) -> None:
            if isinstance(verdict, Allow):  # masks may have changed while it waited
                verdict = self._unmaskable(action) or verdict
            self._judged(verdict, kind, wants_reply, rest)

        self._asked = self._steps.ask(action, judged, self._held, refusal)

    def _action(self, kind: bytes, word: bytes) -> tuple[Action, Deny | None]:
        """The program's action, and what the route or the gateway has against it."""
        match kind:
            case b"exec":
                action, refusal = actions.command(word)
                return action, self._permissions.refusal("exec") or refusal
            case b"shell":
                return actions.shell(), self._permissions.refusal("shell")
            case _:
                refusal = self._permissions.refusal("sftp")
                if word != SFTP:
                    refusal = Deny("this subsystem is not allowed", "gateway")
                return actions.other(b"subsystem", actions.shown(word)), refusal

    def _unmaskable(self, action: Action) -> Deny | None:
        """Plan the masks of what the program writes; the refusal where they can't be applied to a stream."""
        pipeline = self._steps.pipeline
        pipeline.renew()
        if not pipeline.masks:
            return None
        plan = pipeline.plan([Column("stdout", "text", None), Column("stderr", "text", None)], action)
        for kind, mask in enumerate(plan or (None, None)):
            if isinstance(mask, Rewrite):
                self._masks[kind] = StreamMask(mask.apply)
            elif mask is not None:
                return Deny("what this program writes can't be masked", mask.__class__.__name__.lower())
        return None

    def _held(self, ticket: Ticket) -> None:
        self._tell(actions.waiting(ticket))

    def _judged(self, verdict: Verdict, kind: bytes, wants_reply: bool, rest: bytes) -> None:
        if self.over:
            return
        match verdict:
            case Allow():
                self._run(kind, wants_reply, rest)
            case Deny(reason, rule, hint):
                self._deny(reason, rule, hint, wants_reply)
            case _:
                raise TypeError(f"{verdict!r} is no answer")
        while self._waiting and self._state is not State.ASKED:
            self._request(Side.CLIENT, *self._waiting.popleft())

    def _run(self, kind: bytes, wants_reply: bool, rest: bytes) -> None:
        self._state = State.RUNNING
        if kind == b"subsystem":
            masked = bool(self._masks)
            self._masks.pop(0, None)  # packets are no text
            self._sftp = Sftp(self._steps, self._permissions, masked, self._pass, self._tell, self._reckon)
        self._forward(kind, wants_reply, rest)
        lane = self._lanes[Side.UPSTREAM]
        lane.cap = None
        if self._sftp is not None:
            for way in self._lanes.values():
                way.cap = way.floor = Sftp.FLOOR
        early, self._early, lane.kept = bytes(self._early), bytearray(), 0
        if early:
            self._data(Side.CLIENT, 0, early)
        if Side.CLIENT in self._ended:
            super()._eof(Side.CLIENT)
        self._grant(Side.UPSTREAM, always=True)
        self._grant(Side.CLIENT, always=True)

    def _deny(self, reason: str, rule: str, hint: str, wants_reply: bool) -> None:
        """As a program that fails at once: the reason on stderr, and an exit status."""
        self._state = State.REFUSED
        if wants_reply:
            self._replies.expect(True)
        self._replies.settle(bytes((Message.CHANNEL_SUCCESS,)))
        self._tell(f"refused: {reason}" + (f" ({rule})" if rule else "") + (f"; {hint}" if hint else ""))
        status = string(b"exit-status") + boolean(False) + uint32(REFUSED_STATUS)
        self._queue(Side.CLIENT, Message.CHANNEL_REQUEST, status)
        self._queue(Side.CLIENT, Message.CHANNEL_EOF, b"")
        self._close(Side.CLIENT)
        self._close(Side.UPSTREAM)

    def _tell(self, text: str) -> None:
        """A line on the client's stderr, as much of it as its window takes."""
        end = "\r\n" if self._terminal is not None else "\n"
        line = f"tokengate: {text}{end}".encode()[: self._lanes[Side.CLIENT].room]
        if line and Side.CLIENT not in self._closed_to:
            self._pass(Side.CLIENT, STDERR, line)

    # ------------------------------------------------------------ data

    def _data(self, side: Side, kind: int, data: bytes) -> None:
        if side is Side.UPSTREAM:
            self._output(kind, data)
        elif self._state is not State.RUNNING:
            self._early += data
            self._lanes[Side.UPSTREAM].kept = len(self._early)
        elif self._sftp is not None:
            self._sftp.receive(side, data)
        else:
            if self._terminal is not None:
                self._terminal.type(data)
            self._pass(Side.UPSTREAM, 0, data)

    def _output(self, kind: int, data: bytes) -> None:
        if self._state is not State.RUNNING:
            raise broken("output of no program")
        if self._sftp is not None and kind == 0:
            self._sftp.receive(Side.UPSTREAM, data)
            return
        if (mask := self._masks.get(kind)) is not None:
            data = mask.feed(data)
            self._lanes[Side.CLIENT].kept = sum(one.kept for one in self._masks.values())
        self._show(kind, data)

    def _show(self, kind: int, data: bytes) -> None:
        if self._terminal is not None and data:
            self._terminal.show(data)
        if data:
            self._pass(Side.CLIENT, kind, data)

    def _reckon(self) -> None:
        """Tell the windows what SFTP keeps."""
        assert self._sftp is not None
        for side in Side:
            self._lanes[side].kept = self._sftp.kept[other(side)]
            self._grant(side, always=False)

    @property
    def keeps(self) -> bool:
        """Whether output waits for what comes behind it."""
        return any(mask.kept for mask in self._masks.values())

    def flush(self) -> None:
        """Nothing came for a while: what was kept of the output goes out."""
        for kind, mask in self._masks.items():
            self._show(kind, mask.flush())
        self._lanes[Side.CLIENT].kept = 0

    def _eof(self, side: Side) -> None:
        if side is Side.UPSTREAM:
            self.flush()
        if side is Side.UPSTREAM or self._state is State.RUNNING:
            super()._eof(side)

    # ------------------------------------------------------------ the target

    def _target_says(self, kind: bytes, wants_reply: bool, reader: Reader) -> None:
        """What the target tells of the program. It has nothing to ask."""
        told = b""
        if wants_reply and Side.UPSTREAM not in self._closed_to:
            self._queue(Side.UPSTREAM, Message.CHANNEL_FAILURE, b"")
        match kind:
            case b"exit-status":
                status = reader.uint32()
                self._status = (status == 0, f"exit {status}")
                told = uint32(status)
            case b"exit-signal":
                name, dumped, message, language = reader.string(), reader.boolean(), reader.string(), reader.string()
                self._status = (False, f"signal {actions.shown(name[:16])}")
                message = b"" if self._steps.pipeline.masks else message  # it is anything, and no stream
                told = string(name) + boolean(dumped) + strings(message, language)
            case b"xon-xoff":
                told = boolean(reader.boolean())
            case b"eow@openssh.com":
                pass
            case _:
                return
        reader.end()
        if Side.CLIENT in self._closed_to:
            return
        if not self.over:
            self.flush()
        self._queue(Side.CLIENT, Message.CHANNEL_REQUEST, string(kind) + boolean(False) + told)

    def _receive_close(self, side: Side) -> None:
        if side is Side.CLIENT:
            self._lanes[side].drop()
            if self._sftp is not None:
                self._sftp.finish()
        super()._receive_close(side)

    def _awaits_last_word(self, side: Side) -> bool:
        """OpenSSH closes when it has read all, and may not have heard the exit status by then."""
        return side is Side.CLIENT and self._state is State.RUNNING and Side.UPSTREAM not in self._closed_by

    def _finish(self, side: Side) -> None:
        if side is Side.UPSTREAM and Side.CLIENT not in self._closed_by:
            self.flush()
        if self._state is State.ASKED:
            self._steps.withdraw(self._asked)
        elif self._sftp is not None:
            self._sftp.finish()
        elif self._state is State.RUNNING:
            ok, tag = self._status
            to_client, to_upstream = self._lanes[Side.CLIENT], self._lanes[Side.UPSTREAM]
            masked: Any = sum(mask.masked for mask in self._masks.values())
            self._steps.result(
                self._asked, self.began, ok=ok, tag=tag,
                bytes=to_client.moved, bytes_in=to_upstream.moved, masked=masked,
            )  # fmt: skip
