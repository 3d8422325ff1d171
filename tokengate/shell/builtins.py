"""Builtins that change what is run later, or evaluate their arguments; and the variables that do."""

from __future__ import annotations

import re

from tokengate.shell.facts import Word
from tokengate.shell.wrappers import ASSIGNMENT

_REBINDING = re.compile(
    r"PATH|IFS|ENV|BASH_ENV|BASHOPTS|SHELLOPTS|PS4|CDPATH|FPATH|ZDOTDIR|PROMPT_COMMAND|BASH_FUNC.*|LD_.*|DYLD_.*",
    re.IGNORECASE,
)
"""Variables that decide what a name means or what runs besides. In either case: zsh ties path to PATH."""

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
_UNARY = re.compile(r"-[bcdefghLknprsStuwxzGNO]")
_BINARY = re.compile(r"=|==|!=|-nt|-ot|-ef")
_COUNTING = frozenset({"exit", "return", "shift", "break", "continue", "ulimit"})
_COUNT = re.compile(r"-?\w*|\"?\$[?#]\"?", re.ASCII)
_PLAIN_FORMAT = re.compile(r"(?:[^%]|%%|%-?[0-9]*[sb])*", re.DOTALL)
_SET = re.compile(r"[-+][eufvxhmabC]+")
_SET_NAMES = frozenset({"errexit", "nounset", "pipefail", "xtrace", "noglob", "noclobber", "verbose", "allexport"})


def rebinds(variable: str) -> bool:
    """Whether setting it makes later names mean something else, or runs something besides."""
    return _REBINDING.fullmatch(variable) is not None


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
        safe = all(_COUNT.fullmatch(word.source) for word in arguments)
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
    """Whether a test evaluates nothing: some shells do, after `-v` or beside `-eq`."""
    words = arguments[1:] if arguments and arguments[0].text == "!" else arguments
    texts = [word.text for word in words]
    if not all(word.single for word in words):
        return False
    match texts:
        case [] | [_]:
            return True
        case [str() as operator, _]:
            return _UNARY.fullmatch(operator) is not None
        case [_, str() as operator, _] if _BINARY.fullmatch(operator):
            return True
    return all(text is not None and text not in ("-v", "-R") and "[" not in text for text in texts)


def _formats(form: str, texts: list[str | None]) -> bool:
    """Whether printf only prints: some shells evaluate what `%d` is given."""
    if form.startswith("-"):
        return False
    return _PLAIN_FORMAT.fullmatch(form) is not None or all(text is not None and text.isalnum() for text in texts)


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
