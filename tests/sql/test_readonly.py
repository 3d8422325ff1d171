"""Tests of tokengate.sql.readonly."""

from __future__ import annotations

import pytest

from tokengate.sql.cache import to_action
from tokengate.sql.readonly import ends_transactions, read_only


@pytest.mark.parametrize(
    "text",
    [
        "insert into t values (1)",
        "with w as (delete from t returning *) select * from w",
        "explain analyze update t set a = 1 where b = 2",
        "select nextval('s')",
        "select 1 into t",
        "create temp table t (a int)",
        "select * from t for update",
        "do $$ begin end $$",
        "call p()",
        "copy t from stdin",
        "copy (select 1) to program 'x'",
        "select lo_create(0)",
        "select pg_notify('a', 'b')",
        "notify a",
        "refresh materialized view v",
        "vacuum t",
        "set role x",
        "prepare transaction 'a'",
        "commit prepared 'a'",
        "alter role x set default_transaction_read_only = off",
        "alter system set default_transaction_read_only = off",
        "set default_transaction_read_only = off",
        "set session default_transaction_read_only to 'false'",
        "set local Transaction_Read_Only = 0",
        "set transaction_read_only = default",
        "reset transaction_read_only",
        "reset default_transaction_read_only",
        "set default_transaction_read_only from current",
        "begin read write",
        "start transaction isolation level serializable, read write",
        "set transaction read write",
        "set session characteristics as transaction read write",
        "select set_config('transaction_read_only', 'off', true)",
        "select pg_catalog.set_config('DEFAULT_transaction_read_only', $1, false)",
        "select set_config('default_transaction_' || 'read_only', 'off', false)",
        "select set_config($1, 'a, b', false)",
        "select 1; begin read write; select 2",
    ],
)
def test_refused(text: str) -> None:
    """Whatever does more than read, and every way to be allowed more; as the server refuses a write."""
    refusal = read_only(to_action(text.encode()))
    assert refusal is not None
    assert refusal.code == "25006"


@pytest.mark.parametrize(
    "text",
    [
        "select * from t join u using (a) order by 1",
        "explain analyze select 1",
        "begin",
        "begin read only",
        "start transaction isolation level repeatable read, read only, deferrable",
        "set transaction read only",
        "set session characteristics as transaction read only",
        "set default_transaction_read_only = on",
        "set search_path = a",
        "select set_config('app.tenant', $1, true)",
        "reset all",
        "discard all",
        "declare c cursor with hold for select 1",
        "prepare p as select 1",
        "copy t to stdout",
        "commit",
        "savepoint a",
        "listen a",
        "show all",
        "",
    ],
)
def test_allowed(text: str) -> None:
    """Reading, and what frames it."""
    assert read_only(to_action(text.encode())) is None


def test_texts_that_end_a_transaction() -> None:
    """Alone a COMMIT says that nothing runs in front of it or behind."""
    assert ends_transactions(to_action(b"select 1; commit; select 2"))
    assert not ends_transactions(to_action(b"commit"))
    assert not ends_transactions(to_action(b"select 1; select 2"))
