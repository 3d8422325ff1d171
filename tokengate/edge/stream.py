"""One socket, with or without TLS: the only place where bytes enter and leave the process on the data path.

Written for the cost of a small message. A write tries the socket at once, so that a request costs no extra turn of the
reactor; TLS is a pyOpenSSL Connection on the socket itself rather than on memory buffers. What the kernel does not
take is queued, and the stream says when its queue is long (`congested`) and short again (`drained`), so that whoever
feeds it can stop.
"""

from __future__ import annotations

import errno
import socket
from typing import Any

from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IReadDescriptor, IWriteDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from tokengate.edge.readiness import readiness
from tokengate.edge.tls import is_address, verify_name
from tokengate.interfaces import IStream

READ_SIZE = 64 * 1024
"""Bytes of one read: as much as a socket buffer usually holds; larger blocks cost page faults."""

READS_PER_TURN = 4
"""Reads before other connections get their turn."""

HIGH_WATER = 256 * 1024
"""Queued bytes at which the peer counts as slow: a few round trips' worth on a fast network."""

LOW_WATER = 64 * 1024
"""Queued bytes at which it counts as keeping up again."""

LINGER = 2.0
"""Seconds a closed stream has to send what is queued and to hear the peer's end, so that a last error message is not
lost to a reset.
"""

_BLOCKED = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR)


class HandshakeFailed(SSL.Error):
    """TLS could not be agreed on. The text says why, for the log."""


