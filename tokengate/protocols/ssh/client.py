"""The gateway's end towards a target: an SSH client's half of `transport`.

The host key is verified before anything else is believed. At later key exchanges it must be the same, which is all that
is asked of it then: a host certificate may run out in a session's middle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.conch.ssh.service import SSHService
from twisted.python.failure import Failure

from tokengate.protocols.ssh.algorithms import CERTIFICATE_SUFFIX, Offer
from tokengate.protocols.ssh.keying import Limits
from tokengate.protocols.ssh.keys import PublicKey, verify
from tokengate.protocols.ssh.transport import Transport
from tokengate.protocols.ssh.wire import Message, Reader, Reason, broken, string

VerifyHost = Callable[[bytes, bytes], PublicKey]
"""Of an algorithm and a host key's or host certificate's wire form, the key that signs. Raises `ProtocolError` for one
that isn't the target's.
"""


class ClientTransport(Transport):
    """One connection to a target. `login` is the service asked for once the host is known to be the right one.

    `failed` hears of the connection's end, with a problem and a detail in words; more than once.
    """

    isClient = True
    _kex_number = Message.KEX_REPLY

    def __init__(
        self,
        offer: Offer,
        verify_host: VerifyHost,
        login: SSHService,
        failed: Callable[[str, str], None],
        clock: Any,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(offer, clock, limits or Limits())
        self.instance = login
        self._verify_host = verify_host
        self._failed = failed
        self._host: tuple[bytes, PublicKey] | None = None  # as shown first: its wire form, the key that signs
        self._handlers |= {Message.KEX_REPLY: self._kex_reply, Message.SERVICE_ACCEPT: self._service_accept}

    def _agreed(self) -> None:
        assert self._agreeing is not None
        self._transmit(Message.KEX_INIT, string(self._agreeing.offer()))

    def _kex_reply(self, body: bytes) -> None:
        """The server's public value, host key and signature."""
        agreement, agreeing = self._agreement, self._agreeing
        assert agreement is not None
        assert agreeing is not None
        if agreement.wasted_guess:
            self._agreement = agreement.without_guess()
            return
        reader = Reader(body, "KEX_REPLY")
        host_key, answered, signature = reader.strings(3)
        reader.end()
        key = self._key_of(agreement.host_key, host_key)
        secret = agreeing.finish(answered, host_key)
        verify(key, agreement.host_key.removesuffix(CERTIFICATE_SUFFIX), signature, secret.digest)
        self._host = host_key, key
        self._take(secret)

    def _key_of(self, algorithm: bytes, host_key: bytes) -> PublicKey:
        if self._host is None:
            return self._verify_host(algorithm, host_key)
        if self._host[0] != host_key:
            raise broken("the host key changed", Reason.HOST_KEY_NOT_VERIFIABLE)
        return self._host[1]

    def _secured(self) -> None:
        self.sendPacket(Message.SERVICE_REQUEST, string(self.instance.name))

    def _service_accept(self, body: bytes) -> None:
        if self.service is not None or body != string(self.instance.name):
            raise broken("a service that was not asked for")
        self.setService(self.instance)

    def receiveError(self, reasonCode: int, description: bytes) -> None:
        """The target ends the connection, in its own words."""
        super().receiveError(reasonCode, description)
        self._failed("the upstream ended the connection", description[:200].decode("utf-8", "replace"))

    def sendDisconnect(self, reason: int, desc: bytes) -> None:
        """The gateway ends it."""
        super().sendDisconnect(reason, desc)
        self._failed(_PROBLEMS.get(reason, "the upstream's SSH can't be used"), desc.decode())

    def connectionLost(self, reason: Failure | None = None) -> None:
        """The stream is gone."""
        super().connectionLost(reason)
        self._failed("the upstream closed the connection", "")


_PROBLEMS: dict[int, str] = {
    Reason.HOST_KEY_NOT_VERIFIABLE: "the upstream's host key is not the known one",
    Reason.KEY_EXCHANGE_FAILED: "the upstream and the gateway have no algorithm in common",
}
