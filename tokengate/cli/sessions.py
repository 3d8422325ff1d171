"""`tokengate sessions`: recordings, for people and for scripts. Nothing recorded is printed as a terminal would obey
it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tokengate.config import load
from tokengate.errors import ConfigError
from tokengate.record.asciicast import asciicast, terminals
from tokengate.record.screen import Screen
from tokengate.record.signing import PUBLIC_FILE, load_public
from tokengate.record.verify import contents, verify_folder, verify_recording
from tokengate.registry import Registry

LONGEST_PAUSE = 2.0
"""Seconds of a replayed pause at the most: nobody watches an idle session."""


@click.group()
def sessions() -> None:
    """List, show, replay, export and verify recordings."""


def _folder(function: Any) -> Any:
    config = click.option("-c", "--config", type=click.Path(path_type=Path), help="The configuration file.")
    path = click.option("--path", type=click.Path(path_type=Path, exists=True), help="The recordings' folder instead.")
    return config(path(function))


def _find(config: Path | None, path: Path | None) -> Path:
    """The recordings' folder: given, or the configuration's first recorder's."""
    if path is not None:
        return path
    if config is None:
        raise click.UsageError("which recordings? -c FILE or --path FOLDER")
    try:
        loaded = load(config, Registry.installed())
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    for (kind, _), section in loaded.components.items():
        if kind == "recorder" and hasattr(section.options, "path"):
            return loaded.base / str(section.options.path)
    raise click.ClickException("the configuration has no recorder with a folder")


def summary(path: Path) -> dict[str, Any]:
    """A recording's facts in a line: who, where, how much, how it ended. A broken one says so in "reason"."""
    found: dict[str, Any] = {
        "session": path.stem,
        "at": path.stat().st_mtime,
        "identity": "?",
        "route": "?",
        "client": "?",
    }
    found |= {"actions": 0, "denied": 0, "outcome": "open", "reason": "", "file": str(path)}
    try:
        for line in contents(path):
            match line["kind"]:
                case "start":
                    principal = line["principal"]
                    found |= {"at": line["at"], "identity": f"{principal['subject']}@{principal['issuer']}"}
                    found |= {"route": line["route"], "client": line["client"]}
                case "action":
                    found["actions"] += 1
                    found["denied"] += line["verdict"] == "deny"
                case "end":
                    found["reason"] = line["reason"]
                case "footer":
                    found["outcome"] = line["outcome"]
                case _:
                    pass
    except (ValueError, KeyError, TypeError) as error:
        found |= {"outcome": "broken", "reason": str(error)}
    return found


@sessions.command("list")
@_folder
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def list_(config: Path | None, path: Path | None, as_json: bool) -> None:
    """List the recordings, newest first."""
    found = [summary(file) for file in _find(config, path).glob("*/*.ndjson")]
    found.sort(key=lambda one: str(one["session"]), reverse=True)
    if as_json:
        click.echo(json.dumps(found))
        return
    table = Table("time", "session", "identity", "route", "actions", "denied", "ended")
    for one in found:
        ended = one["reason"] if one["outcome"] == "closed" else f"{one['outcome']} {one['reason']}"
        cells = (_when(one["at"]), one["session"], one["identity"], one["route"], one["actions"], one["denied"], ended)
        table.add_row(*(Text(plain(str(cell))) for cell in cells))
    Console().print(table)


def _recording(config: Path | None, path: Path | None, session: str) -> Path:
    if not session.isalnum():
        raise click.ClickException("that is no session's id")
    for file in _find(config, path).glob(f"*/{session}.ndjson"):
        return file
    raise click.ClickException(f"there is no recording of session {session}")


@sessions.command()
@_folder
@click.argument("session")
@click.option("--json", "as_json", is_flag=True, help="Every line, as JSON.")
def show(config: Path | None, path: Path | None, session: str, as_json: bool) -> None:
    """Show a session: who it was, what it asked for, what came of it."""
    file = _recording(config, path, session)
    try:
        for line in contents(file):
            if as_json:
                click.echo(json.dumps(line))
            elif text := told(line):
                click.echo(f"{_when(line['at'])}  {text}")
    except ValueError as error:
        click.echo(f"the recording is broken: {error}", err=True)
        sys.exit(1)


