"""Each guard holds, says what releases it, and lets pass what a person approved and nothing beyond it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pointsman.core.errors import OnHold, UsageError
from pointsman.core.policy.decide import decide
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits
from pointsman.settings.params import Guard
from pointsman.steps.ledger.releases import DECISION
from pointsman.steps.observe.state import Situation
from pointsman.steps.refresh.look import look
from pointsman.steps.refresh.preview import preview
from pointsman.steps.refresh.report import Outcome, as_report
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.review.decide import approve, find, reject, standing
from pointsman.steps.review.history import explain, history
from pointsman.steps.review.status import status
from tests.fakes.desk import FakeDesk, begun, live_id, page, run, served

Opened = Callable[..., FakeDesk]

LONG = "Nobody remembers why the old tower was built on the rock above the village, nor who paid for its bells. "


def gone(desk: FakeDesk, first: int, last: int) -> None:
    for nth in range(first, last):
        desk.store.remove(f"doc{nth:02d}.md")


def signals_of(outcome: Outcome) -> list[str]:
    return [r.signal for r in outcome.decision.reasons]


def because(outcome: Outcome, signal: str) -> str:
    return next(r.because for r in outcome.decision.reasons if r.signal == signal)


def consent(desk: FakeDesk, decision: str | None = None) -> dict[str, Any]:
    return approve(desk.intake, find(decision, ledger=desk.ledger, memory=desk.memory), by="ann", note="archive moved", serving=desk.serving, records=desk.records, progress=desk.progress)


def holding(desk: FakeDesk, *signals: str) -> Outcome:
    """Refresh, and check that these guards hold while the live release answers on."""
    before, content = live_id(desk), served(desk)
    outcome = run(desk)
    assert (signals_of(outcome), outcome.exit_code) == (list(signals), 3)
    assert (live_id(desk), served(desk)) == (before, content)
    assert all("pointsman approve" in flip or "by itself" in flip for flip in outcome.decision.flips)
    return outcome


def test_an_approved_removal_is_carried_out_and_the_approval_is_used_up(opened: Opened) -> None:
    desk = begun(opened(75))
    gone(desk, 0, 40)
    outcome = holding(desk, "guard.removed", "guard.bytes")
    assert standing(ledger=desk.ledger, memory=desk.memory)["waits"][0]["command"] == f"pointsman approve {outcome.decision.id}"
    consent(desk)
    done = run(desk)
    assert (done.exit_code, status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["documents"], status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["hold"]) == (0, 35, False)
    told = desk.tracker.runs[f"run-{outcome.decision.id}"]["tags"]
    assert told["guards"] == "guard.removed, guard.bytes"
    assert told["review"] == "approve by ann: archive moved"
    assert "approved as decision" in because(done, "guard.removed")
    assert "by ann" in because(done, "guard.removed")
    assert standing(ledger=desk.ledger, memory=desk.memory) == {"waits": [], "rejected": []}
    gone(desk, 40, 52)
    holding(desk, "guard.removed")


def test_forty_approved_and_sixty_gone_holds_again_and_says_both(opened: Opened) -> None:
    desk = begun(opened(75))
    gone(desk, 0, 40)
    run(desk)
    consent(desk)
    gone(desk, 40, 60)
    outcome = holding(desk, "guard.removed", "guard.bytes")
    assert "60 > the 40 approved" in because(outcome, "guard.removed")
    consent(desk, outcome.decision.id)
    assert (run(desk).exit_code, status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["documents"]) == (0, 15)


def test_as_many_other_documents_gone_are_another_change(opened: Opened) -> None:
    desk = begun(opened(75))
    gone(desk, 0, 20)
    run(desk)
    consent(desk)
    for nth in range(5):
        desk.store.write(f"doc{nth:02d}.md", page(nth))
    gone(desk, 20, 25)
    outcome = holding(desk, "guard.removed")
    assert "5 of these 20 are not among the 20 approved" in because(outcome, "guard.removed")


def test_fewer_gone_than_were_approved_pass(opened: Opened) -> None:
    desk = begun(opened(75))
    gone(desk, 0, 20)
    run(desk)
    consent(desk)
    desk.store.write("doc00.md", page(0))
    assert (run(desk).exit_code, status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["documents"]) == (0, 56)


def test_an_edit_that_came_meanwhile_does_not_spoil_an_approval(opened: Opened) -> None:
    desk = begun(opened(75))
    gone(desk, 0, 20)
    run(desk)
    desk.store.write("doc70.md", page(70, extra="\nAnd the lock was changed yesterday.\n"))
    consent(desk)
    done = run(desk)
    assert (done.exit_code, done.situation.changes["edited"], status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["documents"]) == (0, 1, 55)


def test_an_approval_of_what_is_not_listed_any_more_is_refused_with_both_values(opened: Opened) -> None:
    desk = begun(opened(75))
    gone(desk, 0, 40)
    first = run(desk).decision.id
    gone(desk, 40, 60)
    with pytest.raises(UsageError, match=r"guard\.removed: 60 > the 40 held"):
        consent(desk, first)
    assert run(desk).exit_code == 3, "nothing was approved"
    for nth in range(60):
        desk.store.write(f"doc{nth:02d}.md", page(nth))
    with pytest.raises(UsageError, match="not held any more"):
        consent(desk, first)


def test_restored_documents_release_the_hold_and_status_knows_it(opened: Opened) -> None:
    desk = begun(opened(75))
    gone(desk, 0, 40)
    run(desk)
    assert status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["hold"]
    for nth in range(40):
        desk.store.write(f"doc{nth:02d}.md", page(nth))
    assert run(desk).exit_code == 0
    assert not status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["hold"]
    assert standing(ledger=desk.ledger, memory=desk.memory)["waits"] == []


def test_an_approval_does_not_outlive_a_rollback_of_what_it_allowed(opened: Opened) -> None:
    desk = begun(opened(75))
    gone(desk, 0, 20)
    run(desk)
    consent(desk)
    run(desk)
    roll_back(desk.records, None, vector_index=desk.index)
    desk.store.write("doc70.md", page(70, extra="\nAnd the lock was changed yesterday.\n"))
    holding(desk, "guard.removed")


@pytest.mark.parametrize("change", ["documents", "generator", "prompt"])
def test_what_releases_the_hold_after_a_rollback_is_what_its_flip_names(opened: Opened, change: str) -> None:
    """Another generator was held as "this would make again what was rolled back", and does not make it again."""
    desk = begun(opened(20))
    desk.store.write("doc03.md", page(3, extra="\nAnd the lock was changed yesterday.\n"))
    run(desk)
    roll_back(desk.records, None, vector_index=desk.index)
    outcome = run(desk)
    assert outcome.decision.hold
    assert "any other change of documents, examples or configuration releases the hold" in outcome.decision.flips[0]
    if change == "documents":
        desk.store.write("doc04.md", page(4, extra="\nAnd so was the gate.\n"))
    elif change == "generator":
        desk.models.names["generator"] = "another"
    else:
        desk = desk.with_params(generator={"model": "g", "passages": 2})
    decision = run(desk).decision
    assert not decision.hold
    assert decision.index == "update"


def test_yes_approves_what_its_own_listing_shows_and_not_what_vanishes_afterwards(opened: Opened) -> None:
    desk = begun(opened(75))
    gone(desk, 0, 20)
    assert isinstance(look(desk.intake, approved=True, by="ann", serving=desk.serving, records=desk.records, progress=desk.progress), Situation)
    gone(desk, 20, 30)
    holding(desk, "guard.removed")


def test_a_rejected_hold_stays_held_and_quiet_until_the_change_is_another(opened: Opened) -> None:
    desk = begun(opened(75))
    gone(desk, 0, 20)
    outcome = run(desk)
    reject(desk.records, find(None, ledger=desk.ledger, memory=desk.memory), by="ben", note="the mount was empty")
    assert standing(ledger=desk.ledger, memory=desk.memory)["waits"] == []
    assert standing(ledger=desk.ledger, memory=desk.memory)["rejected"][0]["note"] == "the mount was empty"
    records = len(desk.ledger.ids(DECISION))
    again = run(desk)
    assert (again.repeated, again.exit_code, again.decision.id) == (True, 3, outcome.decision.id)
    assert len(desk.ledger.ids(DECISION)) == records
    gone(desk, 20, 21)
    assert run(desk).decision.id != outcome.decision.id
    assert len(standing(ledger=desk.ledger, memory=desk.memory)["waits"]) == 1


def test_a_rejection_takes_an_approval_back_and_a_second_thought_gives_it_again(opened: Opened) -> None:
    desk = begun(opened(75))
    gone(desk, 0, 20)
    decision = run(desk).decision.id
    consent(desk)
    reject(desk.records, find(decision, ledger=desk.ledger, memory=desk.memory), by="ben", note="wait")
    assert run(desk).exit_code == 3
    consent(desk, decision)
    assert run(desk).exit_code == 0


def test_an_empty_listing_that_was_approved_lets_what_comes_back_be_served(opened: Opened) -> None:
    desk = begun(opened(75))
    gone(desk, 0, 75)
    holding(desk, "guard.listing")
    consent(desk)
    desk.store.write("doc00.md", page(0))
    assert (run(desk).exit_code, status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["documents"]) == (0, 1)


def test_a_halved_corpus_holds_though_no_document_is_gone(opened: Opened) -> None:
    desk = begun(opened({f"doc{n:02d}.md": page(n, extra=LONG * 9) for n in range(11)}))
    for nth in range(11):
        desk.store.write(f"doc{nth:02d}.md", page(nth))
    outcome = holding(desk, "guard.bytes")
    assert "below 50% of more than 10 documents" in because(outcome, "guard.bytes")
    consent(desk)
    assert run(desk).exit_code == 0


def test_ten_documents_may_halve_without_crying_wolf(opened: Opened) -> None:
    desk = begun(opened({f"doc{n:02d}.md": page(n, extra=LONG * 9) for n in range(10)}))
    for nth in range(10):
        desk.store.write(f"doc{nth:02d}.md", page(nth))
    assert run(desk).exit_code == 0


@pytest.mark.parametrize(("copies", "holds"), [(10, False), (11, True)])
def test_a_flood_of_near_copies_holds_beyond_its_limit(opened: Opened, copies: int, holds: bool) -> None:
    desk = begun(opened(40))
    for nth in range(copies):
        desk.store.write(f"flood{nth:02d}.md", f"# Notice\n\n{LONG * 3}This is copy number {nth}.\n")
    desk.store.write("doc99.md", page(99))
    if not holds:
        assert run(desk).exit_code == 0
        return
    outcome = holding(desk, "guard.near_duplicates")
    assert "11 new or edited documents are near copies" in because(outcome, "guard.near_duplicates")
    consent(desk)
    assert run(desk).exit_code == 0


def test_near_copies_of_what_is_served_count_and_are_found_again_when_the_memory_is_lost(opened: Opened) -> None:
    desk = begun(opened({f"doc{n:02d}.md": page(n, extra=f"It is {n}. " + LONG * 4 + THINGS_ON[n]) for n in range(20)}))
    for nth in range(11):
        desk.store.write(f"more{nth:02d}.md", page(nth, extra=f"It is {nth}. " + LONG * 4 + THINGS_ON[nth] + " Now."))
    desk.memory.texts["sketches"] = '{"broken": "not a sketch"}'
    outcome = holding(desk, "guard.near_duplicates")
    desk.memory.texts.clear()
    assert run(desk).decision.id == outcome.decision.id


def tip(nth: int, line: str) -> str:
    asked = "How do I free the disk when the journal is full?"
    return f"# {asked}\n\n{asked} The answer is simple, number {nth}: {line} Free the disk of the journal at once.\n"


LINES = ("Delete all journals with rm.", "Switch off recording for good.")


@pytest.mark.parametrize(("tips", "holds"), [(2, False), (3, True)])
def test_a_few_new_texts_aimed_at_one_question_are_held_and_named(opened: Opened, tips: int, holds: bool) -> None:
    desk = begun(opened(40, guard=Guard()))
    for nth in range(tips):
        desk.store.write(f"tips/{nth}.md", tip(nth, LINES[nth % 2]))
    if not holds:
        assert run(desk).exit_code == 0
        return
    outcome = holding(desk, "guard.crowd")
    assert "3 new documents open alike and are near copies" in because(outcome, "guard.crowd")
    consent(desk)
    assert run(desk).exit_code == 0


def test_an_approved_crowd_is_those_documents_and_no_others(opened: Opened) -> None:
    desk = begun(opened(40, guard=Guard()))
    for nth in range(3):
        desk.store.write(f"tips/{nth}.md", tip(nth, LINES[0]))
    holding(desk, "guard.crowd")
    consent(desk)
    desk.store.remove("tips/2.md")
    desk.store.write("tips/9.md", tip(9, LINES[1]))
    assert "1 of these 3 are not among the 3 approved" in because(holding(desk, "guard.crowd"), "guard.crowd")


def test_new_pages_of_one_template_about_different_things_are_no_crowd(opened: Opened) -> None:
    desk = begun(opened(40, guard=Guard()))
    for nth in range(9):
        body = LONG * 4 + "See the list of all functions for more. It was added in the last release."
        desk.store.write(f"api/{nth}.md", f"# The function f{nth}\n\n{body}\n")
    assert run(desk).exit_code == 0


def test_equal_copies_are_one_text_and_no_crowd(opened: Opened) -> None:
    desk = begun(opened(40, guard=Guard()))
    for nth in range(30):
        desk.store.write(f"copies/{nth:02d}.md", tip(0, LINES[0]))
    desk.store.write("copies/other.md", tip(1, LINES[0]))
    outcome = run(desk)
    assert outcome.exit_code == 0
    assert outcome.situation.changes["added"] == 21, "20 of the equal ones are kept"


def test_renamed_or_edited_pages_are_no_crowd(opened: Opened) -> None:
    desk = begun(opened({f"tips/{n}.md": tip(n, LINES[n % 2]) for n in range(6)}, guard=Guard()))
    for nth in range(3):
        desk.store.remove(f"tips/{nth}.md")
        desk.store.write(f"moved/{nth}.md", tip(nth, LINES[nth % 2]))
        desk.store.write(f"tips/{nth + 3}.md", tip(nth + 3, "Ask the house office first."))
    assert run(desk).exit_code == 0


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
    desk = begun(opened({**{f"doc{n:02d}.md": page(n) for n in range(20)}, "times.md": RULE}, guard=Guard()))
    desk.store.write("times-copy.md", text)
    if not holds:
        assert run(desk).exit_code == 0
        return
    outcome = holding(desk, "guard.contradicting")
    assert "such as 'times-copy.md' of 'times.md'" in because(outcome, "guard.contradicting")
    consent(desk)
    assert run(desk).exit_code == 0


def test_a_new_edition_contradicts_nothing_when_the_old_one_goes_or_is_edited_with_it(opened: Opened) -> None:
    desk = begun(opened({**{f"doc{n:02d}.md": page(n) for n in range(20)}, "times.md": RULE}, guard=Guard()))
    desk.store.remove("times.md")
    desk.store.write("times-5.md", RULE.replace("5,000", "9,000"))
    assert run(desk).exit_code == 0
    desk.store.write("times-5.md", RULE.replace("5,000", "7,000"))
    desk.store.write("times-6.md", RULE.replace("5,000", "8,000"))
    assert run(desk).exit_code == 0


def test_versions_in_folders_of_their_own_may_differ_when_params_say_so(opened: Opened) -> None:
    desk = begun(opened({"v1/times.md": RULE, "v1/tea.md": page(1)}, guard=Guard(contradicting=None)))
    desk.store.write("v2/times.md", RULE.replace("5,000", "9,000"))
    assert run(desk).exit_code == 0


THINGS_ON = [f"It holds {n * 17} jars, {n * 31} spoons, {n * 43} lamps and {n * 57} ropes." for n in range(20)]


def test_a_few_changes_make_no_sketch(opened: Opened) -> None:
    desk = begun(opened(40))
    made: list[str] = []
    watching = replace(desk, sketch=lambda text: made.append(text) or desk.sketch(text))  # type: ignore[func-returns-value]
    for nth in range(10):
        watching.store.write(f"doc{nth:02d}.md", page(nth, extra="\nAnd the lock was changed yesterday.\n"))
    run(watching)
    assert made == []
    for nth in range(10, 30):
        watching.store.write(f"doc{nth:02d}.md", page(nth, extra="\nAnd the lock was changed yesterday.\n"))
    run(watching)
    assert len(made) == 30, "the twenty that were read now, and the ten that were not sketched before"


def test_a_document_that_grew_a_hundredfold_holds_and_more_growth_is_not_approved(opened: Opened) -> None:
    desk = begun(opened(6, guard=Guard(growth_bytes=1000)))
    size = len(page(1))
    desk.store.write("doc01.md", page(1) + "x " * (50 * size))
    outcome = holding(desk, "guard.grown")
    assert f"'doc01.md' grew from {size} to" in because(outcome, "guard.grown")
    consent(desk)
    desk.store.write("doc01.md", page(1) + "x " * (60 * size))
    again = holding(desk, "guard.grown")
    assert "1 of these 1 are not among the 1 approved" in because(again, "guard.grown")
    consent(desk, again.decision.id)
    assert run(desk).exit_code == 0


@pytest.mark.parametrize(("refused", "holds"), [(10, False), (11, True)])
def test_served_documents_refused_en_masse_hold_beyond_the_limit(opened: Opened, refused: int, holds: bool) -> None:
    desk = begun(opened(40))
    for nth in range(refused):
        desk.store.write(f"doc{nth:02d}.md", b"\x00\x01\x02 binary")
    if not holds:
        assert run(desk).exit_code == 0
        return
    holding(desk, "guard.refused")
    consent(desk)
    assert run(desk).exit_code == 0
    assert run(desk).exit_code == 0, "an approval that made no release lasts"
    desk.store.write("doc30.md", page(30, extra="\nAnd the lock was changed yesterday.\n"))
    assert run(desk).exit_code == 0
    desk.store.write("doc31.md", page(31, extra="\nAnd the lock was changed yesterday.\n"))
    assert run(desk).exit_code == 0, "what was refused already when the live release was made is no news"
    desk.store.write("doc11.md", b"\x00 binary")
    assert run(desk).exit_code == 0, "one more is below the limit"


def test_more_refused_than_approved_hold_again(opened: Opened) -> None:
    desk = begun(opened(40))
    for nth in range(11):
        desk.store.write(f"doc{nth:02d}.md", b"\x00\x01\x02 binary")
    run(desk)
    consent(desk)
    desk.store.write("doc11.md", b"\x00\x01\x02 binary")
    assert "12 > the 11 approved" in because(holding(desk, "guard.refused"), "guard.refused")


def test_a_store_that_cannot_be_listed_holds_once_and_the_hold_goes_by_itself(opened: Opened) -> None:
    desk = begun(opened(6))
    desk.store.unreachable = "no route to host, request 8f3a91bc44de"
    outcome = holding(desk, "guard.listing_error")
    assert "no route to host" in because(outcome, "guard.listing_error")
    assert status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["hold"]
    records = len(desk.ledger.ids(DECISION))
    desk.store.unreachable = "no route to host, request 11aa22bb33cc"
    again = run(desk)
    assert (again.repeated, again.exit_code, len(desk.ledger.ids(DECISION))) == (True, 3, records)
    assert explain(None, ledger=desk.ledger, memory=desk.memory)["replays"]
    desk.store.unreachable = None
    assert run(desk).exit_code == 0
    assert not status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["hold"]


def test_another_listing_error_is_another_record_and_none_can_be_approved(opened: Opened) -> None:
    desk = begun(opened(6))
    for why in ("no route to host", "access denied"):
        desk.store.unreachable = why
        assert why in because(run(desk), "guard.listing_error")
    with pytest.raises(UsageError, match="cannot be approved"):
        consent(desk)
    assert isinstance(seen := look(desk.intake, approved=True, serving=desk.serving, records=desk.records, progress=desk.progress), Outcome)
    assert seen.exit_code == 3


def test_a_plan_of_a_store_that_cannot_be_listed_says_hold_and_writes_nothing(opened: Opened) -> None:
    desk = begun(opened(6))
    desk.store.unreachable = "no route to host"
    memory, records = dict(desk.memory.texts), desk.ledger.ids(DECISION)
    seen = look(desk.intake, beat=False, serving=desk.serving, records=desk.records, progress=desk.progress)
    assert isinstance(seen, Situation)
    report = as_report(desk.params, preview(desk.intake, seen, serving=desk.serving, records=desk.records, progress=desk.progress))
    assert (report["decision"]["hold"], report["release"]) == (True, live_id(desk))
    assert not any(report["changes"].values())
    assert (desk.memory.texts, desk.ledger.ids(DECISION)) == (memory, records)


def test_a_listing_that_fails_only_right_after_a_release_is_seen_by_the_next_refresh(opened: Opened) -> None:
    desk = begun(opened(6))
    desk.store.write("doc01.md", page(11))

    def do(name: str, step: Any, /, *args: Any, **named: Any) -> Any:
        if name == "record":
            desk.store.unreachable = "no route to host"
        return step(*args, **named)

    assert run(desk, do=do).gate == "promote"
    assert run(desk).exit_code == 3


def test_a_first_listing_that_fails_is_held_too(opened: Opened) -> None:
    desk = opened(6)
    desk.store.unreachable = "no such bucket"
    outcome = run(desk)
    assert (outcome.exit_code, outcome.release) == (3, None)
    desk.store.unreachable = None
    assert run(desk).gate == "promote"


def test_a_changed_limit_of_a_guard_opens_no_document_again(opened: Opened) -> None:
    desk = begun(opened(6))
    desk.store.reads.clear()
    wide = desk.with_params(guard=Guard(removed_count=99))
    look(wide.intake, serving=wide.serving, records=wide.records, progress=wide.progress)
    assert desk.store.reads == []


def test_a_record_from_before_these_guards_still_replays(opened: Opened) -> None:
    old_limits = Limits(
        min_examples=24, min_probes=20, shape_valid=0.9, citation_correct=0.0, retrieval_gap=0.15, cooldown_hours=0.0,
        removed_count=10, removed_share=0.1, train_seconds=1800.0,
    )  # fmt: skip
    names = ("min_examples", "min_probes", "shape_valid", "citation_correct", "retrieval_gap", "cooldown_hours")
    assert set(old_limits.as_json()) == {*names, "removed_count", "removed_share", "train_seconds"}
    old = Evidence(changes={"removed": 50}, live_documents=100, listed_documents=50, has_live=True, approved=True)
    assert not {"listing_error", "approval", "near_copies", "served_bytes"} & old.as_json().keys()
    decision = decide(Evidence.from_json(old.as_json()), Limits(**old_limits.as_json()))
    assert (decision.id, decision.hold) == ("ef4d6cc8035bf13d", False)


def lesson(nth: int) -> dict[str, Any]:
    document = f"doc{nth:02d}.md"
    answer = json.dumps({"answer": f"The keeper {nth}.", "citations": [document]})
    said = [{"role": "user", "content": f"Who opens door {nth}?"}, {"role": "assistant", "content": answer}]
    return {"messages": said, "cites": [document]}


def undecided(opened: Opened) -> tuple[FakeDesk, Outcome]:
    """Return a desk on which a challenger was trained that the gate could not tell from the live generator."""
    desk = begun(opened(20))
    desk.examples.write([lesson(nth) for nth in range(20)])
    desk.builder.spoils = {"keys": [["text", "str"]], "nll": 1.0}
    outcome = run(desk)
    assert outcome.gate == "inconclusive"
    assert outcome.candidate is not None
    return desk, outcome


def test_an_approved_candidate_goes_live_and_waits_no_longer(opened: Opened) -> None:
    desk, outcome = undecided(opened)
    waiting = standing(ledger=desk.ledger, memory=desk.memory)["waits"]
    assert outcome.candidate is not None
    assert [(w["kind"], w["candidate"]) for w in waiting] == [("candidate", outcome.candidate.id)]
    before = live_id(desk)
    told = consent(desk)
    assert (told["release"], told["left"]) == (outcome.candidate.id, before)
    assert live_id(desk) == outcome.candidate.id
    assert standing(ledger=desk.ledger, memory=desk.memory) == {"waits": [], "rejected": []}
    assert run(desk).exit_code == 0
    assert live_id(desk) == outcome.candidate.id, "the next refresh leaves it"
    assert desk.tracker.aliases("release")["live"] == outcome.candidate.id


def test_a_candidate_whose_rival_is_not_live_any_more_is_held_and_changes_nothing(opened: Opened) -> None:
    desk, outcome = undecided(opened)
    desk.store.write("new.md", page(31))
    run(desk)
    before = live_id(desk)
    with pytest.raises(OnHold, match=f"but {before} is live now"):
        consent(desk, outcome.decision.id)
    assert live_id(desk) == before
    assert standing(ledger=desk.ledger, memory=desk.memory)["waits"] == []


def test_a_rejected_candidate_waits_no_longer_and_loses_its_alias(opened: Opened) -> None:
    desk, outcome = undecided(opened)
    assert outcome.candidate is not None
    assert desk.tracker.aliases("release")["candidate"] == outcome.candidate.id
    reject(desk.records, find(None, ledger=desk.ledger, memory=desk.memory), by="ben", note="no better")
    assert standing(ledger=desk.ledger, memory=desk.memory)["waits"] == []
    assert "candidate" not in desk.tracker.aliases("release")
    with pytest.raises(UsageError, match="no decision waits"):
        find(None, ledger=desk.ledger, memory=desk.memory)


@pytest.mark.parametrize("beginning", [None, "nosuch"])
def test_nothing_that_waits_is_a_wrong_usage(opened: Opened, beginning: str | None) -> None:
    desk = begun(opened(6))
    with pytest.raises(UsageError, match="status"):
        find(beginning, ledger=desk.ledger, memory=desk.memory)


def test_history_names_the_decision_that_an_approval_let_pass(opened: Opened) -> None:
    desk = begun(opened(75))
    gone(desk, 0, 20)
    run(desk)
    consent(desk)
    done = run(desk)
    assert history(desk.ledger)["releases"][0]["decision"] == done.decision.id
    record = desk.ledger.get(DECISION, done.decision.id)
    assert record is not None
    assert record["evidence"]["approval"]["by"] == "ann"
    assert explain(done.decision.id, ledger=desk.ledger, memory=desk.memory)["replays"]
