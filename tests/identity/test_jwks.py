"""An issuer's keys over the network: fetched, rotated, outlived, and never hammered."""

from __future__ import annotations

import json
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.web.server import Site

from tokengate.demo.issuer import Issuer, Pages
from tokengate.errors import VerifierUnavailable
from tokengate.identity.fetch import Fetch, FetchFailed
from tokengate.identity.jwks import UNKNOWN_KEY_PAUSE, RemoteKeys, parse_keys

ISSUER = "https://issuer.example"


class Documents:
    """An issuer's documents, or its outage. `count`: requests for keys."""

    def __init__(self) -> None:
        self.issuer = Issuer(ISSUER)
        self.broken: str = ""
        self.count = 0

    async def get(self, uri: str) -> tuple[bytes, float]:
        if self.broken:
            raise FetchFailed(self.broken)
        path = uri.removeprefix(ISSUER).encode()
        self.count += path == b"/keys"
        return json.dumps(self.issuer.documents()[path]).encode(), 600.0


def keys(fetch: Any, clock: Clock, **options: Any) -> RemoteKeys:
    usual = {"issuer": ISSUER, "jwks_uri": "", "max_stale": 3600.0, "insecure": False}
    return RemoteKeys(**{**usual, **options}, fetch=fetch, reactor=clock)


def found(subject: RemoteKeys, kid: str | None) -> list[str]:
    """Key ids, of a look-up that needs no waiting."""
    results: list[Any] = []
    Deferred.fromCoroutine(subject.find(kid)).addBoth(results.append)
    (result,) = results
    if not isinstance(result, list):
        result.raiseException()
    return [key.kid for key in result]


def test_keys_come_by_discovery_and_are_kept() -> None:
    """One fetch serves every look-up until it is time to renew."""
    fetch, clock = Documents(), Clock()
    subject = keys(fetch, clock)
    assert not subject.ready
    subject.start()
    assert subject.ready
    for _ in range(10):
        assert found(subject, "key-1") == ["key-1"]
    assert fetch.count == 1
    clock.advance(601)
    assert fetch.count == 2
    subject.stop()


def test_a_rotated_key_is_found_at_once_and_made_up_ids_cannot_hammer() -> None:
    """An unknown id causes one fetch, and no other for a while."""
    fetch, clock = Documents(), Clock()
    subject = keys(fetch, clock)
    subject.start()
    clock.advance(UNKNOWN_KEY_PAUSE)
    fetch.issuer.rotate()
    assert found(subject, "key-2") == ["key-2"]
    before = fetch.count
    for n in range(1000):
        assert found(subject, f"made-up-{n}") == []
    assert fetch.count == before
    clock.advance(UNKNOWN_KEY_PAUSE)
    assert found(subject, "made-up") == []
    assert fetch.count == before + 1


def test_keys_outlive_an_outage_for_a_bounded_time() -> None:
    """While the issuer is gone the last keys serve; too old, nobody can decide; back, all is well, after back-off."""
    fetch, clock = Documents(), Clock()
    subject = keys(fetch, clock)
    subject.start()
    fetch.broken = "unreachable"
    clock.pump([60] * 50)
    assert found(subject, "key-1") == ["key-1"]
    clock.pump([60] * 30)
    assert not subject.ready
    with pytest.raises(VerifierUnavailable):
        found(subject, "key-1")
    fetch.broken = ""
    clock.pump([10] * 12)
    assert found(subject, "key-1") == ["key-1"]


def test_an_issuer_that_is_down_at_the_start_is_asked_again() -> None:
    """Not ready, and ready once it answers."""
    fetch, clock = Documents(), Clock()
    fetch.broken = "connection refused"
    subject = keys(fetch, clock)
    subject.start()
    with pytest.raises(VerifierUnavailable):
        found(subject, "key-1")
    fetch.broken = ""
    clock.pump([1] * 5)
    assert subject.ready


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"keys": 5}',
        '{"keys": [{"kty": "RSA"}]}',
        '{"keys": [{"kty": "EC", "crv": "P-256", "x": "!", "y": "!"}]}',
        "[" * 100_000,
    ],
)
def test_documents_that_are_no_key_sets(text: str) -> None:
    """Refused, as a failed fetch."""
    with pytest.raises(FetchFailed):
        parse_keys(text)


def test_a_key_set_with_private_keys_is_refused() -> None:
    """An issuer that publishes its private key is none."""
    private = Issuer(ISSUER).keys[0].as_dict(private=True)
    with pytest.raises(FetchFailed, match="private"):
        parse_keys(json.dumps({"keys": [private]}))


def test_another_issuers_discovery_document_is_refused() -> None:
    """The document has to name the issuer it was asked of, and keys over https."""
    for change in ({"issuer": "https://other.example"}, {"jwks_uri": "http://issuer.example/keys"}, {"jwks_uri": 5}):
        fetch = Documents()
        documents = fetch.issuer.documents()
        documents[b"/.well-known/openid-configuration"].update(change)
        fetch.issuer.documents = lambda d=documents: d  # type: ignore[method-assign]  # a scripted issuer
        subject = keys(fetch, Clock())
        subject.start()
        assert not subject.ready


@pytest_twisted.ensureDeferred
async def test_the_demonstrations_issuer_over_http() -> None:
    """Discovery and keys from a real server."""
    port = reactor.listenTCP(0, Site(Pages(Issuer("placeholder"))), interface="127.0.0.1")  # type: ignore[attr-defined]  # likewise
    url = f"http://127.0.0.1:{port.getHost().port}"
    port.factory.resource._issuer.url = url
    subject = RemoteKeys(url, "", 3600.0, True, Fetch.make(reactor, None), reactor)
    try:
        assert [key.kid for key in await subject.find("key-1")] == ["key-1"]
    finally:
        subject.stop()
        await port.stopListening()
