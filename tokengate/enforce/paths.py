"""Globs over paths and programs that are known, or may be known at run time only, by the words of a command.

For refusing, a path matches what it *may* mean; for allowing, only what it *must*. `*` and `?` match `/` too. Links are
not seen: a path means what is written.
"""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase

from tokengate.shell.facts import Word

STANDARD = frozenset({"/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"})
"""Where a program is the one that its bare name means."""

LONGEST_GLOB = 1024
"""Characters of a word whose wildcards are followed; a longer one may be anything."""

_WILD = re.compile(r"[*?\[]")
_GLOB_PART = re.compile(r"\[[^]]+\]|.", re.DOTALL)


def may_match(pattern: str, word: Word, *, below: bool = False) -> bool:
    """Whether a path may be one of the pattern's, or have such below it. Case is left out: some systems do."""
    if word.text is None:
        return True
    pattern, path = pattern.lower(), _normal(word.text).lower()
    patterns = (pattern,) if pattern.startswith(("/", "*")) else (pattern, f"*/{pattern}")
    if any(fnmatchcase(one, glob) for one in (path, word.text.lower()) for glob in patterns):
        return True
    if path.startswith("/"):
        return below and _literal_start(patterns[-1]).startswith(path.rstrip("/") + "/")
    return below or _may_end(patterns[-1], path)


def must_match(pattern: str, word: Word, *, below: bool = False) -> bool:
    """Whether a path, and with `below` everything below it, is one of the pattern's."""
    if word.text is None or climbs(word.text) or (below and not pattern.endswith("*")):
        return False
    return fnmatchcase(_normal(word.text), pattern)


def may_be_program(pattern: str, program: str) -> bool:
    """Whether a program, as written, may be the pattern's: links and PATH may lead anywhere, so its name decides."""
    pattern, program = pattern.lower(), program.lower()
    if pattern.startswith("/") and program.startswith("/"):
        return fnmatchcase(_normal(program), pattern)
    return fnmatchcase(program.rpartition("/")[2], pattern.rpartition("/")[2])


def must_be_program(pattern: str, program: str) -> bool:
    """Whether a program is the pattern's: by its whole path, or by a bare name and then in a standard folder."""
    folder, slash, name = program.rpartition("/")
    if "/" in pattern:
        return fnmatchcase(program, pattern) and not climbs(program)
    return fnmatchcase(name, pattern) and (not slash or folder in STANDARD)


def may_meet(text: str, pattern: str) -> bool:
    """Whether a text, or what its own wildcards may stand for, may be one of the pattern's."""
    if fnmatchcase(text, pattern) or len(text) > LONGEST_GLOB:
        return True
    return _WILD.search(text) is not None and _overlap(_GLOB_PART.findall(text), _GLOB_PART.findall(pattern))


def _overlap(one: list[str], other: list[str]) -> bool:
    """Whether two globs have a text in common; a bracket counts as any character."""

    def past_stars(places: set[int]) -> set[int]:
        return places | {end for at in places for end in range(at + 1, len(other) + 1) if set(other[at:end]) == {"*"}}

    places = past_stars({0})
    for part in one:
        if part == "*":
            places = set(range(min(places), len(other) + 1)) if places else places
            continue
        ahead = {at for at in places if at < len(other)}
        stays = {at for at in ahead if other[at] == "*"}
        goes = {at + 1 for at in ahead - stays if part == other[at] or {part[0], other[at][0]} & {"?", "["}}
        places = past_stars(stays | goes)
    return len(other) in places


def climbs(text: str) -> bool:
    """Whether a text leads upwards somewhere: beyond links, nobody can say where to."""
    return ".." in re.split(r"[/=:]", text)


def _normal(path: str) -> str:
    """Without `.`, `..` and doubled slashes."""
    normal = posixpath.normpath(path)
    return normal[1:] if normal.startswith("//") else normal


def _literal_start(pattern: str) -> str:
    return _WILD.split(pattern, maxsplit=1)[0]


def _may_end(pattern: str, path: str) -> bool:
    """Whether a path below an unknown folder may match: the pattern's last literal part has to fit its end."""
    if path == "." or path.startswith(".."):
        return True
    tail, whole = _WILD.split(pattern)[-1] if not pattern.endswith("]") else "", f"/{path}"
    if _WILD.search(pattern) is None:
        return pattern.endswith(whole)
    return whole.endswith(tail) or tail.endswith(whole)
