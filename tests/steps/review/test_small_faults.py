"""Wrong words and counts of version 1: one test for each."""

from collections.abc import Callable

import pytest

from pointsman.core.errors import UsageError
from pointsman.core.supervision.lineage import CONFIRMED
from pointsman.steps.erasure.erase import find_and_resume, forget
from pointsman.steps.erasure.request import known_here
from pointsman.steps.ledger.releases import LINEAGE, rollback
from pointsman.steps.refresh.report import as_report
from pointsman.steps.review.confirm import confirm
from pointsman.steps.review.decide import approve, find_review, review_summary
from pointsman.steps.review.history import history
from pointsman.steps.review.status import status
from tests.fakes.calls import examined, look
from tests.fakes.resources import FakeResources, begun, live_id, page, run
from tests.steps.lessons import lessons

Opened = Callable[..., FakeResources]


def test_status_does_not_advise_an_approval_that_would_be_refused(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.store.unreachable = "no such folder"
    assert run(resources).decision.hold
    [waits] = review_summary(ledger=resources.ledger, memory=resources.memory)["waits"]
    assert waits["command"] == "pointsman refresh"
    with pytest.raises(UsageError, match="cannot be approved"):
        approve(
            resources.intake, find_review(None, ledger=resources.ledger, memory=resources.memory), by="ann", note="",
            serving=resources.serving, records=resources.records, progress=resources.progress,
        )  # fmt: skip


def test_a_hold_that_can_be_approved_still_names_the_command(opened: Opened) -> None:
    resources = begun(opened(75))
    for nth in range(40):
        resources.store.remove(f"doc{nth:02d}.md")
    held = run(resources).decision
    [waits] = review_summary(ledger=resources.ledger, memory=resources.memory)["waits"]
    assert waits["command"] == f"pointsman approve {held.id}"


def test_a_plan_with_a_new_example_writes_nothing_to_the_ledger_and_leaves_the_doctor_content(opened: Opened) -> None:
    resources = begun(opened(6))
    before = {kind: resources.ledger.ids(kind) for kind in resources.ledger.kinds()}
    resources.examples.write(lessons(1))
    look(resources, count_visit=False)
    assert {kind: resources.ledger.ids(kind) for kind in resources.ledger.kinds()} == before
    findings = examined(resources)  # fmt: skip
    assert (findings.unpreserved, findings.healthy) == (0, True)


def test_forgetting_a_name_that_nothing_knows_is_refused_before_anything_is_shown(opened: Opened) -> None:
    resources = begun(opened(6))

    def known(document: str) -> None:
        found = find_and_resume(
            resources.intake, document,
            serving=resources.serving, records=resources.records, erasure_sweep=resources.erasure_sweep,
        )  # fmt: skip
        known_here(found, ledger=resources.ledger)

    known("doc01.md")
    with pytest.raises(UsageError, match=r"nothing here knows a document 'DOC01\.md'"):
        known("DOC01.md")


def test_an_id_noted_before_a_forgetting_stays_good(opened: Opened) -> None:
    resources = begun(opened(6))
    noted = live_id(resources)
    resources.store.write("doc02.md", page(12))
    run(resources)
    for document in ("doc01.md", "doc03.md"):
        found = find_and_resume(
            resources.intake, document,
            serving=resources.serving, records=resources.records, erasure_sweep=resources.erasure_sweep,
        )  # fmt: skip
        forget(
            resources.intake, found,
            serving=resources.serving, records=resources.records, erasure_sweep=resources.erasure_sweep,
        )  # fmt: skip
    left = live_id(resources)
    before, live = rollback(resources.ledger, noted[:8], at="2026-11-30T00:00:00+00:00", check=lambda _: None)
    assert (before.id, live.documents) == (left, 4)
    assert live.id not in {noted, left}, "the release as it would be had the documents never been there"


def test_a_stale_example_is_counted_as_stale_and_not_as_removed(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.examples.write([{**row, "id": f"lesson-{n}"} for n, row in enumerate(lessons(4))])
    run(resources)
    resources.store.write("doc00.md", page(9))
    run(resources)
    resources.store.write("doc01.md", page(41))
    report = as_report(resources.params, run(resources))
    assert (report["stale_examples"], report["changes"]["examples_removed"]) == (2, 0)


def test_the_generator_has_one_id_in_status_and_in_history(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(20))
    assert run(resources).decision.train == ("generator",)
    found = status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)
    assert history(resources.ledger)["releases"][0]["generator"] == found["generator"]


def test_a_confirmation_keeps_its_note(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.examples.write([{**row, "id": f"lesson-{n}"} for n, row in enumerate(lessons(4))])
    run(resources)
    resources.store.write("doc01.md", page(41))
    run(resources)
    said = confirm(
        resources.intake, ["lesson-1"], by="ann", note="only a typo",
        serving=resources.serving, records=resources.records, progress=resources.progress,
    )  # fmt: skip
    notes = [resources.ledger.get(LINEAGE, id_) or {} for id_ in resources.ledger.ids(LINEAGE)]
    kept = [(note["by"], note.get("note")) for note in notes if note["why"] == CONFIRMED]
    assert (said["note"], kept) == ("only a typo", [("ann", "only a typo")])
