"""Recorders: the tamper-evident record of every session."""
