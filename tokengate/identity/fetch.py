"""Requests to an issuer over HTTP: its documents, its endpoints; bounded in size and time, never redirected.

Used by `jwks` for keys and by `device` to log people in. A failure is one exception, whose text names the place and
never what was sent or came back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import treq
from attrs import define
from twisted.internet import ssl
from twisted.internet.defer import CancelledError, Deferred
from twisted.web.client import Agent, BrowserLikePolicyForHTTPS

MAX_DOCUMENT = 512 * 1024
"""Bytes of an answer: a hundred keys with certificate chains fit."""

FETCH_DEADLINE = 10.0
"""Seconds for one request to the issuer."""

TOO_MANY = 429
"""The status of an answer to somebody who asks too often (RFC 6585)."""

RENEW_DEFAULT = 3600.0
"""Seconds that a document is good for without a Cache-Control max-age."""

_MAX_AGE = re.compile(r"max-age=(\d+)")


class FetchFailed(Exception):
    """The issuer's answer could not be had. The text says why."""


def allowed(uri: str, *, insecure: bool) -> bool:
    """Whether an issuer may be asked there: by https, or with `insecure` by plain http on this machine."""
    local = re.match(r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?/", uri)
    return uri.startswith("https://") or (insecure and local is not None)


@define(eq=False)
class Fetch:
    """What asks one issuer. `reactor`: `IReactorTime`; `client`: treq's."""

    reactor: Any
    client: Any

    @classmethod
    def make(cls, reactor: Any, ca: Path | None) -> Fetch:
        """With the CA of the issuer's certificate, or the system's."""
        policy = BrowserLikePolicyForHTTPS()
        if ca is not None:
            roots = [ssl.Certificate.loadPEM(pem) for pem in _certificates(ca.read_bytes())]
            policy = BrowserLikePolicyForHTTPS(trustRoot=ssl.trustRootFromCertificates(roots))
        return cls(reactor, treq.client.HTTPClient(Agent(reactor, policy, connectTimeout=FETCH_DEADLINE)))

    async def get(self, uri: str) -> tuple[bytes, float]:
        """Await a document and for how many seconds it is good. Raises `FetchFailed`."""
        code, body, headers = await self._ask(uri, self.client.get)
        if code != 200:
            raise FetchFailed(f"{uri} answered {code}")
        match = _MAX_AGE.search(",".join(headers.getRawHeaders("cache-control") or []))
        return body, float(match[1]) if match else RENEW_DEFAULT

    async def post(self, uri: str, form: Mapping[str, str], secret: str | None = None) -> tuple[int, dict[str, Any]]:
        """Await status and JSON object that answer a form. `secret`: of the form's `client_id`, which is then
        authenticated (RFC 6749, section 2.3.1). Raises `FetchFailed`, also where the server can't answer now.
        """
        more = {} if secret is None else {"auth": (quote(form["client_id"], safe=""), quote(secret, safe=""))}
        code, body, _ = await self._ask(uri, self.client.post, data=dict(form), **more)
        if code >= 500 or code == TOO_MANY:
            raise FetchFailed(f"{uri} answered {code}")
        return code, parse_object(body, uri)

    async def _ask(self, uri: str, method: Callable[..., Any], **more: Any) -> tuple[int, bytes, Any]:
        body = bytearray()

        def collect(data: bytes) -> None:
            body.extend(data)
            if len(body) > MAX_DOCUMENT:
                raise FetchFailed(f"{uri} is longer than {MAX_DOCUMENT} bytes")

        async def request() -> tuple[int, Any]:
            accepting = {"accept": "application/json"}
            response = await method(uri, headers=accepting, allow_redirects=False, unbuffered=True, **more)
            await treq.collect(response, collect)
            return response.code, response.headers

        try:
            code, headers = await Deferred.fromCoroutine(request()).addTimeout(FETCH_DEADLINE, self.reactor)
        except (FetchFailed, CancelledError):
            raise
        except Exception as error:
            raise FetchFailed(f"{uri}: {type(error).__name__}: {error}") from error
        return code, bytes(body), headers


async def discover(fetch: Any, issuer: str) -> dict[str, Any]:
    """Await an issuer's own description (OpenID Connect Discovery 1.0, section 4). Raises `FetchFailed`."""
    place = issuer.rstrip("/") + "/.well-known/openid-configuration"
    text, _ = await fetch.get(place)
    document = parse_object(text, place)
    if document.get("issuer") != issuer:
        raise FetchFailed("the discovery document is another issuer's")
    return document


def parse_object(text: bytes, uri: str) -> dict[str, Any]:
    """A JSON object. Raises `FetchFailed`."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise FetchFailed(f"{uri} has no JSON object")
    return value


def _certificates(text: bytes) -> list[bytes]:
    end = b"-----END CERTIFICATE-----"
    return [part[part.index(b"-----BEGIN") :] + end for part in text.split(end) if b"-----BEGIN CERTIFICATE" in part]
