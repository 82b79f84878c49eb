"""Erasure over fake ports: complete, verified, permanent, and finished after a kill at any step."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pointsman.core.erasure.traces import FORGOTTEN
from pointsman.core.errors import PointsmanError, UsageError
from pointsman.settings.params import Guard
from pointsman.steps.erasure.erase import find_and_resume, finish_interrupted, forget
from pointsman.steps.erasure.request import lift, pending
from pointsman.steps.ledger.access_record import caps_now
from pointsman.steps.ledger.releases import moves
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.review.history import explain, history
from pointsman.steps.review.status import status
from tests.fakes.calls import examined
from tests.fakes.index import Fault
from tests.fakes.resources import FakeResources, begun, disturbed, documents_found, live_id, page, pages, run, served
from tests.steps.erasure.jane import AMENDED, JANE, MARKS, TEXT
from tests.steps.lessons import lessons

Opened = Callable[..., FakeResources]


def grown(opened: Opened, **sections: Any) -> FakeResources:
    """Return a workspace after two releases that contain the document, and one other change."""
    resources = begun(opened({**pages(6), JANE: TEXT}, **sections))
    resources.store.write(JANE, AMENDED)
    run(resources)
    resources.store.write("doc01.md", page(11))
    run(resources)
    return resources


def everything(resources: FakeResources) -> str:
    """Return everything that the fakes store, without the user's own files."""
    points = [
        [point.point.id, point.chunk.text, point.chunk.document]
        for name in resources.index.collections()
        for point in resources.index._of(name).points.values()
    ]
    rows = [[r.item, r.reason] for suite in resources.quarantine.counts() for r in resources.quarantine.rows(suite)]
    held = [
        resources.ledger._objects,
        resources.ledger._pointer,
        resources.memory.texts,
        resources.tracker.runs,
        points,
        rows,
    ]
    return json.dumps(
        [*held, resources.tracker._registered, repr(resources.erasure_sweep.files)], default=repr, ensure_ascii=False
    )


def erased(resources: FakeResources, **how: Any) -> dict[str, Any]:
    return forget(
        resources.intake,
        find_and_resume(
            resources.intake,
            JANE,
            serving=resources.serving,
            records=resources.records,
            erasure_sweep=resources.erasure_sweep,
        ),
        **how,
        serving=resources.serving,
        records=resources.records,
        erasure_sweep=resources.erasure_sweep,
    )


def test_a_forgotten_document_is_nowhere_any_more(opened: Opened) -> None:
    resources = grown(opened)
    resources.erasure_sweep.files = {"build/documents": AMENDED.encode(), "build/other": b"nothing of it"}
    assert all(mark in everything(resources) for mark in MARKS)
    certificate = erased(resources, note=f"{JANE} asked for it")
    assert certificate["complete"]
    assert certificate["removed"]["points"] == 2
    assert not [mark for mark in MARKS if mark in everything(resources)]
    assert not [mark for mark in MARKS if mark in json.dumps(certificate)]
    assert resources.erasure_sweep.files == {"build/other": b"nothing of it"}


@pytest.mark.parametrize("exposed", [False, True])
def test_a_forgotten_document_is_in_no_access_record_and_no_report_of_one(opened: Opened, exposed: bool) -> None:
    resources = grown(opened)
    for access in ("[]", "[staff]") if exposed else ("[]",):
        resources.store.write(JANE, f"---\naccess: {access}\n---\n{AMENDED}")
        resources.store.write("doc02.md", f"---\naccess: {access}\n---\n{page(2)}")
        run(resources)
    assert set(caps_now(resources.ledger)) == {JANE, "doc02.md"}
    assert JANE in json.dumps(explain(None, ledger=resources.ledger, memory=resources.memory)["report"]["access"])

    certificate = erased(resources)

    assert certificate["complete"]
    assert certificate["removed"]["access records"] == 1 + exposed
    assert set(caps_now(resources.ledger)) == {"doc02.md"}
    assert not [mark for mark in MARKS if mark in everything(resources)]


def test_the_others_are_served_as_before_and_nothing_is_embedded(opened: Opened) -> None:
    resources = grown(opened)
    before = {row for row in served(resources) if not any(mark in row[2] for mark in MARKS)}
    embedded = resources.models.embedded
    erased(resources)
    assert served(resources) == before
    assert resources.models.embedded == embedded
    assert JANE not in documents_found(resources, "violet umbrellas of Jane Doubtfire in the lighthouse")