@implementer(IStream, IReadDescriptor, IWriteDescriptor)
class Stream:
    """See `interfaces.IStream`. `sock` is connected and becomes this object's own."""

    def __init__(self, sock: socket.socket, peer: str, reactor: Any) -> None:
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.peer = peer
        self.tls: SSL.Connection | None = None
        self.bytes_in = 0
        self.bytes_out = 0
        self._sock = sock
        self._reactor = reactor
        self._readiness = readiness(reactor)
        self._receiver: Any = None
        self._queue = bytearray()
        self._reasons: set[str] = set()
        self._congested = False
        self._closing = False
        self._gone: Failure | None = None
        self._linger: Any = None
        self._waiting: Deferred[None] | None = None  # a pull or a handshake that waits for the socket

    # ------------------------------------------------------------ pulling

    async def read_exactly(self, count: int) -> bytes:
        """Exactly `count` bytes; never more is taken from the socket. Raises `ConnectionLost` when the peer ends
        first.
        """
        parts = bytearray()
        while len(parts) < count:
            data = self._receive(count - len(parts))
            if data is None:
                await self._ready(reading=True)
            elif not data:
                self._lose(Failure(ConnectionLost("the peer closed the connection")))
                raise ConnectionLost("the peer closed the connection")
            else:
                parts += data
        return bytes(parts)

    async def peek(self, count: int) -> bytes:
        """Up to `count` bytes, at least one, that stay to be read. Raises `ConnectionLost`; only before TLS."""
        while True:
            try:
                data = self._sock.recv(count, socket.MSG_PEEK)
            except OSError as error:
                if error.errno not in _BLOCKED:
                    raise ConnectionLost(str(error)) from error
                await self._ready(reading=True)
                continue
            if not data:
                raise ConnectionLost("the peer closed the connection")
            return data

    def pending(self) -> bool:
        """Whether the peer has sent bytes that nobody has read."""
        try:
            return bool(self._sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except OSError:
            return False

    async def start_tls(self, context: SSL.Context, server_side: bool, hostname: str | None = None) -> None:
        """The TLS handshake; on the client side `hostname` goes into SNI and is verified.

        Raises `HandshakeFailed`, or `ConnectionLost` when the peer leaves during it.
        """
        tls = SSL.Connection(context, self._sock)
        if server_side:
            tls.set_accept_state()
        else:
            tls.set_connect_state()
            if hostname is not None and not is_address(hostname):
                tls.set_tlsext_host_name(hostname.encode("idna"))
        self.tls = tls
        await self._handshake(tls)
        if not server_side and hostname is not None:
            try:
                verify_name(tls, hostname)
            except ValueError as error:
                raise HandshakeFailed(str(error)) from error

    async def _handshake(self, tls: SSL.Connection) -> None:
        while True:
            try:
                tls.do_handshake()
                return
            except SSL.WantReadError:
                await self._ready(reading=True)
            except SSL.WantWriteError:
                await self._ready(reading=False)
            except SSL.Error as error:
                raise HandshakeFailed(_reason(error)) from error

    async def _ready(self, *, reading: bool) -> None:
        if self._gone is not None:
            raise ConnectionLost("the connection is closed")
        self._waiting = Deferred(lambda _: self._rest())
        (self._readiness.addReader if reading else self._readiness.addWriter)(self)
        await self._waiting

    def _rest(self) -> None:
        self._waiting = None
        self._readiness.removeReader(self)
        if not self._queue:
            self._readiness.removeWriter(self)

    def _wake(self) -> None:
        waiting = self._waiting
        assert waiting is not None
        self._rest()
        waiting.callback(None)

    # ------------------------------------------------------------ pushing

    def attach(self, receiver: Any) -> None:
        """Give `receiver` (an `IReceiver`) everything from now on."""
        self._receiver = receiver
        if self._gone is not None:
            self._reactor.callLater(0, receiver.lost, self._gone)
        else:
            self._listen()

    def pause(self, reason: str) -> None:
        """Stop reading for `reason`."""
        if not self._reasons:
            self._readiness.removeReader(self)
        self._reasons.add(reason)

    def resume(self, reason: str) -> None:
        """Withdraw `reason`; reading goes on when it was the last."""
        if reason in self._reasons:
            self._reasons.discard(reason)
            if not self._reasons and self._gone is None:
                self._listen()

    def _listen(self) -> None:
        if self._reasons:
            return
        self._readiness.addReader(self)
        if self.tls is not None and self.tls.pending():
            self._reactor.callLater(0, self._read_on)  # decrypted already: the socket won't say so again

    def _read_on(self) -> None:
        if not self._reasons and self._gone is None:
            self.doRead()

    def doRead(self) -> None:
        """The socket can be read."""
        if self._waiting is not None:
            self._wake()
            return
        for _ in range(READS_PER_TURN):
            data = self._receive(READ_SIZE)
            if data is None:
                break
            if not data:
                self._lose(Failure(ConnectionDone()))
                return
            if not self._closing:
                self.bytes_in += len(data)
                self._receiver.received(data)
            if self._reasons or self._gone is not None:
                return
            if self.tls is None and len(data) < READ_SIZE:
                break
        else:
            if self.tls is not None and self.tls.pending():
                self._reactor.callLater(0, self._read_on)
        if self._queue and self.tls is not None:
            self.doWrite()  # TLS may have waited for the peer's word

    def _receive(self, size: int) -> bytes | None:
        """What can be read now: None when that is nothing, b"" at the end."""
        try:
            return self._sock.recv(size) if self.tls is None else self.tls.recv(size)
        except (SSL.WantReadError, SSL.WantX509LookupError):
            return None
        except SSL.WantWriteError:
            self._readiness.addWriter(self)
            return None
        except SSL.Error:
            return b""  # a clean end, an end without one, or bytes that are no TLS: over in any case
        except OSError as error:
            return None if error.errno in _BLOCKED else b""

    # ------------------------------------------------------------ writing

    @property
    def queued(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return len(self._queue)

    def write(self, data: bytes) -> None:
        """Send `data`, now as far as the kernel takes it."""
        if self._closing or self._gone is not None or not data:
            return
        if self._queue:
            self._queue += data
        else:
            sent = self._transmit(data)
            if sent == len(data) or self._gone is not None:
                return
            self._queue += memoryview(data)[sent:]
            self._readiness.addWriter(self)
        if self.queued > HIGH_WATER and not self._congested:
            self._congested = True
            if self._receiver is not None:
                self._receiver.congested()

    def doWrite(self) -> None:
        """The socket can be written."""
        if self._waiting is not None and not self._queue:
            self._wake()
            return
        while self._queue:
            with memoryview(self._queue) as waiting:
                sent = self._transmit(waiting)
            if not sent:
                break
            del self._queue[:sent]
        if self._congested and self.queued < LOW_WATER:
            self._congested = False
            if self._receiver is not None and not self._closing:
                self._receiver.drained()
        if not self._queue and self._gone is None:
            self._readiness.removeWriter(self)
            if self._closing:
                self._end_of_output()

    def _transmit(self, data: bytes | memoryview) -> int:
        """Bytes the kernel took."""
        try:
            sent = self._sock.send(data) if self.tls is None else self.tls.send(data)
        except (SSL.WantReadError, SSL.WantWriteError):
            return 0
        except SSL.Error as error:
            self._fail(ConnectionLost(_reason(error)))
            return 0
        except OSError as error:
            if error.errno not in _BLOCKED:
                self._fail(ConnectionLost(str(error)))
            return 0
        self.bytes_out += sent
        return sent

    # ------------------------------------------------------------ ending

    def close(self) -> None:
        """Close once what is queued has gone out and the peer has ended too, or after `LINGER` seconds."""
        if self._closing or self._gone is not None:
            return
        self._closing = True
        self._linger = self._reactor.callLater(LINGER, self.abort)
        self._reasons.clear()
        if not self._queue:
            self._end_of_output()

    def _end_of_output(self) -> None:
        try:
            if self.tls is not None:
                self.tls.shutdown()
            self._sock.shutdown(socket.SHUT_WR)
        except (OSError, SSL.Error):
            self.abort()
            return
        self._readiness.addReader(self)

    def abort(self) -> None:
        """Close now."""
        self._lose(Failure(ConnectionDone() if self._closing else ConnectionAborted()))

    def _fail(self, error: Exception) -> None:
        """Writing found the connection dead: say so from the reactor, not out of the middle of `write`."""
        self._queue = bytearray()
        self._reactor.callLater(0, self._lose, Failure(error))

    def _lose(self, reason: Failure) -> None:
        if self._gone is not None:
            return
        self._gone = reason
        if self._linger is not None and self._linger.active():
            self._linger.cancel()
        self._readiness.removeReader(self)
        self._readiness.removeWriter(self)
        self._queue = bytearray()
        waiting, self._waiting = self._waiting, None
        self._sock.close()
        if waiting is not None:
            waiting.errback(Failure(ConnectionLost("the connection is closed")))
        if self._receiver is not None:
            self._receiver.lost(reason)

    # ------------------------------------------------------------ what the reactor asks of a descriptor

    def fileno(self) -> int:
        """The socket's descriptor, -1 once closed."""
        return self._sock.fileno()

    def connectionLost(self, reason: Failure) -> None:
        """The reactor found the descriptor dead, or stops."""
        self._lose(reason)

    def logPrefix(self) -> str:
        """The name in log lines."""
        return "stream"


def _reason(error: SSL.Error) -> str:
    """OpenSSL's last reason text, such as "certificate verify failed"."""
    try:
        return str(error.args[0][-1][-1]) or "TLS failed"
    except (IndexError, TypeError):
        return str(error) or "the peer closed the connection"
