"""Tests of tokengate.protocols.postgres.deeds, on a small made-up database."""

from __future__ import annotations

from typing import Any

import pytest

from tokengate.protocols.postgres.functions import Function
from tokengate.protocols.postgres.reach import Key, Links
from tokengate.protocols.postgres.snapshot import Relation, Snapshot, Stored
from tokengate.sql.facts import Name
from tokengate.sql.postgres import analyse

TABLES = {"t": "r", "audit": "r", "child": "r", "v": "v", "riddle": "v", "log": "r", "calls": "v"}
OIDS = {name: number for number, name in enumerate(TABLES, 1)}


def function(name: str, body: str | None, language: str = "plpgsql", extension: str = "") -> Function:
    return Function("app", name, False, "v", language, "f", extension, body)


FUNCTIONS = (
    Function("pg_catalog", "now", True),
    function("touch", "begin new.at := now(); return new; end"),
    function("wipe", "begin delete from app.audit where id = old.id; return old; end"),
    function("indirect", "begin perform app.wiping(); return new; end"),
    function("wiping", "delete from audit", "sql"),
    function("running", "begin execute 'x'; return new; end"),
    function("foreign", None, "plpython3u"),
    function("computing", None, "c", "postgis"),
    function("versioning", None, "c", "temporal_tables"),
    function("stamping", None, "c", "moddatetime"),
    function("writes_t", "begin insert into t values (1); end"),
    function("again", "begin perform again(); delete from log; end"),
)  # fmt: skip


def ran(text: str, *triggers: str, kind: str = "update", **links: Any) -> tuple[set[str], set[str] | None]:
    """What functions that are called write, and what triggers on t and rules write; None: anything."""
    relations = {
        oid: Relation(oid, "app", name, TABLES[name], {1: Stored(1, "id", 23, -1, False)}) for name, oid in OIDS.items()
    }
    on_t = {(OIDS["t"], kind): tuple(Name("pg_catalog" if name == "now" else "app", name) for name in triggers)}
    known = Links(
        views={OIDS["v"]: frozenset({OIDS["t"]}), OIDS["calls"]: frozenset()},
        calling={OIDS["calls"]: (Name("app", "wiping"),)},
        triggers=on_t | links.pop("triggers", {}),
        **links,
    )
    snapshot = Snapshot(relations, functions=FUNCTIONS, links=known, operators={"<<<": (Name("app", "wiping"),)})
    (statement,) = analyse(text).statements
    done = snapshot.deeds(statement)
    return _written(done.called), None if done.fired is None else _written(done.fired)


def _written(statements: Any) -> set[str]:
    return {f"{one.kind} {name}" for one in statements for name in one.writes}


UPDATE = "update app.t set id = 2 where id = 1"


@pytest.mark.parametrize(
    ("trigger", "fired"),
    [
        ("touch", set()),
        ("wipe", {"delete app.audit"}),
        ("indirect", {"delete audit"}),
        ("running", None),
        ("foreign", None),
        ("versioning", None),
        ("stamping", set()),
        ("now", set()),
        ("gone", None),
        ("again", {"delete log"}),
    ],
)
def test_triggers(trigger: str, fired: set[str] | None) -> None:
    """What a trigger's function writes, whatever it calls; anything where that can't be read."""
    assert ran(UPDATE, trigger) == (set(), fired)
    assert ran("update app.v set id = 2", trigger) == (set(), fired)
    assert ran("insert into app.t values (1)", trigger) == (set(), set())


def test_one_thing_leads_to_another() -> None:
    """A cascade's target has triggers of its own, and so has what a trigger writes."""
    key = frozenset({Key(OIDS["t"], OIDS["child"], "c")})
    on_child = {(OIDS["child"], "delete"): (Name("app", "wipe"),)}
    assert ran("delete from app.t where id = 1", keys=key, triggers=on_child) == (set(), {"delete app.audit"})
    on_audit = {(OIDS["audit"], "delete"): (Name("app", "again"),)}
    assert ran(UPDATE, "wipe", triggers=on_audit) == (set(), {"delete app.audit", "delete log"})


def test_rules() -> None:
    """A rule's actions count where its event comes to pass, with what they set off."""
    rule = "create rule r as on update to app.t do also insert into app.log values (new.id)"
    on_log = {(OIDS["log"], "insert"): (Name("app", "wipe"),)}
    assert ran(UPDATE, rules={(OIDS["t"], "update"): (rule,)}, triggers=on_log) == (
        set(),
        {"insert app.log", "delete app.audit"},
    )
    assert ran("delete from app.t", rules={(OIDS["t"], "update"): (rule,)}) == (set(), set())
    assert ran(UPDATE, rules={(OIDS["t"], "update"): ("",)}) == (set(), None)


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("select app.wiping()", {"delete audit"}),
        ("select wiping()", {"delete audit"}),
        ("select now()", set()),
        ("select 1 <<< 2", {"delete audit"}),
        ("select * from app.calls", {"delete audit"}),
        ("select app.foreign(), app.computing(), unheard()", set()),
        ("call app.writes_t()", {"insert t"}),
        ("create view x as select app.wiping()", set()),
        ("create index on app.t (app.wiping())", {"delete audit"}),
    ],
)
def test_functions_that_are_called(text: str, called: set[str]) -> None:
    """Their bodies are followed; what can't be read adds nothing, and what is only defined does not run."""
    assert ran(text) == (called, set())


def test_what_a_function_sets_off() -> None:
    """Triggers on what it writes, too: one that can't be read may then do anything."""
    called, fired = ran("select app.writes_t()", "wipe", kind="insert")
    assert called == {"insert t", "delete app.audit"}
    assert fired == {"delete app.audit"}
    assert ran("select app.writes_t()", "running", kind="insert")[1] is None


def test_views_that_can_not_be_read() -> None:
    """Writing one may lead anywhere."""
    assert ran("update app.riddle set id = 1")[1] is None
