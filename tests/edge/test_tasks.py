"""Coroutines nobody awaits."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher

from tokengate.edge import tasks


def test_failures_are_logged_and_cancelled_tasks_are_quiet() -> None:
    """A task that fails says which it was; one that is cancelled says nothing; both are forgotten."""
    events: list[dict[str, object]] = []
    globalLogPublisher.addObserver(events.append)
    waiting: Deferred[None] = Deferred()

    async def fails() -> None:
        raise KeyError("oops")

    async def waits() -> None:
        await waiting

    try:
        tasks.spawn(fails(), "failing on purpose")
        tasks.spawn(waits(), "waiting")
        tasks.cancel_all()
    finally:
        globalLogPublisher.removeObserver(events.append)
    assert [event.get("what") for event in events] == ["failing on purpose"]
    assert not tasks._running
