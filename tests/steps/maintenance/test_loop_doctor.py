"""The doctor over a desk of fakes: what is counted, what is healed, and what is left alone."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pointsman.core.policy.decision import Track
from pointsman.steps.ledger.restore import NAMED
from pointsman.steps.ledger.tombstones import TAINT, TOMBSTONE
from pointsman.steps.maintenance.doctor import examine
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.review.history import explain, history
from pointsman.steps.review.status import status
from tests.fakes.desk import FakeDesk, begun, disturbed, documents_found, live_id, page, run, served
from tests.fakes.index import Fault
from tests.fakes.ledger import FakeLedger
from tests.fakes.tracker import FakeTracker

Opened = Callable[..., FakeDesk]


def changed(desk: FakeDesk, nth: int) -> str:
    """Refresh after one document was written anew, and return the release that is live then."""
    desk.store.write("doc01.md", page(nth))
    run(desk)
    return live_id(desk)


def test_the_doctor_finds_nothing_to_heal_in_a_healthy_index(opened: Opened) -> None:
    desk = begun(opened(6))
    changed(desk, 11)
    findings = examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert findings.healthy
    assert (findings.points, findings.expected, findings.missing, findings.foreign) == (12, 12, 0, 0)


def test_the_doctor_counts_lost_and_foreign_points_and_heals_them(opened: Opened) -> None:
    desk = begun(opened(6))
    content, name = served(desk), desk.index.collections()[0]
    held = sorted(desk.index.points(name), key=lambda p: p.id)
    stray = desk.index.chunks(name, revision=1, documents=["doc00.md"])[:1]
    desk.index.delete(name, [p.id for p in held if p.document in {"doc03.md", "doc04.md"}])
    vectors = desk.models.embedder(desk.models.base("retriever")).embed(["stray"])
    odd = type(stray[0])("stray", "gone.md", "0" * 32, "a stray text", "a stray text")
    desk.index.upsert(name, [odd], vectors, born=1)
    found = examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert (found.missing, found.foreign, found.points, found.expected, found.healthy) == (4, 1, 9, 12, False)
    assert served(desk) != content
    healed = examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert (healed.points, healed.healthy, healed.repaired) == (12, True, True)
    assert served(desk) == content
    assert "gone.md" not in documents_found(desk, "a stray text")
    assert examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).healthy


def test_the_doctor_brings_a_lost_collection_back(opened: Opened) -> None:
    desk = begun(opened(6))
    content = served(desk)
    desk.index.drop(desk.index.collections()[0])
    assert examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).missing == 12
    assert examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).healthy
    assert served(desk) == content


def test_a_refresh_rebuilds_a_lost_collection(opened: Opened) -> None:
    desk = begun(opened(6))
    content = served(desk)
    desk.index.drop(desk.index.collections()[0])
    assert run(desk).decision.index is Track.REBUILD
    assert served(desk) == content


def test_a_release_that_was_rolled_back_from_is_healthy_and_survives_the_doctor(opened: Opened) -> None:
    desk = begun(opened(6))
    second = changed(desk, 11)
    content = served(desk)
    roll_back(desk.records, None, vector_index=desk.index)
    desk.store.write("doc01.md", page(1))
    assert examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).healthy
    examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    roll_back(desk.records, second, vector_index=desk.index)
    assert served(desk) == content


def test_points_of_an_unfinished_stage_are_unfinished_and_not_foreign(opened: Opened) -> None:
    desk = begun(opened(6))
    desk.store.write("doc01.md", page(11))

    def die(step: str) -> None:
        if step == "assess":
            raise Fault("killed")

    with pytest.raises(Fault):
        run(desk, do=disturbed(die))
    found = examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert (found.unfinished, found.foreign, found.missing, found.healthy) == (4, 0, 0, True)


def kept_in(desk: FakeDesk) -> dict[str, Any]:
    """Everything that a ledger holds."""
    return {kind: {id_: desk.ledger.get(kind, id_) for id_ in desk.ledger.ids(kind)} for kind in NAMED}


def busy(desk: FakeDesk) -> FakeDesk:
    """Three releases, a rollback, and a release after it."""
    begun(desk)
    for nth in (11, 12):
        changed(desk, nth)
    roll_back(desk.records, None, vector_index=desk.index)
    changed(desk, 13)
    return desk


@pytest.mark.parametrize("part", ["text", "embed_text", "headings", "metadata"])
@pytest.mark.parametrize("moved_on", [False, True], ids=["source is live", "source has moved on"])
def test_a_payload_altered_behind_its_back_is_found_and_written_anew(opened: Opened, part: str, moved_on: bool) -> None:
    desk = begun(opened(6))
    content, name = served(desk), desk.index.collections()[0]
    points = desk.index._collections[name].points
    victim = next(p for p in points.values() if p.point.document == "doc02.md")
    odd: Any = {"headings": ("Elsewhere",), "metadata": {"access": "everyone"}}.get(part, "Call 999 at once.")
    points[victim.point.id] = replace(victim, chunk=replace(victim.chunk, **{part: odd}))
    if moved_on:
        desk.store.write("doc02.md", page(50))
    found = examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert (found.missing, found.foreign) == (0, 0), "ids and digests look right"
    assert found.altered == (0 if moved_on and part == "headings" else 1)
    healed = examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert healed.healthy == (not moved_on or part == "headings")
    assert (served(desk) == content) == (not moved_on or part in {"headings", "embed_text", "metadata"})


@pytest.mark.parametrize("wrong", ["nan", "long", "zero", "swapped"])
def test_a_vector_spoiled_behind_its_back_is_found_and_embedded_anew(opened: Opened, wrong: str) -> None:
    desk = begun(opened(6))
    points = desk.index._collections[desk.index.collections()[0]].points
    victim, other = list(points.values())[:2]
    odd = {
        "nan": victim.vector * np.nan, "long": victim.vector * 1.01, "zero": victim.vector * 0, "swapped": other.vector
    }[wrong]  # fmt: skip
    points[victim.point.id] = replace(victim, vector=odd)
    found = examine(desk.intake, repair=False, deep=wrong == "swapped", serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert (found.spoiled, found.drifted) == ((0, 1) if wrong == "swapped" else (1, 0))
    assert examine(desk.intake, repair=True, deep=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).healthy
    assert np.allclose(points[victim.point.id].vector, victim.vector)


def test_a_vector_as_long_as_rounding_makes_it_is_not_spoiled(opened: Opened) -> None:
    desk = begun(opened(6))
    points = desk.index._collections[desk.index.collections()[0]].points
    victim = next(iter(points.values()))
    points[victim.point.id] = replace(victim, vector=victim.vector * np.float32(1.0009))
    assert examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).healthy


def test_a_doubled_point_is_counted_and_only_the_copy_goes(opened: Opened) -> None:
    desk = begun(opened(6))
    content = served(desk)
    points = desk.index._collections[desk.index.collections()[0]].points
    victim = next(iter(points.values()))
    points["ffffffff-copy"] = replace(victim, point=replace(victim.point, id="ffffffff-copy"))
    found = examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert (found.duplicated, found.foreign, found.points, found.expected) == (1, 1, 13, 12)
    assert examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).healthy
    assert served(desk) == content


def test_the_ledger_says_1178_and_the_collection_holds_36(opened: Opened) -> None:
    """langchain 39937: nothing but a comparison with the collection itself sees it."""
    desk = begun(opened(589))
    content, name = served(desk), desk.index.collections()[0]
    desk.index.delete(name, [p.id for p in sorted(desk.index.points(name), key=lambda p: p.id)[36:]])
    found = examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert (found.expected, found.points, found.missing, found.healthy) == (1178, 36, 1142, False)
    assert examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).healthy
    assert served(desk) == content


def test_a_lost_collection_whose_sources_changed_is_counted_and_nothing_is_written(opened: Opened) -> None:
    desk = begun(opened(6))
    desk.index.drop(desk.index.collections()[0])
    desk.store.write("doc01.md", page(11))
    desk.store.remove("doc02.md")
    found = examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert (found.missing, found.unrebuildable, found.source_ahead, found.healthy) == (8, 4, 2, False)
    assert desk.index.collections() == []
    run(desk)
    assert examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).healthy, "the next refresh builds the present state"


def test_of_a_partial_loss_all_is_healed_that_the_source_still_has(opened: Opened) -> None:
    desk = begun(opened(6))
    name = desk.index.collections()[0]
    lost = [p for p in desk.index.points(name) if p.document in {"doc01.md", "doc02.md"}]
    desk.store.write("doc01.md", page(11))
    desk.index.delete(name, [p.id for p in lost])
    found = examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert (found.missing, found.unrebuildable) == (2, 2)
    healed = examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert (healed.missing, healed.unrebuildable, healed.points, healed.healthy) == (0, 2, 10, False)
    run(desk)
    assert examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).healthy


def test_a_lost_ledger_is_rebuilt_from_the_tracker_with_every_object(opened: Opened) -> None:
    desk = busy(opened(6))
    before, pointer, content = kept_in(desk), desk.ledger.pointer(), served(desk)
    gone = replace(desk, ledger=FakeLedger())
    found = examine(gone.intake, repair=False, serving=gone.serving, records=gone.records, progress=gone.progress, erasure_sweep=gone.residue)
    assert found.pointer is not None
    assert found.ledger_lost == sum(map(len, before.values()))
    assert (found.healthy, gone.ledger.pointer()) == (False, None), "no repair without --repair"
    assert examine(gone.intake, repair=True, serving=gone.serving, records=gone.records, progress=gone.progress, erasure_sweep=gone.residue).healthy
    assert (kept_in(gone), gone.ledger.pointer(), served(gone)) == (before, pointer, content)
    assert run(gone).decision.index is Track.KEEP


def test_a_lost_ledger_holds_while_alias_and_newest_move_disagree_until_a_person_says(opened: Opened) -> None:
    desk = busy(opened(6))
    first, last = desk.ledger.ids("release")[0], live_id(desk)
    other = next(id_ for id_ in desk.ledger.ids("release") if id_ != last)
    value = desk.ledger.get("release", other)
    assert value is not None
    desk.tracker.sync(value, live=other, previous=first)
    gone = replace(desk, ledger=FakeLedger())
    held = examine(gone.intake, repair=True, serving=gone.serving, records=gone.records, progress=gone.progress, erasure_sweep=gone.residue)
    assert last in str(held.pointer)
    assert other in str(held.pointer)
    assert (gone.ledger.pointer(), gone.ledger.ids("release")) == (None, [])
    assert examine(gone.intake, repair=True, live=other, serving=gone.serving, records=gone.records, progress=gone.progress, erasure_sweep=gone.residue).healthy
    assert live_id(gone) == other


@pytest.mark.parametrize("kind", [kind for kind in NAMED if kind not in {TOMBSTONE, TAINT}])
def test_a_torn_object_is_counted_and_brought_back_verified(opened: Opened, kind: str) -> None:
    desk = busy(opened(6))
    before = kept_in(desk)
    for id_ in list(before[kind]):
        desk.ledger._objects[kind][id_] = '{"release": "a1'
    found = examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert found.ledger_damaged == len(before[kind])
    assert found.healthy == (not before[kind])
    assert examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).healthy
    assert kept_in(desk) == before


def test_an_object_that_is_not_what_its_id_says_is_not_taken_from_the_tracker_either(opened: Opened) -> None:
    desk = busy(opened(6))
    live = live_id(desk)
    good = desk.ledger._objects["release"][live]
    for objects, key in ((desk.ledger._objects["release"], live), (desk.tracker.kept, ("release", live))):
        objects[key] = good.replace('"documents": 6', '"documents": 7')  # type: ignore[index]
    found = examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert (found.ledger_damaged, found.ledger_restored, found.healthy) == (1, 0, False)
    assert desk.ledger._objects["release"][live] != good, "nothing is deleted that cannot be made again"
    assert live in desk.ledger.ids("release")


def test_a_torn_pointer_is_written_again(opened: Opened) -> None:
    desk = busy(opened(6))
    pointer = desk.ledger.pointer()
    desk.ledger._pointer = '{"release"'
    assert examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).pointer is not None
    assert examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).healthy
    assert desk.ledger.pointer() == pointer


def test_a_lost_record_is_mirrored_again_from_the_ledger(opened: Opened) -> None:
    desk = busy(opened(6))
    before = desk.tracker
    new = replace(desk, tracker=FakeTracker())
    found = examine(new.intake, repair=False, serving=new.serving, records=new.records, progress=new.progress, erasure_sweep=new.residue)
    assert (found.unmirrored, found.unregistered, found.aliases_behind) == (4, 4, True)
    assert new.tracker.runs == {}
    assert examine(new.intake, repair=True, serving=new.serving, records=new.records, progress=new.progress, erasure_sweep=new.residue).healthy
    assert new.tracker.aliases("release") == before.aliases("release")
    assert set(new.tracker.versions("release")) == set(before.versions("release"))
    assert (new.tracker.recorded(), new.tracker.preserved()) == (before.recorded(), before.preserved())


def test_a_record_put_back_to_an_older_backup_catches_up(opened: Opened) -> None:
    desk = begun(opened(6))
    changed(desk, 11)
    backup = deepcopy(desk.tracker)
    changed(desk, 12)
    changed(desk, 13)
    old = replace(desk, tracker=backup)
    found = examine(old.intake, repair=False, serving=old.serving, records=old.records, progress=old.progress, erasure_sweep=old.residue)
    assert (found.unmirrored, found.unregistered, found.aliases_behind) == (2, 2, True)
    assert examine(old.intake, repair=True, serving=old.serving, records=old.records, progress=old.progress, erasure_sweep=old.residue).healthy
    assert backup.aliases("release") == desk.tracker.aliases("release")


def test_a_kill_between_the_record_and_the_pointer_is_told_truthfully(opened: Opened) -> None:
    desk = begun(opened(6))
    live = live_id(desk)
    desk.store.write("doc01.md", page(11))
    desk.ledger.faults.plant("swap")
    with pytest.raises(Fault):
        run(desk)
    interrupted = history(desk.ledger)["decisions"][0]
    assert (interrupted["went_live"], live_id(desk)) == (False, live)
    assert status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["interrupted"] == interrupted["decision_id"]
    assert explain(interrupted["decision_id"], ledger=desk.ledger, memory=desk.memory)["went_live"] is False
    run(desk)
    assert status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["interrupted"] is None
    assert [d["went_live"] for d in history(desk.ledger)["decisions"]] == [True, False, True]
