"""Approvals and rejections of held decisions: an approved change passes, a larger one does not."""

from collections.abc import Callable

import pytest

from pointsman.core.errors import UsageError
from pointsman.core.policy.explanation import screen
from pointsman.steps.ledger.releases import DECISION
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.review.decide import find_review, reject, review_summary
from pointsman.steps.review.history import explain, history
from pointsman.steps.review.status import status
from tests.fakes.calls import look
from tests.fakes.resources import FakeResources, begun, page, run
from tests.steps.holds import because, consent, gone, holding

Opened = Callable[..., FakeResources]


def test_an_approved_removal_is_carried_out_and_the_approval_is_used_up(opened: Opened) -> None:
    resources = begun(opened(75))
    gone(resources, 0, 40)
    outcome = holding(resources, "guard.removed", "guard.bytes")
    assert (
        review_summary(ledger=resources.ledger, memory=resources.memory)["waits"][0]["command"]
        == f"pointsman approve {outcome.decision.id}"
    )
    consent(resources)
    done = run(resources)
    assert (
        done.exit_code,
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["documents"],
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["hold"],
    ) == (0, 35, False)
    tags = resources.tracker.runs[f"run-{outcome.decision.id}"]["tags"]
    assert tags["guards"] == "guard.removed, guard.bytes"
    assert tags["review"] == "approve by ann: archive moved"
    assert "approved with decision" in because(done, "guard.removed")
    assert "by ann" in because(done, "guard.removed")
    assert review_summary(ledger=resources.ledger, memory=resources.memory) == {"waits": [], "rejected": []}
    gone(resources, 40, 52)
    holding(resources, "guard.removed")


def test_the_note_of_an_approval_is_in_both_decisions_and_in_the_history(opened: Opened) -> None:
    resources = begun(opened(75))
    gone(resources, 0, 40)
    held = run(resources).decision.id
    consent(resources)
    made = run(resources).decision.id
    shown = explain(made, ledger=resources.ledger, memory=resources.memory)
    assert shown["approval"] == {"decision": held, "by": "ann", "note": "archive moved", "at": shown["approval"]["at"]}
    assert shown["review"] is None
    assert 'approved by ann: "archive moved"' in dict(screen(shown))["because"]
    before = explain(held, ledger=resources.ledger, memory=resources.memory)
    assert (before["approval"], before["review"]["led_to"]) == (None, made)
    assert any(line.endswith(f'"archive moved" → decision {made}') for line in dict(screen(before))["afterwards"])
    rows = {row["decision_id"]: row for row in history(resources.ledger)["decisions"]}
    assert (rows[held]["review"]["note"], rows[made]["approval"]["note"]) == ("archive moved", "archive moved")
    assert (rows[made]["review"], rows[held]["approval"]) == (None, None)


def test_an_unchanged_refresh_is_counted_and_the_next_decision_starts_again(opened: Opened) -> None:
    resources = begun(opened(75))
    gone(resources, 0, 40)
    run(resources)
    run(resources)
    found = status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)
    assert found["unchanged_refreshes"] == 1
    consent(resources)
    run(resources)
    found = status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)
    assert found["unchanged_refreshes"] == 0
    assert found["last_decided_at"] is not None
    assert found["last_decided_at"] <= found["last_at"]


def test_forty_approved_and_sixty_gone_holds_again_and_says_both(opened: Opened) -> None:
    resources = begun(opened(75))
    gone(resources, 0, 40)
    run(resources)
    consent(resources)
    gone(resources, 40, 60)
    outcome = holding(resources, "guard.removed", "guard.bytes")
    assert "60 is more than the 40 approved" in because(outcome, "guard.removed")
    consent(resources, outcome.decision.id)
    assert (
        run(resources).exit_code,
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["documents"],
    ) == (0, 15)


def test_as_many_other_documents_gone_are_another_change(opened: Opened) -> None:
    resources = begun(opened(75))
    gone(resources, 0, 20)
    run(resources)
    consent(resources)
    for nth in range(5):
        resources.store.write(f"doc{nth:02d}.md", page(nth))
    gone(resources, 20, 25)
    outcome = holding(resources, "guard.removed")
    assert "5 of these 20 are not among the 20 approved" in because(outcome, "guard.removed")


def test_fewer_gone_than_were_approved_pass(opened: Opened) -> None:
    resources = begun(opened(75))
    gone(resources, 0, 20)
    run(resources)
    consent(resources)
    resources.store.write("doc00.md", page(0))
    assert (
        run(resources).exit_code,
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["documents"],
    ) == (0, 56)


def test_an_edit_that_came_meanwhile_does_not_spoil_an_approval(opened: Opened) -> None:
    resources = begun(opened(75))
    gone(resources, 0, 20)
    run(resources)
    resources.store.write("doc70.md", page(70, extra="\nAnd the lock was changed yesterday.\n"))
    consent(resources)
    done = run(resources)
    assert (
        done.exit_code,
        done.state.changes["edited"],
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["documents"],
    ) == (0, 1, 55)


def test_an_approval_of_what_is_not_listed_any_more_is_refused_with_both_values(opened: Opened) -> None:
    resources = begun(opened(75))
    gone(resources, 0, 40)
    first = run(resources).decision.id
    gone(resources, 40, 60)
    with pytest.raises(UsageError, match=r"guard\.removed: 60 is more than the 40 held"):
        consent(resources, first)
    assert run(resources).exit_code == 3, "nothing was approved"
    for nth in range(60):
        resources.store.write(f"doc{nth:02d}.md", page(nth))
    with pytest.raises(UsageError, match="no longer held"):
        consent(resources, first)


