"""SFTP: each request decided by what it does and to which file."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from attrs import define, field, frozen
from hypothesis import given
from hypothesis import strategies as st

from tests.protocols.ssh.peers import ALL, Peers
from tests.protocols.ssh.said import data, errors
from tokengate.errors import ProtocolError
from tokengate.protocols.ssh.operations import EXTENSIONS, opening
from tokengate.protocols.ssh.permissions import Permissions
from tokengate.protocols.ssh.sftp import MOST_OUTSTANDING, MOST_PACKET, Sftp
from tokengate.protocols.ssh.wire import Message, Reader, string, strings, uint32
from tokengate.testing import FakeMasker
from tokengate.values import ALLOW, Allow, Deny, Hold, Request, Rewrite, Side, Verdict

OPEN, CLOSE, READ, WRITE, LSTAT, SETSTAT, FSETSTAT, OPENDIR = 3, 4, 5, 6, 7, 9, 10, 11
REMOVE, MKDIR, REALPATH, STAT, RENAME, SYMLINK, EXTENDED = 13, 14, 16, 17, 18, 20, 200
STATUS, HANDLE, DATA, NAME = 101, 102, 103, 104
READING, WRITING = 1, 2 | 8 | 16


@frozen
class Packet:
    """One packet: its type, its id, the rest."""

    kind: int
    id: int
    body: bytes


@define(slots=False)
class Files:
    """A client and a target that speak SFTP through a gate. The target's paths lead where `links` say."""

    peers: Peers
    links: dict[bytes, bytes] = field(factory=dict)
    number: int = 0
    streams: dict[Side, bytearray] = field(factory=lambda: {side: bytearray() for side in Side})

    def __attrs_post_init__(self) -> None:
        self.number = self.peers.open(room=1 << 22)
        self.peers.ask(self.number, b"subsystem", string(b"sftp"))
        self.raw(Side.CLIENT, string(b"\1" + uint32(3)))
        offered = b"".join(strings(name, b"1") for name in sorted((*EXTENSIONS, b"evil@example")))
        self.raw(Side.UPSTREAM, string(b"\2" + uint32(3) + offered))
        self.version = self.take(Side.CLIENT)[0]
        self.take(Side.UPSTREAM)

    def raw(self, side: Side, stream: bytes) -> None:
        for at in range(0, len(stream), 32768):
            self.peers.data(side, self.number, stream[at : at + 32768])

    def take(self, side: Side) -> list[bytes]:
        stream = self.streams[side]
        stream += data(self.peers.take(side))
        found = []
        while len(stream) >= 4 and len(stream) >= 4 + (length := int.from_bytes(stream[:4], "big")):
            found.append(bytes(stream[4 : 4 + length]))
            del stream[: 4 + length]
        return found

    def packets(self, side: Side) -> list[Packet]:
        return [Packet(packet[0], int.from_bytes(packet[1:5], "big"), packet[5:]) for packet in self.take(side)]

    def send(self, kind: int, id: int, *parts: bytes) -> Files:
        """The client asks, and the target resolves whatever it is asked to."""
        self.raw(Side.CLIENT, string(bytes((kind,)) + uint32(id) + b"".join(parts)))
        return self

    def at_target(self) -> list[Packet]:
        """What reaches the target besides the gateway's own questions, which are answered."""
        return list(self._resolving())

    def _resolving(self) -> Iterator[Packet]:
        while found := self.packets(Side.UPSTREAM):
            for packet in found:
                if packet.kind == REALPATH:
                    path = Reader(packet.body, "path").string()
                    self.answer(NAME, packet.id, uint32(1) + strings(self.resolved(path), b"") + uint32(0))
                else:
                    yield packet

    def resolved(self, path: bytes) -> bytes:
        for name, target in self.links.items():
            if path == name or path.startswith(name + b"/"):
                path = target + path[len(name) :]
        return path if path.startswith(b"/") else b"/home/ci" + (b"/" + path if path != b"." else b"")

    def answer(self, kind: int, id: int, *parts: bytes) -> Files:
        """The target answers."""
        self.raw(Side.UPSTREAM, string(bytes((kind,)) + uint32(id) + b"".join(parts)))
        return self

    def opened(self, path: bytes = b"/srv/file", flags: int = READING | WRITING) -> bytes:
        """A file that is open: its handle."""
        self.send(OPEN, 1, string(path) + uint32(flags) + uint32(0))
        (packet,) = self.at_target()
        self.answer(HANDLE, packet.id, string(b"h"))
        assert [one.kind for one in self.packets(Side.CLIENT)] == [HANDLE]
        return b"h"

    def statuses(self) -> list[tuple[int, int, bytes]]:
        """What the client hears of refusals: id, code, text."""
        found = []
        for packet in self.packets(Side.CLIENT):
            assert packet.kind == STATUS
            reader = Reader(packet.body, "status")
            found.append((packet.id, reader.uint32(), reader.string()))
        return found


