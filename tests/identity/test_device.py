"""Logging in by a link: what is asked of the issuer, when, and what becomes of each of its answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from tokengate.errors import ConfigError, TokenRejected, UpstreamError, VerifierUnavailable
from tokengate.identity import oidc
from tokengate.identity.device import GRANT, KEPT, PENDING, PENDING_OF_SOURCE, Client, DeviceFlow, DeviceLogin
from tokengate.identity.fetch import FetchFailed
from tokengate.session.tools import Tools

ISSUER = "https://id.example"
PEER = "192.0.2.1:5000"

DISCOVERY = {
    "issuer": ISSUER,
    "device_authorization_endpoint": f"{ISSUER}/device",
    "token_endpoint": f"{ISSUER}/token",
}
LINK = {
    "device_code": "the-device-code",
    "user_code": "WDJB-MJHT",
    "verification_uri": f"{ISSUER}/link",
    "verification_uri_complete": f"{ISSUER}/link?user_code=WDJB-MJHT",
    "expires_in": 900,
    "interval": 5,
}
PENDING_YET = (400, {"error": "authorization_pending"})
GIVEN = (200, {"id_token": "a.b.c", "access_token": "x"})


class Provider:
    """An issuer by script. `answers`: of its token endpoint, in order; `forms`: what it was sent; exceptions are raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.discovery: Any = DISCOVERY
        self.link: Any = (200, LINK)
        self.forms: list[tuple[str, dict[str, str], str | None]] = []

    async def get(self, uri: str) -> tuple[bytes, float]:
        import json

        assert uri == f"{ISSUER}/.well-known/openid-configuration"
        if isinstance(self.discovery, Exception):
            raise self.discovery
        return json.dumps(self.discovery).encode(), 60.0

    async def post(self, uri: str, form: dict[str, str], secret: str | None) -> Any:
        self.forms.append((uri.removeprefix(ISSUER), form, secret))
        answer = self.link if uri.endswith("/device") else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Talk:
    """A flow with its issuer, on a clock of the test's."""

    def __init__(self, *answers: Any, timeout: float = 300.0, secret: Any = None) -> None:
        self.provider, self.clock = Provider(*answers), Clock()
        self.flow = DeviceFlow(ISSUER, Client("gate", "openid", timeout, secret), self.provider, self.clock)

    def begin(self, peer: str = PEER) -> Any:
        return result(Deferred.fromCoroutine(self.flow.begin(peer)))

    def token(self, login: DeviceLogin | None = None) -> Deferred[bytes]:
        return Deferred.fromCoroutine((login or self.begin()).token())

    @property
    def asked(self) -> int:
        """How often the token endpoint was."""
        return sum(place == "/token" for place, _, _ in self.provider.forms)


def result(work: Deferred[Any]) -> Any:
    """Of a Deferred that has one."""
    found: list[Any] = []
    work.addBoth(found.append)
    (value,) = found
    if isinstance(value, Failure):
        value.raiseException()
    return value


def test_a_login_that_is_approved() -> None:
    """A link to show; questions at the issuer's interval, beginning with the first; the ID token, and no other."""
    talk = Talk(PENDING_YET, PENDING_YET, GIVEN)
    login = talk.begin()
    assert (login.link, login.code, login.seconds) == (LINK["verification_uri_complete"], "WDJB-MJHT", 300.0)
    assert talk.provider.forms == [("/device", {"client_id": "gate", "scope": "openid"}, None)]
    token = talk.token(login)
    for asked in range(3):
        talk.clock.advance(4.9)
        assert talk.asked == asked
        talk.clock.advance(0.2)
        assert talk.asked == asked + 1
    assert result(token) == b"a.b.c"
    form = {"client_id": "gate", "grant_type": GRANT, "device_code": "the-device-code"}
    assert talk.provider.forms[-1] == ("/token", form, None)
    assert "the-device-code" not in repr(login)


def test_nobody_is_asked_before_somebody_waits() -> None:
    """The link alone costs one request; whoever comes back later is not made to wait the interval again."""
    talk = Talk(GIVEN)
    login = talk.begin()
    talk.clock.advance(100)
    assert talk.asked == 0
    token = talk.token(login)
    talk.clock.advance(0)
    assert result(token) == b"a.b.c"


