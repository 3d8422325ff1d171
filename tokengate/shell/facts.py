"""The facts of a shell command: everything policy decides on, whichever POSIX shell will run it.

One `ShellFacts` per text, made by `tokengate.shell.posix.analyse`, immutable.
"""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen


class SyntaxProblem(Exception):
    """A text that is not understood. `message`: one sentence's worth of why; `position`: its byte, from 0."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@frozen
class Word:
    """One word as written (`source`), and after quote removal (`text`); `text` None: it is known at run time only.

    `single`: it becomes exactly one word. An unquoted expansion or a glob may become any number of them.
    """

    source: str
    text: str | None
    single: bool = True

    def __str__(self) -> str:
        return self.source if self.text is None else self.text


@frozen
class Command:
    """One simple command, wherever it stands: in a list, a substitution, a function's body, behind sudo.

    `program` None: only assignments or redirections. `assignments`: names of variables it sets, its own builtins'
    included. `dynamic`: why it may run what can't be seen here, "" when it doesn't. `interpreter`: its program runs
    code that it is given in arguments, files or input.
    """

    program: Word | None
    arguments: tuple[Word, ...] = ()
    assignments: tuple[str, ...] = ()
    dynamic: str = ""
    interpreter: bool = False


@frozen
class File:
    """A path that is read or written in a way that is understood: by redirection, by scp or find.

    `below`: so may be everything below it.
    """

    mode: Literal["read", "write"]
    path: Word
    below: bool = False


@frozen(eq=False)
class ShellFacts:
    """The facts of one text, with those of every text inside it (substitutions, `sh -c`, eval).

    `error`: why it is refused, `error_position`: its byte in the text that has it; all else is then empty.
    `constructs`: "and-or", "pipeline", "background", "subshell", "group", "substitution", "redirection",
    "here-document", "condition", "loop", "case", "function", "wrapper".
    """

    commands: tuple[Command, ...] = ()
    constructs: frozenset[str] = frozenset()
    files: tuple[File, ...] = ()
    error: str = ""
    error_position: int = 0
    dynamic: str = field(init=False)  # the first command's reason that has one

    @dynamic.default
    def _dynamic(self) -> str:
        return next((command.dynamic for command in self.commands if command.dynamic), "")
