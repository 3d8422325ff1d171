"""Logging in people who have no token: an issuer's device authorization grant (RFC 8628), offered by `oidc`.

A protocol that can show a text asks for a link with `begin`, shows it, and awaits the ID token that the issuer gives
once its user has approved in a browser. The token is then verified as any other. What the issuer answers is shown to
a terminal, so only plain text is taken from it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeGuard

from attrs import define, field, frozen
from twisted.internet.task import deferLater
from zope.interface import implementer

from tokengate.edge.limits import Gauge, Limits
from tokengate.errors import TokenRejected, UpstreamError, VerifierUnavailable
from tokengate.identity.fetch import RENEW_DEFAULT, FetchFailed, allowed, discover
from tokengate.interfaces import IDeviceFlow, IDeviceLogin

GRANT = "urn:ietf:params:oauth:grant-type:device_code"

INTERVAL, MOST_INTERVAL = 5.0, 60.0
"""Seconds between two questions to the issuer, where it says nothing else (RFC 8628, section 3.2), and at most."""

SLOWER = 5.0
"""Seconds by which "slow_down" makes the interval longer (section 3.5)."""

MOST_LOST = 3
"""Questions in a row that may get no answer before the login is given up."""

PENDING, PENDING_OF_SOURCE = 200, 10
"""Logins that wait at a time, in all and of one source: anybody who can connect may begin one."""

KEPT = 60.0
"""Seconds that a login counts as waiting at least: who comes and goes must not have the issuer asked without end."""

_LINK = re.compile(r"[!-~]{1,512}")
_CODE = re.compile(r"[!-~](?:[ -~]{0,62}[!-~])?")


@frozen
class Client:
    """Who the gateway is to the issuer. `secret()`: awaits the client's secret, None for a public client."""

    id: str
    scope: str
    timeout: float
    secret: Callable[[], Awaitable[str]] | None = None


@implementer(IDeviceFlow)
@define(eq=False)
class DeviceFlow:
    """One issuer's. `fetch`: `identity.fetch.Fetch`; `clock`: an `IReactorTime`."""

    issuer: str
    client: Client
    fetch: Any
    clock: Any
    insecure: bool = False
    _gauge: Gauge = field(init=False)
    _places: tuple[str, str] = ("", "")
    _placed: float = float("-inf")

    def __attrs_post_init__(self) -> None:
        self._gauge = Gauge(Limits(PENDING, PENDING_OF_SOURCE, 1e9), self.clock.seconds)

    async def begin(self, source: str) -> DeviceLogin:
        """See `IDeviceFlow`."""
        limit = self._gauge.enter(source)
        if limit is not None:
            raise TokenRejected("limit", f"too many logins by link wait ({limit})")
        began = self.clock.seconds()
        try:
            return await self._begin(lambda: self._leave(source, began))
        except BaseException:
            self._leave(source, began)
            raise

    def _leave(self, source: str, began: float) -> None:
        remaining = began + KEPT - self.clock.seconds()
        if remaining > 0:
            self.clock.callLater(remaining, self._gauge.leave, source)
        else:
            self._gauge.leave(source)

    async def _begin(self, leave: Callable[[], None]) -> DeviceLogin:
        try:
            place, _ = await self.endpoints()
            code, answer = await self.post(place, scope=self.client.scope)
            if code != 200:
                raise FetchFailed(f"the issuer gives no link: {_error(answer)}")
            return DeviceLogin.read(self, answer, leave)
        except FetchFailed as error:
            raise VerifierUnavailable(self.issuer, str(error)) from error

    async def endpoints(self) -> tuple[str, str]:
        """Await where links are had and where tokens are. Raises `FetchFailed`."""
        if self.clock.seconds() >= self._placed + RENEW_DEFAULT:
            document = await discover(self.fetch, self.issuer)
            places = [document.get(name) for name in ("device_authorization_endpoint", "token_endpoint")]
            for place in places:
                if not isinstance(place, str) or not allowed(place, insecure=self.insecure):
                    raise FetchFailed("the issuer has no usable endpoints for logins by link")
            self._places, self._placed = (str(places[0]), str(places[1])), self.clock.seconds()
        return self._places

    async def post(self, place: str, **form: str) -> tuple[int, dict[str, Any]]:
        """Await the answer to a form of this client's. Raises `FetchFailed`, `VerifierUnavailable`."""
        try:
            secret = None if self.client.secret is None else await self.client.secret()
        except UpstreamError as error:
            raise VerifierUnavailable(self.issuer, f"the client's secret: {error.detail}") from error
        found: tuple[int, dict[str, Any]] = await self.fetch.post(place, {"client_id": self.client.id, **form}, secret)
        return found


