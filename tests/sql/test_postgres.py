"""What statements do, however they are spelled."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokengate.sql.cache import to_action
from tokengate.sql.facts import Name, Setting, Statement
from tokengate.sql.postgres import analyse


def only(text: str) -> Statement:
    """The facts of a text of one statement."""
    facts = analyse(text)
    assert not facts.error, facts.error
    (statement,) = facts.statements
    return statement


def names(found: frozenset[Name]) -> set[str]:
    return {str(name) for name in found}


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("select 1", "read"),
        ("table t", "read"),
        ("values (1)", "read"),
        ("select * from t for update", "read lock"),
        ("insert into t values (1)", "write insert"),
        ("insert into t select * from u", "write insert read"),
        ("insert into t values (1) on conflict (a) do update set a = 2", "write insert update"),
        ("update t set a = 1 where b = 2", "write update"),
        ("update t set a = 1", "write update unfiltered-write"),
        ("UPDATE t SET a = 1 WHERE 1 = 1", "write update unfiltered-write"),
        ("update t set a = 1 where true or b = 2", "write update unfiltered-write"),
        ("delete from t where 'x' = 'x'", "write delete unfiltered-write"),
        ("delete from t using u where t.a = u.a", "write delete read"),
        ("update t set a = u.a from v join u using (b) where t.c = v.c", "write update read"),
        ("update t set a = u.a from u tablesample system (1) where t.c = u.c", "write update read"),
        ("update t set a = v.a from (values (1, 2)) v(b, a) where t.b = v.b", "write update"),
        ("with v as (values (1)) delete from t using v where t.b = v.column1", "write delete"),
        ("update t set a = (select a from u) where b = 1", "write update read"),
        ("insert into t values (1) returning a", "write insert read"),
        ("update t set a = 1 where b = 2 returning *", "write update read"),
        ("update t set a = 1 where b = 2 returning 'done', $1", "write update"),
        ("delete from t where a = 1 returning (select b from u)", "write delete read"),
        ("with d as (delete from t returning *) select * from d", "write delete unfiltered-write read"),
        ("merge into a using b on a.i = b.i when matched then delete", "write merge delete read"),
        ("merge into a using (values (1)) b(i) on a.i = b.i when matched then delete", "write merge delete"),
        ("merge into a using (values (1)) b(i) on a.i = b.i when matched then delete returning a.i", "write merge delete read"),
        ("merge into a using (values (1)) b(i) on true when matched then delete", "write merge delete unfiltered-write"),
        ("truncate t, u", "write truncate"),
        ("select * into y from t", "read ddl create write"),
        ("create table x as select 1", "ddl create write read"),
        ("create table x (a int)", "ddl create"),
        ("create materialized view m as select * from t", "ddl create write read"),
        ("drop table a.b", "ddl drop"),
        ("alter table t rename a to b", "ddl alter"),
        ("do $$ begin end $$", "dynamic code"),
        ("call p()", "dynamic"),
        ("create function f() returns int language sql as 'select 1'", "ddl create code"),
        ("copy t from stdin", "copy write insert"),
        ("copy t to stdout", "copy read"),
        ("copy t to '/x'", "copy read server-file"),
        ("copy t from program 'x'", "copy write insert server-program"),
        ("copy (delete from t returning a) to stdout", "copy read write delete unfiltered-write"),
        ("explain delete from t", "explain write delete unfiltered-write"),
        ("explain analyze select 1", "explain read"),
        ("prepare p as update t set a = 1", "prepare write update unfiltered-write"),
        ("execute p", "prepare"),
        ("declare c cursor for select 1", "cursor read"),
        ("begin", "transaction"),
        ("set transaction isolation level serializable", "transaction"),
        ("set search_path = x", "setting security-setting"),
        ("set role x", "setting role security-setting"),
        ("reset role", "setting role security-setting"),
        ("set session authorization x", "setting role security-setting"),
        ("select set_config('role', 'x', false)", "read setting role security-setting"),
        ("select set_config(n, 'on', false) from t", "read setting role parser-setting security-setting"),
        ("set work_mem = '1MB'", "setting"),
        ("alter role x set row_security = off", "ddl alter setting role security-setting"),
        ("begin read write", "transaction security-setting"),
        ("begin read only", "transaction"),
        ("set session characteristics as transaction read write", "transaction setting security-setting"),
        ("set session characteristics as transaction read only", "transaction setting security-setting"),
        ("set session characteristics as transaction deferrable", "transaction setting"),
        ("commit prepared 'a'", "transaction write"),
        ("set standard_conforming_strings = off", "setting parser-setting"),
        ("set standard_conforming_strings to on", "setting"),
        ("set client_encoding = 'UTF-8'", "setting"),
        ("set names 'sjis'", "setting parser-setting"),
        ("reset all", "setting"),
        ("alter system set x = 1", "setting admin"),
        ("select pg_read_file('x')", "read server-file"),
        ("select * from pg_catalog.pg_ls_dir('.')", "read server-file"),
        ("select ('x'::text).pg_read_file", "read server-file"),
        ("select ((a[1]).b).length.pg_read_file from t", "read server-file"),
        ("select f.pg_sleep from generate_series(1, 2) f", "read resource"),
        ("select (f).\"pg_Sleep\", pg_sleep, a.b, (c).d from f", "read"),
        ("select query_to_xml('select 1', true, true, '')", "read dynamic"),
        ("select dblink('x', 'y')", "read dynamic remote"),
        ("select * from pg_hba_file_rules", "read server-file"),
        ("select * from app.pg_hba_file_rules", "read"),
        ("with pg_config as (select 1) table pg_config", "read"),
        ("select pg_terminate_backend(1)", "read admin"),
        ("alter role x reset all", "ddl alter setting role security-setting"),
        ("alter function f() reset all", "ddl alter code setting security-setting"),
        ("drop owned by x", "ddl drop role grant"),
        ("alter system set archive_command = 'x'", "setting admin server-program"),
        ("alter role x set local_preload_libraries = 'y'", "ddl alter setting role security-setting server-program"),
        ("update pg_class set relrowsecurity = false where oid = 1", "write update ddl alter code grant role setting admin"),
        ("insert into pg_catalog.pg_auth_members values (1)", "write insert ddl alter code grant role setting admin"),
        ("delete from app.pg_x where a = 1", "write delete"),
        ("create function f() returns int return 1", "ddl create code"),
        ("alter table t replica identity full", "ddl alter replication"),
        ("select nextval('s')", "read write"),
        ("select pg_notify('a', 'b')", "read notify"),
        ("notify a", "notify"),
        ("listen a", "listen"),
        ("grant select on t to x", "grant"),
        ("create role x", "role ddl create"),
        ("create extension x", "ddl create code server-program"),
        ("vacuum t", "maintenance"),
        ("lock t", "lock"),
        ("lock table t in access share mode", "read"),
        ("lock table t in row share mode", "lock"),
        ("show all", "session"),
        ("discard all", "session"),
        ("", ""),
        ("-- nothing", ""),
        ("select 1; drop table t", "read ddl drop"),
    ],
)  # fmt: skip
def test_categories(text: str, categories: str) -> None:
    """Each statement's kinds of effect, all of them and no other."""
    assert to_action(text.encode()).categories == frozenset(categories.split())


