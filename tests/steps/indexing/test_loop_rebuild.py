"""Rebuilds over a desk of fakes: beside the old collection, resumed, caught up, compared, switched to, collected."""

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
from pointsman.steps.indexing.garbage_collection import SECONDS_PER_HOUR, garbage
from pointsman.steps.indexing.rebuild import FINE_EF, OVERLAP, RECALL
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.maintenance.doctor import examine
from pointsman.steps.observe.state import Situation
from pointsman.steps.refresh.look import look
from pointsman.steps.refresh.loop import refresh
from pointsman.steps.refresh.preview import preview
from pointsman.steps.refresh.report import as_report
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.review.decide import approve, find
from tests.fakes.desk import FakeDesk, begun, disturbed, documents_found, live_id, page, pages, run, served
from tests.fakes.index import FakeIndex, Fault
from tests.fakes.store import FakeStore

Opened = Callable[..., FakeDesk]

DAY = 24.0
FREE = Gate(min_items=2, min_answers=2, min_overlap=0.0)


def other_embedder(desk: FakeDesk, name: str = "other-embedder") -> None:
    desk.models.names["retriever"] = name


def probed(desk: FakeDesk, n: int) -> FakeDesk:
    """Let people have written ``n`` golden probes."""
    desk.probes.write(
        [{"question": f"who opens the door of doc{k:02d}?", "documents": [f"doc{k:02d}.md"]} for k in range(n)]
    )
    return desk


def signal(outcome: Any, name: str) -> Any:
    return next(s for s in outcome.signals if s.name == name)


# Beside the old one, resumed


def test_a_rebuild_is_written_beside_and_readers_see_the_old_one_until_the_switch(opened: Opened) -> None:
    desk = begun(opened(6, gate=FREE))
    old, content, seen = live_release(desk.ledger), served(desk), []
    other_embedder(desk)
    run(desk, do=disturbed(lambda _: seen.append(served(desk) == content)))
    new = live_release(desk.ledger)
    assert old is not None
    assert new is not None
    assert (all(seen), new.index.collection != old.index.collection) == (True, True)
    assert set(desk.index.collections()) == {old.index.collection, new.index.collection}
    assert served(desk) == content


