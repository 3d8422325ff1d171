"""From an exec command's raw bytes to its Action: what a protocol asks the session's enforcers about."""

from __future__ import annotations

from tokengate.shell.builtins import rebinds
from tokengate.shell.facts import ShellFacts
from tokengate.shell.posix import analyse
from tokengate.values import Access, Action


def to_action(raw: bytes, protocol: str = "ssh") -> Action:
    """The Action of a command, whose verb is "exec"; never raises.

    `categories`: its constructs, and "read", "write", "assignment", "dynamic", "interpreter"; or "unparsable" alone.
    """
    facts = analyse(raw)
    return Action(protocol, "exec", raw.decode("utf-8", "replace"), _categories(facts), _accesses(facts), facts)


def _categories(facts: ShellFacts) -> frozenset[str]:
    if facts.error:
        return frozenset({"unparsable"})
    found = set(facts.constructs) | {file.mode for file in facts.files}
    for command in facts.commands:
        if command.dynamic or any(map(rebinds, command.assignments)):
            found.add("dynamic")
        if command.interpreter:
            found.add("interpreter")
        if command.assignments:
            found.add("assignment")
    return frozenset(found)


def _accesses(facts: ShellFacts) -> tuple[Access, ...]:
    """Each once, in the order of the text; what is known at run time only as it is written."""
    found = [Access("execute", "program", str(command.program)) for command in facts.commands if command.program]
    found += [Access(file.mode, "path", str(file.path)) for file in facts.files]
    return tuple(dict.fromkeys(found))
