"""Log lines: one event, one line, as JSON or as text, and nothing in them that looks like a credential."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any, TextIO

from twisted.logger import FileLogObserver, ILogObserver, formatEvent
from zope.interface import directlyProvides

_SECRETS = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]+\.?[\w-]*"  # JWTs
    r"|\btg_\w{8,}"  # our own opaque tokens
    r"|(?<=://)([^/\s:@]*):[^/\s@]+(?=@)"  # passwords in URLs
)

PLAIN = frozenset({"session", "route", "peer", "reason", "what", "why", "approval"})
"""Event fields that become fields of the JSON line."""


def scrub(text: str) -> str:
    """The text without anything that looks like a token or a password."""
    return _SECRETS.sub("[secret]", text)


def line(event: dict[str, Any], *, as_json: bool) -> str:
    """One event as one line."""
    level = event.get("log_level")
    fields = {
        "at": datetime.datetime.fromtimestamp(event["log_time"], datetime.UTC).isoformat(timespec="milliseconds"),
        "level": level.name if level is not None else "info",
        "system": event.get("log_namespace", ""),
        "message": scrub(formatEvent(event)),
    }
    fields.update((key, scrub(str(event[key]))) for key in sorted(PLAIN & event.keys()))
    failure = event.get("log_failure")
    if failure is not None:
        fields["error"] = scrub(f"{failure.type.__name__}: {failure.getErrorMessage()}")
        if fields["level"] == "critical":
            fields["traceback"] = scrub(failure.getTraceback())
    if as_json:
        return json.dumps(fields, ensure_ascii=False) + "\n"
    rest = "".join(f"\n  {fields[key]}" for key in ("error", "traceback") if key in fields)
    return f"{fields['at']} {fields['level']} {fields['message']}{rest}\n"


def observer(out: TextIO, form: str) -> FileLogObserver:
    """An observer that writes lines of `form` ("json" or "text") to `out`."""
    made = FileLogObserver(out, lambda event: line(event, as_json=form == "json"))
    directlyProvides(made, ILogObserver)
    return made
