"""A change of a document in words."""

import pytest

from pointsman.core.edits.describe import EXCERPT, change_in_words, excerpt


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("", "]", "added: ']'"),
        ("the old rule", "", "removed: 'the old rule'"),
        ("2:00", "9:30", "'2:00' is now '9:30'"),
        ("a table of trains", "a table of buses", "'a table of trains' is now 'a table of buses'"),
    ],
)
def test_a_change_says_what_was_and_what_is(before: str, after: str, words: str) -> None:
    assert change_in_words({"before": before, "after": after, "facet": "words"}) == words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"before": "10", "after": "99", "table": "Fares"}, "table 'Fares': '10' is now '99'"),
        ({"before": "10", "after": "99", "table": ""}, "a table: '10' is now '99' in 'Prices'"),
        ({"before": "", "after": "| lone | 10 |", "table": "Fares"}, "table 'Fares': added: 'lone, 10'"),
        ({"before": "| lone | 10 |", "after": "", "table": ""}, "a table: removed: 'lone, 10' in 'Prices'"),
        ({"before": "", "after": "| a | b |", "table": "Fares", "whole": True}, "added: table 'Fares'"),
        ({"before": "| a | b |", "after": "", "table": "", "whole": True}, "removed: a table in 'Prices'"),
        ({"before": "10", "after": "99", "table": None}, "'10' is now '99' in 'Prices'"),
    ],
)
def test_a_change_in_a_table_names_the_table_by_its_caption(change: dict[str, object], words: str) -> None:
    assert change_in_words({**change, "section": "Prices"}, section=True) == words
    assert "Prices" not in change_in_words({**change, "section": "Prices"})


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("| a | 1 |", "| a | 2 |", "a table changed"),
        ("", "+-----+----+\n| a | 1 |", "added: a table"),
        ("list-table Frozen limits: - a", "list-table Frozen limits: - b", "table 'Frozen limits' changed"),
        ("Table 3: Fees by country | DE | 4 |", "", "removed: table 'Fees by country'"),
    ],
)
def test_a_record_without_tables_is_still_read(before: str, after: str, words: str) -> None:
    assert change_in_words({"before": before, "after": after, "facet": "words"}) == words


def test_what_moved_is_not_called_changed() -> None:
    assert change_in_words({"before": "Open it.", "after": "Open it.", "facet": "order"}) == (
        "'Open it.' stands in another place"
    )


def test_a_long_text_is_cut_and_says_so() -> None:
    assert excerpt("x" * EXCERPT) == repr("x" * EXCERPT)
    assert excerpt("x" * (EXCERPT + 1)) == repr("x" * (EXCERPT - 1) + "…")
