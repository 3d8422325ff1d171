"""What one source may cost."""

from __future__ import annotations

import pytest

from tokengate.edge import limits
from tokengate.edge.limits import Gauge, Limits, source_of


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def gauge(**options: float) -> tuple[Gauge, Time]:
    clock = Time()
    return Gauge(Limits(**{"connections": 10, "per_source": 3, "rate_per_source": 2.0, **options}), clock), clock  # type: ignore[arg-type]  # by name


def test_connections_are_limited_in_all_and_by_source() -> None:
    """One source can't take everybody's places, and all together no more than there are."""
    counter, _ = gauge(rate_per_source=100.0)
    assert [counter.enter("192.0.2.1:1") for _ in range(4)] == [None, None, None, "per_source"]
    for n in range(7):
        assert counter.enter(f"198.51.100.{n}:1") is None
    assert counter.enter("203.0.113.1:1") == "connections"
    counter.leave("192.0.2.1:1")
    assert counter.enter("203.0.113.1:1") is None


def test_new_connections_are_limited_by_rate() -> None:
    """A burst is let through, then the rate holds; time gives credit back."""
    counter, clock = gauge(per_source=100)
    assert [counter.enter("192.0.2.1:1") for _ in range(5)].count("rate_per_source") == 1
    clock.now = 0.5
    assert counter.enter("192.0.2.1:1") is None
    assert counter.enter("192.0.2.1:1") == "rate_per_source"
    assert counter.enter("192.0.2.2:1") is None


def test_the_table_of_sources_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan from many addresses doesn't grow the memory; sources with connections are not forgotten."""
    monkeypatch.setattr(limits, "MAX_SOURCES", 50)
    counter, _ = gauge(connections=1_000_000)
    counter.enter("192.0.2.1:1")
    for n in range(1000):
        peer = f"198.51.{n // 250}.{n % 250}:1"
        counter.enter(peer)
        counter.leave(peer)
    assert len(counter._sources) <= 50
    assert "192.0.2.1" in counter._sources


@pytest.mark.parametrize(
    ("peer", "source"),
    [
        ("192.0.2.7:1234", "192.0.2.7"),
        ("[2001:db8:1:2:3:4:5:6]:1", "2001:db8:1:2::/64"),
        ("[::ffff:192.0.2.7]:1", "192.0.2.7"),
        ("[fe80::1%eth0]:1", "fe80::/64"),
        ("unix:", "unix"),
    ],
)
def test_sources(peer: str, source: str) -> None:
    """IPv6 counts by /64, mapped IPv4 as IPv4."""
    assert source_of(peer) == source
