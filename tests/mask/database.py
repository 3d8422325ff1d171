"""An in-memory database for maskers' tests: a catalogue, statements analysed as the gate analyses them, a masker."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from attrs import define, evolve, field, fields
from zope.interface import implementer

from tokengate.interfaces import ICatalogue
from tokengate.mask import columns
from tokengate.mask.columns import Columns, Options
from tokengate.mask.effects import Effects
from tokengate.mask.patterns import Rules
from tokengate.mask.subjects import Knowledge, Subject
from tokengate.mask.trust import Trust
from tokengate.protocols.postgres.functions import Function
from tokengate.session.session import Session
from tokengate.session.tools import Tools
from tokengate.sql.bodies import Done
from tokengate.sql.cache import to_action
from tokengate.sql.facts import NO_CODE, Code, Name, SqlFacts, Statement
from tokengate.sql.postgres import analyse
from tokengate.values import Action, Column, Deny, Mask, Origin, Principal, Request

TABLES = {
    "app.customers": "id name email ssn card phone notes",
    "app.orders": "id customer_id total note status",
    "public.orders": "id total",
    "app.events": "id at who",
    "app.events_2026": "id at who",
    "app.referred": "id note",
    "hr.staff": "id name salary",
    "hr.orders2": "id salary",
    "app.orders2": "id note",
    "pg_temp_3.scratch": "id email",
    "pg_catalog.pg_class": "oid relname relkind",
    "pg_catalog.pg_statistic": "starelid stanullfrac stavalues1",
}
FAMILIES = [{"app.events", "app.events_2026"}]
"""Partitioned tables with their partitions: each shows its columns under the others' names too."""

VIEWS = {
    "api.customers": {"id": ["app.customers.id"], "name": ["app.customers.name"], "contact": ["app.customers.email"]},
    "app.open_orders": {"id": ["app.orders.id"], "total": ["app.orders.total"]},
    "app.swapped": {"id": ["app.customers.email"], "email": ["app.customers.id"]},
    "pg_catalog.pg_stats": {"tablename": ["pg_catalog.pg_class.relname"],
                            "most_common_vals": ["pg_catalog.pg_statistic.stavalues1"]},
}  # fmt: skip
OPAQUE = {"pg_catalog.pg_stat_activity"}
"""Views over functions that can read anything: nobody knows what they show."""

SHIPPED = frozenset(
    [
        "upper",
        "lower",
        "count",
        "max",
        "min",
        "sum",
        "array_agg",
        "json_agg",
        "row_to_json",
        "to_jsonb",
        "to_json",
        "jsonb_each",
        "coalesce",
        "concat",
        "format",
        "now",
        "version",
        "random",
        "nextval",
        "set_config",
        "setval",
        "current_setting",
        "pg_notify",
        "pg_advisory_lock",
        "pg_try_advisory_lock",
        "pg_read_file",
        "pg_typeof",
        "lo_get",
        "lo_put",
        "lo_from_bytea",
        "query_to_xml",
        "ts_stat",
        "reverse",
        "length",
        "substring",
        "generate_series",
        "pg_logical_emit_message",
        "pg_stat_get_activity",
        "pg_create_restore_point",
        "encode",
        "rank",
        "name",
        "xpath",
        "pg_terminate_backend",
        "json_build_object",
        "first_value",
        "row_number",
        "string_to_table",
        "unnest",
        "abs",
        "avg",
        "pg_catalog.upper",
        "pg_catalog.btrim",
        "pg_catalog.extract",
        "pg_catalog.set_config",
    ]
)
FUNCTIONS = (
    Function("app", "reveal", False, "s", "sql", body="select ssn from app.customers where id = $1"),
    Function("app", "pure", False, "v", "sql", body="select upper(lower($1))"),
    Function("app", "keeping", False, "i", "sql", body="select set_config('a.b', $1, false)"),
    Function("app", "nested", False, "i", "sql", body="select app.pure($1)"),
    Function("app", "looping", False, "i", "sql", body="select app.looping($1)"),
    Function("app", "operating", False, "i", "sql", body="select $1 <<< 1"),
    Function("app", "running", False, "i", "plpgsql", body="begin return $1; end"),
    Function("app", "adding", False, "i", "internal", "a"),
    Function("public", "digest", False, "i", "c", extension="pgcrypto"),
    Function("public", "uuid_generate_v4", False, "v", "c", extension="uuid-ossp"),
    Function("public", "replaced", False, "i", "internal", "a", extension="citext"),
    Function("public", "unaccent", False, "s", "c", extension="unaccent"),
    Function("public", "set_limit", False, "v", "c", extension="pg_trgm"),
    Function("public", "crosstab", False, "s", "c", extension="tablefunc"),
    Function("public", "native", False, "i", "c"),
    Function("public", "isneq", False, "i", "internal", extension="isn"),
)
USERS_OPERATORS = frozenset({"<<<", "%%"})


