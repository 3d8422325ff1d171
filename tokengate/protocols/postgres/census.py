"""Asks a server what it stores, and makes a `Snapshot` of the answers.

`catalogue` keeps one `Census` a connection. The system's own relations are asked for once, the users' every time; what
costs more, views' columns and functions' bodies, once for each version of them. A view's columns are resolved by
PostgreSQL itself: describing its definition names, for each output column, the stored column it is, and 0 where it is
computed. A computed column is made of everything that the view's rule refers to, or of nobody knows what when the rule
calls a function that reads more than its arguments. So is a generated column of a table.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from attrs import define, field
from twisted.logger import Logger

from tokengate.errors import UpstreamError
from tokengate.protocols.postgres import questions
from tokengate.protocols.postgres.client import Client, Description
from tokengate.protocols.postgres.functions import MAX_BODY, Function
from tokengate.protocols.postgres.hooks import referring, rewriting, triggering
from tokengate.protocols.postgres.peer import broken
from tokengate.protocols.postgres.reach import Links
from tokengate.protocols.postgres.snapshot import Relation, Snapshot, Source, Stored, ViewColumns
from tokengate.protocols.postgres.unasked import holding, sorting
from tokengate.sql.facts import Name

log = Logger()

SETTINGS = {
    "application_name": "tokengate catalogue",
    "lock_timeout": "2s",  # a table that is being altered must not keep the gateway waiting
    "statement_timeout": "25s",
    "jit": "off",  # compiling questions of this size takes longer than answering them
}

_PASSING = frozenset({"55P03", "57014"})
"""A lock was not to be had in time: the same question may be answered later. Any other refusal (a schema the gateway's
role may not use) stands, and all columns count as computed.
"""

_IN_RECOVERY = "25006"
"""A standby refuses LISTEN. Nobody notifies there either."""

RULES_AT_ONCE = 50
"""Rules asked for in one question: their trees are large, and one that is locked makes the question fail."""

BODIES_AT_ONCE = 100
"""Functions' bodies asked for in one question, of `MAX_BODY` each at the most."""

READABLE = frozenset({"sql", "plpgsql"})
"""Languages (pg_language.lanname) whose functions' bodies are kept."""

Version = tuple[int, str]
"""An object's OID, and the transaction that wrote it. What it refers to it has by OID, so renaming changes nothing in
it.
"""


class Outdated(Exception):
    """What the server gives new sessions is not what this connection was given: another connection has to be asked."""


class View(NamedTuple):
    """A view as learnt: its OID, its columns, everything it refers to (None where its rule can't be read), and its
    definition, with those relations as they were then: it names them.
    """

    oid: int
    columns: ViewColumns
    relations: frozenset[int] | None
    definition: str
    named: tuple[Relation | None, ...]


