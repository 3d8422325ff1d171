"""What a token's claims have to say, and what becomes of them.

A claim is named by its path, with dots between levels; a name that has dots itself (`kubernetes.io`) is found as it
stands. A pattern is a glob (`acme/*`), alternatives of globs (`prod|staging`) or a `/regular expression/`; it has to
match the whole value. Of a list, one element has to match.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from typing import Any

from attrs import frozen

from tokengate.convert import names
from tokengate.errors import TokenRejected

MAX_REGEX_SUBJECT = 4096
"""Characters of a claim a pattern is tried on: no name is longer, and a slow expression stays harmless."""


@frozen
class Requirement:
    """One claim and the pattern it has to match."""

    path: str
    pattern: re.Pattern[str]

    def check(self, claims: dict[str, Any]) -> None:
        """Raise `TokenRejected` ("claim") unless the claim is there and matches."""
        found = lookup(claims, self.path)
        for value in found if isinstance(found, list) else [found]:
            text = as_text(value)
            if text is not None and len(text) <= MAX_REGEX_SUBJECT and self.pattern.fullmatch(text):
                return
        raise TokenRejected("claim", self.path)


def requirements(text: str) -> tuple[Requirement, ...]:
    """A list of `claim: pattern`. Raises ValueError."""
    made = []
    for item in names(text):
        path, colon, pattern = item.partition(": ")
        if not colon or not path.strip() or not pattern.strip():
            raise ValueError(f"{item!r} should be CLAIM: PATTERN")
        made.append(Requirement(path.strip(), compiled(pattern.strip())))
    return tuple(made)


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern as a regular expression for `fullmatch`. Raises ValueError."""
    if len(pattern) > 1 and pattern[0] == pattern[-1] == "/":
        try:
            return re.compile(pattern[1:-1])
        except re.error as error:
            raise ValueError(f"{pattern} is no regular expression: {error}") from error
    return re.compile("|".join(f"(?:{fnmatch.translate(glob)})" for glob in pattern.split("|")))


def lookup(claims: Any, path: str) -> Any:
    """The value at a path, None where there is none."""
    if isinstance(claims, dict):
        if path in claims:
            return claims[path]
        for head, rest in _splits(path):
            if head in claims and (found := lookup(claims[head], rest)) is not None:
                return found
    return None


def _splits(path: str) -> Iterator[tuple[str, str]]:
    for at, char in enumerate(path):
        if char == ".":
            yield path[:at], path[at + 1 :]


def as_text(value: Any) -> str | None:
    """A scalar claim as text, booleans as JSON writes them; None for anything else."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int():
            return str(value)
        case _:
            return None


def texts(claims: dict[str, Any], paths: tuple[str, ...]) -> frozenset[str]:
    """All scalar values at these paths, of lists their elements."""
    found = (lookup(claims, path) for path in paths)
    values = (item for value in found for item in (value if isinstance(value, list) else [value]))
    return frozenset(text for value in values if (text := as_text(value)) is not None)


def seconds(claims: dict[str, Any], name: str) -> float | None:
    """A NumericDate claim; None when absent. Raises `TokenRejected` when it is no sensible number."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise TokenRejected("malformed", f"{name} is no time")
    return float(value)
