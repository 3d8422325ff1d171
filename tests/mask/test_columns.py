"""Tests of tokengate.mask.columns: the masker as the gate uses it."""

from __future__ import annotations

import stat
from pathlib import Path

import attrs
import pytest
from zope.interface.verify import verifyObject

from tests.mask.database import Catalogue, action, masker, origin, session
from tokengate.errors import ConfigError
from tokengate.interfaces import IMasker
from tokengate.mask import subjects
from tokengate.mask.columns import KEY_BYTES, Options
from tokengate.sql import libpg
from tokengate.sql.cache import Analyser
from tokengate.values import Action, Allow, Column, Deny, Hash, Null, Partial, Redact, Request, RowMask

CUSTOMERS = "select * from app.customers"


def plan(*origins: str | None, text: str = CUSTOMERS, groups: tuple[str, ...] = (), **options: str) -> RowMask | None:
    """The masks of columns of these origins (several with +)."""
    columns = [
        Column("x", "text", None if names is None else frozenset(origin(name) for name in names.split("+") if name))
        for names in origins
    ]
    return masker(**options).plan(columns, action(text), session(*groups))


def test_it_is_a_masker() -> None:
    """It provides the interface, and says that its verdicts change."""
    by = masker()
    assert verifyObject(IMasker, by)
    assert by.constant is False


def test_columns_are_masked_by_their_origins() -> None:
    """By whichever of its origins is sensitive, however the result calls it; others are left alone."""
    assert plan("app.customers.id", "app.customers.email", "app.customers.ssn") == (None, Partial(), Redact())
    assert plan("hr.staff.salary", "hr.staff.name") == (Null(), None)
    assert plan("api.customers.contact+app.customers.email") == (Partial(),)
    assert plan("app.customers.email+app.customers.ssn") == (Redact(),)
    assert plan("app.customers.id", "app.orders.note", "") is None
    assert plan() is None


def test_unknown_origins_are_masked_unless_the_statement_is_proved_clean() -> None:
    """The proof counts for these columns only; known origins need none."""
    assert plan(None, "app.customers.email", text="select max(x), email from app.customers, nosuch") == (
        Redact(),
        Partial(),
    )
    assert plan(None, "app.customers.email", text="select count(*), min(id) from app.customers") == (None, Partial())


def test_what_is_not_understood_is_masked() -> None:
    """No facts, no catalogue, one that knows nothing yet, an unreadable text: all unknown columns are masked."""
    unknown = [Column("x", "", None)]
    by, nothing = masker(), Catalogue(version=0, shipped=frozenset())
    assert by.plan(unknown, Action("postgres", "call", "", frozenset()), session()) == (Redact(),)
    assert by.plan(unknown, action("selec"), session()) == (Redact(),)
    assert by.plan(unknown, action("select upper('x')"), session(catalogue=nothing)) == (Redact(),)
    without = attrs.evolve(session(), catalogue=None)
    assert by.plan(unknown, action("select upper('x')"), without) == (Redact(),)
    assert by.plan(unknown, action("select 1"), without) is None


@pytest.mark.parametrize(
    ("relation", "column"),
    [
        ("pg_statistic", "stavalues3"),
        ("pg_statistic_ext_data", "stxdmcv"),
        ("pg_stats", "most_common_vals"),
        ("pg_stats", "histogram_bounds"),
        ("pg_stats_ext_exprs", "most_common_elems"),
        ("pg_largeobject", "data"),
        ("pg_stat_activity", "query"),
        ("pg_prepared_statements", "statement"),
        ("pg_cursors", "statement"),
    ],
)
def test_the_servers_own_samples_of_values_are_masked(relation: str, column: str) -> None:
    """Statistics hold the commonest values of every column, other views hold statements: whatever is configured."""
    assert plan(f"pg_catalog.{relation}.{column}", mask="a.b.c: partial") == (Redact(),)
    assert plan("pg_catalog.pg_class.relname", mask="a.b.c: partial") is None