def test_rollback_goes_from_twin_to_twin_and_the_doctor_is_content(opened: Opened) -> None:
    resources = grown(opened)
    old = live_id(resources)
    certificate = erased(resources)
    assert certificate["releases"][old] == live_id(resources)
    assert [m["why"] for m in moves(resources.ledger)] == ["promote", "promote", "promote", "forget"]
    resources.store.remove(JANE)
    assert examined(resources).healthy
    for _ in range(2):
        found = roll_back(resources.records, None, vector_index=resources.index)
        assert found["release"] in certificate["releases"].values()
        assert examined(resources).healthy
        assert JANE not in documents_found(resources, "Jane Doubtfire umbrellas")


def test_an_old_release_id_says_what_it_became(opened: Opened) -> None:
    resources = grown(opened)
    old = live_id(resources)
    new = erased(resources)["releases"][old]
    with pytest.raises(UsageError, match=new):
        roll_back(resources.records, old[:8], vector_index=resources.index)


def test_a_refresh_still_holds_after_a_rollback_and_a_forgetting(opened: Opened) -> None:
    resources = grown(opened)
    roll_back(resources.records, None, vector_index=resources.index)
    erased(resources)
    held = run(resources)
    assert (held.decision.hold, held.exit_code) == (True, 3)


def test_a_forgotten_document_is_refused_while_the_source_holds_it(opened: Opened) -> None:
    resources = grown(opened)
    erased(resources)
    before = served(resources)
    for text in (AMENDED, AMENDED + "\nAnd more of it.\n"):
        resources.store.write(JANE, text)
        run(resources)
        assert served(resources) == before
        assert not [mark for mark in MARKS if mark in everything(resources)]
    rows = [row for row in resources.quarantine.rows("documents") if row.check == FORGOTTEN]
    assert len(rows) == 1
    assert "--lift" in rows[0].reason


def test_the_same_text_under_another_name_is_refused_too(opened: Opened) -> None:
    resources = grown(opened)
    erased(resources)
    before = served(resources)
    resources.store.remove(JANE)
    resources.store.write("copy.md", AMENDED.replace("\n\n", "\n\n\n"))
    resources.store.write("first-version.md", TEXT)
    run(resources)
    assert served(resources) == before
    assert {r.item for r in resources.quarantine.rows("documents")} == {"copy.md", "first-version.md"}
    resources.store.write("another.md", page(42))
    run(resources)
    assert len(served(resources)) == len(before) + 2


def test_forgetting_never_counts_toward_the_removal_guard(opened: Opened) -> None:
    resources = grown(opened, guard=Guard(removed_count=0, removed_share=0.0))
    erased(resources)
    resources.store.write("doc02.md", page(12))
    outcome = run(resources)
    assert not outcome.decision.hold
    assert outcome.state.changes["removed"] == 0


def test_lifting_takes_it_in_again(opened: Opened) -> None:
    resources = grown(opened)
    before = served(resources)
    certificate = erased(resources)
    lift(certificate["id"][:8], ledger=resources.ledger, now=resources.now, tracker=resources.tracker)
    run(resources)
    assert served(resources) == before
    assert history(resources.ledger)["lifted"][0]["request"] == certificate["request"]
    with pytest.raises(UsageError, match="0 forgettings begin with"):
        lift(certificate["request"], ledger=resources.ledger, now=resources.now, tracker=resources.tracker)


def test_examples_and_probes_that_cite_it_are_refused_by_line_without_their_text(opened: Opened) -> None:
    resources = grown(opened)
    said = [
        {"role": "user", "content": "Where does Jane Doubtfire keep the violet umbrellas of hers?"},
        {"role": "assistant", "content": "In the attic of the lighthouse at Quenby Sands, all seventeen."},
    ]
    resources.examples.write([*lessons(2), {"messages": said, "cites": [JANE]}])
    resources.probes.write([{"question": "How many violet umbrellas has Jane?", "documents": [JANE]}])
    run(resources)
    certificate = erased(resources)
    assert certificate["source"] == {
        "documents": 1, "examples": ["all.jsonl:3"], "probes": ["all.jsonl:1"], "mentioned_in": [],
    }  # fmt: skip
    run(resources)
    assert [(r.item, r.check) for r in resources.quarantine.rows("examples")] == [("all.jsonl:3", FORGOTTEN)]
    assert [(r.item, r.check) for r in resources.quarantine.rows("probes")] == [("all.jsonl:1", FORGOTTEN)]
    assert not [mark for mark in MARKS if mark in everything(resources)]


