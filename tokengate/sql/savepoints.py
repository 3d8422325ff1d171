"""A transaction's savepoints, and what it had made at each: a rollback to one brings that back.

The protocol notes them in the order in which statements run. A savepoint is good for something only when the server has
confirmed it with nothing else under way; after a rollback to any other nothing is known.
"""

from __future__ import annotations

from tokengate.sql.facts import Statement
from tokengate.sql.made import Made


class Savepoints:
    """What the open transaction had made at each of its savepoints, None where that is not known for sure."""

    def __init__(self) -> None:
        self._kept: list[tuple[str, Made | None]] = []

    def note(self, statement: Statement) -> None:
        """This statement is about to run."""
        match statement.transaction:
            case "savepoint":
                self._kept.append((statement.savepoint, None))
            case "release":
                self._cut(statement.savepoint, keep=0)
            case "rollback_to":
                self._cut(statement.savepoint, keep=1)

    def _cut(self, name: str, *, keep: int) -> None:
        """Forget the newest savepoint of this name, or `keep` it, with all later ones; all where there is none."""
        places = [place for place, (kept, _) in enumerate(self._kept) if kept == name]
        del self._kept[places[-1] + keep if places else 0 :]

    def reached(self, statement: Statement, made: Made) -> Made:
        """What is made after this statement, which has succeeded with nothing sent behind it."""
        if not self._kept:
            return made
        name, saved = self._kept[-1]
        if statement.transaction == "savepoint" and name == statement.savepoint:
            self._kept[-1] = name, made
        if statement.transaction == "rollback_to" and name == statement.savepoint and saved is not None:
            return made.back(saved)
        return made
