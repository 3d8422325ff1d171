"""An issuer's signing keys: fetched, kept, renewed ahead of time, and given up when they are too old.

A token with an unknown key id asks for one fetch at once, so that a rotation is noticed; how often is limited, so
that made-up key ids can't be turned against the issuer. While the issuer can't be reached, the last keys serve for a
bounded time.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from attrs import define, field
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from tokengate.edge.tasks import spawn
from tokengate.errors import VerifierUnavailable
from tokengate.identity.fetch import FetchFailed, allowed, discover

RENEW_LEAST, RENEW_MOST = 300.0, 86400.0
"""Seconds between fetches, whatever the answer's Cache-Control says."""

UNKNOWN_KEY_PAUSE = 10.0
"""Seconds between two fetches that unknown key ids may cause."""

RETRY_FIRST, RETRY_MOST = 1.0, 60.0
"""Seconds before a failed fetch is tried again: doubled each time, with jitter."""

_log = Logger()


def parse_keys(text: bytes | str) -> KeySet:
    """A JWK set's public signing keys. Raises `FetchFailed`."""
    try:
        document = json.loads(text)
        keys = [key for key in document["keys"] if isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP")]
        private = [key for key in keys if "d" in key]
        if private:
            raise FetchFailed("the key set has private keys in it")
        return KeySet.import_key_set({"keys": keys})
    except (ValueError, KeyError, TypeError, JoseError, RecursionError) as error:
        raise FetchFailed(f"no usable key set: {type(error).__name__}") from error


@define(eq=False)
class FileKeys:
    """Keys of an issuer that can't be asked, from a file that is read anew when it changes."""

    path: Path
    _stamp: tuple[int, int] = (0, 0)
    _keys: KeySet | None = None

    async def find(self, kid: str | None) -> list[Any]:
        """The keys of that id; all when None. Raises `VerifierUnavailable`."""
        try:
            status = self.path.stat()
            stamp = (status.st_mtime_ns, status.st_ino)
            if self._keys is None or stamp != self._stamp:
                self._keys, self._stamp = parse_keys(self.path.read_bytes()), stamp
        except (OSError, FetchFailed) as error:
            raise VerifierUnavailable(str(self.path), str(error)) from error
        return matching(self._keys, kid)

    @property
    def ready(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    def start(self) -> None:
        """Nothing to do."""

    def stop(self) -> None:
        """Nothing to do."""


def matching(keys: KeySet, kid: str | None) -> list[Any]:
    """The keys of that id; all when None."""
    return [key for key in keys.keys if kid is None or key.kid == kid]


@define(eq=False)
class RemoteKeys:
    """Keys of an issuer, by discovery or from `jwks_uri`. `fetch`: a `fetch.Fetch`; `reactor`: `IReactorTime`."""

    issuer: str
    jwks_uri: str
    max_stale: float
    insecure: bool
    fetch: Any
    reactor: Any
    _keys: KeySet | None = None
    _fetched: float = 0.0
    _asked: float = float("-inf")
    _failures: int = 0
    _flight: Deferred[None] | None = None
    _waiting: list[Deferred[None]] = field(factory=list)
    _timer: Any = None
    _stopped: bool = False

    @property
    def ready(self) -> bool:
        """Whether there are keys that are not too old."""
        return self._keys is not None and self.reactor.seconds() - self._fetched <= self.max_stale

    def start(self) -> None:
        """Fetch, and go on renewing."""
        self._launch()

    def stop(self) -> None:
        """Renew no more."""
        self._stopped = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._flight is not None:
            self._flight.cancel()

    async def find(self, kid: str | None) -> list[Any]:
        """The keys of that id, after a fetch when it is unknown; all when None. Raises `VerifierUnavailable`."""
        found = [] if self._keys is None else matching(self._keys, kid)
        if (not found and self.reactor.seconds() - self._asked >= UNKNOWN_KEY_PAUSE) or (
            not self.ready and self._flight is not None
        ):
            await self._refreshed()
        if not self.ready or self._keys is None:
            raise VerifierUnavailable(self.issuer, "its keys can't be had")
        return matching(self._keys, kid)

    def _refreshed(self) -> Deferred[None]:
        """Fires when the fetch under way, or a new one, has ended, well or not."""
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        self._launch()
        return waiting

    def _launch(self) -> None:
        if self._flight is None and not self._stopped:
            self._asked = self.reactor.seconds()
            flight = spawn(self._fetch(), f"fetching the keys of {self.issuer}")
            if not flight.called:
                self._flight = flight

    async def _fetch(self) -> None:
        try:
            keys, age = await self._documents()
        except FetchFailed as error:
            self._failures += 1
            _log.warn("the keys of {issuer} can't be fetched: {why}", issuer=self.issuer, why=str(error))
            pause = min(RETRY_MOST, RETRY_FIRST * 2 ** min(self._failures - 1, 10)) * random.uniform(0.5, 1.0)
        else:
            self._keys, self._fetched, self._failures = keys, self.reactor.seconds(), 0
            pause = min(max(age, RENEW_LEAST), RENEW_MOST)
        finally:
            self._flight = None
            waiting, self._waiting = self._waiting, []
            for one in waiting:
                one.callback(None)
        if not self._stopped:
            if self._timer is not None and self._timer.active():
                self._timer.cancel()
            self._timer = self.reactor.callLater(pause, self._launch)

    async def _documents(self) -> tuple[KeySet, float]:
        uri = self.jwks_uri or (await discover(self.fetch, self.issuer)).get("jwks_uri")
        if not isinstance(uri, str) or not allowed(uri, insecure=self.insecure):
            raise FetchFailed(f"{str(uri)[:200]} is no place for keys")
        text, age = await self.fetch.get(uri)
        return parse_keys(text), age