@implementer(ICatalogue)
@define(eq=False)
class Catalogue:
    """What the tables above say."""

    version: int = 1
    views: dict[str, dict[str, list[str]]] = field(factory=lambda: dict(VIEWS))
    shipped: frozenset[str] = SHIPPED
    types: dict[str, Code] = field(factory=dict)
    column_types: dict[str, str] = field(factory=dict)
    written: dict[str, frozenset[Name]] = field(factory=dict)
    behind_any: frozenset[Name] = frozenset()
    fired: dict[str, tuple[str, ...]] = field(factory=dict)

    def deeds(self, statement: Statement) -> Done:
        """The texts in `fired`, by what is written."""
        texts = [text for name in statement.writes for text in self.fired.get(str(name), ())]
        return Done(fired=frozenset(one for text in texts for one in analyse(text).statements))

    def under(self, paths: frozenset[tuple[str, ...]] | None) -> Catalogue:
        return self

    def behind_type(self, name: Name) -> Code:
        return self.types.get(str(name), NO_CODE)

    def behind_column(self, origin: Origin) -> Code:
        return self.types.get(self.column_types.get(str(origin), ""), NO_CODE)

    def behind_writing(self, schema: str | None, relation: str, kinds: Collection[str] = ()) -> frozenset[Name]:
        return self.written.get(f"{schema}.{relation}", frozenset())

    def behind_reading(self, schema: str | None, relation: str) -> Code:
        return NO_CODE

    def expand(self, schema: str | None, relation: str) -> frozenset[Origin] | None:
        known = {*TABLES, *self.views, *OPAQUE}
        found = [name for name in known if name.split(".")[1] == relation and _in(schema, name.split(".")[0])]
        if not found or OPAQUE & set(found):
            return None
        return frozenset(origin for name in found for origin in self._shown(name))

    def columns(
        self, schema: str | None, relation: str
    ) -> tuple[tuple[tuple[str, frozenset[Origin] | None], ...], ...]:
        known = sorted({*TABLES, *self.views, *OPAQUE})
        return tuple(
            self._columns(name) for name in known if name.split(".")[1] == relation and _in(schema, name.split(".")[0])
        )

    def is_volatile(self, function: str) -> bool:
        """What is not the server's may do anything."""
        return not self.is_builtin(function)

    def changed(self, schema: str | None, relation: str, kind: str) -> frozenset[tuple[Name, str]] | None:
        """Deleting what customers refer to may set something there to NULL."""
        return frozenset({(Name("app", "customers"), "update")} if (relation, kind) == ("referred", "delete") else ())

    def _columns(self, name: str) -> tuple[tuple[str, frozenset[Origin] | None], ...]:
        if name in OPAQUE:
            return (("query", None),)
        if name in self.views:
            own = self.views[name].items()
            return tuple((c, frozenset(map(origin, [f"{name}.{c}", *bases]))) for c, bases in own)
        family = next((family for family in FAMILIES if name in family), {name})
        return tuple((c, frozenset(origin(f"{member}.{c}") for member in family)) for c in TABLES[name].split())

    def type_of(self, origin: Origin) -> str:
        return "int4" if origin.column in ("id", "customer_id") else "text"

    def is_function(self, name: str) -> bool:
        return name in self.shipped or name in ("customer_email", "reveal", "refund")

    def functions(self, name: str) -> tuple[Function, ...]:
        return tuple(one for one in FUNCTIONS if name in (one.name, f"{one.schema}.{one.name}"))

    def is_index(self, schema: str | None, relation: str) -> bool:
        return relation == "an_index"

    def is_builtin(self, function: str) -> bool:
        return function in self.shipped

    def operator_functions(self, operator: str) -> tuple[Name, ...]:
        behind = {"<<<": "app.reveal", "%%": "app.reveal", "@@": "app.reveal", "||": "app.pure", "<#>": "public.digest"}
        return (Name(*behind[operator].split(".")),) if operator in behind else ()

    def is_builtin_operator(self, operator: str) -> bool:
        return operator not in USERS_OPERATORS

    def _shown(self, name: str) -> Iterable[Origin]:
        if name in self.views:
            for column, bases in self.views[name].items():
                yield origin(f"{name}.{column}")
                yield from map(origin, bases)
            return
        for member in next((family for family in FAMILIES if name in family), {name}):
            yield from (origin(f"{member}.{column}") for column in TABLES[member].split())


