"""`tokengate revoke` and `tokengate revocations`: what no session may go on with, from the next second on."""

from __future__ import annotations

import getpass
import json
import time
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tokengate.cli.approvals import config_option, opened
from tokengate.cli.sessions import plain
from tokengate.store import standing
from tokengate.store.records import REVOCATION_KINDS, Revocation


@click.command()
@config_option
@click.argument("kind", type=click.Choice(REVOCATION_KINDS))
@click.argument("value")
@click.option("--issuer", default="", help="Only this issuer's; for a token's id or a subject.")
@click.option("--hours", type=click.FloatRange(min=0, min_open=True), help="For so long; for good by default.")
@click.option("--reason", default="", help="Kept with it.")
@click.option("--undo", is_flag=True, help="Take the revocation back.")
def revoke(file: Path, kind: str, value: str, issuer: str, hours: float | None, reason: str, undo: bool) -> None:
    """Revoke a token (by its id or digest), a subject or an issuer. Running sessions end at their next statement."""
    until = None if hours is None else time.time() + hours * 3600
    what = Revocation(kind, value, issuer, until, getpass.getuser(), time.time(), reason)  # type: ignore[arg-type]  # one of the choices
    with opened(file) as (_, database):
        if undo:
            if not database.write(standing.restore, what):
                raise click.ClickException("nothing of the kind is revoked")
        else:
            database.write(standing.revoke, what)
    click.echo(f"{kind} {value} {'restored' if undo else 'revoked'}")


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def revocations(file: Path, as_json: bool) -> None:
    """List what is revoked."""
    with opened(file) as (_, database):
        found = database.read(standing.revoked, time.time())
    if as_json:
        rows = [{"kind": r.kind, "value": r.value, "issuer": r.issuer, "until": r.until, "by": r.by} for r in found]
        click.echo(json.dumps(rows))
        return
    table = Table("kind", "value", "issuer", "until", "by", "reason")
    for one in found:
        until = "for good" if one.until is None else time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(one.until))
        table.add_row(*(Text(plain(cell)) for cell in (one.kind, one.value, one.issuer, until, one.by, one.reason)))
    Console().print(table)