@implementer(IDeviceLogin)
@define(eq=False)
class DeviceLogin:
    """One person's. Times are the clock's seconds; `asked`: the last question to the issuer."""

    link: str
    code: str
    seconds: float
    _flow: DeviceFlow
    _device_code: str = field(repr=False)
    _interval: float
    _leave: Callable[[], None] | None = field(repr=False)
    _ends: float
    _asked: float

    @classmethod
    def read(cls, flow: DeviceFlow, answer: dict[str, Any], leave: Callable[[], None]) -> DeviceLogin:
        """From the issuer's answer (RFC 8628, section 3.2). Raises `FetchFailed`."""
        link = answer.get("verification_uri_complete", answer.get("verification_uri"))
        code, device_code = answer.get("user_code"), answer.get("device_code")
        lasts, interval = answer.get("expires_in"), answer.get("interval", INTERVAL)
        if not (isinstance(link, str) and _LINK.fullmatch(link) and allowed(link, insecure=flow.insecure)):
            raise FetchFailed("the issuer's link can't be shown")
        if not (isinstance(code, str) and _CODE.fullmatch(code) and isinstance(device_code, str) and device_code):
            raise FetchFailed("the issuer's code can't be shown")
        if not (_is_time(lasts) and _is_time(interval)):
            raise FetchFailed("the issuer's times make no sense")
        seconds, now = min(lasts, flow.client.timeout), flow.clock.seconds()
        interval = min(max(interval, 1.0), MOST_INTERVAL)
        return cls(link, code, seconds, flow, device_code, interval, leave, now + seconds, now)

    async def token(self) -> bytes:
        """See `IDeviceLogin`."""
        clock, lost = self._flow.clock, 0
        while True:
            await deferLater(clock, max(0.0, self._asked + self._interval - clock.seconds()))
            self._asked = clock.seconds()
            if self._asked >= self._ends:
                raise TokenRejected("expired", "the login by link was not approved in time")
            try:
                token = await self._ask()
            except FetchFailed as error:
                lost += 1
                if lost >= MOST_LOST:
                    raise VerifierUnavailable(self._flow.issuer, str(error)) from error
                self._interval *= 2
                continue
            lost = 0
            if token is not None:
                return token

    async def _ask(self) -> bytes | None:
        """The token, None while nobody has approved."""
        _, place = await self._flow.endpoints()
        code, answer = await self._flow.post(place, grant_type=GRANT, device_code=self._device_code)
        if code == 200:
            token = answer.get("id_token")
            if not isinstance(token, str):
                raise VerifierUnavailable(self._flow.issuer, "it gave no ID token: the scope needs openid")
            return token.encode()
        match answer.get("error"):
            case "authorization_pending":
                return None
            case "slow_down":
                self._interval += SLOWER
                return None
            case "access_denied":
                raise TokenRejected("denied", "the login by link was declined")
            case "expired_token":
                raise TokenRejected("expired", "the login by link was not approved in time")
            case _:
                raise VerifierUnavailable(self._flow.issuer, f"it gives no token: {_error(answer)}")

    def close(self) -> None:
        """See `IDeviceLogin`."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e9


def _error(answer: dict[str, Any]) -> str:
    return repr(answer.get("error"))[:60]