@pytest.mark.parametrize("landed", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("batch", [1, 2, 3])
def test_a_rebuild_killed_at_any_batch_embeds_at_most_that_batch_and_the_one_ahead_twice(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, batch: int, landed: float
) -> None:
    monkeypatch.setattr(staging, "BATCH", 4)
    desk = begun(opened(6, gate=FREE))
    other_embedder(desk)
    desk.index.faults.plant("upsert", nth=batch, landed=landed)
    with pytest.raises(Fault):
        run(desk)
    first = desk.models.embedder(desk.models.base("retriever")).embedded
    desk.models.embedders.clear()
    outcome = run(desk)
    assert first == min(12, (batch + 1) * 4), "the batch after it was being embedded already"
    assert outcome.work.chunks_embedded == 12 - (batch - 1) * 4 - int(4 * landed)
    assert outcome.release is not None
    assert outcome.release.index.points == len(served(desk)) == 12


def test_an_embedder_that_comes_back_finds_its_collection_and_embeds_nothing(opened: Opened) -> None:
    desk = begun(opened(6, gate=FREE))
    first, content = live_release(desk.ledger), served(desk)
    other_embedder(desk)
    run(desk)
    builds = desk.builder.calls["index"]
    other_embedder(desk, "tiny-embedder")
    outcome = run(desk)
    assert first is not None
    assert outcome.release is not None
    assert outcome.release.index.collection == first.index.collection
    assert (outcome.work.chunks_embedded, outcome.work.points_added) == (0, 0)
    assert (desk.builder.calls["index"], served(desk)) == (builds, content)
    assert desk.models.embedder(desk.models.base("retriever")).embedded == 0


def test_embedder_and_chunking_may_change_at_once_and_rollback_serves_both(opened: Opened) -> None:
    long = " ".join(f"The {nth}th lamp of the long corridor is lit at dusk." for nth in range(3))
    desk = begun(opened({**pages(6), "long.md": f"# Lamps\n\n{long}\n"}, gate=FREE))
    content = served(desk)
    other_embedder(desk)
    desk = desk.with_params(chunking=Chunking(16))
    outcome = run(desk)
    assert outcome.decision.index is Track.REBUILD
    assert "documents" in signal(outcome, OVERLAP).unit
    cut_finer = served(desk)
    assert len(cut_finer) > len(content)
    roll_back(desk.records, None, vector_index=desk.index)
    assert served(desk) == content
    roll_back(desk.records, outcome.release.id if outcome.release else None, vector_index=desk.index)
    assert served(desk) == cut_finer


def test_a_plan_of_a_rebuild_says_what_it_takes_and_writes_nothing(opened: Opened) -> None:
    desk = begun(opened(6, gate=FREE))
    live = live_release(desk.ledger)
    other_embedder(desk)
    situation = look(desk.intake, serving=desk.serving, records=desk.records, progress=desk.progress)
    assert isinstance(situation, Situation)
    planned = as_report(desk.params, preview(desk.intake, situation, serving=desk.serving, records=desk.records, progress=desk.progress))
    assert (desk.index.faults.calls, desk.models.embedded) == ({}, 0)
    found = planned["migration"]
    assert live is not None
    assert (found["from"], found["chunks"], found["chunks_to_embed"]) == (live.index.collection, 12, 12)
    assert found["to"] != found["from"]
    assert found["tokens_to_embed"] > 12 * 5
    assert found["bytes_live"] > 12 * 64 * 4
    assert found["bytes_new"] > 12 * 64 * 4
    assert (found["grace_hours"], found["collectable_now"]) == (DAY, [])
    assert planned["cost"]["estimate_seconds"] > 0
    done = run(desk)
    assert (done.work.chunks_embedded, "migration" in as_report(desk.params, done)) == (found["chunks_to_embed"], False)
    assert "migration" not in as_report(
        desk.params, preview(desk.intake, rest, serving=desk.serving, records=desk.records, progress=desk.progress) if isinstance(rest := look(desk.intake, serving=desk.serving, records=desk.records, progress=desk.progress), Situation) else rest
    )


# Caught up


class RestlessStore(FakeStore):
    """A store in which another document is written whenever it is listed, and one whenever it is read."""

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


def restless(opened: Opened, **gate: Any) -> tuple[FakeDesk, RestlessStore]:
    store = RestlessStore(pages(6))
    return replace(opened(6, gate=replace(FREE, **gate)), store=store), store


def test_what_changes_while_a_rebuild_runs_is_in_the_release_that_goes_live(opened: Opened) -> None:
    desk = begun(opened(6, gate=FREE))
    other_embedder(desk)

    def meddle(step: str) -> None:
        if step == "catch up":
            desk.store.write("doc01.md", page(11))
            desk.store.write("new.md", page(9))
            desk.store.remove("doc04.md")

    outcome = run(desk, do=disturbed(meddle))
    texts = {text for _, _, text in served(desk)}
    assert any("number 11" in text for text in texts)
    assert any("number 9 " in text for text in texts)
    assert not any("number 4 " in text for text in texts)
    assert outcome.work.chunks_embedded == 12 + 4, "the corpus, and only what changed"
    assert outcome.release is not None
    assert outcome.release.index.points == len(served(desk)) == 12
    assert not look_has_work(desk)


def look_has_work(desk: FakeDesk) -> bool:
    return isinstance(look(desk.intake, serving=desk.serving, records=desk.records, progress=desk.progress), Situation)


def test_a_rebuild_of_a_store_that_changes_at_every_listing_ends_and_the_rest_follows(opened: Opened) -> None:
    desk, store = restless(opened, catch_up_rounds=3)
    begun(desk)
    store.restless = True
    other_embedder(desk)
    listings = store.listings
    outcome = run(desk)
    assert (outcome.gate, outcome.decision.index) == ("promote", Track.REBUILD)
    assert store.listings - listings == 1 + 1 + 3 + 1, "look, observe, the rounds, and a last one to remember"
    store.restless = False
    assert run(desk).decision.index is Track.UPDATE
    assert any(f"Listed {store.ticks} times" in text for _, _, text in served(desk))


def test_a_document_that_changes_whenever_it_is_read_does_not_stop_a_rebuild(opened: Opened) -> None:
    desk, store = restless(opened)
    begun(desk)
    before = {row for row in served(desk) if "number 5 " in row[2] or "cellar" in row[2]}
    store.ticking = "doc05.md"
    other_embedder(desk)
    desk.store.write("doc01.md", page(11))
    run(desk)
    live = live_release(desk.ledger)
    assert live is not None
    assert live.embedder.model == "other-embedder"
    assert any("number 11" in text for _, _, text in served(desk)), "the others are as listed"
    assert documents_found(desk, "number 5 in the village") >= {"doc05.md"}
    assert before
    store.ticking = None
    assert run(desk).decision.index is Track.UPDATE
    assert any("Read" in text for _, _, text in served(desk))


def test_a_new_document_that_cannot_be_held_still_is_left_to_the_next_refresh(opened: Opened) -> None:
    desk, store = restless(opened)
    store.ticking = "doc05.md"
    outcome = run(desk)
    assert outcome.release is not None
    assert outcome.release.documents == 5
    store.ticking = None
    run(desk)
    assert len(documents_found(desk, "the")) == 6


def test_a_mass_deletion_during_a_rebuild_does_not_get_into_it(opened: Opened) -> None:
    desk = begun(opened(40, gate=FREE))
    other_embedder(desk)

    def wipe(step: str) -> None:
        if step == "catch up":
            for nth in range(30):
                desk.store.remove(f"doc{nth:02d}.md")

    outcome = run(desk, do=disturbed(wipe))
    assert outcome.release is not None
    assert (outcome.release.documents, outcome.decision.hold) == (40, False)
    assert run(desk).decision.hold


def test_a_pointer_moved_during_a_rebuild_stops_it(opened: Opened) -> None:
    desk = begun(opened(6, gate=FREE))
    desk.store.write("doc01.md", page(11))
    run(desk)
    other_embedder(desk)

    def go_back(step: str) -> None:
        if step == "catch up":
            roll_back(desk.records, None, vector_index=desk.index)

    with pytest.raises(LedgerConflict):
        run(desk, do=disturbed(go_back))


def test_what_arrives_while_an_ordinary_refresh_is_measured_is_done_by_the_next_one(opened: Opened) -> None:
    desk = begun(opened(6))
    desk.store.write("doc01.md", page(11))

    def meddle(step: str) -> None:
        if step == "assess":
            desk.store.write("doc02.md", page(22))

    run(desk, do=disturbed(meddle))
    assert not any("number 22" in text for _, _, text in served(desk))
    assert run(desk).decision.index is Track.UPDATE
    assert any("number 22" in text for _, _, text in served(desk))


# Compared


def test_without_probes_other_neighbours_are_for_a_person_to_judge(opened: Opened) -> None:
    desk = begun(opened(30, gate=Gate(min_items=2, min_answers=2, min_overlap=0.99)))
    before, content = live_id(desk), served(desk)
    other_embedder(desk)
    outcome = run(desk)
    assert (outcome.gate, outcome.exit_code, live_id(desk)) == ("inconclusive", 0, before)
    assert "pointsman approve" in outcome.gates["migration"].because
    assert (signal(outcome, OVERLAP).n, signal(outcome, RECALL).value) == (60, 1.0)
    assert served(desk) == content
    assert not look_has_work(desk), "the same rebuild is not tried again and again"
    examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    told = approve(desk.intake, find(None, ledger=desk.ledger, memory=desk.memory), by="ann", note="the numbers are fine", serving=desk.serving, records=desk.records, progress=desk.progress)
    assert (told["release"], told["left"]) == (live_id(desk), before)
    assert not look_has_work(desk), "what a person approved is left in place"


def test_the_candidate_of_a_rebuild_can_be_chosen_and_survives_the_night(opened: Opened) -> None:
    desk = begun(opened(30, gate=Gate(min_items=2, min_answers=2, min_overlap=0.99, grace_hours=0)))
    content = served(desk)
    other_embedder(desk)
    candidate = run(desk).candidate
    assert candidate is not None
    desk.clock.at += 1000 * SECONDS_PER_HOUR
    examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert roll_back(desk.records, candidate.id, vector_index=desk.index)["release"] == candidate.id
    assert served(desk) == content
    assert not look_has_work(desk)


def test_with_enough_probes_the_paired_test_rules_and_the_overlap_explains(opened: Opened) -> None:
    desk = begun(probed(opened(30, gate=Gate(min_items=12, min_overlap=0.99)), 12))
    other_embedder(desk)
    outcome = run(desk)
    assert outcome.gates["migration"].verdict is Verdict.PROMOTE
    assert "12 golden probes rule" in outcome.gates["migration"].because
    assert signal(outcome, OVERLAP).value < 0.99
    few = begun(probed(opened(30, gate=Gate(min_items=13, min_overlap=0.99)), 12))
    other_embedder(few)
    assert run(few).gate == "inconclusive"


def test_the_same_vectors_have_the_same_neighbours(opened: Opened) -> None:
    desk = begun(opened(30, gate=Gate(min_items=2, min_answers=2)))
    desk.models.embedder(replace(desk.models.base("retriever"), model="x"))
    desk = desk.with_params(chunking=Chunking(41))
    outcome = run(desk)
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
    desk = begun(replace(opened(30, gate=FREE), index=index))
    other_embedder(desk)
    index.misses = 8
    outcome = run(desk)
    assert (index.finer, outcome.gate) == ((FINE_EF,), "promote")
    assert signal(outcome, RECALL).value == 1.0


def test_a_search_graph_that_stays_poor_is_refused_with_its_number(opened: Opened) -> None:
    index = ShortSighted()
    desk = begun(replace(opened(30, gate=FREE), index=index))
    before = live_id(desk)
    other_embedder(desk)
    index.misses, index.mends = 8, False
    outcome = run(desk)
    assert (outcome.gate, outcome.exit_code, live_id(desk)) == ("refuse", 3, before)
    assert outcome.gates["migration"].signal == signal(outcome, RECALL)
    assert "0.950" in outcome.gates["migration"].because
    assert len(index.finer) == 1


# Collected


def test_what_was_live_is_collected_only_after_its_grace(opened: Opened) -> None:
    desk = begun(opened(6, gate=replace(FREE, keep_releases=2, grace_hours=DAY)))
    old = live_release(desk.ledger)
    assert old is not None
    other_embedder(desk)
    run(desk)
    left = desk.clock.at
    for nth in (11, 21, 31):
        desk.store.write("doc01.md", page(nth))
        run(desk)
    desk.clock.at = left + DAY * SECONDS_PER_HOUR - 60
    assert examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).garbage == ()
    assert old.index.collection in desk.index.collections()
    desk.clock.at = left + DAY * SECONDS_PER_HOUR + 60
    assert examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).garbage == (old.index.collection,)
    assert old.index.collection in desk.index.collections()
    found = examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert (found.garbage, found.unreachable >= 12) == ((old.index.collection,), True)
    assert old.index.collection not in desk.index.collections()
    assert len(served(desk)) == 12


