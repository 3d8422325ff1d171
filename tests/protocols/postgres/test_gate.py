"""The PostgreSQL gate, message by message."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred

from tests.protocols.postgres.conversation import TOKEN, Conversation
from tokengate.errors import ProtocolError
from tokengate.protocols.postgres import requests, wire
from tokengate.protocols.postgres.requests import REFUSED_NAME, REFUSED_TEXT
from tokengate.values import ALLOW, Close, Deny, Hold, Side, Verdict

REFUSED_QUERY = wire.query(REFUSED_TEXT)
REFUSED_PARSE = wire.parse(REFUSED_NAME, REFUSED_TEXT)
READY = wire.ready_for_query()
PARSED, BOUND, CLOSED, NO_DATA = (wire.message(kind) for kind in (b"1", b"2", b"3", b"n"))
PARAMETERS = wire.message(b"t", b"\0\0")
SYNTAX_ERROR = wire.error_response("ERROR", "42601", 'syntax error at or near "tokengate"')


def bind(portal: bytes = b"", statement: bytes = b"", values: bytes = b"") -> bytes:
    return wire.message(b"B", wire.cstring(portal) + wire.cstring(statement) + b"\0\0\0\0\0\0" + values)


def execute(portal: bytes = b"", limit: int = 0) -> bytes:
    return wire.message(b"E", wire.cstring(portal) + struct.pack("!i", limit))


def columns(*fields: tuple[str, int, int]) -> bytes:
    body = b"".join(
        wire.cstring(n) + struct.pack("!IhIhih", table, attnum, 25, -1, -1, 0) for n, table, attnum in fields
    )
    return wire.message(b"T", struct.pack("!h", len(fields)) + body)


def row(*values: bytes | None) -> bytes:
    cells = (struct.pack("!i", -1) if v is None else struct.pack("!i", len(v)) + v for v in values)
    return wire.message(b"D", struct.pack("!h", len(values)) + b"".join(cells))


def complete(tag: str) -> bytes:
    return wire.message(b"C", wire.cstring(tag))


ID_EMAIL = columns(("id", 100, 1), ("email", 100, 2))


def error_of(data: bytes) -> dict[bytes, bytes]:
    assert data[:1] == b"E"
    length = struct.unpack_from("!i", data, 1)[0]
    return dict(wire.parse_error_fields(data[5 : 1 + length]))


# ---------------------------------------------------------------- allowed work


def test_an_allowed_query_passes_byte_for_byte_and_is_recorded() -> None:
    """What is allowed reaches each side unchanged, and its result is recorded with its counts."""
    talk = Conversation()
    question, answer = (
        wire.query(b"select 1"),
        columns(("a", 0, 0)) + row(b"1") + row(b"2") + complete("SELECT 2") + READY,
    )
    assert talk.client(question) == question
    assert not talk.gate.idle
    assert talk.upstream(answer) == answer
    assert talk.gate.idle
    (event,) = talk.events
    assert event.fields["n"] == 1
    assert (event.fields["outcome"], event.fields["rows"], event.fields["tag"]) == ("ok", 2, "SELECT 2")


def test_an_extended_query_passes_as_one_slice() -> None:
    """A prepared execution is forwarded as sent: nothing is added on a route that doesn't mask."""
    talk = Conversation()
    sent = wire.parse(b"s", b"select 1") + bind(b"", b"s") + wire.describe(b"P", b"") + execute() + wire.SYNC
    assert talk.client(sent) == sent
    got = PARSED + BOUND + columns(("a", 0, 0)) + row(b"1") + complete("SELECT 1") + READY
    assert talk.upstream(got) == got
    again = bind(b"", b"s") + execute() + wire.SYNC
    assert talk.client(again) == again
    assert [request.stage for request in talk.requests] == ["prepare", "run", "run"]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_cutting_the_bytes_anywhere_changes_nothing(data: st.DataObject) -> None:
    """Split packets: however both streams are cut, the two sides get the same bytes."""
    sent = wire.parse(b"s", b"select email from customers") + bind(b"", b"s") + execute() + wire.SYNC
    sent += wire.query(b"drop table customers") + wire.query(b"select 1")
    answered = (
        PARSED + BOUND + ID_EMAIL + row(b"1", b"alice@example.com") + row(b"2", None) + complete("SELECT 2") + READY
    )
    answered += SYNTAX_ERROR + READY + columns(("a", 0, 0)) + row(b"1") + complete("SELECT 1") + READY
    whole, cut = Conversation(masks=True), Conversation(masks=True)
    expected = whole.client(sent), whole.upstream(answered)
    pieces = {}
    for name, stream, send in (("sent", sent, cut.client), ("answered", answered, cut.upstream)):
        cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12), label=name))
        pieces[name] = b"".join(
            send(stream[a:b]) for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True) if b > a
        )
    assert (pieces["sent"], pieces["answered"]) == expected
    assert b"alice" not in pieces["answered"]


