"""Finds account and identity numbers of people: only those with a check digit, so that few are false alarms.

An IBAN by its country's structure and ISO 7064 (mod 97-10); a payment card by its network's prefix and length and
ISO/IEC 7812 (Luhn); identity numbers as ``identity_numbers`` says. Names, addresses and telephone numbers are not
searched: documentation has many that are meant to be there.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import accumulate, chain, islice

from pointsman.adapters.validation.secrets import FoundValue
from pointsman.adapters.validation.sensitive.account_numbers import CARD_NETWORKS, IBAN_STRUCTURES, PUBLISHED_NUMBERS
from pointsman.adapters.validation.sensitive.folded_text import fold
from pointsman.adapters.validation.sensitive.identity_numbers import identity_numbers_in
from pointsman.adapters.validation.sensitive.placeholders import is_beside, is_presented

GAP = r"(?:[ \t./_,:*'\"`-]{0,3}|[ \t]{0,8}\|[ \t]{0,8}|[ \t]{0,3}\n[ \t>|*-]{0,12})"
"""Between two characters of an IBAN: a few separators, the border of a table's cell, or a line break."""
NO_SEPARATOR = re.compile(r"[^A-Za-z0-9]+")
SEPARATORS = {ord(char): None for char in " \t\n|./_,:*'\"`>-"}
AS_DIGITS = {ord(letter): str(value) for value, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 10)}
IBAN_START = re.compile(rf"[A-Za-z](?![A-Za-z]{{2}}){GAP}[A-Za-z](?![A-Za-z]){GAP}[0-9](?={GAP}[0-9])")
BANK_WORDS = re.compile(r"(?i)iban|konto|account|bank|compte|cuenta|conto|conta|rekening")
"""Words that make an IBAN of one in lower case or with letters before it."""
BANK_REACH = 80
"""Characters before a number in which such a word may stand."""

STRONG_CARD = re.compile(
    r"[2-9](?<![0-9].)(?:[0-9]{3}(?P<gap>[ \t]{1,3}|[-./_])[0-9]{4}"
    r"(?:(?:(?P=gap)|[ ]?\n[ >]{0,6})[0-9]{4}){2}(?:(?P=gap)[0-9]{1,3})?"
    r"|[0-9]{3}(?P<gap2>[ \t]{1,3}|[-./_])[0-9]{6}(?:(?P=gap2)|[ ]?\n[ >]{0,6})[0-9]{4,5}"
    r"|[0-9]{14,15})(?![0-9])"
)
"""A card as it is printed (4-4-4-4, 4-6-5, 4-6-4), or 15 or 16 digits in a row."""
LOOSE_CARD = re.compile(r"[2-9](?<![0-9].)(?:(?:[ \t./_,:*'\n>-]{0,4}|[ \t]{0,8}\|[ \t]{0,8})[0-9]){11,}+")
"""Twelve digits or more with any separators: a card only beside one of ``CARD_WORDS``."""
CARD_WORDS = re.compile(
    r"(?i)(?=[- abcdgjkmprtuv])(?<![a-z])"  # their first letters: an expression is searched fast that begins with few
    r"(?:(?:credit|debit|kredit|bank|giro)?[- ]?(?:cards?|karten?|kort)|kreditkarte\w{0,4}|visa|"
    r"master ?card|amex|american express|discover|diners?|jcb|maestro|union ?pay|rupay|carte|tarjeta|carta|"
    r"cart[aã]o|kaart|cvv|cvc|pan)(?![a-z])"
    r"|" + fold("карт[аыуе]") + "|カード|卡"
)
CARD_BEFORE, CARD_AFTER = 120, 40
"""Characters before and after a number in which such a word may stand."""
OTHER_NOUNS = re.compile(
    r"(?i)(?:\b|_)(?:id|ids|uid|gid|order|ticket|invoice|tracking|serial|imei|build|hash|commit|issue|timestamp|"
    r"seed|nonce|bytes|size|offset|inode|pid|post|status|tweet|project|version)[\W_]{0,4}(?:(?:no|nr|number)\b)?[\W_]{0,4}\Z"
)
"""What digits in a row are said to be where they are no card."""
LONGEST_CARD, SHORTEST_CARD = 19, 12
PARTS_OF = 20
"""IBANs of a text with which a card is compared, at most."""


def find_personal(text: str) -> list[str]:
    """Return the kind and line of every number in ``text`` (``"IBAN (line 3)"``), by line.

    The number itself is never returned.
    """
    folded = fold(text)
    found = sorted({(folded.count("\n", 0, each.at) + 1, each.kind) for each in personal_in(folded)})
    return [f"{kind} (line {line})" for line, kind in found]


def personal_in(text: str) -> Iterator[FoundValue]:
    """Yield the account and identity numbers in a folded text.

    A published example (a test card, the registry's IBAN) counts unless the text beside it says that it is one.
    """
    accounts: set[str] = set()
    for found in chain(_ibans(text), _cards(text)):
        if found.kind == "IBAN":
            accounts.add(found.value)
        elif any(found.value in account for account in islice(accounts, PARTS_OF)):
            continue  # digits of an IBAN that make a card by chance
        end = found.at + 2 * len(found.value)
        if not (_is_published(found.value) and is_presented(text, found.at, end)):
            yield found
    yield from (FoundValue(kind, value, at) for kind, value, at in identity_numbers_in(text))


