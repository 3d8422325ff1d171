"""Forwards the client asks the target for."""

from __future__ import annotations

import pytest
from attrs import evolve

from tests.protocols.ssh.peers import ALL, Peers, forward
from tests.protocols.ssh.said import Said, data, kinds
from tokengate.errors import ProtocolError
from tokengate.protocols.ssh.permissions import Permissions
from tokengate.protocols.ssh.wire import Message, string, strings, uint32
from tokengate.testing import FakeMasker
from tokengate.values import ALLOW, Deny, Hold, Side

M = Message


def opened(peers: Peers, host: bytes = b"db.internal", port: int = 5432) -> Peers:
    return peers.client(
        M.CHANNEL_OPEN, string(b"direct-tcpip"), uint32(7), uint32(1000), uint32(1000), forward(host, port)
    )


def test_an_allowed_forward() -> None:
    """Its bytes are counted both ways."""
    peers = opened(Peers())
    assert peers.at_target()[0].strings == (b"direct-tcpip", forward(b"db.internal", 5432))
    peers.target(M.CHANNEL_OPEN_CONFIRMATION, uint32(0), uint32(70), uint32(1000), uint32(1000))
    peers.data(Side.CLIENT, 0, b"to").data(Side.UPSTREAM, 0, b"fro")
    assert data(peers.at_target()) == b"to"
    assert data(peers.at_client()) == b"fro"
    peers.client(M.CHANNEL_CLOSE, uint32(0)).target(M.CHANNEL_CLOSE, uint32(0))
    assert [(one["bytes"], one["bytes_in"]) for one in peers.recorded("result")] == [(3, 2)]
    assert peers.gate.idle


@pytest.mark.parametrize(("host", "port"), [(b"db.internal", 22), (b"evil", 5432), (b"\xff", 5432), (b"a.web", 0)])
def test_a_forward_elsewhere(host: bytes, port: int) -> None:
    """Is refused before the target hears of it."""
    peers = opened(Peers(), host, port)
    assert kinds(peers.at_client()) == [M.CHANNEL_OPEN_FAILURE]
    assert peers.at_target() == []
    assert peers.actions()[0][2] == "deny"
    assert peers.gate.idle


def test_forwards_are_denied_by_default_and_by_rules() -> None:
    """And where the route masks, because nothing in them could be."""
    for peers in (
        Peers(permissions=Permissions()),
        Peers(lambda request: Deny("no", "r")),
        Peers(maskers=(FakeMasker(),)),
    ):
        opened(peers)
        assert kinds(peers.at_client()) == [M.CHANNEL_OPEN_FAILURE]
        assert peers.at_target() == []


def test_a_held_forward() -> None:
    """Nothing is opened meanwhile; and no message reaches a channel that is not open."""
    peers = opened(Peers(lambda request: Hold("look", "r", 60.0)))
    assert peers.at_target() == []
    with pytest.raises(ProtocolError, match="not open"):
        peers.data(Side.CLIENT, 0, b"early")
    peers.decide(ALLOW)
    assert kinds(peers.at_target()) == [M.CHANNEL_OPEN]


def test_a_forward_beside_a_held_command() -> None:
    """Is decided and recorded like any other."""
    peers = Peers(lambda request: Hold("look", "r", 60.0) if request.action.verb == "exec" else ALLOW)
    peers.execute(peers.open(theirs=1))
    opened(peers)
    assert peers.actions() == [("exec", "true", "hold"), ("direct-tcpip", "db.internal:5432", "allow")]


def test_a_request_on_a_forward_does_nothing() -> None:
    """No program runs there."""
    peers = opened(Peers())
    peers.target(M.CHANNEL_OPEN_CONFIRMATION, uint32(0), uint32(70), uint32(1000), uint32(1000))
    peers.at_client(), peers.at_target()
    peers.execute(0, b"true")
    assert peers.at_client() == [Said(M.CHANNEL_FAILURE, (7,))]
    assert peers.at_target() == []


def test_a_target_that_can_not_connect() -> None:
    """The client hears its reason."""
    peers = opened(Peers())
    peers.target(M.CHANNEL_OPEN_FAILURE, uint32(0), uint32(2), string(b"Connection refused"), string(b""))
    assert peers.at_client()[0].strings[0] == b"Connection refused"
    assert peers.recorded("result")[0]["outcome"] == "error"


OFFERS = {
    b"x11": (b"x11-req", b"\0" + strings(b"MIT-MAGIC-COOKIE-1", b"00ff") + uint32(0)),
    b"auth-agent@openssh.com": (b"auth-agent-req@openssh.com", b""),
}
ORIGIN = {b"x11": string(b"127.0.0.1") + uint32(6010), b"auth-agent@openssh.com": b""}
OFFERING = evolve(ALL, requests=ALL.requests | {"agent", "x11"})


def called_back(peers: Peers, kind: bytes) -> Peers:
    return peers.target(M.CHANNEL_OPEN, string(kind), uint32(5), uint32(1000), uint32(1000), ORIGIN[kind])


@pytest.mark.parametrize("kind", list(OFFERS))
def test_an_agent_or_display_that_is_offered(kind: bytes) -> None:
    """Is reached by the target's programs, each time with a line; not before it is offered, nor after its channel."""
    peers = Peers(permissions=OFFERING)
    called_back(peers, kind)
    assert kinds(peers.at_target()) == [M.CHANNEL_OPEN_FAILURE]
    number = peers.open()
    peers.ask(number, OFFERS[kind][0], OFFERS[kind][1])
    assert peers.at_target()[0].strings == OFFERS[kind]
    called_back(peers, kind)
    assert peers.at_client()[0].strings == (kind, ORIGIN[kind])
    assert peers.actions()[-1][0::2] == (kind.decode(), "allow")
    peers.client(M.CHANNEL_OPEN_FAILURE, uint32(number + 1), uint32(1), strings(b"", b""))
    peers.client(M.CHANNEL_CLOSE, uint32(number))
    peers.at_target()
    called_back(peers, kind)
    assert kinds(peers.at_target()) == [M.CHANNEL_OPEN_FAILURE]


@pytest.mark.parametrize("kind", list(OFFERS))
def test_an_agent_or_display_is_not_offered_by_default(kind: bytes) -> None:
    """Nor to a program that runs already, nor where the route masks."""
    for peers in (Peers(), Peers(permissions=OFFERING, maskers=(FakeMasker(),))):
        peers.ask(peers.open(), *OFFERS[kind])
        assert kinds(peers.at_client()) == [M.CHANNEL_FAILURE]
        assert peers.at_target() == []
    peers = Peers(permissions=OFFERING)
    peers.ask(peers.running(), *OFFERS[kind])
    assert kinds(peers.at_client()) == [M.CHANNEL_FAILURE]
