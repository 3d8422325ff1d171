"""SFTP between client and target: every request decided by what it does and to which file, before it is forwarded.

Fed by `program` with the data of a channel that runs the subsystem. A path is resolved by the target itself first, so
that what is judged is the file and not a name that links lead elsewhere; the resolved path is what is then sent. One
request is decided at a time, in the order they came; those on open files pass. Requests get numbers of the gateway's
own, so that its questions and the client's can't be confused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from attrs import define

from tokengate.protocols.ssh import actions
from tokengate.protocols.ssh.operations import (
    ALL_FLAGS,
    BY_EXTENSION,
    BY_HANDLE,
    BY_PATH,
    EXTENSIONS,
    EXTENSIONS_BY_HANDLE,
    OPENS,
    REPLIES,
    SYMLINK,
    UNJUDGED,
    Operation,
    Packet,
    Status,
    opening,
)
from tokengate.protocols.ssh.permissions import Permissions
from tokengate.protocols.ssh.steps import Steps
from tokengate.protocols.ssh.wire import Reader, broken, string, strings, uint32
from tokengate.values import Action, Allow, Deny, Side, Ticket, Verdict

MOST_PACKET = 256 * 1024
"""Bytes of one packet: OpenSSH's own limit."""

MOST_OUTSTANDING = 4096
"""Requests that the target has not answered: OpenSSH's client keeps 64 under way."""

MOST_HANDLES = 1024
"""Files open at once on one channel."""

VERSION = 3

Pass = Callable[[Side, int, bytes], None]


@define
class Opened:
    """A file or folder that is open. `number`: the request's that opened it."""

    number: int
    path: str
    began: float
    read: int = 0
    written: int = 0


class Pending(NamedTuple):
    """A request the target has. `client`: its id there, None for a question of the gateway's, answered to `then`."""

    client: int | None
    kind: int
    number: int = 0
    path: str = ""
    began: float = 0.0
    opened: Opened | None = None
    then: Callable[[bytes], None] | None = None


class Wanted(NamedTuple):
    """A request by `paths`, for the operation it is. `before`, `after`: what is around them; `leads`: what a new link
    says.
    """

    kind: int
    client: int
    operation: Operation
    paths: list[bytes]
    before: bytes
    after: bytes
    leads: bytes = b""


