"""Forgetting over a desk of fakes: gone from everywhere, proved, refused ever after, and finished after any kill."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pointsman.core.erasure.traces import FORGOTTEN
from pointsman.core.errors import PointsmanError, UsageError
from pointsman.settings.params import Guard
from pointsman.steps.erasure.erase import finish, forget, seek
from pointsman.steps.erasure.request import lift, pending
from pointsman.steps.ledger.releases import moves
from pointsman.steps.maintenance.doctor import examine
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.review.history import explain, history
from pointsman.steps.review.status import status
from tests.fakes.desk import FakeDesk, begun, disturbed, documents_found, live_id, page, pages, run, served
from tests.fakes.index import Fault
from tests.steps.erasure.jane import AMENDED, JANE, MARKS, TEXT
from tests.steps.lessons import lessons

Opened = Callable[..., FakeDesk]


def grown(opened: Opened, **sections: Any) -> FakeDesk:
    """Return a desk after two releases that hold the document, and one change beside it."""
    desk = begun(opened({**pages(6), JANE: TEXT}, **sections))
    desk.store.write(JANE, AMENDED)
    run(desk)
    desk.store.write("doc01.md", page(11))
    run(desk)
    return desk


def everything(desk: FakeDesk) -> str:
    """Return all that the fakes hold, except the user's own files."""
    points = [
        [point.point.id, point.chunk.text, point.chunk.document]
        for name in desk.index.collections()
        for point in desk.index._of(name).points.values()
    ]
    rows = [[r.item, r.reason] for suite in desk.quarantine.counts() for r in desk.quarantine.rows(suite)]
    held = [desk.ledger._objects, desk.ledger._pointer, desk.memory.texts, desk.tracker.runs, points, rows]
    return json.dumps([*held, desk.tracker._registered, repr(desk.residue.files)], default=repr, ensure_ascii=False)


def erased(desk: FakeDesk, **how: Any) -> dict[str, Any]:
    return forget(
        desk.intake,
        seek(desk.intake, JANE, serving=desk.serving, records=desk.records, erasure_sweep=desk.residue),
        **how,
        serving=desk.serving,
        records=desk.records,
        erasure_sweep=desk.residue,
    )


def test_a_forgotten_document_is_nowhere_any_more(opened: Opened) -> None:
    desk = grown(opened)
    desk.residue.files = {"build/documents": AMENDED.encode(), "build/other": b"nothing of it"}
    assert all(mark in everything(desk) for mark in MARKS)
    certificate = erased(desk, note=f"{JANE} asked for it")
    assert certificate["complete"]
    assert certificate["removed"]["points"] == 2
    assert not [mark for mark in MARKS if mark in everything(desk)]
    assert not [mark for mark in MARKS if mark in json.dumps(certificate)]
    assert desk.residue.files == {"build/other": b"nothing of it"}


def test_the_others_are_served_as_before_and_nothing_is_embedded(opened: Opened) -> None:
    desk = grown(opened)
    before = {row for row in served(desk) if not any(mark in row[2] for mark in MARKS)}
    embedded = desk.models.embedded
    erased(desk)
    assert served(desk) == before
    assert desk.models.embedded == embedded
    assert JANE not in documents_found(desk, "violet umbrellas of Jane Doubtfire in the lighthouse")


def test_rollback_goes_from_twin_to_twin_and_the_doctor_is_content(opened: Opened) -> None:
    desk = grown(opened)
    old = live_id(desk)
    certificate = erased(desk)
    assert certificate["releases"][old] == live_id(desk)
    assert [m["why"] for m in moves(desk.ledger)] == ["promote", "promote", "promote", "forget"]
    desk.store.remove(JANE)
    assert examine(
        desk.intake,
        repair=False,
        serving=desk.serving,
        records=desk.records,
        progress=desk.progress,
        erasure_sweep=desk.residue,
    ).healthy
    for _ in range(2):
        found = roll_back(desk.records, None, vector_index=desk.index)
        assert found["release"] in certificate["releases"].values()
        assert examine(
            desk.intake,
            repair=False,
            serving=desk.serving,
            records=desk.records,
            progress=desk.progress,
            erasure_sweep=desk.residue,
        ).healthy
        assert JANE not in documents_found(desk, "Jane Doubtfire umbrellas")


