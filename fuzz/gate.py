"""Both sides of the PostgreSQL gate against arbitrary bytes: it parses or raises ProtocolError, and shows no secret.

`python -m fuzz.gate [-max_total_time=SECONDS]`
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports():
    from tests.protocols.postgres.conversation import ACTIONS, Conversation
    from tokengate.errors import ProtocolError
    from tokengate.protocols.postgres import wire

SECRET = b"alice@example.com"


def one(data: bytes) -> None:
    """The first byte chooses a side and whether the route masks; the rest is what that side sends, cut in two."""
    if len(data) < 3:
        return
    talk = Conversation(masks=bool(data[0] & 1))
    cut = data[1] % len(data)
    pieces = [piece for piece in (data[2 : 2 + cut], data[2 + cut :]) if piece]
    try:
        if data[0] & 2:
            for piece in pieces:
                talk.client(piece)
        else:
            talk.client(wire.query(b"select email from customers"))
            for piece in pieces:
                shown = talk.upstream(piece)
                if talk.pipeline.masks and SECRET in shown:
                    raise AssertionError("a masked value came out")
    except (ProtocolError, KeyError, UnicodeDecodeError):
        pass  # KeyError: a text the script doesn't know


def main() -> None:
    """Run until stopped, from a few real conversations."""
    assert ACTIONS
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
