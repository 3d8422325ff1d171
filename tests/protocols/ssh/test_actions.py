"""Requests as Actions."""

from __future__ import annotations

import pytest

from tokengate.protocols.ssh import actions


@pytest.mark.parametrize(
    "raw", [b"\xff", b"a\0b", b"rm -rf /\r", b"\x1b[2Kls", "ls \u202egpj.sh".encode(), b"x" * 200_000, b"\xc0\xaf"]
)
def test_a_command_nobody_can_read_is_refused(raw: bytes) -> None:
    """Whoever judges or approves it has to see what will run: no control characters, nothing invisible."""
    action, refusal = actions.command(raw)
    assert refusal is not None
    assert len(action.text) <= 4 * actions.LONGEST_COMMAND


def test_a_command_of_several_lines_is_readable() -> None:
    """Scripts are commands too, in any language."""
    action, refusal = actions.command("set -e\n\techo grüße".encode())
    assert refusal is None
    assert (action.protocol, action.verb, action.text) == ("ssh", "exec", "set -e\n\techo grüße")


def test_a_file_operation_names_its_paths() -> None:
    """For rules by path, with what happens to each."""
    action = actions.file("rename", {"rename"}, [(("read", "write"), "/a"), (("write",), "/b")])
    assert action.text == "rename /a /b"
    assert action.categories == {"rename"}
    assert [(access.mode, access.kind, access.name) for access in action.accesses] == [
        ("read", "path", "/a"), ("write", "path", "/a"), ("write", "path", "/b"),
    ]  # fmt: skip
    assert actions.file("symlink", {"link"}, [(("write",), "/l")], "../a b").text == "symlink /l to '../a b'"


def test_a_forward_names_its_address() -> None:
    """Connecting writes to it, listening reads from it."""
    assert actions.forward("direct-tcpip", b"db", 5432).accesses[0].mode == "write"
    assert actions.forward("tcpip-forward", b"", 80).accesses[0].name == ":80"
