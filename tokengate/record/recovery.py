"""Sealing what a crash left open: cut a torn last line, close the chain, and say in the footer that this is how it
ended.
"""

from __future__ import annotations

import os
from pathlib import Path

from tokengate.record.chain import Chain, signed_text
from tokengate.record.files import append, open_private
from tokengate.record.signing import Signer


def seal(path: Path, session: str, signer: Signer) -> Chain:
    """Close the file at `path`; the chain as it then ends. Raises `RecorderFailed`.

    A file that breaks off before its end, by tampering rather than by a crash, is cut where its chain breaks; how
    many bytes were cut is in the footer.
    """
    fd = open_private(path)
    try:
        raw = path.read_bytes()
        chain, good = Chain(), 0
        for line in raw.splitlines(keepends=True):
            try:
                if not line.endswith(b"\n"):
                    break
                content = chain.follow(line[:-1])
            except ValueError:
                break
            good += len(line)
            if content["kind"] == "footer":
                return chain
        os.ftruncate(fd, good)
        signature = signer.sign(signed_text(session, chain.lines, chain.last, "crashed"))
        facts = {"outcome": "crashed", "cut": len(raw) - good, "lines": chain.lines, "last": chain.last.hex()}
        append(fd, chain.line("footer", {**facts, "signature": signature}))
        os.fsync(fd)
        return chain
    finally:
        os.close(fd)
