"""What a terminal shows and what is typed at it, as events of the recording.

Fed by `program` with what passes; it changes nothing. `tokengate sessions replay` plays the events, `export` writes
them as an asciicast.
"""

from __future__ import annotations

import codecs

from tokengate.protocols.ssh.steps import Steps
from tokengate.protocols.ssh.wire import Reader, broken

MOST_IN_EVENT = 16 * 1024
"""Bytes in one event: a line of the recording that any reader takes."""

MOST_TYPED = 4096
"""Bytes that wait for their echo: a terminal's line in canonical mode. More is not recorded."""

LONGEST_TERM = 64
"""Bytes of a terminal's name."""

MOST_CELLS = 10_000
"""Columns or rows of a terminal."""


class Size:
    """A terminal's size out of a request."""

    def __init__(self, reader: Reader) -> None:
        self.columns, self.rows = reader.uint32(), reader.uint32()
        reader.uint32()
        reader.uint32()
        if max(self.columns, self.rows) > MOST_CELLS:
            raise broken("no terminal is that large")


class Terminal:
    """One channel's terminal. `record_input`: what is typed is recorded as far as the terminal echoes it."""

    def __init__(self, steps: Steps, channel: int, term: bytes, size: Size, record_input: bool) -> None:
        self._steps = steps
        self._channel = channel
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._echo = Echo() if record_input else None
        name = term[:LONGEST_TERM].decode("ascii", "replace")
        steps.record("terminal", channel=channel, term=name, columns=size.columns, rows=size.rows)

    def resize(self, size: Size) -> None:
        """It has another size."""
        self._steps.record("resize", channel=self._channel, columns=size.columns, rows=size.rows)

    def show(self, data: bytes) -> None:
        """It shows `data`, as the client sees it."""
        if self._echo is not None:
            self._record_input(self._echo.shown(data))
        for at in range(0, len(data), MOST_IN_EVENT):
            if text := self._decode(data[at : at + MOST_IN_EVENT]):
                self._steps.record("output", channel=self._channel, data=text)

    def type(self, data: bytes) -> None:
        """Somebody types `data`."""
        if self._echo is not None:
            self._echo.typed(data)

    def _record_input(self, data: bytes) -> None:
        if data:
            self._steps.record("input", channel=self._channel, data=data.decode("utf-8", "replace"))


class Echo:
    """Which of what is typed may be recorded: only what comes back at once.

    A password typed at a prompt without echo never does. What is not the very next thing that the terminal shows
    counts as not echoed.
    """

    def __init__(self) -> None:
        self._waiting = bytearray()

    def typed(self, data: bytes) -> None:
        """Keep what is typed until it is known."""
        self._waiting += data
        if len(self._waiting) > MOST_TYPED:
            self._waiting.clear()

    def shown(self, data: bytes) -> bytes:
        """What of the typed bytes this output echoes; what it doesn't is forgotten."""
        waiting, count = self._waiting, 0
        for one, two in zip(waiting, data, strict=False):
            if one != two:
                break
            count += 1
        echoed = bytes(waiting[:count])
        del waiting[: count if count == len(data) else len(waiting)]
        return echoed
