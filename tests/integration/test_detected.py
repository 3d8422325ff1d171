"""The masker `detectors` through the whole gateway: what looks like a card or an address is starred, wherever it stands."""

from __future__ import annotations

import psycopg
import pytest

from tests.support.gateway import Gateway

CARD = "4111111111111111"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (f"select 'pay with {CARD} now'", "pay with **************** now"),
        (f"select 'mail ada@' || 'example.org, {CARD}'", None),
        (f'select \'{{"card": "{CARD}"}}\'::jsonb', None),
        (f"select array['x', '{CARD}']", None),
        (f"select {CARD}::bigint", "0"),
        (f"select {CARD}::numeric", "0"),
        (f"select '{CARD}'::bytea", None),
        (f"select row(1, '{CARD}')", None),
        (f"select xmlelement(name a, '{CARD}')", None),
        ("select 'DE89370400440532013000'", "**********************"),
        ("select 'an ordinary sentence with 12345 numbers'", "an ordinary sentence with 12345 numbers"),
        ("select id, placed_at from app.orders where id = 1", "1"),
    ],
)
@pytest.mark.parametrize("binary", [False, True])
def test_detected_values_are_starred(gateway: Gateway, query: str, shown: str | None, binary: bool) -> None:
    """In text and binary, in every kind of type; what is none stays."""
    with gateway.connect("detected") as connection, connection.cursor(binary=binary) as cursor:
        cursor.execute(query)
        result = cursor.pgresult
        assert result is not None
        raw = result.get_value(0, 0) or b""
        assert CARD.encode() not in raw
        assert CARD.encode().hex().encode() not in raw
        assert b"ada@" not in raw or b"*" in raw
        if shown is not None and not binary:
            assert raw.decode() == shown
        cursor.fetchall()


def test_errors_and_notices_are_searched_too(gateway: Gateway) -> None:
    """A value quoted in a message is starred there."""
    with gateway.connect("detected") as connection:
        with pytest.raises(psycopg.Error) as caught:
            connection.execute(f"select 'no. {CARD}'::int")
        assert CARD not in (caught.value.diag.message_primary or "")
        notices: list[str] = []
        connection.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
        connection.execute(f"do $$ begin raise notice 'card %', '{CARD}'; end $$")
        assert notices
        assert CARD not in notices[0]


def test_copies_are_searched_too(gateway: Gateway) -> None:
    """COPY in text, CSV and binary."""
    with gateway.connect("detected") as connection:
        for form in ("text", "csv", "binary"):
            with (
                connection.cursor() as cursor,
                cursor.copy(f"copy (select 'pay {CARD}', 2) to stdout (format {form})") as copy,
            ):
                data = b"".join(bytes(piece) for piece in copy)
            assert CARD.encode() not in data
            assert b"*" * 16 in data
