"""Session channels: programs, what is asked around them, and what happens while they are decided."""

from __future__ import annotations

import pytest

from tests.protocols.ssh.peers import Peers, terminal, window
from tests.protocols.ssh.said import Said, data, errors, kinds
from tokengate.errors import ProtocolError
from tokengate.protocols.ssh.permissions import Permissions
from tokengate.protocols.ssh.program import EARLY, MOST_REPLIES, MOST_WAITING
from tokengate.protocols.ssh.wire import Message, boolean, string, strings, uint32
from tokengate.testing import FakeMasker
from tokengate.values import ALLOW, Allow, Deny, Hold, Redact, Request, Rewrite, Side, Verdict

M = Message
DENY = Deny("not here", "rules")
HOLD = Hold("somebody has to look", "rules", 60.0)


def deny(request: Request) -> Verdict:
    return DENY


def hold(request: Request) -> Verdict:
    return HOLD if request.action.verb == "exec" else ALLOW


def test_a_denied_command_is_a_program_that_fails() -> None:
    """Success, the reason on stderr, exit status 126, end, close; the target's channel is closed and never ran it."""
    peers = Peers(deny)
    peers.execute(peers.open(), b"rm -rf /")
    heard = peers.at_client()
    assert kinds(heard) == [
        M.CHANNEL_SUCCESS, M.CHANNEL_EXTENDED_DATA, M.CHANNEL_REQUEST, M.CHANNEL_EOF, M.CHANNEL_CLOSE,
    ]  # fmt: skip
    assert errors(heard) == b"tokengate: refused: not here (rules)\n"
    assert heard[2].strings == (b"exit-status", uint32(126))
    assert kinds(peers.at_target()) == [M.CHANNEL_CLOSE]


def test_a_request_without_reply_is_decided_all_the_same() -> None:
    """It only isn't answered."""
    peers = Peers(deny)
    peers.ask(peers.open(), b"exec", string(b"rm -rf /"), reply=False)
    assert M.CHANNEL_SUCCESS not in kinds(peers.at_client())
    assert kinds(peers.at_target()) == [M.CHANNEL_CLOSE]


def test_input_before_the_decision_waits() -> None:
    """Up to a limit that the client is told of, whatever the target takes; approved, it follows the command."""
    peers = Peers(hold)
    peers.client(M.CHANNEL_OPEN, string(b"session"), uint32(7), uint32(1 << 20), uint32(32768))
    peers.target(M.CHANNEL_OPEN_CONFIRMATION, uint32(0), uint32(70), uint32(1 << 20), uint32(32768))
    assert peers.at_client()[0].numbers[2] == EARLY
    peers.at_target()
    peers.execute(0, b"cat").data(Side.CLIENT, 0, b"early ").data(Side.CLIENT, 0, b"data")
    peers.client(M.CHANNEL_EOF, uint32(0))
    assert peers.at_target() == []
    assert b"waiting for approval T1: somebody has to look" in errors(peers.at_client())
    peers.decide(Allow("approved"))
    heard = peers.at_target()
    assert kinds(heard) == [M.CHANNEL_REQUEST, M.CHANNEL_DATA, M.CHANNEL_EOF]
    assert data(heard) == b"early data"