def attributes() -> bytes:
    return uint32(4) + uint32(0o644)


def files(judge: object = None, permissions: Permissions = ALL, links: dict[bytes, bytes] | None = None) -> Files:
    def only_programs(request: Request) -> Verdict:
        return ALLOW if request.action.verb != "sftp" or judge is None else judge(request)  # type: ignore[operator]

    return Files(Peers(only_programs, permissions), links or {})


def protected(request: Request) -> Verdict:
    paths = [access.name for access in request.action.accesses]
    return Deny("protected", "rules") if any(path.startswith("/protected") for path in paths) else ALLOW


# ---------------------------------------------------------------- beginning


def test_the_client_hears_of_what_is_understood() -> None:
    """Of the target's extensions the gateway knows some; a client never learns of the others."""
    assert files().version == b"\2" + uint32(3) + b"".join(strings(name, b"1") for name in sorted(EXTENSIONS))


@pytest.mark.parametrize("packet", [b"\3" + uint32(1), b"\1" + uint32(2), b"\1", b"\2" + uint32(3)])
def test_what_is_no_beginning_ends_the_connection(packet: bytes) -> None:
    """INIT, of version 3 or later."""
    peers = Peers()
    number = peers.open()
    peers.ask(number, b"subsystem", string(b"sftp"))
    with pytest.raises(ProtocolError):
        peers.data(Side.CLIENT, number, string(packet))


@pytest.mark.parametrize("length", [0, MOST_PACKET + 1, 0xFFFFFFFF])
def test_packets_of_no_allowed_length(length: int) -> None:
    """End the connection before they are there."""
    with pytest.raises(ProtocolError, match="length"):
        files().raw(Side.CLIENT, uint32(length) + b"x")


# ---------------------------------------------------------------- by path


@pytest.mark.parametrize(
    ("kind", "body", "text", "sent"),
    [
        (OPEN, string(b"/a") + uint32(READING) + uint32(0), "open for reading /a", string(b"/a") + uint32(READING) + uint32(0)),
        (OPEN, string(b"b") + uint32(WRITING) + uint32(0), "open for writing /home/ci/b",
         string(b"/home/ci/b") + uint32(WRITING) + uint32(0)),
        (LSTAT, string(b"/l"), "lstat /l", string(b"/l")),
        (STAT, string(b"/l"), "stat /x", string(b"/x")),
        (SETSTAT, string(b"/l") + attributes(), "setstat /x", string(b"/x") + attributes()),
        (OPENDIR, string(b"."), "opendir /home/ci", string(b"/home/ci")),
        (REMOVE, string(b"/d/l"), "remove /y/l", string(b"/y/l")),
        (MKDIR, string(b"new") + attributes(), "mkdir /home/ci/new", string(b"/home/ci/new") + attributes()),
        (RENAME, strings(b"/d/a", b"b"), "rename /y/a /home/ci/b", strings(b"/y/a", b"/home/ci/b")),
        (SYMLINK, strings(b"anything", b"/d/new"), "symlink /y/new to anything", strings(b"anything", b"/y/new")),
        (EXTENDED, strings(b"posix-rename@openssh.com", b"/d/a", b"/d/b"), "rename /y/a /y/b",
         strings(b"posix-rename@openssh.com", b"/y/a", b"/y/b")),
        (EXTENDED, strings(b"hardlink@openssh.com", b"/l", b"/z"), "hardlink /l /z", strings(b"hardlink@openssh.com", b"/l", b"/z")),
        (EXTENDED, strings(b"lsetstat@openssh.com", b"/l") + attributes(), "lsetstat /l",
         strings(b"lsetstat@openssh.com", b"/l") + attributes()),
        (REMOVE, string(b"/d/.."), "remove /y/..", string(b"/y/..")),
        (REMOVE, string(b"/"), "remove /", string(b"/")),
    ],
)  # fmt: skip
def test_a_request_is_judged_and_sent_by_what_its_paths_mean(kind: int, body: bytes, text: str, sent: bytes) -> None:
    """Links on the way are followed, one at the end only where the request follows it."""
    made = files(links={b"/l": b"/x", b"/d": b"/y"})
    made.links = {b"/l": b"/x", b"/d": b"/y"}
    made.send(kind, 5, body)
    assert [(one.kind, one.body) for one in made.at_target()] == [(kind, sent)]
    assert made.peers.actions()[-1] == ("sftp", text, "allow")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (OPEN, string(b"/innocent") + uint32(READING) + uint32(0)), (OPEN, string(b"/dir/x") + uint32(WRITING) + uint32(0)),
        (SETSTAT, string(b"/innocent") + attributes()), (OPENDIR, string(b"/dir")), (REMOVE, string(b"/dir/x")),
        (RENAME, strings(b"/a", b"/dir/a")), (RENAME, strings(b"/dir/a", b"/a")), (SYMLINK, strings(b"/a", b"/dir/l")),
        (EXTENDED, strings(b"hardlink@openssh.com", b"/protected/f", b"/a")), (MKDIR, string(b"/dir/x/") + attributes()),
        (EXTENDED, strings(b"posix-rename@openssh.com", b"/a", b"/protected/b")),
    ],
)  # fmt: skip
def test_a_refused_path_by_any_name(kind: int, body: bytes) -> None:
    """Permission denied, with the reason; the target never hears of the request."""
    made = files(protected, links={b"/innocent": b"/protected/f", b"/dir": b"/protected"})
    made.send(kind, 9, body)
    assert made.at_target() == []
    assert made.statuses() == [(9, 3, b"tokengate: protected (rules)")]


