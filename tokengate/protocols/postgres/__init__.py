"""PostgreSQL: protocol 3.0 and 3.2, as documented in its manual's chapter on the frontend/backend protocol."""