def _in(wanted: str | None, schema: str) -> bool:
    return wanted in (None, schema) or (wanted == "pg_temp" and schema.startswith("pg_temp_"))


def origin(name: str) -> Origin:
    """Of "schema.relation.column"."""
    return Origin(*name.split("."))


def action(text: str, *followed: str) -> Action:
    """As the gate makes it; `followed`: texts of the cursors and statements that it names."""
    made = to_action(text.encode())
    facts: SqlFacts = made.facts
    behind = [evolve(one, cursor=None) for text in followed for one in action(text).facts.statements]
    return evolve(made, facts=evolve(facts, statements=(*facts.statements, *behind)))


def session(*groups: str, catalogue: Any = None) -> Session:
    """Of a principal in these groups."""
    principal = Principal("issuer", "job", "ci", "1", "0" * 64, frozenset(groups))
    return Session("route", "postgres", principal, "127.0.0.1:1", catalogue=catalogue or Catalogue())


RULES = """
    app.customers.email: partial, *.ssn: redact, app.customers.card: hash, hr.*.salary: null
    app.events.who: redact
"""


def masker(folder: Path = Path("/nowhere"), **texts: str) -> Columns:
    """Configured as from a section "pii" with these keys."""
    converters = {one.name: one.metadata["convert"] for one in fields(Options)}
    texts.setdefault("mask", RULES)
    options = Options(**{key: converters[key](text) for key, text in texts.items()})
    return columns.configure(options, Tools("pii", folder / "state", folder, None, None))


def refusal(text: str, *followed: str, by: Columns | None = None) -> str:
    """The rule that a text is refused by, "" when it is allowed."""
    verdict = (by or masker()).judge(Request(action(text, *followed), 1), session())
    return verdict.rule.removeprefix("pii: ") if isinstance(verdict, Deny) else ""


def computed(text: str, *followed: str, by: Columns | None = None) -> Mask | None:
    """The first mask in a result of a text, of whose columns the server knows no origin."""
    analysed, asker = action(text, *followed), session()
    knowledge = Knowledge(Rules(()), asker.catalogue, Effects(Trust(), asker.catalogue))
    shown = [Subject(one, knowledge).lineage.outputs for one in analysed.facts.statements]
    width = max((len(rows.columns) for rows in shown), default=1) or 1
    plan = (by or masker()).plan([Column("x", "text", None)] * width, analysed, asker)
    return next((mask for mask in plan or () if mask is not None), None)
