"""Builtins that change what is run later, or evaluate their arguments; and the variables that do.

Where a shell wants a number it may take an expression, and an expression a variable's value, in which `a[$(…)]` runs
something. So a word is taken for a number here when it is one.
"""

from __future__ import annotations

import re

from tokengate.shell.facts import Word
from tokengate.shell.wrappers import ASSIGNMENT

_REBINDING = re.compile(
    r"(?i:PATH|IFS|ENV|BASH.*|SHELLOPTS|PS4|CDPATH|FPATH|ZDOTDIR|PROMPT_COMMAND|LD_.*|DYLD_.*"
    r"|HISTCHARS|(?:READ)?NULLCMD|EXECSHELL|MODULE_PATH)"
)
"""Variables that decide what a name means, how it is read or what runs besides. In either case: zsh's path is PATH."""

_EVALUATED = frozenset({
    "COLUMNS", "EGID", "ERRNO", "EUID", "FUNCNEST", "GID", "HISTCMD", "HISTSIZE", "KEYTIMEOUT", "KSHEGID", "KSHGID",
    "KSHUID", "LINES", "LISTMAX", "MAILCHECK", "OPTIND", "PGRP", "PPID", "RANDOM", "SAVEHIST", "SECONDS", "SHLVL",
    "SRANDOM", "TMOUT", "TRY_BLOCK_ERROR", "TRY_BLOCK_INTERRUPT", "UID", "USER_ID", "ZLE_RPROMPT_INDENT",
})  # fmt: skip
"""Variables that are numbers for some shell (bash, zsh or mksh), which evaluates what they are set to."""

_UNSEEN = frozenset({
    ".", "source", "alias", "unalias", "functions", "unfunction", "hash", "enable", "disable", "declare", "typeset",
    "integer", "float", "nameref", "let", "print", "mapfile", "readarray", "bind", "coproc", "compgen", "complete",
    "compctl", "fc", "fg", "bg", "jobs", "sched", "shopt", "setopt", "emulate", "autoload", "zcompile", "zmodload",
    "zle", "zstyle", "noglob", "-",
})  # fmt: skip
"""They run, or make later names mean, what can't be seen here; typeset and declare also evaluate."""

_DECLARING = {
    "export": re.compile(r"-[fnp]+|--"),
    "readonly": re.compile(r"-[fp]+|--"),
    "local": re.compile(r"--"),
    "unset": re.compile(r"-[fv]+|--"),
    "read": re.compile(r"-.*", re.DOTALL),
    "getopts": re.compile(r"--"),
}
"""Builtins that set variables, and the options with which they evaluate nothing and rename nothing."""

_TESTS = frozenset({"test", "["})
_UNARY = re.compile(r"-[bcdefghLknprsSuwxzGNO]")
_BINARY = re.compile(r"=|==|!=|-nt|-ot|-ef")
_COMPARING = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge"})
_NUMBER = re.compile(r"-?[0-9]+", re.ASCII)
_COUNTING = frozenset({"exit", "return", "shift", "break", "continue", "bye", "logout", "ulimit"})
_COUNT = re.compile(r"-?[0-9]*|\"?\$[?#]\"?", re.ASCII)
_LIMIT = re.compile(r"-[A-Za-z]+|unlimited|hard|soft", re.ASCII)
_PLAIN_FORMAT = re.compile(r"(?:[^%]|%%|%-?[0-9]*[sb])*", re.DOTALL)
_SET = re.compile(r"[-+][eufvxhmabC]+")
_SET_NAMES = frozenset({"errexit", "nounset", "pipefail", "xtrace", "noglob", "noclobber", "verbose", "allexport"})


def rebinds(variable: str) -> bool:
    """Whether setting it makes later names mean something else, or runs something besides."""
    return variable in _EVALUATED or _REBINDING.fullmatch(variable) is not None


