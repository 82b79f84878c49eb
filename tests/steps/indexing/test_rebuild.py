"""A rebuild is written beside the live collection: resumed after a kill, found again, and planned for nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from pointsman.core.policy.decision import Track
from pointsman.settings.params import Chunking
from pointsman.steps.indexing import stage as staging
from pointsman.steps.indexing.compare import OVERLAP
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.refresh.preview import preview
from pointsman.steps.refresh.report import Outcome, as_report
from pointsman.steps.release.rollback import roll_back
from tests.fakes.calls import look
from tests.fakes.index import Fault
from tests.fakes.resources import FakeResources, begun, disturbed, pages, run, served
from tests.steps.indexing.rebuilds import DAY, FREE, other_embedder, signal

Opened = Callable[..., FakeResources]


def test_a_rebuild_is_written_beside_and_readers_see_the_old_one_until_the_switch(opened: Opened) -> None:
    resources = begun(opened(6, gate=FREE))
    old, content, seen = live_release(resources.ledger), served(resources), []
    other_embedder(resources)
    run(resources, do=disturbed(lambda _: seen.append(served(resources) == content)))
    new = live_release(resources.ledger)
    assert old is not None
    assert new is not None
    assert (all(seen), new.index.collection != old.index.collection) == (True, True)
    assert set(resources.index.collections()) == {old.index.collection, new.index.collection}
    assert served(resources) == content


@pytest.mark.parametrize("landed", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("batch", [1, 2, 3])
def test_a_rebuild_killed_at_any_batch_embeds_at_most_that_batch_and_the_one_ahead_twice(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, batch: int, landed: float
) -> None:
    monkeypatch.setattr(staging, "BATCH", 4)
    resources = begun(opened(6, gate=FREE))
    other_embedder(resources)
    resources.index.faults.plant("upsert", nth=batch, landed=landed)
    with pytest.raises(Fault):
        run(resources)
    first = resources.models.embedder(resources.models.base("retriever")).embedded
    resources.models.embedders.clear()
    outcome = run(resources)
    assert first == min(12, (batch + 1) * 4), "the batch after it was being embedded already"
    assert outcome.work.chunks_embedded == 12 - (batch - 1) * 4 - int(4 * landed)
    assert outcome.release is not None
    assert outcome.release.index.points == len(served(resources)) == 12


def test_an_embedder_that_comes_back_finds_its_collection_and_embeds_nothing(opened: Opened) -> None:
    resources = begun(opened(6, gate=FREE))
    first, content = live_release(resources.ledger), served(resources)
    other_embedder(resources)
    run(resources)
    builds = resources.builder.calls["index"]
    other_embedder(resources, "tiny-embedder")
    outcome = run(resources)
    assert first is not None
    assert outcome.release is not None
    assert outcome.release.index.collection == first.index.collection
    assert (outcome.work.chunks_embedded, outcome.work.points_added) == (0, 0)
    assert (resources.builder.calls["index"], served(resources)) == (builds, content)
    assert resources.models.embedder(resources.models.base("retriever")).embedded == 0


def test_embedder_and_chunking_may_change_at_once_and_rollback_serves_both(opened: Opened) -> None:
    long = " ".join(f"The {nth}th lamp of the long corridor is lit at dusk." for nth in range(3))
    resources = begun(opened({**pages(6), "long.md": f"# Lamps\n\n{long}\n"}, gate=FREE))
    content = served(resources)
    other_embedder(resources)
    resources = resources.with_params(chunking=Chunking(16))
    outcome = run(resources)
    assert outcome.decision.index is Track.REBUILD
    assert "documents" in signal(outcome, OVERLAP).unit
    cut_finer = served(resources)
    assert len(cut_finer) > len(content)
    roll_back(resources.records, None, vector_index=resources.index)
    assert served(resources) == content
    roll_back(resources.records, outcome.release.id if outcome.release else None, vector_index=resources.index)
    assert served(resources) == cut_finer


def plan_report(resources: FakeResources, seen: Outcome | WorkspaceState) -> dict[str, Any]:
    """Return what a plan says of the work that a look at the store found, or of none."""
    if isinstance(seen, WorkspaceState):
        seen = preview(
            resources.intake,
            seen,
            serving=resources.serving,
            records=resources.records,
            progress=resources.progress,
        )
    return as_report(resources.params, seen)


def test_a_plan_of_a_rebuild_says_what_it_takes_and_writes_nothing(opened: Opened) -> None:
    resources = begun(opened(6, gate=FREE))
    live = live_release(resources.ledger)
    other_embedder(resources)
    state = look(resources)
    assert isinstance(state, WorkspaceState)
    planned = plan_report(resources, state)
    assert (resources.index.faults.calls, resources.models.embedded) == ({}, 0)
    found = planned["migration"]
    assert live is not None
    assert (found["from"], found["chunks"], found["chunks_to_embed"]) == (live.index.collection, 12, 12)
    assert found["to"] != found["from"]
    assert found["tokens_to_embed"] > 12 * 5
    assert found["bytes_live"] > 12 * 64 * 4
    assert found["bytes_new"] > 12 * 64 * 4
    assert (found["grace_hours"], found["collectable_now"]) == (DAY, [])
    assert planned["cost"]["estimate_seconds"] > 0
    done = run(resources)
    assert (done.work.chunks_embedded, "migration" in as_report(resources.params, done)) == (
        found["chunks_to_embed"],
        False,
    )
    assert "migration" not in plan_report(resources, look(resources))
