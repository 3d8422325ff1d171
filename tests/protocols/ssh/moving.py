"""A connection service that only moves bytes, on Conch's own: what the wire layer's tests and benchmark run above it.

Towards clients, `exec` of "cat" gives back what comes, "count" says how many bytes came, "send N" sends N bytes; any
other command is refused. Towards targets, `run` opens a session and executes a command.
"""

from __future__ import annotations

from typing import Any

from twisted.conch.ssh.channel import SSHChannel
from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.connection import SSHConnection
from twisted.internet.defer import Deferred

CHUNK = bytes(32 * 1024)
WINDOW = 2 * 1024 * 1024


class MovingChannel(SSHChannel):
    """One session. Stops when the window is used up, or the connection says so."""

    name = b"session"

    def __init__(self, **arguments: Any) -> None:
        super().__init__(localWindow=WINDOW, localMaxPacket=len(CHUNK), **arguments)
        self.open_for_writing = True
        self.received = 0
        self.to_send = 0
        self.sends = False
        self.echoes = False

    def request_exec(self, data: bytes) -> bool:
        return self._start(getNS(data)[0].split())

    def request_subsystem(self, data: bytes) -> bool:
        return self._start([getNS(data)[0]])

    def request_env(self, data: bytes) -> bool:
        return True

    def _start(self, words: list[bytes]) -> bool:
        match words:
            case [b"cat"]:
                self.echoes = True
            case [b"count"]:
                pass
            case [b"send", count]:
                self.to_send, self.sends = int(count), True
                self.conn.transport.clock.callLater(0, self.pump)
            case _:
                return False
        return True

    def pump(self) -> None:
        while self.to_send and self.open_for_writing and not self.conn.congested_now and not self.closing:
            count = min(self.to_send, len(CHUNK))
            self.to_send -= count
            self.write(CHUNK[:count])
            if not self.to_send:
                self._finish()

    def stopWriting(self) -> None:
        self.open_for_writing = False

    def addWindowBytes(self, data: int) -> None:
        super().addWindowBytes(data)  # sends what it kept: pumping from startWriting would add to that
        self.open_for_writing = not self.buf
        self.pump()

    def dataReceived(self, data: bytes) -> None:
        self.received += len(data)
        if self.echoes:
            self.write(data)

    def eofReceived(self) -> None:
        if self.sends:
            return
        if not self.echoes:
            self.write(b"%d\n" % self.received)
        self._finish()

    def _finish(self) -> None:
        self.conn.sendRequest(self, b"exit-status", b"\0\0\0\0")
        self.conn.sendEOF(self)
        self.loseConnection()


class MovingConnection(SSHConnection):
    """The connection service. Remembers what its transport tells of congestion."""

    channel_class = MovingChannel

    def __init__(self) -> None:
        super().__init__()
        self.congested_now = False
        self.marks: list[str] = []

    def getChannel(self, kind: bytes, window: int, packet: int, data: bytes) -> SSHChannel:
        assert kind == b"session"
        channel = self.channel_class(remoteWindow=window, remoteMaxPacket=packet)
        channel.conn = self
        return channel

    def congested(self) -> None:
        self.congested_now = True
        self.marks.append("congested")

    def drained(self) -> None:
        self.congested_now = False
        self.marks.append("drained")
        for channel in list(self.channels.values()):
            if isinstance(channel, MovingChannel):
                channel.pump()


class Command(SSHChannel):
    """A command at a target: `sends` goes to its input, `done` fires with its output."""

    name = b"session"

    def __init__(self, command: bytes, sends: int) -> None:
        super().__init__(localWindow=WINDOW, localMaxPacket=len(CHUNK))
        self.command = command
        self.to_send = sends
        self.output = bytearray()
        self.length = 0
        self.keep = 1 << 20
        self.writing = True
        self.done: Deferred[bytes] = Deferred()

    def channelOpen(self, specificData: bytes) -> None:
        self.conn.sendRequest(self, b"exec", NS(self.command))
        self.pump()

    def openFailed(self, reason: Any) -> None:
        self.done.errback(reason)

    def pump(self) -> None:
        while self.writing and not self.conn.congested_now and self.to_send >= 0:
            count = min(self.to_send, len(CHUNK))
            self.to_send -= count
            if count:
                self.write(CHUNK[:count])
            else:
                self.to_send = -1
                self.conn.sendEOF(self)

    def stopWriting(self) -> None:
        self.writing = False

    def addWindowBytes(self, data: int) -> None:
        super().addWindowBytes(data)
        self.writing = not self.buf
        self.pump()

    def dataReceived(self, data: bytes) -> None:
        self.length += len(data)
        if len(self.output) < self.keep:
            self.output += data

    def closed(self) -> None:
        if not self.done.called:
            self.done.callback(bytes(self.output))


class CommandConnection(MovingConnection):
    """The connection service towards a target."""

    def drained(self) -> None:
        self.congested_now = False
        for channel in list(self.channels.values()):
            channel.pump()

    def run(self, command: bytes, sends: int = 0) -> Command:
        channel = Command(command, sends)
        self.openChannel(channel)
        return channel
