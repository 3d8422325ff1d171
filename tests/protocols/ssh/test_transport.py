"""The state machine between packets and services, both roles wired to each other."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocols.ssh.wired import Wired
from tokengate.errors import ProtocolError
from tokengate.protocols.ssh.keying import HELD_HIGH_WATER, Limits, Phase
from tokengate.protocols.ssh.wire import Message, string, strings, uint32

DATA = 94  # a message number of the connection service


def logged_in(**arguments: object) -> Wired:
    wired = Wired(**arguments)  # type: ignore[arg-type]
    wired.exchange()
    assert wired.login == [None]
    return wired


@pytest.mark.parametrize("piece", [1, 2, 7, 100, 0])
def test_a_session_starts_however_the_bytes_are_cut(piece: int) -> None:
    """Version, keys, service and login, a byte at a time as well as at once."""
    wired = Wired()
    wired.exchange(piece)
    assert wired.login == [None]
    assert wired.server.authenticated
    assert wired.client.sessionID == wired.server.sessionID
    assert wired.client.peerExtensions[b"server-sig-algs"].startswith(b"ssh-ed25519,")


def test_services_hear_each_other() -> None:
    """What one side's service sends, the other's gets, in order, and every size of it."""
    wired = logged_in()
    sizes = [0, 1, 15, 16, 17, 32768, 200_000]
    for size in sizes:
        wired.client.sendPacket(DATA, bytes(size))
        wired.server.sendPacket(DATA, bytes(size))
    wired.exchange(1000)
    assert [len(body) for _, body in wired.upper.heard] == sizes
    assert [len(body) for _, body in wired.lower.heard] == sizes


def test_new_keys_by_volume_lose_nothing() -> None:
    """Both sides ask for new keys in the middle of data, more than once, and everything arrives in order."""
    wired = logged_in(limits=Limits(rekey_bytes=10_000))
    for number in range(100):
        wired.client.sendPacket(DATA, uint32(number) + bytes(1000))
        wired.server.sendPacket(DATA, uint32(number) + bytes(1000))
        if number % 7 == 0:
            wired.exchange(999)
    wired.exchange()
    expected = [(DATA, uint32(number) + bytes(1000)) for number in range(100)]
    assert wired.upper.heard == expected
    assert wired.lower.heard == expected
    assert wired.client.exchanges == wired.server.exchanges > 5


def test_new_keys_by_time_only_while_data_flows() -> None:
    """An idle connection keeps its keys; the first message after their time brings new ones."""
    wired = logged_in()
    wired.clock.advance(4000)
    assert not wired.server_stream.written
    wired.server.sendPacket(DATA, b"x")
    wired.exchange()
    assert wired.server.exchanges == 2
    assert wired.lower.heard == [(DATA, b"x")]


def test_a_key_exchange_that_does_not_end_is_ended() -> None:
    """A peer can't keep the old keys, nor what waits for new ones, for good."""
    wired = logged_in()
    wired.server.sendKexInit()
    wired.server_stream.written.clear()
    wired.clock.advance(299)
    assert not wired.server_stream.closed
    wired.clock.advance(2)
    assert wired.server_stream.closed


def test_what_waits_for_keys_is_bounded() -> None:
    """The service is told to stop, goes on after the exchange, and is cut off when it doesn't stop."""
    wired = logged_in()
    wired.server.sendKexInit()
    count = HELD_HIGH_WATER // 32768 + 1
    for _ in range(count):
        wired.server.sendPacket(DATA, bytes(32768))
    assert wired.upper.marks == ["congested"]
    wired.exchange()
    assert wired.upper.marks == ["congested", "drained"]
    assert len(wired.lower.heard) == count
    wired.server.sendKexInit()
    for _ in range(300):
        wired.server.sendPacket(DATA, bytes(32768))
    assert wired.server_stream.closed


def test_a_slow_peer_is_told_of() -> None:
    """The stream's congestion reaches the service, together with the exchange's as one."""
    wired = logged_in()
    wired.server_stream.receiver.congested()
    wired.server.sendKexInit()
    for _ in range(10):
        wired.server.sendPacket(DATA, bytes(32768))
    wired.exchange()
    assert wired.upper.marks == ["congested"]
    wired.server_stream.receiver.drained()
    assert wired.upper.marks == ["congested", "drained"]


