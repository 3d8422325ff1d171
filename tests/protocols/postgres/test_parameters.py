"""Tests of tokengate.protocols.postgres.parameters."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.postgres import Server
from tests.support.streams import BlockingStream, run
from tokengate.errors import ProtocolError
from tokengate.protocols.postgres import wire
from tokengate.protocols.postgres.parameters import SETTINGS, parse_options, parse_startup, split_options
from tokengate.protocols.postgres.peer import Peer

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)
VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


def packet(**parameters: str) -> bytes:
    return b"".join(f"{name}\0{value}\0".encode() for name, value in parameters.items()) + b"\0"


def code(payload: bytes) -> str:
    with pytest.raises(ProtocolError) as caught:
        parse_startup(0, payload)
    return caught.value.code


def test_what_drivers_send() -> None:
    """The start-up parameters of libpq, pgjdbc, asyncpg, node-postgres and pgx are served, under their own spelling."""
    payload = packet(
        user="ci", database="orders", client_encoding="'utf-8'", datestyle="ISO, MDY", TimeZone="UTC",
        intervalstyle="iso_8601", extra_float_digits="2", application_name="psql", statement_timeout="5s",
        options="-c lock_timeout=1s",
    )  # fmt: skip
    startup = parse_startup(2, payload)
    assert (startup.user, startup.database, startup.minor, startup.unknown) == ("ci", "orders", 2, ())
    assert startup.settings == {
        "DateStyle": "ISO, MDY", "TimeZone": "UTC", "IntervalStyle": "iso_8601", "extra_float_digits": "2",
        "application_name": "psql", "statement_timeout": "5s", "lock_timeout": "1s",
    }  # fmt: skip


@pytest.mark.parametrize("value", ["UTF8", "utf8", "UTF-8", "utf_8", "'utf-8'", "Unicode", "SQL_ASCII"])
def test_utf8_has_many_spellings(value: str) -> None:
    """Every spelling that means UTF-8 (or no conversion) is taken, and none is passed on."""
    assert parse_startup(0, packet(user="u", client_encoding=value)).settings == {}


@pytest.mark.parametrize("value", ["LATIN1", "utf16", "", "SJIS", "utf8x", "EUC_JP"])
@pytest.mark.parametrize("way", ["client_encoding", "Client_Encoding", "options"])
def test_other_encodings_are_refused(value: str, way: str) -> None:
    """Under another encoding the gateway could not read statements as the server does."""
    text = f"-cclient_encoding={value}" if way == "options" else value
    assert code(packet(user="u", **{way: text})) == "22023"


@pytest.mark.parametrize(
    ("parameters", "state"),
    [
        ({"replication": "true"}, "0A000"),
        ({"replication": "database"}, "0A000"),
        ({"search_path": "evil"}, "0A000"),
        ({"Search_Path": "evil"}, "0A000"),
        ({"role": "postgres"}, "42501"),
        ({"session_authorization": "postgres"}, "42501"),
        ({"ROLE": "postgres"}, "42501"),
        ({"options": "-c search_path=evil"}, "0A000"),
        ({"options": "-c session-authorization=postgres"}, "42501"),
        ({"options": "--Search-Path=evil"}, "0A000"),
        ({"options": "-c TimeZone=UTC -crole=postgres"}, "42501"),
        ({"options": "-c standard_conforming_strings=off"}, "0A000"),
        ({"options": "-c TimeZone=UTC -O"}, "0A000"),
        ({"options": "-e"}, "0A000"),
        ({"options": "x"}, "0A000"),
        ({"options": "-- -c TimeZone=UTC"}, "42601"),
        ({"options": "-c"}, "42601"),
        ({"options": "-c TimeZone"}, "42601"),
        ({"options": "-c =x"}, "42601"),
        ({"options": "-c TimeZone\\=UTC\\ role=postgres -c role=x"}, "42501"),
        ({"standard_conforming_strings": "off"}, "0A000"),
        ({"local_preload_libraries": "evil"}, "0A000"),
        ({"USER": "postgres"}, "0A000"),
    ],
)
def test_the_rest_is_refused(parameters: dict[str, str], state: str) -> None:
    """What is not on the list is refused by name, however it is spelt or wrapped."""
    assert code(packet(user="u", **parameters)) == state


@pytest.mark.parametrize(
    ("payload", "state"),
    [
        (b"", "08P01"),
        (b"\0", "28000"),
        (packet(database="x"), "28000"),
        (packet(user=""), "28000"),
        (b"user\0u\0", "08P01"),
        (b"user\0u", "08P01"),
        (b"user\0u\0database", "08P01"),
        (b"user\0u\0database\0\0", "08P01"),
        (b"user\0u\0\0x", "08P01"),
        (b"user\0u\0\0\0", "08P01"),
        (b"user\0u\0\0role\0postgres\0\0", "08P01"),
        (b"user\0u\0\0x\0\0", "08P01"),
        (b"user\0u\0user\0postgres\0\0", "08P01"),
        (b"user\0\xff\0\0", "22021"),
    ],
)
def test_malformed_packets(payload: bytes, state: str) -> None:
    """A packet that two readers could read differently is refused."""
    assert code(payload) == state


def test_protocol_options_are_collected() -> None:
    """`_pq_.` options are negotiated away, never settings."""
    startup = parse_startup(7, packet(**{"user": "u", "_pq_.one": "1", "_pq_.role": "postgres"}))
    assert startup.unknown == ("_pq_.one", "_pq_.role")
    assert startup.settings == {}


def test_direct_parameters_win_over_options() -> None:
    """As in the server: options first, then the packet's own parameters."""
    assert parse_startup(0, packet(user="u", TimeZone="A", options="-cTimeZone=B")).settings == {"TimeZone": "A"}


