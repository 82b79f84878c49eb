"""How a training goes: its steps, the learning rate of each, what is put aside to validate on, when to stop."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import accumulate
from typing import Any

from pointsman.core.hashing import digest

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
class Step:
    """One step of the optimizer."""

    batches: tuple[Any, ...]
    """What ``loss_of`` takes; the gradients of all are added up before the weights move."""
    tokens: int
    """Of all batches, padding left out."""
    weight: float
    """What the summed loss is divided by: completion tokens, or pairs, of all batches together."""


@dataclass(frozen=True, slots=True)
class Course:
    """What a training goes through, planned before it begins."""

    steps: tuple[Step, ...]
    learning_rate: float
    rests: frozenset[int] = frozenset()
    """Steps (from 1) after which a checkpoint is written whatever the clock says: the ends of the epochs."""
    exams: frozenset[int] = frozenset()
    """Steps (from 1) after which the validation loss is measured."""
    patience: int = 0
    """Evaluations in a row without a better one that end the training; 0: none do."""

    @property
    def tokens(self) -> int:
        """Of all steps."""
        return sum(step.tokens for step in self.steps)


@dataclass(slots=True)
class Journal:
    """What a training has done so far, in all the processes that worked on it."""

    losses: list[float] = field(default_factory=list)
    """Of each step."""
    tokens: list[int] = field(default_factory=list)
    """Trained when each step was done."""
    validation: list[Evaluation] = field(default_factory=list)
    seconds: float = 0.0
    """Of the loop; what a killed process did after its last checkpoint is not in it."""
    resumed_from: int = 0
    """Steps that earlier processes had done."""
    stopped_early: bool = False

    @property
    def step(self) -> int:
        """Steps done."""
        return len(self.losses)

    @property
    def tokens_done(self) -> int:
        """Tokens trained."""
        return self.tokens[-1] if self.tokens else 0

    def as_json(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {
            "losses": self.losses,
            "tokens": self.tokens,
            "validation": [asdict(evaluation) for evaluation in self.validation],
            "seconds": self.seconds,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Journal":
        """Return what a checkpoint kept."""
        found = cls(list(value["losses"]), list(value["tokens"]), [Evaluation(**e) for e in value["validation"]])
        found.seconds, found.resumed_from = float(value["seconds"]), found.step
        return found


def course(epochs: Sequence[Sequence[Step]], *, learning_rate: float, exam_every: int = 0, patience: int = 0) -> Course:
    """Return the course through ``epochs``, with an exam every ``exam_every`` steps (0: each epoch), and at the end."""
    ends = frozenset(accumulate(len(epoch) for epoch in epochs))
    last = max(ends, default=0)
    exams = frozenset({*range(exam_every, last + 1, exam_every), last}) if exam_every else ends
    steps = tuple(step for epoch in epochs for step in epoch)
    return Course(steps, learning_rate, rests=ends, exams=exams, patience=patience)


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
