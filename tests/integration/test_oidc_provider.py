"""A real OpenID provider (npm's oidc-provider): its token, by discovery, through the whole gateway."""

from __future__ import annotations

import base64
import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support import openid
from tests.support.gateway import gateway as start
from tests.support.postgres import Server

EXTRA = """
[verifier:provider]
use = oidc
issuer = http://127.0.0.1:{provider}
insecure_http = yes
audience = tokengate
require = client_id: ci-*

[route:provided]
listen = tcp:{{more}}:interface=127.0.0.1
{common}
"""


@pytest.fixture(params=["RS256", "ES256"])
def provider(request: pytest.FixtureRequest) -> Iterator[int]:
    """The provider's port, with keys of one algorithm."""
    with openid.provider(request.param) as port:
        yield port


def token(port: int) -> str:
    form = {"grant_type": "client_credentials", "resource": "urn:tokengate"}
    basic = base64.b64encode(b"ci-job:only%20for%20this%20test").decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/token", urllib.parse.urlencode(form).encode(), {"authorization": f"Basic {basic}"}
    )
    with urllib.request.urlopen(request) as answer:
        found: str = json.load(answer)["access_token"]
    return found


def test_its_token_opens_a_session(provider: int, postgres: Server, tmp_path: Path) -> None:
    """Discovery, keys, signature and claims of a provider that tokengate's authors did not write."""
    common = "{common}"
    extra = EXTRA.replace("{provider}", str(provider)).replace("{{more}}", "{more}").replace("{common}", common)
    with start(postgres, tmp_path, extra) as running:
        path = tmp_path / "gateway.ini"
        path.write_text(path.read_text().replace("verify = ci\n", "verify = ci, provider\n"))
        running.process.send_signal(1)
        good = token(provider)
        for _ in range(50):
            try:
                with running.connect("plain", good) as connection:
                    assert connection.execute("select 1").fetchone() == (1,)
                break
            except psycopg.OperationalError:
                import time

                time.sleep(0.1)
        else:
            raise AssertionError((tmp_path / "log").read_text()[-2000:])
        tampered = good[:-8] + ("A" * 8 if not good.endswith("A" * 8) else "B" * 8)
        with pytest.raises(psycopg.OperationalError, match="token refused"):
            running.connect("plain", tampered)