def test_every_single_split_point() -> None:
    """The same for every two-way split of one exchange."""
    sent = wire.query(b"select email from customers")
    answered = ID_EMAIL + row(b"1", b"alice@example.com") + complete("SELECT 1") + READY
    whole = Conversation(masks=True)
    expected = whole.client(sent), whole.upstream(answered)
    for at in range(1, len(sent)):
        talk = Conversation(masks=True)
        assert talk.client(sent[:at]) + talk.client(sent[at:]) == expected[0]
    for at in range(1, len(answered)):
        talk = Conversation(masks=True)
        talk.client(sent)
        assert talk.upstream(answered[:at]) + talk.upstream(answered[at:]) == expected[1]


def test_a_large_value_streams_through() -> None:
    """A value far larger than any buffer passes as it comes: the gate keeps none of it."""
    talk = Conversation()
    talk.client(wire.query(b"select 1"))
    size = 50_000_000
    head = b"D" + struct.pack("!ihi", size + 10, 1, size)
    talk.upstream(columns(("a", 0, 0)) + head)
    chunk = b"x" * 65536
    passed = 0
    while passed < size:
        piece = chunk[: size - passed]
        assert talk.upstream(piece) == piece
        passed += len(piece)
        assert len(talk.gate._answers.inbox.data) <= 65536
    assert talk.upstream(complete("SELECT 1") + READY) == complete("SELECT 1") + READY


def test_a_large_bind_streams_through_and_what_follows_is_judged() -> None:
    """A parameter of many megabytes is passed on as it comes, and the message behind it is still understood."""
    talk = Conversation()
    talk.client(wire.parse(b"s", b"select 1"))
    big = bind(b"", b"s", b"v" * 3_000_000) + execute() + wire.SYNC
    got = b"".join(talk.client(big[at : at + 65536]) for at in range(0, len(big), 65536))
    assert got == big
    assert [request.stage for request in talk.requests] == ["prepare", "run"]


# ---------------------------------------------------------------- refusals


def test_a_denied_query_never_leaves_and_the_session_goes_on() -> None:
    """The server gets a statement it must reject; the client gets the denial in its place; then work goes on."""
    talk = Conversation()
    assert talk.client(wire.query(b"drop table customers")) == REFUSED_QUERY
    got = talk.upstream(SYNTAX_ERROR + READY)
    fields = error_of(got)
    assert fields[b"C"] == b"42501"
    assert fields[b"M"] == b"DROP is not allowed"
    assert b"no-ddl: drop" in fields[b"D"]
    assert fields[b"H"] == b"Ask for a migration."
    assert got.endswith(READY)
    assert talk.events[-1].fields["outcome"] == "denied"
    assert talk.client(wire.query(b"select 1")) == wire.query(b"select 1")


def test_a_denied_parse_lets_the_server_skip_to_sync() -> None:
    """Behind a refused Parse the server skips to the Sync, and so does the gate: nothing there is judged or owed."""
    talk = Conversation()
    sent = wire.parse(b"", b"drop table customers") + bind() + execute() + wire.SYNC
    got = talk.client(sent)
    assert got.startswith(REFUSED_PARSE)
    assert b"drop" not in got
    assert error_of(talk.upstream(SYNTAX_ERROR + READY))[b"C"] == b"42501"
    assert talk.gate.idle
    assert talk.client(wire.query(b"select 1")) == wire.query(b"select 1")


def test_a_statement_that_cannot_be_parsed_gets_the_parsers_error() -> None:
    """A typo looks as it does without a gateway: 42601 with the place."""
    talk = Conversation()
    assert talk.client(wire.query(b"selec")) == REFUSED_QUERY
    fields = error_of(talk.upstream(SYNTAX_ERROR + READY))
    assert fields[b"C"] == b"42601"
    assert fields[b"P"] == b"1"


@pytest.mark.parametrize("kind", [b"Q", b"P"])
def test_an_oversized_statement_is_dropped_and_refused(kind: bytes) -> None:
    """A statement beyond the limit is refused without being kept, and the session goes on behind it."""
    talk = Conversation(max_statement=1000)
    text = b"select " + b"1" * 500_000
    sent = wire.query(text) if kind == b"Q" else wire.parse(b"", text) + wire.SYNC
    sent += wire.query(b"select 2")
    got = b"".join(talk.client(sent[at : at + 4096]) for at in range(0, len(sent), 4096))
    assert b"111" not in got
    assert got.startswith(REFUSED_QUERY if kind == b"Q" else REFUSED_PARSE)
    assert got.endswith(wire.query(b"select 2"))
    assert error_of(talk.upstream(SYNTAX_ERROR + READY))[b"C"] == b"54000"


