"""The enforcer `shell`: what exec commands and SFTP operations do, against lists of programs, paths and constructs."""

from __future__ import annotations

from typing import Any

from attrs import frozen
from zope.interface import implementer

from tokengate.components import option
from tokengate.convert import duration, names, one_of
from tokengate.enforce.commands import Effects, Item, items, of_command, of_operation, uncovered
from tokengate.errors import ConfigError
from tokengate.interfaces import IEnforcer
from tokengate.session.session import Session
from tokengate.shell.facts import ShellFacts
from tokengate.values import ALLOW, Action, Deny, Hold, Request, Verdict


@frozen
class Options:
    """The keys of a section with `use = shell`."""

    deny: tuple[Item, ...] = option("programs, paths and constructs that are refused", default=(), convert=items)
    allow: tuple[Item, ...] = option("those that alone are allowed, when given", default=(), convert=items)
    hold: tuple[Item, ...] = option("those that wait for approval", default=(), convert=items)
    hold_timeout: float = option("how long they wait", default=900.0, convert=duration)
    approvers: tuple[str, ...] = option(
        "groups or subjects who may approve; none: anybody else", default=(), convert=names
    )
    interactive: str = option(
        "a shell without a command: allow, deny or hold", default="deny", convert=one_of("allow", "deny", "hold")
    )
    hint: str = option("what a refused client is told to do", default="")


@implementer(IEnforcer)
@frozen(eq=False)
class Shell:
    """Judges by the command's facts, or the operation's paths, alone. `name`: its section's."""

    name: str
    options: Options
    constant: bool = True

    def judge(self, request: Request, session: Session) -> Verdict:
        """See `IEnforcer`. Anything that is no command, shell or file operation is refused."""
        action = request.action
        if action.verb == "shell" and action.facts is None:
            return self._interactive()
        if isinstance(action.facts, ShellFacts) and action.facts.error:
            why = f"{action.facts.error}, at byte {action.facts.error_position}"
            return Deny(f"the command is not understood: {why}", self.name, self.options.hint)
        effects = _effects(action)
        if effects is None:
            return Deny("this is no shell command and no file operation", self.name)
        return self._judge(effects)

    def _interactive(self) -> Verdict:
        match self.options.interactive:
            case "allow":
                return ALLOW
            case "hold":
                return self._hold("an interactive shell", "interactive")
            case _:
                return Deny("an interactive shell is not allowed here", f"{self.name}: interactive", self.options.hint)

    def _judge(self, effects: Effects) -> Verdict:
        options = self.options
        for item in options.deny:
            if item.matches(effects):
                return Deny(f"{item} is not allowed here", f"{self.name}: deny {item}", options.hint)
        if options.allow:
            effect = uncovered(effects, options.allow)
            if effect:
                return Deny(f"{effect} is not allowed here", f"{self.name}: allow", options.hint)
        for item in options.hold:
            if item.matches(effects):
                return self._hold(str(item), f"hold {item}")
        return ALLOW

    def _hold(self, what: str, rule: str) -> Hold:
        options = self.options
        return Hold(
            f"{what} needs approval", f"{self.name}: {rule}", options.hold_timeout, frozenset(options.approvers)
        )


def _effects(action: Action) -> Effects | None:
    """What rules are about; None where they have no words for it."""
    if isinstance(action.facts, ShellFacts):
        return of_command(action.facts)
    return of_operation(action) if action.verb == "sftp" else None


def configure(options: Options, tools: Any) -> Shell:
    """The enforcer. Raises `ConfigError` when it would do nothing."""
    if not (options.deny or options.allow or options.hold) and options.interactive == "allow":
        raise ConfigError("a shell enforcer needs deny, allow or hold, or an interactive that isn't allow")
    return Shell(tools.section, options)
