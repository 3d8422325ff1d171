"""A body in PL/pgSQL to the SQL that it may run: its statements, and its expressions as the SELECTs that they are.

`bodies` asks it. It follows the language's own grammar (pl_gram.y) from statement to statement: what the server's
parser takes for SQL is cut out as there, INTO clauses left out, and read as any text. What it can't follow it can't
read at all.

`plpgsql` reads a DO block that masks have to follow, with its variables, and refuses what it can't; this one is for
what the database keeps already: it marks texts that are computed and reads on, in triggers too.
"""

from __future__ import annotations

from collections.abc import Sequence

from tokengate.sql import lexer
from tokengate.sql.lexer import Token

DYNAMIC = "execute"
"""Among the texts: some SQL is put together when the body runs."""

_OPENING, _CLOSING = ("(", "["), (")", "]")
_NAMES = ("word", "quoted", "number")
"""Kinds of token that name a variable: `x`, `"X"`, `$1`."""

_MARKS = frozenset({"begin", "else", "loop", "exception", ";"})
"""Words between statements."""

_SILENT = frozenset({"null", "fetch", "move", "close", "get"})
"""Statements without SQL in them, unless they call something."""


class Unread(Exception):
    """The body is not of a form that is known here."""


def texts(body: str) -> list[str]:
    """The SQL in a body, each a statement; `DYNAMIC` for what can't be seen. Raises `Unread`."""
    return _Reader(body).read()


