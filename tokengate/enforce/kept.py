"""Verdicts that depend on a catalogue, kept while it stays the same: the hot path asks for the same ones repeatedly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field

from tokengate.session.session import Session
from tokengate.sql.facts import SqlFacts
from tokengate.values import Verdict

VERDICTS_KEPT = 4096
"""Verdicts an enforcer keeps, for all its sessions; beyond that it starts anew. Applications have fewer statements in
use at a time.
"""


@define(eq=False)
class Kept:
    """The verdicts of one enforcer."""

    _verdicts: dict[tuple[SqlFacts, Any], tuple[int, Verdict]] = field(factory=dict, init=False)

    def verdict(self, facts: SqlFacts, session: Session, judge: Callable[[SqlFacts, Session], Verdict]) -> Verdict:
        """What `judge` says of these facts. It is asked each time while something is unsettled."""
        catalogue = session.catalogue
        if session.unsettled or catalogue is None:
            return judge(facts, session)
        version = catalogue.version
        kept = self._verdicts.get((facts, catalogue))
        if kept is not None and kept[0] == version:
            return kept[1]
        if len(self._verdicts) >= VERDICTS_KEPT:
            self._verdicts.clear()
        verdict = judge(facts, session)
        self._verdicts[facts, catalogue] = version, verdict
        return verdict
