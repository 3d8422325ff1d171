"""Requests about the whole connection: forwards from the target, keepalives, and the order of replies."""

from __future__ import annotations

import pytest

from tests.protocols.ssh.peers import Peers, forward
from tests.protocols.ssh.said import kinds
from tokengate.errors import ProtocolError
from tokengate.protocols.ssh.globals import MOST_WAITING
from tokengate.protocols.ssh.wire import Message, boolean, string, uint32
from tokengate.values import ALLOW, Deny, Hold, Request, Side, Verdict

M = Message


def asked(peers: Peers, name: bytes, rest: bytes = b"", reply: bool = True, side: Side = Side.CLIENT) -> Peers:
    return peers.says(side, M.GLOBAL_REQUEST, string(name), boolean(reply), rest)


def listening(peers: Peers, host: bytes = b"localhost", port: int = 8080) -> Peers:
    asked(peers, b"tcpip-forward", string(host) + uint32(port))
    return peers.target(M.REQUEST_SUCCESS)


def connected(peers: Peers, host: bytes = b"localhost", port: int = 8080) -> Peers:
    return peers.target(
        M.CHANNEL_OPEN, string(b"forwarded-tcpip"), uint32(5), uint32(1000), uint32(1000), forward(host, port)
    )


@pytest.mark.parametrize("name", [b"hostkeys-prove-00@openssh.com", b"streamlocal-forward@openssh.com", b"", b"exec"])
@pytest.mark.parametrize("reply", [True, False])
def test_unknown_requests_are_refused(name: bytes, reply: bool) -> None:
    """The target does not hear of them; the recording does."""
    peers = asked(Peers(), name, b"whatever", reply)
    assert kinds(peers.at_client()) == [M.REQUEST_FAILURE] * reply
    assert peers.at_target() == []
    assert peers.actions() == [(name.decode(), "", "deny")]


def test_keepalives_of_both_sides_are_answered() -> None:
    """By the gateway, without a line in the recording; a target's own requests lead nowhere."""
    peers = asked(Peers(), b"keepalive@openssh.com")
    asked(peers, b"keepalive@openssh.com", side=Side.UPSTREAM)
    asked(peers, b"hostkeys-00@openssh.com", b"keys", False, Side.UPSTREAM)
    assert kinds(peers.at_client()) == kinds(peers.at_target()) == [M.REQUEST_FAILURE]
    assert peers.events == []


def test_no_more_sessions() -> None:
    """A client that gives up the right to open sessions has given it up."""
    peers = Peers()
    number = peers.running()
    asked(peers, b"no-more-sessions@openssh.com", reply=False)
    peers.client(M.CHANNEL_OPEN, string(b"session"), uint32(8), uint32(1000), uint32(1000))
    assert kinds(peers.at_client()) == [M.CHANNEL_OPEN_FAILURE]
    peers.data(Side.CLIENT, number, b"x")
    assert kinds(peers.at_target()) == [M.CHANNEL_DATA]


def test_a_port_on_the_target() -> None:
    """Once it listens there, its connections are opened at the client, each with its line."""
    peers = listening(Peers())
    assert kinds(peers.at_client()) == [M.REQUEST_SUCCESS]
    peers.at_target()
    connected(peers)
    assert peers.at_client()[0].strings == (b"forwarded-tcpip", forward(b"localhost", 8080))
    peers.client(M.CHANNEL_OPEN_CONFIRMATION, uint32(0), uint32(3), uint32(1000), uint32(1000))
    assert kinds(peers.at_target()) == [M.CHANNEL_OPEN_CONFIRMATION]
    peers.data(Side.UPSTREAM, 0, b"in").data(Side.CLIENT, 0, b"out")
    assert kinds(peers.at_client()) == kinds(peers.at_target()) == [M.CHANNEL_DATA]
    assert peers.actions()[1] == ("forwarded-tcpip", "localhost:8080 from 192.0.2.9:999", "allow")


def test_a_target_that_chooses_the_port() -> None:
    """Its choice is passed on, and is what connections may come from."""
    peers = asked(Peers(), b"tcpip-forward", string(b"localhost") + uint32(0))
    peers.target(M.REQUEST_SUCCESS, uint32(4711))
    assert peers.at_client()[0].strings == (uint32(4711),)
    connected(peers, port=4711)
    assert kinds(peers.at_client()) == [M.CHANNEL_OPEN]


@pytest.mark.parametrize(("host", "port"), [(b"localhost", 8081), (b"", 8080), (b"127.0.0.1", 8080)])
def test_a_connection_that_nobody_asked_for(host: bytes, port: int) -> None:
    """Is refused, and the client hears nothing of it."""
    peers = listening(Peers())
    peers.at_client(), peers.at_target()
    connected(peers, host, port)
    assert kinds(peers.at_target()) == [M.CHANNEL_OPEN_FAILURE]
    assert peers.at_client() == []


def test_a_cancelled_port() -> None:
    """Brings nothing more; one that isn't there can't be cancelled."""
    peers = listening(Peers())
    asked(peers, b"cancel-tcpip-forward", string(b"localhost") + uint32(8080))
    peers.target(M.REQUEST_SUCCESS)
    peers.at_client(), peers.at_target()
    connected(peers)
    assert kinds(peers.at_target()) == [M.CHANNEL_OPEN_FAILURE]
    asked(peers, b"cancel-tcpip-forward", string(b"localhost") + uint32(8080))
    assert kinds(peers.at_client()) == [M.REQUEST_FAILURE]
    assert peers.at_target() == []


def test_a_port_that_is_not_allowed() -> None:
    """By the route or by a rule."""
    for peers, host in ((Peers(), b"0.0.0.0"), (Peers(lambda request: Deny("no", "r")), b"localhost")):
        asked(peers, b"tcpip-forward", string(host) + uint32(8080))
        assert kinds(peers.at_client()) == [M.REQUEST_FAILURE]
        assert peers.at_target() == []


def test_replies_keep_the_order_of_requests() -> None:
    """What waits for a person or the target holds up the replies behind it, not the requests."""

    def judge(request: Request) -> Verdict:
        return Hold("look", "r", 60.0) if ":1" in request.action.text else ALLOW

    peers = Peers(judge)
    asked(peers, b"tcpip-forward", string(b"localhost") + uint32(1))
    asked(peers, b"tcpip-forward", string(b"localhost") + uint32(2))
    asked(peers, b"keepalive@openssh.com")
    peers.target(M.REQUEST_SUCCESS)
    assert peers.at_client() == []
    peers.decide(ALLOW)
    peers.target(M.REQUEST_FAILURE)
    assert kinds(peers.at_client()) == [M.REQUEST_FAILURE, M.REQUEST_SUCCESS, M.REQUEST_FAILURE]


def test_limits() -> None:
    """Neither requests nor replies without end, and no reply to nothing."""
    with pytest.raises(ProtocolError, match="reply to nothing"):
        Peers().target(M.REQUEST_SUCCESS)
    peers = Peers(lambda request: Hold("look", "r", 60.0))
    with pytest.raises(ProtocolError, match="too many requests"):
        for port in range(1, MOST_WAITING + 2):
            asked(peers, b"tcpip-forward", string(b"localhost") + uint32(port))