def test_an_old_release_id_says_what_it_became(opened: Opened) -> None:
    desk = grown(opened)
    old = live_id(desk)
    new = erased(desk)["releases"][old]
    with pytest.raises(UsageError, match=new):
        roll_back(desk.records, old[:8], vector_index=desk.index)


def test_a_refresh_still_holds_after_a_rollback_and_a_forgetting(opened: Opened) -> None:
    desk = grown(opened)
    roll_back(desk.records, None, vector_index=desk.index)
    erased(desk)
    held = run(desk)
    assert (held.decision.hold, held.exit_code) == (True, 3)


def test_a_forgotten_document_is_refused_while_the_source_holds_it(opened: Opened) -> None:
    desk = grown(opened)
    erased(desk)
    before = served(desk)
    for text in (AMENDED, AMENDED + "\nAnd more of it.\n"):
        desk.store.write(JANE, text)
        run(desk)
        assert served(desk) == before
        assert not [mark for mark in MARKS if mark in everything(desk)]
    rows = [row for row in desk.quarantine.rows("documents") if row.check == FORGOTTEN]
    assert len(rows) == 1
    assert "--lift" in rows[0].reason


def test_the_same_text_under_another_name_is_refused_too(opened: Opened) -> None:
    desk = grown(opened)
    erased(desk)
    before = served(desk)
    desk.store.remove(JANE)
    desk.store.write("copy.md", AMENDED.replace("\n\n", "\n\n\n"))
    desk.store.write("first-version.md", TEXT)
    run(desk)
    assert served(desk) == before
    assert {r.item for r in desk.quarantine.rows("documents")} == {"copy.md", "first-version.md"}
    desk.store.write("another.md", page(42))
    run(desk)
    assert len(served(desk)) == len(before) + 2


def test_forgetting_never_counts_toward_the_removal_guard(opened: Opened) -> None:
    desk = grown(opened, guard=Guard(removed_count=0, removed_share=0.0))
    erased(desk)
    desk.store.write("doc02.md", page(12))
    outcome = run(desk)
    assert not outcome.decision.hold
    assert outcome.situation.changes["removed"] == 0


def test_lifting_takes_it_in_again(opened: Opened) -> None:
    desk = grown(opened)
    before = served(desk)
    certificate = erased(desk)
    lift(certificate["id"][:8], ledger=desk.ledger, now=desk.now, tracker=desk.tracker)
    run(desk)
    assert served(desk) == before
    assert history(desk.ledger)["lifted"][0]["request"] == certificate["request"]
    with pytest.raises(UsageError, match="0 forgettings begin with"):
        lift(certificate["request"], ledger=desk.ledger, now=desk.now, tracker=desk.tracker)


def test_examples_and_probes_that_cite_it_are_refused_by_line_without_their_text(opened: Opened) -> None:
    desk = grown(opened)
    said = [
        {"role": "user", "content": "Where does Jane Doubtfire keep the violet umbrellas of hers?"},
        {"role": "assistant", "content": "In the attic of the lighthouse at Quenby Sands, all seventeen."},
    ]
    desk.examples.write([*lessons(2), {"messages": said, "cites": [JANE]}])
    desk.probes.write([{"question": "How many violet umbrellas has Jane?", "documents": [JANE]}])
    run(desk)
    certificate = erased(desk)
    assert certificate["source"] == {
        "documents": 1, "examples": ["all.jsonl:3"], "probes": ["all.jsonl:1"], "mentioned_in": [],
    }  # fmt: skip
    run(desk)
    assert [(r.item, r.check) for r in desk.quarantine.rows("examples")] == [("all.jsonl:3", FORGOTTEN)]
    assert [(r.item, r.check) for r in desk.quarantine.rows("probes")] == [("all.jsonl:1", FORGOTTEN)]
    assert not [mark for mark in MARKS if mark in everything(desk)]