def test_a_peer_that_asks_without_reading_is_cut_off() -> None:
    """Replies to it don't pile up; one that reads now and then is served for ever."""
    wired = logged_in(limits=Limits(unread_bytes=100_000))
    for _ in range(3):
        wired.server_stream.receiver.congested()
        for _ in range(2000):
            wired.client._transmit(19, b"")
        wired.carry(wired.client_stream, wired.server_stream)
        assert not wired.server_stream.closed
        wired.server_stream.written.clear()
        wired.server_stream.receiver.drained()
    wired.server_stream.receiver.congested()
    for _ in range(5000):
        wired.client._transmit(19, b"")
    wired.carry(wired.client_stream, wired.server_stream)
    assert wired.server_stream.closed == "aborted"
    assert len(wired.server_stream.written) < 101_000


# ---------------------------------------------------------------- strict key exchange


@pytest.mark.parametrize("stray", [Message.IGNORE, Message.DEBUG, Message.UNIMPLEMENTED])
@pytest.mark.parametrize("before_init", [True, False])
def test_strict_no_stray_message_before_the_first_keys(stray: Message, before_init: bool) -> None:
    """What the Terrapin attack (CVE-2023-48795) adds to shift sequence numbers ends the connection."""
    wired = Wired()
    written = bytes(wired.client_stream.written)
    end = written.index(b"\n") + 1
    init = written[end:]
    packet = b"\0\0\0\x0c\x06" + bytes((stray,)) + bytes(10)
    wired.client_stream.written[:] = written[:end] + (packet + init if before_init else init + packet)
    wired.exchange()
    assert wired.server_stream.closed
    assert not wired.server.established


def test_without_strict_stray_messages_are_as_the_rfc_has_them() -> None:
    """A peer without the countermeasure may send IGNORE in the first exchange."""
    wired = Wired()
    wired.client._strict = wired.server._strict = False
    for end, marker in (
        (wired.client, b"kex-strict-c-v00@openssh.com"),
        (wired.server, b"kex-strict-s-v00@openssh.com"),
    ):
        stream = wired.client_stream if end is wired.client else wired.server_stream
        other = b"x" * len(marker)
        stream.written[:] = stream.written.replace(marker, other)
        end.ourKexInitPayload = end.ourKexInitPayload.replace(marker, other)
    wired.client._transmit(Message.IGNORE, string(b"padding"))
    wired.exchange()
    assert wired.login == [None]
    assert not wired.server._strict
    assert wired.server._reader.sequence > 3


def test_strict_starts_sequence_numbers_over() -> None:
    """With every pair of keys, later ones too."""
    wired = logged_in()
    wired.server.sendKexInit()
    wired.exchange()
    assert wired.server._writer.sequence == wired.client._reader.sequence == 0
    assert wired.client._writer.sequence == wired.server._reader.sequence == 0


def test_a_dropped_packet_is_noticed() -> None:
    """An attacker who removes a packet makes the next one unreadable."""
    wired = logged_in()
    wired.client.sendPacket(DATA, b"first")
    wired.client_stream.written.clear()
    wired.client.sendPacket(DATA, b"second")
    wired.exchange()
    assert wired.upper.heard == []
    assert wired.server_stream.closed


# ---------------------------------------------------------------- what must not be


@pytest.mark.parametrize("number", [*range(1, 100), 127, 192, 255])
def test_no_message_of_a_stranger_does_harm(number: int) -> None:
    """Whatever comes before the service is asked for, the connection ends or the message is refused; nothing raises."""
    wired = Wired()
    while not wired.client.established or not wired.server.established:
        wired.carry(wired.client_stream, wired.server_stream)
        if wired.server.established:
            break
        wired.carry(wired.server_stream, wired.client_stream)
    server = wired.server
    server.service = None
    wired.client._transmit(number, b"\0\0\0\1x")
    wired.carry(wired.client_stream, wired.server_stream)
    assert not server.authenticated
    if number >= 50:
        assert wired.server_stream.closed


@pytest.mark.parametrize("number", [number for number in range(1, 50) if number not in (1, 2, 3, 4, 20)])
def test_only_the_right_message_comes_next(number: int) -> None:
    """During a key exchange every number that isn't due ends the connection."""
    wired = logged_in()
    server = wired.server
    server.sendKexInit()
    wired.carry(wired.server_stream, wired.client_stream)
    wired.client_stream.written.clear()
    server._phase = Phase.AGREED
    wired.client._transmit(number, b"")
    wired.carry(wired.client_stream, wired.server_stream)
    assert wired.server_stream.closed


