"""Rule items of the enforcer `shell`."""

from __future__ import annotations

import pytest

from tokengate.enforce.commands import Item, items, of_command, of_operation, uncovered
from tokengate.shell.posix import analyse
from tokengate.values import Access, Action


@pytest.mark.parametrize(
    ("item", "text", "matches"),
    [
        ("rm", "rm x", True),
        ("rm", "a; b | c && (/bin/rm x)", True),
        ("rm", "echo rm", False),
        ("rm", "r'm' x", True),
        ("rm", "sudo -n env A=1 rm x", True),
        ("rm", "sh -c 'echo $(rm x)'", True),
        ("rm", "$x y", True),
        ("rm", 'eval "$x"', True),
        ("rm", "PATH=/tmp ls", True),
        ("rm", "find . -exec rm {} +", True),
        ("rm", "python3 x", False),
        ("rm -rf", "rm -fr x", True),
        ("rm -rf", "rm x -f -v -r", True),
        ("rm -rf", "rm -r x", False),
        ("rm -rf *", 'rm -r "$x"', True),
        ("git push", "git push origin", True),
        ("git push", "git -C /srv push", True),
        ("git push", "git --no-pager push", True),
        ("git push", "git pull push", False),
        ("git push --force", "git push origin --forc", True),
        ("git push --force", "git push", False),
        ("git push", 'git "$x"', True),
        ("git push", 'git pull "$x"', False),
        ("git push", "git pull $x", False),
        ("git push", "git $x", True),
        ("systemctl stop app-*", "systemctl stop app-web", True),
        ("systemctl stop app-*", "systemctl start app-web", False),
        ("systemctl stop app-web", "systemctl stop 'app-w*'", True),
        ("systemctl stop app-web", "systemctl stop 'app-[v-x]eb'", True),
        ("systemctl stop app-web", "systemctl stop 'app-d*'", False),
        ("write /etc/*", "a >/etc/b", True),
        ("write /etc/*", "a >>/srv/../etc/b", True),
        ("write /etc/*", "a >$x", True),
        ("write /etc/*", "a </etc/b", False),
        ("read /etc/*", "a </etc/b", True),
        ("write", "a 2>/dev/null", True),
        ("write /etc/*", "scp -t /", True),
        ("read /srv/*", "scp -f /srv/x", True),
        ("assign LD_*", "LD_PRELOAD=x a", True),
        ("assign", "export A=1", True),
        ("dynamic", ". ./x", True),
        ("dynamic", "a", False),
        ("interpreter", "perl x", True),
        ("interpreter", "$x y", True),
        ("write /etc/*", 'eval "$x"', True),
        ("assign A", ". ./x", True),
        ("background", 'eval "$x"', False),
        ("background", "a &", True),
        ("substitution", "a $(b)", True),
        ("redirection", "a >b", True),
        ("function", "f() { a; }", True),
        ("run link x", "link x y", True),
    ],
)
def test_what_items_may_match(item: str, text: str, matches: bool) -> None:
    """By what a command does, however it is written; what is not known may be it."""
    facts = analyse(text.encode())
    assert not facts.error
    assert Item.parse(item).matches(of_command(facts)) is matches


