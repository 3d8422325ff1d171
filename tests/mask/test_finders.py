"""Tests of tokengate.mask.finders: what each kind finds in text, exactly, and what it leaves alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokengate.mask.finders import FINDERS

JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----"


def found(kind: str, text: str) -> list[str]:
    """What a kind finds, in order."""
    raw = text.encode()
    spans = {
        span for finder in FINDERS[kind] for start, end in finder.matches(raw) for span in finder.spans(raw, start, end)
    }
    return [raw[start:end].decode() for start, end in sorted(spans)]


FOUND = [
    ("card", "4111111111111111", ["4111111111111111"]),
    ("card", "card: 4111 1111 1111 1111.", ["4111 1111 1111 1111"]),
    ("card", "x4111-1111-1111-1111y", ["4111-1111-1111-1111"]),
    ("card", "3782 822463 10005", ["3782 822463 10005"]),
    ("card", "12 4111 1111 1111 1111", ["4111 1111 1111 1111"]),
    ("card", "4111 1111 1111 1111 12/29 123", ["4111 1111 1111 1111"]),
    ("card", "4111111111111111 5500000000000004", ["4111111111111111", "5500000000000004"]),
    ("card", "'4111111111111111','5500000000000004'", ["4111111111111111", "5500000000000004"]),
    ("card", "6205 5000 0000 0000 004", ["6205 5000 0000 0000 004"]),
    ("email", "ada@example.org", ["ada@example.org"]),
    ("email", "Ada <ada.l+x@mail.example.org>, b@c.de", ["ada.l+x@mail.example.org", "b@c.de"]),
    ("email", '{"mail":"ada@example.org"}', ["ada@example.org"]),
    ("email", "mail='ada.o'hara@example.org'", ["ada.o'hara@example.org"]),
    ("email", "zoë@müller.example", ["zoë@müller.example"]),
    ("email", "a@xn--mller-kva.xn--p1ai", ["a@xn--mller-kva.xn--p1ai"]),
    ("iban", "GB82WEST12345698765432", ["GB82WEST12345698765432"]),
    ("iban", "to GB82 WEST 1234 5698 7654 32 please", ["GB82 WEST 1234 5698 7654 32"]),
    ("iban", "NL91 ABNA 0417 1643 00 and DE89370400440532013000", ["NL91 ABNA 0417 1643 00", "DE89370400440532013000"]),
    ("iban", "xx12 ab12 GB82 WEST 1234 5698 7654 32", ["GB82 WEST 1234 5698 7654 32"]),
    ("phone", "+1 202 555 0143", ["+1 202 555 0143"]),
    ("phone", "call +44 (20) 7946-0018!", ["+44 (20) 7946-0018"]),
    ("phone", "+31612345678", ["+31612345678"]),
    ("phone", "(202) 555-0143 or 202-555-0143", ["(202) 555-0143", "202-555-0143"]),
    ("phone", "06-12345678, 030/12345678", ["06-12345678", "030/12345678"]),
    ("us-ssn", "ssn 078-05-1120", ["078-05-1120"]),
    ("nl-bsn", "bsn 111222333", ["111222333"]),
    ("de-idnr", "79569910383", ["79569910383"]),
    ("fr-nir", "1 84 05 2A 050 504 90", ["1 84 05 2A 050 504 90"]),
    ("es-dni", "98830998K, Z2943418K", ["98830998K", "Z2943418K"]),
    ("it-cf", "RCCMNL83S18D969H", ["RCCMNL83S18D969H"]),
    ("gb-nino", "AB 12 34 56 C", ["AB 12 34 56 C"]),
    ("gb-nhs", "750 276 8092", ["750 276 8092"]),
    ("se-pnr", "480825-6004", ["480825-6004"]),
    ("no-fnr", "291018 56397", ["291018 56397"]),
    ("fi-hetu", "131052-308T", ["131052-308T"]),
    ("pl-pesel", "44051401359", ["44051401359"]),
    ("be-nn", "85.07.30-033.28", ["85.07.30-033.28"]),
    ("ch-ahv", "756.9217.0769.85", ["756.9217.0769.85"]),
    ("br-cpf", "111.444.777-35", ["111.444.777-35"]),
    ("in-aadhaar", "2552 2877 9662", ["2552 2877 9662"]),
    ("tr-tckn", "10000000146", ["10000000146"]),
    ("cn-ric", "11010519491231002X", ["11010519491231002X"]),
    ("aws-key", "key AKIAIOSFODNN7EXAMPLE", ["AKIAIOSFODNN7EXAMPLE"]),
    ("jwt", f"Bearer {JWT}", [JWT]),
    ("private-key", f"x {PEM} y", [PEM]),
    ("private-key", "-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Bl", ["-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Bl"]),
    ("private-key", "-----BEGIN PRIVATE KEY-----abc", ["-----BEGIN PRIVATE KEY-----abc"]),
    ("github-token", "ghp_" + "a" * 36, ["ghp_" + "a" * 36]),
    ("github-token", "x github_pat_" + "a1_" * 20, ["github_pat_" + "a1_" * 20]),
    ("gitlab-token", "glpat-" + "a" * 20, ["glpat-" + "a" * 20]),
    ("slack-token", "xoxb-1234567890-abcdef", ["xoxb-1234567890-abcdef"]),
]


@pytest.mark.parametrize(("kind", "text", "expected"), FOUND)
def test_what_is_found(kind: str, text: str, expected: list[str]) -> None:
    """All of it, nothing beside it, wherever it stands in the text."""
    assert found(kind, text) == expected


def test_a_secret_key_is_found_by_its_name() -> None:
    """Forty characters mean nothing by themselves."""
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    assert found("aws-key", f'aws_secret_access_key = "{secret}"')[0].endswith(secret)
    assert found("aws-key", secret) == []


LEFT_ALONE = [
    ("card", "2026-01-02 03:04:05.678901+00"),
    ("card", "550e8400-e29b-41d4-a716-446655440000"),
    ("card", "4111111111111112"),
    ("card", "9999999999999995"),
    ("card", "441111111111111111111111"),
    ("card", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"),
    ("card", "1234567890123456"),
    ("email", "ada@localhost"),
    ("email", "@example.org"),
    ("email", "a @ b.com"),
    ("email", "numpy@1.26.4"),
    ("iban", "GB82WEST12345698765433"),
    ("iban", "GB82WEST123456987654321"),
    ("iban", "ab12 the quick brown fox jumps over"),
    ("phone", "2026-01-02"),
    ("phone", "192.168.100.200"),
    ("phone", "+00"),
    ("phone", "1e+12345678"[0:3]),
    ("phone", "12345678"),
    ("us-ssn", "000-12-3456"),
    ("us-ssn", "1078-05-1120"),
    ("nl-bsn", "1112223334"),
    ("es-dni", "98830998A"),
    ("gb-nino", "GB123456A"),
    ("jwt", "eyJhbGci.notjson.x"),
    ("jwt", "eyJ0eXAiOiJKV1QifQ.e30."),
    ("private-key", "-----BEGIN PUBLIC KEY-----abc"),
    ("private-key", "-----BEGIN CERTIFICATE-----"),
    ("aws-key", "AKIA1234"),
    ("github-token", "ghp_short"),
    ("slack-token", "xoxz-1234567890"),
]


@pytest.mark.parametrize(("kind", "text"), LEFT_ALONE)
def test_what_is_left_alone(kind: str, text: str) -> None:
    """Dates, identifiers, versions, numbers that fail their check."""
    assert found(kind, text) == []


def test_every_kind_is_tested() -> None:
    """A new kind brings its examples."""
    assert {kind for kind, _, _ in FOUND} == FINDERS.keys()


LOOKALIKES = st.text("0123456789 -+.()/@abAGBeyJX_=:\n", max_size=80)


@given(st.sampled_from(sorted(FINDERS)), LOOKALIKES)
def test_whatever_a_pattern_matches_is_checked_without_failing(kind: str, text: str) -> None:
    """Each found place is within the text, and holds something."""
    assert all(found(kind, text))
