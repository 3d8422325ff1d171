"""Are recordings as they were written? Each by its chain and signature, all of them by the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import frozen
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tokengate.record.chain import Chain, signed_text
from tokengate.record.ledger import LEDGER_FILE, ledger_text
from tokengate.record.signing import verified


@frozen
class Report:
    """One file's verdict: `problem` is "" when it is whole. `outcome`: "closed", "crashed", or "open" while it is
    written.
    """

    file: str
    problem: str
    lines: int = 0
    last: str = ""
    outcome: str = ""


def contents(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a recording, checked one by one. Raises ValueError with the line's number."""
    chain = Chain()
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                raise ValueError(f"line {number}: it breaks off")
            try:
                yield chain.follow(line[:-1])
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from error


def verify_recording(path: Path, public: Ed25519PublicKey) -> Report:
    """Follow a recording's chain to its footer and check the signature."""
    chain, session = Chain(), ""
    footer: dict[str, Any] | None = None
    problem = ""
    try:
        for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], 1):
            if footer is not None:
                raise ValueError(f"line {number}: something follows the footer")
            lines, last = chain.lines, chain.last
            try:
                content = chain.follow(line)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from error
            if content["kind"] == "head":
                session = content["session"]
            if content["kind"] == "footer":
                footer = content
                text = signed_text(session, lines, last, content["outcome"])
                if (
                    content["lines"] != lines
                    or content["last"] != last.hex()
                    or not verified(public, content["signature"], text)
                ):
                    raise ValueError(f"line {number}: the signature is not the key's")
        if session != path.stem:
            raise ValueError("it is another session's recording")
        if not path.read_bytes().endswith(b"\n"):
            raise ValueError("its last line breaks off")
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = str(error) or type(error).__name__
    outcome = "open" if footer is None else str(footer["outcome"])
    return Report(path.name, problem, chain.lines, chain.last.hex(), outcome)


def verify_folder(folder: Path, public: Ed25519PublicKey) -> list[Report]:
    """Every recording, the ledger, and what each says of the other."""
    reports: list[Report] = []
    known: dict[str, str] = {}
    closed: dict[str, dict[str, Any]] = {}
    problem = _read_ledger(folder / LEDGER_FILE, public, known, closed)
    reports.append(Report(LEDGER_FILE, problem, len(known)))
    files = {str(path.relative_to(folder)): path for path in sorted(folder.glob("*/*.ndjson"))}
    for session, file in known.items():
        if file not in files:
            reports.append(Report(file, "it is in the ledger, and gone"))
            continue
        report = verify_recording(files.pop(file), public)
        reports.append(_held_against(report, file, closed.get(session)))
    reports += [Report(file, "it is not in the ledger") for file in files]
    return reports


def _held_against(report: Report, file: str, entry: dict[str, Any] | None) -> Report:
    problem = report.problem
    if not problem and entry is not None and (entry["lines"], entry["last"]) != (report.lines, report.last):
        problem = "it is not what the ledger closed"
    if not problem and entry is None and report.outcome == "closed":
        problem = "it is closed, and open in the ledger"
    return Report(file, problem, report.lines, report.last, report.outcome)


def _read_ledger(path: Path, public: Ed25519PublicKey, known: dict[str, str], closed: dict[str, dict[str, Any]]) -> str:
    chain = Chain()
    try:
        raw = path.read_bytes()
        for number, line in enumerate(raw.split(b"\n")[:-1], 1):
            last = chain.last
            try:
                content = chain.follow(line)
            except ValueError as error:
                return f"line {number}: {error}"
            own = {
                key: value for key, value in content.items() if key not in ("seq", "at", "kind", "signature", "hash")
            }
            if not verified(public, content.get("signature"), ledger_text(content["kind"], own, last)):
                return f"line {number}: the signature is not the key's"
            if content["kind"] == "open":
                known[content["session"]] = content["file"]
            else:
                closed[content["session"]] = content
        return "" if raw.endswith(b"\n") or not raw else "its last line breaks off"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return str(error) or type(error).__name__
