"""A small OpenID issuer on loopback: discovery, keys, and tokens for a "CI job" by client credentials (RFC 6749,
section 4.4).

For the demonstration and for tests, never for production: whoever knows the client's secret chooses the claims.
Runs as `python -m tokengate.demo.issuer PORT`, and says so on its standard output when it is ready.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey
from twisted.internet import reactor
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

AUDIENCE = "tokengate"
LIFETIME = 600
CLIENTS = {"ci-job": "not a secret: demonstration only"}


class Issuer:
    """Keys and tokens of one issuer. `rotate` makes the newest key another one; old keys stay published."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.keys: list[ECKey] = []
        self.rotate()

    def rotate(self) -> None:
        """Sign with a new key from now on."""
        parameters: Any = {"kid": f"key-{len(self.keys) + 1}", "use": "sig", "alg": "ES256"}
        self.keys.append(ECKey.generate_key("P-256", parameters))

    def mint(self, **claims: Any) -> str:
        """A signed token; `claims` replace the usual ones."""
        now = int(time.time())
        usual = {"iss": self.url, "aud": AUDIENCE, "iat": now, "exp": now + LIFETIME, "sub": "repo:acme/shop"}
        header = {"alg": "ES256", "kid": self.keys[-1].kid, "typ": "JWT"}
        return jwt.encode(header, {**usual, **claims}, self.keys[-1], algorithms=["ES256"])

    def documents(self) -> dict[bytes, dict[str, Any]]:
        """What it publishes, by path."""
        return {
            b"/.well-known/openid-configuration": {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/keys",
                "token_endpoint": f"{self.url}/token",
                "response_types_supported": ["token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            },
            b"/keys": {"keys": [key.as_dict(private=False) for key in self.keys]},
        }


class Pages(Resource):
    """The issuer over HTTP."""

    isLeaf = True

    def __init__(self, issuer: Issuer) -> None:
        super().__init__()
        self._issuer = issuer

    def render_GET(self, request: Request) -> bytes:
        """A published document."""
        document = self._issuer.documents().get(request.path)
        if document is None:
            request.setResponseCode(404)
            return b""
        request.setHeader(b"cache-control", b"max-age=300")
        return _json(request, document)

    def render_POST(self, request: Request) -> bytes:
        """A token, for a known client that asks for itself. Other form fields become claims."""
        form = {name.decode(): values[0].decode() for name, values in (request.args or {}).items()}
        client, secret = form.pop("client_id", ""), form.pop("client_secret", None)
        granted = request.path == b"/token" and form.pop("grant_type", "") == "client_credentials"
        if not granted or client not in CLIENTS or secret != CLIENTS[client]:
            request.setResponseCode(401)
            return _json(request, {"error": "invalid_client"})
        token = self._issuer.mint(sub=form.pop("sub", f"job:{client}"), **form)
        return _json(request, {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME})


def _json(request: Request, document: dict[str, Any]) -> bytes:
    request.setHeader(b"content-type", b"application/json")
    return json.dumps(document).encode()


def main() -> None:
    """Serve on a loopback port."""
    port = int(sys.argv[1])
    issuer = Issuer(f"http://127.0.0.1:{port}")
    reactor.listenTCP(port, Site(Pages(issuer)), interface="127.0.0.1")  # type: ignore[arg-type]  # a Site is one
    print("ready", flush=True)
    reactor.run()


if __name__ == "__main__":
    main()