def _is_published(number: str) -> bool:
    return number in PUBLISHED_NUMBERS or len(set(number)) <= 3  # noqa: PLR2004 - 4444 4444 4444 4448


def _ibans(text: str) -> Iterator[FoundValue]:
    for start in IBAN_START.finditer(text):
        country = start[0].translate(SEPARATORS)[:2].upper()
        found = _iban_pattern(country).match(text, start.start()) if country in IBAN_STRUCTURES else None
        if found and _is_divided(_plain(found[0])) and _is_iban(found, text):
            yield FoundValue("IBAN", _plain(found[0]), found.start())


def _plain(written: str) -> str:
    return NO_SEPARATOR.sub("", written).upper()


def _is_divided(plain: str) -> bool:
    """Return whether a number passes ISO 7064, mod 97-10: 96 of 97 candidates end here."""
    try:
        return int((plain[4:] + plain[:4]).translate(AS_DIGITS)) % 97 == 1
    except ValueError:  # a letter of another alphabet
        return False


@cache
def _iban_pattern(country: str) -> re.Pattern[str]:
    """Return the expression for the IBANs of a country."""
    classes = {"n": "[0-9]", "a": "[A-Za-z]", "c": "[A-Za-z0-9]"}
    parts = [
        f"(?:{GAP}{classes[kind]}){{{n}}}" for n, kind in re.findall(r"(\d+)([nac])", f"2n{IBAN_STRUCTURES[country]}")
    ]
    return re.compile(rf"(?i:{country[0]}{GAP}{country[1]}){''.join(parts)}")


def _is_iban(found: re.Match[str], text: str) -> bool:
    from stdnum import iban

    return _stands_alone(found, text) and bool(iban.is_valid(_plain(found[0]), check_country=False))


def _stands_alone(found: re.Match[str], text: str) -> bool:
    """Return whether an IBAN is no part of something longer, such as a hash."""
    begin, end = found.span()
    before = re.search(r"[A-Za-z0-9]*\Z", text[max(0, begin - 40) : begin])
    after = re.match(r"[A-Za-z]{0,20}[0-9]?", text[end : end + 21])
    glued, tail = before[0] if before else "", after[0] if after else ""
    if (tail and (tail[-1].isdigit() or not found[0][-1].isdigit())) or (glued and tail):
        return False
    named = is_beside(BANK_WORDS, text, begin - BANK_REACH, begin)
    if glued:
        return glued.isalpha() and (named or (glued[-1].islower() and found[0][0].isupper()))
    if found[0][0].isupper() or named:
        return True
    groups = re.split(r"[^A-Za-z0-9]+", found[0])
    return len(groups) == 1 or all(len(group) == len(groups[0]) for group in groups[:-1])


def _cards(text: str) -> Iterator[FoundValue]:
    printed = set()
    for found in STRONG_CARD.finditer(text):
        digits = found[0].translate(SEPARATORS)
        printed.add(found.start())
        if is_card(digits) and _is_whole(found, text) and (not found[0].isdigit() or _is_unnamed(found, text)):
            yield FoundValue("payment card", digits, found.start())
    for found in LOOSE_CARD.finditer(text):
        if found.start() not in printed and _is_beside_card_word(found, text):
            yield from _loose(found)


def _is_whole(found: re.Match[str], text: str) -> bool:
    """Return whether digits are no part of a decimal number, a hash or a longer row."""
    begin, end = found.span()
    before, after = text[max(0, begin - 2) : begin], text[end : end + 2]
    if re.search(r"[0-9][.-]\Z", before) or re.match(r"[.-][0-9]", after) or re.match(r"[A-Za-z]", after):
        return False
    if re.search(r"[A-Za-z]\Z", before):
        return _is_beside_card_word(found, text)
    return True


def _is_unnamed(found: re.Match[str], text: str) -> bool:
    """Return whether nothing says that digits in a row are an order, an id or a path."""
    if _is_beside_card_word(found, text):
        return True
    before = text[max(0, found.start() - 24) : found.start()]
    return not (before.endswith(("/", "=", "#", "@", "&")) or OTHER_NOUNS.search(before))


def _is_beside_card_word(found: re.Match[str], text: str) -> bool:
    begin, end = found.start(), found.start() + LONGEST_CARD
    return is_beside(CARD_WORDS, text, begin - CARD_BEFORE, end + CARD_AFTER)


def _loose(found: re.Match[str]) -> Iterator[FoundValue]:
    """Yield the first card among the first groups of digits."""
    groups = re.findall(r"[0-9]+", found[0][:120])
    if len({len(group) == 1 for group in groups[:-1]}) > 1:
        return  # decimal numbers, coordinates
    digits, ends = "".join(groups), list(accumulate(map(len, groups)))
    for begin in (0, *ends[:3]):
        for end in ends:
            if SHORTEST_CARD <= end - begin <= LONGEST_CARD and is_card(digits[begin:end]):
                yield FoundValue("payment card", digits[begin:end], found.start())
                return


DOUBLED = str.maketrans("0123456789", "0246813579")
"""A digit → the digit sum of its double."""


@lru_cache(maxsize=4096)
def is_card(digits: str) -> bool:
    """Return whether digits have a network's prefix and length and a valid check digit (Luhn)."""
    if not any(
        len(digits) in lengths and low <= int(digits[: len(str(low))]) <= high for low, high, lengths in CARD_NETWORKS
    ):
        return False
    return sum(map(int, digits[::-2])) % 10 == -sum(map(int, digits[-2::-2].translate(DOUBLED))) % 10