def test_a_path_the_target_can_not_resolve() -> None:
    """The target's own answer is the client's."""
    made = files()
    made.send(STAT, 9, string(b"/none/x"))
    (question,) = made.packets(Side.UPSTREAM)
    made.answer(STATUS, question.id, uint32(2) + strings(b"No such file", b""))
    assert made.statuses() == [(9, 2, b"No such file")]
    made.send(STAT, 10, string(b"/a"))
    assert [one.kind for one in made.at_target()] == [STAT]


@pytest.mark.parametrize("path", [b"/a\xff", b"/a\nb", b"/\x1b[2K", "/\u202e".encode()])
def test_a_path_nobody_can_read_is_refused(path: bytes) -> None:
    """A rule by path could be fooled by it, and a person too."""
    made = files()
    made.send(STAT, 9, string(path))
    assert made.at_target() == []
    assert [code for _, code, _ in made.statuses()] == [3]


def test_a_link_that_leads_where_nobody_can_read_is_refused() -> None:
    """Where it leads is part of what is approved."""
    made = files()
    made.send(SYMLINK, 1, strings(b"/a\x1b[2K", b"/l"))
    assert made.at_target() == []
    assert [code for _, code, _ in made.statuses()] == [3]


@pytest.mark.parametrize("name", [b"", b"posix-rename@openssh.com", b"hardlink@openssh.com"])
def test_an_old_name_is_read_and_written(name: bytes) -> None:
    """By the new one the file could be read, and by a hard link's written."""
    seen = list[Request]()
    made = files(lambda request: seen.append(request) or ALLOW)
    made.send(EXTENDED if name else RENAME, 1, string(name) if name else b"", strings(b"/old", b"/new"))
    assert len(made.at_target()) == 1
    assert [(one.mode, one.name) for one in seen[-1].action.accesses] == [
        ("read", "/old"), ("write", "/old"), ("write", "/new"),
    ]  # fmt: skip


def test_links_are_a_permission_of_their_own() -> None:
    """Soft and hard ones."""
    made = files(permissions=Permissions())
    made.send(SYMLINK, 1, strings(b"/etc/passwd", b"x")).send(
        EXTENDED, 2, strings(b"hardlink@openssh.com", b"/a", b"/b")
    )
    assert made.at_target() == []
    assert [code for _, code, _ in made.statuses()] == [3, 3]


def test_requests_are_decided_one_after_the_other() -> None:
    """So that a link made by one is seen by the next, however many the client sends at once."""
    made = files()
    made.send(SYMLINK, 1, strings(b"/etc", b"/a")).send(STAT, 2, string(b"/a/passwd"))
    (question,) = made.packets(Side.UPSTREAM)
    assert question.kind == REALPATH
    made.answer(NAME, question.id, uint32(1) + strings(b"/", b"") + uint32(0))
    assert [one.kind for one in made.packets(Side.UPSTREAM)] == [SYMLINK, REALPATH]


