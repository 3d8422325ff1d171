"""A target's stored relations as the gateway knows them: kept fresh beside the sessions, never asked in their way.

One `Catalogue` a route and database, with a connection of its own under the route's credential. Maskers and gates read
its snapshot synchronously. It is taken anew when a result names a relation that it doesn't know, when a session has
changed something, when the server notifies, and now and then.
While the upstream can't be asked the last snapshot stays, for a bounded time; then nothing is known, and everything is
masked.
"""

from __future__ import annotations

import math
from typing import Any

from attrs import define, field
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from tokengate.errors import UpstreamError
from tokengate.interfaces import ICatalogue
from tokengate.protocols.postgres.census import SETTINGS, Census, Outdated
from tokengate.protocols.postgres.client import Client
from tokengate.protocols.postgres.login import METHODS
from tokengate.protocols.postgres.lookup import Lookup, PathLookup
from tokengate.protocols.postgres.snapshot import Paths, Snapshot

log = Logger()

LEAST_PAUSE = 0.2
"""Seconds between two refreshes at the least."""

PAUSE_FACTOR = 10
"""After a refresh that took a second, ten without one: sessions that keep naming new tables cost the target a tenth of
one core at most. A connection's first refresh asks for much that it needs once: it counts a tenth of that.
"""

CHANGE_FACTOR = 3
"""The same where something is known to have changed: a migration waits after each of its statements, so a quarter."""

FAILURE_PAUSE = 5.0
"""Seconds after a failed refresh in which another is not even tried."""

PATIENCE = 5.0
"""Seconds a session waits for a refresh. It goes on without: what it doesn't know is masked."""

RECONNECT_AFTER = 15.0
"""Seconds without a connection, and so without notifications, before another is tried."""

STALE_AFTER = 600.0
"""Seconds a snapshot is believed without being confirmed: views may have been replaced since."""


PATHS_KEPT = 256
"""Views of the catalogue under search paths: sessions of one route use a handful."""


