"""Two long texts are compared by what differs, and only up to a number of characters."""

import pytest

from pointsman.core.edits import long_texts
from pointsman.core.edits.classify import classify
from pointsman.core.edits.long_texts import COMPARED_AT_MOST, WHOLE_AT_MOST, is_too_long, without_equal_passages
from pointsman.core.edits.sections import Texts
from pointsman.core.edits.vocabulary.lexicon import Facet


def page(characters: int, sentence: str = "The yard holds 40 trains.") -> list[tuple[tuple[str, ...], str]]:
    passage = f"{sentence} " * 40
    return [((f"Part {n}",), f"{passage}{n}") for n in range(characters // len(passage) + 1)]


def test_one_changed_number_in_a_text_of_five_megabytes_is_found() -> None:
    old = page(5_000_000)
    new = [*old[:3], (("Part 3",), old[3][1].replace("40", "60")), *old[4:]]
    assert {change.facet for change in classify("a.md", old, new).changes} == {Facet.NUMBER}


def test_two_long_texts_with_nothing_alike_count_as_other_words_and_are_not_looked_into(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pointsman.core.edits.classify.sections_of", None)  # calling it would fail
    edit = classify("a.md", page(5_000_000), page(5_000_000, "A lamp stands beside the door."))
    assert [change.facet for change in edit.changes] == [Facet.WORDS]
    assert edit.changes[0].before.startswith("The yard")
    assert edit.changes[0].after.startswith("A lamp")


def test_two_equal_long_texts_have_no_change() -> None:
    assert not classify("a.md", page(5_000_000), page(5_000_000)).changes


def sized(size: int) -> Texts:
    return [((), "x" * size)]


@pytest.mark.parametrize(("size", "too_long"), [(COMPARED_AT_MOST // 2, False), (COMPARED_AT_MOST // 2 + 1, True)])
def test_the_limit_counts_the_characters_of_both_texts(size: int, *, too_long: bool) -> None:
    assert is_too_long(sized(size), sized(size)) is too_long


def test_a_short_text_is_compared_whole() -> None:
    old: Texts = [((), "a"), ((), "x" * (WHOLE_AT_MOST // 2 - 1))]
    assert without_equal_passages(old, old) == (old, old)
    longer: Texts = [*old, ((), "b")]
    assert without_equal_passages(longer, old) == ([((), "b")], [])


def test_a_passage_that_comes_twice_is_left_out_as_often_as_both_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_texts, "WHOLE_AT_MOST", 0)
    a, b = ((), "a"), ((), "b")
    assert without_equal_passages([a, a, b], [a]) == ([a, b], [])


def test_many_sentences_that_move_in_reverse_order_are_each_found_once() -> None:
    lines = [f"- item {n} costs {n} crowns" for n in range(3_000)]
    old = [(("Prices",), "\n".join(lines)), (("Other",), "x y z")]
    new = [(("Prices",), "gone away"), (("Other",), "\n".join([*reversed(lines), "x y z"]))]
    moved = [change for change in classify("a.md", old, new).changes if change.facet is Facet.SECTION]
    assert len(moved) == len(lines)