class _Reader:
    """Goes through the tokens of one body once."""

    def __init__(self, body: str) -> None:
        self._text = body
        self._tokens = list(lexer.tokens(body))
        self._at = 0
        self._cursors: set[str] = set()
        self._found: list[str] = []
        if any(kind == "broken" for kind, _, _ in self._tokens):
            raise Unread

    def read(self) -> list[str]:
        while self._word() == "#":  # an option, of two words
            self._at += 3
        while self._at < len(self._tokens):
            self._statement()
        return self._found

    # ------------------------------------------------------------ tokens

    def _word(self, ahead: int = 0) -> str:
        return self._spelled(self._at + ahead)

    def _spelled(self, index: int) -> str:
        """A token in lower case, "" behind the last."""
        if index >= len(self._tokens):
            return ""
        _, start, end = self._tokens[index]
        return self._text[start:end].lower()

    def _until(self, *ends: str) -> Sequence[Token]:
        """The tokens before the first of these words outside of parentheses; goes on behind it."""
        depth, start = 0, self._at
        while self._at < len(self._tokens):
            word = self._word()
            if depth == 0 and word in ends:
                self._at += 1
                return self._tokens[start : self._at - 1]
            depth += (word in _OPENING) - (word in _CLOSING)
            self._at += 1
        raise Unread

    def _sql(self, tokens: Sequence[Token]) -> str:
        """Their text, without comments; what was apart stays so, by a line's end (which joins literals)."""
        parts, last = [], 0
        for _, start, end in tokens:
            parts += ["\n" if start > last else "", self._text[start:end]]
            last = end
        return "".join(parts).strip()

    def _words(self, tokens: Sequence[Token]) -> list[str]:
        return [self._text[start:end].lower() for _, start, end in tokens]

    def _outer(self, tokens: Sequence[Token], *wanted: str) -> int:
        """Where one of these words first stands outside of parentheses; -1 nowhere."""
        depth = 0
        for index, word in enumerate(self._words(tokens)):
            if depth == 0 and word in wanted:
                return index
            depth += (word in _OPENING) - (word in _CLOSING)
        return -1

    # ------------------------------------------------------------ what is found

    def _statements(self, tokens: Sequence[Token]) -> None:
        """One SQL statement, or one that is put together."""
        if self._words(tokens[:1]) == ["execute"]:
            self._found.append(DYNAMIC)
            self._using(self._without_target(tokens[1:]))
        elif tokens:
            self._found.append(self._sql(self._without_target(tokens)))

    def _expression(self, tokens: Sequence[Token]) -> None:
        if tokens:
            self._found.append("select " + self._sql(tokens))

    def _using(self, tokens: Sequence[Token]) -> None:
        """Expressions, and more of them behind USING."""
        using = self._outer(tokens, "using")
        self._listed(tokens if using < 0 else tokens[:using])
        self._listed(() if using < 0 else tokens[using + 1 :])

    def _listed(self, tokens: Sequence[Token]) -> None:
        """Expressions with commas between them, some with a name: `x, size := y`."""
        comma = self._outer(tokens, ",")
        if comma >= 0:
            self._listed(tokens[:comma])
            self._listed(tokens[comma + 1 :])
            return
        words = self._words(tokens[:4])
        if words[1:3] == [":", "="] or words[1:2] == ["="]:
            tokens = tokens[words.index("=") + 1 + (words[2:3] == [">"]) :]
        self._expression(tokens)

    def _without_target(self, tokens: Sequence[Token]) -> Sequence[Token]:
        """A statement without `INTO variables`: in SQL itself that makes a table."""
        words = self._words(tokens)
        for index, word in enumerate(words):
            if word != "into" or words[index - 1] in ("insert", "merge") or words[0] == "import":
                continue
            end = index + 1 + (words[index + 1 : index + 2] == ["strict"])
            while end < len(words):
                if tokens[end][0] not in _NAMES:
                    raise Unread
                end += 1
                if words[end : end + 1] not in ([","], ["."]):
                    break
                end += 1
            return [*tokens[:index], *tokens[end:]]
        return tokens

    # ------------------------------------------------------------ statements

    def _statement(self) -> None:
        """One statement of the language, or the word that opens, divides or ends a block."""
        word = self._word()
        if self._assigned():
            return
        handler = _HANDLERS.get(word)
        if word == "<" and self._word(1) == "<":
            self._until(">")
            self._at += 1
        elif word in _MARKS:
            self._at += 1
        elif handler is not None:
            self._at += 1
            handler(self)
        elif word in _SILENT:
            if "(" in self._words(self._until(";")):
                raise Unread
        else:
            self._statements(self._until(";"))

    def _assigned(self) -> bool:
        """`target := value;`, whatever the target is called: no SQL statement goes on like that."""
        end = self._at + 1
        if end >= len(self._tokens) or self._tokens[self._at][0] not in _NAMES:
            return False
        while self._spelled(end) in (".", "["):
            if self._spelled(end) == "[":
                while self._spelled(end) not in ("]", ";", ""):
                    end += 1
                end += 1
            else:
                end += 2
        if self._spelled(end) == ":" and self._spelled(end + 1) == "=":
            after = end + 2
        elif self._spelled(end) == "=":
            after = end + 1
        else:
            return False
        target = self._tokens[self._at : end]
        self._at = after
        self._expression(self._until(";"))
        self._expression(target if len(target) > 3 else ())  # what it is indexed by
        return True

    def _end(self) -> None:
        """`END`, `END IF label;`: the last may have no semicolon."""
        while self._at < len(self._tokens) and self._word() != ";":
            self._at += 1
        self._at += 1

    def _declare(self) -> None:
        while self._word() not in ("begin", ""):
            if self._word() == "declare":
                self._at += 1
                continue
            self._declared(self._until(";"))

    def _declared(self, tokens: Sequence[Token]) -> None:
        words = self._words(tokens)
        if "cursor" in words[1:4]:
            self._cursors.add(words[0])
            query = self._outer(tokens, "for", "is")
            self._statements(tokens[query + 1 :])
            return
        value = self._outer(tokens, "=", "default")
        if value >= 0:
            self._expression(tokens[value + 1 :])

    def _if(self) -> None:
        self._expression(self._until("then"))

    def _case(self) -> None:
        self._expression(self._until("when"))
        self._at -= 1

    def _while(self) -> None:
        self._expression(self._until("loop"))

    def _for(self) -> None:
        self._until("in")
        if self._word() == "reverse":
            self._at += 1
        tokens = self._until("loop")
        words = self._words(tokens)
        if words[:1] and words[0] in self._cursors:
            self._listed(tokens[2:-1])
        elif any(".." in self._text[a : b + 1] for kind, a, b in tokens if kind in ("number", "other")):
            self._found.append("select " + self._sql(tokens).replace("..", ",").replace("\nby\n", ","))
        else:
            self._statements(tokens)

    def _foreach(self) -> None:
        self._until("array")
        self._expression(self._until("loop"))

    def _exit(self) -> None:
        tokens = self._until(";")
        when = self._outer(tokens, "when")
        self._expression(tokens[when + 1 :] if when >= 0 else ())

    def _return(self) -> None:
        tokens = self._until(";")
        if self._words(tokens[:1]) == ["query"]:
            self._statements(tokens[1:])
        else:
            self._expression(tokens[self._words(tokens[:1]) == ["next"] :])

    def _raise(self) -> None:
        tokens = self._until(";")
        level = self._words(tokens[:1])
        leading = level and level[0] in ("debug", "log", "info", "notice", "warning", "exception")
        self._using(tokens[1:] if leading else tokens)

    def _perform(self) -> None:
        self._expression(self._until(";"))

    def _open(self) -> None:
        tokens = self._until(";")
        query = self._outer(tokens, "for")
        if query >= 0:
            self._statements(tokens[query + 1 :])
        else:
            self._listed(tokens[2:-1])


_HANDLERS = {
    "declare": _Reader._declare,
    "end": _Reader._end,
    "if": _Reader._if,
    "elsif": _Reader._if,
    "elseif": _Reader._if,
    "when": _Reader._if,
    "case": _Reader._case,
    "while": _Reader._while,
    "for": _Reader._for,
    "foreach": _Reader._foreach,
    "exit": _Reader._exit,
    "continue": _Reader._exit,
    "return": _Reader._return,
    "raise": _Reader._raise,
    "assert": _Reader._perform,
    "perform": _Reader._perform,
    "open": _Reader._open,
}
