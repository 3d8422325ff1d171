"""The real OpenID provider of the tests (npm's oidc-provider, in the folder `provider`), and a person at its pages."""

from __future__ import annotations

import html
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

from tests.support.ports import free_port

FOLDER = Path(__file__).parent / "provider"

MOST_PAGES = 10
"""Forms between a link and its approval: the code, its confirmation, a log-in, a consent."""

_FORM = re.compile(r'<form[^>]*action="([^"]*)".*?</form>', re.DOTALL)
_INPUT = re.compile(r"<input[^>]*>", re.DOTALL)
_ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')


@contextmanager
def provider(algorithm: str = "ES256") -> Iterator[int]:
    """The port of a running provider whose keys are of this algorithm."""
    if not (FOLDER / "node_modules" / "oidc-provider").exists():
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=FOLDER, check=True, timeout=300)
    port = free_port()
    command = ["node", "server.mjs", str(port), algorithm]
    with subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        while "ready" not in (line := process.stdout.readline()):
            assert line, "the provider did not start"
        yield port
        process.terminate()


def visit(link: str, person: str, *, approve: bool = True) -> str:
    """Open a link of a device login as `person` and go through its forms, to approve it or not: the last page."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    page = _read(browser, link, None)
    for _ in range(MOST_PAGES):
        found = _FORM.search(page)
        if found is None:
            return page
        fields = dict(_field(text) for text in _INPUT.findall(found[0]))
        fields.update({"login": person, "password": "any"} if "login" in fields else {})
        if not approve and "confirm" in fields:
            fields["abort"] = "yes"
        page = _read(browser, html.unescape(found[1]), urllib.parse.urlencode(fields).encode())
        if not approve and "abort" in fields:
            return page
    raise AssertionError(f"too many pages: {page[:500]}")


def _read(browser: urllib.request.OpenerDirector, link: str, form: bytes | None) -> str:
    try:
        with browser.open(link, form, timeout=10) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return error.read().decode()


def _field(text: str) -> tuple[str, str]:
    found = dict(_ATTRIBUTE.findall(text))
    return found["name"], html.unescape(found.get("value", ""))
