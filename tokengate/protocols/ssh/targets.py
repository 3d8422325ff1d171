"""Whom a user name stands for: `USER` at the route's own upstream, `USER+TARGET` at another that the route names.

Asked by `plugin` when the token is verified. What is not configured does not exist, and is refused as a wrong token is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from tokengate import convert
from tokengate.edge.connect import parse_connect
from tokengate.errors import TokenRejected

SEPARATOR = "+"


@frozen
class Target:
    """Where a session goes: an endpoint, and a user there."""

    name: str
    endpoint: Any
    user: str


def parse_users(text: str) -> dict[str, str]:
    """`NAME` or `NAME=USER` a user, separated by commas: what a client asks for, and who that is at the target. Raises
    ValueError with a sentence.
    """
    found = {}
    for item in convert.names(text):
        name, given, user = (part.strip() for part in item.partition("="))
        if not name or SEPARATOR in name or (given and not user):
            raise ValueError(f"{item!r} is no user; write NAME or NAME=USER, without a +")
        found[name] = user or name
    return found


def parse_targets(text: str) -> dict[str, Any]:
    """`NAME=tcp:HOST:PORT`, separated by commas. Raises ValueError with a sentence."""
    found = {}
    for item in convert.names(text):
        name, _, where = (part.strip() for part in item.partition("="))
        if not name or SEPARATOR in name or not where.startswith("tcp:"):
            raise ValueError(f"{item!r} is no target; write NAME=tcp:HOST:PORT")
        found[name] = parse_connect(where)
    return found


def user_of(requested: str) -> str:
    """The user's part of what a client asks for."""
    return requested.partition(SEPARATOR)[0]


def choose(requested: str, users: Mapping[str, str], targets: Mapping[str, Any], upstream: Any) -> Target:
    """The target a client asks for by its user name. Raises `TokenRejected`."""
    name, separated, where = requested.partition(SEPARATOR)
    user = users.get(name)
    if user is None:
        raise TokenRejected("user", "the route has no such user")
    endpoint = targets.get(where) if separated else upstream
    if endpoint is None:
        raise TokenRejected("target", "the route has no such target")
    return Target(where, endpoint, user)
