"""`tokengate plugins`: the installed components, and with a name, what can be configured of one."""

from __future__ import annotations

import sys
from enum import Enum
from typing import Any

import attrs
import click
from rich.console import Console
from rich.table import Table

from tokengate.components import KINDS
from tokengate.errors import ConfigError
from tokengate.registry import Registry


@click.command()
@click.argument("name", required=False)
def plugins(name: str | None) -> None:
    """List the installed components; of NAME alone, its options."""
    registry = Registry.installed()
    console = Console()
    shown = 0
    for kind in KINDS:
        for found in registry.names(kind):
            if name in (None, found):
                console.print(f"[bold]{kind} {found}[/bold]: {registry.find(kind, found).description}", highlight=False)
                _options(console, registry, kind, found)
                shown += 1
    for problem in registry.problems:
        click.echo(problem, err=True)
    if not shown:
        click.echo(f"no component {name!r} is installed", err=True)
    if not shown or registry.problems:
        sys.exit(1)


def _options(console: Console, registry: Registry, kind: str, name: str) -> None:
    try:
        fields = attrs.fields(registry.options(kind, name))
    except ConfigError as error:
        click.echo(error.problem, err=True)
        return
    if not fields:
        return
    table = Table("key", "default", "what it is", box=None, pad_edge=True, padding=(0, 2))
    for field in fields:
        table.add_row(field.name.rstrip("_"), _default(field.default), field.metadata.get("help", ""))
    console.print(table)


def _default(default: Any) -> str:
    if default is attrs.NOTHING:
        return "required"
    if isinstance(default, tuple | frozenset | set | list):
        return ", ".join(sorted(map(str, default))) or "none"
    if isinstance(default, Enum):
        return str(default.value)
    return "none" if default in (None, "", {}) else str(default)