@pytest.mark.parametrize(
    "text",
    [
        "drop table app.t",
        "DROP\tTABLE\nApp.T",
        "/* a /* nested */ b */ drop -- x\n table app.t",
        'drop table "app"."t"',
        'drop table u&"\\0061pp".t',
        "drop table if exists app.t cascade",
    ],
)
def test_spelling_changes_nothing(text: str) -> None:
    """Case, comments, quoting and unicode escapes are the same statement."""
    statement = only(text)
    assert statement.kind == "drop"
    assert names(statement.defines) == {"app.t"}


def test_ctes_hide_tables_only_where_they_are_in_scope() -> None:
    """A CTE named like a table doesn't hide the table it is made of, nor one outside its statement."""
    assert names(only("with t as (select * from t) select * from t").reads) == {"t"}
    assert names(only("with a as (select 1) select * from a").reads) == set()
    assert names(only("with recursive r as (select 1 union all select * from r) select * from r").reads) == set()
    assert names(only("select * from (with t as (select 1) select * from t) x, t").reads) == {"t"}
    assert names(only("with a as (select * from b), b as (select 1) select * from a").reads) == {"b"}


def test_copies() -> None:
    """Options as written, the query as its own text."""
    copy = only(
        "copy (select ')' as a, (1)) to stdout with (format csv, delimiter '|', header, null 'n', quote '''')"
    ).copy
    assert copy is not None
    assert (copy.query, copy.format, copy.delimiter, copy.header, copy.null, copy.quote) == (
        "select ')' as a, (1)", "csv", "|", True, "n", "'",
    )  # fmt: skip
    old = only("COPY app.t (a, b) TO STDOUT CSV HEADER").copy
    assert old is not None
    assert (str(old.relation), old.columns, old.format, old.header, old.endpoint) == (
        "app.t",
        ("a", "b"),
        "csv",
        True,
        "client",
    )


