"""Tables of reStructuredText that are written as CSV or as lists: caption, header and rows, and a changed cell."""

import time

import pytest

from pointsman.adapters.parsers.dispatch import read_document
from pointsman.core.corpus.documents import Kind
from pointsman.core.edits.classify import classify
from pointsman.core.edits.describe import change_in_words

FARES = "Fares\n| Zone | Price |\n| north | 10 |\n| south | 12 |"


def tables(text: str) -> list[str]:
    """Return what is read of the tables in a text."""
    return [block.text for block in read_document("a.rst", text.encode()).blocks if block.kind is Kind.VERBATIM]


def table(*lines: str) -> str:
    """Return a text with a directive of these lines, all but the first indented."""
    return "\n".join(["Text.", "", lines[0], *(f"   {line}" if line else "" for line in lines[1:]), "", "After.", ""])


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((":header: Zone, Price", "", "north, 10", "south, 12"), id="header"),
        pytest.param((':header: "Zone", "Price"', ":widths: 10, 20", "", '"north", "10"', '"south",12'), id="quoted"),
        pytest.param((":header-rows: 1", "", "Zone,Price", "north,10", "south,12"), id="header-rows"),
        pytest.param((":header-rows: 1", ":delim: ;", "", "Zone; Price", "north; 10", "south; 12"), id="delim"),
        pytest.param((":delim: U+003B", ":header: Zone; Price", "", "north; 10", "", "south; 12"), id="code-point"),
        pytest.param((":delim: space", ":header-rows: 1", "", "Zone Price", "north 10", "south 12"), id="space"),
        pytest.param((":header: Zone,", "  Price", "", "north, 10", "south, 12"), id="header-on-two-lines"),
        pytest.param((":quote: '", ":header: 'Zone','Price'", "", "'north','10'", "'south','12'"), id="quote"),
        pytest.param((":align: left", ":name: fares", ":header: Zone,Price", "", "north,10", "south,12"), id="options"),
    ],
)
def test_a_csv_table_is_read_with_its_caption_and_its_header(lines: tuple[str, ...]) -> None:
    assert tables(table(".. csv-table:: Fares", *lines)) == [FARES]


def test_quoted_cells_may_hold_the_delimiter_quotes_and_line_breaks() -> None:
    lines = (':header: "a, b", "say ""x"""', "", '"1, 2","one', 'two"')
    assert tables(table(".. csv-table:: T", *lines)) == ['T\n| a, b | say "x" |\n| 1, 2 | one two |']


def test_an_escape_character_stands_before_a_quote() -> None:
    assert tables(table(".. csv-table:: T", ":escape: \\", "", '"a \\" b",2')) == ['T\n| a " b | 2 |']


def test_roles_and_links_in_cells_are_read_as_elsewhere() -> None:
    text = table(".. csv-table:: See :doc:`fares`", "", "`Tea <https://tea.org>`_,``x``")
    assert tables(text) == ["See fares\n| Tea (https://tea.org) | `x` |"]


def test_a_caption_may_go_on_below_and_may_be_missing() -> None:
    assert tables(table(".. csv-table:: All the", "fares", ":header: a", "", "1")) == ["All the fares\n| a |\n| 1 |"]
    assert tables(table(".. csv-table::", "", "a,1")) == ["| a | 1 |"]


@pytest.mark.parametrize(("option", "place"), [("file", "data/fares.csv"), ("url", "https://x.org/fares.csv")])
def test_rows_in_another_file_are_named_as_not_read(option: str, place: str) -> None:
    text = table(".. csv-table:: Fares", ":header: Zone, Price", f":{option}: {place}")
    assert tables(text) == [f"Fares\n| Zone | Price |\n{place} is not read"]


@pytest.mark.parametrize("lines", [(":delim: tab", "", "a\tb"), ("", '"a,b'), (":delim: two", "", "a,b")])
def test_rows_that_are_no_csv_stay_as_they_are_written(lines: tuple[str, ...]) -> None:
    (found,) = tables(table(".. csv-table:: T", ":header: x,y" if lines[0] == "" else lines[0], *lines[1:]))
    assert found.startswith("T\n")
    assert " ".join(found.split("\n")[-1].split()) == " ".join(lines[-1].split())


LIST = ".. list-table:: Fares\n   :header-rows: 1\n\n   * - Zone\n     - Price\n   * - north\n     - 10\n"
CSV = ".. csv-table:: Fares\n   :header: Zone, Price\n\n   north, 10\n   south, 12\n"


@pytest.mark.parametrize("written", [LIST, CSV, CSV.replace(":header: Zone, Price\n", ":header-rows: 1\n")])
def test_a_changed_cell_is_shown_under_the_caption_of_its_table(written: str) -> None:
    old, new = (
        "\n\n".join(block.text for block in read_document("a.rst", f"Text.\n\n{text}\nAfter.\n".encode()).blocks)
        for text in (written, written.replace("10", "99"))
    )
    changes = classify("a.rst", [((), old)], [((), new)]).as_json()["changes"]
    assert [change_in_words(change) for change in changes] == ["table 'Fares': '10' is now '99'"]


def test_a_changed_header_or_caption_changes_the_text() -> None:
    text = table(".. csv-table:: Fares", ":header: Zone, Price", "", "north, 10")
    assert len({*tables(text), *tables(text.replace("Price", "Cost")), *tables(text.replace("Fares", "Prices"))}) == 3


@pytest.mark.parametrize("row", ['"a","b"\n   ', '"a,b\n   ', "a,\n   ", ": : :\n   "])
def test_a_large_table_is_read_in_time_that_grows_with_its_length(row: str) -> None:
    begin = time.perf_counter()
    tables(".. csv-table:: T\n   :header: a, b\n\n   " + row * 20_000)
    assert time.perf_counter() - begin < 10