def test_function_call_is_refused_and_the_session_goes_on() -> None:
    """The fast-path FunctionCall runs a function nobody has judged: it never leaves."""
    talk = Conversation()
    assert talk.client(wire.message(b"F", struct.pack("!Ihhh", 1234, 0, 0, 0))) == REFUSED_QUERY
    assert error_of(talk.upstream(SYNTAX_ERROR + READY))[b"C"] == b"0A000"
    assert talk.gate.idle


@pytest.mark.parametrize("kind", [bytes([k]) for k in range(256) if bytes([k]) not in b"BESDPQCHdcfFX"])
def test_every_other_message_type_ends_the_session(kind: bytes) -> None:
    """What the table doesn't name is refused, whatever it is."""
    with pytest.raises(ProtocolError):
        Conversation().client(wire.message(kind, b"\0\0\0\0"))


@pytest.mark.parametrize("length", [-1, 0, 3, -(2**31), 2**31 - 1, 0x40000005])
def test_impossible_lengths_end_the_session(length: int) -> None:
    """A length that can't be framed is refused on both sides, before anything is kept."""
    for feed in (Conversation().client, Conversation().upstream):
        with pytest.raises(ProtocolError):
            feed(b"Q" + struct.pack("!i", length) + b"x" * 10)


@pytest.mark.parametrize(
    "message",
    [
        wire.message(b"Q", b"select 1"),
        wire.message(b"Q", b"select 1\0drop table x\0"),
        wire.message(b"P", b"\0select 1\0"),
        wire.message(b"P", b"\0select 1\0\0\1"),
        wire.message(b"P", b"\0select 1\0\0\0extra"),
        wire.message(b"D", b"X\0"),
        wire.message(b"C", b"Sname"),
        wire.message(b"E", b"\0\0"),
        wire.message(b"S", b"x"),
    ],
)
def test_malformed_payloads_end_the_session(message: bytes) -> None:
    """A payload that isn't exactly its message's format is refused."""
    with pytest.raises(ProtocolError):
        Conversation().client(message)


@pytest.mark.parametrize("kind", [b"D", b"E", b"C", b"f", b"H"])
def test_control_messages_have_a_limit(kind: bytes) -> None:
    """A message that only names something can't make the gate buffer megabytes."""
    with pytest.raises(ProtocolError):
        Conversation().client(kind + struct.pack("!i", requests.MAX_CONTROL + 100) + b"S")


# ---------------------------------------------------------------- names


def test_executing_something_the_gate_has_not_judged_is_refused() -> None:
    """A portal or statement the gate doesn't know gets the server's own error for one that doesn't exist."""
    talk = Conversation()
    assert talk.client(execute(b"ghost") + wire.SYNC) == REFUSED_PARSE + wire.SYNC
    assert error_of(talk.upstream(SYNTAX_ERROR + READY))[b"C"] == b"34000"
    assert talk.client(bind(b"", b"ghost") + wire.SYNC) == REFUSED_PARSE + wire.SYNC
    assert error_of(talk.upstream(SYNTAX_ERROR + READY))[b"C"] == b"26000"


def test_a_failed_parse_does_not_rename_a_statement() -> None:
    """Parse of an existing name fails at the server: what was judged under the old meaning must not be run as the new
    one.
    """
    talk = Conversation()
    talk.client(wire.parse(b"a", b"select email from customers") + wire.SYNC)
    talk.upstream(PARSED + READY)
    talk.client(wire.parse(b"a", b"select 1") + wire.SYNC, bind(b"", b"a") + execute() + wire.SYNC)
    judged = talk.requests[-1].action
    assert {name.name for s in judged.facts.statements for name in s.reads} == {"customers"}
    talk.upstream(wire.error_response("ERROR", "42P05", "exists") + READY + BOUND)
    talk.client(bind(b"", b"a") + execute() + wire.SYNC)
    assert talk.requests[-1].action.text == "select email from customers"


def test_a_statement_closed_and_parsed_anew_has_its_new_meaning() -> None:
    """Close forgets; the next Parse of the name counts alone."""
    talk = Conversation()
    talk.client(wire.parse(b"a", b"select email from customers") + wire.SYNC)
    talk.upstream(PARSED + READY)
    talk.client(wire.close(b"S", b"a") + wire.SYNC)
    talk.upstream(CLOSED + READY)
    talk.client(wire.parse(b"a", b"select 1") + wire.SYNC)
    talk.upstream(PARSED + READY)
    talk.client(bind(b"", b"a") + execute() + wire.SYNC)
    assert talk.requests[-1].action.text == "select 1"