@define
class Census:
    """What one connection has learnt of its server. Every method raises `UpstreamError`."""

    _client: Client
    _system: dict[str, Any] = field(factory=dict)
    _path: str = ""
    _seen: bytes = b""
    _settled: bool = False
    _relations: dict[int, tuple[Sequence[Any], Relation]] = field(factory=dict)
    _views: dict[Version, View] = field(factory=dict)
    _bodies: dict[Version, str | None] = field(factory=dict)
    _rules: dict[int, str] = field(factory=dict)

    async def take(self) -> Snapshot | None:
        """The state now, or None when it is the one of the last time. Raises `Outdated`."""
        if not self._system:
            await self._open()
        text = await self._ask(questions.state(shipped=False))
        schemas = await self._ask(questions.schemas(self._path))
        digest = hashlib.sha256(f"{schemas} {text}".encode()).digest()
        if digest == self._seen and self._settled:
            return None
        state = json.loads(text)
        if state["defaults"] != self._system["defaults"]:
            raise Outdated
        await self._learn(state)
        self._seen = digest
        return self._snapshot(state, tuple(json.loads(schemas)))

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    async def _open(self) -> None:
        ((path,),) = await self._client.query(questions.OPENING)
        try:
            await self._client.query(questions.LISTEN)
        except UpstreamError as error:
            if error.code != _IN_RECOVERY:
                raise
        self._path = path or ""
        self._system = json.loads(await self._ask(questions.state(shipped=True)))

    async def _ask(self, question: str) -> str:
        rows = await self._client.query(question)
        if len(rows) != 1 or len(rows[0]) != 1:
            raise broken("a question of one value has another answer")
        return rows[0][0] or "[]"

    # ------------------------------------------------------------ what is asked for once

    async def _learn(self, state: dict[str, Any]) -> None:
        """Know every view and body of this state, and no others. One that can't be read now is left out, and asked for
        the next time.
        """
        rules = [(oid, xmin) for oid, xmin in self._rows(state, "views")]
        written = [(row[0], row[1]) for row in self._rows(state, "functions") if row[5] in READABLE]
        self._relate(state)
        self._views = {
            rule: self._views[rule] for rule in rules if rule in self._views and self._holds(self._views[rule])
        }
        self._bodies = {function: self._bodies[function] for function in written if function in self._bodies}
        self._views |= await self._viewed([rule for rule in rules if rule not in self._views])
        self._bodies |= await self._read([function for function in written if function not in self._bodies])
        rewritten = [rule for rule, _, _ in self._rows(state, "rules")]
        self._rules = await self._rewritten(rewritten)
        known = len(self._views), len(self._bodies), len(self._rules)
        self._settled = known == (len(rules), len(written), len(rewritten))

    async def _viewed(self, rules: Sequence[Version]) -> dict[Version, View]:
        """New views, by their rules."""
        learnt = {}
        for start in range(0, len(rules), RULES_AT_ONCE):
            batch = dict(rules[start : start + RULES_AT_ONCE])
            for rule, described in await self._found(list(batch)):
                columns = view_columns(rule, described)
                if columns is not None:
                    known = referred(rule)
                    text = "" if known is None else rule[2] or ""
                    view = View(rule[1], columns, known, text, self._named(known))
                    learnt[rule[0], batch[rule[0]]] = view
        return learnt

    def _named(self, relations: frozenset[int] | None) -> tuple[Relation | None, ...]:
        """These relations as they are now."""
        found = (self._relations.get(oid) for oid in sorted(relations or ()))
        return tuple(None if one is None else one[1] for one in found)

    def _holds(self, view: View) -> bool:
        """Whether nothing that a view's definition names has changed."""
        now = self._named(view.relations)
        return len(now) == len(view.named) and all(a is b for a, b in zip(now, view.named, strict=True))

    async def _found(self, rules: list[int]) -> list[tuple[list[Any], Description | UpstreamError]]:
        """What the server knows of these rules, each with its definition's description."""
        try:
            known = json.loads(await self._ask(questions.views(rules)))
        except UpstreamError as error:
            if len(rules) > 1:  # one of them is locked, or gone: the others need not suffer
                return [found for rule in rules for found in await self._found([rule])]
            log.error("a view's definition can't be read: {why}", why=str(error))
            return []
        return list(zip(known, await self._client.describe([rule[2] or "" for rule in known]), strict=True))

    async def _rewritten(self, rules: list[int]) -> dict[int, str]:
        """The definitions of these rules. There are few, and what they name may have got other names since."""
        if not rules:
            return {}
        try:
            return {oid: text or "" for oid, text in json.loads(await self._ask(questions.rules(rules)))}
        except UpstreamError as error:
            if len(rules) > 1:
                return {oid: text for rule in rules for oid, text in (await self._rewritten([rule])).items()}
            log.error("a rule's definition can't be read: {why}", why=str(error))
            return {}

    async def _read(self, functions: Sequence[Version]) -> dict[Version, str | None]:
        """New functions' bodies."""
        learnt: dict[Version, str | None] = {}
        for start in range(0, len(functions), BODIES_AT_ONCE):
            batch = dict(functions[start : start + BODIES_AT_ONCE])
            try:
                found = json.loads(await self._ask(questions.bodies(batch, MAX_BODY)))
            except UpstreamError as error:
                log.error("functions' bodies can't be read: {why}", why=str(error))
                continue
            learnt |= {(oid, batch[oid]): body for oid, body in found}
        return learnt

    # ------------------------------------------------------------ the snapshot

    def _rows(self, state: dict[str, Any], key: str) -> list[Any]:
        """One list of the system's state and of this one together."""
        return [row for part in (self._system, state) for row in part[key] or ()]

    def _snapshot(self, state: dict[str, Any], search_path: tuple[str, ...]) -> Snapshot:
        parents: dict[int, tuple[int, ...]] = {}
        for child, parent in self._rows(state, "parents"):
            parents[child] = (*parents.get(child, ()), parent)
        return Snapshot(
            {oid: relation for oid, (_, relation) in self._relations.items()},
            parents,
            {view.oid: view.columns for view in self._views.values()},
            {o: n if s == "pg_catalog" else f"{s}.{n}" for o, s, n in self._rows(state, "types")},
            [Function(schema, name, True) for schema, name in self._rows(state, "shipped")]
            + [self._function(*row) for row in self._rows(state, "functions")],
            _operators(self._rows(state, "operators") + sorting(state["unasked"])),
            {(table, attnum): _generated(*made) for table, attnum, *made in self._rows(state, "generated")},
            self._links(state),
            search_path,
            frozenset(state["schemas"] or ()),  # who may use which may change for the system's as well
            {view.oid: view.definition for view in self._views.values()},
            holding(state["unasked"]),
            {name: tuple(schemas) for name, schemas in state["indexes"] or ()},
        )

    def _relate(self, state: dict[str, Any]) -> None:
        """Know the relations of this state by OID. One that has not changed is the object that it was: a large database
        has many, and they are made in the reactor's thread.
        """
        kept, self._relations = self._relations, {}
        for row in self._rows(state, "relations"):
            known = kept.get(row[0])
            self._relations[row[0]] = known if known is not None and known[0] == row else (row, _relation(*row))

    def _function(
        self, oid: int, xmin: str, schema: str, name: str, volatility: str, language: str, kind: str, owner: str | None
    ) -> Function:
        body = self._bodies.get((oid, xmin))
        return Function(schema, name, False, volatility, language, kind, owner or "", body)

    def _links(self, state: dict[str, Any]) -> Links:
        calling = self._rows(state, "calling")
        return Links(
            {view.oid: view.relations for view in self._views.values() if view.relations is not None},
            {table: frozenset(named or ()) for table, named in self._rows(state, "policies")},
            rewriting(self._rows(state, "rules"), self._rules),
            frozenset(map(referring, self._rows(state, "keys"))),
            triggering(self._rows(state, "triggers")),
            {table: tuple(Name(*one) for one in called if one[1]) for table, _, called in calling},
            frozenset(table for table, volatile, _ in calling if volatile is not False),
        )


