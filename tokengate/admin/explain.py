"""The admin listener's `POST /explain`: what would happen to a request, for whoever has a token of the route.

A JSON object {"route", "text"} is answered as `session.explain` has it, for the principal of the bearer token. Members
of the `operators` groups may add "claims": then it is answered for somebody whose token has these.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any

from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from tokengate.edge.tasks import spawn
from tokengate.errors import TokenRejected, UpstreamError, VerifierUnavailable
from tokengate.values import ConnectionContext, Principal

MAX_BODY = 2 * 1024 * 1024
"""Bytes of a request: twice the longest statement that a route takes by itself."""

log = Logger()


class Problem(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title


class Explain(Resource):
    """The page. `find(name)` gives a route and its protocol, or None."""

    isLeaf = True

    def __init__(self, find: Callable[[str], tuple[Any, Any] | None], operators: Collection[str]) -> None:
        super().__init__()
        self._find = find
        self._operators = frozenset(operators)

    def render_POST(self, request: Request) -> int:
        """The page."""
        spawn(self._answer(request), "explaining")
        return NOT_DONE_YET

    async def _answer(self, request: Request) -> None:
        status, kind = 200, b"application/json"
        try:
            body: Any = await self._explained(request)
        except Problem as problem:
            status, kind = problem.status, b"application/problem+json"
            body = {"status": problem.status, "title": problem.title}
        except Exception:  # noqa: BLE001  whatever it was, the client is told, and the listener goes on
            log.failure("a request can't be explained")
            status, kind, body = 500, b"application/problem+json", {"status": 500, "title": "internal error"}
        request.setResponseCode(status)
        request.setHeader(b"content-type", kind)
        if status == 401:
            request.setHeader(b"www-authenticate", b"Bearer")
        if not request._disconnected:
            request.write(json.dumps(body).encode() + b"\n")
            request.finish()

    async def _explained(self, request: Request) -> dict[str, Any]:
        asked = _read(request)
        token = (request.getHeader(b"authorization") or b"").partition(b"Bearer ")[2]
        found = self._find(asked["route"])
        if found is None:
            raise Problem(404 if token else 401, "there is no such route")
        route, protocol = found
        context = ConnectionContext(route.name, "admin", str(request.getClientAddress()))
        try:
            principal = await route.authenticate(token, context)
            explanation: dict[str, Any] = await protocol.explain(
                route, self._whom(principal, route, asked.get("claims")), asked["text"]
            )
        except TokenRejected as error:
            raise Problem(401, "token refused") from error
        except (VerifierUnavailable, UpstreamError) as error:
            raise Problem(503, "it can't be explained at the moment") from error
        return explanation

    def _whom(self, principal: Principal, route: Any, claims: Any) -> Principal:
        if claims is None:
            return principal
        if self._operators.isdisjoint(principal.groups):
            raise Problem(403, "only operators may ask for others")
        if not isinstance(claims, dict):
            raise Problem(400, "claims must be an object")
        try:
            assumed: Principal = route.assume(claims)
        except TokenRejected as error:
            raise Problem(
                422, f"a token with these claims is refused: {error.reason} {error.detail}".rstrip()
            ) from error
        return assumed


def _read(request: Request) -> dict[str, Any]:
    """The request's object. Raises `Problem`."""
    if request.content is None:
        raise Problem(400, "there is no body")
    raw = request.content.read(MAX_BODY + 1)
    if len(raw) > MAX_BODY:
        raise Problem(413, f"the request is longer than {MAX_BODY} bytes")
    try:
        asked = json.loads(raw)
    except ValueError as error:
        raise Problem(400, "the body is no JSON") from error
    if not isinstance(asked, dict) or not all(isinstance(asked.get(key), str) for key in ("route", "text")):
        raise Problem(400, "the body needs route and text")
    return asked
