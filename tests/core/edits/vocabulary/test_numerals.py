"""Equal values have one spelling, and what is too large to work out is compared as it is written."""

import pytest

from pointsman.core.edits.normalize import words_of
from pointsman.core.edits.vocabulary.measures import unit_of
from pointsman.core.edits.vocabulary.numerals import DIGITS_AT_MOST, counted, roman, value_of, without_zeros


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1,000", "1000"), ("1 000 000", "1000000"), ("007", "7"), ("-5", "-5"), ("\u22125", "-5"), ("1e-3", "0.001"),
        ("1.5e3", "1500"), ("2^10", "1024"), ("10^-2", "0.01"), ("5x10^3", "5000"), ("2/4", "0.5"), ("1/3", "1/3"),
        ("5/0", "5/0"), ("0^-1", "0"), ("1e41", "1e41"), ("1e40", "1" + 40 * "0"), ("3.10", "3.10"), ("1,5", "1.5"),
    ],
)  # fmt: skip
def test_a_number_has_one_spelling(written: str, value: str) -> None:
    assert value_of(written) == value


def test_a_number_with_many_digits_is_compared_as_it_is_written() -> None:
    assert value_of("9" * DIGITS_AT_MOST + "/3") == "9" * DIGITS_AT_MOST + "/3"
    assert value_of("9" * (DIGITS_AT_MOST - 2) + "/3") == "3" * (DIGITS_AT_MOST - 2)
    assert len(words_of("one million " * 3000)) > 1, "number words are joined up to a limit"


@pytest.mark.parametrize(("value", "short"), [("1.50", "1.5"), ("1.500", "1.500"), ("2.0", "2"), ("10", "10")])
def test_a_quantity_loses_the_zeros_at_its_end(value: str, short: str) -> None:
    assert without_zeros(value) == short


def test_number_words_are_one_number_or_none() -> None:
    assert counted("two hundred and thirty-three".replace("-", " ").split()) == 233
    assert counted(["two", "million", "five", "hundred", "thousand"]) == 2_500_000
    assert counted(["two", "and", "three"]) is counted(["twenty", "ten"]) is counted([]) is None


def test_a_roman_number_is_in_capitals_and_well_formed() -> None:
    assert [roman(word) for word in ("IV", "XCIX", "CCCXC", "IIII", "iv", "MIX", "")] == [
        "4", "99", "390", None, None, None, None,
    ]  # fmt: skip


def test_a_unit_is_read_in_its_own_case_and_its_name_in_any() -> None:
    assert [unit_of(word) for word in ("MB", "Mb", "mw", "MW", "KILOMETRES", "KM", "MB/s", "in", "A", "x")] == [
        "MB", "Mb", None, "MW", "km", "km", "MB/s", None, "A", None,
    ]  # fmt: skip
