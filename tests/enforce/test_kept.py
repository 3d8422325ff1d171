"""Tests of tokengate.enforce.kept."""

from __future__ import annotations

from tests.enforce.database import Database, action, session
from tokengate.enforce.kept import Kept
from tokengate.session.session import Session
from tokengate.sql.facts import SqlFacts
from tokengate.values import ALLOW, Verdict


class Counting:
    """Judges, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, facts: SqlFacts, session: Session) -> Verdict:
        self.times += 1
        return ALLOW


def test_a_verdict_is_kept_while_the_catalogue_stays() -> None:
    """For all sessions that see the same; a new version, or another search path, is asked again."""
    kept, judge, facts = Kept(), Counting(), action("select 1").facts
    catalogue = Database()
    for _ in range(3):
        assert kept.verdict(facts, session(catalogue), judge) is ALLOW
    assert judge.times == 1
    catalogue.version = 2
    kept.verdict(facts, session(catalogue), judge)
    kept.verdict(facts, session(catalogue.under(frozenset({("app",)}))), judge)
    kept.verdict(action("select 2").facts, session(catalogue), judge)
    assert judge.times == 4


def test_nothing_is_kept_while_something_is_unsettled() -> None:
    """Neither is it taken from what was kept."""
    kept, judge, facts = Kept(), Counting(), action("select 1").facts
    where = session()
    kept.verdict(facts, where, judge)
    where.unsettled.names.add("v")
    kept.verdict(facts, where, judge)
    kept.verdict(facts, where, judge)
    assert judge.times == 3
    where.catalogue, where.unsettled = None, type(where.unsettled)()
    kept.verdict(facts, where, judge)
    assert judge.times == 4
