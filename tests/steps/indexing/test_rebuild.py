"""Rebuilds over fake ports: resumed after a kill, caught up, compared, promoted, and the old collection removed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from pointsman.core.corpus.documents import Listed
from pointsman.core.errors import LedgerConflict
from pointsman.core.gates.ruling import Verdict
from pointsman.core.index.hits import Hit
from pointsman.core.policy.decision import Track
from pointsman.settings.params import Chunking, Gate
from pointsman.steps.indexing import stage as staging
from pointsman.steps.indexing.compare import FINE_EF, OVERLAP, RECALL
from pointsman.steps.indexing.garbage_collection import SECONDS_PER_HOUR, garbage
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.maintenance.doctor import diagnose
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.refresh.check import check_state
from pointsman.steps.refresh.loop import refresh
from pointsman.steps.refresh.preview import preview
from pointsman.steps.refresh.report import as_report
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.review.decide import approve, find_review
from tests.fakes.index import FakeIndex, Fault
from tests.fakes.resources import FakeResources, begun, disturbed, documents_found, live_id, page, pages, run, served
from tests.fakes.store import FakeStore

Opened = Callable[..., FakeResources]

DAY = 24.0
FREE = Gate(min_items=2, min_answers=2, min_overlap=0.0)


def other_embedder(resources: FakeResources, name: str = "other-embedder") -> None:
    resources.models.names["retriever"] = name


def probed(resources: FakeResources, n: int) -> FakeResources:
    """Write ``n`` golden probes."""
    resources.probes.write(
        [{"question": f"who opens the door of doc{k:02d}?", "documents": [f"doc{k:02d}.md"]} for k in range(n)]
    )
    return resources


def signal(outcome: Any, name: str) -> Any:
    return next(s for s in outcome.signals if s.name == name)


# Beside the old one, resumed


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


def test_a_plan_of_a_rebuild_says_what_it_takes_and_writes_nothing(opened: Opened) -> None:
    resources = begun(opened(6, gate=FREE))
    live = live_release(resources.ledger)
    other_embedder(resources)
    state = check_state(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    )
    assert isinstance(state, WorkspaceState)
    planned = as_report(
        resources.params,
        preview(
            resources.intake,
            state,
            serving=resources.serving,
            records=resources.records,
            progress=resources.progress,
        ),
    )
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
    assert "migration" not in as_report(
        resources.params,
        preview(
            resources.intake, rest, serving=resources.serving, records=resources.records, progress=resources.progress
        )
        if isinstance(
            rest := check_state(
                resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
            ),
            WorkspaceState,
        )
        else rest,
    )


# Caught up


class RestlessStore(FakeStore):
    """A store in which a document changes at every listing, and another one at every read."""

    restless = False
    ticking: str | None = None
    """A document that is never the same when it is read again."""
    ticks = 0

    def listing(self) -> Iterator[Listed]:
        found = list(super().listing())
        if self.restless:
            self.ticks += 1
            self.write(f"doc{self.ticks % 6:02d}.md", page(self.ticks % 6, extra=f"\nListed {self.ticks} times.\n"))
        return iter(found)

    def read(self, document: str) -> bytes:
        if document == self.ticking:
            self.ticks += 1
            self.write(document, page(5, extra=f"\nRead {self.ticks} times.\n"))
        return super().read(document)


def restless(opened: Opened, **gate: Any) -> tuple[FakeResources, RestlessStore]:
    store = RestlessStore(pages(6))
    return replace(opened(6, gate=replace(FREE, **gate)), store=store), store


def test_what_changes_while_a_rebuild_runs_is_in_the_release_that_goes_live(opened: Opened) -> None:
    resources = begun(opened(6, gate=FREE))
    other_embedder(resources)

    def meddle(step: str) -> None:
        if step == "catch up":
            resources.store.write("doc01.md", page(11))
            resources.store.write("new.md", page(9))
            resources.store.remove("doc04.md")

    outcome = run(resources, do=disturbed(meddle))
    texts = {text for _, _, text in served(resources)}
    assert any("number 11" in text for text in texts)
    assert any("number 9 " in text for text in texts)
    assert not any("number 4 " in text for text in texts)
    assert outcome.work.chunks_embedded == 12 + 4, "the corpus, and only what changed"
    assert outcome.release is not None
    assert outcome.release.index.points == len(served(resources)) == 12
    assert not look_has_work(resources)


def look_has_work(resources: FakeResources) -> bool:
    return isinstance(
        check_state(
            resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
        ),
        WorkspaceState,
    )


def test_a_rebuild_of_a_store_that_changes_at_every_listing_ends_and_the_rest_follows(opened: Opened) -> None:
    resources, store = restless(opened, catch_up_rounds=3)
    begun(resources)
    store.restless = True
    other_embedder(resources)
    listings = store.listings
    outcome = run(resources)
    assert (outcome.gate, outcome.decision.index) == ("promote", Track.REBUILD)
    assert store.listings - listings == 1 + 3, "look, and the rounds"
    store.restless = False
    assert run(resources).decision.index is Track.UPDATE
    assert any(f"Listed {store.ticks} times" in text for _, _, text in served(resources))


def test_a_document_that_changes_whenever_it_is_read_does_not_stop_a_rebuild(opened: Opened) -> None:
    resources, store = restless(opened)
    begun(resources)
    before = {row for row in served(resources) if "number 5 " in row[2] or "cellar" in row[2]}
    store.ticking = "doc05.md"
    other_embedder(resources)
    resources.store.write("doc01.md", page(11))
    run(resources)
    live = live_release(resources.ledger)
    assert live is not None
    assert live.embedder.model == "other-embedder"
    assert any("number 11" in text for _, _, text in served(resources)), "the others are as listed"
    assert documents_found(resources, "number 5 in the village") >= {"doc05.md"}
    assert before
    store.ticking = None
    assert run(resources).decision.index is Track.UPDATE
    assert any("Read" in text for _, _, text in served(resources))


def test_a_new_document_that_cannot_be_held_still_is_left_to_the_next_refresh(opened: Opened) -> None:
    resources, store = restless(opened)
    store.ticking = "doc05.md"
    outcome = run(resources)
    assert outcome.release is not None
    assert outcome.release.documents == 5
    store.ticking = None
    run(resources)
    assert len(documents_found(resources, "the")) == 6


def test_a_mass_deletion_during_a_rebuild_does_not_get_into_it(opened: Opened) -> None:
    resources = begun(opened(40, gate=FREE))
    other_embedder(resources)

    def wipe(step: str) -> None:
        if step == "catch up":
            for nth in range(30):
                resources.store.remove(f"doc{nth:02d}.md")

    outcome = run(resources, do=disturbed(wipe))
    assert outcome.release is not None
    assert (outcome.release.documents, outcome.decision.hold) == (40, False)
    assert run(resources).decision.hold


def test_a_pointer_moved_during_a_rebuild_stops_it(opened: Opened) -> None:
    resources = begun(opened(6, gate=FREE))
    resources.store.write("doc01.md", page(11))
    run(resources)
    other_embedder(resources)

    def go_back(step: str) -> None:
        if step == "catch up":
            roll_back(resources.records, None, vector_index=resources.index)

    with pytest.raises(LedgerConflict):
        run(resources, do=disturbed(go_back))


def test_what_arrives_while_an_ordinary_refresh_is_measured_is_done_by_the_next_one(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", page(11))

    def meddle(step: str) -> None:
        if step == "assess":
            resources.store.write("doc02.md", page(22))

    run(resources, do=disturbed(meddle))
    assert not any("number 22" in text for _, _, text in served(resources))
    assert run(resources).decision.index is Track.UPDATE
    assert any("number 22" in text for _, _, text in served(resources))


# Compared


def test_without_probes_other_neighbours_are_for_a_person_to_judge(opened: Opened) -> None:
    resources = begun(opened(30, gate=Gate(min_items=2, min_answers=2, min_overlap=0.99)))
    before, content = live_id(resources), served(resources)
    other_embedder(resources)
    outcome = run(resources)
    assert (outcome.gate, outcome.exit_code, live_id(resources)) == ("inconclusive", 0, before)
    assert "pointsman approve" in outcome.gates["migration"].because
    assert (signal(outcome, OVERLAP).n, signal(outcome, RECALL).value) == (60, 1.0)
    assert served(resources) == content
    assert not look_has_work(resources), "the same rebuild is not tried again and again"
    diagnose(
        resources.intake,
        repair=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    approved = approve(
        resources.intake,
        find_review(None, ledger=resources.ledger, memory=resources.memory),
        by="ann",
        note="the numbers are fine",
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
    )
    assert (approved["release"], approved["left"]) == (live_id(resources), before)
    assert not look_has_work(resources), "what a person approved is left in place"


def test_an_approved_rebuild_shows_no_document_to_readers_who_lost_it_meanwhile(opened: Opened) -> None:
    closed = {"doc01.md": f"---\naccess: [staff]\n---\n{page(1)}"}
    resources = begun(opened({**pages(30), **closed}, gate=Gate(min_items=2, min_answers=2, min_overlap=0.99)))
    resources.store.write("doc01.md", page(1))
    other_embedder(resources)
    outcome = run(resources)
    assert outcome.candidate is not None
    resources.store.write("doc01.md", closed["doc01.md"])
    approve(
        resources.intake,
        find_review(outcome.decision.id, ledger=resources.ledger, memory=resources.memory),
        by="ann",
        note="",
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
    )
    assert live_id(resources) == outcome.candidate.id
    assert len(documents_found(resources, "who opens the door")) == 29


def test_the_candidate_of_a_rebuild_can_be_chosen_and_survives_the_night(opened: Opened) -> None:
    resources = begun(opened(30, gate=Gate(min_items=2, min_answers=2, min_overlap=0.99, grace_hours=0)))
    content = served(resources)
    other_embedder(resources)
    candidate = run(resources).candidate
    assert candidate is not None
    resources.clock.at += 1000 * SECONDS_PER_HOUR
    diagnose(
        resources.intake,
        repair=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    assert roll_back(resources.records, candidate.id, vector_index=resources.index)["release"] == candidate.id
    assert served(resources) == content
    assert not look_has_work(resources)


def test_with_enough_probes_the_paired_test_rules_and_the_overlap_explains(opened: Opened) -> None:
    resources = begun(probed(opened(30, gate=Gate(min_items=12, min_overlap=0.99)), 12))
    other_embedder(resources)
    outcome = run(resources)
    assert outcome.gates["migration"].verdict is Verdict.PROMOTE
    assert "12 golden probes decided it" in outcome.gates["migration"].because
    assert signal(outcome, OVERLAP).value < 0.99
    few = begun(probed(opened(30, gate=Gate(min_items=13, min_overlap=0.99)), 12))
    other_embedder(few)
    assert run(few).gate == "inconclusive"


def test_the_same_vectors_have_the_same_neighbours(opened: Opened) -> None:
    resources = begun(opened(30, gate=Gate(min_items=2, min_answers=2)))
    resources.models.embedder(replace(resources.models.base("retriever"), model="x"))
    resources = resources.with_params(chunking=Chunking(41))
    outcome = run(resources)
    assert outcome.decision.index is Track.REBUILD
    assert signal(outcome, OVERLAP).value == 1.0
    assert outcome.gate == "promote"


class ShortSighted(FakeIndex):
    """A search graph that misses the nearest points until it is built finer."""

    misses = 0
    finer: tuple[int, ...] = ()
    mends = True

    def search(self, collection: str, *, top_k: int, exact: bool = False, **question: Any) -> list[Hit]:  # type: ignore[override]
        missed = 0 if exact else self.misses
        return super().search(collection, top_k=top_k + missed, exact=exact, **question)[missed:]

    def optimize(self, collection: str, *, ef: int | None = None) -> None:
        super().optimize(collection, ef=ef)
        if ef is not None:
            self.finer = (*self.finer, ef)
            self.misses = 0 if self.mends else self.misses


def test_a_search_graph_that_misses_too_much_is_built_finer_once(opened: Opened) -> None:
    index = ShortSighted()
    resources = begun(replace(opened(30, gate=FREE), index=index))
    other_embedder(resources)
    index.misses = 8
    outcome = run(resources)
    assert (index.finer, outcome.gate) == ((FINE_EF,), "promote")
    assert signal(outcome, RECALL).value == 1.0


def test_a_search_graph_that_stays_poor_is_refused_with_its_number(opened: Opened) -> None:
    index = ShortSighted()
    resources = begun(replace(opened(30, gate=FREE), index=index))
    before = live_id(resources)
    other_embedder(resources)
    index.misses, index.mends = 8, False
    outcome = run(resources)
    assert (outcome.gate, outcome.exit_code, live_id(resources)) == ("refuse", 3, before)
    assert outcome.gates["migration"].signal == signal(outcome, RECALL)
    assert "0.950" in outcome.gates["migration"].because
    assert len(index.finer) == 1


# Collected


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
    assert (
        diagnose(
            resources.intake,
            repair=True,
            serving=resources.serving,
            records=resources.records,
            progress=resources.progress,
            erasure_sweep=resources.erasure_sweep,
        ).garbage
        == ()
    )
    assert old.index.collection in resources.index.collections()
    resources.clock.at = left + DAY * SECONDS_PER_HOUR + 60
    assert diagnose(
        resources.intake,
        repair=False,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    ).garbage == (old.index.collection,)
    assert old.index.collection in resources.index.collections()
    found = diagnose(
        resources.intake,
        repair=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
    assert (found.garbage, found.unreachable >= 12) == ((old.index.collection,), True)
    assert old.index.collection not in resources.index.collections()
    assert len(served(resources)) == 12


def test_dead_points_stay_for_their_grace_too(opened: Opened) -> None:
    resources = begun(opened(6, gate=replace(FREE, keep_releases=2, grace_hours=DAY)))
    for nth in (11, 21, 31):
        resources.store.write("doc01.md", page(nth))
        run(resources)
    assert (
        diagnose(
            resources.intake,
            repair=True,
            serving=resources.serving,
            records=resources.records,
            progress=resources.progress,
            erasure_sweep=resources.erasure_sweep,
        ).unreachable
        == 0
    )
    resources.clock.at += (DAY + 1) * SECONDS_PER_HOUR
    assert (
        diagnose(
            resources.intake,
            repair=True,
            serving=resources.serving,
            records=resources.records,
            progress=resources.progress,
            erasure_sweep=resources.erasure_sweep,
        ).unreachable
        > 0
    )


def test_an_abandoned_rebuild_is_named_and_collected(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "BATCH", 4)
    resources = begun(opened(6, gate=FREE))
    resources.index.create("somebody-elses", 3)
    live, content = live_release(resources.ledger), served(resources)
    other_embedder(resources)
    resources.index.faults.plant("upsert", nth=2, landed=1.0)
    with pytest.raises(Fault):
        run(resources)
    assert (
        diagnose(
            resources.intake,
            repair=True,
            serving=resources.serving,
            records=resources.records,
            progress=resources.progress,
            erasure_sweep=resources.erasure_sweep,
        ).garbage
        == ()
    ), "it is what params.yaml asks for"
    other_embedder(resources, "tiny-embedder")
    [left] = garbage(resources.serving, clock=resources.clock)
    assert (left.points, left.whole) == (8, True)
    assert "abandoned rebuild" in left.because
    assert diagnose(
        resources.intake,
        repair=False,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    ).garbage == (left.collection,)
    diagnose(
        resources.intake,
        repair=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    )
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
    assert diagnose(
        resources.intake,
        repair=True,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    ).garbage
    assert len(resources.index.collections()) == 1
