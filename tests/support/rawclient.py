"""A client that sends whatever bytes a test likes, once it has logged in over TLS."""

from __future__ import annotations

import socket
import ssl
import struct

from tests.support.gateway import Gateway
from tokengate.protocols.postgres import wire


def login(gateway: Gateway, route: str, token: str | None = None) -> ssl.SSLSocket:
    """A TLS socket with a session that is ready for a query."""
    plain = socket.create_connection(("127.0.0.1", gateway.ports[route]))
    plain.sendall(wire.ssl_request())
    assert plain.recv(1) == b"S"
    context = ssl.create_default_context(cafile=str(gateway.ca))
    sock = context.wrap_socket(plain, server_hostname="localhost")
    sock.sendall(wire.startup_message(wire.PROTOCOL_3_0, {"user": "ci", "database": "sample"}))
    kind = b""
    while kind != b"Z":
        kind, payload = read(sock)
        assert kind != b"E", payload
        if kind == b"R" and payload == struct.pack("!i", 3):
            sock.sendall(wire.message(b"p", wire.cstring(token or gateway.token())))
    return sock


def read(sock: ssl.SSLSocket) -> tuple[bytes, bytes]:
    """One message."""
    head = exactly(sock, 5)
    return head[:1], exactly(sock, struct.unpack("!i", head[1:])[0] - 4)


def exactly(sock: ssl.SSLSocket, count: int) -> bytes:
    """`count` bytes."""
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        assert piece, "the connection was closed"
        data += piece
    return data
