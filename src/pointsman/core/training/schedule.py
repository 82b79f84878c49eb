"""The schedule of a training: its steps, learning rate, validation split and early stopping."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import accumulate
from typing import Any

from pointsman.core.hashing import digest

WARM_UP = 0.1
"""Share of the steps in which the learning rate rises (warm-up)."""


def rate(step: int, steps: int) -> float:
    """Return the factor of the learning rate at a step (from 0): linear warm-up in 10 % of the steps, then cosine."""
    rising = max(1, round(WARM_UP * steps))
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The validation loss at one step of a training."""

    step: int
    """Steps done so far."""
    tokens: int
    """Tokens trained on so far."""
    loss: float
    """Nats per completion token; for a retriever, nats per pair."""


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """One step of the optimizer."""

    batches: tuple[Any, ...]
    """Arguments of ``loss_of``. The gradients of all batches are summed before the weights change."""
    tokens: int
    """Tokens of all batches, without padding."""
    weight: float
    """Divisor of the summed loss: completion tokens, or pairs, of all batches."""


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """All steps of a training, planned before it begins."""

    steps: tuple[TrainingStep, ...]
    learning_rate: float
    """Highest learning rate."""
    checkpoint_steps: frozenset[int] = frozenset()
    """Steps (from 1) after which a checkpoint is always written: the ends of the epochs."""
    evaluation_steps: frozenset[int] = frozenset()
    """Steps (from 1) after which the validation loss is measured."""
    patience: int = 0
    """Evaluations in a row without a lower loss that stop the training; 0: never."""

    @property
    def tokens(self) -> int:
        """Tokens of all steps, without padding."""
        return sum(step.tokens for step in self.steps)


@dataclass(slots=True)
class Journal:
    """What a training has done so far, in all processes that worked on it."""

    losses: list[float] = field(default_factory=list)
    """Loss of each step."""
    tokens: list[int] = field(default_factory=list)
    """Tokens trained on up to the end of each step."""
    validation: list[Evaluation] = field(default_factory=list)
    """Validation losses so far."""
    seconds: float = 0.0
    """Seconds of the training loop. What a killed process did after its last checkpoint is not included."""
    resumed_from: int = 0
    """Steps that earlier processes had done."""
    stopped_early: bool = False
    """Whether the validation loss stopped the training."""

    @property
    def step(self) -> int:
        """Number of steps done."""
        return len(self.losses)

    @property
    def tokens_done(self) -> int:
        """Number of tokens trained on."""
        return self.tokens[-1] if self.tokens else 0

    def as_json(self) -> dict[str, Any]:
        """Return what a checkpoint stores."""
        return {
            "losses": self.losses,
            "tokens": self.tokens,
            "validation": [asdict(evaluation) for evaluation in self.validation],
            "seconds": self.seconds,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Journal":
        """Return the journal that a checkpoint stored."""
        found = cls(list(value["losses"]), list(value["tokens"]), [Evaluation(**e) for e in value["validation"]])
        found.seconds, found.resumed_from = float(value["seconds"]), found.step
        return found


def training_plan(
    epochs: Sequence[Sequence[TrainingStep]], *, learning_rate: float, evaluate_every: int = 0, patience: int = 0
) -> TrainingPlan:
    """Return the plan of a training.

    Args:
        epochs: the steps of each epoch.
        learning_rate: highest learning rate.
        evaluate_every: steps between two evaluations; 0: one at the end of each epoch. The last step always has one.
        patience: evaluations in a row without a lower loss that stop the training; 0: never.
    """
    ends = frozenset(accumulate(len(epoch) for epoch in epochs))
    last = max(ends, default=0)
    evaluation_steps = frozenset({*range(evaluate_every, last + 1, evaluate_every), last}) if evaluate_every else ends
    steps = tuple(step for epoch in epochs for step in epoch)
    return TrainingPlan(
        steps, learning_rate, checkpoint_steps=ends, evaluation_steps=evaluation_steps, patience=patience
    )


def best(evaluations: Sequence[Evaluation]) -> Evaluation | None:
    """Return the evaluation with the lowest loss, the earliest of equals; None if there are none."""
    return min(evaluations, key=lambda e: (e.loss, e.step), default=None)


def patience_used_up(evaluations: Sequence[Evaluation], patience: int) -> bool:
    """Return whether none of the last ``patience`` evaluations is better than the best one before (0: never)."""
    losses = [evaluation.loss for evaluation in evaluations]
    return 0 < patience < len(losses) and min(losses[-patience:]) >= min(losses[:-patience])


def split_for_validation(groups: Sequence[str], share: float, seed: int) -> tuple[list[int], list[int]]:
    """Return the indices (to train on, to validate on), splitting by whole groups.

    Groups go to the validation split in the order of a seeded hash until it has ``share`` of the items. The last group
    is always trained on, so a single group leaves nothing to validate on.

    Args:
        groups: the group of each item, for example the document that it cites.
        share: share of the items to validate on, 0..1.
        seed: seed of the hash.
    """
    sizes = Counter(groups)
    order = sorted(sizes, key=lambda group: digest(f"{seed}\nvalidation\n{group}"))
    aside: set[str] = set()
    put_aside_items = 0
    for group in order[:-1]:
        if put_aside_items >= share * len(groups):
            break
        aside.add(group)
        put_aside_items += sizes[group]
    return (
        [i for i, group in enumerate(groups) if group not in aside],
        [i for i, group in enumerate(groups) if group in aside],
    )