def test_cursors_and_prepared_statements_are_named() -> None:
    """What FETCH and EXECUTE will be followed to."""
    for text, name in (
        ("declare C cursor for select 1", "c"),
        ('fetch all from "C"', "C"),
        ("execute p", "p"),
        ("deallocate all", None),
    ):
        assert only(text).cursor == name


def test_errors_keep_their_place() -> None:
    """The parser's own message and position."""
    facts = analyse("select 1 frm t where")
    assert "syntax error" in facts.error
    assert facts.error_position
    assert analyse("select '\0'").error
    assert to_action(b"select '\xff'").categories == {"unparsable"}


@pytest.mark.parametrize(
    "text",
    ["(" * 100_000, "select " + "(" * 5000 + "1" + ")" * 5000, "select " + "not " * 50_000 + "true", "select " + "1+" * 30_000 + "1",
     "select * from t where " + " and ".join(["a = 1"] * 5000), "select array" + "[" * 3000 + "]" * 3000, "select case " * 2000],
)  # fmt: skip
def test_depth_is_an_error_at_worst(text: str) -> None:
    """However deep, it is understood or refused, never a crash."""
    facts = analyse(text)
    assert facts.error or facts.statements


@given(st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_has_facts_or_an_error(text: str) -> None:
    """Arbitrary text never raises."""
    facts = analyse(text)
    assert facts.error or isinstance(facts.statements, tuple)


WORDS = st.sampled_from(
    [
        "select",
        "insert",
        "update",
        "delete",
        "drop",
        "table",
        "from",
        "where",
        "t",
        "u",
        "a",
        "b",
        "(",
        ")",
        ",",
        ";",
        "*",
        "=",
        "1",
        "'x'",
        "$$y$$",
        "with",
        "as",
        "into",
        "set",
        "returning",
        "values",
        "and",
        "or",
        "not",
        "null",
        "create",
        "alter",
        "grant",
        "copy",
        "to",
        "stdout",
        "do",
        "call",
        "explain",
        "analyze",
        "begin",
        "commit",
        "declare",
        "cursor",
        "for",
        "fetch",
        "union",
        "all",
        "--",
        "/*",
        "*/",
        "e'\\''",
        'u&"x"',
        "::int",
    ]
)


@given(st.lists(WORDS, max_size=14))
@settings(max_examples=500, deadline=None)
def test_any_words_have_facts_or_an_error(words: list[str]) -> None:
    """Near-SQL finds more of the walker than noise does."""
    facts = analyse(" ".join(words))
    assert facts.error or all(statement.kind for statement in facts.statements)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('set search_path = a, "B""c", \'d, e\'', [Setting("search_path", '"a", "B""c", "d, e"')]),
        ("set local Search_Path to default", [Setting("search_path", local=True)]),
        ("set schema 'x'", [Setting("search_path", '"x"')]),
        ("set search_path from current", [Setting("search_path", known=False)]),
        ("reset all", [Setting("all")]),
        ("discard all", [Setting("all")]),
        ("select set_config('app.tenant', $1, true)", [Setting("app.tenant", None, known=False, local=True)]),
        ("select set_config('search_path', 'a', false)", [Setting("search_path", "a")]),
        ("select set_config($1, 'a, b', $2)", [Setting("*", "a, b", local=True)]),
        ("start transaction read write", [Setting("transaction_read_only", "0", local=True)]),
        ("set transaction read only", [Setting("transaction_read_only", "1", local=True)]),
        ("set transaction snapshot 'x'", []),
        ("set session characteristics as transaction read write", [Setting("default_transaction_read_only", "0")]),
        (
            "set session characteristics as transaction isolation level serializable, read only, not deferrable",
            [
                Setting("default_transaction_isolation", "serializable"),
                Setting("default_transaction_read_only", "1"),
                Setting("default_transaction_deferrable", "0"),
            ],
        ),
        ("alter database d set row_security = off", [Setting("row_security", "off")]),
        ("alter database d reset all", [Setting("*", known=False)]),
    ],
)
def test_settings(text: str, expected: list[Setting]) -> None:
    """However a setting is changed, it is there under its name, with its value where that is in the text."""
    assert list(only(text).settings) == expected


