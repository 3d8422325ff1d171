"""README's first command, as it is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_demonstration_shows_the_main_job() -> None:
    """Token, masked rows, a stopped DROP, an approval from another process, a verified recording; no secret on the way."""
    program = Path(sys.executable).with_name("tokengate")
    done = subprocess.run([program, "demo"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for text in (
        "g***@example.com",
        "ERROR 42501",
        "2  Grace Hopper\n",
        "waiting for approval",
        "UPDATE 1",
        "0 broken",
    ):
        assert text in done.stdout
    for secret in ("grace@example.com", "219-09-9999", "4111 1111 1111 1111"):
        assert secret not in done.stdout
