"""What SFTP's requests do, and to which paths: version 3 as OpenSSH speaks it (draft-ietf-secsh-filexfer-02, OpenSSH's
PROTOCOL, section 4).

A table for `sftp`. A request that is not in it does not exist for the gateway.
"""

from __future__ import annotations

import enum
from typing import Literal

from attrs import frozen

Mode = Literal["read", "write"]


class Packet(enum.IntEnum):
    """Types of packets."""

    INIT = 1
    VERSION = 2
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    FSTAT = 8
    SETSTAT = 9
    FSETSTAT = 10
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    MKDIR = 14
    RMDIR = 15
    REALPATH = 16
    STAT = 17
    RENAME = 18
    READLINK = 19
    SYMLINK = 20
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 200
    EXTENDED_REPLY = 201


class OpenFlag(enum.IntFlag):
    """What a file is opened for."""

    READ = 1
    WRITE = 2
    APPEND = 4
    CREAT = 8
    TRUNC = 16
    EXCL = 32


class Status(enum.IntEnum):
    """Codes of STATUS that the gateway sends."""

    OK = 0
    PERMISSION_DENIED = 3
    FAILURE = 4
    BAD_MESSAGE = 5
    OP_UNSUPPORTED = 8


@frozen
class Path:
    """One path of a request: how it is used, and whether a link at its end is followed."""

    modes: tuple[Mode, ...]
    follows: bool = True


@frozen
class Operation:
    """A request by paths. `effects`: the categories of its Action."""

    name: str
    effects: frozenset[str]
    paths: tuple[Path, ...]


def _of(name: str, effect: str, *paths: Path) -> Operation:
    return Operation(name, frozenset({effect}), paths)


_READ, _WRITE = Path(("read",)), Path(("write",))
_LINK, _ENTRY = Path(("read",), False), Path(("write",), False)
_OLD = Path(("read", "write"), False)
"""A name that a file has besides, or had: by the new one it can be read, and by a hard link's written."""

BY_PATH: dict[int, Operation] = {
    Packet.LSTAT: _of("lstat", "list", _LINK),
    Packet.SETSTAT: _of("setstat", "attributes", _WRITE),
    Packet.OPENDIR: _of("opendir", "list", _READ),
    Packet.REMOVE: _of("remove", "delete", _ENTRY),
    Packet.MKDIR: _of("mkdir", "write", _ENTRY),
    Packet.RMDIR: _of("rmdir", "delete", _ENTRY),
    Packet.STAT: _of("stat", "list", _READ),
    Packet.RENAME: _of("rename", "rename", _OLD, _ENTRY),
    Packet.READLINK: _of("readlink", "list", _LINK),
}
"""Requests whose paths come first in their body."""

BY_EXTENSION: dict[bytes, Operation] = {
    b"posix-rename@openssh.com": _of("rename", "rename", _OLD, _ENTRY),
    b"hardlink@openssh.com": _of("hardlink", "link", _OLD, _ENTRY),
    b"statvfs@openssh.com": _of("statvfs", "list", _READ),
    b"lsetstat@openssh.com": _of("lsetstat", "attributes", _ENTRY),
}

SYMLINK = _of("symlink", "link", _ENTRY)
"""OpenSSH sends what the link says first, and then the link; the first is no path to resolve."""

BY_HANDLE = frozenset((Packet.CLOSE, Packet.READ, Packet.WRITE, Packet.FSTAT, Packet.READDIR))
"""Requests on what an earlier one opened."""

OPENS = frozenset((Packet.OPEN, Packet.OPENDIR))
"""Requests that a handle answers."""

REPLIES = frozenset((
    Packet.STATUS, Packet.HANDLE, Packet.DATA, Packet.NAME, Packet.ATTRS, Packet.EXTENDED_REPLY,
))  # fmt: skip
"""What a target answers."""

EXTENSIONS_BY_HANDLE: dict[bytes, int] = {b"fstatvfs@openssh.com": 1, b"fsync@openssh.com": 1, b"copy-data": 2}
"""And how many handles they name."""

UNJUDGED = frozenset((b"limits@openssh.com", b"expand-path@openssh.com", b"home-directory"))
"""Requests that tell what a path means or what the server can do, and touch no file."""

EXTENSIONS = frozenset((*BY_EXTENSION, *EXTENSIONS_BY_HANDLE, *UNJUDGED))
"""What a client hears of, of what the target offers."""


ALL_FLAGS = 63
"""All bits of `OpenFlag`."""


def opening(flags: int) -> Operation:
    """The opening of a file for what `flags`, within `ALL_FLAGS`, say."""
    wanted = OpenFlag(flags & ALL_FLAGS)
    reads = bool(wanted & OpenFlag.READ)
    writes = bool(wanted & ~(OpenFlag.READ | OpenFlag.EXCL))
    effects = {word for word, has in (("read", reads or not writes), ("write", writes)) if has}
    name = "open for " + " and ".join(word + "ing" if word == "read" else "writing" for word in sorted(effects))
    return Operation(name, frozenset(effects), (_WRITE if writes else _READ,))
