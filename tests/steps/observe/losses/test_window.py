"""The window: what was served since the last human look, or since so many days ago; the same without its memory."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pointsman.adapters.parsers.document import read_document
from pointsman.settings.params import Guard
from pointsman.steps.ledger.releases import live_release, manifest_of
from pointsman.steps.observe.losses.window import WINDOW, Window, window, window_texts
from pointsman.steps.observe.state import state_now
from pointsman.steps.release.rollback import roll_back
from tests.fakes.resources import FakeMemory, FakeResources, live_id, run
from tests.steps.accidents import article, held, library, name, rewrite
from tests.steps.holds import consent

Opened = Callable[..., FakeResources]

DAY = 86_400.0


def seen(resources: FakeResources, *, days: float = 7.0, memory: FakeMemory | None = None) -> Window:
    """Return the window that ends now."""
    live = live_release(resources.ledger)
    assert live is not None
    manifest = manifest_of(resources.ledger, live)
    return window(resources.ledger, manifest, days=days, memory=memory or resources.memory, now=resources.clock.now)


def history(opened: Opened, **sections: object) -> FakeResources:
    """Return a workspace in which a page was added, edited, renamed and removed, a release each."""
    resources = library(opened, 6, **sections)
    resources.store.write("new.md", article(50))
    run(resources)
    rewrite(resources, [1], lambda nth: article(nth, about="edited"))
    run(resources)
    resources.store.rename(name(2), "renamed.md")
    run(resources)
    resources.store.remove("new.md")
    run(resources)
    return resources


def test_each_document_has_its_oldest_text_under_its_latest_name(opened: Opened) -> None:
    resources = library(opened, 6)
    first = live_id(resources)
    start = manifest_of(resources.ledger, live_release(resources.ledger))  # type: ignore[arg-type]
    resources = history(opened)
    found = seen(resources)
    assert found.since == first
    assert found.recent == {"new.md", "renamed.md"}
    assert found.served.entries.keys() == {*(name(n) for n in (0, 1, 3, 4, 5)), "renamed.md", "new.md"}
    assert found.served.entries[name(1)] == start.entries[name(1)]


def test_the_window_follows_from_the_ledger_whatever_was_remembered(opened: Opened) -> None:
    resources = history(opened)
    assert seen(resources) == seen(resources, memory=FakeMemory())
    stale = FakeMemory()
    stale.put(WINDOW, {"moves": [[9, "x", "2020-01-01T00:00:00+00:00", True]], "settled": [[9, "x"]], "rows": {}})
    assert seen(resources, memory=stale) == seen(resources)


@pytest.mark.parametrize(("days", "whole"), [(8.0, True), (2.0, False), (0.0, False)])
def test_what_was_live_before_the_window_is_forgotten(opened: Opened, days: float, whole: bool) -> None:
    resources = history(opened)
    resources.clock.at += 5 * DAY
    assert (seen(resources, days=days).since is not None) is whole


def test_ten_documents_a_week_are_no_accident(opened: Opened) -> None:
    resources = library(opened, 60)
    for first in range(0, 40, 10):
        for nth in range(first, first + 10):
            resources.store.remove(name(nth))
        assert held(resources) == []
        resources.clock.at += 8 * DAY


def test_a_hold_does_not_end_by_waiting(opened: Opened) -> None:
    resources = library(opened, 60)
    for nth in range(10):
        resources.store.remove(name(nth))
    run(resources)
    for nth in range(10, 20):
        resources.store.remove(name(nth))
    assert held(resources) == ["guard.removed"]
    resources.clock.at += 30 * DAY
    assert held(resources) == ["guard.removed"]


def test_the_count_begins_again_when_a_person_approves(opened: Opened) -> None:
    resources = library(opened, 60)
    for nth in range(15):
        resources.store.remove(name(nth))
    run(resources)
    consent(resources)
    assert run(resources).exit_code == 0
    for nth in range(15, 25):
        resources.store.remove(name(nth))
    assert held(resources) == [], "ten more since the approval"
    resources.store.remove(name(25))
    assert held(resources) == ["guard.removed"]


def test_the_count_begins_again_when_a_person_rolls_back(opened: Opened) -> None:
    resources = history(opened)
    roll_back(resources.records, None, vector_index=resources.index)
    assert seen(resources).since is None


def test_a_text_that_is_not_remembered_counts_as_replaced(opened: Opened) -> None:
    resources = library(opened, 12, guard=Guard(edited_share=1.0))
    resources.memory.texts.pop("shingles")
    rewrite(resources, range(12), lambda nth: article(nth) + "\nOne more line.\n")
    outcome = run(resources)
    assert outcome.decision.hold
    assert "the earlier text of 12 of them is not known" in outcome.decision.reasons[0].because


def test_an_approval_is_of_the_texts_that_were_seen(opened: Opened) -> None:
    resources = library(opened, 30)
    rewrite(resources, range(15), lambda nth: article(nth, about="other"))
    run(resources)
    consent(resources)
    rewrite(resources, [3], lambda nth: article(nth, about="third"))
    assert held(resources) == ["guard.replaced_share"]
    rewrite(resources, [3], lambda nth: article(nth, about="other"))
    rewrite(resources, [4], article)
    assert held(resources) == [], "fewer than were approved"


def test_the_window_is_judged_only_where_the_change_adds_to_it(opened: Opened) -> None:
    resources = library(opened, 60)
    for nth in range(10):
        resources.store.remove(name(nth))
    run(resources)
    strict = resources.with_params(guard=replace(Guard(), removed_count=3, removed_share=0.05))
    strict.store.write("more.md", article(77))
    assert held(strict) == []
    strict.store.remove(name(10))
    assert held(strict) == ["guard.removed"]


def test_a_text_between_two_edits_is_remembered_as_long_as_the_window_may_begin_with_it(opened: Opened) -> None:
    resources = library(opened, 30, guard=Guard(replaced_share=1.0, most_share=1.0, edited_share=1.0))
    for version in ("\nOne line.\n", "\nOne line.\n\nTwo lines.\n", "\nOne line.\n\nTwo lines.\n\nThree.\n"):
        rewrite(resources, range(12), lambda nth, version=version: article(nth) + version)  # type: ignore[misc]
        assert held(resources) == []
        resources.clock.at += 4 * DAY
    strict = resources.with_params(guard=Guard())
    rewrite(strict, range(12), lambda nth: article(nth) + "\nOne line.\n\nTwo lines.\n\nThree.\n\nFour.\n")
    assert held(strict) == [], "every earlier text is known, so little is replaced"


def test_a_text_from_the_middle_of_the_window_is_remembered_when_the_window_begins_there(opened: Opened) -> None:
    resources = library(opened, 6)
    for step, (nth, about) in enumerate([(1, "second"), (1, "third"), (2, "second"), (3, "second"), (1, "fourth")]):
        resources.clock.at += (0, 3, 3, 3, 0.5)[step] * DAY
        rewrite(resources, [nth], lambda page, about=about: article(page, about=about))  # type: ignore[misc]
        found = state_now(
            resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
        )
        assert found.evidence.guards.lost is not None
        assert found.evidence.guards.lost.unknown == 0, f"step {step}"
        run(resources)
    second = article(1, about="second")
    assert read_document(name(1), second.encode()).text_digest in window_texts(resources.ledger, resources.memory)


def test_a_text_is_forgotten_when_the_window_has_passed_it(opened: Opened) -> None:
    resources = library(opened, 6)
    first = read_document(name(1), article(1).encode()).text_digest
    for step in range(5):
        resources.clock.at += 4 * DAY
        rewrite(resources, [1], lambda page, step=step: article(page, about=f"edition {step}"))  # type: ignore[misc]
        run(resources)
    assert first not in window_texts(resources.ledger, resources.memory)
