"""Collections and points that no release shows any longer are removed, after their grace."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pointsman.steps.indexing import stage as staging
from pointsman.steps.indexing.garbage_collection import SECONDS_PER_HOUR, garbage
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.refresh.loop import refresh
from tests.fakes.calls import examined
from tests.fakes.index import Fault
from tests.fakes.resources import FakeResources, begun, page, run, served
from tests.steps.indexing.rebuilds import DAY, FREE, ShortSighted, other_embedder

Opened = Callable[..., FakeResources]


def test_what_was_live_is_collected_only_after_its_grace(opened: Opened) -> None:
    resources = begun(opened(6, gate=replace(FREE, keep_releases=2, grace_hours=DAY)))
    old = live_release(resources.ledger)
    assert old is not None
    other_embedder(resources)
    run(resources)
    left = resources.clock.at
    for nth in (11, 21, 31):
        resources.store.write("doc01.md", page(nth))
        run(resources)
    resources.clock.at = left + DAY * SECONDS_PER_HOUR - 60
    assert examined(resources, repair=True).garbage == ()
    assert old.index.collection in resources.index.collections()
    resources.clock.at = left + DAY * SECONDS_PER_HOUR + 60
    assert examined(resources).garbage == (old.index.collection,)
    assert old.index.collection in resources.index.collections()
    found = examined(resources, repair=True)
    assert (found.garbage, found.unreachable >= 12) == ((old.index.collection,), True)
    assert old.index.collection not in resources.index.collections()
    assert len(served(resources)) == 12


def test_dead_points_stay_for_their_grace_too(opened: Opened) -> None:
    resources = begun(opened(6, gate=replace(FREE, keep_releases=2, grace_hours=DAY)))
    for nth in (11, 21, 31):
        resources.store.write("doc01.md", page(nth))
        run(resources)
    assert examined(resources, repair=True).unreachable == 0
    resources.clock.at += (DAY + 1) * SECONDS_PER_HOUR
    assert examined(resources, repair=True).unreachable > 0


def test_an_abandoned_rebuild_is_named_and_collected(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "BATCH", 4)
    resources = begun(opened(6, gate=FREE))
    resources.index.create("somebody-elses", 3)
    live, content = live_release(resources.ledger), served(resources)
    other_embedder(resources)
    resources.index.faults.plant("upsert", nth=2, landed=1.0)
    with pytest.raises(Fault):
        run(resources)
    assert examined(resources, repair=True).garbage == (), "it is what params.yaml asks for"
    other_embedder(resources, "tiny-embedder")
    [left] = garbage(resources.serving, clock=resources.clock)
    assert (left.points, left.whole) == (8, True)
    assert "abandoned rebuild" in left.because
    assert examined(resources).garbage == (left.collection,)
    examined(resources, repair=True)
    assert live is not None
    assert resources.index.collections() == [live.index.collection, "somebody-elses"]
    assert served(resources) == content
    assert garbage(resources.serving, clock=resources.clock) == []


def test_a_refused_rebuild_leaves_readers_where_they_are_and_its_collection_goes(opened: Opened) -> None:
    index = ShortSighted()
    resources = begun(replace(opened(30, gate=FREE), index=index))
    other_embedder(resources)
    index.misses, index.mends = 8, False
    refresh(
        resources.intake,
        serving=resources.serving,
        records=resources.records,
        builder=resources.builder,
        progress=resources.progress,
    )
    other_embedder(resources, "tiny-embedder")
    assert examined(resources, repair=True).garbage
    assert len(resources.index.collections()) == 1
