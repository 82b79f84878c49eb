"""What a person rolled back stays away until a person approves it, whatever else comes before or since."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.holds import ROLLED_BACK
from pointsman.steps.observe.state import state_now
from pointsman.steps.refresh.check import approve_listed
from pointsman.steps.release.rollback import roll_back
from tests.fakes.resources import FakeResources, begun, live_id, page, run, served, silent

Opened = Callable[..., FakeResources]

BAD = "\nThe lock was changed by a thief.\n"


def left(resources: FakeResources) -> FakeResources:
    """Return the workspace after a bad edit of doc01 and a bad new page went live and were rolled back."""
    begun(resources)
    resources.store.write("doc01.md", page(1, extra=BAD))
    resources.store.write("doc90.md", page(90))
    run(resources)
    roll_back(resources.records, None, vector_index=resources.index)
    return resources


def held_for(resources: FakeResources) -> tuple[str, ...]:
    """Refresh, and return the documents that the rollback's guard names; none if nothing is held."""
    outcome = run(resources)
    assert outcome.decision.hold == any(r.signal == ROLLED_BACK for r in outcome.decision.reasons)
    return outcome.state.evidence.corpus.brought_back if outcome.decision.hold else ()


def thief(resources: FakeResources) -> bool:
    return any("thief" in text for _, _, text in served(resources))


def add_example(resources: FakeResources) -> None:
    turns = [{"role": "user", "content": "Who calls number 2?"}, {"role": "assistant", "content": "Somebody."}]
    resources.examples.write([{"id": "e", "messages": turns, "cites": ["doc02.md"]}])


def add_probe(resources: FakeResources) -> None:
    resources.probes.write([{"id": "p", "question": "Who calls number 3?", "documents": ["doc03.md"]}])


def add_page(resources: FakeResources) -> None:
    resources.store.write("doc80.md", page(80))


def edit_page(resources: FakeResources) -> None:
    resources.store.write("doc02.md", page(2, extra="\nThe roof is new.\n"))


@pytest.mark.parametrize("arrive", [add_example, add_probe, add_page, edit_page])
@pytest.mark.parametrize("when", ["before", "since"])
def test_whatever_else_arrives_the_hold_stays(
    opened: Opened, arrive: Callable[[FakeResources], None], when: str
) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", page(1, extra=BAD))
    run(resources)
    if when == "before":
        arrive(resources)
        run(resources)
        roll_back(resources.records, None, vector_index=resources.index)
        while thief(resources):
            roll_back(resources.records, None, vector_index=resources.index)
    else:
        roll_back(resources.records, None, vector_index=resources.index)
        arrive(resources)
    for _ in range(2):
        assert "doc01.md" in held_for(resources)
        assert not thief(resources)
    assert run(resources, approved=True).exit_code == 0
    assert thief(resources), "a person approved it"


def test_a_changed_parameter_does_not_end_the_hold(opened: Opened) -> None:
    resources = left(opened(6))
    resources = resources.with_params(retriever=replace(resources.params.retriever, top_k=2))
    assert held_for(resources) == ("doc01.md", "doc90.md")


def test_correcting_one_of_two_documents_leaves_the_other_held(opened: Opened) -> None:
    resources = left(opened(6))
    resources.store.write("doc01.md", page(1, extra="\nThe lock was changed by the smith.\n"))
    assert held_for(resources) == ("doc90.md",)
    resources.store.remove("doc90.md")
    assert held_for(resources) == ()
    assert not thief(resources)


def test_the_bad_version_is_held_again_although_a_correction_was_live_between(opened: Opened) -> None:
    resources = left(opened(6))
    resources.store.remove("doc90.md")
    resources.store.write("doc01.md", page(1, extra="\nThe lock was changed by the smith.\n"))
    assert held_for(resources) == ()
    resources.store.write("doc01.md", page(1, extra=BAD))
    assert held_for(resources) == ("doc01.md",)


def test_the_bad_text_stays_away_under_another_name_and_with_other_metadata(opened: Opened) -> None:
    resources = left(opened(6))
    resources.store.remove("doc90.md")
    resources.store.remove("doc01.md")
    resources.store.write("moved.md", page(1, extra=BAD))
    assert "moved.md" in held_for(resources)
    resources.store.remove("moved.md")
    resources.store.write("doc01.md", "---\ntitle: x\n---\n" + page(1, extra=BAD))
    assert held_for(resources) == ("doc01.md",)
    resources.store.write("doc01.md", "---\ntitle: x\n---\n" + page(1))
    assert held_for(resources) == ()
    assert not thief(resources)


def test_once_approved_it_may_come_again(opened: Opened) -> None:
    resources = left(opened(6))
    assert run(resources, approved=True).exit_code == 0
    resources.store.write("doc01.md", page(1))
    assert held_for(resources) == ()
    resources.store.write("doc01.md", page(1, extra=BAD))
    assert held_for(resources) == ()
    assert thief(resources)


def test_an_approval_names_the_documents_and_covers_no_other(opened: Opened) -> None:
    resources = left(opened(6))
    resources.store.remove("doc90.md")
    assert run(resources).decision.hold
    state = state_now(resources.intake, serving=resources.serving, records=resources.records, progress=silent)
    approve_listed(state, by="ann", ledger=resources.ledger, now=resources.now)
    resources.store.write("doc90.md", page(90))
    assert held_for(resources) == ("doc01.md", "doc90.md")


def test_a_document_that_a_release_lost_is_not_lost_again(opened: Opened) -> None:
    resources = begun(opened(8))
    resources.store.remove("doc03.md")
    run(resources)
    roll_back(resources.records, None, vector_index=resources.index)
    add_page(resources)
    assert held_for(resources) == ("doc03.md",)


def test_a_rolled_back_model_is_not_taken_again(opened: Opened) -> None:
    resources = begun(opened(6))
    changed = resources.with_params(chunking=replace(resources.params.chunking, max_tokens=60))
    run(changed)
    first = roll_back(changed.records, None, vector_index=changed.index)["release"]
    add_page(changed)
    outcome = run(changed)
    assert (outcome.decision.hold, live_id(changed)) == (True, first)
    assert outcome.state.evidence.corpus.brought_back_parts == ("chunking",)
    assert "chunking of params.yaml" in outcome.decision.reasons[0].because


def test_the_documents_survive_the_record(opened: Opened) -> None:
    evidence = run(left(opened(6))).state.evidence
    assert Evidence.from_json(evidence.as_json()) == evidence
