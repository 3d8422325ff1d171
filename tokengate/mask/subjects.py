"""What a text's statements do with sensitive values: lineage, held against the rules and one version of the catalogue.

It stands between the masker, which asks for masks and refusals, and `lineage`, which knows no rules. Every question
about what may be sensitive is answered with the reason why it may be, "" meaning that it is not. Anything not
understood is a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from attrs import evolve, field, frozen

from tokengate.mask.effects import Effects
from tokengate.mask.flow import CLEAN, UNKNOWN_WIDTH, Flow, Rows, union
from tokengate.mask.functions import Effect
from tokengate.mask.lineage import Lineage, follow, lost
from tokengate.mask.patterns import Mode, Rules, strictest
from tokengate.sql.facts import Name, Statement
from tokengate.sql.made import NOTHING_CLEAN, Clean, Made
from tokengate.sql.unasked import behind
from tokengate.values import ColumnLineage

MOVING = frozenset(
    {"select", "insert", "update", "delete", "merge", "copy", "explain", "declare_cursor", "prepare", "execute", "call",
     "create_table_as", "view"}
)  # fmt: skip
"""Kinds of statement that have query blocks: without them nothing is known of one."""

QUOTING = frozenset(
    {"transaction", "constraints_set", "index", "reindex", "cluster", "refresh_mat_view", "alter_table", "alter_domain"}
)
"""Kinds of statement that check stored rows, or run what earlier ones deferred: their errors quote what fails."""

NARROW = frozenset({"index", "reindex", "cluster", "alter_table"})
"""Those of them that check the rows of the relations they name, and no others."""

CHECKING = frozenset(
    {"insert", "update", "delete", "merge", "copy", "index", "alter_table", "create_table_as", "select"}
)
"""Kinds of statement whose errors quote rows of what they write or define."""

_ANYTHING = QUOTING - CHECKING
"""Kinds whose errors may quote any stored rows."""

_ANYTHING_ELSE = Name(None, "")
"""A relation that nothing is known of."""

NAMING = frozenset({"declare_cursor", "prepare", "deallocate", "close"})
"""Kinds of statement that name a cursor or a prepared statement without running it."""


@frozen(eq=False)
class Knowledge:
    """The rules, and one version of the catalogue (an `ICatalogue`) with what its functions do.

    `made`: relations that the session's open transaction has made. Nothing sensitive can be in them, for nothing may
    copy it there.
    """

    rules: Rules
    catalogue: Any
    effects: Effects
    made: Clean = NOTHING_CLEAN

    def through(self, statements: Iterable[Statement], made: Made) -> Iterator[Knowledge]:
        """What is known when each of a text's statements runs. `made`: what the session had made before."""
        before: Statement | None = None
        for statement in statements:
            made = made if before is None else made.after(before, self.effects.acts)
            clean = made.clean(lambda name: self.holds_sensitive(name) is False)
            yield evolve(self, made=clean) if clean.names else self
            before = statement

    def why(self, flow: Flow) -> str:
        """Why a value may be sensitive."""
        if flow.unknown:
            return flow.unknown
        found = self.rules.sensitive(flow)
        return f"it is made of {min(map(str, found))}" if found else ""

    def column_mode(self, relation: Name, column: str) -> Mode | None:
        """How a column of every relation that a name may mean is masked at the least; None: one of them shows it."""
        weakest: list[Mode | None] = []
        for columns in self.catalogue.columns(relation.schema, relation.name):
            origins = dict(columns).get(column)
            weakest.append(strictest(map(self.rules.mode, origins)) if origins else None)
        return weakest[0] if len(set(weakest)) == 1 else None

    def may_be_sensitive(self, relation: Name, column: str | None) -> bool:
        """Whether a column of what a name may mean may be sensitive; `column` None: whichever."""
        found = self.catalogue.columns(relation.schema, relation.name)
        if not found:
            return relation not in self.made
        flows = [UNKNOWN_WIDTH if o is None else Flow(exact=o) for one in found for c, o in one if column in (None, c)]
        return not flows or any(self.why(flow) for flow in flows)

    def holds_sensitive(self, relation: Name) -> bool | None:
        """Whether a relation of that name shows a sensitive column; None when the catalogue doesn't know one."""
        known = relation in self.made or self.catalogue.columns(relation.schema, relation.name)
        return self.may_be_sensitive(relation, None) if known else None


