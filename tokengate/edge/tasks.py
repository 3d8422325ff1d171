"""Coroutines that nobody awaits: started, tracked, logged when they fail, cancelled when the service stops."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

_log = Logger()
_running: set[Deferred[Any]] = set()


def spawn(work: Coroutine[Any, Any, Any], what: str) -> Deferred[Any]:
    """Run `work` on its own. `what` names it in the log should it fail; being cancelled is no failure."""
    task: Deferred[Any] = Deferred.fromCoroutine(work)
    _running.add(task)

    def done(result: Any) -> None:
        _running.discard(task)
        if isinstance(result, Failure) and not result.check(CancelledError):
            _log.failure("{what} failed", failure=result, what=what)

    task.addBoth(done)
    return task


def cancel_all() -> None:
    """Cancel whatever is still running: the last thing a stopping service does."""
    for task in list(_running):
        task.cancel()