def hazard(name: str, arguments: tuple[Word, ...]) -> str:
    """Why a builtin may run what can't be seen, "" when it can't."""
    texts = [word.text for word in arguments]
    if name in _UNSEEN:
        return f"{name} changes or runs what can't be seen here"
    if name in _DECLARING:
        options = _DECLARING[name]
        safe = all(_declares(word, options) for word in arguments)
    elif name == "printf":
        safe = not texts or (texts[0] is not None and _formats(texts[0], texts[1:]))
    elif name in _COUNTING:
        safe = all(_COUNT.fullmatch(word.source) or _limits(name, word) for word in arguments)
    elif name == "wait":
        safe = all(text is not None and "p" not in text for text in texts) or texts in ([None], ["$!"])
    elif name in _TESTS:
        safe = _tests(arguments[:-1] if name == "[" else arguments)
    elif name == "set":
        safe = _sets(texts)
    else:
        safe = True
    return "" if safe else f"{name} evaluates what is known at run time only"


def assigned(name: str, arguments: tuple[Word, ...]) -> tuple[str, ...]:
    """The variables that a builtin sets, or unsets."""
    if name not in _DECLARING:
        return ()
    words = arguments[1:2] if name == "getopts" else arguments
    names = (_target(word.source if word.text is None else word.text) for word in words)
    return tuple(one for one in names if one and not one.startswith("-"))


def _limits(name: str, word: Word) -> bool:
    return name == "ulimit" and word.text is not None and _LIMIT.fullmatch(word.text) is not None


def _target(text: str) -> str:
    return text.partition("=")[0]


def _declares(word: Word, options: re.Pattern[str]) -> bool:
    """Whether a word is certainly one NAME=value, or NAME, or such an option."""
    if word.text is None:
        return word.single and ASSIGNMENT.match(word.source) is not None
    if word.text.startswith("-"):
        return options.fullmatch(word.text) is not None
    return "[" not in _target(word.text)


def _tests(arguments: tuple[Word, ...]) -> bool:
    """Whether a test evaluates nothing: some shells do, after `-v` and `-t` or beside `-eq`."""
    words = arguments[1:] if arguments and arguments[0].text == "!" else arguments
    texts = [word.text for word in words]
    if not all(word.single for word in words):
        return False
    match texts:
        case [] | [_]:
            return True
        case [str() as operator, _] if operator != "-t":
            return _UNARY.fullmatch(operator) is not None
        case [_, str() as operator, _] if _BINARY.fullmatch(operator):
            return True
    known = [text for text in texts if text is not None and text not in ("-v", "-R") and "[" not in text]
    return len(known) == len(texts) and _compares_numbers(known)


def _compares_numbers(texts: list[str]) -> bool:
    """Whether whatever stands where a test takes a number is one."""
    padded = ["", *texts, ""]
    near = [padded[at + way] for at, text in enumerate(padded) if text in _COMPARING for way in (-1, 1)]
    near += [padded[at + 1] for at, text in enumerate(padded) if text == "-t"]
    return all(map(_NUMBER.fullmatch, near))


def _formats(form: str, texts: list[str | None]) -> bool:
    """Whether printf only prints: some shells evaluate what `%d` is given."""
    if form.startswith("-"):
        return False
    return _PLAIN_FORMAT.fullmatch(form) is not None or all(
        text is not None and _NUMBER.fullmatch(text) for text in texts
    )


def _sets(texts: list[str | None]) -> bool:
    """Whether `set` only sets parameters, and options that change nothing about how words are read."""
    at = 0
    while at < len(texts):
        text = texts[at]
        if text is None:
            return False
        if not text.startswith(("-", "+")) or text in ("-", "--"):
            return True
        if text[-1] == "o" and at + 1 < len(texts) and texts[at + 1] in _SET_NAMES:
            at += 1
            text = text[:-1]
        if text not in ("-", "+") and not _SET.fullmatch(text):
            return False
        at += 1
    return True