@given(body=st.binary(max_size=200), number=st.integers(0, 255), known=st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_message_at_all(body: bytes, number: int, known: bool) -> None:
    """A stranger's or a user's message is understood or a ProtocolError, and nothing else; 127 is the test's own."""
    wired = logged_in() if known else Wired()
    while not wired.server.established:
        wired.carry(wired.client_stream, wired.server_stream)
        wired.carry(wired.server_stream, wired.client_stream)
    wired.client_stream.written.clear()
    wired.client._transmit(number if number != 127 else 0, body)
    with suppress(ProtocolError):
        wired.server._receive(bytes(wired.client_stream.written))


@given(data=st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_at_all(data: bytes) -> None:
    """Garbage on the wire, from the first byte on or behind a version, is a ProtocolError inside and an end outside."""
    for start in (b"", b"SSH-2.0-x\r\n"):
        wired = Wired()
        with suppress(ProtocolError):
            wired.server._receive(start + data)
        wired.client_stream.receiver.received(start + data)


@pytest.mark.parametrize("at", range(0, 80, 3))
def test_a_changed_byte_ends_it(at: int) -> None:
    """Wherever a bit flips in a protected packet, its message is not delivered."""
    wired = logged_in()
    wired.client.sendPacket(DATA, bytes(50))
    data = wired.client_stream.written
    data[at % len(data)] ^= 0x40
    wired.carry(wired.client_stream, wired.server_stream)
    wired.server_stream.receiver.received(bytes(300_000))
    assert wired.upper.heard == []
    assert wired.server_stream.closed


def test_a_service_that_fails_ends_its_connection() -> None:
    """An error in a service is logged, and the peer told no more than that there was one."""
    wired = logged_in()
    wired.client.sendPacket(127, b"")
    wired.exchange()
    assert wired.over
    assert wired.upper.stopped is False
    wired.server_stream.leave()
    assert wired.upper.stopped


# ---------------------------------------------------------------- limits


def test_the_login_has_its_time() -> None:
    """Whoever isn't in after a minute is out, and whoever is in stays."""
    wired = Wired()
    wired.clock.advance(61)
    assert wired.server_stream.closed
    wired = logged_in()
    wired.clock.advance(61)
    assert not wired.server_stream.closed


def test_a_stranger_has_few_messages() -> None:
    """An endless run of harmless messages before the login ends."""
    wired = Wired()
    wired.exchange()
    wired.server.authenticated = False
    for _ in range(201):
        wired.client._transmit(Message.IGNORE, string(b""))
    wired.exchange()
    assert wired.server_stream.closed


def test_a_stranger_has_few_bytes() -> None:
    """So does an endless run of bytes."""
    wired = Wired()
    wired.exchange()
    wired.server.authenticated = False
    for _ in range(20):
        wired.client._transmit(Message.IGNORE, bytes(60_000))
    wired.exchange()
    assert wired.server_stream.closed


def test_a_stranger_may_not_ask_for_new_keys() -> None:
    """Key exchanges cost much; before the login there is one."""
    wired = Wired()
    while not wired.server.established:
        wired.carry(wired.client_stream, wired.server_stream)
        wired.carry(wired.server_stream, wired.client_stream)
    wired.client_stream.written.clear()
    wired.client.sendKexInit()
    wired.carry(wired.client_stream, wired.server_stream)
    assert wired.server_stream.closed


def test_a_packet_that_is_too_long_is_not_waited_for() -> None:
    """Its length alone ends the connection."""
    wired = Wired()
    wired.server_stream.receiver.received(b"SSH-2.0-x\r\n" + uint32(256 * 1024 + 12))
    assert wired.server_stream.closed


def test_unknown_messages_are_answered_with_their_number() -> None:
    """UNIMPLEMENTED names the packet (RFC 4253, section 11.4)."""
    wired = logged_in()
    heard: list[bytes] = []
    wired.client._handlers[Message.UNIMPLEMENTED] = heard.append
    sequence = wired.client._writer.sequence
    wired.client._transmit(19, b"")
    wired.exchange()
    assert heard == [uint32(sequence)]


def test_the_peers_end_is_an_end() -> None:
    """Nothing is read behind a DISCONNECT."""
    wired = logged_in()
    wired.client._transmit(Message.DISCONNECT, uint32(11) + strings(b"bye", b""))
    wired.client._transmit(DATA, b"more")
    wired.exchange()
    assert wired.server_stream.closed
    assert wired.upper.heard == []
