"""Which search_path may be in force in a session, as far as that can be told from what passes. Pure.

Part of `namespace`. A SET may fail, or be undone by a rollback to any savepoint, and a function may hide one. So all
paths that may be in force are kept together, and they become one only where nothing else is possible: after a SET that
succeeded alone outside of any transaction, or when the server reports the setting (since PostgreSQL 18).
"""

from __future__ import annotations

from typing import Any

from attrs import define, field

from tokengate.sql.facts import Setting, Statement

MAX_POSSIBLE = 16
"""Paths that may be in force before it is left open which: a longer list would tell hardly more than none."""

MAX_NAME = 63
"""Bytes of a name (NAMEDATALEN - 1); the server cuts longer ones."""

_SPACE = " \t\n\r\f"
"""scanner_isspace, but for the vertical tab: it is one of them since PostgreSQL 16."""

_ELSEWHERE = frozenset({"alter_system", "alter_role_set", "alter_database_set", "create_function", "alter_function"})
"""Kinds of statement whose settings are not the session's."""

Path = tuple[str, ...]
"""Schemas in order."""


@define
class SearchPaths:
    """The paths of one session; `user`: whose schema "$user" is. `possible` has None for the one that it began with;
    it is None itself while any may be in force.
    """

    user: str
    possible: frozenset[Path | None] | None = frozenset({None})
    _other: bool = field(default=False, init=False)
    _resolved: tuple[Any, ...] | None = field(default=None, init=False)

    def resolved(self, began: frozenset[Path]) -> frozenset[Path] | None:
        """The paths that may be in force; None: any. `began`: those the session may have begun with, none: any."""
        if self.possible is None or self._other:
            return None
        known = self._resolved  # asked before every question, and nearly always the same
        if known is None or known[0] is not self.possible or known[1] is not began:
            named = frozenset(path for path in self.possible if path is not None)
            paths = named if None not in self.possible else named | began if began else None
            known = self._resolved = self.possible, began, paths
        found: frozenset[Path] | None = known[2]
        return found

    def announce(self, statement: Statement) -> None:
        """This statement is about to run: it may succeed."""
        if statement.kind in _ELSEWHERE:
            return
        for setting in statement.settings:
            if setting.name in ("role", "session_authorization", "*"):
                self._other = True
            if setting.name == "*":
                self.doubt()
            elif setting.name in ("search_path", "all"):
                self._add(self._meant(setting))

    def doubt(self) -> None:
        """Something runs that may set it to anything."""
        self.possible = None

    def settle(self, statement: Statement) -> None:
        """This statement succeeded, alone and outside of any transaction, and nothing was sent behind it."""
        if statement.kind == "discard" and statement.settings:
            self._other = False
        elif statement.kind != "variable_set":
            return
        for setting in statement.settings:
            if setting.name in ("search_path", "all") and not setting.local:
                meant = self._meant(setting)
                self.possible = None if meant is _UNKNOWN else frozenset({meant})

    def report(self, text: str) -> None:
        """The server says what it is, outside of any transaction."""
        path = self.read(text)
        self.possible = None if path is None else frozenset({path})

    def read(self, text: str) -> Path | None:
        """The schemas that a setting's text names for this session; None where that can't be told."""
        names = split_identifiers(text)
        return None if names is None else tuple(self.user if name == "$user" else name for name in names)

    def _meant(self, setting: Setting) -> Path | None:
        """What a setting makes it: None what the session began with, `_UNKNOWN` anything."""
        if setting.value is None:
            return None if setting.known else _UNKNOWN
        path = self.read(setting.value) if setting.known else None
        return _UNKNOWN if path is None else path

    def _add(self, path: Path | None) -> None:
        if path is _UNKNOWN or self.possible is None or len(self.possible) >= MAX_POSSIBLE:
            self.doubt()
        else:
            self.possible |= {path}


_UNKNOWN: Path = ("\0",)
"""What can be no path: no text holds that."""


def split_identifiers(text: str) -> Path | None:
    """The names in a list of identifiers, as the server's SplitIdentifierString reads it; None where it would not, or
    where what it reads depends on its locale.
    """
    names: list[str] = []
    rest = text.strip(_SPACE)
    if not rest:
        return ()
    if "\v" in rest:
        return None
    while True:
        found = _quoted(rest) if rest.startswith('"') else _plain(rest)
        if found is None:
            return None
        name, rest = found[0], found[1].lstrip(_SPACE)
        names.append(name.encode()[:MAX_NAME].decode("utf-8", "ignore"))
        if not rest:
            return tuple(names)
        if not rest.startswith(","):
            return None
        rest = rest[1:].lstrip(_SPACE)


def _quoted(text: str) -> tuple[str, str] | None:
    """A name in double quotes, and what is behind it."""
    end = 1
    while True:
        end = text.find('"', end)
        if end < 0:
            return None
        if text[end + 1 : end + 2] != '"':
            name = text[1:end].replace('""', '"')
            return name, text[end + 1 :]
        end += 2


def _plain(text: str) -> tuple[str, str] | None:
    """A name without quotes, in lower case, and what is behind it."""
    end = next((at for at, character in enumerate(text) if character in f",{_SPACE}"), len(text))
    name = text[:end]
    return (name.lower(), text[end:]) if name and name.isascii() else None
