"""Requests about the connection as a whole: ports that the target is to listen on, and keepalives (RFC 4254, part 4).

Part of `gate`. Every request is answered in the order it came, although some answers are the target's and some wait for
a person. What is not known is refused.
"""

from __future__ import annotations

from collections import deque

from attrs import frozen

from tokengate.protocols.ssh import actions
from tokengate.protocols.ssh.forward import address, unmaskable
from tokengate.protocols.ssh.permissions import Permissions
from tokengate.protocols.ssh.replies import Replies, Slot
from tokengate.protocols.ssh.steps import Steps
from tokengate.protocols.ssh.wire import Message, Reader, boolean, broken, string, uint32
from tokengate.values import Allow, Deny, Side, Verdict

NO_MORE_SESSIONS = b"no-more-sessions@openssh.com"
KEEPALIVE = b"keepalive@openssh.com"
FORWARD, CANCEL = b"tcpip-forward", b"cancel-tcpip-forward"

MOST_WAITING = 64
"""Requests that are not answered yet."""

MOST_LISTENING = 64
"""Addresses that a target listens on for one client."""

SUCCESS, FAILURE = bytes((Message.REQUEST_SUCCESS,)), bytes((Message.REQUEST_FAILURE,))


@frozen
class Sent:
    """A request that the target has. `number`: of the action that led to it, 0 for a cancellation."""

    slot: Slot
    number: int
    host: bytes
    port: int
    began: float


class Globals:
    """One connection's."""

    def __init__(self, steps: Steps, permissions: Permissions) -> None:
        self.no_more_sessions = False  # the client has said that it opens none
        self._steps = steps
        self._permissions = permissions
        self._replies = Replies(lambda reply: steps.send(Side.CLIENT, reply), MOST_WAITING)
        self._sent: deque[Sent] = deque()
        self._listening: set[tuple[bytes, int]] = set()

    def listening(self, host: bytes, port: int) -> bool:
        """Whether the client had the target listen there."""
        return (host, port) in self._listening

    def request(self, side: Side, reader: Reader) -> None:
        """A GLOBAL_REQUEST of `side`. None of the target's is forwarded."""
        name, wants_reply = reader.string(), reader.boolean()
        if side is Side.UPSTREAM:
            if wants_reply:
                self._steps.send(side, FAILURE)
            return
        slot = self._replies.expect(wants_reply)
        if name == FORWARD:
            self._forward(slot, *self._address(reader))
        elif name == CANCEL and self.listening(*(where := self._address(reader))):
            self._send(name, Sent(slot, 0, *where, self._steps.now()))
        else:
            self.no_more_sessions |= name == NO_MORE_SESSIONS
            if name not in (KEEPALIVE, NO_MORE_SESSIONS):
                self._steps.refuse(actions.other(name), Deny("this request is not allowed", "gateway"))
            self._replies.answer(slot, FAILURE)

    def reply(self, number: int, reader: Reader) -> None:
        """The target's answer to the oldest request that it has. Raises `ProtocolError`."""
        if not self._sent:
            raise broken("a reply to nothing")
        sent, ok = self._sent.popleft(), number == Message.REQUEST_SUCCESS
        port = sent.port
        if ok and sent.number and not port:
            port = reader.uint32()
        if sent.number:
            self._steps.result(sent.number, sent.began, ok=ok, tag="listening" if ok else "not listening")
        if ok and sent.number:
            self._listening.add((sent.host, port))
        elif ok:
            self._listening.discard((sent.host, port))
        chosen = uint32(port) if ok and sent.number and not sent.port else b""
        self._replies.answer(sent.slot, (SUCCESS if ok else FAILURE) + chosen)

    def _address(self, reader: Reader) -> tuple[bytes, int]:
        found = address(reader)
        reader.end()
        return found

    def _forward(self, slot: Slot, host: bytes, port: int) -> None:
        refusal = unmaskable(self._steps.pipeline)
        if not self._permissions.tcpip_forward.allow(host, port):
            refusal = Deny("this forward is not allowed on this route", "route")
        elif len(self._listening) + len(self._sent) >= MOST_LISTENING:
            refusal = Deny("too many forwards", "gateway")
        number = 0

        def judged(verdict: Verdict) -> None:
            match verdict:
                case Allow():
                    self._send(FORWARD, Sent(slot, number, host, port, self._steps.now()))
                case Deny():
                    self._replies.answer(slot, FAILURE)
                case _:
                    raise TypeError(f"{verdict!r} is no answer")

        number = self._steps.ask(actions.forward(FORWARD.decode(), host, port), judged, refusal=refusal)

    def _send(self, name: bytes, sent: Sent) -> None:
        self._sent.append(sent)
        body = string(name) + boolean(True) + string(sent.host) + uint32(sent.port)
        self._steps.send(Side.UPSTREAM, bytes((Message.GLOBAL_REQUEST,)) + body)
