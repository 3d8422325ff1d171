"""Messages of the connection protocol as tests compare them."""

from __future__ import annotations

from typing import NamedTuple

from tokengate.protocols.ssh.wire import Message, Reader


class Said(NamedTuple):
    """One message: its kind, its numbers in order, its strings in order."""

    kind: Message
    numbers: tuple[int, ...] = ()
    strings: tuple[bytes, ...] = ()


SHAPES: dict[int, str] = {
    Message.GLOBAL_REQUEST: "sbr",
    Message.REQUEST_SUCCESS: "r",
    Message.REQUEST_FAILURE: "",
    Message.CHANNEL_OPEN: "snnnr",
    Message.CHANNEL_OPEN_CONFIRMATION: "nnnn",
    Message.CHANNEL_OPEN_FAILURE: "nnss",
    Message.CHANNEL_WINDOW_ADJUST: "nn",
    Message.CHANNEL_DATA: "ns",
    Message.CHANNEL_EXTENDED_DATA: "nns",
    Message.CHANNEL_EOF: "n",
    Message.CHANNEL_CLOSE: "n",
    Message.CHANNEL_REQUEST: "nsbr",
    Message.CHANNEL_SUCCESS: "n",
    Message.CHANNEL_FAILURE: "n",
}


def read(payload: bytes) -> Said:
    """A message taken apart, to its last byte."""
    reader = Reader(payload[1:], "message")
    numbers: list[int] = []
    strings: list[bytes] = []
    for item in SHAPES[payload[0]]:
        match item:
            case "n":
                numbers.append(reader.uint32())
            case "s":
                strings.append(reader.string())
            case "b":
                numbers.append(int(reader.boolean()))
            case _:
                strings.append(reader.rest())
    reader.end()
    return Said(Message(payload[0]), tuple(numbers), tuple(strings))


def kinds(said: list[Said]) -> list[Message]:
    """What kinds of messages these are."""
    return [one.kind for one in said]


def data(said: list[Said]) -> bytes:
    """All ordinary data in them."""
    return b"".join(one.strings[0] for one in said if one.kind is Message.CHANNEL_DATA)


def errors(said: list[Said]) -> bytes:
    """All data for stderr in them."""
    return b"".join(one.strings[0] for one in said if one.kind is Message.CHANNEL_EXTENDED_DATA)
