"""A reranker is switched on by a decision of its own: nothing is re-indexed, and golden probes judge it."""

from dataclasses import replace
from pathlib import Path

from pointsman.core.policy.decision import Track
from pointsman.core.release import Release, Reranking
from pointsman.settings.params import Gate, Policy
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.serving.answer import ask, search
from tests.fakes.resources import FakeResources, begun, fake_resources, live_id, pages, run

GOOD = Reranking("words", "r-words", 20)
PERVERSE = Reranking("perverse", "r-perverse", 50)


def probed(tmp_path: Path) -> FakeResources:
    resources = fake_resources(
        tmp_path, pages(30), policy=Policy(min_examples=8, min_probes=4), gate=Gate(min_items=2, min_answers=2)
    )
    things = [
        "lamp0",
        "boiler1",
        "garden2",
        "library3",
        "kitchen4",
        "bridge5",
        "stable6",
        "orchard7",
        "cellar8",
        "tower9",
    ]
    resources.probes.write([
        {"id": f"p{n}", "question": f"the keeper of the {thing} opens its door", "documents": [f"doc{n:02d}.md"]}
        for n, thing in enumerate(things)
    ])  # fmt: skip
    return begun(resources)


def live(resources: FakeResources) -> Release:
    found = live_release(resources.ledger)
    assert found is not None
    return found


def test_switching_it_on_re_indexes_nothing_and_is_released(tmp_path: Path) -> None:
    resources = probed(tmp_path)
    before = live(resources)
    resources.models.rerank = GOOD

    outcome = run(resources)

    assert (outcome.decision.index, outcome.decision.train, outcome.gate) == (Track.KEEP, (), "promote")
    assert "retriever.rerank" in {reason.signal for reason in outcome.decision.reasons}
    assert {"probes.golden.live", "probes.golden.staged"} <= {signal.name for signal in outcome.signals}
    assert outcome.work.chunks_embedded == outcome.work.points_added == 0
    assert (live(resources).index, live(resources).reranking) == (before.index, GOOD)
    hits = search(resources.serving, "the keeper of the stable6 opens its door", top_k=3)["hits"]
    assert hits[0]["document"] == "doc06.md"
    assert hits[0]["score"] == 7.0, "the reranker's own score: words in common"
    assert ask(resources.serving, "the keeper of the stable6 opens its door")["context"][0]["document"] == "doc06.md"
    assert not run(resources).state.evidence.configuration.reranker_changed, "done once"


def test_a_reranker_that_loses_golden_probes_is_refused_and_not_tried_again(tmp_path: Path) -> None:
    resources = probed(tmp_path)
    before = live_id(resources)
    resources.models.rerank = PERVERSE

    outcome = run(resources)

    assert (outcome.gate, outcome.exit_code, live_id(resources)) == ("refuse", 3, before)
    assert live(resources).reranking is None
    scored = resources.models.rerankers["r-perverse"].scored
    assert run(resources).repeated
    assert resources.models.rerankers["r-perverse"].scored == scored


def test_another_number_of_candidates_is_another_release(tmp_path: Path) -> None:
    resources = probed(tmp_path)
    resources.models.rerank = GOOD
    run(resources)
    first = live_id(resources)
    resources.models.rerank = replace(GOOD, candidates=30)
    assert run(resources).gate == "promote"
    assert live_id(resources) != first


def test_rolling_back_serves_without_it_and_the_next_refresh_holds(tmp_path: Path) -> None:
    resources = probed(tmp_path)
    resources.models.rerank = GOOD
    run(resources)
    roll_back(resources.records, None, vector_index=resources.index)
    question = "the keeper of the stable6 opens its door"
    assert search(resources.serving, question)["hits"][0]["score"] < 2, "fused scores again"

    assert run(resources).decision.hold

    resources.models.rerank = None
    assert not run(resources).decision.hold


def test_top_k_beyond_the_candidates_stays_full(tmp_path: Path) -> None:
    resources = probed(tmp_path)
    resources.models.rerank = replace(GOOD, candidates=5)
    run(resources)
    hits = search(resources.serving, "the keeper of the stable6 opens its door", top_k=40)["hits"]
    assert len(hits) == 40
    assert len({hit["chunk"] for hit in hits}) == 40


def test_releases_made_before_there_were_rerankers_keep_their_ids(tmp_path: Path) -> None:
    release = live(probed(tmp_path))
    assert "reranking" not in release.as_json()
    assert Release.from_json(release.as_json()) == release
    reranked = replace(release, reranking=GOOD)
    assert Release.from_json(reranked.as_json()) == reranked
    assert reranked.id != release.id
