"""An issuer's signing keys: fetched, kept, renewed ahead of time, and given up when they are too old.

A token with an unknown key id asks for one fetch at once, so that a rotation is noticed; how often is limited, so
that made-up key ids can't be turned against the issuer. While the issuer can't be reached, the last keys serve for a
bounded time.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import treq
from attrs import define, field
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from twisted.internet import ssl
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.web.client import Agent, BrowserLikePolicyForHTTPS

from tokengate.edge.tasks import spawn
from tokengate.errors import VerifierUnavailable

MAX_DOCUMENT = 512 * 1024
"""Bytes of a discovery document or key set: a hundred keys with certificate chains fit."""

FETCH_DEADLINE = 10.0
"""Seconds for one request to the issuer."""

RENEW_DEFAULT, RENEW_LEAST, RENEW_MOST = 3600.0, 300.0, 86400.0
"""Seconds between fetches: without a Cache-Control max-age, and the bounds of one."""

UNKNOWN_KEY_PAUSE = 10.0
"""Seconds between two fetches that unknown key ids may cause."""

RETRY_FIRST, RETRY_MOST = 1.0, 60.0
"""Seconds before a failed fetch is tried again: doubled each time, with jitter."""

_MAX_AGE = re.compile(r"max-age=(\d+)")
_log = Logger()


class FetchFailed(Exception):
    """The issuer's documents could not be had. The text says why."""


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
    """Keys of an issuer, by discovery (OpenID Connect Discovery 1.0) or from `jwks_uri`. `reactor`: `IReactorTime`."""

    issuer: str
    jwks_uri: str
    max_stale: float
    insecure: bool
    fetcher: Any
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
        uri = self.jwks_uri
        if not uri:
            place = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
            text, _ = await self.fetcher(place)
            uri = _discovered(text, self.issuer)
        if not allowed(uri, insecure=self.insecure):
            raise FetchFailed(f"{uri} is not https")
        text, age = await self.fetcher(uri)
        return parse_keys(text), age


def _discovered(text: bytes, issuer: str) -> str:
    try:
        document = json.loads(text)
        if document["issuer"] != issuer:
            raise FetchFailed("the discovery document is another issuer's")
        uri = document["jwks_uri"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FetchFailed("no usable discovery document") from error
    if not isinstance(uri, str):
        raise FetchFailed("no usable discovery document")
    return uri


def allowed(uri: str, *, insecure: bool) -> bool:
    """Whether keys may be fetched from there: https, or with `insecure` plain http on this machine."""
    local = re.match(r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?/", uri)
    return uri.startswith("https://") or (insecure and local is not None)


def fetcher(reactor: Any, ca: Path | None) -> Callable[[str], Any]:
    """A function that awaits (body, max-age in seconds) of a URI. It raises `FetchFailed`."""
    policy = BrowserLikePolicyForHTTPS()
    if ca is not None:
        roots = [ssl.Certificate.loadPEM(pem) for pem in _certificates(ca.read_bytes())]
        policy = BrowserLikePolicyForHTTPS(trustRoot=ssl.trustRootFromCertificates(roots))
    client = treq.client.HTTPClient(Agent(reactor, policy, connectTimeout=FETCH_DEADLINE))

    async def fetch(uri: str) -> tuple[bytes, float]:
        body = bytearray()

        def collect(data: bytes) -> None:
            body.extend(data)
            if len(body) > MAX_DOCUMENT:
                raise FetchFailed(f"{uri} is longer than {MAX_DOCUMENT} bytes")

        async def request() -> float:
            response = await client.get(uri, allow_redirects=False, unbuffered=True)
            if response.code != 200:
                raise FetchFailed(f"{uri} answered {response.code}")
            await treq.collect(response, collect)
            control = ",".join(response.headers.getRawHeaders("cache-control") or [])
            match = _MAX_AGE.search(control)
            return float(match[1]) if match else RENEW_DEFAULT

        try:
            age = await Deferred.fromCoroutine(request()).addTimeout(FETCH_DEADLINE, reactor)
        except FetchFailed:
            raise
        except Exception as error:
            raise FetchFailed(f"{uri}: {type(error).__name__}: {error}") from error
        return bytes(body), age

    return fetch


def _certificates(text: bytes) -> list[bytes]:
    end = b"-----END CERTIFICATE-----"
    return [part[part.index(b"-----BEGIN") :] + end for part in text.split(end) if b"-----BEGIN CERTIFICATE" in part]
