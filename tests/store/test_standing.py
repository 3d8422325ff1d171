"""Used token ids and revocations in the store."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.held import principal
from tokengate.store import standing
from tokengate.store.database import Database, path_in
from tokengate.store.records import Revocation


def test_token_id_is_used_once(database: Database) -> None:
    """The second use is refused; another issuer's same id is another token."""
    assert database.write(standing.use_once, "a", "1", 100.0, 50.0)
    assert not database.write(standing.use_once, "a", "1", 100.0, 50.0)
    assert database.write(standing.use_once, "b", "1", 100.0, 50.0)


def test_used_id_outlives_its_token(database: Database) -> None:
    """Within any leeway after expiry a used id is still known; long after it is forgotten."""
    database.write(standing.use_once, "a", "1", 100.0, 50.0)
    assert not database.write(standing.use_once, "a", "1", 100.0, 100.0 + standing.KEPT_AFTER_EXPIRY)
    assert database.write(standing.use_once, "a", "1", 100.0, 100.1 + standing.KEPT_AFTER_EXPIRY)


USE = """
import sys
from pathlib import Path
from tokengate.store import standing
from tokengate.store.database import Database
database = Database.open(Path(sys.argv[1]), create=False)
print(sum(database.write(standing.use_once, "issuer", str(n), 1e12, 0.0) for n in range(60)))
"""


def test_one_use_across_processes(database: Database, tmp_path: Path) -> None:
    """Of all processes that show the same ids at the same time, each id is accepted in exactly one."""
    command = [sys.executable, "-c", USE, str(path_in(tmp_path / "state"))]
    others = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert sum(int(other.communicate(timeout=60)[0]) for other in others) == 60
    assert {other.returncode for other in others} == {0}


def test_revocation_holds_until_its_time(database: Database) -> None:
    """A snapshot covers what is revoked now, and no longer."""
    database.write(standing.revoke, Revocation("subject", "alice", until=100.0))
    assert database.read(standing.snapshot, 99.0).covers(principal("alice"))
    assert not database.read(standing.snapshot, 100.0).covers(principal("alice"))


def test_revocation_is_replaced_and_taken_back(database: Database) -> None:
    """The same thing revoked twice is one revocation, with the latest terms; restoring ends it."""
    first = Revocation("subject", "alice", until=100.0, by="unix:root@h", at=1.0, reason="left")
    last = Revocation("subject", "alice", until=None, by="unix:bob@h", at=2.0)
    database.write(standing.revoke, first)
    database.write(standing.revoke, last)
    assert database.read(standing.revoked, 1000.0) == [last]
    assert not database.write(standing.restore, Revocation("subject", "alice", issuer="https://other"))
    assert database.write(standing.restore, last)
    assert database.read(standing.revoked, 1000.0) == []
