"""Statements as data: attempts to see or do what is forbidden, and what ordinary tools send."""
