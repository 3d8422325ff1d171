"""Programs that run what their arguments say: where in them the command is.

A program in `WRAPPERS` is looked through as long as every option before the command is one listed here. Anything else
in that place makes the command dynamic: it may run what can't be seen.
"""

from __future__ import annotations

import re
from itertools import pairwise

from attrs import field, frozen

from tokengate.shell.facts import File, Word

ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=", re.ASCII)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


@frozen
class Wrapper:
    """How a wrapper's own arguments end.

    `flags`, `valued`: letters of options without and with a value. `long`, `long_valued`: the long ones, separated by
    blanks; those in `long` may have "=value". `operands`: how many of its own come before the command. `assignments`:
    NAME=value may. `queries`: letters with which it only answers. `appends`: it adds words it reads elsewhere.
    """

    flags: str = ""
    valued: str = ""
    long: frozenset[str] = field(default="", converter=_names)
    long_valued: frozenset[str] = field(default="", converter=_names)
    operands: int = 0
    assignments: bool = False
    queries: str = ""
    appends: bool = False


WRAPPERS = {
    # another environment, user or terminal; then the command in the arguments
    "env": Wrapper("i0v", "uC", "ignore-environment", "unset chdir", assignments=True),
    "sudo": Wrapper("AEHnkPS", "ugpC", "non-interactive preserve-env set-home", "user group", assignments=True),
    "doas": Wrapper("n", "uC"),
    "nohup": Wrapper(),
    "setsid": Wrapper("cfw", "", "wait fork ctty"),
    # another priority, time or buffering
    "nice": Wrapper("", "n", "", "adjustment"),
    "ionice": Wrapper("t", "cn", "ignore", "class classdata"),
    "timeout": Wrapper("v", "ks", "foreground preserve-status verbose", "kill-after signal", operands=1),
    "stdbuf": Wrapper("", "ioe", "", "input output error"),
    # the command, and words from the standard input
    "xargs": Wrapper("0rtx", "nLPsEda", "null no-run-if-empty verbose", "max-args max-procs delimiter", appends=True),
    # the shell's own
    "command": Wrapper("p", queries="vV"),
    "exec": Wrapper("cl"),
    "builtin": Wrapper(),
    # one program for many names
    "busybox": Wrapper(),
    "toybox": Wrapper(),
}
"""Program -> how to find the command in its arguments."""

SHELLS = frozenset({"sh", "ash", "bash", "dash", "ksh", "mksh", "yash", "zsh", "rbash"})
_SHELL_FLAGS = frozenset("aefhluvxCcmp")
_SHELL_OPTIONS = frozenset({"errexit", "nounset", "pipefail", "xtrace", "noglob", "noclobber", "allexport", "verbose"})
_SHELL_LONG = frozenset({"--login", "--norc", "--noprofile", "--posix"})

_FIND = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
_FIND_FILES = frozenset({"-fprint", "-fprint0", "-fprintf", "-fls"})

_REMOTE_COPY = re.compile(r"-[rpvdft]+")
"""What scp is started with by another scp; with anything else it is a client, which runs ssh or what it is told to."""