def test_fetch_and_execute_are_judged_as_what_they_name() -> None:
    """FETCH reads what its cursor reads, EXECUTE does what was prepared, through either protocol."""
    talk = Conversation()
    for declared, used in (
        (b"declare c cursor for select email from customers", b"fetch c"),
        (b"prepare p as select email from customers", b"execute p"),
    ):
        talk.client(wire.query(declared))
        talk.upstream(complete("OK") + READY)
        talk.client(wire.query(used))
        reads = {name.name for s in talk.requests[-1].action.facts.statements for name in s.reads}
        assert reads == {"customers"}
        talk.upstream(complete("OK") + READY)
    talk.client(execute(b"c") + wire.SYNC)
    assert "declare c" in talk.requests[-1].action.text


def test_execute_of_a_statement_prepared_by_parse_is_judged_as_it() -> None:
    """SQL EXECUTE reaches statements prepared by Parse: they share one namespace."""
    talk = Conversation()
    talk.client(wire.parse(b"p", b"drop table customers") + wire.SYNC)
    talk.upstream(SYNTAX_ERROR + READY)
    talk.client(wire.parse(b"p", b"select email from customers") + wire.SYNC)
    talk.upstream(PARSED + READY)
    talk.client(wire.query(b"execute p"))
    assert {n.name for s in talk.requests[-1].action.facts.statements for n in s.reads} == {"customers"}


def test_a_backslash_literal_behind_a_running_function_is_refused() -> None:
    """A function may switch standard_conforming_strings off before the gate hears of it: no literal is read on trust
    meanwhile.
    """
    talk = Conversation()
    talk.client(wire.parse(b"", b"select f()") + bind() + execute())
    got = talk.client(wire.parse(b"x", b"select 'a\\b'") + wire.SYNC)
    assert b"a\\b" not in got
    calm = Conversation()
    assert calm.client(wire.query(b"select 'a\\b'")) == wire.query(b"select 'a\\b'")


@pytest.mark.parametrize(("name", "value"), [("client_encoding", "SJIS"), ("standard_conforming_strings", "off")])
def test_settings_the_gate_reads_sql_by_may_not_change(name: str, value: str) -> None:
    """A server that would read literals differently from the gate is not spoken to any longer."""
    with pytest.raises(ProtocolError):
        Conversation().upstream(wire.parameter_status(name, value))
    assert Conversation().upstream(wire.parameter_status("TimeZone", "UTC"))


# ---------------------------------------------------------------- read-only routes


def test_a_read_only_route_ends_when_the_server_may_write() -> None:
    """Whoever has told it so: nothing is sent any more. On other routes it is the client's business."""
    on, off = (wire.parameter_status("default_transaction_read_only", value) for value in ("on", "off"))
    assert Conversation(read_only=True).upstream(on) == on
    with pytest.raises(ProtocolError, match="must stay on"):
        Conversation(read_only=True).upstream(off)
    assert Conversation().upstream(off) == off


def test_a_read_only_route_refuses_what_is_more_than_reading() -> None:
    """With the server's own code for it, in the state that the server's error makes."""
    talk = Conversation(read_only=True)
    assert talk.client(wire.query(b"begin")) == wire.query(b"begin")
    assert b"update orders" not in talk.client(wire.query(b"update orders set a = 1"))
    talk.upstream(complete("BEGIN") + wire.ready_for_query(b"T"))
    got = talk.upstream(wire.error_response("ERROR", "42601", "syntax error") + wire.ready_for_query(b"E"))
    assert error_of(got)[b"C"] == b"25006"


def test_a_read_only_route_waits_for_what_code_has_changed() -> None:
    """A function may have made the next transaction writable: no other is called before the server could have said so."""
    call = wire.query(b"select f()")
    talk = Conversation(read_only=True)
    assert talk.client(call) == call
    assert b"select f()" not in talk.client(call)
    calm = Conversation(read_only=True)
    calm.client(call)
    calm.upstream(complete("SELECT 1") + READY)
    assert calm.client(call) == call


# ---------------------------------------------------------------- names that mean something else


def test_a_restored_literal_is_not_run_under_other_names() -> None:
    """A token in a text was turned back for the column that it was compared with then; the server would analyse the text
    anew.
    """
    talk = Conversation(masks=True)
    talk.client(wire.parse(b"s", f"find '{TOKEN}' and 'x'".encode()) + wire.SYNC)
    talk.upstream(wire.message(b"1", b"") + READY)
    bound = wire.message(b"B", b"\0s\0" + struct.pack("!hhh", 0, 0, 0))
    assert talk.client(bound) == bound
    other = object()
    talk.namespace.look = lambda: other  # type: ignore[method-assign]  # another search_path
    assert b"tokengate_refused" in talk.client(bound)


