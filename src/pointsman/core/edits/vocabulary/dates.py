"""Dates and times in one spelling."""

import re
from collections.abc import Sequence

from pointsman.core.edits.vocabulary.lexicon import MONTHS

FIRST_YEAR, LAST_YEAR = 1900, 2100
YEAR_DIGITS = 4
DAYS, MONTHS_A_YEAR = 31, 12
NOON = 12


def is_year(number: str) -> bool:
    """Return whether a number is written as a year is."""
    return number.isdigit() and len(number) == YEAR_DIGITS and FIRST_YEAR <= int(number) <= LAST_YEAR


def time_of(written: str) -> str:
    """Return a time of day as hours and minutes, and seconds where they are given.

    >>> time_of("9 am"), time_of("12 a.m."), time_of("21:05")
    ('09:00', '00:00', '21:05')
    """
    numbers = re.findall(r"\d+", written)
    hour, minute = (int(n) for n in [*numbers, "0"][:2])
    half = re.search(r"([ap])\.?m", written.lower())
    if half:
        hour = hour % NOON + (NOON if half[1] == "p" else 0)
    return ":".join([f"{hour:02d}", f"{minute:02d}", *numbers[2:]])


def date_of(written: str) -> str:
    """Return a date of numbers as ``year-month-day`` where its order is plain, else as it is, without zeros.

    With points the day is first. With slashes the order is plain only if one of the numbers can be no month.

    >>> date_of("3.4.2026"), date_of("25/12/2026"), date_of("2026/4/3"), date_of("03/04/2026")
    ('2026-04-03', '2026-12-25', '2026-04-03', '3/4/2026')
    """
    numbers = [int(n) for n in re.findall(r"\d+", written)]
    if re.match(r"\d{4}", written):
        year, month, day = numbers
    elif "." in written or numbers[0] > MONTHS_A_YEAR:
        day, month, year = numbers
    elif numbers[1] > MONTHS_A_YEAR:
        month, day, year = numbers
    else:
        return "/".join(map(str, numbers))
    return f"{year}-{month:02d}-{day:02d}"


def day_of(number: str) -> int | None:
    """Return the day of a month that a number or an ordinal is; None if it can be none."""
    found = re.fullmatch(r"(\d{1,2})(?:th)?", number)
    return int(found[1]) if found and 1 <= int(found[1]) <= DAYS else None


def joined_date(keys: Sequence[str]) -> tuple[str | None, int]:
    """Return (the date with which the words begin, how many of them it takes); (None, 0) if there is none.

    Args:
        keys: the canonical forms of up to three words that are numbers or dates.
    """
    if len(keys) < 2:  # noqa: PLR2004 - a day and a month
        return None, 0
    first, second = keys[:2]
    name, number = (first, second) if first in MONTHS else (second, first)
    day = day_of(number)
    if name not in MONTHS or day is None:
        return None, 0
    if len(keys) > 2 and is_year(keys[2]):  # noqa: PLR2004 - a year follows
        return f"{keys[2]}-{MONTHS[name]:02d}-{day:02d}", 3
    return f"--{MONTHS[name]:02d}-{day:02d}", 2
