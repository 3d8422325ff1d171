"""The admin listener's pages: `/healthz` (the process answers), `/readyz` (it can serve), `/metrics`, `/explain`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client.twisted import MetricsResource
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from tokengate.admin.metrics import registry


class Health(Resource):
    """Always 200 while the reactor turns."""

    isLeaf = True

    def render_GET(self, request: Request) -> bytes:
        """The page."""
        request.setHeader(b"content-type", b"text/plain")
        return b"ok\n"


class Readiness(Resource):
    """200 when `problems()` is empty, else 503; the problems by name as JSON."""

    isLeaf = True

    def __init__(self, problems: Callable[[], dict[str, str]]) -> None:
        super().__init__()
        self._problems = problems

    def render_GET(self, request: Request) -> bytes:
        """The page."""
        problems = self._problems()
        request.setResponseCode(503 if problems else 200)
        request.setHeader(b"content-type", b"application/json")
        return json.dumps({"ready": not problems, "problems": problems}).encode() + b"\n"


def site(
    routes: Callable[[], Iterable[Any]], problems: Callable[[], dict[str, str]], explain: Resource | None = None
) -> Site:
    """The whole admin site."""
    root = Resource()
    if explain is not None:
        root.putChild(b"explain", explain)
    root.putChild(b"healthz", Health())
    root.putChild(b"readyz", Readiness(problems))
    root.putChild(b"metrics", MetricsResource(registry(routes)))
    return Site(root)
