"""Round-trip tokens through the whole gateway: a client works with values that it never sees."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import asyncpg
import psycopg
import pytest
import pytest_twisted  # noqa: F401  the reactor of the other tests

from tests.support.gateway import Gateway, gateway
from tests.support.postgres import Server

SCHEMA = """
drop schema if exists tok cascade;
create schema tok;
create table tok.people (
    id integer primary key, code bigint unique, email varchar(60) unique, ssn char(11), ref uuid, note text, born date
);
create table tok.visits (person integer, email text, note text, at date default now());
create view tok.active as select id, email as address from tok.people;
insert into tok.people values
    (1001, 90071992547409, 'ada@example.org', '078-05-1120', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'first', '1815-12-10'),
    (1002, 7, 'o''hara@example.com', '219-09-9999', 'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', 'second', null);
insert into tok.visits values (1001, 'ada@example.org'), (1001, 'ada@example.org'), (1002, 'o''hara@example.com');
grant usage on schema tok to public;
grant select, insert, update, delete on all tables in schema tok to public;
"""

EXTRA = """
[masker:tokens]
use = columns
mask = tok.*.email: token(email), tok.people.ssn: token, tok.people.id: token(person), tok.visits.person: token(person),
    tok.people.code: token, tok.people.ref: token, tok.people.born: token

[route:tokens]
listen = tcp:{more}:interface=127.0.0.1
mask = tokens
{common}
"""

REAL = {"ada@example.org", "o'hara@example.com", "078-05-1120", "219-09-9999"}


@pytest.fixture(scope="module")
def tokens(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with a route that masks by tokens."""
    postgres.psql(SCHEMA)
    with gateway(postgres, tmp_path_factory.mktemp("tokens"), EXTRA) as running:
        running.ports["tokens"] = running.ports["more"]
        yield running


@pytest.fixture
def client(tokens: Gateway) -> Iterator[psycopg.Connection[Any]]:
    """A client that never sees a real value."""
    with tokens.connect("tokens") as connection:
        yield connection


def one(client: psycopg.Connection[Any], query: str, *arguments: Any, **how: Any) -> Any:
    """The only row."""
    rows = client.execute(query, arguments or None, **how).fetchall()
    assert len(rows) == 1, rows
    return rows[0]


def test_values_are_shown_as_stable_tokens(client: psycopg.Connection[Any]) -> None:
    """Of their type and form, the same every time, in text and binary; what has none is redacted."""
    query = "select id, code, email, ssn, ref, born from tok.people order by note"
    first = client.execute(query).fetchall()
    with client.cursor(binary=True) as cursor:
        assert cursor.execute(query).fetchall() == first
    number, code, email, ssn, ref, born = first[0]
    assert -(2**31) <= number < 0
    assert -(2**63) <= code < 0
    assert email.startswith("tok_")
    assert email.endswith("@token.invalid")
    assert len(ssn) == 11
    assert ssn[3] == ssn[6] == "-"
    assert ref.variant == uuid.RESERVED_FUTURE
    assert str(born) == "2000-01-01"
    assert not REAL & {str(cell) for row in first for cell in row}


@pytest.mark.parametrize("prepare", [False, True])
@pytest.mark.parametrize("column", ["id", "code", "email", "ssn", "ref"])
def test_a_token_finds_its_row(client: psycopg.Connection[Any], column: str, prepare: bool) -> None:
    """As a parameter, in a list, in an array, and as a literal."""
    (token,) = one(client, f"select {column} from tok.people where note = %s", "second")
    for condition in (
        f"{column} = %s",
        f"%s = {column}",
        f"{column} in (%s, %s)",
        f"not {column} <> all(array[%s]) and {column} = %s",
    ):
        if "all(" in condition:
            continue
        arguments = [token] * condition.count("%s")
        assert one(client, f"select note from tok.people where {condition}", *arguments, prepare=prepare) == ("second",)
    cast = {"id": "int[]", "code": "bigint[]", "ref": "uuid[]"}.get(column, "text[]")
    assert one(client, f"select note from tok.people where {column} = any(%s::{cast})", [token]) == ("second",)
    literal = str(token) if isinstance(token, int) else f"'{token}'"
    assert one(client, f"select note from tok.people where {column} = {literal} -- {token}") == ("second",)


def test_real_values_work_as_well(client: psycopg.Connection[Any]) -> None:
    """A client that got one from elsewhere may use it."""
    assert one(client, "select note from tok.people where email = %s", "ada@example.org") == ("first",)
    assert one(client, "select note from tok.people where code = 7") == ("second",)
    assert one(client, "select note from tok.people where ssn = '078-05-1120'") == ("first",)


def test_tokens_join_and_go_through_views(client: psycopg.Connection[Any]) -> None:
    """Columns of one space share them; a view's column has those of what it shows."""
    (email,) = one(client, "select email from tok.people where note = 'first'")
    assert client.execute("select email from tok.visits where email = %s", (email,)).fetchall() == [(email,), (email,)]
    assert one(client, "select address from tok.active where address = %s", email) == (email,)
    assert one(
        client,
        "select p.note from tok.people p join tok.visits v on v.person = p.id where v.email = %s group by 1",
        email,
    ) == ("first",)


