"""Version lines: cut anywhere, too long, not SSH."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.errors import ProtocolError
from tokengate.protocols.ssh.greeting import MAX_BANNER, Greeting
from tokengate.protocols.ssh.wire import reason_of


@pytest.mark.parametrize("of_server", [False, True])
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("line", [b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u6", b"SSH-1.99-x", b"SSH-2.0-" + b"x" * 245])
def test_a_version_however_it_is_cut(of_server: bool, end: bytes, line: bytes) -> None:
    """What follows is handed on, byte for byte."""
    for step in (1, 3, 300):
        greeting, rest = Greeting(of_server), b""
        data = line + end + b"\0\0\0\x0crest"
        for at in range(0, len(data), step):
            piece = data[at : at + step]
            rest += piece if greeting.version else greeting.feed(piece)
        assert greeting.version == line
        assert rest == b"\0\0\0\x0crest"


@pytest.mark.parametrize(
    "line",
    [
        b"SSH-1.5-old",
        b"SSH-2.0-",
        b"SSH-2.0-a\0b",
        b"SSH-2.0-\xff",
        b"SSH-3.0-x",
        b"SSH-2.0- x",
        b"SSH-2.0-" + b"x" * 250,
    ],
)
def test_a_version_that_is_none(line: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        Greeting(True).feed(line + b"\r\n")
    assert reason_of(caught.value) == 8


def test_only_servers_may_say_something_before() -> None:
    """And not much."""
    banner = b"Authorized use only\r\nreally\r\n"
    greeting = Greeting(True)
    assert greeting.feed(banner + b"SSH-2.0-x\r\nrest") == b"rest"
    with pytest.raises(ProtocolError):
        Greeting(False).feed(banner)
    with pytest.raises(ProtocolError):
        Greeting(True).feed(b"line\n" * (MAX_BANNER // 5 + 1))
    with pytest.raises(ProtocolError):
        Greeting(True).feed(b"x" * MAX_BANNER)
    with pytest.raises(ProtocolError):
        Greeting(False).feed(b"GET / HTTP/1.1\r\n")
    with pytest.raises(ProtocolError):
        Greeting(False).feed(b"x" * 255)


@given(st.binary(max_size=100), st.booleans())
def test_any_bytes_at_all(data: bytes, of_server: bool) -> None:
    with suppress(ProtocolError):
        Greeting(of_server).feed(data)
