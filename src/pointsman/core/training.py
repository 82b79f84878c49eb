"""How a training goes on: the learning rate of each step, what is put aside to validate on, and when to stop."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pointsman.core.identity import digest

WARM_UP = 0.1
"""Share of the steps in which the learning rate rises."""


def rate(step: int, steps: int) -> float:
    """Return the share of the learning rate at a step (from 0): up in a tenth of the steps, down along a cosine."""
    rising = max(1, round(WARM_UP * steps))
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The loss on what was put aside, at one moment of a training."""

    step: int
    """Steps done by then."""
    tokens: int
    """Tokens trained by then."""
    loss: float
    """Nats per completion token; for a retriever, nats per pair."""


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
    """Of the base model, before the first step; None where nothing was held out."""
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


def best(evaluations: Sequence[Evaluation]) -> Evaluation | None:
    """Return the evaluation with the lowest loss, the earliest of equals; None for none."""
    return min(evaluations, key=lambda e: (e.loss, e.step), default=None)


def worn_out(evaluations: Sequence[Evaluation], patience: int) -> bool:
    """Tell whether the last ``patience`` evaluations all failed to improve on the best one before them (0: never)."""
    losses = [evaluation.loss for evaluation in evaluations]
    return 0 < patience < len(losses) and min(losses[-patience:]) >= min(losses[:-patience])


def put_aside(groups: Sequence[str], share: float, seed: int) -> tuple[list[int], list[int]]:
    """Return the indices (to train on, to validate on): about ``share`` of the items, whole groups at a time.

    Groups are taken in the order of their hash until the share is reached; the last group always stays to be trained
    on, so one group alone gives nothing to validate on.

    Args:
        groups: what each item belongs to, such as the document it cites.
        share: of the items, 0..1.
        seed: of the order.
    """
    sizes = Counter(groups)
    order = sorted(sizes, key=lambda group: digest(f"{seed}\nvalidation\n{group}"))
    aside: set[str] = set()
    taken = 0
    for group in order[:-1]:
        if taken >= share * len(groups):
            break
        aside.add(group)
        taken += sizes[group]
    return (
        [i for i, group in enumerate(groups) if group not in aside],
        [i for i, group in enumerate(groups) if group in aside],
    )
