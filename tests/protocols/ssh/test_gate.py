"""The gate: which messages pass, which end the connection, and whose numbers they carry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocols.ssh.peers import Peers, forward
from tests.protocols.ssh.said import Said, data, kinds
from tokengate.errors import ProtocolError
from tokengate.protocols.ssh.gate import MOST_CHANNELS
from tokengate.protocols.ssh.wire import Message, boolean, string, strings, uint32
from tokengate.values import Close, Side

M = Message


def test_a_channel_has_a_number_for_each_side() -> None:
    """Each is addressed by its own, and both address the gateway by the gateway's."""
    peers = Peers()
    number = peers.running(theirs=7, answer=70)
    peers.data(Side.CLIENT, number, b"in").data(Side.UPSTREAM, number, b"out")
    assert peers.at_target() == [Said(M.CHANNEL_DATA, (70,), (b"in",))]
    assert peers.at_client() == [Said(M.CHANNEL_DATA, (7,), (b"out",))]


def test_a_whole_channel() -> None:
    """Opened, used, ended and closed by the target; its number is never used again."""
    peers = Peers()
    number = peers.running()
    peers.target(M.CHANNEL_EOF, uint32(number))
    peers.target(M.CHANNEL_REQUEST, uint32(number), string(b"exit-status"), boolean(False), uint32(3))
    peers.target(M.CHANNEL_CLOSE, uint32(number))
    heard = peers.at_client()
    assert kinds(heard) == [M.CHANNEL_EOF, M.CHANNEL_REQUEST, M.CHANNEL_CLOSE]
    assert heard[1].strings == (b"exit-status", uint32(3))
    assert kinds(peers.at_target()) == [M.CHANNEL_CLOSE]
    assert not peers.gate.idle
    peers.client(M.CHANNEL_CLOSE, uint32(number))
    assert peers.gate.idle
    assert peers.recorded("result")[0]["tag"] == "exit 3"
    with pytest.raises(ProtocolError, match="not open"):
        peers.data(Side.CLIENT, number, b"more")
    assert peers.open() == number + 1


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(
    ("number", "body"),
    [
        (M.CHANNEL_DATA, uint32(99) + string(b"x")), (M.CHANNEL_CLOSE, uint32(1 << 31)), (M.CHANNEL_EOF, b""),
        (M.CHANNEL_SUCCESS, uint32(0)), (M.CHANNEL_OPEN_CONFIRMATION, uint32(0) * 4), (M.REQUEST_SUCCESS, b""),
        (M.CHANNEL_OPEN_FAILURE, uint32(5) + uint32(1) + strings(b"", b"")), (101, b""), (83, b""), (255, b""),
        (M.CHANNEL_OPEN, string(b"session")), (M.GLOBAL_REQUEST, b"\0\0\0\xff"), (M.CHANNEL_REQUEST, uint32(0)),
    ],
)  # fmt: skip
def test_a_message_that_has_no_meaning_ends_the_connection(side: Side, number: int, body: bytes) -> None:
    """Of whichever side, in whichever state."""
    with pytest.raises(ProtocolError):
        Peers().says(side, number, body)


def test_channel_number_games() -> None:
    """A number that is in use, one of a channel that is not confirmed, one that was closed: none does anything."""
    peers = Peers()
    number = peers.open(theirs=7)
    with pytest.raises(ProtocolError, match="in use"):
        peers.client(M.CHANNEL_OPEN, string(b"session"), uint32(7), uint32(1), uint32(1))
    peers = Peers().client(M.CHANNEL_OPEN, string(b"session"), uint32(7), uint32(1000), uint32(1000))
    for message in (M.CHANNEL_EOF, M.CHANNEL_CLOSE):
        with pytest.raises(ProtocolError, match="not open"):
            peers.client(message, uint32(0))
    with pytest.raises(ProtocolError, match="no open"):
        peers.client(M.CHANNEL_OPEN_CONFIRMATION, uint32(0), uint32(1), uint32(1), uint32(1))
    peers = Peers()
    number = peers.open()
    with pytest.raises(ProtocolError, match="no open"):
        peers.target(M.CHANNEL_OPEN_CONFIRMATION, uint32(number), uint32(1), uint32(1), uint32(1))
    peers.client(M.CHANNEL_CLOSE, uint32(number))
    with pytest.raises(ProtocolError, match="not open"):
        peers.client(M.CHANNEL_CLOSE, uint32(number))


def test_a_target_that_does_not_open() -> None:
    """Its reason is the client's, and the channel is forgotten."""
    peers = Peers().client(M.CHANNEL_OPEN, string(b"session"), uint32(7), uint32(1000), uint32(1000))
    peers.target(M.CHANNEL_OPEN_FAILURE, uint32(0), uint32(4), strings(b"no more", b""))
    assert peers.at_client() == [Said(M.CHANNEL_OPEN_FAILURE, (7, 4), (b"no more", b""))]
    assert peers.gate.idle