def test_an_adapter_that_learned_from_an_example_about_it_is_tainted(opened: Opened) -> None:
    resources = begun(opened(24))
    resources.examples.write(lessons(20))
    run(resources)
    adapter = next(iter(resources.models.adapters))
    certificate = forget(
        resources.intake,
        find_and_resume(
            resources.intake,
            "doc03.md",
            serving=resources.serving,
            records=resources.records,
            erasure_sweep=resources.erasure_sweep,
        ),
        serving=resources.serving,
        records=resources.records,
        erasure_sweep=resources.erasure_sweep,
    )
    assert certificate["tainted"] == [{"adapter": adapter, "part": "generator"}]
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted"] == [adapter]
    assert [part for part, _ in resources.tracker.tainted] == ["generator"]


def test_an_adapter_that_learned_nothing_of_it_is_not_tainted(opened: Opened) -> None:
    resources = begun(opened(24))
    resources.examples.write(lessons(20))
    run(resources)
    assert (
        forget(
            resources.intake,
            find_and_resume(
                resources.intake,
                "doc22.md",
                serving=resources.serving,
                records=resources.records,
                erasure_sweep=resources.erasure_sweep,
            ),
            serving=resources.serving,
            records=resources.records,
            erasure_sweep=resources.erasure_sweep,
        )["tainted"]
        == []
    )
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted"] == []


def test_decisions_still_replay_and_name_the_twins(opened: Opened) -> None:
    resources = grown(opened)
    decision = history(resources.ledger)["decisions"][0]["decision_id"]
    certificate = erased(resources)
    record = explain(decision, ledger=resources.ledger, memory=resources.memory)
    assert record["replays"]
    assert record["release"] in certificate["releases"].values()


def test_a_document_with_a_copy_is_forgotten_only_together_with_it(opened: Opened) -> None:
    resources = begun(opened({**pages(6), JANE: TEXT, "twin.md": TEXT}))
    with pytest.raises(UsageError, match=r"twin\.md.*--copies"):
        erased(resources)
    assert pending(resources.ledger) == []
    certificate = forget(
        resources.intake,
        find_and_resume(
            resources.intake,
            JANE,
            copies=True,
            serving=resources.serving,
            records=resources.records,
            erasure_sweep=resources.erasure_sweep,
        ),
        serving=resources.serving,
        records=resources.records,
        erasure_sweep=resources.erasure_sweep,
    )
    assert certificate["complete"]
    assert len(certificate["document"]) == 2
    assert "twin.md" not in everything(resources)


def test_what_other_documents_say_as_well_is_no_trace(opened: Opened) -> None:
    resources = begun(opened(6))
    certificate = forget(
        resources.intake,
        find_and_resume(
            resources.intake,
            "doc03.md",
            serving=resources.serving,
            records=resources.records,
            erasure_sweep=resources.erasure_sweep,
        ),
        serving=resources.serving,
        records=resources.records,
        erasure_sweep=resources.erasure_sweep,
    )
    assert certificate["complete"]
    assert certificate["proof"]["scan"]["shared"] > 0
    assert len(served(resources)) == 10


def test_another_document_that_names_it_is_served_on_and_the_certificate_says_so(opened: Opened) -> None:
    resources = begun(
        opened({**pages(6), JANE: TEXT, "index.md": f"# Who\n\nMore about her stands in {JANE} of this book.\n"})
    )
    resources.erasure_sweep.files = {"build/index.txt": f"stands in {JANE} of".encode()}
    resources.erasure_sweep.sweep = lambda trace, instead: {}  # type: ignore[method-assign]
    resources.memory.texts.clear()
    certificate = erased(resources)
    assert certificate["source"]["mentioned_in"] == ["index.md"]
    assert certificate["proof"]["scan"]["mentions"] == ["build/index.txt"]
    assert "index.md" in documents_found(resources, "more about her in this book")


