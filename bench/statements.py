"""What understanding a statement costs: in one process, without sockets, by the statement's size."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen

from tokengate.mask import columns, patterns
from tokengate.mask.columns import Columns, Options
from tokengate.protocols.postgres.catalogue import Catalogue
from tokengate.protocols.postgres.functions import Function
from tokengate.protocols.postgres.snapshot import Relation, Snapshot, Stored
from tokengate.service import YOUNG
from tokengate.session.session import Session
from tokengate.session.tools import Tools
from tokengate.sql.cache import Analyser
from tokengate.values import Principal, Request

JOIN = (
    "select c.id, c.name, upper(c.email) as e, count(*) filter (where o.total > 100) as big, sum(o.total) "
    "from app.customers c join app.orders o on o.customer_id = c.id left join app.addresses a on a.customer_id = c.id "
    "and a.kind = 'billing' where c.created_at > now() - interval '30 days' and c.status in ('active', 'trial') and "
    "o.total between 10 and 500 group by 1, 2, 3 having count(*) > 2 order by 5 desc limit 50"
)

STATEMENTS = {
    "pgbench -S": "SELECT abalance FROM pgbench_accounts WHERE aid = 4711;",
    "a join": JOIN,
    "a report": f"with recent as ({JOIN}) select * from recent union all "
    + " union all ".join(
        f"select * from (select id, name, upper(email), {n}, 1.5 from app.customers) x{n}" for n in range(40)
    ),
    "INSERT of 100 rows": "insert into app.orders (id, customer_id, total, note) values "
    + ", ".join(f"({n}, {n % 7}, {n * 1.5}, 'note {n}')" for n in range(100)),
    "INSERT of 10,000 rows": "insert into app.orders (id, customer_id, total, note) values "
    + ", ".join(f"({n}, {n % 7}, {n * 1.5}, 'note {n}')" for n in range(10_000)),
}

TABLES = {
    "app.customers": "id name email ssn created_at status",
    "app.orders": "id customer_id total note",
    "app.addresses": "id customer_id kind street",
    "public.pgbench_accounts": "aid bid abalance filler",
}


@frozen
class Cost:
    """Microseconds for one statement: `facts` alone, `lineage` with everything a masker decides, `hit` for a text seen
    before, `template` for one that differs in literals.
    """

    name: str
    length: int
    facts: float
    lineage: float
    hit: float
    template: float


def costs() -> Iterator[Cost]:
    """Of each statement above."""
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])  # as in the gateway
    with TemporaryDirectory() as folder:
        masker, session = _masker(Path(folder)), _session()
        for name, text in STATEMENTS.items():
            yield _cost(name, text, masker, session)


def _cost(name: str, text: str, masker: Columns, session: Session) -> Cost:
    times = 5 if len(text) > 100_000 else 300
    raws = [f"{text} -- {n}".encode() for n in range(3 * times)]
    again = [text.replace("4711", str(n)).replace("100", str(n)).encode() for n in range(times)]
    analyse, known = Analyser(), Analyser(1 << 30)

    def judged(raw: bytes) -> None:
        action = analyse(raw)
        masker.judge(Request(action, 1), session)

    facts = _each(Analyser(), raws[:times])
    lineage = _each(judged, raws[times : 2 * times])
    known(raws[-1])
    known(again[0])
    return Cost(name, len(text), facts, lineage, _each(known, [raws[-1]] * times), _each(known, again))


def _each(work: Callable[[bytes], object], raws: list[bytes]) -> float:
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        for raw in raws:
            work(raw)
        best = min(best, (time.process_time() - began) / len(raws) * 1e6)
        raws = [raw + b" " if raw.endswith(b" ") or len(set(raws)) > 1 else raw for raw in raws]
    return best


def _masker(folder: Path) -> Columns:
    rules = patterns.rules("app.customers.email: partial, *.ssn: redact")
    return columns.configure(Options(mask=rules), Tools("bench", folder, folder, None, None))


def _session() -> Session:
    catalogue = Catalogue(None, None)
    relations = {}
    for oid, (name, stored) in enumerate(TABLES.items(), 20000):
        schema, relation = name.split(".")
        found = {number: Stored(number, column, 25, -1, False) for number, column in enumerate(stored.split(), 1)}
        relations[oid] = Relation(oid, schema, relation, "r", found)
    shipped = ("upper", "count", "sum", "now")
    catalogue.snapshot = Snapshot(relations, functions=[Function("pg_catalog", one, True) for one in shipped])
    catalogue.version = 1
    return Session("bench", "postgres", Principal("i", "s", "v", "t", "d"), "", catalogue=catalogue)
