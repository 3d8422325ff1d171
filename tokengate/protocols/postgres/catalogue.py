"""A target's stored relations as the gateway knows them: kept fresh beside the sessions, never asked in their way.

One `Catalogue` a route and database, with a connection of its own under the route's credential. Maskers and gates read
its snapshot synchronously; the gate has it refreshed when a result names a relation that the snapshot doesn't know.
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
from zope.interface import implementer

from tokengate.errors import UpstreamError
from tokengate.interfaces import ICatalogue
from tokengate.protocols.postgres.census import SETTINGS, Census
from tokengate.protocols.postgres.client import Client
from tokengate.protocols.postgres.login import METHODS
from tokengate.protocols.postgres.snapshot import Snapshot
from tokengate.sql.facts import Name
from tokengate.values import Origin

log = Logger()

LEAST_PAUSE = 0.2
"""Seconds between two refreshes at the least."""

PAUSE_FACTOR = 10
"""After a refresh that took a second, ten without one: sessions that keep naming new tables cost the target a tenth of
one core at most.
"""

FAILURE_PAUSE = 5.0
"""Seconds after a failed refresh in which another is not even tried."""

PATIENCE = 5.0
"""Seconds a session waits for a refresh. It goes on without: what it doesn't know is masked."""

STALE_AFTER = 600.0
"""Seconds a snapshot is believed without being confirmed: views may have been replaced since."""


@implementer(ICatalogue)
@define(eq=False)
class Catalogue:
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
    _census: Census | None = field(default=None, init=False)
    _waiting: list[Deferred[None]] = field(factory=list, init=False)
    _alarm: Deferred[None] = field(factory=Deferred, init=False)
    _loop: Deferred[None] | None = field(default=None, init=False)
    _confirmed: float = field(default=0.0, init=False)
    _failed_until: float = field(default=0.0, init=False)

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

    def refresh(self) -> Deferred[None]:
        """A Deferred that fires when a snapshot taken after this call is in place, or there is no use in waiting for
        it.

        It never fails: what is then not known is masked. The first call starts it where nobody has.
        """
        if self._clock.seconds() < self._failed_until:
            return succeed(None)
        waiter: Deferred[None] = Deferred()
        waiter.addTimeout(PATIENCE, self._clock, onTimeoutCancel=_go_on)
        self._waiting.append(waiter)
        if not self._alarm.called:
            self._alarm.callback(None)
        self.start()
        return waiter

    def knows(self, table: int) -> bool:
        """Whether the relation with this OID is in the snapshot."""
        return table in self.snapshot.relations

    def origins(self, table: int, attnum: int) -> frozenset[Origin] | None:
        """The stored columns that a column (attnum) of the relation with this OID shows; None: that can't be known."""
        return self.snapshot.origins(table, attnum)

    def expand(self, schema: str | None, relation: str) -> frozenset[Origin] | None:
        """See `ICatalogue`; None as well when a view of that name shows more than can be known."""
        return self.snapshot.expand(schema, relation)

    def is_builtin(self, function: str) -> bool:
        """See `ICatalogue`."""
        return self.snapshot.is_builtin(function)

    def is_builtin_operator(self, operator: str) -> bool:
        """Whether no operator of this name was added to those the server ships."""
        return self.version > 0 and operator not in self.snapshot.operators

    def type_name(self, oid: int) -> str:
        """A type's name, with its schema unless that is pg_catalog; "" when unknown."""
        return self.snapshot.types.get(oid, "")

    def generated(self, table: int, attnum: int) -> bool:
        """Whether this is a generated column, which COPY leaves out."""
        return self.snapshot.generated(table, attnum)

    def copy_columns(self, name: Name) -> tuple[tuple[str, int, int], ...] | None:
        """The columns a COPY of the whole relation has: (name, type OID, type modifier)."""
        return self.snapshot.copy_columns(name)

    async def _keep(self) -> None:
        while True:
            waiting, self._waiting = self._waiting, []
            began = self._clock.seconds()
            try:
                await self._refresh()
            finally:
                self._release(waiting)
            took = self._clock.seconds() - began
            await deferLater(self._clock, max(LEAST_PAUSE, PAUSE_FACTOR * took))
            if not self._waiting:
                self._alarm = Deferred()
                await self._alarm.addTimeout(self._interval, self._clock, onTimeoutCancel=_go_on)

    async def _refresh(self) -> None:
        try:
            if self._census is None:
                client = await Client.connect(self._route, self._clock, self._database, SETTINGS, self._methods)
                self._census = Census(client)
            snapshot = await self._census.take()
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
            if snapshot is not None:
                self._adopt(snapshot)

    def _adopt(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.version += 1

    def _failed(self) -> None:
        self._disconnect()
        self._failed_until = self._clock.seconds() + FAILURE_PAUSE
        if self.snapshot.relations and self._clock.seconds() - self._confirmed > STALE_AFTER:
            self._adopt(Snapshot())

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
