"""Measure what re-indexing did not repair, on the staged revision and on unchanged content as the control."""

from pointsman.core.evaluation.error_analysis import cause_signals
from pointsman.core.evaluation.signal_names import MEMORIZED
from pointsman.core.evaluation.statistics import Signal, proportion
from pointsman.core.policy.decision import GENERATOR
from pointsman.core.release import Index
from pointsman.core.supervision.examples import Example
from pointsman.ports.workspace import Memory
from pointsman.steps.evaluation.assessment import Assessment
from pointsman.steps.evaluation.behaviour import behaviour_signals, measure_behaviour
from pointsman.steps.evaluation.drift import drift_signals
from pointsman.steps.evaluation.edits import edit_signals, edits_served
from pointsman.steps.evaluation.error_analysis import example_facts
from pointsman.steps.evaluation.memorization import memorized_answers, prompts_of
from pointsman.steps.evaluation.probes import GoldenResults, RetrievalGap, golden_results, retrieval_gap
from pointsman.steps.indexing.stage import Staged
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Intake, Serving
from pointsman.steps.serving.retrieve import rerank_of
from pointsman.steps.supervision.accept import known_examples
from pointsman.steps.supervision.taint import learned_by


def assess(
    intake: Intake, state: WorkspaceState, staged: Staged | None, *, serving: Serving, memory: Memory
) -> Assessment:
    """Return what was measured on the staged revision; on the live index where nothing was staged."""
    at = staged.index if staged else state.live.index if state.live else None
    if at is None:
        return Assessment()
    embedder, confidence = serving.models.embedder(state.embedder), serving.params.policy.confidence
    golden, gap = GoldenResults(), RetrievalGap()
    if staged or state.evidence.configuration.reranker_changed:
        golden = golden_results(intake, state, at, staged, serving=serving, memory=memory)
    if staged:
        gap = retrieval_gap(intake, state, staged, serving=serving, memory=memory)
    behaviour = measure_behaviour(intake, state, at, embedder, serving=serving)
    documents = state.diff.edited if staged else ()
    edits = edits_served(serving.index, state.live, at=at, documents=documents, embedder=embedder)
    return Assessment(
        signals=(
            *golden.signals,
            *gap.signals,
            *behaviour_signals(serving.params, behaviour),
            *_memorized(intake, state, at, serving=serving),
            *edit_signals(edits, confidence),
            *(drift_signals(state, at, vector_index=serving.index, params=serving.params) if staged else ()),
            *cause_signals(golden.facts, confidence),
        ),
        facts=(*golden.facts, *gap.facts, *example_facts(behaviour)),
        live_hits=golden.live_hits,
        staged_hits=golden.staged_hits,
        behaviour=behaviour,
        derived_new=gap.new,
        derived_control=gap.control,
        golden_gap=golden.gap,
        edits=edits,
    )


def _may_ask(state: WorkspaceState, example: Example) -> bool:
    """Return whether an example names documents and everybody may read them."""
    return bool(example.cites) and state.restricted.isdisjoint(example.cites)


def _memorized(intake: Intake, state: WorkspaceState, at: Index, *, serving: Serving) -> tuple[Signal, ...]:
    """Return the share of stale examples that the live generator still answers as learned.

    Measured only where stale examples are the reason to train the generator.
    """
    if not state.evidence.supervision.tainted or GENERATOR not in state.decision.train:
        return ()
    learned = learned_by(serving.ledger, state.live) & state.supervision.stale_examples
    known = known_examples(state.supervision, example_files=intake.examples, quarantine=intake.quarantine)
    stale = [example for example in known if example.digest in learned and _may_ask(state, example)]
    embedder, rerank = serving.models.embedder(state.embedder), rerank_of(serving.models, state.reranking)
    prompts = prompts_of(serving, stale, at=at, embedder=embedder, rerank=rerank, allow=state.for_all)
    found = memorized_answers(serving, state.generator, prompts)
    if not found:
        return ()
    unit = "share of stale ones, 0..1"
    return (proportion(MEMORIZED, list(found.values()), serving.params.policy.confidence, unit),)
