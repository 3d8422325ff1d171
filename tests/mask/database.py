"""An in-memory database for maskers' tests: a catalogue, and statements analysed as the gate analyses them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from attrs import define, field
from zope.interface import implementer

from tokengate.interfaces import ICatalogue
from tokengate.mask import columns
from tokengate.mask.columns import Columns, Options
from tokengate.session.session import Session
from tokengate.session.tools import Tools
from tokengate.sql.cache import to_action
from tokengate.values import Action, Column, Deny, Mask, Origin, Principal, Request

TABLES = {
    "app.customers": "id name email ssn card phone notes to_json_",
    "app.orders": "id customer_id total note status",
    "public.orders": "id total",
    "app.events": "id at who",
    "app.events_2026": "id at who",
    "hr.staff": "id name salary",
    "pg_catalog.pg_class": "oid relname relkind",
    "pg_catalog.pg_statistic": "starelid stanullfrac stavalues1",
}
FAMILIES = [{"app.events", "app.events_2026"}]
VIEWS = {
    "api.customers": {"id": ["app.customers.id"], "name": ["app.customers.name"], "contact": ["app.customers.email"]},
    "app.open_orders": {"id": ["app.orders.id"], "total": ["app.orders.total"]},
    "app.swapped": {"id": ["app.customers.email"], "email": ["app.customers.id"]},
    "pg_catalog.pg_stats": {"tablename": ["pg_catalog.pg_class.relname"],
                            "most_common_vals": ["pg_catalog.pg_statistic.stavalues1"]},
}  # fmt: skip
OPAQUE = {"pg_catalog.pg_stat_activity"}
USERS_FUNCTIONS = {"reveal", "app.reveal", "app.next_id", "next_id", "st_area", "app.refund", "exfil", "app.exfil"}
USERS_OPERATORS = {"<<<", "%%"}


@implementer(ICatalogue)
@define(eq=False)
class Catalogue:
    """What the tables above say."""

    version: int = 1
    views: dict[str, dict[str, list[str]]] = field(factory=lambda: dict(VIEWS))
    tables: dict[str, str] = field(factory=lambda: dict(TABLES))

    def expand(self, schema: str | None, relation: str) -> frozenset[Origin] | None:
        known = {*self.tables, *self.views, *OPAQUE}
        found = [name for name in known if name.split(".")[1] == relation and schema in (None, name.split(".")[0])]
        if not found or OPAQUE & set(found):
            return None
        return frozenset(origin for name in found for origin in self._shown(name))

    def is_builtin(self, function: str) -> bool:
        schema, _, name = function.rpartition(".")
        return schema in ("", "pg_catalog") and not name.startswith("app_") and function not in USERS_FUNCTIONS

    def is_builtin_operator(self, operator: str) -> bool:
        return operator not in USERS_OPERATORS

    def origins(self, name: str) -> frozenset[Origin]:
        """Of one column, "schema.relation.column"."""
        relation, _, column = name.rpartition(".")
        return frozenset(origin for origin in self._shown(relation) if origin.column == column) | frozenset(
            origin(base) for base in self.views.get(relation, {}).get(column, ())
        )

    def _shown(self, name: str) -> Iterable[Origin]:
        if name in self.views:
            for column, bases in self.views[name].items():
                yield origin(f"{name}.{column}")
                yield from map(origin, bases)
            return
        for member in next((family for family in FAMILIES if name in family), {name}):
            yield from (origin(f"{member}.{column}") for column in self.tables[member].split())


def origin(name: str) -> Origin:
    """Of "schema.relation.column"."""
    return Origin(*name.split("."))


def action(text: str, *followed: str) -> Action:
    """As the gate makes it; `followed`: texts of the cursors and statements that it names."""
    made = to_action(text.encode())
    if not followed:
        return made
    from tokengate.protocols.postgres.exchange import merged

    return merged([made, *(action(one) for one in followed)])


def session(*groups: str, catalogue: Catalogue | None = None) -> Session:
    """Of a principal in these groups."""
    principal = Principal("issuer", "job", "ci", "1", "0" * 64, frozenset(groups))
    return Session("route", "postgres", principal, "127.0.0.1:1", catalogue=catalogue or Catalogue())


def tools(folder: Path, section: str = "pii") -> Tools:
    """For `configure`."""
    return Tools(section, folder / "state", folder, None, None)


def masker(folder: Path = Path("/nowhere"), **texts: str) -> Columns:
    """Configured as from a section with these keys."""
    fields = {one.name: one for one in Options.__attrs_attrs__}
    return columns.configure(Options(**{k: fields[k].metadata["convert"](v) for k, v in texts.items()}), tools(folder))


RULES = (
    "app.customers.email: partial, *.ssn: redact, app.customers.card: hash, hr.*.salary: null, app.events.who: redact"
)


def refusal(text: str, *followed: str, by: Columns | None = None) -> str:
    """The rule that a text is refused by, "" when it is allowed."""
    verdict = (by or masker(mask=RULES)).judge(Request(action(text, *followed), 1), session())
    return verdict.rule.removeprefix("pii: ") if isinstance(verdict, Deny) else ""


def computed(text: str, *followed: str, by: Columns | None = None) -> Mask | None:
    """The mask of a column of unknown origin in the result of a text."""
    plan = (by or masker(mask=RULES)).plan([Column("x", "text", None)], action(text, *followed), session())
    return None if plan is None else plan[0]
