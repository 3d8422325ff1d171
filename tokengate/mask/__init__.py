"""Maskers: what of a result a client may see."""
