"""What names mean in one session: the catalogue under its search_path, and what of it is in doubt.

The gate says what it forwards and what becomes of it; before each question `look` gives the session the catalogue
that enforcers and maskers judge by. While any session of this catalogue may have changed what is stored, and until the
catalogue has been read anew, no session's names are narrowed to a path: what a name meant there may be gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from attrs import evolve, frozen

from tokengate.mask.effects import Effects
from tokengate.mask.trust import Trust
from tokengate.protocols.postgres.paths import Path, SearchPaths
from tokengate.session.pipeline import Pipeline
from tokengate.session.session import Session
from tokengate.sql.facts import Name, SqlFacts, Statement
from tokengate.sql.invariants import SETTINGS
from tokengate.sql.made import NOTHING_MADE
from tokengate.sql.savepoints import Savepoints
from tokengate.sql.unasked import behind
from tokengate.values import Action, Allow, Request

CONDUCT_KEPT = 1024
"""Facts of which it is kept what code they run, a session; beyond that it starts anew."""


class Conduct(NamedTuple):
    """What a text's code may do, by the catalogue of this `version`. `runs`: some does more than compute; `moves`: it
    may leave other settings behind; `sets`: it is told which, by pg_settings.
    """

    version: int
    runs: bool
    moves: bool
    sets: bool


class Namespace:
    """One session's names. `catalogue`: the `Catalogue` of its database; `user`: the upstream's user; `reported`: the
    search_path that the upstream said at log-in, None where it does not say.

    `stirred`: something was sent that may change what names mean, and its transaction is not over: only then need it be
    told what becomes of anything. Most transactions only read and write.
    """

    def __init__(self, pipeline: Pipeline, catalogue: Any, user: str, reported: str | None = None) -> None:
        self.stirred = False
        self._reported = reported
        self._pipeline = pipeline
        self._session: Session = pipeline.session
        self._catalogue = catalogue
        self._paths = SearchPaths(user)
        self._began: frozenset[Path] = frozenset()
        self._version = -1
        self._known: dict[SqlFacts, Conduct] = {}
        self._doubting = self._settling = False
        self._idle = True
        self._undoable = False  # what is in doubt is all of one statement, which undoes it where it fails
        self._completed = 0
        self._last: Statement | None = None
        self._effects = Effects(Trust(), catalogue)
        self._savepoints = Savepoints()
        self._inquiry = _NO_INQUIRY
        self._policy = pipeline.policy
        if reported is not None and (path := self._paths.read(reported)) is not None:
            self._began = frozenset({path})

    # ------------------------------------------------------------ before a question

    def look(self, facts: SqlFacts | None = None) -> Any:
        """The catalogue as this session's names mean it now; it is the session's from here on. `facts`: of a text to be
        judged, whose statements may mean something else after each other.
        """
        catalogue = self._catalogue
        self._pipeline.renew()
        if not self._pipeline.policy.asks_catalogue:
            return catalogue
        if catalogue.version != self._version:
            self._renewed()
        if self._settling and not catalogue.is_doubted_by(self):
            self._settling = self._doubting = False
            self._session.unsettled.clear()
        self._learn()
        wide = catalogue.doubted or (facts is not None and len(facts.statements) > 1 and self._moves(facts))
        view = catalogue.under(None if wide else self._paths.resolved(self._began))
        self._session.catalogue = view
        return view

    def is_sure(self, request: Request) -> bool:
        """Whether a definition is allowed while the catalogue doesn't show the session's last: nothing is refused in
        doubt that would be allowed without, so a migration need not wait after each of its statements.
        """
        facts = request.action.facts
        defines = facts is not None and all("ddl" in one.categories for one in facts.statements)
        return defines and isinstance(self._pipeline.judge(request), Allow)

    def _learn(self) -> None:
        """What the catalogue can say by now of what the transaction has made."""
        made, catalogue = self._session.unsettled.made, self._catalogue
        changed, self._policy = self._pipeline.policy is not self._policy, self._pipeline.policy
        if made is NOTHING_MADE:
            return
        if changed:  # others have let through what made it
            made = evolve(made, unseen=True)
        if self._inquiry.names and not catalogue.is_doubted_by(self._inquiry):
            made, self._inquiry = made.settled(self._inquiry.names), _NO_INQUIRY
        if made.crowded != (crowded := catalogue.doubted_beside(self, self._inquiry)):
            made = evolve(made, crowded=crowded)
        self._session.unsettled.made = made

    def meant(self, seen: Any) -> Any:
        """The catalogue as names meant it when `look` gave `seen`, or mean it now where that was not noted."""
        if seen is None:
            return self.look()
        return self._catalogue if self._catalogue.doubted else seen

    def look_back(self, seen: Any) -> None:
        """Give the session that one, until it looks again."""
        if self._pipeline.policy.asks_catalogue:
            self._session.catalogue = self.meant(seen)

    def _renewed(self) -> None:
        self._version = self._catalogue.version
        self._effects = Effects(Trust(), self._catalogue)
        path = self._catalogue.search_path
        if path is not None and self._reported is None:
            self._began |= {path}

    # ------------------------------------------------------------ what is forwarded

    def forwarded(self, action: Action, *, idle: bool) -> None:
        """This action is about to run. `idle`: as far as the server has said, outside of any transaction."""
        facts = action.facts
        if facts is None or not (facts.moving or self._pipeline.policy.asks_catalogue):
            return
        if facts.moving or self._session.unsettled.made is not NOTHING_MADE:
            self._stir(idle)
            for statement in facts.statements:
                self._note(statement)
        if self._paths.possible is not None and self.calls(facts):
            self._stir(idle)
            self._paths.doubt()

    def _stir(self, idle: bool) -> None:
        if not self.stirred:
            self.stirred, self._idle, self._completed = True, idle, 0
            self._undoable = idle and not self._doubting and not self._session.unsettled

    def _note(self, statement: Statement) -> None:
        self._session.unsettled.note(statement, self._acts)
        self._savepoints.note(statement)
        self._undoable = self._undoable and not self._session.unsettled.strangers  # which may have committed
        if statement.makes:
            self._inquiry = _NO_INQUIRY
        self._paths.announce(statement)
        if _defines(statement) or any(self._catalogue.may_define(str(name)) for name in statement.functions):
            self._doubting, self._settling = True, False
            self._catalogue.doubt(self)

    def _acts(self, function: Name) -> bool:
        """Whether a function may change what is stored. While nothing is known all verdicts are the strictest."""
        return self._catalogue.version > 0 and self._effects.acts(function)

    def calls(self, facts: SqlFacts) -> bool:
        """Whether a text runs code that the server does not ship and that may set anything: it is not read, or does."""
        conduct, unsettled = self._conduct(facts), self._session.unsettled
        if conduct.moves or (conduct.runs and unsettled.code):
            return True
        return bool(unsettled) and any(
            unsettled.doubts(name, known=True) for one in facts.statements for name in one.reads | one.writes
        )

    def sets_any(self, facts: SqlFacts) -> bool:
        """Whether a text writes to a view of pg_settings, as far as the catalogue is asked at all."""
        return self._pipeline.policy.asks_catalogue and self._writes(facts) and self._conduct(facts).sets

    def fires(self, facts: SqlFacts) -> bool:
        """Whether what a text writes may set off code that sets anything, likewise."""
        return self._pipeline.policy.asks_catalogue and self._writes(facts) and self.calls(facts)

    @staticmethod
    def _writes(facts: SqlFacts) -> bool:
        return any(statement.writes for statement in facts.statements)

    def _conduct(self, facts: SqlFacts) -> Conduct:
        version = self._catalogue.version
        known = self._known.get(facts)
        if known is None or known.version != version:
            if len(self._known) >= CONDUCT_KEPT:
                self._known.clear()
            running = [statement for statement in facts.statements if self._calls_code(statement)]
            moves = any(one.dynamic or not self._catalogue.deeds(one).sets_nothing for one in running)
            known = Conduct(version, bool(running), moves, any(map(self._sets, facts.statements)))
            self._known[facts] = known
        return known

    def telling(self, types: Sequence[int]) -> frozenset[Name]:
        """Those of these types (OIDs) behind which there is code."""
        found: frozenset[Name] = self._catalogue.telling(types)
        return found

    def _moves(self, facts: SqlFacts) -> bool:
        """Whether running a text may change what names mean."""
        return self.calls(facts) or any(s.settings or _defines(s) for s in facts.statements)

    def _calls_code(self, statement: Statement) -> bool:
        known = self._catalogue
        return (
            statement.dynamic
            or not all(map(known.is_builtin_operator, statement.operators))
            or not all(self._computes(str(name)) for name in statement.functions | behind(statement, known))
            or any(known.runs_code(name.schema, name.name) for name in statement.writes - statement.tables)
            or any(known.reads_code(name.schema, name.name) for name in statement.reads)
        )

    def _sets(self, statement: Statement) -> bool:
        """Whether it writes to pg_settings, whatever way it leads there."""
        changes = (self._catalogue.changed(name.schema, name.name, "update") for name in statement.writes)
        return any(changed.name == SETTINGS for found in changes for changed, _ in found or ())

    def _computes(self, function: str) -> bool:
        """Whether a function is the server's, an extension's, or declared to depend on its arguments alone."""
        if self._catalogue.is_builtin(function):
            return True
        added = self._catalogue.functions(function)
        return bool(added) and all(one.volatility == "i" or one.extension for one in added)

    # ------------------------------------------------------------ what becomes of it

    def report(self, path: str) -> None:
        """The server says what the search_path is now."""
        self._reported = path
        self._stir(idle=False)

    def completed(self, facts: SqlFacts | None) -> None:
        """A statement, or a part of it, has succeeded."""
        self._completed += 1
        self._undoable = False
        self._last = facts.statements[0] if facts is not None and len(facts.statements) == 1 else None

    def failed(self) -> None:
        """One has failed, and undone what it was sent with."""
        self._completed += 1
        self._last = None

    def ready(self, *, idle: bool, last: bool, cursors: bool) -> None:
        """The server is ready again. `idle`: outside of any transaction; `last`: nothing was sent behind this;
        `cursors`: one may be open that was declared under another path.
        """
        only = self._last if self._completed == 1 else None
        alone = only if self._idle else None
        undone = self._undoable and self._completed == 1
        self._idle, self._completed = idle, 0
        if last and only is not None:
            self._session.unsettled.made = self._savepoints.reached(only, self._session.unsettled.made)
        if not (idle and last):
            return
        self.stirred = False
        self._session.unsettled.made = NOTHING_MADE
        self._savepoints, self._inquiry = Savepoints(), _NO_INQUIRY
        if not self._doubting or not self._pipeline.policy.asks_catalogue:
            self._session.unsettled.clear()
        if undone:
            self._doubting = False
            self._session.unsettled.clear()
            self._catalogue.relieve(self)
        elif self._doubting and not self._settling:
            self._settling = True
            self._catalogue.settle(self)
        if not cursors:
            self._narrow(alone)

    def inquire(self) -> bool:
        """Whether the catalogue has to be asked if what may have been made was there before: what a snapshot that is
        begun now does not show was not.
        """
        names = frozenset(name for name in self._session.unsettled.made.unsure if not self._knows(name))
        if not names or names == self._inquiry.names:
            return False
        self._inquiry = Inquiry(names)
        self._catalogue.settle(self._inquiry)
        return True

    def _knows(self, name: Name) -> bool:
        return bool(self._catalogue.columns(name.schema, name.name))

    def _narrow(self, alone: Statement | None) -> None:
        if self._reported is not None:
            self._paths.report(self._reported)
        elif alone is not None and alone.settings:
            self._paths.settle(alone)

    def close(self, *, clean: bool) -> None:
        """The session is over. Not `clean`: the server may still be at work for it."""
        if self._doubting:
            self._catalogue.abandon(self, clean=clean)


@frozen(eq=False)
class Inquiry:
    """A question to the catalogue under way: whether these relations were there before."""

    names: frozenset[Name]


_NO_INQUIRY = Inquiry(frozenset())


def _defines(statement: Statement) -> bool:
    """Whether it may change what is stored, or who may use it."""
    return statement.dynamic or not statement.categories.isdisjoint({"ddl", "grant"})
