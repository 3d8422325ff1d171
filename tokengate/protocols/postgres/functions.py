"""The functions a database has, at one moment, by the names that statements call them. Pure.

Part of a `Snapshot`. What the server ships is kept by name alone; of what was added, everything that policy and
masking may want to know. A name that nobody knows is taken for the worst that it could be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from attrs import field, frozen

from tokengate.protocols.postgres.reach import closure

MAX_BODY = 64 * 1024
"""Bytes of a body that is kept: longer ones are programs, which nobody here can read."""


DEFINING = frozenset({"execute", "create", "alter", "drop", "grant", "revoke", "import", "reassign"})
"""Words without which no text of SQL or PL/pgSQL defines anything, or runs a text that does."""

_WORD = re.compile(r"\w+")


class Function(NamedTuple):
    """A function, aggregate or procedure. Of one that the server ships (`shipped`) the rest is left out.

    `volatility`: pg_proc.provolatile ("i", "s", "v"); `kind`: pg_proc.prokind; `extension`: whose it is, "" for
    nobody's; `body`: the text of an SQL or PL/pgSQL function, None where it can't be read here.
    """

    schema: str
    name: str
    shipped: bool
    volatility: str = ""
    language: str = ""
    kind: str = "f"
    extension: str = ""
    body: str | None = None


@frozen(eq=False)
class Functions:
    """An index of functions. Names are "name" or "schema.name"."""

    _all: Iterable[Function] = ()
    _shipped: set[str] = field(factory=set, init=False)
    _added: dict[str, tuple[Function, ...]] = field(factory=dict, init=False)
    _by_word: dict[str, list[Function]] = field(factory=dict, init=False)
    _names: set[str] = field(factory=set, init=False)
    _defining: dict[str, bool] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        for function in self._all:
            qualified = f"{function.schema}.{function.name}"
            self._names.add(function.name)
            if function.shipped:
                self._shipped.update((qualified, function.name))
                continue
            for name in (qualified, function.name):
                self._added[name] = (*self._added.get(name, ()), function)
            for word in set(_WORD.findall(function.name.lower())):
                self._by_word.setdefault(word, []).append(function)

    def is_builtin(self, function: str) -> bool:
        """Whether the name can only mean a function the server ships: nobody added one of that name where the name may
        look.
        """
        return function in self._shipped and function not in self._added

    def is_function(self, name: str) -> bool:
        """Whether any schema has a function of this unqualified name."""
        return name in self._names

    def is_volatile(self, function: str) -> bool:
        """Whether the name may mean an added function that is not declared stable or immutable, or one that nobody
        knows.
        """
        if function not in self._added:
            return function not in self._shipped
        return any(one.volatility not in ("i", "s") for one in self._added[function])

    def may_define(self, function: str) -> bool:
        """Whether calling it may create, alter or drop something: by its body, or those of all that it names. What has
        none that can be read may, unless an extension brought it.
        """
        if function not in self._added:
            return function not in self._shipped
        if function not in self._defining:
            called = closure(self._added[function], self._called)
            self._defining[function] = any(_words(one) & DEFINING for one in called)
        return self._defining[function]

    def _called(self, function: Function) -> Iterator[Function]:
        """The added functions that a body may call: each of whose name a word is in it."""
        for word in _words(function):
            yield from self._by_word.get(word, ())

    def named(self, function: str) -> tuple[Function, ...]:
        """The added functions that the name may mean."""
        return self._added.get(function, ())


def _words(function: Function) -> set[str]:
    """The words of a body, which stand for a text that can't be read as well."""
    return set() if function.extension else set(_WORD.findall((function.body or "execute").lower()))
