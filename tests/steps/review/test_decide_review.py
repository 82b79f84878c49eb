"""Each guard holds, says what releases it, and lets pass what a person approved and nothing beyond it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pointsman.core.errors import OnHold, UsageError
from pointsman.settings.params import Guard
from pointsman.steps.ledger.releases import DECISION
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.refresh.check import check_state
from pointsman.steps.refresh.preview import preview
from pointsman.steps.refresh.report import Outcome, as_report
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.review.decide import approve, find_review, reject, review_summary
from pointsman.steps.review.history import explain, history
from pointsman.steps.review.status import status
from tests.fakes.resources import FakeResources, begun, live_id, page, run, served

Opened = Callable[..., FakeResources]

LONG = "Nobody remembers why the old tower was built on the rock above the village, nor who paid for its bells. "


def gone(resources: FakeResources, first: int, last: int) -> None:
    for nth in range(first, last):
        resources.store.remove(f"doc{nth:02d}.md")


def signals_of(outcome: Outcome) -> list[str]:
    return [r.signal for r in outcome.decision.reasons]


def because(outcome: Outcome, signal: str) -> str:
    return next(r.because for r in outcome.decision.reasons if r.signal == signal)


def consent(resources: FakeResources, decision: str | None = None) -> dict[str, Any]:
    return approve(
        resources.intake,
        find_review(decision, ledger=resources.ledger, memory=resources.memory),
        by="ann",
        note="archive moved",
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
    )


def holding(resources: FakeResources, *signals: str) -> Outcome:
    """Refresh, and check that these guards hold while the live release answers on."""
    before, content = live_id(resources), served(resources)
    outcome = run(resources)
    assert (signals_of(outcome), outcome.exit_code) == (list(signals), 3)
    assert (live_id(resources), served(resources)) == (before, content)
    assert all("pointsman approve" in flip or "by itself" in flip for flip in outcome.decision.flips)
    return outcome


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
    told = resources.tracker.runs[f"run-{outcome.decision.id}"]["tags"]
    assert told["guards"] == "guard.removed, guard.bytes"
    assert told["review"] == "approve by ann: archive moved"
    assert "approved with decision" in because(done, "guard.removed")
    assert "by ann" in because(done, "guard.removed")
    assert review_summary(ledger=resources.ledger, memory=resources.memory) == {"waits": [], "rejected": []}
    gone(resources, 40, 52)
    holding(resources, "guard.removed")


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
    with pytest.raises(UsageError, match="not held any more"):
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
    holding(resources, "guard.removed")


@pytest.mark.parametrize("change", ["documents", "generator", "prompt"])
def test_what_releases_the_hold_after_a_rollback_is_what_its_flip_names(opened: Opened, change: str) -> None:
    """Another generator was held as "this would make again what was rolled back", and does not make it again."""
    resources = begun(opened(20))
    resources.store.write("doc03.md", page(3, extra="\nAnd the lock was changed yesterday.\n"))
    run(resources)
    roll_back(resources.records, None, vector_index=resources.index)
    outcome = run(resources)
    assert outcome.decision.hold
    assert "change a document, an example or params.yaml in any other way" in outcome.decision.flips[0]
    if change == "documents":
        resources.store.write("doc04.md", page(4, extra="\nAnd so was the gate.\n"))
    elif change == "generator":
        resources.models.names["generator"] = "another"
    else:
        resources = resources.with_params(generator={"model": "g", "passages": 2})
    decision = run(resources).decision
    assert not decision.hold
    assert decision.index == "update"


def test_yes_approves_what_its_own_listing_shows_and_not_what_vanishes_afterwards(opened: Opened) -> None:
    resources = begun(opened(75))
    gone(resources, 0, 20)
    assert isinstance(
        check_state(
            resources.intake,
            approved=True,
            by="ann",
            serving=resources.serving,
            records=resources.records,
            progress=resources.progress,
        ),
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
    assert review_summary(ledger=resources.ledger, memory=resources.memory)["rejected"][0]["note"] == "the mount was empty"
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
    reject(resources.records, find_review(decision, ledger=resources.ledger, memory=resources.memory), by="ben", note="wait")
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


def test_a_halved_corpus_holds_though_no_document_is_gone(opened: Opened) -> None:
    resources = begun(opened({f"doc{n:02d}.md": page(n, extra=LONG * 9) for n in range(11)}))
    for nth in range(11):
        resources.store.write(f"doc{nth:02d}.md", page(nth))
    outcome = holding(resources, "guard.bytes")
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
    resources.memory.texts["sketches"] = '{"broken": "not a sketch"}'
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


LATE = (
    "A train that comes too late is shown in red on the panel, and the signaller writes down why it was late and what "
    "was done about it before the shift ends. "
)
RULE = "# Timetables\n\nThe file may have 5,000 rows. " + LATE * 2


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (RULE.replace("5,000", "9,000"), True), (RULE.replace("is shown", "is not shown"), True), (RULE, False),
        (RULE.replace("comes too late", "comes too tardily"), False), ("# Tea\n\nTea has 9,000 friends here.\n", False),
    ],
)  # fmt: skip
def test_a_copy_that_says_other_numbers_than_what_is_served_needs_a_person(
    opened: Opened, text: str, holds: bool
) -> None:
    resources = begun(opened({**{f"doc{n:02d}.md": page(n) for n in range(20)}, "times.md": RULE}, guard=Guard()))
    resources.store.write("times-copy.md", text)
    if not holds:
        assert run(resources).exit_code == 0
        return
    outcome = holding(resources, "guard.contradicting")
    assert "such as 'times-copy.md' of 'times.md'" in because(outcome, "guard.contradicting")
    consent(resources)
    assert run(resources).exit_code == 0


def test_a_new_edition_contradicts_nothing_when_the_old_one_goes_or_is_edited_with_it(opened: Opened) -> None:
    resources = begun(opened({**{f"doc{n:02d}.md": page(n) for n in range(20)}, "times.md": RULE}, guard=Guard()))
    resources.store.remove("times.md")
    resources.store.write("times-5.md", RULE.replace("5,000", "9,000"))
    assert run(resources).exit_code == 0
    resources.store.write("times-5.md", RULE.replace("5,000", "7,000"))
    resources.store.write("times-6.md", RULE.replace("5,000", "8,000"))
    assert run(resources).exit_code == 0


def test_versions_in_folders_of_their_own_may_differ_when_params_say_so(opened: Opened) -> None:
    resources = begun(opened({"v1/times.md": RULE, "v1/tea.md": page(1)}, guard=Guard(contradicting=None)))
    resources.store.write("v2/times.md", RULE.replace("5,000", "9,000"))
    assert run(resources).exit_code == 0


THINGS_ON = [f"It holds {n * 17} jars, {n * 31} spoons, {n * 43} lamps and {n * 57} ropes." for n in range(20)]


def test_a_few_changes_make_no_sketch(opened: Opened) -> None:
    resources = begun(opened(40))
    made: list[str] = []
    watching = replace(resources, sketch=lambda text: made.append(text) or resources.sketch(text))  # type: ignore[func-returns-value]
    for nth in range(10):
        watching.store.write(f"doc{nth:02d}.md", page(nth, extra="\nAnd the lock was changed yesterday.\n"))
    run(watching)
    assert made == []
    for nth in range(10, 30):
        watching.store.write(f"doc{nth:02d}.md", page(nth, extra="\nAnd the lock was changed yesterday.\n"))
    run(watching)
    assert len(made) == 30, "the twenty that were read now, and the ten that were not sketched before"


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


def test_a_store_that_cannot_be_listed_holds_once_and_the_hold_goes_by_itself(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.unreachable = "no route to host, request 8f3a91bc44de"
    outcome = holding(resources, "guard.listing_error")
    assert "no route to host" in because(outcome, "guard.listing_error")
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["hold"]
    records = len(resources.ledger.ids(DECISION))
    resources.store.unreachable = "no route to host, request 11aa22bb33cc"
    again = run(resources)
    assert (again.repeated, again.exit_code, len(resources.ledger.ids(DECISION))) == (True, 3, records)
    assert explain(None, ledger=resources.ledger, memory=resources.memory)["replays"]
    resources.store.unreachable = None
    assert run(resources).exit_code == 0
    assert not status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["hold"]


def test_another_listing_error_is_another_record_and_none_can_be_approved(opened: Opened) -> None:
    resources = begun(opened(6))
    for why in ("no route to host", "access denied"):
        resources.store.unreachable = why
        assert why in because(run(resources), "guard.listing_error")
    with pytest.raises(UsageError, match="cannot be approved"):
        consent(resources)
    assert isinstance(
        seen := check_state(
            resources.intake,
            approved=True,
            serving=resources.serving,
            records=resources.records,
            progress=resources.progress,
        ),
        Outcome,
    )
    assert seen.exit_code == 3


def test_a_plan_of_a_store_that_cannot_be_listed_says_hold_and_writes_nothing(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.unreachable = "no route to host"
    memory, records = dict(resources.memory.texts), resources.ledger.ids(DECISION)
    seen = check_state(
        resources.intake, count_visit=False, serving=resources.serving, records=resources.records, progress=resources.progress
    )
    assert isinstance(seen, WorkspaceState)
    report = as_report(
        resources.params,
        preview(
            resources.intake, seen, serving=resources.serving, records=resources.records, progress=resources.progress
        ),
    )
    assert (report["decision"]["hold"], report["release"]) == (True, live_id(resources))
    assert not any(report["changes"].values())
    assert (resources.memory.texts, resources.ledger.ids(DECISION)) == (memory, records)


def test_a_listing_that_fails_only_right_after_a_release_is_seen_by_the_next_refresh(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", page(11))

    def do(name: str, step: Any, /, *args: Any, **named: Any) -> Any:
        if name == "record":
            resources.store.unreachable = "no route to host"
        return step(*args, **named)

    assert run(resources, do=do).gate == "promote"
    assert run(resources).exit_code == 3


def test_a_first_listing_that_fails_is_held_too(opened: Opened) -> None:
    resources = opened(6)
    resources.store.unreachable = "no such bucket"
    outcome = run(resources)
    assert (outcome.exit_code, outcome.release) == (3, None)
    resources.store.unreachable = None
    assert run(resources).gate == "promote"


def test_a_changed_limit_of_a_guard_opens_no_document_again(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.reads.clear()
    wide = resources.with_params(guard=Guard(removed_count=99))
    check_state(wide.intake, serving=wide.serving, records=wide.records, progress=wide.progress)
    assert resources.store.reads == []


def lesson(nth: int) -> dict[str, Any]:
    document = f"doc{nth:02d}.md"
    answer = json.dumps({"answer": f"The keeper {nth}.", "citations": [document]})
    said = [{"role": "user", "content": f"Who opens door {nth}?"}, {"role": "assistant", "content": answer}]
    return {"messages": said, "cites": [document]}


def undecided(opened: Opened) -> tuple[FakeResources, Outcome]:
    """Return a workspace in which a challenger was trained that the gate could not tell from the live generator."""
    resources = begun(opened(20))
    resources.examples.write([lesson(nth) for nth in range(20)])
    resources.builder.spoils = {"keys": [["text", "str"]], "nll": 1.0}
    outcome = run(resources)
    assert outcome.gate == "inconclusive"
    assert outcome.candidate is not None
    return resources, outcome


def test_an_approved_candidate_goes_live_and_waits_no_longer(opened: Opened) -> None:
    resources, outcome = undecided(opened)
    waiting = review_summary(ledger=resources.ledger, memory=resources.memory)["waits"]
    assert outcome.candidate is not None
    assert [(w["kind"], w["candidate"]) for w in waiting] == [("candidate", outcome.candidate.id)]
    before = live_id(resources)
    told = consent(resources)
    assert (told["release"], told["left"]) == (outcome.candidate.id, before)
    assert live_id(resources) == outcome.candidate.id
    assert review_summary(ledger=resources.ledger, memory=resources.memory) == {"waits": [], "rejected": []}
    assert run(resources).exit_code == 0
    assert live_id(resources) == outcome.candidate.id, "the next refresh leaves it"
    assert resources.tracker.aliases("release")["live"] == outcome.candidate.id


def test_a_candidate_whose_rival_is_not_live_any_more_is_held_and_changes_nothing(opened: Opened) -> None:
    resources, outcome = undecided(opened)
    resources.store.write("new.md", page(31))
    run(resources)
    before = live_id(resources)
    with pytest.raises(OnHold, match=f"but {before} is live now"):
        consent(resources, outcome.decision.id)
    assert live_id(resources) == before
    assert review_summary(ledger=resources.ledger, memory=resources.memory)["waits"] == []


def test_a_rejected_candidate_waits_no_longer_and_loses_its_alias(opened: Opened) -> None:
    resources, outcome = undecided(opened)
    assert outcome.candidate is not None
    assert resources.tracker.aliases("release")["candidate"] == outcome.candidate.id
    reject(resources.records, find_review(None, ledger=resources.ledger, memory=resources.memory), by="ben", note="no better")
    assert review_summary(ledger=resources.ledger, memory=resources.memory)["waits"] == []
    assert "candidate" not in resources.tracker.aliases("release")
    with pytest.raises(UsageError, match="no decision waits"):
        find_review(None, ledger=resources.ledger, memory=resources.memory)


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
