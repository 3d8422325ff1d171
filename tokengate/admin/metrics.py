"""`/metrics`: the routes' counts as Prometheus sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

LABELLED = {
    "requests": ("verdict", "Requests judged"),
    "holds": ("outcome", "Holds that ended"),
    "sessions": ("reason", "Sessions that ended"),
    "rejected": ("reason", "Tokens rejected"),
    "refused": ("limit", "Connections refused by a limit"),
    "statements": ("cache", "Statements understood: from the cache (hit), or analysed (miss)"),
    "shadows": ("section", "Requests that a rule in shadow mode would have acted on"),
}
"""Counters of `session.counts.Counts` that have a label, its name, and what they count."""

PLAIN = {
    "rows": "Rows sent to clients",
    "masked": "Cells masked",
    "bytes_in": "Bytes received from clients",
    "bytes_out": "Bytes sent to clients",
}


class RouteCollector:
    """Reads the counts when Prometheus asks. `routes()` gives the running routes."""

    def __init__(self, routes: Callable[[], Iterable[Any]]) -> None:
        self._routes = routes

    def collect(self) -> Iterator[Metric]:
        """The metric families."""
        routes = list(self._routes())
        for name, (label, text) in LABELLED.items():
            family = CounterMetricFamily(f"tokengate_{name}", text, labels=["route", label])
            for route in routes:
                for value, count in getattr(route.counts, name).items():
                    family.add_metric([route.name, value], count)
            yield family
        for name, text in PLAIN.items():
            family = CounterMetricFamily(f"tokengate_{name}", text, labels=["route"])
            for route in routes:
                family.add_metric([route.name], getattr(route.counts, name))
            yield family
        live = GaugeMetricFamily("tokengate_sessions_live", "Sessions running now", labels=["route"])
        for route in routes:
            live.add_metric([route.name], len(route.live))
        yield live


def registry(routes: Callable[[], Iterable[Any]]) -> CollectorRegistry:
    """A registry of our own, so that nothing of another library's leaks in."""
    made = CollectorRegistry()
    made.register(RouteCollector(routes))
    return made