class Sftp:
    """One channel's. `masked`: what the route masks could not be masked in files, so none is read. `reckon` hears that
    what is kept has changed.
    """

    FLOOR = 2 * MOST_PACKET
    """Bytes a sender may have under way: a whole packet has to come before it can be looked at."""

    def __init__(
        self,
        steps: Steps,
        permissions: Permissions,
        masked: bool,
        pass_: Pass,
        tell: Callable[[str], None],
        reckon: Callable[[], None],
    ) -> None:
        self._steps = steps
        self._permissions = permissions
        self._masked = masked
        self._pass = pass_
        self._tell = tell
        self._reckon = reckon
        self._buffers = {side: bytearray() for side in Side}
        self._pending: dict[int, Pending] = {}
        self._handles: dict[bytes, Opened] = {}
        self._ids = 0
        self._begun = False
        self._answered = False  # the target has told its version
        self._busy = False  # a request is being decided
        self._asked = 0

    @property
    def kept(self) -> dict[Side, int]:
        """Bytes of each sender's that wait here."""
        return {side: len(buffer) for side, buffer in self._buffers.items()}

    def receive(self, side: Side, data: bytes) -> None:
        """Data of the channel, from `side`. Raises `ProtocolError`."""
        self._buffers[side] += data
        if side is Side.UPSTREAM:
            while packet := self._next(side):
                self._from_target(packet)
        self._pump()

    def finish(self) -> None:
        """The channel ends: nobody waits any more, and what is open is closed."""
        if self._asked:
            self._steps.withdraw(self._asked)
            self._asked = 0
        for opened in self._handles.values():
            self._result(opened, Status.OK)
        self._handles.clear()

    def _pump(self) -> None:
        while not self._busy and (packet := self._next(Side.CLIENT)):
            self._from_client(packet)
        self._reckon()

    def _next(self, side: Side) -> bytes:
        """The next whole packet without its length, b"" when there is none."""
        buffer = self._buffers[side]
        if len(buffer) < 5:
            return b""
        length = int.from_bytes(buffer[:4], "big")
        if not 0 < length <= MOST_PACKET:
            raise broken("an SFTP packet of no allowed length")
        if len(buffer) < 4 + length:
            return b""
        packet = bytes(buffer[4 : 4 + length])
        del buffer[: 4 + length]
        return packet

    # ------------------------------------------------------------ the client

    def _from_client(self, packet: bytes) -> None:
        reader = Reader(packet, "SFTP request")
        kind = reader.raw(1)[0]
        if not self._begun:
            if kind != Packet.INIT or reader.uint32() < VERSION:
                raise broken("no SFTP of version 3")
            self._begun = True
            self._to_target(bytes((Packet.INIT,)) + uint32(VERSION))
            return
        client = reader.uint32()
        if len(self._pending) >= MOST_OUTSTANDING:
            raise broken("too many SFTP requests at once")
        self._request(kind, client, reader)

    def _request(self, kind: int, client: int, reader: Reader) -> None:
        match kind:
            case Packet.OPEN:
                path, flags = reader.string(), reader.uint32()
                if flags & ~ALL_FLAGS:
                    self._status(client, Status.OP_UNSUPPORTED, "not supported")
                    return
                rest = uint32(flags) + reader.rest()
                self._decide(Wanted(kind, client, opening(flags), [path], b"", rest))
            case Packet.SYMLINK:
                target, link = reader.strings(2)
                reader.end()
                self._decide(Wanted(kind, client, SYMLINK, [link], string(target), b"", target))
            case Packet.FSETSTAT:
                self._set_by_handle(client, reader)
            case Packet.REALPATH:
                self._forward(Pending(client, kind), reader.rest())
            case Packet.EXTENDED:
                self._extended(client, reader)
            case _ if kind in BY_HANDLE:
                self._by_handle(kind, client, reader)
            case _ if kind in BY_PATH:
                operation = BY_PATH[kind]
                paths = reader.strings(len(operation.paths))
                self._decide(Wanted(kind, client, operation, paths, b"", reader.rest()))
            case _:
                self._status(client, Status.OP_UNSUPPORTED, "not supported")

    def _extended(self, client: int, reader: Reader) -> None:
        name = reader.string()
        if (operation := BY_EXTENSION.get(name)) is not None:
            paths = reader.strings(len(operation.paths))
            self._decide(Wanted(Packet.EXTENDED, client, operation, paths, string(name), reader.rest()))
        elif (count := EXTENSIONS_BY_HANDLE.get(name)) is not None:
            start = reader.at
            handles = [reader.string()]
            if count > 1:
                reader.uint64()
                reader.uint64()
                handles.append(reader.string())
            reader.rest()
            if self._known(client, *handles):
                self._forward(Pending(client, Packet.EXTENDED), string(name) + reader.since(start))
        elif name in UNJUDGED:
            self._forward(Pending(client, Packet.EXTENDED), string(name) + reader.rest())
        else:
            self._status(client, Status.OP_UNSUPPORTED, "not supported")

    def _by_handle(self, kind: int, client: int, reader: Reader) -> None:
        start = reader.at
        handle = reader.string()
        if not self._known(client, handle):
            return
        opened = self._handles[handle]
        if kind == Packet.CLOSE:
            del self._handles[handle]
        elif kind == Packet.WRITE:
            reader.uint64()
            opened.written += reader.uint32()
        reader.rest()
        self._forward(Pending(client, kind, opened=opened), reader.since(start))

    def _set_by_handle(self, client: int, reader: Reader) -> None:
        """Attributes of an open file: decided as those of its path are, which is resolved already."""
        start = reader.at
        handle = reader.string()
        if not self._known(client, handle):
            return
        reader.rest()
        path = self._handles[handle].path
        action = actions.file("setstat", {"attributes"}, [(("write",), path)])
        self._ask(action, None, Pending(client, Packet.FSETSTAT, path=path), reader.since(start))

    def _known(self, client: int, *handles: bytes) -> bool:
        if all(handle in self._handles for handle in handles):
            return True
        self._status(client, Status.FAILURE, "no such handle")
        return False

    # ------------------------------------------------------------ deciding

    def _decide(self, wanted: Wanted) -> None:
        """Resolve the paths, have the operation judged, and forward it."""
        self._busy = True
        resolved: list[bytes] = []

        def have(path: bytes) -> None:
            resolved.append(path)
            if len(resolved) == len(wanted.paths):
                self._judge(wanted, resolved)
            else:
                following()

        def failed(status: bytes) -> None:
            self._reply(Packet.STATUS, wanted.client, status)
            self._busy = False
            self._pump()

        def following() -> None:
            at = len(resolved)
            self._resolve(wanted.paths[at], wanted.operation.paths[at].follows, have, failed)

        following()

    def _judge(self, wanted: Wanted, resolved: list[bytes]) -> None:
        """Have an operation on these paths judged."""
        operation, shown = wanted.operation, [actions.shown(path) for path in resolved]
        modes = [path.modes for path in operation.paths]
        paths = zip(modes, shown, strict=True)
        action = actions.file(operation.name, operation.effects, paths, actions.shown(wanted.leads))
        pending = Pending(wanted.client, wanted.kind, path=shown[0])
        refusal = self._refusal(operation, resolved, wanted.leads)
        self._ask(action, refusal, pending, wanted.before + strings(*resolved) + wanted.after)

    def _resolve(
        self, path: bytes, follows: bool, have: Callable[[bytes], None], failed: Callable[[bytes], None]
    ) -> None:
        """Ask the target what `path` means: all of it, or only the folder that its last name is in."""
        folder, _, name = path.rstrip(b"/").rpartition(b"/")
        if follows or name in (b"", b".", b".."):
            folder, name = path, b""
        elif not folder:
            folder = b"/" if path.startswith(b"/") else b"."

        def answered(packet: bytes) -> None:
            reader = Reader(packet, "SFTP reply")
            if reader.raw(1)[0] == Packet.STATUS:
                reader.uint32()
                failed(reader.rest())
                return
            reader.uint32()
            if reader.uint32() != 1:
                raise broken("a path that means several")
            found = reader.string()
            have(found.rstrip(b"/") + b"/" + name if name else found)

        self._forward(Pending(None, Packet.REALPATH, then=answered), string(folder))

    def _refusal(self, operation: Operation, paths: list[bytes], leads: bytes) -> Deny | None:
        if not all(map(actions.readable, (*paths, leads))) or not all(path.startswith(b"/") for path in paths):
            return Deny("the path is no readable text", "gateway")
        if "link" in operation.effects and not self._permissions.symlinks:
            return Deny("links are not allowed on this route", "route")
        if "read" in operation.effects and self._masked:
            return Deny("files can't be masked, and this route masks", "route")
        return None

    def _ask(self, action: Action, refusal: Deny | None, pending: Pending, body: bytes) -> None:
        self._busy = True
        began = self._steps.now()

        def judged(verdict: Verdict) -> None:
            number, self._asked, self._busy = self._asked, 0, False
            match verdict:
                case Allow():
                    self._forward(pending._replace(number=number, began=began), body)
                case Deny(reason, rule):
                    assert pending.client is not None
                    self._status(pending.client, Status.PERMISSION_DENIED, f"tokengate: {reason} ({rule})")
                case _:
                    raise TypeError(f"{verdict!r} is no answer")
            self._pump()

        self._asked = self._steps.ask(action, judged, self._held, refusal)

    def _held(self, ticket: Ticket) -> None:
        self._tell(actions.waiting(ticket))

    # ------------------------------------------------------------ the target

    def _from_target(self, packet: bytes) -> None:
        reader = Reader(packet, "SFTP reply")
        kind = reader.raw(1)[0]
        if not self._answered:
            self._version(kind, reader)
            return
        pending = self._pending.pop(reader.uint32(), None)
        if pending is None or kind not in REPLIES:
            raise broken("an SFTP reply to nothing")
        if pending.then is not None:
            if kind not in (Packet.STATUS, Packet.NAME):
                raise broken("an SFTP reply of the wrong kind")
            pending.then(packet)
            return
        assert pending.client is not None
        body = reader.rest()
        self._note(kind, pending, body)
        self._reply(kind, pending.client, body)

    def _version(self, kind: int, reader: Reader) -> None:
        if kind != Packet.VERSION or not self._begun or reader.uint32() != VERSION:
            raise broken("no SFTP of version 3")
        self._answered = True
        offered = b""
        while reader.left:
            name, value = reader.strings(2)
            if name in EXTENSIONS:
                offered += strings(name, value)
        self._pass_packet(Side.CLIENT, bytes((Packet.VERSION,)) + uint32(VERSION) + offered)

    def _note(self, kind: int, pending: Pending, body: bytes) -> None:
        """What the recording and the table of open files have of a reply."""
        opened = pending.opened
        if kind == Packet.HANDLE:
            handle = Reader(body, "SFTP reply").string()
            if pending.kind not in OPENS or handle in self._handles or len(self._handles) >= MOST_HANDLES:
                raise broken("an SFTP handle for nothing, or too many")
            self._handles[handle] = Opened(pending.number, pending.path, pending.began)
        elif kind == Packet.DATA and opened is not None:
            opened.read += max(0, len(body) - 4)
        elif kind == Packet.STATUS:
            code = Reader(body, "SFTP reply").uint32()
            if opened is not None and pending.kind == Packet.CLOSE:
                self._result(opened, code)
            elif pending.number:
                self._result(Opened(pending.number, pending.path, pending.began), code)

    def _result(self, opened: Opened, code: int) -> None:
        tag = "done" if code == Status.OK else f"status {code}"
        self._steps.result(
            opened.number, opened.began, ok=code == Status.OK, tag=tag, bytes=opened.read, bytes_in=opened.written
        )

    # ------------------------------------------------------------ sending

    def _forward(self, pending: Pending, body: bytes) -> None:
        self._ids = (self._ids + 1) & 0xFFFFFFFF
        self._pending[self._ids] = pending
        self._to_target(bytes((pending.kind,)) + uint32(self._ids) + body)

    def _to_target(self, packet: bytes) -> None:
        self._pass_packet(Side.UPSTREAM, packet)

    def _reply(self, kind: int, client: int, body: bytes) -> None:
        self._pass_packet(Side.CLIENT, bytes((kind,)) + uint32(client) + body)

    def _status(self, client: int, code: Status, text: str) -> None:
        self._reply(Packet.STATUS, client, uint32(code) + strings(text.encode(), b""))

    def _pass_packet(self, side: Side, packet: bytes) -> None:
        self._pass(side, 0, string(packet))
