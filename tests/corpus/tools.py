"""PostgreSQL's own programs, each run with a connection string; what they print is compared."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable

Tool = Callable[[str], list[str]]

LIMIT = 60.0
"""Seconds for one program."""

META = r'''
\d | \d+ | \dS pg_cl* | \d app.* | \d+ app.* | \d shop.* | \d+ shop.* | \d shop.products | \d+ shop.products | \d "Odd ""Schema"""."*"
\da | \da+ | \daS max | \dA | \dA+ | \dAc btree int* | \dAc+ gin | \dAf | \dAf+ btree | \dAo btree integer_ops | \dAo+ hash
\dAp btree integer_ops | \dAp+ hash | \db | \db+ | \dc | \dc+ | \dcS utf8* | \dC | \dC+ | \dconfig+ work* | \dd | \dd shop.*
\ddp | \dD | \dD app.* | \dD+ app.* | \des | \des+ | \det | \det+ | \deu | \deu+ | \dew | \dew+ | \df app.* | \df+ app.* | \dfa app.*
\dfn app.* | \dfp app.* | \dft | \dfw | \dfS+ upper | \dF | \dF+ | \dFd | \dFd+ | \dFp | \dFp+ | \dFt | \dFt+ | \dg | \dg+ | \dgS
\di app.* | \di+ shop.* | \dl | \dl+ | \lo_list | \dL | \dL+ | \dm *.* | \dm+ shop.* | \dn | \dn+ | \dnS | \do app.* | \do+ app.* | \doS ~~
\dO | \dO+ app.* | \dOS C | \dp | \dp app.* | \z shop.* | \dP | \dP+ app.* | \dPi | \dPn app.* | \dPt app.* | \drds | \dRp | \dRp+
\dRs | \ds *.* | \ds+ shop.* | \dt *.customers | \dt+ shop.* | \dtvmsiE shop.* | \dT | \dT+ app.* | \dTS name | \du | \du+ scram* | \dv app.*
\dv+ *.totals | \dvS pg_stat* | \dx | \dx+ hstore | \dX | \dX+ | \dy | \dy+ | \l | \l+ other | \list sample | \encoding | \sf app.reveal
\sf+ app.run | \sv app.contacts | \sv+ shop.totals | \pset null x | \timing off | \dE | \dE app.*
'''
"""psql's commands that ask the server, and some that don't."""


def psql_meta_commands(conninfo: str) -> list[str]:
    """Each command's output, behind its name."""
    commands = [command.strip() for line in META.strip().splitlines() for command in line.split(" | ")]
    script = "\n".join(f"\\echo === {command.replace('/', ' ')}\n{command}" for command in commands)
    return _run("psql", "-X", "-a", conninfo, text=script)


def psql_script(conninfo: str) -> list[str]:
    """Variables, \\gset, \\gdesc, \\gx, \\crosstabview, \\copy, \\bind's elders, errors, transactions."""
    script = r"""
\set title 'Product 1'
select id, title from shop.products where title = :'title';
select count(*) as n from shop.products \gset
\echo :n
select * from shop.products \gdesc
select * from shop.categories order by id \gx
select c.name, p.price > 20 as dear, count(*) from shop.products p join shop.categories c on c.id = p.category_id group by 1, 2 order by 1, 2 \crosstabview
begin;
savepoint s;
select 1/0;
rollback to s;
\copy (select id, name from shop.categories order by id) to stdout csv header
\copy shop.categories (id, name) from stdin
900	from stdin
\.
select name from shop.categories where id = 900;
rollback;
select format('select %s as n', n) from generate_series(1, 3) n \gexec
\errverbose
select nothing;
\errverbose
select 'a' as "A", null as "B";
\x on
select * from shop.orders order by id limit 2;
"""
    return [re.sub(r"LOCATION: .*", "", line) for line in _run("psql", "-X", conninfo, text=script)]


def pg_dump_plain(conninfo: str) -> list[str]:
    """Everything of a schema, as COPY."""
    return _run("pg_dump", "-d", conninfo, "-n", "shop", "--no-sync")


def pg_dump_inserts(conninfo: str) -> list[str]:
    """Everything of a schema, as INSERT, with names."""
    return _run("pg_dump", "-d", conninfo, "-n", "shop", "--no-sync", "--column-inserts", "--rows-per-insert=10")


def pg_dump_schema(conninfo: str) -> list[str]:
    """All definitions, with what is to be dropped first."""
    return _run("pg_dump", "-d", conninfo, "-n", "app", "-n", "shop", "-s", "-c", "--if-exists", "--no-sync")


def pg_dump_tables(conninfo: str) -> list[str]:
    """Chosen tables' data, in a serializable snapshot."""
    return _run("pg_dump", "-d", conninfo, "-a", "-t", "shop.*", "--serializable-deferrable", "--no-sync")


def pg_dump_directory(conninfo: str) -> list[str]:
    """In parallel, with one snapshot for all workers, and what pg_restore makes of it."""
    with tempfile.TemporaryDirectory() as folder:
        dumped = _run("pg_dump", "-d", conninfo, "-n", "shop", "-Fd", "-j", "2", "--no-sync", "-f", f"{folder}/dump")
        listed = _run("pg_restore", "-f", "-", f"{folder}/dump")
    return dumped + [
        line for line in listed if not line.startswith("-- Started") and not line.startswith("-- Completed")
    ]


def pg_restore(conninfo: str) -> list[str]:
    """A dump restored where it was taken, over what is there."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/dump"
        dumped = _run("pg_dump", "-d", conninfo, "-n", "shop", "-Fc", "--no-sync", "-f", path)
        restored = _run("pg_restore", "-d", conninfo, "-c", "--if-exists", "-1", path)
    return dumped + restored + pg_dump_plain(conninfo)


def pg_dumpall_globals(conninfo: str) -> list[str]:
    """Roles and tablespaces, without passwords."""
    return _run("pg_dumpall", "-d", conninfo, "-g", "--no-role-passwords", "--no-sync", "-l", "sample")


def pgbench(conninfo: str) -> list[str]:
    """Its tables made and filled, then its three scripts in three modes, and what they left."""
    made = _run("pgbench", "-i", "-s", "1", "-q", conninfo)
    ran = [
        line
        for script in ("tpcb-like", "simple-update", "select-only")
        for mode in ("simple", "extended", "prepared")
        for line in _run("pgbench", "-n", "-b", script, "-M", mode, "-c", "2", "-t", "10", "--random-seed=7", conninfo)
        if "processed" in line or "failed" in line
    ]
    counted = "select count(*) from pgbench_history; select count(*) from pgbench_accounts"
    left = _run("psql", "-XAt", conninfo, "-c", counted)
    _run("pgbench", "-i", "-I", "d", conninfo)
    return [re.sub(r"\d+\.\d+ s", "s", line) for line in made + ran] + left


def vacuumdb(conninfo: str) -> list[str]:
    """VACUUM and ANALYZE of some tables."""
    return _run("vacuumdb", "-z", "-e", "-t", "shop.products", "-t", "shop.orders", "-d", conninfo)


def reindexdb(conninfo: str) -> list[str]:
    """REINDEX of one table."""
    return _run("reindexdb", "-e", "-t", "shop.products", "-d", conninfo)


def clusterdb(conninfo: str) -> list[str]:
    """CLUSTER of nothing that is clustered."""
    return _run("clusterdb", "-e", "-d", conninfo)


def createuser_refused(conninfo: str) -> list[str]:
    """A refusal of the server's own."""
    return _run("psql", "-X", conninfo, "-c", "create role nobody_made")


def pg_isready(conninfo: str) -> list[str]:
    """Whether it says that it accepts connections."""
    return [line.split(" - ")[-1] for line in _run("pg_isready", "-d", conninfo)]


FAILING = {createuser_refused: "exit 1"}
"""How a tool ends that is not meant to succeed."""

ALL: tuple[Tool, ...] = (
    psql_meta_commands, psql_script, pg_dump_plain, pg_dump_inserts, pg_dump_schema, pg_dump_tables, pg_dump_directory,
    pg_restore, pg_dumpall_globals, pgbench, vacuumdb, reindexdb, clusterdb, createuser_refused, pg_isready,
)  # fmt: skip


def _run(program: str, *arguments: str, text: str = "") -> list[str]:
    """Lines of output, then of errors, and the exit code."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PGAPPNAME": "tool"}
    done = subprocess.run(
        [program, *arguments], input=text, capture_output=True, text=True, env=environment, timeout=LIMIT, check=False
    )
    lines = [line for line in done.stdout.splitlines() if "restrict " not in line]
    errors = [re.sub(r'server (at|on) ".*" failed', "server failed", line) for line in done.stderr.splitlines()]
    return [*lines, *errors, f"exit {done.returncode}"]