def test_some_groups_see_everything() -> None:
    """And may do everything; others in no such group may not."""
    options = {"clear_for": "dba, security"}
    assert plan("app.customers.ssn", groups=("security",), **options) is None
    assert plan("app.customers.ssn", groups=("dbas",), **options) == (Redact(),)
    by, request = masker(**options), Request(action("create table x as select email from app.customers"), 1)
    assert isinstance(by.judge(request, session("dba")), Allow)
    assert isinstance(by.judge(request, session()), Deny)
    assert by.conceal("ada@example.org", action(CUSTOMERS), session("dba")) == "ada@example.org"


def test_a_refusal_says_which_rule_and_what_to_do() -> None:
    """With the masker's section, a reason, a hint; the protocol's ordinary code."""
    verdict = masker().judge(Request(action("create table x as select email from app.customers"), 1), session())
    assert isinstance(verdict, Deny)
    assert verdict.rule == "pii: copies"
    assert "app.customers.email" in verdict.reason
    assert verdict.hint
    assert verdict.code == ""


QUIET = [
    "select 1",
    "select upper(name) from app.customers where id = $1",
    "select * from app.orders where id = 'x'::int",
    "update app.orders set note = 'x'",
    "set work_mem = '1MB'",
    "alter table app.orders add check (id > 0)",
    "create unique index on app.orders (note)",
    "reindex table app.orders",
]
SPEAKING = [
    "select email from app.customers",
    "select * from app.customers",
    "select id from app.customers where email::int = 1",
    "select 1 from app.customers order by ssn::int",
    "insert into app.customers values (1)",
    "update app.customers set name = 'x'",
    "copy app.customers from stdin",
    "create unique index on app.customers (email)",
    "alter table app.orders add check (app.reveal(id) > 0)",
    "alter table app.orders add check (id <<< 0)",
    "alter table app.orders add foreign key (id) references app.customers (id)",
    "alter table app.customers add check (id > 0)",
    "alter table app.nosuch add check (id > 0)",
    "reindex table app.customers",
    "reindex database sample",
    "cluster",
    "commit",
    "set constraints all immediate",
    "select app.reveal(1)",
    "call app.refund(1)",
    "select * from nosuch",
    "select total from api.customers",
    "fetch all from c",
    "selec",
]
QUOTING = "Key (email)=(ada@example.org) already exists."


@pytest.mark.parametrize("text", QUIET)
def test_messages_of_clean_statements_pass(text: str) -> None:
    """What mentions nothing sensitive can't quote it."""
    assert masker().conceal(QUOTING, action(text), session()) == QUOTING


@pytest.mark.parametrize("text", SPEAKING)
def test_messages_that_may_quote_a_sensitive_value_are_withheld(text: str) -> None:
    """Where a value is only compared, sorted, checked or written, too; and whatever can't be understood."""
    by = masker()
    assert by.conceal(QUOTING, action(text), session()) == ""
    assert by.conceal("deadlock detected", action(text), session()) == "deadlock detected"


def test_a_typo_is_still_named() -> None:
    """A message that quotes only the statement itself comes through, withheld or not."""
    message = 'relation "nosuch" does not exist'
    asked = action("select * from nosuch")
    assert masker().conceal(message, asked, session(), placed=True) == message
    assert masker().conceal(message, action("alter table nosuch add x int"), session()) == message


def test_words_of_a_statement_confirm_no_value() -> None:
    """A message about what the statement did comes back for no guess, however many the text holds."""
    asked = action("select email::regclass /* ada grace zoe */ from app.customers")
    assert masker().conceal('relation "ada" does not exist', asked, session()) == ""
    assert (
        masker()
        .conceal('invalid input syntax for type integer: "ada"', asked, session(), placed=True)
        .endswith("(withheld)")
    )


def test_what_comes_unasked_is_withheld_unless_it_is_harmless() -> None:
    """A notification's payload may hold anything; that the server shuts down is no secret."""
    by = masker()
    assert by.conceal('{"email": "ada@example.org"}', None, session()) == ""
    shutdown = "terminating connection due to administrator command"
    assert by.conceal(shutdown, None, session()) == shutdown