def test_dead_points_stay_for_their_grace_too(opened: Opened) -> None:
    desk = begun(opened(6, gate=replace(FREE, keep_releases=2, grace_hours=DAY)))
    for nth in (11, 21, 31):
        desk.store.write("doc01.md", page(nth))
        run(desk)
    assert examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).unreachable == 0
    desk.clock.at += (DAY + 1) * SECONDS_PER_HOUR
    assert examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).unreachable > 0


def test_a_rebuild_that_was_given_up_is_named_and_collected(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "BATCH", 4)
    desk = begun(opened(6, gate=FREE))
    desk.index.create("somebody-elses", 3)
    live, content = live_release(desk.ledger), served(desk)
    other_embedder(desk)
    desk.index.faults.plant("upsert", nth=2, landed=1.0)
    with pytest.raises(Fault):
        run(desk)
    assert examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).garbage == (), "it is what params.yaml asks for"
    other_embedder(desk, "tiny-embedder")
    [left] = garbage(desk.serving, clock=desk.clock)
    assert (left.points, left.whole) == (8, True)
    assert "given up" in left.because
    assert examine(desk.intake, repair=False, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).garbage == (left.collection,)
    examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert live is not None
    assert desk.index.collections() == [live.index.collection, "somebody-elses"]
    assert served(desk) == content
    assert garbage(desk.serving, clock=desk.clock) == []


def test_a_refused_rebuild_leaves_readers_where_they_are_and_its_collection_goes(opened: Opened) -> None:
    index = ShortSighted()
    desk = begun(replace(opened(30, gate=FREE), index=index))
    other_embedder(desk)
    index.misses, index.mends = 8, False
    refresh(desk.intake, serving=desk.serving, records=desk.records, builder=desk.builder, progress=desk.progress)
    other_embedder(desk, "tiny-embedder")
    assert examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).garbage
    assert len(desk.index.collections()) == 1
