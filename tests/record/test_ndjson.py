"""The recorder: what is written, in what order, what tampering shows, what failure does."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet import reactor

from tokengate.errors import RecorderFailed
from tokengate.record.chain import Chain
from tokengate.record.ndjson import Ndjson, Options
from tokengate.record.signing import PUBLIC_FILE, load_public
from tokengate.record.verify import Report, verify_folder, verify_recording
from tokengate.session.session import Session
from tokengate.testing import principal
from tokengate.values import Event


def recorder(folder: Path, **options: Any) -> Ndjson:
    made = Ndjson(Options(path="unused", **options), folder / "recordings", folder / "recording.key", reactor)
    made.start()
    return made


def session() -> Session:
    return Session("orders", "postgres", principal(), "192.0.2.1:1")


def action(n: int, text: str = "select 1") -> Event:
    return Event("action", {"n": n, "verb": "query", "text": text, "verdict": "allow"})


async def recorded(folder: Path, count: int = 3) -> Path:
    """A closed recording of `count` actions; its file."""
    running = recorder(folder)
    one = session()
    recording = running.open(one)
    for n in range(1, count + 1):
        recording.write(action(n))
        recording.commit()
    recording.write(Event("end", {"reason": "client"}))
    await recording.close("client")
    await running.stop()
    (file,) = (folder / "recordings").glob(f"*/{one.id}.ndjson")
    return file


def reports(folder: Path) -> dict[str, Report]:
    public = load_public(folder / "recordings" / PUBLIC_FILE)
    return {Path(report.file).name: report for report in verify_folder(folder / "recordings", public)}


@pytest_twisted.ensureDeferred
async def test_a_session_is_one_private_verified_file(tmp_path: Path) -> None:
    """Head, events in order, footer; readable by its owner alone; the ledger names it."""
    file = await recorded(tmp_path)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["head", "action", "action", "action", "end", "footer"]
    assert [line["seq"] for line in lines] == list(range(1, 7))
    assert file.stat().st_mode & 0o777 == 0o600
    assert not any(report.problem for report in reports(tmp_path).values())
    assert reports(tmp_path)[file.name].outcome == "closed"


@pytest_twisted.ensureDeferred
async def test_what_is_committed_is_with_the_system_at_once(tmp_path: Path) -> None:
    """A commit leaves the bytes in the file before it returns; results wait for company."""
    running = recorder(tmp_path)
    recording = running.open(session())
    recording.write(action(1, "select 'committed'"))
    assert recording.commit() is None
    (file,) = (tmp_path / "recordings").glob("*/*.ndjson")
    assert "committed" in file.read_text()
    recording.write(Event("result", {"n": 1}))
    assert "result" not in file.read_text()
    recording.flush()
    assert "result" in file.read_text()
    await running.stop()


@pytest_twisted.ensureDeferred
async def test_always_waits_for_the_disk(tmp_path: Path) -> None:
    """With sync = always a commit is an awaitable that fires after the data went to disk."""
    running = recorder(tmp_path, sync="always")
    recording = running.open(session())
    recording.write(action(1))
    pending = recording.commit()
    assert pending is not None
    await pending
    await running.stop()


TAMPERINGS = {
    "an edited text": lambda lines: [line.replace(b"select 1", b"select 2") for line in lines],
    "a line less": lambda lines: lines[:2] + lines[3:],
    "two lines swapped": lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
    "the end cut off": lambda lines: lines[:-1],
    "a torn end": lambda lines: [*lines[:-1], lines[-1][:-20]],
    "a line more": lambda lines: [*lines, lines[1]],
    "a footer of another outcome": lambda lines: [*lines[:-1], lines[-1].replace(b"closed", b"crashed")],
    "everything chained anew": lambda lines: rechained(lines),
    "nothing left": lambda lines: [],
    "a line doubled": lambda lines: [*lines[:2], lines[1], *lines[2:]],
}  # fmt: skip


def rechained(lines: list[bytes]) -> list[bytes]:
    """An attacker without the key: other content under a chain that holds, and the old signature."""
    chain, made = Chain(), []
    for line in lines:
        content = json.loads(line)
        for name in ("hash", "seq", "at"):
            content.pop(name)
        if content["kind"] == "action":
            content["text"] = "select 'innocent'"
        made.append(chain.line(content.pop("kind"), content).rstrip(b"\n"))
    return made


@pytest.mark.parametrize("how", TAMPERINGS)
@pytest_twisted.ensureDeferred
async def test_tampering_shows(tmp_path: Path, how: str) -> None:
    """Every change of a closed recording is found, by itself or by the ledger."""
    file = await recorded(tmp_path)
    lines = TAMPERINGS[how](file.read_bytes().splitlines())
    file.write_bytes(b"".join(line + b"\n" for line in lines) if how != "a torn end" else b"\n".join(lines))
    assert reports(tmp_path)[file.name].problem


@pytest_twisted.ensureDeferred
async def test_a_recording_that_is_gone_or_another_shows(tmp_path: Path) -> None:
    """Deleting, swapping and adding whole files is found by the ledger; so is a ledger that was changed."""
    first, second = await recorded(tmp_path, 2), await recorded(tmp_path, 4)
    kept = first.read_bytes()
    first.unlink()
    assert reports(tmp_path)[first.name].problem == "it is in the ledger, and gone"
    shutil.copy(second, first)
    assert reports(tmp_path)[first.name].problem == "it is another session's recording"
    first.write_bytes(kept)
    extra = first.with_name("0" * 28 + ".ndjson")
    extra.write_bytes(kept)
    assert reports(tmp_path)[extra.name].problem == "it is not in the ledger"
    extra.unlink()
    ledger = tmp_path / "recordings" / "ledger.ndjson"
    lines = ledger.read_bytes().splitlines(keepends=True)
    ledger.write_bytes(b"".join(lines[2:]))
    assert reports(tmp_path)["ledger.ndjson"].problem


@pytest_twisted.ensureDeferred
async def test_a_crash_is_sealed_and_said(tmp_path: Path) -> None:
    """What a killed gateway left is cut to its last whole line and closed at the next start, saying so."""
    script = (
        "import sys, os, signal; from pathlib import Path; sys.path.insert(0, sys.argv[2])\n"
        "from tests.record.test_ndjson import recorder, session, action\n"
        "r = recorder(Path(sys.argv[1])); one = r.open(session())\n"
        "for n in range(1, 50): one.write(action(n)); one.commit()\n"
        'os.write(one._fd, b\'{"seq":51,"torn\'); os.kill(os.getpid(), signal.SIGKILL)\n'
    )
    root = str(Path(__file__).parent.parent.parent)
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path), root], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    await recorder(tmp_path).stop()
    (file,) = (tmp_path / "recordings").glob("*/*.ndjson")
    footer = json.loads(file.read_text().splitlines()[-1])
    assert (footer["outcome"], footer["lines"], footer["cut"]) == ("crashed", 50, 15)
    assert not any(report.problem for report in reports(tmp_path).values())


@pytest_twisted.ensureDeferred
async def test_a_full_disk_fails_the_session_and_not_the_chain(tmp_path: Path) -> None:
    """A write the system refuses raises RecorderFailed, now and ever after; the file ends in a whole line."""
    running = recorder(tmp_path)
    recording = running.open(session())
    recording.write(action(1))
    recording.commit()
    (file,) = (tmp_path / "recordings").glob("*/*.ndjson")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + 100, before[1]))
    try:
        recording.write(action(2, "x" * 5000))
        with pytest.raises(RecorderFailed):
            recording.commit()
        with pytest.raises(RecorderFailed):
            recording.write(action(3))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert file.read_bytes().endswith(b"}\n")
    with pytest.raises(RecorderFailed):
        await recording.close("recorder")
    await running.stop()
    await recorder(tmp_path).stop()
    assert reports(tmp_path)[file.name].outcome == "crashed"


@pytest_twisted.ensureDeferred
async def test_one_gateway_at_a_time_and_a_longest_size(tmp_path: Path) -> None:
    """A second recorder in the same folder refuses to start; a recording ends at its longest size."""
    running = recorder(tmp_path, max_size=2000)
    other = Ndjson(Options(path="unused"), tmp_path / "recordings", tmp_path / "recording.key", reactor)
    with pytest.raises(RecorderFailed, match="another gateway"):
        other.start()
    recording = running.open(session())
    with pytest.raises(RecorderFailed, match="longest size"):
        for n in range(100):
            recording.write(action(n))
    await running.stop()
    with pytest.raises(RecorderFailed):
        running.open(session())


@given(
    st.lists(
        st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=30), st.integers(-(2**53), 2**53)), max_size=4),
        max_size=8,
    )
)
@settings(max_examples=100, deadline=None)
def test_any_fields_chain_and_follow(events: list[dict[str, Any]]) -> None:
    """Whatever is recorded follows when read back, and a flipped bit anywhere does not."""
    chain = Chain()
    lines = [chain.line("x", {f"f{key}": value for key, value in fields.items()}) for fields in events]
    back = Chain()
    for line in lines:
        assert b"\n" not in line[:-1]
        back.follow(line[:-1])
    assert back.last == chain.last
    if lines:
        flipped = bytearray(lines[0][:-1])
        flipped[len(flipped) // 2] ^= 1
        with pytest.raises(ValueError):
            Chain().follow(bytes(flipped))


def test_verifying_garbage_is_a_problem_not_an_exception(tmp_path: Path) -> None:
    """A file of anything is broken, and says so."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public = Ed25519PrivateKey.generate().public_key()
    file = tmp_path / "x.ndjson"
    for content in (b"", b"\n", b"{}\n", os.urandom(500), b'{"hash":"' + b"0" * 64 + b'"}\n'):
        file.write_bytes(content)
        assert verify_recording(file, public).problem
