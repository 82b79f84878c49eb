"""Files that nobody reads, counted by ending."""

from pointsman.core.corpus.unread import count_by_ending


def test_endings_are_counted_as_they_are_written_the_most_frequent_first() -> None:
    names = ["a.png", "b.MDX", "c/d.mdx", "e.tar.gz", "Makefile", "c/.", "v1.2/README", "x/f.mdx", "g.Mdx"]
    assert list(count_by_ending(names).items()) == [
        ("", 3), (".mdx", 2), (".MDX", 1), (".Mdx", 1), (".gz", 1), (".png", 1),
    ]  # fmt: skip


def test_no_files_have_no_endings() -> None:
    assert count_by_ending([]) == {}
