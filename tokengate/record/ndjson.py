"""The recorder `ndjson`: one file of chained JSON lines a session, closed by a signed footer, named in a signed ledger.

What is committed is with the operating system before the action it records is forwarded: a crash of the gateway loses
nothing. Files go to the disk in groups, each `interval`, or before every action with `sync = always`; `sync = never`
leaves it to the system. Results wait for the next commit, or `LINGER` seconds.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from zope.interface import implementer

from tokengate.components import option
from tokengate.convert import duration, one_of, size
from tokengate.errors import ConfigError, RecorderFailed, TokengateError
from tokengate.interfaces import IRecorder, IRecording
from tokengate.record.chain import FORMAT, Chain, signed_text
from tokengate.record.files import append, open_private
from tokengate.record.ledger import Ledger
from tokengate.record.recovery import seal
from tokengate.record.signing import KEY_FILE, PUBLIC_FILE, Signer, key_id, pem
from tokengate.session.session import Session
from tokengate.values import EndReason, Event

LINGER = 0.2
"""Seconds a result may wait for company before it is written."""

_log = Logger()


@frozen
class Options:
    """The keys of a section with `use = ndjson`."""

    path: str = option("the folder of the recordings")
    sync: str = option(
        "when files go to disk: always (before each action), interval, never",
        default="interval",
        convert=one_of("always", "interval", "never"),
    )
    interval: float = option("seconds between two group commits", default=0.1, convert=duration)
    max_size: int = option("the longest recording of one session; it ends there", default=1 << 30, convert=size)
    sign_key: str = option("the Ed25519 key's file (32 raw bytes); one in the state folder by default", default="")


def configure(options: Options, tools: Any) -> Ndjson:
    """The recorder. Nothing is opened before it is started."""
    folder = tools.path(options.path)
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is no folder")
    key = tools.path(options.sign_key) if options.sign_key else tools.state / KEY_FILE
    return Ndjson(options, folder, key, tools.reactor)


@implementer(IRecorder)
class Ndjson:
    """One folder of recordings. `reactor`: for timers and for the syncing thread's answers."""

    def __init__(self, options: Options, folder: Path, key: Path, reactor: Any) -> None:
        self.options = options
        self.folder = folder
        self.signer: Signer
        self.ledger: Ledger
        self._key = key
        self._reactor = reactor
        self._open: set[Recording] = set()
        self._flushing = LoopingCall(self._flush)
        self._syncer: Syncer
        self._started = False

    @property
    def ready(self) -> bool:
        """Whether it can record."""
        return self._started and os.access(self.folder, os.W_OK)

    def start(self) -> None:
        """Seal what a crash left open, begin group commits. Raises `RecorderFailed`, `StoreError`."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.signer = Signer.load(self._key)
        public = self.folder / PUBLIC_FILE
        if not public.exists():
            public.write_bytes(pem(self.signer.public))
        self.ledger = Ledger(self.folder, self.signer)
        for session, file in list(self.ledger.open_sessions.items()):
            chain = seal(self.folder / file, session, self.signer)
            self.ledger.closed(session, chain.lines, chain.last, "crashed")
            _log.warn("the recording of session {session} was left open by a crash: sealed", session=session)
        self._syncer = Syncer(self.options.interval, self._reactor)
        self._flushing.clock = self._reactor
        self._flushing.start(LINGER, now=False)
        self._started = True

    async def stop(self) -> None:
        """Everything to disk."""
        if not self._started:
            return
        self._started = False
        self._flushing.stop()
        for recording in list(self._open):
            await recording.close("shutdown")
        self._syncer.stop()
        self.ledger.close()

    def open(self, session: Session) -> Recording:
        """See `IRecorder`."""
        if not self._started:
            raise RecorderFailed("the recorder is not running")
        file = f"{time.strftime('%Y-%m-%d', time.gmtime(session.started_at))}/{session.id}.ndjson"
        fd = open_private(self.folder / file, new=True)
        try:
            self.ledger.opened(session.id, file)
        except TokengateError:
            os.close(fd)
            raise
        recording = Recording(self, session.id, fd)
        recording.write(Event("head", {"format": FORMAT, "session": session.id, "key": key_id(self.signer.public)}))
        self._open.add(recording)
        return recording

    def sync(self, fd: int) -> Deferred[None] | None:
        """Have a file's data go to disk with the next group; a Deferred where the action has to wait for it."""
        if self._syncer.problem:
            raise RecorderFailed(self._syncer.problem)
        match self.options.sync:
            case "never":
                return None
            case "always":
                return self._syncer.awaited(fd)
            case _:
                self._syncer.later(fd)
                return None

    def ended(self, recording: Recording) -> None:
        """A recording is closed."""
        self._open.discard(recording)

    def release(self, fd: int) -> None:
        """Close a file, once its data is on disk where that is asked for."""
        if self.options.sync == "never":
            os.close(fd)
        else:
            self._syncer.last(fd)

    def _flush(self) -> None:
        for recording in list(self._open):
            recording.flush()


