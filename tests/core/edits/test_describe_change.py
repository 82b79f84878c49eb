"""A change of a document in words."""

import pytest

from pointsman.core.edits.describe import EXCERPT, change_in_words, excerpt


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("", "]", "added: ]"),
        ("the old rule", "", "removed: the old rule"),
        ("30 s", "60 s", "30 s is now 60 s"),
        ("| a | 1 |", "| a | 2 |", "a table changed"),
        ("", "+-----+----+\n| a | 1 |", "added: a table"),
        ("list-table Frozen limits: - a", "list-table Frozen limits: - b", "the table “Frozen limits” changed"),
        ("Table 3: Fees by country | DE | 4 |", "", "removed: the table “Fees by country”"),
        ("a table of trains", "a table of buses", "a table of trains is now a table of buses"),
    ],
)
def test_a_change_says_what_was_and_what_is(before: str, after: str, words: str) -> None:
    assert change_in_words({"before": before, "after": after, "facet": "words"}) == words


def test_what_moved_is_not_called_changed() -> None:
    assert change_in_words({"before": "Open it.", "after": "Open it.", "facet": "order"}) == (
        "Open it. stands in another place"
    )


def test_a_long_text_is_cut_and_says_so() -> None:
    assert excerpt("x" * EXCERPT) == "x" * EXCERPT
    assert excerpt("x" * (EXCERPT + 1)) == "x" * (EXCERPT - 1) + "…"
