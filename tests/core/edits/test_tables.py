"""Which lines are a table's, and what an edit of a table is recorded as."""

import pytest

from pointsman.core.edits.classify import Edit, classify
from pointsman.core.edits.describe import change_in_words
from pointsman.core.edits.tables import lines_with_tables

MARKDOWN = "| yard | fee |\n| --- | ---: |\n| lone | 10 |\n| far | 20 |"
GRID = "+------+-----+\n| yard | fee |\n+======+=====+\n| lone | 10  |\n+------+-----+"
SIMPLE = "===== ====\nyard  fee\n===== ====\nlone  10\n===== ===="
LIST = "- - yard\n- fee\n- - lone\n- 10"
HTML = "| yard | fee |\n| lone | 10 |"


def edit(old: str, new: str) -> Edit:
    return classify("a.md", [(("Prices",), old)], [(("Prices",), new)])


def said(old: str, new: str) -> list[str]:
    return [change_in_words(change, section=True) for change in edit(old, new).as_json()["changes"]]


@pytest.mark.parametrize(
    "text",
    [
        f"Intro.\n\nTable: Fares by zone\n\n{MARKDOWN}\n\nAfter.",
        f"Intro.\n\nTable 3. Fares by zone\n\n{MARKDOWN}\n\nAfter.",
        f"Intro.\n\n**Fares by zone**\n\n{MARKDOWN}\n\nAfter.",
        f"Intro.\n\n{MARKDOWN}\n\nTable: Fares by zone\n\nAfter.",
        f"Intro.\n\nlist-table Fares by zone\n\n{LIST}\n\nAfter.",
        f"Intro.\n\ntable Fares by zone\n\n{SIMPLE}\n\nAfter.",
        f"Intro.\n\ntable Fares by zone\n\n{GRID}\n\nAfter.",
        f"Intro.\n\nFares by zone\n{HTML}\n\nAfter.",
        f"Intro.\n\nTable: Other\n\n{MARKDOWN}".replace("10", "11") + f"\n\nTable: Fares by zone\n\n{MARKDOWN}",
    ],
)
def test_a_changed_cell_is_shown_under_the_caption_of_its_table(text: str) -> None:
    assert said(text, text.replace("10", "99")) == ["table 'Fares by zone': '10' is now '99'"]


@pytest.mark.parametrize("table", [MARKDOWN, GRID, SIMPLE, HTML, f"list-table:\n\n{LIST}"])
def test_a_changed_cell_of_a_table_without_a_caption_is_in_a_table(table: str) -> None:
    text = f"Intro.\n\n{table}\n\nAfter."
    assert said(text, text.replace("10", "99")) == ["a table: '10' is now '99' in 'Prices'"]


@pytest.mark.parametrize(
    ("table", "name"),
    [
        (MARKDOWN, "a table in 'Prices'"),
        (f"list-table:\n\n{LIST}", "a table in 'Prices'"),
        (f"Table: Fares by zone\n\n{MARKDOWN}", "table 'Fares by zone'"),
        (f"list-table Fares by zone\n\n{LIST}", "table 'Fares by zone'"),
    ],
)
def test_a_whole_table_is_one_change(table: str, name: str) -> None:
    text = f"Intro.\n\n{table}\n\nAfter."
    assert said("Intro.\n\nAfter.", text) == [f"added: {name}"]
    assert said(text, "Intro.\n\nAfter.") == [f"removed: {name}"]
    assert edit("Intro.\n\nAfter.", text).as_json()["facets"] == {"added": 1}


def test_a_row_more_is_no_new_table() -> None:
    text = f"Table: Fares\n\n{MARKDOWN}"
    assert said(text, f"{text}\n| north gate | 44 |") == ["table 'Fares': added: 'north gate, 44'"]


def test_a_table_that_was_cut_in_two_keeps_its_caption() -> None:
    head, rest = ((("Prices",), f"Table: Fares\n\n{MARKDOWN}"), (("Prices",), "| north | 44 |"))
    found = classify("a.md", [head, rest], [head, (("Prices",), "| north | 45 |")])
    assert [change.table for change in found.changes] == ["Fares"]


@pytest.mark.parametrize(("old", "new"), [("| --- | ---: |", "| :-- | --- |"), ("| --- | ---: |", "|---|---|")])
def test_a_border_is_no_row(old: str, new: str) -> None:
    assert edit(MARKDOWN, MARKDOWN.replace(old, new)) == Edit("a.md", ())


@pytest.mark.parametrize("text", ["a | b", "**Fares by zone**\n\nIt costs 10.", "- one\n- two", "| no end"])
def test_other_text_is_no_table(text: str) -> None:
    assert all(table is None for _, table in lines_with_tables(text))


def test_the_record_has_the_keys_of_a_table_only_where_there_is_one() -> None:
    plain, row = (edit(text, text.replace("10", "99")).as_json()["changes"][0] for text in ("It costs 10.", MARKDOWN))
    assert plain.keys() == {"facet", "before", "after", "section"}
    assert row.keys() == plain.keys() | {"table", "whole"}
