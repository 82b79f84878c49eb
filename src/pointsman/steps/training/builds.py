"""Run the DVC stages that build and train, and report what they did."""

from collections.abc import Mapping, Sequence
from typing import Any

from pointsman.core.corpus.documents import Listed
from pointsman.core.errors import StoreMoved
from pointsman.ports.builds import Builder
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Role
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.training.results import TrainingOutcome


def build_ahead(listing: Sequence[Listed], *, builder: Builder, vector_index: VectorIndex) -> Mapping[str, Any]:
    """Embed the whole corpus through DVC as the store is now, and return the stage's report.

    What changes meanwhile is staged afterwards (``indexing.rebuild.catch_up``).

    Raises:
        BuildFailed: the stage failed; what was embedded is kept, and the next run continues from there.
    """
    vector_index.close()  # other readers can open the embedded index while the stage runs
    return builder.build("index", listing)


def build(state: WorkspaceState, stage_name: str, *, builder: Builder, vector_index: VectorIndex) -> Mapping[str, Any]:
    """Bring a DVC stage up to date and return its report.

    Raises:
        StoreMoved: it used other documents or examples than those observed.
        BuildFailed: the stage failed.
    """
    vector_index.close()  # other readers can open the embedded index while the stage runs
    report = builder.build(stage_name, state.observation.listing)
    built, seen = report.get("corpus"), state.observation.good.id
    if built is not None and built != seen:
        raise StoreMoved(f"dvc built from corpus {built} but {seen} was observed; the store is changing, run again")
    learned, known = report.get("set"), state.supervision.set_id
    if learned is not None and learned != known:
        raise StoreMoved(f"dvc trained on examples {learned} but {known} were accepted; they are changing, run again")
    return report


def role_report(trained: Mapping[Role, TrainingOutcome]) -> dict[str, Any]:
    """Return every training's report by role, with the loss of each step and of each evaluation as curves."""
    return {
        role: {
            **t.report,
            "loss": t.report.get("losses", []),
            "validation_loss": [[e["step"], e["loss"]] for e in t.report.get("validation", [])],
        }
        for role, t in trained.items()
    }