@define(eq=False)
class Catalogue(Lookup):
    """The catalogue of one database of a route. `interval`: seconds between two refreshes nobody asked for.

    `database` None: the credential's own; `methods`: see `login`; `clock`: an `IReactorTime`. `version` 0: nothing
    known yet.
    """

    _route: Any
    _clock: Any
    _database: str | None = None
    _interval: float = 60.0
    _methods: frozenset[str] = METHODS
    version: int = field(default=0, init=False)
    snapshot: Snapshot = field(factory=Snapshot, init=False)
    _adopted: int = field(default=0, init=False)  # snapshots: no version is used twice
    _census: Census | None = field(default=None, init=False)
    _waiting: list[Deferred[None]] = field(factory=list, init=False)
    _expired: bool = field(default=False, init=False)
    _alarm: Deferred[None] = field(factory=Deferred, init=False)
    _loop: Deferred[None] | None = field(default=None, init=False)
    _confirmed: float = field(default=0.0, init=False)
    _failed_until: float = field(default=0.0, init=False)
    _views: dict[Paths, PathLookup] = field(factory=dict, init=False)
    _doubts: dict[Any, int | None] = field(factory=dict, init=False)
    _taken: int = field(default=0, init=False)
    _abandoned: bool = field(default=False, init=False)

    def start(self) -> None:
        """Begin to keep the snapshot, with a first refresh at once; nothing when it is begun."""
        if self._loop is None:
            self._loop = Deferred.fromCoroutine(self._keep()).addErrback(_ended)

    def stop(self) -> None:
        """End it for good; whoever waits goes on."""
        self._failed_until = math.inf
        if self._loop is not None:
            self._loop.cancel()
        self._disconnect()
        self._release()

    def refresh(self, *, changed: bool = False) -> Deferred[None]:
        """A Deferred that fires when a snapshot taken after this call is in place, or there is no use in waiting for
        it. `changed`: something is known to have changed.

        It never fails: what is then not known is masked. The first call starts it where nobody has.
        """
        if self._clock.seconds() < self._failed_until:
            return succeed(None)
        waiter: Deferred[None] = Deferred()
        waiter.addTimeout(PATIENCE, self._clock, onTimeoutCancel=_go_on)
        self._waiting.append(waiter)
        self._expired = self._expired or changed
        self._ring()
        self.start()
        return waiter

    def expire(self) -> None:
        """Something has changed: take a new snapshot soon. Nobody waits for it, and nothing is begun that was not."""
        self._expired = True
        self._ring()

    def under(self, paths: Paths | None) -> ICatalogue:
        """See `ICatalogue`."""
        if paths is None:
            return self
        if paths not in self._views:
            if len(self._views) >= PATHS_KEPT:
                self._views.clear()
            self._views[paths] = PathLookup(self, paths)
        return self._views[paths]

    # ------------------------------------------------------------ sessions that change something

    @property
    def doubted(self) -> bool:
        """Whether a session may have changed something that the snapshot does not show."""
        return self._abandoned or bool(self._doubts)

    def is_doubted_by(self, who: Any) -> bool:
        """Whether this session may have."""
        return who in self._doubts

    def doubted_beside(self, *who: Any) -> bool:
        """Whether any other session may have."""
        return self._abandoned or not self._doubts.keys() <= set(who)

    def doubt(self, who: Any) -> None:
        """This session is about to change something."""
        self._doubts[who] = None

    def settle(self, who: Any) -> None:
        """What it has changed is there for all to see: the next snapshot that is begun shows it."""
        self._doubts[who] = self._taken
        self.expire()

    def relieve(self, who: Any) -> None:
        """It has changed nothing after all."""
        self._doubts.pop(who, None)

    def abandon(self, who: Any, *, clean: bool) -> None:
        """It is over. Not `clean`: the server may yet do something for it, nobody knows when. Then what a name means in
        which schema is never sure again.
        """
        self._abandoned = self._abandoned or not clean
        self._doubts.pop(who, None)
        if clean and self._loop is not None:
            self.settle(self)

    # ------------------------------------------------------------ refreshing

    async def _keep(self) -> None:
        while True:
            waiting, self._waiting = self._waiting, []
            self._expired = False
            began, census = self._clock.seconds(), self._census
            try:
                await self._refresh()
            finally:
                self._release(waiting)
            took = self._clock.seconds() - began
            await self._pause(took, PAUSE_FACTOR if census is not None and census is self._census else 1)
            if not self._expired and not self._waiting:
                await self._quiet(self._interval if self._census is not None else min(self._interval, RECONNECT_AFTER))

    async def _pause(self, took: float, factor: float) -> None:
        """Leave the target alone after a refresh that took this many seconds."""
        until = self._clock.seconds() + factor * took
        await deferLater(self._clock, max(LEAST_PAUSE, min(factor, CHANGE_FACTOR) * took))
        while not self._expired and (rest := until - self._clock.seconds()) > 0:
            await self._quiet(rest)

    async def _quiet(self, seconds: float) -> None:
        """Until somebody rings, or so long."""
        self._alarm = Deferred()
        await self._alarm.addTimeout(seconds, self._clock, onTimeoutCancel=_go_on)

    def _ring(self) -> None:
        if not self._alarm.called:
            self._alarm.callback(None)

    async def _refresh(self) -> None:
        self._taken += 1
        try:
            snapshot = await self._take()
        except UpstreamError as error:
            log.error("route {route}: the catalogue can't be read: {why}", route=self._route.name, why=str(error))
            self._failed()
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001  whatever a hostile answer leads to, the loop goes on
            log.failure("route {route}: the catalogue can't be understood", route=self._route.name)
            self._failed()
        else:
            self._confirmed = self._clock.seconds()
            if snapshot is not None and not snapshot.same_as(self.snapshot):
                self._adopt(snapshot)
            self._shown()

    async def _take(self) -> Snapshot | None:
        try:
            return await (self._census or await self._connect()).take()
        except Outdated:
            self._disconnect()
            return await (await self._connect()).take()

    async def _connect(self) -> Census:
        client = await Client.connect(self._route, self._clock, self._database, SETTINGS, self._methods)
        self._census = Census(client)
        client.listen(self.expire, self._lost)
        return self._census

    def _shown(self) -> None:
        """The snapshot shows what was there for all to see when it was begun."""
        for who in [who for who, over in self._doubts.items() if over is not None and over < self._taken]:
            del self._doubts[who]

    def _lost(self) -> None:
        """The connection ended between two refreshes: make another now, so that notifications are heard again."""
        self._disconnect()
        self.expire()

    def _adopt(self, snapshot: Snapshot) -> None:
        self._adopted += 1
        self.snapshot, self.version = snapshot, self._adopted

    def _failed(self) -> None:
        self._disconnect()
        self._failed_until = self._clock.seconds() + FAILURE_PAUSE
        if self.snapshot.relations and self._clock.seconds() - self._confirmed > STALE_AFTER:
            self.snapshot, self.version = Snapshot(), 0  # nothing is known, as in the beginning

    def _disconnect(self) -> None:
        census, self._census = self._census, None
        if census is not None:
            census.close()

    def _release(self, waiting: list[Deferred[None]] | None = None) -> None:
        """Let those who wait go on."""
        if waiting is None:
            waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.called:
                waiter.callback(None)


def _ended(failure: Failure) -> None:
    if not isinstance(failure.value, CancelledError):
        log.failure("a catalogue is no longer kept", failure=failure)


def _go_on(result: object, seconds: float) -> None:
    """What a wait that ran out of time comes to: not an error."""
