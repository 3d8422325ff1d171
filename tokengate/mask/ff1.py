"""FF1, format-preserving encryption (NIST SP 800-38G Rev. 1, 5.1): a permutation of the numbers below radix**length.

Used for tokens that have to keep a value's form. Numbers are whole numbers; the standard's numeral strings are their
digits, most significant first.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

ROUNDS = 10

LEAST_DOMAIN = 1_000_000
"""The fewest numbers that may be permuted: fewer can be tried one by one (the standard's own bound)."""


class FF1:
    """The permutation under one AES key (16, 24 or 32 bytes) and tweak (bytes that tell one use from another)."""

    def __init__(self, key: bytes, radix: int, length: int, tweak: bytes = b"") -> None:
        if radix**length < LEAST_DOMAIN:
            raise ValueError("too few numbers to be encrypted")
        self._aes = AES(key)
        self._radix, self._half = radix, length // 2
        self._rest = length - self._half
        size = radix**self._rest - 1
        self._bytes = (size.bit_length() + 7) // 8
        self._width = 4 * ((self._bytes + 3) // 4) + 4
        head = b"\x01\x02\x01" + radix.to_bytes(3, "big") + bytes([ROUNDS, self._half % 256])
        padding = bytes(-(len(tweak) + self._bytes + 1) % 16)
        self._prefix = head + length.to_bytes(4, "big") + len(tweak).to_bytes(4, "big") + tweak + padding

    def encrypt(self, number: int) -> int:
        """The number that stands for this one."""
        left, right = divmod(number, self._radix**self._rest)
        for turn in range(ROUNDS):
            size = self._radix ** (self._half if turn % 2 == 0 else self._rest)
            left, right = right, (left + self._round(turn, right)) % size
        return int(left * self._radix**self._rest + right)

    def decrypt(self, number: int) -> int:
        """The number that this one stands for."""
        left, right = divmod(number, self._radix**self._rest)
        for turn in reversed(range(ROUNDS)):
            size = self._radix ** (self._half if turn % 2 == 0 else self._rest)
            left, right = (right - self._round(turn, left)) % size, left
        return int(left * self._radix**self._rest + right)

    def _round(self, turn: int, number: int) -> int:
        block = self._mac(self._prefix + bytes([turn]) + number.to_bytes(self._bytes, "big"))
        stream = block
        for count in range(1, (self._width + 15) // 16):
            mixed = bytes(a ^ b for a, b in zip(block, count.to_bytes(16, "big"), strict=True))
            stream += self._encrypt(mixed)
        return int.from_bytes(stream[: self._width], "big")

    def _mac(self, blocks: bytes) -> bytes:
        """CBC-MAC, as the standard's PRF."""
        encryptor = Cipher(self._aes, modes.CBC(bytes(16))).encryptor()
        return encryptor.update(blocks)[-16:]

    def _encrypt(self, block: bytes) -> bytes:
        return Cipher(self._aes, modes.ECB()).encryptor().update(block)
