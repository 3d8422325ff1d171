"""Tests of tokengate.protocols.postgres.namespace."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.task import Clock

from tests.enforce.database import READABLE
from tokengate.protocols.postgres.catalogue import Catalogue
from tokengate.protocols.postgres.namespace import Namespace
from tokengate.session.pipeline import Pipeline, Policy
from tokengate.session.session import Session
from tokengate.sql.cache import to_action
from tokengate.sql.facts import Name
from tokengate.testing import principal

APP, PUBLIC = Name("app", "orders"), Name("public", "orders")
BOTH = {APP, PUBLIC}


class Talk:
    """A session on the database of the enforcers' tests, whose path is app, public; `says`: what the server reports."""

    def __init__(self, says: str | None = None, *, asks: bool = True, catalogue: Catalogue | None = None) -> None:
        self.idle = True
        self.catalogue = catalogue or Catalogue(None, Clock())
        if catalogue is None:
            self.show()
        policy = Policy((), (object(),) if asks else ())
        self.session = Session("orders", "postgres", principal(), "192.0.2.1:1", {}, self.catalogue)
        self.namespace = Namespace(Pipeline(self.session, lambda: policy, lambda _: None), self.catalogue, "app", says)

    def show(self) -> None:
        """The catalogue has been read."""
        self.catalogue._taken += 1
        self.catalogue._adopt(READABLE)
        self.catalogue._shown()

    def sends(self, text: str) -> None:
        self.namespace.look()
        self.namespace.forwarded(to_action(text.encode()), idle=self.idle)

    def gets(self, *texts: str, idle: bool = True, last: bool = True, cursors: bool = False) -> None:
        """These have succeeded, and the server is ready."""
        self.idle = idle
        if self.namespace.stirred:
            for text in texts:
                self.namespace.completed(to_action(text.encode()).facts)
            self.namespace.ready(idle=idle, last=last, cursors=cursors)

    def runs(self, *texts: str, idle: bool = True) -> None:
        for text in texts:
            self.sends(text)
            self.gets(text, idle=idle)

    @property
    def clean(self) -> set[str]:
        """What the open transaction has made, as it counts for the next question."""
        self.namespace.look()
        made = self.session.unsettled.made
        return {str(name) for name in made.clean(lambda name: True).names}

    @property
    def orders(self) -> set[Name]:
        """What `orders` may be."""
        view = self.namespace.look()
        assert view is self.session.catalogue
        return set(view.reached(None, "orders"))


def test_it_begins_with_the_credentials_path() -> None:
    """As the catalogue says, or the server itself; where neither does any schema is possible."""
    assert Talk().orders == {APP}
    assert Talk("public, app").orders == {PUBLIC}
    assert Talk('"$user"').orders == {APP}
    unknown = Catalogue(None, Clock())
    talk = Talk(catalogue=unknown)
    assert talk.orders == set()
    talk.show()
    assert talk.orders == {APP}


def test_a_set_alone() -> None:
    """Outside of a transaction it decides; not in one, not with others, not before all that was sent is answered."""
    talk = Talk()
    talk.runs("set search_path = public")
    assert talk.orders == {PUBLIC}
    talk.sends("set search_path = app")
    assert talk.orders == BOTH
    talk.gets("set search_path = app", last=False)
    assert talk.orders == BOTH
    talk.runs("set search_path = app")
    assert talk.orders == {APP}


@pytest.mark.parametrize(
    "together", [("begin", "set search_path = public", "rollback"), ("set search_path = public", "select 1")]
)
def test_a_set_among_others(together: tuple[str, ...]) -> None:
    """May have been undone by them."""
    talk = Talk()
    for text in together:
        talk.sends(text)
    talk.gets(*together)
    assert talk.orders == BOTH


def test_a_set_in_a_transaction() -> None:
    """May be undone up to its end, and nobody knows then."""
    talk = Talk()
    talk.runs("begin", "set search_path = public", idle=False)
    talk.runs("rollback")
    assert talk.orders == BOTH


def test_a_set_with_what_failed() -> None:
    """An error undoes all that was sent with it."""
    talk = Talk()
    talk.sends("set search_path = public")
    talk.namespace.completed(to_action(b"set search_path = public").facts)
    talk.namespace.failed()
    talk.gets()
    assert talk.orders == BOTH


