"""What a route has done so far, as plain numbers: cheap enough for the hot path, rendered by `admin.metrics`."""

from __future__ import annotations

from collections import Counter

from attrs import define, field


@define(eq=False)
class Counts:
    """One route's numbers since the gateway started. Counters are keyed by the words their metric's label has."""

    requests: Counter[str] = field(factory=Counter)  # by verdict: allow, deny, hold
    holds: Counter[str] = field(factory=Counter)  # by outcome: approved, denied, cancelled, withdrawn, failed
    sessions: Counter[str] = field(factory=Counter)  # ended ones, by why
    rejected: Counter[str] = field(factory=Counter)  # tokens, by reason
    refused: Counter[str] = field(factory=Counter)  # connections, by limit
    shadows: Counter[str] = field(factory=Counter)  # rules in shadow mode that would have acted, by section
    statements: Counter[str] = field(factory=Counter)  # hit or miss, where a protocol understands texts
    rows: int = 0
    masked: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
