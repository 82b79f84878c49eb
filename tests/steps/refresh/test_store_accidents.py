"""What goes wrong with a whole store at once is held by the default guards, and what people do on any day is not."""

from collections.abc import Callable

import pytest

from pointsman.settings.params import Guard, PathGuard
from tests.fakes.resources import FakeResources, begun, run
from tests.steps.accidents import article, held, library, name, rewrite
from tests.steps.holds import because, consent

Opened = Callable[..., FakeResources]

SIGN_IN = (
    "# Sign in\n\nYour session has expired. Sign in with your company account to go on reading this page of the "
    "handbook. " + article(999, words=110)
)
UMLAUTS = "\nÄpfel für Züge über Köln.\n"


def in_folders(opened: Opened, **sections: object) -> FakeResources:
    """Return a workspace with 300 pages in ten folders, and 40 in ``billing/``."""
    pages = {name(nth, f"f{nth % 10}/"): article(nth, words=40) for nth in range(300)}
    billing = {name(nth, "billing/"): article(nth, words=40, about="bills") for nth in range(40)}
    return begun(opened(pages | billing, **{"guard": Guard(), **sections}))


ACCIDENTS: dict[str, Callable[[int], str]] = {
    "other words": lambda nth: article(nth, about="ransom"),
    "half of the words": lambda nth: "# Page\n\n" + "\n".join(article(nth).split()[:60]),
    "words in reverse order": lambda nth: " ".join(reversed(article(nth).split())),
    "each page under another name": lambda nth: article((nth + 1) % 40),
    "the same sign-in page": lambda _: SIGN_IN,
    "another script": lambda nth: article(nth).translate({ord(c): chr(ord(c) + 0x350) for c in "abcdefghijklmnop"}),
}


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_a_store_whose_pages_all_say_something_else_is_held(opened: Opened, accident: str) -> None:
    resources = library(opened, 40)
    rewrite(resources, range(40), ACCIDENTS[accident])
    assert "guard.replaced_share" in held(resources)


@pytest.mark.parametrize("pages", [20, 30])
def test_pages_of_a_small_store_that_all_became_one_are_held(opened: Opened, pages: int) -> None:
    resources = library(opened, pages)
    rewrite(resources, range(pages), lambda _: SIGN_IN)
    assert {"guard.alike", "guard.page_kind"} <= set(held(resources))


def test_half_of_the_pages_rewritten_are_held(opened: Opened) -> None:
    resources = library(opened, 40)
    rewrite(resources, range(20), ACCIDENTS["other words"])
    assert held(resources) == ["guard.replaced_share"]


@pytest.mark.parametrize(("wrong", "holds"), [(40, True), (4, True), (3, False)])
def test_a_wrong_encoding_is_held_from_a_few_pages_on(opened: Opened, wrong: int, holds: bool) -> None:
    resources = begun(opened({name(nth): article(nth) + UMLAUTS for nth in range(40)}, guard=Guard()))
    rewrite(resources, range(wrong), lambda nth: (article(nth) + UMLAUTS).encode().decode("latin-1"))
    assert ("guard.encoding" in held(resources)) is holds


def test_a_line_added_to_every_page_replaces_nothing_but_edits_everything(opened: Opened) -> None:
    resources = library(opened, 40)
    rewrite(resources, range(40), lambda nth: article(nth) + "\nThis page is checked by the library.\n")
    assert held(resources) == ["guard.edited_share"]
    consent(resources)
    assert run(resources).exit_code == 0


def test_a_line_added_to_most_pages_is_what_people_do(opened: Opened) -> None:
    resources = library(opened, 40)
    rewrite(resources, range(36), lambda nth: article(nth) + "\nThis page is checked by the library.\n")
    assert held(resources) == []


