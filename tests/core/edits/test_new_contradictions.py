"""Which contradictions between two near copies a change brought about."""

import pytest

from pointsman.core.edits import copies
from pointsman.core.edits.copies import Page, new_contradictions
from pointsman.core.edits.sections import Texts

LINES = "The yard has a tower by the gate. Refunds take {} days. The shed is open until {} o'clock."


def text(days: object, hour: object = 9, *, end: str = "") -> Texts:
    return [(("Rules",), LINES.format(days, hour) + end)]


def edited(now: Texts, before: Texts | None) -> Page:
    return Page(now, edited=True, read_before=lambda: before)


def said(changed: Page, other: Page) -> list[tuple[str, str]]:
    return [(change.before, change.after) for change in new_contradictions(changed, other)]


def test_a_new_page_contradicts_a_served_one() -> None:
    assert said(Page(text(50)), Page(text(5))) == [("5", "50")]
    assert said(Page(text(5, end=" Bring 3 keys.")), Page(text(5))) == []


def test_an_edit_of_one_of_two_copies_contradicts_the_other_by_what_it_changed() -> None:
    assert said(edited(text(50), text(5)), Page(text(5))) == [("5", "50")]
    assert said(edited(text(50, 9, end=" Ask."), text(50, 9)), Page(text(5))) == [], "it said so before"
    assert said(edited(text(50, 10), text(50, 9)), Page(text(5))) == [("9", "10")]


def test_a_statement_that_comes_back_into_agreement_is_none() -> None:
    assert said(edited(text(5), text(50)), Page(text(5))) == []


def test_a_statement_that_was_edited_with_its_copy_is_a_new_edition() -> None:
    assert said(Page(text(8)), edited(text(7), text(9))) == []
    assert said(Page(text(8)), edited(text(7), text(8))) == [], "the copy says what the page said"
    assert said(edited(text(8), text(5)), edited(text(7), text(5))) == []


def test_an_edit_elsewhere_on_the_served_page_lets_no_copy_pass() -> None:
    assert said(Page(text(50)), edited(text(5, end=" Ask the office."), text(5))) == [("5", "50")]


def test_a_page_whose_live_text_is_lost_is_compared_as_it_is_now() -> None:
    assert said(edited(text(50), None), Page(text(5))) == [("5", "50")]
    assert said(Page(text(50)), edited(text(5), None)) == [("5", "50")]


@pytest.mark.parametrize("pairs", [0, 10**6])
def test_an_edit_too_large_to_compare_by_place_is_compared_by_its_words(
    monkeypatch: pytest.MonkeyPatch, pairs: int
) -> None:
    monkeypatch.setattr(copies, "PAIRS_AT_MOST", pairs)
    assert said(edited(text(50, 9, end=" Ask."), text(5)), Page(text(5))) == [("5", "50")]


def test_other_markup_brings_no_contradiction() -> None:
    before = [(("Rules",), "The gate opens at 9. `x = call(5)` shows it. The shed has 3 doors.")]
    now = [(("Rules",), "    The gate opens at 9. x = call(5) shows it. The shed has 3 doors.")]
    other = [(("Rules",), "The gate opens at 8. `x = call(6)` shows it. The shed has 4 doors.")]
    assert said(edited(now, before), Page(other)) == []


@pytest.mark.parametrize(("differing", "found"), [(copies.APART - 1, [("5", "50")]), (copies.APART, [])])
def test_two_pages_that_differed_in_many_statements_are_editions(differing: int, found: list[tuple[str, str]]) -> None:
    lines = "".join(f" The lamp of yard {'abcd'[n]} has {{}} bulbs." for n in range(copies.APART))
    ours = lines.format(*(n + 1 for n in range(copies.APART)))
    theirs = lines.format(*(n + (7 if n < differing else 1) for n in range(copies.APART)))
    changed = edited(text(50, end=ours), text(5, end=ours))
    assert said(changed, Page(text(5, end=theirs))) == found
