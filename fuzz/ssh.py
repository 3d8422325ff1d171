"""SSH's parsers against arbitrary bytes: both roles before and after keys, certificates, known hosts, PK tokens, the
gate's messages and SFTP.

Each parses or raises ProtocolError (ConfigError for a known_hosts file, TokenRejected for a PK token), and no stranger
is let in. `python -m fuzz.ssh [-max_total_time=SECONDS]`
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

import atheris

with atheris.instrument_imports():
    from tests.protocols.ssh.endpoints import host_keys
    from tests.protocols.ssh.peers import Peers, terminal
    from tests.protocols.ssh.test_sftp import files
    from tests.protocols.ssh.wired import Wired
    from tokengate.errors import ConfigError, ProtocolError, TokenRejected
    from tokengate.protocols.ssh import certificates, keys, pktoken
    from tokengate.protocols.ssh.knownhosts import KnownHosts
    from tokengate.values import Side


def server(data: bytes) -> None:
    """What a stranger sends to our server, from the first byte on."""
    _received(Wired().server, data)


def client(data: bytes) -> None:
    """What a target sends to our client."""
    _received(Wired().client, data)


def login(data: bytes) -> None:
    """A message under the first keys, where users are authenticated."""
    wired = Wired(settings={"authenticate": _nobody, "authorities": frozenset({host_keys()[0].blob})})
    wired.client.instance.serviceStarted = lambda: None  # type: ignore[method-assign]
    wired.exchange()
    wired.client._transmit(data[0] if data else 50, data[1:])
    _received(wired.server, bytes(wired.client_stream.written))
    if wired.server.authenticated:
        raise AssertionError("a stranger was let in")


def user(data: bytes) -> None:
    """A message of a user's, above our own layer; 127 is the test service's own failure."""
    wired = Wired().exchange()
    wired.client._transmit(data[0] if data and data[0] != 127 else 0, data[1:])
    _received(wired.server, bytes(wired.client_stream.written))


def blobs(data: bytes) -> None:
    """Keys, signatures and certificates."""
    with suppress(ProtocolError):
        certificates.parse(data)
    with suppress(ProtocolError):
        keys.decode(data)
    for key in host_keys():
        with suppress(ProtocolError):
            keys.verify(keys.decode(key.blob), key.algorithms[0], data, b"signed")
    with suppress(TokenRejected):
        pktoken.unwrap(data, keys.decode(host_keys()[0].blob))


def hosts(data: bytes) -> None:
    """A known_hosts file, and what a target shows against it."""
    with suppress(ConfigError, ProtocolError):
        found = KnownHosts.parse(data.decode("utf-8", "replace")).host("db.internal", 2222)
        for algorithm in found.algorithms:
            found.verify(algorithm, data, 0.0)


def connection(data: bytes) -> None:
    """Messages of the connection protocol, of either side: what the gate makes of them is a step or an error."""
    peers = Peers()
    number = peers.open()
    peers.ask(number, b"pty-req", terminal())
    with suppress(ProtocolError):
        for side, kind, body in _pieces(data):
            peers.says(side, 80 + kind % 21, body)


def sftp(data: bytes) -> None:
    """Packets of SFTP, of either side."""
    made = files()
    made.opened()
    with suppress(ProtocolError):
        for side, kind, body in _pieces(data):
            made.raw(side, (len(body) + 1).to_bytes(4, "big") + bytes((kind,)) + body)
            made.at_target()


TARGETS: list[Callable[[bytes], None]] = [server, client, login, user, blobs, hosts, connection, sftp]


def _pieces(data: bytes) -> Iterator[tuple[Side, int, bytes]]:
    """Side, kind and body of one message after the other, by bytes that say so."""
    while len(data) >= 3:
        length = data[2]
        yield Side(data[0] & 1), data[1], data[3 : 3 + length]
        data = data[3 + length :]


async def _nobody(credential: object, name: str) -> object:
    raise TokenRejected("unknown")


def _received(transport: object, data: bytes) -> None:
    with suppress(ProtocolError):
        transport._receive(data)  # type: ignore[attr-defined]  # below the net that catches everything


def one(data: bytes) -> None:
    """The first byte chooses what the rest is."""
    if data:
        TARGETS[data[0] % len(TARGETS)](data[1:])


def main() -> None:
    """Run until stopped."""
    assert host_keys()
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
