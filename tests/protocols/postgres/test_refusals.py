"""Tests of tokengate.protocols.postgres.refusals: what a client sees of the server's messages."""

from __future__ import annotations

from tokengate.protocols.postgres import wire
from tokengate.protocols.postgres.refusals import WITHHELD, concealed
from tokengate.values import Action


def conceal(text: str, action: Action | None, placed: bool) -> str:
    """Withholds what has a secret in it."""
    return "" if "secret" in text else text


def shown(**fields: str) -> dict[str, str]:
    """A message's fields as the client sees them, by their codes."""
    payload = wire.error_fields([(code.encode(), value.encode()) for code, value in fields.items()])
    found = concealed(payload, None, conceal)
    assert (found is payload) == ("secret" not in "".join(fields.values()))
    return {code.decode(): value.decode() for code, value in wire.parse_error_fields(found)}


def test_names_of_objects_stay_with_a_withheld_message() -> None:
    """Applications tell violations apart by the constraint's name."""
    fields = {
        "S": "ERROR",
        "C": "23505",
        "M": "duplicate",
        "D": "Key (email)=(secret)",
        "t": "customers",
        "n": "customers_email_key",
    }
    assert shown(**fields) == {key: value for key, value in fields.items() if key != "D"}
    assert shown(S="ERROR", C="22P02", M="invalid: secret") == {"S": "ERROR", "C": "22P02", "M": WITHHELD}


def test_names_that_code_made_up_go_with_it() -> None:
    """RAISE takes them from anywhere."""
    fields = {
        "S": "ERROR",
        "C": "P0001",
        "M": "no",
        "W": "PL/pgSQL function secret() line 1 at RAISE",
        "t": "ada",
        "n": "lovelace",
        "c": "x",
        "d": "y",
        "s": "z",
    }
    assert shown(**fields) == {"S": "ERROR", "C": "P0001", "M": "no"}
    assert shown(**{**fields, "C": "ADA00"})["C"] == "P0001"
    assert shown(M="no", W="function f() at RAISE", n="kept") == {"M": "no", "W": "function f() at RAISE", "n": "kept"}
