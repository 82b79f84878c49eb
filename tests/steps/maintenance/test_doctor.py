"""The doctor with fake ports: what it counts, what it repairs, and what it leaves alone."""

from collections.abc import Callable

import pytest

from pointsman.core.policy.decision import Track
from pointsman.steps.release.rollback import roll_back
from tests.fakes.calls import examined
from tests.fakes.index import Fault
from tests.fakes.resources import FakeResources, begun, disturbed, documents_found, page, run, served
from tests.steps.doctor_cases import changed

Opened = Callable[..., FakeResources]


def test_the_doctor_finds_nothing_to_heal_in_a_healthy_index(opened: Opened) -> None:
    resources = begun(opened(6))
    changed(resources, 11)
    findings = examined(resources)
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
    found = examined(resources)
    assert (found.missing, found.foreign, found.points, found.expected, found.healthy) == (4, 1, 9, 12, False)
    assert served(resources) != content
    healed = examined(resources, repair=True)
    assert (healed.points, healed.healthy, healed.repaired) == (12, True, True)
    assert served(resources) == content
    assert "gone.md" not in documents_found(resources, "a stray text")
    assert examined(resources).healthy


def test_the_doctor_brings_a_lost_collection_back(opened: Opened) -> None:
    resources = begun(opened(6))
    content = served(resources)
    resources.index.drop(resources.index.collections()[0])
    assert examined(resources).missing == 12
    assert examined(resources, repair=True).healthy
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
    assert examined(resources).healthy
    examined(resources, repair=True)
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
    found = examined(resources)
    assert (found.unfinished, found.foreign, found.missing, found.healthy) == (4, 0, 0, True)


def test_the_ledger_says_1178_and_the_collection_holds_36(opened: Opened) -> None:
    """langchain 39937: only a comparison with the collection itself finds this."""
    resources = begun(opened(589))
    content, name = served(resources), resources.index.collections()[0]
    resources.index.delete(name, [p.id for p in sorted(resources.index.points(name), key=lambda p: p.id)[36:]])
    found = examined(resources)
    assert (found.expected, found.points, found.missing, found.healthy) == (1178, 36, 1142, False)
    assert examined(resources, repair=True).healthy
    assert served(resources) == content


def test_a_lost_collection_whose_sources_changed_is_counted_and_nothing_is_written(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.index.drop(resources.index.collections()[0])
    resources.store.write("doc01.md", page(11))
    resources.store.remove("doc02.md")
    found = examined(resources, repair=True)
    assert (found.missing, found.unrebuildable, found.source_ahead, found.healthy) == (8, 4, 2, False)
    assert resources.index.collections() == []
    run(resources)
    assert examined(resources).healthy, "the next refresh builds the present state"


def test_of_a_partial_loss_all_is_healed_that_the_source_still_has(opened: Opened) -> None:
    resources = begun(opened(6))
    name = resources.index.collections()[0]
    lost = [p for p in resources.index.points(name) if p.document in {"doc01.md", "doc02.md"}]
    resources.store.write("doc01.md", page(11))
    resources.index.delete(name, [p.id for p in lost])
    found = examined(resources)
    assert (found.missing, found.unrebuildable) == (2, 2)
    healed = examined(resources, repair=True)
    assert (healed.missing, healed.unrebuildable, healed.points, healed.healthy) == (0, 2, 10, False)
    run(resources)
    assert examined(resources).healthy
