"""The `trust` option: user-defined functions whose administrator vouches that they only compute."""

from __future__ import annotations

from fnmatch import fnmatchcase

from attrs import frozen

from tokengate.sql.facts import Name


@frozen
class Trust:
    """`patterns` are compared with a function's name as the statement writes it, schema included if it has one."""

    patterns: tuple[str, ...] = ()

    def covers(self, function: Name) -> bool:
        """Whether a pattern matches."""
        return any(fnmatchcase(str(function), pattern) for pattern in self.patterns)
