"""Why sessions end, and what is told of it."""

from __future__ import annotations

import pytest
import pytest_twisted

from tokengate.edge.endings import close_recording, ending
from tokengate.errors import ProtocolError, RecorderFailed, SessionEnded, StoreError
from tokengate.testing import FakeRoute, FakeStream


@pytest.mark.parametrize(
    ("error", "reason", "message"),
    [
        (SessionEnded("revoked"), "revoked", "the token has been revoked"),
        (RecorderFailed("the disk is full"), "recorder", "the session can't be recorded"),
        (ProtocolError("no such message"), "protocol", "no such message"),
        (StoreError("the store is busy"), "error", "the store is busy"),
        (KeyError("a secret"), "error", "internal error in the gateway"),
    ],
)
def test_the_reason_for_what_was_raised(error: Exception, reason: str, message: str) -> None:
    """A client learns nothing of what it may not know."""
    assert ending(error) == (reason, message)


@pytest_twisted.ensureDeferred
async def test_the_last_line_of_a_recording() -> None:
    """With the session's numbers; a recorder that fails even then stops nothing."""
    route = FakeRoute()
    await close_recording(route.admission(), FakeStream(), route.counts, "client", "", 3)
    assert route.recording.events[-1].fields == {
        "reason": "client", "detail": "", "actions": 3, "bytes_in": 0, "bytes_out": 0,
    }  # fmt: skip
    assert (route.recording.closed, route.counts.sessions) == ("client", {"client": 1})
    route.recording.failing = True
    await close_recording(route.admission(), FakeStream(), route.counts, None, "", 0)
    assert route.counts.sessions["error"] == 1
