"""The decision pipeline: order, caching, standing, and plugins that misbehave."""

from __future__ import annotations

from typing import Any

import pytest

from tokengate.errors import SessionEnded
from tokengate.session.pipeline import VERDICTS_KEPT, Pipeline, Policy
from tokengate.session.session import Session
from tokengate.testing import FakeEnforcer, FakeMasker, action, principal
from tokengate.values import ALLOW, Column, Deny, Hold, Null, Redact, Request, Rewrite

ALLOWS = FakeEnforcer()
DENY, HOLD = Deny("no", "deny"), Hold("why", "hold", 1.0)


def pipeline(*enforcers: Any, maskers: tuple[Any, ...] = (), standing: str | None = None) -> Pipeline:
    policy = Policy(enforcers, maskers)
    return Pipeline(Session("r", "test", principal(), "c"), lambda: policy, lambda _: standing)


def says(verdict: Any, constant: bool = True) -> FakeEnforcer:
    return FakeEnforcer(lambda request: verdict, constant)


def test_deny_ends_it_and_hold_is_taken_when_nobody_denied() -> None:
    """Config order is evaluation order; a later denial beats an earlier hold."""
    request = Request(action(), 1)
    after = says(ALLOW)
    assert pipeline(says(DENY), after).judge(request) is DENY
    assert after.asked == 0
    assert pipeline(says(HOLD), says(DENY)).judge(request) is DENY
    assert pipeline(says(HOLD), says(Hold("later", "x", 1.0))).judge(request) is HOLD
    assert pipeline(says(HOLD), says(DENY, constant=False)).judge(request) is DENY
    assert pipeline(says(HOLD, constant=False), says(ALLOW)).judge(request) is HOLD
    assert pipeline().judge(request) == ALLOW


def test_a_maskers_veto_counts() -> None:
    """What couldn't be masked is refused, whatever enforcers say."""
    assert pipeline(ALLOWS, maskers=(FakeMasker(veto=DENY),)).judge(Request(action(), 1)) is DENY


def test_constant_verdicts_are_asked_for_once_and_varying_ones_always() -> None:
    """An action's verdict is kept for the session; the cache is bounded."""
    constant, varying = says(ALLOW), says(ALLOW, constant=False)
    subject = pipeline(constant, varying)
    asked = action()
    for _ in range(5):
        subject.judge(Request(asked, 1))
    assert (constant.asked, varying.asked) == (1, 5)
    for _ in range(VERDICTS_KEPT + 10):
        subject.judge(Request(action(), 1))
    assert len(subject._verdicts) <= VERDICTS_KEPT


def test_a_reloaded_policy_is_adopted_at_the_next_request() -> None:
    """Nothing kept of the old one."""
    policies = [Policy((says(ALLOW),), ())]
    subject = Pipeline(Session("r", "test", principal(), "c"), lambda: policies[-1], lambda _: None)
    asked = Request(action(), 1)
    assert subject.judge(asked) == ALLOW
    policies.append(Policy((says(DENY),), ()))
    assert subject.judge(asked) is DENY


def test_a_lost_standing_ends_the_session_first() -> None:
    """Before anything is judged."""
    with pytest.raises(SessionEnded) as caught:
        pipeline(ALLOWS, standing="expired").judge(Request(action(), 1))
    assert caught.value.reason == "expired"


def test_the_protocols_own_refusal_is_the_verdict() -> None:
    """Policy can't allow what the gate refuses."""
    assert pipeline(says(ALLOW)).judge(Request(action(), 1, refusal=DENY)) is DENY


@pytest.mark.parametrize("answer", [None, True, "allow", object()])
def test_an_answer_that_is_no_verdict_raises(answer: Any) -> None:
    """True is no Allow."""
    with pytest.raises(TypeError):
        pipeline(says(answer)).judge(Request(action(), 1))


def test_masks_compose() -> None:
    """The first masker with an opinion wins a column; rewrites add up; nothing at all is None."""
    columns = [Column(name, "text", frozenset()) for name in "abc"]
    up, star = Rewrite(bytes.upper, "up"), Rewrite(lambda raw: raw + b"*", "star")
    plan = pipeline(maskers=(FakeMasker({"a": Redact(), "b": up}), FakeMasker({"a": Null(), "b": star}))).plan(
        columns, action()
    )
    assert plan is not None
    assert plan[0] == Redact()
    assert isinstance(plan[1], Rewrite)
    assert plan[1].apply(b"x") == b"X*"
    assert plan[1].sieve == b""
    assert plan[2] is None
    assert pipeline(maskers=(FakeMasker(),)).plan(columns, action()) is None
    sifting = [FakeMasker({"a": Rewrite(bytes.upper, sieve=sieve)}) for sieve in (b"1", b"2")]
    both = pipeline(maskers=tuple(sifting)).plan(columns, action())
    assert both is not None
    assert isinstance(both[0], Rewrite)
    assert both[0].sieve == b"12"
    redacted = pipeline(maskers=(FakeMasker({"a": up}), FakeMasker({"a": Redact()}))).plan(columns, action())
    assert redacted is not None
    assert redacted[0] == Redact()


def test_texts_pass_every_masker() -> None:
    """Concealing and recording go through all of them."""
    subject = pipeline(maskers=(FakeMasker(secret="one"), FakeMasker(secret="two")))
    assert subject.conceal("nothing", None) == "nothing"
    assert subject.conceal("says two", None) == ""
    assert subject.record_text(action("one two three")) == "? ? three"