@pytest.mark.parametrize(
    ("allow", "text", "missing"),
    [
        ("git-upload-pack *", "git-upload-pack '/srv/a.git'", ""),
        ("git-upload-pack /srv/*", "git-upload-pack '/srv/a.git'", ""),
        ("git-upload-pack /srv/*", "git-upload-pack '/srv/../etc'", "run git-upload-pack"),
        ("git-upload-pack /srv/*", "git-upload-pack /srv/a /srv/b", "run git-upload-pack"),
        ("git-upload-pack *", "git-upload-pack a; rm b", "run rm"),
        ("git-upload-pack *", "./git-upload-pack a", "run ./git-upload-pack"),
        ("git-upload-pack *", "git-upload-pack $(rm a)", "run rm"),
        ("rsync --server *", "rsync --server -logDtpre.iLsfxCIvu . /srv", ""),
        ("rsync --server -[!-]* . /srv/app/*", "rsync --server -logDtpre.iLsfxCIvu . /srv/app/", ""),
        ("rsync --server -[!-]* . /srv/app/*", "rsync --server --daemon . /srv/app/", "run rsync"),
        ("rsync --server *", "rsync -e 'sh -c x' a b", "run rsync"),
        ("systemctl restart app-*", "systemctl restart app-web", ""),
        ("systemctl restart app-*", "systemctl restart sshd", "run systemctl"),
        ("systemctl restart app-*", "systemctl restart app-web sshd", "run systemctl"),
        ("systemctl restart *-web", "systemctl restart --root=/x-web", "run systemctl"),
        ("systemctl restart app-*", "systemctl restart $x", "run systemctl"),
        ("systemctl restart app-*", "sudo systemctl restart app-web", "run sudo"),
        ("sudo -n *, systemctl restart app-*", "sudo -n systemctl restart app-web", ""),
        ("sudo, systemctl restart app-*", "sudo rm x", "run rm"),
        ("sudo, systemctl restart app-*", "sudo -i", "dynamic (sudo is given what it isn't known by)"),
        ("sh, ls", "sh -c 'ls; rm'", "run rm"),
        ("sh, ls", "sh -c 'ls'", ""),
        ("python3 manage.py *", "python3 manage.py migrate", ""),
        ("echo *", "echo $x \"$y\"", ""),
        ("echo", "$x", "run $x"),
        ("echo", "A=1 echo", "assign A"),
        ("echo, assign A", "A=1 echo", ""),
        ("echo, assign A", "PATH=x echo", "assign PATH"),
        ("echo", "echo >x", "write x"),
        ("echo", "echo >/dev/null 2>&1", ""),
        ("echo, write out/*", "echo >out/x", ""),
        ("echo, write out/*", "echo >out/../x", "write out/../x"),
        ("echo, read", "echo <x", ""),
        ("echo", "echo &", "background"),
        ("echo, background", "echo &", ""),
        ("echo, sh", "eval echo", "run eval"),
        ("eval, echo", "eval echo", ""),
        ("eval, echo", "eval $x", "dynamic (eval runs what is known at run time only)"),
        ("eval, dynamic", "eval $x", ""),
        ("scp, write /srv/*", "scp -t /srv/x", ""),
        ("scp, write /srv/*", "scp -t /srv2", "write /srv2"),
    ],
)  # fmt: skip
def test_what_an_allow_list_covers(allow: str, text: str, missing: str) -> None:
    """Every command, file, variable and construct of consequence, and each for sure."""
    facts = analyse(text.encode())
    assert not facts.error
    assert uncovered(of_command(facts), items(allow)) == missing


def operation(category: str, *accesses: tuple[str, str]) -> Action:
    return Action(
        "ssh", "sftp", "", frozenset({category}), tuple(Access(mode, "path", name) for mode, name in accesses)
    )  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("item", "action", "may", "must"),
    [
        ("write /srv/*", operation("write", ("write", "/srv/a")), True, True),
        ("write /srv/*", operation("delete", ("write", "/srv/a")), True, True),
        ("delete /srv/*", operation("write", ("write", "/srv/a")), False, False),
        ("delete /srv/*", operation("delete", ("write", "/srv/a")), True, True),
        ("read /srv/*", operation("read", ("read", "/srv/a")), True, True),
        ("read /srv/*", operation("list", ("read", "/srv/a")), True, True),
        ("write /srv/*", operation("read", ("read", "/srv/a")), False, False),
        ("rename /srv/*", operation("rename", ("write", "/srv/a"), ("write", "/etc/b")), True, False),
        ("write /etc/*", operation("rename", ("write", "/"), ("write", "/x")), True, False),
        ("read *.key", operation("rename", ("read", "/a.key"), ("write", "/a.key"), ("write", "/a")), True, False),
        (
            "write /srv/*",
            operation("rename", ("read", "/srv/a"), ("write", "/srv/a"), ("write", "/srv/b")),
            True,
            False,
        ),
        ("link", operation("link", ("read", "/etc/passwd"), ("write", "/srv/x")), True, False),
        ("read /etc/*", operation("link", ("read", "/etc/passwd"), ("write", "/srv/x")), True, False),
        ("attributes", operation("attributes", ("write", "/a")), True, True),
    ],
)
def test_file_operations(item: str, action: Action, may: bool, must: bool) -> None:
    """By kind and path; write and read are what changes and what only looks."""
    effects = of_operation(action)
    assert effects is not None
    assert Item.parse(item).matches(effects) is may
    assert (uncovered(effects, [Item.parse(item)]) == "") is must


def test_operations_that_rules_have_no_word_for() -> None:
    """They have no effects that could be judged."""
    assert of_operation(operation("extended", ("write", "/a"))) is None
    assert of_operation(operation("write")) is None
    assert of_operation(operation("write", ("define", "/a"))) is None
    assert of_operation(Action("ssh", "sftp", "", frozenset(), ())) is None


def test_items_are_split_at_commas_outside_quotes() -> None:
    """And printed as they are written."""
    found = items("git push, rm -rf *\nsed 's,a,b,' x, run link, write /a, dynamic")
    assert [str(item) for item in found] == ["git push", "rm -rf *", "sed s,a,b, x", "run link", "write /a", "dynamic"]


@pytest.mark.parametrize("text", ["write a b", "dynamic x", "assign A B", "rm 'x", "background now"])
def test_items_that_are_none(text: str) -> None:
    """A mistake, not a rule that never matches."""
    with pytest.raises(ValueError, match=r"write: run|quote"):
        items(text)