@frozen(eq=False)
class Subject:
    """One statement, and where its values go."""

    statement: Statement
    known: Knowledge
    lineage: Lineage = field(init=False)

    @lineage.default
    def _follow(self) -> Lineage:
        reading, kind = self.statement.reading, self.statement.kind
        if reading is None or reading.lost or (reading.query is None and kind in MOVING and kind != "explain"):
            return lost("its parts can't be told")
        if reading.query is None:
            return Lineage(Rows(rest=CLEAN) if kind in ("variable_show", "explain") else Rows())
        if strange := self.known.effects.symbols(self.statement.symbols):
            return lost(f"its operator {strange} may be a user's")
        if self.statement.symbols and (told := self.known.effects.told(self.known.catalogue.behind_any)):
            return lost(f"its operators run {told}")
        if told := self.known.effects.told(self._declared()):
            return lost(f"a type of its parameters runs {told}")
        found = follow(reading.query, self.known.catalogue, self.known.effects, self.known.made)
        if kind == "explain":
            found.outputs = Rows(rest=self._planned(found))
        return found

    def _planned(self, found: Lineage) -> Flow:
        """What a plan shows: the statement's own constants, and numbers. A prepared one's may have been tokens."""
        for fed in found.fed:
            if fed.effect is Effect.REACHES:
                return Flow(unknown=f"it may show what {fed.function} makes")
        return Flow(unknown="it shows a prepared statement's constants") if self.statement.cursor is not None else CLEAN

    def _declared(self) -> frozenset[Name]:
        """What using its parameters, of the types that they are declared to be, may run."""
        behind = map(self.known.catalogue.behind_type, self.statement.parameters)
        return frozenset().union(*(code.makes | code.uses for code in behind))

    def unasked(self) -> str:
        """What it runs without naming it that does more than compute."""
        told = self.known.effects.told(behind(self.statement, self.known.catalogue, checks=True))
        return f"it runs {told}" if told else ""

    def casts(self) -> str:
        """What the types and operator classes that it names run that does more than compute."""
        behind = map(self.known.catalogue.behind_type, self.statement.types)
        told = self.known.effects.told(frozenset().union(*(code.all for code in behind)))
        return f"it runs {told}" if told else ""

    def named(self) -> Iterator[Name]:
        """Every relation it names."""
        statement = self.statement
        yield from sorted(statement.reads | statement.writes | statement.defines, key=str)

    def calls(self) -> str:
        """What it calls that does more than compute."""
        if self.statement.dynamic:
            return "it runs code that can't be seen here"
        for function in sorted(self.statement.functions, key=str):
            found = self.known.effects(function)
            if found is not Effect.COMPUTES:
                return f"it calls the function {function}: {found.value}"
        return ""

    def fired(self) -> list[Subject]:
        """What rules and triggers write in its course, as far as they can be read."""
        if not self.statement.writes:
            return []
        ran = self.known.catalogue.deeds(self.statement).fired or ()
        known = evolve(self.known, catalogue=self.known.catalogue.under(None))
        return [Subject(deed, known) for deed in ran if deed.writes]

    def _written(self) -> frozenset[Name]:
        """What it writes to, and what follows through foreign keys and views: errors quote rows of all of it."""
        found = set(self.statement.writes)
        for name in self.statement.writes:
            for kind in self.statement.kinds:
                changed = self.known.catalogue.changed(name.schema, name.name, kind)
                found.update([_ANYTHING_ELSE] if changed is None else (one for one, _ in changed))
        return frozenset(found)

    def learns(self) -> str:
        """Why code that it stands in may learn something sensitive: code keeps what it reads, and what errors say."""
        statement = self.statement
        if statement.dynamic or statement.transaction or statement.cursor is not None or statement.kind in _ANYTHING:
            return f"it has a statement ({statement.kind.replace('_', ' ')}) that can't be followed"
        if statement.kind in CHECKING:
            for name in sorted(self._written() | statement.defines | statement.inherits, key=str):
                if name not in statement.makes and self.known.holds_sensitive(name) is not False:
                    return f"its errors may quote rows of {name}"
        return self.known.why(self.lineage.touched)

    def speaks(self) -> str:
        """Why the server's messages may quote a sensitive value: they quote compared values and rows being written,
        too.
        """
        statement = self.statement
        if statement.kind in QUOTING and not (statement.kind in NARROW and self._is_clean()):
            return "it checks stored rows"
        for name in sorted(self._written(), key=str):
            if self.known.holds_sensitive(name) is not False:
                return f"it writes {name}"
        if statement.dynamic:
            return self.calls()
        for name in sorted(statement.reads, key=str):
            if self.known.holds_sensitive(name) is None:
                return f"{name} is no relation that the gateway knows"
        return self.known.why(self.lineage.touched) or self.unasked()

    def _is_clean(self) -> bool:
        """Whether all that it names holds nothing sensitive, and nothing is called that might bring something in."""
        names = list(self.named())
        calls = self.calls() or self.statement.operators or self.known.effects.symbols(self.statement.symbols)
        return (
            not (calls or self.unasked())
            and bool(names)
            and all(self.known.holds_sensitive(one) is False for one in names)
        )


@frozen(eq=False)
class Subjects:
    """The statements of one text."""

    subjects: tuple[Subject, ...]

    def column(self, position: int, count: int) -> Flow:
        """What column `position` (from 0) of a result of `count` columns may be made of, of any statement."""
        reason = self.unresolved()
        if reason:
            return Flow(unknown=reason)
        outputs = [subject.lineage.outputs for subject in self.subjects]
        fitting = [rows.at(position, count) for rows in outputs if rows.fits(count)]
        return union(fitting) if fitting else UNKNOWN_WIDTH

    def lineage(self) -> tuple[ColumnLineage, ...]:
        """The columns of the last result; where their number isn't known one stands for all."""
        for subject in reversed(self.subjects):
            rows = subject.lineage.outputs
            if rows.rest is not None or not rows.ordered:
                return (_column("", rows.loose()),)
            if rows.columns:
                return tuple(_column(name or "", flow) for name, flow in rows.columns)
        return ()

    def speaks(self) -> str:
        """See `Subject.speaks`."""
        return self.unresolved() or next(filter(None, (subject.speaks() for subject in self.subjects)), "")

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


def _column(name: str, flow: Flow) -> ColumnLineage:
    return ColumnLineage(name, flow.exact, flow.computed | flow.present, flow.unknown)
