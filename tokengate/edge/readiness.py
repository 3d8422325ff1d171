"""Which streams can be read or written: an epoll of their own, which the reactor sees as one descriptor.

Twisted calls each ready descriptor in a logging context of its own and goes through its timers between any two polls.
That costs a small message more than the gateway's own work on it does. Streams need neither: they are asked here, and
the reactor's turn comes after a few rounds. Where there is no epoll they go to the reactor itself.
"""

from __future__ import annotations

import select
from functools import cache
from typing import Any, Protocol

from twisted.internet.interfaces import IReadDescriptor
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

ROUNDS = 8
"""Polls in one turn of the reactor: its timers, other descriptors and threads' calls wait for no more of them."""

MOST_EVENTS = 256
"""Events of one poll, so that a round's length is bounded as well."""

_log = Logger()


class Readiness(Protocol):
    """What a stream asks of a reactor; the calls are those of `IReactorFDSet`."""

    def addReader(self, stream: Any) -> None:
        """Call its `doRead` when there is something to read."""

    def addWriter(self, stream: Any) -> None:
        """Call its `doWrite` when it can be written."""

    def removeReader(self, stream: Any) -> None:
        """No longer; nothing happens if it was not added."""

    def removeWriter(self, stream: Any) -> None:
        """No longer; nothing happens if it was not added."""


@cache
def readiness(reactor: Any) -> Readiness:
    """The one for all streams of this reactor."""
    if not hasattr(select, "epoll"):
        found: Readiness = reactor
        return found
    return Poll(reactor)


@implementer(IReadDescriptor)
class Poll:
    """See `Readiness`. The reactor knows of it while it has streams."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._epoll = select.epoll()
        self._streams: dict[int, Any] = {}
        self._wanted: dict[int, int] = {}

    def addReader(self, stream: Any) -> None:
        """See `Readiness`."""
        self._want(stream, select.EPOLLIN, 0)

    def addWriter(self, stream: Any) -> None:
        """See `Readiness`."""
        self._want(stream, select.EPOLLOUT, 0)

    def removeReader(self, stream: Any) -> None:
        """See `Readiness`."""
        self._want(stream, 0, select.EPOLLIN)

    def removeWriter(self, stream: Any) -> None:
        """See `Readiness`."""
        self._want(stream, 0, select.EPOLLOUT)

    def _want(self, stream: Any, more: int, less: int) -> None:
        fd = stream.fileno()
        before = self._wanted.get(fd, 0)
        now = (before | more) & ~less
        if now == before:
            return
        if before and now:
            self._epoll.modify(fd, now)
            self._wanted[fd] = now
        elif now:
            self._epoll.register(fd, now)
            if not self._streams:
                self._reactor.addReader(self)
            self._streams[fd], self._wanted[fd] = stream, now
        else:
            self._epoll.unregister(fd)
            del self._streams[fd], self._wanted[fd]
            if not self._streams:
                self._reactor.removeReader(self)

    # ------------------------------------------------------------ what the reactor asks of a descriptor

    def doRead(self) -> None:
        """Some stream is ready. While several are at a time it pays to look again at once."""
        streams = self._streams
        for _ in range(ROUNDS):
            ready = self._epoll.poll(0, MOST_EVENTS)
            for fd, event in ready:
                stream = streams.get(fd)
                if stream is not None:  # else one before it in this round has ended it
                    self._tell(stream, fd, event)
            if len(ready) < 2:
                return

    def _tell(self, stream: Any, fd: int, event: int) -> None:
        try:
            if event & select.EPOLLIN:
                stream.doRead()
            there = self._streams.get(fd) is stream
            if there and event != select.EPOLLIN:  # an end counts as either: both find out
                if self._wanted[fd] & select.EPOLLOUT:
                    stream.doWrite()
                else:
                    stream.doRead()
        except BaseException:  # noqa: BLE001  as the reactor does: whatever it is, it is that stream's alone
            _log.failure("a stream failed")
            stream.connectionLost(Failure())

    def fileno(self) -> int:
        """The epoll's own descriptor."""
        return self._epoll.fileno()

    def connectionLost(self, reason: Failure) -> None:
        """The reactor stops."""
        for stream in list(self._streams.values()):
            stream.connectionLost(reason)

    def logPrefix(self) -> str:
        """The name in log lines."""
        return "streams"