@given(st.binary(max_size=200))
def test_any_packet_parses_or_is_refused(payload: bytes) -> None:
    """Bytes either make a Startup with listed settings only, or raise ProtocolError."""
    try:
        startup = parse_startup(0, payload)
    except ProtocolError:
        return
    assert startup.user
    assert set(startup.settings) <= set(SETTINGS.values())


@given(st.dictionaries(NAMES, VALUES, max_size=5), st.text(max_size=40))
def test_no_unlisted_setting_passes(parameters: dict[str, str], options: str) -> None:
    """Whatever is asked for, only listed names come out."""
    parameters = {**parameters, "user": "u", "options": options.replace("\0", "")}
    try:
        startup = parse_startup(0, packet(**parameters))
    except ProtocolError:
        return
    assert set(startup.settings) <= set(SETTINGS.values())


@given(st.lists(VALUES.filter(bool), max_size=5))
@example(["a b", "\\", " ", "c\td\\ "])
def test_escaped_words_come_back(words: list[str]) -> None:
    """What libpq's documentation says to escape (white space, backslash) survives splitting."""
    escaped = ["".join(f"\\{c}" if c in " \t\n\v\f\r\\" else c for c in word) for word in words]
    assert split_options("  ".join(escaped) + " ") == words


@given(st.text(st.sampled_from("-c= \\aTimeZone,"), max_size=40))
def test_any_options_parse_or_are_refused(text: str) -> None:
    """An options parameter gives settings with a name each, or ProtocolError."""
    try:
        settings = parse_options(text)
    except ProtocolError:
        return
    assert all(name for name, _ in settings)


@pytest.mark.parametrize(
    "options",
    [
        "-c application_name=plain",
        "-capplication_name=glued",
        "--application-name=long",
        "  -c\tAPPLICATION_NAME=a\\ b\\\\c ",
        "-c application_name=first --application_name=last",
        "-c application_name=",
        "-c application_name==x=y",
        "-c application_name=end\\",
        "-c DateStyle=ISO,\\ DMY -c application_name=two",
    ],
)
def test_options_mean_what_the_server_means(postgres: Server, options: str) -> None:
    """PostgreSQL, given the same options itself, comes to the same application_name."""
    stream = BlockingStream.connect(("127.0.0.1", postgres.port))
    stream.write(
        wire.startup_message(wire.PROTOCOL_3_0, {"user": "plain_trust", "database": "sample", "options": options})
    )
    peer, status = Peer(stream, 100_000), {}
    while (message := run(peer.message()))[0] != b"Z":
        assert message[0] != b"E", message
        if message[0] == b"S":
            name, value = wire.parse_parameter_status(message[1])
            status[name] = value
    stream.close()
    assert (
        dict(parse_options(options.replace("APPLICATION_NAME", "application_name")))["application_name"]
        == status["application_name"]
    )