def test_slow_down() -> None:
    """Makes the interval five seconds longer, for good."""
    talk = Talk((400, {"error": "slow_down"}), PENDING_YET, GIVEN)
    token = talk.token()
    talk.clock.pump([5, 9.9])
    assert talk.asked == 1
    talk.clock.pump([0.1, 9.9])
    assert talk.asked == 2
    talk.clock.advance(0.1)
    assert result(token) == b"a.b.c"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [((400, {"error": "access_denied"}), "denied"), ((400, {"error": "expired_token"}), "expired")],
)
def test_a_login_that_is_refused(answer: Any, reason: str) -> None:
    talk = Talk(PENDING_YET, answer)
    token = talk.token()
    talk.clock.pump([5, 5])
    with pytest.raises(TokenRejected) as caught:
        result(token)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "answer",
    [
        (400, {"error": "invalid_client"}), (401, {}), (403, {"error": ["access_denied"]}), (200, {}),
        (200, {"access_token": "x"}), (200, {"id_token": 5}), (302, {}),
    ],
)  # fmt: skip
def test_answers_that_end_it(answer: Any) -> None:
    """Whatever is neither a token nor a known word: nobody is let in, and the issuer is asked no more."""
    talk = Talk(answer)
    token = talk.token()
    talk.clock.advance(5)
    with pytest.raises(VerifierUnavailable):
        result(token)


def test_an_issuer_that_does_not_answer() -> None:
    """Is asked again ever less often, a few times."""
    lost = FetchFailed("no answer")
    talk = Talk(lost, lost, PENDING_YET, lost, lost, lost)
    token = talk.token()
    for pause, asked in ((5, 1), (9.9, 1), (0.1, 2), (20, 3), (20, 4), (40, 5), (79, 5), (1, 6)):
        talk.clock.advance(pause)
        assert talk.asked == asked
    with pytest.raises(VerifierUnavailable, match="no answer"):
        result(token)


@pytest.mark.parametrize(("timeout", "expires", "seconds"), [(300.0, 900, 300.0), (300.0, 12, 12.0)])
def test_time_runs_out(timeout: float, expires: int, seconds: float) -> None:
    """The gateway's or the issuer's, whichever is shorter."""
    talk = Talk(*[PENDING_YET] * 100, timeout=timeout)
    talk.provider.link = (200, {**LINK, "expires_in": expires})
    token = talk.token()
    talk.clock.pump([1] * int(seconds - 1))
    assert not token.called
    talk.clock.pump([5] * 2)
    with pytest.raises(TokenRejected, match="expired"):
        result(token)
    assert talk.asked <= seconds / 5


def test_whoever_leaves_is_not_asked_for() -> None:
    """Cancelled, nothing is sent any more."""
    talk = Talk(PENDING_YET, GIVEN)
    token = talk.token()
    talk.clock.advance(5)
    token.addErrback(lambda _: None)
    token.cancel()
    talk.clock.advance(100)
    assert talk.asked == 1


def test_how_many_may_wait() -> None:
    """Ten of one source, so many in all; each counts a minute at least, so that nobody makes the issuer busy."""
    talk = Talk()
    logins = [talk.begin() for _ in range(PENDING_OF_SOURCE)]
    with pytest.raises(TokenRejected, match="limit"):
        talk.begin()
    for login in logins:
        login.close()
        login.close()
    with pytest.raises(TokenRejected, match="limit"):
        talk.begin("192.0.2.1:6000")
    for n in range(PENDING - PENDING_OF_SOURCE):
        talk.begin(f"198.51.{n // 10}.1:1")
    with pytest.raises(TokenRejected, match="limit"):
        talk.begin("203.0.113.1:1")
    assert len(talk.provider.forms) == PENDING
    talk.clock.advance(KEPT)
    talk.begin()
    late = talk.begin("203.0.113.1:1")
    talk.clock.advance(KEPT)
    late.close()
    assert len(talk.provider.forms) == PENDING + 2


@pytest.mark.parametrize(
    "change",
    [
        {"verification_uri_complete": "http://id.example/link"}, {"verification_uri_complete": "javascript:alert(1)"},
        {"verification_uri_complete": "https://id.example/\x1b[2J"}, {"verification_uri_complete": "https://a b"},
        {"verification_uri_complete": "https://id.example/" + "x" * 600}, {"verification_uri_complete": 5},
        {"user_code": "A\x1b[31m"}, {"user_code": ""}, {"user_code": "x" * 65}, {"user_code": None},
        {"device_code": ""}, {"device_code": 5}, {"expires_in": None}, {"expires_in": 0}, {"expires_in": "900"},
        {"expires_in": True}, {"expires_in": 1e300}, {"interval": -1}, {"interval": "5"}, {"interval": None},
    ],
)  # fmt: skip
def test_links_that_are_not_shown(change: dict[str, Any]) -> None:
    """What a terminal or a clock could be misled by; and a place is not kept for it for good."""
    talk = Talk()
    talk.provider.link = (200, {**LINK, **change})
    with pytest.raises(VerifierUnavailable):
        talk.begin()
    talk.clock.advance(KEPT)
    assert talk.flow._gauge.connections == 0


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2)