def _operators(rows: Iterable[Sequence[Any]]) -> dict[str, tuple[Name, ...]]:
    """The functions behind each operator. One without (a shell) has a name that nobody knows."""
    found: dict[str, tuple[Name, ...]] = {}
    for operator, schema, function in rows:
        found[operator] = (*found.get(operator, ()), Name(schema, function or "?"))
    return found


def view_columns(rule: Sequence[Any], described: Description | UpstreamError) -> ViewColumns | None:
    """A view's columns, one step down. `rule` is a row of `questions.views`; None: it has to be asked again."""
    _, view, _, width, _, whole_rows, relations, depends, opaque = rule
    columns = [(table, attnum) for table, attnum in depends or () if table != view]
    computed = None if opaque else _computed({oid for oid in relations or () if oid != view}, columns, whole_rows)
    if not _readable(rule):
        computed = None
    if isinstance(described, UpstreamError):
        return None if described.code in _PASSING else dict.fromkeys(range(1, width + 1), computed)
    return {
        number: ((column.table, max(column.attnum, 0)),) if column.table else computed
        for number, column in enumerate(described.fields, 1)
    }


def referred(rule: Sequence[Any]) -> frozenset[int] | None:
    """Every relation that a view's rule refers to; None when that can't be read."""
    _, view, _, _, _, _, relations, depends, _ = rule
    found = {*(relations or ()), *(table for table, _ in depends or ())} - {view}
    return frozenset(found) if _readable(rule) else None


def _readable(rule: Sequence[Any]) -> bool:
    """Whether the rule's tree is of the form that the questions read."""
    _, view, _, _, readable, _, relations, depends, _ = rule
    columns = any(attnum for table, attnum in depends or () if table != view)
    return not columns or bool(readable and relations)


def _computed(relations: set[int], depends: Iterable[Source], whole_rows: bool) -> tuple[Source, ...]:
    """All that a computed column may be made of.

    pg_depend has the columns a rule uses, and (relation, 0) when it uses none of a relation; a whole row leaves no
    trace of its own there, and the system's relations leave none at all.
    """
    depends = set(depends)
    unlisted = relations - {table for table, _ in depends}
    if whole_rows:
        unlisted = relations | {table for table, _ in depends}
    return tuple(sorted({source for source in depends if source[1]} | {(table, 0) for table in unlisted}))


def _generated(depends: Sequence[Sequence[int]] | None, opaque: Sequence[str] | None) -> tuple[Source, ...] | None:
    """What a generated column is made of; None: of nobody knows what."""
    return None if opaque else tuple((table, attnum) for table, attnum in depends or ())


def _relation(oid: int, schema: str, name: str, kind: str, columns: str | None) -> Relation:
    stored = json.loads(columns or "[]")
    return Relation(oid, schema, name, kind, {column[0]: Stored(*column) for column in stored})
