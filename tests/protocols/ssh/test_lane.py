"""Windows: credit passes from end to end, and nothing piles up in between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.errors import ProtocolError
from tokengate.protocols.ssh.lane import MOST_ROOM, Lane

HEAD = b"head"


def sent(lane: Lane) -> bytes:
    return b"".join(data for _, data, counts in lane.ready() if counts)


def test_the_sender_may_send_what_the_receiver_takes() -> None:
    """No more, and again what the receiver makes room for."""
    lane = Lane(1000, 100)
    assert lane.grant(always=True) == 1000
    lane.accept(1000)
    with pytest.raises(ProtocolError, match="window"):
        lane.accept(1)
    lane.push(HEAD, bytes(1000))
    assert len(sent(lane)) == 1000
    assert lane.grant(always=True) == 0
    lane.widen(300)
    assert lane.grant(always=True) == 300


def test_data_goes_out_in_pieces_that_the_receiver_takes() -> None:
    """By its window and its packets, in order, other messages behind the data before them."""
    lane = Lane(250, 100)
    lane.push(HEAD, b"a" * 300)
    lane.push(b"eof", b"", counts=False)
    assert [(head, len(data)) for head, data, _ in lane.ready()] == [(HEAD, 100), (HEAD, 100), (HEAD, 50)]
    lane.widen(50)
    assert [head for head, _, _ in lane.ready()] == [HEAD, b"eof"]


def test_the_gateways_own_text_is_paid_for_by_the_sender() -> None:
    """Room that it took is not told to the sender."""
    lane = Lane(1000, 1000)
    lane.push(HEAD, bytes(60))
    assert len(sent(lane)) == 60
    assert lane.grant(always=True) == 940
    lane.widen(60)
    assert lane.grant(always=True) == 60


def test_early_data_is_capped() -> None:
    """However large the receiver's window is, until the cap is taken away."""
    lane = Lane(1 << 30, 1000, cap=500)
    assert lane.grant(always=True) == 500
    lane.accept(500)
    lane.kept = 500
    assert lane.grant(always=True) == 0
    lane.cap = None
    assert lane.grant(always=True) == (1 << 30) - 500


def test_a_window_that_grows_too_large_is_refused() -> None:
    """As RFC 4254 has it."""
    lane = Lane(MOST_ROOM, 1000)
    with pytest.raises(ProtocolError, match="too large"):
        lane.widen(1)


@given(st.lists(st.tuples(st.sampled_from(["send", "room", "flush"]), st.integers(1, 5000))))
def test_nothing_is_ever_kept_without_a_floor(moves: list[tuple[str, int]]) -> None:
    """Whatever the order: what the sender may have under way is never more than the receiver takes."""
    lane = Lane(1000, 300)
    allowed = lane.grant(always=True)
    for move, count in moves:
        if move == "send":
            count = min(count, allowed)
            lane.accept(count)
            allowed -= count
            lane.push(HEAD, bytes(count))
            assert len(sent(lane)) == count
        elif move == "room":
            lane.widen(count)
            allowed += lane.grant(always=True)
        else:
            allowed += lane.grant(always=False)
        assert allowed <= lane.room
