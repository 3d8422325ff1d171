"""Tests of tokengate.mask.detectors: the masker as the gate uses it, and what it does to any bytes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface.verify import verifyObject

from tests.mask.database import action, session
from tokengate.interfaces import IMasker
from tokengate.mask import detectors
from tokengate.mask.detectors import MOST_LOOKED_AT, Detectors, Options, Search, kinds
from tokengate.mask.finders import FINDERS
from tokengate.session.tools import Tools
from tokengate.values import ALLOW, Column, Request, Rewrite

EVERYTHING = Search([finder for finders in FINDERS.values() for finder in finders])


def masker(find: str = "card, email, iban") -> Detectors:
    """Configured as from a section."""
    return detectors.configure(Options(find=kinds(find)), Tools("net", Path("/nowhere"), Path("/nowhere"), None, None))


def test_it_is_a_masker() -> None:
    """It provides the interface; its verdict never changes."""
    assert verifyObject(IMasker, masker())
    assert masker().constant is True


def test_every_column_is_searched() -> None:
    """Whatever its type and origin: the protocol knows what of it is text."""
    columns = [Column("a", "text", frozenset()), Column("b", "int4", None)]
    plan = masker().plan(columns, action("select 1"), session())
    assert plan is not None
    assert [type(mask) for mask in plan] == [Rewrite, Rewrite]
    assert masker().plan([], action("select 1"), session()) is None


def test_it_refuses_nothing() -> None:
    """It masks what passes."""
    text = action("create table x as select email from app.customers")
    assert masker().judge(Request(text, 1), session()) is ALLOW


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b"", b""),
        (b"paid", b"paid"),
        (b"card 4111 1111 1111 1111!", b"card *******************!"),
        (b"ada@example.org and 4111111111111111", b"*************** and ****************"),
        (b"a@b.cd078-05-1120", b"*****************"),
        ("zoë@müller.example → ä".encode(), b"*" * 20 + " → ä".encode()),
        (b"GB82 WEST 1234 5698 7654 32", b"*" * 27),
        (b"\xff\xfeada@example.org\x00", b"*" * 17 + b"\x00"),
    ],
)
def test_hits_are_starred(text: bytes, shown: bytes) -> None:
    """A star a byte; the rest is as it was."""
    assert masker("card, email, iban, us-ssn").search(text) == shown


def test_clean_text_is_the_same_object() -> None:
    """So that the row engine can tell that nothing is to be done; near misses too."""
    for text in (b"paid", b"4111111111111112 is no card", b"x" * 100_000):
        assert masker().search(text) is text


def test_messages_and_recordings_are_searched() -> None:
    """An error that quotes an address, a statement that holds a card."""
    assert masker().conceal("Key (email)=(ada@example.org)", None, session()) == "Key (email)=(***************)"
    text = "update t set card = '4111111111111111'"
    assert masker().record_text(text, action(text), session()) == "update t set card = '****************'"
    assert masker().conceal("a lone \udc80", None, session()) == "a lone \udc80"


def test_only_what_is_asked_for_is_found() -> None:
    """An address is left alone where only cards are searched for."""
    assert masker("card").search(b"ada@example.org") == b"ada@example.org"


@pytest.mark.parametrize("text", ["", "cards", "card, emial"])
def test_unknown_kinds_are_refused(text: str) -> None:
    """With the list of what there is; a typo must not leave a hole."""
    with pytest.raises(ValueError, match="private-key"):
        kinds(text)


def test_kinds_are_listed_in_the_help() -> None:
    """`tokengate plugins detectors` shows them all."""
    (one,) = attrs.fields(Options)
    assert all(name in one.metadata["help"] for name in FINDERS)


@given(st.binary(max_size=300))
def test_any_bytes_keep_their_length(value: bytes) -> None:
    """Whatever they are; what is not starred is as it was; searching again finds no more."""
    once = EVERYTHING(value)
    assert len(once) == len(value)
    assert EVERYTHING(once) == once
    assert all(new in (old, ord("*")) for new, old in zip(once, value, strict=True))


@given(
    st.text(st.characters(codec="utf-8"), max_size=100),
    st.sampled_from(["ada@example.org", "4111111111111111", "078-05-1120"]),
)
def test_utf8_stays_utf8(around: str, secret: str) -> None:
    """Stars never split a character, and what stands between others is found."""
    shown = EVERYTHING(f"{around} {secret} {around}".encode()).decode()
    assert secret not in shown


HOSTILE = {
    "numbers": b"123456789 " * 100_000,
    "digits": b"0123456789" * 100_000,
    "accounts": b"GB82 " * 200_000,
    "addresses": b"a@" * 500_000,
    "tokens": b"eyJaaaaaaaa." * 80_000,
    "keys": b"-----BEGIN PRIVATE KEY-----" * 40_000,
    "noise": os.urandom(1_000_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_keeps_the_gateway_waiting(name: str) -> None:
    """A megabyte made to be slow takes less than a second, with everything searched for: no pattern is quadratic."""
    began = time.process_time()
    EVERYTHING(HOSTILE[name])
    assert time.process_time() - began < 1.0


def test_too_much_to_check_is_starred_whole() -> None:
    """What can't be checked in time is not shown."""
    text = b"123456789 " * (MOST_LOOKED_AT // 9 + 1)
    assert EVERYTHING(text) == b"*" * len(text)
