"""Commands to actions."""

from __future__ import annotations

from tokengate.shell.action import to_action
from tokengate.shell.facts import ShellFacts
from tokengate.values import Access


def test_an_action_says_what_its_facts_do() -> None:
    """In the words that every enforcer shares."""
    action = to_action(b"sudo rm x >/tmp/log; A=1; python3 y; rm x")
    assert (action.protocol, action.verb, action.text) == ("ssh", "exec", "sudo rm x >/tmp/log; A=1; python3 y; rm x")
    assert action.categories == {"wrapper", "redirection", "write", "assignment", "interpreter"}
    assert action.accesses == (
        Access("execute", "program", "sudo"), Access("execute", "program", "rm"), Access("execute", "program", "python3"), Access("write", "path", "/tmp/log"),
    )  # fmt: skip
    assert isinstance(action.facts, ShellFacts)
    assert "dynamic" in to_action(b"PATH=/x a").categories
    assert "dynamic" in to_action(b"$x").categories


def test_what_is_not_understood_is_one_category() -> None:
    """Whatever bytes it has."""
    action = to_action(b"a '\xff")
    assert action.categories == {"unparsable"}
    assert action.text == "a '\ufffd"
    assert action.accesses == ()
