"""The `tokengate` command: each subcommand in a module of its own, imported when it is asked for."""

from __future__ import annotations

from importlib import import_module

import click

from tokengate import __version__

COMMANDS = {
    "check": ("tokengate.cli.check", "Validate a configuration and change nothing."),
    "plugins": ("tokengate.cli.plugins", "List the installed components and their options."),
    "explain": ("tokengate.cli.explain", "Say what would happen to a statement, and why."),
    "approvals": ("tokengate.cli.approvals", "List and decide what waits for approval."),
    "revoke": ("tokengate.cli.revocations", "Revoke a token or a subject."),
    "revocations": ("tokengate.cli.revocations", "List what is revoked."),
    "sessions": ("tokengate.cli.sessions", "List, show, replay and verify recordings."),
    "token": ("tokengate.cli.token", "Make, inspect and verify tokens."),
    "demo": ("tokengate.demo.command", "Run the whole thing on embedded defaults."),
}
"""Subcommand -> its module, which has a click command of that name, and its help line."""


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[name][0]), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=_Lazy)
@click.version_option(__version__, prog_name="tokengate")
def main() -> None:
    """Let workloads reach their targets with tokens instead of credentials.

    The gateway itself runs as: twistd tokengate -c gateway.ini
    """
