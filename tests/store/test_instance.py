"""Which gateways are alive."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tokengate.errors import StoreError
from tokengate.store.instance import Instance, gone

BEGIN = """
import sys, time
from pathlib import Path
from tokengate.store.instance import Instance
print(Instance.begin(Path(sys.argv[1])).id, flush=True)
time.sleep(60)
"""


def test_killed_process_is_gone(tmp_path: Path) -> None:
    """A process counts as alive until the kernel ends it, with whatever signal."""
    command = [sys.executable, "-c", BEGIN, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        id = other.stdout.readline().strip()
        assert not gone(tmp_path, id)
        other.kill()
        other.wait()
        assert gone(tmp_path, id)
    assert list(tmp_path.iterdir()) == []


def test_ended_instance_is_gone(tmp_path: Path) -> None:
    """A clean stop leaves no file; a stranger's id was never there."""
    instance = Instance.begin(tmp_path / "instances")
    assert not gone(tmp_path / "instances", instance.id)
    instance.end()
    assert gone(tmp_path / "instances", instance.id)
    assert list((tmp_path / "instances").iterdir()) == []


def test_unusable_folder(tmp_path: Path) -> None:
    """A gateway that can't announce itself does not start."""
    (tmp_path / "instances").write_text("in the way")
    with pytest.raises(StoreError):
        Instance.begin(tmp_path / "instances")
