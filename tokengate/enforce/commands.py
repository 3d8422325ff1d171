"""The rule items of the enforcer `shell`, and when a command or a file operation matches one.

    PROGRAM [ARGUMENT …]      a command of that program: git, /srv/bin/deploy, systemctl restart app-*
    run PROGRAM [ARGUMENT …]  the same, for programs that are called as one of the words below
    read PATH, write PATH     files: redirections, scp, SFTP; write is delete, rename, link and attributes too, read is
                              list too, and each of these is an item as well. Without PATH: any
    assign NAME               variables that are set: LANG, GIT_*
    dynamic                   it may run what can't be seen
    interpreter               a program that runs code it is given
    background, substitution … a construct of the shell's (docs/shell.md lists them)

For refusing and holding, what is known at run time only matches whatever it *may* be; for allowing, nothing but what it
*must* be.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from fnmatch import fnmatchcase

from attrs import frozen

from tokengate.enforce.paths import climbs, may_be_program, may_match, may_meet, must_be_program, must_match
from tokengate.shell.builtins import rebinds
from tokengate.shell.facts import Command, ShellFacts, Word
from tokengate.shell.tree import CONSTRUCTS as NODES
from tokengate.values import Action

KINDS_OF = {"write": frozenset({"delete", "rename", "link", "attributes"}), "read": frozenset({"list"})}
"""Umbrella -> the kinds of file operation that it is besides itself."""

KINDS = frozenset(KINDS_OF).union(*KINDS_OF.values())
CONSTRUCTS = frozenset(NODES.values()) - {""} | {"background", "substitution", "redirection", "wrapper"}
WORDS = KINDS | CONSTRUCTS | {"dynamic", "interpreter", "assign"}

_ITEM = re.compile(r"""(?:[^,\n'"]|'[^'\n]*'|"[^"\n]*")+""")


@frozen
class Touch:
    """One path, and the kind of operation on it. `below`: on everything below it too."""

    kind: str
    path: Word
    below: bool = False


@frozen
class Effects:
    """What rules are about, of a command or of a file operation."""

    commands: tuple[Command, ...] = ()
    touches: tuple[Touch, ...] = ()
    constructs: frozenset[str] = frozenset()

    @property
    def assignments(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for command in self.commands for name in command.assignments))

    @property
    def dynamic(self) -> bool:
        return any(command.dynamic for command in self.commands) or any(map(rebinds, self.assignments))


def of_command(facts: ShellFacts) -> Effects:
    """The effects of an exec command."""
    return Effects(facts.commands, tuple(Touch(f.mode, f.path, f.below) for f in facts.files), facts.constructs)


def of_operation(action: Action) -> Effects | None:
    """The effects of an SFTP operation; None when it has a kind, or touches something, that rules have no word for."""
    kinds = action.categories
    if not kinds or kinds - KINDS or not action.accesses:
        return None
    if any(access.kind != "path" or access.mode not in KINDS_OF for access in action.accesses):
        return None
    touches = []
    for access in action.accesses:
        every = kinds | {access.mode}
        every -= {umbrella for umbrella, narrower in KINDS_OF.items() if narrower & kinds}
        word = Word(access.name, access.name)
        touches += [Touch(kind, word, below="rename" in kinds) for kind in sorted(every)]
    return Effects(touches=tuple(touches))


@frozen
class Item:
    """One rule item. `word`: "run" or one of `WORDS`; `patterns`: its program and arguments, path or name."""

    word: str
    patterns: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Item:
        """Raises ValueError with a sentence."""
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise ValueError(f"{text!r} can't be split into words: {error}") from None
        if words[:1] == ["run"] and len(words) > 1:
            return cls("run", tuple(words[1:]))
        word, patterns = words[0], tuple(words[1:])
        if word not in WORDS:
            return cls("run", tuple(words))
        if len(patterns) > (word in KINDS or word == "assign"):
            raise ValueError(f"{text!r} has a word too many; for a program of that name write: run {text}")
        return cls(word, patterns)

    def __str__(self) -> str:
        words = self.patterns if self.word == "run" and self.patterns[0] not in WORDS else (self.word, *self.patterns)
        return " ".join(words)

    # ------------------------------------------------------------ refusing and holding

    def matches(self, effects: Effects) -> bool:
        """Whether this may be one of the effects. What is dynamic may run, open and set anything."""
        if self.word in CONSTRUCTS:
            return self.word in effects.constructs
        return effects.dynamic or self._names(effects)

    def _names(self, effects: Effects) -> bool:
        """Whether it is about an effect that is seen."""
        match self.word:
            case "run":
                return any(map(self._may_run, effects.commands))
            case "interpreter":
                return any(command.interpreter for command in effects.commands)
            case "assign":
                return any(fnmatchcase(name, self._pattern) for name in effects.assignments)
            case _:
                return any(
                    self._is_kind(touch.kind) and may_match(self._pattern, touch.path, below=touch.below)
                    for touch in effects.touches
                )

    def _may_run(self, command: Command) -> bool:
        if command.program is None:
            return False
        program = command.program.text  # None: dynamic
        return (
            program is not None
            and may_be_program(self.patterns[0], program)
            and may_have(self.patterns[1:], command.arguments)
        )

    # ------------------------------------------------------------ allowing

    def allows(self, command: Command) -> bool:
        """Whether it allows that command, apart from what else the command does."""
        program = command.program.text if command.program else None
        if self.word != "run" or program is None or not must_be_program(self.patterns[0], program):
            return False
        return len(self.patterns) == 1 or must_have(self.patterns[1:], command.arguments)

    def allows_touch(self, touch: Touch) -> bool:
        """Whether it allows that on that path."""
        return self._is_kind(touch.kind) and must_match(self._pattern, touch.path, below=touch.below)

    def allows_assignment(self, name: str) -> bool:
        """Whether it allows that variable to be set."""
        return self.word == "assign" and fnmatchcase(name, self._pattern)

    @property
    def _pattern(self) -> str:
        return self.patterns[0] if self.patterns else "*"

    def _is_kind(self, kind: str) -> bool:
        return self.word == kind or kind in KINDS_OF.get(self.word, ())