@pytest.mark.parametrize(
    "kind", [b"x11", b"auth-agent@openssh.com", b"direct-streamlocal@openssh.com", b"tun@openssh.com", b"", b"Session"]
)
def test_unknown_types_of_channel_are_refused(kind: bytes) -> None:
    """The target never hears of them; the recording does."""
    peers = Peers().client(M.CHANNEL_OPEN, string(kind), uint32(7), uint32(1000), uint32(1000), b"whatever")
    assert kinds(peers.at_client()) == [M.CHANNEL_OPEN_FAILURE]
    assert peers.at_target() == []
    assert peers.actions() == [(kind.decode(), "", "deny")]


@pytest.mark.parametrize("kind", [b"session", b"agent-connect", b"direct-tcpip", b"forwarded-tcpip"])
def test_a_target_opens_nothing(kind: bytes) -> None:
    """But connections to ports that the client asked for, to an agent or display that it offered."""
    peers = Peers().target(M.CHANNEL_OPEN, string(kind), uint32(1), uint32(1000), uint32(1000), forward(b"a", 1))
    assert kinds(peers.at_target()) == [M.CHANNEL_OPEN_FAILURE]
    assert peers.at_client() == []


def test_too_many_channels() -> None:
    """The next is refused, and the others go on."""
    peers = Peers()
    for number in range(MOST_CHANNELS):
        peers.open(theirs=number, answer=number)
    peers.client(M.CHANNEL_OPEN, string(b"session"), uint32(9999), uint32(1000), uint32(1000))
    assert kinds(peers.at_client()) == [M.CHANNEL_OPEN_FAILURE]


def test_a_window_overrun_ends_the_connection() -> None:
    """Of either side, and so does more in one message than was announced."""
    for side in Side:
        peers = Peers()
        number = peers.running(room=1000)
        peers.data(side, number, bytes(1000))
        with pytest.raises(ProtocolError, match="window"):
            peers.data(side, number, b"x")
    peers = Peers()
    number = peers.running(room=1000, packet=100)
    with pytest.raises(ProtocolError, match="announced"):
        peers.data(Side.CLIENT, number, bytes(101))


def test_room_passes_from_end_to_end() -> None:
    """Each side is told of exactly what the other has made."""
    peers = Peers()
    number = peers.running(room=1000)
    peers.data(Side.UPSTREAM, number, bytes(1000))
    assert len(data(peers.at_client())) == 1000
    assert peers.at_target() == []
    peers.client(M.CHANNEL_WINDOW_ADJUST, uint32(number), uint32(400))
    assert peers.at_target() == [Said(M.CHANNEL_WINDOW_ADJUST, (70, 400))]
    with pytest.raises(ProtocolError, match="too large"):
        peers.client(M.CHANNEL_WINDOW_ADJUST, uint32(number), uint32(0xFFFFFFFF))


def test_data_after_its_end_is_refused() -> None:
    """And a second end."""
    for after in (M.CHANNEL_EOF, M.CHANNEL_DATA):
        peers = Peers()
        number = peers.running()
        peers.client(M.CHANNEL_EOF, uint32(number))
        with pytest.raises(ProtocolError):
            peers.client(after, uint32(number), *((string(b"x"),) if after is M.CHANNEL_DATA else ()))


def test_clients_have_no_stderr() -> None:
    """Extended data goes one way only, and has one kind."""
    for side, kind in ((Side.CLIENT, 1), (Side.UPSTREAM, 2)):
        peers = Peers()
        number = peers.running()
        with pytest.raises(ProtocolError, match="kind of data"):
            peers.says(side, M.CHANNEL_EXTENDED_DATA, uint32(number), uint32(kind), string(b"x"))


def test_the_end_of_a_session() -> None:
    """Whoever ends it, each running program has its result, and each question is withdrawn."""
    peers = Peers()
    peers.running()
    (*_, close) = peers.gate.finish("expired", "the token has expired")
    assert close == Close("expired", "the token has expired")
    assert peers.gate.idle
    assert peers.gate.ended(Side.UPSTREAM) == [Close("upstream", "the upstream ended the connection")]
    assert peers.gate.ended(Side.CLIENT) == [Close("client", "")]


@given(st.lists(st.tuples(st.sampled_from(list(Side)), st.integers(80, 100), st.binary(max_size=40)), max_size=20))
def test_any_messages_are_taken_or_refused(messages: list[tuple[Side, int, bytes]]) -> None:
    """Nothing but `ProtocolError` comes out of the gate, whatever goes in."""
    peers = Peers()
    peers.running()
    for side, number, body in messages:
        try:
            peers.says(side, number, body)
        except ProtocolError:
            return