# ---------------------------------------------------------------- holds


def test_a_hold_keeps_the_statement_back_and_lets_the_rest_go() -> None:
    """Held at Execute: what came before goes on, the client is told, and the statement runs only once approved."""
    talk = Conversation()
    sent = [wire.parse(b"", b"update orders set a = 1"), bind(), execute(), wire.SYNC]
    assert talk.client(*sent) == b"".join(sent[:2])
    assert talk.held is not None
    notice = bytes(talk.got[Side.CLIENT])
    assert notice[:1] == b"N"
    assert b"T1" in notice
    assert talk.release() == b"".join(sent[2:])


def test_preparing_is_not_held() -> None:
    """Drivers that prepare first get their answer: only running waits."""
    talk = Conversation()
    sent = wire.parse(b"s", b"update orders set a = 1") + wire.describe(b"S", b"s") + wire.SYNC
    assert talk.client(sent) == sent
    assert talk.held is None


def test_a_refused_hold_is_a_denial() -> None:
    """Turned down: the server gets the refusal, the client the reason."""
    talk = Conversation()
    talk.client(wire.query(b"update orders set a = 1"))
    assert talk.release(Deny("bob said no", "two-person")) == REFUSED_QUERY
    assert error_of(talk.upstream(SYNTAX_ERROR + READY))[b"M"] == b"bob said no"


def test_an_approved_portal_is_fetched_in_parts_without_asking_again() -> None:
    """One approval covers the one statement it was for, in however many Executes the client fetches it."""
    talk = Conversation(verdicts=lambda request: Hold("all", "r", 60.0))
    talk.client(wire.parse(b"", b"select 1") + bind() + execute(b"", 1) + wire.message(b"H"))
    assert talk.held is not None
    talk.release()
    talk.upstream(PARSED + BOUND + row(b"1") + wire.message(b"s"))
    assert talk.client(execute(b"", 1) + wire.SYNC) == execute(b"", 1) + wire.SYNC
    talk.client(bind() + execute() + wire.SYNC)
    assert talk.held is not None


def test_a_notice_waits_for_the_end_of_a_streaming_row() -> None:
    """A message of the gateway's own is never put inside one of the server's."""
    talk = Conversation()
    talk.client(wire.query(b"select 1"))
    talk.upstream(columns(("a", 0, 0)) + b"D" + struct.pack("!ihi", 20, 1, 10) + b"01234")
    talk.client(wire.query(b"update orders set a = 1"))
    assert bytes(talk.got[Side.CLIENT])[-5:] == b"01234"
    assert talk.upstream(b"56789").startswith(b"56789N")


# ---------------------------------------------------------------- masking


def test_rows_are_masked_by_what_the_server_describes() -> None:
    """Simple queries, several in one text: each result by its own columns."""
    talk = Conversation(masks=True)
    talk.client(wire.query(b"select 1; select email from customers"))
    got = talk.upstream(columns(("a", 100, 1)) + row(b"1") + complete("SELECT 1"))
    assert b"redacted" not in got
    got = talk.upstream(columns(("x", 100, 2)) + row(b"alice@example.com") + complete("SELECT 1") + READY)
    assert b"alice" not in got
    assert b"[redacted]" in got
    assert [event.fields["masked"] for event in talk.events] == [0, 1]


def test_a_client_that_never_describes_is_masked_all_the_same() -> None:
    """The gate describes each portal itself when its client doesn't, and keeps the answer to itself."""
    talk = Conversation(masks=True)
    sent = talk.client(wire.parse(b"s", b"select email from customers") + bind(b"", b"s") + execute() + wire.SYNC)
    assert wire.describe(b"P", b"") + execute() in sent
    got = talk.upstream(PARSED + BOUND + ID_EMAIL + row(b"1", b"alice@example.com") + complete("SELECT 1") + READY)
    assert got == PARSED + BOUND + row(b"1", b"[redacted]") + complete("SELECT 1") + READY
    again = talk.client(bind(b"", b"s") + execute() + wire.SYNC)
    assert wire.describe(b"P", b"") in again
    assert b"alice" not in talk.upstream(
        BOUND + ID_EMAIL + row(b"1", b"alice@example.com") + complete("SELECT 1") + READY
    )


