"""Which of the server's messages may be shown although a statement's values must not be.

Most of PostgreSQL's messages quote what failed: a compared value, a whole row. The ones below don't, or quote names
only, or they quote what the client must have written itself: such a message is shown when it is about the text and not
about what it does, and the text has the quoted words. Of some the value alone is left out. Anything else is withheld.
Source: PostgreSQL 15 to 18, errors reachable with the arguments that are quoted here.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_NAME = r"[^\"\n]{1,63}"
"""A name between double quotes; no name is longer."""

_FIXED = re.compile(
    rf"""
      division\ by\ zero
    | canceling\ statement\ due\ to\ (statement\ timeout|lock\ timeout|user\ request|conflict\ with\ recovery)
    | terminating\ connection\ due\ to\ [a-z -]+ | the\ database\ system\ is\ [a-z ]+
    | could\ not\ serialize\ access\ due\ to\ (concurrent\ (update|delete)
          |read/write\ dependencies\ among\ transactions)
    | could\ not\ obtain\ lock\ on\ (row\ in\ )?relation\ "{_NAME}"
    | deadlock\ detected | out\ of\ (shared\ )?memory | The\ transaction\ might\ succeed\ if\ retried\.
    | current\ transaction\ is\ aborted,\ commands\ ignored\ until\ end\ of\ transaction\ block
    | there\ is\ (already\ a|no)\ transaction\ in\ progress
    | cannot\ execute\ [A-Z ]+\ in\ a\ read-only\ transaction
    | permission\ denied\ for\ (table|view|schema|sequence|function|materialized\ view)\ {_NAME}
    | must\ be\ owner\ of\ [a-z ]+{_NAME}
    | duplicate\ key\ value\ violates\ unique\ constraint\ "{_NAME}"
    | null\ value\ in\ column\ "{_NAME}"\ of\ relation\ "{_NAME}"\ violates\ not-null\ constraint
    | new\ row\ for\ relation\ "{_NAME}"\ violates\ check\ constraint\ "{_NAME}"
    | (insert\ or\ update|update\ or\ delete)\ on\ table\ "{_NAME}"\ violates\ foreign\ key\ constraint
          \ "{_NAME}"(\ on\ table\ "{_NAME}")?
    | conflicting\ key\ value\ violates\ exclusion\ constraint\ "{_NAME}"
    | new\ row\ violates\ row-level\ security\ policy\ (\(USING\ expression\)\ )?for\ table\ "{_NAME}"
    | value\ too\ long\ for\ type\ character(\ varying)?\(\d+\)
    | numeric\ field\ overflow | (smallint|integer|bigint)\ out\ of\ range
    | more\ than\ one\ row\ returned\ by\ a\ subquery\ used\ as\ an\ expression
    | No\ (function|operator)\ matches\ the\ given\ name\ and\ argument\ types?\.
          \ You\ might\ need\ to\ add\ explicit\ type\ casts\.
    | inconsistent\ types\ deduced\ for\ parameter\ \$\d+ | [a-z ]+\ versus\ [a-z ]+
    | could\ not\ determine\ data\ type\ of\ parameter\ \$\d+
    | Perhaps\ you\ meant\ to\ reference\ the\ (column|table\ alias)\ "{_NAME}"\.
    """,
    re.VERBOSE,
)
"""Whole messages that quote no value."""

_ECHOING = re.compile(
    rf"""
      (relation|type|schema|function|role|cursor|prepared\ statement|collation|column)\ "(?P<a>{_NAME})"
          \ (does\ not\ exist|already\ exists(,\ skipping)?)
    | column\ "(?P<b>{_NAME})"\ of\ relation\ "(?P<c>{_NAME})"\ (does\ not\ exist|already\ exists(,\ skipping)?)
    | column\ (?P<d>[\w.]+)\ does\ not\ exist
    | column\ reference\ "(?P<e>{_NAME})"\ is\ ambiguous
    | column\ "(?P<f>{_NAME})"\ must\ appear\ in\ the\ GROUP\ BY\ clause
          \ or\ be\ used\ in\ an\ aggregate\ function
    | missing\ FROM-clause\ entry\ for\ table\ "(?P<g>{_NAME})"
    | function\ (?P<h>[\w.]+)\([a-z ,\[\]]*\)\ does\ not\ exist
    """,
    re.VERBOSE,
)
"""Whole messages whose groups are values as likely as names."""


_VALUED = re.compile(r"(invalid input syntax for type [a-z ]+: ).*", re.DOTALL)
"""Whole messages of which a part is worth showing, and the rest may be a value."""

_MISSING = re.compile(rf'(?:cursor|prepared statement) "({_NAME})" does not exist')
"""Whole messages about a name that a statement runs."""

LEFT_OUT = "(withheld)"


def shown(message: str, statement: str, runs: Collection[str | None] = ()) -> str:
    """What of a message may be shown: all of it when it quotes nothing but names, and what is written in `statement`
    ("": nothing is); else part of it, or "". `runs`: the cursors and prepared statements that the statement names.
    """
    if _FIXED.fullmatch(message):
        return message
    if (missing := _MISSING.fullmatch(message)) and missing[1] in runs:
        return message
    if valued := _VALUED.fullmatch(message):
        return valued[1] + LEFT_OUT
    echo = _ECHOING.fullmatch(message)
    words = [] if echo is None else [word for word in echo.groupdict().values() if word is not None]
    return message if words and all(_written(word, statement) for word in words) else ""


def _written(word: str, statement: str) -> bool:
    """Whether a statement has each dot-separated part of a word, as a word. Names come back folded to lower case."""
    parts = [part for part in word.split(".") if part]
    return all(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", statement, re.IGNORECASE) for part in parts)
