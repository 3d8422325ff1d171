"""The store as the gateway uses it: a SQLite file in the state folder, asked in a thread of its own.

Nothing here blocks the reactor after `start`. The file is shared with other gateways on this machine and with the
command line; `docs/approvals.md` says what is in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.threadpool import ThreadPool
from zope.interface import implementer

from tokengate.errors import StoreError
from tokengate.interfaces import IStore
from tokengate.store import held as holds
from tokengate.store import standing
from tokengate.store.database import Database, path_in
from tokengate.store.instance import Instance, gone
from tokengate.store.records import Approver, Binding, ClosedState, HeldAction, HoldLimits, Revocation, Revocations

QUEUED = 1000
"""Questions that may wait for the store's one thread. Each takes well under a millisecond, so more of them mean that
the disk hangs: callers are then told so instead of piling up.
"""

T = TypeVar("T")

_log = Logger()


@implementer(IStore)
class SqliteStore:
    """`state` is the gateway's private folder; `reactor` Twisted's. Threads and files begin in `start`."""

    def __init__(self, state: Path, reactor: Any) -> None:
        self._state = state
        self._reactor = reactor
        self._pool: ThreadPool | None = None
        self._database: Database
        self._instance: Instance
        self._queued = 0

    def start(self) -> None:
        """Open the file, close what dead gateways left pending. Raises `StoreError`."""
        self._database = Database.open(path_in(self._state), create=True)
        folder = self._state / "instances"
        self._instance = Instance.begin(folder)
        dead = [id for id in self._database.read(holds.instances) if gone(folder, id)]
        if abandoned := self._database.write(holds.abandon, dead):
            _log.warn("{count} holds were left pending by a gateway that is gone: abandoned", count=abandoned)
        pool = ThreadPool(minthreads=1, maxthreads=1, name="tokengate-store")
        pool.start()
        self._pool = pool

    async def stop(self) -> None:
        """Close it, after what was asked before."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        await deferToThreadPool(self._reactor, pool, self._database.close)
        pool.stop()
        self._instance.end()

    def _ask(self, call: Callable[..., T], *args: Any) -> Deferred[T]:
        if self._pool is None:
            return fail(StoreError("the store is not running"))
        if self._queued >= QUEUED:
            return fail(StoreError("the store is too slow: too many questions are waiting for it"))
        self._queued += 1
        asked: Deferred[T] = deferToThreadPool(self._reactor, self._pool, call, *args)
        return asked.addBoth(self._answered)

    def _answered(self, result: Any) -> Any:
        self._queued -= 1
        return result

    def _read(self, work: Callable[..., T], *args: Any) -> Deferred[T]:
        return self._ask(self._database.read, work, *args)

    def _write(self, work: Callable[..., T], *args: Any) -> Deferred[T]:
        return self._ask(self._database.write, work, *args)

    # ------------------------------------------------------------ holds

    def add_hold(self, held: HeldAction, limits: HoldLimits) -> Deferred[str | None]:
        """See `IStore`."""
        return self._write(holds.add, held, self._instance.id, limits)

    def hold(self, id: str) -> Deferred[HeldAction | None]:
        """See `IStore`."""
        return self._read(holds.get, id)

    def holds(self, pending: bool) -> Deferred[list[HeldAction]]:
        """See `IStore`."""
        return self._read(holds.latest, pending, time.time())

    def settled(self, ids: Collection[str]) -> Deferred[list[HeldAction]]:
        """See `IStore`."""
        return self._read(holds.settled, ids)

    def decide_hold(self, id: str, approver: Approver, approve: bool, reason: str) -> Deferred[HeldAction]:
        """See `IStore`."""
        return self._write(holds.decide, id, approver, approve, reason, time.time())

    def close_hold(self, id: str, state: ClosedState) -> Deferred[HeldAction]:
        """See `IStore`."""
        return self._write(holds.close, id, state)

    def claim_hold(self, id: str, binding: Binding) -> Deferred[bool]:
        """See `IStore`."""
        return self._write(holds.claim, id, binding, time.time())

    # ------------------------------------------------------------ standing

    def use_once(self, issuer: str, jti: str, expires_at: float) -> Deferred[bool]:
        """See `IStore`."""
        return self._write(standing.use_once, issuer, jti, expires_at, time.time())

    def revoke(self, revocation: Revocation) -> Deferred[None]:
        """See `IStore`."""
        return self._write(standing.revoke, revocation)

    def revocations(self) -> Deferred[Revocations]:
        """See `IStore`."""
        return self._read(standing.snapshot, time.time())
