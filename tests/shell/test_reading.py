"""The facts held against real shells: nothing runs, and no file is made, that isn't in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from tests.support.shells import PARSERS, SHELLS, STUBS, Range, accepts
from tokengate.shell.action import to_action
from tokengate.shell.facts import ShellFacts, Word
from tokengate.shell.posix import analyse


@pytest.fixture(scope="module")
def place() -> Iterator[Range]:
    made = Range()
    yield made
    made.close()


# ------------------------------------------------------------ texts

PLAIN = [
    "a",
    "b1",
    "-n",
    "--x=1",
    "a=b",
    "x.y",
    "1",
    "a:b",
    "@",
    "%",
    "+",
    "a#b",
    "!",
    "^",
    "]",
    "LC_X",
    "[LC_X]",
    "done",
    "if",
    "in",
    "é",
    "=",
]
NASTY = list(" \t\n;|&()<>'\"\\$`{}[]*?!#~=-,ax0.^%@:+\r\x0b\x00\u00a0\u2028\u00e9")
PARAMETERS = [
    "$x",
    "${x}",
    "$1",
    "$@",
    "$#",
    "$x[LC_X]",
    "$$",
    "${x:-d}",
    "${y-$x}",
    "${x%w}",
    "${#x}",
    "$((1+2))",
    "$((x))",
    "${y:=q}",
    "${x/v/u}",
    "$'a\\n'",
    '$"a"',
    "$[1]",
    "${!x}",
    "$",
]
GLOBS = ["*", "?", "[a]", "{a,b}", "{}", "~", "{", "}", "{1..2}", "@(a)", "!(a)", "**", "=alpha"]
QUOTED = ["'a b'", "''", "'$x;beta'", "\\ ", "\\;", "\\a", "'\\'", "\\\n", "'a\nb'", '""', "\\\\", "\\$x", "\\'"]
INSIDE = ['\\"', "\\$", "\\\\", "'", ";", "\\a", "\n", " ", "`beta`", "#"]
PROGRAMS = [
    *STUBS * 12, "'alpha'", "al\\pha", '"beta"', "b'e'ta", "al$y", "alpha\\\n", "al\\\npha", "!", "time", "[[", "[", "test", "export", "unset", "{", "function", "coproc",
    "select", "command", "exec", "eval", "set", ":", "local", "readonly", "typeset", "let", "trap", "printf", "read", "shift", "exit", "0=1", "RANDOM=LC_X", ".", "source", "alias", "true", "cd", "if", "do", "}",
]  # fmt: skip
WRAPPERS = [
    "env", "env A=b", "env -u A", "env -i PATH=$PATH STUB_LOG=$STUB_LOG", "env -S", "env -", "xargs", "xargs -n 1", "xargs -I{}", "nohup", "nice", "nice -n 1", "nice -3",
    "timeout 2", "timeout -s KILL 2", "timeout -k1 2", "timeout", "timeout --fore 2", "command", "command -v", "command -p", "exec", "exec -a q", "eval", "find . -exec", "find -maxdepth 0 -ok",
    "sh", "sh -c", "bash -c", "bash -lc", "dash -e", "sh -s", "sh +c", "bash +ec", "trap", "--", "-", "env --", "sh -c --", "bash -ec", "bash -eo pipefail -c", "env -C . -u B", "builtin", "env env nice",
]  # fmt: skip
SEPARATORS = [
    " ; ",
    ";",
    " && ",
    "||",
    " | ",
    "|",
    "\n",
    " & ",
    "&",
    "|&",
    " ;; ",
    "&&\n",
    "\n\n",
    "# c\n",
    " # c\n",
    "\\\n",
    " | ! ",
]
ARGUMENTS = [
    "-c",
    "\\;",
    "+",
    "{}",
    "{} +",
    "{} \\;",
    "-exec",
    "--",
    "'alpha x;beta'",
    "'gamma $1'",
    '"beta"',
    "alpha",
    "A=1",
    "'$0 a'",
    "'alpha\nbeta'",
    "beta",
]
OPERATORS = [">", ">>", "<", ">|", "<>", ">&", "<&", "2>&1 >", "&>", "<<<", "> ", ">&2 ", "<&-", ">("]
TARGETS = ["f1", "f2", "'f 3'", "$x", "f*", "1", "-", '"f$$"']
BEGINNINGS = ["A=", "B=", "x=", "x+=", "a[0]=", "PATH=", "'A'=", "c="]
DELIMITERS = ["E", "E", "'E'", "'E'", "-E", "\\E", '"E"', "E >f7", "E | alpha", "E; beta", "$E", "E\\\n"]


class Writer:
    """Writes texts by the shells' grammar, with mistakes in it."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def one(self, options: Sequence[str]) -> str:
        return options[self.draw(st.integers(0, len(options) - 1))]

    def chance(self, of: int) -> bool:
        return self.draw(st.integers(0, of - 1)) == of - 1

    def several(self, make: Callable[[int], str], depth: int, most: int) -> list[str]:
        return [make(depth) for _ in range(self.draw(st.integers(0, most)))]

    def substitution(self, depth: int) -> str:
        text = self.text(depth - 1) if depth > 0 else self.one(["beta", "gamma 1", "alpha;beta"])
        return self.one(["$(", "$(", "$( ", "`"]) + text + self.one([")", ")", "\n)", "`"])

    def inside(self, depth: int) -> str:
        kind = self.one("ppnise")
        if kind == "s" and depth > 0:
            return self.substitution(depth)
        return self.one({"p": PLAIN, "n": PARAMETERS, "i": INSIDE}.get(kind, GLOBS))

    def piece(self, depth: int) -> str:
        kind = self.one("pppppqqdngs")
        if kind == "d":
            return '"' + "".join(self.several(self.inside, depth, 3)) + '"'
        if kind == "s" and depth > 0:
            return self.substitution(depth)
        return self.one({"p": PLAIN, "q": QUOTED, "n": PARAMETERS}.get(kind, GLOBS))

    def word(self, depth: int) -> str:
        return self.piece(depth) + (self.piece(depth) if self.chance(3) else "")

    def redirection(self, depth: int) -> str:
        target = self.word(depth) if self.chance(4) else self.one(TARGETS)
        return (
            self.one(["", "", "", "2", "1", "12", "{v}", "0"])
            + self.one(OPERATORS[: 14 if self.chance(3) else 5])
            + target
        )

    def argument(self, depth: int) -> str:
        kind = self.one("wwwwarr")
        return self.word(depth) if kind == "w" else self.redirection(depth) if kind == "r" else self.one(ARGUMENTS)

    def simple(self, depth: int) -> str:
        parts = [self.one(BEGINNINGS) + (self.word(depth) if self.chance(2) else "") for _ in range(self.chance(5))]
        parts += [self.redirection(depth)] if self.chance(8) else []
        parts += [self.one(WRAPPERS)] if self.chance(3) else []
        parts += [self.one(PROGRAMS), *self.several(self.argument, depth, 3)]
        return self.one([" "] * 7 + ["  ", "\t", " \\\n"]).join(parts)

    def compound(self, depth: int) -> str:
        a, b = self.text(depth - 1), self.text(depth - 1)
        word, end = self.word(depth - 1), self.one(["; ", "\n"])
        quoted = a.replace("'", "'\\''")
        return self.one([
            f"({a})", f"{{ {a}{end}}}", f"{{ {a}; }} >f5", f"! {a}", f"if {a}; then {b}{end}fi", f"if {a}{end}then {b}{end}else {a}{end}fi",
            f"while {a}{end}do {b}{end}break; done", f"until {a}; do {b}; break; done >f6", f"for i in {word} b{end}do {a}{end}done", f"for i do {a}; done",
            f"case {word} in a) {a};; (*|b) {b}{end}esac", f"case $x in {word}) {a};; esac", f"f() {{ {a}{end}}}\n{b}; f a b", f"f() ({a}); f",
            f"{a} <<{self.one(DELIMITERS)}\n{word} {self.substitution(depth - 1)}\nE\n", f"eval '{quoted}'", f"sh -c '{quoted}' a b", f"eval {a}",
            f"cat <<-E\n\t{word}\n\tE\n{b}", f"trap '{quoted}' EXIT", f"xargs -n1 sh -c '{quoted}'", f"env sh -c '{quoted}' x", f"find . -exec {a} \\;",
        ])  # fmt: skip

    def text(self, depth: int) -> str:
        kind = self.one("ssc+") if depth > 0 else "s"
        if kind == "+":
            return self.text(depth - 1) + self.one(SEPARATORS) + self.text(depth - 1)
        return self.compound(depth) if kind == "c" else self.simple(depth)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A text by the grammar, with a few characters gone, added or changed."""
    writer = Writer(draw)
    text = writer.text(draw(st.integers(0, 3)))
    for _ in range(max(0, draw(st.integers(-3, 2)))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + writer.one([*NASTY, ""]) + text[at + draw(st.integers(0, 1)) :]
    return text


# ------------------------------------------------------------ what holds


def covers(words: tuple[Word, ...], ran: list[str]) -> bool:
    """Whether a command's words may have become these."""
    if not words:
        return not ran
    word, rest = words[0], words[1:]
    if word.text is not None:
        return bool(ran) and ran[0] == word.text and covers(rest, ran[1:])
    if word.single:
        return bool(ran) and covers(rest, ran[1:])
    return any(covers(rest, ran[count:]) for count in range(len(ran) + 1))