@pytest.mark.parametrize(
    ("text", "tables", "renamed"),
    [
        ("create temp table x as select 1", {Name(None, "x")}, None),
        ("select 1 into a.x", {Name("a", "x")}, None),
        ("create table x (a int)", {Name(None, "x")}, None),
        ("create table if not exists x (a int)", {Name(None, "x")}, None),
        ("create table x () inherits (y)", set(), None),
        ("create table x partition of y default", set(), None),
        ("create materialized view x as select 1", set(), None),
        ("create view x as select 1", set(), None),
        ("create foreign table x (a int) server s", set(), None),
        ("alter table a.x rename to y", set(), Name("a", "y")),
        ("alter view x rename to y", set(), Name(None, "y")),
        ("alter table x rename column a to b", set(), None),
        ("alter schema a rename to b", set(), None),
        ("alter table a.x set schema b", set(), Name("b", "x")),
        ("alter type a.x set schema b", set(), None),
    ],
)
def test_what_is_just_a_table_and_what_is_renamed(text: str, tables: set[Name], renamed: Name | None) -> None:
    """A table that is made here is nothing else; whatever may be more is none of these."""
    assert only(text).tables == tables
    assert only(text).renamed == renamed


def test_a_block_is_its_statements_as_well() -> None:
    """Each with its own facts; whether that is all, the block's own say."""
    text = "do $$ begin if (select count(*) from a) = 0 then drop table b; end if; perform f(1); {} end $$"
    block, *inside = analyse(text.format("")).statements
    assert (block.kind, block.dynamic, block.inside) == ("do", False, False)
    assert block.categories == {"dynamic", "code"}
    assert [one.kind for one in inside] == ["select", "drop", "select"]
    assert all(one.inside for one in inside)
    assert inside[0].reads == {Name(None, "a")}
    assert inside[2].functions == {Name(None, "f")}
    for unseen in ("execute 'x';", "commit;", "raise notice E'\\n';", "perform 'a\\b';"):
        found = analyse(text.format(unseen)).statements
        assert found[0].dynamic == (unseen != "raise notice E'\\n';")
        assert "drop" in found[2].categories
    (other,) = analyse("do language plpython3u 'x'").statements
    assert other.dynamic


