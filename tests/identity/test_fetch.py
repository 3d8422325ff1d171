"""Requests to an issuer: where they may go, and that no answer can hurt."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.web.resource import Resource
from twisted.web.server import Site

from tokengate.identity import fetch
from tokengate.identity.fetch import Fetch, FetchFailed, allowed


def test_keys_come_over_https() -> None:
    """Plain http from this machine only, and only when asked for."""
    assert allowed("https://a/", insecure=False)
    assert not allowed("http://127.0.0.1:1/", insecure=False)
    assert allowed("http://127.0.0.1:1/", insecure=True)
    for uri in (
        "http://example.org/",
        "http://127.0.0.1.evil.example/",
        "http://localhost@evil.example/",
        "ftp://a/",
        "file:///etc/passwd",
    ):
        assert not allowed(uri, insecure=True)


class Odd(Resource):
    """Answers of a hostile or broken issuer."""

    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        match request.path:
            case b"/huge":
                return b"x" * (fetch.MAX_DOCUMENT + 1)
            case b"/redirect":
                request.redirect(b"/good")
                return b""
            case b"/error":
                request.setResponseCode(500)
                return b"{}"
            case b"/slow":
                from twisted.web.server import NOT_DONE_YET

                return NOT_DONE_YET  # type: ignore[return-value]  # twisted.web's own way
            case _:
                request.setHeader(b"cache-control", b"public, max-age=1234")
                return b"{}"

    def render_POST(self, request: Any) -> bytes:
        match request.path:
            case b"/form":
                request.setResponseCode(400)
                fields = {name.decode(): values[0].decode() for name, values in request.args.items()}
                return json.dumps({**fields, "by": request.getHeader("authorization")}).encode()
            case b"/often":
                request.setResponseCode(429)
                return b"{}"
            case b"/list":
                return b"[]"
            case _:
                return self.render_GET(request)


@pytest_twisted.ensureDeferred
async def test_real_requests_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too long, redirected, failed, silent: each a failed fetch; a good one brings its max-age."""
    monkeypatch.setattr(fetch, "FETCH_DEADLINE", 0.3)
    port = reactor.listenTCP(0, Site(Odd()), interface="127.0.0.1")  # type: ignore[attr-defined]  # the reactor's type
    base = f"http://127.0.0.1:{port.getHost().port}"
    made = Fetch.make(reactor, None)
    try:
        assert await made.get(base + "/good") == (b"{}", 1234.0)
        for path in ("/huge", "/redirect", "/error", "/slow"):
            with pytest.raises(FetchFailed):
                await made.get(base + path)
        with pytest.raises(FetchFailed):
            await made.get("http://127.0.0.1:1/nobody")
    finally:
        await port.stopListening()


@pytest_twisted.ensureDeferred
async def test_forms() -> None:
    """Are answered by an object, whatever the status; a client with a secret authenticates, and none is in an error."""
    port = reactor.listenTCP(0, Site(Odd()), interface="127.0.0.1")  # type: ignore[attr-defined]  # the reactor's type
    base = f"http://127.0.0.1:{port.getHost().port}"
    made = Fetch.make(reactor, None)
    form = {"client_id": "a b", "code": "&="}
    try:
        assert await made.post(base + "/form", form) == (400, {**form, "by": None})
        _, answer = await made.post(base + "/form", form, "s:1")
        assert answer["by"] == f"Basic {b64encode(b'a%20b:s%3A1').decode()}"
        for path in ("/often", "/list", "/error", "/huge", "/redirect"):
            with pytest.raises(FetchFailed) as caught:
                await made.post(base + path, {"client_id": "a", "device_code": "hidden"}, "hidden")
            assert "hidden" not in str(caught.value)
    finally:
        await port.stopListening()