def test_recordings_keep_no_sensitive_literals() -> None:
    """Statements that touch sensitive columns are recorded without literals, whoever sends them; others as they are."""
    by = masker(clear_for="dba")
    for text in (
        "update app.customers set email = 'ada@example.org' where id = 4711",
        "select 'ada@example.org' from nosuch",
    ):
        for groups in ((), ("dba",)):
            recorded = by.record_text(text, action(text), session(*groups))
            assert "ada" not in recorded
            assert "4711" not in recorded
            assert recorded
    plain = "update app.orders set note = 'x' where id = 4711"
    assert by.record_text(plain, action(plain), session()) == plain


def test_recordings_keep_no_text_that_can_not_be_read() -> None:
    """Where literals begin and end is anybody's guess; its length is kept."""
    text = "updat app.customers set email = 'ada@example.org"
    recorded = masker().record_text(text, action(text), session())
    assert "ada" not in recorded
    assert str(len(text)) in recorded
    assert masker().record_text("", Action("postgres", "call", "", frozenset()), session()) == ""


def key_of(found: RowMask | None) -> bytes:
    """The key of a hash mask."""
    assert found is not None
    (mask,) = found
    assert isinstance(mask, Hash)
    return mask.key


def test_a_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    """Equal values keep equal hashes over restarts; only the gateway can read the key; nothing is made before it is used."""
    card = [Column("card", "text", frozenset({origin("app.customers.card")}))]
    by = masker(tmp_path)
    assert not (tmp_path / "state").exists()
    key = key_of(by.plan(card, action(CUSTOMERS), session()))
    assert len(key) == KEY_BYTES
    file = tmp_path / "state" / "mask-pii.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert key_of(masker(tmp_path).plan(card, action(CUSTOMERS), session())) == key
    assert repr(key) not in repr(by)


def test_a_configured_key(tmp_path: Path) -> None:
    """From a private file beside the configuration."""
    file = tmp_path / "key"
    file.write_text("correct horse battery staple\n")
    file.chmod(0o600)
    card = [Column("card", "text", frozenset({origin("app.customers.card")}))]
    found = masker(tmp_path, key="file:key").plan(card, action(CUSTOMERS), session())
    assert key_of(found) == b"correct horse battery staple"


@pytest.mark.parametrize("case", ["missing", "open", "short", "scheme"])
def test_a_key_that_is_no_good_stops_the_start(tmp_path: Path, case: str) -> None:
    """Missing, readable by others, guessable, or from somewhere else: said when the configuration is read."""
    file = tmp_path / "key"
    if case != "missing":
        file.write_text("short" if case == "short" else "correct horse battery staple")
        file.chmod(0o644 if case == "open" else 0o600)
    with pytest.raises(ConfigError):
        masker(tmp_path, key="env:KEY" if case == "scheme" else "file:key")


def test_every_option_is_described() -> None:
    """`tokengate plugins` shows them."""
    assert all(one.metadata["help"] for one in attrs.fields(Options))


def test_messages_may_quote_what_a_write_leads_to() -> None:
    """A foreign key that sets another table's column to NULL fails with that table's row."""
    failing = "Failing row contains (1, Ada, ada@example.org)."
    assert masker().conceal(failing, action("delete from app.referred"), session()) == ""
    assert masker().conceal(failing, action("delete from app.orders"), session()) == failing


def test_tables_made_in_the_open_transaction_are_clean() -> None:
    """Nothing sensitive can have been copied into them; into and out of them works as it will after the commit."""
    by, asker = masker(), session()
    asker.unsettled.note(action("create table app.fresh (id int, email text)").facts.statements[0], lambda name: False)
    unknown = [Column("x", "text", None)]
    for text in (
        "select upper(email) from app.fresh",
        "table app.fresh",
        "select count(*) from fresh join app.orders using (id)",
    ):
        assert by.plan(unknown, action(text), asker) is None, text
        assert by.conceal("anything", action(text), asker) == "anything"
    for text in ("insert into app.orders (note) select email from app.fresh", "alter table app.fresh rename to other"):
        assert isinstance(by.judge(Request(action(text), 1), asker), Allow), text
    for text in (
        "insert into app.fresh (email) select email from app.customers",
        "select app.reveal(email) from app.fresh, app.customers where app.reveal(ssn) is null",
    ):
        assert isinstance(by.judge(Request(action(text), 1), asker), Deny), text
    assert by.plan(unknown, action("select upper(email) from app.fresh"), session()) == (Redact(),)


