"""The upstream credential of a PostgreSQL route: the secret's text, read with care.

A secret source gives the text, `login` uses what this makes of it. Two forms: a URL
`postgresql://user:password@/dbname`, percent-encoded as libpq wants it, and the plain `user:password`. A URL's host,
port and TLS parameters are read over: the route's own `upstream` and `upstream_tls` decide where to connect and how,
so that a secret can't redirect a route.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from attrs import field, frozen

from tokengate.errors import UpstreamError

SCHEMES = ("postgresql://", "postgres://")

READ_OVER = frozenset(
    {"application_name", "channel_binding", "connect_timeout", "gssencmode", "sslmode", "sslnegotiation", "sslrootcert"}
)
"""URL parameters that hosted databases put into the URLs they hand out, and that the route's own keys decide."""


@frozen
class Credential:
    """Whom the gateway logs in as. `password` None: the upstream must not ask for one (trust, client certificate)."""

    user: str
    password: str | None = field(repr=False)
    database: str

    @classmethod
    def parse(cls, text: str) -> Credential:
        """Read a secret's text. Raises `UpstreamError`, which never quotes it."""
        text = text.rstrip("\r\n")
        for scheme in SCHEMES:
            if text.startswith(scheme):
                credential = cls._from_url(text.removeprefix(scheme))
                break
        else:
            if "://" in text:
                raise _unusable("its URL is not postgresql://…")
            user, colon, password = text.partition(":")
            credential = cls(user, password if colon else None, user)
        if not credential.user or not credential.database:
            raise _unusable("it names no user")
        if "\0" in credential.user + credential.database + (credential.password or ""):
            raise _unusable("it holds a NUL byte")
        return credential

    @classmethod
    def _from_url(cls, rest: str) -> Credential:
        address, _, query = rest.partition("?")
        for parameter in filter(None, query.split("&")):
            if parameter.partition("=")[0] not in READ_OVER:
                raise _unusable("its URL has a parameter other than " + ", ".join(sorted(READ_OVER)))
        authority, _, path = address.partition("/")
        userinfo, at, _ = authority.rpartition("@")
        if not at or "@" in userinfo or "/" in path or "#" in address:
            raise _unusable(
                "its URL is not postgresql://user:password@/database, with other characters percent-encoded"
            )
        user, colon, password = userinfo.partition(":")
        name = _decoded(user)
        return cls(name, _decoded(password) if colon else None, _decoded(path) or name)


def _decoded(text: str) -> str:
    if re.search("%(?![0-9A-Fa-f]{2})", text):
        raise _unusable("its URL has a % that is not followed by two hex digits")
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise _unusable("its URL does not decode to UTF-8") from None


def _unusable(why: str) -> UpstreamError:
    return UpstreamError("the gateway's credential for this route can't be used", why)
