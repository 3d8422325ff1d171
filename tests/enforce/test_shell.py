"""The enforcer `shell`."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Any

import pytest

from tokengate.enforce import shell
from tokengate.enforce.commands import WORDS, items
from tokengate.errors import ConfigError
from tokengate.session.session import Session
from tokengate.session.tools import Tools
from tokengate.shell.action import to_action
from tokengate.shell.wrappers import SHELLS, WRAPPERS
from tokengate.testing import principal
from tokengate.values import Access, Action, Allow, Deny, Hold, Request, Verdict

TOOLS = Tools("ops", Path("/"), Path("/"), None, None)
SESSION = Session("web", "ssh", principal(), "192.0.2.1:1", {}, None)


def rules(**options: Any) -> shell.Shell:
    lists = {name: items(text) if name in ("deny", "allow", "hold") else text for name, text in options.items()}
    return shell.configure(shell.Options(**lists), TOOLS)


def judged(enforcer: shell.Shell, action: str | Action) -> Verdict:
    return enforcer.judge(Request(to_action(action.encode()) if isinstance(action, str) else action, 1), SESSION)


def test_denying_allowing_holding_in_this_order() -> None:
    """As everywhere."""
    enforcer = rules(deny="rm", allow="rm, ls, systemctl restart app-*", hold="systemctl restart", hint="ask ops")
    assert judged(enforcer, "rm x") == Deny("rm is not allowed here", "ops: deny rm", "ask ops")
    assert judged(enforcer, "cat x") == Deny("run cat is not allowed here", "ops: allow", "ask ops")
    assert isinstance(judged(enforcer, "ls -l"), Allow)
    held = judged(enforcer, "systemctl restart app-web")
    assert isinstance(held, Hold)
    assert (held.why, held.rule) == ("systemctl restart needs approval", "ops: hold systemctl restart")


def test_what_is_not_understood_is_refused_whatever_the_lists_say() -> None:
    """A deny-list alone lets nothing through that can't be read."""
    verdict = judged(rules(deny="rm"), "ls <(rm x)")
    assert isinstance(verdict, Deny)
    assert "not understood" in verdict.reason
    assert isinstance(judged(rules(hold="rm"), Action("ssh", "exec", "ls", frozenset())), Deny)
    assert isinstance(judged(rules(deny="rm"), Action("ssh", "forward", "", frozenset())), Deny)


@pytest.mark.parametrize(("interactive", "verdict"), [("deny", Deny), ("allow", Allow), ("hold", Hold)])
def test_interactive_shells(interactive: str, verdict: type) -> None:
    """A route says whether there are any; by itself it has none."""
    action = Action("ssh", "shell", "", frozenset())
    assert isinstance(judged(rules(deny="rm", interactive=interactive), action), verdict)
    assert isinstance(judged(rules(deny="rm"), action), Deny)


def test_file_operations_by_path() -> None:
    """SFTP's, by the same items as redirections."""
    enforcer = rules(allow="write /srv/*, read", deny="delete")

    def operation(category: str, mode: Any, path: str) -> Action:
        return Action("ssh", "sftp", "", frozenset({category}), (Access(mode, "path", path),))

    assert isinstance(judged(enforcer, operation("write", "write", "/srv/a")), Allow)
    assert isinstance(judged(enforcer, operation("read", "read", "/etc/a")), Allow)
    assert isinstance(judged(enforcer, operation("write", "write", "/etc/a")), Deny)
    assert isinstance(judged(enforcer, operation("delete", "write", "/srv/a")), Deny)
    assert isinstance(judged(enforcer, operation("unheard-of", "write", "/srv/a")), Deny)


def test_configurations_that_do_nothing_are_mistakes() -> None:
    """No lists, and interactive shells for all; verdicts depend on the facts alone."""
    with pytest.raises(ConfigError):
        rules(interactive="allow")
    assert rules().constant


def test_the_page_names_every_word_and_its_examples_are_rules() -> None:
    """docs/shell.md is what people write rules by."""
    page = (Path(__file__).parents[2] / "docs" / "shell.md").read_text()
    quoted = {text.split()[0] for text in re.findall(r"`([^`\n]+)`", page.replace("```", ""))}
    assert not (WORDS | set(WRAPPERS) | SHELLS) - quoted
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string("".join(re.findall(r"```ini\n(.*?)```", page, re.DOTALL)))
    for section in parser.sections():
        rules(
            **{name: text for name, text in parser[section].items() if name in ("deny", "allow", "hold", "interactive")}
        )
