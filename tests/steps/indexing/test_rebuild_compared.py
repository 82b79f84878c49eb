"""A rebuild compared with the live index: neighbours, probes and the search graph decide, or a person."""

from collections.abc import Callable
from dataclasses import replace

from pointsman.core.gates.ruling import Verdict
from pointsman.core.policy.decision import Track
from pointsman.settings.params import Chunking, Gate
from pointsman.steps.indexing.compare import FINE_EF, OVERLAP, RECALL
from pointsman.steps.indexing.garbage_collection import SECONDS_PER_HOUR
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.review.decide import approve, find_review
from tests.fakes.calls import examined
from tests.fakes.resources import FakeResources, begun, documents_found, live_id, page, pages, run, served
from tests.steps.indexing.rebuilds import FREE, ShortSighted, look_has_work, other_embedder, signal

Opened = Callable[..., FakeResources]


def probed(resources: FakeResources, n: int) -> FakeResources:
    """Write ``n`` golden probes."""
    resources.probes.write(
        [{"question": f"who opens the door of doc{k:02d}?", "documents": [f"doc{k:02d}.md"]} for k in range(n)]
    )
    return resources


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
    examined(resources, repair=True)
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
    examined(resources, repair=True)
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
