"""A page that was added or edited and contradicts a served near copy is held, and what may both be right is not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pointsman.settings.params import Guard
from tests.fakes.resources import FakeResources, begun, page, run
from tests.steps.holds import because, consent, holding

Opened = Callable[..., FakeResources]

LATE = (
    "A train that comes too late is shown in red on the panel, and the signaller writes down why it was late and what "
    "was done about it before the shift ends. At night two people stay in the tower, one at the levers and one at the "
    "telephone, and neither leaves before somebody has come for them. Lamps are lit when the fog is thicker than the "
    "length of a platform, whatever the hour is. "
)
RULE = "# Timetables\n\nThe file may have 5,000 rows. " + LATE
OTHER = RULE.replace("5,000", "9,000")
HELD = "guard.contradicting"


@pytest.fixture
def serving_rule(opened: Opened) -> FakeResources:
    """Return a workspace that serves twenty pages, and the rule."""
    return begun(opened({**{f"doc{n:02d}.md": page(n) for n in range(20)}, "times.md": RULE}, guard=Guard()))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (OTHER, True), (RULE.replace("is shown", "is not shown"), True), (RULE, False),
        (RULE.replace("may have", "must have"), True), (RULE.replace("before the shift", "after the shift"), True),
        (RULE.replace("5,000", "5000"), False), (RULE.replace("5,000", "5\u00a0000"), False),
        (RULE.replace("comes too late", "comes too tardily"), False), ("# Tea\n\nTea has 9,000 friends here.\n", False),
        (f"{RULE}\n\nThe other file may have 9,000 rows.\n", False),
    ],
)  # fmt: skip
def test_a_copy_that_states_something_else_needs_a_person(serving_rule: FakeResources, text: str, holds: bool) -> None:
    serving_rule.store.write("times-copy.md", text)
    if not holds:
        assert run(serving_rule).exit_code == 0
        return
    outcome = holding(serving_rule, HELD)
    assert "such as 'times-copy.md' of 'times.md'" in because(outcome, HELD)
    consent(serving_rule)
    assert run(serving_rule).exit_code == 0


@pytest.mark.parametrize("changed", [2, 3])
def test_near_is_what_has_its_share_of_words_in_common_counted_exactly(opened: Opened, changed: int) -> None:
    words = [f"word{n}" for n in range(52)]
    rule = "The file may have 5000 rows. " + " ".join(words) + "."
    copy = "The file may have 9000 rows. " + " ".join(
        [*words[:20], *(f"other{n}" for n in range(changed)), *words[20:]]
    )
    shingles = [{tuple(t.split()[i : i + 3]) for i in range(len(t.split()) - 2)} for t in (rule.lower(), copy.lower())]
    share = len(shingles[0] & shingles[1]) / len(shingles[0] | shingles[1])
    resources = begun(opened({"a.md": rule, "b.md": page(1)}, guard=Guard(duplicate_similarity=share)))
    resources.store.write("c.md", copy)
    assert holding(resources, HELD)
    further = begun(opened({"a.md": rule, "b.md": page(1)}, guard=Guard(duplicate_similarity=share + 0.001)))
    further.store.write("c.md", copy)
    assert run(further).exit_code == 0


def test_a_copy_of_a_page_that_was_edited_once_is_found(serving_rule: FakeResources) -> None:
    serving_rule.store.write("times.md", RULE.replace("5,000", "6,000"))
    assert run(serving_rule).exit_code == 0
    serving_rule.store.write("times-copy.md", OTHER)
    assert "'times-copy.md' of 'times.md'" in because(holding(serving_rule, HELD), HELD)


@pytest.mark.parametrize(
    "served", ["---\nowner: yard\n---\n" + RULE, RULE + "\n\nAsk the yard office.\n", RULE.replace("red", "**red**")]
)
def test_touching_the_served_page_beside_does_not_let_its_copy_pass(serving_rule: FakeResources, served: str) -> None:
    serving_rule.store.write("times.md", served)
    serving_rule.store.write("times-copy.md", OTHER)
    assert holding(serving_rule, HELD)


def test_a_page_that_moves_while_its_copy_comes_is_contradicted_all_the_same(serving_rule: FakeResources) -> None:
    serving_rule.store.remove("times.md")
    serving_rule.store.write("moved/times.md", RULE)
    serving_rule.store.write("times-copy.md", OTHER)
    assert "'times-copy.md' of 'moved/times.md'" in because(holding(serving_rule, HELD), HELD)


def test_an_edit_that_makes_a_page_contradict_a_served_copy_of_it_is_held(serving_rule: FakeResources) -> None:
    serving_rule.store.write("times-copy.md", RULE + "\n\nThis is a copy.\n")
    assert run(serving_rule).exit_code == 0
    serving_rule.store.write("times.md", OTHER)
    outcome = holding(serving_rule, HELD)
    assert "'times.md' of 'times-copy.md'" in because(outcome, HELD)
    consent(serving_rule)
    assert run(serving_rule).exit_code == 0
    serving_rule.store.write("times.md", OTHER.replace("in red", "in bright red"))
    assert run(serving_rule).exit_code == 0, "what a person approved is no new contradiction after another edit"
    serving_rule.store.write("times.md", OTHER.replace("comes too late", "never comes too late"))
    assert holding(serving_rule, HELD), "another one is"


def test_both_copies_edited_alike_contradict_nothing(serving_rule: FakeResources) -> None:
    serving_rule.store.write("times-copy.md", RULE + "\n\nThis is a copy.\n")
    run(serving_rule)
    serving_rule.store.write("times.md", OTHER)
    serving_rule.store.write("times-copy.md", OTHER + "\n\nThis is a copy.\n")
    assert run(serving_rule).exit_code == 0


def test_a_new_edition_contradicts_nothing_when_the_old_one_goes_or_is_edited_with_it(
    serving_rule: FakeResources,
) -> None:
    serving_rule.store.remove("times.md")
    serving_rule.store.write("times-5.md", OTHER)
    assert run(serving_rule).exit_code == 0
    serving_rule.store.write("times-5.md", RULE.replace("5,000", "7,000"))
    serving_rule.store.write("times-6.md", RULE.replace("5,000", "8,000"))
    assert run(serving_rule).exit_code == 0


@pytest.mark.parametrize(
    ("served", "copy", "holds"),
    [
        ("v1/times.md", "v2/times.md", False), ("docs/de/times.md", "docs/fr/times.md", False),
        ("releases/3.1.13.md", "releases/3.2.5.md", False), ("times-1.md", "times-2.md", True),
        ("times.md", "v2/times.md", True),
    ],
)  # fmt: skip
def test_editions_may_differ_when_both_paths_say_so(opened: Opened, served: str, copy: str, holds: bool) -> None:
    resources = begun(opened({served: RULE, "tea.md": page(1)}, guard=Guard()))
    resources.store.write(copy, OTHER)
    assert run(resources).decision.hold is holds


@pytest.mark.parametrize(("exempt", "holds"), [("times-copy.md", False), ("times.md", False), ("archive/**", True)])
def test_documents_that_params_exempt_may_differ(opened: Opened, exempt: str, holds: bool) -> None:
    resources = begun(opened({"times.md": RULE, "tea.md": page(1)}, guard=Guard(contradicting_exempt=(exempt,))))
    resources.store.write("times-copy.md", OTHER)
    assert run(resources).decision.hold is holds


def test_no_page_need_agree_with_another_when_params_say_so(opened: Opened) -> None:
    resources = begun(opened({"times.md": RULE, "tea.md": page(1)}, guard=Guard(contradicting=None)))
    resources.store.write("times-copy.md", OTHER)
    assert run(resources).exit_code == 0


def test_only_the_two_pages_of_a_pair_are_opened(serving_rule: FakeResources) -> None:
    serving_rule.store.reads.clear()
    serving_rule.store.write("times-copy.md", OTHER)
    holding(serving_rule, HELD)
    assert set(serving_rule.store.reads) == {"times-copy.md", "times.md"}


def test_a_copy_is_judged_also_where_the_live_index_is_lost(serving_rule: FakeResources) -> None:
    serving_rule.store.write("times-copy.md", RULE + "\n\nThis is a copy.\n")
    run(serving_rule)
    lost = replace(serving_rule, index=type(serving_rule.index)())
    lost.store.write("times.md", OTHER)
    assert run(lost).decision.hold
