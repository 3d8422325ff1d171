"""The wheel: built from the repository's files, installed elsewhere, used from there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module", params=["", "1"], ids=["compiled", "pure"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bool]:
    """The folder the wheel was installed into, and whether it was built pure."""
    folder = tmp_path_factory.mktemp("wheel")
    source, target = folder / "source", folder / "target"
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in filter(None, files):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    environment = {**os.environ, "TOKENGATE_PURE": request.param}
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(source)]
    subprocess.run(build, env=environment, check=True, capture_output=True, timeout=300)
    (wheel,) = folder.glob("tokengate-*.whl")
    assert ("none-any" in wheel.name) == bool(request.param)
    subprocess.run([*pip, "install", "--no-deps", "--target", str(target), str(wheel)], check=True, capture_output=True)
    return target, bool(request.param)


def run(target: Path, code: str, *arguments: str) -> str:
    """Python from another folder, with the wheel ahead of everything else."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        cwd=target.parent, env={**os.environ, "PYTHONPATH": str(target)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_works_where_it_is_installed(installed: tuple[Path, bool]) -> None:
    """twistd finds it, its components load, and its row engine is the one that was built."""
    target, pure = installed
    assert run(target, "import tokengate; print(tokengate.__file__)").startswith(str(target))
    assert "tokengate" in run(target, "from twisted.scripts.twistd import run; run()", "--help")
    listed = run(target, "from tokengate.cli.main import main; main()", "plugins")
    assert "protocol postgres" in listed
    engine = run(target, "from tokengate.protocols.postgres.rows import ENGINE; print(ENGINE)").strip()
    assert engine == ("pure" if pure else "compiled")
