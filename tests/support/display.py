"""A real X server for tests: Xvfb, with a cookie as desktops have one."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FIRST, LAST = 90, 200
"""Numbers of displays that no desktop has."""

START_DEADLINE = 15.0


@contextmanager
def display(folder: Path) -> Iterator[dict[str, str]]:
    """A display: the variables that lead a client to it."""
    number = next(n for n in range(FIRST, LAST) if not Path(f"/tmp/.X{n}-lock").exists())
    cookies, name = folder / "cookies", f":{number}"
    add = ["xauth", "-q", "-f", str(cookies), "add", name, ".", secrets.token_hex(16)]
    subprocess.run(add, check=True, capture_output=True)
    command = ["Xvfb", name, "-auth", str(cookies), "-nolisten", "tcp", "-screen", "0", "640x480x24"]
    with (folder / "xvfb.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_DEADLINE
        variables = {"DISPLAY": name, "XAUTHORITY": str(cookies)}
        while subprocess.run(
            ["xdpyinfo"], env={**os.environ, **variables}, capture_output=True, check=False
        ).returncode:
            assert process.poll() is None, (folder / "xvfb.log").read_text()
            assert time.monotonic() < deadline, "Xvfb does not answer"
            time.sleep(0.05)
        yield variables
    finally:
        process.terminate()
        process.wait(10)
