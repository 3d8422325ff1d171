"""The corpus's format: plain SQL, read into cases.

A case is what stands before a line `--;`. It opens with headers (`-- word: text`); its statements end with a semicolon
at the end of a line. The headers:

    name        what the case is called, once a file
    setup       SQL that a superuser runs before it, committed; `cleanup` the same after it
    needs       the first major version of PostgreSQL that knows it
    at once     send it as one text instead of statement by statement
    commits     don't wrap it in a transaction that is rolled back
    shows       what counts as a leak besides the canaries, parts separated by " | "
    known       what it does wrong today; it is expected to, and a surprise when it doesn't any more
    token       a query that shows a round-trip token, which stands for {token} in the statements
    denies      the item of the `sql` enforcer that must refuse it; "gateway": no policy may allow it
    proof       a query whose result shows that the effect took place, by being another afterwards
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from attrs import frozen

FOLDER = Path(__file__).parent
_HEADER = re.compile(r"-- ([a-z ]+):(?: (.*))?")
_WORDS = frozenset(
    ("name", "setup", "cleanup", "needs", "at once", "commits", "shows", "known", "token", "denies", "proof")
)


@frozen
class Case:
    """One case. `headers`: by their word; one given more than once has a line for each."""

    file: str
    statements: tuple[str, ...]
    headers: dict[str, str]

    def __str__(self) -> str:
        return f"{self.file}-{self.headers['name']}"

    def header(self, word: str) -> str:
        """A header's text, "" where there is none."""
        return self.headers.get(word, "")

    @property
    def needs(self) -> int:
        """The first major version of PostgreSQL that knows its statements."""
        return int(self.headers.get("needs", "0"))

    @property
    def commits(self) -> bool:
        """Whether it runs outside of a transaction."""
        return "commits" in self.headers


def cases(folder: str) -> list[ParameterSet]:
    """A folder's cases as parameters of a test."""
    return [pytest.param(case, id=str(case)) for case in read(folder)]


def known(case: Case, request: pytest.FixtureRequest) -> None:
    """From here on the case is expected to fail if it is known to; that it doesn't must be noticed."""
    if "known" in case.headers:
        request.applymarker(pytest.mark.xfail(strict=True, reason=case.header("known")))


def read(folder: str) -> list[Case]:
    """The cases of a folder's files, in order. Raises ValueError where one is ill-formed."""
    found = [case for path in sorted((FOLDER / folder).glob("*.sql")) for case in _cases(path)]
    names = [str(case) for case in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"more than one case is called {twice}")
    return found


def _cases(path: Path) -> list[Case]:
    texts = re.split(r"^--;\n", path.read_text(), flags=re.MULTILINE)
    if texts.pop().strip():
        raise ValueError(f"{path.name} ends without --;")
    return [_case(path.stem, text.splitlines()) for text in texts]


def _case(file: str, lines: list[str]) -> Case:
    headers: dict[str, str] = {}
    while lines and (header := _HEADER.fullmatch(lines[0])) and header[1] in _WORDS:
        before = headers.get(header[1])
        headers[header[1]] = (f"{before}\n" if before else "") + (header[2] or "")
        del lines[0]
    body = "\n".join(lines).strip()
    if "name" not in headers or not body:
        raise ValueError(f"{file}: a case without a name or a statement: {headers} {body}")
    parts = [body] if "at once" in headers else re.split(r"(?<=;)\n", body)
    return Case(file, tuple(parts), headers)
