"""The gateway's end towards a client: an SSH server's half of `transport`.

It shows the host keys, and starts the one service a stranger may ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.conch.ssh.service import SSHService

from tokengate.protocols.ssh.algorithms import CERTIFICATES, SIGNATURES, Offer
from tokengate.protocols.ssh.keying import Limits
from tokengate.protocols.ssh.keys import SigningKey
from tokengate.protocols.ssh.transport import Transport
from tokengate.protocols.ssh.wire import Message, Reader, Reason, broken, name_list, string, strings, uint32

USERAUTH = b"ssh-userauth"


class ServerTransport(Transport):
    """One client's connection. `userauth` makes the service that decides who the user is; it calls `accept`."""

    isClient = False
    _kex_number = Message.KEX_INIT

    def __init__(
        self,
        host_keys: Sequence[SigningKey],
        userauth: Callable[[], SSHService],
        clock: Any,
        limits: Limits | None = None,
        offer: Offer | None = None,
    ) -> None:
        known = {algorithm: key for key in host_keys for algorithm in key.algorithms}
        self._host_keys = {name: known[name] for name in SIGNATURES if name in known}
        base = offer or Offer()
        super().__init__(base.with_host_keys(tuple(self._host_keys)), clock, limits or Limits())
        self._userauth = userauth
        self._handlers |= {Message.KEX_INIT: self._kex_init, Message.SERVICE_REQUEST: self._service_request}

    def _kex_init(self, body: bytes) -> None:
        """The client's public value: ours, the host key and its signature go back."""
        agreement, agreeing = self._agreement, self._agreeing
        assert agreement is not None
        assert agreeing is not None
        if agreement.wasted_guess:
            self._agreement = agreement.without_guess()
            return
        reader = Reader(body, "KEX_INIT")
        offered = reader.string()
        reader.end()
        key = self._host_keys[agreement.host_key]
        answered, secret = agreeing.answer(offered, key.blob)
        signature = key.sign(agreement.host_key, secret.digest)
        self._transmit(Message.KEX_REPLY, strings(key.blob, answered, signature))
        self._take(secret)

    def _introduce(self) -> None:
        """Tell which signatures a user's key may make (RFC 8308, section 3.1)."""
        if self._peer_ext_info:
            value = name_list((*SIGNATURES, *CERTIFICATES))
            self._transmit(Message.EXT_INFO, uint32(1) + string(b"server-sig-algs") + value)

    def _service_request(self, body: bytes) -> None:
        reader = Reader(body, "SERVICE_REQUEST")
        name = reader.string()
        reader.end()
        if name != USERAUTH or self.service is not None:
            raise broken("no such service now", Reason.SERVICE_NOT_AVAILABLE)
        self.sendPacket(Message.SERVICE_ACCEPT, string(name))
        self.setService(self._userauth())