@pytest.mark.parametrize(
    ("text", "makes", "inherits"),
    [
        ("create table a.x (a int)", "a.x", ""),
        ("create table x (a int, like y)", "x", ""),
        ("create table x partition of a.y default", "x", "a.y"),
        ("create table x () inherits (y, z)", "x", "y z"),
        ("create view x as select * from y", "x", ""),
        ("create materialized view x as select 1", "x", ""),
        ("select 1 into x", "x", ""),
        ("create table x of y", "", ""),
        ("create foreign table x (a int) server s", "", ""),
        ("create schema s create table x (a int) create view v as select 1", "", ""),
        ("alter table x attach partition y default", "", "y"),
        ("alter table x detach partition y", "", "y"),
        ("alter table x add foreign key (a) references y, inherit y", "", "y"),
        ("alter table x no inherit y", "", "y"),
        ("alter table x add foreign key (a) references y", "", ""),
    ],
)
def test_what_is_made_and_what_it_shares_rows_with(text: str, makes: str, inherits: str) -> None:
    """Relations by the names that they have, and those that show their rows."""
    assert {str(name) for name in only(text).makes} == set(makes.split())
    assert {str(name) for name in only(text).inherits} == set(inherits.split())
    assert not only(text).if_absent
    assert only("create table if not exists x (a int)").if_absent
    assert only("create table if not exists x as select 1").if_absent


@pytest.mark.parametrize(
    ("text", "word", "savepoint"),
    [
        ("begin", "begin", ""),
        ("commit and chain", "commit", ""),
        ("rollback", "rollback", ""),
        ("savepoint S", "savepoint", "s"),
        ('rollback to "S"', "rollback_to", "S"),
        ("release s", "release", "s"),
        ("prepare transaction 'x'", "prepare", ""),
        ("select 1", "", ""),
    ],
)
def test_what_a_transaction_statement_does(text: str, word: str, savepoint: str) -> None:
    """Its word, and the savepoint that it names."""
    assert (only(text).transaction, only(text).savepoint) == (word, savepoint)


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("select a + b, -c from t where d = e", {"+", "-", "="}),
        (
            "select a in (1, 2), a in (select 1), a between 1 and 2, a like 'x', nullif(a, b), a is distinct from b",
            {"=", ">=", "<=", "~~"},
        ),
        ("select case a when 1 then 2 end", {"="}),
        ("select case when a then 2 end", set()),
        ("select 1 from t join u using (a)", {"="}),
        ("select 1 from t natural join u", {"="}),
        ("select a operator(app.@@@) b, c < any (select 1)", {"@@@", "<"}),
        ("select 1 from t order by a using >, b using operator(app.<<<)", {">", "<<<", "using >", "using <<<"}),
    ],
)
def test_operators_are_known_also_where_nothing_names_them(text: str, symbols: set[str]) -> None:
    """Somebody may have added one under any of these."""
    assert only(text).symbols == symbols


@pytest.mark.parametrize(
    ("text", "operators"),
    [
        (
            "select a + b, a like b, a between b and c, a not between symmetric b and c, a in (b), a is distinct from b",
            set(),
        ),
        ("select a === b, a operator(app.+) b, a operator(pg_catalog.+) b", {"===", "app.+"}),
        ("select a === any (b), a === all (select c), a = all (select c)", {"==="}),
        ("select 1 order by a using <, b using operator(app.<)", {"app.<"}),
    ],
)
def test_operators_that_may_be_a_users(text: str, operators: set[str]) -> None:
    """Those in a schema of their own, and those of a name that PostgreSQL has none of."""
    assert only(text).operators == operators


def test_what_only_names_a_table_of_from_is_no_relation() -> None:
    """FOR UPDATE OF says what FROM calls it."""
    assert names(only("select * from app.t as u for update of u").reads) == {"app.t"}


def test_what_is_returned_is_read() -> None:
    """Of the target as well, where a column is; to look for its rows is no reading."""
    assert names(only("delete from app.t using u where t.a = u.a").reads) == {"u"}
    assert names(only("delete from app.t where a = 1 returning b").reads) == {"app.t"}
    assert names(only("insert into app.t values (1) returning 1").reads) == set()
