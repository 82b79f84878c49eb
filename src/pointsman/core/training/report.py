"""What a training reports of itself."""

from dataclasses import dataclass

from pointsman.core.training.schedule import Evaluation


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training did and cost, in all the processes that worked on it."""

    tokens: int
    """Tokens trained on, all steps, padding left out."""
    completion_tokens: int
    """Those of them that the loss was computed on; all of them for a retriever, whose loss is on pairs."""
    steps: int
    seconds: float
    """Of the training loop with its checkpoints and validation, without loading and held-out loss; what was lost when a
    process was killed is not in it."""
    tokens_per_second: float
    peak_memory_bytes: int
    """Most memory of the last process (of the GPU when there is one) so far."""
    losses: tuple[float, ...]
    """Loss of each step."""
    step_tokens: tuple[int, ...]
    """Tokens trained when each step was done."""
    validation: tuple[Evaluation, ...]
    """Validation losses; empty where nothing was put aside."""
    best_step: int | None
    """The step whose weights the adapter holds; None: the last one, for nothing was measured."""
    stopped_early: bool
    """Whether the validation loss ended the training before its last planned step."""
    resumed_from: int
    """Steps that a checkpoint of an earlier process held; 0 for an unbroken training."""
    held_out_loss_before: float | None
    """Of what the training starts on, before the first step; None where nothing was held out."""
    held_out_loss_after: float | None
    data_fingerprint: str
    """Content id (16 hex) of what was trained and validated on."""
    adapter_fingerprint: str
    """Content id (16 hex) of the adapter that was written."""
    notes: tuple[str, ...] = ()
    """What went otherwise than planned, in sentences: a checkpoint that could not be written or read."""


def told(report: TrainingReport) -> str:
    """Return a training in a line: tokens, seconds, and where it began and ended other than planned."""
    parts = [f"{report.tokens} tokens in {report.seconds:.1f} s ({report.tokens_per_second:.0f} a second)"]
    if report.resumed_from:
        parts.append(f"went on from step {report.resumed_from}")
    if report.stopped_early:
        parts.append(f"stopped early at step {report.steps}, the best was {report.best_step}")
    return "; ".join([*parts, *report.notes])
