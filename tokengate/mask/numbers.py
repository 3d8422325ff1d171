"""Numbers that check themselves: payment cards, bank accounts, national identity numbers. Pure; digits are ASCII.

Every function takes what a pattern found, as bytes, and says whether it is such a number. A number with a weak check
(one digit in eleven) will be found among random numbers too: `docs/masking.md` lists how often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

Check = Callable[[bytes], bool]

_ISSUED = (
    "4-4 51-55 2221-2720 34-34 37-37 300-305 3095-3095 36-36 38-39 3528-3589 6011-6011 644-649 65-65 60-60 62-62 81-82 "
    "508-508 2200-2204 5018-5018 5020-5020 5038-5038 5893-5893 6304-6304 6759-6759 6761-6763"
)
"""First digits, from and to, of cards in use: Visa, Mastercard, American Express, Diners, JCB, Discover, RuPay,
UnionPay, Mir, Maestro.
"""

_ISSUERS = tuple(tuple(span.encode().split(b"-")) for span in _ISSUED.split())

_ACCOUNTS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 "
    "ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 "
    "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 "
    "PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 "
    "YE30"
)
"""Countries, each with the characters of its account numbers (SWIFT's IBAN registry)."""

_ACCOUNT_LENGTHS = {country[:2].encode(): int(country[2:]) for country in _ACCOUNTS.split()}


def digits(text: bytes) -> list[int]:
    """The digits of a text."""
    return [byte - 48 for byte in text if 48 <= byte <= 57]


def luhn(text: bytes) -> bool:
    """ISO/IEC 7812: every second digit from the right counts twice."""
    numbers = digits(text)
    doubled = sum(n * 2 - 9 * (n > 4) for n in numbers[-2::-2])
    return (sum(numbers[-1::-2]) + doubled) % 10 == 0


def issued(number: bytes) -> bool:
    """Whether a card's number, digits only, is in a range that a scheme issues."""
    return any(low <= number[: len(low)] <= high for low, high in _ISSUERS)


def account_length(country: bytes) -> int:
    """Characters of a country's account numbers, 0 when there are none."""
    return _ACCOUNT_LENGTHS.get(country.upper(), 0)


def iban(number: bytes) -> bool:
    """An IBAN, without spaces: of its country's length, with its check of 97 (ISO 13616)."""
    right_length = len(number) == account_length(number[:2]) > 0
    return right_length and int(_letters_as_numbers(number[4:].upper() + number[:4].upper())) % 97 == 1


def us_ssn(text: bytes) -> bool:
    """A US social security number: three parts, of which none is of zeros and the first is in use."""
    area, group, serial = (text[0:3], text[4:6], text[7:11])
    return area not in (b"000", b"666") and area < b"900" and group != b"00" and serial != b"0000"


def nl_bsn(text: bytes) -> bool:
    """A Dutch BSN: nine digits, weighted by their place, the last one negatively."""
    numbers = digits(text)
    return any(numbers) and _weighted(numbers, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def de_idnr(text: bytes) -> bool:
    """A German tax identification number: one digit two or three times among the first ten, ISO 7064 MOD 11,10."""
    numbers = digits(text)
    counts = sorted(numbers[:10].count(digit) for digit in set(numbers[:10]))
    if numbers[0] == 0 or counts[-1] not in (2, 3) or counts[-2] != 1:
        return False
    check = 10
    for digit in numbers[:10]:
        check = ((check + digit) % 10 or 10) * 2 % 11
    return (check + numbers[10]) % 10 == 1


def fr_nir(text: bytes) -> bool:
    """A French NIR: sex, year, month, department (2A, 2B in Corsica), …, and 97 less the rest."""
    number = text.replace(b" ", b"").upper()
    plain = number.replace(b"2A", b"19", 1) if number[5:7] == b"2A" else number
    plain = plain.replace(b"2B", b"18", 1) if number[5:7] == b"2B" else plain
    return plain.isdigit() and len(plain) == 15 and 97 - int(plain[:13]) % 97 == int(plain[13:])


def es_dni(text: bytes) -> bool:
    """A Spanish DNI or NIE: the letter is the number modulo 23."""
    number = text.upper().replace(b"-", b"")
    plain = number[:-1].translate(bytes.maketrans(b"XYZ", b"012"))
    return b"TRWAGMYFPDXBNJZSQVHLCKE"[int(plain) % 23] == number[-1]


def it_cf(text: bytes) -> bool:
    """An Italian codice fiscale: characters in odd places count by a table, the others by their value, modulo 26."""
    number = text.upper()
    odd = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
    values = [byte - 48 if byte < 65 else byte - 65 for byte in number]
    total = sum(odd[value] for value in values[0:15:2]) + sum(values[1:15:2])
    return total % 26 == values[15]


def gb_nino(text: bytes) -> bool:
    """A UK national insurance number. It has no check, only prefixes that are never given out."""
    prefix = text[:2].upper()
    unused = prefix in (b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ")
    return not unused and prefix[0] not in b"DFIQUV" and prefix[1] not in b"DFIQUVO"


def gb_nhs(text: bytes) -> bool:
    """A UK NHS number: ten digits, weighted modulo 11."""
    return _weighted(digits(text), (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def se_pnr(text: bytes) -> bool:
    """A Swedish personal number: a date (the day plus 60 for a coordination number) and Luhn's check."""
    number = bytes(byte for byte in text if 48 <= byte <= 57)[-10:]
    return luhn(number) and _dated(number[0:2], number[2:4], int(number[4:6]) % 60)


def no_fnr(text: bytes) -> bool:
    """A Norwegian birth number: a date and two check digits."""
    numbers = digits(text)
    first = _weighted(numbers[:10], (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    second = _weighted(numbers, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
    return first == second == 0 and _dated(text[4:6], text[2:4], int(text[0:2]) % 40)


def fi_hetu(text: bytes) -> bool:
    """A Finnish personal identity code: a date, a century sign, a serial, and a character modulo 31."""
    check = b"0123456789ABCDEFHJKLMNPRSTUVWXY"[int(text[0:6] + text[7:10]) % 31]
    return check == text.upper()[10] and _dated(text[4:6], text[2:4], int(text[0:2]))


def pl_pesel(text: bytes) -> bool:
    """A Polish PESEL: a date (the month shifted by the century) and a check digit."""
    checked = _weighted(digits(text), (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0
    return checked and _dated(text[0:2], b"%02d" % (int(text[2:4]) % 20), int(text[4:6]))


def be_nn(text: bytes) -> bool:
    """A Belgian national number: 97 less the rest, with a 2 before it for those born since 2000."""
    number = bytes(byte for byte in text if 48 <= byte <= 57)
    check = int(number[9:])
    return check in (97 - int(number[:9]) % 97, 97 - int(b"2" + number[:9]) % 97)


def ch_ahv(text: bytes) -> bool:
    """A Swiss AHV number: EAN-13 with the prefix 756."""
    return _weighted(digits(text), (1, 3) * 6 + (1,)) % 10 == 0


def br_cpf(text: bytes) -> bool:
    """A Brazilian CPF: two check digits modulo 11; one digit repeated is none."""
    numbers = digits(text)
    if len(set(numbers)) == 1:
        return False
    first = -_weighted(numbers[:9], range(10, 1, -1)) % 11 % 10
    second = -_weighted([*numbers[:9], first], range(11, 1, -1)) % 11 % 10
    return numbers[9:] == [first, second]


def in_aadhaar(text: bytes) -> bool:
    """An Indian Aadhaar number: twelve digits, the first from 2, with Verhoeff's check; no palindromes."""
    numbers = digits(text)
    if numbers[0] < 2 or numbers == numbers[::-1]:
        return False
    check = 0
    for place, digit in enumerate(reversed(numbers)):
        check = _VERHOEFF_PRODUCT[check][_VERHOEFF_ORDER[place % 8][digit]]
    return check == 0


def tr_tckn(text: bytes) -> bool:
    """A Turkish identification number: two check digits."""
    numbers = digits(text)
    tenth = (sum(numbers[0:9:2]) * 7 - sum(numbers[1:8:2])) % 10
    return numbers[0] != 0 and numbers[9] == tenth and numbers[10] == sum(numbers[:10]) % 10


def cn_ric(text: bytes) -> bool:
    """A Chinese resident identity number: a date and ISO 7064 MOD 11-2."""
    total = sum(digit * pow(2, 17 - place, 11) for place, digit in enumerate(digits(text[:17])))
    return b"10X98765432"[total % 11] == text.upper()[17] and _dated(text[6:10], text[10:12], int(text[12:14]))


def _letters_as_numbers(text: bytes) -> bytes:
    return b"".join(bytes((byte,)) if byte < 65 else b"%d" % (byte - 55) for byte in text)


def _weighted(numbers: Iterable[int], weights: Iterable[int]) -> int:
    return sum(number * weight for number, weight in zip(numbers, weights, strict=False))


def _dated(year: bytes, month: bytes, day: int) -> bool:
    """Whether there is such a day in a year given by two digits (a leap year counts if either century has it) or
    four.
    """
    years = [int(year)] if len(year) == 4 else [1900 + int(year), 2000 + int(year)]
    return any(_is_day(one, int(month), day) for one in years)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _dihedral() -> Sequence[Sequence[int]]:
    """The multiplication table of the symmetries of a pentagon."""
    return [
        [(a + b) % 5 if a < 5 and b < 5 else (a + b) % 5 + 5 if a < 5 else (a - b) % 5 + 5 if b < 5 else (a - b) % 5
         for b in range(10)]
        for a in range(10)
    ]  # fmt: skip


def _orders() -> Sequence[Sequence[int]]:
    """Verhoeff's permutation, applied as often as the place says."""
    once = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    found = [list(range(10))]
    for _ in range(7):
        found.append([once[digit] for digit in found[-1]])
    return found


_VERHOEFF_PRODUCT, _VERHOEFF_ORDER = _dihedral(), _orders()