def test_a_loss_of_five_an_hour_is_one_accident(opened: Opened) -> None:
    resources = library(opened, 40)
    for nth in range(10):
        resources.store.remove(name(nth))
        if nth % 5 == 4:
            assert held(resources) == []
    resources.store.remove(name(10))
    assert held(resources) == ["guard.removed"]
    assert "11 of 40 live documents" in because(run(resources), "guard.removed")
    for nth in range(11):
        resources.store.write(name(nth), article(nth))
    assert held(resources) == [], "they are back"


def test_pages_replaced_three_a_run_are_one_accident(opened: Opened) -> None:
    resources = library(opened, 40)
    for first in range(0, 40, 3):
        rewrite(resources, range(first, first + 3), ACCIDENTS["other words"])
        if found := held(resources):
            break
    assert (found, first) == (["guard.replaced_share"], 9)


def test_documents_that_came_after_the_window_began_count_too(opened: Opened) -> None:
    resources = library(opened, 5)
    for nth in range(5, 40):
        resources.store.write(name(nth), article(nth))
    run(resources)
    for first in range(0, 40, 6):
        for nth in range(first, first + 6):
            resources.store.remove(name(nth))
        if found := held(resources):
            break
    assert (found, first) == (["guard.removed"], 6)


@pytest.mark.parametrize(("pages", "gone", "holds"), [(10, 9, True), (10, 6, True), (10, 5, False), (5, 4, False)])
def test_most_of_a_small_store_gone_is_held(opened: Opened, pages: int, gone: int, holds: bool) -> None:
    resources = library(opened, pages)
    for nth in range(gone):
        resources.store.remove(name(nth))
    assert held(resources) == (["guard.removed"] if holds else [])


def test_five_pages_may_be_rewritten_on_any_day(opened: Opened) -> None:
    resources = library(opened, 5)
    rewrite(resources, range(5), ACCIDENTS["other words"])
    assert held(resources) == []


def test_pages_that_come_back_under_other_names_with_other_words_are_gone(opened: Opened) -> None:
    resources = library(opened, 40)
    for nth in range(40):
        resources.store.remove(name(nth))
        resources.store.write(name(nth, "new/"), article(nth, about="other"))
    assert held(resources) == ["guard.removed"]


def test_pages_that_are_moved_and_edited_a_little_are_not_gone(opened: Opened) -> None:
    resources = library(opened, 40)
    for nth in range(40):
        resources.store.remove(name(nth))
        resources.store.write(name(nth, "new/"), article(nth) + "\nIt was moved.\n" * (nth % 2))
    assert held(resources) == []


def test_a_folder_that_is_gone_is_held_though_the_store_is_large(opened: Opened) -> None:
    resources = in_folders(opened)
    for nth in range(30):
        resources.store.remove(name(nth, "billing/"))
    assert held(resources) == ["guard.folder"]
    assert "'billing/': 30 of 40 documents gone" in because(run(resources), "guard.folder")
    consent(resources)
    resources.store.write(name(0, "billing/"), article(7, about="another bill"))
    assert held(resources) == ["guard.folder"], "one of those that were to go has another text"
    resources.store.remove(name(0, "billing/"))
    assert held(resources) == []


def test_a_folder_that_is_rewritten_is_held_though_the_store_is_large(opened: Opened) -> None:
    resources = in_folders(opened)
    for nth in range(30):
        resources.store.write(name(nth, "billing/"), article(nth, about="ransom"))
    assert held(resources) == ["guard.folder"]


def test_a_path_with_its_own_limits_counts_for_itself_alone(opened: Opened) -> None:
    anything = PathGuard(removed_share=1.0, edited_share=1.0, replaced_share=1.0)
    paths = {"billing/**": PathGuard(removed_count=0, removed_share=0.0), "f*/**": anything}
    resources = in_folders(opened, guard=Guard(paths=paths))
    for nth in range(200):
        resources.store.write(name(nth, f"f{nth % 10}/"), article(nth, about="today"))
    assert held(resources) == []
    resources.store.remove(name(3, "billing/"))
    assert held(resources) == ["guard.paths"]
    consent(resources)
    assert run(resources).exit_code == 0