def test_a_clients_own_describe_is_used_and_answered() -> None:
    """A portal the client describes is not described twice."""
    talk = Conversation(masks=True)
    sent = (
        wire.parse(b"s", b"select email from customers")
        + bind(b"", b"s")
        + wire.describe(b"P", b"")
        + execute()
        + wire.SYNC
    )
    assert talk.client(sent) == sent
    got = talk.upstream(PARSED + BOUND + ID_EMAIL + row(b"1", b"alice@example.com") + complete("SELECT 1") + READY)
    assert ID_EMAIL in got
    assert b"alice" not in got


def test_rows_of_unknown_columns_end_the_session() -> None:
    """On a route that masks, rows that no RowDescription announced don't pass."""
    talk = Conversation(masks=True)
    talk.client(wire.query(b"select 1"))
    with pytest.raises(ProtocolError):
        talk.upstream(row(b"1"))


def test_an_unknown_table_is_looked_up_before_its_rows_pass() -> None:
    """A table created since the last snapshot: the catalogue is asked once, and what stays unknown is masked."""
    talk = Conversation(masks=True)
    talk.client(wire.query(b"select 1"))
    got = talk.upstream(columns(("new", 555, 1)) + row(b"1") + complete("SELECT 1") + READY)
    assert talk.catalogue.refreshed == 1
    assert b"[redacted]" in got


def test_errors_and_notices_are_concealed() -> None:
    """Error, notice and notification texts go through the maskers."""
    talk = Conversation(masks=True)
    talk.client(wire.query(b"select email from customers"))
    got = talk.upstream(
        wire.notice_response("00000", "saw alice@example.com"),
        wire.error_response("ERROR", "22P02", 'invalid input "alice@example.com"', detail="alice@example.com"),
        wire.message(b"A", b"\0\0\0\1c\0alice@example.com\0"),
        READY,
    )
    assert b"alice" not in got
    assert b"22P02" in got


def test_copy_to_stdout_is_masked_by_a_probe() -> None:
    """COPY announces no origins: the gate asks for them first, in the same breath, and hides the answer."""
    talk = Conversation(masks=True)
    sent = talk.client(wire.query(b"copy customers to stdout"))
    assert b'SELECT * FROM "customers"' in sent
    probe = CLOSED + PARSED + PARAMETERS + columns(("id", 100, 1), ("email", 100, 2), ("gen", 100, 3)) + READY
    assert talk.upstream(probe) == b""
    got = talk.upstream(wire.message(b"H", b"\0\0\2\0\0\0\0"), wire.message(b"d", b"1\talice@example.com\n"))
    assert got.endswith(wire.message(b"d", b"1\t[redacted]\n"))
    tail = wire.message(b"c") + complete("COPY 1") + READY
    assert talk.upstream(tail) == tail
    assert talk.gate.idle
    assert talk.events[-1].fields["masked"] == 1


def test_a_failed_probe_shows_its_error_once() -> None:
    """When the probe fails the COPY fails too; its client sees the first error, at the first place."""
    talk = Conversation(masks=True)
    talk.client(wire.query(b"copy customers to stdout"))
    missing = wire.error_response("ERROR", "42P01", "relation does not exist", position=15)
    aborted = wire.error_response("ERROR", "25P02", "current transaction is aborted")
    assert talk.upstream(CLOSED + missing + wire.ready_for_query(b"E")) == b""
    fields = error_of(talk.upstream(aborted + wire.ready_for_query(b"E")))
    assert fields[b"C"] == b"42P01"
    assert b"P" not in fields


# ---------------------------------------------------------------- copies in


def test_copy_in_streams_and_syncs_before_it_are_not_owed() -> None:
    """A Sync that the server swallows while it reads CopyData is owed nothing (libpq sends one)."""
    talk = Conversation()
    sent = wire.parse(b"", b"copy orders from stdin") + bind() + execute() + wire.SYNC
    assert talk.client(sent) == sent
    talk.upstream(PARSED + BOUND + wire.message(b"G", b"\0\0\1\0\0"))
    data = wire.message(b"d", b"1\n") * 3 + wire.message(b"c") + wire.SYNC
    assert talk.client(data) == data
    talk.upstream(complete("COPY 3") + READY)
    assert talk.gate.idle


def test_copy_in_sent_in_one_burst() -> None:
    """A client that doesn't wait for CopyInResponse is followed too."""
    talk = Conversation()
    burst = wire.query(b"copy orders from stdin") + wire.message(b"d", b"1\n") + wire.message(b"c")
    assert talk.client(burst) == burst
    talk.upstream(wire.message(b"G", b"\0\0\1\0\0") + complete("COPY 1") + READY)
    assert talk.gate.idle
    assert talk.client(wire.query(b"select 1")) == wire.query(b"select 1")