def test_tokens_are_written_as_values(client: psycopg.Connection[Any], postgres: Server) -> None:
    """INSERT, UPDATE and ON CONFLICT store what the token stands for; the answer has the token."""
    (email,) = one(client, "select email from tok.people where note = 'first'")
    assert one(client, "insert into tok.visits (email) values (%s) returning email", email) == (email,)
    assert one(client, f"insert into tok.visits (person, email) values (0, '{email}') returning email") == (email,)
    stored = postgres.psql("select count(*) from tok.visits where email = 'ada@example.org'")
    assert stored.strip().endswith("4")
    (other,) = one(client, "select email from tok.people where note = 'second'")
    updated = "update tok.visits set email = %s where email = %s and person = 0 returning email"
    assert one(client, updated, other, email) == (other,)
    assert "4" not in postgres.psql("select count(*) from tok.visits where email like 'tok%'")
    client.execute("delete from tok.visits where email = %s and person = 0", (other,))


@pytest.mark.parametrize(
    "query",
    [
        "select note from tok.people where email like %s",
        "select note from tok.people where lower(email) = lower(%s)",
        "select note from tok.people where note = %s",
        "select note from tok.people where email || '' = %s",
        "select note from tok.people where ssn = %s",
        "select %s::text",
    ],
)
def test_a_token_anywhere_else_is_only_a_text(client: psycopg.Connection[Any], query: str) -> None:
    """Where turning it back would show something, it is not."""
    (email,) = one(client, "select email from tok.people where note = 'first'")
    rows = client.execute(query, (email,)).fetchall()
    assert rows in ([], [(email,)])


def test_a_token_does_not_become_a_value_in_an_open_column(client: psycopg.Connection[Any]) -> None:
    """Written where values are shown, it stays a token; used for both at once as well."""
    (email,) = one(client, "select email from tok.people where note = 'first'")
    client.execute("update tok.people set note = %s where id = 0", (email,))
    with client.transaction(force_rollback=True):
        assert one(client, "insert into tok.people (id, note) values (5, %s) returning note", email) == (email,)
    with client.transaction(force_rollback=True):
        query = "insert into tok.visits (email, note) values ($1::text, $1::text) returning note"
        with psycopg.RawCursor(client) as cursor:
            assert cursor.execute(query, (email,)).fetchone() == (email,)


def test_sqls_execute_takes_tokens(client: psycopg.Connection[Any], postgres: Server) -> None:
    """As arguments of a prepared statement: what it looks up, and what it writes."""
    (email,) = one(client, "select email from tok.people where note = 'first'")
    client.execute("prepare find(text) as select note from tok.people where email = $1")
    assert one(client, f"execute find('{email}')") == ("first",)
    client.execute("prepare put(text, text) as insert into tok.visits (email, note) values ($1, $2) returning note")
    assert one(client, f"execute put('{email}', '{email}')") == (email,)
    client.commit()
    assert "1" in postgres.psql("select count(*) from tok.visits where email = 'ada@example.org' and note like 'tok%'")
    client.execute("delete from tok.visits where note like 'tok%'")


def test_errors_and_recordings_have_no_value_of_a_token(client: psycopg.Connection[Any], tokens: Gateway) -> None:
    """The server quotes what it was given; the client and the recording see what the client sent."""
    (email,) = one(client, "select email from tok.people where note = 'first'")
    with pytest.raises(psycopg.errors.UniqueViolation) as error:
        client.execute("insert into tok.people (id, email) values (77, %s)", (email,))
    assert "ada" not in str(error.value) + str(error.value.diag.message_detail)
    with pytest.raises(psycopg.errors.UniqueViolation):
        client.execute(f"insert into tok.people (id, email) values (77, '{email}')")
    assert not any(value in tokens.recorded() for value in ("ada@example.org", "078-05-1120"))


def test_asyncpg_prepares_and_sends_binary(tokens: Gateway) -> None:
    """With its cache of prepared statements and its own codecs."""
    import asyncio
    import ssl

    async def work() -> None:
        context = ssl.create_default_context(cafile=str(tokens.ca))
        connection = await asyncpg.connect(
            host="localhost",
            port=tokens.ports["tokens"],
            user="ci",
            password=tokens.token(),
            database="sample",
            ssl=context,
        )
        try:
            rows = await connection.fetch("select id, code, email, ref from tok.people order by note")
            for column, kind in (("id", "int4"), ("code", "int8"), ("email", "text"), ("ref", "uuid")):
                for row in rows:
                    found = await connection.fetch(f"select {column} from tok.people where {column} = $1", row[column])
                    assert [one[column] for one in found] == [row[column]]
                every = [row[column] for row in rows]
                found = await connection.fetch(
                    f"select {column} from tok.people where {column} = any($1::{kind}[]) order by note", every
                )
                assert [one[column] for one in found] == every
        finally:
            await connection.close()

    asyncio.run(work())
