"""Tests of tokengate.protocols.postgres.credential."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.errors import UpstreamError
from tokengate.protocols.postgres.credential import Credential

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://app:s3cret@/orders", ("app", "s3cret", "orders")),
        ("postgres://app:s3cret@db.internal:5432/orders?sslmode=disable", ("app", "s3cret", "orders")),
        ("postgresql://app@/", ("app", None, "app")),
        ("postgresql://app:@[::1]", ("app", "", "app")),
        ("postgresql://a%3Ab:c%40d%2F%23%3f@/o%20x\n", ("a:b", "c@d/#?", "o x")),
        ("app:pass:word@/x%20", ("app", "pass:word@/x%20", "app")),
        ("app\r\n", ("app", None, "app")),
    ],
)
def test_forms(text: str, expected: tuple[str, str | None, str]) -> None:
    """A URL is percent-decoded and its address left aside; the plain form is taken literally."""
    credential = Credential.parse(text)
    assert (credential.user, credential.password, credential.database) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":password",
        "mysql://app:secret@/x",
        "postgresql://app:secret",
        "postgresql://app:sec@ret@/x",
        "postgresql://app:sec/ret@/x",
        "postgresql://app:sec#ret@/x",
        "postgresql://app:secret@/x/y",
        "postgresql://app:secret@/x?user=postgres",
        "postgresql://app:secret@/x?sslmode=require&options=-crole%3Dsecret",
        "postgresql://app:secret%2@/x",
        "postgresql://app:secret%zz@/x",
        "postgresql://app:secret%00@/x",
        "postgresql://app%00database%00postgres:secret@/x",
        "postgresql://app:secret@/x%00",
        "postgresql://app:secret%ff@/x",
        "app:secret\0",
    ],
)
def test_refused_without_quoting(text: str) -> None:
    """What can't be read with certainty is refused, and the error does not contain the password."""
    with pytest.raises(UpstreamError) as caught:
        Credential.parse(text)
    assert "secret" not in str(caught.value) + repr(caught.value)


@given(TEXT, TEXT, TEXT)
def test_any_text_survives_a_url(user: str, password: str, database: str) -> None:
    """Whatever is percent-encoded into a URL comes out unchanged."""
    text = f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@host/{quote(database, safe='')}"
    assert Credential.parse(text) == Credential(user, password, database)


@given(st.text(max_size=60))
def test_parses_or_refuses(text: str) -> None:
    """Any text gives a usable credential or `UpstreamError`."""
    for prefix in ("", "postgresql://", "postgresql://u:p@/"):
        try:
            credential = Credential.parse(prefix + text)
        except UpstreamError:
            continue
        assert credential.user
        assert credential.database
        assert "\0" not in credential.user + credential.database + (credential.password or "")


def test_repr_hides_the_password() -> None:
    """A credential in a log line or traceback does not give its password away."""
    assert "hunter2" not in repr(Credential.parse("app:hunter2"))