def test_a_query_inside_copy_data_ends_the_session() -> None:
    """The server would swallow it unanswered and the gate would be out of step."""
    talk = Conversation()
    talk.client(wire.query(b"copy orders from stdin"))
    talk.upstream(wire.message(b"G", b"\0\0\1\0\0"))
    with pytest.raises(ProtocolError):
        talk.client(wire.query(b"select 1"))
    early = Conversation()
    early.client(wire.query(b"copy orders from stdin") + wire.query(b"select 1"))
    with pytest.raises(ProtocolError):
        early.upstream(wire.message(b"G", b"\0\0\1\0\0"))


# ---------------------------------------------------------------- pipelines and a hostile upstream


def test_after_an_error_a_pipeline_is_dropped_up_to_its_sync() -> None:
    """What the server skips is neither judged nor forwarded, and the next segment is in step."""
    talk = Conversation()
    talk.client(wire.parse(b"", b"select 1") + bind() + execute() + wire.message(b"H"))
    talk.upstream(PARSED + BOUND + wire.error_response("ERROR", "22012", "division by zero"))
    asked = len(talk.requests)
    assert talk.client(wire.parse(b"", b"drop table customers") + bind() + execute() + wire.SYNC) == wire.SYNC
    assert len(talk.requests) == asked
    talk.upstream(READY)
    assert talk.gate.idle


@pytest.mark.parametrize(
    "kind", [b"1", b"2", b"3", b"D", b"C", b"Z", b"T", b"n", b"s", b"I", b"G", b"H", b"d", b"c", b"t"]
)
def test_answers_nobody_asked_for_end_the_session(kind: bytes) -> None:
    """A gate out of step with its server would mask by the wrong columns: it stops instead."""
    with pytest.raises(ProtocolError):
        Conversation().upstream(wire.message(kind, b"\0\0\0\0"))


@pytest.mark.parametrize("kind", [b"R", b"K", b"V", b"W", b"v", b"p", b"0"])
def test_upstream_messages_that_have_no_place_end_the_session(kind: bytes) -> None:
    """Authentication, replication and unknown messages are not passed on."""
    talk = Conversation()
    talk.client(wire.query(b"select 1"))
    with pytest.raises(ProtocolError):
        talk.upstream(wire.message(kind, b"\0\0\0\0"))


def test_an_upstream_that_accepts_a_refused_statement_ends_the_session() -> None:
    """If the server doesn't reject the refusal text, nothing it says can be trusted."""
    talk = Conversation()
    talk.client(wire.parse(b"", b"drop table customers") + wire.SYNC)
    with pytest.raises(ProtocolError):
        talk.upstream(PARSED)


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_arbitrary_client_bytes_either_parse_or_raise_protocol_error(data: bytes) -> None:
    """Nothing but ProtocolError comes out of garbage (KeyError is the script's own: a text it doesn't know)."""
    with suppress(ProtocolError, KeyError, UnicodeDecodeError):
        Conversation().client(data)
    talk = Conversation(masks=True)
    talk.client(wire.query(b"select email from customers"))
    with suppress(ProtocolError):
        talk.upstream(data)
    assert b"alice" not in bytes(talk.got[Side.CLIENT])


# ---------------------------------------------------------------- ends


def test_finish_tells_both_sides() -> None:
    """The gateway's end of a session is a FATAL for the client and a Terminate for the upstream."""
    steps = Conversation().gate.finish("expired", "the token has expired")
    assert error_of(steps[0].data)[b"C"] == b"57P01"  # type: ignore[union-attr]  # a Send
    assert steps[1].data == wire.TERMINATE  # type: ignore[union-attr]  # a Send
    assert steps[-1] == Close("expired", "the token has expired")


def test_terminate_closes_as_the_client_did() -> None:
    """A client that says goodbye ends the session, and so does one that just leaves."""
    talk = Conversation()
    assert talk.client(wire.TERMINATE) == wire.TERMINATE
    assert talk.closed == Close("client")
    assert Conversation().gate.ended(Side.CLIENT)[-1] == Close("client")
    assert Conversation().gate.ended(Side.UPSTREAM)[-1].reason == "upstream"  # type: ignore[union-attr]  # a Close


# ---------------------------------------------------------------- own changes


def created(talk: Conversation) -> None:
    """The client makes a table."""
    talk.client(wire.query(b"create table fresh ()"))
    talk.upstream(complete("CREATE TABLE") + READY)


def test_own_changes_are_seen_by_the_next_question() -> None:
    """After a CREATE has been committed nothing is judged before the catalogue has been asked again."""
    talk = Conversation()
    created(talk)
    assert (talk.catalogue.expired, talk.catalogue.refreshed) == (1, 1)
    assert talk.client(wire.query(b"select 1")) == wire.query(b"select 1")
    talk.upstream(complete("SELECT 0") + READY)
    talk.client(wire.query(b"select 2"))
    assert talk.catalogue.refreshed == 1
    assert not talk.failures