def test_more_early_input_than_the_window_ends_the_connection() -> None:
    """The window is the limit."""
    peers = Peers(hold)
    number = peers.open()
    peers.execute(number)
    for _ in range(EARLY // 32768):
        peers.data(Side.CLIENT, number, bytes(32768))
    with pytest.raises(ProtocolError, match="window"):
        peers.data(Side.CLIENT, number, b"x")


def test_input_before_any_program_reaches_nobody() -> None:
    """Not even when the program is denied."""
    peers = Peers(deny)
    number = peers.open()
    peers.data(Side.CLIENT, number, b"early")
    peers.execute(number)
    assert kinds(peers.at_target()) == [M.CHANNEL_CLOSE]


def test_a_held_channel_does_not_stop_another() -> None:
    """Each waits for itself, and is answered for itself."""
    peers = Peers(lambda request: HOLD if "held" in request.action.text else ALLOW)
    first, second = peers.open(theirs=1, answer=10), peers.open(theirs=2, answer=20)
    peers.execute(first, b"held 1").execute(second, b"quick")
    assert [said.numbers[0] for said in peers.at_target()] == [20]
    third = peers.open(theirs=3, answer=30)
    peers.execute(third, b"held 3")
    peers.waiting.reverse()
    peers.decide(DENY)
    assert [said.numbers[0] for said in peers.at_target()] == [30]
    peers.decide(ALLOW)
    assert peers.at_target()[0] == Said(M.CHANNEL_REQUEST, (10, 1), (b"exec", string(b"held 1")))


def test_requests_behind_a_held_one_wait_too() -> None:
    """In order, and not without end."""
    peers = Peers(hold)
    number = peers.open()
    peers.ask(number, b"pty-req", terminal())
    peers.execute(number).ask(number, b"window-change", window(100, 50), reply=False).ask(
        number, b"signal", string(b"INT")
    )
    peers.at_target()
    peers.decide(ALLOW)
    assert [said.strings[0] for said in peers.at_target()] == [b"exec", b"window-change", b"signal"]
    peers = Peers(hold)
    number = peers.open()
    peers.execute(number)
    with pytest.raises(ProtocolError, match="too many requests"):
        peers.ask(number, b"env", strings(b"LANG", bytes(100_000)))
    peers = Peers(hold)
    number = peers.open()
    peers.execute(number)
    with pytest.raises(ProtocolError, match="too many requests"):
        for _ in range(MOST_WAITING + 1):
            peers.ask(number, b"window-change", window(1, 1))


def test_a_client_that_closes_withdraws_what_is_held() -> None:
    """An approval that comes later reaches nobody."""
    peers = Peers(hold)
    number = peers.open()
    peers.execute(number)
    peers.client(M.CHANNEL_CLOSE, uint32(number))
    assert peers.withdrawn == peers.waiting == [1]
    peers.at_target()
    peers.decide(ALLOW)
    assert peers.at_target() == []


def test_a_client_that_closes_hears_how_the_program_ended() -> None:
    """OpenSSH closes when it has read all, which may be before the target has said so; what else comes it has left."""
    peers = Peers()
    number = peers.running()
    peers.client(M.CHANNEL_CLOSE, uint32(number))
    assert kinds(peers.at_target()) == [M.CHANNEL_CLOSE]
    peers.data(Side.UPSTREAM, number, b"late").target(M.CHANNEL_EOF, uint32(number))
    status = string(b"exit-status") + boolean(False) + uint32(3)
    peers.target(M.CHANNEL_REQUEST, uint32(number), status)
    assert peers.recorded("result") == []
    peers.target(M.CHANNEL_CLOSE, uint32(number))
    heard = peers.at_client()
    assert kinds(heard) == [M.CHANNEL_REQUEST, M.CHANNEL_CLOSE]
    assert heard[0].strings == (b"exit-status", uint32(3))
    assert [result["tag"] for result in peers.recorded("result")] == ["exit 3"]
    with pytest.raises(ProtocolError, match="not open"):
        peers.client(M.CHANNEL_EOF, uint32(number))


def test_a_session_that_ends_between_two_closes_has_its_result() -> None:
    """Once, whatever the target would have said."""
    peers = Peers()
    number = peers.running()
    peers.client(M.CHANNEL_CLOSE, uint32(number))
    peers._do(peers.gate.ended(Side.CLIENT))
    assert [result["tag"] for result in peers.recorded("result")] == ["no status"]


def test_a_second_program_is_refused() -> None:
    """While the first is decided, while it runs, and of any kind."""
    for second in (b"exec", b"shell", b"subsystem"):
        peers = Peers()
        number = peers.running()
        peers.ask(number, second, *(() if second == b"shell" else (string(b"sftp"),)))
        assert kinds(peers.at_client()) == [M.CHANNEL_FAILURE]
        assert peers.at_target() == []
    peers = Peers(hold)
    number = peers.open()
    peers.execute(number, b"first").execute(number, b"second")
    peers.at_client()
    peers.decide(ALLOW)
    assert [said.strings[1] for said in peers.at_target()] == [string(b"first")]


@pytest.mark.parametrize("name", [b"exec", b"shell", b"pty", b"SFTP", b"sftp\0", b"sftp ", b"netconf", b"", b"\xff"])
def test_no_subsystem_but_sftp(name: bytes) -> None:
    """Whatever it is called."""
    peers = Peers()
    peers.ask(peers.open(), b"subsystem", string(name))
    assert kinds(peers.at_target()) == [M.CHANNEL_CLOSE]
    assert peers.actions()[-1][2] == "deny"


def test_each_request_is_its_own_permission() -> None:
    """A route that allows nothing refuses each."""
    nothing = Permissions(frozenset(), ())
    for kind, body in ((b"exec", string(b"true")), (b"shell", b""), (b"subsystem", string(b"sftp"))):
        peers = Peers(permissions=nothing)
        peers.ask(peers.open(), kind, body)
        assert kinds(peers.at_target()) == [M.CHANNEL_CLOSE], kind
    for kind, body in ((b"pty-req", terminal()), (b"env", strings(b"LANG", b"C"))):
        peers = Peers(permissions=nothing)
        peers.ask(peers.open(), kind, body)
        assert kinds(peers.at_client()) == [M.CHANNEL_FAILURE], kind
        assert peers.at_target() == []


@pytest.mark.parametrize(
    "kind", [b"auth-agent-req@example", b"X11-req", b"break", b"eow@openssh.com", b"", b"exec\0", b"EXEC", b"env "]
)
@pytest.mark.parametrize("reply", [True, False])
def test_unknown_requests_are_refused(kind: bytes, reply: bool) -> None:
    """With or without a wish for a reply; the channel goes on."""
    peers = Peers()
    number = peers.running()
    peers.ask(number, kind, b"whatever", reply=reply)
    assert kinds(peers.at_client()) == [M.CHANNEL_FAILURE] * reply
    assert peers.at_target() == []
    assert peers.actions()[-1][2] == "deny"


def test_variables() -> None:
    """Listed ones pass before the program, none after it, and not without end."""
    peers = Peers()
    number = peers.open()
    peers.ask(number, b"env", strings(b"LANG", b"C")).ask(number, b"env", strings(b"LD_PRELOAD", b"x.so"))
    assert [said.strings for said in peers.at_target()] == [(b"env", strings(b"LANG", b"C"))]
    assert [event["text"] for event in peers.recorded("notice")] == ["LANG"]
    peers.execute(number).at_target()
    peers.ask(number, b"env", strings(b"LC_ALL", b"C"))
    assert peers.at_target() == []
    number = peers.open(theirs=8, answer=80)
    for _ in range(100):
        peers.ask(number, b"env", strings(b"LANG", b"C"), reply=False)
    assert len(peers.at_target()) == 64


def test_replies_keep_the_order_of_requests() -> None:
    """The gateway's own wait for the target's before them."""
    peers = Peers()
    number = peers.open()
    peers.ask(number, b"pty-req", terminal()).ask(number, b"break").ask(number, b"shell")
    assert kinds(peers.at_client()) == [M.CHANNEL_WINDOW_ADJUST]
    peers.target(M.CHANNEL_SUCCESS, uint32(number))
    assert kinds(peers.at_client()) == [M.CHANNEL_SUCCESS, M.CHANNEL_FAILURE]
    peers.target(M.CHANNEL_FAILURE, uint32(number))
    assert kinds(peers.at_client()) == [M.CHANNEL_FAILURE]
    with pytest.raises(ProtocolError, match="reply to nothing"):
        peers.target(M.CHANNEL_SUCCESS, uint32(number))


def test_replies_are_not_awaited_without_end() -> None:
    """A target that answers nothing, and a client that goes on asking."""
    peers = Peers()
    number = peers.open()
    peers.ask(number, b"pty-req", terminal())
    with pytest.raises(ProtocolError, match="without replies"):
        for _ in range(MOST_REPLIES):
            peers.ask(number, b"window-change", window(1, 1))


def test_a_denial_behind_a_reply_that_is_awaited() -> None:
    """The client hears as many replies as it asked for, and the target's late one is dropped."""
    peers = Peers(lambda request: DENY if request.action.verb == "shell" else ALLOW)
    number = peers.open()
    peers.ask(number, b"pty-req", terminal()).ask(number, b"shell")
    assert kinds(peers.at_client())[:2] == [M.CHANNEL_SUCCESS] * 2
    peers.target(M.CHANNEL_SUCCESS, uint32(number))
    assert peers.at_client() == []


def test_signals_by_name() -> None:
    """The known ones, to a program that runs."""
    peers = Peers()
    number = peers.open()
    peers.ask(number, b"signal", string(b"TERM"))
    assert peers.at_target() == []
    peers.execute(number).ask(number, b"signal", string(b"TERM")).ask(number, b"signal", string(b"EVIL@x"))
    assert [said.strings[0] for said in peers.at_target()] == [b"exec", b"signal"]


def test_a_target_asks_nothing() -> None:
    """What it tells of the program passes; anything else is refused, and a keepalive answered."""
    peers = Peers()
    number = peers.running()
    for kind, rest in ((b"keepalive@openssh.com", b""), (b"exec", string(b"x")), (b"exit-status", uint32(0))):
        peers.target(M.CHANNEL_REQUEST, uint32(number), string(kind), boolean(True), rest)
    assert kinds(peers.at_target()) == [M.CHANNEL_FAILURE] * 3
    assert [said.strings[0] for said in peers.at_client()] == [b"exit-status"]
    peers.target(
        M.CHANNEL_REQUEST, uint32(number), string(b"exit-signal"), boolean(False), string(b"KILL"), boolean(False),
        strings(b"", b""),
    )  # fmt: skip
    assert peers.at_client()[0].strings[0] == b"exit-signal"


@pytest.mark.parametrize(
    ("kind", "rest"), [(b"eow@openssh.com", b"JUNK"), (b"xon-xoff", b"\1JUNK"), (b"exit-status", uint32(0) + b"JUNK")]
)
def test_a_target_tells_no_more_than_is_understood(kind: bytes, rest: bytes) -> None:
    """Bytes behind what belongs there end the connection."""
    peers = Peers()
    number = peers.running()
    with pytest.raises(ProtocolError):
        peers.target(M.CHANNEL_REQUEST, uint32(number), string(kind), boolean(False), rest)


def test_output_of_no_program_ends_the_connection() -> None:
    """A target that speaks before it runs anything is none."""
    peers = Peers()
    number = peers.open()
    with pytest.raises(ProtocolError, match="no program"):
        peers.data(Side.UPSTREAM, number, b"x")


def test_a_terminal_is_recorded() -> None:
    """What it shows, its sizes, and what is echoed."""
    peers = Peers()
    number = peers.open()
    peers.ask(number, b"pty-req", terminal(80, 24)).ask(number, b"shell")
    peers.data(Side.CLIENT, number, b"ls\r").data(Side.UPSTREAM, number, b"ls\r\nfile\r\n")
    peers.ask(number, b"window-change", window(100, 50), reply=False)
    assert [event["data"] for event in peers.recorded("output")] == ["ls\r\nfile\r\n"]
    assert [event["data"] for event in peers.recorded("input")] == ["ls\r"]
    assert [(event["columns"], event["rows"]) for event in peers.recorded("resize")] == [(100, 50)]


def test_masked_output_waits_for_the_end_of_its_line() -> None:
    """Or for silence; what the client sees is what is recorded."""
    masker = FakeMasker(
        {name: Rewrite(lambda text: text.replace(b"secret", b"******")) for name in ("stdout", "stderr")}
    )
    peers = Peers(maskers=(masker,))
    number = peers.open()
    peers.ask(number, b"pty-req", terminal()).ask(number, b"shell")
    peers.at_client()
    peers.data(Side.UPSTREAM, number, b"a sec")
    assert peers.at_client() == []
    assert peers.gate.keeps
    peers.data(Side.UPSTREAM, number, b"ret\r\n$ ")
    assert data(peers.at_client()) == b"a ******\r\n"
    peers._do(peers.gate.flush())
    assert data(peers.at_client()) == b"$ "
    assert "".join(event["data"] for event in peers.recorded("output")) == "a ******\r\n$ "


def test_masked_output_does_not_stop_the_target() -> None:
    """Room that is not used up is given back, however little passes."""
    masker = FakeMasker({"stdout": Rewrite(lambda text: text)})
    peers = Peers(maskers=(masker,))
    number = peers.running(room=4000)
    allowed = 4000
    for _ in range(50):
        peers.data(Side.UPSTREAM, number, b"x" * 99 + b"\n")
        peers.client(M.CHANNEL_WINDOW_ADJUST, uint32(number), uint32(100))
        allowed += sum(said.numbers[1] for said in peers.at_target()) - 100
    assert allowed == 4000


def test_what_can_not_be_masked_in_a_stream_does_not_run() -> None:
    """A mask of whole values has no meaning here."""
    peers = Peers(maskers=(FakeMasker({"stdout": Redact()}),))
    peers.execute(peers.open())
    assert kinds(peers.at_target()) == [M.CHANNEL_CLOSE]