@given(st.dictionaries(st.sampled_from(sorted(LINK)), VALUES))
@settings(max_examples=300, deadline=None)
def test_any_answer_at_all(change: dict[str, Any]) -> None:
    """Is a link that can be shown and a time that can be waited for, or an outage of the issuer's."""
    talk = Talk()
    talk.provider.link = (200, {**LINK, **change})
    try:
        login = talk.begin()
    except VerifierUnavailable:
        return
    assert (login.link + login.code).isascii()
    assert (login.link + login.code).isprintable()
    assert login.link.startswith("https://")
    assert 0 < login.seconds <= 300


def test_a_link_without_the_code_in_it() -> None:
    """Is shown with the code beside it; and without an interval there is the usual one."""
    talk = Talk(GIVEN)
    talk.provider.link = (200, {k: v for k, v in LINK.items() if k not in ("verification_uri_complete", "interval")})
    login = talk.begin()
    assert (login.link, login.code) == (f"{ISSUER}/link", "WDJB-MJHT")
    token = talk.token(login)
    talk.clock.advance(5)
    assert result(token) == b"a.b.c"


@pytest.mark.parametrize(
    "discovery",
    [
        FetchFailed("unreachable"),
        {**DISCOVERY, "issuer": "https://other.example"},
        {"issuer": ISSUER, "token_endpoint": f"{ISSUER}/token"},
        {**DISCOVERY, "token_endpoint": "http://id.example/token"},
        {**DISCOVERY, "device_authorization_endpoint": ["https://id.example/device"]},
    ],
)
def test_an_issuer_without_links(discovery: Any) -> None:
    """Out of reach, another's document, no endpoints or unprotected ones: unavailable, and asked anew the next time."""
    talk = Talk()
    talk.provider.discovery = discovery
    with pytest.raises(VerifierUnavailable):
        talk.begin()
    assert talk.provider.forms == []
    talk.provider.discovery = DISCOVERY
    assert talk.begin().code == "WDJB-MJHT"


@pytest.mark.parametrize("answer", [(400, {"error": "invalid_scope"}), FetchFailed("no answer")])
def test_an_issuer_that_gives_no_link(answer: Any) -> None:
    talk = Talk()
    talk.provider.link = answer
    with pytest.raises(VerifierUnavailable):
        talk.begin()


def test_a_client_with_a_secret() -> None:
    """Shows it with both requests, fetched anew each time; without it nothing is asked."""
    texts: list[Any] = ["first", "second", UpstreamError("no credential", "the file is gone")]

    async def secret() -> str:
        text = texts.pop(0)
        if isinstance(text, Exception):
            raise text
        return str(text)

    talk = Talk(GIVEN, secret=secret)
    token = talk.token()
    talk.clock.advance(5)
    assert result(token) == b"a.b.c"
    assert [(place, shown) for place, _, shown in talk.provider.forms] == [("/device", "first"), ("/token", "second")]
    with pytest.raises(VerifierUnavailable, match="the file is gone"):
        talk.begin()


def configured(folder: Path, **options: Any) -> oidc.OIDC:
    usual = {"issuer": ISSUER, "audience": ("gate",), "device_client_id": "gate", **options}
    return oidc.configure(oidc.Options(**usual), Tools("people", folder, folder, None, Clock()))


def test_how_it_is_configured(tmp_path: Path) -> None:
    """By the client's id; the mistakes that would only show at a login stop the start."""
    assert configured(tmp_path).device is not None
    assert configured(tmp_path, device_client_id="").device is None
    for options in (
        {"audience": ("tokengate",)},
        {"device_scope": "profile"},
        {"device_client_secret": "env:NOT_SET"},
        {"issuer": "http://id.example", "jwks_file": "keys"},
    ):
        (tmp_path / "keys").write_text("{}")
        with pytest.raises(ConfigError):
            configured(tmp_path, **options)
