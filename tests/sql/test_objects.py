"""What definitions do by the object that they are about."""

from __future__ import annotations

import pytest

from tokengate.sql.cache import to_action


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("alter table t add a int", ""),
        ("alter table t alter a set not null, validate constraint b", ""),
        ("alter table t detach partition c", ""),
        ("alter table t drop a", "drop"),
        ("alter table t add a int, drop constraint b", "drop"),
        ("alter type t drop attribute a", "drop"),
        ("alter foreign table t drop a", "drop remote"),
        ("alter table t alter a drop identity", "drop"),
        ("alter table t alter a type bigint", ""),
        ("alter table t alter a type int using 0", "drop"),
        ("alter domain d drop constraint c", "drop"),
        ("alter domain d add check (value > 0)", ""),
        ("alter operator family f using btree drop function 1 (int)", "drop code"),
        ("alter text search configuration c drop mapping for word", "drop"),
        ("alter table t owner to x", "role"),
        ("alter view t owner to x", "role"),
        ("alter sequence t owner to x", "role"),
        ("alter materialized view t owner to x", "role"),
        ("alter foreign table t owner to x", "role remote"),
        ("alter function f owner to x", "role code"),
        ("alter large object 1 owner to x", "role large-object"),
        ("alter role a rename to b", "role"),
        ("alter user a rename to b", "role"),
        ("alter role a createdb", "role"),
        ("alter group a add user b", "role grant"),
        ("alter database a rename to b", "admin"),
        ("alter database a owner to b", "admin role"),
        ("alter tablespace a rename to b", "admin"),
        ("alter server s rename to t", "remote"),
        ("alter publication p rename to q", "remote replication"),
        ("alter trigger a on t rename to b", "code"),
        ("alter policy a on t rename to b", "code"),
        ("alter function f set schema s", "code"),
        ("alter table t rename to u", ""),
        ("alter table t disable trigger all", "code"),
        ("alter table t enable replica trigger a", "code"),
        ("alter table t disable rule a", "code"),
        ("alter table t enable row level security, no force row level security", "code"),
        ("alter foreign table t options (set program 'x')", "remote server-program"),
    ],
)  # fmt: skip
def test_altering(text: str, categories: str) -> None:
    """Besides being altered, something is lost, given away, or runs."""
    assert to_action(text.encode()).categories == {"ddl", "alter", *categories.split()}


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("drop table t", ""),
        ("drop function f", "code"),
        ("drop trigger a on t", "code"),
        ("drop policy a on t", "code"),
        ("drop extension e", "code"),
        ("drop server s", "remote"),
        ("drop foreign table t", "remote"),
        ("drop publication p", "remote replication"),
    ],
)
def test_dropping(text: str, categories: str) -> None:
    """It is about the same as making it was."""
    assert to_action(text.encode()).categories == {"ddl", "drop", *categories.split()}


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("create view v as select 1", "read"),
        ("create or replace view v as select 1", "read alter"),
        ("create or replace function f() returns int language sql as 'select 1'", "code alter"),
        ("create function f() returns int language C as 'a', 'b'", "code server-program"),
        ("create function f() returns int language plpython3u as 'a'", "code server-program"),
        ("create role a", "role"),
        ("create role a in role b", "role grant"),
        ("create role a admin b", "role grant"),
        ("create schema s", ""),
        ("create schema s authorization x", "role"),
        ("create schema authorization x", "role"),
        ("create database d", "admin"),
        ("create database d owner x", "admin role"),
        ("create tablespace t owner x location '/y'", "admin role server-file"),
        ("create foreign table t (a int) server s", "remote"),
        ("create foreign table t (a int) server s options (filename '/x')", "remote server-file"),
        ("create foreign table t (a int) server s options (program 'x', format 'csv')", "remote server-program"),
    ],
)
def test_creating(text: str, categories: str) -> None:
    """Who owns it, what it takes the place of, and what it lets reach the server."""
    assert to_action(text.encode()).categories == {"ddl", "create", *categories.split()}


def test_code_that_reaches_the_server() -> None:
    """In a DO as in a function: languages that are known to keep to the database, and others."""
    assert to_action(b"do 'x'").categories == {"dynamic", "code"}
    assert to_action(b"do language plperl 'x'").categories == {"dynamic", "code"}
    assert to_action(b"do language plperlu 'x'").categories == {"dynamic", "code", "server-program"}
