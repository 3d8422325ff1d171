"""Tests of tokengate.mask.patterns: which columns a configuration means."""

from __future__ import annotations

import pytest

from tests.mask.database import origin
from tokengate.mask.patterns import MOST_KEPT, Mode, Rules, mode, rules, strictest
from tokengate.values import Hash, Null, Origin, Partial, Redact


def means(text: str, *name: str) -> Mode | None:
    """The mode that rules give to a column, by its parts."""
    return Rules(rules(text)).mode(Origin(*name))


@pytest.mark.parametrize(
    ("text", "column", "mode"),
    [
        ("app.customers.email: redact", "app.customers.email", Redact()),
        ("app.customers.email: redact", "app.customers.mail", None),
        ("app.customers.email: redact", "app2.customers.email", None),
        ("customers.email: null", "anywhere.customers.email", Null()),
        ("*.ssn: redact", "any.table.ssn", Redact()),
        ("*.ssn: redact", "any.table.ssn2", None),
        ("hr.*.salary: null", "hr.staff.salary", Null()),
        ("hr.*.salary: null", "hr2.staff.salary", None),
        ("app.*_log.*mail*: redact", "app.audit_log.email_2", Redact()),
        ("app.*_log.*mail*: redact", "app.audit.email", None),
        ("*.*.*: redact", "a.b.c", Redact()),
        ("app.cards.pan: hash", "app.cards.pan", Hash),
        ("a.b.c: partial", "a.b.c", Partial()),
        ("a.b.c: partial(2)", "a.b.c", Partial(2)),
        ("a.b.c: partial( 2 , 4 )", "a.b.c", Partial(2, 4)),
        ("a.b.c :  redact", "a.b.c", Redact()),
        ("app.customers.email: redact", "app.customers.EMAIL", None),
        ("app.c.x: redact", "app.c.Xx", None),
        ("a.b.c: partial(1, 2), a.b.d: redact\n\n, a.b.e: null\n", "a.b.e", Null()),
        ("a.b.c: partial(1, 2), a.b.d: redact", "a.b.c", Partial(1, 2)),
    ],
)
def test_what_a_pattern_matches(text: str, column: str, mode: Mode | None) -> None:
    """Parts match whole parts; a star stops at the dot; case counts; lists may be on one line or several."""
    assert means(text, *column.split(".")) == mode


def test_quoted_parts_are_taken_as_they_are() -> None:
    """Dots, commas, quotes, spaces and stars in a name are its own."""
    text = 'app."Odd ""Table""".*: redact, "a.b"."*".x: null, "c,d".e.f: redact'
    assert means(text, "app", 'Odd "Table"', "x") == Redact()
    assert means(text, "a.b", "*", "x") == Null()
    assert means(text, "a.b", "z", "x") is None
    assert means(text, "c,d", "e", "f") == Redact()


def test_a_star_matches_line_breaks_and_regular_expressions_are_no_syntax() -> None:
    """A hostile name can't slip through a pattern, nor a pattern mean more than it says."""
    assert means("app.*.x: redact", "app", "two\nlines", "x") == Redact()
    assert means("app.a+.x: redact", "app", "aa", "x") is None
    assert means("app.[a].x: redact", "app", "a", "x") is None


def test_the_strictest_of_several_patterns_wins() -> None:
    """Null, redact, hash, partial, in this order; partials keep what both would keep."""
    assert means("*.x: partial, app.*.x: redact", "app", "t", "x") == Redact()
    assert means("*.x: redact, app.*.x: null", "app", "t", "x") == Null()
    assert means("*.x: hash, app.*.x: partial(3)", "app", "t", "x") is Hash
    assert means("*.x: partial(3, 1), app.*.x: partial(2, 4)", "app", "t", "x") == Partial(2, 1)
    assert strictest([None, None]) is None
    assert strictest([]) is None


def test_a_mode_by_itself() -> None:
    """The option `default` takes one."""
    assert mode(" null ") == Null()
    assert mode("partial(0, 4)") == Partial(0, 4)


@pytest.mark.parametrize(
    "text",
    [
        "ssn: redact",
        "a.b.c.d: redact",
        "a.b.c",
        "a.b.c: blur",
        "a.b.c redact",
        "a.b.c: redact b.c.d: null",
        "a.b.c: redact(1)",
        "a.b.c: partial(1, 2, 3)",
        "a.b.c: partial()",
        "a.b.c: partial(-1)",
        f"a.b.c: partial({MOST_KEPT + 1})",
        "a..c: redact",
        'a."b.c: redact',
        ": redact",
    ],
)
def test_anything_else_is_refused_with_a_sentence(text: str) -> None:
    """No pattern is ever skipped: a typo must not leave a column unmasked."""
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        rules(text)


@pytest.mark.parametrize("text", ["", "blur", "redact, null", "partial(100)", "hash(1)"])
def test_no_mode(text: str) -> None:
    """Neither is a mode that there isn't."""
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        mode(text)


def test_origins_are_looked_up_once() -> None:
    """The second answer is the first one's."""
    found = Rules(rules("*.ssn: partial(1, 2)"))
    assert found.mode(origin("a.b.ssn")) is found.mode(origin("a.b.ssn"))
