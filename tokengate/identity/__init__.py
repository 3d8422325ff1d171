"""The token path: from a presented credential to a Principal."""
