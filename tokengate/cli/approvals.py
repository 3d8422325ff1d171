"""`tokengate approvals`: what waits for a person, decided from another process through the shared store.

Who decides is the operating system's account by default: whoever can write the gateway's private state folder. With a
token file it is the token's principal, verified by the configuration's own verifiers. Nobody decides what they asked
for themselves.
"""

from __future__ import annotations

import getpass
import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tokengate.cli.sessions import plain
from tokengate.config import Config, load
from tokengate.errors import ConfigError, DecisionRefused, StoreError, TokengateError, TokenRejected
from tokengate.registry import Registry
from tokengate.store import held as holds
from tokengate.store.database import Database, path_in
from tokengate.store.records import Approver, HeldAction
from tokengate.values import ConnectionContext

SHOWN_WIDTH = 60


def config_option(function: Any) -> Any:
    """`-c FILE`, required."""
    return click.option(
        "-c", "--config", "file", required=True, type=click.Path(path_type=Path), help="The configuration file."
    )(function)


@contextmanager
def opened(file: Path) -> Iterator[tuple[Config, Database]]:
    """The configuration and its store. Anything wrong with either ends the command with a sentence and exit code 1."""
    try:
        config = load(file, Registry.installed())
        database = Database.open(path_in(config.base / config.gateway.state), create=False)
    except (ConfigError, StoreError) as error:
        raise click.ClickException(str(error)) from error
    try:
        yield config, database
    except (StoreError, DecisionRefused) as error:
        raise click.ClickException(str(error)) from error
    finally:
        database.close()


@click.group()
def approvals() -> None:
    """List and decide what waits for approval."""


@approvals.command("list")
@config_option
@click.option("--all", "everything", is_flag=True, help="Decided ones too.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def list_(file: Path, everything: bool, as_json: bool) -> None:
    """List what waits, newest first."""
    with opened(file) as (_, database):
        found = database.read(holds.latest, not everything, time.time())
    if as_json:
        click.echo(json.dumps([facts(held) for held in found]))
        return
    table = Table("approval", "state", "identity", "route", "statement", "why", "time left")
    for held in found:
        left = f"{max(0, held.expires_at - time.time()):.0f}s" if held.state == "pending" else ""
        cells = (held.id, held.state, held.principal, held.route, _short(held.shown or held.text), held.why, left)
        table.add_row(*(Text(plain(cell)) for cell in cells))
    Console().print(table)


@approvals.command()
@config_option
@click.argument("approval")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def show(file: Path, approval: str, as_json: bool) -> None:
    """Show one, whole."""
    with opened(file) as (_, database):
        held = database.read(holds.get, approval)
    if held is None:
        raise click.ClickException(f"there is no approval {approval}")
    if as_json:
        click.echo(json.dumps(facts(held)))
        return
    for name, value in facts(held).items():
        click.echo(f"{name:10} {plain(str(value))}")


@approvals.command()
@config_option
@click.argument("approval")
@click.option("--reason", default="", help="Kept with the decision.")
@click.option("--token-file", type=click.File("rb"), help="Decide as this token's principal instead of the account.")
def approve(file: Path, approval: str, reason: str, token_file: Any) -> None:
    """Let it happen, once."""
    _decide(file, approval, reason, token_file, approved=True)


@approvals.command()
@config_option
@click.argument("approval")
@click.option("--reason", default="", help="Shown to whoever asked.")
@click.option("--token-file", type=click.File("rb"), help="Decide as this token's principal instead of the account.")
def deny(file: Path, approval: str, reason: str, token_file: Any) -> None:
    """Refuse it."""
    _decide(file, approval, reason, token_file, approved=False)


def _decide(file: Path, approval: str, reason: str, token_file: Any, *, approved: bool) -> None:
    with opened(file) as (config, database):
        approver = account() if token_file is None else holder(config, token_file.read().strip())
        held = database.write(holds.decide, approval, approver, approved, reason, time.time())
    click.echo(f"{held.id} {held.state} by {held.decided_by}")


def account() -> Approver:
    """The operating system's account this command runs as."""
    return Approver.of_account(getpass.getuser(), socket.gethostname())


def holder(config: Config, credential: bytes) -> Approver:
    """The verified holder of a token. Ends the command when no verifier takes it."""
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred

    found: list[Any] = []

    async def work() -> None:
        found.append(await _verified(config, credential, reactor))

    def begin() -> None:
        task = Deferred.fromCoroutine(work())
        task.addErrback(lambda failure: found.append(failure.value))
        task.addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(begin)
    reactor.run()
    if not isinstance(found[0], Approver):
        click.echo(str(found[0]) if isinstance(found[0], TokengateError) else "the token can't be verified", err=True)
        sys.exit(1)
    return found[0]


async def _verified(config: Config, credential: bytes, reactor: Any) -> Approver:
    from tokengate.service import Parts
    from tokengate.store.sqlite import SqliteStore

    state = config.base / config.gateway.state
    store = SqliteStore(state, reactor)
    parts = Parts(config, Registry.installed(), {"state": state, "store": store, "reactor": reactor})
    for kind, name in config.components:
        verifier = parts.get(kind, name) if kind == "verifier" else None
        if verifier is not None and verifier.recognises(credential):
            store.start()
            verifier.start()
            try:
                principal = await verifier.verify(credential, ConnectionContext("", "command", "local"))
                if (await store.revocations()).covers(principal):
                    raise TokenRejected("revoked")
            finally:
                await verifier.stop()
                await store.stop()
            return Approver.of_principal(principal)
    raise TokenRejected("unrecognised")


def facts(held: HeldAction) -> dict[str, Any]:
    """A hold as scripts see it."""
    return {
        "id": held.id,
        "state": held.state,
        "principal": held.principal,
        "groups": sorted(held.groups),
        "token_id": held.token_id,
        "route": held.route,
        "session": held.session,
        "client": held.client,
        "statement": held.shown or held.text,
        "arguments": held.argument_count,
        "rule": held.rule,
        "why": held.why,
        "approvers": sorted(held.approvers),
        "created_at": held.created_at,
        "expires_at": held.expires_at,
        "decided_by": held.decided_by,
        "decided_at": held.decided_at,
        "reason": held.reason,
    }


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= SHOWN_WIDTH else words[: SHOWN_WIDTH - 1] + "…"
