"""Shell analysis against arbitrary bytes: facts or an error, never an exception.

`python -m fuzz.shell [-max_total_time=SECONDS]`
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports():
    from tokengate.enforce.commands import items, of_command, uncovered
    from tokengate.shell.posix import analyse

_ITEMS = items("rm -rf *, git push, write /etc/*, read, assign A*, dynamic")


def one(data: bytes) -> None:
    """One command, and what rules say of it."""
    effects = of_command(analyse(data))
    uncovered(effects, _ITEMS)
    for item in _ITEMS:
        item.matches(effects)


def main() -> None:
    """Run until stopped."""
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
