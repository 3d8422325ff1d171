"""SQL analysis against arbitrary text: facts or an error, never an exception.

`python -m fuzz.sql [-max_total_time=SECONDS]`
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports():
    from tokengate.sql.cache import Analyser
    from tokengate.sql.invariants import invariants

_analyse = Analyser(limit_bytes=1 << 20)


def one(data: bytes) -> None:
    """One text."""
    invariants(_analyse(data.replace(b"\0", b"")))


def main() -> None:
    """Run until stopped."""
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