def test_an_unknown_document_is_wrong_usage_and_a_forgotten_one_is_looked_for_again(opened: Opened) -> None:
    resources = grown(opened)
    with pytest.raises(UsageError, match="nothing here knows"):
        forget(
            resources.intake,
            find_and_resume(
                resources.intake,
                "people/nobody.md",
                serving=resources.serving,
                records=resources.records,
                erasure_sweep=resources.erasure_sweep,
            ),
            serving=resources.serving,
            records=resources.records,
            erasure_sweep=resources.erasure_sweep,
        )
    with pytest.raises(UsageError, match="no document is named"):
        find_and_resume(
            resources.intake,
            " ",
            serving=resources.serving,
            records=resources.records,
            erasure_sweep=resources.erasure_sweep,
        )
    request = erased(resources)["request"]
    resources.erasure_sweep.files = {"restored from a backup": AMENDED.encode()}
    again = erased(resources)
    assert (again["request"], again["complete"], resources.erasure_sweep.files) == (request, True, {})


def test_what_cannot_be_removed_makes_the_certificate_incomplete(opened: Opened) -> None:
    resources = grown(opened)
    resources.erasure_sweep.sweep = lambda trace, instead: {}  # type: ignore[method-assign]
    resources.erasure_sweep.files = {"locked file": AMENDED.encode()}
    certificate = erased(resources)
    assert not certificate["complete"]
    assert "locked file" in [found["place"] for found in certificate["proof"]["scan"]["found"]]
    resources.store.remove(JANE)
    found = examined(resources, repair=True)
    assert (found.unproved, found.healthy) == (1, False)
    del resources.erasure_sweep.sweep
    assert erased(resources)["complete"]
    assert examined(resources).healthy


def test_nothing_is_forgotten_while_the_record_is_out_of_reach(opened: Opened) -> None:
    resources = grown(opened)
    resources.tracker.down = True
    before = served(resources)
    with pytest.raises(PointsmanError, match="start it and run again"):
        erased(resources)
    assert served(resources) == before
    assert (pending(resources.ledger), resources.ledger.ids("tombstone")) == ([], [])


STEPS = (
    "begin", "rewrite releases", "move the pointer", "redact records", "taint", "rewrite the tracker",
    "remove old releases", "remove preserved objects", "erase points", "sweep", "verify", "certify", "close",
)  # fmt: skip


@pytest.mark.parametrize("step", STEPS[1:])
def test_a_forgetting_killed_before_any_step_is_finished_by_the_doctor(opened: Opened, step: str) -> None:
    resources = grown(opened)
    wanted = {row for row in served(resources) if not any(mark in row[2] for mark in MARKS)}

    def die(name: str) -> None:
        assert served(resources) >= wanted, "readers get whole answers all the time"
        if name == step:
            raise Fault("killed")

    with pytest.raises(Fault):
        erased(resources, do=disturbed(die))
    assert not examined(resources).healthy
    assert (
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["forgetting"]
        == pending(resources.ledger)
        != []
    )
    examined(resources, repair=True)
    assert pending(resources.ledger) == []
    assert served(resources) == wanted
    assert [c["complete"] for c in history(resources.ledger)["certificates"]][-1:] == [True]
    assert not [mark for mark in MARKS if mark in everything(resources)]
    roll_back(resources.records, None, vector_index=resources.index)
    assert not [row for row in served(resources) if any(mark in row[2] for mark in MARKS)]


@pytest.mark.parametrize("landed", [0.0, 1.0])
@pytest.mark.parametrize("nth", range(1, 30, 2))
def test_a_forgetting_whose_nth_write_fails_is_finished_by_the_next(opened: Opened, nth: int, landed: float) -> None:
    resources = grown(opened)
    wanted = {row for row in served(resources) if not any(mark in row[2] for mark in MARKS)}
    resources.ledger.faults.plant("*", nth=nth, landed=landed)
    with pytest.raises(Fault):
        erased(resources)
    assert served(resources) >= wanted
    finish_interrupted(
        resources.intake, serving=resources.serving, records=resources.records, erasure_sweep=resources.erasure_sweep
    )
    assert erased(resources)["complete"]
    assert served(resources) == wanted
    assert not [mark for mark in MARKS if mark in everything(resources)]
