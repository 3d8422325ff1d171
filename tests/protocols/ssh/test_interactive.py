"""Logging in at a prompt, by a link or a token: the whole dialogue, and everything that ends it early."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from tests.protocols.ssh.endpoints import TOKEN
from tests.protocols.ssh.test_userauth import FAILURE, SUCCESS, Talk
from tests.protocols.ssh.wired import PEER
from tokengate.errors import TokenRejected, VerifierUnavailable
from tokengate.protocols.ssh.credentials import Token
from tokengate.protocols.ssh.interactive import LINK_PROMPT, NO_LINK, PROMPT
from tokengate.protocols.ssh.throttle import Throttle
from tokengate.protocols.ssh.wire import Message, Reader, string, strings, uint32

LASTS = 240.0


class Device:
    """A device flow by hand: `links` and `tokens` fire when the test says so."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.links: list[Deferred[Any]] = []
        self.tokens: list[Deferred[bytes]] = []
        self.closed = 0
        self.cancelled = 0

    async def begin(self, source: str) -> Any:
        self.begun.append(source)
        self.links.append(Deferred(self._cancel))
        await self.links[-1]
        return Login(self)

    def _cancel(self, _: Any) -> None:
        self.cancelled += 1


class Login:
    link, code, seconds = "https://id.example/link?user_code=WDJB", "WDJB", LASTS

    def __init__(self, device: Device) -> None:
        self.device = device

    async def token(self) -> bytes:
        self.device.tokens.append(Deferred(self.device._cancel))
        return await self.device.tokens[-1]

    def close(self) -> None:
        self.device.closed += 1


class Linked(Talk):
    """A client of a service with a device flow."""

    def __init__(self, **settings: Any) -> None:
        self.device = Device()
        super().__init__(device=self.device, **settings)

    def prompt(self) -> tuple[str, str]:
        """Ask to be prompted, and have the link: instruction and prompt."""
        self.request(b"keyboard-interactive", strings(b"", b""))
        self.device.links[-1].callback(None)
        return shown(self.listen())

    def answer(self, text: bytes) -> list[tuple[int, bytes]]:
        return self.say(Message.USERAUTH_INFO_RESPONSE, uint32(1) + string(text))

    def prompted_again(self) -> tuple[str, str]:
        return shown(self.request(b"keyboard-interactive", strings(b"", b"")))


def shown(heard: list[tuple[int, bytes]]) -> tuple[str, str]:
    ((number, body),) = heard
    assert number == Message.USERAUTH_INFO_REQUEST
    reader = Reader(body, "test")
    _, instruction, _ = reader.strings(3)
    assert reader.uint32() == 1
    return instruction.decode(), reader.string().decode()


def test_a_link_that_is_approved() -> None:
    """The link and its code are shown; an empty answer waits; the issuer's token is verified as any other."""
    talk = Linked()
    instruction, prompt = talk.prompt()
    assert "https://id.example/link?user_code=WDJB" in instruction
    assert "the code WDJB" in instruction
    assert prompt == LINK_PROMPT
    assert talk.device.tokens == []
    assert talk.answer(b"") == []
    talk.device.tokens[0].callback(TOKEN)
    assert talk.listen() == [SUCCESS]
    assert talk.wired.shown == [Token(TOKEN)]
    assert (talk.device.begun, talk.device.closed) == ([PEER], 1)


def test_a_token_at_the_same_prompt() -> None:
    """Ends the login by link, which nobody waits for any more."""
    talk = Linked()
    talk.prompt()
    assert talk.answer(TOKEN) == [SUCCESS]
    assert (talk.device.tokens, talk.device.closed) == ([], 1)


def test_no_link_for_those_who_need_none() -> None:
    """Passwords, keys and other methods ask the issuer nothing."""
    talk = Linked()
    talk.request(b"none")
    talk.offer(b"nonsense", b"ssh-ed25519")
    assert talk.password(b"wrong") == [FAILURE]
    assert talk.password() == [SUCCESS]
    assert talk.device.begun == []


