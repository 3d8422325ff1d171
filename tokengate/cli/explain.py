"""`tokengate explain`: what would happen to a statement, on which route, for whom, and why; nothing is executed."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tokengate.cli.approvals import config_option
from tokengate.cli.sessions import plain
from tokengate.config import Config, load
from tokengate.errors import ConfigError, TokenRejected, UpstreamError
from tokengate.registry import Registry

COLOURS = {"allow": "green", "deny": "red", "hold": "yellow"}


@click.command()
@config_option
@click.option("--route", required=True, help="The route it would be sent to.")
@click.option(
    "--as", "claims", required=True, type=click.File(), help="The token's claims, a JSON object; - for stdin."
)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.argument("text")
def explain(file: Path, route: str, claims: Any, as_json: bool, text: str) -> None:
    """Say what would happen to TEXT: its facts, every rule's verdict, each column's lineage and mask.

    The route's target is asked for its catalogue and what the statement's result looks like. Exits with 2 when the
    statement would be refused, with 3 when it would wait for approval.
    """
    registry = Registry.installed()
    try:
        config = load(file, registry)
        assumed = json.load(claims)
    except (ConfigError, json.JSONDecodeError) as error:
        raise click.ClickException(str(error)) from error
    if route not in config.routes:
        raise click.ClickException(f"there is no section [route:{route}]")
    if not isinstance(assumed, dict):
        raise click.ClickException("the claims are no JSON object")
    found = _run(config, registry, route, assumed, text)
    if as_json:
        click.echo(json.dumps(found))
    else:
        _show(found, Console())
    sys.exit({"deny": 2, "hold": 3}.get(found["outcome"], 0))


def _run(config: Config, registry: Registry, name: str, claims: dict[str, Any], text: str) -> dict[str, Any]:
    """The explanation, from a reactor that runs just for it."""
    from twisted.internet import reactor  # here: other commands need none
    from twisted.internet.defer import Deferred

    answers: list[Any] = []

    async def work() -> None:
        with tempfile.TemporaryDirectory() as state:  # keys that are only needed to mask are made there
            answers.append(await _explanation(config, registry, name, claims, text, Path(state)))

    def start() -> None:
        Deferred.fromCoroutine(work()).addErrback(lambda failure: answers.append(failure.value)).addBoth(
            lambda _: reactor.callLater(0, reactor.stop)
        )

    reactor.callWhenRunning(start)
    reactor.run()
    match answers[0]:
        case dict() as found:
            return found
        case TokenRejected(reason=reason, detail=detail):
            raise click.ClickException(f"a token with these claims is refused: {reason} {detail}".rstrip())
        case ConfigError() | UpstreamError() as error:
            raise click.ClickException(str(error))
        case error:
            raise error


async def _explanation(
    config: Config, registry: Registry, name: str, claims: dict[str, Any], text: str, state: Path
) -> dict[str, Any]:
    from twisted.internet import reactor

    from tokengate.service import Parts
    from tokengate.session.route import Route
    from tokengate.store.records import Revocations
    from tokengate.store.sqlite import SqliteStore

    parts = Parts(config, registry, {"state": state, "store": SqliteStore(state, reactor), "reactor": reactor})
    chosen = config.routes[name]
    route = Route(
        config=chosen,
        tools=parts.tools(name),
        policy=parts.policy(chosen),
        verifiers=parts.verifiers(chosen),
        recorder=None,
        holds=None,
        secret=parts.secret(chosen),
        tls=None,
        revocations=Revocations.none,
    )
    protocol = parts.protocol(chosen)
    try:
        found: dict[str, Any] = await protocol.explain(route, route.assume(claims), text)
    finally:
        await protocol.stop()
    return found


def _show(found: dict[str, Any], console: Console) -> None:
    outcome = Text(found["outcome"], COLOURS[found["outcome"]])
    console.print(outcome, Text(f"by {plain(found['by'])}" if found["by"] else ""))
    for statement in found["statements"]:
        console.print()
        for key, value in statement.items():
            shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            console.print(Text(f"  {key:<11}{plain(shown)}"))
    for title, verdicts in (("verdicts", found["verdicts"]), ("in shadow mode", found["shadow"])):
        if verdicts:
            table = Table("section", "verdict", "rule", "reason", title=title)
            for one in verdicts:
                cells = (Text(plain(one[key])) for key in ("rule", "reason"))
                table.add_row(Text(one["section"]), Text(one["verdict"], COLOURS[one["verdict"]]), *cells)
            console.print(table)
    if found["columns"]:
        table = Table("column", "type", "descends from", "mask", title="result")
        for one in found["columns"]:
            masks = ", ".join(f"{mask} ({section})" for section, mask in one["masks"].items())
            table.add_row(*(Text(plain(cell)) for cell in (one["name"], one["type"], _descent(one), masks)))
        console.print(table)


def _descent(column: dict[str, Any]) -> str:
    parts = [*column["exact"], *(f"computed from {origin}" for origin in column["computed"])]
    if column["unknown"]:
        parts.append(f"anything: {column['unknown']}")
    return "\n".join(parts)