INTERPRETERS = re.compile(
    # languages
    r"python[0-9.]*|pypy[0-9.]*|perl[0-9.]*|ruby[0-9.]*|irb|php[0-9.]*|lua[0-9.]*|luajit|node|nodejs|deno|bun|npx|tclsh|wish"
    r"|expect|guile|sbcl|clisp|racket|swipl|ocaml|ghci|erl|iex|elixir|julia|octave|gnuplot|R|Rscript|groovy|scala|kotlin"
    r"|jshell|jrunscript|java|osascript|pwsh|bc|dc|m4|gdb|lldb|[gmn]?awk|original-awk|sed"
    # editors, databases' clients and others with a way to the shell
    r"|ed|ex|r?vim?|rview|view|nvim|vimdiff|emacs|emacsclient|nano|joe|sqlite3|psql|mysql|mariadb|ftp|lftp"
    # what builds and deploys
    r"|make|gmake|ninja|cmake|scons|rake|just|ant|mvn|gradle|ansible.*|run-parts|at|batch|crontab"
    # other shells, other users, other machines
    r"|fish|csh|tcsh|rc|es|elvish|nu|xonsh|git-shell|su|runuser|pkexec|newgrp|sg|run0|dzdo|capsh|ssh|sshpass|autossh|mosh"
    r"|ssh-agent|socat|sftp|sftp-server|docker|podman|nerdctl|kubectl|lxc|machinectl|systemd-nspawn"
    # another environment for a command, by options that aren't followed
    r"|chroot|nsenter|unshare|setpriv|runcon|bwrap|firejail|fakeroot|cgexec|systemd-run|systemd-inhibit|start-stop-daemon"
    r"|daemon|daemonize|chpst|envdir|setuidgid|softlimit|setarch|linux32|linux64|i[3-6]86|x86_64|uname26|ld-linux.*|ld-musl.*"
    r"|ld\.so.*|time|taskset|chrt|prlimit|choom|uclampset|faketime|eatmydata|proxychains4?|torsocks|flock|sem|parallel|watch"
    r"|entr|script|screen|tmux|rlwrap|unbuffer|strace|ltrace|perf|valgrind|dbus-run-session|dbus-launch|xvfb-run|xinit|startx"
)
"""Programs that run code or commands given to them in a way that isn't followed."""


@frozen
class Inside:
    """What a command's arguments make it run: `commands` (each its words), and `texts` that a shell reads.

    `assignments`: names of variables they set. `files`: paths they open. `dynamic`: why they may run something else.
    """

    commands: tuple[tuple[Word, ...], ...] = ()
    texts: tuple[str, ...] = ()
    assignments: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    dynamic: str = ""
    interpreter: bool = False


def look_inside(name: str, arguments: tuple[Word, ...]) -> Inside:
    """What a program of that name runs or opens besides itself."""
    if name in WRAPPERS:
        return _wrapped(WRAPPERS[name], name, arguments)
    if name in SHELLS:
        return _shell(name, arguments)
    match name:
        case "find":
            return _find(arguments)
        case "eval":
            return _evaluated(arguments)
        case "trap":
            return _trapped(arguments)
        case "scp":
            return _copied(arguments)
    return Inside(interpreter=INTERPRETERS.fullmatch(name) is not None)


def _wrapped(wrapper: Wrapper, name: str, arguments: tuple[Word, ...]) -> Inside:
    """Past the wrapper's own arguments."""
    unknown = Inside(dynamic=f"{name} is given what it isn't known by")
    assigned: list[str] = []
    at, operands, options = 0, wrapper.operands, True
    while at < len(arguments):
        word = arguments[at].text
        variable = _variable(arguments[at]) if wrapper.assignments else ""
        if variable:
            assigned.append(variable)
        elif word is None:
            break
        elif options and word == "--":
            options = False
        elif options and word.startswith("-"):
            if word[1:2] and word[1] in wrapper.queries:
                return Inside()
            taken = _option(wrapper, word)
            if not taken or not all(value.single for value in arguments[at + 1 : at + taken]):
                return unknown
            at += taken - 1
        elif operands:
            operands, options = operands - 1, False
        else:
            break
        at += 1
    return _command(wrapper, arguments[at:], tuple(assigned))


def _variable(word: Word) -> str:
    """The name that an argument sets, "" for another one. It needn't be one that a shell could set."""
    if word.text is None:
        found = ASSIGNMENT.match(word.source) if word.single else None
        return found[1] if found else ""
    name, equals, _ = word.text.partition("=")
    return name if equals and not name.startswith(("-", "/")) else ""


def _command(wrapper: Wrapper, words: tuple[Word, ...], assigned: tuple[str, ...]) -> Inside:
    """What is left after the wrapper's own arguments."""
    if not words:
        return Inside(assignments=assigned)
    first = words[0].text or ""
    if first.startswith("-") or (wrapper.assignments and "=" in first):
        return Inside(assignments=assigned, dynamic="what should be a program may be something else")
    if wrapper.appends:
        words = (*words, Word("(its input)", None, single=False))
    return Inside(commands=(words,), assignments=assigned)