def known(facts: ShellFacts, ran: list[str]) -> bool:
    return any(covers((command.program, *command.arguments), ran) for command in facts.commands if command.program)


def check(place: Range, text: str) -> None:
    """Whatever any of the shells runs or makes is in the facts, unless these say that they don't know."""
    raw = text.encode()
    facts = analyse(raw)
    dynamic = "dynamic" in to_action(raw).categories
    event("refused" if facts.error else "dynamic" if dynamic else "understood")
    assume(not facts.error)
    for shell in SHELLS:
        found = None if b"\0" in raw else place.run(shell, raw)
        if found is None or dynamic:
            continue
        for ran in found[0]:
            assert known(facts, ran), f"{shell} ran {ran}"
        paths = [file.path.text for file in facts.files if file.mode == "write"]
        for made in found[1]:
            assert made in paths or None in paths, f"{shell} made {made}"


@given(text=texts())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
def test_what_a_shell_runs_is_in_the_facts(place: Range, text: str) -> None:
    """The promise that all rules rest on, for every shell there is here."""
    check(place, text)


@given(text=texts())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_understood_is_what_shells_can_parse(text: str) -> None:
    """A text with facts is a command for each of them: none makes something else of what another can't read."""
    raw = text.encode()
    assume(not analyse(raw).error)
    for shell in PARSERS:
        assert accepts(shell, raw), shell


