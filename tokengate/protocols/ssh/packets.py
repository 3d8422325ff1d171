"""Packets out of bytes and bytes out of packets: a reader and a writer a connection, whatever keys are in force.

Between `keying` and the stream on the data path: payloads above, ciphertext below (RFC 4253, section 6). Both
count packets and bytes since their last keys, so that `keying` knows when to ask for new ones. Imports nothing of
Twisted.
"""

from __future__ import annotations

import os
import struct

from tokengate.protocols.ssh.ciphers import Bytes, Cipher, Plain
from tokengate.protocols.ssh.wire import broken

MAX_PACKET = 256 * 1024
"""Bytes of a packet without its length field: what OpenSSH accepts. RFC 4253 demands 35,000; a certificate that carries
a token has up to 60 KB.
"""

MIN_PADDING = 4
_HEADER = struct.Struct("!IBB")  # packet length, padding length, message number

MAX_UNKEYED = 1 << 31
"""Packets under one set of keys at most: half of what would repeat a sequence number (RFC 4344, section 3.1)."""


class PacketWriter:
    """Seals messages."""

    __slots__ = ("_cipher", "bytes", "packets", "sequence")

    def __init__(self) -> None:
        self._cipher: Cipher = Plain()
        self.sequence = 0
        self.packets = 0
        self.bytes = 0

    def rekey(self, cipher: Cipher, reset: bool) -> None:
        """Everything from now on goes by `cipher`; `reset` starts sequence numbers over (strict key exchange)."""
        self._cipher = cipher
        self.packets = self.bytes = 0
        if reset:
            self.sequence = 0

    def seal(self, number: int, body: Bytes) -> bytes:
        """The packet of a message, ready to send."""
        cipher, size = self._cipher, len(body)
        padding = cipher.block - (size + (6 if cipher.covered else 2)) % cipher.block
        if padding < MIN_PADDING:
            padding += cipher.block
        packet = b"".join((_HEADER.pack(2 + size + padding, padding, number), body, os.urandom(padding)))
        sealed = cipher.seal(self.sequence, packet)
        self.sequence = (self.sequence + 1) & 0xFFFFFFFF
        self.packets += 1
        self.bytes += len(sealed)
        return sealed


class PacketReader:
    """Collects bytes and opens packets."""

    __slots__ = ("_buffer", "_cipher", "_length", "bytes", "packets", "sequence")

    def __init__(self) -> None:
        self._cipher: Cipher = Plain()
        self._buffer = bytearray()
        self._length = 0  # of the packet at the front, once known
        self.sequence = 0
        self.packets = 0
        self.bytes = 0

    def rekey(self, cipher: Cipher, reset: bool) -> None:
        """Everything not yet opened came by `cipher`."""
        self._cipher = cipher
        self.packets = self.bytes = 0
        if reset:
            self.sequence = 0

    def add(self, data: bytes) -> None:
        """Bytes came in."""
        self._buffer += data

    def next(self) -> tuple[int, bytes] | None:
        """The next message's number and body, or None until more bytes came. Raises `ProtocolError`."""
        cipher, buffer = self._cipher, self._buffer
        if not self._length:
            if len(buffer) < cipher.lead:
                return None
            self._length = self._checked(cipher.length(self.sequence, bytes(buffer[: cipher.lead])))
        whole = 4 + self._length + cipher.tag
        if len(buffer) < whole:
            return None
        with memoryview(buffer) as view, view[:whole] as sealed:
            packet = cipher.open(self.sequence, sealed)
        del buffer[:whole]
        self._length = 0
        self.sequence = (self.sequence + 1) & 0xFFFFFFFF
        self.packets += 1
        self.bytes += whole
        return _message(packet)

    def _checked(self, length: int) -> int:
        cipher = self._cipher
        least = cipher.block - 4 if cipher.covered else cipher.block
        if not least <= length <= MAX_PACKET or (length + (4 if cipher.covered else 0)) % cipher.block:
            raise broken("bad packet length")
        return length


def _message(packet: bytes) -> tuple[int, bytes]:
    padding = packet[0]
    if padding < MIN_PADDING or padding + 2 > len(packet):
        raise broken("bad padding")
    return packet[1], packet[2:-padding]
