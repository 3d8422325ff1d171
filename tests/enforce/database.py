"""A small database for enforcers' tests, as PostgreSQL's catalogue knows it.

app.orders     <- app.v_orders (view) <- app.vv_orders (view); app.lines refers to it, ON DELETE CASCADE ON UPDATE SET NULL
app.events     has the partition app.events_2026
app.secrets    refers to app.lines, without an action
app.ledger     has a rule that deletes from app.secrets when it is inserted to
app.audited    has triggers in another language; app.spied is a view that calls app.look (stable), app.acting one that calls app.act
app.wipe()     deletes from app.lines and sleeps, app.choose() sets search_path and runs a text
app.riddle     is a view that can't be read, where there is one
public.orders  is another table
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from tokengate.interfaces import ICatalogue
from tokengate.protocols.postgres.functions import Function
from tokengate.protocols.postgres.lookup import Lookup, PathLookup
from tokengate.protocols.postgres.reach import WRITES, Key, Links
from tokengate.protocols.postgres.snapshot import Paths, Relation, Snapshot, Stored
from tokengate.session.session import Session
from tokengate.sql.cache import to_action
from tokengate.sql.facts import Name
from tokengate.testing import principal
from tokengate.values import Action

_KINDS = {
    "app.orders": "r", "app.v_orders": "v", "app.vv_orders": "v", "app.lines": "r", "app.events": "p",
    "app.events_2026": "r", "app.secrets": "r", "app.ledger": "r", "app.audited": "r", "app.spied": "v",
    "app.acting": "v", "app.riddle": "v", "public.orders": "r", "app.log": "r", "app.x": "r", "other.t": "r", "app.t": "r",
}  # fmt: skip
_OIDS = {name: number for number, name in enumerate(_KINDS, 1)}


def _set(*names: str) -> frozenset[int]:
    return frozenset(_OIDS[f"app.{name}"] for name in names)


def _relation(name: str) -> Relation:
    schema, _, bare = name.partition(".")
    return Relation(_OIDS[name], schema, bare, _KINDS[name], {1: Stored(1, "a", 23, -1, False)})


SHIPPED = ("upper", "count", "now", "pg_sleep", "nextval", "set_config")

RULE = "create rule also as on insert to app.ledger do also delete from app.secrets where secrets.a = new.a"

READABLE = Snapshot(
    {_OIDS[name]: _relation(name) for name in _KINDS if name != "app.riddle"},
    {_OIDS["app.events_2026"]: (_OIDS["app.events"],)},
    functions=[
        *(Function("pg_catalog", name, True) for name in SHIPPED),
        Function("app", "look", False, "s", "sql", body="select 1"),
        Function("app", "act", False, "v"),
        Function("app", "wipe", False, "v", "plpgsql", body="begin delete from lines; perform pg_sleep(1); end"),
        Function("app", "turn", False, "s", "sql", body="select set_config('search_path', 'app', false)"),
        Function("app", "choose", False, "s", "plpgsql", body="begin set local search_path = app; execute 'x'; end"),
    ],
    links=Links(
        views={
            _OIDS["app.v_orders"]: _set("orders"),
            _OIDS["app.vv_orders"]: _set("v_orders"),
            _OIDS["app.spied"]: _set("orders"),
            _OIDS["app.acting"]: _set("orders"),
        },
        rules={(_OIDS["app.ledger"], "insert"): (RULE,)},
        keys=frozenset(
            {
                Key(_OIDS["app.orders"], _OIDS["app.lines"], "c", "n"),
                Key(_OIDS["app.lines"], _OIDS["app.secrets"]),
            }
        ),
        triggers={(_OIDS["app.audited"], kind): (Name("app", "act"),) for kind in WRITES},
        calling={_OIDS["app.spied"]: (Name("app", "look"),), _OIDS["app.acting"]: (Name("app", "act"),)},
        changing=_set("acting"),
    ),
    search_path=("app", "public"),
)

RIDDLE = evolve(READABLE, relations={_OIDS[name]: _relation(name) for name in _KINDS})


class Database(Lookup):
    """The catalogue. `version` 0: nothing is known yet."""

    def __init__(self, version: int = 1, snapshot: Snapshot = READABLE) -> None:
        self.version = version
        self.snapshot = snapshot if version else Snapshot()

    def under(self, paths: Paths | None) -> ICatalogue:
        found: ICatalogue = self if paths is None else PathLookup(self, paths)
        return found


def session(catalogue: Any = None, **facts: Any) -> Session:
    """A session of somebody on that database."""
    known = Database() if catalogue is None else catalogue
    return Session("orders", "postgres", principal(**facts), "192.0.2.1:1", {"database": "shop"}, known)


def action(text: str) -> Action:
    return to_action(text.encode())


def done(where: Session, *texts: str) -> Session:
    """The session after these statements, in a transaction that is still open."""
    for text in texts:
        for statement in action(text).facts.statements:
            where.unsettled.note(statement, lambda name: where.catalogue.is_volatile(str(name)))
    return where