def test_the_issuers_token_is_not_good_enough() -> None:
    """Approved by somebody whose token the route refuses: a refusal like any."""
    talk = Linked()
    talk.prompt()
    talk.answer(b"")
    talk.device.tokens[0].callback(b"of somebody else")
    assert talk.listen() == [FAILURE]
    assert talk.wired.shown == [Token(b"of somebody else")]
    assert talk.device.closed == 1


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (TokenRejected("denied"), b"the login was declined"),
        (TokenRejected("expired"), b"not approved in time"),
        (TokenRejected("else"), b"the login was refused"),
        (VerifierUnavailable("id", "its own reasons"), b"try again later"),
    ],
)
def test_a_login_that_fails(error: Exception, told: bytes) -> None:
    """Says why, is refused, and leaves a prompt for a token."""
    talk = Linked()
    talk.prompt()
    talk.answer(b"")
    talk.device.tokens[0].errback(error)
    banner, failure = talk.listen()
    assert banner[0] == Message.USERAUTH_BANNER
    assert told in banner[1]
    assert b"its own reasons" not in banner[1]
    assert failure == FAILURE
    assert talk.device.closed == 1
    assert talk.prompted_again() == ("", PROMPT)
    assert talk.answer(b"") == [FAILURE]
    assert talk.password() == [SUCCESS]


@pytest.mark.parametrize("error", [TokenRejected("limit"), VerifierUnavailable("id", "its own reasons")])
def test_no_link_can_be_had(error: Exception) -> None:
    """The prompt comes all the same, for a token."""
    talk = Linked()
    talk.request(b"keyboard-interactive", strings(b"", b""))
    talk.device.links[0].errback(error)
    assert shown(talk.listen()) == (NO_LINK, PROMPT)
    assert talk.answer(b"") == [FAILURE]
    assert talk.prompted_again() == ("", PROMPT)
    assert talk.answer(TOKEN) == [SUCCESS]
    assert len(talk.device.begun) == 1


def test_one_link_a_connection() -> None:
    """However often it asks to be prompted; a request takes the prompt back, and the link with it."""
    talk = Linked()
    talk.prompt()
    for _ in range(5):
        assert talk.prompted_again() == ("", PROMPT)
    assert (len(talk.device.begun), talk.device.closed) == (1, 1)
    assert talk.answer(b"") == [FAILURE]
    assert talk.device.tokens == []


def test_a_source_that_failed_too_often_gets_no_link() -> None:
    """Nor is its login by link waited for."""
    throttle = Throttle(lambda: 0.0, failures=1)
    talk = Linked(throttle=throttle)
    talk.prompt()
    throttle.failed(PEER)
    assert talk.answer(b"") == [FAILURE]
    assert (talk.device.tokens, talk.device.closed) == ([], 1)
    other = Linked(throttle=throttle)
    assert other.prompted_again() == ("", PROMPT)
    assert other.device.begun == []


def test_a_client_that_leaves() -> None:
    """While the link is being had, while it is shown, while it is waited for: nothing goes on."""
    talk = Linked()
    talk.request(b"keyboard-interactive", strings(b"", b""))
    talk.wired.server_stream.leave()
    assert talk.device.cancelled == 1
    talk = Linked()
    talk.prompt()
    talk.wired.server_stream.leave()
    assert talk.device.closed == 1
    talk = Linked()
    talk.prompt()
    talk.answer(b"")
    talk.wired.server_stream.leave()
    assert (talk.device.cancelled, talk.device.closed) == (1, 1)


def test_what_comes_meanwhile_waits() -> None:
    """A client that gives up the prompt before it has it is answered in order."""
    talk = Linked()
    talk.request(b"keyboard-interactive", strings(b"", b""))
    assert talk.password() == []
    talk.device.links[0].callback(None)
    (question, success) = talk.listen()
    assert question[0] == Message.USERAUTH_INFO_REQUEST
    assert success == SUCCESS
    assert talk.device.closed == 1


def test_a_person_has_more_time() -> None:
    """The login may take as long as the link lives and then what it may always take; without one, no longer."""
    talk = Linked()
    talk.prompt()
    talk.answer(b"")
    login = talk.wired.limits.login
    talk.wired.clock.advance(LASTS + login - 1)
    assert not talk.over
    talk.wired.clock.advance(2)
    assert talk.over
    assert (talk.device.cancelled, talk.device.closed) == (0, 0)
    talk.wired.server_stream.leave()
    assert (talk.device.cancelled, talk.device.closed) == (1, 1)
    talk = Linked()
    talk.request(b"keyboard-interactive", strings(b"", b""))
    talk.wired.clock.advance(login + 1)
    assert talk.over


def test_a_flow_that_fails_lets_nobody_in() -> None:
    """Whatever a plugin does."""
    talk = Linked()
    talk.request(b"keyboard-interactive", strings(b"", b""))
    talk.device.links[0].errback(RuntimeError("broken"))
    assert talk.listen() == []
    assert talk.over
    assert not talk.wired.server.authenticated
