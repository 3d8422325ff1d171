"""Asks a server what it stores: the questions behind a `Snapshot`.

`catalogue` keeps one `Census` a connection. The system's own relations are asked for once, the users' every time, each
in one statement and so in one consistent view of the catalogs. A view's columns are resolved by PostgreSQL itself:
describing its definition names, for each output column, the stored column it is, and 0 where it is computed. A
computed column is made of everything that the view's rule refers to, or of nobody knows what when the rule calls a
function that reads more than its arguments.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import define, field
from twisted.logger import Logger

from tokengate.errors import UpstreamError
from tokengate.protocols.postgres.client import Client, Description
from tokengate.protocols.postgres.peer import broken
from tokengate.protocols.postgres.snapshot import Function, Relation, Snapshot, Source, Stored, ViewColumns

log = Logger()

FIRST_USER_OID = 16384
"""FirstNormalObjectId: what has a lower OID came with the server (initdb) and does not change while it runs."""

SETTINGS = {
    "application_name": "tokengate catalogue",
    "search_path": "",  # definitions come fully qualified and mean the same when they are read back
    "lock_timeout": "2s",  # a table that is being altered must not keep the gateway waiting
    "statement_timeout": "25s",
}

_STATE = """
select json_build_object(
  'relations', (select json_agg(json_build_array(c.oid::int8, n.nspname, c.relname, c.relkind, (
        select json_agg(json_build_array(a.attnum, a.attname, a.atttypid::int8, a.atttypmod, a.attgenerated <> '')
                        order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)) order by c.oid)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.oid {range}),
  'parents', (select json_agg(json_build_array(inhrelid::int8, inhparent::int8) order by inhrelid, inhseqno)
    from pg_inherits where inhrelid {range}),
  'rules', (select json_agg(json_build_array(r.oid::int8, r.xmin::text) order by r.oid)
    from pg_rewrite r where r.ev_type = '1' and r.oid {range}),
  'types', (select json_agg(json_build_array(t.oid::int8, n.nspname, t.typname) order by t.oid)
    from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
    where t.oid {range} and (t.typrelid = 0 or c.relkind = 'c')),
  'functions', (select json_agg(f order by f) from (
    select distinct json_build_array(n.nspname, p.proname, p.oid < {first} and
        n.nspname in ('pg_catalog', 'information_schema'))::jsonb f
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.oid {range}) f),
  'operators', (select json_agg(o order by o) from (
    select distinct o.oprname o from pg_operator o join pg_namespace n on n.oid = o.oprnamespace
    where o.oid {range} and (o.oid >= {first} or n.nspname <> 'pg_catalog')) o)
)::text
"""

_RULES = r"""
select json_agg(json_build_array(r.oid::int8, r.ev_class::int8, pg_get_viewdef(r.ev_class),
  (select relnatts from pg_class where oid = r.ev_class), t.tree ~ ':varattno \d', t.tree ~ ':varattno 0 ',
  (select json_agg(distinct m[1]::int8) from regexp_matches(t.tree, ':relid ([1-9]\d*)', 'g') m),
  (select json_agg(json_build_array(d.refobjid::int8, d.refobjsubid)) from pg_depend d
    where d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass),
  (select json_agg(distinct p.proname) from
      regexp_matches(t.tree, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g') m
      join pg_proc p on p.oid = m[1]::oid join pg_language l on l.oid = p.prolang
    where not (p.provolatile = 'i' and l.lanname in ('internal', 'c')
      or p.oid < {first} and p.provolatile <> 'v' and p.proname <> all ({reaching})
      or p.oid < {first} and p.proname = any ({harmless})))
))::text
from pg_rewrite r, lateral (select r.ev_action::text tree) t where r.oid = any ('{{{oids}}}')
"""

_REACHING = (
    "pg_cursor", "pg_prepared_statement", "pg_stat_get_activity", "pg_stat_get_backend_activity",
    "database_to_xml", "database_to_xml_and_xmlschema", "schema_to_xml", "schema_to_xml_and_xmlschema",
    "table_to_xml", "table_to_xml_and_xmlschema",
)  # fmt: skip
"""The server's stable functions that show stored or others' data that is not in their arguments."""

_HARMLESS = (
    "clock_timestamp", "currval", "gen_random_uuid", "lastval", "nextval", "pg_lock_status", "pg_prepared_xact",
    "pg_sequence_last_value", "random", "setval", "timeofday",
)  # fmt: skip
"""The server's volatile functions that show none."""

_PASSING = frozenset({"55P03", "57014"})
"""A lock was not to be had in time: the same question may be answered later. Any other refusal (a schema the gateway's
role may not use) stands, and all columns count as computed.
"""

RULES_AT_ONCE = 50
"""Rules asked for in one question: their trees are large, and one that is locked makes the question fail."""


Rule = tuple[int, str]
"""A view's rule: its OID, and the transaction that wrote it. It refers to relations by OID, so renaming changes
nothing in it.
"""


@define
class Census:
    """What one connection has learnt of its server. Every method raises `UpstreamError`."""

    _client: Client
    _system: dict[str, Any] = field(factory=dict)
    _seen: bytes = b""
    _views: dict[Rule, tuple[int, ViewColumns]] = field(factory=dict)

    async def take(self) -> Snapshot | None:
        """The state now, or None when it is the one of the last time."""
        if not self._system:
            self._system = json.loads(await self._ask(_STATE.format(range=f"< {FIRST_USER_OID}", first=FIRST_USER_OID)))
        text = await self._ask(_STATE.format(range=f">= {FIRST_USER_OID}", first=FIRST_USER_OID))
        state = json.loads(text)
        rules = [(oid, xmin) for part in (self._system, state) for oid, xmin in part["rules"] or ()]
        known = {rule: self._views[rule] for rule in rules if rule in self._views}
        learnt = await self._learn([rule for rule in rules if rule not in known])
        digest = hashlib.sha256(text.encode()).digest()
        if digest == self._seen and not learnt:
            return None
        self._views, self._seen = known | learnt, digest
        return self._snapshot(state)

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    async def _ask(self, question: str) -> str:
        rows = await self._client.query(question)
        if len(rows) != 1 or len(rows[0]) != 1:
            raise broken("a question of one value has another answer")
        return rows[0][0] or "[]"

    async def _learn(self, rules: Sequence[Rule]) -> dict[Rule, tuple[int, ViewColumns]]:
        """The columns of new views, by their rules. One that can't be read now is left out, and asked for the next
        time.
        """
        learnt = {}
        for start in range(0, len(rules), RULES_AT_ONCE):
            batch = dict(rules[start : start + RULES_AT_ONCE])
            for rule, described in await self._found(list(batch)):
                columns = view_columns(rule, described)
                if columns is not None:
                    learnt[rule[0], batch[rule[0]]] = (rule[1], columns)
        return learnt

    async def _found(self, rules: list[int]) -> list[tuple[list[Any], Description | UpstreamError]]:
        """What the server knows of these rules, each with its definition's description."""
        try:
            known = json.loads(await self._ask(_rules_question(rules)))
        except UpstreamError as error:
            if len(rules) > 1:  # one of them is locked, or gone: the others need not suffer
                return [found for rule in rules for found in await self._found([rule])]
            log.error("a view's definition can't be read: {why}", why=str(error))
            return []
        return list(zip(known, await self._client.describe([rule[2] or "" for rule in known]), strict=True))

    def _snapshot(self, state: dict[str, Any]) -> Snapshot:
        parts = (self._system, state)
        relations = {oid: _relation(oid, *rest) for part in parts for oid, *rest in part["relations"] or ()}
        parents: dict[int, tuple[int, ...]] = {}
        for child, parent in (pair for part in parts for pair in part["parents"] or ()):
            parents[child] = (*parents.get(child, ()), parent)
        return Snapshot(
            relations,
            parents,
            dict(self._views.values()),
            {o: n if s == "pg_catalog" else f"{s}.{n}" for part in parts for o, s, n in part["types"] or ()},
            [Function(*names) for part in parts for names in part["functions"] or ()],
            frozenset(operator for part in parts for operator in part["operators"] or ()),
        )


def view_columns(rule: Sequence[Any], described: Description | UpstreamError) -> ViewColumns | None:
    """A view's columns, one step down. `rule` is a row of the question above; None: it has to be asked again."""
    _, view, _, width, readable, whole_rows, relations, depends, opaque = rule
    columns = [(table, attnum) for table, attnum in depends or () if table != view]
    computed = None if opaque else _computed({oid for oid in relations or () if oid != view}, columns, whole_rows)
    if any(attnum for _, attnum in columns) and not (readable and relations):
        computed = None  # its tree is not of the form that the questions above read
    if isinstance(described, UpstreamError):
        return None if described.code in _PASSING else dict.fromkeys(range(1, width + 1), computed)
    return {
        number: ((column.table, max(column.attnum, 0)),) if column.table else computed
        for number, column in enumerate(described.fields, 1)
    }


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


def _relation(oid: int, schema: str, name: str, kind: str, columns: Iterable[Sequence[Any]] | None) -> Relation:
    return Relation(oid, schema, name, kind, {column[0]: Stored(*column) for column in columns or ()})


def _rules_question(rules: Iterable[int]) -> str:
    lists: Mapping[str, Iterable[str]] = {"reaching": _REACHING, "harmless": _HARMLESS}
    arrays = {name: "array[" + ", ".join(f"'{function}'" for function in names) + "]" for name, names in lists.items()}
    return _RULES.format(first=FIRST_USER_OID, oids=",".join(map(str, rules)), **arrays)