def test_an_adapter_that_learned_from_an_example_about_it_is_tainted(opened: Opened) -> None:
    desk = begun(opened(24))
    desk.examples.write(lessons(20))
    run(desk)
    adapter = next(iter(desk.models.adapters))
    certificate = forget(
        desk.intake,
        seek(desk.intake, "doc03.md", serving=desk.serving, records=desk.records, erasure_sweep=desk.residue),
        serving=desk.serving,
        records=desk.records,
        erasure_sweep=desk.residue,
    )
    assert certificate["tainted"] == [{"adapter": adapter, "part": "generator"}]
    assert status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["tainted"] == [adapter]
    assert [part for part, _ in desk.tracker.tainted] == ["generator"]


def test_an_adapter_that_learned_nothing_of_it_is_not_tainted(opened: Opened) -> None:
    desk = begun(opened(24))
    desk.examples.write(lessons(20))
    run(desk)
    assert (
        forget(
            desk.intake,
            seek(desk.intake, "doc22.md", serving=desk.serving, records=desk.records, erasure_sweep=desk.residue),
            serving=desk.serving,
            records=desk.records,
            erasure_sweep=desk.residue,
        )["tainted"]
        == []
    )
    assert status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["tainted"] == []


def test_decisions_still_replay_and_name_the_twins(opened: Opened) -> None:
    desk = grown(opened)
    decision = history(desk.ledger)["decisions"][0]["decision_id"]
    certificate = erased(desk)
    record = explain(decision, ledger=desk.ledger, memory=desk.memory)
    assert record["replays"]
    assert record["release"] in certificate["releases"].values()


def test_a_document_with_a_copy_is_forgotten_only_together_with_it(opened: Opened) -> None:
    desk = begun(opened({**pages(6), JANE: TEXT, "twin.md": TEXT}))
    with pytest.raises(UsageError, match=r"twin\.md.*--copies"):
        erased(desk)
    assert pending(desk.ledger) == []
    certificate = forget(
        desk.intake,
        seek(desk.intake, JANE, copies=True, serving=desk.serving, records=desk.records, erasure_sweep=desk.residue),
        serving=desk.serving,
        records=desk.records,
        erasure_sweep=desk.residue,
    )
    assert certificate["complete"]
    assert len(certificate["document"]) == 2
    assert "twin.md" not in everything(desk)


def test_what_other_documents_say_as_well_is_no_trace(opened: Opened) -> None:
    desk = begun(opened(6))
    certificate = forget(
        desk.intake,
        seek(desk.intake, "doc03.md", serving=desk.serving, records=desk.records, erasure_sweep=desk.residue),
        serving=desk.serving,
        records=desk.records,
        erasure_sweep=desk.residue,
    )
    assert certificate["complete"]
    assert certificate["proof"]["scan"]["shared"] > 0
    assert len(served(desk)) == 10


def test_another_document_that_names_it_is_served_on_and_the_certificate_says_so(opened: Opened) -> None:
    desk = begun(
        opened({**pages(6), JANE: TEXT, "index.md": f"# Who\n\nMore about her stands in {JANE} of this book.\n"})
    )
    desk.residue.files = {"build/index.txt": f"stands in {JANE} of".encode()}
    desk.residue.sweep = lambda trace, instead: {}  # type: ignore[method-assign]
    desk.memory.texts.clear()
    certificate = erased(desk)
    assert certificate["source"]["mentioned_in"] == ["index.md"]
    assert certificate["proof"]["scan"]["mentions"] == ["build/index.txt"]
    assert "index.md" in documents_found(desk, "more about her in this book")


def test_an_unknown_document_is_wrong_usage_and_a_forgotten_one_is_looked_for_again(opened: Opened) -> None:
    desk = grown(opened)
    with pytest.raises(UsageError, match="nothing here knows"):
        forget(
            desk.intake,
            seek(
                desk.intake, "people/nobody.md", serving=desk.serving, records=desk.records, erasure_sweep=desk.residue
            ),
            serving=desk.serving,
            records=desk.records,
            erasure_sweep=desk.residue,
        )
    with pytest.raises(UsageError, match="name the document"):
        seek(desk.intake, " ", serving=desk.serving, records=desk.records, erasure_sweep=desk.residue)
    request = erased(desk)["request"]
    desk.residue.files = {"restored from a backup": AMENDED.encode()}
    again = erased(desk)
    assert (again["request"], again["complete"], desk.residue.files) == (request, True, {})


