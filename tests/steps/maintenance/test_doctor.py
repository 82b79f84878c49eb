"""The doctor over fake ports: what is counted, what is healed, and what is left alone."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pointsman.core.policy.decision import Track
from pointsman.steps.ledger.restore import NAMED
from pointsman.steps.ledger.tombstones import TAINT, TOMBSTONE
from pointsman.steps.maintenance.doctor import diagnose
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.review.history import explain, history
from pointsman.steps.review.status import status
from tests.fakes.index import Fault
from tests.fakes.ledger import FakeLedger
from tests.fakes.resources import FakeResources, begun, disturbed, documents_found, live_id, page, run, served
from tests.fakes.tracker import FakeTracker

Opened = Callable[..., FakeResources]


def changed(resources: FakeResources, nth: int) -> str:
    """Refresh after one document was written anew, and return the release that is live then."""
    resources.store.write("doc01.md", page(nth))
    run(resources)
    return live_id(resources)


def test_the_doctor_finds_nothing_to_heal_in_a_healthy_index(opened: Opened) -> None:
    resources = begun(opened(6))
    changed(resources, 11)
    findings = diagnose(
        resources.intake,
        repair=False,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    assert findings.healthy
    assert (findings.points, findings.expected, findings.missing, findings.foreign) == (12, 12, 0, 0)


def test_the_doctor_counts_lost_and_foreign_points_and_heals_them(opened: Opened) -> None:
    resources = begun(opened(6))
    content, name = served(resources), resources.index.collections()[0]
    held = sorted(resources.index.points(name), key=lambda p: p.id)
    stray = resources.index.chunks(name, revision=1, documents=["doc00.md"])[:1]
    resources.index.delete(name, [p.id for p in held if p.document in {"doc03.md", "doc04.md"}])
    vectors = resources.models.embedder(resources.models.base("retriever")).embed(["stray"])
    odd = type(stray[0])("stray", "gone.md", "0" * 32, "a stray text", "a stray text")
    resources.index.upsert(name, [odd], vectors, born=1)
    found = diagnose(
        resources.intake,
        repair=False,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    assert (found.missing, found.foreign, found.points, found.expected, found.healthy) == (4, 1, 9, 12, False)
    assert served(resources) != content
    healed = diagnose(
        resources.intake,
        repair=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    assert (healed.points, healed.healthy, healed.repaired) == (12, True, True)
    assert served(resources) == content
    assert "gone.md" not in documents_found(resources, "a stray text")
    assert diagnose(
        resources.intake,
        repair=False,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    ).healthy


def test_the_doctor_brings_a_lost_collection_back(opened: Opened) -> None:
    resources = begun(opened(6))
    content = served(resources)
    resources.index.drop(resources.index.collections()[0])
    assert (
        diagnose(
            resources.intake,
            repair=False,
            serving=resources.serving,
            records=resources.records,
            progress=resources.progress,
            erasure_sweep=resources.erasure_sweep,
        ).missing
        == 12
    )
    assert diagnose(
        resources.intake,
        repair=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    ).healthy
    assert served(resources) == content


def test_a_refresh_rebuilds_a_lost_collection(opened: Opened) -> None:
    resources = begun(opened(6))
    content = served(resources)
    resources.index.drop(resources.index.collections()[0])
    assert run(resources).decision.index is Track.REBUILD
    assert served(resources) == content


def test_a_release_that_was_rolled_back_from_is_healthy_and_survives_the_doctor(opened: Opened) -> None:
    resources = begun(opened(6))
    second = changed(resources, 11)
    content = served(resources)
    roll_back(resources.records, None, vector_index=resources.index)
    resources.store.write("doc01.md", page(1))
    assert diagnose(
        resources.intake,
        repair=False,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    ).healthy
    diagnose(
        resources.intake,
        repair=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    roll_back(resources.records, second, vector_index=resources.index)
    assert served(resources) == content


def test_points_of_an_unfinished_stage_are_unfinished_and_not_foreign(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", page(11))

    def die(step: str) -> None:
        if step == "assess":
            raise Fault("killed")

    with pytest.raises(Fault):
        run(resources, do=disturbed(die))
    found = diagnose(
        resources.intake,
        repair=False,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    assert (found.unfinished, found.foreign, found.missing, found.healthy) == (4, 0, 0, True)


def kept_in(resources: FakeResources) -> dict[str, Any]:
    """Everything that a ledger holds."""
    return {kind: {id_: resources.ledger.get(kind, id_) for id_ in resources.ledger.ids(kind)} for kind in NAMED}


def busy(resources: FakeResources) -> FakeResources:
    """Three releases, a rollback, and a release after it."""
    begun(resources)
    for nth in (11, 12):
        changed(resources, nth)
    roll_back(resources.records, None, vector_index=resources.index)
    changed(resources, 13)
    return resources


@pytest.mark.parametrize("part", ["text", "embed_text", "headings", "metadata"])
@pytest.mark.parametrize("moved_on", [False, True], ids=["source is live", "source has moved on"])
def test_a_payload_altered_behind_its_back_is_found_and_written_anew(opened: Opened, part: str, moved_on: bool) -> None:
    resources = begun(opened(6))
    content, name = served(resources), resources.index.collections()[0]
    points = resources.index._collections[name].points
    victim = next(p for p in points.values() if p.point.document == "doc02.md")
    odd: Any = {"headings": ("Elsewhere",), "metadata": {"access": "everyone"}}.get(part, "Call 999 at once.")
    points[victim.point.id] = replace(victim, chunk=replace(victim.chunk, **{part: odd}))
    if moved_on:
        resources.store.write("doc02.md", page(50))
    found = diagnose(
        resources.intake,
        repair=False,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    assert (found.missing, found.foreign) == (0, 0), "ids and digests look right"
    assert found.altered == (0 if moved_on and part == "headings" else 1)
    healed = diagnose(
        resources.intake,
        repair=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    assert healed.healthy == (not moved_on or part == "headings")
    assert (served(resources) == content) == (not moved_on or part in {"headings", "embed_text", "metadata"})


@pytest.mark.parametrize("wrong", ["nan", "long", "zero", "swapped"])
def test_a_vector_spoiled_behind_its_back_is_found_and_embedded_anew(opened: Opened, wrong: str) -> None:
    resources = begun(opened(6))
    points = resources.index._collections[resources.index.collections()[0]].points
    victim, other = list(points.values())[:2]
    odd = {
        "nan": victim.vector * np.nan, "long": victim.vector * 1.01, "zero": victim.vector * 0, "swapped": other.vector
    }[wrong]  # fmt: skip
    points[victim.point.id] = replace(victim, vector=odd)
    found = diagnose(
        resources.intake,
        repair=False,
        deep=wrong == "swapped",
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    assert (found.spoiled, found.drifted) == ((0, 1) if wrong == "swapped" else (1, 0))
    assert diagnose(
        resources.intake,
        repair=True,
        deep=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    ).healthy
    assert np.allclose(points[victim.point.id].vector, victim.vector)


def test_a_vector_as_long_as_rounding_makes_it_is_not_spoiled(opened: Opened) -> None:
    resources = begun(opened(6))
    points = resources.index._collections[resources.index.collections()[0]].points
    victim = next(iter(points.values()))
    points[victim.point.id] = replace(victim, vector=victim.vector * np.float32(1.0009))
    assert diagnose(
        resources.intake,
        repair=False,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    ).healthy


def test_a_doubled_point_is_counted_and_only_the_copy_goes(opened: Opened) -> None:
    resources = begun(opened(6))
    content = served(resources)
    points = resources.index._collections[resources.index.collections()[0]].points
    victim = next(iter(points.values()))
    points["ffffffff-copy"] = replace(victim, point=replace(victim.point, id="ffffffff-copy"))
    found = diagnose(
        resources.intake,
        repair=False,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    assert (found.duplicated, found.foreign, found.points, found.expected) == (1, 1, 13, 12)
    assert diagnose(
        resources.intake,
        repair=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    ).healthy
    assert served(resources) == content


def test_the_ledger_says_1178_and_the_collection_holds_36(opened: Opened) -> None:
    """langchain 39937: nothing but a comparison with the collection itself sees it."""
    resources = begun(opened(589))
    content, name = served(resources), resources.index.collections()[0]
    resources.index.delete(name, [p.id for p in sorted(resources.index.points(name), key=lambda p: p.id)[36:]])
    found = diagnose(
        resources.intake,
        repair=False,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    assert (found.expected, found.points, found.missing, found.healthy) == (1178, 36, 1142, False)
    assert diagnose(
        resources.intake,
        repair=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    ).healthy
    assert served(resources) == content


def test_a_lost_collection_whose_sources_changed_is_counted_and_nothing_is_written(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.index.drop(resources.index.collections()[0])
    resources.store.write("doc01.md", page(11))
    resources.store.remove("doc02.md")
    found = diagnose(
        resources.intake,
        repair=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    assert (found.missing, found.unrebuildable, found.source_ahead, found.healthy) == (8, 4, 2, False)
    assert resources.index.collections() == []
    run(resources)
    assert diagnose(
        resources.intake,
        repair=False,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    ).healthy, "the next refresh builds the present state"


def test_of_a_partial_loss_all_is_healed_that_the_source_still_has(opened: Opened) -> None:
    resources = begun(opened(6))
    name = resources.index.collections()[0]
    lost = [p for p in resources.index.points(name) if p.document in {"doc01.md", "doc02.md"}]
    resources.store.write("doc01.md", page(11))
    resources.index.delete(name, [p.id for p in lost])
    found = diagnose(
        resources.intake,
        repair=False,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    assert (found.missing, found.unrebuildable) == (2, 2)
    healed = diagnose(
        resources.intake,
        repair=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    assert (healed.missing, healed.unrebuildable, healed.points, healed.healthy) == (0, 2, 10, False)
    run(resources)
    assert diagnose(
        resources.intake,
        repair=False,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    ).healthy


def test_a_lost_ledger_is_rebuilt_from_the_tracker_with_every_object(opened: Opened) -> None:
    resources = busy(opened(6))
    before, pointer, content = kept_in(resources), resources.ledger.pointer(), served(resources)
    gone = replace(resources, ledger=FakeLedger())
    found = diagnose(
        gone.intake,
        repair=False,
        serving=gone.serving,
        records=gone.records,
        progress=gone.progress,
        erasure_sweep=gone.erasure_sweep,
    )
    assert found.pointer is not None
    assert found.ledger_lost == sum(map(len, before.values()))
    assert (found.healthy, gone.ledger.pointer()) == (False, None), "no repair without --repair"
    assert diagnose(
        gone.intake,
        repair=True,
        serving=gone.serving,
        records=gone.records,
        progress=gone.progress,
        erasure_sweep=gone.erasure_sweep,
    ).healthy
    assert (kept_in(gone), gone.ledger.pointer(), served(gone)) == (before, pointer, content)
    assert run(gone).decision.index is Track.KEEP


def test_a_lost_ledger_holds_while_alias_and_newest_move_disagree_until_a_person_says(opened: Opened) -> None:
    resources = busy(opened(6))
    first, last = resources.ledger.ids("release")[0], live_id(resources)
    other = next(id_ for id_ in resources.ledger.ids("release") if id_ != last)
    value = resources.ledger.get("release", other)
    assert value is not None
    resources.tracker.sync(value, live=other, previous=first)
    gone = replace(resources, ledger=FakeLedger())
    held = diagnose(
        gone.intake,
        repair=True,
        serving=gone.serving,
        records=gone.records,
        progress=gone.progress,
        erasure_sweep=gone.erasure_sweep,
    )
    assert last in str(held.pointer)
    assert other in str(held.pointer)
    assert (gone.ledger.pointer(), gone.ledger.ids("release")) == (None, [])
    assert diagnose(
        gone.intake,
        repair=True,
        live=other,
        serving=gone.serving,
        records=gone.records,
        progress=gone.progress,
        erasure_sweep=gone.erasure_sweep,
    ).healthy
    assert live_id(gone) == other


@pytest.mark.parametrize("kind", [kind for kind in NAMED if kind not in {TOMBSTONE, TAINT}])
def test_a_torn_object_is_counted_and_brought_back_verified(opened: Opened, kind: str) -> None:
    resources = busy(opened(6))
    before = kept_in(resources)
    for id_ in list(before[kind]):
        resources.ledger._objects[kind][id_] = '{"release": "a1'
    found = diagnose(
        resources.intake,
        repair=False,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    assert found.ledger_damaged == len(before[kind])
    assert found.healthy == (not before[kind])
    assert diagnose(
        resources.intake,
        repair=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    ).healthy
    assert kept_in(resources) == before


def test_an_object_that_is_not_what_its_id_says_is_not_taken_from_the_tracker_either(opened: Opened) -> None:
    resources = busy(opened(6))
    live = live_id(resources)
    good = resources.ledger._objects["release"][live]
    for objects, key in ((resources.ledger._objects["release"], live), (resources.tracker.kept, ("release", live))):
        objects[key] = good.replace('"documents": 6', '"documents": 7')  # type: ignore[index]
    found = diagnose(
        resources.intake,
        repair=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    assert (found.ledger_damaged, found.ledger_restored, found.healthy) == (1, 0, False)
    assert resources.ledger._objects["release"][live] != good, "nothing is deleted that cannot be made again"
    assert live in resources.ledger.ids("release")


def test_a_torn_pointer_is_written_again(opened: Opened) -> None:
    resources = busy(opened(6))
    pointer = resources.ledger.pointer()
    resources.ledger._pointer = '{"release"'
    assert (
        diagnose(
            resources.intake,
            repair=False,
            serving=resources.serving,
            records=resources.records,
            progress=resources.progress,
            erasure_sweep=resources.erasure_sweep,
        ).pointer
        is not None
    )
    assert diagnose(
        resources.intake,
        repair=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    ).healthy
    assert resources.ledger.pointer() == pointer


def test_a_lost_record_is_mirrored_again_from_the_ledger(opened: Opened) -> None:
    resources = busy(opened(6))
    before = resources.tracker
    new = replace(resources, tracker=FakeTracker())
    found = diagnose(
        new.intake,
        repair=False,
        serving=new.serving,
        records=new.records,
        progress=new.progress,
        erasure_sweep=new.erasure_sweep,
    )
    assert (found.unmirrored, found.unregistered, found.aliases_behind) == (4, 4, True)
    assert new.tracker.runs == {}
    assert diagnose(
        new.intake,
        repair=True,
        serving=new.serving,
        records=new.records,
        progress=new.progress,
        erasure_sweep=new.erasure_sweep,
    ).healthy
    assert new.tracker.aliases("release") == before.aliases("release")
    assert set(new.tracker.versions("release")) == set(before.versions("release"))
    assert (new.tracker.recorded(), new.tracker.preserved()) == (before.recorded(), before.preserved())


def test_a_record_put_back_to_an_older_backup_catches_up(opened: Opened) -> None:
    resources = begun(opened(6))
    changed(resources, 11)
    backup = deepcopy(resources.tracker)
    changed(resources, 12)
    changed(resources, 13)
    old = replace(resources, tracker=backup)
    found = diagnose(
        old.intake,
        repair=False,
        serving=old.serving,
        records=old.records,
        progress=old.progress,
        erasure_sweep=old.erasure_sweep,
    )
    assert (found.unmirrored, found.unregistered, found.aliases_behind) == (2, 2, True)
    assert diagnose(
        old.intake,
        repair=True,
        serving=old.serving,
        records=old.records,
        progress=old.progress,
        erasure_sweep=old.erasure_sweep,
    ).healthy
    assert backup.aliases("release") == resources.tracker.aliases("release")


def test_a_kill_between_the_record_and_the_pointer_is_told_truthfully(opened: Opened) -> None:
    resources = begun(opened(6))
    live = live_id(resources)
    resources.store.write("doc01.md", page(11))
    resources.ledger.faults.plant("swap")
    with pytest.raises(Fault):
        run(resources)
    interrupted = history(resources.ledger)["decisions"][0]
    assert (interrupted["went_live"], live_id(resources)) == (False, live)
    assert (
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["interrupted"]
        == interrupted["decision_id"]
    )
    assert explain(interrupted["decision_id"], ledger=resources.ledger, memory=resources.memory)["went_live"] is False
    run(resources)
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["interrupted"] is None
    assert [d["went_live"] for d in history(resources.ledger)["decisions"]] == [True, False, True]
