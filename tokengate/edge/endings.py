"""How a session ends, whatever drives it: the reason for what was raised, what its client is told, its last line.

Used by `driver`, and by protocols that have a driver of their own.
"""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger

from tokengate.errors import ProtocolError, RecorderFailed, SessionEnded, TokengateError
from tokengate.session.counts import Counts
from tokengate.values import EndReason, Event

MESSAGES: dict[str, str] = {
    "expired": "the token has expired",
    "revoked": "the token has been revoked",
    "recorder": "the session can't be recorded",
    "shutdown": "the gateway is shutting down",
    "error": "internal error in the gateway",
}

_log = Logger()


def ending(error: Exception) -> tuple[EndReason, str]:
    """Why a session ends that raised this, and what its client may know of it."""
    match error:
        case SessionEnded(reason=reason):
            return reason, MESSAGES.get(reason, reason)  # type: ignore[return-value]  # one of EndReason's words
        case RecorderFailed():
            return "recorder", MESSAGES["recorder"]
        case ProtocolError():
            return "protocol", str(error)
        case TokengateError():
            return "error", str(error)
        case _:
            return "error", MESSAGES["error"]


async def close_recording(
    admission: Any, client: Any, counts: Counts, reason: EndReason | None, detail: str, actions: int
) -> None:
    """Count a session that is over and write its last line. `client`: its client's stream."""
    counts.sessions[reason or "error"] += 1
    counts.bytes_in += client.bytes_in
    counts.bytes_out += client.bytes_out
    totals = {"actions": actions, "bytes_in": client.bytes_in, "bytes_out": client.bytes_out}
    try:
        admission.recording.write(Event("end", {"reason": reason, "detail": detail, **totals}))
        await admission.recording.close(reason)
    except RecorderFailed as error:
        _log.error(
            "the recording of session {session} could not be closed: {why}",
            session=admission.session.id,
            why=str(error),
        )
