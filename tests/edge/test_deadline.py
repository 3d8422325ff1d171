"""Bounds on waits."""

from __future__ import annotations

import pytest
import pytest_twisted
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock

from tokengate.edge.deadline import within
from tokengate.errors import ProtocolError, UpstreamError


async def waiting(done: Deferred[str], marks: list[str]) -> str:
    try:
        return await done
    except CancelledError:
        marks.append("cancelled")
        raise


@pytest_twisted.ensureDeferred
async def test_what_comes_in_time() -> None:
    """Is the answer."""
    assert await within(Clock(), 5.0, waiting(Deferred.fromCoroutine(_said("yes")), [])) == "yes"


async def _said(text: str) -> str:
    return text


@pytest.mark.parametrize("late", [None, ProtocolError("too late")])
def test_what_takes_too_long(late: ProtocolError | None) -> None:
    """Is cancelled; whoever waits hears the error that was asked for, or that the upstream is silent."""
    clock, marks, heard = Clock(), list[str](), list[BaseException]()
    more = () if late is None else (late,)
    task = Deferred.fromCoroutine(within(clock, 5.0, waiting(Deferred(), marks), *more))
    task.addErrback(lambda failure: heard.append(failure.value))
    clock.advance(4.9)
    assert not marks
    clock.advance(0.2)
    assert marks == ["cancelled"]
    assert heard == [late] if late else isinstance(heard[0], UpstreamError)