def test_what_cannot_be_removed_makes_the_certificate_incomplete(opened: Opened) -> None:
    desk = grown(opened)
    desk.residue.sweep = lambda trace, instead: {}  # type: ignore[method-assign]
    desk.residue.files = {"locked file": AMENDED.encode()}
    certificate = erased(desk)
    assert not certificate["complete"]
    assert "locked file" in [found["place"] for found in certificate["proof"]["scan"]["found"]]
    desk.store.remove(JANE)
    found = examine(
        desk.intake,
        repair=True,
        serving=desk.serving,
        records=desk.records,
        progress=desk.progress,
        erasure_sweep=desk.residue,
    )
    assert (found.unproved, found.healthy) == (1, False)
    del desk.residue.sweep
    assert erased(desk)["complete"]
    assert examine(
        desk.intake,
        repair=False,
        serving=desk.serving,
        records=desk.records,
        progress=desk.progress,
        erasure_sweep=desk.residue,
    ).healthy


def test_nothing_is_forgotten_while_the_record_is_out_of_reach(opened: Opened) -> None:
    desk = grown(opened)
    desk.tracker.down = True
    before = served(desk)
    with pytest.raises(PointsmanError, match="start it and run again"):
        erased(desk)
    assert served(desk) == before
    assert (pending(desk.ledger), desk.ledger.ids("tombstone")) == ([], [])


STEPS = (
    "intend", "rewrite releases", "move the pointer", "redact records", "taint", "rewrite the tracker",
    "remove old releases", "erase points", "sweep", "prove", "certify", "close",
)  # fmt: skip


@pytest.mark.parametrize("step", STEPS[1:])
def test_a_forgetting_killed_before_any_step_is_finished_by_the_doctor(opened: Opened, step: str) -> None:
    desk = grown(opened)
    wanted = {row for row in served(desk) if not any(mark in row[2] for mark in MARKS)}

    def die(name: str) -> None:
        assert served(desk) >= wanted, "readers get whole answers all the time"
        if name == step:
            raise Fault("killed")

    with pytest.raises(Fault):
        erased(desk, do=disturbed(die))
    assert not examine(
        desk.intake,
        repair=False,
        serving=desk.serving,
        records=desk.records,
        progress=desk.progress,
        erasure_sweep=desk.residue,
    ).healthy
    assert (
        status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["forgetting"] == pending(desk.ledger) != []
    )
    examine(
        desk.intake,
        repair=True,
        serving=desk.serving,
        records=desk.records,
        progress=desk.progress,
        erasure_sweep=desk.residue,
    )
    assert pending(desk.ledger) == []
    assert served(desk) == wanted
    assert [c["complete"] for c in history(desk.ledger)["certificates"]][-1:] == [True]
    assert not [mark for mark in MARKS if mark in everything(desk)]
    roll_back(desk.records, None, vector_index=desk.index)
    assert not [row for row in served(desk) if any(mark in row[2] for mark in MARKS)]


@pytest.mark.parametrize("landed", [0.0, 1.0])
@pytest.mark.parametrize("nth", range(1, 30, 2))
def test_a_forgetting_whose_nth_write_fails_is_finished_by_the_next(opened: Opened, nth: int, landed: float) -> None:
    desk = grown(opened)
    wanted = {row for row in served(desk) if not any(mark in row[2] for mark in MARKS)}
    desk.ledger.faults.plant("*", nth=nth, landed=landed)
    with pytest.raises(Fault):
        erased(desk)
    assert served(desk) >= wanted
    finish(desk.intake, serving=desk.serving, records=desk.records, erasure_sweep=desk.residue)
    assert erased(desk)["complete"]
    assert served(desk) == wanted
    assert not [mark for mark in MARKS if mark in everything(desk)]