def test_restored_documents_release_the_hold_and_status_knows_it(opened: Opened) -> None:
    resources = begun(opened(75))
    gone(resources, 0, 40)
    run(resources)
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["hold"]
    for nth in range(40):
        resources.store.write(f"doc{nth:02d}.md", page(nth))
    assert run(resources).exit_code == 0
    assert not status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["hold"]
    assert review_summary(ledger=resources.ledger, memory=resources.memory)["waits"] == []


def test_an_approval_does_not_outlive_a_rollback_of_what_it_allowed(opened: Opened) -> None:
    resources = begun(opened(75))
    gone(resources, 0, 20)
    run(resources)
    consent(resources)
    run(resources)
    roll_back(resources.records, None, vector_index=resources.index)
    resources.store.write("doc70.md", page(70, extra="\nAnd the lock was changed yesterday.\n"))
    holding(resources, "guard.removed", "guard.rolled_back")


@pytest.mark.parametrize("change", ["corrected", "other documents", "generator", "prompt"])
def test_what_releases_the_hold_after_a_rollback_is_what_its_flip_names(opened: Opened, change: str) -> None:
    resources = begun(opened(20))
    resources.store.write("doc03.md", page(3, extra="\nAnd the lock was changed yesterday.\n"))
    run(resources)
    roll_back(resources.records, None, vector_index=resources.index)
    outcome = run(resources)
    assert outcome.decision.hold
    assert "correct what was rolled back, in the store or in params.yaml" in outcome.decision.flips[0]
    if change == "corrected":
        resources.store.write("doc03.md", page(3, extra="\nAnd the lock was changed today.\n"))
    elif change == "other documents":
        resources.store.write("doc04.md", page(4, extra="\nAnd so was the gate.\n"))
    elif change == "generator":
        resources.models.names["generator"] = "another"
    else:
        resources = resources.with_params(generator={"model": "g", "passages": 2})
    decision = run(resources).decision
    assert decision.hold == (change != "corrected")
    assert decision.index == ("update" if change == "corrected" else "keep")


def test_yes_approves_what_its_own_listing_shows_and_not_what_vanishes_afterwards(opened: Opened) -> None:
    resources = begun(opened(75))
    gone(resources, 0, 20)
    assert isinstance(
        look(resources, approved=True, by="ann"),
        WorkspaceState,
    )
    gone(resources, 20, 30)
    holding(resources, "guard.removed")


def test_a_rejected_hold_stays_held_and_quiet_until_the_change_is_another(opened: Opened) -> None:
    resources = begun(opened(75))
    gone(resources, 0, 20)
    outcome = run(resources)
    reject(
        resources.records,
        find_review(None, ledger=resources.ledger, memory=resources.memory),
        by="ben",
        note="the mount was empty",
    )
    assert review_summary(ledger=resources.ledger, memory=resources.memory)["waits"] == []
    assert (
        review_summary(ledger=resources.ledger, memory=resources.memory)["rejected"][0]["note"] == "the mount was empty"
    )
    records = len(resources.ledger.ids(DECISION))
    again = run(resources)
    assert (again.repeated, again.exit_code, again.decision.id) == (True, 3, outcome.decision.id)
    assert len(resources.ledger.ids(DECISION)) == records
    gone(resources, 20, 21)
    assert run(resources).decision.id != outcome.decision.id
    assert len(review_summary(ledger=resources.ledger, memory=resources.memory)["waits"]) == 1


def test_a_rejection_takes_an_approval_back_and_a_second_thought_gives_it_again(opened: Opened) -> None:
    resources = begun(opened(75))
    gone(resources, 0, 20)
    decision = run(resources).decision.id
    consent(resources)
    reject(
        resources.records,
        find_review(decision, ledger=resources.ledger, memory=resources.memory),
        by="ben",
        note="wait",
    )
    assert run(resources).exit_code == 3
    consent(resources, decision)
    assert run(resources).exit_code == 0


def test_an_empty_listing_that_was_approved_lets_what_comes_back_be_served(opened: Opened) -> None:
    resources = begun(opened(75))
    gone(resources, 0, 75)
    holding(resources, "guard.listing")
    consent(resources)
    resources.store.write("doc00.md", page(0))
    assert (
        run(resources).exit_code,
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["documents"],
    ) == (0, 1)


@pytest.mark.parametrize("beginning", [None, "nosuch"])
def test_nothing_that_waits_is_a_wrong_usage(opened: Opened, beginning: str | None) -> None:
    resources = begun(opened(6))
    with pytest.raises(UsageError, match="status"):
        find_review(beginning, ledger=resources.ledger, memory=resources.memory)


def test_history_names_the_decision_that_an_approval_let_pass(opened: Opened) -> None:
    resources = begun(opened(75))
    gone(resources, 0, 20)
    run(resources)
    consent(resources)
    done = run(resources)
    assert history(resources.ledger)["releases"][0]["decision"] == done.decision.id
    record = resources.ledger.get(DECISION, done.decision.id)
    assert record is not None
    assert record["evidence"]["approval"]["by"] == "ann"
    assert explain(done.decision.id, ledger=resources.ledger, memory=resources.memory)["replays"]
