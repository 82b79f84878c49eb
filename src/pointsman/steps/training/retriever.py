"""Train an embedder adapter, embed the corpus with it, and let the gate compare both retrievers."""

from dataclasses import replace

from pointsman.core.evaluation.signal_names import GOLDEN_GAP
from pointsman.core.gates.index import judge_recall
from pointsman.core.gates.retriever import ProbeHits, judge_retriever
from pointsman.core.gates.ruling import Ruling, Verdict
from pointsman.core.policy.rules.retriever import decisive
from pointsman.core.release import Model
from pointsman.core.supervision.probes import DERIVED, GOLDEN
from pointsman.ports.builds import Builder
from pointsman.ports.progress import Progress
from pointsman.ports.workspace import Memory
from pointsman.steps.evaluation.assessment import Assessment
from pointsman.steps.evaluation.probes import hits_of
from pointsman.steps.history.throughput import retriever_estimate
from pointsman.steps.indexing.compare import ann_recall
from pointsman.steps.indexing.prepare import prepare
from pointsman.steps.indexing.rebuild import target_of
from pointsman.steps.indexing.stage import Staged, stage
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Intake, Serving
from pointsman.steps.training.builds import build
from pointsman.steps.training.results import TrainingOutcome


def train_retriever(
    intake: Intake,
    state: WorkspaceState,
    assessment: Assessment,
    staged: Staged,
    *,
    serving: Serving,
    builder: Builder,
    memory: Memory,
    progress: Progress,
) -> TrainingOutcome:
    """Train an embedder adapter, stage the corpus embedded with it in a new collection, and compare the two.

    Raises:
        StoreMoved: the documents or examples changed since they were observed.
        BuildFailed: the training failed.
    """
    estimate = retriever_estimate(staged.index.points, memory=memory, params=serving.params)
    built = build(state, "train_retriever", builder=builder, vector_index=serving.index)
    report = estimate.beside(built, serving.params.budget.price_per_hour)
    challenger = replace(serving.models.base("retriever"), adapter=serving.models.store_adapter("retriever"))
    target = target_of(state, challenger)
    prepared = prepare(intake, target, serving=serving, progress=progress)
    rebuilt = stage(serving, target, prepared, progress=progress, quarantine=intake.quarantine)
    ruling = _ruling(serving, state, assessment, staged=staged, rebuilt=rebuilt, challenger=challenger)
    if ruling.verdict is Verdict.PROMOTE:
        recall = ann_recall(rebuilt.index, vector_index=serving.index, params=serving.params, progress=progress)
        ruling = judge_recall(recall, min_ann_recall=serving.params.gate.min_ann_recall) or ruling
    return TrainingOutcome(challenger, ruling, report, staged=rebuilt)


def _ruling(
    serving: Serving,
    state: WorkspaceState,
    assessment: Assessment,
    *,
    staged: Staged,
    rebuilt: Staged,
    challenger: Model,
) -> Ruling:
    """Return the gate's ruling: derived probes are searched by the embedders alone, golden ones as served."""
    old, new = serving.models.embedder(state.embedder), serving.models.embedder(challenger)
    sides = (assessment.derived_new, assessment.derived_control)
    before = [hits_of(serving, staged.index, old, probes, dense_only=True) for probes in sides]
    after = [hits_of(serving, rebuilt.index, new, probes, dense_only=True) for probes in sides]
    golden, reranking = assessment.golden_gap, state.reranking
    golden_sides = (golden.new, golden.control)
    found = [hits_of(serving, rebuilt.index, new, probes, reranking=reranking) for probes in golden_sides]
    gate, case = serving.params.gate, decisive(assessment.signals, state.limits)
    return judge_retriever(
        ProbeHits(DERIVED, before[0], new_new=after[0], old_control=before[1], new_control=after[1]),
        ProbeHits(GOLDEN, golden.new_hits, new_new=found[0], old_control=golden.control_hits, new_control=found[1]),
        asked=case is not None and case.name == GOLDEN_GAP,
        min_items=gate.min_items, min_gain=gate.min_gain, max_loss=gate.max_loss,
        confidence=serving.params.policy.confidence, seed=serving.params.seed,
    )  # fmt: skip
