"""pgjdbc, Debian's package of it, where a JDK is there to run it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.gateway import Gateway

JAR = Path("/usr/share/java/postgresql.jar")


@pytest.mark.skipif(shutil.which("javac") is None or not JAR.exists(), reason="needs a JDK and libpostgresql-jdbc-java")
@pytest.mark.parametrize("route", ["guarded", "masked"])
def test_pgjdbc(gateway: Gateway, route: str) -> None:
    """Its prepared statements, cursors, batches, transactions and metadata work; its refusals are SQLSTATEs."""
    environment = {
        **os.environ,
        "URL": f"jdbc:postgresql://localhost:{gateway.ports[route]}/sample",
        "TOKEN": gateway.token(),
        "CA": str(gateway.ca),
    }
    source = Path(__file__).parent.parent / "support" / "java" / "Client.java"
    command = ["java", "-cp", str(JAR), str(source)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["42501", "9"]