def _option(wrapper: Wrapper, word: str) -> int:
    """How many words an option takes, 0 when it isn't known."""
    if word.startswith("--"):
        name, equals, _ = word[2:].partition("=")
        if name in wrapper.long_valued:
            return 1 if equals else 2
        return 1 if name in wrapper.long else 0
    for place, letter in enumerate(word[1:], 2):
        if letter in wrapper.valued:
            return 1 if place < len(word) else 2
        if letter not in wrapper.flags:
            return 0
    return 1 if len(word) > 1 else 0


def _shell(name: str, arguments: tuple[Word, ...]) -> Inside:
    """A shell: the text after -c, or a script that isn't seen."""
    texts, at = False, 0
    while at < len(arguments):
        word = arguments[at].text
        if word is None or not word.startswith(("-", "+")) or word in ("-", "--"):
            break
        if word[-1] == "o" and at + 1 < len(arguments) and arguments[at + 1].text in _SHELL_OPTIONS:
            at, word = at + 1, word[:-1]
        known = len(word) > 1 and _SHELL_FLAGS.issuperset(word[1:]) and not (word[0] == "+" and "c" in word)
        if word not in {"-", "+", *_SHELL_LONG} and not known:
            return Inside(dynamic=f"{name} is given what it isn't known by")
        texts |= "c" in word[1:] and word not in _SHELL_LONG
        at += 1
    if at < len(arguments) and arguments[at].text in ("-", "--"):
        at += 1
    text = arguments[at].text if at < len(arguments) else None
    if text is None:
        return Inside(dynamic=f"{name} reads what it runs at run time")
    if texts:
        return Inside(texts=(text,))
    odd = text.startswith(("/dev/", "/proc/")) or ".." in text or text == ""
    return Inside(dynamic=f"{name} reads what it runs at run time" if odd else "", interpreter=True)


def _find(arguments: tuple[Word, ...]) -> Inside:
    """The commands of `-exec` and its kin, and the files that it writes. Any word that isn't known could be one."""
    if any(word.text is None for word in arguments):
        return Inside(dynamic="find is given a word that is known at run time only, which may be -exec")
    files = (File("write", word) for before, word in pairwise(arguments) if before.text in _FIND_FILES)
    found, at = [], 0
    while at < len(arguments):
        if arguments[at].text in _FIND:
            start = at = at + 1
            while at < len(arguments) and not _ends(arguments, at):
                at += 1
            found.append(tuple(map(_placeholder, arguments[start:at])))
        at += 1
    return Inside(commands=tuple(command for command in found if command), files=tuple(files))


def _ends(arguments: tuple[Word, ...], at: int) -> bool:
    """Whether a command of find's ends here."""
    return arguments[at].text == ";" or (arguments[at].text == "+" and arguments[at - 1].text == "{}")


def _placeholder(word: Word) -> Word:
    return Word(word.source, None) if "{}" in (word.text or "") else word


def _evaluated(arguments: tuple[Word, ...]) -> Inside:
    """eval: its words are a text."""
    words = [word.text for word in arguments if word.text is not None]
    if len(words) < len(arguments):
        return Inside(dynamic="eval runs what is known at run time only")
    return Inside(texts=(" ".join(words[1:] if words[:1] == ["--"] else words),))


def _trapped(arguments: tuple[Word, ...]) -> Inside:
    """trap: its first word is a text, unless it only asks or resets."""
    if not arguments or arguments[0].text in ("-", ""):
        return Inside()
    text = arguments[0].text
    if text is None or text.startswith("-"):
        return Inside(dynamic="trap runs what is known at run time only")
    return Inside(texts=() if text.isdigit() else (text,))


def _copied(arguments: tuple[Word, ...]) -> Inside:
    """scp: as another scp starts it at this end `-f` reads the paths, `-t` writes below them; else it is a client."""
    at, letters = 0, ""
    while at < len(arguments) and (text := arguments[at].text) is not None and _REMOTE_COPY.fullmatch(text):
        at, letters = at + 1, letters + text
    if at < len(arguments) and arguments[at].text == "--":
        at += 1
    elif any((word.text or "-").startswith("-") for word in arguments[at:]):
        letters = ""  # it may be an option
    paths = arguments[at:]
    read = (File("read", path, True) for path in paths if "f" in letters or not letters)
    written = (File("write", path, True) for path in paths if "t" in letters or not letters)
    return Inside(files=(*read, *written), interpreter="f" not in letters and "t" not in letters)
