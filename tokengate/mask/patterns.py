"""The `mask` option: which stored columns are sensitive, and what happens to their values.

A list of `PATTERN: MODE`, separated by commas or lines. A pattern is `schema.table.column`, or `table.column` for a
table in any schema. `*` stands for any run of characters within a part. A part in double quotes is taken as it is,
with `""` for a quote; names are compared as the database stores them, case included. A mode is `redact`, `null`,
`hash`, `token`, `token(SPACE)`, `partial`, `partial(PREFIX)` or `partial(PREFIX, SUFFIX)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from attrs import field, frozen

from tokengate.mask.flow import Flow
from tokengate.values import Hash, Null, Origin, Partial, Redact


@frozen
class Tokenise:
    """The mode `token`, whose key is not known yet. `space`: within it the same value has the same token."""

    space: str


Mode = Redact | Null | Partial | Tokenise | type[Hash]
"""A mask as configured. `Hash` itself stands for a hash whose key is not known yet."""

MOST_KEPT = 64
"""Characters `partial` keeps at an end at the most: a mask that keeps more keeps whole values."""

_PART = r'(?:"(?:[^"]|"")+"|[^\s".,:()]+)'
_PATTERN = re.compile(rf"{_PART}(?:\.{_PART}){{1,2}}")
_ITEM = re.compile(rf"\s*({_PATTERN.pattern})\s*:\s*([a-z]+)\s*(?:\(([\w\s,.-]*)\))?\s*(?:[,\n]\s*|$)")
_SPACE = re.compile(r"[A-Za-z_][\w.-]{0,62}", re.ASCII)
_END = "\0"
"""Between the parts of a name that is matched: PostgreSQL allows it in none."""

_PLAIN: dict[str, Mode] = {"redact": Redact(), "null": Null(), "hash": Hash, "partial": Partial()}
_STRICTEST_FIRST = (Null, Redact, Hash, Tokenise, Partial)


@frozen
class Rule:
    """One `PATTERN: MODE`."""

    pattern: re.Pattern[str]
    mode: Mode


@frozen(eq=False)
class Rules:
    """All of them."""

    rules: tuple[Rule, ...]
    _modes: dict[Origin, Mode | None] = field(factory=dict, init=False)

    def mode(self, origin: Origin) -> Mode | None:
        """The strictest mode of the patterns that match a stored column; None: it is not sensitive."""
        if origin not in self._modes:
            name = _END.join((origin.schema, origin.relation, origin.column))
            self._modes[origin] = strictest(rule.mode for rule in self.rules if rule.pattern.fullmatch(name))
        return self._modes[origin]

    def sensitive(self, flow: Flow) -> set[Origin]:
        """The sensitive columns that a value is known to tell something of. Whether there is a value at all is only
        told of by masks that hide that.
        """
        found = {origin for origin in flow.origins if self.mode(origin) is not None}
        return found | {origin for origin in flow.present if isinstance(self.mode(origin), Null)}


def strictest(modes: Iterable[Mode | None]) -> Mode | None:
    """The one of these that shows least: null hides even whether there is a value, partial shows part of it. None
    when there is none.
    """
    found = [mode for mode in modes if mode is not None]
    for kind in _STRICTEST_FIRST:
        same = [mode for mode in found if mode is kind or isinstance(mode, kind)]
        partials = [mode for mode in same if isinstance(mode, Partial)]
        if partials:
            return Partial(min(mode.prefix for mode in partials), min(mode.suffix for mode in partials))
        if same:
            return same[0] if len(set(same)) == 1 else Redact()  # tokens of two spaces are neither's
    return None


def rules(text: str) -> tuple[Rule, ...]:
    """The option's value. Raises ValueError with a sentence."""
    found, at = [], len(text) - len(text.lstrip(" \t\r\n,"))
    while at < len(text):
        item = _ITEM.match(text, at)
        if item is None:
            wrong = text[at:].split("\n")[0].strip()
            raise ValueError(f"{wrong!r} does not begin with a pattern and a mode, as in *.ssn: redact")
        found.append(Rule(_compiled(item[1]), _mode(item[2], item[3], item[1])))
        at = item.end()
    return tuple(found)


def mode(text: str) -> Mode:
    """A mode by itself. Raises ValueError with a sentence."""
    item = re.fullmatch(r"\s*([a-z]+)\s*(?:\(([\w\s,.-]*)\))?\s*", text)
    if item is None:
        raise ValueError(f"{text!r} is no mode; write redact, null, hash, partial or partial(2, 4)")
    if item[1] == "token":
        raise ValueError("what can't be traced has no token; write redact, null, hash or partial")
    return _mode(item[1], item[2])


def _compiled(pattern: str) -> re.Pattern[str]:
    parts = [_part(part) for part in re.findall(_PART, pattern)]
    if len(parts) == 2:
        parts.insert(0, f"[^{_END}]*")
    return re.compile(_END.join(parts), re.DOTALL)


def _part(part: str) -> str:
    if part.startswith('"'):
        return re.escape(part[1:-1].replace('""', '"'))
    return f"[^{_END}]*".join(re.escape(fixed) for fixed in part.split("*"))


def _mode(word: str, arguments: str | None, pattern: str = "") -> Mode:
    plain = _PLAIN.get(word)
    if word == "token":
        if arguments is not None and not _SPACE.fullmatch(arguments.strip()):
            raise ValueError(f"token({arguments}) names no space of tokens; write a word, as in token(person)")
        return Tokenise(pattern if arguments is None else arguments.strip())
    if plain is None:
        raise ValueError(f"{word!r} is no mode; there are redact, null, hash, token, partial")
    if arguments is None:
        return plain
    numbers = [number.strip() for number in arguments.split(",")]
    plausible = len(numbers) <= 2 and all(re.fullmatch(r"\d{1,3}", number) for number in numbers)
    if not isinstance(plain, Partial) or not plausible:
        raise ValueError(f"{word}({arguments}) is no mode; only partial takes one or two numbers, as in partial(2, 4)")
    kept = [int(number) for number in numbers]
    if max(kept) > MOST_KEPT:
        raise ValueError(f"{word}({arguments}) keeps too much; {MOST_KEPT} characters at an end are the most")
    return Partial(*kept)
