"""`tokengate token`: new opaque tokens, and what a token says or is worth, for whoever writes the rules."""

from __future__ import annotations

import datetime
import json
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from tokengate.config import load
from tokengate.errors import ConfigError, TokenRejected
from tokengate.identity.jwt import read
from tokengate.identity.tokens import hashed, new_token
from tokengate.registry import Registry
from tokengate.values import ConnectionContext

VERIFY_DEADLINE = 30.0
"""Seconds for a verifier to fetch its issuer's keys and decide."""


@click.group()
def token() -> None:
    """Make, inspect and verify tokens."""


@token.command()
@click.option("--subject", required=True, help="The identity it stands for.")
@click.option("--groups", default="", help="Its groups, separated by commas.")
@click.option("--kind", type=click.Choice(["workload", "human"]), default="workload", show_default=True)
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="How long it is good.")
def new(subject: str, groups: str, kind: str, days: int) -> None:
    """Make an opaque token: the token itself on standard error, its line for the tokens file on standard output."""
    made = new_token()
    expires = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    facts = {"subject": subject, "groups": groups, "kind": kind, "expires": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}
    words = (f"{key}={value}" for key, value in facts.items() if value)
    click.echo(" ".join([hashed(made), *map(shlex.quote, words)]))
    click.echo(f"the token, shown this once: {made}", err=True)


@token.command()
@click.argument("file", type=click.File("rb"), default="-")
def inspect(file: Any) -> None:
    """Print a JWT's header and claims, unverified, from FILE or standard input."""
    try:
        found = read(file.read().strip())
    except TokenRejected as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps({"header": found.header, "claims": found.claims, "verified": False}, indent=2))


@token.command()
@click.option(
    "-c", "--config", "config", required=True, type=click.Path(path_type=Path), help="The configuration file."
)
@click.option("--route", required=True, help="The route whose verifiers are asked.")
@click.argument("file", type=click.File("rb"), default="-")
def verify(config: Path, route: str, file: Any) -> None:
    """Verify a token from FILE or standard input as a route would, and print the principal. Single-use tokens are not
    used up.
    """
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred

    outcome: list[Any] = []

    async def work() -> None:
        outcome.append(await verified(config, route, file.read().strip(), reactor))

    def begin() -> None:
        task = Deferred.fromCoroutine(work()).addTimeout(VERIFY_DEADLINE, reactor)
        task.addErrback(lambda failure: outcome.append(failure.value))
        task.addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(begin)
    reactor.run()
    if isinstance(outcome[0], BaseException):
        click.echo(str(outcome[0]), err=True)
        sys.exit(1)
    click.echo(json.dumps(outcome[0], indent=2))


async def verified(file: Path, name: str, credential: bytes, reactor: Any) -> dict[str, Any]:
    """The principal's facts. Raises `TokenRejected`, `ConfigError`, `VerifierUnavailable`."""
    from tokengate.service import Parts

    config = load(file, Registry.installed())
    if name not in config.routes:
        raise ConfigError(f"there is no route {name}")
    parts = Parts(config, Registry.installed(), {"state": config.base, "store": _NothingUsed(), "reactor": reactor})
    for verifier in parts.verifiers(config.routes[name]):
        if verifier.recognises(credential):
            verifier.start()
            try:
                principal = await verifier.verify(credential, ConnectionContext(name, "command", "local"))
            finally:
                await verifier.stop()
            return {
                "verifier": principal.verifier,
                "issuer": principal.issuer,
                "subject": principal.subject,
                "groups": sorted(principal.groups),
                "kind": principal.kind.value,
                "token_id": principal.token_id,
                "expires_at": principal.expires_at,
                "claims": dict(principal.claims),
            }
    raise TokenRejected("unrecognised", "no verifier of the route knows this kind of token")


class _NothingUsed:
    """A store in which every token id is new: looking at a token does not use it."""

    async def use_once(self, issuer: str, jti: str, expires_at: float) -> bool:
        return True
