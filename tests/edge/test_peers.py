"""Peers' addresses."""

from __future__ import annotations

import pytest

from tokengate.edge.peers import address_of


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("192.0.2.1:5000", "192.0.2.1"),
        ("[2001:db8::1]:5000", "2001:db8::1"),
        ("[fe80::1%eth0]:5000", "fe80::1"),
        ("[::ffff:192.0.2.1]:5000", "192.0.2.1"),
        ("unix:", None),
        ("", None),
        ("example.org:5000", None),
    ],
)
def test_an_address_however_it_is_written(peer: str, address: str | None) -> None:
    """One host has one address, and what has none is told apart."""
    found = address_of(peer)
    assert (None if found is None else str(found)) == address
