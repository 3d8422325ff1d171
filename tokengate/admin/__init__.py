"""The operator's HTTP side: health, readiness, metrics."""
