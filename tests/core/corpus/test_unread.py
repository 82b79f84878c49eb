"""Files that nobody reads, counted and put in words."""

import pytest

from pointsman.core.corpus.unread import count_by_ending, unread_sentence


def test_endings_are_counted_in_lower_case_the_most_frequent_first() -> None:
    names = ["a.png", "b.MDX", "c/d.mdx", "e.tar.gz", "Makefile", "c/.", "v1.2/README"]
    assert list(count_by_ending(names).items()) == [("", 3), (".mdx", 2), (".gz", 1), (".png", 1)]


@pytest.mark.parametrize(
    ("counts", "begins"),
    [
        ({".mdx": 1}, "1 file .mdx is not read: "),
        ({".mdx": 2}, "2 files .mdx are not read: "),
        ({".mdx": 2, "": 1}, "2 files .mdx and 1 file without an ending are not read: "),
        (dict.fromkeys((".a", ".b", ".c", ".d", ".e"), 1), "1 file .a, 1 file .b, 1 file .c, 1 file .d and 1 file .e are"),
        (
            dict.fromkeys((".a", ".b", ".c", ".d", ".e", ".f", ".g"), 1),
            "1 file .a, 1 file .b, 1 file .c, 1 file .d, 1 file .e and 2 other files are not read: ",
        ),
    ],
)
def test_a_sentence_names_five_endings_at_most(counts: dict[str, int], begins: str) -> None:
    found = unread_sentence(counts)
    assert found is not None
    assert found.startswith(begins)
    assert "store.include" in found


def test_there_is_nothing_to_say_where_everything_is_read() -> None:
    assert unread_sentence({}) is None