def test_a_held_request_waits_with_those_behind_it() -> None:
    """The client is told on stderr; approved, all go on."""
    made = files(lambda request: Hold("look", "r", 60.0) if "remove" in request.action.text else ALLOW)
    made.send(REMOVE, 1, string(b"/a")).send(STAT, 2, string(b"/b"))
    made.at_target()
    assert b"waiting for approval" in errors(made.peers.take(Side.CLIENT))
    made.peers.decide(Allow("approved"))
    assert [one.kind for one in made.at_target()] == [REMOVE, STAT]


def test_a_client_that_closes_withdraws_what_is_held() -> None:
    """At once, not when the target has closed too."""
    made = files(lambda request: Hold("look", "r", 60.0) if "remove" in request.action.text else ALLOW)
    made.send(REMOVE, 1, string(b"/a"))
    made.at_target()  # which resolves the path
    made.peers.client(Message.CHANNEL_CLOSE, uint32(made.number))
    assert made.peers.withdrawn == made.peers.waiting
    made.peers.target(Message.CHANNEL_CLOSE, uint32(made.number))
    assert len(made.peers.withdrawn) == 1


# ---------------------------------------------------------------- by handle


def test_reading_and_writing_an_open_file() -> None:
    """Passes without a question, whatever the size of its packets, and is counted."""
    made = files()
    handle = made.opened()
    made.send(WRITE, 2, string(handle) + struct.pack("!Q", 0) + string(b"w" * 200_000))
    (packet,) = made.at_target()
    made.answer(STATUS, packet.id, uint32(0) + strings(b"", b""))
    made.send(READ, 3, string(handle) + struct.pack("!Q", 0) + uint32(200_000))
    (packet,) = made.at_target()
    made.answer(DATA, packet.id, string(b"r" * 200_000))
    assert [(one.kind, one.id, len(one.body)) for one in made.packets(Side.CLIENT)][1] == (DATA, 3, 200_004)
    made.send(CLOSE, 4, string(handle))
    (packet,) = made.at_target()
    made.answer(STATUS, packet.id, uint32(0) + strings(b"", b""))
    assert [(one["bytes"], one["bytes_in"]) for one in made.peers.recorded("result")] == [(200_000, 200_000)]


def test_attributes_of_an_open_file_are_decided_by_its_path() -> None:
    """A file opened for reading can be changed by its handle: that is a write to it."""
    made = files(lambda request: Deny("no", "r") if "attributes" in request.action.categories else ALLOW)
    handle = made.opened(flags=READING)
    made.send(FSETSTAT, 2, string(handle) + attributes())
    assert made.at_target() == []
    assert made.peers.actions()[-1] == ("sftp", "setstat /srv/file", "deny")


@pytest.mark.parametrize("kind", [CLOSE, READ, WRITE, FSETSTAT, 8, 12])
def test_handles_nobody_opened(kind: int) -> None:
    """Name nothing; nor does one that is closed."""
    made = files()
    handle = made.opened()
    made.send(CLOSE, 2, string(handle))
    made.at_target()
    for name in (handle, b"x", b""):
        made.send(kind, 3, string(name) + bytes(8) + string(b""))
        assert made.at_target() == []
        assert [code for _, code, _ in made.statuses()] == [4]


def test_a_file_that_is_open_at_the_end_has_its_result() -> None:
    """However the channel ends."""
    made = files()
    made.opened()
    made.peers.client(Message.CHANNEL_CLOSE, uint32(made.number))
    assert [event["n"] for event in made.peers.recorded("result")] == [1]


# ---------------------------------------------------------------- what is not understood


@pytest.mark.parametrize(("kind", "body"), [(99, b""), (0, b"x"), (21, strings(b"/a", b"/b")), (STATUS, uint32(0))])
def test_unknown_requests_are_refused(kind: int, body: bytes) -> None:
    """As a server refuses what it does not know."""
    made = files()
    made.send(kind, 5, body)
    assert made.at_target() == []
    assert [code for _, code, _ in made.statuses()] == [8]


def test_unknown_extensions_are_refused() -> None:
    """Whether or not the target has them."""
    made = files()
    made.send(EXTENDED, 5, strings(b"evil@example", b"/etc/passwd"))
    assert made.at_target() == []
    assert [code for _, code, _ in made.statuses()] == [8]


def test_replies_nobody_asked_for() -> None:
    """End the connection; so does one of the wrong kind for the gateway's own question, and a handle for nothing."""
    with pytest.raises(ProtocolError, match="to nothing"):
        files().answer(STATUS, 12345, uint32(0))
    made = files().send(STAT, 1, string(b"/a"))
    (question,) = made.packets(Side.UPSTREAM)
    with pytest.raises(ProtocolError, match="wrong kind"):
        made.answer(DATA, question.id, string(b""))
    made = files().send(STAT, 1, string(b"/a"))
    (packet,) = made.at_target()
    with pytest.raises(ProtocolError, match="for nothing"):
        made.answer(HANDLE, packet.id, string(b"h"))


