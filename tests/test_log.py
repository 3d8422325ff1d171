"""Log lines: one event a line, no secret in it."""

from __future__ import annotations

import io
import json

import pytest
from twisted.logger import Logger, LogPublisher
from twisted.python.failure import Failure

from tokengate.log import observer, scrub


def logged(form: str, **event: object) -> str:
    out = io.StringIO()
    publisher = LogPublisher(observer(out, form))
    text = str(event.pop("text"))
    Logger("test", observer=publisher).warn(text, **event)
    return out.getvalue()


def test_json_has_fields_and_one_line() -> None:
    """Message, level, and the event's named fields."""
    line = logged("json", text="route {route}: {why}\nand more", route="orders", why="closed")
    found = json.loads(line)
    assert line.count("\n") == 1
    assert (found["level"], found["route"], found["why"]) == ("warn", "orders", "closed")
    assert found["message"].startswith("route orders: closed")


def test_text_is_for_people() -> None:
    """Time, level, message."""
    assert logged("text", text="hello {name}", name="x").endswith("warn hello x\n")


@pytest.mark.parametrize(
    "secret",
    [
        "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
        "tg_0123456789abcdefghij",
    ],
)
def test_tokens_never_reach_a_line(secret: str) -> None:
    """In the message, in a field, in a failure's text."""
    for form in ("json", "text"):
        line = logged(form, text="oops {why}", why=f"token {secret} failed", log_failure=Failure(ValueError(secret)))
        assert secret not in line


def test_passwords_in_urls_are_taken_out() -> None:
    """The rest of the URL stays."""
    assert scrub("to postgresql://user:pa%20ss@db/x") == "to postgresql://[secret]@db/x"