@pytest.mark.parametrize(
    "text",
    [
        "! for i in a b; do alpha; done", "! { alpha; }", "alpha \\ beta", "al\\\npha beta", "a\\\nlpha", "alpha 1 2>f1 3 4", "alpha '\\' ; beta '", "alpha $((1)) $( (beta) )",
        "alpha `beta` \"`gamma`\" ${x:-`delta`}", "cat <<E\n`alpha` $(beta)\nE\n", "cat <<'E'\n`alpha`\nE\nbeta", "cat <<E | alpha\n$(gamma)\nE\nbeta", "alpha <<E; beta\nE\n", "alpha#b #c\nbeta",
        "case $(alpha) in ($(beta)|b) ;; *) gamma;; esac", "f() { alpha $1; }; f b", "for i in $(alpha); do :; done", "{ alpha; } >f1 2>&1", "(alpha; beta)|gamma&", "x=$(alpha) y=`beta` gamma",
        "env A=b alpha c", "env -u x alpha", "xargs -n 1 alpha b", "find . -name '*.txt' -exec alpha {} \\; -exec beta {} +", "timeout -k 1 2 alpha", "nice -n 1 alpha b", "nohup alpha", "command alpha",
        "sh -c 'alpha \"$1\"; beta' c d", "bash -ec 'alpha; $(beta)'", "eval 'alpha;' beta", "trap 'alpha' EXIT", "exec alpha", "set -- b c; alpha \"$@\"", "sh -c 'sh -c \"alpha b\"'",
        "if alpha; then beta; elif gamma; then :; else delta; fi", "while alpha; do beta; break; done", "until alpha; do :; done >f2", "[ a = a ] && alpha", "test -n \"$x\" && alpha $x",
        "'al'\"pha\" b", "\\alpha", "alpha {b,c}", "alpha ~ *.txt [o]ne.txt", "alpha \"a\nb\" 'c\td'", "alpha '{}' {} }; beta", "alpha; # beta\n gamma", "alpha &\nwait", "alpha | ! beta", "alpha <f1 || beta",
    ],
)  # fmt: skip
def test_commands_that_are_easily_misread(place: Range, text: str) -> None:
    """The same, for what readers of shell have got wrong before, this one's parser included."""
    facts = analyse(text.encode())
    for shell in SHELLS:
        found = place.run(shell, text.encode())
        assert found is not None
        assert facts.error or all(known(facts, ran) for ran in found[0]), (shell, found)


@pytest.mark.parametrize(
    "text",
    [
        "RANDOM=LC_X", "OPTIND=LC_X; alpha", "for RANDOM in LC_X; do alpha; done", "SECONDS=LC_X", "COLUMNS=LC_X alpha", "echo $x[LC_X]", "echo \"$x[LC_X]\"", "echo $#x[LC_X]", "echo $?[LC_X]",
        "cat <<E\n$x[LC_X]\nE\n", "echo ${y:-$x[LC_X]}", "[ LC_X -eq 1 ]", "test 1 -eq LC_X", "[ ! LC_X -gt 1 ]", "[ -t LC_X ]", "[ a = a -a -t LC_X ]", "printf %d LC_X", "exit LC_X", "return LC_X",
        "shift LC_X", "break LC_X", "bye LC_X", "ulimit -n LC_X", "0=LC_X delta LC_X", "A=b 0= delta LC_X", "histchars='!^x'; eval 'echo #; delta LC_X'", "read RANDOM <<E\nLC_X\nE\n", ": $((LC_X))",
        "NULLCMD=delta; <one.txt",
    ],
)  # fmt: skip
def test_what_only_some_shell_evaluates(place: Range, text: str) -> None:
    """A value that is taken for an expression runs what is in it: no text that does so in any shell passes as known."""
    facts = analyse(text.encode())
    evaluated = facts.error or "dynamic" in to_action(text.encode()).categories
    ran = [shell for shell in SHELLS if any(one[0] == "delta" for one in (place.run(shell, text.encode()) or ([],))[0])]
    assert evaluated, ran
