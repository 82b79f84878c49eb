"""The weights track of a refresh: train the models that the decision names, and let the gate choose."""

from dataclasses import replace

from pointsman.core.policy.decision import GENERATOR, RETRIEVER
from pointsman.ports.builds import Builder
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Role
from pointsman.ports.progress import Progress
from pointsman.steps.indexing.stage import Staged, unstage
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.runner import Runner
from pointsman.steps.training.generator import train_generator
from pointsman.steps.training.results import RefreshRun, TrainingOutcome
from pointsman.steps.training.retriever import train_retriever


def train(
    intake: Intake,
    state: WorkspaceState,
    acted: RefreshRun,
    do: Runner,
    *,
    serving: Serving,
    records: Records,
    builder: Builder,
    progress: Progress,
) -> RefreshRun:
    """Return the run with the trained models, their rulings, and the stage of the embedder that the gate chose."""
    decision, assessment, staged, embedded = acted.decision, acted.assessment, acted.staged, acted.embedded
    trained: dict[Role, TrainingOutcome] = {}
    if RETRIEVER in decision.train and staged is not None:
        challenger = do(
            "train retriever", train_retriever, intake, state, assessment=assessment, staged=staged,
            serving=serving, builder=builder, memory=records.memory, progress=progress,
        )  # fmt: skip
        trained["retriever"] = challenger
        staged = _chosen_stage(serving.index, staged, challenger, do)
        embedded += challenger.staged.embedded if challenger.staged else 0
    if GENERATOR in decision.train:
        trained["generator"] = do(
            "train generator", train_generator, serving, state, assessment=assessment, decision=decision,
            records=records, builder=builder, example_files=intake.examples,
        )  # fmt: skip
    gates = {**acted.gates, **{str(role): outcome.ruling for role, outcome in trained.items()}}
    return replace(acted, staged=staged, trained=trained, gates=gates, embedded=embedded)


def _chosen_stage(vector_index: VectorIndex, staged: Staged, challenger: TrainingOutcome, do: Runner) -> Staged:
    """Return the stage of the embedder that the gate chose, and undo the other one."""
    rebuilt = challenger.staged
    assert rebuilt is not None, "a retriever is always trained together with its collection"  # noqa: S101 - for the type checker
    winner, loser = (rebuilt, staged) if challenger.promoted else (staged, rebuilt)
    do("undo stage", unstage, vector_index, loser.index.collection, revision=loser.index.revision)
    return winner