@implementer(IRecording)
class Recording:
    """One session's file."""

    def __init__(self, recorder: Ndjson, session: str, fd: int) -> None:
        self._recorder = recorder
        self._session = session
        self._fd = fd
        self._chain = Chain()
        self._lines: list[bytes] = []
        self._size = 0
        self._failed = ""

    def write(self, event: Event) -> None:
        """See `IRecording`."""
        if self._failed:
            raise RecorderFailed(self._failed)
        line = self._chain.line(event.kind, event.fields)
        self._size += len(line)
        if self._size > self._recorder.options.max_size and event.kind not in ("end", "footer"):
            raise RecorderFailed("the recording has reached its longest size")
        self._lines.append(line)

    def commit(self) -> Deferred[None] | None:
        """See `IRecording`."""
        if self._failed:
            raise RecorderFailed(self._failed)
        if not self._lines:
            return None
        data = self._lines[0] if len(self._lines) == 1 else b"".join(self._lines)
        self._lines.clear()
        try:
            append(self._fd, data)
        except RecorderFailed as error:
            self._failed = error.problem
            raise
        return self._recorder.sync(self._fd)

    def flush(self) -> None:
        """Write what waits; a failure is the next write's or commit's to report."""
        if self._lines and not self._failed:
            try:
                self.commit()
            except RecorderFailed as error:
                _log.error("session {session}: {why}", session=self._session, why=error.problem)

    def close(self, reason: EndReason) -> Deferred[None]:
        """See `IRecording`. Synchronous at heart; a failure leaves the file to be sealed at the next start."""
        if self._fd < 0:
            return succeed(None)
        try:
            lines, last = self._chain.lines, self._chain.last
            signature = self._recorder.signer.sign(signed_text(self._session, lines, last, "closed"))
            self.write(
                Event("footer", {"outcome": "closed", "lines": lines, "last": last.hex(), "signature": signature})
            )
            self.commit()
            self._recorder.ledger.closed(self._session, self._chain.lines, self._chain.last, "closed")
        finally:
            self._recorder.ended(self)
            self._recorder.release(self._fd)
            self._fd = -1
            self._failed = self._failed or "the recording is closed"
        return succeed(None)


class Syncer:
    """One thread that has files' data go to disk, all that are due at once."""

    def __init__(self, interval: float, reactor: Any) -> None:
        self._interval = interval
        self._reactor = reactor
        self._lock = threading.Lock()
        self._due: set[int] = set()
        self._closing: list[int] = []
        self._waiting: list[Callable[[], None]] = []
        self._wake = threading.Event()
        self._stopping = False
        self.problem = ""  # once data could not be brought to disk nothing more is recorded
        self._thread = threading.Thread(target=self._run, name="tokengate-sync", daemon=True)
        self._thread.start()

    def later(self, fd: int) -> None:
        """With the next group."""
        with self._lock:
            self._due.add(fd)

    def awaited(self, fd: int) -> Deferred[None]:
        """With a group at once; fires when it is on disk."""
        done: Deferred[None] = Deferred()
        with self._lock:
            self._due.add(fd)
            self._waiting.append(lambda: _fire(done))
        self._wake.set()
        return done

    def last(self, fd: int) -> None:
        """With the next group, and then close it."""
        with self._lock:
            self._due.add(fd)
            self._closing.append(fd)

    def stop(self) -> None:
        """After a last group."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._interval)
            self._wake.clear()
            self._group()
        self._group()

    def _group(self) -> None:
        with self._lock:
            due, self._due = self._due, set()
            waiting, self._waiting = self._waiting, []
            closing, self._closing = self._closing, []
        self._sync(due)
        for fd in closing:
            os.close(fd)
        for answer in waiting:
            self._reactor.callFromThread(answer)

    def _sync(self, due: set[int]) -> None:
        for fd in due:
            try:
                os.fdatasync(fd)
            except OSError as error:
                self.problem = f"recordings can't be brought to disk: {error.strerror}"


def _fire(done: Deferred[None]) -> None:
    if not done.called:
        done.callback(None)
