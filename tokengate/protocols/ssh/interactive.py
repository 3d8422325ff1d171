"""What a client is asked at a prompt (RFC 4256): its token, or to approve a link that its issuer gives.

Part of `userauth`, which sends the question and hands the answer in. Where the route has a device flow, the first
question of a connection shows a link: an empty answer waits until it is approved, any other is a token.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.logger import Logger

from tokengate.errors import TokenRejected, VerifierUnavailable
from tokengate.protocols.ssh.wire import boolean, string, strings, uint32

PROMPT = "Token: "
LINK_PROMPT = "Enter to wait for the approval, or a token: "
LINK = "To log in, open {link}\nin a browser and approve the code {code}."
NO_LINK = "Nobody can log in by a link now. A token is needed."

TOLD = {"denied": "the login was declined", "expired": "the login was not approved in time"}
"""What a person hears of a login by link that was refused: it is what they know. Of a token nobody is told why."""

_log = Logger()


class Interactive:
    """One connection's prompts. `device`: an `IDeviceFlow`, or None; `tell`: says something to the user."""

    def __init__(self, device: Any, peer: str, tell: Callable[[str], None]) -> None:
        self._device = device  # None once it was asked: one link a connection
        self._peer = peer
        self._tell = tell
        self._login: Any = None
        self._text = ""

    @property
    def may_link(self) -> bool:
        """Whether a link may be had for the next question."""
        return self._device is not None

    async def link(self) -> float:
        """Get a link for the next question: the seconds for which it can be approved, 0 where there is none."""
        device, self._device = self._device, None
        try:
            login = self._login = await device.begin(self._peer)
        except (TokenRejected, VerifierUnavailable) as error:
            _log.warn("{peer} gets no link to log in: {why}", peer=self._peer, why=str(error))
            self._text = NO_LINK
            return 0.0
        self._text = LINK.format(link=login.link, code=login.code)
        return float(login.seconds)

    def question(self) -> bytes:
        """The body of an INFO_REQUEST."""
        prompt = PROMPT if self._login is None else LINK_PROMPT
        return strings(b"", self._text.encode(), b"") + uint32(1) + string(prompt.encode()) + boolean(False)

    async def token(self, answer: bytes) -> bytes:
        """The token that an answer stands for. Raises `TokenRejected`, `VerifierUnavailable`."""
        login = self._login
        if answer or login is None:
            self.close()
            return answer
        try:
            token: bytes = await login.token()
        except TokenRejected as error:
            self._tell(TOLD.get(error.reason, "the login was refused"))
            raise
        return token

    def close(self) -> None:
        """The question is taken back, or its answer was looked at: no login waits any more."""
        self._text = ""
        login, self._login = self._login, None
        if login is not None:
            login.close()
