"""Where a statement may hold round-trip tokens that the gateway turns back before the target sees them.

Only where that reveals nothing: a whole parameter or literal that is compared for equality with, or written to, columns
of one token space, and used nowhere else. A token anywhere else stays the text that it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from tokengate.mask.lineage import Use, follow
from tokengate.mask.patterns import Tokenise, strictest
from tokengate.mask.subjects import Subject, Subjects
from tokengate.mask.tokens import Tokens
from tokengate.sql.facts import Statement
from tokengate.sql.postgres import execute_arguments, with_literals
from tokengate.values import Operand

_LITERAL = re.compile(r"'(?:[^']|'')*'(?!\s*')|-?\s*\d+")
"""A plain literal. One that goes on behind a line's end is none."""

MOST_LITERALS = 64 * 1024
"""Characters of a text in which literals are looked for: bulk loads with their values in the text take parameters or
COPY to write tokens.
"""


KEPT_AS_TEXT = frozenset({"explain", "view", "create_table_as", "create_schema", "prepare"})
"""Kinds of statement whose constants are shown, by a plan or a definition, or used when names may mean others."""


def possible(text: Subjects) -> bool:
    """Whether any operand of a text may be a token: most texts have none, and need no second look."""
    if any(_outlives_itself(subject.statement) for subject in text.subjects):
        return False
    return any(_meant(use, subject) is not None for subject in text.subjects for use in subject.lineage.operands)


def _outlives_itself(statement: Statement) -> bool:
    """Whether a statement's text, as the server gets it, may be seen or run again. One that EXECUTE names is there
    already.
    """
    named = statement.kind == "prepare" and statement.cursor is None
    shown = any(name.name == "current_query" for name in statement.functions)
    return shown or (statement.kind in KEPT_AS_TEXT and not named)


def operands(text: str, subjects: Subjects, tokens: Callable[[str], Tokens]) -> Iterator[Operand]:
    """Where in `text`, and in its parameters, tokens may be; `tokens`: a space by its name."""
    if any(subject.statement.kind == "execute" for subject in subjects.subjects):
        yield from _arguments(text, subjects, tokens)
        return
    for subject in subjects.subjects:
        yield from _parameters(subject, tokens)
    if len(text) <= MOST_LITERALS:
        yield from _literals(text, subjects, tokens)


def _meant(use: Use, subject: Subject) -> tuple[str, str] | None:
    """The token space and type of the columns that an operand is for; None where it can't be a token."""
    known = subject.known
    mode = strictest(map(known.rules.mode, use.origins))
    if not isinstance(mode, Tokenise):
        return None
    types = {known.catalogue.type_of(origin) for origin in use.origins}
    return (mode.space, types.pop()) if len(types) == 1 else None


def _parameters(subject: Subject, tokens: Callable[[str], Tokens]) -> Iterator[Operand]:
    uses: dict[int, list[Use]] = {}
    for use in subject.lineage.operands:
        uses.setdefault(use.operand.parameter, []).append(use)
    reading = subject.statement.reading
    for number in sorted(uses.keys() - {0} - (reading.loose if reading else set())):
        found = {(_meant(use, subject), use.any) for use in uses[number]}
        if len(found) == 1:
            ((meant, any_of),) = found
            if meant is not None:
                yield Operand(tokens(meant[0]), meant[1], number=number, any=any_of)


def _arguments(text: str, subjects: Subjects, tokens: Callable[[str], Tokens]) -> Iterator[Operand]:
    """The literals that a text's only statement, EXECUTE, gives to the one that it names."""
    if len(subjects.subjects) != 2 or subjects.unresolved() or len(text) > MOST_LITERALS:
        return
    raw = text.encode()
    given = execute_arguments(raw)
    found = [one for one in _parameters(subjects.subjects[1], tokens) if one.number <= len(given)]
    places = [(given[one.number - 1], one) for one in found]
    yield from _placed(text, raw, places)


def _literals(text: str, subjects: Subjects, tokens: Callable[[str], Tokens]) -> Iterator[Operand]:
    raw = text.encode()
    queries = with_literals(raw)
    if len(queries) != len(subjects.subjects):
        return  # the text's own statements are not these
    places = []
    for subject, query in zip(subjects.subjects, queries, strict=True):
        known = subject.known
        uses = set() if query is None else follow(query, known.catalogue, known.effects, known.made).operands
        for use in sorted(uses, key=str):
            if use.operand.location >= 0 and (meant := _meant(use, subject)) is not None:
                places.append((use.operand.location, Operand(tokens(meant[0]), meant[1], any=use.any)))
    yield from _placed(text, raw, places)


def _placed(text: str, raw: bytes, places: Iterable[tuple[int, Operand]]) -> Iterator[Operand]:
    """Operands at the literals that begin at these bytes (-1: at none)."""
    start = at = 0
    for place, operand in sorted(places, key=lambda one: one[0]):
        if place < 0:
            continue
        start += len(raw[at:place].decode())
        at = place
        found = _LITERAL.match(text, start)
        if found is not None:
            yield operand._replace(number=0, start=start, end=found.end())