@sessions.command()
@_folder
@click.argument("session")
@click.option("--speed", type=click.FloatRange(0.01, 1000), default=1.0, show_default=True, help="Times real time.")
@click.option("--no-wait", is_flag=True, help="All at once.")
@click.option("--channel", type=int, help="Only the terminal of this channel.")
def replay(
    config: Path | None, path: Path | None, session: str, speed: float, no_wait: bool, channel: int | None
) -> None:
    """Replay a session as it happened: what was asked for, and what its terminals showed."""
    file = _recording(config, path, session)
    screens: dict[int, Screen] = {}
    began = before = None
    try:
        for line in contents(file):
            began = began if began is not None else line["at"]
            if before is not None and not no_wait:
                time.sleep(min(LONGEST_PAUSE, max(0.0, (line["at"] - before) / speed)))
            before = line["at"]
            if line["kind"] == "output":
                if channel in (None, line["channel"]):
                    screen = screens.setdefault(line["channel"], Screen())
                    click.echo(screen.show(line["data"]), nl=False)
            elif channel is None and (text := told(line)):
                click.echo(f"{line['at'] - began:9.3f}s  {text}")
    except ValueError as error:
        click.echo(f"the recording is broken: {error}", err=True)
        sys.exit(1)


@sessions.command()
@_folder
@click.argument("session")
@click.option("--format", "form", type=click.Choice(["asciicast"]), default="asciicast", help="What it becomes.")
@click.option("--channel", type=int, help="The terminal's channel, where there are several.")
def export(config: Path | None, path: Path | None, session: str, form: str, channel: int | None) -> None:
    """Export the terminal of a session, for asciinema and its players."""
    file = _recording(config, path, session)
    try:
        found = terminals(contents(file))
        if channel is None and len(found) != 1:
            listed = ", ".join(map(str, found)) or "none"
            raise click.ClickException(f"which terminal? --channel N; there are: {listed}")
        for line in asciicast(contents(file), found[0] if channel is None else channel):
            click.echo(line)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


@sessions.command()
@_folder
@click.argument("session", required=False)
@click.option("--key", type=click.Path(path_type=Path, exists=True), help="The public key, if not the folder's own.")
def verify(config: Path | None, path: Path | None, session: str | None, key: Path | None) -> None:
    """Verify SESSION, or every recording against the ledger. Exits with 1 when anything is not as it was written."""
    folder = _find(config, path)
    try:
        public = load_public(key or folder / PUBLIC_FILE)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    reports = (
        verify_folder(folder, public)
        if session is None
        else [verify_recording(_recording(config, path, session), public)]
    )
    for report in reports:
        click.echo(f"{'BROKEN' if report.problem else 'ok':6}  {report.file}  " + (report.problem or _how(report)))
    broken = sum(bool(report.problem) for report in reports)
    click.echo(f"{len(reports) - broken} verified, {broken} broken")
    sys.exit(1 if broken else 0)


def _how(report: Any) -> str:
    return f"{report.lines} lines" + (f", {report.outcome}" if report.outcome else "")


def told(line: dict[str, Any]) -> str:
    """One line of a recording as a sentence, "" for those that say nothing to people."""
    match line["kind"]:
        case "start":
            principal = line["principal"]
            text = f"{principal['subject']}@{principal['issuer']} from {line['client']} on route {line['route']}"
        case "action":
            rule = f" ({line['rule']})" if line.get("rule") else ""
            reason = f": {line['reason']}" if line.get("reason") else ""
            text = f"#{line['n']} {line['verdict'].upper()}{rule}{reason}  {line['text']}"
        case "hold":
            text = f"#{line['n']} approval {line['approval']} {line['outcome']} after {line['waited_ms'] / 1000:.1f}s"
            text += f" ({line['rule']})" if line.get("rule") else ""
        case "result":
            text = f"#{line['n']} {line['outcome']} {line['tag'] or line.get('code', '')}"
            text += f", {line['rows']} rows, {line['bytes']} bytes, {line['masked']} cells masked, {line['ms']} ms"
        case "terminal" | "resize":
            text = f"channel {line['channel']}: a terminal of {line['columns']}x{line['rows']}"
        case "notice":
            text = f"channel {line['channel']}: {line['what']} {line['text']}"
        case "end":
            text = f"ended: {line['reason']}" + (f" ({line['detail']})" if line.get("detail") else "")
        case "footer":
            text = f"footer: {line['outcome']}, signed"
        case _:
            return ""
    return plain(text)


def plain(text: str) -> str:
    """Text without anything a terminal would obey: control characters become visible."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] if c not in "\n\t" else " " for c in text)


def _when(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))
