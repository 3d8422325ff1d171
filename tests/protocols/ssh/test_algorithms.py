"""The closed lists, and how two lists become one choice."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.errors import ProtocolError
from tokengate.protocols.ssh import algorithms
from tokengate.protocols.ssh.algorithms import Direction, Offer, agree
from tokengate.protocols.ssh.wire import reason_of

EVERYTHING = (
    *algorithms.KEY_EXCHANGES, *algorithms.SIGNATURES, *algorithms.CERTIFICATES, *algorithms.CIPHERS, *algorithms.MACS
)  # fmt: skip


@pytest.mark.parametrize(
    "bad", [b"cbc", b"3des", b"md5", b"sha1", b"ssh-rsa", b"ssh-dss", b"group", b"arcfour", b"-96"]
)
def test_nothing_old_is_spoken(bad: bytes) -> None:
    assert not [name for name in EVERYTHING if bad in name]


@pytest.mark.parametrize("bad", [b"ssh-rsa", b"3des-cbc", b"hmac-sha1", b"diffie-hellman-group14-sha1", b"zlib"])
def test_two_peers_can_not_agree_on_what_is_not_ours(bad: bytes) -> None:
    """Even a list of ours that held it would not make it the choice."""
    offer = Offer((bad,), (bad,), ((bad,), (bad,)), ((bad,), (bad,)), ((bad,), (bad,)))
    with pytest.raises(ProtocolError) as caught:
        agree(offer, offer, False)
    assert reason_of(caught.value) == 3


def test_the_clients_order_counts() -> None:
    client = Offer(
        key_exchanges=(b"ecdh-sha2-nistp521", b"curve25519-sha256"), host_keys=(b"rsa-sha2-256", b"ssh-ed25519")
    )
    chosen = agree(client, Offer(), False)
    assert (chosen.key_exchange, chosen.host_key) == (b"ecdh-sha2-nistp521", b"rsa-sha2-256")


def test_directions_are_apart_and_aead_needs_no_mac() -> None:
    gcm, ctr = (b"aes128-gcm@openssh.com",), (b"aes128-ctr",)
    client = Offer(ciphers=(gcm, ctr), macs=((b"hmac-md5",), (b"hmac-sha2-256",)))
    chosen = agree(client, Offer(), False)
    assert chosen.to_server == Direction(gcm[0], b"")
    assert chosen.to_client == Direction(ctr[0], b"hmac-sha2-256")


def test_markers_are_never_the_choice() -> None:
    """A marker in both lists isn't a key exchange (RFC 8308, section 2.2)."""
    both = Offer(key_exchanges=(algorithms.EXT_INFO_CLIENT, b"curve25519-sha256"))
    with pytest.raises(ProtocolError):
        agree(both, both, False)


def test_a_guess_is_wasted_unless_both_prefer_it() -> None:
    other = Offer(key_exchanges=(b"curve25519-sha256", b"mlkem768x25519-sha256"))
    assert not agree(Offer(), Offer(), True).wasted_guess
    assert agree(other, Offer(), True).wasted_guess
    assert not agree(other, Offer(), False).wasted_guess
    assert not agree(other, Offer(), True).without_guess().wasted_guess


def test_an_offer_comes_back() -> None:
    offer = Offer().marked(b"a", b"b").with_host_keys((b"ssh-ed25519",))
    again = Offer.decode(offer.encode(bytes(16)))
    assert again.key_exchanges == [*algorithms.KEY_EXCHANGES, b"a", b"b"]
    assert again.host_keys == [b"ssh-ed25519"]
    assert again.ciphers == (list(algorithms.CIPHERS), list(algorithms.CIPHERS))
    assert not again.guess


@given(st.binary(max_size=300))
def test_any_kexinit_at_all(data: bytes) -> None:
    """It is an offer or a ProtocolError, and so is agreeing with it."""
    with suppress(ProtocolError):
        agree(Offer.decode(data), Offer(), True)