def test_a_question_waits_for_the_catalogue() -> None:
    """While it is asked the client's next request waits, whatever the server says meanwhile goes on, and the session is
    not idle.
    """
    talk = Conversation(masks=True)
    talk.catalogue.slow = Deferred()
    created(talk)
    asked = len(talk.requests)
    assert talk.client(wire.query(b"select email from customers")) == b""
    assert len(talk.requests) == asked
    assert not talk.gate.idle
    notice = wire.notice_response("00000", "hello")
    assert talk.upstream(notice) == notice
    talk.got[Side.UPSTREAM].clear()
    talk.catalogue.slow.callback(None)
    assert bytes(talk.got[Side.UPSTREAM]) == wire.query(b"select email from customers")
    assert len(talk.requests) == asked + 1
    assert not talk.failures


@pytest.mark.parametrize("verdict", [ALLOW, Deny("not known yet", "pii: alters"), Hold("ddl", "two-person", 60.0)])
def test_a_definition_waits_where_the_catalogue_might_help(verdict: Verdict) -> None:
    """One that is allowed in doubt goes on at once; what is refused or held in doubt is asked for when it is known."""
    talk = Conversation(verdicts=lambda request: verdict if talk.catalogue.expired else ALLOW)
    talk.catalogue.slow = Deferred()
    created(talk)
    asked = len(talk.requests)
    at_once = talk.client(wire.query(b"create table fresh ()"))
    assert (at_once != b"", len(talk.requests) - asked) == ((True, 1) if verdict is ALLOW else (False, 0))
    talk.catalogue.slow.callback(None)
    assert len(talk.requests) == asked + 1
    assert not talk.failures


def test_both_sides_may_wait() -> None:
    """A result of an unknown table waits on its side while the client's next request waits on the other: each goes on
    with what it waited for.
    """
    talk = Conversation(masks=True)
    talk.client(wire.query(b"create table fresh ()"), wire.query(b"select email from customers"))
    renewal: Deferred[None] = Deferred()
    talk.catalogue.slow = renewal
    talk.upstream(complete("CREATE TABLE") + READY)
    assert talk.client(wire.query(b"select 1")) == b""
    talk.catalogue.slow = Deferred()
    assert talk.upstream(columns(("email", 101, 2)) + row(b"a@example.org") + complete("SELECT 1") + READY) == b""
    talk.got[Side.CLIENT].clear()
    talk.catalogue.slow.callback(None)
    assert talk.got[Side.CLIENT].endswith(complete("SELECT 1") + READY)
    assert not talk.got[Side.UPSTREAM]
    renewal.callback(None)
    assert bytes(talk.got[Side.UPSTREAM]) == wire.query(b"select 1")
    assert not talk.failures


def test_changes_in_a_transaction() -> None:
    """Nobody else sees them before it ends, so nobody asks before; a COMMIT inside a text counts as well."""
    talk = Conversation()
    in_transaction = wire.ready_for_query(b"T")
    talk.client(wire.query(b"begin"))
    talk.upstream(complete("BEGIN") + in_transaction)
    talk.client(wire.query(b"create table fresh ()"))
    talk.upstream(complete("CREATE TABLE") + in_transaction)
    talk.client(wire.query(b"select 1"))
    talk.upstream(complete("SELECT 0") + in_transaction)
    assert talk.catalogue.expired == 0
    talk.client(wire.query(b"create table fresh (); commit; begin"))
    talk.upstream(complete("CREATE TABLE") + complete("COMMIT") + complete("BEGIN") + in_transaction)
    assert talk.catalogue.expired == 1
    talk.client(wire.query(b"commit"))
    talk.upstream(complete("COMMIT") + READY)
    assert talk.catalogue.expired == 2
    talk.client(wire.query(b"select 1"))
    talk.upstream(complete("SELECT 0") + READY)
    assert talk.catalogue.expired == 2


def test_a_change_that_failed() -> None:
    """Changes nothing."""
    talk = Conversation()
    talk.client(wire.query(b"create table fresh ()"))
    talk.upstream(wire.error_response("ERROR", "42P07", "exists") + READY)
    assert talk.catalogue.expired == 0


def test_nobody_waits_where_nobody_judges_by_the_catalogue() -> None:
    """On a route whose catalogue was never asked a CREATE asks nothing."""
    talk = Conversation()
    talk.catalogue.version = 0
    created(talk)
    assert (talk.catalogue.expired, talk.catalogue.refreshed) == (1, 0)
    assert talk.client(wire.query(b"select 1")) == wire.query(b"select 1")