def test_too_many_requests_at_once() -> None:
    """End the connection."""
    made = files()
    with pytest.raises(ProtocolError, match="too many"):
        for id in range(MOST_OUTSTANDING + 1):
            made.send(REALPATH, id, string(b"."))


def test_a_client_that_asks_without_reading() -> None:
    """Is cut off: answers are not kept without end."""
    made = files(lambda request: Deny("no", "r"))
    with pytest.raises(ProtocolError, match="without reading"):
        for id in range(150_000):
            made.raw(Side.CLIENT, string(bytes((99,)) + uint32(id)))
            made.peers.take(Side.CLIENT)


def test_a_held_request_keeps_little_behind_it() -> None:
    """However large the target's window is."""
    made = files(lambda request: Hold("look", "r", 60.0))
    made.send(STAT, 1, string(b"/a"))
    made.at_target()
    with pytest.raises(ProtocolError, match="window"):
        for _ in range(2 * Sftp.FLOOR // 32768):
            made.raw(Side.CLIENT, bytes(32768))


def test_room_is_made_when_a_held_request_is_refused() -> None:
    """Nothing else may come by that would tell: the client fills its window, and then waits."""
    made = files(lambda request: Hold("look", "r", 60.0))
    assert made.send(STAT, 1, string(b"/a")).at_target() == []
    allowed = Sftp.FLOOR - 1000
    blob = string(bytes((99,)) + uint32(2) + bytes(60_000))
    stream = (blob * (allowed // len(blob) + 1))[:allowed]
    made.raw(Side.CLIENT, stream)
    made.peers.at_client()
    made.peers.decide(Deny("no", "r"))
    heard = made.peers.at_client()
    assert sum(said.numbers[1] for said in heard if said.kind is Message.CHANNEL_WINDOW_ADJUST) > Sftp.FLOOR // 2


def test_a_masking_route_reads_no_files() -> None:
    """A file's bytes have places; stars in them could not be told from its own. Writing is no matter of masks."""
    peers = Peers(maskers=(FakeMasker({name: Rewrite(lambda text: text) for name in ("stdout", "stderr")}),))
    made = Files(peers)
    made.send(OPEN, 1, string(b"/a") + uint32(READING) + uint32(0))
    made.send(OPEN, 2, string(b"/a") + uint32(WRITING) + uint32(0))
    assert len(made.at_target()) == 1
    assert [(id, code) for id, code, _ in made.statuses()] == [(1, 3)]


@pytest.mark.parametrize(
    ("flags", "effects"),
    [(0, {"read"}), (1, {"read"}), (2, {"write"}), (3, {"read", "write"}), (1 | 8, {"read", "write"}), (1 | 16, {"read", "write"}),
     (4, {"write"}), (1 | 32, {"read"})],
)  # fmt: skip
def test_what_a_file_is_opened_for(flags: int, effects: set[str]) -> None:
    """Making it or cutting it is writing, whatever else it is opened for."""
    assert opening(flags).effects == effects


def test_a_file_is_not_opened_for_what_nobody_knows() -> None:
    """A flag beyond those of the protocol reaches no target."""
    files = Files(Peers(ALL))
    files.send(OPEN, 1, string(b"/srv/file") + uint32(READING | 64) + uint32(0))
    assert files.at_target() == []
    assert [code for _, code, _ in files.statuses()] == [8]


@given(st.lists(st.tuples(st.sampled_from(list(Side)), st.integers(0, 255), st.binary(max_size=60)), max_size=12))
def test_any_packets_are_taken_or_refused(packets: list[tuple[Side, int, bytes]]) -> None:
    """Nothing but `ProtocolError` comes out, whatever goes in."""
    made = files()
    for side, kind, body in packets:
        try:
            made.raw(side, string(bytes((kind,)) + body))
        except ProtocolError:
            return


@pytest.mark.parametrize("piece", [1, 3, 7])
def test_packets_in_pieces(piece: int) -> None:
    """It makes no difference how a stream is cut."""
    made = files()
    stream = string(bytes((STAT,)) + uint32(5) + string(b"/a")) * 2
    for at in range(0, len(stream), piece):
        made.peers.data(Side.CLIENT, made.number, stream[at : at + piece])
    assert [one.kind for one in made.at_target()] == [STAT, STAT]
