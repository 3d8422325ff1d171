"""Tests of tokengate.mask.numbers: numbers that are what they look like, and neighbours that are not."""

from __future__ import annotations

import pytest

from tokengate.mask import numbers
from tokengate.mask.numbers import Check

RIGHT: list[tuple[Check, str]] = [
    (numbers.iban, "GB82WEST12345698765432 NL91ABNA0417164300 DE89370400440532013000 FR1420041010050500013M02606"),
    (numbers.iban, "NO9386011117947 MT84MALT011000012345MTLCAST001S gb82west12345698765432"),
    (numbers.us_ssn, "078-05-1120 219-09-9999 899-99-9999"),
    (numbers.nl_bsn, "835337406 278683873 111222333"),
    (numbers.de_idnr, "79569910383 97516485526"),
    (numbers.fr_nir, "137043428916885 184052A05050490"),
    (numbers.es_dni, "98830998K 89162404y Z2943418K Z-2162234-D"),
    (numbers.it_cf, "BIDMEW85A15E982F bdawvv78l27x251i RCCMNL83S18D969H"),
    (numbers.gb_nino, "AB123456C JG103759A"),
    (numbers.gb_nhs, "7502768092 7328272090"),
    (numbers.se_pnr, "480825-6004 760729-0116 19760729-0116"),
    (numbers.no_fnr, "29101856397 06029315041"),
    (numbers.fi_hetu, "131052-308T 300658+359R"),
    (numbers.pl_pesel, "06091309307 44051401359"),
    (numbers.be_nn, "75062057950 85.07.30-033.28 17073003384"),
    (numbers.ch_ahv, "7563147873904 756.9217.0769.85"),
    (numbers.br_cpf, "24029908802 111.444.777-35"),
    (numbers.in_aadhaar, "794263301325 255228779662"),
    (numbers.tr_tckn, "47828342288 10000000146"),
    (numbers.cn_ric, "110105194711199580 11010519491231002X 11010519491231002x"),
]


@pytest.mark.parametrize(("check", "examples"), RIGHT, ids=lambda value: getattr(value, "__name__", ""))
def test_right_numbers(check: Check, examples: str) -> None:
    """Published examples, and numbers that another implementation takes."""
    assert [text for text in examples.split() if not check(text.encode())] == []


CHECKED = [(check, examples) for check, examples in RIGHT if check not in (numbers.us_ssn, numbers.gb_nino)]


@pytest.mark.parametrize(("check", "examples"), CHECKED, ids=lambda value: getattr(value, "__name__", ""))
def test_a_wrong_last_character_is_noticed(check: Check, examples: str) -> None:
    """Of all other last characters of the same kind, at most one passes (where two serve, as for centuries)."""
    for text in examples.split():
        others = "0123456789" if text[-1].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        passing = [one for one in others if one != text[-1].upper() and check((text[:-1] + one).encode())]
        assert len(passing) <= 1, (text, passing)


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (numbers.iban, "GB82WEST1234569876543"),
        (numbers.iban, "XX82WEST12345698765432"),
        (numbers.iban, ""),
        (numbers.us_ssn, "000-12-3456"),
        (numbers.us_ssn, "666-12-3456"),
        (numbers.us_ssn, "900-12-3456"),
        (numbers.us_ssn, "123-00-3456"),
        (numbers.us_ssn, "123-45-0000"),
        (numbers.nl_bsn, "000000000"),
        (numbers.de_idnr, "12345678903"),  # no digit twice
        (numbers.de_idnr, "02476291358"),
        (numbers.gb_nino, "GB123456A"),
        (numbers.gb_nino, "DA123456A"),
        (numbers.se_pnr, "481325-6002"),  # no such month
        (numbers.pl_pesel, "44053301359"),
        (numbers.br_cpf, "11111111111"),
        (numbers.in_aadhaar, "194263301325"),
        (numbers.tr_tckn, "01234567890"),
        (numbers.cn_ric, "110105194902310026"),  # no such day
        (numbers.fr_nir, "1840AB005050490"),
    ],
)
def test_wrong_numbers(check: Check, text: str) -> None:
    """Parts that are not in use, no such date, the wrong length."""
    assert not check(text.encode())


def test_luhn_by_the_standards_example() -> None:
    """ISO/IEC 7812 annex: 7992739871 has the check digit 3."""
    assert [digit for digit in range(10) if numbers.luhn(b"7992739871%d" % digit)] == [3]


def test_issued_ranges() -> None:
    """Numbers that the schemes publish for tests are in their ranges."""
    examples = (
        "4111111111111111 5500000000000004 2223003122003222 378282246310005 6011111111111117 30569309025904 "
        "3530111333300000 6200000000000005 2200000000000004 6759649826438453"
    )
    assert all(numbers.issued(text.encode()) for text in examples.split())


@pytest.mark.parametrize("text", ["1234567890123452", "2721000000000004", "7992739871300000", "9999999999999995", ""])
def test_ranges_nobody_issues(text: str) -> None:
    """A right check digit alone makes no card."""
    assert not numbers.issued(text.encode())
