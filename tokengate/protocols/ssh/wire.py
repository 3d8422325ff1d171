"""SSH's data types: bytes to values and back (RFC 4251, section 5). No state, no decisions, no I/O.

Every module of the protocol reads with a `Reader` and writes with the functions here. A reader either returns or raises
`ProtocolError`, whose `code` is the number of the SSH_MSG_DISCONNECT reason that answers it.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterable

from tokengate.errors import ProtocolError

_UINT32 = struct.Struct("!I")
_UINT64 = struct.Struct("!Q")


class Message(enum.IntEnum):
    """Message numbers (RFC 4250, section 4.1.2). 30 and 31 belong to the key exchange method, 60 and 61 to the
    authentication method.
    """

    DISCONNECT = 1
    IGNORE = 2
    UNIMPLEMENTED = 3
    DEBUG = 4
    SERVICE_REQUEST = 5
    SERVICE_ACCEPT = 6
    EXT_INFO = 7
    KEXINIT = 20
    NEWKEYS = 21
    KEX_INIT = 30
    KEX_REPLY = 31
    USERAUTH_REQUEST = 50
    USERAUTH_FAILURE = 51
    USERAUTH_SUCCESS = 52
    USERAUTH_BANNER = 53
    USERAUTH_PK_OK = 60
    USERAUTH_INFO_REQUEST = 60
    USERAUTH_INFO_RESPONSE = 61
    GLOBAL_REQUEST = 80
    REQUEST_SUCCESS = 81
    REQUEST_FAILURE = 82
    CHANNEL_OPEN = 90
    CHANNEL_OPEN_CONFIRMATION = 91
    CHANNEL_OPEN_FAILURE = 92
    CHANNEL_WINDOW_ADJUST = 93
    CHANNEL_DATA = 94
    CHANNEL_EXTENDED_DATA = 95
    CHANNEL_EOF = 96
    CHANNEL_CLOSE = 97
    CHANNEL_REQUEST = 98
    CHANNEL_SUCCESS = 99
    CHANNEL_FAILURE = 100


class Reason(enum.IntEnum):
    """Why a side disconnects (RFC 4253, section 11.1)."""

    PROTOCOL_ERROR = 2
    KEY_EXCHANGE_FAILED = 3
    MAC_ERROR = 5
    SERVICE_NOT_AVAILABLE = 7
    PROTOCOL_VERSION_NOT_SUPPORTED = 8
    HOST_KEY_NOT_VERIFIABLE = 9
    CONNECTION_LOST = 10
    BY_APPLICATION = 11
    NO_MORE_AUTH_METHODS_AVAILABLE = 14


def broken(problem: str, reason: Reason = Reason.PROTOCOL_ERROR) -> ProtocolError:
    """The error for a peer that breaks the protocol."""
    return ProtocolError(problem, str(int(reason)))


def reason_of(error: ProtocolError) -> int:
    """The disconnect reason an error carries."""
    return int(error.code) if error.code.isdecimal() else int(Reason.PROTOCOL_ERROR)


# ---------------------------------------------------------------- building


def uint32(number: int) -> bytes:
    """A 32-bit number."""
    return _UINT32.pack(number)


def string(data: bytes) -> bytes:
    """A length and that many bytes."""
    return _UINT32.pack(len(data)) + data


def strings(*parts: bytes) -> bytes:
    """Several strings in a row."""
    return b"".join(map(string, parts))


def boolean(value: bool) -> bytes:
    """One byte, 1 or 0."""
    return b"\1" if value else b"\0"


def mpint(number: int) -> bytes:
    """A non-negative integer of any size, with no more bytes than its sign needs."""
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big") if number else b"")


def name_list(names: Iterable[bytes]) -> bytes:
    """Names separated by commas."""
    return string(b",".join(names))


# ---------------------------------------------------------------- parsing


class Reader:
    """Takes values off the front of `data`, in order. `what` names the message in errors; `at` is the offset."""

    __slots__ = ("_data", "_what", "at")

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self.at = 0
        self._what = what

    @property
    def left(self) -> int:
        """How many bytes are not taken yet."""
        return len(self._data) - self.at

    def raw(self, count: int) -> bytes:
        """The next `count` bytes."""
        start = self.at
        end = start + count
        if end > len(self._data):
            raise broken(f"malformed {self._what}")
        self.at = end
        return self._data[start:end]

    def uint32(self) -> int:
        """A 32-bit number."""
        number: int = _UINT32.unpack(self.raw(4))[0]
        return number

    def uint64(self) -> int:
        """A 64-bit number."""
        number: int = _UINT64.unpack(self.raw(8))[0]
        return number

    def string(self) -> bytes:
        """A string."""
        return self.raw(self.uint32())

    def strings(self, count: int) -> list[bytes]:
        """Several strings."""
        return [self.string() for _ in range(count)]

    def boolean(self) -> bool:
        """A byte; anything but 0 is true."""
        return self.raw(1) != b"\0"

    def mpint(self) -> int:
        """A non-negative integer."""
        data = self.string()
        if data[:1] >= b"\x80":
            raise broken(f"negative number in {self._what}")
        return int.from_bytes(data, "big")

    def name_list(self) -> list[bytes]:
        """Names; none when the list is empty. No name is empty."""
        data = self.string()
        names = data.split(b",") if data else []
        if not all(names):
            raise broken(f"empty name in {self._what}")
        return names

    def since(self, start: int) -> bytes:
        """Everything that was taken from offset `start` on."""
        return self._data[start : self.at]

    def rest(self) -> bytes:
        """Everything that is left."""
        return self.raw(self.left)

    def end(self) -> None:
        """Nothing may be left."""
        if self.left:
            raise broken(f"malformed {self._what}")
