"""Stock clients through the gateway: what they do works as it does directly, byte for byte where bytes can be compared."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import subprocess
from pathlib import Path

import asyncpg
import pg8000.dbapi
import psycopg
import pytest

from tests.support.gateway import Gateway
from tests.support.postgres import Server, password

EVERYTHING = "select * from app.every_type order by id"


def direct(postgres: Server, **more: object) -> psycopg.Connection:
    """The same database, without the gateway."""
    where = {"host": "localhost", "hostaddr": "127.0.0.1", "port": postgres.port, "user": "scram_user"}
    secret = {"password": password("scram_user"), "dbname": "sample", "sslmode": "require"}
    return psycopg.connect(**where, **secret, autocommit=True, **more)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize("route", ["plain", "guarded", "masked"])
@pytest.mark.parametrize("binary", [False, True])
def test_every_type_arrives_as_it_is_stored(gateway: Gateway, postgres: Server, route: str, binary: bool) -> None:
    """Each PostgreSQL type, in text and in binary, through psycopg: the raw bytes are the direct connection's."""
    raw = []
    for connection in (gateway.connect(route), direct(postgres)):
        with connection, connection.cursor(binary=binary) as cursor:
            cursor.execute(EVERYTHING)
            result = cursor.pgresult
            assert result is not None
            raw.append([[result.get_value(r, c) for c in range(result.nfields)] for r in range(result.ntuples)])
    assert raw[0] == raw[1]


def test_psql(gateway: Gateway) -> None:
    """Simple queries, meta-commands, several statements, errors with their place."""
    assert gateway.psql("plain", "-c", "select id, name from app.customers order by id").stdout.startswith(
        "1|Ada Lovelace"
    )
    for command in (
        "\\d app.customers",
        "\\dt app.*",
        "\\df app.*",
        "\\l",
        "\\dn+",
        "\\du",
        "\\conninfo",
        "\\dv app.*",
    ):
        for route in ("plain", "masked"):
            done = gateway.psql(route, "-c", command)
            assert done.returncode == 0, done.stderr
            assert done.stdout
    failed = gateway.psql("plain", "-c", "select 1 +")
    assert "syntax error at end of input" in failed.stderr
    many = gateway.psql(
        "plain", text="begin;\nselect 1;\nsavepoint s;\nselect 1/0;\nrollback to s;\nselect 2;\ncommit;\n"
    )
    assert many.stdout.split() == ["1", "2"]


def test_meta_commands_show_what_they_show_directly(gateway: Gateway, postgres: Server) -> None:
    """psql's catalogue queries are untouched on a route that masks: the output is the same to the byte."""
    for command in (
        "\\d app.customers",
        "\\d+ app.contacts",
        "\\dT+ app.*",
        "\\df app.*",
        "\\dp app.*",
        "\\dd",
        "\\di app.*",
    ):
        through = gateway.psql("masked", "-c", command).stdout
        assert through == postgres.psql(command + "\n")


def test_psycopg_prepared_pipelined_and_server_side(gateway: Gateway) -> None:
    """Prepared statements, pipelines with an error in the middle, named cursors, COPY both ways, large results."""
    with gateway.connect("plain") as connection:
        for n in range(20):
            assert connection.execute("select %s::int + 1", [n], prepare=True).fetchone() == (n + 1,)
        with connection.pipeline():
            cursors = [connection.execute("select %s::text", [f"p{n}"]) for n in range(200)]
        assert [cursor.fetchone() for cursor in cursors] == [(f"p{n}",) for n in range(200)]
        with pytest.raises(psycopg.errors.DivisionByZero), connection.pipeline():
            connection.execute("select 1")
            connection.execute("select 1/0")
            connection.execute("select 2")
        assert connection.execute("select 3").fetchone() == (3,)
        with connection.transaction(), connection.cursor("c") as cursor:
            cursor.itersize = 7
            cursor.execute("select generate_series(1, 100)")
            assert [row[0] for row in cursor] == list(range(1, 101))
        connection.execute("create temp table copied (a int, b text)")
        with connection.cursor() as cursor, cursor.copy("copy copied from stdin") as copy:
            for n in range(1000):
                copy.write_row((n, f"row {n}"))
        with connection.cursor() as cursor, cursor.copy("copy copied to stdout (format binary)") as copy:
            copy.set_types(["int4", "text"])
            assert sum(1 for _ in copy.rows()) == 1000
        assert len(connection.execute("select repeat('x', 100000) from generate_series(1, 50)").fetchall()) == 50


def test_notices_notifications_and_parameters(gateway: Gateway) -> None:
    """Notices, LISTEN/NOTIFY and ParameterStatus pass."""
    with gateway.connect("plain") as connection, gateway.connect("plain") as other:
        notices: list[str | None] = []
        connection.add_notice_handler(lambda notice: notices.append(notice.message_primary))
        connection.execute("do $$ begin raise notice 'hello %', 1; end $$")
        assert notices == ["hello 1"]
        connection.execute("listen channel")
        other.execute("notify channel, 'payload'")
        assert next(connection.notifies(timeout=5)).payload == "payload"
        connection.execute("set application_name = 'renamed'")
        assert connection.info.parameter_status("application_name") == "renamed"
        assert connection.info.server_version == direct_version(gateway)


def direct_version(gateway: Gateway) -> int:
    with gateway.connect("plain") as connection:
        found = connection.execute("show server_version_num").fetchone()
    assert found is not None
    return int(found[0])