@pytest.mark.parametrize(
    "text",
    [
        "create table if not exists app.fresh (id int)",
        "create table app.fresh partition of app.customers default",
        "create table app.fresh () inherits (app.customers)",
        "create view app.fresh as select id from app.fresh_before; alter table app.fresh_before inherit app.customers",
        "alter table app.orders rename to fresh",
        "create table app.fresh (id int); do $$ begin execute 'x'; end $$",
        "create table app.fresh (id int); alter table app.customers rename to fresh",
    ],
)
def test_other_definitions_make_no_clean_table(text: str) -> None:
    """What may have been there, or shows rows that came another way, is unknown until the catalogue has it."""
    asker = session()
    for statement in action(text).facts.statements:
        asker.unsettled.note(statement, lambda name: False)
    assert masker().plan([Column("x", "text", None)], action("select email from app.fresh"), asker) == (Redact(),)


@pytest.mark.parametrize(
    "text",
    [
        "create view app.fresh as select id, note from app.orders",
        "create materialized view app.fresh as select id from app.orders",
        "create table app.fresh partition of app.orders default",
        "create table app.one (id int); alter table app.one rename to fresh",
        "create table app.one (id int); create view app.fresh as select id from app.one",
    ],
)
def test_other_relations_made_of_clean_ones_are_clean(text: str) -> None:
    """Views that may be made show nothing sensitive; a partition has its parent's rows, and a new name changes
    nothing.
    """
    by, asker = masker(), session()
    for statement in action(text).facts.statements:
        asker.unsettled.note(statement, lambda name: False)
    assert by.plan([Column("x", "text", None)], action("select upper(note) from app.fresh"), asker) is None


def test_each_statement_of_a_text_knows_what_those_before_it_have_made() -> None:
    """A table that is made within a text is clean for what follows, and no more when it is something else."""
    by, asker = masker(), session()
    copied = "insert into app.orders (note) select email from app.fresh"
    made = f"create table app.fresh (email text); {copied}"
    assert isinstance(by.judge(Request(action(made), 1), asker), Allow)
    for text in (
        f"{copied}; create table app.fresh (email text)",
        f"{made}; drop table app.fresh; create table app.fresh partition of app.customers default; {copied}",
        f"begin; {made}; rollback; {copied}",
    ):
        assert isinstance(by.judge(Request(action(text), 1), asker), Deny), text


def test_a_known_text_is_parsed_and_followed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it comes, and with whatever literals, until the catalogue changes; then it is only followed anew."""
    parsed: list[bytes] = []
    followed: list[object] = []
    real, really = libpg.parse, subjects.follow
    monkeypatch.setattr(libpg, "parse", lambda text: parsed.append(text) or real(text))
    monkeypatch.setattr(subjects, "follow", lambda *given: followed.append(given) or really(*given))
    analyse, by, asker = Analyser(), masker(), session()
    for number in range(5):
        asked = analyse(f"select id, upper(email) from app.customers where id = {number}".encode())
        assert isinstance(by.judge(Request(asked, 1), asker), Allow)
        assert by.plan([Column("x", "text", None)] * 2, asked, asker) == (None, Redact())
        assert by.conceal("x", asked, asker) == ""
    assert (len(parsed), len(followed)) == (1, 1)
    asker.catalogue.version += 1
    assert by.plan([Column("x", "text", None)] * 2, asked, asker) == (None, Redact())
    assert (len(parsed), len(followed)) == (1, 2)