def test_a_set_beside_an_open_cursor() -> None:
    """Its rows are those of the path it was declared under."""
    talk = Talk()
    talk.sends("set search_path = public")
    talk.gets("set search_path = public", cursors=True)
    assert talk.orders == BOTH


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("select upper('x')", True),
        ("select app.look()", True),
        ("select app.act()", False),
        ("select app.wipe()", True),
        ("select app.choose()", False),
        ("select app.turn()", False),
        ("select unheard()", False),
        ("select 1 === 2", True),
        ("do $$ begin execute 'x'; end $$", False),
        ("insert into app.audited values (1)", False),
        ("insert into app.log values (1)", True),
        ("select * from app.spied", True),
        ("select * from app.acting", False),
        ("select * from app.v_orders", True),
        ("select set_config('search_path', $1, true)", False),
    ],
)
def test_code_leaves_it_open(text: str, known: bool) -> None:
    """Functions, triggers and views that call them may have set any path, until one is set for sure; unless it is known
    that they don't.
    """
    talk = Talk()
    talk.runs(text)
    talk.show()
    assert (talk.orders == {APP}) is known
    talk.runs("set search_path = public")
    assert talk.orders == {PUBLIC}


def test_a_server_that_reports_it_is_believed() -> None:
    """Outside of transactions, whatever code has run."""
    talk = Talk("app")
    talk.sends("select app.turn()")
    assert talk.orders == BOTH
    talk.namespace.report("public")
    talk.gets("select app.turn()")
    assert talk.orders == {PUBLIC}
    talk.runs("begin", "set search_path = app", idle=False)
    assert talk.orders == BOTH
    talk.runs("rollback")
    assert talk.orders == {PUBLIC}


def test_definitions_are_in_doubt_until_they_are_seen() -> None:
    """For the session itself, and no session's names are narrowed meanwhile."""
    talk = Talk()
    other = Talk(catalogue=talk.catalogue)
    talk.runs("begin", "create view v as select 1", idle=False)
    assert talk.session.unsettled.names == {"v"}
    assert talk.orders == other.orders == BOTH
    talk.runs("commit")
    assert talk.session.unsettled.names == {"v"}
    assert talk.orders == other.orders == BOTH
    talk.show()
    assert talk.orders == other.orders == {APP}
    assert not talk.session.unsettled


@pytest.mark.parametrize(
    ("before", "text", "undone"),
    [
        ((), "create view app.new as select 1", True),
        ((), "alter table app.orders add foreign key (id) references app.other", True),
        (("create view app.first as select 1",), "create view app.new as select 1", False),
        (("begin",), "create view app.new as select 1", False),
        ((), "do $$ begin perform app.f(); commit; drop table app.new; end $$", False),
    ],
)
def test_a_definition_that_failed_alone_left_nothing(before: tuple[str, ...], text: str, undone: bool) -> None:
    """Unless something before it is still in doubt, or code may have committed a part of it."""
    talk = Talk()
    for one in before:
        talk.runs(one, idle=one != "begin")
    talk.sends(text)
    talk.namespace.failed()
    talk.namespace.ready(idle=not before or before[0] != "begin", last=True, cursors=False)
    assert (not talk.session.unsettled and not talk.catalogue.doubted) is undone


def test_a_snapshot_that_was_begun_earlier_does_not_show_them() -> None:
    """Only what is begun after the definition is there for all to see counts."""
    talk = Talk()
    talk.sends("create view v as select 1")
    talk.catalogue._taken += 1
    talk.gets("create view v as select 1")
    talk.catalogue._shown()
    assert talk.orders == BOTH
    talk.show()
    assert talk.orders == {APP}


def test_what_code_may_have_made_is_in_doubt_in_its_transaction() -> None:
    """Afterwards it is as what others make: the catalogue sees it in time."""
    talk = Talk()
    talk.runs("select app.act()", idle=False)
    assert talk.session.unsettled.strangers
    talk.runs("commit")
    talk.show()
    talk.namespace.look()
    assert not talk.session.unsettled


def test_sessions_that_end() -> None:
    """With the next snapshot what they did is known, unless the server may still be at work for them."""
    talk = Talk()
    other = Talk(catalogue=talk.catalogue)
    other.sends("drop table app.orders")
    other.namespace.close(clean=True)
    talk.show()
    assert talk.orders == {APP}
    again = Talk(catalogue=talk.catalogue)
    again.sends("drop table app.orders")
    again.namespace.close(clean=False)
    talk.show()
    assert talk.orders == BOTH


def test_results_are_of_what_was_meant_then() -> None:
    """A statement's columns are what its names meant when it was sent, even if a SET was sent behind it."""
    talk = Talk()
    seen: Any = talk.namespace.look()
    talk.sends("set search_path = public")
    assert talk.namespace.meant(seen) is seen
    talk.namespace.look_back(seen)
    assert talk.session.catalogue is seen
    assert talk.orders == BOTH
    assert talk.namespace.meant(None) is talk.session.catalogue
    talk.sends("drop table app.x")
    assert talk.namespace.meant(seen) is talk.catalogue


