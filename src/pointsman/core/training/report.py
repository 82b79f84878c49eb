"""The report of a training."""

from dataclasses import dataclass

from pointsman.core.training.schedule import Evaluation


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training did and what it cost, summed over all processes that worked on it."""

    tokens: int
    """Tokens trained on in all steps, without padding."""
    completion_tokens: int
    """Those of them that the loss was computed on. For a retriever all, because its loss is on pairs."""
    steps: int
    """Steps of the optimizer."""
    seconds: float
    """Seconds of the training loop with checkpoints and validation, without loading and held-out loss. Time that was
    lost because a process was killed is not included."""
    tokens_per_second: float
    """Tokens divided by seconds."""
    peak_memory_bytes: int
    """Peak memory of the last process, in bytes; of the GPU if there is one."""
    losses: tuple[float, ...]
    """Loss of each step."""
    step_tokens: tuple[int, ...]
    """Tokens trained on up to the end of each step."""
    validation: tuple[Evaluation, ...]
    """Validation losses; empty if there is no validation split."""
    best_step: int | None
    """The step whose weights the adapter has; None: the last step, because there is no validation split."""
    stopped_early: bool
    """Whether the validation loss stopped the training before its last planned step."""
    resumed_from: int
    """Steps that the checkpoint of an earlier process had done; 0: the training was not interrupted."""
    held_out_loss_before: float | None
    """Loss on held-out examples before the first step; None if there are none."""
    held_out_loss_after: float | None
    """Loss on held-out examples after the last step; None if there are none."""
    data_fingerprint: str
    """Content id (16 hex) of the training and validation data."""
    adapter_fingerprint: str
    """Content id (16 hex) of the adapter that was written."""
    notes: tuple[str, ...] = ()
    """What did not go as planned, in sentences: for example a checkpoint that could not be written or read."""


def summary_line(report: TrainingReport) -> str:
    """Return a training in one line: tokens, seconds, and what did not go as planned."""
    parts = [f"{report.tokens} tokens in {report.seconds:.1f} s ({report.tokens_per_second:.0f} a second)"]
    if report.resumed_from:
        parts.append(f"resumed after step {report.resumed_from}")
    if report.stopped_early:
        parts.append(f"stopped early at step {report.steps}, the best was step {report.best_step}")
    return "; ".join([*parts, *report.notes])
