"""A recorded terminal as an asciicast, version 2: what asciinema and its players read.

Made of a recording's lines for `tokengate sessions export`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

CODES = {"output": "o", "input": "i", "resize": "r"}
"""A line's kind, and its event's code."""


def terminals(lines: Iterable[dict[str, Any]]) -> list[int]:
    """The channels that have a terminal, in their order."""
    return [line["channel"] for line in lines if line["kind"] == "terminal"]


def asciicast(lines: Iterable[dict[str, Any]], channel: int) -> Iterator[str]:
    """The asciicast of one channel's terminal, line by line. Raises ValueError when it has none."""
    began: float | None = None
    for line in lines:
        if line.get("channel") != channel:
            continue
        if line["kind"] == "terminal":
            began = line["at"]
            yield _json(
                {
                    "version": 2,
                    "width": line["columns"],
                    "height": line["rows"],
                    "timestamp": int(began or 0),
                    "env": {"TERM": line["term"]},
                }
            )
        elif began is not None and (code := CODES.get(line["kind"])) is not None:
            data = f"{line['columns']}x{line['rows']}" if code == "r" else line["data"]
            yield _json([round(line["at"] - began, 3), code, data])
    if began is None:
        raise ValueError(f"channel {channel} has no terminal")


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