def test_functions_that_define_something_are_definitions() -> None:
    """Those whose body nobody can read, for one."""
    talk = Talk()
    other = Talk(catalogue=talk.catalogue)
    talk.runs("select app.act()")
    assert other.orders == BOTH
    talk.show()
    assert other.orders == {APP}
    talk.runs("select upper('x')")
    assert other.orders == {APP}


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("set search_path = public; select * from orders", False),
        ("select set_config('search_path', 'public', true); select 1", False),
        ("select app.look(); select * from orders", True),
        ("select app.choose(); select * from orders", False),
        ("drop table app.orders; select * from orders", False),
        ("insert into app.audited values (1); select * from orders", False),
        ("select upper('x'); select * from orders", True),
        ("set search_path = public", True),
    ],
)
def test_a_text_that_changes_what_its_own_names_mean(text: str, known: bool) -> None:
    """Is judged, and its results are masked, as if any schema were meant."""
    talk = Talk()
    view = talk.namespace.look(to_action(text.encode()).facts)
    assert (view.reached(None, "orders") == {APP}) is known
    assert view is talk.session.catalogue


def test_ordinary_statements_stir_nothing() -> None:
    """Nobody has to say what becomes of them, in a transaction or not."""
    talk = Talk()
    talk.runs("begin", "select * from app.orders", "update app.log set a = 1", idle=False)
    assert not talk.namespace.stirred
    talk.runs("set local search_path = public", idle=False)
    assert talk.namespace.stirred
    talk.runs("commit")
    assert not talk.namespace.stirred
    assert talk.orders == BOTH


def test_nobody_asks() -> None:
    """Then the session keeps the catalogue that it has, and nothing is kept of what it has done."""
    talk = Talk(asks=False)
    talk.runs("create view v as select 1", "select unheard()")
    assert talk.namespace.look() is talk.session.catalogue is talk.catalogue
    talk.namespace.look_back(None)
    assert talk.session.catalogue is talk.catalogue
    assert not talk.session.unsettled


def test_what_a_transaction_makes_is_its_own_until_it_is_over() -> None:
    """Whichever way it ends; and a rollback to a savepoint leaves what there was."""
    talk = Talk()
    talk.runs("begin", "create table app.a (x int)", "savepoint s", "create table app.b (x int)", idle=False)
    assert talk.clean == {"app.a", "app.b"}
    talk.sends("rollback to s")
    assert talk.clean == set()
    talk.gets("rollback to s", idle=False)
    assert talk.clean == {"app.a"}
    talk.sends("commit")
    assert talk.clean == set()
    talk.gets("commit")
    talk.runs("create table app.c (x int)")
    assert talk.clean == set()


def test_a_rollback_with_something_behind_it_leaves_nothing() -> None:
    """It may be that which has failed."""
    talk = Talk()
    talk.runs("begin", "create table app.a (x int)", "savepoint s", idle=False)
    talk.sends("rollback to s")
    talk.sends("select 1")
    talk.gets("rollback to s", "select 1", idle=False)
    assert talk.clean == set()


def test_what_was_perhaps_there_is_asked_for() -> None:
    """A snapshot that was begun after it and does not show it proves that nobody else has it; an earlier one doesn't."""
    talk = Talk()
    talk.runs("begin", "create table if not exists app.a (x int)", idle=False)
    assert talk.namespace.inquire()
    assert not talk.namespace.inquire(), "once"
    assert talk.clean == set()
    talk.show()
    assert talk.clean == {"app.a"}
    talk.runs("create table if not exists app.orders (x int)", idle=False)
    assert not talk.namespace.inquire(), "it is known"
    assert talk.clean == {"app.a"}


@pytest.mark.parametrize("between", [("drop table app.a",), ("rollback", "begin")])
def test_an_old_answer_says_nothing_of_what_is_made_anew(between: tuple[str, ...]) -> None:
    """In between somebody may have made it."""
    talk = Talk()
    made = "create table if not exists app.a (x int)"
    talk.runs("begin", made, idle=False)
    assert talk.namespace.inquire()
    for text in between:
        talk.sends(text)
        talk.gets(text, idle=text == "rollback")
    talk.runs(made, idle=False)
    talk.show()
    assert talk.clean == set()


def test_while_others_make_something_an_unqualified_name_may_be_theirs() -> None:
    """What was made without a schema is this session's own as long as it is called so."""
    talk = Talk()
    other = object()
    talk.runs("begin", "create table app.a (x int)", "create table b (x int)", idle=False)
    talk.catalogue.doubt(other)
    talk.namespace.look()
    found = talk.session.unsettled.made.clean(lambda name: True)
    assert Name("app", "a") in found
    assert Name(None, "b") in found
    assert Name(None, "a") not in found
    assert Name("app", "b") not in found


def test_another_policy_knows_nothing_of_what_was_made_before() -> None:
    """Somebody else has let it through."""
    talk = Talk()
    policies = [Policy((), (object(),))]
    pipeline = Pipeline(talk.session, lambda: policies[-1], lambda _: None)
    talk.namespace = Namespace(pipeline, talk.catalogue, "app")
    talk.runs("begin", "create table app.a (x int)", idle=False)
    assert talk.clean == {"app.a"}
    policies.append(Policy((), (object(),)))
    assert talk.clean == set()
