"""An error about a damaged file quotes none of its text."""

import pytest

from pointsman.adapters.parsers.damage import MOST, damage_of


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Invalid Elementary Object starting with b'salary' @12: b'salary band'", "starting with b… @12: b…"),
        ('unknown word "salary"', "unknown word …"),
        ("cut off in 'salary band", "cut off in …"),
        ("There is no item named 'word/document.xml' in the archive", "named 'word/document.xml' in"),
        ("two\nlines", "two lines"),
    ],
)
def test_what_a_message_quotes_is_left_out_but_for_parts_of_the_container(said: str, shown: str) -> None:
    assert shown in damage_of(ValueError(said))
    assert damage_of(ValueError(said)).startswith("ValueError: ")
    assert "salary" not in damage_of(ValueError(said))


def test_a_long_message_is_cut_and_costs_nothing() -> None:
    assert len(damage_of(ValueError("'x" * 5_000_000))) <= MOST
