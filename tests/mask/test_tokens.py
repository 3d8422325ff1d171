"""Tests of tokengate.mask.tokens: stand-ins that only the gateway can turn back."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.mask.tokens import LONGEST, Tokens

TOKENS = Tokens(b"a key for tests", "*.email")
OTHER = Tokens(b"a key for tests", "*.ssn")


@given(st.text(max_size=80) | st.from_regex(r"[+(]?[0-9][0-9 ()./-]{8,30}", fullmatch=True) | st.emails())
def test_texts_go_there_and_back(value: str) -> None:
    """Always to the same token, which no other space understands, and which says nothing of the value."""
    token = TOKENS.text(value)
    if token is None:
        assert not value
        return
    assert token == TOKENS.text(value) == Tokens(b"a key for tests", "*.email").text(value)
    assert token != value
    assert TOKENS.real_text(token) == value
    assert OTHER.real_text(token) is None


@given(st.text(max_size=80))
def test_what_is_no_token_stays(value: str) -> None:
    """Whatever a client sends: only what was made here is turned back."""
    real = TOKENS.real_text(value)
    assert real is None or TOKENS.text(real) == value


def test_tokens_have_a_form() -> None:
    """An address looks like one, a number keeps its separators; anything else is plainly a token."""
    mail = TOKENS.text("ada@example.org")
    assert mail is not None
    assert mail.startswith("tok_")
    assert mail.endswith("@token.invalid")
    number = TOKENS.text("078-05-1120")
    assert number is not None
    assert [character if character == "-" else "x" for character in number] == list("xxx-xx-xxxx")
    assert number.replace("-", "").isalpha()
    assert (TOKENS.text("Ada") or "").startswith("tok_")
    assert TOKENS.text("") is None
    assert TOKENS.text("x" * (LONGEST + 1)) is None


def test_a_changed_token_is_none() -> None:
    """One letter, its case or its end: then nothing is put in its place."""
    token = TOKENS.text("ada@example.org") or ""
    for changed in (
        token.upper(),
        token[:-1],
        token + "x",
        token.replace("@token.invalid", ""),
        "tok_aa",
        "tok_",
        token[4:],
    ):
        assert TOKENS.real_text(changed) is None, changed
    number = TOKENS.text("4111111111111111") or ""
    assert TOKENS.real_text(number[:-1] + chr(ord(number[-1]) ^ 1)) is None


@given(st.integers(0, 2**31 - 1) | st.integers(0, 2**63 - 1))
def test_integers_go_there_and_back(value: int) -> None:
    """To negative ones of the same width."""
    token = TOKENS.integer(value)
    assert token is not None
    assert (-(2**31) if value < 2**31 else -(2**63)) <= token < 0
    assert TOKENS.real_integer(token) == value
    assert OTHER.integer(value) != token


@pytest.mark.parametrize("value", [-1, -(2**63), 2**63])
def test_other_integers_have_no_token(value: int) -> None:
    """They would be taken for one."""
    assert TOKENS.integer(value) is None


def test_real_integers_are_no_tokens() -> None:
    """Zero and up is what clients mean by themselves."""
    assert TOKENS.real_integer(0) is None
    assert TOKENS.real_integer(42) is None
    assert TOKENS.real_integer(-(2**63) - 1) is None


@given(st.uuids(version=1) | st.uuids(version=4) | st.uuids(version=5))
def test_uuids_go_there_and_back(value: uuid.UUID) -> None:
    """To UUIDs of a variant that nobody makes."""
    token = TOKENS.uuid(value)
    assert token is not None
    assert token.variant == uuid.RESERVED_FUTURE
    assert TOKENS.real_uuid(token) == value
    assert TOKENS.real_uuid(value) is None


def test_other_uuids_have_no_token() -> None:
    """Nil, and what is of no version."""
    assert TOKENS.uuid(uuid.UUID(int=0)) is None
    assert TOKENS.uuid(uuid.UUID(int=2**128 - 1)) is None
