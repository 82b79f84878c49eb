"""Train a generator adapter, evaluate it beside the live one, and let the gate rule on it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pointsman.core.errors import StoreMoved
from pointsman.core.evaluation.answer_scoring import Score
from pointsman.core.gates.ruling import Ruling, Verdict, strictest
from pointsman.core.policy.decision import Decision
from pointsman.core.policy.rules.generator import unlearns
from pointsman.core.release import Model
from pointsman.ports.builds import Builder
from pointsman.ports.workspace import JsonLinesFiles
from pointsman.steps.evaluation.answers import evaluate_answers
from pointsman.steps.evaluation.assessment import Assessment
from pointsman.steps.evaluation.behaviour import Behaviour
from pointsman.steps.evaluation.challenger import (
    PairedEvaluation,
    compared_answers,
    evaluate_other_contexts,
    judge_generator,
)
from pointsman.steps.evaluation.memorization import check_memorization
from pointsman.steps.history.failed_trainings import attempt_id, record_failed_training
from pointsman.steps.history.throughput import training_estimate
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Records, Serving
from pointsman.steps.supervision.experience_replay import examples_used
from pointsman.steps.supervision.taint import note_learned
from pointsman.steps.training.builds import build
from pointsman.steps.training.results import TrainingOutcome


def train_generator(
    serving: Serving,
    state: WorkspaceState,
    assessment: Assessment,
    *,
    decision: Decision,
    records: Records,
    builder: Builder,
    example_files: JsonLinesFiles,
) -> TrainingOutcome:
    """Train a generator adapter, and evaluate it on the prompts that the live generator answered.

    Raises:
        StoreMoved: it continues another adapter than the one that was live when the run began.
        BuildFailed: the training failed.
    """
    behaviour = assessment.behaviour
    if behaviour is None:
        raise AssertionError("the policy trains the generator only on measured behaviour")
    challenger, report = _trained(serving, state, records=records, builder=builder, example_files=example_files)
    scores = evaluate_answers(serving, challenger, behaviour.prompts.oracle, behaviour.shape)
    compared = _compared(serving, state.generator, challenger, behaviour=behaviour, scores=scores)
    min_gain = -serving.params.gate.max_loss if unlearns(decision) else None
    rulings = judge_generator(serving.params, compared, behaviour, min_gain=min_gain)
    ruling = strictest(list(rulings.values()))
    if ruling.verdict is not Verdict.PROMOTE:
        _note_failed(serving, state, challenger, ruling, records=records)
    table = compared_answers(serving.params, compared, behaviour, rulings)
    return TrainingOutcome(challenger, ruling, report, evaluation=table)


def _trained(
    serving: Serving, state: WorkspaceState, *, records: Records, builder: Builder, example_files: JsonLinesFiles
) -> tuple[Model, Mapping[str, Any]]:
    """Train through DVC, note what the adapter learned, and return (the model, the stage's report with its cost).

    Raises:
        StoreMoved: the stage continued another adapter than the live one.
        BuildFailed: the stage failed.
    """
    ledger, params, models = serving.ledger, serving.params, serving.models
    examples = examples_used(state.live, state.supervision, ledger=ledger, base=state.generator.base, params=params)
    estimate = training_estimate(examples, memory=records.memory, params=params)
    built = build(state, "train_generator", builder=builder, vector_index=serving.index)
    challenger = replace(models.base("generator"), adapter=models.store_adapter("generator"))
    continues = built.get("continues")
    if continues not in {None, state.generator.adapter}:
        raise StoreMoved(f"dvc went on from adapter {continues} but {state.generator.adapter} is live; run again")
    note_learned(
        state.supervision, str(challenger.adapter), live=state.live, continues=continues,
        example_files=example_files, ledger=ledger, params=params,
    )  # fmt: skip
    return challenger, estimate.beside(built, params.budget.price_per_hour)


def _compared(
    serving: Serving, live: Model, challenger: Model, *, behaviour: Behaviour, scores: Sequence[Score]
) -> PairedEvaluation:
    """Return both models' scores in every context, and the memorization checks; ``scores`` are the challenger's."""
    return PairedEvaluation(
        evaluate_other_contexts(serving, live, behaviour, behaviour.scores),
        evaluate_other_contexts(serving, challenger, behaviour, scores),
        memorization=check_memorization(
            behaviour.memorization, live, challenger, models=serving.models, params=serving.params
        ),
    )


def _note_failed(
    serving: Serving, state: WorkspaceState, challenger: Model, ruling: Ruling, *, records: Records
) -> None:
    """Write the failed training to the ledger, so that the same examples are not trained on again."""
    attempt = attempt_id(serving.params, state.supervision, state.generator)
    record_failed_training(
        attempt, state.supervision, challenger, ruling.because,
        ledger=serving.ledger, now=records.now, params=serving.params,
    )  # fmt: skip
