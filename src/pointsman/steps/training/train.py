"""Act and gate: train what the decision names, through dvc, and rule over each challenger before it may answer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pointsman.core.corpus.documents import Listed
from pointsman.core.errors import StoreMoved
from pointsman.core.evaluation.signal_names import GOLDEN_GAP
from pointsman.core.gates.index import judge_recall
from pointsman.core.gates.retriever import ProbeHits, judge_retriever
from pointsman.core.gates.ruling import Verdict, strictest
from pointsman.core.policy.decision import Decision
from pointsman.core.policy.rules.generator import unlearns
from pointsman.core.policy.rules.retriever import decisive
from pointsman.core.supervision.probes import DERIVED, GOLDEN
from pointsman.ports.builds import Builder
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Role
from pointsman.ports.progress import Progress
from pointsman.ports.workspace import Lines, Memory
from pointsman.steps.evaluation.answers import (
    baseline_table,
    answer_table,
    judge_generator,
    evaluate_answers,
    evaluate_other_contexts,
)
from pointsman.steps.evaluation.assessment import Assessment
from pointsman.steps.evaluation.memorization import check_memorization
from pointsman.steps.evaluation.probes import hits_of
from pointsman.steps.history.failed_trainings import record_failed_training
from pointsman.steps.history.throughput import retriever_estimate, training_estimate
from pointsman.steps.indexing.prepare import prepare
from pointsman.steps.indexing.rebuild import ann_recall, target_of
from pointsman.steps.indexing.stage import Staged, stage
from pointsman.steps.observe.state import WorkspaceState, attempt_id
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.supervision.experience_replay import examples_used
from pointsman.steps.supervision.taint import note_learned
from pointsman.steps.training.results import TrainingOutcome


def build_ahead(listing: Sequence[Listed], *, builder: Builder, vector_index: VectorIndex) -> Mapping[str, Any]:
    """Let dvc embed the whole corpus as it finds it, and return its report; what changed since is caught up with.

    Raises:
        BuildFailed: the stage failed; what was embedded is kept, and the next run goes on from there.
    """
    vector_index.close()  # readers of the embedded engine get in while the build runs
    return builder.build("index", listing)


def build(state: WorkspaceState, stage_name: str, *, builder: Builder, vector_index: VectorIndex) -> Mapping[str, Any]:
    """Bring a dvc stage up to date and return its report.

    Raises:
        StoreMoved: it was built from other documents than those observed.
        BuildFailed: the stage failed.
    """
    vector_index.close()  # readers of the embedded engine get in while the build runs
    report = builder.build(stage_name, state.observation.listing)
    built, seen = report.get("corpus"), state.observation.good.id
    if built is not None and built != seen:
        raise StoreMoved(f"dvc built from corpus {built} but {seen} was observed; the store is changing, run again")
    taught, known = report.get("set"), state.supervision.set_id
    if taught is not None and taught != known:
        raise StoreMoved(f"dvc trained on examples {taught} but {known} were accepted; they are changing, run again")
    return report


def train_generator(
    serving: Serving,
    state: WorkspaceState,
    assessment: Assessment,
    *,
    decision: Decision,
    records: Records,
    builder: Builder,
    example_files: Lines,
) -> TrainingOutcome:
    """Train a generator adapter, and evaluate it on the prompts that the live generator was evaluated on.

    Raises:
        StoreMoved: it goes on from another adapter than the one that was live when the run began.
    """
    behaviour = assessment.behaviour
    assert behaviour is not None, "the policy trains the generator only on measured behaviour"  # noqa: S101 - an invariant of the policy, for the type checker
    estimate = training_estimate(
        examples_used(
            state.live, state.supervision, ledger=serving.ledger, models=serving.models, params=serving.params
        ),
        memory=records.memory,
        params=serving.params,
    )
    built = build(state, "train_generator", builder=builder, vector_index=serving.index)
    report = estimate.beside(built, serving.params.budget.price_per_hour)
    challenger = replace(serving.models.base("generator"), adapter=serving.models.store_adapter("generator"))
    continues = built.get("continues")
    if continues not in {None, state.generator.adapter}:
        raise StoreMoved(f"dvc went on from adapter {continues} but {state.generator.adapter} is live; run again")
    note_learned(
        state.supervision,
        str(challenger.adapter),
        live=state.live,
        continues=continues,
        example_files=example_files,
        ledger=serving.ledger,
        params=serving.params,
    )
    scores = evaluate_answers(serving, challenger, behaviour.paper.oracle, behaviour.shape)
    old = evaluate_other_contexts(
        state.generator,
        behaviour,
        behaviour.scores,
        models=serving.models,
        params=serving.params,
        answer_schema=serving.schema,
    )
    new = evaluate_other_contexts(
        challenger, behaviour, scores, models=serving.models, params=serving.params, answer_schema=serving.schema
    )
    crossed = check_memorization(
        behaviour.crossings, state.generator, challenger, models=serving.models, params=serving.params
    )
    unlearning = unlearns(decision)
    rulings = judge_generator(
        serving.params,
        old,
        challenger=new,
        behaviour=behaviour,
        crossed=crossed,
        min_gain=-serving.params.gate.max_loss if unlearning else None,
    )
    ruling = strictest(list(rulings.values()))
    if ruling.verdict is not Verdict.PROMOTE:
        attempt = attempt_id(serving.params, state.supervision, state.generator)
        record_failed_training(
            attempt,
            state.supervision,
            challenger,
            ruling.because,
            ledger=serving.ledger,
            now=records.now,
            params=serving.params,
        )
    arms = baseline_table(serving.params, behaviour, scores)
    return TrainingOutcome(
        challenger,
        ruling,
        report,
        answer_table(old, new, behaviour=behaviour, rulings=rulings, crossed=crossed, arms=arms),
    )


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
    """Train an embedder adapter, embed the corpus with it into a collection of its own, and compare the two."""
    estimate = retriever_estimate(staged.index.points, memory=memory, params=serving.params)
    report = estimate.beside(
        build(state, "train_retriever", builder=builder, vector_index=serving.index),
        serving.params.budget.price_per_hour,
    )
    challenger = replace(serving.models.base("retriever"), adapter=serving.models.store_adapter("retriever"))
    target = target_of(state, challenger)
    rebuilt = stage(
        serving,
        target,
        prepare(intake, target, serving=serving, progress=progress),
        progress=progress,
        quarantine=intake.quarantine,
    )
    old, new = serving.models.embedder(state.embedder), serving.models.embedder(challenger)
    sides = [assessment.derived_new, assessment.derived_control]
    before = [
        hits_of(
            staged.index,
            old,
            probes,
            dense_only=True,
            vector_index=serving.index,
            models=serving.models,
            params=serving.params,
        )
        for probes in sides
    ]
    after = [
        hits_of(
            rebuilt.index,
            new,
            probes,
            dense_only=True,
            vector_index=serving.index,
            models=serving.models,
            params=serving.params,
        )
        for probes in sides
    ]
    asked, rerank = assessment.asked, state.reranking
    answered = [
        hits_of(
            rebuilt.index,
            new,
            probes,
            reranking=rerank,
            vector_index=serving.index,
            models=serving.models,
            params=serving.params,
        )
        for probes in (asked.new, asked.control)
    ]
    gate, case = serving.params.gate, decisive(assessment.signals, state.limits)
    ruling = judge_retriever(
        ProbeHits(DERIVED, before[0], new_new=after[0], old_control=before[1], new_control=after[1]),
        ProbeHits(GOLDEN, asked.new_hits, new_new=answered[0], old_control=asked.control_hits, new_control=answered[1]),
        asked=case is not None and case.name == GOLDEN_GAP,
        min_items=gate.min_items, min_gain=gate.min_gain, max_loss=gate.max_loss,
        confidence=serving.params.policy.confidence, seed=serving.params.seed,
    )  # fmt: skip
    if ruling.verdict is Verdict.PROMOTE:
        found = judge_recall(
            ann_recall(rebuilt.index, vector_index=serving.index, params=serving.params, progress=progress),
            min_ann_recall=gate.min_ann_recall,
        )
        ruling = ruling if found is None else found
    return TrainingOutcome(challenger, ruling, report, staged=rebuilt)


def role_report(trained: Mapping[Role, TrainingOutcome]) -> dict[str, Any]:
    """Return what every training reported, for the record, with the loss of each step and evaluation as curves."""
    return {
        role: {
            **t.report,
            "loss": t.report.get("losses", []),
            "validation_loss": [[e["step"], e["loss"]] for e in t.report.get("validation", [])],
        }
        for role, t in trained.items()
    }