def may_have(patterns: tuple[str, ...], words: tuple[Word, ...]) -> bool:
    """Whether arguments may be as the patterns say: their options anywhere, their operands in order from the first.

    `-rf` is `-r -f`, a long option may be cut short, and a word after an option may be its value. A word with wildcards
    of its own is whatever they match, because programs such as systemctl expand them.
    """
    options = [pattern for pattern in patterns if pattern.startswith("-") and pattern.strip("-")]
    operands = [pattern for pattern in patterns if pattern not in options and pattern != "--"]
    if operands[-1:] == ["*"]:
        operands.pop()
    return all(_may_have_option(option, words) for option in options) and _may_begin(operands, words)


def _may_have_option(option: str, words: tuple[Word, ...]) -> bool:
    if any(word.text is None for word in words):
        return True
    texts = [word.text or "" for word in words]
    if any(fnmatchcase(text, option) or text.startswith(f"{option}=") for text in texts):
        return True
    if option.startswith("--"):
        return any(len(text) > 2 and option.startswith(text.partition("=")[0]) for text in texts if text[:2] == "--")
    letters = {letter for text in texts if text[:1] == "-" != text[1:2] for letter in text[1:]}
    return set(option[1:]) <= letters


def _may_begin(operands: list[str], words: tuple[Word, ...]) -> bool:
    """Whether the words, without options and with or without what may be an option's value, begin like this."""
    places = {0}
    after_option = False
    for word in words:
        if len(operands) in places or not places:
            break
        if word.text is None and not word.single:
            return True
        option = word.text is not None and len(word.text) > 1 and word.text.startswith("-")
        if not option:
            found = {at + 1 for at in places if word.text is None or may_meet(word.text, operands[at])}
            places = found | (places if after_option or word.text is None else set())
        after_option = option
    return len(operands) in places


def must_have(patterns: tuple[str, ...], words: tuple[Word, ...]) -> bool:
    """Whether arguments are as the patterns say, one by one as written; a last `*` is any number of any words."""
    if patterns[-1] == "*":
        patterns, words = patterns[:-1], words[: len(patterns) - 1]
    return len(patterns) == len(words) and all(map(_fits, patterns, words))


def _fits(pattern: str, word: Word) -> bool:
    """A wildcard is no option that the pattern doesn't begin, and no way upwards."""
    text = word.text
    if text is None or text == pattern:
        return text is not None
    if climbs(text) or (text.startswith("-") and not pattern.startswith("-")):
        return False
    return fnmatchcase(text, pattern)


def uncovered(effects: Effects, items: Iterable[Item]) -> str:
    """The first effect that no allowing item covers, "" when all are."""
    allowed = tuple(items)
    words = {item.word for item in allowed}
    for command in effects.commands:
        if command.program is not None and not any(item.allows(command) for item in allowed):
            return f"run {command.program}"
        if command.dynamic and "dynamic" not in words:
            return f"dynamic ({command.dynamic})"
    for touch in effects.touches:
        if touch.path.text != "/dev/null" and not any(item.allows_touch(touch) for item in allowed):
            return f"{touch.kind} {touch.path}"
    for name in effects.assignments:
        if not any(item.allows_assignment(name) for item in allowed):
            return f"assign {name}"
    return "background" if "background" in effects.constructs and "background" not in words else ""


def items(text: str) -> tuple[Item, ...]:
    """A list of items, separated by commas or lines outside of quotes. Raises ValueError."""
    if _ITEM.sub("", text).strip(", \n\t"):
        raise ValueError("a quote does not end")
    return tuple(Item.parse(part) for part in _ITEM.findall(text) if part.strip())
