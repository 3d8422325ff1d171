"""`tokengate check -c FILE`: everything that is wrong with a configuration, with its line; nothing is started or
changed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from tokengate.config import Config, ConfigErrors, load
from tokengate.errors import ConfigError
from tokengate.registry import Registry


@click.command()
@click.option("-c", "--config", "file", required=True, type=click.Path(path_type=Path), help="The configuration file.")
def check(file: Path) -> None:
    """Validate a configuration and change nothing. Exits with 1 when something is wrong."""
    registry = Registry.installed()
    try:
        config = load(file, registry)
        problems = component_problems(config, registry)
    except ConfigErrors as error:
        problems = error.problems
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        sys.exit(1)
    _summary(config)


def component_problems(config: Config, registry: Registry) -> list[ConfigError]:
    """What is wrong beyond the file's own text: components that can't be configured, secrets and keys that can't be
    used.
    """
    from twisted.internet import reactor  # here: `load` needs none

    from tokengate.service import Parts
    from tokengate.store.sqlite import SqliteStore

    state = config.base / config.gateway.state
    shared = {"state": state, "store": SqliteStore(state, reactor), "reactor": reactor}
    parts = Parts(config, registry, shared)
    problems: list[ConfigError] = []

    def attempt(work: Any, *arguments: Any) -> None:
        try:
            work(*arguments)
        except ConfigError as error:
            if str(error) not in map(str, problems):
                problems.append(error)

    for kind, name in config.components:
        attempt(parts.get, kind, name)
    for route in config.routes.values():
        for work in (parts.secret, parts.tls, parts.protocol):
            attempt(work, route)
    return problems


def _summary(config: Config) -> None:
    from tokengate.protocols.postgres.rows import ENGINE  # the only protocol that has one

    table = Table("route", "protocol", "listens on", "upstream", "verify", "enforce", "mask", "record")
    for name, route in config.routes.items():
        options = route.options
        lists = (", ".join(names) for names in (options.verify, options.enforce, options.mask, options.record))
        table.add_row(name, options.protocol, str(options.listen), _where(options.upstream), *lists)
    console = Console()
    console.print(table)
    console.print(f"{config.file} is valid. Row engine: {ENGINE}.", highlight=False)


def _where(endpoint: Any) -> str:
    return f"unix:{endpoint.path}" if endpoint.kind == "unix" else f"tcp:{endpoint.host}:{endpoint.port}"
