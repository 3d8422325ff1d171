"""`tokengate demo`: the main job, end to end, on embedded defaults, saying what it does."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import click

from tokengate.demo.issuer import CLIENTS
from tokengate.demo.stage import Stage, stage

APPROVAL_DEADLINE = 20.0


@click.command()
@click.option("--keep", is_flag=True, help="Leave the gateway running afterwards, until Ctrl-C.")
def demo(keep: bool) -> None:
    """Run the whole thing on embedded defaults: a CI job behind the gateway, from its token to its verified
    recording.
    """
    with tempfile.TemporaryDirectory(prefix="tokengate-demo-") as folder:
        say("Starting an embedded PostgreSQL, an OpenID issuer and the gateway")
        with stage(Path(folder)) as running:
            token = get_token(running)
            asyncio.run(job(running, token))
            audit(running)
            if keep:
                stay(running, token)
    say("Done")


def say(text: str) -> None:
    """A headline."""
    click.secho(f"\n── {text}", bold=True)


def show(text: str) -> None:
    """What happened."""
    click.echo("   " + text.replace("\n", "\n   "))


def get_token(running: Stage) -> str:
    """The CI job's short-lived token, from the issuer's token endpoint."""
    say("The CI job asks its issuer for a token; it has no database password")
    form = {
        "grant_type": "client_credentials",
        "client_id": "ci-job",
        "client_secret": CLIENTS["ci-job"],
        "repository": "acme/shop",
    }
    url = f"http://127.0.0.1:{running.issuer}/token"
    with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode()) as answer:
        token: str = json.load(answer)["access_token"]
    show(f"a JWT of {len(token)} characters, {token[:20]}…, good for ten minutes")
    return token


async def job(running: Stage, token: str) -> None:
    """What the CI job does, with asyncpg as it comes."""
    import asyncpg

    say("It connects with a stock driver over TLS, the token as its password")
    context = ssl.create_default_context(cafile=str(running.folder / "ca.crt"))
    connection = await asyncpg.connect(
        host="localhost", port=running.gateway, user="ci", password=token, database="postgres", ssl=context
    )
    try:
        await read(connection)
        await drop(connection, asyncpg.InsufficientPrivilegeError)
        await update(running, connection)
    finally:
        await connection.close()


async def read(connection: Any) -> None:
    """Masked rows."""
    query = "select id, name, email, ssn, card, balance from app.customers order by id"
    say(query)
    for row in await connection.fetch(query):
        show("  ".join(str(value) for value in row))
    query = "select upper(email) as e, 'card: ' || card as c from app.customers where id = $1"
    say(query + " -- masked values can't be talked out")
    for row in await connection.fetch(query, 1):
        show("  ".join(str(value) for value in row))
    token = await connection.fetchval("select ssn from app.customers where id = $1", 2)
    query = "select id, name from app.customers where ssn = $1"
    say(f"{query} -- {token}: the token that was shown finds its row")
    for row in await connection.fetch(query, token):
        show("  ".join(str(value) for value in row))


async def drop(connection: Any, refused: type[Exception]) -> None:
    """A refused statement; the session goes on."""
    say("drop table app.customers")
    try:
        await connection.execute("drop table app.customers")
    except refused as error:
        show(f"ERROR {error.sqlstate}: {error}")  # type: ignore[attr-defined]  # asyncpg's field
    else:
        raise SystemExit("the DROP was not refused")
    count = await connection.fetchval("select count(*) from app.customers")
    show(f"the session goes on: select count(*) from app.customers = {count}")


async def update(running: Stage, connection: Any) -> None:
    """A held statement, approved by somebody else in another process."""
    query = "update app.orders set status = 'shipped' where id = $1"
    say(query + " -- held until a person approves it")
    connection.add_log_listener(lambda _, notice: show(f"NOTICE: {notice.message}\n{notice.detail}"))
    held = asyncio.create_task(connection.execute(query, 2))
    approval = await pending(running)
    show(f"in another process: tokengate approvals approve {approval}")
    show((await tokengate(running, "approvals", "approve", approval, "--reason", "looks right")).strip())
    show(f"the same connection goes on: {await held}")


async def pending(running: Stage) -> str:
    """The id of the hold that is waiting."""
    for _ in range(int(APPROVAL_DEADLINE / 0.1)):
        waiting = json.loads(await tokengate(running, "approvals", "list", "--json"))
        if waiting:
            return str(waiting[0]["id"])
        await asyncio.sleep(0.1)
    raise SystemExit("no approval was asked for")


async def tokengate(running: Stage, *arguments: str) -> str:
    """What the `tokengate` command prints, in a process of its own. Ends the demonstration when it fails."""
    return await asyncio.to_thread(command, running, *arguments)


def command(running: Stage, *arguments: str) -> str:
    """The same, waiting for it."""
    program = str(Path(sys.executable).with_name("tokengate"))
    done = subprocess.run(
        [program, *arguments, "-c", str(running.config)], capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode:
        raise SystemExit(f"tokengate {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def audit(running: Stage) -> None:
    """The recording: listed, replayed, verified."""
    say("tokengate sessions list")
    show(command(running, "sessions", "list"))
    session = json.loads(command(running, "sessions", "list", "--json"))[0]["session"]
    say(f"tokengate sessions replay {session}")
    show(command(running, "sessions", "replay", session, "--no-wait"))
    say("tokengate sessions verify")
    show(command(running, "sessions", "verify"))


def stay(running: Stage, token: str) -> None:
    """Leave everything running for a person to try."""
    say("The gateway stays up until Ctrl-C. Try, with any PostgreSQL client:")
    show(f"export PGPASSWORD={token}")
    where = f"host=localhost port={running.gateway} user=ci dbname=postgres"
    show(f"psql '{where} sslmode=verify-full sslrootcert={running.folder}/ca.crt'")
    show(f"tokengate approvals list -c {running.config}")
    show(f"curl http://127.0.0.1:{running.admin}/metrics")
    try:
        while True:
            input()
    except (KeyboardInterrupt, EOFError):
        click.echo()