def test_cancelling(gateway: Gateway) -> None:
    """A cancel request ends the statement, and only its own session's."""
    with gateway.connect("plain") as connection:
        pid = connection.info.backend_pid
        with pytest.raises(psycopg.errors.QueryCanceled):

            async def cancel() -> None:
                running = asyncio.to_thread(connection.execute, "select pg_sleep(20)")
                task = asyncio.create_task(running)
                await asyncio.sleep(0.5)
                await asyncio.to_thread(connection.cancel_safe, timeout=5)
                await task

            asyncio.run(cancel())
        assert connection.execute("select 1").fetchone() == (1,)
        assert pid == connection.info.backend_pid


def test_asyncpg(gateway: Gateway) -> None:
    """asyncpg over direct TLS, which prepares and caches everything, executes many, and copies."""

    async def work() -> None:
        context = ssl.create_default_context(cafile=str(gateway.ca))
        context.set_alpn_protocols(["postgresql"])
        connection = await asyncpg.connect(
            host="localhost", port=gateway.ports["plain"], user="ci", password=gateway.token(), database="sample",
            ssl=context, direct_tls=True,
        )  # fmt: skip
        rows = await connection.fetch(EVERYTHING)
        assert rows[0]["a_int8"] == 9223372036854775807
        await connection.execute("create temp table many (n int, t text)")
        await connection.executemany("insert into many values ($1, $2)", [(n, str(n)) for n in range(5000)])
        assert await connection.fetchval("select sum(n) from many") == sum(range(5000))
        await connection.copy_records_to_table("many", records=[(1, "x")] * 1000)
        async with connection.transaction():
            assert len([row async for row in connection.cursor("select * from many", prefetch=100)]) == 6000
        await connection.close()

    asyncio.run(work())


def test_pg8000(gateway: Gateway) -> None:
    """A pure-Python driver with its own protocol implementation."""
    context = ssl.create_default_context(cafile=str(gateway.ca))
    connection = pg8000.dbapi.connect(
        "ci",
        host="localhost",
        port=gateway.ports["plain"],
        password=gateway.token(),
        database="sample",
        ssl_context=context,
    )
    cursor = connection.cursor()
    cursor.execute("select id, name from app.customers where id = %s", (2,))
    assert tuple(cursor.fetchone()) == (2, "Grace Hopper")
    connection.close()


def test_node_postgres(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> None:
    """node-postgres, installed from its registry once a machine."""
    folder = Path(__file__).parent.parent / "support" / "node"
    if not (folder / "node_modules" / "pg").exists():
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True, timeout=300)
    environment = {
        **os.environ,
        "PGHOST": "localhost",
        "PGPORT": str(gateway.ports["plain"]),
        "PGUSER": "ci",
        "PGPASSWORD": gateway.token(),
        "PGDATABASE": "sample",
        "CA": str(gateway.ca),
    }
    done = subprocess.run(
        ["node", "client.mjs"], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"name": "Grace Hopper", "prepared": [1, 2, 3], "denied": None}


def test_pgbench(gateway: Gateway, postgres: Server) -> None:
    """pgbench in its three modes, several clients at once."""
    postgres.psql("create table if not exists public.counters (id int primary key, n int not null);"
                  "insert into public.counters select g, 0 from generate_series(1, 10) g on conflict do nothing;"
                  "grant all on public.counters to public")  # fmt: skip
    script = "\\set id random(1, 10)\nupdate counters set n = n + 1 where id = :id;\nselect n from counters where id = :id;\n"
    for mode in ("simple", "extended", "prepared"):
        environment = {
            **os.environ, "PGHOST": "localhost", "PGPORT": str(gateway.ports["plain"]), "PGUSER": "ci",
            "PGPASSWORD": gateway.token(), "PGSSLMODE": "require", "PGDATABASE": "sample",
        }  # fmt: skip
        done = subprocess.run(
            ["pgbench", "-n", "-f", "/dev/stdin", "-M", mode, "-c", "8", "-j", "1", "-t", "25"],
            env=environment, input=script, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert "number of transactions actually processed: 200/200" in done.stdout, done.stderr


def dumped(port: int, user: str, secret: str) -> list[bytes]:
    """What the real pg_dump writes, but for the line that is different each time."""
    command = ["pg_dump", "-h", "localhost", "-p", str(port), "-U", user, "-d", "sample", "-n", "app", "--no-sync"]
    environment = {**os.environ, "PGSSLMODE": "require", "PGPASSWORD": secret}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if b"restrict" not in line]


def test_pg_dump_is_identical(gateway: Gateway, postgres: Server) -> None:
    """A dump through the gateway is the dump taken directly."""
    direct = dumped(postgres.port, "scram_user", password("scram_user"))
    assert dumped(gateway.ports["plain"], "ci", gateway.token()) == direct
    assert len(direct) > 300


def test_other_databases_by_list_only(gateway: Gateway) -> None:
    """A listed database can be asked for, another can't."""
    with gateway.connect("plain", dbname="other") as connection:
        assert connection.execute("select current_database()").fetchone() == ("other",)
    with pytest.raises(psycopg.OperationalError, match="is not served by this route"):
        gateway.connect("plain", dbname="template1")


def test_identifiers_and_texts_in_any_script(gateway: Gateway) -> None:
    """Quoted names, dollar quotes, comments, non-ASCII text pass unharmed."""
    with gateway.connect("masked") as connection:
        row = connection.execute(
            "select $tag$Zoë; -- /* '\"$tag$, '\U0001f600' /* drop table x; */ -- the end"
        ).fetchone()
        assert row == ("Zoë; -- /* '\"", "\U0001f600")
