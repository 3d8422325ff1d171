"""Packets in every protection: cut anywhere, changed anywhere, out of order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokengate.errors import ProtocolError
from tokengate.protocols.ssh.algorithms import AEAD_CIPHERS, CIPHERS, MACS, Direction
from tokengate.protocols.ssh.ciphers import Cipher, Plain, make, sizes
from tokengate.protocols.ssh.packets import MAX_PACKET, PacketReader, PacketWriter
from tokengate.protocols.ssh.wire import reason_of, uint32

PROTECTIONS = [
    *(Direction(cipher, b"") for cipher in AEAD_CIPHERS),
    *(Direction(cipher, mac) for cipher in CIPHERS if cipher not in AEAD_CIPHERS for mac in MACS),
]
every_protection = pytest.mark.parametrize("protection", PROTECTIONS, ids=lambda way: b" ".join(way).decode())


def ciphers(direction: Direction) -> tuple[Cipher, Cipher]:
    need = sizes(direction)
    material = os.urandom(need.iv), os.urandom(need.key), os.urandom(need.mac)
    return make(direction, *material), make(direction, *material)


def pair(direction: Direction | None = None) -> tuple[PacketWriter, PacketReader]:
    writer, reader = PacketWriter(), PacketReader()
    sealing, opening = (Plain(), Plain()) if direction is None else ciphers(direction)
    writer.rekey(sealing, False)
    reader.rekey(opening, False)
    return writer, reader


def messages(reader: PacketReader) -> Iterator[tuple[int, bytes]]:
    while (message := reader.next()) is not None:
        yield message


@given(st.sampled_from(PROTECTIONS), st.lists(st.binary(max_size=100), max_size=6), st.integers(1, 70))
@settings(max_examples=300, deadline=None)
def test_what_is_sealed_is_opened(protection: Direction, bodies: list[bytes], step: int) -> None:
    """However the bytes are cut."""
    writer, reader = pair(protection)
    data = b"".join(writer.seal(number, body) for number, body in enumerate(bodies, 1))
    opened = []
    for at in range(0, len(data), step):
        reader.add(data[at : at + step])
        opened += messages(reader)
    assert opened == list(enumerate(bodies, 1))
    assert writer.packets == reader.packets == len(bodies)
    assert writer.bytes == reader.bytes == len(data)


@every_protection
def test_every_byte_counts(protection: Direction) -> None:
    """A packet with any bit changed is not opened: a bad length or a bad MAC, at once or when the length has come in."""
    size = len(pair(protection)[0].seal(94, bytes(20)))
    for at in range(size):
        writer, reader = pair(protection)
        data = bytearray(writer.seal(94, bytes(20)))
        data[at] ^= 1 << at % 8
        reader.add(bytes(data) + bytes(MAX_PACKET + 100))
        with pytest.raises(ProtocolError) as caught:
            reader.next()
        assert reason_of(caught.value) in (2, 5)


@every_protection
def test_order_counts(protection: Direction) -> None:
    """A packet repeated, left out, or moved is not opened."""
    for order in ((0, 0), (1,), (0, 2), (1, 0)):
        writer, reader = pair(protection)
        packets = [writer.seal(94, bytes([number])) for number in range(3)]
        reader.add(b"".join(packets[at] for at in order) + bytes(MAX_PACKET))
        with pytest.raises(ProtocolError):
            list(messages(reader))


@every_protection
def test_sizes_and_padding(protection: Direction) -> None:
    """From nothing to more than OpenSSH ever sends; the largest there may be, and no more."""
    writer, reader = pair(protection)
    for size in (*range(40), 32768, 35000, MAX_PACKET - 40):
        reader.add(writer.seal(1, bytes(size)))
        assert reader.next() == (1, bytes(size))
    reader.add(writer.seal(1, bytes(MAX_PACKET)))
    with pytest.raises(ProtocolError):
        reader.next()


@pytest.mark.parametrize("length", [0, 1, 4, 8, 11, 13, MAX_PACKET + 4, 0xFFFFFFFF])
def test_lengths_that_can_not_be(length: int) -> None:
    """Zero, not a multiple of the block, too long: refused before anything more is waited for."""
    _, reader = pair()
    reader.add(uint32(length))
    with pytest.raises(ProtocolError):
        if reader.next() is None:
            reader.add(bytes(length))
            reader.next()


@pytest.mark.parametrize("padding", [0, 3, 11, 12, 255])
def test_paddings_that_can_not_be(padding: int) -> None:
    """Fewer than four bytes, or no room for a message."""
    _, reader = pair()
    reader.add(uint32(12) + bytes([padding]) + bytes(11))
    with pytest.raises(ProtocolError):
        reader.next()


@given(st.binary(max_size=200), st.sampled_from([None, *PROTECTIONS]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_at_all(data: bytes, protection: Direction | None) -> None:
    _, reader = pair(protection)
    reader.add(data)
    with suppress(ProtocolError):
        list(messages(reader))


def test_a_long_packet_in_small_pieces_costs_no_more() -> None:
    """A packet of the largest size, byte by byte, is copied a constant number of times."""
    writer, reader = pair(PROTECTIONS[0])
    data = writer.seal(1, bytes(MAX_PACKET - 40))
    for at in range(len(data)):
        reader.add(data[at : at + 1])
        message = reader.next()
    assert message is not None
    assert len(message[1]) == MAX_PACKET - 40


def test_sequence_numbers_go_round() -> None:
    writer, reader = pair(PROTECTIONS[0])
    writer.sequence = reader.sequence = 0xFFFFFFFF
    for _ in range(2):
        reader.add(writer.seal(94, b"x"))
        assert reader.next() == (94, b"x")
    assert writer.sequence == reader.sequence == 1
