"""Finds account numbers of people in documents: only those with a check digit, so that few are false alarms.

An IBAN by its country's structure and ISO 7064 (mod 97-10); a payment card by its network's prefix and length and
ISO/IEC 7812 (Luhn). Names, addresses and telephone numbers are not searched: documentation has many that are meant to
be there.
"""

import re
from collections.abc import Iterator

IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?:[ -]?[0-9A-Z]){11,30}\b")
"""At most 34 characters. It can match words after an IBAN; ``_iban`` takes them off again one by one."""
CARD = re.compile(
    r"(?<![\w-])(?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d|6011|65\d\d)(?P<gap>[ -]?)(?:\d{4}(?P=gap)){2}\d{4}(?![\w-])"
    r"|(?<![\w-])3[47]\d\d(?P<gap2>[ -]?)\d{6}(?P=gap2)\d{5}(?![\w-])"
)
CARD_WORDS = re.compile(r"(?i)\b(?:cards?|visa|mastercard|amex|american express|discover|kreditkarte\w*|carte)\b")
"""Sixteen digits without gaps are a card only on a line with such a word: one in ten passes the check by chance."""


def find_personal(text: str) -> list[str]:
    """Return the kind and line of every account number in ``text`` (``"IBAN (line 3)"``), by line.

    The number itself is never returned.
    """
    if not (IBAN.search(text) or CARD.search(text)):
        return []
    return [f"{kind} (line {line})" for line, words in enumerate(text.splitlines(), 1) for kind in _kinds(words)]


def _kinds(line: str) -> Iterator[str]:
    if any(_iban(found[0]) for found in IBAN.finditer(line)):
        yield "IBAN"
    if any(_card(found[0], line) for found in CARD.finditer(line)):
        yield "payment card"


def _iban(found: str) -> bool:
    """Tell whether a candidate is a valid IBAN, as it is or without some words at its end."""
    from stdnum import iban

    words = re.split(r"[ -]", found)
    return any(bool(iban.is_valid("".join(words[:n]))) for n in range(len(words), 0, -1))


def _card(found: str, line: str) -> bool:
    from stdnum import luhn

    parted = not found.isdigit()
    return bool(luhn.is_valid(re.sub(r"\D", "", found))) and (parted or CARD_WORDS.search(line) is not None)
