"""Two paths of one page for two versions, dates or languages."""

import pytest

from pointsman.core.corpus.comparison.editions import are_editions


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("docs/v1/rules.md", "docs/v2/rules.md"), ("docs/1.10/rules.md", "docs/2.0/rules.md"), ("3/a.md", "4/a.md"),
        ("releases/3.1.13.txt", "releases/3.2.5.txt"), ("releases/1.10-rc1.txt", "releases/1.10.txt"),
        ("docs/de/docs/index.md", "docs/pt-br/docs/index.md"), ("readme.de.md", "readme.fr.md"),
        ("docs/latest/a.md", "docs/stable/a.md"), ("news/2026-04-03.md", "news/2026-05-01.md"),
        ("guide-v1.md", "guide-v2.md"), ("docs/latest/a.md", "docs/1.0/a.md"),
    ],
)  # fmt: skip
def test_paths_that_differ_in_what_names_an_edition_are_editions(one: str, two: str) -> None:
    assert are_editions(one, two)
    assert are_editions(two, one)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("rules.md", "rules-copy.md"), ("rules-1.md", "rules-2.md"), ("rules.md", "v2/rules.md"),
        ("rules.md", "archive/rules.md"), ("v1/rules.md", "v2/fares.md"), ("rules.md", "rules.md"),
        ("readme.md", "readme.de.md"), ("pep-0333.rst", "pep-3333.rst"), ("de/a.md", "yard/a.md"),
    ],
)  # fmt: skip
def test_other_paths_are_none(one: str, two: str) -> None:
    assert not are_editions(one, two)
