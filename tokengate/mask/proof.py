"""The proof that what a statement computes carries no sensitive value. `docs/masking.md` has it in plain words.

A column that the server names a stored origin for needs no proof. For all else a statement is followed by what it
mentions, without following values through it: what mentions nothing sensitive can't carry it. Every question is
answered with the reason why not, "" meaning proved. Anything not understood is a reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from attrs import frozen

from tokengate.mask.functions import Effect, effect
from tokengate.mask.relations import Contents, Relations
from tokengate.mask.trust import Trust
from tokengate.sql.facts import Name, Statement

Mentions = frozenset[tuple[str | None, str]]
"""(qualifier, column) as in `Statement.columns`, "*" being a star or a whole row."""

SYSTEM_COLUMNS = frozenset({"tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"})
"""Columns every table has besides its own."""

QUOTING = frozenset(
    {"transaction", "constraints_set", "index", "reindex", "cluster", "refresh_mat_view", "alter_table", "alter_domain"}
)
"""Kinds of statement that check stored rows, or run what earlier ones deferred: their errors quote what fails."""

NAMING = frozenset({"declare_cursor", "prepare", "deallocate", "close"})
"""Kinds of statement that name a cursor or a prepared statement without running it."""


@frozen(eq=False)
class Subject:
    """One statement, and what the rules and the catalogue say of what it names."""

    statement: Statement
    relations: Relations
    catalogue: Any
    trust: Trust

    @property
    def everything(self) -> Mentions:
        """All it mentions, wherever."""
        statement = self.statement
        stars: Mentions = frozenset({(None, "*")}) if statement.stars or statement.whole_rows else frozenset()
        return statement.columns | (statement.shown or frozenset()) | (statement.stored or frozenset()) | stars

    @property
    def sources(self) -> frozenset[Name]:
        """The relations its values may come from: of what it writes the old rows, unless it makes them."""
        return self.statement.reads | (self.statement.writes - self.statement.defines)

    @property
    def shown(self) -> Mentions:
        """What may reach a result row."""
        return self.everything if self.statement.shown is None else self.statement.shown

    @property
    def stored(self) -> Mentions:
        """What may be written."""
        return self.everything if self.statement.stored is None else self.statement.stored

    def unseen(self) -> str:
        """Why its values may come from elsewhere than the relations and columns it names."""
        reason = self.calls(Effect.REACHES)
        if reason:
            return reason
        for operator in sorted(self.statement.operators):
            schema, _, name = operator.rpartition(".")
            builtin = schema in ("", "pg_catalog") and self.catalogue is not None
            if not builtin or not self.catalogue.is_builtin_operator(name):
                return f"its operator {operator} may be a user's"
        return ""

    def calls(self, *effects: Effect) -> str:
        """What it calls that has one of these effects. Code that can't be seen has them all."""
        if self.statement.dynamic:
            return "it runs code that can't be seen here"
        for function in sorted(self.statement.functions, key=str):
            found = self.effect(function)
            if found in effects:
                return f"it calls the function {function}: {found.value}"
        return ""

    def effect(self, function: Name) -> Effect:
        """What calling a function may do."""
        if self.trust.covers(function):
            return Effect.COMPUTES
        if self.catalogue is None or not self.catalogue.is_builtin(str(function)):
            return Effect.REACHES
        return effect(function.name)

    def carries(self, mentions: Mentions) -> str:
        """Why what these mentions stand for may be sensitive."""
        sensitive: dict[Name, Contents] = {}
        for name in sorted(self.sources, key=str):
            contents = self.relations.contents(name)
            if contents is None:
                return f"{name} is no relation that the gateway knows"
            if contents.sensitive:
                sensitive[name] = contents
        for call, _ in self.row_calls(mentions):
            return f"it may call the function {call} on a whole row"
        return self._names(mentions, sensitive) if sensitive else ""

    def row_calls(self, mentions: Mentions) -> Iterator[tuple[str, Contents | None]]:
        """The mentions that are no known column and so may call a function on a whole row, by the function's name, with
        the row's relation. PostgreSQL reads `c.f` as `f(c)` where c has no column f.
        """
        for qualifier, column in sorted(mentions, key=str):
            if qualifier is None or column == "*":
                continue
            if qualifier == "" and (None, "*") in self.everything:
                yield column, None
            for name in self._stands_for(qualifier) if qualifier else ():
                contents = None if name is None else self.relations.contents(name)
                if name is not None and (contents is None or column not in contents.columns | SYSTEM_COLUMNS):
                    yield column, contents

    def _names(self, mentions: Mentions, sensitive: dict[Name, Contents]) -> str:
        """Why a mention may be a column of these relations that is sensitive."""
        if self.statement.aliased:
            return "an alias renames columns"
        for name, contents in sensitive.items():
            if not contents.traced:
                return f"{name} shows sensitive columns under names of its own"
        for qualifier, column in sorted(mentions, key=str):
            for meant in self._stands_for(qualifier):
                found = None if meant is None else sensitive.get(meant)
                if found is not None and (column == "*" or column in found.sensitive):
                    return f"it mentions {meant}.{column}"
        return ""

    def _stands_for(self, qualifier: str | None) -> Collection[Name | None]:
        """The relations that a qualifier may stand for; None among them: something whose contents are mentioned
        elsewhere.
        """
        every = self.sources
        aliases = self.statement.aliases
        if not qualifier or aliases is None:
            return every
        found = {name for alias, name in aliases if alias == qualifier}
        return found if found and found - {None} <= every else every


@frozen(eq=False)
class Subjects:
    """The statements of one text."""

    subjects: tuple[Subject, ...]

    def shows(self) -> str:
        """Why a column of unknown origin in one of its results may carry a sensitive value."""
        reasons = (subject.unseen() or self._shown(subject) for subject in self.subjects)
        return self.unresolved() or next(filter(None, reasons), "")

    def speaks(self) -> str:
        """Why the server's messages may quote a sensitive value: they quote compared values and rows being written,
        too.
        """
        for subject in self.subjects:
            statement = subject.statement
            if statement.kind in QUOTING:
                return "it checks stored rows"
            for name in sorted(statement.writes, key=str):
                contents = subject.relations.contents(name)
                if contents is None or contents.sensitive:
                    return f"it writes {name}"
            reason = subject.unseen() or subject.carries(subject.everything)
            if reason:
                return reason
        return self.unresolved()

    def unresolved(self) -> str:
        """Why it is not known what a cursor or prepared statement that it names shows.

        The gate appends the statements behind the names to the text's own, without their `cursor`: one name can be
        told to be resolved by them, several can't.
        """
        statements = [subject.statement for subject in self.subjects]
        named = {statement.cursor for statement in statements if statement.kind not in NAMING} - {None}
        found = any(one.cursor is None and one.kind in ("declare_cursor", "prepare") for one in statements)
        if not named or (len(named) == 1 and found):
            return ""
        return "it names a cursor or prepared statement whose text is not known for sure"

    @staticmethod
    def _shown(subject: Subject) -> str:
        if subject.statement.kind == "explain":
            return ""  # a plan shows the statement's own constants, and numbers
        return subject.carries(subject.shown)
