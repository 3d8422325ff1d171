"""Replies keep the order of requests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.errors import ProtocolError
from tokengate.protocols.ssh.replies import Replies


@given(st.permutations(range(8)), st.lists(st.booleans(), min_size=8, max_size=8))
def test_in_whatever_order_they_are_known(order: list[int], wanted: list[bool]) -> None:
    """They are sent in the order of their requests, as far as they are wanted."""
    sent: list[bytes] = []
    replies = Replies(sent.append, 8)
    slots = [replies.expect(want) for want in wanted]
    for number in order:
        replies.answer(slots[number], b"%d" % number)
    assert sent == [b"%d" % number for number, want in enumerate(wanted) if want]


def test_what_is_outstanding_at_the_end() -> None:
    """Has one reply for all."""
    sent: list[bytes] = []
    replies = Replies(sent.append, 8)
    slots = [replies.expect(True) for _ in range(3)]
    replies.answer(slots[1], b"own")
    replies.settle(b"late")
    assert sent == [b"late", b"own", b"late"]


def test_not_without_end() -> None:
    """A limit."""
    replies = Replies(lambda reply: None, 1)
    replies.expect(False)
    with pytest.raises(ProtocolError, match="too many"):
        replies.expect(False)
