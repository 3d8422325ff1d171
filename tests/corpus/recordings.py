"""What a gateway has recorded of the statements that were sent through it, and what its rules thought of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from attrs import define, field


@define
class Recordings:
    """The recordings of a folder, of a day each in a folder of its own."""

    folder: Path
    _read: dict[Path, int] = field(factory=dict, init=False)

    def actions(self) -> list[dict[str, Any]]:
        """The actions recorded since it was asked before."""
        events = (json.loads(line) for path in sorted(self.folder.glob("*/*.ndjson")) for line in self._lines(path))
        return [event for event in events if event["kind"] == "action"]

    def _lines(self, path: Path) -> list[bytes]:
        with path.open("rb") as file:
            file.seek(self._read.get(path, 0))
            lines = file.readlines()
            self._read[path] = file.tell()
        return lines
