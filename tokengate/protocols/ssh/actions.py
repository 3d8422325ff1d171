"""What a client asks for over SSH, as the Actions that enforcers judge and recorders keep.

Made by `program`, `forward`, `globals` and `sftp`; one Action a request. Verbs: "exec", "shell", "direct-tcpip",
"tcpip-forward", "forwarded-tcpip", "sftp" for a file operation, and the names of requests that are refused. The
categories of a file operation are what it does: "read", "write", "delete", "rename", "link", "attributes", "list"; of
the others "shell", "forward", "request", and of a command what `tokengate.shell.action` says.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from tokengate.shell.action import to_action
from tokengate.values import Access, Action, Deny, Ticket

PROTOCOL = "ssh"

LONGEST_COMMAND = 128 * 1024
"""Bytes of a command: what one argument of a program may be on Linux."""

INTERACTIVE = "(interactive shell)"


def command(raw: bytes) -> tuple[Action, Deny | None]:
    """The execution of a command, and the gateway's own refusal of one that nobody could read as it will be run."""
    if len(raw) > LONGEST_COMMAND:
        return other(b"exec", shown(raw[:LONGEST_COMMAND])), Deny("the command is too long", "gateway")
    refusal = None if readable(raw, "\n\t") else Deny("the command is no readable text", "gateway")
    return to_action(raw, PROTOCOL), refusal


def shell() -> Action:
    """An interactive shell."""
    return Action(PROTOCOL, "shell", INTERACTIVE, frozenset({"shell"}))


def forward(verb: str, host: bytes, port: int, origin: str = "") -> Action:
    """A connection that the target makes for the client ("direct-tcpip"), or takes ("forwarded-tcpip"), or is to take
    from now on ("tcpip-forward").
    """
    where = f"{shown(host)}:{port}"
    access = Access("write" if verb == "direct-tcpip" else "read", "address", where)
    return Action(PROTOCOL, verb, where + origin, frozenset({"forward"}), (access,))


def other(verb: bytes, detail: str = "") -> Action:
    """A request that no policy is asked about, for the record."""
    return Action(PROTOCOL, shown(verb[:64]), detail, frozenset({"request"}))


def file(operation: str, effects: Iterable[str], paths: Iterable[tuple[Iterable[str], str]], leads: str = "") -> Action:
    """A file operation. `paths`: with each its modes, "read" or "write"; `leads`: what a new link says."""
    listed = [(tuple(modes), path) for modes, path in paths]
    accesses = tuple(Access(mode, "path", path) for modes, path in listed for mode in modes)  # type: ignore[arg-type]  # one of its words
    text = " ".join((operation, *(shlex.quote(path) for _, path in listed)))
    return Action(PROTOCOL, "sftp", f"{text} to {shlex.quote(leads)}" if leads else text, frozenset(effects), accesses)


def waiting(ticket: Ticket) -> str:
    """What a client is told of a request that is held."""
    where = f" at {ticket.url}" if ticket.url else ""
    return f"waiting for approval {ticket.id}{where}: {ticket.why}"


def shown(raw: bytes) -> str:
    """Bytes as text: what is no UTF-8 as escapes."""
    return raw.decode("utf-8", "backslashreplace")


def readable(raw: bytes, besides: str = "") -> bool:
    """Whether everybody reads it as it is: UTF-8 without what is invisible and control characters `besides` these."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return False
    return all(char.isprintable() or char in besides for char in text)
