"""Trained models and the index: a retriever's adapter rebuilds it, and a generator's outlives a rebuild."""

from collections.abc import Callable

from pointsman.core.evaluation.signal_names import DERIVED_GAP
from pointsman.steps.refresh.report import Outcome
from pointsman.steps.review.decide import approve, find_review
from tests.fakes.calls import look
from tests.fakes.model_loader import JARGON
from tests.fakes.resources import FakeResources, begun, run, served
from tests.steps.lessons import lessons
from tests.steps.live_releases import live

Opened = Callable[..., FakeResources]


def test_a_trained_generator_survives_a_rebuild_and_is_dropped_with_its_base(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(20))
    run(resources)
    trained = live(resources).generator.adapter
    resources.models.names["retriever"] = "other-embedder"
    run(resources)
    approve(
        resources.intake,
        find_review(None, ledger=resources.ledger, memory=resources.memory),
        by="ann",
        note="",
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
    )
    assert (live(resources).generator.adapter, live(resources).embedder.model) == (trained, "other-embedder")
    resources.models.names["generator"] = "other-generator"
    outcome = run(resources)
    assert outcome.decision.train == ("generator",)
    assert live(resources).generator.model == "other-generator"


def test_new_jargon_that_is_not_retrieved_trains_the_retriever_and_rebuilds(opened: Opened) -> None:
    resources = begun(opened(20))
    before = live(resources)
    for nth in range(20):
        words = " ".join(f"{JARGON}{chr(97 + nth)}x{k}" for k in range(8))
        resources.store.write(f"new{nth:02d}.md", f"{words}.\n")
    outcome = run(resources)
    gap = next(signal for signal in outcome.signals if signal.name == DERIVED_GAP)
    assert gap.low > 0.15
    assert outcome.decision.train == ("retriever",)
    assert outcome.gates["retriever"].verdict == "promote"
    assert live(resources).embedder.adapter is not None
    assert live(resources).index.collection != before.index.collection
    assert len(served(resources)) == live(resources).index.points == 60
    assert isinstance(
        look(resources),
        Outcome,
    )


def test_a_retriever_that_does_not_help_is_taken_back_and_the_update_still_ships(opened: Opened) -> None:
    resources = begun(opened(20))
    before = live(resources)
    same = " ".join(f"{JARGON}{word}" for word in ("same", "same", "same", "a", "b", "c"))
    for nth in range(20):  # sentences that differ, and words that do not: no embedder can tell them apart
        resources.store.write(f"new{nth:02d}.md", f"{same}{'!' * nth}.\n")
    outcome = run(resources)
    assert outcome.decision.train == ("retriever",)
    assert outcome.gates["retriever"].verdict != "promote"
    assert live(resources).embedder == before.embedder
    assert (live(resources).index.collection, live(resources).index.revision) == (before.index.collection, 2)
    assert len(served(resources)) == live(resources).index.points
    abandoned = set(resources.index.collections()) - {before.index.collection}
    assert all(resources.index.count(name) == 0 for name in abandoned)
