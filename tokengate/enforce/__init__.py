"""Enforcers: policies that judge requests."""
