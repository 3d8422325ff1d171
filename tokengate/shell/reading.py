"""The two readings of a shell command, held against each other; then what its commands run in turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from tokengate.shell import builtins
from tokengate.shell.facts import Command, File, SyntaxProblem, Word
from tokengate.shell.lexer import NESTING, Lexer, Token
from tokengate.shell.tree import RESERVED, Outline, outline
from tokengate.shell.wrappers import ASSIGNMENT, look_inside

_MODES: dict[str, Literal["read", "write"]] = {"<": "read", ">": "write", ">|": "write", ">>": "write"}
_NO_FILE = frozenset({"<<", "<<-", "<&", ">&", "<&-", ">&-"})
_TWO_WAYS = "it can be read in more than one way"

_POSITIONAL = re.compile(r"[0-9]+=", re.ASCII)

_TEXT_LIMIT = 512
"""Texts inside one command, all together: no command that people write has a tenth of that."""


class Reading:
    """Collects the facts of a text and of all texts inside it."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.constructs: set[str] = set()
        self.files: list[File] = []
        self._texts = 0

    def text(self, raw: bytes, depth: int = 0) -> None:
        """Read one text. Raises `SyntaxProblem`."""
        self._texts += 1
        if self._texts > _TEXT_LIMIT:
            raise SyntaxProblem("it holds too many texts")
        lexer = Lexer(raw, depth)
        lexer.read()
        tree = outline(raw)
        if [(token.start, token.end) for token in lexer.tokens if token.kind != "newline"] != tree.leaves:
            raise SyntaxProblem(_TWO_WAYS)
        self.constructs |= tree.constructs
        if any(token.operator == "&" for token in lexer.tokens):
            self.constructs.add("background")
        self._runs(lexer.tokens, tree, depth)
        self._words(lexer, tree, depth)

    def _runs(self, tokens: list[Token], tree: Outline, depth: int) -> None:
        """Every simple command, agreed on by both readings."""
        simple = iter(tree.simple)
        for run in _split(tokens, tree):
            words, files = _parts(run)
            self.files += files
            self.constructs |= {"redirection"} if files else set()
            at = 0
            while at < len(words) and ASSIGNMENT.match(_word(words[at]).source):
                at += 1
            assignments = tuple(_word(token).source.partition("=")[0] for token in words[:at])
            if words:
                _agree(next(simple, -1), run[0].start, words, at, tree)
            if words[at:]:
                self.simple(tuple(_word(token) for token in words[at:]), assignments, depth)
            elif assignments or files:
                self.commands.append(Command(None, (), assignments))
        if next(simple, None) is not None:
            raise SyntaxProblem(_TWO_WAYS)

    def _words(self, lexer: Lexer, tree: Outline, depth: int) -> None:
        """What is inside the words, whatever they belong to."""
        words = lexer.words
        assigned = (*words.assigned, *tree.loop_variables)
        if assigned:
            self.commands.append(Command(None, (), assigned))
        if words.evaluates:
            self.commands.append(Command(None, dynamic="arithmetic over variables, whose values are evaluated"))
        for text in words.substitutions:
            self.constructs.add("substitution")
            self.text(text, depth + 1)

    def simple(self, words: tuple[Word, ...], assignments: tuple[str, ...], depth: int) -> None:
        """One command, and what it runs."""
        if depth > NESTING:
            raise SyntaxProblem("it is nested too deeply")
        program, arguments = words[0], words[1:]
        if program.text is None:
            dynamic = "a program's name is known at run time only"
            self.commands.append(Command(program, arguments, assignments, dynamic))
            return
        name = program.text.rpartition("/")[2]
        inside = look_inside(name, arguments)
        assignments += builtins.assigned(name, arguments) + inside.assignments
        dynamic = inside.dynamic or builtins.hazard(name, arguments)
        self.commands.append(Command(program, arguments, assignments, dynamic, inside.interpreter))
        self.files += inside.files
        for command in inside.commands:
            self.constructs.add("wrapper")
            self.simple(command, (), depth + 1)
        for text in inside.texts:
            self.constructs.add("wrapper")
            self.text(text.encode(), depth + 1)


def _split(tokens: list[Token], tree: Outline) -> Iterator[list[Token]]:
    """The tokens between what separates commands."""
    run: list[Token] = []
    before = ""
    for token in tokens:
        if before == "|" and token.start in tree.keywords and _word(token).source == "!":
            raise SyntaxProblem("not all shells read ! alike inside a pipeline", token.start)
        before = token.operator if token.kind != "newline" else before
        if token.kind in ("body", "end") or token.start in tree.headers:
            continue
        redirects = token.operator in _MODES or token.operator in _NO_FILE
        if token.kind == "newline" or (token.kind == "operator" and not redirects) or token.start in tree.keywords:
            yield run
            run = []
        else:
            run.append(token)
    yield run


def _parts(run: list[Token]) -> tuple[list[Token], list[File]]:
    """A simple command's words, and the files that its redirections open."""
    words: list[Token] = []
    files: list[File] = []
    rest = iter(run)
    for token in rest:
        if token.kind == "word":
            words.append(token)
        elif token.kind == "operator" and token.operator not in ("<&-", ">&-"):
            target = next(rest, None)
            if target is None or target.word is None:
                raise SyntaxProblem("a redirection leads nowhere", token.start)
            if token.operator in _MODES:
                files.append(File(_MODES[token.operator], target.word))
    return words, files


def _agree(start: int, begin: int, words: list[Token], at: int, tree: Outline) -> None:
    """Raise unless the tree's next simple command (at `start`) is the one that begins here, with the same program."""
    program = words[at] if at < len(words) else None
    first = program or words[0]
    if not begin <= start <= first.start or (program is not None) != (first.start in tree.programs):
        raise SyntaxProblem(_TWO_WAYS, begin)
    word = _word(first)
    if _POSITIONAL.match(word.source):  # zsh sets $0, and runs what comes next
        raise SyntaxProblem("not all shells read this assignment alike", first.start)
    if program and word.source == word.text and word.text in RESERVED:
        raise SyntaxProblem(f"not all shells read {word.text} alike", first.start)
    if any(_word(token).source == "}" for token in words):  # it ends a group in zsh, wherever it is
        raise SyntaxProblem("not all shells read } alike", first.start)


def _word(token: Token) -> Word:
    assert token.word is not None  # what isn't one was taken out before
    return token.word
