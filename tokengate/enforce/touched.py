"""What a statement touches beyond what it names: the enforcers' view of a session's catalogue.

A relation that the catalogue doesn't know touches itself alone, unless the session may have made it something else just
now. Then, and while the catalogue knows nothing at all, it may be anything, and so touch anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from attrs import evolve, field, frozen

from tokengate.mask.attributes import resolved
from tokengate.session.session import Session
from tokengate.sql.bodies import Done
from tokengate.sql.categories import KINDS_OF
from tokengate.sql.facts import Name, SqlFacts, Statement
from tokengate.sql.invariants import SETTINGS
from tokengate.sql.unasked import behind
from tokengate.sql.unsettled import Unsettled


@frozen
class Known:
    """What is known where a text is judged: an `ICatalogue` (None: a protocol without one, where names are all there
    is) and what of it is in doubt.
    """

    catalogue: Any
    unsettled: Unsettled
    _done: dict[Statement, Done] = field(factory=dict, init=False)

    @classmethod
    def of(cls, session: Session, facts: SqlFacts) -> Known:
        """Of this session, in the midst of a text: statements may change what its others mean."""
        catalogue, unsettled = session.catalogue, session.unsettled
        if catalogue is not None and len(facts.statements) > 1:
            unsettled = unsettled.noting(facts.statements, lambda name: catalogue.is_volatile(str(name)))
        return cls(catalogue, unsettled)

    # ------------------------------------------------------------ relations

    def touched(self, statement: Statement, category: str) -> frozenset[Name] | None:
        """The relations that an effect of the statement's may be on; None: on any."""
        match category:
            case "read":
                return self._read(statement)
            case "insert" | "update" | "delete" | "truncate":
                return self._changed(statement, {category})
            case "write" | "merge" | "unfiltered-write":
                return self._changed(statement, KINDS_OF["write"])
            case "ddl" | "create" | "alter" | "drop":
                cascading = bool(statement.categories & {"alter", "drop"})
                found = self._each(statement.defines, lambda name: self._dependents(name, cascading))
                return None if found is None else found | statement.writes
            case _:
                reads, writes = self._read(statement), self._changed(statement, KINDS_OF["write"])
                return None if reads is None or writes is None else reads | writes | statement.defines

    def _each(self, names: Iterable[Name], follow: Callable[[Name], frozenset[Name] | None]) -> frozenset[Name] | None:
        """What following each of these leads to; None as soon as one may be anything."""
        if self.catalogue is not None and not self.catalogue.version:
            return None if names else frozenset()
        found: frozenset[Name] = frozenset()
        for name in names:
            reached = follow(name)
            if reached is None:
                return None
            found |= reached
        return found

    def _read(self, statement: Statement) -> frozenset[Name] | None:
        if self.catalogue is None:
            return statement.reads

        def follow(name: Name) -> frozenset[Name] | None:
            reached: frozenset[Name] = self.catalogue.reached(name.schema, name.name)
            unknown = not reached and not self.catalogue.columns(name.schema, name.name)
            return self._certain(name, reached or None, frozenset({name}) if unknown else None)

        return self._each(statement.reads, follow)

    def _changed(self, statement: Statement, wanted: Collection[str]) -> frozenset[Name] | None:
        """What is written in one of the `wanted` ways."""
        kinds = statement.kinds
        named = not kinds.isdisjoint(wanted)
        if self.catalogue is None:
            return statement.writes if named else frozenset()

        def follow(name: Name) -> frozenset[Name] | None:
            changes: frozenset[tuple[Name, str]] = frozenset()
            for kind in kinds:
                found = self.catalogue.changed(name.schema, name.name, kind)
                if found is None:
                    return None
                changes |= found
            reached = frozenset(changed for changed, done in changes if done in wanted)
            return self._certain(name, reached if changes else None, frozenset({name}) if named else frozenset())

        return self._each(statement.writes, follow)

    def sets_any(self, statement: Statement) -> bool:
        """Whether it may change any setting by a view of pg_settings: it writes one, or makes one to be written."""
        if self.catalogue is None or not self.catalogue.version:
            return False
        reached = self._read(statement) if statement.kind == "view" else self._changed(statement, {"update"})
        return any(name.name == SETTINGS for name in reached or ())

    def _dependents(self, name: Name, cascading: bool) -> frozenset[Name] | None:
        if self.catalogue is None:
            return frozenset({name})
        found: frozenset[Name] | None = self.catalogue.dependents(name.schema, name.name, cascading)
        doubted = self.unsettled.doubts(name, known=True)  # a new name for code to have made: no effect of this kind
        return None if found is None or doubted else found | {name}

    def _certain(
        self, name: Name, reached: frozenset[Name] | None, itself: frozenset[Name] | None
    ) -> frozenset[Name] | None:
        """What a name leads to, if it is what the catalogue says. `reached` None: there it is not known; then it is
        `itself`.
        """
        if self.unsettled.doubts(name, known=reached is not None):
            return None
        if reached is None:
            return itself
        return reached | {name} if self.unsettled.is_table(name) else reached

    # ------------------------------------------------------------ code

    def resolved(self, statement: Statement) -> Statement:
        """The statement with all functions that it calls, those by attribute notation as well."""
        return statement if self.catalogue is None else resolved(statement, self.catalogue)

    def deeds(self, statement: Statement) -> Done:
        """What the code that a statement runs may do. Without a catalogue names are all there is."""
        if self.catalogue is None:
            return Done()
        if not self.catalogue.version:
            return Done(fired=None if statement.writes else frozenset(), unread=True)
        if statement not in self._done:
            self._done[statement] = self.catalogue.deeds(statement)
        return self._done[statement]

    def runs_anything(self, statement: Statement) -> bool:
        """Whether it runs a user's code after some was made or changed that the catalogue doesn't show yet."""
        return self.unsettled.code and self.calls_opaque(statement)

    def inside(self) -> Known:
        """The same for what stands in the database's own code, whatever path it runs under."""
        return evolve(self, catalogue=None if self.catalogue is None else self.catalogue.under(None))

    def calls_opaque(self, statement: Statement) -> bool:
        """Whether it runs code that may be a user's: functions, operators, triggers, rules, and those of views."""
        if statement.operators or any(not self._builtin(name) for name in statement.functions):
            return True
        if any(map(self._overloaded, statement.symbols)) or self._runs(statement, self._users):
            return True
        kinds = statement.kinds
        written = statement.defines if statement.kind == "refresh_mat_view" else statement.writes - statement.defines
        return self._any(written, lambda name: self.catalogue.runs_code(name.schema, name.name, kinds)) or self._any(
            statement.reads, lambda name: self.catalogue.reads_code(name.schema, name.name)
        )

    def calls_volatile(self, statement: Statement) -> bool:
        """Whether reading is all that it does, and yet code runs that may change something."""
        if any(self.catalogue is None or self.catalogue.is_volatile(str(name)) for name in statement.functions):
            return True
        if self._runs(statement, lambda name: self.catalogue.is_volatile(str(name))):
            return True
        return self._any(statement.reads, lambda name: self.catalogue.reads_volatile(name.schema, name.name))

    def _overloaded(self, operator: str) -> bool:
        """Whether one of the server's operators may be a user's: not an extension's, which are everywhere."""
        if self.catalogue is None:
            return True
        return any(map(self._users, self.catalogue.operator_functions(operator)))

    def _users(self, function: Name) -> bool:
        """Whether a function behind something may be a user's."""
        added = self.catalogue.functions(str(function))
        return not self._builtin(function) and (not added or not all(one.extension for one in added))

    def _runs(self, statement: Statement, matters: Callable[[Name], bool]) -> bool:
        """Whether it runs such a function without naming it. What is in doubt the facts' names are asked about."""
        return self.catalogue is not None and any(map(matters, behind(statement, self.catalogue)))

    def _builtin(self, name: Name) -> bool:
        return self.catalogue is not None and bool(self.catalogue.is_builtin(str(name)))

    def _any(self, names: Iterable[Name], runs: Callable[[Name], bool]) -> bool:
        """Whether code runs for any of these. A table that was made just now has none, of a name in doubt nobody
        knows.
        """
        for name in names:
            if self.catalogue is None or self.unsettled.doubts(name, known=True):
                return True
            new = self.unsettled.is_table(name) and not self.catalogue.columns(name.schema, name.name)
            if not new and runs(name):
                return True
        return False
