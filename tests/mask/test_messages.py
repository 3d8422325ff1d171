"""Tests of tokengate.mask.messages: what of the server's messages may be shown in any case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.mask.messages import LEFT_OUT, shown

SHOWN = [
    "division by zero",
    "canceling statement due to statement timeout",
    "terminating connection due to administrator command",
    "terminating connection due to idle-in-transaction timeout",
    "the database system is shutting down",
    "could not serialize access due to concurrent update",
    "deadlock detected",
    "current transaction is aborted, commands ignored until end of transaction block",
    "there is already a transaction in progress",
    "permission denied for table customers",
    'duplicate key value violates unique constraint "customers_pkey"',
    'null value in column "name" of relation "customers" violates not-null constraint',
    'new row for relation "customers" violates check constraint "email_check"',
    'insert or update on table "orders" violates foreign key constraint "orders_customer_fkey"',
    'update or delete on table "a" violates foreign key constraint "b" on table "c"',
    "value too long for type character varying(200)",
    "integer out of range",
    "No function matches the given name and argument types. You might need to add explicit type casts.",
    'Perhaps you meant to reference the column "customers.email".',
]

WITHHELD = [
    "",
    "Key (email)=(ada@example.org) already exists.",
    "Failing row contains (1, Ada, ada@example.org, 078-05-1120).",
    'relation "ada@example.org" does not exist',
    'schema "ada@example" does not exist',
    'type "078-05-1120" does not exist',
    'role "ada" does not exist',
    "ada@example.org",
    "division by zero: ada@example.org",
    'value "4111111111111111" is out of range for type integer',
    'could not convert "ada"',
    "permission denied for table x\nada@example.org",
    'duplicate key value violates unique constraint "x" "ada@example.org"',
    "COPY customers, line 1: ada@example.org",
    'column "ada" does not exist',
]


@pytest.mark.parametrize("message", SHOWN)
def test_messages_of_names_only_are_shown(message: str) -> None:
    """A client needs to know that its key was a duplicate, whatever the statement touched."""
    assert shown(message, "") == message


@pytest.mark.parametrize("message", WITHHELD)
def test_messages_that_may_quote_a_value_are_not(message: str) -> None:
    """What is not exactly a message known to be harmless is withheld."""
    assert shown(message, "select email::int from customers") == ""


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ('relation "nosuch" does not exist', "select * from nosuch"),
        ('relation "app.nosuch" does not exist', 'select * from "app" . nosuch'),
        ('column "emial" does not exist', "select EMIAL from customers"),
        ("column c.emial does not exist", "select c.emial from customers c"),
        ('column "x" of relation "customers" does not exist', "insert into customers (x) values (1)"),
        ('column "x" of relation "orders" already exists', "alter table orders add column x int"),
        ("function uper(text) does not exist", "select uper(email) from customers"),
        ('relation "t" already exists, skipping', "create table if not exists t ()"),
        ('missing FROM-clause entry for table "z"', "select z.email from customers c"),
        (
            'column "customers.name" must appear in the GROUP BY clause or be used in an aggregate function',
            "select name, email from customers",
        ),
    ],
)
def test_what_the_client_wrote_itself_may_come_back(message: str, text: str) -> None:
    """A typo is named: with words that are in the statement, a message says nothing new."""
    if "customers.name" in message:
        text += " /* customers.name */"
    assert shown(message, text) == message
    assert shown(message, "select 1") == ""
    assert shown(message, "") == ""


def test_a_cursor_that_is_not_there_is_named_as_the_statement_names_it() -> None:
    """A guess at a value that some other statement raised is not confirmed."""
    message = 'prepared statement "find" does not exist'
    assert shown(message, "", {"find"}) == message
    assert shown(message, "", {"other", None}) == ""
    assert shown('relation "find" does not exist', "", {"find"}) == ""


def test_a_value_alone_is_left_out() -> None:
    """What kind of value was expected helps, and says nothing of the one there was."""
    message = 'invalid input syntax for type integer: "ada@example.org"'
    assert shown(message, "select 'ada@example.org'") == f"invalid input syntax for type integer: {LEFT_OUT}"


@given(st.text(), st.text())
def test_any_text_has_an_answer(message: str, text: str) -> None:
    """It never fails, and nothing is shown that is not of a known form."""
    assert shown(message, text) in (message, "") or LEFT_OUT in shown(message, text)
