"""The finder of canaries: it sees each disguise it claims to, and nothing where there is nothing."""

from __future__ import annotations

import base64
import struct
import uuid

import pytest

from tests.canary.disguises import sighting

TEXT = "canaryqxa1xqyranac"

SEEN = [
    TEXT, TEXT.upper(), TEXT.title(), TEXT[:6], TEXT[-6:], TEXT[2:9], "x" + TEXT[1:], ".".join(TEXT), f'{{"k": "{TEXT}"}}',
    TEXT.encode().hex(), "\\x" + TEXT.encode().hex(), base64.b64encode(TEXT.encode()).decode(), "canaryq", "{canary,xa1x,yranac}",
    "1777001500", "-1777001501", "005100777" "1", "17770000001500", "177700000.25", "177,701,000.25", "1777003500.0",
    "7777-01-02", "02 Jan 7777", "(7777-01-02,1)", "cafebabe-7777-4777-8777-000000000001",
]  # fmt: skip

UNSEEN = [
    "", "lion", "[redacted]", "label 1", "2000-01-01", "00000000-0000-0000-0000-000000000000", "7777", "1777", "17770",
    "0d7777c1-7777-4777-8777-0a0a0a0a7777", "a" * 64, "deadbeef" * 8, "2020-01-02 03:04:05+00", "an array", "analysis",
]  # fmt: skip

BINARY = [
    struct.pack("!i", 1777001500),
    struct.pack("!q", 17770000002500),
    uuid.UUID("cafebabe-7777-4777-8777-000000000003").bytes,
    b"\0\0\0\2" + TEXT.encode(),
]


@pytest.mark.parametrize("text", SEEN)
def test_every_disguise_is_seen(text: str) -> None:
    """A canary is found in all that the generator's invertible functions make of it."""
    assert sighting([b"harmless", text.encode()])


@pytest.mark.parametrize("text", UNSEEN)
def test_nothing_else_is_taken_for_one(text: str) -> None:
    """Masks, hashes and clean values are no canaries."""
    assert sighting([text.encode()]) == ""


@pytest.mark.parametrize("raw", BINARY)
def test_binary_forms_are_seen(raw: bytes) -> None:
    """As they are sent, wherever they lie in an array or a record."""
    assert sighting([b"\0\0\0\1" + raw + b"\0"])
