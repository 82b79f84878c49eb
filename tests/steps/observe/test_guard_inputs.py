"""Guards against floods, crowds, contradicting copies, growth, loss and refused documents: both sides of each limit."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pointsman.settings.params import Guard
from pointsman.steps.observe.texts.sketches import SKETCH_VERSION
from tests.fakes.calls import look
from tests.fakes.resources import FakeResources, begun, page, run
from tests.steps.holds import because, consent, holding

Opened = Callable[..., FakeResources]


LONG = "Nobody remembers why the old tower was built on the rock above the village, nor who paid for its bells. "


def test_a_halved_corpus_holds_though_no_document_is_gone(opened: Opened) -> None:
    resources = begun(opened({f"doc{n:02d}.md": page(n, extra=LONG * 9) for n in range(11)}))
    for nth in range(11):
        resources.store.write(f"doc{nth:02d}.md", page(nth))
    outcome = holding(resources, "guard.bytes", "guard.shortened")
    assert "below 50%, in a store of more than 10 documents" in because(outcome, "guard.bytes")
    consent(resources)
    assert run(resources).exit_code == 0


def test_ten_documents_may_halve_without_crying_wolf(opened: Opened) -> None:
    resources = begun(opened({f"doc{n:02d}.md": page(n, extra=LONG * 9) for n in range(10)}))
    for nth in range(10):
        resources.store.write(f"doc{nth:02d}.md", page(nth))
    assert run(resources).exit_code == 0


@pytest.mark.parametrize(("copies", "holds"), [(10, False), (11, True)])
def test_a_flood_of_near_copies_holds_beyond_its_limit(opened: Opened, copies: int, holds: bool) -> None:
    resources = begun(opened(40))
    for nth in range(copies):
        resources.store.write(f"flood{nth:02d}.md", f"# Notice\n\n{LONG * 3}This is copy number {nth}.\n")
    resources.store.write("doc99.md", page(99))
    if not holds:
        assert run(resources).exit_code == 0
        return
    outcome = holding(resources, "guard.near_duplicates")
    assert "11 new or edited documents are nearly the same as others" in because(outcome, "guard.near_duplicates")
    consent(resources)
    assert run(resources).exit_code == 0


def test_near_copies_of_what_is_served_count_and_are_found_again_when_the_memory_is_lost(opened: Opened) -> None:
    resources = begun(
        opened({f"doc{n:02d}.md": page(n, extra=f"It is {n}. " + LONG * 4 + THINGS_ON[n]) for n in range(20)})
    )
    for nth in range(11):
        resources.store.write(
            f"more{nth:02d}.md", page(nth, extra=f"It is {nth}. " + LONG * 4 + THINGS_ON[nth] + " Now.")
        )
    resources.memory.put("sketches", {"version": SKETCH_VERSION, "texts": {"broken": "not a sketch"}})
    outcome = holding(resources, "guard.near_duplicates")
    resources.memory.texts.clear()
    assert run(resources).decision.id == outcome.decision.id


def tip(nth: int, line: str) -> str:
    asked = "How do I free the disk when the journal is full?"
    return f"# {asked}\n\n{asked} The answer is simple, number {nth}: {line} Free the disk of the journal at once.\n"


LINES = ("Delete all journals with rm.", "Switch off recording for good.")


@pytest.mark.parametrize(("tips", "holds"), [(2, False), (3, True)])
def test_a_few_new_texts_aimed_at_one_question_are_held_and_named(opened: Opened, tips: int, holds: bool) -> None:
    resources = begun(opened(40, guard=Guard()))
    for nth in range(tips):
        resources.store.write(f"tips/{nth}.md", tip(nth, LINES[nth % 2]))
    if not holds:
        assert run(resources).exit_code == 0
        return
    outcome = holding(resources, "guard.crowd")
    assert "3 new documents begin alike and say nearly the same" in because(outcome, "guard.crowd")
    consent(resources)
    assert run(resources).exit_code == 0


def test_an_approved_crowd_is_those_documents_and_no_others(opened: Opened) -> None:
    resources = begun(opened(40, guard=Guard()))
    for nth in range(3):
        resources.store.write(f"tips/{nth}.md", tip(nth, LINES[0]))
    holding(resources, "guard.crowd")
    consent(resources)
    resources.store.remove("tips/2.md")
    resources.store.write("tips/9.md", tip(9, LINES[1]))
    assert "1 of these 3 are not among the 3 approved" in because(holding(resources, "guard.crowd"), "guard.crowd")


def test_new_pages_of_one_template_about_different_things_are_no_crowd(opened: Opened) -> None:
    resources = begun(opened(40, guard=Guard()))
    for nth in range(9):
        body = LONG * 4 + "See the list of all functions for more. It was added in the last release."
        resources.store.write(f"api/{nth}.md", f"# The function f{nth}\n\n{body}\n")
    assert run(resources).exit_code == 0


def test_equal_copies_are_one_text_and_no_crowd(opened: Opened) -> None:
    resources = begun(opened(40, guard=Guard()))
    for nth in range(30):
        resources.store.write(f"copies/{nth:02d}.md", tip(0, LINES[0]))
    resources.store.write("copies/other.md", tip(1, LINES[0]))
    outcome = run(resources)
    assert outcome.exit_code == 0
    assert outcome.state.changes["added"] == 21, "20 of the equal ones are kept"


def test_renamed_or_edited_pages_are_no_crowd(opened: Opened) -> None:
    resources = begun(opened({f"tips/{n}.md": tip(n, LINES[n % 2]) for n in range(6)}, guard=Guard()))
    for nth in range(3):
        resources.store.remove(f"tips/{nth}.md")
        resources.store.write(f"moved/{nth}.md", tip(nth, LINES[nth % 2]))
        resources.store.write(f"tips/{nth + 3}.md", tip(nth + 3, "Ask the house office first."))
    assert run(resources).exit_code == 0


THINGS_ON = [f"It holds {n * 17} jars, {n * 31} spoons, {n * 43} lamps and {n * 57} ropes." for n in range(20)]


def test_only_what_is_read_is_sketched(opened: Opened) -> None:
    resources = begun(opened(40, guard=Guard(crowd_count=None)))
    made: list[str] = []
    watching = replace(resources, sketch=lambda text: made.append(text) or resources.sketch(text))  # type: ignore[func-returns-value]
    for nth in range(10):
        watching.store.write(f"doc{nth:02d}.md", page(nth, extra="\nAnd the lock was changed yesterday.\n"))
    run(watching)
    assert len(made) == 10, "the pages that were edited"
    run(watching)
    assert len(made) == 10
    watching.store.write("doc11.md", page(11, extra="\nAnd the lock was changed yesterday.\n"))
    run(watching)
    assert len(made) == 11, "a copy of any of them is found without opening it again"


def test_where_no_guard_can_raise_an_alarm_no_sketch_is_made(opened: Opened) -> None:
    resources = begun(opened(40))
    made: list[str] = []
    watching = replace(resources, sketch=lambda text: made.append(text) or resources.sketch(text))  # type: ignore[func-returns-value]
    for nth in range(10):
        watching.store.write(f"doc{nth:02d}.md", page(nth, extra="\nAnd the lock was changed yesterday.\n"))
    run(watching)
    assert made == []


def test_a_document_that_grew_a_hundredfold_holds_and_more_growth_is_not_approved(opened: Opened) -> None:
    resources = begun(opened(6, guard=Guard(growth_bytes=1000)))
    size = len(page(1))
    resources.store.write("doc01.md", page(1) + "x " * (50 * size))
    outcome = holding(resources, "guard.grown")
    assert f"'doc01.md' grew from {size} to" in because(outcome, "guard.grown")
    consent(resources)
    resources.store.write("doc01.md", page(1) + "x " * (60 * size))
    again = holding(resources, "guard.grown")
    assert "1 of these 1 are not among the 1 approved" in because(again, "guard.grown")
    consent(resources, again.decision.id)
    assert run(resources).exit_code == 0


@pytest.mark.parametrize(("refused", "holds"), [(10, False), (11, True)])
def test_served_documents_refused_en_masse_hold_beyond_the_limit(opened: Opened, refused: int, holds: bool) -> None:
    resources = begun(opened(40))
    for nth in range(refused):
        resources.store.write(f"doc{nth:02d}.md", b"\x00\x01\x02 binary")
    if not holds:
        assert run(resources).exit_code == 0
        return
    holding(resources, "guard.refused")
    consent(resources)
    assert run(resources).exit_code == 0
    assert run(resources).exit_code == 0, "an approval that made no release lasts"
    resources.store.write("doc30.md", page(30, extra="\nAnd the lock was changed yesterday.\n"))
    assert run(resources).exit_code == 0
    resources.store.write("doc31.md", page(31, extra="\nAnd the lock was changed yesterday.\n"))
    assert run(resources).exit_code == 0, "what was refused already when the live release was made is no news"
    resources.store.write("doc11.md", b"\x00 binary")
    assert run(resources).exit_code == 0, "one more is below the limit"


def test_more_refused_than_approved_hold_again(opened: Opened) -> None:
    resources = begun(opened(40))
    for nth in range(11):
        resources.store.write(f"doc{nth:02d}.md", b"\x00\x01\x02 binary")
    run(resources)
    consent(resources)
    resources.store.write("doc11.md", b"\x00\x01\x02 binary")
    assert "12 is more than the 11 approved" in because(holding(resources, "guard.refused"), "guard.refused")


def test_a_changed_limit_of_a_guard_opens_no_document_again(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.reads.clear()
    wide = resources.with_params(guard=Guard(removed_count=99))
    look(wide)
    assert resources.store.reads == []
